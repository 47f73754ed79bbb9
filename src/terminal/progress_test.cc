#include "terminal/progress.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <pty.h>
#include <unistd.h>

namespace spoor::terminal {
namespace {

struct SteppedClock final : Clock {
    Timestamp now() const override { return time; }
    Timestamp time = Timestamp::from_unix_seconds(1'600'000'000);
};

TEST(ProgressLine, TellsFileShareEventsRateAndTimeLeft) {
    const Advance advance{.bytes_done = 620'000'000,
                          .bytes_total = 1'000'000'000,
                          .events = 4'100'000,
                          .files_done = 3,
                          .files_total = 7,
                          .current = "logs/Security.evtx"};
    EXPECT_EQ(progress_line(advance, Duration::seconds(2), 100, Charset::Unicode),
              "logs/Security.evtx   62 %  3 of 7 files  4.1 M events  310.0 MB/s  1.0s left");
}

TEST(Counted, SpeaksOfOneInTheSingular) {
    EXPECT_EQ(counted(0, "gap"), "0 gaps");
    EXPECT_EQ(counted(1, "gap"), "1 gap");
    EXPECT_EQ(counted(12, "gap"), "12 gaps");
}

TEST(ProgressLine, KeepsToTheWidth) {
    const Advance advance{
        .bytes_done = 5, .bytes_total = 9, .events = 3, .current = "a/very/long/path/to/some/Security.evtx"};
    for (std::size_t width = 1; width < 90; ++width)
        EXPECT_LE(progress_line(advance, Duration::seconds(2), width, Charset::Unicode).size(), width + 2) << width;
}

TEST(ProgressLine, NeverGoesPastEverything) {
    const Advance advance{.bytes_done = 20, .bytes_total = 10};
    const std::string line = progress_line(advance, Duration::seconds(1), 80, Charset::Unicode);
    EXPECT_THAT(line, ::testing::HasSubstr("100 %"));
    EXPECT_THAT(line, ::testing::Not(::testing::HasSubstr("left"))) << "nor tells that nothing is left";
}

TEST(Progress, StaysSilentOffATerminal) {
    Output out(-1), err(-1);
    SteppedClock clock;
    const Console console{.out = out, .err = err, .clock = clock};
    Progress progress(console);
    clock.time = clock.time + Duration::seconds(5);
    progress.update({.events = 5});
    EXPECT_EQ(err.kept(), "");
}

TEST(Progress, AppearsAfterASecondOnATerminalAndGoesAway) {
    int master = -1, slave = -1;
    ASSERT_EQ(::openpty(&master, &slave, nullptr, nullptr, nullptr), 0);
    ASSERT_EQ(::fcntl(master, F_SETFL, O_NONBLOCK), 0);
    const auto seen = [&] {
        char bytes[4096];
        const ssize_t size = ::read(master, bytes, sizeof bytes);
        return std::string(bytes, size > 0 ? static_cast<std::size_t>(size) : 0);
    };
    {
        Output out(-1), err(slave);
        SteppedClock clock;
        const Console console{.out = out, .err = err, .clock = clock};
        Progress progress(console);
        clock.time = clock.time + Duration::milliseconds(900);
        progress.update({.events = 5});
        EXPECT_EQ(seen(), "");
        clock.time = clock.time + Duration::milliseconds(200);
        progress.update({.events = 6});
        EXPECT_THAT(seen(), ::testing::HasSubstr("6 events"));
        progress.update({.events = 7});
        EXPECT_EQ(seen(), "") << "drawn again within a tenth of a second";
        progress.clear();
        EXPECT_EQ(seen(), "\r\x1b[K");
    }
    ::close(master);
    ::close(slave);
}

TEST(ShortNumbers, AreForPeople) {
    EXPECT_EQ(short_count(999), "999");
    EXPECT_EQ(short_count(4'100'000), "4.1 M");
    EXPECT_EQ(short_bytes(512), "512 B");
    EXPECT_EQ(short_bytes(1'200'000'000), "1.2 GB");
}

}  // namespace
}  // namespace spoor::terminal
