#include "server/sensor_feed.h"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <fstream>

namespace spoor::server {
namespace {

constexpr std::chrono::milliseconds kFirstPause{250};
constexpr std::chrono::milliseconds kLongestPause{5'000};
constexpr int kPollMilliseconds = 100;

/// The series that an earlier run noted down, and of which host; empty when there is none.
struct Noted {
    std::string series;
    std::string host;
};

Noted read_noted(const std::string& path) {
    Noted noted;
    std::ifstream(path) >> noted.series >> noted.host;
    return noted;
}

}  // namespace

SensorFeed::SensorFeed(SensorOptions options, Keeper& keeper, Library& library, const Clock& clock)
    : options_(std::move(options)), keeper_(keeper), library_(library), catalog_(library.catalog()), clock_(clock) {
    status_.socket = options_.socket;
    status_.since = clock.now();
    const Noted noted = read_noted(options_.series_file);
    series_ = noted.series;
    if (!series_.empty()) last_ = last_stored(noted.host);
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

SensorFeed::~SensorFeed() {
    thread_.request_stop();
    thread_.join();
}

SensorStatus SensorFeed::status() const {
    const std::lock_guard lock(mutex_);
    return status_;
}

/// The highest of the sensor's numbers in the store. Events are committed in the order in which they come.
std::optional<std::uint64_t> SensorFeed::last_stored(const std::string& host) {
    std::optional<std::uint64_t> last;
    const auto lease = library_.lease();
    const auto holdings = lease.archive().holdings();
    if (!holdings) return last;
    for (const store::Holding& holding : *holdings) {
        if (lease.catalog().host_full_name(holding.host) != host ||
            !lease.catalog().channel_name(holding.channel).starts_with("Linux"))
            continue;
        for (const store::Holding::Range& range : holding.ranges)
            if (range.last < kCounted) last = std::max(last.value_or(0), range.last);
    }
    return last;
}

void SensorFeed::note_connection(bool connected, std::string trouble) {
    const std::lock_guard lock(mutex_);
    if (status_.connected != connected) status_.since = clock_.now();
    status_.connected = connected;
    status_.trouble = std::move(trouble);
    if (connected) ++status_.connections;
}

Result<std::unique_ptr<wire::StreamReader>> SensorFeed::connect() {
    if (last_) {
        auto resumed = TRY(wire::StreamReader::connect(options_.socket, {.after = last_}, catalog_));
        if (resumed->greeting().series == series_) return resumed;
    }
    auto reader = TRY(wire::StreamReader::connect(options_.socket, {.snapshot = true}, catalog_));
    series_ = reader->greeting().series;
    // Where the sensor still has all that it ever said, nothing needs to be missed.
    if (reader->greeting().oldest == 1)
        reader = TRY(wire::StreamReader::connect(options_.socket, {.after = 0}, catalog_));
    std::ofstream(options_.series_file, std::ios::trunc)
        << series_ << ' ' << catalog_.host_full_name(catalog_.host(reader->greeting().host)) << '\n';
    return reader;
}

void SensorFeed::run(const std::stop_token& stop) {
    auto pause = kFirstPause;
    while (!stop.stop_requested()) {
        auto reader = connect();
        Result<void> followed;
        if (reader) {
            pause = kFirstPause;
            followed = follow(**reader, stop);
            last_ = (*reader)->last();
        } else {
            followed = std::unexpected(reader.error());
        }
        if (stop.stop_requested()) return;
        note_connection(false, followed ? "the sensor ended" : followed.error().what);
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, stop, pause, [] { return false; });
        pause = std::min(pause * 2, kLongestPause);
    }
}

/// One connection, until it ends.
Result<void> SensorFeed::follow(wire::StreamReader& reader, const std::stop_token& stop) {
    {
        const std::lock_guard lock(mutex_);
        status_.host = reader.greeting().host;
    }
    note_connection(true, {});
    std::uint64_t missed_before = 0;
    while (!stop.stop_requested()) {
        pollfd waiting{.fd = reader.descriptor(), .events = POLLIN, .revents = 0};
        if (::poll(&waiting, 1, kPollMilliseconds) <= 0) continue;
        Batch batch;
        const auto state = reader.read(batch);
        if (!batch.empty()) {
            {
                const std::lock_guard lock(mutex_);
                status_.events += batch.size();
                status_.missed += reader.missed() - missed_before;
                status_.last_event = std::max(status_.last_event, batch.events().back().time);
            }
            missed_before = reader.missed();
            keeper_.record(std::move(batch), Keeper::WhenFull::Wait);
        }
        if (TRY(state) == wire::StreamReader::State::Ended) return {};
    }
    return {};
}

}  // namespace spoor::server
