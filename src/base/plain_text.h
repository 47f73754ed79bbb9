// Plain text: what may be copied into a JSON string, or into a number's place, without a second look at its bytes.
//
// These write into memory that the caller has made large enough, and return where they ended: looking after the memory
// anew for each piece is most of what writing a line of JSON takes.
#pragma once
#include <string_view>

#include "base/time.h"

namespace spoor {

/// Copies `text` if each of its bytes is ASCII that stands for itself in a JSON string; nullptr otherwise.
char* write_plain_text(char* to, std::string_view text);

/// As Timestamp::to_string() has it, at most 32 bytes.
char* write_time(char* to, Timestamp time);

}  // namespace spoor
