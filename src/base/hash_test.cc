#include "base/hash.h"

#include <gtest/gtest.h>

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

TEST(Hash, KeysChosenToMeetInATableDoNot) {
    constexpr std::uint64_t kTable = 1u << 16;
    std::unordered_set<std::uint64_t> places;
    for (std::uint64_t i = 0; i < 10'000; ++i) {
        const std::uint64_t key = number_of(i * kTable);
        ASSERT_EQ(hash_mix(0, key) % kTable, 0u) << "they do meet where no secret is mixed in";
        places.insert(NumberHash{}(key) % kTable);
    }
    EXPECT_GT(places.size(), 8'000u);  // 9,280 are expected of numbers drawn at random
}

}  // namespace
}  // namespace spoor
