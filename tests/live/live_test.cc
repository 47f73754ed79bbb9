// The live sensor on the kernel that runs this test: real programs do something, and the events must say so, field by field.
//
// Without the privileges, or where the kernel has no BPF, every test is skipped and says why.
#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "sources/linux/live.h"

namespace spoor::sensor {
namespace {

/// Runs `act` in a child and returns its number once it has ended. The sensor does not report its own process.
pid_t in_child(const std::function<int()>& act) {
    const pid_t pid = fork();
    if (pid == 0) _exit(act());
    int status = 0;
    waitpid(pid, &status, 0);
    return pid;
}

class LiveSensor : public testing::Test {
protected:
    void SetUp() override {
        auto started = Live::start(catalog_, options_);
        if (!started) GTEST_SKIP() << "LIVE TESTS DID NOT RUN: " << started.error().what;
        live_ = *std::move(started);
        collect(300);  // what was there before
        batches_.clear();
        directory_ = std::filesystem::temp_directory_path() / ("spoor-live-" + std::to_string(getpid()));
        std::filesystem::create_directories(directory_);
    }
    void TearDown() override {
        if (!directory_.empty()) std::filesystem::remove_all(directory_);
    }

    void collect(int milliseconds) {
        const std::uint64_t until = now() + static_cast<std::uint64_t>(milliseconds) * 1'000'000;
        do {
            live_->wait();
            batches_.emplace_back();
            live_->take(batches_.back());
        } while (now() < until);
    }

    static std::uint64_t now() {
        timespec time{};
        clock_gettime(CLOCK_MONOTONIC, &time);
        return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_nsec);
    }

    /// All events of that kind and process (by ProcessId or SourceProcessId; 0 for any).
    std::vector<EventView> events(Kind kind, pid_t pid) const {
        std::vector<EventView> found;
        for (const Batch& batch : batches_)
            for (const Event& event : batch.events()) {
                if (event.kind != kind) continue;
                const EventView view{batch, event};
                const auto actor = view.find("SourceProcessId"_field).as_number();
                const auto own = actor ? actor : view.find("ProcessId"_field).as_number();
                if (pid == 0 || own == static_cast<std::uint64_t>(pid)) found.push_back(view);
            }
        return found;
    }

    /// The event of that kind and process whose `field` reads `value`; fails the test when there is none.
    std::optional<EventView> event(Kind kind, pid_t pid, FieldId field, std::string_view value) const {
        for (const EventView& view : events(kind, pid))
            if (to_text(view.find(field)) == value) return view;
        ADD_FAILURE() << "no " << name(kind) << " of " << pid << " with " << kFields[static_cast<std::size_t>(field)].name << " = " << value;
        return std::nullopt;
    }

    std::string path(std::string_view name) const { return directory_ / name; }

