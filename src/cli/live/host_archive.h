// HostArchive: this machine as an archive: the sessions and processes that it has now. It holds no events; see `spoor
// watch`.
#pragma once
#include <memory>

#include "store/archive.h"

namespace spoor::cli {

std::unique_ptr<store::Archive> make_host_archive();

}  // namespace spoor::cli
