#include "model/catalog.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace spoor {
namespace {

TEST(Catalog, AHostsOwnSpellingStandsWhicheverComesFirst) {
    Catalog catalog;
    const HostId host = catalog.host("FS01.CORP.EXAMPLE");
    EXPECT_EQ(catalog.host("FS01.corp.example"), host);
    EXPECT_EQ(catalog.host("FS01.CORP.EXAMPLE"), host);
    EXPECT_EQ(catalog.host_full_name(host), "FS01.corp.example");
}

TEST(Catalog, SpellingsOfOneHostAreOne) {
    Catalog catalog;
    const HostId host = catalog.host("ws07");
    EXPECT_EQ(catalog.host("WS07.corp.example"), host);
    EXPECT_EQ(catalog.host("Ws07"), host);
    EXPECT_EQ(catalog.host_name(host), "WS07");
    EXPECT_EQ(catalog.host_full_name(host), "WS07.corp.example");
}

TEST(Catalog, HostsOfOneNameInTwoDomainsAreTwo) {
    Catalog catalog;
    const HostId north = catalog.host("dc1.north.example");
    const HostId south = catalog.host("dc1.south.example");
    EXPECT_NE(north, south);
    EXPECT_EQ(catalog.host_name(north), "DC1");
    EXPECT_EQ(catalog.host_name(south), "DC1.SOUTH.EXAMPLE");
}

TEST(Catalog, AddressesAreNotCutAtTheirDots) {
    Catalog catalog;
    EXPECT_NE(catalog.host("10.0.0.1"), catalog.host("10.0.0.2"));
}

TEST(Catalog, FieldsBeyondTheSchemaGetNumbersToo) {
    Catalog catalog;
    const FieldId id = catalog.field("DeviceVersionMinor");
    EXPECT_EQ(catalog.field("DeviceVersionMinor"), id);
    EXPECT_EQ(catalog.field_name(id), "DeviceVersionMinor");
    EXPECT_EQ(catalog.field("Image"), "Image"_field);
}

TEST(Catalog, AFloodOfNamesIsBounded) {
    Catalog catalog;
    for (int i = 0; i < 50'000; ++i) catalog.field("x" + std::to_string(i));
    EXPECT_EQ(catalog.field_name(catalog.field("one more")), "Overflow");
}

TEST(Catalog, NamesCanBeReadWhileOthersAreAdded) {
    Catalog catalog;
    const FieldId first = catalog.field("first");
    std::jthread adder([&] {
        for (int i = 0; i < 5000; ++i) catalog.field("y" + std::to_string(i));
    });
    for (int i = 0; i < 5000; ++i) ASSERT_EQ(catalog.field_name(first), "first");
}

}  // namespace
}  // namespace spoor