    Catalog catalog_;
    LiveOptions options_;
    std::unique_ptr<Live> live_;
    std::vector<Batch> batches_;
    std::filesystem::path directory_;
};

TEST_F(LiveSensor, TellsOfAProcessFromStartToEnd) {
    const pid_t pid = in_child([&] {
        if (chdir(directory_.c_str()) != 0) return 1;
        execl("/bin/sh", "sh", "-c", "exit 3", "two words", nullptr);
        return 127;
    });
    collect(100);
    const auto start = event(Kind::ProcessCreated, pid, "CommandLine"_field, "sh -c \"exit 3\" \"two words\"");
    ASSERT_TRUE(start);
    EXPECT_EQ(start->text("CurrentDirectory"_field), directory_.string());
    EXPECT_EQ(start->text("Image"_field), std::filesystem::canonical("/bin/sh").string());
    EXPECT_EQ(start->text("User"_field), "root");
    EXPECT_EQ(start->find("ParentProcessId"_field).as_number(), static_cast<std::uint64_t>(getpid()));
    EXPECT_EQ(start->text("ParentImage"_field), std::filesystem::canonical("/proc/self/exe").string());
    EXPECT_FALSE(start->find("ProcessGuid"_field).as_guid()->is_zero());
    const auto end = event(Kind::ProcessExited, pid, "ExitCode"_field, "0x3");
    ASSERT_TRUE(end);
    EXPECT_EQ(end->find("ProcessGuid"_field).as_guid(), start->find("ProcessGuid"_field).as_guid());
    ASSERT_EQ(events(Kind::ProcessForked, pid).size(), 1u);
    EXPECT_EQ(events(Kind::ProcessForked, pid)[0].find("ParentProcessId"_field).as_number(), static_cast<std::uint64_t>(getpid()));
}

TEST_F(LiveSensor, KeepsALongCommandLineWhole) {
    const std::string argument(100'000, 'x');
    const pid_t pid = in_child([&] {
        execl("/bin/sh", "sh", "-c", "sleep 0.2", argument.c_str(), nullptr);
        return 127;
    });
    collect(50);
    bool found = false;
    for (const EventView& start : events(Kind::ProcessCreated, pid)) {
        const bool whole = start.text("CommandLine"_field).ends_with(argument);
        // Read too late, the rest is gone with the process: then the event has to say that it is cut.
        const bool marked = start.find("CommandLineCut"_field).as_number() == 1u;
        EXPECT_NE(whole, marked);
        found = true;
    }
    EXPECT_TRUE(found);
}

TEST_F(LiveSensor, TellsWhatHappensToAFile) {
    const std::string first = path("new\nline");
    const std::string second = path("renamed");
    const pid_t pid = in_child([&] {
        const int file = open(first.c_str(), O_CREAT | O_WRONLY, 0600);
        close(file);
        const timespec times[2] = {{1'000'000'000, 0}, {1'000'000'000, 5}};
        utimensat(AT_FDCWD, first.c_str(), times, 0);
        setxattr(first.c_str(), "user.spoor", "1", 1, 0);
        if (chdir(directory_.c_str()) != 0 || rename("new\nline", "renamed") != 0) return 1;
        return unlink("renamed");
    });
    collect(100);
    EXPECT_TRUE(event(Kind::FileCreated, pid, "TargetFilename"_field, first));
    const auto times = event(Kind::FileTimeChanged, pid, "TargetFilename"_field, first);
    ASSERT_TRUE(times);
    EXPECT_EQ(times->find("CreationUtcTime"_field).as_time(), Timestamp{1'000'000'000'000'000'005});
    const auto renamed = event(Kind::FileRenamed, pid, "TargetFilename"_field, first);
    ASSERT_TRUE(renamed);
    EXPECT_EQ(renamed->text("NewFilename"_field), second);
    EXPECT_TRUE(event(Kind::FileDeleted, pid, "TargetFilename"_field, second));
    if (const auto attribute = event(Kind::AttributeSet, pid, "TargetFilename"_field, first)) {
        EXPECT_EQ(attribute->text("AttributeName"_field), "user.spoor");
    }
}

TEST_F(LiveSensor, TellsNothingOfAnUnlinkThatFails) {
    const pid_t pid = in_child([&] { return unlink(path("is not there").c_str()) == 0; });
    collect(100);
    EXPECT_TRUE(events(Kind::FileDeleted, pid).empty());
}

TEST_F(LiveSensor, TellsOfPipesAndTheirPeers) {
    const std::string fifo = path("fifo");
    const std::string name = path("socket");
    const pid_t pid = in_child([&] {
        mkfifo(fifo.c_str(), 0600);
        close(open(fifo.c_str(), O_RDWR));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, name.data(), name.size());
        const int server = socket(AF_UNIX, SOCK_STREAM, 0);
        const int client = socket(AF_UNIX, SOCK_STREAM, 0);
        return bind(server, reinterpret_cast<sockaddr*>(&address), sizeof address) | listen(server, 1) |
               connect(client, reinterpret_cast<sockaddr*>(&address), sizeof address);
    });
    collect(100);
    EXPECT_TRUE(event(Kind::PipeCreated, pid, "PipeName"_field, fifo));
    EXPECT_TRUE(event(Kind::PipeConnected, pid, "PipeName"_field, fifo));
    EXPECT_TRUE(event(Kind::PipeCreated, pid, "PipeName"_field, name));
    const auto connected = event(Kind::PipeConnected, pid, "PipeName"_field, name);
    ASSERT_TRUE(connected);
    EXPECT_EQ(connected->find("PeerProcessId"_field).as_number(), static_cast<std::uint64_t>(pid));
}

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

TEST_F(LiveSensor, TellsBothEndsOfAConnection) {
    sockaddr_in bound = loopback(0);
    const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ASSERT_EQ(bind(server, reinterpret_cast<sockaddr*>(&bound), sizeof bound), 0);
    ASSERT_EQ(listen(server, 4), 0);
    socklen_t size = sizeof bound;
    getsockname(server, reinterpret_cast<sockaddr*>(&bound), &size);
    const pid_t pid = in_child([&] {
        const int client = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(client, reinterpret_cast<sockaddr*>(&bound), sizeof bound) != 0) return 1;
        return accept(server, nullptr, nullptr) < 0 ? 2 : 0;
    });
    close(server);
    collect(100);
    const auto outgoing = event(Kind::NetworkConnection, pid, "Initiated"_field, "true");
    const auto accepted = event(Kind::NetworkConnection, pid, "Initiated"_field, "false");
    ASSERT_TRUE(outgoing && accepted);
    for (const EventView& end : {*outgoing, *accepted}) {
        EXPECT_EQ(end.text("Protocol"_field), "tcp");
        EXPECT_EQ(end.find("DestinationPort"_field).as_number(), ntohs(bound.sin_port));
        EXPECT_EQ(to_text(end.find("DestinationIp"_field)), "127.0.0.1");
        EXPECT_EQ(to_text(end.find("SourceIp"_field)), "127.0.0.1");
        EXPECT_EQ(end.event.outcome, Outcome::Success);
    }
    EXPECT_EQ(outgoing->find("SourcePort"_field).as_number(), accepted->find("SourcePort"_field).as_number());
}

