#include "model/logon_id.h"

#include <gtest/gtest.h>

namespace spoor {
namespace {

TEST(LogonId, ReadsHexAsEventViewerWritesIt) { EXPECT_EQ(LogonId::parse("0x3e7")->value(), 999u); }
TEST(LogonId, ReadsDecimalAsEdrExportsWriteIt) { EXPECT_EQ(LogonId::parse("3035479")->value(), 3035479u); }
TEST(LogonId, KeepsAllSixtyFourBits) {
    EXPECT_EQ(LogonId::parse("0xffffffffffffffff")->to_string(), "0xffffffffffffffff");
}

TEST(LogonId, RefusesWhatIsNotOne) {
    for (const char* text : {"", "0x", "-1", " 1", "1 ", "0x3g", "18446744073709551616"})
        EXPECT_FALSE(LogonId::parse(text)) << text;
}

TEST(LogonId, ErrorNamesTheText) { EXPECT_EQ(LogonId::parse("zz").error().what, "'zz' is not a logon id"); }

}  // namespace
}  // namespace spoor
