#include "evtx/render/escape.h"

#include <algorithm>
#include <cstring>

#include "base/endian.h"
#include "base/unicode.h"

#if defined(__SSSE3__)
#include <immintrin.h>
#endif

namespace spoor::evtx {
namespace {

char* copy(std::string_view text, char* to) {
    std::memcpy(to, text.data(), text.size());
    return to + text.size();
}

char* write_code_point(char32_t c, char* to) {
    if (c < 0x80) {
        *to++ = static_cast<char>(c);
    } else if (c < 0x800) {
        *to++ = static_cast<char>(0xc0 | c >> 6);
        *to++ = static_cast<char>(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        *to++ = static_cast<char>(0xe0 | c >> 12);
        *to++ = static_cast<char>(0x80 | (c >> 6 & 0x3f));
        *to++ = static_cast<char>(0x80 | (c & 0x3f));
    } else {
        *to++ = static_cast<char>(0xf0 | c >> 18);
        *to++ = static_cast<char>(0x80 | (c >> 12 & 0x3f));
        *to++ = static_cast<char>(0x80 | (c >> 6 & 0x3f));
        *to++ = static_cast<char>(0x80 | (c & 0x3f));
    }
    return to;
}

template <Escaping escaping>
char* write_character(char32_t c, char* to) {
    if constexpr (escaping == Escaping::Json) {
        switch (c) {
            case '"': return copy("\\\"", to);
            case '\\': return copy("\\\\", to);
            case '\n': return copy("\\n", to);
            case '\r': return copy("\\r", to);
            case '\t': return copy("\\t", to);
            default: break;
        }
        if (c >= 0x20) return write_code_point(c, to);
        constexpr char kDigits[] = "0123456789abcdef";
        to = copy("\\u00", to);
        *to++ = kDigits[c >> 4];
        *to++ = kDigits[c & 15];
        return to;
    } else {
        switch (c) {
            case '&': return copy("&amp;", to);
            case '<': return copy("&lt;", to);
            case '>': return copy("&gt;", to);
            case '\r': return copy("&#13;", to);  // a bare one would be read back as a line feed
            case '"':
                if constexpr (escaping == Escaping::XmlAttribute) return copy("&quot;", to);
                break;
            case '\n':
                if constexpr (escaping == Escaping::XmlAttribute) return copy("&#10;", to);
                break;
            case '\t':
                if constexpr (escaping == Escaping::XmlAttribute) return copy("&#9;", to);
                break;
            default:
                if (c < 0x20 || c == 0xfffe || c == 0xffff) return to;
        }
        return write_code_point(c, to);
    }
}

/// The unit at `at`, with its partner if it is the first half of a pair; `at` is moved behind.
char32_t next_character(const std::uint8_t* units, std::size_t& at, std::size_t count) {
    const char32_t unit = load<char16_t>(units + 2 * at++);
    if (unit < 0xd800 || unit > 0xdfff) return unit;
    if (unit < 0xdc00 && at < count) {
        const char32_t low = load<char16_t>(units + 2 * at);
        if (low >= 0xdc00 && low <= 0xdfff) {
            ++at;
            return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
        }
    }
    return 0xfffd;
}

#if defined(__SSSE3__)
/// At each low nibble the one character with that nibble that must be escaped; 0xff, which no ASCII text holds,
/// elsewhere.
template <Escaping escaping>
__m128i special_characters() {
    constexpr char kNone = static_cast<char>(0xff);
    if constexpr (escaping == Escaping::Json)
        return _mm_setr_epi8(kNone, kNone, '"', kNone, kNone, kNone, kNone, kNone, kNone, kNone, kNone, kNone, '\\',
                             kNone, kNone, kNone);
    constexpr char kQuote = escaping == Escaping::XmlAttribute ? '"' : kNone;
    return _mm_setr_epi8(kNone, kNone, kQuote, kNone, kNone, kNone, '&', kNone, kNone, kNone, kNone, kNone, '<', kNone,
                         '>', kNone);
}

/// How many of the sixteen bytes, from the first, are ASCII that needs no escaping.
template <Escaping escaping>
std::size_t leading_plain(__m128i bytes) {
    const __m128i special = _mm_cmpeq_epi8(_mm_shuffle_epi8(special_characters<escaping>(), bytes), bytes);
    const auto odd =
        static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(special, _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20)))));
    return static_cast<std::size_t>(__builtin_ctz(odd | 0x10000));
}
#endif

