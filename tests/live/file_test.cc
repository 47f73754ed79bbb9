// Files: created, deleted, renamed, given other times and attributes; links, FIFOs, devices, and names of any bytes.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utime.h>

#include <cstring>
#include <fstream>

#include "live_sensor.h"
#include "sources/linux/kernel/calls.h"

namespace spoor::sensor {
namespace {

TEST_F(LiveSensor, TellsWhatHappensToAFile) {
    const std::string first = path("new\nline");
    const std::string second = path("renamed");
    const pid_t pid = in_child_that_succeeds([&] {
        if (close(open(first.c_str(), O_CREAT | O_WRONLY, 0600)) != 0) return 1;
        const timespec times[2] = {{1'000'000'000, 0}, {1'000'000'000, 5}};
        if (utimensat(AT_FDCWD, first.c_str(), times, 0) != 0) return 2;
        if (setxattr(first.c_str(), "trusted.spoor", "1", 1, 0) != 0) return 3;
        if (chdir(directory_.c_str()) != 0 || rename("new\nline", "renamed") != 0) return 4;
        return unlink("renamed");
    });
    catch_up();
    const Fields who = joined(actor(pid, this_image()), {{"Inode?", "*"}, {"ContainerId?", "*"}});
    expect_fields(event(Kind::FileCreated, pid, "TargetFilename"_field, first),
                  joined(who, {{"TargetFilename", first}}));
    const auto times = event(Kind::FileTimeChanged, pid, "TargetFilename"_field, first);
    expect_fields(times, joined(who, {{"TargetFilename", first}, {"CreationUtcTime", "*"}}));
    if (times) {
        EXPECT_EQ(times->find("CreationUtcTime"_field).as_time(), Timestamp{1'000'000'000'000'000'005});
    }
    expect_fields(event(Kind::AttributeSet, pid, "TargetFilename"_field, first),
                  joined(who, {{"TargetFilename", first}, {"AttributeName", "trusted.spoor"}}));
    expect_fields(event(Kind::FileRenamed, pid, "TargetFilename"_field, first),
                  joined(who, {{"TargetFilename", first}, {"NewFilename", second}}));
    expect_fields(event(Kind::FileDeleted, pid, "TargetFilename"_field, second),
                  joined(who, {{"TargetFilename", second}}));
}

#if defined(__x86_64__)
/// A call as 32-bit programs make it, and as any program can: with other numbers, and addresses below 4 GB.
long call_as_32_bit(long number, unsigned long first, unsigned long second, unsigned long third) {
    long result = number;
    asm volatile("int $0x80" : "+a"(result) : "b"(first), "c"(second), "d"(third) : "memory", "r8", "r9", "r10", "r11");
    return result;
}

TEST_F(LiveSensor, TellsWhatA32BitCallerDoes) {
    if (!may_have_compat_callers()) GTEST_SKIP() << "this kernel takes no 32-bit calls";
    const std::string file = path("by-32-bit-call");
    const pid_t pid = in_child_that_succeeds([&] {
        void* const low = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
        if (low == MAP_FAILED) return 1;
        std::memcpy(low, file.c_str(), file.size() + 1);
        const auto name = reinterpret_cast<unsigned long>(low);
        if (call_as_32_bit(5, name, O_CREAT | O_WRONLY, 0600) < 0) return 2;  // open
        return call_as_32_bit(10, name, 0, 0) == 0 ? 0 : 3;                   // unlink
    });
    catch_up();
    const bool seen = hook("file deleted").missing.find("32-bit callers") == std::string::npos;
    EXPECT_EQ(events(Kind::FileCreated, pid).size(), seen ? 1u : 0u);
    EXPECT_EQ(events(Kind::FileDeleted, pid).size(), seen ? 1u : 0u);
    for (const EventView& view : events(Kind::FileDeleted, pid)) EXPECT_EQ(text(view, "TargetFilename"), file);
}
#endif

TEST_F(LiveSensor, TellsTimesThatAnyCallChanges) {
    const std::string file = path("file");
    const pid_t pid = in_child_that_succeeds([&] {
        const int descriptor = open(file.c_str(), O_CREAT | O_WRONLY, 0600);
        const timespec times[2] = {{1, 0}, {2'000'000'001, 7}};
        if (futimens(descriptor, times) != 0) return 1;
        const utimbuf seconds{1, 1'500'000'000};
        if (utime(file.c_str(), &seconds) != 0) return 2;
        const timespec now[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
        return utimensat(AT_FDCWD, file.c_str(), now, 0);  // what any write does too: not told
    });
    catch_up();
    std::vector<std::int64_t> told;
    for (const EventView& view : events(Kind::FileTimeChanged, pid))
        told.push_back(view.find("CreationUtcTime"_field).as_time()->nanoseconds);
    EXPECT_EQ(told, (std::vector<std::int64_t>{2'000'000'001'000'000'007, 1'500'000'000'000'000'000}));
}

TEST_F(LiveSensor, TellsAttributesThatAnyCallSets) {
    const std::string file = path("file");
    const pid_t pid = in_child_that_succeeds([&] {
        const int descriptor = open(file.c_str(), O_CREAT | O_WRONLY, 0600);
        return lsetxattr(file.c_str(), "trusted.one", "1", 1, 0) | fsetxattr(descriptor, "trusted.two", "2", 1, 0);
    });
    catch_up();
    for (const char* const name : {"trusted.one", "trusted.two"}) {
        const auto set = event(Kind::AttributeSet, pid, "AttributeName"_field, name);
        if (set) {
            EXPECT_EQ(set->text("TargetFilename"_field), file);
        }
    }
}

TEST_F(LiveSensor, TellsNothingOfAnUnlinkThatFails) {
    const pid_t pid = in_child_that_succeeds([&] { return unlink(path("is not there").c_str()) == 0; });
    catch_up();
    EXPECT_TRUE(events(Kind::FileDeleted, pid).empty());
}

TEST_F(LiveSensor, TellsNamesThatComeAboutWithoutOpening) {
    const std::string file = path("file");
    const pid_t pid = in_child_that_succeeds([&] {
        if (close(open(file.c_str(), O_CREAT | O_WRONLY, 0600)) != 0) return 1;
        const int directory = open(directory_.c_str(), O_DIRECTORY | O_RDONLY);
        return link(file.c_str(), path("hard").c_str()) | symlinkat("file", directory, "soft") |
               mkdir(path("folder").c_str(), 0700) | rmdir(path("folder").c_str());
    });
    catch_up();
    EXPECT_TRUE(event(Kind::FileCreated, pid, "TargetFilename"_field, path("hard")));
    EXPECT_TRUE(event(Kind::FileCreated, pid, "TargetFilename"_field, path("soft")));
}

TEST_F(LiveSensor, TellsOfFifos) {
    const std::string fifo = path("fifo");
    const pid_t pid = in_child_that_succeeds([&] {
        if (mkfifo(fifo.c_str(), 0600) != 0) return 1;
        return close(open(fifo.c_str(), O_RDWR));
    });
    catch_up();
    const Fields fields = joined(actor(pid, this_image()),
                                 {{"PipeName", fifo}, {"Type", "fifo"}, {"Inode?", "*"}, {"ContainerId?", "*"}});
    expect_fields(event(Kind::PipeCreated, pid, "PipeName"_field, fifo), fields);
    expect_fields(event(Kind::PipeConnected, pid, "PipeName"_field, fifo), fields);
}

TEST_F(LiveSensor, NamesAPipeWithoutANameAsTheKernelDoes) {
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    struct stat status{};
    fstat(ends[0], &status);
    const pid_t pid = in_child_that_succeeds(
        [&] { return close(open(fmt::format("/proc/self/fd/{}", ends[0]).c_str(), O_RDONLY | O_NONBLOCK)); });
    close(ends[0]);
    close(ends[1]);
    catch_up();
    event(Kind::PipeConnected, pid, "PipeName"_field, fmt::format("pipe:[{}]", status.st_ino));
}

TEST_F(LiveSensor, TellsWhoReadsADiskPastItsFiles) {
    std::string device;
    for (const char* const name : {"/dev/loop0", "/dev/vda", "/dev/sda", "/dev/ram0"})
        if (struct stat status{}; device.empty() && stat(name, &status) == 0 && S_ISBLK(status.st_mode))
            if (const int disk = open(name, O_RDONLY | O_CLOEXEC); disk >= 0) {
                close(disk);
                device = name;
            }
    if (device.empty()) GTEST_SKIP() << "no block device can be opened here";
    const pid_t pid = in_shell(fmt::format("exec dd if={} of=/dev/null bs=512 count=1 2>/dev/null", device));
    catch_up();
    const auto opened = event(Kind::RawDiskRead, pid, "Device"_field, device);
    ASSERT_TRUE(opened);
    expect_fields(opened, joined(actor(pid, std::string(opened->text("Image"_field))),
                                 {{"Device", device}, {"Operation", "read"}, {"Inode", "*"}, {"ContainerId?", "*"}}));
    EXPECT_TRUE(opened->text("Image"_field).find("dd") != std::string_view::npos ||
                opened->text("Image"_field).ends_with("busybox"));
}

TEST_F(LiveSensor, KeepsALongPathWhole) {
    // Sixteen names of 250 bytes: more than 4000, near the limit of what one call can pass.
    std::string whole = directory_;
    const pid_t pid = in_child_that_succeeds([&] {
        if (chdir(directory_.c_str()) != 0) return 1;
        for (char letter = 'a'; letter < 'p'; ++letter) {
            const std::string name(250, letter);
            if (mkdir(name.c_str(), 0700) != 0 || chdir(name.c_str()) != 0) return 2;
        }
        if (close(open("leaf", O_CREAT | O_WRONLY, 0600)) != 0) return 3;
        return unlink("leaf");
    });
    for (char letter = 'a'; letter < 'p'; ++letter) whole += "/" + std::string(250, letter);
    whole += "/leaf";
    catch_up();
    const auto created = events(Kind::FileCreated, pid);
    const auto deleted = events(Kind::FileDeleted, pid);
    ASSERT_EQ(created.size(), 1u);
    ASSERT_EQ(deleted.size(), 1u);
    EXPECT_EQ(created[0].text("TargetFilename"_field), whole);
    EXPECT_EQ(deleted[0].text("TargetFilename"_field), whole);
}

TEST_F(LiveSensor, MarksAPathThatIsDeeperThanItLooks) {
    const pid_t pid = in_child_that_succeeds([&] {
        if (chdir(directory_.c_str()) != 0) return 1;
        for (int depth = 0; depth < 200; ++depth)
            if (mkdir("d", 0700) != 0 || chdir("d") != 0) return 2;
        return close(open("leaf", O_CREAT | O_WRONLY, 0600));
    });
    catch_up();
    const auto created = events(Kind::FileCreated, pid);
    ASSERT_EQ(created.size(), 1u);
    const std::string_view name = created[0].text("TargetFilename"_field);
    EXPECT_TRUE(name.starts_with(".../d/d/") || name.starts_with(directory_.string())) << name;
    EXPECT_TRUE(name.ends_with("/d/leaf")) << name;
}

}  // namespace
}  // namespace spoor::sensor
