#include "store/record_set.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace spoor::store {
namespace {

TEST(RecordSet, JoinsRangesThatTouch) {
    RecordSet set;
    set.add(10, 20);
    set.add(22, 30);
    EXPECT_EQ(set.ranges(), (std::vector<Holding::Range>{{10, 20}, {22, 30}}));
    set.add(21);
    EXPECT_EQ(set.ranges(), (std::vector<Holding::Range>{{10, 30}}));
}

TEST(RecordSet, HoldsTheFirstAndTheLastNumberThereIs) {
    RecordSet set;
    set.add(UINT64_MAX);
    set.add(0);
    EXPECT_TRUE(set.contains(0));
    EXPECT_TRUE(set.contains(UINT64_MAX));
    EXPECT_FALSE(set.touches(1, UINT64_MAX - 1));
    set.add(1, UINT64_MAX - 1);
    EXPECT_EQ(set.ranges(), (std::vector<Holding::Range>{{0, UINT64_MAX}}));
}

TEST(RecordSet, AgreesWithASetOfNumbersWhateverIsAdded) {
    std::mt19937 random(7);
    for (int round = 0; round < 200; ++round) {
        RecordSet set;
        std::set<std::uint64_t> plain;
        for (int i = 0; i < 30; ++i) {
            const std::uint64_t first = random() % 100;
            const std::uint64_t last = first + random() % 8;
            set.add(first, last);
            for (std::uint64_t number = first; number <= last; ++number) plain.insert(number);
            for (std::uint64_t number = 0; number < 110; ++number)
                ASSERT_EQ(set.contains(number), plain.contains(number));
        }
        for (const auto& range : set.ranges()) {
            EXPECT_FALSE(range.first > 0 && plain.contains(range.first - 1));
            EXPECT_FALSE(plain.contains(range.last + 1));
        }
    }
}

}  // namespace
}  // namespace spoor::store
