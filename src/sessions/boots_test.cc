#include <gtest/gtest.h>

#include "sessions/made_events_test.h"
#include "sessions/sysmon_guid.h"

namespace spoor::sessions {
namespace {

/// An activity id as LSASS makes them since Windows 10: a counter, and the moment at which it started.
Guid activity(Timestamp lsass_start, std::uint32_t counter) {
    Guid guid;
    save(guid.bytes.data(), counter);
    save(guid.bytes.data() + 8, lsass_start.to_filetime());
    return guid;
}

TEST(Boots, AreToldApartByRecordsOfTheStart) {
    Made made;
    made.logon(10, 0x50000, "jimmy", LogonType::Interactive);
    made.row(Kind::SystemStopped, 6006, 100, "System");
    made.row(Kind::SystemStopped, 13, 105, "System").time("StopTime"_field, at(105.5));
    made.row(Kind::SystemStarted, 12, 150, "System").time("StartTime"_field, at(149.5));
    made.row(Kind::SystemStarted, 6009, 170, "System");
    made.row(Kind::SystemStarted, 4608, 160);
    made.logon(180, 0x70000, "brian", LogonType::Interactive);
    const History history = made.history();
    ASSERT_EQ(history.boots.size(), 2u);
    EXPECT_TRUE(history.boots[0].stopped_cleanly);
    EXPECT_EQ(history.boots[0].stopped, at(105.5));
    EXPECT_EQ(history.boots[1].started, at(149.5));
    EXPECT_EQ(sessions_of(history, 0x50000)[0]->end, at(100)) << "users are gone before the kernel stops";
    EXPECT_EQ(sessions_of(history, 0x50000)[0]->end_reason, EndReason::Shutdown);
    EXPECT_FALSE(sessions_of(history, 0x70000)[0]->end);
}

TEST(Boots, WithoutAStopBeforeThemFollowACrash) {
    Made made;
    made.logon(10, 0x50000, "jimmy", LogonType::Interactive);
    made.row(Kind::ObjectAccessed, 4663, 60).subject(0x3e7, "WS07$");
    made.row(Kind::SystemStarted, 12, 150, "System");
    made.row(Kind::SystemStoppedUnexpectedly, 41, 155, "System");
    const History history = made.history();
    ASSERT_EQ(history.boots.size(), 2u);
    EXPECT_TRUE(history.boots[0].crashed);
    EXPECT_EQ(sessions_of(history, 0x50000)[0]->end_reason, EndReason::Crash);
    EXPECT_EQ(sessions_of(history, 0x50000)[0]->end, at(60)) << "when the host was last heard of";
}

TEST(Boots, ShowInALogonIdThatIsGivenOutAgain) {
    Made made;
    made.logon(10, 0x50000, "jimmy");
    made.logon(20, 0x50000, "brian");
    const History history = made.history();
    const auto found = sessions_of(history, 0x50000);
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0]->user.name, "jimmy");
    EXPECT_EQ(found[1]->user.name, "brian");
    EXPECT_EQ(found[0]->end_reason, EndReason::Restart) << "how it stopped, nothing tells";
}

TEST(Boots, ShowInLogonIdsThatFall) {
    Made made;
    made.logon(10, 0x900000, "jimmy");
    made.row(Kind::ObjectAccessed, 4663, 20).subject(0x900000, "jimmy");
    made.logon(4000, 0x3e5, "LOCAL SERVICE",
               LogonType::Service);  // after a long pause, before the first ordinary logon
    made.logon(4010, 0x20000, "brian");
    const History history = made.history();
    ASSERT_EQ(history.boots.size(), 2u);
    EXPECT_EQ(sessions_of(history, 0x3e5)[0]->key.boot, 1u);
    EXPECT_EQ(history.boots[1].first_seen, at(4000));
}

TEST(Boots, AreNotMadeFromLogonsToldALittleOutOfOrder) {
    Made made;
    made.logon(10.0, 0x50200, "a");
    made.logon(10.1, 0x50100, "b");
    made.logon(10.2, 0x50300, "c");
    EXPECT_EQ(made.history().boots.size(), 1u);
    made.logon(400, 0x50250, "d");  // but minutes later no lower id can be given out
    EXPECT_EQ(made.history().boots.size(), 2u);
}

TEST(Boots, AreNamedByActivityIdsOfSecurityRecords) {
    Made made;
    const auto marked = [&](double seconds, std::uint64_t id, Timestamp boot) {
        made.row(Kind::Logon, 4624, seconds)
            .target(id, "jimmy")
            .number("LogonType"_field, 3)
            .text("ElevatedToken"_field, "%%1843")
            .guid("ActivityID"_field, activity(boot, 1));
    };
    marked(5000, 0x50000, at(1000));
    marked(6000, 0x60000, at(1000.2));
    marked(7000, 0x70000, at(6990));  // ids alone would not show this restart
    const History history = made.history();
    ASSERT_EQ(history.boots.size(), 2u);
    EXPECT_EQ(history.boots[0].started, at(1000));
    EXPECT_EQ(history.boots[1].started, at(6990));
}

TEST(Boots, AreNotReadIntoRandomActivityIds) {
    Made made;
    Guid random = *Guid::parse("{245D3B9B-5E92-4001-B5F1-660D8082D601}");  // version 4
    made.row(Kind::Logon, 4624, 10)
        .target(0x50000, "jimmy")
        .number("LogonType"_field, 3)
        .guid("ActivityID"_field, random);
    EXPECT_FALSE(made.history().boots[0].started);
}

