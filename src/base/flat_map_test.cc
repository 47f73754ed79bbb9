#include "base/flat_map.h"

#include <gtest/gtest.h>

#include <string>
#include <unordered_map>

namespace spoor {
namespace {

TEST(FlatMap, HoldsWhatAnUnorderedMapHolds) {
    FlatMap<std::uint64_t, std::string> map;
    std::unordered_map<std::uint64_t, std::string> model;
    std::uint64_t number = 1;
    for (int i = 0; i < 20'000; ++i) {
        number = hash_mix(number, 1);
        const std::uint64_t key = (number & 0xfff) << 32;  // keys that differ in their upper half only
        const auto [value, is_new] = map.at(key);
        ASSERT_EQ(is_new, model.try_emplace(key).second);
        value += static_cast<char>('a' + i % 26);
        model[key] += static_cast<char>('a' + i % 26);
    }
    EXPECT_EQ(map.size(), model.size());
    for (const auto& [key, value] : model) {
        ASSERT_NE(map.find(key), nullptr);
        EXPECT_EQ(*map.find(key), value);
    }
    EXPECT_EQ(map.find(7), nullptr);
    std::size_t letters = 0;
    map.for_each_value([&](const std::string& value) { letters += value.size(); });
    EXPECT_EQ(letters, 20'000u);
}

TEST(FlatMap, IsAskedBeforeAnythingIsInIt) {
    const FlatMap<std::uint64_t, int> map;
    EXPECT_EQ(map.find(0), nullptr);
    EXPECT_EQ(map.size(), 0u);
}

}  // namespace
}  // namespace spoor
