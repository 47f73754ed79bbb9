// EventStream: lines of events to a file that is rotated, and to whoever listens on a Unix socket.
//
// A listener that does not keep up is cut off: it sees the end of its stream and not a hole in it. The file is written
// before anything is sent.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace spoor::cli {

struct EventStreamOptions {
    std::string path = {};  // empty: no file
    std::uint64_t max_bytes = 100u << 20;
    unsigned keep = 10;        // PATH.1 (the youngest) to PATH.N
    std::string socket = {};   // empty: none
};

class EventStream {
public:
    static Result<EventStream> open(EventStreamOptions options);
    EventStream(EventStream&& other) noexcept;
    EventStream& operator=(EventStream&&) = delete;
    ~EventStream();

    /// Whole lines. A full disk is an error; a listener that goes away is not.
    Result<void> write(std::string_view lines);

    std::size_t listeners() const { return listeners_.size(); }

private:
    struct Listener {
        int descriptor;
        std::string waiting;
    };

    explicit EventStream(EventStreamOptions options) : options_(std::move(options)) {}
    Result<void> open_file();
    Result<void> rotate();
    Result<void> listen();
    void send(std::string_view lines);

    EventStreamOptions options_;
    int file_ = -1;
    std::uint64_t size_ = 0;
    int socket_ = -1;
    std::vector<Listener> listeners_;
};

}  // namespace spoor::cli
