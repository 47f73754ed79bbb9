#include <gtest/gtest.h>

#include <ctime>

#include "sessions/attribution.h"
#include "sessions/made_events_test.h"

namespace spoor::sessions {
namespace {

std::uint64_t logon_id_of(const History& history, std::uint32_t session) {
    return session == kNobody ? 0 : history.sessions[session].key.logon_id.value();
}

std::vector<const Process*> processes_of(const History& history, std::uint64_t pid) {
    std::vector<const Process*> found;
    for (const Process& process : history.processes)
        if (process.pid == pid) found.push_back(&process);
    return found;
}

TEST(Processes, SeenBySecurityAndBySysmonAreOne) {
    Made made;
    made.started(10.0, 4242, "C:\\Windows\\System32\\cmd.exe", 0x3e7, 0x50000, 100);
    made.sysmon_started(10.4, 7, 0x11, 4242, "c:\\windows\\system32\\CMD.EXE", 0x50000, 1);
    const History history = made.history();
    const auto found = processes_of(history, 4242);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_FALSE(found[0]->guid.is_zero());
    EXPECT_EQ(found[0]->evidence.size(), 2u);
    EXPECT_EQ(logon_id_of(history, found[0]->session), 0x50000u);
    EXPECT_EQ(found[0]->session_strength, Strength::Certain);
}

TEST(Processes, BelongToTheTargetOf4688WhereItHasOne) {
    Made made;
    made.started(10, 100, "C:\\a.exe", 0x3e7, 0x50000);
    made.started(11, 200, "C:\\b.exe", 0x60000);
    const History history = made.history();
    EXPECT_EQ(logon_id_of(history, processes_of(history, 100)[0]->session), 0x50000u);
    EXPECT_EQ(logon_id_of(history, processes_of(history, 200)[0]->session), 0x60000u);
}

TEST(Processes, OfOneIdInGreatNumberTakeNoLongerThanOthers) {
    Made made;
    constexpr std::size_t kMany = 200'000;
    for (std::size_t i = 0; i < kMany; ++i)
        made.started(10 + 1e-5 * static_cast<double>(i), 7, "C:\\made_up.exe", 0x3e7, 0x50000, 100);
    const std::clock_t begun = std::clock();
    EXPECT_EQ(processes_of(made.history(), 7).size(), kMany);
    EXPECT_LT((std::clock() - begun) / CLOCKS_PER_SEC, 10) << "seconds; one by one with each other it is minutes";
}

TEST(Processes, OfAUserWithManyPastSessionsTakeNoLongerThanOthers) {
    Made made;
    constexpr std::size_t kMany = 100'000;
    for (std::size_t i = 0; i < kMany; ++i) {
        made.logon(10 + 1e-3 * static_cast<double>(i), 0x50000 + i, "jimmy");
        made.logoff(10 + 1e-3 * static_cast<double>(i), 0x50000 + i, "jimmy");
    }
    for (std::size_t i = 0; i < kMany; ++i)
        made.row(Kind::NetworkConnection, 3, 1000 + 1e-3 * static_cast<double>(i), Made::kSysmon)
            .guid("ProcessGuid"_field, sysmon_guid(at(1000), 1, i))
            .number("ProcessId"_field, i + 100)
            .text("User"_field, "CORP\\jimmy");
    const std::clock_t begun = std::clock();
    EXPECT_EQ(made.history().processes.size(), kMany);
    EXPECT_LT((std::clock() - begun) / CLOCKS_PER_SEC, 10) << "seconds; one by one with each session more than fifty";
}

TEST(Processes, OfOneIdAreToldApartByTimeAndProgram) {
    Made made;
    made.started(10, 4242, "C:\\first.exe", 0x50000);
    made.row(Kind::ProcessExited, 4689, 60)
        .subject(0x50000, "x")
        .number("ProcessId"_field, 4242)
        .text("Image"_field, "C:\\first.exe")
        .number("ExitCode"_field, 3);
    made.started(200, 4242, "C:\\second.exe", 0x60000);
    made.row(Kind::NetworkConnection, 5156, 30)
        .number("ProcessId"_field, 4242)
        .text("Image"_field, "\\device\\harddiskvolume2\\first.exe");
    made.row(Kind::NetworkConnection, 5156, 230)
        .number("ProcessId"_field, 4242)
        .text("Image"_field, "\\device\\harddiskvolume2\\second.exe");
    const History history = made.history();
    const auto found = processes_of(history, 4242);
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0]->end, at(60));
    EXPECT_EQ(found[0]->exit_code, 3u);
    EXPECT_EQ(found[0]->last_seen, at(60));
    EXPECT_EQ(found[1]->last_seen, at(230));

