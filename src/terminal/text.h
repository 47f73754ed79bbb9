// Text on a terminal: made safe to print, measured in columns, cut to fit.
//
// What logs hold is written by whoever attacks the machine. An escape sequence in a user name must not reach the
// terminal, a right-to-left override must not turn a path around, and an invisible letter must not make two names look
// alike. Data for machines (JSON, CSV) is not changed; it goes through printable() only where a person will read it.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "terminal/charset.h"

namespace spoor::terminal {

/// `text` with everything that is not a visible character written out: "\n", "\x1b", "\u202e"; bytes that are not UTF-8
/// as "\xff". Backslashes stay as they are (Windows paths are full of them).
std::string printable(std::string_view text);
void append_printable(std::string& out, std::string_view text);

/// Columns that a printable text takes on a terminal: 2 for wide characters, 0 for combining ones.
std::size_t display_width(std::string_view text);

/// Which end of a text is the one to keep.
enum class Keep : unsigned char { Start, End, Both };

/// A printable text in at most `width` columns; what is cut is marked by an ellipsis ("…", or "~" in ASCII).
std::string fitted(std::string_view text, std::size_t width, Keep keep, Charset charset);

}  // namespace spoor::terminal
