#include "terminal/fold.h"

#include <algorithm>
#include <ranges>

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

void print_folded(const Console& console, const Piece& first, std::string_view next, std::span<const Piece> pieces,
                  std::string_view gap) {
    constexpr std::size_t kSetIn = 2;
    // A branch so deep that nothing fits beside it is left to the terminal.
    constexpr std::size_t kLeast = 20;
    const std::size_t margin = display_width(first.text) + kSetIn;
    const std::size_t width = console.width == Console::kNoLimit || console.width < margin + kLeast
                                  ? Console::kNoLimit
                                  : console.width - margin;
    bool is_first = true;
    for (const std::string& row : fold(pieces, gap, width)) {
        console.out.line(is_first ? first.shown + row : std::string(next) + std::string(kSetIn, ' ') + row);
        is_first = false;
    }
}

std::vector<Piece> words_of(const Console& console, std::string_view text, Style style) {
    std::vector<Piece> pieces;
    for (const auto word : std::views::split(text, ' ')) {
        std::string plain(std::string_view{word});
        std::string shown = console.paint(style, plain);
        pieces.emplace_back(std::move(plain), std::move(shown));
    }
    return pieces;
}

}  // namespace spoor::terminal
