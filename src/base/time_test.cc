#include "base/time.h"

#include <gtest/gtest.h>

namespace spoor {
namespace {

TEST(Timestamp, KeepsTheHundredNanosecondsOfWindows) {
    EXPECT_EQ(Timestamp::from_filetime(132467704901234567).to_string(), "2020-10-10T02:28:10.1234567Z");
    EXPECT_EQ(Timestamp::from_filetime(132467704901234567).to_filetime(), 132467704901234567u);
}

TEST(Timestamp, ClampsTimesThatNoClockShows) {
    EXPECT_EQ(Timestamp::from_filetime(UINT64_MAX), Timestamp::latest());
    EXPECT_EQ(Timestamp::from_filetime(0), Timestamp::earliest());
    EXPECT_EQ(Timestamp::parse("9999-12-31T23:59:59Z").value(), Timestamp::latest());
}

TEST(Timestamp, ReadsWhatItWrites) {
    for (const std::int64_t n : {0LL, 1'602'282'490'123'456'700LL, -1LL, 1'602'282'490'000'000'001LL})
        EXPECT_EQ(Timestamp::parse(Timestamp{n}.to_string())->nanoseconds, n);
}

TEST(Timestamp, ReadsOffsetsBlanksAndShortForms) {
    EXPECT_EQ(Timestamp::parse("2020-10-09 22:28:10.5+02:00"), Timestamp::parse("2020-10-09T20:28:10.500Z"));
    EXPECT_EQ(Timestamp::parse("2020-10-09"), Timestamp::parse("2020-10-09T00:00:00Z"));
    EXPECT_EQ(Timestamp::parse("2020-10-09T22:28"), Timestamp::parse("2020-10-09T22:28:00Z"));
}

TEST(Timestamp, RefusesWhatIsNotOne) {
    for (const char* text : {"", "2020", "2020-13-01", "2020-02-30", "2020-10-09T", "2020-10-09T25:00:00Z",
                             "2020-10-09T22:28:10.Z", "2020-10-09T22:28:10Zx", "10/9/2020"})
        EXPECT_FALSE(Timestamp::parse(text)) << text;
}

TEST(Duration, IsWrittenInItsTwoLargestUnits) {
    EXPECT_EQ(to_string(Duration::seconds(11520)), "3h 12m");
    EXPECT_EQ(to_string(Duration::milliseconds(4200)), "4.2s");
    EXPECT_EQ(to_string(Duration::milliseconds(15)), "15ms");
    EXPECT_EQ(to_string(Duration::seconds(-90)), "-1m 30s");
    EXPECT_EQ(to_string(Duration::seconds(86400 * 3 + 3600)), "3d 01h");
}

TEST(Timestamp, StopsAtTheEndsOfTime) {
    EXPECT_EQ(Timestamp::latest() + Duration::seconds(1), Timestamp::latest());
    EXPECT_EQ(Timestamp::earliest() - Duration::seconds(1), Timestamp::earliest());
    EXPECT_EQ((Timestamp::latest() - Timestamp::earliest()).nanoseconds, INT64_MAX);
    EXPECT_EQ((Timestamp::earliest() - Timestamp::latest()).nanoseconds, INT64_MIN);
}

}  // namespace
}  // namespace spoor
