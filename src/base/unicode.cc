#include "base/unicode.h"

#include <algorithm>
#include <bit>
#include <iterator>

#include "base/case_folding.h"
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

/// Narrows the sixteen units at `from` into 16 bytes; a bit for each of them that is NUL or not ASCII.
std::uint32_t narrow_sixteen(const std::uint8_t* from, char* to) {
    // Saturation makes a byte that is not positive of every such unit: 0 of NUL, of 0x8000 and above; 0x80 to 0xff of
    // the rest.
#if defined(__x86_64__)
    const __m128i low = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    const __m128i high = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + 16));
    const __m128i bytes = _mm_packus_epi16(low, high);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
    const __m128i plain = _mm_cmpgt_epi8(bytes, _mm_setzero_si128());
    return static_cast<std::uint32_t>(_mm_movemask_epi8(plain)) ^ 0xffff;
#elif defined(__aarch64__)
    const int16x8_t low = vreinterpretq_s16_u8(vld1q_u8(from));
    const int16x8_t high = vreinterpretq_s16_u8(vld1q_u8(from + 16));
    const uint8x16_t bytes = vcombine_u8(vqmovun_s16(low), vqmovun_s16(high));
    vst1q_u8(reinterpret_cast<std::uint8_t*>(to), bytes);
    const uint8x16_t odd = vcleq_s8(vreinterpretq_s8_u8(bytes), vdupq_n_s8(0));
    static constexpr std::uint8_t kBits[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    const uint8x16_t bits = vandq_u8(odd, vld1q_u8(kBits));
    return std::uint32_t{vaddv_u8(vget_low_u8(bits))} | std::uint32_t{vaddv_u8(vget_high_u8(bits))} << 8;
#else
    std::uint32_t odd = 0;
    for (std::size_t i = 0; i < 16; ++i) {
        const auto unit = load<char16_t>(from + i * 2);
        odd |= std::uint32_t{unit == 0 || unit >= 0x80} << i;
        to[i] = static_cast<char>(unit);
    }
    return odd;
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

/// How many bytes, from the first, are ASCII.
std::size_t ascii_run(std::string_view bytes) {
    std::size_t at = 0;
    for (; at + 8 <= bytes.size(); at += 8)
        if (const std::uint64_t high = load<std::uint64_t>(bytes.data() + at) & 0x8080808080808080; high != 0)
            return at + static_cast<std::size_t>(std::countr_zero(high)) / 8;
    while (at < bytes.size() && static_cast<std::uint8_t>(bytes[at]) < 0x80) ++at;
    return at;
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
        const auto value = static_cast<char32_t>((first & 0x07) << 18 | (byte(1) & 0x3f) << 12 | (byte(2) & 0x3f) << 6 |
                                                 (byte(3) & 0x3f));
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
    const auto after = std::ranges::upper_bound(kCaseFoldings, c, {}, &CaseFolding::first);
    if (after == std::begin(kCaseFoldings)) return c;
    const CaseFolding& run = *std::prev(after);
    if (c > run.last || (c - run.first) % run.step != 0) return c;
    return static_cast<char32_t>(static_cast<std::int32_t>(c) + run.distance);
}

/// Folds sixteen bytes at once when all are ASCII; says whether they were.
bool fold_sixteen(const char* from, char* to) {
#if defined(__x86_64__)
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    if (_mm_movemask_epi8(bytes) != 0) return false;
    const __m128i capital =
        _mm_and_si128(_mm_cmpgt_epi8(bytes, _mm_set1_epi8('A' - 1)), _mm_cmplt_epi8(bytes, _mm_set1_epi8('Z' + 1)));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm_or_si128(bytes, _mm_and_si128(capital, _mm_set1_epi8(0x20))));
    return true;
#elif defined(__aarch64__)
    const uint8x16_t bytes = vld1q_u8(reinterpret_cast<const std::uint8_t*>(from));
    if (vmaxvq_u8(bytes) >= 0x80) return false;
    const uint8x16_t capital = vandq_u8(vcgeq_u8(bytes, vdupq_n_u8('A')), vcleq_u8(bytes, vdupq_n_u8('Z')));
    vst1q_u8(reinterpret_cast<std::uint8_t*>(to), vorrq_u8(bytes, vandq_u8(capital, vdupq_n_u8(0x20))));
    return true;
#else
    (void)from;
    (void)to;
    return false;
#endif
}

/// Folds the character at the front of a text that has one, moves past it, and returns the end of what was written.
char* fold_one(std::string_view& text, char* to) {
    const char first = text.front();
    if (static_cast<std::uint8_t>(first) < 0x80) {
        text.remove_prefix(1);
        *to = static_cast<char>(fold(static_cast<std::uint8_t>(first)));
        return to + 1;
    }
    bool malformed;
    const char32_t c = next_code_point(text, malformed);
    if (!malformed) return write_code_point(fold(c), to);
    *to = first;
    return to + 1;
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

char* utf16_to_utf8_until_nul(const std::uint8_t* from, std::size_t units, char* to) {
    // Nearly all texts are ASCII. As long as they are, where to go on depends on nothing that was read, so that the
    // processor works on several blocks, and on the texts behind this one, at once.
    for (std::size_t i = 0; i < units; i += 16) {
        const std::uint32_t within = (1u << std::min<std::size_t>(units - i, 16)) - 1;
        const std::uint32_t odd = narrow_sixteen(from + i * 2, to + i) & within;
        if (odd == 0) continue;
        i += static_cast<std::size_t>(std::countr_zero(odd));
        std::size_t end = i;
        while (end < units && load<char16_t>(from + end * 2) != 0) ++end;
        return utf16_to_utf8(from + i * 2, end - i, to + i);
    }
    return to + units;
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
    static constexpr char16_t kC1[32] = {0x20ac, 0x81,   0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
                                         0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8d,   0x017d, 0x8f,
                                         0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                         0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,   0x017e, 0x0178};
    std::string text;
    text.reserve(bytes.size());
    while (true) {
        const std::size_t plain = ascii_run(bytes);
        text += bytes.substr(0, plain);
        if (plain == bytes.size()) return text;
        const auto byte = static_cast<std::uint8_t>(bytes[plain]);
        char buffer[4];
        text.append(buffer, write_code_point(byte < 0xa0 ? kC1[byte - 0x80] : byte, buffer));
        bytes.remove_prefix(plain + 1);
    }
}

bool is_utf8(std::string_view text) {
    bool malformed = false;
    while (!text.empty() && !malformed) next_code_point(text, malformed);
    return !malformed;
}

std::string_view fold_case(std::string_view utf8, std::string& out) {
    // Two bytes may fold to three (U+023A); nothing grows by more.
    out.resize_and_overwrite(utf8.size() + utf8.size() / 2 + 16, [utf8](char* const begin, std::size_t) {
        std::string_view rest = utf8;
        char* to = begin;
        while (!rest.empty()) {
            if (rest.size() >= 16 && fold_sixteen(rest.data(), to)) {
                rest.remove_prefix(16);
                to += 16;
                continue;
            }
            // Character by character up to the next sixteen bytes, so that one odd letter does not slow the whole text.
            const std::size_t stop = rest.size() > 16 ? rest.size() - 16 : 0;
            while (rest.size() > stop) to = fold_one(rest, to);
        }
        return static_cast<std::size_t>(to - begin);
    });
    return out;
}

std::string fold_case(std::string_view utf8) {
    std::string folded;
    fold_case(utf8, folded);
    return folded;
}

bool equals_ignoring_ascii_case(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) {
    const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

}  // namespace spoor
