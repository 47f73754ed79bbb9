#include "sources/json/local_clock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace spoor::json {
namespace {

constexpr Duration kHour = Duration::seconds(3600);
const Timestamp kMorning = *Timestamp::parse("2023-08-18T08:56:04Z");

TEST(LocalClock, KnowsNothingUntilItIsTold) { EXPECT_FALSE(LocalClock().to_utc(1, kMorning)); }

TEST(LocalClock, TakesTheOffsetToTheQuarterOfAnHour) {
    LocalClock clock;
    clock.learn(5, kMorning, kMorning + Duration{kHour.nanoseconds * 7} - Duration::milliseconds(300));
    clock.settle();
    EXPECT_EQ(clock.to_utc(1, kMorning), kMorning + Duration{kHour.nanoseconds * 7});
    EXPECT_EQ(clock.to_utc(900, kMorning), kMorning + Duration{kHour.nanoseconds * 7});
}

TEST(LocalClock, DoesNotBelieveADifferenceThatIsNoZone) {
    LocalClock clock;
    clock.learn(1, kMorning, kMorning + Duration::seconds(3600 + 420));
    EXPECT_FALSE(clock.knows_anything());
}

TEST(LocalClock, FollowsATwelveHourClockOverNoon) {
    // 12:59:50 and then 01:00:10 by the clock on the wall, seven hours behind UTC.
    const Timestamp before = *Timestamp::parse("2023-08-18T12:59:50Z");
    const Timestamp after = *Timestamp::parse("2023-08-18T01:00:10Z");
    LocalClock clock;
    clock.learn(10, before, before + Duration{kHour.nanoseconds * 7});
    clock.learn(20, after, after + Duration{kHour.nanoseconds * 19});
    clock.settle();
    EXPECT_EQ(clock.to_utc(12, *Timestamp::parse("2023-08-18T12:59:55Z")), *Timestamp::parse("2023-08-18T19:59:55Z"));
    EXPECT_EQ(clock.to_utc(13, *Timestamp::parse("2023-08-18T01:00:05Z")), *Timestamp::parse("2023-08-18T20:00:05Z"));
    EXPECT_EQ(clock.offsets().size(), 2u);
}

TEST(LocalClock, DropsTheOneRecordThatContradictsItsNeighbours) {
    LocalClock clock;
    clock.learn(1, kMorning, kMorning + kHour);
    clock.learn(2, kMorning, kMorning + Duration{kHour.nanoseconds * 5});
    clock.learn(3, kMorning, kMorning + kHour);
    clock.settle();
    EXPECT_EQ(clock.to_utc(2, kMorning), kMorning + kHour);
}

TEST(LocalClock, SurvivesTheEndsOfTime) {
    LocalClock clock;
    clock.learn(1, Timestamp::earliest(), Timestamp::latest());
    clock.learn(2, Timestamp::latest(), Timestamp::earliest());
    clock.settle();
    EXPECT_FALSE(clock.knows_anything());
}

}  // namespace
}  // namespace spoor::json
