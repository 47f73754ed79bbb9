// RotatingFile: lines stay whole and files few, whoever was killed, and whoever else wants to write there.
#include "cli/live/rotating_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "base/scratch_folder.h"

namespace spoor::cli {
namespace {

class Rotating : public testing::Test {
protected:
    Result<RotatingFile> open(RotatingFileOptions options = {}) {
        options.path = path_;
        return RotatingFile::open(options, now_);
    }
    std::string content(std::string_view ending = "") const {
        std::ifstream file(path_ + std::string(ending));
        return {std::istreambuf_iterator<char>(file), {}};
    }

    const ScratchFolder folder_;
    const std::string path_ = folder_.file("events.jsonl");
    Timestamp now_ = SystemClock().now();
};

TEST_F(Rotating, BeginsAnewBySizeAndKeepsSoMany) {
    auto file = open({.max_bytes = 10, .keep = 2});
    ASSERT_TRUE(file);
    for (const std::string_view lines : {"one\ntwo\n", "three\n", "four\n", "a line that is longer than a file\n"})
        ASSERT_TRUE(file->write(lines, now_));
    EXPECT_EQ(content(), "a line that is longer than a file\n");
    EXPECT_EQ(content(".1"), "four\n");
    EXPECT_EQ(content(".2"), "three\n");
    EXPECT_FALSE(std::filesystem::exists(path_ + ".3"));
}

TEST_F(Rotating, GoesOnUnderItsNameWhenTheFileWasTakenAway) {
    auto file = open();
    ASSERT_TRUE(file && file->write("one\n", now_));
    std::filesystem::rename(path_, path_ + ".away");
    now_ = now_ + Duration::seconds(1);
    ASSERT_TRUE(file->write("two\n", now_));
    EXPECT_EQ(content(".away"), "one\n");
    EXPECT_EQ(content(), "two\n");
}

TEST_F(Rotating, CutsHalfALineOffThatOneWhoWasKilledLeft) {
    folder_.write("events.jsonl", "whole\nha");
    auto file = open();
    ASSERT_TRUE(file);
    ASSERT_TRUE(file->write("next\n", now_));
    EXPECT_EQ(content(), "whole\nnext\n");
}

TEST_F(Rotating, WritesAllLinesOrNone) {
    auto file = open();
    ASSERT_TRUE(file && file->write("whole\n", now_));
    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
    rlimit little = before;
    little.rlim_cur = 20;
    std::signal(SIGXFSZ, SIG_IGN);
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &little), 0);
    const auto written = file->write("there is room for this\nand not for this\n", now_);
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
    EXPECT_FALSE(written);
    EXPECT_EQ(content(), "whole\n");
    ASSERT_TRUE(file->write("next\n", now_));
    EXPECT_EQ(content(), "whole\nnext\n");
}

TEST_F(Rotating, AFileHasOneWriter) {
    auto first = open();
    ASSERT_TRUE(first);
    ASSERT_TRUE(first->write("one\n", now_));
    const auto second = open();
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().what, path_ + " belongs to a sensor that runs already");
    {
        const RotatingFile gone = *std::move(first);
    }
    EXPECT_TRUE(open());
}

TEST_F(Rotating, AgeIsThatOfTheFirstLineThoughTheWriterBeganAnew) {
    ASSERT_TRUE(open()->write("old\n", now_));
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    now_ = SystemClock().now();
    ASSERT_TRUE(open()->write("older than its last line\n", now_));
    ASSERT_TRUE(open({.max_age = Duration::milliseconds(20)})->write("new\n", now_));
    EXPECT_EQ(content(), "new\n");
    EXPECT_EQ(content(".1"), "old\nolder than its last line\n");
}

}  // namespace
}  // namespace spoor::cli
