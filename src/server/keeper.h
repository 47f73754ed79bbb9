// Keeper: keeps a store while the server runs: writes down what happens, reads uploads in, and has it all concluded
// about.
//
// What is recorded goes to live readers at once and to the store within a second. Who records from a source that can
// wait is made to wait when the store cannot keep up; what must not wait (an answer's own access record) is dropped
// then, and counted. When writing fails (a full disk), what was not committed stays in memory and is tried again until
// it goes.
//
// Conclusions are drawn in the background, on their own view of the store, and the longer one takes the more seldom.
// Each goes on from the one before: the hosts that got events are worked out, and links and findings of the time since
// something changed (ingest/conclude.h). What it takes is to read all events of those hosts, and a day of all others'.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

#include "ingest/conclude.h"
#include "server/importer.h"
#include "server/library.h"
#include "server/live_feed.h"
#include "store/store.h"

namespace spoor::server {

struct KeeperOptions {
    std::size_t most_waiting = 64u << 20;  // bytes of events that the store has not got yet
    Duration commit_every = Duration::seconds(1);
    std::uint64_t commit_at = 50'000;                // events
    Duration retry_every = Duration::seconds(3);     // after a failure
    Duration conclude_every = Duration::seconds(2);  // at the least
    int conclude_pause = 10;                         // times what the last conclusion took
    std::optional<Duration> keep_for = {};           // older events are thrown away
    std::optional<std::uint64_t> keep_bytes = {};    // on disk; the oldest go first
    Duration retain_every = Duration::seconds(3600);
    std::uint64_t most_unpacked = 64ull << 30;  // bytes that one upload may unpack to
    findings::Settings findings = {};
};

struct KeeperCounts {
    std::uint64_t recorded = 0;  // events that came
    std::uint64_t stored = 0;    // of them, that the store has committed
    std::uint64_t known = 0;     // of them, that it had already
    std::uint64_t dropped = 0;   // that could not wait
    std::uint64_t waiting = 0;
    std::uint64_t conclusions = 0;
    Duration conclusion_took = {};
    std::string trouble;  // why the store does not take what waits; empty when it does
};

class Keeper {
public:
    Keeper(store::Store& store, Library& library, LiveFeed& live, const Clock& clock, KeeperOptions options = {});
    /// Commits what waits.
    ~Keeper();

    enum class WhenFull : std::uint8_t { Wait, Drop };
    /// Events as they happen.
    void record(Batch batch, WhenFull when_full);

    /// Adds the events of a file; what Importer calls. Its sessions are known soon after.
    Result<std::string> import(const std::string& path, ImportCounts& counts);

    KeeperCounts counts() const;

private:
    void write(const std::stop_token& stop);
    void conclude(const std::stop_token& stop);
    Result<void> conclude_now();
    Result<void> read_up();
    Result<void> draw_and_publish();
    std::shared_ptr<const Knowledge> knowledge_of(const std::shared_ptr<const ingest::SharedHistory>& account);
    using Findings = std::vector<findings::Finding>;
    Findings look_for_findings(const Knowledge& knowledge, const trails::Evidence& evidence) const;
    Findings renewed_findings(const Knowledge& knowledge, const ingest::Drawn& drawn) const;
    Result<void> store_waiting(std::deque<std::shared_ptr<const Batch>>& batches, std::size_t& done);
    Result<void> retain();

    store::Store& store_;
    Library& library_;
    LiveFeed& live_;
    const Clock& clock_;
    KeeperOptions options_;

    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<std::shared_ptr<const Batch>> waiting_;
    std::size_t waiting_bytes_ = 0;
    std::uint64_t waiting_events_ = 0;
    bool unresolved_ = true;  // events were stored that no conclusion has seen; the last run may have left some
    bool hurry_ = false;      // somebody waits for the next conclusion
    KeeperCounts counts_;

    std::mutex concluding_;  // one conclusion at a time, and over what it goes on from:
    std::optional<ingest::Past> past_;
    std::shared_mutex clearing_;             // nobody adds or concludes while events are thrown away
    std::unique_ptr<store::Writer> writer_;  // of the writing thread
    std::jthread writing_;
    std::jthread thinking_;
};

}  // namespace spoor::server