    const Attribution attribution(history);
    EXPECT_EQ(logon_id_of(history, attribution.actor(made.batch, made.batch.events()[3]).session), 0x50000u)
        << "through its process";
    EXPECT_EQ(logon_id_of(history, attribution.actor(made.batch, made.batch.events()[4]).session), 0x60000u);
}

TEST(Processes, ThatStartedBeforeTheLogsAreOfTheSessionThatTheirChildrensRecordsName) {
    Made made;
    // A service that works under its caller's identity for a while, and starts a program under its own.
    made.row(Kind::PrivilegeUsed, 4674, 10)
        .subject(0x50000, "jimmy")
        .number("ProcessId"_field, 1048)
        .text("Image"_field, "C:\\Windows\\explorer.exe");
    made.started(20, 4242, "C:\\Windows\\System32\\rundll32.exe", 0x3e7, 0, 1048);
    const History history = made.history();
    const auto parent = processes_of(history, 1048);
    ASSERT_EQ(parent.size(), 1u);
    EXPECT_EQ(logon_id_of(history, parent[0]->session), 0x3e7u);
    EXPECT_EQ(parent[0]->session_strength, Strength::Strong);
}

TEST(Processes, OfAnotherSessionAreNotTheCreatorsThatOldWindowsNamesByNumberOnly) {
    for (const std::uint64_t creator : {0x50000u, 0x60000u}) {
        Made made;
        made.started(10, 564, "C:\\Windows\\System32\\conhost.exe", 0x50000, 0x50000);
        made.row(Kind::ProcessCreated, 4688, 700'000)
            .subject(creator, "x")
            .number("ProcessId"_field, 4242)
            .text("Image"_field, "C:\\Windows\\System32\\cmd.exe")
            .number("ParentProcessId"_field, 564);
        const History history = made.history();
        EXPECT_EQ(processes_of(history, 4242)[0]->parent != kNobody, creator == 0x50000);
    }
}

TEST(Processes, ThatStartOthersUnderAStolenIdentityStayWhatTheyWere) {
    Made made;
    for (const auto& [time, subject, pid, parent] :
         {std::tuple(10, 0x50000u, 4188u, 0u), std::tuple(12, 0x3e7u, 4242u, 4188u)})
        made.row(Kind::ProcessCreated, 4688, time)
            .subject(subject, "x")
            .number("ProcessId"_field, pid)
            .text("Image"_field, "C:\\Temp\\" + std::to_string(pid) + ".exe")
            .number("ParentProcessId"_field, parent);
    const History history = made.history();
    const Process& child = *processes_of(history, 4242)[0];
    ASSERT_NE(child.parent, kNobody);
    EXPECT_EQ(logon_id_of(history, history.processes[child.parent].session), 0x50000u);
    EXPECT_EQ(logon_id_of(history, child.session), 0x3e7u);
}

/// A shell that was there before the logs, and what Sysmon saw it start.
class OldShell {
public:
    static constexpr std::uint64_t kShell = 0x11;

    void child(double seconds, std::uint64_t logon_id, std::string_view integrity, double logon_seconds = -5000,
               std::string_view image = "C:\\Windows\\System32\\whoami.exe") {
        ++sequence_;
        made_.row(Kind::ProcessCreated, 1, seconds, Made::kSysmon)
            .guid("ProcessGuid"_field, sysmon_guid(at(seconds), 7, sequence_))
            .number("ProcessId"_field, sequence_)
            .text("Image"_field, image)
            .text("User"_field, "CORP\\jimmy")
            .number("LogonId"_field, logon_id)
            .guid("LogonGuid"_field, sysmon_guid(at(logon_seconds), 0, logon_id))
            .text("IntegrityLevel"_field, integrity)
            .guid("ParentProcessGuid"_field, sysmon_guid(at(-600), 7, kShell))
            .number("ParentProcessId"_field, kShell)
            .text("ParentImage"_field, shell)
            .text("ParentUser"_field, shells_user);
    }
    void connection(double seconds, std::string_view user) {
        made_.row(Kind::NetworkConnection, 3, seconds, Made::kSysmon)
            .guid("ProcessGuid"_field, sysmon_guid(at(-600), 7, kShell))
            .number("ProcessId"_field, kShell)
            .text("Image"_field, shell)
            .text("User"_field, user);
    }
    void prompt(double seconds) {
        ++sequence_;
        made_.sysmon_started(seconds, 7, sequence_, sequence_, "C:\\Windows\\System32\\consent.exe", 0x3e7, -9000);
    }
    /// A program of the same user that somebody else started.
    void other(double seconds, std::uint64_t logon_id) {
        ++sequence_;
        made_.sysmon_started(seconds, 7, sequence_, sequence_, "C:\\Windows\\explorer.exe", logon_id, -5000);
    }
    /// Its session, and how sure that is.
    std::pair<std::uint64_t, Strength> session() const {
        const History history = made_.history();
        const auto found = processes_of(history, kShell);
        return {logon_id_of(history, found.at(0)->session), found.at(0)->session_strength};
    }

    std::string shell = "C:\\shell.exe";
    std::string shells_user = {};  // whose it is by its children's records, which new ones say

private:
    Made made_;
    std::uint64_t sequence_ = 0x100;
};

TEST(Processes, ThatStartedBeforeTheLogsAreOfTheSessionThatSysmonSawThemStartProgramsIn) {
    OldShell shell;
    shell.connection(10, "CORP\\jimmy");
    shell.child(20, 0x50000, "High");
    shell.child(-900, 0x60000, "High");  // the user's other session, which an account alone would not tell apart
    EXPECT_EQ(shell.session().first, 0u) << "it is either";

    OldShell one;
    one.connection(10, "CORP\\jimmy");
    one.child(20, 0x50000, "Medium");
    EXPECT_EQ(one.session(), std::pair(std::uint64_t{0x50000}, Strength::Strong));
    one.child(30, 0x60000, "High");
    EXPECT_EQ(one.session(), std::pair(std::uint64_t{0x50000}, Strength::Strong)) << "it got more rights";
}

TEST(Processes, ThatStartedBeforeTheLogsAreKnownByTheUserThatTheirChildrensRecordsName) {
    for (const std::string_view user : {"CORP\\jimmy", "NT AUTHORITY\\SYSTEM"}) {
        OldShell shell;
        shell.shells_user = user;
        shell.child(20, 0x50000, "Medium");
        const auto [session, strength] = shell.session();
        EXPECT_EQ(session == 0x50000, user == "CORP\\jimmy") << "SYSTEM starts programs for those who sit there";
        if (session != 0) {
            EXPECT_EQ(strength, Strength::Strong);
        }
    }
}

TEST(Processes, ThatStartedBeforeTheLogsAreNotOfASessionThatWasMadeForTheirChild) {
    OldShell shell;
    shell.child(20, 0x50000, "High", 19);
    EXPECT_EQ(shell.session().first, 0u) << "runas /netonly";
    shell.child(30, 0x60000, "High");
    EXPECT_EQ(shell.session(), std::pair(std::uint64_t{0x60000}, Strength::Probable))
        << "and whose they are is not said";
}

TEST(Processes, ThatStartedBeforeTheLogsAreNotOfTheSessionThatAPromptLedTo) {
    OldShell shell;
    shell.prompt(19);
    shell.child(20, 0x60000, "High");
    EXPECT_EQ(shell.session().first, 0u);
    shell.child(90, 0x60000, "High");
    EXPECT_EQ(shell.session().first, 0x60000u) << "it started programs without being asked";

    OldShell limited;
    limited.connection(10, "CORP\\jimmy");
    limited.other(5, 0x50000);
    limited.prompt(19);
    limited.child(20, 0x60000, "High");
    EXPECT_EQ(limited.session(), std::pair(std::uint64_t{0x50000}, Strength::Probable)) << "the user's other session";
}

TEST(Processes, OfTheSystemThatStartOnesForTheirUsersStayTheSystems) {
    OldShell shell;
    shell.connection(10, "NT AUTHORITY\\SYSTEM");
    shell.child(20, 0x50000, "Medium");
    EXPECT_NE(shell.session().first, 0x50000u) << "a service";
    OldShell broker;
    broker.shell = "C:\\Windows\\System32\\svchost.exe";
    broker.child(20, 0x50000, "Medium");
    EXPECT_EQ(broker.session().first, 0u);
}

TEST(Processes, WhoseStartWasNotLoggedAreThereFromTheirFirstRecord) {
    Made made;
    made.row(Kind::ObjectAccessed, 4663, 30)
        .subject(0x50000, "x")
        .number("ProcessId"_field, 900)
        .text("Image"_field, "C:\\a.exe");
    made.row(Kind::NetworkConnection, 5156, 31).number("ProcessId"_field, 900).text("Image"_field, "C:\\a.exe");
    const History history = made.history();
    ASSERT_EQ(history.processes.size(), 1u);
    EXPECT_FALSE(history.processes[0].start);
    EXPECT_EQ(logon_id_of(history, history.processes[0].session), 0x50000u) << "its records always had this subject";
    EXPECT_EQ(history.processes[0].session_strength, Strength::Strong);
}

TEST(Processes, InheritASessionButNotFromABroker) {
    Made made;
    const auto child = [&](double seconds, std::uint64_t sequence, std::uint64_t parent,
                           std::string_view parent_image) {
        made.row(Kind::NetworkConnection, 3, seconds + 1, Made::kSysmon)
            .guid("ProcessGuid"_field, sysmon_guid(at(seconds), 7, sequence))
            .text("Image"_field, "C:\\c.exe");
        made.row(Kind::ProcessCreated, 1, seconds, Made::kSysmon)
            .guid("ProcessGuid"_field, sysmon_guid(at(seconds), 7, sequence))
            .number("ProcessId"_field, sequence)
            .text("Image"_field, "C:\\c.exe")
            .guid("ParentProcessGuid"_field, sysmon_guid(at(5), 7, parent))
            .text("ParentImage"_field, parent_image);
    };
    made.sysmon_started(5, 7, 0x11, 0x11, "C:\\shell.exe", 0x50000, 1);
    made.sysmon_started(5, 7, 0x12, 0x12, "C:\\Windows\\System32\\svchost.exe", 0x3e7, 1);
    child(20, 0x21, 0x11, "C:\\shell.exe");
    child(20, 0x22, 0x12, "C:\\Windows\\System32\\svchost.exe");
    const History history = made.history();
    EXPECT_EQ(logon_id_of(history, processes_of(history, 0x21)[0]->session), 0x50000u);
    EXPECT_EQ(processes_of(history, 0x21)[0]->session_strength, Strength::Probable);
    EXPECT_EQ(processes_of(history, 0x22)[0]->session, kNobody);
    EXPECT_EQ(history.processes[processes_of(history, 0x21)[0]->parent].pid, 0x11u);
}

TEST(Attribution, PutsWhatAServiceDoesForAClientDownToTheClient) {
    Made made;
    made.started(5, 700, "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe", 0x3e4);
    made.row(Kind::PrivilegesAdjusted, 4703, 10)
        .subject(0x50000, "jimmy")
        .number("ProcessId"_field, 700)
        .text("Image"_field, "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe");
    const History history = made.history();
    const Actor actor = Attribution(history).actor(made.batch, made.batch.events()[1]);
    EXPECT_EQ(logon_id_of(history, actor.session), 0x50000u);
    EXPECT_EQ(logon_id_of(history, actor.adopted_session), 0x50000u);
}

TEST(Attribution, PutsWhatAUserDoesUnderAnotherIdentityDownToTheUser) {
    Made made;
    made.started(5, 700, "C:\\Users\\jimmy\\tool.exe", 0x50000);
    made.row(Kind::PrivilegesAdjusted, 4703, 10)
        .subject(0x3e7, "WS07$")
        .number("ProcessId"_field, 700)
        .text("Image"_field, "C:\\Users\\jimmy\\tool.exe");
    const History history = made.history();
    const Actor actor = Attribution(history).actor(made.batch, made.batch.events()[1]);
    EXPECT_EQ(logon_id_of(history, actor.session), 0x50000u);
    EXPECT_EQ(logon_id_of(history, actor.adopted_session), 0x3e7u);
}

TEST(Attribution, KnowsWhichBootAReusedLogonIdBelongsTo) {
    Made made;
    made.logon(10, 0x50000, "jimmy");
    made.row(Kind::SystemStarted, 4608, 1000);
    made.logon(1010, 0x50000, "brian");
    made.row(Kind::ObjectAccessed, 4663, 20).subject(0x50000, "jimmy").numbered(1001);
    const History history = made.history();
    const Attribution attribution(history);
    const HostId host = made.catalog.host("WS07");
    EXPECT_EQ(history.sessions[attribution.session_at(host, LogonId(0x50000), at(500))].user.name, "jimmy");
    EXPECT_EQ(history.sessions[attribution.session_at(host, LogonId(0x50000), at(2000))].user.name, "brian");
    EXPECT_EQ(attribution.session_at(host, LogonId(0x77777), at(500)), kNobody);
}

}  // namespace
}  // namespace spoor::sessions
