#include "model/sid.h"

#include <gtest/gtest.h>

namespace spoor {
namespace {

TEST(Sid, ReadsAndWritesTheUsualForm) {
    for (const char* text : {"S-1-5-18", "S-1-0-0", "S-1-5-21-3461203602-4096304019-2269080069-1000", "S-1-16-12288",
                             "S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15"})
        EXPECT_EQ(Sid::parse(text)->to_string(), text);
    EXPECT_EQ(Sid::parse("S-1-5-21-1-2-3-500")->rid(), 500u);
}

TEST(Sid, BytesAndTextAgree) {
    const Sid sid = Sid::parse("S-1-5-32-544").value();
    EXPECT_EQ(Sid::from_bytes(sid.bytes()).value(), sid);
    EXPECT_EQ(sid.bytes().size(), 16u);
}

TEST(Sid, RefusesWhatIsNotOne) {
    for (const char* text : {"", "S-", "S-1", "S-1-", "S-1-5-", "S-1-5-x", "S-1-5-4294967296",
                             "S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16"})
        EXPECT_FALSE(Sid::parse(text)) << text;
    EXPECT_FALSE(Sid::from_bytes("short"));
    EXPECT_FALSE(Sid::from_bytes(std::string_view("\1\2\0\0\0\0\0\5\1\0\0\0", 12)));
}

}  // namespace
}  // namespace spoor
