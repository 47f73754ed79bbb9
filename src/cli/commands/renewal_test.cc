// Conclusions that go on from the ones before say what conclusions from the beginning say.
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <map>
#include <random>
#include <sstream>
#include <thread>

#include "base/scratch_folder.h"
#include "cli/commands/conclusions_test.h"
#include "ingest/conclude.h"
#include "ingest/import.h"
#include "ingest/log_archive.h"
#include "sample/write.h"
#include "sources/json/event_line.h"
#include "store/duckdb/open.h"

namespace spoor::cli {
namespace {

class Renewal : public ::testing::Test {
protected:
    /// The events of the sample as files of JSON lines, each of some time of one host, in the order of time.
    std::vector<std::string> slices(std::size_t stretches, std::mt19937& random) {
        const std::string logs = folder_.file("logs");
        EXPECT_TRUE(sample::write_story(sample::tell_story(), logs));
        const auto archive = ingest::LogArchive::open({logs}, {}).value();
        std::vector<std::pair<Timestamp, std::string>> lines;
        std::vector<HostId> hosts;
        Batch batch;
        const auto stream = archive->events({}).value();
        while (stream->next(batch).value())
            for (const Event& event : batch.events()) {
                hosts.push_back(event.host);
                json::append_event_line(lines.emplace_back(event.time, "").second, {batch, event}, archive->catalog());
            }
        std::vector<std::size_t> cuts = {lines.size()};
        while (cuts.size() < stretches) cuts.push_back(random() % lines.size());
        std::ranges::sort(cuts);
        std::vector<std::string> files;
        std::size_t at = 0;
        for (const std::size_t cut : cuts) {
            std::map<HostId, std::string> texts;
            for (; at < cut; ++at) texts[hosts[at]] += lines[at].second + "\n";
            for (const auto& [host, text] : texts) {
                files.push_back(folder_.file(fmt::format("slice{}.jsonl", files.size())));
                std::ofstream(files.back()) << text;
            }
        }
        return files;
    }

    std::unique_ptr<store::Store> open(std::string_view name) {
        return store::open_store(folder_.file(name), {.opening = store::Opening::Write}).value();
    }
    static void add(store::Store& store, const std::string& file) {
        ASSERT_TRUE(ingest::read_into(store, std::vector{file}, {}, {}));
    }
    /// Adds files, some at a time, and concludes after each time; tells how many conclusions went on from the one
    /// before.
    std::size_t follow(store::Store& store, std::span<const std::string> files, std::mt19937& random) {
        std::optional<ingest::Past> past;
        std::size_t went_on = 0;
        for (std::size_t i = 0; i < files.size();) {
            for (auto n = 1 + random() % 2; n > 0 && i < files.size(); --n) add(store, files[i++]);
            auto drawn = ingest::draw(store, past ? &*past : nullptr, {.threads = 2}).value();
            if (!drawn) continue;
            EXPECT_TRUE(drawn->writing->publish());
            went_on += drawn->since > Timestamp::earliest();
            past = std::move(drawn->past);
            if (i == files.size()) expect_in_memory(store, *past);
        }
        return went_on;
    }
    /// What is in memory is what the store says.
    static void expect_in_memory(store::Store& store, const ingest::Past& past) {
        const std::string stored = conclusions(store);
        store.take_up({past.account, &past.account->history});
        EXPECT_EQ(conclusions(store), stored);
    }

    ScratchFolder folder_;
};

/// Hosts may be numbered in another order.
std::string sorted(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    std::ranges::sort(lines);
    return fmt::format("{}", fmt::join(lines, "\n"));
}

TEST_F(Renewal, SaysWhatConclusionsFromTheBeginningSay) {
    std::mt19937 random(20240327);
    const std::vector<std::string> files = slices(10, random);
    const auto whole = open("whole");
    for (const std::string& file : files) add(*whole, file);
    ASSERT_TRUE(ingest::conclude(*whole));
    const std::string expected = sorted(conclusions(*whole));
    ASSERT_GT(expected.size(), 10'000u);

    const auto in_order = open("in_order");
    EXPECT_GT(follow(*in_order, files, random), files.size() / 5);
    EXPECT_EQ(sorted(conclusions(*in_order)), expected);
    EXPECT_TRUE(in_order->check().value().empty());

    std::vector<std::string> shuffled = files;
    std::ranges::shuffle(shuffled, random);
    const auto in_any_order = open("in_any_order");
    follow(*in_any_order, shuffled, random);
    EXPECT_EQ(sorted(conclusions(*in_any_order)), expected);
    EXPECT_TRUE(in_any_order->check().value().empty());
}

TEST_F(Renewal, GoesOnFromWhatAnEarlierRunConcluded) {
    std::mt19937 random(7);
    const std::vector<std::string> files = slices(4, random);
    const std::size_t some = files.size() - 2;
    const auto whole = open("whole");
    for (const std::string& file : files) add(*whole, file);
    ASSERT_TRUE(ingest::conclude(*whole));

    auto store = open("store");
    for (std::size_t i = 0; i < some; ++i) add(*store, files[i]);
    ASSERT_TRUE(ingest::conclude(*store));
    add(*store, files[some]);  // the run ends before it is concluded about
    store.reset();
    store = open("store");
    std::optional<ingest::Past> past;
    {
        const auto view = store->begin_conclusion({}).value();
        auto read = ingest::read_up(*view, ingest::share(store->read_history().value()), store->catalog()).value();
        ASSERT_TRUE(read);
        past = std::move(read->past);
    }
    add(*store, files[some + 1]);
    auto drawn = ingest::draw(*store, &*past).value();
    ASSERT_TRUE(drawn);
    EXPECT_GT(drawn->since, Timestamp::earliest());
    ASSERT_TRUE(drawn->writing->publish());
    EXPECT_EQ(sorted(conclusions(*store)), sorted(conclusions(*whole)));
}

TEST_F(Renewal, DoesNotAskOverTheConnectionThatOthersAskOver) {
    std::mt19937 random(7);
    const auto store = open("store");
    for (const std::string& file : slices(2, random)) add(*store, file);
    std::atomic<bool> drawn = false;
    std::jthread drawing([&] {
        for (int i = 0; i < 3; ++i) EXPECT_TRUE(ingest::draw(*store, nullptr));
        drawn = true;
    });
    // A store's own connection is for whoever has the archive, one at a time: two at once get each other's answers.
    while (!drawn) {
        const auto held = store->holdings();
        ASSERT_TRUE(held) << held.error().what;
        ASSERT_FALSE(held->empty());
    }
}

}  // namespace
}  // namespace spoor::cli
