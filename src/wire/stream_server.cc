#include "wire/stream_server.h"

#include <fmt/format.h>
#include <grp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <tuple>

namespace spoor::wire {
namespace {

constexpr std::size_t kPiece = 256u << 10;  // bytes of a segment, a longer line aside
constexpr std::size_t kRequestLimit = 4096;
constexpr Duration kLookEvery = Duration::seconds(1);  // whether the socket is where readers look for it

Result<sockaddr_un> address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return fail(Errc::BadUsage, path + ": too long for the name of a socket");
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

/// A socket that a killed sensor left behind goes; that of one that runs stays.
Result<void> make_way(const std::string& path, const sockaddr_un& address) {
    struct stat status{};
    if (lstat(path.c_str(), &status) != 0) return {};
    if (!S_ISSOCK(status.st_mode)) return fail(Errc::BadUsage, path + " is there already and is no socket");
    const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool answered =
        probe >= 0 && connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    if (probe >= 0) close(probe);
    if (answered) return fail(Errc::Busy, "another sensor serves " + path);
    unlink(path.c_str());
    return {};
}

Result<void> give_to_group(const std::string& path, const std::string& name) {
    const group* const found = getgrnam(name.c_str());
    if (!found) return fail(Errc::BadUsage, fmt::format("there is no group '{}'", name));
    if (chown(path.c_str(), static_cast<uid_t>(-1), found->gr_gid) != 0 || chmod(path.c_str(), 0660) != 0)
        return fail_errno(fmt::format("giving {} to the group {}", path, name));
    return {};
}

/// 0 where there is no socket.
ino_t inode_of(const std::string& path) {
    struct stat status{};
    return lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode) ? status.st_ino : 0;
}

}  // namespace

StreamServer::StreamServer(StreamServerOptions options, const Clock& clock)
    : options_(std::move(options)), clock_(clock), next_(options_.next_number) {}

StreamServer::~StreamServer() {
    for (const Reader& reader : readers_) close(reader.descriptor);
    if (socket_ >= 0) close(socket_);
    if (poll_ >= 0) close(poll_);
    if (is_in_its_place()) unlink(options_.path.c_str());
}

Result<std::unique_ptr<StreamServer>> StreamServer::open(StreamServerOptions options, const Clock& clock) {
    std::unique_ptr<StreamServer> server(new StreamServer(std::move(options), clock));
    TRY(server->listen());
    return server;
}

Result<void> StreamServer::listen() {
    const sockaddr_un address = TRY(address_of(options_.path));
    TRY(make_way(options_.path, address));
    inode_ = 0;
    if (poll_ < 0) poll_ = epoll_create1(EPOLL_CLOEXEC);
    if (socket_ >= 0) close(socket_);
    socket_ = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (poll_ < 0 || socket_ < 0) return fail_errno("making a socket");
    // The kernel checks who may connect, by the rights of the file: those it is made with are the owner's alone.
    const mode_t mask = umask(0177);
    const int failed = bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    umask(mask);
    if (failed) return fail_errno("making " + options_.path);
    inode_ = inode_of(options_.path);
    if (::listen(socket_, 16) != 0) return fail_errno("listening on " + options_.path);
    epoll_event interest{.events = EPOLLIN, .data = {.ptr = nullptr}};
    if (epoll_ctl(poll_, EPOLL_CTL_ADD, socket_, &interest) != 0) return fail_errno("listening on " + options_.path);
    return options_.group.empty() ? Result<void>() : give_to_group(options_.path, options_.group);
}

bool StreamServer::is_in_its_place() const { return inode_ != 0 && inode_of(options_.path) == inode_; }

std::size_t StreamServer::Segment::behind(std::uint64_t number) const {
    const auto at = std::ranges::upper_bound(places, number, {}, &Place::number);
    return at == places.begin() ? 0 : std::prev(at)->end;
}

void StreamServer::publish(std::string_view line, std::uint64_t number) {
    if (log_.empty() || log_.back()->lines.size() + line.size() > kPiece)
        log_.push_back(std::make_shared<Segment>(Segment{.first = next_}));
    Segment& segment = *log_.back();
    segment.lines += line;
    segment.places.push_back({number, segment.lines.size()});
    next_ = number + 1;
    log_bytes_ += line.size() + sizeof(Segment::Place);
    while (log_.size() > 1 && log_bytes_ > options_.log_bytes) {
        log_bytes_ -= log_.front()->lines.size() + log_.front()->places.size() * sizeof(Segment::Place);
        log_.pop_front();
    }
}

void StreamServer::serve(const Snapshot& snapshot) {
    const Timestamp now = clock_.now();
    if (now - looked_ >= kLookEvery || now < looked_) {
        looked_ = now;
        // Its readers stay. Where it cannot be, it will be tried again; where its group may not have it any more, since
        // the sensor has given up the right, it is for its owner alone.
        if (!is_in_its_place()) std::ignore = listen();
    }
    accept();
    for (auto reader = readers_.begin(); reader != readers_.end();) {
        if (serve(*reader, snapshot) == State::Open) {
            ++reader;
            continue;
        }
        close(reader->descriptor);
        reader = readers_.erase(reader);
    }
}

