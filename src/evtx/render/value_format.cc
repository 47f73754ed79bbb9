#include "evtx/render/value_format.h"

#include <charconv>
#include <cmath>

#include "base/endian.h"
#include "base/guid.h"

#if defined(__SSSE3__)
#include <immintrin.h>
#endif

namespace spoor::evtx {
namespace {

using digits::write_pair;

constexpr char kUpperDigits[] = "0123456789ABCDEF";
constexpr char kLowerDigits[] = "0123456789abcdef";

char* write_year(std::uint64_t year, char* to) {
    if (year > 9999) return write_unsigned(year, to);
    return write_pair(static_cast<unsigned>(year % 100), write_pair(static_cast<unsigned>(year / 100), to));
}

/// "2020-10-09T" of days since 1601-01-01.
char* write_date(std::uint64_t days, char* to) {
    // Years are counted from March 1600, so that a leap day is the last of its year (Hinnant, "chrono-compatible
    // low-level date algorithms").
    const std::uint64_t since_march = days + 306;
    const std::uint64_t era = since_march / 146'097;
    const auto day_of_era = static_cast<unsigned>(since_march % 146'097);
    const unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
    const unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const unsigned month_from_march = (5 * day_of_year + 2) / 153;
    const unsigned day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    const unsigned month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    to = write_year(1600 + era * 400 + year_of_era + (month <= 2 ? 1 : 0), to);
    *to++ = '-';
    to = write_pair(month, to);
    *to++ = '-';
    to = write_pair(day, to);
    *to++ = 'T';
    return to;
}

template <typename T>
char* write_floating(T value, char* to) {
    const auto copy = [&](std::string_view text) {
        std::memcpy(to, text.data(), text.size());
        return to + text.size();
    };
    if (std::isnan(value)) return copy("-1.#IND");
    if (std::isinf(value)) return copy(value < 0 ? "-1.#INF" : "1.#INF");
    return std::to_chars(to, to + 64, value).ptr;
}

}  // namespace

char* write_filetime(std::uint64_t ticks, char* to) {
    constexpr std::uint64_t kTicksOfDay = 864'000'000'000;
    return write_time_of_day(ticks % kTicksOfDay, write_date(ticks / kTicksOfDay, to));
}

char* write_time_of_day(std::uint64_t of_day, char* to) {
    const auto second = static_cast<unsigned>(of_day / 10'000'000);
    const auto fraction = static_cast<unsigned>(of_day % 10'000'000);
    to = write_pair(second / 3600, to);
    *to++ = ':';
    to = write_pair(second / 60 % 60, to);
    *to++ = ':';
    to = write_pair(second % 60, to);
    *to++ = '.';
    to = write_pair(fraction / 100'000, to);
    to = write_pair(fraction / 1000 % 100, to);
    to = write_pair(fraction / 10 % 100, to);
    *to++ = static_cast<char>('0' + fraction % 10);
    *to++ = 'Z';
    return to;
}

char* write_systemtime(const std::uint8_t* fields, char* to) {
    const auto field = [&](int index) { return static_cast<unsigned>(load<std::uint16_t>(fields + 2 * index)); };
    if (load<std::uint64_t>(fields) == 0 && load<std::uint64_t>(fields + 8) == 0) return to;
    to = write_year(field(0), to);
    *to++ = '-';
    to = write_pair(field(1) % 100, to);
    *to++ = '-';
    to = write_pair(field(3) % 100, to);
    *to++ = 'T';
    to = write_pair(field(4) % 100, to);
    *to++ = ':';
    to = write_pair(field(5) % 100, to);
    *to++ = ':';
    to = write_pair(field(6) % 100, to);
    *to++ = '.';
    const unsigned millisecond = field(7) % 1000;
    *to++ = static_cast<char>('0' + millisecond / 100);
    to = write_pair(millisecond % 100, to);
    std::memcpy(to, "0000Z", 5);
    return to + 5;
}

char* write_sid(const std::uint8_t* sid, char* to) {
    std::memcpy(to, "S-", 2);
    to = write_unsigned(sid[0], to + 2);
    *to++ = '-';
    std::uint64_t authority = 0;
    for (int i = 2; i < 8; ++i) authority = authority << 8 | sid[i];
    // [MS-DTYP] 2.4.2.1: an authority of more than 32 bits is written in hexadecimal.
    to = authority <= 0xffffffff ? write_unsigned(authority, to) : write_hex(authority, to);
    for (unsigned i = 0; i < sid[1]; ++i) {
        *to++ = '-';
        to = write_unsigned(load<std::uint32_t>(sid + 8 + 4 * i), to);
    }
    return to;
}

#if defined(__SSSE3__)
namespace {

/// The 32 hexadecimal digits of 16 bytes.
struct HexDigits {
    __m128i first, last;
};
HexDigits hex_digits(__m128i bytes, const char* alphabet) {
    const __m128i digits = _mm_loadu_si128(reinterpret_cast<const __m128i*>(alphabet));
    const __m128i high = _mm_and_si128(_mm_srli_epi16(bytes, 4), _mm_set1_epi8(15));
    const __m128i low = _mm_and_si128(bytes, _mm_set1_epi8(15));
    return {_mm_shuffle_epi8(digits, _mm_unpacklo_epi8(high, low)),
            _mm_shuffle_epi8(digits, _mm_unpackhi_epi8(high, low))};
}

void store_sixteen(char* to, __m128i bytes) { _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes); }

}  // namespace

char* write_hex(std::uint64_t value, char* to) {
    std::memcpy(to, "0x", 2);
    // Moved to the left until its first digit is not zero, all 16 are written at once and the surplus is forgotten.
    const int zeros = value == 0 ? 15 : __builtin_clzll(value) / 4;
    const __m128i bytes = _mm_cvtsi64_si128(static_cast<long long>(__builtin_bswap64(value << (4 * zeros))));
    store_sixteen(to + 2, hex_digits(bytes, kLowerDigits).first);
    return to + 18 - zeros;
}

char* write_guid(const std::uint8_t* guid, char* to) {
    const __m128i stored = _mm_loadu_si128(reinterpret_cast<const __m128i*>(guid));
    // The first three groups are little-endian numbers, the rest are bytes in order ([MS-DTYP] 2.3.4).
    const __m128i bytes = _mm_shuffle_epi8(stored, _mm_setr_epi8(3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15));
    const auto [first, last] = hex_digits(bytes, kUpperDigits);
    // 8-4-4-4-12: a digit goes to each place that is not a dash.
    const __m128i head = _mm_shuffle_epi8(first, _mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, -1, 8, 9, 10, 11, -1, 12, 13));
    store_sixteen(to, _mm_or_si128(head, _mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, '-', 0, 0, 0, 0, '-', 0, 0)));
    const __m128i middle = _mm_or_si128(
        _mm_shuffle_epi8(first, _mm_setr_epi8(14, 15, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1)),
        _mm_shuffle_epi8(last, _mm_setr_epi8(-1, -1, -1, 0, 1, 2, 3, -1, 4, 5, 6, 7, 8, 9, 10, 11)));
    store_sixteen(to + 16, _mm_or_si128(middle, _mm_setr_epi8(0, 0, '-', 0, 0, 0, 0, '-', 0, 0, 0, 0, 0, 0, 0, 0)));
    save(to + 32, _mm_extract_epi32(last, 3));
    return to + 36;
}
#else
char* write_hex(std::uint64_t value, char* to) {
    *to++ = '0';
    *to++ = 'x';
    int shift = value == 0 ? 0 : (63 - __builtin_clzll(value)) & ~3;
    for (; shift >= 0; shift -= 4) *to++ = kLowerDigits[value >> shift & 15];
    return to;
}

char* write_guid(const std::uint8_t* guid, char* to) {
    char text[38];
    load<Guid>(guid).write(text);
    std::memcpy(to, text + 1, 36);
    return to + 36;
}
#endif

char* write_binary(const std::uint8_t* bytes, std::size_t size, char* to) {
    std::size_t i = 0;
#if defined(__SSSE3__)
    for (; i + 16 <= size; i += 16) {
        const auto [first, last] =
            hex_digits(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + i)), kUpperDigits);
        store_sixteen(to, first);
        store_sixteen(to + 16, last);
        to += 32;
    }
#endif
    for (; i < size; ++i) {
        *to++ = kUpperDigits[bytes[i] >> 4];
        *to++ = kUpperDigits[bytes[i] & 15];
    }
    return to;
}

char* write_float(float value, char* to) { return write_floating(value, to); }
char* write_float(double value, char* to) { return write_floating(value, to); }

}  // namespace spoor::evtx
