// HttpServer: speaks HTTP/1.1 on TCP (with TLS where it is not loopback) and on a Unix socket, and hands requests on.
//
//     auto server = TRY(HttpServer::open(options, application));
//     server->run();   // until stop(), from another thread or a signal
//
// Limits hold before anything is believed: 16 kB of headers, so many seconds for them, a body no larger than the
// application admits for that very request, so many connections. A handler may block; it runs on a pool of its own
// threads and never on those that move bytes. Boost.Beast does the protocol and is seen by http_server.cc alone.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>

#include "base/result.h"
#include "server/http/request.h"
#include "server/http/response.h"

namespace spoor::server {

/// Takes a large request body as it comes.
class Upload {
public:
    virtual ~Upload() = default;
    virtual Result<> write(std::string_view bytes) = 0;
    /// The body is whole; the answer to the request.
    virtual Response finish() = 0;
};

/// A body of at most that many bytes is read into Request::body.
struct BodyLimit {
    std::uint64_t bytes = 0;
};

/// What the application says when it has seen the head of a request: no, or where its body is to go.
using Admission = std::variant<Response, BodyLimit, std::unique_ptr<Upload>>;

/// What stands behind the server. Both are called on worker threads, several at a time.
class Application {
public:
    virtual ~Application() = default;
    virtual Admission admit(Request& request) = 0;
    virtual Response handle(Request& request) = 0;
};

struct HttpOptions {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;        // 0: any free one
    std::string socket_path;       // empty: no Unix socket
    std::string certificate_file;  // PEM; both or neither
    std::string private_key_file;
    unsigned byte_threads = 2;     // that move bytes
    unsigned handler_threads = 4;  // that run handlers
    std::size_t most_connections = 4096;
    std::chrono::milliseconds header_timeout{10'000};
    std::chrono::milliseconds idle_timeout{75'000};    // between requests of a connection
    std::chrono::milliseconds body_timeout{30'000};    // for each 64 kB of a request's body
    std::chrono::milliseconds write_timeout{120'000};  // for each piece of an answer: a reader that takes none is gone
    std::chrono::milliseconds stream_pause{100};       // before a stream that had nothing is asked again
};

class HttpServer {
public:
    /// Listens. Refuses an address that is not loopback when there is no certificate.
    static Result<std::unique_ptr<HttpServer>> open(HttpOptions options, Application& application);
    virtual ~HttpServer() = default;

    /// The TCP port that it listens on.
    virtual std::uint16_t port() const = 0;
    virtual std::size_t connection_count() const = 0;
    /// Serves until stop().
    virtual void run() = 0;
    /// May be called from any thread and more than once: open connections are closed, run() returns.
    virtual void stop() = 0;
};

}  // namespace spoor::server
