#include "sessions/tracker.h"

#include <gtest/gtest.h>

#include "sessions/attribution.h"
#include "sessions/made_events_test.h"

namespace spoor::sessions {
namespace {

const Session& only(const History& history, std::uint64_t id) {
    const auto found = sessions_of(history, id);
    EXPECT_EQ(found.size(), 1u);
    static const Session kNone;
    return found.empty() ? kNone : *found.front();
}

TEST(Sessions, AreTheSameWhetherPrivilegesOrLogonComeFirst) {
    Made made;
    made.row(Kind::PrivilegesAssigned, 4672, 10)
        .subject(0x50000, "jimmy")
        .text("PrivilegeList"_field, "SeDebugPrivilege\n\t\t\tSeTcbPrivilege");
    made.logon(10, 0x50000, "jimmy");
    const History history = made.history();
    const Session& session = only(history, 0x50000);
    EXPECT_EQ(session.origin, Origin::Logged);
    EXPECT_EQ(session.privileges, "SeDebugPrivilege SeTcbPrivilege");
    EXPECT_EQ(session.start, at(10));
    EXPECT_EQ(session.evidence.size(), 2u);
}

TEST(Sessions, ProveThemselvesByTheirOwnLogonAndNotByTheOneThatNamedThem) {
    Made made;
    made.logon(10, 0x50000, "jimmy", LogonType::Interactive, 0x50010);
    made.logon(10, 0x50010, "jimmy", LogonType::Interactive, 0x50000);
    const History history = made.history();
    for (const std::uint64_t id : {0x50000, 0x50010}) {
        ASSERT_EQ(only(history, id).evidence.size(), 1u);
        EXPECT_EQ(only(history, id).evidence[0].sequence, id == 0x50000 ? 1001u : 1002u);
    }
}

TEST(Sessions, OfWhichOnlyTheUseOfAShareIsLoggedCameOverTheNetwork) {
    Made made;
    made.row(Kind::ShareFileAccessed, 5145, 60).subject(0x60000, "ann");
    made.row(Kind::ObjectAccessed, 4663, 60).subject(0x70000, "brian");
    const History history = made.history();
    EXPECT_EQ(only(history, 0x60000).type, LogonType::Network);
    EXPECT_EQ(only(history, 0x60000).origin, Origin::Inferred);
    EXPECT_EQ(only(history, 0x70000).type, LogonType::Unknown);
}

TEST(Sessions, EndWithTheLogoffAndNotWithTheWishForIt) {
    Made made;
    made.logon(10, 0x50000, "jimmy", LogonType::Interactive);
    made.row(Kind::LogoffRequested, 4647, 100).target(0x50000, "jimmy");
    made.logoff(130, 0x50000, "jimmy");
    made.logon(20, 0x60000, "brian", LogonType::Interactive);
    made.row(Kind::LogoffRequested, 4647, 140).target(0x60000, "brian");
    const History history = made.history();
    EXPECT_EQ(only(history, 0x50000).end, at(130));
    EXPECT_EQ(only(history, 0x50000).end_reason, EndReason::Logoff);
    EXPECT_EQ(only(history, 0x50000).logoff_requested, at(100));
    EXPECT_FALSE(only(history, 0x60000).end);
    EXPECT_EQ(only(history, 0x60000).end_reason, EndReason::LogoffRequested);
}

TEST(Sessions, DoNotEndBeforeTheyBegan) {
    Made made;
    made.logoff(10, 0x50000, "jimmy");
    made.logon(10.5, 0x50000, "jimmy");  // written after its own end
    const History history = made.history();
    const Session& session = only(history, 0x50000);
    EXPECT_EQ(session.start, at(10.5));
    EXPECT_EQ(session.end, at(10.5));
    EXPECT_EQ(session.end_reason, EndReason::Logoff);
}

TEST(Sessions, ThatRemoteManagementRunsInCameOverTheNetwork) {
    Made made;
    made.started(10, 100, "C:\\Windows\\System32\\wsmprovhost.exe", 0x3e7, 0x50000);
    made.started(20, 101, "C:\\Windows\\System32\\cmd.exe", 0x60000);
    const History history = made.history();
    EXPECT_EQ(only(history, 0x50000).type, LogonType::Network);
    EXPECT_EQ(only(history, 0x60000).type, LogonType::Unknown);
}

TEST(Sessions, ThatWmiRunsAProgramInCameOverTheNetworkUnlessSomebodySitsThere) {
    for (const std::uint64_t terminal : {0, 1}) {
        Made made;
        made.row(Kind::ProcessCreated, 1, 10, "Microsoft-Windows-Sysmon/Operational")
            .guid("ProcessGuid"_field, sysmon_guid(at(10), 1, 7))
            .number("ProcessId"_field, 100)
            .text("Image"_field, "C:\\Windows\\System32\\cmd.exe")
            .text("ParentImage"_field, "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe")
            .number("LogonId"_field, 0x50000)
            .number("TerminalSessionId"_field, terminal);
        EXPECT_EQ(only(made.history(), 0x50000).type, terminal == 0 ? LogonType::Network : LogonType::Unknown);
    }
}

TEST(Sessions, OfWhichOnlyTheEndIsLoggedAreThereAllTheSame) {
    Made made;
    made.logon(10, 0x50000, "jimmy");
    made.row(Kind::Logoff, 4634, 50).target(0x40000, "brian").number("LogonType"_field, 3);
    made.logon(90, 0x70000, "jimmy");
    made.row(Kind::ObjectAccessed, 4663, 60).subject(0x60000, "ann");
    const History history = made.history();
    const Session& ended = only(history, 0x40000);
    EXPECT_EQ(ended.origin, Origin::Inferred);
    EXPECT_EQ(ended.type, LogonType::Network);
    EXPECT_EQ(ended.user.name, "brian");
    EXPECT_EQ(ended.end, at(50));
    EXPECT_FALSE(ended.start);
    EXPECT_EQ(ended.started_before, at(10)) << "its logon id is lower";
    const Session& acting = only(history, 0x60000);
    EXPECT_EQ(acting.started_after, at(10));
    EXPECT_EQ(acting.started_before, at(60)) << "it was seen then";
}

TEST(Sessions, TakeTheAccountFromTheBestSourceInAnyOrder) {
    Made made;
    made.row(Kind::ProcessCreated, 1, 5, Made::kSysmon)
        .number("LogonId"_field, 0x50000)
        .text("User"_field, "CORP\\JIMMY")
        .number("ProcessId"_field, 44);
    made.row(Kind::Logon, 4624, 10)
        .target(0x50000, "jimmy")
        .text("TargetDomainName"_field, "CORP.EXAMPLE")
        .sid("TargetUserSid"_field, "S-1-5-21-1-2-3-1104")
        .number("LogonType"_field, 3);
    made.row(Kind::ObjectAccessed, 4663, 12).subject(0x50000, "jimmy2");
    const History history = made.history();
    EXPECT_EQ(to_string(only(history, 0x50000).user), "CORP.EXAMPLE\\jimmy");
    EXPECT_EQ(only(history, 0x50000).user.sid.to_string(), "S-1-5-21-1-2-3-1104");
    EXPECT_EQ(only(history, 0x50000).dns_domain, "CORP.EXAMPLE");
}

TEST(Sessions, OfAnAdministratorComeInPairs) {
    Made made;
    made.logon(10, 0x50000, "jimmy", LogonType::Interactive, 0x50030);
    const History history = made.history();
    EXPECT_EQ(only(history, 0x50000).linked.value(), 0x50030u);
    const Session& limited = only(history, 0x50030);
    EXPECT_EQ(limited.linked.value(), 0x50000u);
    EXPECT_EQ(limited.origin, Origin::Inferred) << "only its other half was logged";
    EXPECT_EQ(limited.elevated, false);
    EXPECT_EQ(limited.user.name, "jimmy");
}

TEST(Sessions, OfOlderWindowsArePairedByWhatTheyHaveInCommon) {
    Made made;
    const auto old_logon = [&](double seconds, std::uint64_t id, std::string_view user) {
        made.row(Kind::Logon, 4624, seconds)
            .subject(0x3e7, "WS07$")
            .target(id, user)
            .number("LogonType"_field, 2)
            .number("ProcessId"_field, 700);
    };
    old_logon(10, 0x50000, "jimmy");
    made.row(Kind::PrivilegesAssigned, 4672, 10)
        .subject(0x50000, "jimmy")
        .text("PrivilegeList"_field, "SeDebugPrivilege");
    old_logon(10, 0x50022, "jimmy");
    old_logon(20, 0x60000, "brian");
    old_logon(20.2, 0x60044, "ann");
    const History history = made.history();
    EXPECT_EQ(only(history, 0x50000).linked.value(), 0x50022u);
    EXPECT_EQ(only(history, 0x50000).linked_strength, Strength::Strong);
    EXPECT_EQ(only(history, 0x50000).elevated, true);
    EXPECT_EQ(only(history, 0x50022).elevated, false);
    EXPECT_EQ(only(history, 0x60000).linked, LogonId::none());
    EXPECT_EQ(only(history, 0x60044).linked, LogonId::none());
}

TEST(Sessions, OfSystemDoNotStartWithEachService) {
    Made made;
    made.logon(10, 0x3e7, "WS07$", LogonType::Service);
    made.logon(20, 0x3e7, "WS07$", LogonType::Service);
    made.logoff(30, 0x3e7, "WS07$");
    const History history = made.history();
    const Session& system = only(history, 0x3e7);
    EXPECT_EQ(system.origin, Origin::WellKnown);
    EXPECT_EQ(to_string(system.user), "NT AUTHORITY\\SYSTEM");
    EXPECT_FALSE(system.start);
    EXPECT_FALSE(system.end);
}

TEST(Sessions, KnownToSysmonAloneHaveTheStartOfItsGuid) {
    Made made;
    made.sysmon_started(500, 7, 0x11, 4242, "C:\\a.exe", 0x1f0000, 100);
    const History history = made.history();
    const Session& session = only(history, 0x1f0000);
    EXPECT_EQ(session.start, at(100));
    EXPECT_EQ(session.start_source, StartSource::SysmonLogonGuid);
    EXPECT_EQ(to_string(session.user), "CORP\\jimmy");
    EXPECT_EQ(session.terminal_session, 2u);
    EXPECT_EQ(session.integrity, "Medium");
    ASSERT_EQ(history.boots.size(), 1u);
    EXPECT_EQ(history.boots[0].sysmon_number, 7);
}

TEST(Sessions, DidNotBeginAfterTheyWereFirstSeen) {
    Made made;
    made.started(100, 4242, "C:\\Windows\\System32\\cmd.exe", 0x50000);
    // After a restart that nothing else tells of.
    made.sysmon_started(90'000, 7, 0x12, 4300, "C:\\Windows\\System32\\svchost.exe", 0x50000, 89'000);
    const History history = made.history();
    const Session& session = only(history, 0x50000);
    EXPECT_EQ(session.first_seen, at(100));
    EXPECT_FALSE(session.start);
}

TEST(Sessions, AreLockedAndDisconnectedUntilTheyAreNot) {
    Made made;
    made.logon(10, 0x50000, "jimmy", LogonType::RemoteInteractive);
    made.row(Kind::WorkstationLocked, 4800, 20).target(0x50000, "jimmy").number("SessionID"_field, 3);
    made.row(Kind::SessionDisconnected, 4779, 30)
        .number("LogonId"_field, 0x50000)
        .text("AccountName"_field, "jimmy")
        .text("SessionName"_field, "RDP-Tcp#4");
    {
        const History history = made.history();
        EXPECT_TRUE(only(history, 0x50000).locked);
        EXPECT_TRUE(only(history, 0x50000).disconnected);
        EXPECT_EQ(only(history, 0x50000).terminal_session, 3u);
    }
    made.row(Kind::SessionReconnected, 4778, 40)
        .number("LogonId"_field, 0x50000)
        .text("AccountName"_field, "jimmy")
        .text("SessionName"_field, "RDP-Tcp#5");
    made.row(Kind::WorkstationUnlocked, 4801, 41).target(0x50000, "jimmy").number("SessionID"_field, 3);
    const History history = made.history();
    EXPECT_FALSE(only(history, 0x50000).locked);
    EXPECT_FALSE(only(history, 0x50000).disconnected);
    EXPECT_EQ(only(history, 0x50000).window_station, "RDP-Tcp#5");
}

TEST(Sessions, OfRemoteDesktopsNameTheirClientAndNotTheServer) {
    for (const std::string_view client : {"10.0.0.9", "10.0.0.66"}) {
        Made made;
        made.row(Kind::Logon, 4624, 10)
            .target(0x50000, "jimmy")
            .number("LogonType"_field, 10)
            .text("WorkstationName"_field, "FS01")
            .text("IpAddress"_field, "10.0.0.9");
        made.row(Kind::SessionReconnected, 4778, 40)
            .number("LogonId"_field, 0x50000)
            .text("AccountName"_field, "jimmy")
            .text("ClientName"_field, "WS07")
            .text("ClientAddress"_field, client);
        const History history = made.history();
        EXPECT_EQ(only(history, 0x50000).workstation, client == "10.0.0.9" ? "WS07" : "");
        EXPECT_EQ(only(history, 0x50000).source_address->to_string(), "10.0.0.9");
    }
}

TEST(Sessions, EndWithTheirTerminalSessionWhereNothingBetterTellsIt) {
    Made made;
    made.logon(10, 0x50000, "jimmy", LogonType::RemoteInteractive);
    made.row(Kind::TerminalLogon, 21, 12, Made::kTerminal)
        .text("User"_field, "CORP\\jimmy")
        .number("SessionID"_field, 3)
        .text("Address"_field, "10.0.0.9");
    made.row(Kind::LogoffRequested, 4647, 99).target(0x50000, "jimmy");
    made.row(Kind::TerminalLogoff, 23, 100, Made::kTerminal)
        .text("User"_field, "CORP\\jimmy")
        .number("SessionID"_field, 3);
    made.logon(300, 0x90000, "jimmy", LogonType::RemoteInteractive);
    const History history = made.history();
    const Session& session = only(history, 0x50000);
    EXPECT_EQ(session.terminal_session, 3u);
    EXPECT_EQ(session.end, at(100));
    EXPECT_EQ(session.end_reason, EndReason::TerminalLogoff);
    EXPECT_EQ(session.source_address->to_string(), "10.0.0.9");
    EXPECT_FALSE(only(history, 0x90000).end) << "it began later";
}

TEST(Sessions, AreNoneWhereOnlyTheSessionManagerWroteAnything) {
    Made made;
    made.row(Kind::TerminalLogon, 21, 12, Made::kTerminal)
        .text("User"_field, "CORP\\jimmy")
        .number("SessionID"_field, 3);
    const History history = made.history();
    EXPECT_TRUE(history.sessions.empty());
    EXPECT_EQ(history.boots.size(), 1u);
}

TEST(Tracker, CountsTheSameRecordOnce) {
    Made made;
    made.logon(10, 0x50000, "jimmy");
    made.row(Kind::ObjectAccessed, 4663, 12).subject(0x50000, "jimmy");
    Tracker tracker;
    tracker.observe(made.batch, made.catalog);
    tracker.observe(made.batch, made.catalog);
    const History history = tracker.finish();
    EXPECT_EQ(only(history, 0x50000).event_count, 2u);
    EXPECT_EQ(only(history, 0x50000).evidence.size(), 1u);
}

TEST(Tracker, KeepsHostsApart) {
    Made made;
    made.logon(10, 0x50000, "jimmy");
    made.host = "SRV02";
    made.logon(11, 0x50000, "brian");
    const History history = made.history();
    const auto found = sessions_of(history, 0x50000);
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0]->user.name, "brian") << "SRV02 comes before WS07";
    EXPECT_EQ(found[1]->user.name, "jimmy");
}

