// The forest that some processes form: parents before children, each line with its branches drawn.
#pragma once
#include <functional>
#include <optional>
#include <vector>

#include "model/history.h"
#include "terminal/fold.h"

namespace spoor::cli {

/// Calls `print` with each process and where it stands, as terminal::tree_lines() takes it. A process whose parent is
/// not among `processes` is a root. Children stand in order of their begin.
void for_each_in_tree(const std::vector<std::uint32_t>& processes, const History& history,
                      const std::function<void(std::uint32_t process, const std::vector<bool>& more)>& print);

/// Prints what a process ran behind `front` and its branches; folded between words where the terminal is too narrow.
/// `pid` stands before it, and `owner`, where there is one, behind it.
void print_process(const terminal::Console& console, const terminal::Piece& front, const std::vector<bool>& more,
                   const terminal::Piece& pid, const Process& process,
                   const std::optional<terminal::Piece>& owner = {});

}  // namespace spoor::cli
