#include "server/live_feed.h"
#include "base/scratch_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

namespace spoor::server {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Batch batch_of(std::size_t events) {
    Batch batch;
    for (std::size_t i = 0; i < events; ++i) {
        batch.begin();
        batch.commit({});
    }
    return batch;
}

void render_number(const EventView&, std::uint64_t number, std::string& out) { out = std::to_string(number); }

std::string pull_all(Stream& stream) {
    std::string all;
    for (std::string piece; stream.pull(piece) == Stream::State::More; piece.clear()) all += piece;
    return all;
}

std::string pull_once(Stream& stream) {
    std::string piece;
    stream.pull(piece);
    return piece;
}

/// What a reader got and was told it did not get.
struct Tally {
    std::uint64_t got = 0;
    std::uint64_t missed = 0;
    std::uint64_t last = 0;
    bool in_order = true;

    void add(std::string_view text) {
        while (!text.empty()) {
            const std::size_t end = text.find("\n\n");
            const std::string_view record = text.substr(0, end);
            text.remove_prefix(end + 2);
            if (const std::size_t at = record.find("\"count\":"); at != record.npos)
                missed += std::stoull(std::string(record.substr(at + 8)));
            else if (const std::size_t data = record.find("data: ");
                     data != record.npos && record.find("event:") == record.npos) {
                const std::uint64_t number = std::stoull(std::string(record.substr(data + 6)));
                in_order = in_order && number > last;
                last = number;
                ++got;
            }
        }
    }
};

class LiveFeedTest : public testing::Test {
protected:
    SystemClock clock_;
};

TEST_F(LiveFeedTest, AReaderGetsWhatComesAfterItAndNothingBefore) {
    LiveFeed feed({}, clock_);
    feed.publish(batch_of(3));
    const auto reader = *feed.subscribe("", render_number, std::nullopt);
    feed.publish(batch_of(2));
    std::string out;
    EXPECT_EQ(reader->pull(out), Stream::State::Later);
    EXPECT_THAT(out, AllOf(HasSubstr("-4\ndata: 4\n\n"), HasSubstr("-5\ndata: 5\n\n")));
    EXPECT_THAT(out, Not(HasSubstr("data: 3\n")));
}

TEST_F(LiveFeedTest, AReaderResumesInTheMiddleOfABatch) {
    LiveFeed feed({}, clock_);
    feed.publish(batch_of(10));
    const auto reader = *feed.subscribe("", render_number, feed.before_newest(3));
    Tally tally;
    std::string out;
    reader->pull(out);
    tally.add(out);
    EXPECT_EQ(tally.got, 3u);
    EXPECT_EQ(tally.last, 10u);
}

TEST_F(LiveFeedTest, ASlowReaderIsToldExactlyHowManyPassedBy) {
    LiveFeed feed({.events = 100}, clock_);
    const auto reader = *feed.subscribe("", render_number, std::nullopt);
    for (int i = 0; i < 50; ++i) feed.publish(batch_of(17));
    Tally tally;
    std::string out;
    reader->pull(out);
    tally.add(out);
    EXPECT_GT(tally.missed, 0u);
    EXPECT_EQ(tally.got + tally.missed, 50u * 17);
    EXPECT_EQ(feed.counts().missed, tally.missed);
    EXPECT_THAT(out, HasSubstr("event: gap"));
}

TEST_F(LiveFeedTest, AnEventIsRenderedOnceForAllWhoAskTheSame) {
    LiveFeed feed({}, clock_);
    std::size_t rendered = 0;
    const auto render_odd = [&](const EventView&, std::uint64_t number, std::string& out) {
        ++rendered;
        if (number % 2 == 1) out = std::to_string(number);
    };
    std::vector<std::unique_ptr<Stream>> readers;
    std::vector<Tally> tallies(20);
    for (std::size_t i = 0; i < tallies.size(); ++i)
        readers.push_back(*feed.subscribe("odd", render_odd, std::nullopt));
    for (int i = 0; i < 30; ++i) {
        feed.publish(batch_of(7));
        // Each comes by in turns of its own.
        for (std::size_t reader = 0; reader < readers.size(); ++reader)
            if (i % (reader + 1) == 0) tallies[reader].add(pull_once(*readers[reader]));
    }
    for (std::size_t reader = 0; reader < readers.size(); ++reader) {
        tallies[reader].add(pull_once(*readers[reader]));
        EXPECT_EQ(tallies[reader].got, 30u * 7 / 2);
        EXPECT_TRUE(tallies[reader].in_order);
    }
    EXPECT_EQ(rendered, 30u * 7);
}

TEST_F(LiveFeedTest, AReaderWhoBeginsFurtherBackGetsWhatTheOthersHadAlready) {
    LiveFeed feed({}, clock_);
    const auto first = *feed.subscribe("", render_number, std::nullopt);
    feed.publish(batch_of(50));
    Tally ahead;
    ahead.add(pull_once(*first));
    const auto late = *feed.subscribe("", render_number, std::nullopt);
    const auto back = *feed.subscribe("", render_number, feed.before_newest(20));
    feed.publish(batch_of(50));
    Tally from_now;
    Tally from_then;
    from_now.add(pull_once(*late));
    from_then.add(pull_once(*back));
    ahead.add(pull_once(*first));
    EXPECT_EQ(from_now.got, 50u);
    EXPECT_EQ(from_then.got, 70u);
    EXPECT_EQ(ahead.got, 100u);
    EXPECT_TRUE(from_now.in_order && from_then.in_order && ahead.in_order);
}

TEST_F(LiveFeedTest, AReaderBehindTheOneWhoIsFurthestMissesNothing) {
    LiveFeed feed({}, clock_);
    const auto slow = *feed.subscribe("", render_number, std::nullopt);
    feed.publish(batch_of(30));
    const auto fast = *feed.subscribe("", render_number, std::nullopt);
    feed.publish(batch_of(30));
    Tally ahead;
    Tally behind;
    ahead.add(pull_once(*fast));
    behind.add(pull_once(*slow));
    EXPECT_EQ(ahead.got, 30u);
    EXPECT_EQ(behind.got, 60u);
    EXPECT_TRUE(behind.in_order);
}

class RestartedFeed : public LiveFeedTest {
protected:
    /// What a reader is sent that comes back to `feed` from `place`.
    static std::string resume(LiveFeed& feed, const LivePlace& place) {
        std::string out;
        (*feed.subscribe("", render_number, place))->pull(out);
        return out;
    }