TEST(Tracker, FindsTheSameWhenItsNotesAreLetGoOnTheWay) {
    Made made;
    made.logon(10, 0x50000, "jimmy");
    made.host = "SRV02";
    made.logon(11, 0x50000, "brian");
    Tracker tracker;
    tracker.observe(made.batch, made.catalog);
    const History kept = tracker.finish();
    const History history = std::move(tracker).finish();
    ASSERT_EQ(history.sessions.size(), kept.sessions.size());
    for (std::size_t i = 0; i < kept.sessions.size(); ++i) {
        EXPECT_EQ(history.sessions[i].user.name, kept.sessions[i].user.name);
        EXPECT_EQ(history.sessions[i].key, kept.sessions[i].key);
        EXPECT_EQ(history.sessions[i].start, kept.sessions[i].start);
    }
}

TEST(Tracker, GoesOnFromWhatWasKept) {
    Made made;
    made.logon(10, 0x50000, "jimmy");
    Tracker first;
    first.observe(made.batch, made.catalog);
    const std::string kept = first.serialise("WS07");
    ASSERT_FALSE(kept.empty());

    Made later;  // another run: other numbers for channels and hosts
    later.catalog.channel("Application");
    later.catalog.host("DC01");
    later.security = 5000;
    later.logoff(90, 0x50000, "jimmy");
    Tracker second;
    ASSERT_TRUE(second.load(kept, later.catalog));
    second.observe(later.batch, later.catalog);
    const History history = second.finish();
    const Session& session = only(history, 0x50000);
    EXPECT_EQ(session.start, at(10));
    EXPECT_EQ(session.end, at(90));
    EXPECT_EQ(later.catalog.host_name(session.key.host), "WS07");
}

