// Frame: one picture of the screen: lines of pieces of printable text, each with its look. A terminal shows it; tests
// read it.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "terminal/charset.h"

namespace spoor::screen {

/// Colours are the terminal's own, so that they suit dark and light ones; none stands for anything by itself.
enum class Tint : unsigned char { None, Red, Green, Yellow, Blue, Magenta, Cyan };

struct Look {
    Tint tint = Tint::None;
    bool bold = false;
    bool dim = false;
    bool reverse = false;

    friend bool operator==(const Look&, const Look&) = default;
};

struct Size {
    std::size_t width = 80;
    std::size_t height = 24;

    friend bool operator==(const Size&, const Size&) = default;
};

struct Position {
    std::size_t column = 0;
    std::size_t line = 0;
};

class Line {
public:
    struct Piece {
        std::string text;
        Look look;
        friend bool operator==(const Piece&, const Piece&) = default;
    };

    explicit Line(std::size_t width) : width_(width) {}

    /// Adds text made printable, cut to the room that is left.
    void add(std::string_view text, Look look = {});
    /// The same in exactly `width` columns.
    void add_cell(std::string_view text, std::size_t width, Look look, terminal::Charset charset);
    /// Blanks up to the line's end.
    void fill(Look look = {});

    std::size_t used() const { return used_; }
    bool is_full() const { return used_ >= width_; }
    const std::vector<Piece>& pieces() const { return pieces_; }
    /// Without the looks.
    std::string text() const;

    friend bool operator==(const Line&, const Line&) = default;

private:
    std::size_t width_;
    std::size_t used_ = 0;
    std::vector<Piece> pieces_;
};

struct Frame {
    Size size;
    std::vector<Line> lines;
    std::optional<Position> cursor = {};  // where text is typed

    Line& add_line() { return lines.emplace_back(size.width); }
    /// All lines without the looks, each with its end.
    std::string text() const;
};

}  // namespace spoor::screen
