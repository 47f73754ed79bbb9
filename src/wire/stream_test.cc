// The sensor's socket, both ends of it in one thread.
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <thread>

#include "base/scratch_folder.h"
#include "sources/json/event_line.h"
#include "wire/stream_reader.h"
#include "wire/stream_server.h"

namespace spoor::wire {
namespace {

class TestClock final : public Clock {
public:
    Timestamp now() const override { return time; }
    Timestamp time = Timestamp::from_unix_seconds(1'800'000'000);
};

class Stream : public testing::Test {
protected:
    void SetUp() override { options_.path = folder_.file("events.sock"); }

    void open() {
        server_.reset();
        auto opened = StreamServer::open(options_, clock_);
        ASSERT_TRUE(opened) << opened.error().what;
        server_ = *std::move(opened);
    }

    std::string line(std::uint64_t number, std::string_view text = "x") {
        Batch batch;
        batch.begin();
        batch.add_text("CommandLine"_field, text);
        const Event& event = batch.commit({.time = clock_.time,
                                           .sequence = number,
                                           .host = catalog_.host("VM"),
                                           .channel = catalog_.channel("Linux kernel"),
                                           .kind = Kind::ProcessCreated});
        std::string out;
        json::append_event_line(out, {batch, event}, catalog_);
        return out + '\n';
    }
    void publish(std::uint64_t first, std::uint64_t last, std::string_view text = "x") {
        for (std::uint64_t number = first; number <= last; ++number) server_->publish(line(number, text), number);
    }
    void serve() {
        server_->serve([this](std::string& lines) { lines += snapshot_; });
    }

    /// A reader that is connected and whose request was heard. The server must answer meanwhile, so it gets a helper.
    std::unique_ptr<StreamReader> connect(const Request& request = {}) {
        std::unique_ptr<StreamReader> reader;
        std::atomic<bool> done = false;
        std::jthread helper([&] {
            auto made = StreamReader::connect(options_.path, request, catalog_);
            if (made)
                reader = *std::move(made);
            else
                problem_ = made.error().what;
            done = true;
        });
        while (!done) {
            pollfd waiting{server_->descriptor(), POLLIN, 0};
            poll(&waiting, 1, 5);
            serve();
        }
        serve();
        return reader;
    }

    std::vector<std::uint64_t> numbers(StreamReader& reader, Batch& batch) {
        batch.clear();
        for (int turn = 0; turn < 200; ++turn) {
            serve();
            state_ = reader.read(batch);
            if (!state_ || *state_ == StreamReader::State::Ended) break;
        }
        std::vector<std::uint64_t> found;
        for (const Event& event : batch.events()) found.push_back(event.sequence);
        return found;
    }

