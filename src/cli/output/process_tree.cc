#include "cli/output/process_tree.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "terminal/tree.h"

namespace spoor::cli {
namespace {

/// Deeper branches are drawn at this depth: a hostile log can make a chain of a million.
constexpr std::size_t kDeepestDrawn = 40;

}  // namespace

void for_each_in_tree(const std::vector<std::uint32_t>& processes, const History& history, terminal::Charset charset,
                      const std::function<void(std::uint32_t, const std::string&)>& print) {
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
        print(next.process, terminal::tree_lines(next.more, charset));
        auto& below = children[next.process];
        std::ranges::sort(below, {}, begin);
        for (std::size_t i = below.size(); i-- > 0;) {
            Open child{below[i], next.more};
            if (child.more.size() < kDeepestDrawn) child.more.push_back(i + 1 < below.size());
            open.push_back(std::move(child));
        }
    }
}

}  // namespace spoor::cli
