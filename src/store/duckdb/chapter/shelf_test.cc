#include "store/duckdb/chapter/shelf.h"

#include <gtest/gtest.h>

namespace spoor::store::duckdb {
namespace {

TEST(Shelf, WhatWasAskedForLongestAgoMakesRoom) {
    Shelf<int> shelf(30);
    for (const std::uint64_t number : {1, 2, 3})
        shelf.put(number, std::make_shared<const int>(static_cast<int>(number)), 10);
    ASSERT_NE(shelf.find(1), nullptr);
    shelf.put(4, std::make_shared<const int>(4), 10);
    EXPECT_EQ(shelf.find(2), nullptr);
    for (const int number : {1, 3, 4}) EXPECT_EQ(*shelf.find(static_cast<std::uint64_t>(number)), number);
    EXPECT_EQ(shelf.bytes(), 30u);
}

TEST(Shelf, WhatIsLargerThanAllOfItIsNotKept) {
    Shelf<int> shelf(30);
    shelf.put(1, std::make_shared<const int>(1), 10);
    shelf.put(2, std::make_shared<const int>(2), 31);
    EXPECT_EQ(shelf.find(2), nullptr);
    EXPECT_NE(shelf.find(1), nullptr);
}

TEST(Shelves, WithoutRoomNothingIsKept) {
    Shelves shelves(0);
    shelves.put_actor(7, {});
    EXPECT_TRUE(shelves.actors().empty());
}

TEST(Shelves, ActorsAreForgottenWhenThereAreOtherConclusions) {
    Shelves shelves(1 << 20);
    shelves.put_actor(7, {.session = 3});
    ASSERT_TRUE(shelves.actors().contains(7));
    shelves.forget_actors();
    EXPECT_TRUE(shelves.actors().empty());
}

}  // namespace
}  // namespace spoor::store::duckdb
