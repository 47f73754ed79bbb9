// SensorFeed: follows a sensor on this machine by its Unix socket, for as long as the server runs.
//
// The sensor cuts off a reader that does not keep up, may be restarted, or may not be there yet: the feed connects again
// and again, and says since when it has been without. What it missed shows as a gap in the sensor's own numbers.
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "server/keeper.h"

namespace spoor::server {

struct SensorStatus {
    std::string socket;
    bool connected = false;
    Timestamp since = {};         // when it became so
    Timestamp last_event = {};    // the newest that came; the epoch when none did
    std::uint64_t events = 0;
    std::uint64_t connections = 0;
    std::string trouble;          // why there is no connection
};

class SensorFeed {
public:
    /// Turns the whole records at the front of `bytes` into events, and says how many bytes those were. One decoder a
    /// connection.
    using Decode = std::function<Result<std::size_t>(std::string_view bytes, Batch& batch)>;
    using MakeDecoder = std::function<Decode()>;

    SensorFeed(std::string socket, MakeDecoder make_decoder, Keeper& keeper, const Clock& clock);
    ~SensorFeed();

    SensorStatus status() const;

private:
    void run(const std::stop_token& stop);
    Result<void> follow(const std::stop_token& stop);
    void set_connected(bool connected, std::string trouble);

    MakeDecoder make_decoder_;
    Keeper& keeper_;
    const Clock& clock_;
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    SensorStatus status_;
    std::jthread thread_;
};

}  // namespace spoor::server
