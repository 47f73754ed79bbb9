// Processes: their start with all its fields, their end, containers, hashes, and what hostile processes do to be
// missed.
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <set>

#include "live_sensor.h"
#include "sources/linux/host/proc.h"

namespace spoor::sensor {
namespace {

/// By another program than ours.
std::string sha256_of(const std::string& path) {
    const std::string command = fmt::format("busybox sha256sum '{}'", path);
    FILE* const output = popen(command.c_str(), "re");
    std::array<char, 65> digest{};
    const bool complete = output && std::fread(digest.data(), 1, 64, output) == 64;
    if (output) pclose(output);
    std::string text = complete ? digest.data() : "";
    for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return text;
}

TEST_F(LiveSensor, TellsOfAProcessFromStartToEnd) {
    const std::string shell = std::filesystem::canonical("/bin/sh").string();
    const pid_t pid = in_child([&] {
        if (chdir(directory_.c_str()) != 0) return 1;
        execl("/bin/sh", "sh", "-c", "exit 3", "two words", nullptr);
        return 127;
    });
    catch_up();
    const auto start = event(Kind::ProcessCreated, pid, "CommandLine"_field, "sh -c \"exit 3\" \"two words\"");
    expect_fields(start, joined(actor(pid, shell), {{"CommandLine", "sh -c \"exit 3\" \"two words\""},
                                                    {"CurrentDirectory", directory_.string()},
                                                    {"ParentProcessGuid", "*"},
                                                    {"ParentProcessId", fmt::to_string(getpid())},
                                                    {"ParentImage", this_image()},
                                                    {"ParentCommandLine", "*"},
                                                    {"ParentUser", "root"},
                                                    {"Uid", "0"},
                                                    {"EffectiveUid", "0"},
                                                    {"Gid", "0"},
                                                    {"EffectiveGid", "0"},
                                                    {"Tty?", "*"},
                                                    {"Inode", "*"},
                                                    {"Hashes?", "*"},  // or in an event of its own, below
                                                    {"ContainerId?", "*"}}));
    const auto end = event(Kind::ProcessExited, pid, "ExitCode"_field, "0x3");
    expect_fields(end,
                  joined(actor(pid, shell),
                         {{"ExitCode", "0x3"}, {"DurationSeconds", "*"}, {"CpuSeconds", "*"}, {"ContainerId?", "*"}}));
    ASSERT_TRUE(start && end);
    EXPECT_EQ(end->find("ProcessGuid"_field).as_guid(), start->find("ProcessGuid"_field).as_guid());
    const auto forked = event(Kind::ProcessForked, pid, "ParentProcessId"_field, fmt::to_string(getpid()));
    expect_fields(forked, joined(actor(pid, this_image()), {{"ParentProcessGuid", "*"}, {"ParentProcessId", "*"}}));
}

TEST_F(LiveSensor, NamesAProgramThatIsInNoFolderAsTheKernelDoes) {
    const std::string program = std::filesystem::canonical("/bin/sleep").string();
    const pid_t pid = in_child([&] {
        const int memory = memfd_create("update", MFD_CLOEXEC);
        std::ifstream file(program, std::ios::binary);
        const std::string bytes{std::istreambuf_iterator<char>(file), {}};
        if (write(memory, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) return 1;
        char* const arguments[] = {const_cast<char*>("[kworker/0:1]"), const_cast<char*>("0.2"), nullptr};
        char* const environment[] = {nullptr};
        fexecve(memory, arguments, environment);
        return 127;
    });
    catch_up();
    const auto start = event(Kind::ProcessCreated, pid, "CommandLine"_field, "[kworker/0:1] 0.2");
    ASSERT_TRUE(start);
    EXPECT_EQ(text(*start, "Image"), "/memfd:update (deleted)");
}

TEST_F(LiveSensor, HashesEachProgramOnce) {
    const std::string program = path("program");
    std::filesystem::copy_file(std::filesystem::canonical("/bin/busybox"), program);
    ASSERT_EQ(symlink("program", path("true").c_str()), 0);
    const std::string expected = "SHA256=" + sha256_of(program);
    const pid_t first = in_shell("exec " + path("true"));
    catch_up();
    const auto hash_of = [&](pid_t pid) -> std::string {
        for (const Kind kind : {Kind::ProcessCreated, Kind::ImageHashed})
            for (const EventView& view : events(kind, pid)) {
                const std::string_view image =
                    kind == Kind::ProcessCreated ? view.text("Image"_field) : view.text("ImageLoaded"_field);
                if (image == program && !view.text("Hashes"_field).empty())
                    return std::string(view.text("Hashes"_field));
            }
        return {};
    };
    EXPECT_TRUE(collect(live(), batches_, 20, [&] { return hash_of(first) == expected; })) << hash_of(first);
    const pid_t second = in_shell("exec " + path("true"));
    catch_up();
    const auto start = event(Kind::ProcessCreated, second, "Image"_field, program);
    ASSERT_TRUE(start);
    EXPECT_EQ(start->text("Hashes"_field), expected) << "known by now, so it is on the event itself";
    // The same inode with other contents.
    std::ofstream(program, std::ios::app) << "tail";
    const pid_t third = in_shell("exec " + path("true"));
    EXPECT_TRUE(collect(live(), batches_, 20, [&] { return hash_of(third) == "SHA256=" + sha256_of(program); }))
        << hash_of(third);
    EXPECT_NE(hash_of(third), expected);
}

TEST_F(LiveSensor, TellsTheSignalThatEndedAProcess) {
    const pid_t pid = in_child([] { return raise(SIGKILL); });
    catch_up();
    const auto end = event(Kind::ProcessExited, pid, "Signal"_field, "9");
    ASSERT_TRUE(end);
    EXPECT_EQ(end->find("ExitCode"_field).as_number(), 128u + SIGKILL);
}

TEST_F(LiveSensor, TellsHowLongAProcessRan) {
    const pid_t pid = in_child([] { return usleep(200'000); });
    catch_up();
    const auto end = event(Kind::ProcessExited, pid, "ExitCode"_field, "0x0");
    ASSERT_TRUE(end);
    const double seconds = std::stod(to_text(end->find("DurationSeconds"_field)));
    EXPECT_GE(seconds, 0.2);
    EXPECT_LT(seconds, 20);
}

/// As container engines do it: namespaces of its own, in a control group that ends in the container's id.
TEST_F(LiveSensor, NamesTheContainerOfAProcess) {
    const std::string id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    std::string group;
    for (const char* const root : {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"})
        if (group.empty() && access(fmt::format("{}/cgroup.procs", root).c_str(), W_OK) == 0)
            group = fmt::format("{}/spoor-test-{}.scope", root, id);
    if (group.empty() || mkdir(group.c_str(), 0755) != 0) GTEST_SKIP() << "no unified control group can be made here";
    const pid_t pid = in_child_that_succeeds([&] {
        std::ofstream(group + "/cgroup.procs") << getpid() << std::flush;
        execl("/bin/sh", "sh", "-c", "unshare --pid --mount --fork /bin/true", nullptr);
        return 127;
    });
    rmdir(group.c_str());
    catch_up();
    const std::string image = std::filesystem::canonical("/bin/true").string();
    std::optional<EventView> inner;
    for (const EventView& start : events(Kind::ProcessCreated, 0))
        if (start.text("ContainerId"_field) == id && start.text("Image"_field) == image) inner.emplace(start);
    ASSERT_TRUE(inner);
    EXPECT_EQ(inner->find("NamespaceProcessId"_field).as_number(), 1u);
    EXPECT_NE(inner->find("PidNamespace"_field).as_number(), std::nullopt);
    EXPECT_GT(*inner->find("ProcessId"_field).as_number(), 1u) << "the number is the one outside";
    const auto end = event(Kind::ProcessExited, pid, "ExitCode"_field, "0x0");
    ASSERT_TRUE(end);
    EXPECT_EQ(end->text("ContainerId"_field), id);
}

/// One that a container engine's own program makes, of a shell in a file system of its own.
TEST_F(LiveSensor, NamesTheContainerThatRuncMakes) {
    if (!has_program("runc")) GTEST_SKIP() << "no runc here";
    if (access("/sys/fs/cgroup/unified", F_OK) != 0 && access("/sys/fs/cgroup/cgroup.procs", F_OK) != 0)
        GTEST_SKIP() << "no unified control groups here";
    const std::string id = "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210";
    // Limits are raised by nobody here: not every root may.
    in_shell(fmt::format(
        "set -e; cd {}; mkdir -p rootfs/bin; cp /bin/busybox rootfs/bin/sh; "
        "for file in $(ldd /bin/busybox | grep -o '/[^ ]*'); do install -D $file rootfs$file; done; runc spec; "
        "python3 -c 'import json; c = json.load(open(\"config.json\")); p = c[\"process\"]; p.pop(\"rlimits\"); "
        "p.update(terminal=False, args=[\"/bin/sh\", \"-c\", \"exit 0\"]); json.dump(c, open(\"config.json\", "
        "\"w\"))'; runc --root {}/state run {} </dev/null",
        directory_.string(), directory_.string(), id));
    catch_up();
    std::optional<EventView> inner;
    for (const EventView& start : events(Kind::ProcessCreated, 0))
        if (start.text("CommandLine"_field) == "/bin/sh -c \"exit 0\"") inner.emplace(start);
    ASSERT_TRUE(inner);
    EXPECT_EQ(inner->text("ContainerId"_field), id);
    EXPECT_EQ(inner->find("NamespaceProcessId"_field).as_number(), 1u);
}

TEST_F(LiveSensor, MissesNoProcessHoweverShort) {
    const int kCount = in_guest() ? 40 : 300;
    std::set<pid_t> children;
    for (int i = 0; i < kCount; ++i) {
        pid_t pid = 0;
        char* const arguments[] = {const_cast<char*>("true"), nullptr};
        ASSERT_EQ(posix_spawn(&pid, "/bin/true", nullptr, nullptr, arguments, environ), 0);
        children.insert(pid);
        waitpid(pid, nullptr, 0);
    }
    for (int i = 0; i < kCount; ++i) {
        const auto pid =
            static_cast<pid_t>(syscall(SYS_clone, CLONE_VFORK | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
        if (pid == 0) syscall(SYS_exit_group, 0);
        children.insert(pid);
        waitpid(pid, nullptr, 0);
    }
    catch_up();
    std::set<std::uint64_t> exited;
    std::size_t started = 0;
    for (const EventView& view : events(Kind::ProcessExited, 0))
        exited.insert(*view.find("ProcessId"_field).as_number());
    for (const EventView& view : events(Kind::ProcessCreated, 0))
        started += children.contains(static_cast<pid_t>(*view.find("ProcessId"_field).as_number())) &&
                   view.text("CommandLine"_field) == "true" &&
                   view.find("ParentProcessId"_field).as_number() == static_cast<std::uint64_t>(getpid());
    EXPECT_EQ(started, static_cast<std::size_t>(kCount));
    for (const pid_t child : children) EXPECT_TRUE(exited.contains(static_cast<std::uint64_t>(child))) << child;
}

TEST_F(LiveSensor, TellsApartTwoProcessesOfOneNumber) {
    const auto clone_as = [](pid_t wanted) -> pid_t {
        clone_args arguments{};
        arguments.exit_signal = SIGCHLD;
        arguments.set_tid = wanted != 0 ? reinterpret_cast<std::uintptr_t>(&wanted) : 0;
        arguments.set_tid_size = wanted != 0 ? 1 : 0;
        const auto pid = static_cast<pid_t>(syscall(SYS_clone3, &arguments, sizeof arguments));
        if (pid == 0) _exit(0);
        if (pid > 0) waitpid(pid, nullptr, 0);
        return pid;
    };
    const pid_t pid = clone_as(0);
    usleep(20'000);  // the identity of a process counts time in hundredths of a second
    const pid_t again = clone_as(pid);
    ASSERT_GT(pid, 0);
    if (again != pid) GTEST_SKIP() << "a process number cannot be chosen here";
    catch_up();
    const auto ends = events(Kind::ProcessExited, pid);
    ASSERT_EQ(ends.size(), 2u);
    EXPECT_NE(ends[0].find("ProcessGuid"_field).as_guid(), ends[1].find("ProcessGuid"_field).as_guid());
}

/// Two megabytes, in arguments of the greatest size that the kernel takes.
TEST_F(LiveSensor, KeepsALongCommandLineWholeOrSaysThatItIsCut) {
    const std::string argument(120'000, 'x');
    constexpr int kArguments = 17;
    const pid_t pid = in_child([&] {
        std::vector<char*> arguments{const_cast<char*>("sh"), const_cast<char*>("-c"), const_cast<char*>("sleep 1; :")};
        for (int i = 0; i < kArguments; ++i) arguments.push_back(const_cast<char*>(argument.c_str()));
        arguments.push_back(nullptr);
        execv("/bin/sh", arguments.data());
        return 127;
    });
    catch_up();
    ASSERT_FALSE(events(Kind::ProcessCreated, pid).empty());
    const EventView start = events(Kind::ProcessCreated, pid).front();
    const std::string_view line = start.text("CommandLine"_field);
    const bool marked = start.find("CommandLineCut"_field).as_number() == 1u;
    EXPECT_TRUE(line.starts_with("sh -c \"sleep 1; :\" xxxx")) << line.substr(0, 100);
    if (marked)
        EXPECT_GE(line.size(), 8000u);  // read too late: the rest went with the process
    else
        EXPECT_EQ(line.size(), std::strlen("sh -c \"sleep 1; :\"") + kArguments * (argument.size() + 1));
    ASSERT_FALSE(events(Kind::ProcessExited, pid).empty());
}

TEST_F(LiveSensor, IsWokenByACommandLineThatHasToBeReadWhileItsProcessIsThere) {
    const std::string argument(20'000, 'x');
    const char* const arguments[] = {"sh", "-c", "kill -STOP $$", argument.c_str(), nullptr};
    pid_t pid = 0;
    const auto begin = std::chrono::steady_clock::now();
    const auto passed = [&] { return std::chrono::steady_clock::now() - begin; };
    ASSERT_EQ(posix_spawn(&pid, "/bin/sh", nullptr, nullptr, const_cast<char* const*>(arguments), environ), 0);
    while (events(Kind::ProcessCreated, pid).empty() && passed() < std::chrono::seconds(60)) {
        live().wait(Duration::seconds(120));
        live().take(batches_.emplace_back());
    }
    const bool told_in_time = passed() < std::chrono::seconds(60);
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    EXPECT_TRUE(told_in_time);
    ASSERT_FALSE(events(Kind::ProcessCreated, pid).empty());
    EXPECT_TRUE(events(Kind::ProcessCreated, pid).front().text("CommandLine"_field).ends_with(argument));
}

TEST_F(LiveSensor, TakesNamesOfAnyBytes) {
    const std::string program = path("a\nb\x1b[31m\xff\xfe");
    std::filesystem::copy_file(std::filesystem::canonical("/bin/busybox"), program);
    const pid_t pid = in_child([&] {
        execl(program.c_str(), "true", "line\nbreak", "\x1b]0;title\x07", "\xc3(", nullptr);
        return 127;
    });
    catch_up();
    const auto start = event(Kind::ProcessCreated, pid, "Image"_field, program);
    ASSERT_TRUE(start);
    EXPECT_EQ(start->text("CommandLine"_field), "true \"line\nbreak\" \"\x1b]0;title\x07\" \xc3(");
}

/// These kernels let programs attach to their own functions, so that nothing need stay unseen.
TEST_F(LiveSensor, IsBlindToNothingWhereTheKernelHidesNothing) {
    if (!in_guest()) GTEST_SKIP() << "what this machine allows is its own affair; see `spoor sensor status`";
    for (const HookState& state : live().hooks()) {
        EXPECT_NE(state.way, nullptr) << state.happening->name << ": " << state.why_not;
        if (state.way)
            std::printf("%s: %s\n", std::string(state.happening->name).c_str(), std::string(state.way->hook).c_str());
    }
}

/// However many there are, no turn makes more than a piece of them, and each is told once.
TEST_F(LiveSensor, FindsThousandsOfProcessesPieceByPiece) {
    const int count = in_guest() ? 100 : 3000;
    std::set<std::uint64_t> there;
    std::vector<pid_t> children;
    for (int i = 0; i < count; ++i) {
        const pid_t pid = fork();
        if (pid == 0) {
            // The first does something all the time: it is known by its deeds before anybody looks for it.
            while (i == 0) {
                close(open(path("busy").c_str(), O_CREAT | O_WRONLY, 0600));
                unlink(path("busy").c_str());
                usleep(1000);
            }
            pause();
            _exit(0);
        }
        if (pid < 0) break;  // as many as this machine allows
        children.push_back(pid);
        there.insert(static_cast<std::uint64_t>(pid));
    }
    Catalog catalog;
    auto other = Live::start(catalog, {});
    ASSERT_TRUE(other) << other.error().what;
    std::map<std::uint64_t, int> told;
    std::size_t largest = 0;
    std::size_t seen = 0;
    std::deque<Batch> batches;
    EXPECT_TRUE(collect(**other, batches, 60, [&] {
        for (; seen < batches.size(); ++seen) {
            std::size_t found = 0;
            for (const Event& event : batches[seen].events()) {
                const EventView view{batches[seen], event};
                if (event.kind != Kind::ProcessCreated || view.find("Found"_field).as_number() != 1u) continue;
                ++found;
                const std::uint64_t pid = view.find("ProcessId"_field).as_number().value_or(0);
                if (there.contains(pid)) ++told[pid];
            }
            largest = std::max(largest, found);
        }
        return told.size() == there.size();
    }));
    for (const pid_t child : children) kill(child, SIGKILL);
    for (const pid_t child : children) waitpid(child, nullptr, 0);
    for (const auto& [pid, times] : told) EXPECT_EQ(times, 1) << pid;
    EXPECT_LE(largest, 512u);
}

/// Another one beside it sees the same, and finds what the first saw begin.
TEST_F(LiveSensor, SharesTheMachineWithASecondSensor) {
    const pid_t before = fork();
    if (before == 0) {
        pause();
        _exit(0);
    }
    Catalog catalog;
    auto other = Live::start(catalog, {});
    ASSERT_TRUE(other) << other.error().what;
    const pid_t pid = in_shell("true");
    std::deque<Batch> batches;
    bool seen = false;
    bool found = false;
    EXPECT_TRUE(collect(
        **other, batches, 60,
        [&] {
            for (const Batch& batch : batches)
                for (const Event& event : batch.events()) {
                    const EventView view{batch, event};
                    const auto number = view.find("ProcessId"_field).as_number();
                    seen |= event.kind == Kind::ProcessExited && number == static_cast<std::uint64_t>(pid);
                    found |= event.kind == Kind::ProcessCreated && number == static_cast<std::uint64_t>(before) &&
                             view.find("Found"_field).as_number() == 1u && view.text("Image"_field) == this_image();
                }
            return seen && found;
        }))
        << "seen " << seen << ", found " << found;
    kill(before, SIGKILL);
    waitpid(before, nullptr, 0);
    catch_up();
    EXPECT_FALSE(events(Kind::ProcessExited, pid).empty());
}

}  // namespace
}  // namespace spoor::sensor
