#include "terminal/tree.h"

namespace spoor::terminal {

namespace {

void append_line_past(std::string& lines, bool goes_on, Charset charset) {
    lines += !goes_on ? "   " : charset == Charset::Unicode ? "│  " : "|  ";
}

}  // namespace

std::string tree_lines(const std::vector<bool>& more, Charset charset) {
    const bool unicode = charset == Charset::Unicode;
    std::string lines;
    if (more.empty()) return lines;
    for (std::size_t depth = 0; depth + 1 < more.size(); ++depth) append_line_past(lines, more[depth], charset);
    lines += more.back() ? (unicode ? "├─ " : "|- ") : (unicode ? "└─ " : "`- ");
    return lines;
}

std::string tree_margin(const std::vector<bool>& more, Charset charset) {
    std::string lines;
    for (const bool goes_on : more) append_line_past(lines, goes_on, charset);
    return lines;
}

}  // namespace spoor::terminal
