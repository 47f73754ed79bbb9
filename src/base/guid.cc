#include "base/guid.h"

#include <fmt/format.h>

namespace spoor {
namespace {

// The byte of the stored form that each pair of digits in the text belongs to: the first three groups are
// little-endian numbers, the rest are bytes in order ([MS-DTYP] 2.3.4).
constexpr std::array<std::uint8_t, 16> kByteOfPair = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

Result<Guid> Guid::parse(std::string_view text) {
    std::string_view digits = text;
    if (digits.size() == 38 && digits.front() == '{' && digits.back() == '}') digits = digits.substr(1, 36);
    Guid guid;
    std::size_t at = 0;
    for (std::size_t pair = 0; pair < 16; ++pair) {
        if (pair == 4 || pair == 6 || pair == 8 || pair == 10) {
            if (at >= digits.size() || digits[at] != '-')
                return fail(Errc::Corrupt, fmt::format("'{}' is not a GUID", text));
            ++at;
        }
        if (at + 2 > digits.size()) return fail(Errc::Corrupt, fmt::format("'{}' is not a GUID", text));
        const int high = hex_digit(digits[at]);
        const int low = hex_digit(digits[at + 1]);
        if (high < 0 || low < 0) return fail(Errc::Corrupt, fmt::format("'{}' is not a GUID", text));
        guid.bytes[kByteOfPair[pair]] = static_cast<std::uint8_t>(high * 16 + low);
        at += 2;
    }
    if (at != digits.size()) return fail(Errc::Corrupt, fmt::format("'{}' is not a GUID", text));
    return guid;
}

char* Guid::write(char* to) const {
    constexpr char kDigits[] = "0123456789ABCDEF";
    *to++ = '{';
    for (std::size_t pair = 0; pair < 16; ++pair) {
        if (pair == 4 || pair == 6 || pair == 8 || pair == 10) *to++ = '-';
        const std::uint8_t byte = bytes[kByteOfPair[pair]];
        *to++ = kDigits[byte >> 4];
        *to++ = kDigits[byte & 15];
    }
    *to++ = '}';
    return to;
}

std::string Guid::to_string() const {
    char text[38];
    return {text, write(text)};
}

}  // namespace spoor
