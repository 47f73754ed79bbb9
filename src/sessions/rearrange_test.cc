#include "sessions/rearrange.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <string>

namespace spoor::sessions {
namespace {

TEST(Rearrange, GivesWhatACopyInThatOrderGives) {
    std::mt19937 random(7);
    for (std::uint32_t count : {0u, 1u, 2u, 3u, 100u}) {
        std::vector<std::string> items(count);
        for (std::uint32_t i = 0; i < count; ++i) items[i] = "item " + std::to_string(i);
        std::vector<std::uint32_t> order(count);
        std::iota(order.begin(), order.end(), 0u);
        std::shuffle(order.begin(), order.end(), random);

        std::vector<std::string> wanted;
        for (const std::uint32_t from : order) wanted.push_back(items[from]);
        const std::vector<std::uint32_t> places = places_in(order);
        for (std::uint32_t i = 0; i < count; ++i) EXPECT_EQ(wanted[places[i]], items[i]);
        rearrange(std::span(items), order);
        EXPECT_EQ(items, wanted);
    }
}

}  // namespace
}  // namespace spoor::sessions
