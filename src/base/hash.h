// Hashes for tables and identities (XXH3): fast, stable across runs and machines, not for secrets.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace spoor {

std::uint64_t hash64(std::string_view bytes, std::uint64_t seed = 0);

/// Wide enough that two different texts of one data set do not meet, unless someone who knows the seed makes them.
struct Hash128 {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    friend bool operator==(const Hash128&, const Hash128&) = default;
};
Hash128 hash128(std::string_view bytes, std::uint64_t seed);

/// Mixes one more number into a hash.
constexpr std::uint64_t hash_mix(std::uint64_t hash, std::uint64_t value) {
    hash ^= value + 0x9e3779b97f4a7c15u + (hash << 6) + (hash >> 2);
    hash *= 0xff51afd7ed558ccdu;
    return hash ^ (hash >> 33);
}

/// Drawn anew for each run. Tables whose keys come from outside begin with it, so that nobody can choose keys that meet
/// in one place and make a look-up a search through all of them.
std::uint64_t hash_secret();

/// Mixes one more number into a hash that began with the secret. The multiplier is secret too: hash_mix, whose
/// multiplier is known, can be given numbers whose lower bits meet whatever it began with.
constexpr std::uint64_t hash_keyed(std::uint64_t hash, std::uint64_t value) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(value ^ hash) * (hash * 0x9e3779b97f4a7c15u | 1);
    std::uint64_t folded = static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
    folded ^= folded >> 32;
    folded *= 0xd6e8feb86659fd93u;
    return folded ^ (folded >> 32);
}

/// For tables keyed by numbers.
struct NumberHash {
    std::size_t operator()(std::uint64_t number) const { return hash_keyed(hash_secret(), number); }
};

/// For tables keyed by text that are asked with views.
struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return hash64(text, hash_secret()); }
};

}  // namespace spoor