/// Whether the unit is ASCII that needs no escaping, which is what most text is.
template <Escaping escaping>
bool is_plain(char16_t unit) {
    if (unit < 0x20 || unit >= 0x80) return false;
    if constexpr (escaping == Escaping::Json) return unit != u'"' && unit != u'\\';
    return unit != u'&' && unit != u'<' && unit != u'>' && (escaping == Escaping::XmlText || unit != u'"');
}

}  // namespace

template <Escaping escaping>
char* write_escaped(const std::uint8_t* units, std::size_t count, char* to) {
    std::size_t at = 0;
    while (at < count) {
#if defined(__SSSE3__)
        // Narrowing saturates: a unit of 0x80 to 0x7fff becomes a byte with its high bit set and one above becomes 0,
        // so that one signed comparison with 0x20 finds all that is not ASCII as well as the control characters.
        const __m128i low = _mm_loadu_si128(reinterpret_cast<const __m128i*>(units + 2 * at));
        const __m128i high = _mm_loadu_si128(reinterpret_cast<const __m128i*>(units + 2 * at + 16));
        const __m128i bytes = _mm_packus_epi16(low, high);
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
        const std::size_t plain = std::min<std::size_t>(leading_plain<escaping>(bytes), count - at);
        at += plain;
        to += plain;
        if (plain == 16) continue;
#endif
        // What is not plain comes in runs: line ends with indentation, words in other scripts.
        while (at < count) {
            const char32_t c = next_character(units, at, count);
            if (c == 0) return to;
            to = write_character<escaping>(c, to);
            if (at < count && is_plain<escaping>(load<char16_t>(units + 2 * at))) break;
        }
    }
    return to;
}

template <Escaping escaping>
char* write_escaped_ansi(const std::uint8_t* bytes, std::size_t count, char* to) {
    std::size_t at = 0;
    while (at < count) {
#if defined(__SSSE3__)
        const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + at));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to), block);
        const std::size_t plain = std::min<std::size_t>(leading_plain<escaping>(block), count - at);
        at += plain;
        to += plain;
        if (plain == 16) continue;
#endif
        while (at < count) {
            const std::uint8_t byte = bytes[at++];
            if (byte == 0) return to;
            if (byte < 0x80)
                to = write_character<escaping>(byte, to);
            else
                to = copy(windows1252_to_utf8({reinterpret_cast<const char*>(&byte), 1}), to);
            if (at < count && is_plain<escaping>(bytes[at])) break;
        }
    }
    return to;
}

template char* write_escaped<Escaping::XmlText>(const std::uint8_t*, std::size_t, char*);
template char* write_escaped<Escaping::XmlAttribute>(const std::uint8_t*, std::size_t, char*);
template char* write_escaped<Escaping::Json>(const std::uint8_t*, std::size_t, char*);
template char* write_escaped_ansi<Escaping::XmlText>(const std::uint8_t*, std::size_t, char*);
template char* write_escaped_ansi<Escaping::XmlAttribute>(const std::uint8_t*, std::size_t, char*);
template char* write_escaped_ansi<Escaping::Json>(const std::uint8_t*, std::size_t, char*);

namespace {

template <Escaping escaping>
bool is_all_plain(std::string_view utf8) {
    return std::ranges::all_of(utf8, [](char c) { return is_plain<escaping>(static_cast<unsigned char>(c)); });
}

}  // namespace

std::string escaped(std::string_view utf8, Escaping escaping) {
    const bool is_plain_text =
        escaping == Escaping::Json ? is_all_plain<Escaping::Json>(utf8) : is_all_plain<Escaping::XmlAttribute>(utf8);
    if (is_plain_text) return std::string(utf8);  // as names of templates are
    std::u16string units = utf8_to_utf16(utf8);
    const std::size_t count = units.size();
    units.resize(count + 32);  // the slack that is read over
    const auto* const from = reinterpret_cast<const std::uint8_t*>(units.data());
    std::string text(escaped_bound(count), 0);
    char* end = nullptr;
    switch (escaping) {
        case Escaping::XmlText: end = write_escaped<Escaping::XmlText>(from, count, text.data()); break;
        case Escaping::XmlAttribute: end = write_escaped<Escaping::XmlAttribute>(from, count, text.data()); break;
        case Escaping::Json: end = write_escaped<Escaping::Json>(from, count, text.data()); break;
    }
    text.resize(static_cast<std::size_t>(end - text.data()));
    return text;
}

}  // namespace spoor::evtx