    TestClock clock_;
    Catalog catalog_;
    ScratchFolder folder_;
    StreamServerOptions options_{.path = {}, .host = "VM", .boot = "b", .series = "s"};
    std::unique_ptr<StreamServer> server_;
    std::string snapshot_;
    std::string problem_;
    Result<StreamReader::State> state_ = StreamReader::State::Open;
    Batch batch_;
};

TEST_F(Stream, GivesWhatHappensFromNowOn) {
    open();
    publish(1, 3);
    const auto reader = connect();
    ASSERT_TRUE(reader) << problem_;
    EXPECT_EQ(reader->greeting().host, "VM");
    EXPECT_EQ(reader->greeting().oldest, 1u);
    EXPECT_EQ(reader->greeting().newest, 3u);
    publish(4, 6, "two\nlines \xff\x1b[31m");
    EXPECT_EQ(numbers(*reader, batch_), (std::vector<std::uint64_t>{4, 5, 6}));
    EXPECT_EQ(batch_.text(batch_.events()[0], "CommandLine"_field), "two\nlines \xef\xbf\xbd\x1b[31m");
    EXPECT_EQ(reader->last(), 6u);
}

TEST_F(Stream, GoesOnBehindANumber) {
    open();
    publish(1, 1000);
    const auto reader = connect({.after = 997});
    ASSERT_TRUE(reader) << problem_;
    publish(1001, 1001);
    EXPECT_EQ(numbers(*reader, batch_), (std::vector<std::uint64_t>{998, 999, 1000, 1001}));
}

TEST_F(Stream, StartsAnewBehindANumberThatWasNeverGiven) {
    open();
    publish(1, 5);
    const auto reader = connect({.after = 99});
    ASSERT_TRUE(reader) << problem_;
    publish(6, 6);
    EXPECT_EQ(numbers(*reader, batch_), (std::vector<std::uint64_t>{6}));
}

TEST_F(Stream, CountsExactlyWhatASlowReaderMisses) {
    options_.log_bytes = 1u << 20;
    open();
    const auto reader = connect();
    ASSERT_TRUE(reader) << problem_;
    const std::string long_text(1000, 'x');
    constexpr std::uint64_t kEvents = 20'000;
    for (std::uint64_t number = 1; number <= kEvents; ++number) {
        publish(number, number, long_text);
        if (number % 100 == 0) serve();
    }
    std::uint64_t expected = 1;
    std::uint64_t received = 0;
    std::uint64_t missed = 0;
    numbers(*reader, batch_);
    for (const Event& event : batch_.events()) {
        if (event.kind == Kind::Gap) {
            const EventView view{batch_, event};
            EXPECT_EQ(view.find("FirstLost"_field).as_number(), expected);
            EXPECT_EQ(view.text("Stage"_field), "slow reader");
            missed += *view.find("Lost"_field).as_number();
        } else {
            ++received;
            EXPECT_EQ(event.sequence, expected);
        }
        EXPECT_GE(event.sequence, expected);
        expected = event.sequence + 1;
    }
    EXPECT_GT(missed, 0u);
    EXPECT_EQ(received + missed, kEvents);
    EXPECT_EQ(reader->missed(), missed);
    EXPECT_EQ(server_->counts().missed, missed);
}

TEST_F(Stream, DoesNotTellLossesOfTheKernelAsMissed) {
    open();
    const auto reader = connect();
    ASSERT_TRUE(reader) << problem_;
    publish(1, 1);
    publish(500, 501);  // the line itself is the gap event
    EXPECT_EQ(numbers(*reader, batch_), (std::vector<std::uint64_t>{1, 500, 501}));
    EXPECT_EQ(reader->missed(), 0u);
}

TEST_F(Stream, BeginsWithASnapshotWhereAsked) {
    open();
    publish(1, 1);
    snapshot_ =
        R"({"time":"2026-03-01T12:00:00Z","host":"VM","kind":"logon","channel":"Linux kernel","fields":{"TargetLogonId":"0xb","Found":true}})"
        "\n";
    const auto reader = connect({.snapshot = true});
    ASSERT_TRUE(reader) << problem_;
    publish(2, 2);
    const auto found = numbers(*reader, batch_);
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(batch_.events()[0].kind, Kind::Logon);
    EXPECT_TRUE(found[0] & kCounted);
    EXPECT_EQ(found[1], 2u);
    EXPECT_EQ(reader->last(), 2u);
}

TEST_F(Stream, ReadersDoNotWaitForOneAnother) {
    options_.log_bytes = 1u << 20;
    open();
    const auto idle = connect();
    const auto quick = connect();
    ASSERT_TRUE(idle && quick) << problem_;
    std::uint64_t seen = 0;
    for (std::uint64_t number = 1; number <= 5000; number += 100) {
        publish(number, number + 99, std::string(1000, 'y'));
        seen += numbers(*quick, batch_).size();
    }
    EXPECT_EQ(seen, 5000u);
    EXPECT_EQ(quick->missed(), 0u);
}

TEST_F(Stream, IsForItsOwnerAlone) {
    open();
    struct stat status{};
    ASSERT_EQ(stat(options_.path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(Stream, TakesThePlaceOfASensorThatWasKilledAndOfNoOther) {
    const int left = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, options_.path.data(), options_.path.size());
    ASSERT_EQ(bind(left, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    close(left);
    open();
    const auto second = StreamServer::open(options_, clock_);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::Busy);
}

TEST_F(Stream, IsThereAgainWhenItsFolderIs) {
    const std::string folder = folder_.file("run");
    std::filesystem::create_directory(folder);
    options_.path = folder + "/socket";
    open();
    const auto reader = connect();
    ASSERT_TRUE(reader) << problem_;
    std::filesystem::remove_all(folder);
    clock_.time = clock_.time + Duration::seconds(1);
    serve();  // there is nowhere to be
    std::filesystem::create_directory(folder);
    clock_.time = clock_.time + Duration::seconds(1);
    serve();
    publish(1, 2);
    const auto second = connect();
    ASSERT_TRUE(second) << problem_;
    publish(3, 3);
    EXPECT_EQ(numbers(*reader, batch_), (std::vector<std::uint64_t>{1, 2, 3}));
    EXPECT_EQ(numbers(*second, batch_), (std::vector<std::uint64_t>{3}));
}

/// What a peer that is no StreamReader gets back.
std::string answer_to(const std::string& path, std::string_view said, StreamServer& server, bool closes) {
    const int peer = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    EXPECT_EQ(connect(peer, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(send(peer, said.data(), said.size(), MSG_NOSIGNAL), static_cast<ssize_t>(said.size()));
    if (closes) shutdown(peer, SHUT_WR);
    for (int turn = 0; turn < 3; ++turn) server.serve([](std::string&) {});
    server.publish("{\"event\":1}\n", 1);
    server.serve([](std::string&) {});
    std::string answer(100'000, ' ');
    answer.resize(
        static_cast<std::size_t>(std::max<ssize_t>(recv(peer, answer.data(), answer.size(), MSG_DONTWAIT), 0)));
    close(peer);
    return answer;
}

TEST_F(Stream, RefusesRequestsThatMakeNoSense) {
    for (const std::string& said : {std::string("GET / HTTP/1.1\r\n\r\n"), std::string("{\"after\":\"x\"}\n"),
                                    std::string("{\"after\":1,\"snapshot\":true}\n"), std::string(10'000, '{'),
                                    std::string(4096, '\0'), std::string("[[[[\n")}) {
        open();
        const std::string answer = answer_to(options_.path, said, *server_, false);
        EXPECT_NE(answer.find("{\"error\":"), std::string::npos) << said.substr(0, 20) << " got " << answer;
        EXPECT_EQ(server_->counts().readers, 0u) << said.substr(0, 20);
    }
}

TEST_F(Stream, SendsToAReaderThatHasClosedItsWritingSide) {
    open();
    EXPECT_NE(answer_to(options_.path, "", *server_, true).find("{\"event\":1}\n"), std::string::npos);
}

TEST_F(Stream, WaitsNoLongerForARequestThanItsPatience) {
    open();
    const int peer = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, options_.path.data(), options_.path.size());
    ASSERT_EQ(::connect(peer, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    serve();
    clock_.time = clock_.time + Duration::seconds(1);
    serve();
    server_->publish("{\"event\":1}\n", 1);
    serve();
    clock_.time = clock_.time + Duration::seconds(20);
    serve();
    char bytes[4096];
    const std::string_view answer(bytes,
                                  static_cast<std::size_t>(std::max<ssize_t>(recv(peer, bytes, sizeof bytes, 0), 0)));
    EXPECT_NE(answer.find("{\"event\":1}\n{\"alive\":1}\n"), std::string_view::npos) << answer;
    close(peer);
    server_->publish("{\"event\":2}\n", 2);
    serve();
    serve();
    EXPECT_EQ(server_->counts().readers, 0u);
}

}  // namespace
}  // namespace spoor::wire