    const ScratchFolder folder_;
    const std::string file_ = folder_.file("series");
};

TEST_F(RestartedFeed, AReaderFromBeforeARestartIsToldExactlyWhatItMissed) {
    LivePlace place;
    {
        LiveFeed before({}, clock_, file_);
        before.publish(batch_of(100));
        place = before.before_newest(7);
    }
    LiveFeed after({.events = 20}, clock_, file_);
    for (int i = 0; i < 10; ++i) after.publish(batch_of(5));
    const std::string out = resume(after, place);
    Tally tally;
    tally.add(out);
    EXPECT_EQ(tally.missed, 7 + 50 - tally.got);
    EXPECT_EQ(tally.last, 50u);
    EXPECT_THAT(out, HasSubstr("\"why\":\"restart\""));
}

TEST_F(RestartedFeed, AReaderThatMissedNothingIsToldOfNoGap) {
    LivePlace place;
    {
        LiveFeed before({}, clock_, file_);
        before.publish(batch_of(3));
        place = before.before_newest(0);
    }
    LiveFeed after({}, clock_, file_);
    after.publish(batch_of(2));
    const std::string out = resume(after, place);
    EXPECT_THAT(out, AllOf(HasSubstr("data: 1\n"), HasSubstr("data: 2\n"), Not(HasSubstr("gap"))));
}

TEST_F(RestartedFeed, WhereTheLastRunBrokeOffTheGapHasNoNumber) {
    std::ofstream(file_) << "abc\n";
    LiveFeed feed({}, clock_, file_);
    feed.publish(batch_of(2));
    for (const LivePlace& place : {LivePlace{"abc", 5}, LivePlace{"unheard", 5}}) {
        const std::string out = resume(feed, place);
        EXPECT_THAT(out, AllOf(HasSubstr("event: gap\ndata: {\"why\":\"restart\"}"), HasSubstr("data: 1\n")));
    }
}

TEST_F(LiveFeedTest, PlacesAreTextsAndNothingElseIs) {
    EXPECT_EQ(parse_live_place("3f9a-1042")->number, 1042u);
    EXPECT_EQ(to_string(*parse_live_place("3f9a-1042")), "3f9a-1042");
    for (const char* wrong : {"", "7", "-7", "a-", "a-7x", "a--7"}) EXPECT_FALSE(parse_live_place(wrong)) << wrong;
    LiveFeed feed({}, clock_);
    LivePlace ahead = feed.before_newest(0);
    ahead.number = 10;
    EXPECT_FALSE(feed.subscribe("", render_number, ahead));
}

TEST_F(LiveFeedTest, AFilterThatLetsNothingThroughLosesNothing) {
    LiveFeed feed({.events = 1000}, clock_);
    const auto reader = *feed.subscribe("none", [](const EventView&, std::uint64_t, std::string&) {}, std::nullopt);
    feed.publish(batch_of(10));
    EXPECT_THAT(pull_all(*reader), Not(HasSubstr("data")));
    EXPECT_EQ(feed.counts().gaps, 0u);
}

TEST_F(LiveFeedTest, ManyReadersAtTheirOwnSpeedAccountForEveryEvent) {
    LiveFeed feed({.events = 2000}, clock_);
    constexpr std::uint64_t kBatches = 400;
    std::vector<std::unique_ptr<Stream>> readers;
    for (int i = 0; i < 4; ++i) readers.push_back(*feed.subscribe("", render_number, std::nullopt));
    std::vector<Tally> tallies(readers.size());
    std::atomic<bool> done = false;
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < readers.size(); ++i)
            threads.emplace_back([&, i] {
                for (bool last = false; !last;) {
                    last = done;
                    std::string out;
                    readers[i]->pull(out);
                    tallies[i].add(out);
                    std::this_thread::sleep_for(std::chrono::microseconds(i * 300));
                }
            });
        for (std::uint64_t i = 0; i < kBatches; ++i) {
            feed.publish(batch_of(50));
            std::this_thread::sleep_for(std::chrono::microseconds(50));
        }
        done = true;
    }
    for (std::size_t i = 0; i < readers.size(); ++i) {
        std::string out;
        while (readers[i]->pull(out) == Stream::State::More) {
        }
        tallies[i].add(out);
        EXPECT_EQ(tallies[i].got + tallies[i].missed, kBatches * 50) << i;
        EXPECT_TRUE(tallies[i].in_order);
    }
}

TEST_F(LiveFeedTest, ReadersAreCountedAndBounded) {
    LiveFeed feed({.readers = 2}, clock_);
    auto one = feed.subscribe("", render_number, std::nullopt);
    auto two = feed.subscribe("", render_number, std::nullopt);
    EXPECT_EQ(feed.subscribe("", render_number, std::nullopt).error().code, Errc::Busy);
    one->reset();
    EXPECT_TRUE(feed.subscribe("", render_number, std::nullopt));
}

}  // namespace
}  // namespace spoor::server
