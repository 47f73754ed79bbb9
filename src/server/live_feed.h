// LiveFeed: events as they happen, for any number of readers at their own speed.
//
// There is one log of the newest batches, bounded in events and bytes, and each reader has nothing but its place in it.
// Publishing never waits for a reader: one that falls behind the log's tail finds its place gone, and is told in a gap
// record how many events passed by, exactly, before it goes on with what is there. To resume after a lost connection is
// the same as reading on: by the number of the last event that was seen.
//
// Numbers begin anew with each run of the server, so a place is a number in a series, and each run has a series of its
// own. A run that ends well notes down its last number: a reader that comes back to the next run is told exactly how
// many it missed, and one that comes back after a crash, or after several runs, that this is not known.
//
// Readers that ask the same question share its answers: each event is matched and rendered once for each distinct
// filter, by whoever comes to it first, and the others copy a piece of text.
#pragma once
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "model/event.h"
#include "server/http/response.h"

namespace spoor::server {

struct LiveLimits {
    std::uint64_t events = 200'000;        // that the log keeps
    std::size_t bytes = 64 * 1024 * 1024;  // of their batches
    std::size_t readers = 4096;
    Duration heartbeat = Duration::seconds(15);  // a comment, so that proxies and clients see that we live
};

struct LiveCounts {
    std::uint64_t published = 0;  // events; also the number of the newest one
    std::uint64_t oldest = 1;     // the first number that is still there
    std::size_t readers = 0;
    std::uint64_t gaps = 0;    // that slow readers were told of
    std::uint64_t missed = 0;  // events in them
};

/// The place behind an event: "3f9a12cc-1042", as addresses and Last-Event-ID carry it.
struct LivePlace {
    std::string series;
    std::uint64_t number = 0;
};
std::string to_string(const LivePlace& place);
Result<LivePlace> parse_live_place(std::string_view text);

class LiveFeed {
public:
    /// Appends the event's JSON to `out` when the filter lets it through.
    using Render = std::function<void(const EventView& view, std::uint64_t number, std::string& out)>;

    /// `series_file` is where the series and its last number are noted down; empty: nowhere.
    LiveFeed(LiveLimits limits, const Clock& clock, std::string series_file = {});
    ~LiveFeed();

    /// Adds the events of a batch; they get the next numbers. Never blocks on readers.
    void publish(std::shared_ptr<const Batch> batch);
    void publish(Batch batch) { publish(std::make_shared<const Batch>(std::move(batch))); }

    /// A stream of server-sent events for those behind `after`; with none, from now on. `question` tells filters apart:
    /// two readers with the same one share `render`.
    Result<std::unique_ptr<Stream>> subscribe(std::string question, Render render, std::optional<LivePlace> after);
    /// The place before the `count` newest events, or before all that there are.
    LivePlace before_newest(std::uint64_t count) const;

    LiveCounts counts() const;

private:
    struct Segment;
    class Topic;
    class Reader;

    /// What is known of the run before this one.
    struct EarlierRun {
        std::string series;
        std::optional<std::uint64_t> last;  // nothing: it did not end well
    };

    void trim();
    /// The one that the event of that number is in; nothing when it is not there any more, or not yet.
    std::shared_ptr<const Segment> segment_of(std::uint64_t number) const;
    void note_series(bool ended) const;

    LiveLimits limits_;
    const Clock& clock_;
    const std::string series_file_;
    const std::string series_;
    EarlierRun earlier_;
    mutable std::mutex mutex_;
    std::deque<std::shared_ptr<const Segment>> log_;
    std::size_t log_bytes_ = 0;
    LiveCounts counts_;
    std::map<std::string, std::weak_ptr<Topic>> topics_;
    std::atomic<std::size_t> answer_share_ = 0;  // bytes of answers that a topic may keep
};

}  // namespace spoor::server
