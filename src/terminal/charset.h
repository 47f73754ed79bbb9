// What a terminal can show.
#pragma once

namespace spoor::terminal {
enum class Charset : unsigned char { Ascii, Unicode };
}
