#include "base/unicode.h"

#include <algorithm>

#include "base/endian.h"

#if defined(__x86_64__)
#include <emmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace spoor {
namespace {

/// Narrows eight units at once when all are ASCII; says whether they were. May write 8 bytes.
bool narrow_eight(const std::uint8_t* from, char* to) {
#if defined(__x86_64__)
    const __m128i units = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    const __m128i high = _mm_and_si128(units, _mm_set1_epi16(static_cast<short>(0xff80)));
    if (_mm_movemask_epi8(_mm_cmpeq_epi16(high, _mm_setzero_si128())) != 0xffff) return false;
    _mm_storel_epi64(reinterpret_cast<__m128i*>(to), _mm_packus_epi16(units, units));
    return true;
#elif defined(__aarch64__)
    const uint16x8_t units = vreinterpretq_u16_u8(vld1q_u8(from));
    if (vmaxvq_u16(units) >= 0x80) return false;
    vst1_u8(reinterpret_cast<std::uint8_t*>(to), vmovn_u16(units));
    return true;
#else
    (void)from;
    (void)to;
    return false;
#endif
}

char* write_code_point(char32_t c, char* to) {
    if (c < 0x80) {
        *to++ = static_cast<char>(c);
    } else if (c < 0x800) {
        *to++ = static_cast<char>(0xc0 | (c >> 6));
        *to++ = static_cast<char>(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        *to++ = static_cast<char>(0xe0 | (c >> 12));
        *to++ = static_cast<char>(0x80 | ((c >> 6) & 0x3f));
        *to++ = static_cast<char>(0x80 | (c & 0x3f));
    } else {
        *to++ = static_cast<char>(0xf0 | (c >> 18));
        *to++ = static_cast<char>(0x80 | ((c >> 12) & 0x3f));
        *to++ = static_cast<char>(0x80 | ((c >> 6) & 0x3f));
        *to++ = static_cast<char>(0x80 | (c & 0x3f));
    }
    return to;
}

constexpr char32_t kReplacement = 0xfffd;

/// Takes one code point off the front of a UTF-8 text; a malformed byte gives kReplacement and `malformed`.
char32_t next_code_point(std::string_view& text, bool& malformed) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const auto continues = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xc0) == 0x80; };
    const std::uint8_t first = byte(0);
    char32_t c = kReplacement;
    std::size_t length = 1;
    malformed = true;
    if (first < 0x80) {
        c = first;
        malformed = false;
    } else if (first >= 0xc2 && first < 0xe0 && continues(1)) {
        c = static_cast<char32_t>((first & 0x1f) << 6 | (byte(1) & 0x3f));
        length = 2;
        malformed = false;
    } else if (first >= 0xe0 && first < 0xf0 && continues(1) && continues(2)) {
        const auto value = static_cast<char32_t>((first & 0x0f) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f));
        if (value >= 0x800 && (value < 0xd800 || value > 0xdfff)) {
            c = value;
            length = 3;
            malformed = false;
        }
    } else if (first >= 0xf0 && first < 0xf5 && continues(1) && continues(2) && continues(3)) {
        const auto value = static_cast<char32_t>((first & 0x07) << 18 | (byte(1) & 0x3f) << 12 | (byte(2) & 0x3f) << 6 | (byte(3) & 0x3f));
        if (value >= 0x10000 && value < 0x110000) {
            c = value;
            length = 4;
            malformed = false;
        }
    }
    text.remove_prefix(length);
    return c;
}

