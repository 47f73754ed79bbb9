// AuditLog: what the log of an auditd comes to, plain and enriched.
#include "sources/linux/audit_log/audit_log.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "sources/linux/host/proc.h"

namespace spoor::sensor {
namespace {

class AuditLogTest : public testing::Test {
protected:
    void read(std::string_view text) {
        while (!text.empty()) {
            const std::size_t end = std::min(text.find('\n'), text.size());
            EXPECT_TRUE(log_.add(text.substr(0, end), batch_)) << text.substr(0, end);
            text.remove_prefix(std::min(end + 1, text.size()));
        }
        log_.finish(batch_);
    }
    std::vector<EventView> of(Kind kind) const {
        std::vector<EventView> found;
        for (const Event& event : batch_.events())
            if (event.kind == kind) found.push_back({batch_, event});
        return found;
    }

    Catalog catalog_;
    AuditLog log_{catalog_, "web01"};
    Batch batch_;
};

// As RHEL 8's auditd wrote it for a login by password, with the child that asks for it (2630) apart from sshd (2628).
constexpr std::string_view kLogin =
    R"(type=CRYPTO_SESSION msg=audit(1700000000.001:100): pid=2627 uid=0 auid=4294967295 ses=4294967295 subj=system_u:system_r:sshd_t:s0 msg='op=start direction=from-server cipher=aes256-gcm@openssh.com ksize=256 mac=<implicit> pfs=curve25519-sha256 spid=2630 suid=74 rport=50912 laddr=10.0.0.5 lport=22  exe="/usr/sbin/sshd" hostname=? addr=10.0.0.7 terminal=? res=success'
type=CRYPTO_SESSION msg=audit(1700000000.001:101): pid=2627 uid=0 auid=4294967295 ses=4294967295 msg='op=start direction=from-client cipher=aes256-gcm@openssh.com ksize=256 spid=2630 suid=74 rport=50912 laddr=10.0.0.5 lport=22  exe="/usr/sbin/sshd" hostname=? addr=10.0.0.7 terminal=? res=success'
type=USER_AUTH msg=audit(1700000001.339:102): pid=2630 uid=0 auid=4294967295 ses=4294967295 msg='op=PAM:authentication grantors=pam_unix acct="alice" exe="/usr/sbin/sshd" hostname=10.0.0.7 addr=10.0.0.7 terminal=ssh res=success'
type=USER_ACCT msg=audit(1700000001.341:103): pid=2630 uid=0 auid=4294967295 ses=4294967295 msg='op=PAM:accounting grantors=pam_unix acct="alice" exe="/usr/sbin/sshd" hostname=10.0.0.7 addr=10.0.0.7 terminal=ssh res=success'
type=CRED_ACQ msg=audit(1700000001.343:104): pid=2628 uid=0 auid=4294967295 ses=4294967295 msg='op=PAM:setcred grantors=pam_unix acct="alice" exe="/usr/sbin/sshd" hostname=10.0.0.7 addr=10.0.0.7 terminal=ssh res=success'
type=LOGIN msg=audit(1700000001.344:105): pid=2628 uid=0 old-auid=4294967295 auid=1001 tty=(none) old-ses=4294967295 ses=3 res=1
type=USER_START msg=audit(1700000001.398:106): pid=2628 uid=0 auid=1001 ses=3 msg='op=PAM:session_open grantors=pam_unix acct="alice" exe="/usr/sbin/sshd" hostname=10.0.0.7 addr=10.0.0.7 terminal=ssh res=success'
type=USER_LOGIN msg=audit(1700000001.450:107): pid=2628 uid=0 auid=1001 ses=3 msg='op=login id=1001 exe="/usr/sbin/sshd" hostname=10.0.0.7 addr=10.0.0.7 terminal=/dev/pts/0 res=success'
)";

TEST_F(AuditLogTest, TellsOfALoginFromTheRecordsOfItsProcesses) {
    read(kLogin);
    const auto logons = of(Kind::Logon);
    ASSERT_EQ(logons.size(), 1u);
    EXPECT_EQ(catalog_.host_name(logons[0].event.host), "WEB01");
    EXPECT_EQ(logons[0].text("TargetUserName"_field), "alice") << "a plain log has its name in PAM's records alone";
    EXPECT_EQ(logons[0].find("TargetLogonId"_field).as_number(), 3u);
    EXPECT_EQ(logons[0].find("LogonType"_field).as_number(), 3u);
    EXPECT_EQ(logons[0].text("LogonProcessName"_field), "sshd");
    EXPECT_EQ(logons[0].text("Method"_field), "password");
    EXPECT_EQ(logons[0].find("IpAddress"_field).as_address(), IpAddress::parse("10.0.0.7").value());
    EXPECT_EQ(of(Kind::TerminalLogon).size(), 1u);
    const auto connections = of(Kind::NetworkConnection);
    ASSERT_EQ(connections.size(), 1u) << "one, though there is a record for each direction";
    EXPECT_EQ(connections[0].find("SourcePort"_field).as_number(), 50912u);
    EXPECT_EQ(connections[0].text("Initiated"_field), "false");
}

TEST_F(AuditLogTest, KnowsHowALoginWasProvedAfterAFloodOfOthers) {
    std::string flood;
    for (int i = 0; i < 20'000; ++i)
        flood += fmt::format(
            "type=USER_AUTH msg=audit(1700000000.500:{0}): pid={0} uid=0 auid=4294967295 ses=4294967295 "
            "msg='op=PAM:authentication acct=\"a{0}\" exe=\"/usr/sbin/sshd\" addr=10.0.0.8 res=success'\n",
            10'000 + i);
    read(flood);
    read(kLogin);
    ASSERT_EQ(of(Kind::Logon).size(), 1u);
    EXPECT_EQ(of(Kind::Logon)[0].text("Method"_field), "password");
    EXPECT_EQ(of(Kind::Logon)[0].text("LogonProcessName"_field), "sshd");
}

TEST_F(AuditLogTest, EndsASessionWithTheLastRecordOfWhoLoggedOn) {
    for (const bool cron : {false, true}) {
        batch_.clear();
        read(kLogin);
        const std::string end =
            R"(type=USER_END msg=audit(1700000100.100:200): pid=2628 uid=0 auid=1001 ses=3 msg='op=PAM:session_close acct="alice" exe="/usr/sbin/sshd" hostname=10.0.0.7 addr=10.0.0.7 terminal=ssh res=success')";
        const std::string disposed =
            R"(type=CRED_DISP msg=audit(1700000100.200:201): pid=2628 uid=0 auid=1001 ses=3 msg='op=PAM:setcred acct="alice" exe="/usr/sbin/sshd" hostname=10.0.0.7 addr=10.0.0.7 terminal=ssh res=success')";
        read(
            R"(type=USER_END msg=audit(1700000050.100:150): pid=2700 uid=0 auid=1001 ses=3 msg='op=PAM:session_close acct="root" exe="/usr/bin/sudo" hostname=? addr=? terminal=/dev/pts/0 res=success')");
        EXPECT_TRUE(of(Kind::LogoffRequested).empty()) << "sudo's is none";
        read(cron ? disposed : end);
        EXPECT_TRUE(of(Kind::Logoff).empty());
        read(cron ? end : disposed);
        ASSERT_EQ(of(Kind::Logoff).size(), 1u) << cron;
        EXPECT_EQ(of(Kind::LogoffRequested).size(), 1u);
        EXPECT_EQ(of(Kind::Logoff)[0].text("TargetUserName"_field), "alice");
    }
}

TEST_F(AuditLogTest, TellsOfAProgramFromAllRecordsOfItsNumber) {
    read(
        R"(type=SYSCALL msg=audit(1700000010.001:300): arch=c000003e syscall=59 success=yes exit=0 a0=55d a1=55e a2=55f a3=8 items=2 ppid=2660 pid=2661 auid=1001 uid=1001 gid=1001 euid=0 suid=0 fsuid=0 egid=1001 sgid=1001 fsgid=1001 tty=pts0 ses=3 comm="sh" exe="/usr/bin/bash" subj=unconfined key="exec"
type=USER_CMD msg=audit(1700000010.002:299): pid=2650 uid=1001 auid=1001 ses=3 msg='cwd="/home/alice" cmd=6C73202D6C exe="/usr/bin/sudo" terminal=pts/0 res=success'
type=EXECVE msg=audit(1700000010.001:300): argc=4 a0="sh" a1="-c" a2=6563686F20226122 a3_len=4 a3[0]="ab" a3[1]="cd"
type=CWD msg=audit(1700000010.001:300): cwd="/home/alice"
type=PATH msg=audit(1700000010.001:300): item=0 name="/bin/sh" inode=1234 dev=fd:00 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL
type=PROCTITLE msg=audit(1700000010.001:300): proctitle=7368002D63
type=EOE msg=audit(1700000010.001:300):
type=SYSCALL msg=audit(1700000011.001:301): arch=c000003e syscall=59 success=yes exit=0 items=2 ppid=2661 pid=2662 auid=1001 uid=0 gid=0 euid=0 tty=pts0 ses=3 comm="id" exe="/usr/bin/id" key=(null)
type=EXECVE msg=audit(1700000011.001:301): argc=1 a0="id")");
    const auto started = of(Kind::ProcessCreated);
    ASSERT_EQ(started.size(), 2u);
    EXPECT_EQ(started[0].text("Image"_field), "/usr/bin/bash");
    EXPECT_EQ(started[0].text("CommandLine"_field), R"(sh -c "echo \"a\"" abcd)");
    EXPECT_EQ(started[0].text("CurrentDirectory"_field), "/home/alice");
    EXPECT_EQ(started[0].find("LogonId"_field).as_number(), 3u);
    EXPECT_EQ(started[0].find("EffectiveUid"_field).as_number(), 0u);
    EXPECT_EQ(started[0].text("Tty"_field), "pts/0");
    EXPECT_EQ(started[1].find("ParentProcessGuid"_field).as_guid(), started[0].find("ProcessGuid"_field).as_guid());
    EXPECT_EQ(started[1].text("ParentImage"_field), "/usr/bin/bash");
    const auto used = of(Kind::ExplicitCredentials);
    ASSERT_EQ(used.size(), 1u);
    EXPECT_EQ(used[0].text("CommandLine"_field), "ls -l");
}

TEST_F(AuditLogTest, ForgetsProgramsRatherThanHoldAllThatALogMakesUp) {
    const auto started = [this](int pid, int parent, std::size_t length) {
        const std::string head = fmt::format("msg=audit(1700000010.001:{}): ", pid);
        std::string text = fmt::format(
            "type=SYSCALL {}arch=c000003e syscall=59 success=yes ppid={} pid={} exe=\"/bin/x\"\n", head, parent, pid);
        const std::string piece(std::min<std::size_t>(length, 60'000), 'x');
        for (std::size_t i = 0; i * piece.size() < length; ++i)
            text += fmt::format("type=EXECVE {}a0[{}]=\"{}\"\n", head, i, piece);
        read(text);
    };
    const auto parent_of_last = [this] { return of(Kind::ProcessCreated).back().text("ParentCommandLine"_field); };
    started(10, 1, 5);
    started(11, 10, 5);
    EXPECT_EQ(parent_of_last(), "xxxxx");
    for (int pid = 100; pid < 120; ++pid) started(pid, 10, 3'600'000);
    batch_.clear();
    started(12, 10, 5);
    EXPECT_EQ(parent_of_last(), "");
}

TEST_F(AuditLogTest, TakesNamesAndHostsFromWhereTheyAreTold) {
    read(
        "node=db02.example type=USER_CMD msg=audit(1700000010.002:299): pid=2650 uid=1002 auid=1002 ses=4 "
        "msg='cwd=\"/\" cmd=\"id\" exe=\"/usr/bin/sudo\" terminal=? res=success'\x1dUID=\"bob\" AUID=\"bob\"");
    const auto used = of(Kind::ExplicitCredentials);
    ASSERT_EQ(used.size(), 1u);
    EXPECT_EQ(used[0].text("SubjectUserName"_field), "bob");
    EXPECT_EQ(catalog_.host_name(used[0].event.host), "DB02");
    EXPECT_FALSE(log_.lacks_names());
}

TEST_F(AuditLogTest, TellsOfAFailureOnceWhicheverRecordComesFirst) {
    constexpr std::string_view kPam =
        R"(type=USER_AUTH msg=audit(1700000001.100:10): pid=3001 uid=0 auid=4294967295 ses=4294967295 msg='op=PAM:authentication grantors=? acct="root" exe="/usr/sbin/sshd" hostname=10.0.0.7 addr=10.0.0.7 terminal=ssh res=failed')";
    constexpr std::string_view kSshd =
        R"(type=USER_LOGIN msg=audit(1700000001.200:11): pid=3000 uid=0 auid=4294967295 ses=4294967295 msg='op=login acct="root" exe="/usr/sbin/sshd" hostname=? addr=10.0.0.7 terminal=ssh res=failed')";
    for (const bool pam_first : {true, false}) {
        batch_.clear();
        AuditLog log(catalog_, "web01");
        EXPECT_TRUE(log.add(pam_first ? kPam : kSshd, batch_));
        EXPECT_TRUE(log.add(pam_first ? kSshd : kPam, batch_));
        log.finish(batch_);
        ASSERT_EQ(of(Kind::LogonFailed).size(), 1u) << pam_first;
        EXPECT_EQ(of(Kind::LogonFailed)[0].find("ProcessId"_field).as_number(), 3001u);
    }
}

TEST_F(AuditLogTest, TellsOfConnectionsAndFilesThatRulesWatch) {
    read(
        R"(type=SYSCALL msg=audit(1700000010.001:300): arch=c000003e syscall=42 success=no exit=-115 items=0 ppid=1 pid=900 auid=1001 uid=1001 euid=1001 ses=3 comm="ssh" exe="/usr/bin/ssh" key="net"
type=SOCKADDR msg=audit(1700000010.001:300): saddr=02000016C0A801050000000000000000
type=SYSCALL msg=audit(1700000010.002:301): arch=c000003e syscall=257 success=yes exit=3 items=2 ppid=1 pid=901 auid=1001 uid=0 euid=0 ses=3 comm="vi" exe="/usr/bin/vi" key="cron"
type=CWD msg=audit(1700000010.002:301): cwd="/etc/cron.d"
type=PATH msg=audit(1700000010.002:301): item=0 name="/etc/cron.d" inode=1 nametype=PARENT
type=PATH msg=audit(1700000010.002:301): item=1 name="job" inode=2 nametype=CREATE
type=SYSCALL msg=audit(1700000010.003:302): arch=c000003e syscall=41 success=yes exit=3 ppid=1 pid=901 auid=1001 uid=0 euid=0 ses=3 comm="vi" exe="/usr/bin/vi" key="odd")");
    ASSERT_EQ(of(Kind::NetworkConnection).size(), 1u);
    const EventView connection = of(Kind::NetworkConnection)[0];
    EXPECT_EQ(connection.find("DestinationIp"_field).as_address(), IpAddress::parse("192.168.1.5").value());
    EXPECT_EQ(connection.find("DestinationPort"_field).as_number(), 22u);
    ASSERT_EQ(of(Kind::FileCreated).size(), 1u);
    EXPECT_EQ(of(Kind::FileCreated)[0].text("TargetFilename"_field), "/etc/cron.d/job");
    ASSERT_EQ(of(Kind::Other).size(), 1u) << "nothing is dropped";
}

TEST_F(AuditLogTest, RefusesWhatIsNoRecord) {
    for (const std::string_view line : {"", "----", "type=LOGIN", "type=LOGIN msg=audit(x)", "msg=audit(1.000:1):",
                                        "type=LOGIN msg=audit(11/28/2026 17:00:00.123:45) : pid=1"})
        EXPECT_FALSE(log_.add(line, batch_)) << line;
    EXPECT_FALSE(log_.add(std::string(kLongestAuditLine + 1, 'a'), batch_));
    EXPECT_EQ(batch_.size(), 0u);
}

TEST(AuditLogs, AreKnownByTheirFirstLine) {
    EXPECT_TRUE(is_audit_log("type=DAEMON_START msg=audit(1700000000.001:1): op=start"));
    EXPECT_TRUE(is_audit_log("node=web01 type=LOGIN msg=audit(1700000000.001:1): "));
    for (const std::string_view other : {"", "type=", "node=a", "type=x msg=y", "Nov 28 web01 audit: type=LOGIN"})
        EXPECT_FALSE(is_audit_log(other)) << other;
}

TEST(AuditLogs, AreLikelyOfTheHostThatTheirFolderIsCalledAfter) {
    EXPECT_EQ(host_by_path("case/web01/var/log/audit/audit.log.1"), "web01");
    EXPECT_EQ(host_by_path("case/web01.tar.gz!var/log/audit/audit.log"), "web01");
    EXPECT_EQ(host_by_path("web01.log"), "web01");
    EXPECT_EQ(host_by_path("audit.log"), "linux");
    EXPECT_EQ(host_by_path("/var/log/audit/audit.log"), host_name_of_this_machine());
}

}  // namespace
}  // namespace spoor::sensor
