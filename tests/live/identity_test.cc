// Identities and privileges: new users, impersonation by thread, every capability that comes or goes, and what is used.
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sched.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <thread>

#include "live_sensor.h"
#include "sources/linux/host/capabilities.h"

namespace spoor::sensor {
namespace {

struct Capabilities {
    std::uint64_t effective = 0;
    std::uint64_t permitted = 0;
    std::uint64_t inheritable = 0;

    static Capabilities own() {
        __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
        __user_cap_data_struct data[2] = {};
        syscall(SYS_capget, &header, data);
        const auto whole = [](std::uint32_t low, std::uint32_t high) {
            return low | static_cast<std::uint64_t>(high) << 32;
        };
        return {whole(data[0].effective, data[1].effective), whole(data[0].permitted, data[1].permitted),
                whole(data[0].inheritable, data[1].inheritable)};
    }
    bool set() const {
        __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
        __user_cap_data_struct data[2] = {};
        for (int half = 0; half < 2; ++half) {
            data[half].effective = static_cast<std::uint32_t>(effective >> half * 32);
            data[half].permitted = static_cast<std::uint32_t>(permitted >> half * 32);
            data[half].inheritable = static_cast<std::uint32_t>(inheritable >> half * 32);
        }
        return syscall(SYS_capset, &header, data) == 0;
    }
};

constexpr std::uint64_t bit(int capability) { return 1ull << capability; }

Fields identity(std::string old_uid, std::string new_uid, std::string subject, std::string target, std::string uid,
                std::string effective, std::string file_system) {
    return {{"OldUid", old_uid}, {"NewUid", new_uid},         {"SubjectUserName", subject}, {"TargetUserName", target},
            {"Uid", uid},        {"EffectiveUid", effective}, {"FsUid", file_system},       {"ContainerId?", "*"}};
}

TEST_F(LiveSensor, TellsOfANewIdentityAndEachCapabilityItLoses) {
    const std::uint64_t held = Capabilities::own().effective;
    const pid_t pid = in_child_that_succeeds([] { return setresuid(1, 1, 1); });
    catch_up();
    expect_fields(event(Kind::IdentityChanged, pid, "NewUid"_field, "1"),
                  joined(actor(pid, this_image(), "daemon"), identity("0", "1", "root", "daemon", "1", "1", "1")));
    std::set<std::string> lost;
    for (const EventView& view : events(Kind::PrivilegeDisabled, pid))
        lost.insert(std::string(view.text("Capability"_field)));
    for (unsigned number = 0; number < kCapabilityCount; ++number) {
        const Capability capability{static_cast<std::uint8_t>(number)};
        EXPECT_EQ(lost.contains(name(capability)), holds(held, capability)) << name(capability);
    }
    expect_fields(
        event(Kind::PrivilegeDisabled, pid, "Capability"_field, "CAP_KILL"),
        joined(actor(pid, this_image(), "daemon"),
               {{"Capability", "CAP_KILL"}, {"CapabilitySet", "effective permitted"}, {"ContainerId?", "*"}}));
}

/// By one thread of several, as servers of files do it: with the system call itself, since the library's functions
/// change all threads.
TEST_F(LiveSensor, TellsImpersonationByThreadAndItsEnd) {
    struct Way {
        const char* name;
        void (*adopt)();
        void (*revert)();
        const char* effective;  // while it lasts
    };
    const Way ways[] = {
        {"setresuid", [] { syscall(SYS_setresuid, -1, 1, -1); }, [] { syscall(SYS_setresuid, -1, 0, -1); }, "1"},
        {"seteuid by setreuid", [] { syscall(SYS_setreuid, -1, 1); }, [] { syscall(SYS_setreuid, -1, 0); }, "1"},
        {"setfsuid", [] { syscall(SYS_setfsuid, 1); }, [] { syscall(SYS_setfsuid, 0); }, "0"},
    };
    for (const Way& way : ways) {
        SCOPED_TRACE(way.name);
        batches_.clear();
        const pid_t pid = in_child_that_succeeds([&] {
            std::thread([&] {
                way.adopt();
                way.revert();
            }).join();
            return 0;
        });
        catch_up();
        const auto adopted = event(Kind::Impersonated, pid, "NewUid"_field, "1");
        const auto reverted = event(Kind::Reverted, pid, "NewUid"_field, "0");
        ASSERT_TRUE(adopted && reverted);
        const std::string effective = way.effective;
        // A change of the effective user takes the thread's own event along; one for files alone leaves it as it was.
        expect_fields(adopted,
                      joined(actor(pid, this_image(), effective == "1" ? "daemon" : "root"),
                             joined(identity("0", "1", "root", "daemon", "0", effective, "1"), {{"ThreadId", "*"}})));
        expect_fields(reverted,
                      joined(actor(pid, this_image()),
                             joined(identity("1", "0", "daemon", "root", "0", "0", "0"), {{"ThreadId", "*"}})));
        EXPECT_NE(adopted->find("ThreadId"_field).as_number(), static_cast<std::uint64_t>(pid));
        EXPECT_EQ(adopted->find("ThreadId"_field).as_number(), reverted->find("ThreadId"_field).as_number());
        EXPECT_LT(adopted->event.time, reverted->event.time);
    }
}

TEST_F(LiveSensor, TellsEachCapabilityThatIsDroppedAndTakenBack) {
    const pid_t pid = in_child_that_succeeds([] {
        Capabilities own = Capabilities::own();
        own.effective &= ~bit(CAP_KILL);
        if (!own.set()) return 1;
        own.effective |= bit(CAP_KILL);
        own.inheritable |= bit(CAP_NET_RAW);
        if (!own.set()) return 2;
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 0, 0) != 0) return 3;
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) return 4;
        return prctl(PR_CAPBSET_DROP, CAP_MKNOD, 0, 0, 0);
    });
    catch_up();
    std::vector<std::string> told;
    for (const Kind kind : {Kind::PrivilegeEnabled, Kind::PrivilegeDisabled})
        for (const EventView& view : events(kind, pid))
            told.push_back(fmt::format("{} {} {}", kind == Kind::PrivilegeEnabled ? "+" : "-",
                                       view.text("Capability"_field), view.text("CapabilitySet"_field)));
    EXPECT_EQ(told,
              (std::vector<std::string>{"+ CAP_KILL effective", "+ CAP_NET_RAW inheritable", "+ CAP_NET_RAW ambient",
                                        "- CAP_KILL effective", "- CAP_NET_RAW ambient", "- CAP_MKNOD bounding"}));
}

