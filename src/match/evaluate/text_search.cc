#include "match/evaluate/text_search.h"

#include <cstring>

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

namespace spoor::match {
namespace {

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

}  // namespace

// Looks at sixteen places at once for the first and the last byte of the needle, and compares the rest only where both
// stand (W. Mula, "SIMD-friendly algorithms for substring searching").
bool contains(std::string_view text, std::string_view needle) {
    if (needle.empty()) return true;
    if (text.size() < needle.size()) return false;
    std::size_t at = 0;
#if defined(__x86_64__)
    const __m128i first = _mm_set1_epi8(needle.front());
    const __m128i last = _mm_set1_epi8(needle.back());
    for (; at + needle.size() - 1 + 16 <= text.size(); at += 16) {
        const __m128i firsts = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
        const __m128i lasts = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at + needle.size() - 1));
        auto places = static_cast<unsigned>(
            _mm_movemask_epi8(_mm_and_si128(_mm_cmpeq_epi8(firsts, first), _mm_cmpeq_epi8(lasts, last))));
        for (; places != 0; places &= places - 1) {
            const auto place = static_cast<std::size_t>(__builtin_ctz(places));
            if (std::memcmp(text.data() + at + place, needle.data(), needle.size()) == 0) return true;
        }
    }
#endif
    return text.substr(at).find(needle) != std::string_view::npos;
}

Glance starts_folded(std::string_view text, std::string_view pattern) {
    for (std::size_t i = 0; i < pattern.size() && i < text.size(); ++i) {
        if (!is_ascii(text[i])) return Glance::MustFold;
        if (lower(text[i]) != pattern[i]) return Glance::No;
    }
    // A text that was compared to its end was all ASCII, and folds to its own length.
    return text.size() < pattern.size() ? Glance::No : Glance::Yes;
}

Glance equals_folded(std::string_view text, std::string_view pattern) {
    const Glance start = starts_folded(text, pattern);
    if (start != Glance::Yes || text.size() == pattern.size()) return start;
    // The text goes on, and folding makes no character vanish.
    return Glance::No;
}

Glance ends_folded(std::string_view text, std::string_view pattern) {
    for (std::size_t i = 1; i <= pattern.size() && i <= text.size(); ++i) {
        const char c = text[text.size() - i];
        if (!is_ascii(c)) return Glance::MustFold;
        if (lower(c) != pattern[pattern.size() - i]) return Glance::No;
    }
    return text.size() < pattern.size() ? Glance::No : Glance::Yes;
}

namespace {

/// Whether the pattern, which is folded, stands at this place of a text.
bool stands_at(const char* text, std::string_view pattern) {
    for (const char c : pattern)
        if (lower(*text++) != c) return false;
    return true;
}

#if defined(__x86_64__)
__m128i lower(__m128i bytes) {
    const __m128i is_upper =
        _mm_and_si128(_mm_cmpgt_epi8(bytes, _mm_set1_epi8('A' - 1)), _mm_cmplt_epi8(bytes, _mm_set1_epi8('Z' + 1)));
    return _mm_or_si128(bytes, _mm_and_si128(is_upper, _mm_set1_epi8(0x20)));
}
#endif

}  // namespace

// As contains(), on letters made small. Folding turns each character into something by itself, so what is found among
// ASCII characters is there; only what is not found may be there all the same, in a text that has others.
Glance contains_folded(std::string_view text, std::string_view pattern) {
    if (pattern.empty()) return Glance::Yes;
    std::size_t at = 0;
    bool ascii = true;
#if defined(__x86_64__)
    const __m128i first = _mm_set1_epi8(pattern.front());
    const __m128i last = _mm_set1_epi8(pattern.back());
    for (; at + pattern.size() - 1 + 16 <= text.size(); at += 16) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
        const __m128i behind = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at + pattern.size() - 1));
        ascii = ascii && _mm_movemask_epi8(bytes) == 0;
        auto places = static_cast<unsigned>(
            _mm_movemask_epi8(_mm_and_si128(_mm_cmpeq_epi8(lower(bytes), first), _mm_cmpeq_epi8(lower(behind), last))));
        for (; places != 0; places &= places - 1)
            if (stands_at(text.data() + at + __builtin_ctz(places), pattern)) return Glance::Yes;
    }
#endif
    for (; at + pattern.size() <= text.size(); ++at) {
        if (stands_at(text.data() + at, pattern)) return Glance::Yes;
        ascii = ascii && is_ascii(text[at]);
    }
    for (; ascii && at < text.size(); ++at) ascii = is_ascii(text[at]);
    return ascii ? Glance::No : Glance::MustFold;
}

bool has_word(std::string_view text, std::string_view word) {
    while (!text.empty()) {
        const std::size_t end = text.find_first_of(" \t\r\n");
        if (text.substr(0, end) == word) return true;
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    return false;
}

}  // namespace spoor::match
