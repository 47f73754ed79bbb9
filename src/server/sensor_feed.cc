#include "server/sensor_feed.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

namespace spoor::server {
namespace {

constexpr std::size_t kPiece = 256 * 1024;
constexpr std::size_t kLargestRecord = 16u << 20;  // a command line may have 2 MB, and every byte of it six letters of JSON
constexpr std::chrono::milliseconds kFirstPause{250};
constexpr std::chrono::milliseconds kLongestPause{5'000};
constexpr int kPollMilliseconds = 200;

/// A descriptor that closes itself.
class Socket {
public:
    explicit Socket(int descriptor) : descriptor_(descriptor) {}
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    ~Socket() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    int get() const { return descriptor_; }

private:
    int descriptor_;
};

}  // namespace

SensorFeed::SensorFeed(std::string socket, MakeDecoder make_decoder, Keeper& keeper, const Clock& clock)
    : make_decoder_(std::move(make_decoder)), keeper_(keeper), clock_(clock) {
    status_.socket = std::move(socket);
    status_.since = clock.now();
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

void SensorFeed::set_connected(bool connected, std::string trouble) {
    const std::lock_guard lock(mutex_);
    if (status_.connected != connected) status_.since = clock_.now();
    status_.connected = connected;
    status_.trouble = std::move(trouble);
    if (connected) ++status_.connections;
}

void SensorFeed::run(const std::stop_token& stop) {
    auto pause = kFirstPause;
    while (!stop.stop_requested()) {
        const std::uint64_t before = status().events;
        const Result<void> followed = follow(stop);
        if (stop.stop_requested()) return;
        set_connected(false, followed ? "the sensor ended" : followed.error().what);
        pause = status().events > before ? kFirstPause : std::min(pause * 2, kLongestPause);
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, stop, pause, [] { return false; });
    }
}

/// One connection, until it ends.
Result<void> SensorFeed::follow(const std::stop_token& stop) {
    const Socket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (socket.get() < 0) return fail_errno("making a socket");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (status_.socket.size() >= sizeof address.sun_path) return fail(Errc::BadUsage, status_.socket + ": too long for the name of a socket");
    std::memcpy(address.sun_path, status_.socket.data(), status_.socket.size());
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return fail_errno("connecting to the sensor at " + status_.socket);
    set_connected(true, {});

    const Decode decode = make_decoder_();
    std::vector<char> bytes;  // from the end of the last whole record on
    std::size_t filled = 0;
    while (!stop.stop_requested()) {
        pollfd waiting{.fd = socket.get(), .events = POLLIN, .revents = 0};
        if (::poll(&waiting, 1, kPollMilliseconds) == 0) continue;
        bytes.resize(filled + kPiece);
        const ssize_t got = ::recv(socket.get(), bytes.data() + filled, kPiece, 0);
        if (got == 0) return {};
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_errno("reading from the sensor");
        filled += static_cast<std::size_t>(got);

        Batch batch;
        const std::size_t used = TRY(decode({bytes.data(), filled}, batch));
        std::memmove(bytes.data(), bytes.data() + used, filled - used);
        filled -= used;
        if (filled > kLargestRecord) return fail(Errc::Corrupt, fmt::format("the sensor sent {} bytes without the end of a record", filled));
        if (batch.empty()) continue;
        {
            const std::lock_guard lock(mutex_);
            status_.events += batch.size();
            status_.last_event = std::max(status_.last_event, batch.events().back().time);
        }
        keeper_.record(std::move(batch), Keeper::WhenFull::Wait);
    }
    return {};
}

}  // namespace spoor::server
