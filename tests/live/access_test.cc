// Reaching into other processes and into the kernel: ptrace and its kin, images, modules, eBPF programs, the clock,
// io_uring.
#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <ctime>

#include "live_sensor.h"

namespace spoor::sensor {
namespace {

long word = 0;  // at the same address in parent and child

/// A process that waits to be looked into.
class Victim {
public:
    Victim() : pid_(fork()) {
        if (pid_ == 0) {
            for (;;) pause();
        }
    }
    ~Victim() {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    pid_t pid() const { return pid_; }

private:
    pid_t pid_;
};

Fields reaches(pid_t source, pid_t target, std::string operation) {
    return {{"SourceProcessGuid", "*"},
            {"SourceProcessId", fmt::to_string(source)},
            {"SourceImage", this_image()},
            {"SourceUser", "root"},
            {"LogonId?", "*"},
            {"LoginUid?", "*"},
            {"TargetProcessGuid", "*"},
            {"TargetProcessId", fmt::to_string(target)},
            {"TargetImage", this_image()},
            {"TargetUser", "root"},
            {"TargetLogonId?", "*"},
            {"Operation", std::move(operation)},
            {"ContainerId?", "*"}};
}

TEST_F(LiveSensor, TellsWhoAttachesToAProcessAndWritesIntoIt) {
    const Victim victim;
    const pid_t pid = in_child_that_succeeds([&] {
        if (ptrace(PTRACE_ATTACH, victim.pid(), nullptr, nullptr) != 0) return 1;
        waitpid(victim.pid(), nullptr, __WALL);
        return ptrace(PTRACE_POKEDATA, victim.pid(), &word, 7L) == 0 ? 0 : 2;
    });
    catch_up();
    const bool checked = back_end("process accessed") != BackEnd::SystemCall;
    const auto attached = event(Kind::ProcessAccessed, pid, "Operation"_field, checked ? "access check" : "attach");
    expect_fields(attached, joined(reaches(pid, victim.pid(), checked ? "access check" : "attach"),
                                   {{checked ? "GrantedAccess" : "GrantedAccess?", "*"}}));
    const auto injected = event(Kind::RemoteThreadCreated, pid, "Operation"_field, "write memory");
    expect_fields(injected, joined(reaches(pid, victim.pid(), "write memory"),
                                   {{"StartAddress", fmt::format("{:#x}", reinterpret_cast<std::uintptr_t>(&word))}}));
    if (injected) {
        EXPECT_EQ(injected->event.outcome, Outcome::Success);
    }
}

TEST_F(LiveSensor, TellsOfMemoryWrittenAndReadFromAfar) {
    const Victim victim;
    const pid_t pid = in_child_that_succeeds([&] {
        long value = 8;
        const iovec local{&value, sizeof value};
        const iovec remote{&word, sizeof word};
        if (process_vm_writev(victim.pid(), &local, 1, &remote, 1, 0) != sizeof value) return 1;
        return process_vm_readv(victim.pid(), &local, 1, &remote, 1, 0) == sizeof value ? 0 : 2;
    });
    catch_up();
    expect_fields(event(Kind::RemoteThreadCreated, pid, "Operation"_field, "write memory"),
                  joined(reaches(pid, victim.pid(), "write memory"),
                         {{"StartAddress", fmt::format("{:#x}", reinterpret_cast<std::uintptr_t>(&word))}}));
    EXPECT_FALSE(events(Kind::ProcessAccessed, pid).empty());
}

TEST_F(LiveSensor, TellsOfMemoryWrittenThroughItsFile) {
    const Victim victim;
    const std::string file = fmt::format("/proc/{}/mem", victim.pid());
    const pid_t pid = in_child_that_succeeds([&] {
        const int memory = open(file.c_str(), O_RDWR);
        const long value = 9;
        return pwrite(memory, &value, sizeof value, static_cast<off_t>(reinterpret_cast<std::uintptr_t>(&word))) ==
                       sizeof value
                   ? 0
                   : 1;
    });
    const pid_t reader = in_child_that_succeeds([&] { return close(open(file.c_str(), O_RDONLY)); });
    catch_up();
    expect_fields(event(Kind::RemoteThreadCreated, pid, "Operation"_field, "write memory"),
                  reaches(pid, victim.pid(), "write memory"));
    expect_fields(event(Kind::ProcessAccessed, reader, "Operation"_field, "read memory"),
                  reaches(reader, victim.pid(), "read memory"));
}

TEST_F(LiveSensor, TellsOfAnAccessThatIsRefused) {
    const Victim victim;
    const pid_t pid = in_child_that_succeeds([&] {
        if (setresuid(1, 1, 1) != 0) return 1;
        return ptrace(PTRACE_ATTACH, victim.pid(), nullptr, nullptr) == 0 ? 2 : 0;
    });
    catch_up();
    const auto refused = events(Kind::ProcessAccessed, pid);
    ASSERT_FALSE(refused.empty());
    EXPECT_EQ(refused[0].event.outcome, Outcome::Failure);
    EXPECT_EQ(refused[0].text("Reason"_field), "Operation not permitted");
    EXPECT_EQ(refused[0].text("SourceUser"_field), "daemon");
}

TEST_F(LiveSensor, TellsOfADescriptorTakenFromAnotherProcess) {
    const Victim victim;
    const pid_t pid = in_child([&] {
        const auto descriptor = static_cast<int>(syscall(434 /* pidfd_open */, victim.pid(), 0));
        return syscall(438 /* pidfd_getfd */, descriptor, 1, 0) >= 0 ? 0 : 1;
    });
    catch_up();
    const bool checked = back_end("process accessed") != BackEnd::SystemCall;
    expect_fields(
        event(Kind::ProcessAccessed, pid, "Operation"_field, checked ? "access check" : "take descriptor"),
        joined(reaches(pid, victim.pid(), checked ? "access check" : "take descriptor"), {{"GrantedAccess?", "*"}}));
}

TEST_F(LiveSensor, TellsWhatAProgramLoads) {
    const pid_t pid = in_shell("exec /bin/sleep 0");
    catch_up();
    std::optional<EventView> libc;
    for (const EventView& loaded : events(Kind::ImageLoaded, pid))
        if (!libc && loaded.text("ImageLoaded"_field).find("libc.so") != std::string_view::npos) libc.emplace(loaded);
    ASSERT_TRUE(libc);
    expect_fields(libc, joined(actor(pid, std::string(libc->text("Image"_field))),
                               {{"ImageLoaded", "*"}, {"Inode", "*"}, {"Hashes?", "*"}, {"ContainerId?", "*"}}));
}

TEST_F(LiveSensor, TellsOfAnEbpfProgram) {
    const pid_t pid = in_child_that_succeeds([] {
        const bpf_insn instructions[] = {
            {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
            {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0}};
        bpf_attr attributes{};
        attributes.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
        attributes.insns = reinterpret_cast<std::uintptr_t>(instructions);
        attributes.insn_cnt = 2;
        attributes.license = reinterpret_cast<std::uintptr_t>("GPL");
        std::strcpy(attributes.prog_name, "spoor_probe");
        return syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof attributes) >= 0 ? 0 : 1;
    });
    catch_up();
    expect_fields(event(Kind::ProgramLoaded, pid, "Name"_field, "spoor_probe"),
                  joined(actor(pid, this_image()),
                         {{"Name", "spoor_probe"}, {"Type", "socket_filter"}, {"Hashes", "*"}, {"ContainerId?", "*"}}));
}

TEST_F(LiveSensor, TellsOfAKernelModule) {
    if (!in_guest()) GTEST_SKIP() << "modules are loaded in the emulated kernels only (tests/kernels/run)";
    const std::string module = "/modules/dummy.ko";
    const pid_t pid = in_child_that_succeeds([&] {
        const int file = open(module.c_str(), O_RDONLY | O_CLOEXEC);
        return syscall(SYS_finit_module, file, "", 0) == 0 ? 0 : 1;
    });
    const pid_t remover = in_child([] { return static_cast<int>(syscall(SYS_delete_module, "dummy", 0)); });
    catch_up();
    const bool file_seen = hook("kernel module loaded").missing.empty();
    expect_fields(event(Kind::DriverLoaded, pid, "Operation"_field, "load"),
                  joined(actor(pid, this_image()), {{"Name", "dummy"},
                                                    {"Operation", "load"},
                                                    {"Signed", "*"},
                                                    {file_seen ? "ImageLoaded" : "ImageLoaded?", module},
                                                    {"Hashes?", "*"},
                                                    {"ContainerId?", "*"}}));
    expect_fields(
        event(Kind::DriverLoaded, remover, "Operation"_field, "unload"),
        joined(actor(remover, this_image()), {{"Name", "dummy"}, {"Operation", "unload"}, {"ContainerId?", "*"}}));
}

TEST_F(LiveSensor, TellsThatTheClockWasSet) {
    if (!in_guest()) GTEST_SKIP() << "the clock is set in the emulated kernels only (tests/kernels/run)";
    const auto move = [](std::int64_t seconds) {
        timespec now{};
        clock_gettime(CLOCK_REALTIME, &now);
        now.tv_sec += seconds;
        return clock_settime(CLOCK_REALTIME, &now);
    };
    ASSERT_EQ(move(3600), 0);
    EXPECT_TRUE(collect(live(), batches_, 60, [&] { return !events(Kind::TimeChanged, 0).empty(); }));
    ASSERT_EQ(move(-3600), 0);
    EXPECT_TRUE(collect(live(), batches_, 60, [&] { return events(Kind::TimeChanged, 0).size() >= 2; }));
    const auto steps = events(Kind::TimeChanged, 0);
    ASSERT_GE(steps.size(), 2u);
    const auto moved = [](const EventView& step) {
        return (*step.find("NewTime"_field).as_time() - *step.find("PreviousTime"_field).as_time()).nanoseconds /
               1'000'000'000;
    };
    EXPECT_NEAR(static_cast<double>(moved(steps[0])), 3600, 2);
    EXPECT_NEAR(static_cast<double>(moved(steps[1])), -3600, 2);
}

/// A ring of operations, without the library: the raw interface is a dozen lines.
class Ring {
public:
    Ring() {
        io_uring_params parameters{};
        descriptor_ = static_cast<int>(syscall(SYS_io_uring_setup, 8, &parameters));
        if (descriptor_ < 0) return;
        const std::size_t size = parameters.sq_off.array + parameters.sq_entries * sizeof(unsigned);
        submission_ = static_cast<char*>(
            mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_, IORING_OFF_SQ_RING));
        const std::size_t completions = parameters.cq_off.cqes + parameters.cq_entries * sizeof(io_uring_cqe);
        completion_ = static_cast<char*>(
            mmap(nullptr, completions, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_, IORING_OFF_CQ_RING));
        entries_ = static_cast<io_uring_sqe*>(mmap(nullptr, parameters.sq_entries * sizeof(io_uring_sqe),
                                                   PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_, IORING_OFF_SQES));
        offsets_ = parameters;
    }
    bool usable() const { return descriptor_ >= 0; }

