// StreamReader: the other end of the sensor's socket.
//
//     auto reader = TRY(StreamReader::connect("/run/spoor/events.sock", {.snapshot = true}, catalog));
//     while (poll(reader->descriptor()) && TRY(reader->read(batch)) == StreamReader::State::Open) ...
//     ... later: connect(path, {.after = reader->last()}, catalog), when greeting().series is still the same
#pragma once
#include <memory>
#include <string>

#include "model/catalog.h"
#include "model/event.h"
#include "wire/stream.h"

namespace spoor::wire {

class StreamReader {
public:
    /// Connects, waits for the greeting (5 seconds at most), and asks.
    static Result<std::unique_ptr<StreamReader>> connect(const std::string& path, const Request& request,
                                                         Catalog& catalog);
    ~StreamReader();
    StreamReader(const StreamReader&) = delete;
    StreamReader& operator=(const StreamReader&) = delete;

    const Greeting& greeting() const { return greeting_; }
    /// Number of the newest event received, or told missed: what to resume behind.
    std::uint64_t last() const { return last_; }
    /// Events that this reader was told it had missed.
    std::uint64_t missed() const { return missed_; }

    /// Readable when there is something to read.
    int descriptor() const { return descriptor_; }

    enum class State : unsigned char { Open, Ended };
    /// Adds what has arrived, without waiting. What was missed becomes an event of the kind Gap, with the stage that
    /// the sensor names. Ended when the sensor has gone away; a line that is no JSON is an error.
    Result<State> read(Batch& batch);

private:
    StreamReader(int descriptor, Catalog& catalog) : descriptor_(descriptor), catalog_(catalog) {}
    Result<void> greet(const Request& request);
    Result<void> take(std::string_view line, Batch& batch);
    void add_missed(const Missed& missed, Batch& batch);

    int descriptor_;
    Catalog& catalog_;
    json::Document document_;
    Greeting greeting_;
    std::string buffer_;
    std::size_t taken_ = 0;      // of the buffer
    std::size_t looked_at_ = 0;  // there is no end of line before
    std::uint64_t last_ = 0;
    std::uint64_t missed_ = 0;
    std::uint64_t unnumbered_ = 0;
    Timestamp newest_ = {};
};

}  // namespace spoor::wire
