#include "terminal/text.h"

#include <fmt/format.h>
#include <locale.h>
#include <wchar.h>

#include <algorithm>
#include <iterator>
#include <vector>

namespace spoor::terminal {
namespace {

constexpr char32_t kMalformed = 0xffffffff;

struct Decoded {
    char32_t letter;   // kMalformed: one byte that is not UTF-8
    std::size_t size;  // bytes it took
};

/// The first letter of a text that is not empty. Overlong forms and surrogates are malformed.
Decoded decode(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) return {first, 1};
    const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < size) return {kMalformed, 1};
    char32_t letter = first & (0x7fu >> size);
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xc0) != 0x80) return {kMalformed, 1};
        letter = letter << 6 | (byte(i) & 0x3fu);
    }
    const char32_t least = size == 4 ? 0x10000 : size == 3 ? 0x800 : 0x80;
    if (letter < least || letter > 0x10ffff || (letter >= 0xd800 && letter < 0xe000)) return {kMalformed, 1};
    return {letter, size};
}

struct Range {
    char32_t first, last;
};

/// Control characters, and what is invisible or changes the direction of what follows (Unicode categories Cc, Cf, Zl,
/// Zp as far as they matter here, and noncharacters).
constexpr Range kUnsafe[] = {
    {0x0000, 0x001f}, {0x007f, 0x009f}, {0x00ad, 0x00ad},   {0x034f, 0x034f},   {0x061c, 0x061c},
    {0x115f, 0x1160}, {0x17b4, 0x17b5}, {0x180b, 0x180f},   {0x200b, 0x200f},   {0x2028, 0x202e},
    {0x2060, 0x206f}, {0x3164, 0x3164}, {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},
    {0xfff0, 0xfffb}, {0xfffe, 0xffff}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff}, {0xf0000, 0x10ffff},
};

bool is_unsafe(char32_t letter) {
    const auto* const range = std::ranges::lower_bound(kUnsafe, letter, {}, &Range::last);
    return range != std::end(kUnsafe) && letter >= range->first;
}

void append_escaped(std::string& out, char32_t letter) {
    switch (letter) {
        case '\n': out += "\\n"; break;
        case '\r': out += "\\r"; break;
        case '\t': out += "\\t"; break;
        default:
            if (letter < 0x100)
                fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned>(letter));
            else if (letter < 0x10000)
                fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(letter));
            else
                fmt::format_to(std::back_inserter(out), "\\U{:08x}", static_cast<unsigned>(letter));
    }
}

bool is_plain_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
}

/// wcwidth() knows what is wide, for the locale of the thread; measuring must not depend on the user's.
class Utf8Locale {
public:
    Utf8Locale() : before_(::uselocale(utf8())) {}
    ~Utf8Locale() { ::uselocale(before_); }
    Utf8Locale(const Utf8Locale&) = delete;
    Utf8Locale& operator=(const Utf8Locale&) = delete;

private:
    static locale_t utf8() {
        static const locale_t kUtf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
        return kUtf8;
    }
    locale_t before_;
};

std::size_t letter_width(char32_t letter) {
    if (letter == kMalformed) return 1;
    const int width = ::wcwidth(static_cast<wchar_t>(letter));
    return width < 0 ? 1 : static_cast<std::size_t>(width);
}

struct Letter {
    std::size_t offset;
    std::size_t width;
};

}  // namespace

void append_printable(std::string& out, std::string_view text) {
    while (!text.empty()) {
        const Decoded next = decode(text);
        if (next.letter == kMalformed)
            fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(text[0]));
        else if (is_unsafe(next.letter))
            append_escaped(out, next.letter);
        else
            out += text.substr(0, next.size);
        text.remove_prefix(next.size);
    }
}

std::string printable(std::string_view text) {
    if (is_plain_ascii(text)) return std::string(text);
    std::string result;
    append_printable(result, text);
    return result;
}

std::size_t display_width(std::string_view text) {
    if (is_plain_ascii(text)) return text.size();
    const Utf8Locale locale;
    std::size_t width = 0;
    while (!text.empty()) {
        const Decoded next = decode(text);
        width += letter_width(next.letter);
        text.remove_prefix(next.size);
    }
    return width;
}

std::string fitted(std::string_view text, std::size_t width, Keep keep, Charset charset) {
    if (display_width(text) <= width) return std::string(text);
    if (width == 0) return {};
    const std::string_view ellipsis = charset == Charset::Unicode ? "…" : "~";
    std::vector<Letter> letters;
    {
        const Utf8Locale locale;
        for (std::size_t at = 0; at < text.size();) {
            const Decoded next = decode(text.substr(at));
            letters.push_back({at, letter_width(next.letter)});
            at += next.size;
        }
    }
    const std::size_t room = width - 1;
    const std::size_t in_front = keep == Keep::Start ? room : keep == Keep::End ? 0 : room - room / 2;
    std::size_t head = 0;  // letters kept at the start
    std::size_t used = 0;
    while (head < letters.size() && used + letters[head].width <= in_front) used += letters[head++].width;
    const std::size_t behind = keep == Keep::Start ? 0 : room - used;
    std::size_t tail = letters.size();
    used = 0;
    while (tail > head && used + letters[tail - 1].width <= behind) used += letters[--tail].width;
    // A combining mark belongs to the letter in front of it, which was cut.
    while (tail < letters.size() && letters[tail].width == 0) ++tail;
    const auto offset = [&](std::size_t letter) {
        return letter == letters.size() ? text.size() : letters[letter].offset;
    };
    std::string result(text.substr(0, offset(head)));
    result += ellipsis;
    result += text.substr(offset(tail));
    return result;
}

}  // namespace spoor::terminal
