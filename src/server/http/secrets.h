// Secrets: keys that cannot be guessed, and what is kept of them.
//
// Every secret here (login links, browser cookies, tokens) is 256 random bits that we made ourselves; nobody chooses a
// password. A slow hash exists to make *guessing* expensive; there is nothing to guess in 2^256, so one round of
// SHA-256 is what is stored and compared, and a check costs microseconds and not a tenth of a second of CPU for every
// request.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace spoor::server {

/// 43 characters of base64url: 256 bits from the system's random source.
std::string make_secret();

using Digest = std::array<std::uint8_t, 32>;

Digest digest_of(std::string_view secret);
std::string to_hex(const Digest& digest);
bool from_hex(std::string_view text, Digest& digest);

/// Takes the same time wherever the two differ.
bool same(const Digest& a, const Digest& b);

}  // namespace spoor::server
