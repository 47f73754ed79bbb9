// Logons in odd conditions: accounts that only look like a machine's, services that log others on, desktops that come
// back to the console, logs that do not reach so far. A likely story must not be told as a sure one.
#include <gtest/gtest.h>

#include "trails/scene_test.h"

namespace spoor::trails {
namespace {

constexpr std::string_view kSystem = "System";

/// WS07 at 10.0.0.7 with its system's session, FS01 at 10.0.0.20.
struct Network : Scene {
    std::uint32_t ws_system = session("WS07", 0x3e7, "SYSTEM", LogonType::System, -100);
    std::uint32_t kernel = process("WS07", 4, kSystem, ws_system, -100);

    std::uint32_t arrive(std::uint64_t id, std::string_view user, double at_second, std::uint16_t port) {
        const auto made = session("FS01", id, user, LogonType::Network, at_second);
        history.sessions[made].source_address = IpAddress::parse("10.0.0.7").value();
        history.sessions[made].source_port = port;
        return made;
    }
};

TEST(OddLogons, OfAManagedServiceAccountAreItsServicesAndNotTheHosts) {
    Network scene;
    const auto service = scene.session("WS07", 0x4000, "svc-backup$", LogonType::Service, 0);
    scene.connection("WS07", 100, "4", kSystem, "10.0.0.7", "50001", "10.0.0.20", "445");
    const auto remote = scene.arrive(0x2000, "svc-backup$", 100, 50001);
    const Links links = scene.find();
    ASSERT_TRUE(link_between(links, service, remote));
    EXPECT_EQ(link_between(links, service, remote)->strength, Strength::Strong);
    EXPECT_FALSE(link_between(links, scene.ws_system, remote));
}

TEST(OddLogons, OfTheHostsOwnAccountAreTheSystems) {
    Network scene;
    scene.session("WS07", 0x4000, "svc-backup$", LogonType::Service, 0);
    scene.connection("WS07", 100, "4", kSystem, "10.0.0.7", "50001", "10.0.0.20", "445");
    const auto remote = scene.arrive(0x2000, "WS07$", 100, 50001);
    const Links links = scene.find();
    EXPECT_TRUE(link_between(links, scene.ws_system, remote));
}

TEST(OddLogons, OfAnotherHostsAccountAreNotTheSystemsThatTheyComeFrom) {
    Network scene;
    scene.session("FS01", 0x3e7, "SYSTEM", LogonType::System, -100);
    scene.history.sessions[scene.ws_system].user.sid = *Sid::parse("S-1-5-18");
    const auto jimmy = scene.session("WS07", 0x4000, "jimmy", LogonType::Interactive, 0);
    const auto tool = scene.process("WS07", 900, "C:\\Temp\\rubeus.exe", jimmy, 40);
    scene.connection("WS07", 50, "900", scene.history.processes[tool].image, "10.0.0.7", "50000", "10.0.0.10", "88");
    scene.event("DC01", 50, Kind::TgtRequested, 4768,
                {{"TargetUserName"_field, "FS01$"},
                 {"IpAddress"_field, "10.0.0.7"},
                 {"IpPort"_field, "50000"},
                 {"Status"_field, "0x0"}});
    scene.connection("WS07", 100, "4", kSystem, "10.0.0.7", "50001", "10.0.0.20", "445");
    const auto remote = scene.arrive(0x2000, "FS01$", 100, 50001);
    scene.history.sessions[remote].user.sid = *Sid::parse("S-1-5-18");
    const Links links = scene.find();
    EXPECT_FALSE(link_between(links, scene.ws_system, remote));
    EXPECT_TRUE(link_between(links, jimmy, remote)) << "its program got a ticket for that account";
}

TEST(OddLogons, OfAManagedServiceAccountByAddressAlone) {
    Network scene;
    const auto service = scene.session("WS07", 0x4000, "svc-backup$", LogonType::Service, 0);
    scene.connection("WS07", 50, "4", kSystem, "10.0.0.7", "50009", "10.0.0.21", "445");
    const auto remote = scene.arrive(0x2000, "svc-backup$", 100, 0);
    const Links links = scene.find();
    ASSERT_TRUE(link_between(links, service, remote));
}

TEST(OddLogons, OnAConnectionThatStaysOpenSayNothingOfTheClocks) {
    Network scene;
    const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
    scene.process("WS07", 600, "C:\\Tools\\tool.exe", brian, 5);
    scene.connection("WS07", 100, "600", "C:\\Tools\\tool.exe", "10.0.0.7", "50001", "10.0.0.20", "445");
    scene.arrive(0x2000, "brian", 100, 50001);
    scene.arrive(0x2100, "brian", 700, 50001);  // again, ten minutes later
    const Links links = scene.find();
    ASSERT_EQ(links.skews.size(), 1u);
    EXPECT_EQ(links.skews[0].offset, Duration{});
}

TEST(OddLogons, AreNoRemoteCheckOfADesktopThatComesBackToTheConsole) {
    for (const bool remote : {true, false}) {
        Network scene;
        const auto desktop = scene.session("FS01", 0x9000, "brian", LogonType::Interactive, 0);
        const auto check = scene.arrive(0x2000, "brian", 99, 0);
        scene.event("FS01", 100, Kind::SessionReconnected, 4778,
                    {{"LogonId"_field, "0x9000"},
                     {"SessionName"_field, remote ? "RDP-Tcp#3" : "Console"},
                     {"ClientName"_field, remote ? "WS07" : "Unknown"},
                     {"ClientAddress"_field, remote ? "10.0.0.7" : "LOCAL"}});
        EXPECT_EQ(link_between(scene.find(), desktop, check) != nullptr, remote);
    }
}

TEST(OddLogons, OverSmbJustBeforeARemoteDesktopAreNotSurelyItsCheck) {
    for (const std::uint16_t port : {std::uint16_t{0}, std::uint16_t{50001}}) {
        Network scene;
        const auto check = scene.arrive(0x2000, "brian", 95, port);
        const auto desktop = scene.session("FS01", 0x9000, "brian", LogonType::RemoteInteractive, 100);
        scene.history.sessions[desktop].source_address = IpAddress::parse("10.0.0.7").value();
        const Links links = scene.find();
        const Link* link = link_between(links, check, desktop);
        ASSERT_TRUE(link);
        EXPECT_EQ(link->strength, port == 0 ? Strength::Strong : Strength::Probable);
    }
}

TEST(OddLogons, BeforeARemoteDesktopThatCameByARealPortLeaveTheCheckToTheOneThatHasNone) {
    Network scene;
    const auto check = scene.arrive(0x2000, "brian", 95, 0);
    const auto share = scene.arrive(0x2100, "brian", 98, 50001);
    const auto desktop = scene.session("FS01", 0x9000, "brian", LogonType::RemoteInteractive, 100);
    scene.history.sessions[desktop].source_address = IpAddress::parse("10.0.0.7").value();
    const Links links = scene.find();
    ASSERT_TRUE(link_between(links, check, desktop));
    EXPECT_EQ(link_between(links, check, desktop)->kind, LinkKind::RdpNla);
    EXPECT_FALSE(link_between(links, share, desktop));
}

TEST(OddLogons, WithAPasswordToAWebServerComeFromTheBrowserAndNotFromItsPool) {
    for (const bool has_client : {true, false}) {
        Network scene;
        const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
        scene.process("WS07", 600, "C:\\Program Files\\browser.exe", brian, 5);
        const auto pool = scene.session("FS01", 0x7000, "DefaultAppPool", LogonType::Service, 0);
        const auto worker = scene.process("FS01", 900, "C:\\Windows\\System32\\inetsrv\\w3wp.exe", pool, 1);
        scene.connection("WS07", 100, "600", "C:\\Program Files\\browser.exe", "10.0.0.7", "50001", "10.0.0.20",
                         "8080");
        const auto web = scene.session("FS01", 0x2000, "brian", LogonType::NetworkCleartext, 100);
        Session& session = scene.history.sessions[web];
        session.subject = LogonId(0x7000);
        session.logon_process = "Advapi";
        session.logon_process_id = 900;
        session.logon_image = "C:\\Windows\\System32\\inetsrv\\w3wp.exe";
        if (has_client) {
            session.source_address = IpAddress::parse("10.0.0.7").value();
            session.source_port = 50001;
        }
        const Links links = scene.find();
        EXPECT_EQ(scene.history.processes[worker].session, pool);
        EXPECT_EQ(Tracer(scene.history, links).back_from_session(web).first_human, has_client ? brian : kNobody);
        ASSERT_TRUE(link_between(links, pool, web));
    }
}

TEST(OddLogons, BySimpleBindAtAControllerComeFromTheClientThatTheyName) {
    Network scene;
    const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
    scene.process("WS07", 600, "C:\\Tools\\ldp.exe", brian, 5);
    scene.session("DC01", 0x3e7, "SYSTEM", LogonType::System, -100);
    scene.connection("WS07", 100, "600", "C:\\Tools\\ldp.exe", "10.0.0.7", "50001", "10.0.0.1", "389");
    const auto bind = scene.session("DC01", 0x2000, "svc-ldap", LogonType::Network, 100);
    Session& session = scene.history.sessions[bind];
    session.subject = LogonId::system();
    session.logon_process = "Advapi";
    session.logon_image = "C:\\Windows\\System32\\lsass.exe";
    session.source_address = IpAddress::parse("10.0.0.7").value();
    session.source_port = 50001;
    const Links links = scene.find();
    ASSERT_TRUE(link_between(links, brian, bind));
    EXPECT_EQ(link_between(links, brian, bind)->kind, LinkKind::Ldap);
    EXPECT_EQ(link_between(links, brian, bind)->strength, Strength::Certain);
}

/// A logon at FS01 from WS07's address, months after WS07's logs end: brian's desktop of then may be long gone.
TEST(OddLogons, BeyondTheEndOfTheClientsLogsAreNotSurelyFromTheSessionThatItHadThen) {
    for (const bool reach : {true, false}) {
        Network scene;
        const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
        scene.process("WS07", 600, "C:\\Tools\\tool.exe", brian, 5);
        const double logon = 40 * 3600;
        scene.connection("WS07", 50, "600", "C:\\Tools\\tool.exe", "10.0.0.7", "50009", "10.0.0.21", "80");
        const auto remote = scene.arrive(0x2000, "brian", logon, 0);
        Boot& boot = scene.history.boots.emplace_back();
        boot.host = scene.host("WS07");
        boot.first_seen = Scene::at(-100);
        boot.last_seen = Scene::at(reach ? logon + 100 : 3600);
        const Links links = scene.find();
        ASSERT_TRUE(link_between(links, brian, remote));
        EXPECT_EQ(link_between(links, brian, remote)->strength, reach ? Strength::Strong : Strength::Probable);
    }
}

TEST(OddLogons, FromAnAddressThatWasTheHostsLongAgoAreNotSurelyFromIt) {
    for (const double days : {2.0, 40.0}) {
        Network scene;
        const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
        scene.process("WS07", 600, "C:\\Tools\\tool.exe", brian, 5);
        scene.connection("WS07", 50, "600", "C:\\Tools\\tool.exe", "10.0.0.7", "50009", "10.0.0.21", "80");
        const auto remote = scene.arrive(0x2000, "brian", days * 86'400, 0);
        const Links links = scene.find();
        ASSERT_TRUE(link_between(links, brian, remote));
        EXPECT_EQ(link_between(links, brian, remote)->strength, days < 8 ? Strength::Strong : Strength::Probable);
    }
}

TEST(OddLogons, FromARestrictedRemoteDesktopCarryNoCredentialsOn) {
    for (const bool restricted : {true, false}) {
        Network scene;
        const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::RemoteInteractive, 0);
        scene.history.sessions[brian].restricted_admin = restricted;
        scene.connection("WS07", 100, "4", kSystem, "10.0.0.7", "50001", "10.0.0.20", "445");
        const auto remote = scene.arrive(0x2000, "brian", 100, 50001);
        const Links links = scene.find();
        ASSERT_TRUE(link_between(links, brian, remote));
        EXPECT_EQ(link_between(links, brian, remote)->strength, restricted ? Strength::Probable : Strength::Strong);
    }
}

TEST(OddLogons, DoNotComeFromADesktopWhoseUserHadAskedToLogOff) {
    Network scene;
    const auto before = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
    const auto before_limited = scene.session("WS07", 0x1010, "brian", LogonType::Interactive, 0);
    scene.history.sessions[before].linked = LogonId(0x1010);
    scene.history.sessions[before_limited].linked = LogonId(0x1000);
    scene.history.sessions[before_limited].logoff_requested = Scene::at(50);
    const auto now = scene.session("WS07", 0x5000, "brian", LogonType::Interactive, 100);
    scene.connection("WS07", 300, "4", kSystem, "10.0.0.7", "50001", "10.0.0.20", "445");
    const auto remote = scene.arrive(0x2000, "brian", 300, 50001);
    const Links links = scene.find();
    ASSERT_TRUE(link_between(links, now, remote));
    EXPECT_EQ(link_between(links, now, remote)->strength, Strength::Strong);
    EXPECT_FALSE(link_between(links, before, remote));
    EXPECT_FALSE(link_between(links, before_limited, remote));
}

/// Sysmon tells of no logoff, but of the end of programs.
TEST(OddLogons, DoNotComeFromADesktopWhoseShellAndProgramsHaveEnded) {
    for (const bool something_runs : {false, true}) {
        Network scene;
        const auto before = scene.session("WS07", 0x1000, "brian", LogonType::Unknown, 0);
        scene.history.sessions[before].origin = Origin::Inferred;
        const auto shell = scene.process("WS07", 500, "C:\\Windows\\explorer.exe", before, 1);
        scene.history.processes[shell].end = Scene::at(60);
        const auto program = scene.process("WS07", 501, "C:\\Tools\\tool.exe", before, 2);
        if (!something_runs) scene.history.processes[program].end = Scene::at(61);
        const auto now = scene.session("WS07", 0x5000, "brian", LogonType::Unknown, 190);
        scene.history.sessions[now].origin = Origin::Inferred;
        scene.process("WS07", 600, "C:\\Windows\\explorer.exe", now, 191);
        scene.connection("WS07", 300, "4", kSystem, "10.0.0.7", "50001", "10.0.0.20", "445");
        const auto remote = scene.arrive(0x2000, "brian", 300, 50001);
        const Links links = scene.find();
        ASSERT_TRUE(link_between(links, now, remote));
        EXPECT_EQ(link_between(links, now, remote)->strength, something_runs ? Strength::Probable : Strength::Strong);
        EXPECT_EQ(link_between(links, before, remote) != nullptr, something_runs);
    }
}

/// Where only Sysmon is there, a session that begins for a program that another session's starts is a runas.
TEST(OddLogons, ThatBeganForTheirFirstProgramAreARunasAndNoTheft) {
    for (const bool at_once : {true, false}) {
        Network scene;
        const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
        const auto shell = scene.process("WS07", 600, "C:\\Windows\\System32\\runas.exe", brian, 90);
        const auto ann = scene.session("WS07", 0x5000, "ann", LogonType::Unknown, at_once ? 99 : 20);
        scene.history.sessions[ann].origin = Origin::Inferred;
        scene.process("WS07", 601, "C:\\Windows\\System32\\cmd.exe", ann, 100, shell);
        const Links links = scene.find();
        ASSERT_TRUE(link_between(links, brian, ann));
        EXPECT_EQ(link_between(links, brian, ann)->kind,
                  at_once ? LinkKind::ExplicitCredentials : LinkKind::TokenTheft);
    }
}

}  // namespace
}  // namespace spoor::trails
