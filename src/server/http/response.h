// Response: what a handler answers: a whole body, an embedded file, or a stream that is made as the client reads it.
#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/request.h"

namespace spoor::server {

/// A body made piece by piece. The server asks for the next piece only when the last one has gone out, so a slow reader
/// holds back its own stream and nothing else.
class Stream {
public:
    enum class State : std::uint8_t {
        More,    // send what was appended, then ask again
        Later,   // nothing now: ask again in a moment (live streams)
        End,     // send what was appended; that was all
        Broken,  // close without the proper ending, so that the client knows its copy is not whole
    };

    virtual ~Stream() = default;
    /// Appends the next piece to `out`; about 64 kB at a time is right. One call at a time, on a worker thread.
    virtual State pull(std::string& out) = 0;
};

struct Response {
    unsigned status = 200;
    std::string content_type = "application/json";
    std::vector<NamedText> headers;
    std::string body;
    std::string_view embedded;       // instead of `body`: bytes that live as long as the program
    std::unique_ptr<Stream> stream;  // instead of `body`

    static Response json(std::string body) {
        Response response;
        response.body = std::move(body);
        return response;
    }
    static Response text(unsigned status, std::string body) {
        Response response;
        response.status = status;
        response.content_type = "text/plain; charset=utf-8";
        response.body = std::move(body);
        return response;
    }
    /// What was asked for, or why it is not to be had.
    static Response json_or_failure(Result<std::string> body) {
        return body ? json(std::move(*body)) : failure(body.error());
    }
    /// {"error":{"code":"bad_query","message":"..."}} with the HTTP status that fits the code.
    static Response failure(const Error& error);
    static Response failure(unsigned status, std::string_view code, std::string_view message);
};

/// "not_found", as API errors spell it.
std::string_view slug(Errc code);

}  // namespace spoor::server
