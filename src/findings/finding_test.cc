#include "findings/finding.h"

#include <gtest/gtest.h>

#include "findings/scenes_test.h"

namespace spoor::findings {
namespace {

TEST(Findings, ManyWrongPasswordsForOneAccountAreGuessing) {
    Scene scene;
    fail_logons(scene, 12, "brian", true);
    const auto rules = rules_seen(scene);
    EXPECT_TRUE(has(rules, Rule::PasswordGuessing));
    EXPECT_FALSE(has(rules, Rule::PasswordSpraying));
}

TEST(Findings, AFewTyposAreNot) {
    Scene scene;
    fail_logons(scene, 3, "brian", true);
    EXPECT_TRUE(rules_seen(scene).empty());
}

TEST(Findings, OnePasswordForManyAccountsIsSpraying) {
    Scene scene;
    fail_logons(scene, 10, "user", false);
    const auto rules = rules_seen(scene);
    EXPECT_TRUE(has(rules, Rule::PasswordSpraying));
    EXPECT_FALSE(has(rules, Rule::PasswordGuessing));
}

TEST(Findings, ASuccessIsFoundBehindFailuresThatAWrongClockStamped) {
    for (const double off : {0.0, 420.0, -420.0}) {
        Scene scene;
        const auto refused = [&](double at, int port) {
            // The server's own record of asking the controller for the client, and the controller's of refusing.
            scene.connection("FS01", at, "700", "C:\\Windows\\System32\\lsass.exe", "10.0.0.20", std::to_string(port),
                             "10.0.0.1", "88");
            scene.event("DC01", at + off, Kind::PreauthenticationFailed, 4771,
                        {{"TargetUserName"_field, "brian"},
                         {"Status"_field, "0x18"},
                         {"IpAddress"_field, "10.0.0.20"},
                         {"IpPort"_field, std::to_string(port)}});
        };
        for (int i = 0; i < 12; ++i) refused(1'000 + i, 50'000 + i);
        const auto session = scene.session("FS01", 0x2000, "brian", LogonType::Interactive, 1'030);
        scene.history.sessions[session].source_address = IpAddress::parse("10.0.0.20").value();
        EXPECT_TRUE(has(rules_seen(scene), Rule::SuccessAfterFailures)) << off;
    }
}

TEST(Findings, ASuccessFromThereEndsTheGuessing) {
    Scene scene;
    fail_logons(scene, 12, "brian", true);
    const auto session = scene.session("FS01", 0x2000, "brian", LogonType::Network, 30);
    scene.history.sessions[session].source_address = IpAddress::parse("10.0.0.66").value();
    EXPECT_TRUE(has(rules_seen(scene), Rule::SuccessAfterFailures));
    scene.history.sessions[session].source_address = IpAddress::parse("10.0.0.7").value();
    EXPECT_FALSE(has(rules_seen(scene), Rule::SuccessAfterFailures));
}

TEST(Findings, TypedCredentialsForManyHostsAreSeenForFewTheyAreNot) {
    for (const int hosts : {3, 8}) {
        Scene scene;
        scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
        for (int i = 0; i < hosts; ++i)
            scene.event("WS07", 10 + i, Kind::ExplicitCredentials, 4648,
                        {{"SubjectLogonId"_field, "0x1000"},
                         {"TargetUserName"_field, "admin"},
                         {"TargetServerName"_field, "SRV" + std::to_string(i)}});
        EXPECT_EQ(has(rules_seen(scene), Rule::ExplicitCredentialsToManyHosts), hosts == 8);
    }
}

TEST(Findings, NewCredentialsThatNobodyTypedLookLikePassTheHash) {
    for (const bool typed : {true, false}) {
        Scene scene;
        scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
        const auto session = scene.session("WS07", 0x5000, "brian", LogonType::NewCredentials, 60);
        scene.history.sessions[session].logon_process = "seclogo";
        scene.history.sessions[session].subject = LogonId(0x1000);
        if (typed)
            scene.event("WS07", 60, Kind::ExplicitCredentials, 4648,
                        {{"SubjectLogonId"_field, "0x1000"},
                         {"TargetUserName"_field, "admin"},
                         {"TargetServerName"_field, "localhost"}});
        EXPECT_EQ(has(rules_seen(scene), Rule::PassTheHash), !typed);
    }
}

TEST(Findings, NewCredentialsAreSurelyUntypedOnlyWhereTypedOnesAreLogged) {
    for (const double other_typed : {-600.0, -90.0 * 24 * 3600}) {
        Scene scene;
        scene.event("WS07", other_typed, Kind::ExplicitCredentials, 4648,
                    {{"SubjectLogonId"_field, "0x3e7"}, {"TargetUserName"_field, "brian"}});
        const auto session = scene.session("WS07", 0x5000, "brian", LogonType::NewCredentials, 60);
        scene.history.sessions[session].logon_process = "seclogo";
        scene.history.sessions[session].subject = LogonId(0x1000);
        const trails::Links links = scene.find();
        const auto found = find(scene.history, links, scene.evidence, scene.catalog, {});
        ASSERT_EQ(found.size(), 1u);
        EXPECT_EQ(found[0].rule, Rule::PassTheHash);
        EXPECT_EQ(found[0].severity, other_typed > -3600 ? Severity::High : Severity::Medium);
    }
}

TEST(Findings, AnEmptySessionKeyMustBeSaidAndNotLeftOut) {
    for (const std::string_view package : {"NTLM V2", ""}) {
        Scene scene;
        const auto remote = scene.session("FS01", 0x2000, "admin", LogonType::Network, 60);
        Session& session = scene.history.sessions[remote];
        session.user.sid = Sid::parse("S-1-5-21-1-2-3-500").value();
        session.logon_process = "NtLmSsp";
        session.lm_package = package;
        session.elevated = true;
        session.source_address = IpAddress::parse("10.0.0.7").value();
        EXPECT_EQ(has(rules_seen(scene), Rule::PassTheHash), !package.empty());
    }
}

TEST(Findings, OnlyLsaMayAskForTickets) {
    for (const std::string_view image : {"C:\\Windows\\System32\\lsass.exe", "C:\\Temp\\tool.exe"}) {
        Scene scene;
        scene.connection("WS07", 5, "700", image, "10.0.0.7", "50000", "10.0.0.1", "88");
        EXPECT_EQ(has(rules_seen(scene), Rule::OverpassTheHash), image.ends_with("tool.exe"));
    }
}

TEST(Findings, AFewWeakTicketsRightBehindAToolsOwnTgtAreRoastingToo) {
    for (const std::string_view options : {"0x50800000", "0x40810010"}) {
        Scene scene;
        scene.event("DC01", 10, Kind::TgtRequested, 4768,
                    {{"TargetUserName"_field, "matt"},
                     {"Status"_field, "0x0"},
                     {"TicketOptions"_field, options},
                     {"TicketEncryptionType"_field, "0x17"},
                     {"PreAuthType"_field, "2"},
                     {"IpAddress"_field, "10.0.0.66"}});
        service_ticket(scene, 10.5, "matt@CORP", "svc-sql", "10.0.0.66", "0x17");
        EXPECT_EQ(has(rules_seen(scene), Rule::Kerberoasting), options == "0x50800000");
    }
}

TEST(Findings, ARemoteDesktopFromTheLoopbackCameThroughATunnel) {
    for (const std::string_view address : {"127.0.0.1", "::1", "10.0.0.7"}) {
        Scene scene;
        const auto desktop = scene.session("PC02", 0x5000, "brian", LogonType::RemoteInteractive, 60);
        scene.history.sessions[desktop].source_address = IpAddress::parse(address).value();
        const auto console = scene.session("PC02", 0x6000, "brian", LogonType::Interactive, 90);
        scene.history.sessions[console].source_address = IpAddress::parse("127.0.0.1").value();
        EXPECT_EQ(rules_seen(scene).size(), address == "10.0.0.7" ? 0u : 1u);
        EXPECT_EQ(has(rules_seen(scene), Rule::RdpTunnel), address != "10.0.0.7");
    }
}

TEST(Findings, BorrowedCredentialsThatReachAnotherHost) {
    Scene scene;
    const auto borrowed = scene.session("WS07", 0x5000, "brian", LogonType::NewCredentials, 60);
    scene.history.sessions[borrowed].outbound.name = "admin";
    scene.process("WS07", 5416, "C:\\Windows\\powershell.exe", borrowed, 70);
    const auto network = scene.session("FS01", 0x2000, "admin", LogonType::Network, 80);
    scene.history.sessions[network].source_address = IpAddress::parse("10.0.0.7").value();
    scene.history.sessions[network].source_port = 50001;
    scene.connection("WS07", 80, "5416", "C:\\Windows\\powershell.exe", "10.0.0.7", "50001", "10.0.0.20", "445");
    EXPECT_TRUE(has(rules_seen(scene), Rule::NewCredentialsThenRemoteLogon));
}

TEST(Findings, AServiceTicketNeedsATgtBeforeIt) {
    Scene scene;
    for (int hour = 0; hour < 12; ++hour) tgt(scene, hour * 3600, "jimmy", "10.0.0.8");
    tgt(scene, 40'000, "brian", "10.0.0.7");
    service_ticket(scene, 40'010, "brian@CORP", "FS01$", "10.0.0.7");
    EXPECT_TRUE(rules_seen(scene).empty());
    service_ticket(scene, 40'020, "ghost@CORP", "FS01$", "10.0.0.7");
    EXPECT_TRUE(has(rules_seen(scene), Rule::ServiceTicketWithoutTgt));
    service_ticket(scene, 40'030, "brian@CORP", "FS01$", "10.0.0.66");
    EXPECT_TRUE(has(rules_seen(scene), Rule::TicketFromStrangeAddress));
}

TEST(Findings, ATicketThatAServiceGotForItsCallerIsNoStrangeOne) {
    Scene scene;
    for (int hour = 0; hour < 12; ++hour) tgt(scene, hour * 3600, "jimmy", "10.0.0.8");
    tgt(scene, 40'000, "brian", "10.0.0.7");
    for (const std::string_view services : {"HTTP/web01.corp.example@CORP", "-"}) {
        scene.event("DC01", 40'030, Kind::ServiceTicketRequested, 4769,
                    {{"TargetUserName"_field, "brian@CORP"},
                     {"ServiceName"_field, "SQL01$"},
                     {"Status"_field, "0x0"},
                     {"TicketEncryptionType"_field, "0x12"},
                     {"TransmittedServices"_field, services},
                     {"IpAddress"_field, "10.0.0.66"}});
        EXPECT_EQ(has(rules_seen(scene), Rule::TicketFromStrangeAddress), services == "-");
    }
}

TEST(Findings, ALogWithAHoleCarriesNoConclusionAcrossIt) {
    Scene scene;
    tgt(scene, 0, "jimmy", "10.0.0.8");
    tgt(scene, 40'000, "brian", "10.0.0.7");
    service_ticket(scene, 40'020, "ghost@CORP", "FS01$", "10.0.0.7");
    EXPECT_TRUE(rules_seen(scene).empty());
}

TEST(Findings, BeforeTheLogCoversATicketsLifeNothingIsSaid) {
    Scene scene;
    tgt(scene, 0, "jimmy", "10.0.0.8");
    service_ticket(scene, 600, "ghost@CORP", "FS01$", "10.0.0.7");
    EXPECT_TRUE(rules_seen(scene).empty());
}

TEST(Findings, Rc4TicketsForManyServicesAreRoasting) {
    for (const std::string_view encryption : {"0x17", "0x12"}) {
        Scene scene;
        for (int i = 0; i < 6; ++i)
            service_ticket(scene, i, "brian@CORP", "svc" + std::to_string(i), "10.0.0.7", encryption);
        EXPECT_EQ(has(rules_seen(scene), Rule::Kerberoasting), encryption == "0x17");
    }
}

TEST(Findings, ATicketWithoutPreauthenticationIsSeen) {
    Scene scene;
    tgt(scene, 0, "brian", "10.0.0.7", "2");
    EXPECT_TRUE(rules_seen(scene).empty());
    tgt(scene, 1, "legacy", "10.0.0.7", "0");
    EXPECT_TRUE(has(rules_seen(scene), Rule::PreauthenticationDisabled));
}

TEST(Findings, AFirstLogonIsOneOnlyWhereTheLogGoesBackFarEnough) {
    for (const double start : {600.0, 200'000.0}) {
        Scene scene;
        for (std::uint64_t day = 0; day < 4; ++day)
            scene.session("WS07", 0x1000 + day, "brian", LogonType::Interactive, static_cast<double>(day) * 86'400);
        scene.session("WS07", 0x9000, "jimmy", LogonType::Interactive, start);
        EXPECT_EQ(has(rules_seen(scene), Rule::FirstLogonOnHost), start > 100'000);
    }
}

TEST(Findings, ASessionBetweenLoggedOnesMustHaveALogon) {
    Scene scene;
    for (std::uint64_t i = 0; i < 6; ++i)
        scene.session("WS07", 0x1000 + i * 0x1000, "brian", LogonType::Network, static_cast<double>(i));
    const auto odd = scene.session("WS07", 0x3800, "ghost", LogonType::Unknown, 2);
    EXPECT_FALSE(has(rules_seen(scene), Rule::SessionWithoutLogon));
    scene.history.sessions[odd].origin = Origin::Inferred;
    EXPECT_TRUE(has(rules_seen(scene), Rule::SessionWithoutLogon));
}

TEST(Findings, ClearingALogIsTiedToItsSession) {
    Scene scene;
    const auto session = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
    scene.event("WS07", 60, Kind::LogCleared, 1102,
                {{"SubjectUserName"_field, "brian"}, {"SubjectLogonId"_field, "0x1000"}});
    const trails::Links links = scene.find();
    const auto found = find(scene.history, links, scene.evidence, scene.catalog, {});
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].rule, Rule::LogClearedInSession);
    EXPECT_EQ(found[0].sessions, std::vector{session});
}

TEST(Findings, ASessionMayNotActLongAfterItsLogoff) {
    for (const double after : {5.0, 600.0}) {
        Scene scene;
        const auto session = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
        scene.history.sessions[session].end = Scene::at(100);
        scene.history.sessions[session].end_reason = EndReason::Logoff;
        scene.history.sessions[session].last_seen = Scene::at(100 + after);
        EXPECT_EQ(has(rules_seen(scene), Rule::SessionOutlivesItsEnd), after > 60);
    }
}

TEST(Findings, TsconWithoutALogonIsAHijack) {
    for (const bool with_logon : {true, false}) {
        Scene scene;
        scene.session("WS07", 0x1000, "brian", LogonType::RemoteInteractive, 0);
        const auto system = scene.session("WS07", 0x3e7, "WS07$", LogonType::System, 0);
        scene.process("WS07", 800, "C:\\Windows\\System32\\tscon.exe", system, 500);
        if (with_logon) scene.session("WS07", 0x4000, "brian", LogonType::Network, 499);
        scene.event("WS07", 501, Kind::SessionReconnected, 4778,
                    {{"LogonId"_field, "0x1000"}, {"ClientName"_field, "KALI"}});
        EXPECT_EQ(has(rules_seen(scene), Rule::RdpHijack), !with_logon);
    }
}

TEST(Findings, WhoMovesHisOwnDesktopTakesNothingOver) {
    for (const std::string_view owner : {"brian", "carol"}) {
        Scene scene;
        scene.session("WS07", 0x1000, owner, LogonType::RemoteInteractive, 0);
        const auto brian = scene.session("WS07", 0x2000, "brian", LogonType::Interactive, 5);
        scene.process("WS07", 800, "C:\\Windows\\System32\\tscon.exe", brian, 500);
        scene.event("WS07", 501, Kind::SessionReconnected, 4778,
                    {{"LogonId"_field, "0x1000"}, {"ClientName"_field, "WS01"}});
        EXPECT_EQ(has(rules_seen(scene), Rule::RdpHijack), owner == "carol");
    }
}

TEST(Findings, TheSessionManagersRecordOfATakeoverIsEnough) {
    for (const std::string_view taken_user : {"admin", "brian"}) {
        Scene scene;
        const auto taken = scene.session("FS01", 0x1000, taken_user, LogonType::RemoteInteractive, 0);
        const auto by = scene.session("FS01", 0x2000, "brian", LogonType::RemoteInteractive, 100);
        scene.history.sessions[taken].terminal_session = 2;
        scene.history.sessions[by].terminal_session = 3;
        scene.event("FS01", 500, Kind::TerminalTakenOver, 39, {{"TargetSession"_field, "2"}, {"Source"_field, "3"}});
        EXPECT_EQ(has(rules_seen(scene), Rule::RdpHijack), taken_user == "admin");
    }
}

TEST(Findings, NobodyIsInBerlinAndTokyoWithinAnHour) {
    const PlacesFile places;
    Settings settings;
    settings.places = places.path();
    for (const double hours : {1.0, 24.0}) {
        Scene scene;
        const auto first = scene.session("FS01", 0x1000, "brian", LogonType::RemoteInteractive, 0);
        const auto second = scene.session("FS01", 0x2000, "brian", LogonType::RemoteInteractive, hours * 3600);
        const auto near = scene.session("FS01", 0x3000, "carol", LogonType::RemoteInteractive, 10);
        scene.history.sessions[first].source_address = IpAddress::parse("203.0.113.7").value();
        scene.history.sessions[second].source_address = IpAddress::parse("198.51.100.9").value();
        scene.history.sessions[near].source_address = IpAddress::parse("198.51.100.9").value();
        EXPECT_EQ(has(rules_seen(scene, settings), Rule::ImpossibleTravel), hours < 2);
        EXPECT_FALSE(has(rules_seen(scene), Rule::ImpossibleTravel));  // no database, no opinion
    }
}

TEST(Findings, LogsClearedInOneGoAreOneFinding) {
    Scene scene;
    for (int i = 0; i < 5; ++i)
        scene.event("WS07", 60 + i, Kind::LogCleared, 104,
                    {{"SubjectUserName"_field, "brian"}, {"ClearedChannel"_field, "Log" + std::to_string(i)}});
    scene.event("WS07", 4000, Kind::LogCleared, 104,
                {{"SubjectUserName"_field, "brian"}, {"ClearedChannel"_field, "System"}});
    const trails::Links links = scene.find();
    const auto found = find(scene.history, links, scene.evidence, scene.catalog, {});
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].count, 5u);
    EXPECT_EQ(found[0].text, "brian cleared 5 logs of WS07");
    EXPECT_EQ(found[1].text, "brian cleared the System log of WS07");
}

TEST(Findings, ASessionThatTriesManyAccountsIsSprayingWhereItRuns) {
    for (const int accounts : {3, 20}) {
        Scene scene;
        const auto session = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
        for (int i = 0; i < accounts; ++i)
            scene.event("WS07", 10 + i, Kind::ExplicitCredentials, 4648,
                        {{"SubjectLogonId"_field, "0x1000"},
                         {"TargetUserName"_field, "user" + std::to_string(i)},
                         {"TargetServerName"_field, "DC01"}});
        const trails::Links links = scene.find();
        const auto found = find(scene.history, links, scene.evidence, scene.catalog, {});
        ASSERT_EQ(found.size(), accounts == 20 ? 1u : 0u);
        if (found.empty()) continue;
        EXPECT_EQ(found[0].rule, Rule::PasswordSpraying);
        EXPECT_EQ(found[0].sessions, std::vector{session});
    }
}

TEST(Findings, OnLinuxEveryProgramAsksForItsOwnTickets) {
    Scene scene;
    scene.connection("VM", 5, "700", "/usr/bin/kinit", "10.0.0.8", "50000", "10.0.0.1", "88");
    EXPECT_TRUE(rules_seen(scene).empty());
}

TEST(Rules, TheTableNamesEachOnce) {
    for (std::size_t i = 0; i < kRules.size(); ++i) {
        EXPECT_EQ(static_cast<std::size_t>(kRules[i].rule), i);
        EXPECT_TRUE(kRules[i].technique.starts_with('T'));
    }
}

}  // namespace
}  // namespace spoor::findings
