#include "base/ip_address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace spoor {
namespace {
constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/// "10.0.3.17" to four bytes; what inet_pton takes, several times as fast: every logon has one.
bool read_v4(std::string_view text, std::uint8_t* to) {
    const char* at = text.data();
    const char* const end = at + text.size();
    for (int i = 0; i < 4; ++i) {
        if (i > 0 && (at == end || *at++ != '.')) return false;
        unsigned octet = 0;
        const char* const first = at;
        for (; at != end && *at >= '0' && *at <= '9' && at - first < 3; ++at)
            octet = octet * 10 + static_cast<unsigned>(*at - '0');
        if (at == first || octet > 255 || (*first == '0' && at - first > 1)) return false;
        to[i] = static_cast<std::uint8_t>(octet);
    }
    return at == end;
}
}  // namespace

Result<IpAddress> IpAddress::parse(std::string_view text) {
    IpAddress address;
    std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), address.bytes.begin());
    if (read_v4(text, address.bytes.data() + 12)) return address;
    std::string_view body = text;
    if (body.size() > 2 && body.front() == '[' && body.back() == ']') body = body.substr(1, body.size() - 2);
    body = body.substr(0, body.find('%'));
    if (read_v4(body, address.bytes.data() + 12)) return address;
    char copy[INET6_ADDRSTRLEN];
    if (body.size() < sizeof copy) {
        copy[body.copy(copy, body.size())] = 0;
        if (inet_pton(AF_INET6, copy, address.bytes.data()) == 1) return address;
    }
    return fail(Errc::Corrupt, fmt::format("'{}' is not an IP address", text));
}

IpAddress IpAddress::v4(std::uint32_t host_order) {
    IpAddress address;
    std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), address.bytes.begin());
    for (unsigned i = 0; i < 4; ++i) address.bytes[12 + i] = static_cast<std::uint8_t>(host_order >> (24 - 8 * i));
    return address;
}

std::string IpAddress::to_string() const {
    char text[INET6_ADDRSTRLEN];
    if (!is_v4()) return inet_ntop(AF_INET6, bytes.data(), text, sizeof text);
    // What inet_ntop writes; it goes the long way, through sprintf.
    char* end = text;
    for (std::size_t at = 12; at < 16; ++at) {
        if (at > 12) *end++ = '.';
        end = std::to_chars(end, text + sizeof text, bytes[at]).ptr;
    }
    return {text, end};
}

bool IpAddress::is_v4() const { return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin()); }

bool IpAddress::is_loopback() const {
    if (is_v4()) return bytes[12] == 127;
    return std::all_of(bytes.begin(), bytes.end() - 1, [](auto b) { return b == 0; }) && bytes[15] == 1;
}

bool IpAddress::is_link_local() const {
    if (is_v4()) return bytes[12] == 169 && bytes[13] == 254;
    return bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;
}

bool IpAddress::is_unspecified() const {
    const std::size_t from = is_v4() ? 12 : 0;
    return std::all_of(bytes.begin() + static_cast<std::ptrdiff_t>(from), bytes.end(), [](auto b) { return b == 0; });
}

}  // namespace spoor