    /// Does the operation and returns its result.
    int operator()(const io_uring_sqe& operation) {
        auto* const tail = reinterpret_cast<std::atomic<unsigned>*>(submission_ + offsets_.sq_off.tail);
        const unsigned mask = *reinterpret_cast<unsigned*>(submission_ + offsets_.sq_off.ring_mask);
        const unsigned at = tail->load() & mask;
        entries_[at] = operation;
        reinterpret_cast<unsigned*>(submission_ + offsets_.sq_off.array)[at] = at;
        tail->fetch_add(1);
        if (syscall(SYS_io_uring_enter, descriptor_, 1, 1, IORING_ENTER_GETEVENTS, nullptr, 0) < 0) return -1;
        auto* const head = reinterpret_cast<std::atomic<unsigned>*>(completion_ + offsets_.cq_off.head);
        const unsigned completion_mask = *reinterpret_cast<unsigned*>(completion_ + offsets_.cq_off.ring_mask);
        const int result =
            reinterpret_cast<io_uring_cqe*>(completion_ + offsets_.cq_off.cqes)[head->load() & completion_mask].res;
        head->fetch_add(1);
        return result;
    }

private:
    int descriptor_ = -1;
    char* submission_ = nullptr;
    char* completion_ = nullptr;
    io_uring_sqe* entries_ = nullptr;
    io_uring_params offsets_ = {};
};

io_uring_sqe operation(std::uint8_t opcode, int descriptor, const void* address) {
    io_uring_sqe entry{};
    entry.opcode = opcode;
    entry.fd = descriptor;
    entry.addr = reinterpret_cast<std::uintptr_t>(address);
    return entry;
}

TEST_F(LiveSensor, SeesWhatGoesThroughIoUring) {
    if (!Ring().usable()) GTEST_SKIP() << "no io_uring here";
    if (!hook("file operation through io_uring").way && back_end("file deleted") == BackEnd::SystemCall)
        GTEST_SKIP() << "not seen here: " << hook("file operation through io_uring").why_not;
    const std::string first = path("first");
    const std::string second = path("second");
    sockaddr_in bound{};
    bound.sin_family = AF_INET;
    bound.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ASSERT_EQ(bind(server, reinterpret_cast<sockaddr*>(&bound), sizeof bound) | listen(server, 1), 0);
    socklen_t size = sizeof bound;
    getsockname(server, reinterpret_cast<sockaddr*>(&bound), &size);
    bool renames = true;
    const pid_t pid = in_child([&] {
        Ring ring;
        io_uring_sqe open = operation(IORING_OP_OPENAT, AT_FDCWD, first.c_str());
        open.open_flags = O_CREAT | O_WRONLY;
        open.len = 0600;
        if (ring(open) < 0) return 1;
        io_uring_sqe rename = operation(IORING_OP_RENAMEAT, AT_FDCWD, first.c_str());
        rename.addr2 = reinterpret_cast<std::uintptr_t>(second.c_str());
        rename.len = static_cast<unsigned>(AT_FDCWD);
        const bool renamed = ring(rename) == 0;  // 5.11 and later, as unlinkat is
        if (renamed && ring(operation(IORING_OP_UNLINKAT, AT_FDCWD, second.c_str())) < 0) return 2;
        io_uring_sqe connect = operation(IORING_OP_CONNECT, socket(AF_INET, SOCK_STREAM, 0), &bound);
        connect.off = sizeof bound;
        if (ring(connect) != 0) return 3;
        const int accepted = ring(operation(IORING_OP_ACCEPT, server, nullptr));
        if (accepted < 0) return 4;
        return renamed ? 0 : 100;
    });
    close(server);
    catch_up();
    const auto end = events(Kind::ProcessExited, pid);
    ASSERT_EQ(end.size(), 1u);
    const auto code = end[0].find("ExitCode"_field).as_number();
    renames = code == 0u;
    ASSERT_TRUE(renames || code == 100u) << *code;
    const auto created = event(Kind::FileCreated, pid, "TargetFilename"_field, first);
    if (created && back_end("file created or device opened") == BackEnd::SystemCall) {
        expect_fields(created, joined(actor(pid, this_image()),
                                      {{"TargetFilename", first}, {"Method", "io_uring"}, {"ContainerId?", "*"}}));
    }
    if (renames) {
        const auto renamed = event(Kind::FileRenamed, pid, "TargetFilename"_field, first);
        if (renamed) {
            EXPECT_EQ(renamed->text("NewFilename"_field), second);
        }
        EXPECT_TRUE(event(Kind::FileDeleted, pid, "TargetFilename"_field, second));
    }
    const auto outgoing = event(Kind::NetworkConnection, pid, "Initiated"_field, "true");
    if (outgoing) {
        EXPECT_EQ(outgoing->find("DestinationPort"_field).as_number(), ntohs(bound.sin_port));
    }
    const auto accepted = event(Kind::NetworkConnection, pid, "Initiated"_field, "false");
    if (accepted) {
        EXPECT_EQ(accepted->find("DestinationPort"_field).as_number(), ntohs(bound.sin_port));
    }
}

}  // namespace
}  // namespace spoor::sensor
