#include "cli/event_stream.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace spoor::cli {
namespace {

constexpr std::size_t kWaitingLimit = 16u << 20;
constexpr std::size_t kListenerLimit = 64;

}  // namespace

EventStream::EventStream(EventStream&& other) noexcept
    : options_(std::move(other.options_)),
      file_(std::exchange(other.file_, -1)),
      size_(other.size_),
      socket_(std::exchange(other.socket_, -1)),
      listeners_(std::move(other.listeners_)) {
    other.listeners_.clear();
}

EventStream::~EventStream() {
    for (const Listener& listener : listeners_) close(listener.descriptor);
    if (socket_ >= 0) {
        close(socket_);
        unlink(options_.socket.c_str());
    }
    if (file_ >= 0) close(file_);
}

Result<EventStream> EventStream::open(EventStreamOptions options) {
    EventStream stream(std::move(options));
    if (!stream.options_.path.empty()) TRY(stream.open_file());
    if (!stream.options_.socket.empty()) TRY(stream.listen());
    return stream;
}

Result<void> EventStream::open_file() {
    // Events tell of command lines: for the owner and the group alone.
    file_ = ::open(options_.path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (file_ < 0) return fail_errno("opening " + options_.path);
    struct stat status {};
    size_ = fstat(file_, &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
    return {};
}

Result<void> EventStream::rotate() {
    close(std::exchange(file_, -1));
    for (unsigned number = options_.keep; number > 0; --number) {
        const std::string older = fmt::format("{}.{}", options_.path, number);
        const std::string younger = number == 1 ? options_.path : fmt::format("{}.{}", options_.path, number - 1);
        std::rename(younger.c_str(), older.c_str());  // some of them do not exist yet
    }
    if (options_.keep == 0) unlink(options_.path.c_str());
    return open_file();
}

Result<void> EventStream::listen() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (options_.socket.size() >= sizeof address.sun_path) return fail(Errc::BadUsage, options_.socket + ": too long for the name of a socket");
    std::memcpy(address.sun_path, options_.socket.data(), options_.socket.size());
    socket_ = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket_ < 0) return fail_errno("making a socket");
    unlink(options_.socket.c_str());  // left behind by one that was killed
    const mode_t mask = umask(0117);
    const int bound = bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    umask(mask);
    if (bound != 0 || ::listen(socket_, 16) != 0) return fail_errno("listening on " + options_.socket);
    return {};
}

Result<void> EventStream::write(std::string_view lines) {
    if (file_ >= 0 && !lines.empty()) {
        if (size_ > 0 && size_ + lines.size() > options_.max_bytes) TRY(rotate());
        for (std::string_view rest = lines; !rest.empty();) {
            const ssize_t written = ::write(file_, rest.data(), rest.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) return fail_errno("writing " + options_.path);
            rest.remove_prefix(static_cast<std::size_t>(written));
            size_ += static_cast<std::uint64_t>(written);
        }
    }
    if (socket_ >= 0) send(lines);
    return {};
}

void EventStream::send(std::string_view lines) {
    for (std::size_t i = 0; i < listeners_.size();) {
        Listener& listener = listeners_[i];
        bool gone = listener.waiting.size() + lines.size() > kWaitingLimit;
        if (!gone) {
            listener.waiting += lines;
            const ssize_t sent = ::send(listener.descriptor, listener.waiting.data(), listener.waiting.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent > 0) listener.waiting.erase(0, static_cast<std::size_t>(sent));
            gone = sent < 0 && errno != EAGAIN && errno != EINTR;
        }
        if (!gone) {
            ++i;
            continue;
        }
        close(listener.descriptor);
        listeners_.erase(listeners_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    // Newcomers hear what happens from now on.
    while (listeners_.size() < kListenerLimit) {
        const int newcomer = accept4(socket_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (newcomer < 0) return;
        listeners_.push_back({newcomer, {}});
    }
}

}  // namespace spoor::cli