void StreamServer::accept() {
    for (;;) {
        const int newcomer = accept4(socket_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (newcomer < 0) return;
        epoll_event interest{.events = EPOLLIN, .data = {}};
        if (readers_.size() >= options_.readers || epoll_ctl(poll_, EPOLL_CTL_ADD, newcomer, &interest) != 0) {
            const std::string line =
                error_line(fmt::format("{} readers are connected, the most there may be", readers_.size()));
            ::send(newcomer, line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            close(newcomer);
            ++refused_;
            continue;
        }
        const std::uint64_t oldest = log_.empty() ? next_ : log_.front()->first;
        readers_.push_back(
            {.descriptor = newcomer,
             .since = clock_.now(),
             .ahead = to_line(Greeting{options_.host, options_.boot, options_.series, oldest, next_ - 1})});
    }
}

StreamServer::State StreamServer::serve(Reader& reader, const Snapshot& snapshot) {
    if (hear(reader, snapshot) == State::Gone) return State::Gone;
    if (!reader.begun && clock_.now() - reader.since > options_.patience &&
        begin(reader, "{}", snapshot) == State::Gone)
        return State::Gone;
    return send(reader);
}

StreamServer::State StreamServer::hear(Reader& reader, const Snapshot& snapshot) {
    char bytes[kRequestLimit];
    const ssize_t size = recv(reader.descriptor, bytes, sizeof bytes, MSG_DONTWAIT);
    if (size < 0) return errno == EAGAIN || errno == EINTR ? State::Open : State::Gone;
    if (size == 0) {
        // It will say nothing more. That it reads on is told by sending; poll must not tell the same end again and
        // again.
        epoll_event nothing{.events = 0, .data = {}};
        if (!reader.waits_for_room) epoll_ctl(poll_, EPOLL_CTL_MOD, reader.descriptor, &nothing);
        reader.deaf = true;
        return reader.begun ? State::Open : begin(reader, "{}", snapshot);
    }
    if (reader.begun) return State::Open;  // said too late, or too much
    reader.asked.append(bytes, static_cast<std::size_t>(size));
    const std::size_t end = reader.asked.find('\n');
    if (end != std::string::npos) return begin(reader, std::string_view(reader.asked).substr(0, end), snapshot);
    return reader.asked.size() < kRequestLimit ? State::Open : begin(reader, "a request that is too long", snapshot);
}

StreamServer::State StreamServer::begin(Reader& reader, std::string_view text, const Snapshot& snapshot) {
    std::string padded(text);
    padded.append(json::Document::kPadding, ' ');
    const auto parsed = document_.parse(std::string_view(padded).substr(0, text.size()));
    const Result<Request> request = parsed ? read_request(document_) : std::unexpected(parsed.error());
    if (!request) {
        reader.ahead += error_line(request.error().what);
        send(reader);
        return State::Gone;
    }
    reader.begun = true;
    reader.asked.clear();
    // A number that was never given belongs to another series: such a reader starts anew.
    reader.next = request->after && *request->after < next_ ? *request->after + 1 : next_;
    if (request->snapshot) snapshot(reader.ahead);
    return State::Open;
}

bool StreamServer::advance(Reader& reader) {
    reader.ahead.clear();
    reader.ahead_sent = 0;
    if (!reader.begun) return false;
    if (reader.segment) {
        if (reader.segment_sent < reader.segment->lines.size()) return true;  // the last one of the log has grown
        reader.next = reader.segment->last() + 1;
        if (reader.segment == log_.back()) return false;
        reader.segment.reset();
    }
    if (reader.next >= next_) return false;
    if (const std::uint64_t oldest = log_.front()->first; reader.next < oldest) {
        const Missed missed{reader.next, oldest - 1, "slow reader"};
        reader.ahead = to_line(missed);
        missed_ += missed.count();
        reader.next = oldest;
    }
    const auto at =
        std::ranges::lower_bound(log_, reader.next, {}, [](const auto& segment) { return segment->last(); });
    reader.segment = *at;
    reader.segment_sent = reader.segment->behind(reader.next - 1);
    return true;
}

StreamServer::State StreamServer::send(Reader& reader) {
    const Timestamp now = clock_.now();
    for (;;) {
        std::string_view rest = std::string_view(reader.ahead).substr(reader.ahead_sent);
        const bool is_ahead = !rest.empty();
        if (!is_ahead && reader.segment) rest = std::string_view(reader.segment->lines).substr(reader.segment_sent);
        if (rest.empty()) {
            if (advance(reader)) continue;
            if (!reader.begun || now - reader.since < options_.heartbeat)
                return wait_for_room(reader, false), State::Open;
            reader.ahead = alive_line(next_ - 1);
            reader.since = now;
            continue;
        }
        const ssize_t sent = ::send(reader.descriptor, rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && errno != EAGAIN) return State::Gone;
        if (sent < 0) return wait_for_room(reader, true), State::Open;
        (is_ahead ? reader.ahead_sent : reader.segment_sent) += static_cast<std::size_t>(sent);
        if (reader.begun) reader.since = now;
    }
}

void StreamServer::wait_for_room(Reader& reader, bool wait) {
    if (reader.waits_for_room == wait) return;
    reader.waits_for_room = wait;
    epoll_event interest{.events = (reader.deaf ? 0u : EPOLLIN) | (wait ? EPOLLOUT : 0u), .data = {}};
    epoll_ctl(poll_, EPOLL_CTL_MOD, reader.descriptor, &interest);
}

}  // namespace spoor::wire
