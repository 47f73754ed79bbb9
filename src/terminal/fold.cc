#include "terminal/fold.h"

#include <algorithm>

#include "terminal/text.h"

namespace spoor::terminal {

std::vector<std::string> fold(std::span<const Piece> pieces, std::string_view gap, std::size_t width) {
    std::vector<std::string> rows;
    std::size_t used = 0;
    for (const Piece& piece : pieces) {
        const std::size_t wide = display_width(piece.text);
        if (rows.empty() || (width != Console::kNoLimit && used + gap.size() + wide > width)) {
            rows.emplace_back();
            used = 0;
        } else {
            rows.back() += gap;
            used += gap.size();
        }
        rows.back() += piece.shown;
        used += wide;
    }
    return rows;
}

void print_folded(const Console& console, std::string_view first, std::string_view next, std::span<const Piece> pieces,
                  std::string_view gap) {
    constexpr std::size_t kSetIn = 2;
    // A branch so deep that nothing fits beside it is left to the terminal.
    constexpr std::size_t kLeast = 20;
    const std::size_t margin = display_width(first) + kSetIn;
    const std::size_t width = console.width == Console::kNoLimit || console.width < margin + kLeast
                                  ? Console::kNoLimit
                                  : console.width - margin;
    bool is_first = true;
    for (const std::string& row : fold(pieces, gap, width)) {
        console.out.line(is_first ? std::string(first) + row : std::string(next) + std::string(kSetIn, ' ') + row);
        is_first = false;
    }
}

}  // namespace spoor::terminal
