// The spoor program: finds the command that its words name, and runs it.
#pragma once
#include <span>
#include <string>

#include "cli/command.h"

namespace spoor::cli {

/// `words` are those behind the program's name. What is bound to `out` and `err` is flushed at the end.
Exit run_program(std::span<const std::string> words, terminal::Output& out, terminal::Output& err, const Clock& clock);

}  // namespace spoor::cli
