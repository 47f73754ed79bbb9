// Reads the words of a command line into what an Options has bound.
#pragma once
#include <span>
#include <string>

#include "base/result.h"
#include "cli/options.h"

namespace spoor::cli {

/// `words` are those behind the command's name. The error says what is wrong with which word.
Result<> parse(const Options& options, std::span<const std::string> words);

}  // namespace spoor::cli
