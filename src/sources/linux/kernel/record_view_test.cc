#include "sources/linux/kernel/record_view.h"

#include <gtest/gtest.h>

namespace spoor::sensor {
namespace {

using namespace std::string_view_literals;

TEST(PathOf, TurnsTheWalkRound) {
    EXPECT_EQ(path_of("ls\0bin\0usr\0"sv, false), "/usr/bin/ls");
    EXPECT_EQ(path_of(""sv, false), "/");
    EXPECT_EQ(path_of("deep\0"sv, true), ".../deep");
    EXPECT_EQ(path_of("without an end"sv, false), "/without an end");
}

TEST(PassedPath, IsTakenBelowItsDirectory) {
    EXPECT_EQ(passed_path("/etc/passwd", "ignored", false), "/etc/passwd");
    EXPECT_EQ(passed_path("./x", "tmp\0"sv, false), "/tmp/x");
    EXPECT_EQ(passed_path("x", "", false), "/x");
}

TEST(RecordView, ReadsNothingBeyondTheRecord) {
    alignas(8) std::byte bytes[sizeof(fork_record)] = {};
    const RecordView view{std::span(bytes)};
    EXPECT_NE(view.as<fork_record>(), nullptr);
    EXPECT_EQ(view.as<exec_record>(), nullptr);
    EXPECT_EQ(view.text({UINT32_MAX, 8}), "");
    EXPECT_EQ(view.text({70, UINT32_MAX}), "");
    EXPECT_EQ(view.text({78, 2}).size(), 2u);
}

}  // namespace
}  // namespace spoor::sensor
