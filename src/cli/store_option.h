// The --store option: which store a command works on, and what all of them print of it.
#pragma once
#include <memory>
#include <string>

#include "cli/command.h"
#include "store/store.h"

namespace spoor::cli {

class StoreOption {
public:
    void declare(Options& options);
    Result<std::unique_ptr<store::Store>> open(store::Opening opening) const;
    /// --store, or SPOOR_STORE, or the user's own data folder.
    std::string directory() const;
    /// Whether the command line says which store, rather than the usual place.
    bool is_given() const { return !directory_.empty(); }

private:
    std::string directory_;
};

/// Events, hosts, time span, gaps.
Result<void> print_contents(Console& console, store::Store& store, const store::Inventory& inventory);

}  // namespace spoor::cli
