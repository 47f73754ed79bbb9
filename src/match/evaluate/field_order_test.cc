#include "match/evaluate/field_order.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "match/testing.h"

namespace spoor::match {
namespace {

class FieldOrderTest : public ::testing::Test {
protected:
    /// The values of Image in the order that events with them are put into.
    std::vector<std::string> sorted(std::vector<std::string_view> images, Direction direction = Direction::Ascending) {
        for (const std::string_view image : images) {
            batch.begin();
            if (image != "(none)") batch.add_text("Image"_field, image);
            batch.commit({});
        }
        return in_order(FieldRef::of("Image"_field), direction);
    }

    std::vector<std::string> in_order(const FieldRef& field, Direction direction = Direction::Ascending) {
        FieldOrder order({{{field}, direction}}, history, catalog);
        FieldText text(history, catalog);
        std::vector<std::pair<std::string, std::string>> keyed;
        for (const Event& event : batch.events())
            keyed.emplace_back(order.key({batch, event}), text.of(field, EventView{batch, event}));
        std::ranges::stable_sort(keyed, {}, &std::pair<std::string, std::string>::first);
        std::vector<std::string> values;
        for (auto& [key, value] : keyed) values.push_back(value);
        return values;
    }

    Catalog catalog;
    History history;
    Batch batch;
};

TEST_F(FieldOrderTest, TextsGoByTheirFoldedLettersAndWhatIsAbsentStandsLast) {
    EXPECT_THAT(sorted({"b", "(none)", "AB", "a", "-", "", "Ä"}),
                ::testing::ElementsAre("a", "AB", "b", "Ä", "", "-", ""));
}

TEST_F(FieldOrderTest, WhatIsAbsentStandsLastTheOtherWayRoundToo) {
    EXPECT_THAT(sorted({"b", "(none)", "ab", "a"}, Direction::Descending), ::testing::ElementsAre("b", "ab", "a", ""));
}

TEST_F(FieldOrderTest, NumbersGoByValueAndBeforeTexts) {
    for (const std::uint64_t number : {9ull, 10ull, 18446744073709551615ull, 0ull}) {
        batch.begin();
        batch.add_number("ProcessId"_field, number);
        batch.commit({});
    }
    batch.begin();
    batch.add_text("ProcessId"_field, "1 or so");
    batch.commit({});
    for (const double real : {-0.5, 9.25, -3.0, 1e30}) {
        batch.begin();
        batch.add(FieldValue::of_real("ProcessId"_field, real));
        batch.commit({});
    }
    batch.begin();
    batch.add(FieldValue::of_signed("ProcessId"_field, -4));
    batch.commit({});
    const auto values = in_order(FieldRef::of("ProcessId"_field));
    EXPECT_THAT(values, ::testing::ElementsAre("-4", "-3", "-0.5", "0", "9", "9.25", "10", "18446744073709551615",
                                               "1e+30", "1 or so"));
    auto turned = in_order(FieldRef::of("ProcessId"_field), Direction::Descending);
    std::ranges::reverse(turned.begin(), turned.end() - 1);
    EXPECT_EQ(turned, values);
}

TEST_F(FieldOrderTest, TheNextFieldDecidesWhereTheFirstOnesAreAlike) {
    const auto add = [&](std::string_view image, std::uint64_t pid) {
        batch.begin();
        batch.add_text("Image"_field, image);
        batch.add_number("ProcessId"_field, pid);
        batch.commit({.sequence = pid});
    };
    add("b", 1);
    add("a", 2);
    add("A", 3);
    FieldOrder order({{{FieldRef::of("Image"_field)}}, {{FieldRef::of("ProcessId"_field)}, Direction::Descending}},
                     history, catalog);
    std::vector<std::pair<std::string, std::uint64_t>> keyed;
    for (const Event& event : batch.events()) keyed.emplace_back(order.key({batch, event}), event.sequence);
    std::ranges::sort(keyed);
    EXPECT_EQ(keyed[0].second, 3u);
    EXPECT_EQ(keyed[1].second, 2u);
    EXPECT_EQ(keyed[2].second, 1u);
}

/// Any two events of a random world stand to each other by any property as their values do.
TEST(FieldOrder, AgreesWithComparingValues) {
    testing::Random random(7);
    testing::World world;
    testing::fill(world, random, 120);
    std::size_t compared = 0;
    for (const auto& [field, is_time] : {std::pair(FieldRef::of(HeaderProperty::Time), true),
                                         std::pair(FieldRef::of(HeaderProperty::EventId), false)}) {
        FieldOrder order({{{field}}}, world.history, world.catalog);
        for (const Event& a : world.batch.events())
            for (const Event& b : world.batch.events()) {
                const auto by_key = order.key({world.batch, a}) <=> order.key({world.batch, b});
                const auto by_value = is_time ? a.time <=> b.time
                                              : std::pair(a.event_id == 0, a.event_id) <=>
                                                    std::pair(b.event_id == 0, b.event_id);  // 0: it has none
                ASSERT_EQ(by_key, by_value);
                compared += by_value != 0;
            }
    }
    EXPECT_GT(compared, 1000u);
}

}  // namespace
}  // namespace spoor::match
