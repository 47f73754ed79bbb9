#include "wire/stream_reader.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sources/json/event_line.h"

namespace spoor::wire {
namespace {

constexpr int kGreetingPatience = 5'000;  // milliseconds
constexpr std::size_t kGreetingLimit = 4096;
constexpr std::size_t kGulp = 256u << 10;
constexpr std::size_t kBatchBytes = 4u << 20;  // of lines in one read(): what is behind waits in the socket

}  // namespace

StreamReader::~StreamReader() { close(descriptor_); }

Result<std::unique_ptr<StreamReader>> StreamReader::connect(const std::string& path, const Request& request,
                                                            Catalog& catalog) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return fail(Errc::BadUsage, path + ": too long for the name of a socket");
    std::memcpy(address.sun_path, path.data(), path.size());
    const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return fail_errno("making a socket");
    std::unique_ptr<StreamReader> reader(new StreamReader(descriptor, catalog));
    if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return fail_errno("connecting to " + path);
    if (auto greeted = reader->greet(request); !greeted) return std::unexpected(std::move(greeted).error().with(path));
    return reader;
}

Result<void> StreamReader::greet(const Request& request) {
    // Said at once: the sensor does not wait long for it.
    const std::string asked = to_line(request);
    if (::send(descriptor_, asked.data(), asked.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(asked.size()))
        return fail_errno("asking for the stream");
    char line[kGreetingLimit + json::Document::kPadding];
    std::size_t size = 0;
    while (size == 0 || line[size - 1] != '\n') {
        pollfd waiting{descriptor_, POLLIN, 0};
        const int ready = poll(&waiting, 1, kGreetingPatience);
        if (ready < 0 && errno == EINTR) continue;
        if (ready <= 0) return fail(Errc::Busy, "nobody answers there");
        // Events may follow at once: no byte behind the line is taken.
        if (recv(descriptor_, line + size, 1, 0) != 1) return fail(Errc::Busy, "the connection ended before it began");
        if (++size == kGreetingLimit) return fail(Errc::Unsupported, "who answers there is no sensor");
    }
    if (auto parsed = document_.parse({line, size}); !parsed)
        return fail(Errc::Unsupported, "who answers there is no sensor");
    if (const json::Node* const error = document_.member("error"))
        return fail(Errc::Busy, fmt::format("the sensor says: {}", error->text));
    greeting_ = TRY(read_greeting(document_));
    last_ = request.after.value_or(greeting_.newest);
    return {};
}

Result<StreamReader::State> StreamReader::read(Batch& batch) {
    for (std::size_t read_now = 0; read_now < kBatchBytes;) {
        const std::size_t before = buffer_.size();
        buffer_.resize(before + kGulp);
        const ssize_t size = recv(descriptor_, buffer_.data() + before, kGulp, MSG_DONTWAIT);
        buffer_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
        if (size == 0) return State::Ended;
        if (size < 0 && errno == EINTR) continue;
        if (size < 0 && errno == EAGAIN) return State::Open;
        if (size < 0) return State::Ended;
        read_now += static_cast<std::size_t>(size);

        std::size_t end = 0;
        while ((end = buffer_.find('\n', looked_at_)) != std::string::npos) {
            const std::string_view line = std::string_view(buffer_).substr(taken_, end - taken_);
            taken_ = looked_at_ = end + 1;
            TRY(take(line, batch));
        }
        buffer_.erase(0, taken_);
        taken_ = 0;
        looked_at_ = buffer_.size();
        if (buffer_.size() > kLongestLine)
            return fail(Errc::Corrupt, fmt::format("a line longer than {} MiB", kLongestLine >> 20));
    }
    return State::Open;
}

Result<void> StreamReader::take(std::string_view line, Batch& batch) {
    // Behind a line lie the next ones; only the last of the buffer needs room to be made.
    std::string padded;
    if (line.data() + line.size() + json::Document::kPadding > buffer_.data() + buffer_.size()) {
        padded.reserve(line.size() + json::Document::kPadding);
        padded.assign(line).append(json::Document::kPadding, ' ');
        line = std::string_view(padded).substr(0, line.size());
    }
    if (auto parsed = document_.parse(line); !parsed)
        return std::unexpected(std::move(parsed).error().with("the sensor's stream"));
    if (json::is_event_line(document_)) {
        TRY(json::read_event_line(document_, kCounted | ++unnumbered_, catalog_, batch));
        const Event& event = batch.events().back();
        newest_ = std::max(newest_, event.time);
        if (event.sequence < kCounted) last_ = event.sequence;
    } else if (const auto missed = read_missed(document_)) {
        add_missed(*missed, batch);
    } else if (const json::Node* const error = document_.member("error")) {
        return fail(Errc::Busy, fmt::format("the sensor says: {}", error->text));
    }
    return {};
}

void StreamReader::add_missed(const Missed& missed, Batch& batch) {
    missed_ += missed.count();
    last_ = missed.last;
    batch.begin();
    batch.add_number("Lost"_field, missed.count());
    batch.add_number("FirstLost"_field, missed.first);
    batch.add_text("Stage"_field, missed.why);
    batch.add_time("After"_field, newest_);
    batch.commit({.time = newest_,
                  .sequence = missed.last,
                  .host = catalog_.host(greeting_.host),
                  .channel = catalog_.channel("Linux kernel"),
                  .kind = Kind::Gap});
}

}  // namespace spoor::wire
