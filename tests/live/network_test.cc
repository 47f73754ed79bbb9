// The network and Unix sockets: both ends of connections, TCP and UDP, IPv4 and IPv6, with the processes behind them.
#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "live_sensor.h"

namespace spoor::sensor {
namespace {

/// An address of this host, IPv4 or IPv6.
struct Loopback {
    sockaddr_storage storage = {};
    socklen_t size = 0;

    static Loopback of(int family, std::uint16_t port) {
        Loopback address;
        if (family == AF_INET) {
            sockaddr_in in{};
            in.sin_family = AF_INET;
            in.sin_port = htons(port);
            in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            address.size = sizeof in;
            std::memcpy(&address.storage, &in, sizeof in);
        } else {
            sockaddr_in6 in{};
            in.sin6_family = AF_INET6;
            in.sin6_port = htons(port);
            in.sin6_addr = in6addr_loopback;
            address.size = sizeof in;
            std::memcpy(&address.storage, &in, sizeof in);
        }
        return address;
    }
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
    std::uint16_t port() const {
        return ntohs(reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
    }  // at the same place in both
    void take_own(int socket) {
        size = sizeof storage;
        getsockname(socket, reinterpret_cast<sockaddr*>(&storage), &size);
    }
};

std::string text_of(int family) { return family == AF_INET ? "127.0.0.1" : "::1"; }

TEST_F(LiveSensor, TellsBothEndsOfAConnection) {
    for (const int family : {AF_INET, AF_INET6}) {
        SCOPED_TRACE(text_of(family));
        Loopback bound = Loopback::of(family, 0);
        const int server = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (server < 0 || bind(server, bound.get(), bound.size) != 0) {
            EXPECT_EQ(family, AF_INET6);  // a machine may do without that
            continue;
        }
        ASSERT_EQ(listen(server, 4), 0);
        bound.take_own(server);
        const pid_t pid = in_child_that_succeeds([&] {
            const int client = socket(family, SOCK_STREAM, 0);
            if (connect(client, bound.get(), bound.size) != 0) return 1;
            return accept(server, nullptr, nullptr) < 0 ? 2 : 0;
        });
        close(server);
        catch_up();
        const auto outgoing = event(Kind::NetworkConnection, pid, "Initiated"_field, "true");
        const auto accepted = event(Kind::NetworkConnection, pid, "Initiated"_field, "false");
        ASSERT_TRUE(outgoing && accepted);
        const Fields ends = {{"Protocol", "tcp"},
                             {"SourceIp", text_of(family)},
                             {"SourcePort", "*"},
                             {"DestinationIp", text_of(family)},
                             {"DestinationPort", fmt::to_string(bound.port())},
                             {"ContainerId?", "*"}};
        expect_fields(outgoing, joined(actor(pid, this_image()), joined(ends, {{"Initiated", "true"}})));
        expect_fields(accepted, joined(actor(pid, this_image()), joined(ends, {{"Initiated", "false"}})));
        EXPECT_EQ(outgoing->find("SourcePort"_field).as_number(), accepted->find("SourcePort"_field).as_number());
        EXPECT_EQ(outgoing->event.outcome, Outcome::Success);
        batches_.clear();
    }
}

TEST_F(LiveSensor, TellsOfAConnectionThatIsRefused) {
    const pid_t pid = in_child_that_succeeds([] {
        const Loopback closed = Loopback::of(AF_INET, 1);
        return connect(socket(AF_INET, SOCK_STREAM, 0), closed.get(), closed.size) == 0;
    });
    catch_up();
    const auto refused = event(Kind::NetworkConnection, pid, "Protocol"_field, "tcp");
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->event.outcome, Outcome::Failure);
    EXPECT_EQ(refused->text("Reason"_field), "Connection refused");
    EXPECT_EQ(refused->find("DestinationPort"_field).as_number(), 1u);
}

TEST_F(LiveSensor, TellsOfASocketThatConnectsToItself) {
    Loopback bound = Loopback::of(AF_INET, 0);
    const pid_t pid = in_child_that_succeeds([&] {
        const int both = socket(AF_INET, SOCK_STREAM, 0);
        if (bind(both, bound.get(), bound.size) != 0) return 1;
        bound.take_own(both);
        return connect(both, bound.get(), bound.size) == 0 ? 0 : 2;
    });
    catch_up();
    const auto connected = event(Kind::NetworkConnection, pid, "Initiated"_field, "true");
    ASSERT_TRUE(connected);
    EXPECT_EQ(connected->event.outcome, Outcome::Success);
    EXPECT_EQ(connected->find("SourcePort"_field).as_number(), connected->find("DestinationPort"_field).as_number());
}

/// Starts connections that nobody answers, and gives them all up at once when `go` is closed.
int hang_and_give_up(int connections, int ready, int go) {
    Loopback bound = Loopback::of(AF_INET, 0);
    const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(server, bound.get(), bound.size) != 0 || listen(server, 0) != 0) return 1;
    bound.take_own(server);
    for (int i = 0; i < connections; ++i) {
        const int client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (client < 0) return 2;
        connect(client, bound.get(), bound.size);
    }
    char byte = 0;
    if (write(ready, &byte, 1) != 1) return 3;
    return read(go, &byte, 1) == 0 ? 0 : 4;
}

/// More than the kernel's table of them takes.
TEST_F(LiveSensor, AccountsForEveryConnectionThatHangs) {
    constexpr int kEach = 12'000;
    constexpr int kProcesses = 3;
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    const rlimit more{.rlim_cur = kEach + 1000, .rlim_max = files.rlim_max};
    if (in_guest() || files.rlim_max < more.rlim_cur) GTEST_SKIP() << "not so many sockets here";
    int ready[2], go[2];
    ASSERT_EQ(pipe2(ready, O_CLOEXEC) | pipe2(go, O_CLOEXEC), 0);
    std::vector<pid_t> children;
    for (int i = 0; i < kProcesses; ++i) {
        const pid_t pid = fork();
        if (pid == 0) {
            close(go[1]);
            setrlimit(RLIMIT_NOFILE, &more);
            _exit(hang_and_give_up(kEach, ready[1], go[0]));
        }
        children.push_back(pid);
    }
    close(ready[1]);
    char byte = 0;
    for (int i = 0; i < kProcesses; ++i) ASSERT_EQ(read(ready[0], &byte, 1), 1);
    close(go[1]);
    for (const pid_t child : children) {
        int status = 0;
        waitpid(child, &status, 0);
        EXPECT_EQ(status, 0);
    }
    close(ready[0]);
    close(go[0]);
    catch_up();
    std::uint64_t told = 0;
    for (const pid_t child : children)
        for (const EventView& event : events(Kind::NetworkConnection, child))
            told += event.text("Initiated"_field) == "true";
    // Losses are told once nothing can come for them any more.
    const auto lost = [&] {
        std::uint64_t sum = 0;
        for (const EventView& gap : events(Kind::Gap, 0)) sum += gap.find("Lost"_field).as_number().value_or(0);
        return sum;
    };
    collect(live(), batches_, 10, [&] { return told + lost() >= std::uint64_t{kEach} * kProcesses; });
    EXPECT_EQ(told + lost(), std::uint64_t{kEach} * kProcesses);
    EXPECT_GT(lost(), 0u);
}

TEST_F(LiveSensor, TellsOfDatagramsSentAndReceived) {
    if (!hook("datagram exchanged").way) GTEST_SKIP() << "no datagrams here: " << hook("datagram exchanged").why_not;
    for (const int family : {AF_INET, AF_INET6})
        for (const bool connected : {false, true}) {
            SCOPED_TRACE(fmt::format("{} {}", text_of(family), connected ? "connected" : "unconnected"));
            Loopback bound = Loopback::of(family, 0);
            const int server = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
            if (server < 0 || bind(server, bound.get(), bound.size) != 0) {
                EXPECT_EQ(family, AF_INET6);
                continue;
            }
            bound.take_own(server);
            const pid_t pid = in_child_that_succeeds([&] {
                const int client = socket(family, SOCK_DGRAM, 0);
                if (connected && (connect(client, bound.get(), bound.size) != 0 || send(client, "x", 1, 0) != 1))
                    return 1;
                if (!connected && sendto(client, "x", 1, 0, bound.get(), bound.size) != 1) return 2;
                char byte;
                sockaddr_storage from{};
                socklen_t size = sizeof from;
                return recvfrom(server, &byte, 1, 0, reinterpret_cast<sockaddr*>(&from), &size) == 1 ? 0 : 3;
            });
            close(server);
            catch_up();
            const auto sent = event(Kind::NetworkConnection, pid, "Initiated"_field, "true");
            const auto received = event(Kind::NetworkConnection, pid, "Initiated"_field, "false");
            const Fields common =
                joined(actor(pid, this_image()), {{"Protocol", "udp"}, {"SourcePort", "*"}, {"ContainerId?", "*"}});
            // Where a datagram leaves from is settled after the hook that sees it go.
            expect_fields(sent, joined(common, {{"Initiated", "true"},
                                                {"SourceIp", "*"},
                                                {"DestinationIp", text_of(family)},
                                                {"DestinationPort", fmt::to_string(bound.port())}}));
            expect_fields(received, joined(common, {{"Initiated", "false"},
                                                    {"SourceIp", text_of(family)},
                                                    {"DestinationIp", "*"},
                                                    {"DestinationPort", fmt::to_string(bound.port())}}));
            batches_.clear();
        }
}

TEST_F(LiveSensor, TellsOfUnixSocketsAndTheirPeers) {
    for (const bool abstract : {false, true}) {
        SCOPED_TRACE(abstract ? "abstract" : "in the file system");
        const std::string name = path("socket");
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path + (abstract ? 1 : 0), name.data(), name.size());
        const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size() + 1);
        const auto* const to = reinterpret_cast<const sockaddr*>(&address);
        const int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const pid_t owner = in_child_that_succeeds([&] { return bind(server, to, size) | listen(server, 1); });
        const pid_t pid = in_child_that_succeeds([&] { return connect(socket(AF_UNIX, SOCK_STREAM, 0), to, size); });
        close(server);
        catch_up();
        const std::string shown = abstract ? "@" + name : name;
        expect_fields(
            event(Kind::PipeCreated, owner, "PipeName"_field, shown),
            joined(actor(owner, this_image()), {{"PipeName", shown}, {"Type", "unix socket"}, {"ContainerId?", "*"}}));
        expect_fields(event(Kind::PipeConnected, pid, "PipeName"_field, shown),
                      joined(actor(pid, this_image()), {{"PipeName", shown},
                                                        {"Type", "unix socket"},
                                                        {"PeerProcessId", fmt::to_string(owner)},
                                                        {"PeerImage", this_image()},
                                                        {"ContainerId?", "*"}}));
        batches_.clear();
    }
}

}  // namespace
}  // namespace spoor::sensor
