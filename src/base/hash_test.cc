#include "base/hash.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <unordered_set>

namespace spoor {
namespace {

/// The inverse of an odd number modulo 2^64, by Newton's iteration.
constexpr std::uint64_t inverse(std::uint64_t odd) {
    std::uint64_t result = odd;
    for (int i = 0; i < 6; ++i) result *= 2 - odd * result;
    return result;
}

/// The number that hash_mix(0, number) turns into `hash`.
constexpr std::uint64_t number_of(std::uint64_t hash) {
    return (hash ^ (hash >> 33)) * inverse(0xff51afd7ed558ccdu) - 0x9e3779b97f4a7c15u;
}

constexpr std::uint64_t kTable = 1u << 16;

/// How many places of a table 10,000 keys take that are drawn with each of several secrets; 9,280 are expected of
/// chance.
template <typename KeyOf>
std::size_t fewest_places(KeyOf key_of) {
    std::size_t fewest = kTable;
    for (std::uint64_t round = 0; round < 100; ++round) {
        std::unordered_set<std::uint64_t> places;
        for (std::uint64_t i = 0; i < 10'000; ++i) {
            places.insert(hash_keyed(hash_secret() ^ hash_mix(0, round), key_of(i)) % kTable);
        }
        fewest = std::min(fewest, places.size());
    }
    return fewest;
}

TEST(Hash, KeysChosenToMeetInATableDoNot) {
    const auto chosen = [](std::uint64_t i) { return number_of(i * kTable); };
    ASSERT_EQ(hash_mix(0, chosen(5000)) % kTable, 0u) << "they do meet where no secret is mixed in";
    EXPECT_GT(fewest_places(chosen), 8'900u);
}

TEST(Hash, KeysInARowAndKeysThatDifferInTheirUpperBitsAreSpread) {
    EXPECT_GT(fewest_places([](std::uint64_t i) { return i; }), 8'900u);
    EXPECT_GT(fewest_places([](std::uint64_t i) { return i << 48; }), 8'900u);
    EXPECT_GT(fewest_places([](std::uint64_t i) { return i * (kTable + 1); }), 8'900u);
}

}  // namespace
}  // namespace spoor