/// As newgrp, initgroups() and servers of files do: no user and no group of the process itself is another.
TEST_F(LiveSensor, TellsWhichSupplementaryGroupsAreAdoptedAndGivenUp) {
    if (!has_program("setpriv")) GTEST_SKIP() << "no setpriv here";
    const auto image =
        std::filesystem::canonical(std::filesystem::exists("/usr/bin/setpriv") ? "/usr/bin/setpriv" : "/bin/setpriv");
    const pid_t pid = in_child_that_succeeds([] {
        execlp("setpriv", "setpriv", "--groups=4,24,27", "setpriv", "--groups=4,24,27", "setpriv", "--groups=1000",
               "setpriv", "--clear-groups", "true", nullptr);
        return 127;
    });
    catch_up();
    std::vector<std::string> told;
    for (const EventView& view : events(Kind::IdentityChanged, pid))
        told.push_back(fmt::format("{} -> {}", view.text("OldValue"_field), view.text("NewValue"_field)));
    EXPECT_EQ(told, (std::vector<std::string>{"none -> 4 24 27", "4 24 27 -> 1000", "1000 -> none"}));
    expect_fields(event(Kind::IdentityChanged, pid, "NewValue"_field, "1000"),
                  joined(actor(pid, image.string()), joined(identity("0", "0", "root", "root", "0", "0", "0"),
                                                            {{"OldValue", "4 24 27"}, {"NewValue", "1000"}})));
}

TEST_F(LiveSensor, TellsSupplementaryGroupsOfOneThread) {
    const pid_t pid = in_child_that_succeeds([] {
        std::thread([] {
            const gid_t adopted[] = {100, 200};
            syscall(SYS_setgroups, 2, adopted);
            syscall(SYS_setgroups, 0, nullptr);
        }).join();
        return 0;
    });
    catch_up();
    const auto adopted = event(Kind::IdentityChanged, pid, "NewValue"_field, "100 200");
    const auto given_up = event(Kind::IdentityChanged, pid, "OldValue"_field, "100 200");
    ASSERT_TRUE(adopted && given_up);
    EXPECT_EQ(adopted->text("OldValue"_field), "none");
    EXPECT_EQ(given_up->text("NewValue"_field), "none");
    EXPECT_NE(adopted->find("ThreadId"_field).as_number(), static_cast<std::uint64_t>(pid));
}

