// Client: asks the server on this machine over its Unix socket, where the kernel tells it who we are.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace spoor::remote {

/// The answer to one request, whose body is taken as it comes.
class Answer {
public:
    explicit Answer(int socket) : socket_(socket) {}
    Answer(const Answer&) = delete;
    Answer& operator=(const Answer&) = delete;
    ~Answer();

    unsigned status() const { return status_; }
    /// Appends what comes next; false when that was all. A body that breaks off is an error.
    Result<bool> read(std::string& body);
    /// All of the rest, up to `most` bytes.
    Result<std::string> rest(std::size_t most = 64u << 20);

private:
    friend class Client;
    Result<void> read_head();
    Result<void> receive();
    Result<std::string> line();

    int socket_;
    unsigned status_ = 0;
    bool chunked_ = false;
    std::uint64_t left_ = 0;  // of the body, or of the chunk
    bool ended_ = false;
    std::string buffer_;
};

class Client {
public:
    explicit Client(std::string socket) : socket_(std::move(socket)) {}

    /// Whether a server answers there that may be asked by this user's programs.
    bool answers() const;

    /// Errc::NotFound when nobody answers at the socket; what the server refuses is an error in its words.
    Result<std::unique_ptr<Answer>> ask(std::string_view method, std::string_view target,
                                        std::string_view body = {}) const;
    /// Sends what `next` appends, until it appends nothing, as the body of a POST.
    using Next = std::function<Result<void>(std::string& piece)>;
    Result<std::unique_ptr<Answer>> upload(std::string_view target, std::uint64_t size, const Next& next) const;

    const std::string& socket() const { return socket_; }

private:
    Result<void> check(Answer& answer) const;

    std::string socket_;
};

/// Fit for a place in a query.
std::string percent_encoded(std::string_view text);

}  // namespace spoor::remote
