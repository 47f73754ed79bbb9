// The spoor program: finds the command that its words name, and runs it.
#pragma once
#include <span>
#include <string>

#include "cli/command.h"

namespace spoor::cli {

/// How a run ended. A command that only looked comes along with all it holds: a store that was opened to be read, the
/// sessions of a million events. To close and free these takes a while that nobody needs if the process ends now.
struct Ended {
    Exit exit = Exit::Bug;
    std::unique_ptr<Command> looked = {};
};

/// `words` are those behind the program's name. What is bound to `out` and `err` is flushed at the end.
Ended run_program(std::span<const std::string> words, terminal::Output& out, terminal::Output& err, const Clock& clock);

}  // namespace spoor::cli