TEST_F(LiveSensor, SaysThatAListOfGroupsIsLongerThanWhatItTells) {
    std::vector<gid_t> groups(3000);
    for (std::size_t i = 0; i < groups.size(); ++i) groups[i] = static_cast<gid_t>(i + 1);
    const pid_t pid = in_child_that_succeeds([&] {
        if (setgroups(groups.size(), groups.data()) != 0) return 1;
        groups.back() = 9999;
        return setgroups(groups.size(), groups.data());
    });
    catch_up();
    const auto changed = events(Kind::IdentityChanged, pid);
    ASSERT_EQ(changed.size(), 2u);
    for (const EventView& view : changed) {
        const std::string_view told = view.text("NewValue"_field);
        EXPECT_TRUE(told.starts_with("1 2 3 ")) << told;
        EXPECT_TRUE(told.ends_with(" 1023 1024 ...")) << told.substr(told.size() - 20);
    }
}

/// A real program whose business it is.
TEST_F(LiveSensor, FollowsAProgramThatDropsItsCapabilities) {
    if (!has_program("setpriv")) GTEST_SKIP() << "no setpriv here";
    const pid_t pid = in_child_that_succeeds([] {
        execlp("setpriv", "setpriv", "--reuid=1", "--regid=1", "--clear-groups", "--inh-caps=-all,+net_raw",
               "--ambient-caps=+net_raw", "--bounding-set=-all,+net_raw", "/bin/true", nullptr);
        return 127;
    });
    catch_up();
    expect_fields(
        event(Kind::IdentityChanged, pid, "NewUid"_field, "1"),
        joined(actor(pid,
                     std::filesystem::canonical(std::filesystem::exists("/usr/bin/setpriv") ? "/usr/bin/setpriv"
                                                                                            : "/bin/setpriv")
                         .string(),
                     "daemon"),
               joined(identity("0", "1", "root", "daemon", "1", "1", "1"), {{"OldGid?", "0"}, {"NewGid?", "1"}})));
    const auto start = event(Kind::ProcessCreated, pid, "CommandLine"_field, "/bin/true");
    ASSERT_TRUE(start);
    EXPECT_EQ(start->text("User"_field), "daemon");
    std::set<std::string> bounding;
    for (const EventView& view : events(Kind::PrivilegeDisabled, pid))
        if (view.text("CapabilitySet"_field).find("bounding") != std::string_view::npos)
            bounding.insert(std::string(view.text("Capability"_field)));
    EXPECT_TRUE(bounding.contains("CAP_SYS_ADMIN"));
    EXPECT_FALSE(bounding.contains("CAP_NET_RAW"));
    bool raised = false;
    for (const EventView& view : events(Kind::PrivilegeEnabled, pid))
        raised |= view.text("Capability"_field) == "CAP_NET_RAW" &&
                  view.text("CapabilitySet"_field).find("ambient") != std::string_view::npos;
    EXPECT_TRUE(raised);
}

TEST_F(LiveSensor, TellsOfAProgramThatRunsAsItsOwner) {
    const std::string program = path("as-owner");
    std::filesystem::copy_file(std::filesystem::canonical("/bin/busybox"), program);
    ASSERT_EQ(chmod(program.c_str(), 04755), 0);
    const pid_t pid = in_child_that_succeeds([&] {
        if (setresgid(1, 1, 1) != 0 || setresuid(1, 1, 1) != 0) return 1;
        execl(program.c_str(), "true", nullptr);
        return 127;
    });
    catch_up();
    const auto changed = event(Kind::IdentityChanged, pid, "Method"_field, "exec of a set-id program");
    expect_fields(changed, joined(actor(pid, program), joined(identity("1", "0", "daemon", "root", "1", "0", "0"),
                                                              {{"Method", "exec of a set-id program"}})));
    const auto enabled = event(Kind::PrivilegeEnabled, pid, "Capability"_field, "CAP_SYS_ADMIN");
    ASSERT_TRUE(enabled);
    EXPECT_EQ(enabled->text("CapabilitySet"_field), "effective permitted");
    const auto start = event(Kind::ProcessCreated, pid, "Image"_field, program);
    ASSERT_TRUE(start);
    EXPECT_EQ(start->find("Uid"_field).as_number(), 1u);
    EXPECT_EQ(start->find("EffectiveUid"_field).as_number(), 0u);
}