char32_t fold(char32_t c) {
    if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 32 : c;
    if ((c >= 0xc0 && c <= 0xde && c != 0xd7) || (c >= 0x391 && c <= 0x3ab && c != 0x3a2) || (c >= 0x410 && c <= 0x42f)) return c + 32;
    if (c >= 0x400 && c <= 0x40f) return c + 80;
    if (c >= 0x531 && c <= 0x556) return c + 48;
    const bool even_is_capital = (c >= 0x100 && c <= 0x137 && c != 0x130 && c != 0x131) || (c >= 0x14a && c <= 0x177) || (c >= 0x460 && c <= 0x481) ||
                                 (c >= 0x48a && c <= 0x4bf) || (c >= 0x4d0 && c <= 0x52f) || (c >= 0x1e00 && c <= 0x1e95) || (c >= 0x1ea0 && c <= 0x1eff);
    if (even_is_capital) return c | 1;
    const bool odd_is_capital = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e) || (c >= 0x4c1 && c <= 0x4ce);
    if (odd_is_capital) return (c & 1) ? c + 1 : c;
    if (c == 0x386) return 0x3ac;
    if (c >= 0x388 && c <= 0x38a) return c + 37;
    if (c == 0x38c) return 0x3cc;
    if (c == 0x38e || c == 0x38f) return c + 63;
    if (c == 0x178) return 0xff;
    if (c == 0x3c2) return 0x3c3;
    return c;
}

}  // namespace

char* utf16_to_utf8(const std::uint8_t* from, std::size_t units, char* to) {
    std::size_t i = 0;
    while (i < units) {
        if (units - i >= 8 && narrow_eight(from + i * 2, to)) {
            i += 8;
            to += 8;
            continue;
        }
        // One unit at a time up to the next block of eight, so that one odd character does not slow the whole text.
        const std::size_t stop = std::min(units, i + 8);
        while (i < stop) {
            const char32_t unit = load<char16_t>(from + i * 2);
            ++i;
            if (unit < 0xd800 || unit > 0xdfff) {
                to = write_code_point(unit, to);
            } else if (unit < 0xdc00 && i < units) {
                const char32_t low = load<char16_t>(from + i * 2);
                if (low >= 0xdc00 && low <= 0xdfff) {
                    ++i;
                    to = write_code_point(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00), to);
                } else {
                    to = write_code_point(kReplacement, to);
                }
            } else {
                to = write_code_point(kReplacement, to);
            }
        }
    }
    return to;
}

std::string utf16_to_utf8(const std::uint8_t* from, std::size_t units) {
    std::string text(utf8_bound(units), 0);
    text.resize(static_cast<std::size_t>(utf16_to_utf8(from, units, text.data()) - text.data()));
    return text;
}

std::u16string utf8_to_utf16(std::string_view text) {
    std::u16string units;
    units.reserve(text.size());
    bool malformed;
    while (!text.empty()) {
        const char32_t c = next_code_point(text, malformed);
        if (c < 0x10000) {
            units.push_back(static_cast<char16_t>(c));
        } else {
            units.push_back(static_cast<char16_t>(0xd800 + ((c - 0x10000) >> 10)));
            units.push_back(static_cast<char16_t>(0xdc00 + ((c - 0x10000) & 0x3ff)));
        }
    }
    return units;
}

std::string windows1252_to_utf8(std::string_view bytes) {
    static constexpr char16_t kC1[32] = {0x20ac, 0x81,   0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
                                         0x2039, 0x0152, 0x8d,   0x017d, 0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
                                         0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,   0x017e, 0x0178};
    std::string text;
    text.reserve(bytes.size());
    char buffer[4];
    for (const char b : bytes) {
        const auto byte = static_cast<std::uint8_t>(b);
        const char32_t c = byte >= 0x80 && byte < 0xa0 ? kC1[byte - 0x80] : byte;
        text.append(buffer, write_code_point(c, buffer));
    }
    return text;
}

bool is_utf8(std::string_view text) {
    bool malformed = false;
    while (!text.empty() && !malformed) next_code_point(text, malformed);
    return !malformed;
}

std::string fold_case(std::string_view utf8) {
    std::string folded;
    folded.reserve(utf8.size());
    char buffer[4];
    while (!utf8.empty()) {
        if (static_cast<std::uint8_t>(utf8.front()) < 0x80) {
            folded.push_back(static_cast<char>(fold(static_cast<std::uint8_t>(utf8.front()))));
            utf8.remove_prefix(1);
            continue;
        }
        bool malformed;
        const char first = utf8.front();
        const char32_t c = next_code_point(utf8, malformed);
        if (malformed)
            folded.push_back(first);
        else
            folded.append(buffer, write_code_point(fold(c), buffer));
    }
    return folded;
}

bool equals_ignoring_ascii_case(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r\n";
    const std::size_t first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace spoor
