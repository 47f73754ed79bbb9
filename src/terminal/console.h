// Console: where a command writes and what it may use there: data on `out`, talk on `err`, colours, width.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "base/time.h"
#include "terminal/charset.h"
#include "terminal/output.h"

namespace spoor::terminal {

enum class ColorChoice : unsigned char { Auto, Always, Never };
enum class Style : unsigned char { Plain, Bold, Dim, Red, Green, Yellow, Blue, Magenta, Cyan };

struct Console {
    Output& out;
    Output& err;
    const Clock& clock;
    bool color_out = false;
    bool color_err = false;
    Charset charset = Charset::Unicode;  // for lines of trees and ellipses; data is printed as it is
    std::size_t width = 80;              // columns of the terminal; no limit (kNoLimit) where `out` is none
    bool quiet = false;                  // no progress

    static constexpr std::size_t kNoLimit = SIZE_MAX;

    /// What the environment says: NO_COLOR, CLICOLOR_FORCE, TERM, COLUMNS, the locale and the terminal's own size.
    static Console of_process(Output& out, Output& err, const Clock& clock);

    /// Auto: as the environment and the two outputs have it.
    void choose_color(ColorChoice choice);

    /// `text` in a colour, for `out`; plain where colours are off.
    std::string paint(Style style, std::string_view text) const;
    std::string paint_error(Style style, std::string_view text) const;

    /// "spoor: warning: TEXT" on `err`.
    void warn(std::string_view text) const;
    /// A line of talk on `err`.
    void note(std::string_view text) const;
};

}  // namespace spoor::terminal
