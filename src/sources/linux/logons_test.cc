// Logons: what the records of one login come to, in whatever order they arrive.
#include "sources/linux/logons.h"

#include <gtest/gtest.h>

namespace spoor::sensor {
namespace {

constexpr std::uint64_t kLater = 3600ull * 1'000'000'000;

class Login : public testing::Test {
protected:
    void add(std::uint16_t type, std::string_view fields) {
        const auto record = parse_audit(type, std::string("audit(1795322887.339:1): ") + std::string(fields));
        ASSERT_TRUE(record);
        logons_.add(*record, batch_);
    }
    /// PAM in a child of sshd, which has the password, and sshd itself at the end of the connection.
    void pam_refuses(std::uint32_t pid, std::string_view account) {
        add(1100, "pid=" + std::to_string(pid) +
                      " uid=0 auid=4294967295 ses=4294967295 msg='op=PAM:authentication acct=\"" +
                      std::string(account) +
                      "\" exe=\"/usr/sbin/sshd\" hostname=10.0.0.7 addr=10.0.0.7 terminal=ssh res=failed'");
    }
    void sshd_refuses(std::uint32_t pid, std::string_view account) {
        add(1112, "pid=" + std::to_string(pid) + " uid=0 auid=4294967295 ses=4294967295 msg='op=login acct=\"" +
                      std::string(account) +
                      "\" exe=\"/usr/sbin/sshd\" hostname=? addr=10.0.0.7 terminal=sshd res=failed'");
    }
    /// sshd as process `server`, its child as `asker`, neither of which there is on the machine of the test.
    void know(std::uint32_t server, std::uint32_t asker) {
        fork_record record{};
        record.header.pid = record.header.tid = server;
        record.header.session = record.header.login_uid = record.child_session = kUnset;
        record.child_pid = asker;
        record.child_start = 1;
        host_.processes.forked(host_.processes.of(record.header), record);
    }
    std::vector<EventView> failures() {
        logons_.settle(BootClock::now() + kLater, batch_);
        std::vector<EventView> found;
        for (const Event& event : batch_.events())
            if (event.kind == Kind::LogonFailed) found.push_back({batch_, event});
        return found;
    }

    Catalog catalog_;
    HostContext host_{catalog_, "VM", "machine", "boot"};
    Logons logons_{host_};
    Batch batch_;
};

constexpr std::uint32_t kServer = 5'000'001;  // above the kernel's largest process numbers
constexpr std::uint32_t kAsker = 5'000'002;

TEST_F(Login, FailsOnceWhicheverRecordComesFirst) {
    for (const bool sshd_first : {true, false}) {
        batch_.clear();
        know(kServer, kAsker);
        if (sshd_first) sshd_refuses(kServer, "root");
        pam_refuses(kAsker, "root");
        if (!sshd_first) sshd_refuses(kServer, "root");
        const auto told = failures();
        ASSERT_EQ(told.size(), 1u) << sshd_first;
        EXPECT_EQ(told[0].text("TargetUserName"_field), "root");
        EXPECT_EQ(told[0].find("ProcessId"_field).as_number(), kAsker) << "by PAM, which knows more";
        EXPECT_EQ(told[0].find("Tty"_field).type, ValueType::Null) << "\"ssh\" is no terminal";
    }
}

TEST_F(Login, FailsOnceWhenItsProcessesBecomeKnownLater) {
    pam_refuses(kAsker, "root");
    sshd_refuses(kServer, "root");
    know(kServer, kAsker);
    EXPECT_EQ(failures().size(), 1u);
}

TEST_F(Login, FailsOnceForSshdAlone) {
    sshd_refuses(kServer, "root");
    sshd_refuses(kServer, "root");
    const auto told = failures();
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].find("Tty"_field).type, ValueType::Null) << "nor is \"sshd\"";
}

TEST_F(Login, FailsForEachConnection) {
    sshd_refuses(kServer, "root");
    pam_refuses(kServer + 10, "root");
    sshd_refuses(kServer + 20, "root");
    EXPECT_EQ(failures().size(), 3u) << "from one address, and yet three logins";
}

TEST_F(Login, NamesATerminalInOneSpelling) {
    const std::pair<const char*, const char*> kSpellings[] = {
        {"/dev/pts/3", "pts/3"}, {"pts3", "pts/3"}, {"pts/3", "pts/3"}, {"tty1", "tty1"}, {"/dev/ttyS0", "ttyS0"}};
    for (const auto& [written, shown] : kSpellings) {
        batch_.clear();
        add(1100, std::string("pid=5000003 auid=1 ses=7 msg='acct=\"root\" exe=\"/usr/bin/su\" addr=? terminal=") +
                      written + " res=failed'");
        ASSERT_EQ(batch_.size(), 1u);
        EXPECT_EQ(batch_.text(batch_.events()[0], "Tty"_field), shown) << written;
    }
    for (const char* const none : {"ssh", "sshd", "cron", "?", "(none)", ""}) {
        batch_.clear();
        add(1100, std::string("pid=5000003 auid=1 ses=7 msg='acct=\"root\" exe=\"/usr/bin/su\" addr=? terminal=") +
                      none + " res=failed'");
        ASSERT_EQ(batch_.size(), 1u);
        EXPECT_EQ(batch_.find(batch_.events()[0], "Tty"_field).type, ValueType::Null) << none;
    }
}

}  // namespace
}  // namespace spoor::sensor
