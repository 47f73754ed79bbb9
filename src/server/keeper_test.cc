#include "server/keeper.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <set>

#include "base/scratch_folder.h"
#include "server/sensor_feed.h"
#include "sources/json/event_line.h"
#include "wire/stream_server.h"

namespace spoor::server {
namespace {

using namespace std::chrono_literals;

/// Keeps the numbers of what was committed, and refuses to commit while the disk is full.
class FakeStore final : public store::Store {
public:
    Catalog& catalog() override { return catalog_; }
    Result<const History*> history() override { return &history_; }
    Result<std::unique_ptr<store::EventStream>> events(store::EventQuery) override {
        return fail(Errc::Unsupported, "not asked here");
    }
    Result<std::vector<store::Count>> count(const store::CountQuery&) override { return std::vector<store::Count>{}; }
    Result<std::vector<store::Holding>> holdings() override {
        const std::lock_guard lock(mutex_);
        std::vector<store::Holding> holdings;
        if (!committed_.empty())
            holdings.push_back({.host = catalog_.host("VM"),
                                .channel = catalog_.channel("Linux kernel"),
                                .ranges = {{*committed_.begin(), *committed_.rbegin()}},
                                .events = committed_.size()});
        return holdings;
    }
    Result<store::Inventory> inventory() override { return store::Inventory{}; }
    Result<std::unique_ptr<store::Writer>> writer() override { return std::make_unique<FakeWriter>(*this); }
    Result<std::vector<HostId>> unresolved() override { return std::vector<HostId>{}; }
    Result<std::unique_ptr<store::Conclusion>> begin_conclusion(std::stop_token) override {
        return std::make_unique<NothingToConclude>();
    }
    Result<History> read_history() override { return History(); }
    void take_up(std::shared_ptr<const History>) override {}
    std::string location() const override { return "memory"; }
    Result<std::uint64_t> bytes_on_disk() override { return 0; }
    std::uint64_t layout_version() const override { return 1; }
    Result<std::vector<store::Damage>> check() override { return std::vector<store::Damage>{}; }
    Result<std::uint64_t> prune(const store::Retention&) override { return 0; }
    Result<void> compact() override { return {}; }
    Result<std::uint64_t> export_parquet(store::EventQuery, const std::string&) override { return 0; }

    std::set<std::uint64_t> committed() const {
        const std::lock_guard lock(mutex_);
        return committed_;
    }
    std::atomic<bool> full = false;

private:
    class FakeWriter final : public store::Writer {
    public:
        explicit FakeWriter(FakeStore& store) : store_(store) {}
        Result<std::uint64_t> add(const Batch& batch) override {
            for (const Event& event : batch.events()) added_.insert(event.sequence);
            return batch.size();
        }
        Result<void> commit() override {
            if (store_.full) return fail(Errc::Full, "no space left on the disk");
            const std::lock_guard lock(store_.mutex_);
            store_.committed_.merge(added_);
            added_.clear();
            return {};
        }
        std::uint64_t pending() const override { return added_.size(); }
        std::uint64_t footprint() const override { return 0; }

    private:
        FakeStore& store_;
        std::set<std::uint64_t> added_;
    };
    class NothingToConclude final : public store::Conclusion {
        Result<std::vector<HostId>> unresolved() override { return std::vector<HostId>{}; }
        Result<std::vector<HostId>> hosts() override { return std::vector<HostId>{}; }
        std::map<HostId, std::uint64_t> event_counts() const override { return {}; }
        Result<std::optional<store::Extent>> concluded() override { return std::nullopt; }
        store::Extent extent() const override { return {}; }
        Result<std::optional<Timestamp>> first_since(const store::Extent&) override { return std::nullopt; }
        Result<void> each_event(const store::EventsWanted&, const Take&) override { return {}; }
        Result<void> add(const History&) override { return {}; }
        Result<void> keep(HostId) override { return {}; }
        Result<void> resolve(HostId) override { return {}; }
        Result<void> stamp(HostId, std::span<const Stamp>) override { return {}; }
        Result<void> add_evidence(HostId, std::span<const store::EvidencePage>) override { return {}; }
        Result<std::set<HostId>> with_evidence() override { return std::set<HostId>{}; }
        Result<void> each_evidence_page(const store::EvidenceWanted&, const TakePage&) override { return {}; }
        Result<std::vector<Timestamp>> cuts(std::uint64_t) override { return std::vector<Timestamp>{}; }
        Result<store::Excerpt> excerpt(Timestamp, Timestamp, std::span<const Moment>) override {
            return store::Excerpt{};
        }
        Result<void> add_links(std::span<const Link>) override { return {}; }
        Result<void> publish() override { return {}; }
    };

