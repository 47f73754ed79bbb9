#include "server/http/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "base/scratch_folder.h"
#include "server/http/test_client.h"

namespace spoor::server {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Counts to `last`, one line a piece; waits a little before each tenth.
class CountingStream final : public Stream {
public:
    explicit CountingStream(int last) : last_(last) {}
    State pull(std::string& out) override {
        if (next_ > last_) return State::End;
        if (next_ % 10 == 0 && !std::exchange(waited_, true)) return State::Later;
        waited_ = false;
        out = std::to_string(next_++) + "\n";
        return State::More;
    }

private:
    int next_ = 1;
    int last_;
    bool waited_ = false;
};

class CountingUpload final : public Upload {
public:
    Result<> write(std::string_view bytes) override {
        size_ += bytes.size();
        if (size_ > 3'000'000) return fail(Errc::Full, "no more room");
        return {};
    }
    Response finish() override { return Response::text(200, "got " + std::to_string(size_)); }

private:
    std::size_t size_ = 0;
};

class TestApplication final : public Application {
public:
    Admission admit(Request& request) override {
        if (request.path == "/refused") return Response::failure(403, "denied", "not you");
        if (request.path == "/upload") return std::make_unique<CountingUpload>();
        return BodyLimit{1000};
    }
    Response handle(Request& request) override {
        ++handled;
        if (request.path == "/echo") return Response::text(200, request.body);
        if (request.path == "/peer")
            return Response::text(200,
                                  request.peer.uid ? "uid " + std::to_string(*request.peer.uid) : request.peer.address);
        if (request.path == "/slow") std::this_thread::sleep_for(std::chrono::milliseconds(300));
        Response response;
        if (request.path == "/count" || request.path == "/endless")
            response.stream = std::make_unique<CountingStream>(request.path == "/count" ? 25 : 2'000'000'000);
        else
            response.body = "{}";
        return response;
    }
    std::atomic<int> handled = 0;
};

class HttpServerTest : public testing::Test {
protected:
    void SetUp() override {
        options_.socket_path = folder_.file("server.sock");
        options_.header_timeout = std::chrono::milliseconds(300);
        options_.idle_timeout = std::chrono::milliseconds(300);
        options_.body_timeout = std::chrono::milliseconds(300);
        options_.stream_pause = std::chrono::milliseconds(1);
        auto server = HttpServer::open(options_, application_);
        ASSERT_TRUE(server) << server.error().what;
        server_ = std::move(*server);
        thread_ = std::jthread([this] { server_->run(); });
    }
    void TearDown() override {
        if (server_) server_->stop();
    }
    TestClient client() { return TestClient(server_->port()); }