TEST(Tracker, RefusesDamagedBytesWhereverTheyAreCut) {
    Made made;
    made.sysmon_started(5, 7, 0x11, 42, "C:\\a.exe", 0x50000, 1);
    made.logon(10, 0x50000, "jimmy");
    Tracker tracker;
    tracker.observe(made.batch, made.catalog);
    const std::string kept = tracker.serialise("WS07");
    for (std::size_t size = 0; size < kept.size(); ++size) {
        Tracker other;
        EXPECT_FALSE(other.load(std::string_view(kept).substr(0, size), made.catalog)) << size;
    }
    // A flipped byte may go unnoticed, but must not be believed blindly.
    for (std::size_t place = 0; place < kept.size(); ++place) {
        std::string damaged = kept;
        damaged[place] = static_cast<char>(damaged[place] ^ 0x41);
        Tracker other;
        if (other.load(damaged, made.catalog)) (void)other.finish();
    }
}

TEST(Tracker, SurvivesValuesOfTheWrongType) {
    Made made;
    made.row(Kind::Logon, 4624, 10)
        .text("TargetLogonId"_field, "x")
        .text("LogonType"_field, "3")
        .text("TargetUserSid"_field, "S-1");
    made.row(Kind::Logon, 4624, 11).target(UINT64_MAX, "jimmy").number("LogonType"_field, 77);
    made.row(Kind::Logon, 4624, 12)
        .target(0x50000, "jimmy")
        .text("LogonType"_field, "-")
        .number("TargetLinkedLogonId"_field, UINT64_MAX)
        .number("IpPort"_field, 99999999);
    made.row(Kind::ProcessCreated, 1, 13, Made::kSysmon)
        .text("ProcessGuid"_field, "{}")
        .number("ProcessId"_field, UINT64_MAX)
        .number("LogonId"_field, 0x50000);
    made.row(Kind::Other, 0, 14, "").text("Data"_field, "");
    const History history = made.history();
    EXPECT_EQ(only(history, 0x50000).type, LogonType::Unknown);
    EXPECT_TRUE(sessions_of(history, UINT64_MAX).size() <= 1u);
}

TEST(Sessions, OfSshThatGetATerminalAreSomebodysWhoSitsThere) {
    for (const bool with_terminal : {true, false}) {
        Made made;
        made.row(Kind::Logon, 0, 10, "Linux audit")
            .target(7, "bob")
            .number("LogonType"_field, static_cast<std::uint64_t>(LogonType::Network));
        if (with_terminal)
            made.row(Kind::TerminalLogon, 0, 10.1, "Linux audit")
                .number("LogonId"_field, 7)
                .text("User"_field, "bob")
                .text("Tty"_field, "pts/0");
        const History history = made.history();
        ASSERT_EQ(sessions_of(history, 7).size(), 1u);
        EXPECT_EQ(sessions_of(history, 7)[0]->type, with_terminal ? LogonType::RemoteInteractive : LogonType::Network);
        EXPECT_FALSE(sessions_of(history, 7)[0]->terminal_session) << "a number that only Windows gives";
    }
}

}  // namespace
}  // namespace spoor::sessions
