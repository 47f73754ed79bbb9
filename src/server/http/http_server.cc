#include "server/http/http_server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <thread>
#include <type_traits>
#include <vector>

#include "base/check.h"
#include "base/ip_address.h"
#include "base/unicode.h"

namespace spoor::server {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

// TCP and Unix sockets in one type: the connection's code is compiled once for both, and once more for TLS.
using PlainStream = beast::basic_stream<asio::generic::stream_protocol>;
using TlsStream = beast::ssl_stream<PlainStream>;

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
constexpr std::uint32_t kHeaderLimit = 16 * 1024;
constexpr std::size_t kBodyPiece = 64 * 1024;

/// Set on every answer. Scripts, styles and connections are ours alone; nobody may frame us or guess content types.
constexpr std::pair<std::string_view, std::string_view> kSecurityHeaders[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src "
     "'self'; "
     "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"},
    {"X-Frame-Options", "DENY"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
};

template <typename Body>
void set_headers(http::response<Body>& message, const Response& response, bool keep_alive, bool encrypted) {
    message.result(response.status);
    message.keep_alive(keep_alive);
    message.set(http::field::content_type, response.content_type);
    for (const auto& [key, value] : kSecurityHeaders)
        message.set(beast::string_view(key.data(), key.size()), beast::string_view(value.data(), value.size()));
    if (encrypted) message.set(http::field::strict_transport_security, "max-age=31536000");
    message.set(http::field::cache_control, "no-store");
    for (const auto& [key, value] : response.headers) {
        if (key == "Set-Cookie")
            message.insert(key, value);
        else
            message.set(key, value);
    }
}

bool may_have_no_body(unsigned status) { return status == 204 || status == 304; }

/// Copies what Beast parsed into our own Request.
Result<> read_head(const http::request<http::buffer_body>& message, Request& request) {
    const auto method = find_method({message.method_string().data(), message.method_string().size()});
    if (!method) return fail(Errc::Unsupported, "this method is not known here");
    request.method = *method;
    TRY(read_target({message.target().data(), message.target().size()}, request));
    if (message.count(http::field::host) != 1 && !request.peer.uid)
        return fail(Errc::BadUsage, "exactly one Host header is wanted");
    for (const auto& field : message)
        request.headers.emplace_back(fold_case({field.name_string().data(), field.name_string().size()}),
                                     std::string(field.value()));
    return {};
}

class BeastServer final : public HttpServer {
public:
    BeastServer(HttpOptions options, Application& application)
        : options_(std::move(options)),
          application_(application),
          pool_(options_.handler_threads),
          context_(static_cast<int>(options_.byte_threads)),
          tcp_acceptor_(context_),
          local_acceptor_(context_),
          tls_(asio::ssl::context::tls_server) {}

    ~BeastServer() override {
        stop();
        pool_.join();
        if (!options_.socket_path.empty() && local_acceptor_.is_open()) ::unlink(options_.socket_path.c_str());
    }

    Result<> listen() {
        const auto address = IpAddress::parse(options_.address);
        if (!address) return fail(Errc::BadUsage, fmt::format("'{}' is not an address to listen on", options_.address));
        encrypted_ = !options_.certificate_file.empty();
        if (!address->is_loopback() && !encrypted_)
            return fail(Errc::BadUsage, fmt::format("refusing to listen on {} without TLS: give --certificate and "
                                                    "--key, or put a proxy in front of 127.0.0.1",
                                                    options_.address));
        if (encrypted_) TRY(load_certificate());
        TRY(listen_tcp());
        if (!options_.socket_path.empty()) TRY(listen_local());
        return {};
    }

    std::uint16_t port() const override { return port_; }
    std::size_t connection_count() const override { return connections_; }

    void run() override {
        asio::co_spawn(context_, accept(tcp_acceptor_, encrypted_), asio::detached);
        if (local_acceptor_.is_open()) asio::co_spawn(context_, accept(local_acceptor_, false), asio::detached);
        std::vector<std::jthread> helpers;
        for (unsigned i = 1; i < options_.byte_threads; ++i) helpers.emplace_back([this] { context_.run(); });
        context_.run();
    }

    void stop() override { context_.stop(); }

private:
    Result<> load_certificate() {
        boost::system::error_code error;
        tls_.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                         asio::ssl::context::no_tlsv1_1);
        tls_.use_certificate_chain_file(options_.certificate_file, error);
        if (error) return fail(Errc::Io, fmt::format("{}: {}", options_.certificate_file, error.message()));
        tls_.use_private_key_file(options_.private_key_file, asio::ssl::context::pem, error);
        if (error) return fail(Errc::Io, fmt::format("{}: {}", options_.private_key_file, error.message()));
        return {};
    }