    ScratchFolder folder_;
    HttpOptions options_;
    TestApplication application_;
    std::unique_ptr<HttpServer> server_;
    std::jthread thread_;
};

TEST_F(HttpServerTest, AnswersWithTheSecurityHeaders) {
    const std::string answer = client().ask("GET", "/");
    EXPECT_EQ(status_of(answer), 200) << answer;
    for (const char* header :
         {"frame-ancestors 'none'", "X-Frame-Options: DENY", "X-Content-Type-Options: nosniff",
          "Referrer-Policy: no-referrer", "Cross-Origin-Resource-Policy: same-origin", "Cache-Control: no-store"})
        EXPECT_THAT(answer, HasSubstr(header));
}

TEST_F(HttpServerTest, KeepsAConnectionForSeveralRequests) {
    TestClient one = client();
    for (int i = 0; i < 3; ++i) {
        one.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi");
        EXPECT_THAT(one.receive("hi"), HasSubstr("200 OK"));
    }
    one.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\nGET /peer HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_THAT(one.receive("127.0.0.1"), HasSubstr("127.0.0.1")) << "two requests in one packet";
}

TEST_F(HttpServerTest, KnowsWhoIsOnTheUnixSocket) {
    TestClient local(options_.socket_path);
    ASSERT_TRUE(local.connected());
    EXPECT_EQ(body_of(local.ask("GET", "/peer")), "uid " + std::to_string(::getuid()));
}

TEST_F(HttpServerTest, StreamsInChunksAndEndsThem) {
    const std::string answer = client().ask("GET", "/count");
    EXPECT_THAT(answer, HasSubstr("Transfer-Encoding: chunked"));
    EXPECT_THAT(answer, HasSubstr("\n25\n\r\n0\r\n\r\n"));
    EXPECT_THAT(client().ask("HEAD", "/count"), Not(HasSubstr("25")));
}

TEST_F(HttpServerTest, AReaderThatStopsReadingHoldsUpNobody) {
    TestClient lazy = client();
    lazy.send("GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    for (int i = 0; i < 5; ++i) EXPECT_EQ(status_of(client().ask("GET", "/")), 200);
}

TEST_F(HttpServerTest, ASlowHandlerHoldsUpNobody) {
    TestClient slow = client();
    slow.send("GET /slow HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(status_of(client().ask("GET", "/")), 200);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(250));
    EXPECT_EQ(status_of(slow.receive()), 200);
}

TEST_F(HttpServerTest, LargeBodiesAreRefusedBeforeTheyAreRead) {
    TestClient big = client();
    big.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10737418240\r\n\r\nabc");
    EXPECT_EQ(status_of(big.receive()), 413);
    TestClient chunked = client();
    chunked.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" +
                 std::string(2000, 'x') + "\r\n0\r\n\r\n");
    EXPECT_EQ(status_of(chunked.receive()), 413);
    EXPECT_EQ(application_.handled, 0);
}

TEST_F(HttpServerTest, UploadsGoThroughPieceByPiece) {
    EXPECT_EQ(body_of(client().ask("POST", "/upload", {}, std::string(1'000'000, 'x'))), "got 1000000");
    EXPECT_EQ(status_of(client().ask("POST", "/upload", {}, std::string(3'500'000, 'x'))), 507);
    TestClient polite = client();
    polite.send(
        "POST /upload HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: "
        "close\r\n\r\n");
    EXPECT_THAT(polite.receive("\r\n\r\n"), HasSubstr("100 Continue"));
    polite.send("hi");
    EXPECT_THAT(polite.receive(), HasSubstr("got 2"));
}

TEST_F(HttpServerTest, ARefusalNeedsNoBody) {
    TestClient refused = client();
    refused.send("POST /refused HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nabc");
    EXPECT_EQ(status_of(refused.receive()), 403);
}

TEST_F(HttpServerTest, HugeHeadersAreRefused) {
    TestClient huge = client();
    huge.send("GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + std::string(40'000, 'a') + "\r\n\r\n");
    EXPECT_EQ(status_of(huge.receive()), 431);
}

TEST_F(HttpServerTest, WhatIsNotHttpIsRefused) {
    for (const char* text :
         {"\x16\x03\x01 hello", "GET / HTTP/9.9\r\n\r\n", "GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
          "BREW / HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
          "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
          "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n"}) {
        TestClient wrong = client();
        wrong.send(text);
        const int status = status_of(wrong.receive());
        EXPECT_TRUE(status == 400 || status == 501) << status << " for " << text;
    }
    EXPECT_EQ(application_.handled, 0);
}

TEST_F(HttpServerTest, SlowHeadsAndBodiesAreCutOff) {
    TestClient head = client();
    TestClient body = client();
    head.send("GET / HTTP/1.1\r\nHo");
    body.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc");
    const auto start = std::chrono::steady_clock::now();
    head.receive();
    body.receive();
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(3));
    EXPECT_EQ(application_.handled, 0);
}

TEST_F(HttpServerTest, ASecondServerDoesNotTakeTheSocket) {
    const auto second = HttpServer::open(options_, application_);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::Busy);
}

TEST(HttpServer, RefusesTheNetworkWithoutTls) {
    TestApplication application;
    HttpOptions options;
    options.address = "0.0.0.0";
    const auto server = HttpServer::open(options, application);
    ASSERT_FALSE(server);
    EXPECT_THAT(server.error().what, HasSubstr("without TLS"));
    options.certificate_file = "/nowhere.pem";
    EXPECT_FALSE(HttpServer::open(options, application)) << "a certificate without its key";
    options.private_key_file = "/nowhere.key";
    EXPECT_THAT(HttpServer::open(options, application).error().what, HasSubstr("/nowhere.pem"));
}

}  // namespace
}  // namespace spoor::server
