#include "cli/output/process_tree.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "terminal/text.h"
#include "terminal/tree.h"

namespace spoor::cli {
namespace {

/// Deeper branches are drawn at this depth: a hostile log can make a chain of a million.
constexpr std::size_t kDeepestDrawn = 40;

}  // namespace

void for_each_in_tree(const std::vector<std::uint32_t>& processes, const History& history,
                      const std::function<void(std::uint32_t, const std::vector<bool>&)>& print) {
    const std::unordered_set<std::uint32_t> among(processes.begin(), processes.end());
    std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> children;
    std::vector<std::uint32_t> roots;
    for (const std::uint32_t process : processes) {
        const std::uint32_t parent = history.processes[process].parent;
        if (parent != process && among.contains(parent))
            children[parent].push_back(process);
        else
            roots.push_back(process);
    }
    const auto begin = [&](std::uint32_t process) {
        const Process& p = history.processes[process];
        return std::pair(p.start.value_or(p.first_seen), process);
    };
    struct Open {
        std::uint32_t process;
        std::vector<bool> more;
    };
    std::ranges::sort(roots, {}, begin);
    std::vector<Open> open;
    for (auto root = roots.rbegin(); root != roots.rend(); ++root) open.push_back({*root, {}});
    std::unordered_set<std::uint32_t> printed;
    while (!open.empty()) {
        const Open next = std::move(open.back());
        open.pop_back();
        if (!printed.insert(next.process).second) continue;
        print(next.process, next.more);
        auto& below = children[next.process];
        std::ranges::sort(below, {}, begin);
        for (std::size_t i = below.size(); i-- > 0;) {
            Open child{below[i], next.more};
            if (child.more.size() < kDeepestDrawn) child.more.push_back(i + 1 < below.size());
            open.push_back(std::move(child));
        }
    }
}

void print_process(const terminal::Console& console, const terminal::Piece& front, const std::vector<bool>& more,
                   const terminal::Piece& pid, const Process& process, const std::optional<terminal::Piece>& owner) {
    const std::string_view command = process.command_line.empty() ? process.image : process.command_line;
    const std::string what = terminal::printable(command.empty() ? "(unknown program)" : command);
    const std::string lines = terminal::tree_lines(more, console.charset);
    const terminal::Piece first(front.text + lines + pid.text + " ", front.shown + lines + pid.shown + " ");
    std::vector<terminal::Piece> pieces = console.width == terminal::Console::kNoLimit
                                              ? std::vector{terminal::Piece(what)}
                                              : terminal::words_of(console, what);
    if (owner) pieces.emplace_back(" " + owner->text, " " + owner->shown);
    const std::string next = std::string(terminal::display_width(front.text), ' ') +
                             terminal::tree_margin(more, console.charset) +
                             std::string(terminal::display_width(pid.text) + 1, ' ');
    terminal::print_folded(console, first, next, pieces, " ");
}

}  // namespace spoor::cli
