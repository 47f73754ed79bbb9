// IpAddress: an IPv4 or IPv6 address in one form, so that the same machine is equal however a log spells it.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace spoor {

/// Sixteen bytes in network order; IPv4 is held IPv4-mapped (::ffff:a.b.c.d), as sockets do it.
struct IpAddress {
    std::array<std::uint8_t, 16> bytes{};

    /// Reads "10.0.0.1", "::ffff:10.0.0.1", "fe80::1%10" (the zone is dropped) and "[::1]".
    static Result<IpAddress> parse(std::string_view text);
    static IpAddress v4(std::uint32_t host_order);

    std::string to_string() const;

    bool is_v4() const;
    bool is_loopback() const;
    /// fe80::/10 and 169.254.0.0/16: unique on one network segment only.
    bool is_link_local() const;
    /// 0.0.0.0 or ::.
    bool is_unspecified() const;

    friend constexpr auto operator<=>(const IpAddress&, const IpAddress&) = default;
};

}  // namespace spoor
