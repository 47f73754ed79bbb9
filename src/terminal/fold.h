// Rows of text folded at a terminal's width, between pieces that are better not parted.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "terminal/console.h"

namespace spoor::terminal {

/// What stays on one row: a name, a time, a step. `shown` is `text` with colours.
struct Piece {
    Piece(std::string plain) : text(std::move(plain)), shown(text) {}
    Piece(std::string plain, std::string painted) : text(std::move(plain)), shown(std::move(painted)) {}

    std::string text;
    std::string shown;
};

/// As many pieces to a row as fit into `width` columns, with `gap` between them. A piece that is wider has a row of its
/// own.
std::vector<std::string> fold(std::span<const Piece> pieces, std::string_view gap, std::size_t width);

/// Prints folded pieces: `first` stands in front of the first row and `next`, as wide, in front of the others, which
/// are set in by two more columns.
void print_folded(const Console& console, const Piece& first, std::string_view next, std::span<const Piece> pieces,
                  std::string_view gap);

/// The words of a printable text, to be folded between.
std::vector<Piece> words_of(const Console& console, std::string_view text, Style style = Style::Plain);

}  // namespace spoor::terminal
