#include "base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <random>

namespace spoor {

std::uint64_t hash64(std::string_view bytes, std::uint64_t seed) {
    return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

Hash128 hash128(std::string_view bytes, std::uint64_t seed) {
    const XXH128_hash_t hash = XXH3_128bits_withSeed(bytes.data(), bytes.size(), seed);
    return {hash.low64, hash.high64};
}

std::uint64_t hash_secret() {
    static const std::uint64_t kSecret =
        static_cast<std::uint64_t>(std::random_device{}()) << 32 | std::random_device{}();
    return kSecret;
}

}  // namespace spoor