    Result<> listen_tcp() {
        boost::system::error_code error;
        const asio::ip::tcp::endpoint endpoint(asio::ip::make_address(options_.address, error), options_.port);
        tcp_acceptor_.open(endpoint.protocol(), error);
        if (!error) tcp_acceptor_.set_option(asio::socket_base::reuse_address(true), error);
        if (!error) tcp_acceptor_.bind(endpoint, error);
        if (!error) tcp_acceptor_.listen(1024, error);
        if (error)
            return fail(Errc::Io,
                        fmt::format("listening on {}:{}: {}", options_.address, options_.port, error.message()));
        port_ = tcp_acceptor_.local_endpoint(error).port();
        return {};
    }

    Result<> listen_local() {
        const std::string& path = options_.socket_path;
        if (path.size() >= sizeof(sockaddr_un::sun_path))
            return fail(Errc::BadUsage, fmt::format("{}: too long for a socket", path));
        const asio::local::stream_protocol::endpoint endpoint(path);
        boost::system::error_code error;
        {
            // A socket file that nobody answers on was left by a server that was killed.
            asio::local::stream_protocol::socket probe(context_);
            probe.connect(endpoint, error);
            if (!error) return fail(Errc::Busy, fmt::format("{}: another server answers there", path));
            struct stat status = {};
            if (::lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode)) ::unlink(path.c_str());
        }
        local_acceptor_.open(endpoint.protocol(), error);
        local_acceptor_.bind(endpoint, error);
        // Anyone may connect; the kernel says who it is, and the application who may do what.
        if (!error && ::chmod(path.c_str(), 0666) != 0) return fail_errno(fmt::format("opening {} to others", path));
        if (!error) local_acceptor_.listen(128, error);
        if (error) return fail(Errc::Io, fmt::format("listening on {}: {}", path, error.message()));
        return {};
    }

    template <typename Acceptor>
    asio::awaitable<void> accept(Acceptor& acceptor, bool encrypted) {
        while (true) {
            auto [error, socket] = co_await acceptor.async_accept(asio::make_strand(context_), kNoThrow);
            if (error == asio::error::operation_aborted) co_return;
            if (error) {
                // Out of file descriptors, most likely: wait for some connection to end.
                asio::steady_timer timer(context_, std::chrono::milliseconds(100));
                co_await timer.async_wait(kNoThrow);
                continue;
            }
            if (connections_ >= options_.most_connections) continue;  // the socket closes here
            Peer peer = peer_of(socket);
            boost::system::error_code ignored;
            if constexpr (std::is_same_v<Acceptor, asio::ip::tcp::acceptor>)
                socket.set_option(asio::ip::tcp::no_delay(true), ignored);
            const auto executor = socket.get_executor();
            PlainStream stream(asio::generic::stream_protocol::socket(std::move(socket)));
            if (encrypted)
                asio::co_spawn(executor, serve_encrypted(TlsStream(std::move(stream), tls_), std::move(peer)),
                               asio::detached);
            else
                asio::co_spawn(executor, serve_plain(std::move(stream), std::move(peer)), asio::detached);
        }
    }

    template <typename Socket>
    static Peer peer_of(Socket& socket) {
        Peer peer;
        boost::system::error_code error;
        if constexpr (std::is_same_v<typename Socket::protocol_type, asio::ip::tcp>) {
            const auto endpoint = socket.remote_endpoint(error);
            if (!error) peer.address = endpoint.address().to_string();
        } else {
            ucred credentials = {};
            socklen_t size = sizeof credentials;
            if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0) {
                peer.uid = credentials.uid;
                peer.pid = credentials.pid;
            }
        }
        return peer;
    }

    asio::awaitable<void> serve_plain(PlainStream stream, Peer peer) {
        ++connections_;
        co_await serve(stream, std::move(peer), false);
        boost::system::error_code ignored;
        stream.socket().shutdown(asio::socket_base::shutdown_both, ignored);
        --connections_;
    }

    asio::awaitable<void> serve_encrypted(TlsStream stream, Peer peer) {
        ++connections_;
        stream.next_layer().expires_after(options_.header_timeout);
        auto [error] = co_await stream.async_handshake(asio::ssl::stream_base::server, kNoThrow);
        if (!error) {
            co_await serve(stream, std::move(peer), true);
            stream.next_layer().expires_after(std::chrono::seconds(2));
            co_await stream.async_shutdown(kNoThrow);
        }
        --connections_;
    }

    /// Requests of one connection, one after another.
    template <typename AnyStream>
    asio::awaitable<void> serve(AnyStream& stream, Peer peer, bool encrypted) {
        beast::flat_buffer buffer(kHeaderLimit + kBodyPiece);
        auto timeout = options_.header_timeout;
        while (true) {
            http::request_parser<http::buffer_body> parser;
            parser.header_limit(kHeaderLimit);
            parser.body_limit(boost::none);
            beast::get_lowest_layer(stream).expires_after(timeout);
            auto [error, size] = co_await http::async_read_header(stream, buffer, parser, kNoThrow);
            if (error) {
                if (error == http::error::header_limit || error == http::error::buffer_overflow)
                    co_await refuse(stream, 431, "headers_too_large", "the headers are larger than 16 kB", encrypted);
                else if (error.category() == http::make_error_code(http::error::bad_method).category() &&
                         error != http::error::end_of_stream && error != http::error::partial_message)
                    co_await refuse(stream, 400, "bad_request", "this is not HTTP as RFC 9112 has it", encrypted);
                co_return;
            }
            if (!co_await answer(stream, buffer, parser, peer, encrypted)) co_return;
            timeout = options_.idle_timeout;
        }
    }

    /// One request; true when the connection may go on.
    template <typename AnyStream>
    asio::awaitable<bool> answer(AnyStream& stream, beast::flat_buffer& buffer,
                                 http::request_parser<http::buffer_body>& parser, const Peer& peer, bool encrypted) {
        Request request;
        request.peer = peer;
        request.encrypted = encrypted;
        const bool keep_alive = parser.get().keep_alive();
        const unsigned version = parser.get().version();
        if (auto head = read_head(parser.get(), request); !head) {
            co_await refuse(stream, head.error().code == Errc::Unsupported ? 501 : 400, "bad_request",
                            head.error().what, encrypted);
            co_return false;
        }

        Admission admission = co_await on_pool([&] { return application_.admit(request); });
        Response response;
        bool body_read = parser.is_done();
        if (auto* refused = std::get_if<Response>(&admission)) {
            response = std::move(*refused);
        } else {
            Upload* const upload = std::holds_alternative<BodyLimit>(admission)
                                       ? nullptr
                                       : std::get<std::unique_ptr<Upload>>(admission).get();
            const std::uint64_t limit = upload != nullptr ? UINT64_MAX : std::get<BodyLimit>(admission).bytes;
            if (const auto length = parser.content_length(); length && *length > limit) {
                response = Response::failure(413, "too_large", fmt::format("the body is larger than {} bytes", limit));
            } else {
                if (beast::iequals(parser.get()[http::field::expect], "100-continue") && !co_await invite_body(stream))
                    co_return false;
                auto read = co_await read_body(stream, buffer, parser, request, upload, limit);
                if (!read) {
                    if (read.error().code == Errc::Truncated) co_return false;  // the client left or was too slow
                    response = Response::failure(read.error().code == Errc::BadUsage ? 413 : 0, slug(read.error().code),
                                                 read.error().what);
                    if (response.status == 0) response = Response::failure(read.error());
                } else {
                    body_read = true;
                    response = co_await on_pool(
                        [&] { return upload != nullptr ? upload->finish() : application_.handle(request); });
                }
            }
        }
        const bool go_on = keep_alive && body_read;
        const bool sent = co_await write(stream, request.method, version, response, go_on, encrypted);
        if (!body_read) co_await drain(stream);
        co_return sent&& go_on;
    }

    template <typename AnyStream>
    asio::awaitable<bool> invite_body(AnyStream& stream) {
        constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
        auto [error, size] = co_await asio::async_write(stream, asio::buffer(kContinue), kNoThrow);
        co_return !error;
    }

    template <typename AnyStream>
    asio::awaitable<Result<>> read_body(AnyStream& stream, beast::flat_buffer& buffer,
                                        http::request_parser<http::buffer_body>& parser, Request& request,
                                        Upload* upload, std::uint64_t limit) {
        std::vector<char> piece(parser.is_done() ? 0 : kBodyPiece);
        while (!parser.is_done()) {
            parser.get().body().data = piece.data();
            parser.get().body().size = piece.size();
            beast::get_lowest_layer(stream).expires_after(options_.body_timeout);
            auto [error, size] = co_await http::async_read(stream, buffer, parser, kNoThrow);
            if (error && error != http::error::need_buffer) co_return fail(Errc::Truncated, error.message());
            const std::string_view bytes(piece.data(), piece.size() - parser.get().body().size);
            if (upload != nullptr) {
                Result<> written = co_await on_pool([&] { return upload->write(bytes); });
                if (!written) co_return std::unexpected(std::move(written).error());
            } else {
                if (request.body.size() + bytes.size() > limit)
                    co_return fail(Errc::BadUsage, fmt::format("the body is larger than {} bytes", limit));
                request.body.append(bytes);
            }
        }
        co_return Result<>{};
    }

    template <typename AnyStream>
    asio::awaitable<bool> write(AnyStream& stream, Method method, unsigned version, Response& response, bool keep_alive,
                                bool encrypted) {
        if (response.stream != nullptr && method != Method::Head)
            co_return co_await write_stream(stream, version, response, keep_alive, encrypted);
        http::response<http::span_body<const char>> message;
        message.version(version);
        set_headers(message, response, keep_alive, encrypted);
        const std::string_view bytes = response.embedded.empty() ? std::string_view(response.body) : response.embedded;
        if (!may_have_no_body(response.status)) message.content_length(bytes.size());
        if (method != Method::Head && !may_have_no_body(response.status))
            message.body() = beast::span<const char>(bytes.data(), bytes.size());
        beast::get_lowest_layer(stream).expires_after(options_.write_timeout);
        http::response_serializer<http::span_body<const char>> serializer(message);
        auto [error, size] = co_await http::async_write(stream, serializer, kNoThrow);
        co_return !error;
    }

    template <typename AnyStream>
    asio::awaitable<bool> write_stream(AnyStream& stream, unsigned version, Response& response, bool keep_alive,
                                       bool encrypted) {
        const bool chunked = version >= 11;
        http::response<http::empty_body> message;
        message.version(version);
        set_headers(message, response, keep_alive && chunked, encrypted);
        message.chunked(chunked);
        http::response_serializer<http::empty_body> serializer(message);
        beast::get_lowest_layer(stream).expires_after(options_.write_timeout);
        auto [head_error, head_size] = co_await http::async_write_header(stream, serializer, kNoThrow);
        if (head_error) co_return false;

        std::string piece;
        asio::steady_timer timer(co_await asio::this_coro::executor);
        while (true) {
            piece.clear();
            const Stream::State state = co_await on_pool([&] { return response.stream->pull(piece); });
            if (!piece.empty()) {
                beast::get_lowest_layer(stream).expires_after(options_.write_timeout);
                boost::system::error_code error;
                if (chunked)
                    std::tie(error, std::ignore) =
                        co_await asio::async_write(stream, http::make_chunk(asio::buffer(piece)), kNoThrow);
                else
                    std::tie(error, std::ignore) = co_await asio::async_write(stream, asio::buffer(piece), kNoThrow);
                if (error) co_return false;
            }
            if (state == Stream::State::Broken) co_return false;
            if (state == Stream::State::End) break;
            if (state == Stream::State::Later) {
                timer.expires_after(options_.stream_pause);
                co_await timer.async_wait(kNoThrow);
            }
        }
        if (!chunked) co_return false;
        auto [error, size] = co_await asio::async_write(stream, http::make_chunk_last(), kNoThrow);
        co_return !error && keep_alive;
    }

    template <typename AnyStream>
    asio::awaitable<void> refuse(AnyStream& stream, unsigned status, std::string_view code, std::string_view why,
                                 bool encrypted) {
        Response response = Response::failure(status, code, why);
        co_await write(stream, Method::Get, 11, response, false, encrypted);
        co_await drain(stream);
    }

    /// Reads on a little after an early answer: closing at once would reset the connection and take the answer with it.
    template <typename AnyStream>
    asio::awaitable<void> drain(AnyStream& stream) {
        auto& lowest = beast::get_lowest_layer(stream);
        boost::system::error_code ignored;
        if constexpr (std::is_same_v<AnyStream, PlainStream>)
            lowest.socket().shutdown(asio::socket_base::shutdown_send, ignored);
        lowest.expires_after(std::chrono::seconds(2));
        std::vector<char> waste(kBodyPiece);
        for (std::size_t total = 0; total < 4 * 1024 * 1024;) {
            auto [error, size] = co_await stream.async_read_some(asio::buffer(waste), kNoThrow);
            if (error) co_return;
            total += size;
        }
    }

    /// Runs `work`, which may block, on the handlers' threads, and comes back to the connection's own.
    template <typename Work>
    asio::awaitable<std::invoke_result_t<Work&>> on_pool(Work work) {
        co_return co_await asio::co_spawn(
            pool_, [&work]() -> asio::awaitable<std::invoke_result_t<Work&>> { co_return work(); },
            asio::use_awaitable);
    }

    HttpOptions options_;
    Application& application_;
    std::atomic<std::size_t> connections_ = 0;
    std::uint16_t port_ = 0;
    bool encrypted_ = false;
    asio::thread_pool pool_;
    asio::io_context context_;
    asio::ip::tcp::acceptor tcp_acceptor_;
    asio::local::stream_protocol::acceptor local_acceptor_;
    asio::ssl::context tls_;
};

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::open(HttpOptions options, Application& application) {
    CHECK(options.byte_threads > 0 && options.handler_threads > 0);
    if (options.certificate_file.empty() != options.private_key_file.empty())
        return fail(Errc::BadUsage, "TLS wants both a certificate and its private key");
    auto server = std::make_unique<BeastServer>(std::move(options), application);
    TRY(server->listen());
    return server;
}

}  // namespace spoor::server