TEST_F(LiveSensor, TellsOfAProgramThatHasCapabilities) {
    if (!has_program("setcap")) GTEST_SKIP() << "no setcap here";
    const std::string program = path("with-capabilities");
    std::filesystem::copy_file(std::filesystem::canonical("/bin/busybox"), program);
    in_shell(fmt::format("PATH=$PATH:/usr/sbin:/sbin setcap cap_net_raw+ep {}", program));
    const pid_t pid = in_child_that_succeeds([&] {
        if (setresgid(1, 1, 1) != 0 || setresuid(1, 1, 1) != 0) return 1;
        execl(program.c_str(), "true", nullptr);
        return 127;
    });
    catch_up();
    const auto gained = events(Kind::PrivilegeEnabled, pid);
    ASSERT_EQ(gained.size(), 1u);
    EXPECT_EQ(gained[0].text("Capability"_field), "CAP_NET_RAW");
    EXPECT_EQ(gained[0].text("CapabilitySet"_field), "effective permitted");
    EXPECT_EQ(gained[0].text("Image"_field), program);
}

TEST_F(LiveSensor, TellsOfPrivilegesInANewUserNamespace) {
    const pid_t pid = in_child([] {
        if (setresuid(1, 1, 1) != 0) return 1;
        return unshare(CLONE_NEWUSER);
    });
    catch_up();
    std::set<std::string> gained;
    std::optional<std::uint64_t> user_namespace;
    for (const EventView& view : events(Kind::PrivilegeEnabled, pid)) {
        gained.insert(std::string(view.text("Capability"_field)));
        user_namespace = view.find("UserNamespace"_field).as_number();
    }
    EXPECT_TRUE(gained.contains("CAP_SYS_ADMIN"));
    EXPECT_GE(gained.size(), 38u) << "all that the kernel knows";
    EXPECT_NE(user_namespace, std::nullopt);
}

TEST_F(LiveSensor, CountsTheUseOfAPrivilegeAndTellsItOnce) {
    if (!hook("capability used").way) GTEST_SKIP() << "not seen here: " << hook("capability used").why_not;
    const std::string file = path("file");
    const pid_t pid = in_child_that_succeeds([&] {
        if (close(creat(file.c_str(), 0600)) != 0) return 1;
        for (uid_t i = 0; i < 300; ++i)
            if (chown(file.c_str(), 1 + i % 2, 0) != 0) return 2;
        return 0;
    });
    const pid_t refused = in_child_that_succeeds([&] {
        if (setresuid(2, 2, 2) != 0) return 1;
        return chown(file.c_str(), 3, 0) == 0 ? 2 : 0;
    });
    catch_up();
    std::vector<std::uint64_t> counts;
    for (const EventView& view : events(Kind::PrivilegeUsed, pid))
        if (view.text("Capability"_field) == "CAP_CHOWN") counts.push_back(*view.find("Count"_field).as_number());
    EXPECT_EQ(counts, (std::vector<std::uint64_t>{1, 16, 256}));
    const auto used = event(Kind::PrivilegeUsed, pid, "Capability"_field, "CAP_CHOWN");
    expect_fields(
        used, joined(actor(pid, this_image()), {{"Capability", "CAP_CHOWN"}, {"Count", "1"}, {"ContainerId?", "*"}}));
    ASSERT_TRUE(used);
    EXPECT_EQ(used->event.outcome, Outcome::Success);
    const auto denied = event(Kind::PrivilegeUsed, refused, "Capability"_field, "CAP_CHOWN");
    ASSERT_TRUE(denied);
    EXPECT_EQ(denied->event.outcome, Outcome::Failure);
}

}  // namespace
}  // namespace spoor::sensor
