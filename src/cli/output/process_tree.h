// The forest that some processes form: parents before children, each line with its branches drawn.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "model/history.h"
#include "terminal/charset.h"

namespace spoor::cli {

/// Calls `print` with each process and the lines to draw in front of it ("│  └─ "). A process whose parent is not among
/// `processes` is a root. Children stand in order of their begin.
void for_each_in_tree(const std::vector<std::uint32_t>& processes, const History& history, terminal::Charset charset,
                      const std::function<void(std::uint32_t process, const std::string& lines)>& print);

}  // namespace spoor::cli