    Catalog catalog_;
    History history_;
    mutable std::mutex mutex_;
    std::set<std::uint64_t> committed_;
};

Batch numbered(Catalog& catalog, std::uint64_t first, std::uint64_t count) {
    Batch batch;
    for (std::uint64_t i = 0; i < count; ++i) {
        batch.begin();
        batch.add_text("Image"_field, "/usr/bin/true");
        batch.commit({.time = Timestamp{static_cast<std::int64_t>(first + i)},
                      .sequence = first + i,
                      .host = catalog.host("VM"),
                      .channel = catalog.channel("Linux kernel"),
                      .kind = Kind::ProcessCreated});
    }
    return batch;
}

template <typename Condition>
bool soon(Condition&& condition) {
    for (int i = 0; i < 1000; ++i) {
        if (condition()) return true;
        std::this_thread::sleep_for(10ms);
    }
    return false;
}

class KeeperTest : public testing::Test {
protected:
    std::unique_ptr<Keeper> keeper(KeeperOptions options = {}) {
        options.commit_every = Duration::milliseconds(10);
        options.retry_every = Duration::milliseconds(20);
        return std::make_unique<Keeper>(store_, library_, live_, clock_, options);
    }

    SystemClock clock_;
    FakeStore store_;
    Library library_{store_, clock_};
    LiveFeed live_{{}, clock_};
};

TEST_F(KeeperTest, GivesWhatHappensToReadersAndToTheStore) {
    const auto kept = keeper();
    kept->record(numbered(store_.catalog(), 1, 1'000), Keeper::WhenFull::Wait);
    EXPECT_EQ(live_.counts().published, 1'000u);
    EXPECT_TRUE(soon([&] { return store_.committed().size() == 1'000; }));
    EXPECT_TRUE(soon([&] { return kept->counts().waiting == 0; }));
    EXPECT_EQ(kept->counts().stored, 1'000u);
}

TEST_F(KeeperTest, StoresWhatWaitsBeforeItEnds) {
    keeper({.commit_at = 1'000'000})->record(numbered(store_.catalog(), 1, 77), Keeper::WhenFull::Wait);
    EXPECT_EQ(store_.committed().size(), 77u);
}

TEST_F(KeeperTest, LosesNothingWhileTheDiskIsFull) {
    const auto kept = keeper();
    store_.full = true;
    for (std::uint64_t i = 0; i < 20; ++i)
        kept->record(numbered(store_.catalog(), 1 + i * 50, 50), Keeper::WhenFull::Wait);
    EXPECT_TRUE(soon([&] { return !kept->counts().trouble.empty(); }));
    EXPECT_NE(kept->counts().trouble.find("no space"), std::string::npos);
    EXPECT_TRUE(store_.committed().empty());
    store_.full = false;
    EXPECT_TRUE(soon([&] { return store_.committed().size() == 1'000; }));
    EXPECT_TRUE(soon([&] { return kept->counts().trouble.empty() && kept->counts().waiting == 0; }));
}

TEST_F(KeeperTest, MakesASourceWaitAndDropsWhatCannot) {
    const auto kept = keeper({.most_waiting = 1});
    store_.full = true;
    kept->record(numbered(store_.catalog(), 1, 10), Keeper::WhenFull::Wait);
    kept->record(numbered(store_.catalog(), 11, 5), Keeper::WhenFull::Drop);
    EXPECT_EQ(kept->counts().dropped, 5u);
    std::atomic<bool> through = false;
    std::jthread source([&] {
        kept->record(numbered(store_.catalog(), 21, 10), Keeper::WhenFull::Wait);
        through = true;
    });
    std::this_thread::sleep_for(100ms);
    EXPECT_FALSE(through);
    store_.full = false;
    EXPECT_TRUE(soon([&] { return through && store_.committed().size() == 20; }));
}

/// A file of JSON lines, as an upload lies in the spool.
std::string spooled(const ScratchFolder& folder, std::uint64_t events) {
    const std::string path = folder.file("upload.jsonl");
    std::ofstream file(path, std::ios::trunc);
    Catalog catalog;
    const Batch batch = numbered(catalog, 1, events);
    for (const Event& event : batch.events()) {
        std::string line;
        json::append_event_line(line, {batch, event}, catalog);
        file << line << '\n';
    }
    return path;
}

TEST_F(KeeperTest, AnUploadThatMeetsAFullDiskFailsAndCanBeSentAgain) {
    const auto kept = keeper();
    const ScratchFolder folder;
    const std::string path = spooled(folder, 3'000);
    store_.full = true;
    ImportCounts counts;
    const auto failed = kept->import(path, counts);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, Errc::Full);
    EXPECT_NE(failed.error().what.find("no space"), std::string::npos) << failed.error().what;
    EXPECT_TRUE(store_.committed().empty());
    store_.full = false;
    const auto said = kept->import(path, counts);
    ASSERT_TRUE(said) << said.error().what;
    EXPECT_EQ(store_.committed().size(), 3'000u);
    kept->record(numbered(store_.catalog(), 5'000, 1), Keeper::WhenFull::Wait);
    EXPECT_TRUE(soon([&] { return store_.committed().size() == 3'001; })) << "what happens is written all the same";
}

TEST_F(KeeperTest, ABombOfGoodRecordsIsReadAsFarAsItMayAndThatIsSaid) {
    const ScratchFolder folder;
    const std::string path = spooled(folder, 200'000);
    const std::uint64_t unpacked = std::filesystem::file_size(path);
    ASSERT_EQ(std::system(("gzip -f " + path).c_str()), 0);
    const std::string packed = path + ".gz";
    EXPECT_LT(std::filesystem::file_size(packed), unpacked / 5);
    const auto kept = keeper({.most_unpacked = unpacked / 3});
    ImportCounts counts;
    const auto said = kept->import(packed, counts);
    ASSERT_TRUE(said) << said.error().what;
    EXPECT_GT(store_.committed().size(), 0u);
    EXPECT_LT(store_.committed().size(), 100'000u);
    EXPECT_NE(said->find("could not be read as they should"), std::string::npos) << *said;
}

/// A sensor's end of the socket, served by a thread of its own.
class FakeSensor {
public:
    FakeSensor(std::string path, std::string series, std::uint64_t next, const Clock& clock)
        : server_(std::move(*wire::StreamServer::open(
              {.path = std::move(path), .host = "VM", .boot = "b", .series = std::move(series), .next_number = next},
              clock))),
          next_(next) {
        thread_ = std::jthread([this](const std::stop_token& stop) {
            while (!stop.stop_requested()) {
                {
                    const std::lock_guard lock(mutex_);
                    server_->serve([](std::string&) {});
                }
                std::this_thread::sleep_for(1ms);
            }
        });
    }

    void publish(std::uint64_t count) {
        Catalog catalog;
        const std::lock_guard lock(mutex_);
        const Batch batch = numbered(catalog, next_, count);
        for (const Event& event : batch.events()) {
            std::string line;
            json::append_event_line(line, {batch, event}, catalog);
            server_->publish(line + "\n", next_++);
        }
    }
    std::uint64_t next() const { return next_; }

private:
    std::mutex mutex_;
    std::unique_ptr<wire::StreamServer> server_;
    std::uint64_t next_;
    std::jthread thread_;
};

class SensorFeedTest : public KeeperTest {
protected:
    std::string socket() const { return folder_.file("events.sock"); }
    SensorOptions options() const { return {.socket = socket(), .series_file = folder_.file("series")}; }
    bool has_all_up_to(std::uint64_t last) const {
        const auto committed = store_.committed();
        return committed.size() == last && (last == 0 || *committed.rbegin() == last);
    }

    ScratchFolder folder_;
};

TEST_F(SensorFeedTest, GoesOnWhereItWasWhenTheSensorComesBack) {
    const auto kept = keeper();
    SensorFeed feed(options(), *kept, library_, clock_);
    EXPECT_TRUE(soon([&] { return !feed.status().trouble.empty(); })) << "there is no sensor yet, and that is said";
    {
        FakeSensor sensor(socket(), "s1", 1, clock_);
        ASSERT_TRUE(soon([&] { return feed.status().connected; }));
        sensor.publish(5'000);
        EXPECT_TRUE(soon([&] { return has_all_up_to(5'000); }));
    }
    EXPECT_TRUE(soon([&] { return !feed.status().connected; }));
    FakeSensor sensor(socket(), "s1", 5'001, clock_);
    sensor.publish(300);
    EXPECT_TRUE(soon([&] { return has_all_up_to(5'300); })) << store_.committed().size();
    EXPECT_EQ(feed.status().missed, 0u);
    EXPECT_EQ(feed.status().connections, 2u);
}

TEST_F(SensorFeedTest, TellsHowManyEventsWereLostWhileTheSensorWasAway) {
    const auto kept = keeper();
    const auto live = *live_.subscribe(
        "",
        [](const EventView& view, std::uint64_t, std::string& out) {
            if (view.event.kind == Kind::Gap)
                out = std::to_string(view.find("Lost"_field).as_number().value_or(0)) + " lost";
        },
        std::nullopt);
    SensorFeed feed(options(), *kept, library_, clock_);
    {
        FakeSensor sensor(socket(), "s1", 1, clock_);
        ASSERT_TRUE(soon([&] { return feed.status().connected; }));
        sensor.publish(50);
        EXPECT_TRUE(soon([&] { return has_all_up_to(50); }));
    }
    FakeSensor sensor(socket(), "s1", 1'051, clock_);
    sensor.publish(10);
    EXPECT_TRUE(soon([&] { return feed.status().events >= 60 && feed.status().connected; }));
    EXPECT_EQ(feed.status().missed, 1'000u);
    std::string told;
    EXPECT_TRUE(soon([&] { return live->pull(told), told.find("1000 lost") != told.npos; })) << told;
}

TEST_F(SensorFeedTest, TakesWhatASensorSaidBeforeItCame) {
    FakeSensor sensor(socket(), "s1", 1, clock_);
    sensor.publish(500);
    const auto kept = keeper();
    SensorFeed feed(options(), *kept, library_, clock_);
    EXPECT_TRUE(soon([&] { return has_all_up_to(500); })) << store_.committed().size();
}

TEST_F(SensorFeedTest, GoesOnBehindWhatTheStoreHasWhenTheServerWasAway) {
    FakeSensor sensor(socket(), "s1", 1, clock_);
    {
        const auto kept = keeper();
        SensorFeed feed(options(), *kept, library_, clock_);
        ASSERT_TRUE(soon([&] { return feed.status().connected; }));
        sensor.publish(100);
        EXPECT_TRUE(soon([&] { return feed.status().events == 100; }));
    }
    sensor.publish(900);  // nobody listens
    const auto kept = keeper();
    SensorFeed feed(options(), *kept, library_, clock_);
    EXPECT_TRUE(soon([&] { return has_all_up_to(1'000); })) << store_.committed().size();
}

}  // namespace
}  // namespace spoor::server
