// Framing: where one JSON object ends and the next begins in a file that may be read in pieces.
//
// Exports come as one object a line, as an array of objects, and as objects printed over many lines. The first is split
// at line ends; the others by counting brackets outside strings, so that neither needs the whole file.
#pragma once
#include <cstdint>
#include <string_view>

namespace spoor::json {

/// An object that is longer is refused: no event log holds records of this size.
constexpr std::size_t kLongestObject = std::size_t{16} << 20;

enum class Framing : std::uint8_t { Lines, Brackets };

/// The framing of a file that begins with `head`, without a byte order mark.
Framing framing_of(std::string_view head);

/// How many bytes at the front of `text` are whole: up to the last line end or behind the last object. 0 if none is.
/// In the first `seen` bytes, which were asked about before, none were.
std::size_t whole(std::string_view text, Framing framing, std::size_t seen);

/// Walks the objects of a text that is whole.
class Objects {
public:
    Objects(std::string_view text, Framing framing, std::uint64_t first_line)
        : text_(text), framing_(framing), line_(first_line) {}

    /// Moves to the next object (or line that should be one); false at the end.
    bool next();

    std::string_view text() const { return object_; }
    std::uint64_t line() const { return object_line_; }

private:
    std::string_view text_;
    Framing framing_;
    std::uint64_t line_;
    std::string_view object_;
    std::uint64_t object_line_ = 0;
};

}  // namespace spoor::json
