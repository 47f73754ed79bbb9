// The lines in front of a tree's rows: "├─ ", "│  └─ ".
#pragma once
#include <string>
#include <vector>

#include "terminal/charset.h"

namespace spoor::terminal {

/// Tells where each row stands: `more[i]` is true when the ancestor at depth i has further siblings below it.
/// Empty for a root.
std::string tree_lines(const std::vector<bool>& more, Charset charset);

/// What stands in front of a row's further lines, as wide: only the lines that lead past it.
std::string tree_margin(const std::vector<bool>& more, Charset charset);

}  // namespace spoor::terminal
