#include "ingest/renewal.h"

#include <gtest/gtest.h>

#include <vector>

namespace spoor::ingest {
namespace {

using Sightings = std::vector<trails::AddressSighting>;

constexpr HostId kWorkstation{1};
constexpr HostId kLaptop{2};

trails::AddressSighting seen(HostId host, std::int64_t first_day, std::int64_t last_day) {
    const auto day = [](std::int64_t number) { return Timestamp{} + Duration::seconds(number * 24 * 3600); };
    return {
        .address = IpAddress::parse("10.0.0.7").value(), .host = host, .first = day(first_day), .last = day(last_day)};
}

TEST(Renewal, AnAddressThatIsSeenAgainWithinALeaseTellsNothingNew) {
    EXPECT_FALSE(tells_otherwise(Sightings{seen(kWorkstation, 0, 10)}, Sightings{seen(kWorkstation, 0, 10)}));
    EXPECT_FALSE(tells_otherwise(Sightings{seen(kWorkstation, 0, 10)}, Sightings{seen(kWorkstation, 0, 17)}));
}

/// What came from there in between was of somebody who had the address then, and now is surely of that host.
TEST(Renewal, AnAddressThatIsSeenAgainAfterALeaseTellsOfTheTimeBetween) {
    EXPECT_TRUE(tells_otherwise(Sightings{seen(kWorkstation, 0, 10)}, Sightings{seen(kWorkstation, 0, 19)}));
    EXPECT_TRUE(tells_otherwise(Sightings{seen(kWorkstation, 10, 20)}, Sightings{seen(kWorkstation, 9, 20)}));
}

TEST(Renewal, AnAddressThatIsAnotherHostsTooTellsOtherwise) {
    const Sightings both = {seen(kWorkstation, 0, 10), seen(kLaptop, 5, 6)};
    EXPECT_TRUE(tells_otherwise(Sightings{seen(kWorkstation, 0, 10)}, both));
    EXPECT_TRUE(tells_otherwise(Sightings{seen(kLaptop, 0, 10)}, Sightings{seen(kWorkstation, 0, 10)}));
    EXPECT_FALSE(tells_otherwise(both, both));
}

}  // namespace
}  // namespace spoor::ingest
