#include "terminal/tree.h"

namespace spoor::terminal {

std::string tree_lines(const std::vector<bool>& more, Charset charset) {
    const bool unicode = charset == Charset::Unicode;
    std::string lines;
    for (std::size_t depth = 0; depth < more.size(); ++depth) {
        const bool own = depth + 1 == more.size();
        if (own)
            lines += more[depth] ? (unicode ? "├─ " : "|- ") : (unicode ? "└─ " : "`- ");
        else
            lines += more[depth] ? (unicode ? "│  " : "|  ") : "   ";
    }
    return lines;
}

}  // namespace spoor::terminal
