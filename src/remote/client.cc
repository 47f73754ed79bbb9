#include "remote/client.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace spoor::remote {
namespace {

constexpr std::size_t kGulp = 256u << 10;
constexpr std::size_t kLongestLine = 16u << 10;

Result<int> connect(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return fail(Errc::BadUsage, path + ": too long for the name of a socket");
    std::memcpy(address.sun_path, path.data(), path.size());
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket < 0) return fail_errno("making a socket");
    if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return socket;
    const int why = errno;
    ::close(socket);
    if (why == ENOENT || why == ECONNREFUSED) return fail(Errc::NotFound, path + ": nobody answers there");
    errno = why;
    return fail_errno("connecting to " + path);
}

Result<void> send_all(int socket, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) return fail_errno("asking the server");
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return {};
}

bool starts_with_folded(std::string_view line, std::string_view lower_case) {
    return line.size() >= lower_case.size() &&
           std::ranges::equal(line.substr(0, lower_case.size()), lower_case,
                              [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

template <typename Number>
bool parse(std::string_view text, Number& number, int base) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    return error == std::errc{} && end != text.data();
}

/// The message of {"error":{"code":...,"message":"..."}}, or the body's begin.
std::string message_of(std::string_view body) {
    constexpr std::string_view kKey = "\"message\":\"";
    const std::size_t begin = body.find(kKey);
    if (begin == body.npos) return std::string(body.substr(0, 200));
    std::string message;
    for (std::size_t i = begin + kKey.size(); i < body.size() && body[i] != '"'; ++i) {
        if (body[i] == '\\' && i + 1 < body.size()) ++i;
        message += body[i];
    }
    return message;
}

}  // namespace

Answer::~Answer() { ::close(socket_); }

Result<void> Answer::receive() {
    const std::size_t before = buffer_.size();
    buffer_.resize(before + kGulp);
    ssize_t got = -1;
    do got = ::recv(socket_, buffer_.data() + before, kGulp, 0);
    while (got < 0 && errno == EINTR);
    buffer_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0) return fail_errno("reading the server's answer");
    if (got == 0) return fail(Errc::Truncated, "the server broke off its answer");
    return {};
}

Result<std::string> Answer::line() {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n")) == std::string::npos) {
        if (buffer_.size() > kLongestLine) return fail(Errc::Unsupported, "who answers there is no server of ours");
        TRY(receive());
    }
    std::string line = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    return line;
}

Result<void> Answer::read_head() {
    const std::string first = TRY(line());
    if (!first.starts_with("HTTP/1.1 ") || !parse(std::string_view(first).substr(9), status_, 10))
        return fail(Errc::Unsupported, "who answers there is no server of ours");
    while (true) {
        const std::string header = TRY(line());
        if (header.empty()) return {};
        if (starts_with_folded(header, "transfer-encoding: chunked")) chunked_ = true;
        if (starts_with_folded(header, "content-length: ") && !parse(std::string_view(header).substr(16), left_, 10))
            return fail(Errc::Unsupported, "a length that is none");
    }
}

Result<bool> Answer::read(std::string& body) {
    if (ended_) return false;
    if (chunked_ && left_ == 0) {
        std::uint64_t size = 0;
        if (!parse(TRY(line()), size, 16)) return fail(Errc::Corrupt, "the server's answer is damaged");
        if (size == 0) {
            ended_ = true;
            return false;
        }
        left_ = size + 2;  // and its end of line
    }
    if (left_ == 0) {
        ended_ = true;
        return false;
    }
    if (buffer_.empty()) TRY(receive());
    const std::size_t taken = static_cast<std::size_t>(std::min<std::uint64_t>(left_, buffer_.size()));
    body.append(buffer_, 0, taken);
    buffer_.erase(0, taken);
    left_ -= taken;
    // The end of line may come apart from what it ends.
    if (chunked_ && left_ < 2)
        body.resize(body.size() - std::min<std::size_t>(taken, 2 - static_cast<std::size_t>(left_)));
    return true;
}

Result<std::string> Answer::rest(std::size_t most) {
    std::string body;
    while (TRY(read(body)))
        if (body.size() > most) return fail(Errc::Full, "the server's answer is too large");
    return body;
}

bool Client::answers() const {
    const auto answer = ask("GET", "/healthz");
    return answer && (*answer)->status() == 200;
}

/// What the server refuses, as our error.
Result<void> Client::check(Answer& answer) const {
    if (answer.status() < 400) return {};
    const Errc code = answer.status() == 404   ? Errc::NotFound
                      : answer.status() == 400 ? Errc::BadUsage
                      : answer.status() == 429 ? Errc::Busy
                                               : Errc::Denied;
    return fail(code, fmt::format("the server at {} says: {}", socket_, message_of(answer.rest().value_or(""))));
}

Result<std::unique_ptr<Answer>> Client::ask(std::string_view method, std::string_view target,
                                            std::string_view body) const {
    auto answer = std::make_unique<Answer>(TRY(connect(socket_)));
    TRY(send_all(answer->socket_,
                 fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{}",
                             method, target, body.size(), body)));
    TRY(answer->read_head());
    TRY(check(*answer));
    return answer;
}

Result<std::unique_ptr<Answer>> Client::upload(std::string_view target, std::uint64_t size, const Next& next) const {
    auto answer = std::make_unique<Answer>(TRY(connect(socket_)));
    TRY(send_all(
        answer->socket_,
        fmt::format(
            "POST {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/octet-stream\r\n"
            "Content-Length: {}\r\n\r\n",
            target, size)));
    std::string piece;
    while (true) {
        piece.clear();
        TRY(next(piece));
        if (piece.empty()) break;
        // A server that refuses stops reading and says why.
        if (!send_all(answer->socket_, piece)) break;
    }
    TRY(answer->read_head());
    TRY(check(*answer));
    return answer;
}

std::string percent_encoded(std::string_view text) {
    std::string encoded;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                           c == '_' || c == '.' || c == '~';
        if (plain)
            encoded += c;
        else
            encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return encoded;
}

}  // namespace spoor::remote