TEST_F(LiveSensor, TellsOfARefusedConnectionAndOfADatagram) {
    const pid_t pid = in_child([] {
        sockaddr_in closed = loopback(1);
        connect(socket(AF_INET, SOCK_STREAM, 0), reinterpret_cast<sockaddr*>(&closed), sizeof closed);
        sendto(socket(AF_INET, SOCK_DGRAM, 0), "x", 1, 0, reinterpret_cast<sockaddr*>(&closed), sizeof closed);
        return 0;
    });
    collect(100);
    const auto refused = event(Kind::NetworkConnection, pid, "Protocol"_field, "tcp");
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->event.outcome, Outcome::Failure);
    EXPECT_EQ(refused->text("Reason"_field), "Connection refused");
    for (const HookState& hook : live_->hooks())
        if (hook.happening->name == "datagram exchanged" && !hook.way) GTEST_SKIP() << "no datagrams here: " << hook.why_not;
    EXPECT_TRUE(event(Kind::NetworkConnection, pid, "Protocol"_field, "udp"));
}

TEST_F(LiveSensor, TellsImpersonationByThreadAndItsEnd) {
    const pid_t pid = in_child([] {
        std::thread([] {
            setfsuid(1);
            setfsuid(0);
        }).join();
        return 0;
    });
    collect(100);
    const auto adopted = event(Kind::Impersonated, pid, "NewUid"_field, "1");
    const auto reverted = event(Kind::Reverted, pid, "NewUid"_field, "0");
    ASSERT_TRUE(adopted && reverted);
    EXPECT_EQ(adopted->find("OldUid"_field).as_number(), 0u);
    EXPECT_EQ(adopted->text("SubjectUserName"_field), "root");
    EXPECT_NE(adopted->find("ThreadId"_field).as_number(), static_cast<std::uint64_t>(pid));
    EXPECT_EQ(adopted->find("ThreadId"_field).as_number(), reverted->find("ThreadId"_field).as_number());
}

TEST_F(LiveSensor, TellsOfANewIdentityAndEachCapabilityItLoses) {
    const pid_t pid = in_child([] { return setresuid(1, 1, 1); });
    collect(100);
    const auto changed = event(Kind::IdentityChanged, pid, "NewUid"_field, "1");
    ASSERT_TRUE(changed);
    EXPECT_EQ(changed->find("OldUid"_field).as_number(), 0u);
    EXPECT_EQ(changed->find("EffectiveUid"_field).as_number(), 1u);
    const auto lost = event(Kind::PrivilegeDisabled, pid, "Capability"_field, "CAP_SYS_PTRACE");
    ASSERT_TRUE(lost);
    EXPECT_EQ(lost->text("CapabilitySet"_field), "effective permitted");
}

TEST_F(LiveSensor, TellsOneCapabilityThatIsDroppedAndTakenBack) {
    const pid_t pid = in_child([] {
        __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
        __user_cap_data_struct data[2] = {};
        syscall(SYS_capget, &header, data);
        data[0].effective &= ~(1u << CAP_KILL);
        syscall(SYS_capset, &header, data);
        data[0].effective |= 1u << CAP_KILL;
        syscall(SYS_capset, &header, data);
        return prctl(PR_CAPBSET_DROP, CAP_MKNOD, 0, 0, 0);
    });
    collect(100);
    EXPECT_EQ(events(Kind::PrivilegeDisabled, pid).size(), 2u);
    EXPECT_EQ(events(Kind::PrivilegeEnabled, pid).size(), 1u);
    const auto bounding = event(Kind::PrivilegeDisabled, pid, "CapabilitySet"_field, "bounding");
    ASSERT_TRUE(bounding);
    EXPECT_EQ(bounding->text("Capability"_field), "CAP_MKNOD");
    EXPECT_TRUE(event(Kind::PrivilegeEnabled, pid, "Capability"_field, "CAP_KILL"));
}

