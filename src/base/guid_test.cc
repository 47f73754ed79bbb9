#include "base/guid.h"

#include <gtest/gtest.h>

namespace spoor {
namespace {

TEST(Guid, ReadsAndWritesTheFormOfEventViewer) {
    const auto guid = Guid::parse("{42c2e005-e3fa-5f80-4908-000000000400}");
    ASSERT_TRUE(guid);
    EXPECT_EQ(guid->to_string(), "{42C2E005-E3FA-5F80-4908-000000000400}");
    EXPECT_EQ(guid->bytes[0], 0x05);
    EXPECT_EQ(guid->bytes[15], 0x00);
}

TEST(Guid, ReadsItWithoutBraces) {
    EXPECT_EQ(Guid::parse("42C2E005-E3FA-5F80-4908-000000000400"),
              Guid::parse("{42c2e005-e3fa-5f80-4908-000000000400}"));
}

TEST(Guid, RefusesWhatIsNotOne) {
    for (const char* text :
         {"", "{}", "42C2E005", "{42c2e005-e3fa-5f80-4908-00000000040}", "{42c2e005+e3fa-5f80-4908-000000000400}",
          "{42c2e005-e3fa-5f80-4908-0000000004000}", "{42c2e00g-e3fa-5f80-4908-000000000400}"})
        EXPECT_FALSE(Guid::parse(text)) << text;
}

}  // namespace
}  // namespace spoor
