#include "base/ip_address.h"

#include <gtest/gtest.h>

namespace spoor {
namespace {

TEST(IpAddress, IsEqualHoweverALogSpellsIt) {
    EXPECT_EQ(IpAddress::parse("172.18.39.5"), IpAddress::parse("::ffff:172.18.39.5"));
    EXPECT_EQ(IpAddress::parse("fe80::1%10"), IpAddress::parse("[fe80::1]"));
    EXPECT_EQ(IpAddress::parse("172.18.39.5"), IpAddress::v4(0xac122705));
}

TEST(IpAddress, KnowsSpecialOnes) {
    EXPECT_TRUE(IpAddress::parse("::1")->is_loopback());
    EXPECT_TRUE(IpAddress::parse("127.1.2.3")->is_loopback());
    EXPECT_TRUE(IpAddress::parse("fe80::3816:b2ee:1")->is_link_local());
    EXPECT_TRUE(IpAddress::parse("0.0.0.0")->is_unspecified());
    EXPECT_FALSE(IpAddress::parse("10.0.0.1")->is_loopback());
}

TEST(IpAddress, RefusesWhatIsNotOne) {
    for (const char* text : {"", "-", "LOCAL", "10.0.0", "10.0.0.1.2", "10..0.1", "10.0.0.256", "10.0.0.01",
                             "10.0.0.1 ", ".10.0.0.1", "1000.0.0.1", "::g", "[10.0.0.1"})
        EXPECT_FALSE(IpAddress::parse(text)) << text;
}

}  // namespace
}  // namespace spoor
