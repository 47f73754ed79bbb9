// The --store option: which store a command works on, and what all of them print of it.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "cli/command.h"
#include "store/store.h"

namespace spoor::cli {

class StoreOption {
public:
    void declare(Options& options);
    /// Errc::Busy, with what to do, when a server has it. `memory` is how many bytes the engine may hold, if not what
    /// is usual.
    Result<std::unique_ptr<store::Store>> open(store::Opening opening,
                                               std::optional<std::uint64_t> memory = std::nullopt) const;
    /// To look at: through the server that has the store, when one runs.
    Result<std::unique_ptr<store::Archive>> open_to_read() const;
    /// The socket of the server that has the store; empty when none answers.
    std::string server_socket() const;
    /// --store, or SPOOR_STORE, or the user's own data folder.
    std::string directory() const;
    /// Whether the command line says which store, rather than the usual place.
    bool is_given() const { return !directory_.empty() || !server_.empty(); }

private:
    std::string directory_;
    std::string server_;
};

/// Events, hosts, time span, gaps.
Result<void> print_contents(Console& console, store::Store& store, const store::Inventory& inventory);

}  // namespace spoor::cli