TEST_F(LiveSensor, TellsOfPrivilegesInANewUserNamespace) {
    const pid_t pid = in_child([] {
        if (setresuid(1, 1, 1) != 0) return 1;
        return unshare(CLONE_NEWUSER);
    });
    collect(100);
    const auto enabled = event(Kind::PrivilegeEnabled, pid, "Capability"_field, "CAP_SYS_ADMIN");
    ASSERT_TRUE(enabled);
    EXPECT_NE(enabled->find("UserNamespace"_field).as_number(), std::nullopt);
}

TEST_F(LiveSensor, TellsWhoReachesIntoAnotherProcess) {
    pid_t target = 0;
    const pid_t pid = in_child([&] {
        target = fork();
        if (target == 0) {
            pause();
            _exit(0);
        }
        ptrace(PTRACE_ATTACH, target, nullptr, nullptr);
        waitpid(target, nullptr, 0);
        static long word = 0;
        ptrace(PTRACE_POKEDATA, target, &word, 7L);
        kill(target, SIGKILL);
        std::ofstream(path("target")) << target;
        return 0;
    });
    std::ifstream(path("target")) >> target;
    collect(100);
    EXPECT_FALSE(events(Kind::ProcessAccessed, pid).empty());
    const auto injected = event(Kind::RemoteThreadCreated, pid, "Operation"_field, "write memory");
    ASSERT_TRUE(injected);
    EXPECT_EQ(injected->find("TargetProcessId"_field).as_number(), static_cast<std::uint64_t>(target));
    EXPECT_NE(injected->find("StartAddress"_field).as_number(), std::nullopt);
}

TEST_F(LiveSensor, TellsWhatAProgramLoads) {
    const pid_t pid = in_child([] {
        execl("/bin/true", "true", nullptr);
        return 127;
    });
    collect(100);
    bool libc = false;
    for (const EventView& loaded : events(Kind::ImageLoaded, pid)) libc |= loaded.text("ImageLoaded"_field).find("libc.so") != std::string_view::npos;
    EXPECT_TRUE(libc);
}

/// The kernel gives a session its number when the login user is set; it ends with its last process, not its first.
TEST_F(LiveSensor, FollowsASessionFromItsNumberToItsLastProcess) {
    pid_t survivor = 0;
    const pid_t pid = in_child([&] {
        const int file = open("/proc/self/loginuid", O_WRONLY);
        if (write(file, "1", 1) != 1) return 1;
        close(file);
        survivor = fork();
        if (survivor == 0) {
            usleep(300'000);
            _exit(0);
        }
        std::ofstream(path("survivor")) << survivor;
        return 0;
    });
    std::ifstream(path("survivor")) >> survivor;
    collect(1500);
    std::optional<std::uint64_t> session;
    for (const EventView& exit : events(Kind::ProcessExited, pid)) session = exit.find("LogonId"_field).as_number();
    if (!session) GTEST_SKIP() << "the login user cannot be set here";
    const std::string id = fmt::format("{:#x}", *session);
    const auto logon = event(Kind::Logon, 0, "TargetLogonId"_field, id);
    const auto logoff = event(Kind::Logoff, 0, "TargetLogonId"_field, id);
    ASSERT_TRUE(logon && logoff);
    EXPECT_EQ(logon->find("LoginUid"_field).as_number(), 1u);
    EXPECT_EQ(logoff->find("ProcessId"_field).as_number(), static_cast<std::uint64_t>(survivor));
    EXPECT_GT(logoff->event.time - logon->event.time, Duration::milliseconds(250));
}

class SmallRing : public LiveSensor {
protected:
    SmallRing() { options_.ring_bytes = 65536; }
};

/// Far more than fits, and nobody reading: what was produced is what arrives and what is reported lost, to the last one.
TEST_F(SmallRing, AccountsForEveryRecordItLoses) {
    for (int worker = 0; worker < 2; ++worker)
        in_child([&] {
            const std::string name = path("storm");
            for (int i = 0; i < 20'000; ++i) {
                close(open(name.c_str(), O_CREAT | O_WRONLY, 0600));
                unlink(name.c_str());
            }
            return 0;
        });
    collect(1500);
    batches_.emplace_back();
    live_->finish(batches_.back());
    std::uint64_t told = 0;
    for (const EventView& gap : events(Kind::Gap, 0))
        if (gap.text("Stage"_field) == "kernel ring") told += gap.find("Lost"_field).as_number().value_or(0);
    const LiveCounts counts = live_->counts();
    EXPECT_GT(counts.lost, 10'000u);
    EXPECT_EQ(told, counts.lost);
    EXPECT_EQ(counts.received + counts.lost, counts.produced);
}

}  // namespace
}  // namespace spoor::sensor
