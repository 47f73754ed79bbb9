// Value formats: numbers, times and identifiers written as text at a place with room for them.
//
// Each function returns the end of what it wrote. kWidestFormat bytes suffice for all but binary data.
#pragma once
#include <cstdint>
#include <cstring>
#include <string_view>

#include "evtx/record.h"

namespace spoor::evtx {

constexpr std::size_t kWidestFormat = 256;

namespace digits {

struct Pairs {
    char text[200];
};
constexpr Pairs make_pairs() {
    Pairs pairs{};
    for (int i = 0; i < 100; ++i) {
        pairs.text[2 * i] = static_cast<char>('0' + i / 10);
        pairs.text[2 * i + 1] = static_cast<char>('0' + i % 10);
    }
    return pairs;
}
inline constexpr Pairs kPairs = make_pairs();

inline char* write_pair(unsigned value, char* to) {
    std::memcpy(to, kPairs.text + 2 * value, 2);
    return to + 2;
}

}  // namespace digits

inline char* write_unsigned(std::uint64_t value, char* to) {
    if (value < 10) {
        *to = static_cast<char>('0' + value);
        return to + 1;
    }
    char text[20];
    char* at = text + sizeof text;
    while (value >= 100) {
        at -= 2;
        digits::write_pair(static_cast<unsigned>(value % 100), at);
        value /= 100;
    }
    if (value >= 10) {
        at -= 2;
        digits::write_pair(static_cast<unsigned>(value), at);
    } else {
        *--at = static_cast<char>('0' + value);
    }
    const auto length = static_cast<std::size_t>(text + sizeof text - at);
    std::memcpy(to, at, length);
    return to + length;
}

inline char* write_signed(std::int64_t value, char* to) {
    if (value >= 0) return write_unsigned(static_cast<std::uint64_t>(value), to);
    *to++ = '-';
    return write_unsigned(~static_cast<std::uint64_t>(value) + 1, to);
}

/// "0x3e7": lower case, without leading zeros, as Event Viewer writes it.
char* write_hex(std::uint64_t value, char* to);

/// "2020-10-09T22:28:10.1234567Z" of 100 ns ticks since 1601.
char* write_filetime(std::uint64_t ticks, char* to);

/// The part behind the T: "22:28:10.1234567Z" of ticks since midnight.
char* write_time_of_day(std::uint64_t ticks, char* to);

/// The same of the eight numbers of a SYSTEMTIME; nothing when they are all zero.
char* write_systemtime(const std::uint8_t* fields, char* to);

/// "S-1-5-21-..."; the bytes are those of a whole SID.
char* write_sid(const std::uint8_t* sid, char* to);

/// "42C2E005-E3FA-5F80-4908-000000000400", without braces.
char* write_guid(const std::uint8_t* guid, char* to);

/// Two upper case digits a byte.
char* write_binary(const std::uint8_t* bytes, std::size_t size, char* to);

char* write_float(float value, char* to);
char* write_float(double value, char* to);

}  // namespace spoor::evtx
