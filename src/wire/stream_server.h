// StreamServer: the sensor's end of its socket. One thread: `publish` what happened, `serve` now and then.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "wire/stream.h"

namespace spoor::wire {

struct StreamServerOptions {
    std::string path;
    std::string group = {};  // who may connect besides root and the sensor's own user; empty: nobody
    std::string host = {};
    std::string boot = {};
    std::string series = {};
    std::uint64_t next_number = 1;      // of the first event that will be published
    std::size_t log_bytes = 32u << 20;  // of lines that slow and returning readers can still have
    std::size_t readers = 64;
    Duration patience = Duration::milliseconds(250);  // for a request
    Duration heartbeat = Duration::seconds(15);
};

struct StreamCounts {
    std::size_t readers = 0;
    std::uint64_t missed = 0;   // events that readers were told they had missed
    std::uint64_t refused = 0;  // connections beyond the limit
};

class StreamServer {
public:
    static Result<std::unique_ptr<StreamServer>> open(StreamServerOptions options, const Clock& clock);
    ~StreamServer();
    StreamServer(const StreamServer&) = delete;
    StreamServer& operator=(const StreamServer&) = delete;

    /// The line of the next event, with its end. Numbers rise; where they jump, the line itself says why.
    void publish(std::string_view line, std::uint64_t number);

    /// Takes in newcomers and sends what readers will take. `snapshot` appends the lines of what is there now.
    using Snapshot = std::function<void(std::string& lines)>;
    void serve(const Snapshot& snapshot);

    /// Readable when `serve` has something to do.
    int descriptor() const { return poll_; }

    StreamCounts counts() const { return {readers_.size(), missed_, refused_}; }

private:
    /// A piece of the log; only the last one still grows. A reader holds on to the one that it is in, so that lines
    /// always arrive whole.
    struct Segment {
        std::uint64_t first;  // behind the last number of the segment before
        std::string lines = {};
        struct Place {
            std::uint64_t number;
            std::size_t end;  // of its line
        };
        std::vector<Place> places = {};

        std::uint64_t last() const { return places.back().number; }
        /// Where the lines behind that number begin.
        std::size_t behind(std::uint64_t number) const;
    };
    struct Reader {
        int descriptor;
        Timestamp since;         // of the connection, then of the last line sent
        std::string asked = {};  // of its request
        bool begun = false;
        std::uint64_t next = 0;  // the first number that it does not have
        std::string ahead = {};  // to be sent before the log goes on
        std::size_t ahead_sent = 0;
        std::shared_ptr<const Segment> segment = {};
        std::size_t segment_sent = 0;
        bool waits_for_room = false;
        bool deaf = false;  // it has closed its writing side
    };
    enum class State : unsigned char { Open, Gone };

    StreamServer(StreamServerOptions options, const Clock& clock);
    /// Binds the socket; once more where somebody has removed it, or the folder that it is in.
    Result<void> listen();
    bool is_in_its_place() const;
    void accept();
    State serve(Reader& reader, const Snapshot& snapshot);
    /// Takes what the reader says; its request begins the stream.
    State hear(Reader& reader, const Snapshot& snapshot);
    State begin(Reader& reader, std::string_view request, const Snapshot& snapshot);
    State send(Reader& reader);
    /// Puts the next piece of the log, or what must be said before it, into the reader's hands; false when it has all.
    bool advance(Reader& reader);
    void wait_for_room(Reader& reader, bool wait);

    StreamServerOptions options_;
    const Clock& clock_;
    int socket_ = -1;
    int poll_ = -1;
    ino_t inode_ = 0;        // of the socket's name
    Timestamp looked_ = {};  // whether it is in its place
    std::deque<std::shared_ptr<Segment>> log_;
    std::size_t log_bytes_ = 0;
    std::uint64_t next_;  // one above the newest number
    json::Document document_;
    std::list<Reader> readers_;
    std::uint64_t missed_ = 0;
    std::uint64_t refused_ = 0;
};

}  // namespace spoor::wire