TEST(Boots, AreCountedBySysmon) {
    Made made;
    made.sysmon_started(100, 4, 0x11, 42, "C:\\a.exe", 0x900000, 50);
    made.sysmon_started(9000, 5, 0x11, 42, "C:\\a.exe", 0x20000, 8900);
    const History history = made.history();
    ASSERT_EQ(history.boots.size(), 2u);
    EXPECT_EQ(history.boots[0].sysmon_number, 4);
    EXPECT_EQ(history.boots[1].sysmon_number, 5);
    EXPECT_EQ(history.processes.size(), 2u);
}

/// What Sysmon up to version 10 writes, which counts no boots.
void old_sysmon_started(Made& made, double seconds, std::uint64_t logon_id, double logon_seconds) {
    const auto guid = [](double start, std::uint64_t id) { return sysmon_guid(at(start), 0, id << 32 | 0x10000000); };
    made.row(Kind::ProcessCreated, 1, seconds, Made::kSysmon)
        .guid("ProcessGuid"_field, guid(seconds, 7))
        .number("ProcessId"_field, 100)
        .text("Image"_field, "C:\\Windows\\System32\\svchost.exe")
        .number("LogonId"_field, logon_id)
        .guid("LogonGuid"_field, guid(logon_seconds, logon_id));
}

TEST(Boots, ShowInTheBeginningOfTheSystemsSession) {
    Made made;
    old_sysmon_started(made, 100, 0x3e7, 5);
    old_sysmon_started(made, 200, 0x50000, 190);
    old_sysmon_started(made, 300, 0x3e7, 5);
    old_sysmon_started(made, 90'000, 0x3e7, 89'990);
    old_sysmon_started(made, 90'100, 0x60000, 90'090);
    old_sysmon_started(made, 90'200, 0x3e7, 89'991);
    const History history = made.history();
    ASSERT_EQ(history.boots.size(), 2u);
    EXPECT_EQ(history.boots[1].started, at(89'990));
    EXPECT_TRUE(sessions_of(history, 0x50000).at(0)->end);
    EXPECT_FALSE(sessions_of(history, 0x60000).at(0)->end);
    EXPECT_EQ(sessions_of(history, 0x3e7).size(), 2u);
}

TEST(Boots, AreNoMoreWhereTheClockWasWrongAtTheStart) {
    Made made;
    old_sysmon_started(made, 100, 0x50000, 90);
    old_sysmon_started(made, 110, 0x3e7, 7200);  // two hours ahead until the time service set it
    old_sysmon_started(made, 200, 0x3e7, 7200);
    EXPECT_EQ(made.history().boots.size(), 1u);
}

TEST(Boots, SurviveARestartOfTheLogService) {
    Made made;
    made.logon(10, 0x50000, "jimmy");
    made.row(Kind::SystemStopped, 6006, 100, "System");
    made.row(Kind::ObjectAccessed, 4663, 5000).subject(0x50000, "jimmy");
    const History history = made.history();
    EXPECT_EQ(history.boots.size(), 1u);
    EXPECT_FALSE(sessions_of(history, 0x50000)[0]->end);
}

TEST(Boots, ThatAreStoppedWhenTheLogsEndEndTheirSessions) {
    Made made;
    made.logon(10, 0x50000, "jimmy");
    made.row(Kind::LogServiceStopped, 1100, 100);
    const History history = made.history();
    EXPECT_EQ(sessions_of(history, 0x50000)[0]->end, at(100));
    EXPECT_EQ(sessions_of(history, 0x50000)[0]->end_reason, EndReason::Shutdown);
}

TEST(Order, FollowsRecordNumbersWhereTheClockWasSetBack) {
    Made made;
    made.logon(7200, 0x50000, "jimmy");
    made.logon(7210, 0x50100, "brian");
    made.logon(20, 0x50200, "ann");  // two hours back
    made.logon(30, 0x50300, "eve");
    made.row(Kind::SystemStarted, 12, 7205, "System");  // before the step, in another channel
    made.row(Kind::TimeChanged, 1, 19, "System");
    const History history = made.history();
    ASSERT_EQ(history.boots.size(), 2u);
    EXPECT_EQ(sessions_of(history, 0x50000)[0]->key.boot, 0u);
    EXPECT_EQ(sessions_of(history, 0x50200)[0]->key.boot, 1u) << "after the restart, though its time is before";
}

TEST(Order, FollowsTimesWhereALogBeganAnew) {
    Made made;
    for (std::uint64_t i = 0; i < 20; ++i)
        made.logon(100 + static_cast<double>(i), 0x50000 + i * 0x100, "jimmy", LogonType::Network, 0, 500 + i);
    // The log was made anew: numbers start at 490 and run through those of before.
    for (std::uint64_t i = 0; i < 20; ++i)
        made.logon(9000 + static_cast<double>(i), 0x60000 + i * 0x100, "brian", LogonType::Network, 0, 490 + i);
    const History history = made.history();
    EXPECT_EQ(history.boots.size(), 1u);
    EXPECT_EQ(history.sessions.size(), 40u);
}

TEST(SysmonGuid, TellsStartAndBoot) {
    const Guid guid = *Guid::parse("{42c2e005-e3fa-5f80-4908-000000000400}");
    EXPECT_EQ(time_of_sysmon_guid(guid)->to_string_seconds(), "2020-10-09 22:28:10");
    EXPECT_EQ(boot_of_process_guid(guid), 4);
    const Guid old_layout = *Guid::parse("{03ba39f5-50b2-5ce0-0000-00106b0d5400}");
    EXPECT_FALSE(boot_of_process_guid(old_layout));
    EXPECT_TRUE(time_of_sysmon_guid(old_layout));
}

}  // namespace
}  // namespace spoor::sessions
