#include "model/suggest.h"

#include <gmock/gmock.h>

namespace spoor {
namespace {

constexpr std::string_view kNames[] = {"Image", "ImageLoaded", "ParentImage", "CommandLine", "LogonId", "User"};

TEST(Suggest, FindsTheNameWithOneLetterWrong) { EXPECT_EQ(nearest("Imgae", kNames).front(), "Image"); }
TEST(Suggest, DoesNotCareForCase) { EXPECT_EQ(nearest("logonid", kNames).front(), "LogonId"); }
TEST(Suggest, FindsNamesThatContainTheWord) {
    EXPECT_THAT(nearest("parent", kNames), ::testing::ElementsAre("ParentImage"));
}
TEST(Suggest, SaysNothingWhenNothingIsNear) {
    EXPECT_EQ(did_you_mean("zzzzzz", kNames), "");
    EXPECT_EQ(did_you_mean("", kNames), "");
}
TEST(Suggest, WritesAQuestion) { EXPECT_EQ(did_you_mean("Usr", kNames), "; did you mean 'User'?"); }

}  // namespace
}  // namespace spoor
