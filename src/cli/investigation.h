// Investigation: log files read once, with all that can be concluded from them: sessions, processes, and what ties them.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "model/catalog.h"
#include "model/history.h"
#include "trails/evidence.h"
#include "trails/links.h"

namespace spoor::cli {

struct Investigation {
    Catalog catalog;
    History history;
    trails::Evidence evidence{catalog};
    trails::Links links;
    /// False when some of the input could not be read; what, was told on stderr.
    bool complete = true;

    Exit exit() const { return complete ? Exit::Done : Exit::PartlyUnreadable; }
};

/// Reads the logs behind `paths` with a progress line, works out their sessions and the links between them. An error when
/// there is no log at all.
Result<std::unique_ptr<Investigation>> investigate(const std::vector<std::string>& paths, Console& console);

}  // namespace spoor::cli
