// UTF-16 as Windows stores it and UTF-8 as we keep it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spoor {

/// The most UTF-8 bytes that `units` UTF-16 units can become, and the slack `utf16_to_utf8` may write behind them.
constexpr std::size_t utf8_bound(std::size_t units) { return units * 3 + 32; }

/// Converts `units` little-endian UTF-16 units at `from` and returns the end of what was written at `to`, which has
/// utf8_bound(units) bytes. A lone surrogate becomes U+FFFD and takes nothing else with it.
char* utf16_to_utf8(const std::uint8_t* from, std::size_t units, char* to);

std::string utf16_to_utf8(const std::uint8_t* from, std::size_t units);

/// What must be readable behind the units that `utf16_to_utf8_until_nul` is given.
constexpr std::size_t kUtf16Slack = 32;

/// The same up to the first NUL, if there is one among the units; made for the many short texts of a log's chunk.
char* utf16_to_utf8_until_nul(const std::uint8_t* from, std::size_t units, char* to);

/// Little-endian UTF-16 of a UTF-8 text; malformed bytes become U+FFFD, one for each.
std::u16string utf8_to_utf16(std::string_view text);

/// Windows-1252, the code page assumed for ANSI strings in logs, as UTF-8.
std::string windows1252_to_utf8(std::string_view bytes);

/// True when `text` is well-formed UTF-8.
bool is_utf8(std::string_view text);

/// Unicode's simple case folding, letter by letter: how names and texts are compared. Malformed bytes stay as they are.
std::string fold_case(std::string_view utf8);

/// The same into `out`, whose memory is used again; returns a view of it.
std::string_view fold_case(std::string_view utf8, std::string& out);

/// Equality of ASCII letters without regard to case; other bytes compare as they are.
bool equals_ignoring_ascii_case(std::string_view a, std::string_view b);

/// Without the blanks, tabs and line ends at both ends.
std::string_view trimmed(std::string_view text);

}  // namespace spoor
