// SensorFeed: follows the sensor of this machine by its Unix socket, for as long as the server runs.
//
// The sensor may not be there yet, may be restarted, or may end: the feed connects again and again, goes on behind the
// last event that it has, and says since when it has been without. After a restart of the server it goes on behind the
// last event that the store has, as long as the sensor's numbers are of the series that was noted down then; otherwise
// it begins with a snapshot of the sessions and processes that are there. What was missed is an event of the kind gap.
#pragma once
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "server/keeper.h"
#include "wire/stream_reader.h"

namespace spoor::server {

struct SensorStatus {
    std::string socket;
    std::string host;  // as the sensor calls itself; empty before the first connection
    bool connected = false;
    Timestamp since = {};       // when it became so
    Timestamp last_event = {};  // the newest that came; the epoch when none did
    std::uint64_t events = 0;
    std::uint64_t missed = 0;  // events that the sensor had and we did not take in time
    std::uint64_t connections = 0;
    std::string trouble;  // why there is no connection
};

struct SensorOptions {
    std::string socket;
    std::string series_file;  // where the series of the sensor's numbers is noted down
};

class SensorFeed {
public:
    SensorFeed(SensorOptions options, Keeper& keeper, Library& library, const Clock& clock);
    ~SensorFeed();

    SensorStatus status() const;

private:
    void run(const std::stop_token& stop);
    Result<std::unique_ptr<wire::StreamReader>> connect();
    Result<void> follow(wire::StreamReader& reader, const std::stop_token& stop);
    std::optional<std::uint64_t> last_stored(const std::string& host);
    void note_connection(bool connected, std::string trouble);

    SensorOptions options_;
    Keeper& keeper_;
    Library& library_;
    Catalog& catalog_;
    const Clock& clock_;
    std::string series_;                 // of the numbers below
    std::optional<std::uint64_t> last_;  // that we have
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    SensorStatus status_;
    std::jthread thread_;
};

}  // namespace spoor::server
