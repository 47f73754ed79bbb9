// Opening the embedded store: all that other rooms need to know of this one.
#pragma once
#include <memory>
#include <string>

#include "store/store.h"

namespace spoor::store {

/// Errors say what to do next: Busy names who has it open, NotFound that there is none, Unsupported that it is newer.
Result<std::unique_ptr<Store>> open_store(const std::string& directory, const StoreOptions& options);

}  // namespace spoor::store
