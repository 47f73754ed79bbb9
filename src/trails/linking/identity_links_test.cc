#include <gtest/gtest.h>

#include "trails/scene_test.h"

namespace spoor::trails {
namespace {

TEST(IdentityLinks, AThreadStartedInAnotherSessionsProcessIsAnInjection) {
    Scene scene;
    const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
    const auto system = scene.session("WS07", 0x3e7, "WS07$", LogonType::System, 0);
    const auto payload = scene.process("WS07", 600, "C:\\Temp\\payload.exe", brian, 10);
    const auto target = scene.process("WS07", 800, "C:\\Windows\\System32\\spoolsv.exe", system, 1);
    const auto own = scene.process("WS07", 601, "C:\\Windows\\notepad.exe", brian, 11);
    for (const std::string_view pid : {"800", "601"})
        scene.event("WS07", 20, Kind::RemoteThreadCreated, 8,
                    {{"SourceProcessId"_field, "600"}, {"TargetProcessId"_field, pid}});
    const Links links = scene.find();
    ASSERT_EQ(links.links.size(), 1u);
    EXPECT_EQ(links.links[0].from, brian);
    EXPECT_EQ(links.links[0].kind, LinkKind::Injection);
    EXPECT_EQ(links.links[0].process, payload);
    EXPECT_EQ(links.links[0].to_process, target);
    (void)own;
}

TEST(IdentityLinks, WhatAProcessHadStartedBeforeTheInjectionIsItsOwn) {
    Scene scene;
    const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
    const auto system = scene.session("WS07", 0x3e7, "WS07$", LogonType::System, 0);
    scene.process("WS07", 600, "C:\\Temp\\payload.exe", brian, 10);
    const auto target = scene.process("WS07", 800, "C:\\Windows\\System32\\spoolsv.exe", system, 1);
    const auto before = scene.process("WS07", 801, "C:\\Windows\\System32\\cmd.exe", system, 5, target);
    const auto after = scene.process("WS07", 802, "C:\\Windows\\System32\\cmd.exe", system, 30, target);
    scene.event("WS07", 20, Kind::RemoteThreadCreated, 8,
                {{"SourceProcessId"_field, "600"}, {"TargetProcessId"_field, "800"}});
    const Links links = scene.find();
    const Tracer tracer(scene.history, links);
    EXPECT_EQ(tracer.back_from_process(after).first_human, brian);
    EXPECT_EQ(tracer.back_from_process(before).first_human, kNobody);
}

TEST(IdentityLinks, AProcessThatActsUnderAnotherSessionHasTakenItsIdentityOn) {
    Scene scene;
    const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
    const auto admin = scene.session("WS07", 0x2000, "admin", LogonType::Network, 5);
    scene.process("WS07", 600, "C:\\Temp\\payload.exe", brian, 10);
    for (const std::string_view subject : {"0x1000", "0x2000"})
        scene.event(
            "WS07", 20, Kind::PrivilegesAdjusted, 4703,
            {{"SubjectLogonId"_field, subject}, {"ProcessId"_field, "600"}, {"Image"_field, "C:\\Temp\\payload.exe"}});
    const Links links = scene.find();
    ASSERT_EQ(links.links.size(), 1u);
    EXPECT_EQ(links.links[0].from, brian);
    EXPECT_EQ(links.links[0].to, admin);
    EXPECT_EQ(links.links[0].kind, LinkKind::Impersonation);
}

TEST(IdentityLinks, AProgramInASessionThatItsParentDidNotHaveRunsUnderAStolenToken) {
    for (const std::string_view parent_image : {"C:\\Temp\\payload.exe", "C:\\Windows\\System32\\svchost.exe"}) {
        Scene scene;
        const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
        const auto admin = scene.session("WS07", 0x2000, "admin", LogonType::Interactive, 5);
        const auto parent = scene.process("WS07", 600, parent_image, brian, 10);
        const auto child = scene.process("WS07", 601, "C:\\Windows\\System32\\cmd.exe", admin, 20, parent);
        const Links links = scene.find();
        if (parent_image.ends_with("svchost.exe")) {
            EXPECT_TRUE(links.links.empty());  // it starts programs for everyone
            continue;
        }
        ASSERT_EQ(links.links.size(), 1u);
        EXPECT_EQ(links.links[0].kind, LinkKind::TokenTheft);
        EXPECT_EQ(links.links[0].strength, Strength::Strong);
        EXPECT_EQ(links.links[0].to_process, child);
    }
}

TEST(IdentityLinks, AServicesProgramThatStartsOneOfTheSystemsStoleItsToken) {
    for (const std::string_view program : {"C:\\Temp\\potato.exe", "C:\\Windows\\System32\\svchost.exe"}) {
        Scene scene;
        const auto system = scene.session("WS07", 0x3e7, "SYSTEM", LogonType::System, -100);
        const auto service = scene.session("WS07", 0x3e5, "LOCAL SERVICE", LogonType::Service, -100);
        const auto parent = scene.process("WS07", 600, program, service, 10);
        scene.process("WS07", 601, "C:\\Temp\\nc64.exe", system, 20, parent);
        const Links links = scene.find();
        const Link* link = link_between(links, service, system);
        ASSERT_EQ(link != nullptr, program.ends_with("potato.exe"));
        if (link) {
            EXPECT_EQ(link->kind, LinkKind::TokenTheft);
        }
    }
}

TEST(IdentityLinks, TheSystemStartsProgramsForItsServicesAllTheTime) {
    Scene scene;
    const auto system = scene.session("WS07", 0x3e7, "SYSTEM", LogonType::System, -100);
    const auto service = scene.session("WS07", 0x3e5, "LOCAL SERVICE", LogonType::Service, -100);
    const auto parent = scene.process("WS07", 600, "C:\\Program Files\\Agent\\agent.exe", system, 10);
    scene.process("WS07", 601, "C:\\Program Files\\Agent\\worker.exe", service, 20, parent);
    EXPECT_TRUE(scene.find().links.empty());
}

TEST(IdentityLinks, AProgramOfAnotherAccountRightAfterAPromptIsNoTheft) {
    for (const double prompted : {40.0, -600.0}) {
        Scene scene;
        const auto carol = scene.session("WS07", 0x1000, "carol", LogonType::Interactive, -1000);
        const auto admin = scene.session("WS07", 0x3000, "admin", LogonType::Unknown, 45);
        scene.history.sessions[admin].origin = Origin::Inferred;
        const auto system = scene.session("WS07", 0x3e7, "WS07$", LogonType::System, -2000);
        const auto shell = scene.process("WS07", 100, "C:\\Windows\\explorer.exe", carol, -990);
        scene.process("WS07", 101, "C:\\Windows\\System32\\consent.exe", system, prompted);
        scene.process("WS07", 102, "C:\\Temp\\setup.exe", admin, 60, shell);
        const Links links = scene.find();
        const Link* link = link_between(links, carol, admin);
        ASSERT_TRUE(link);
        EXPECT_EQ(link->kind, prompted > 0 ? LinkKind::UacOtherUser : LinkKind::TokenTheft);
        // What old Windows writes of the same: the service that asked, in place of the new session.
        scene.history.processes.back().session = system;
        EXPECT_EQ(link_between(scene.find(), carol, system) != nullptr, prompted < 0);
    }
}

TEST(IdentityLinks, APersonsOwnSessionEndsTheTrailAndShowsTheIntruderBesideIt) {
    Scene scene;
    const auto intruder = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
    const auto victim = scene.session("WS07", 0x2000, "admin", LogonType::Interactive, 5);
    scene.process("WS07", 600, "C:\\Temp\\payload.exe", intruder, 10);
    const auto explorer = scene.process("WS07", 700, "C:\\Windows\\explorer.exe", victim, 6);
    const auto shell = scene.process("WS07", 701, "C:\\Windows\\System32\\cmd.exe", victim, 30, explorer);
    scene.event("WS07", 20, Kind::RemoteThreadCreated, 8,
                {{"SourceProcessId"_field, "600"}, {"TargetProcessId"_field, "700"}});
    const Links links = scene.find();
    const Trail trail = Tracer(scene.history, links).back_from_process(shell);
    EXPECT_EQ(trail.first_human, victim);
    ASSERT_EQ(trail.alternatives.size(), 1u);
    EXPECT_EQ(links.links[trail.alternatives[0]].from, intruder);
}

TEST(StationLinks, AnUnlockIsACheckBesideTheSessionThatGoesOn) {
    Scene scene;
    const auto desktop = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
    const auto check = scene.session("WS07", 0x5000, "brian", LogonType::Unlock, 600);
    const auto others = scene.session("WS07", 0x6000, "carol", LogonType::Unlock, 600);
    scene.event("WS07", 600.5, Kind::WorkstationUnlocked, 4801, {{"TargetLogonId"_field, "0x1000"}});
    const Links links = scene.find();
    ASSERT_TRUE(link_between(links, check, desktop));
    EXPECT_EQ(link_between(links, check, desktop)->kind, LinkKind::Unlock);
    EXPECT_FALSE(link_between(links, others, desktop));
    EXPECT_EQ(Tracer(scene.history, links).back_from_session(desktop).steps.size(), 1u);
}

TEST(StationLinks, AnUnlockByWhoHasNoFullRightsIsOneToo) {
    Scene scene;
    const auto desktop = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
    const auto check = scene.session("WS07", 0x5000, "brian", LogonType::Unlock, 600);
    scene.history.sessions[check].elevated = false;
    scene.event("WS07", 600.5, Kind::WorkstationUnlocked, 4801, {{"TargetLogonId"_field, "0x1000"}});
    EXPECT_TRUE(link_between(scene.find(), check, desktop));
}

TEST(StationLinks, AReconnectHasTheClientsNetworkCheckBeforeIt) {
    Scene scene;
    const auto desktop = scene.session("FS01", 0x1000, "brian", LogonType::RemoteInteractive, 0);
    const auto check = scene.session("FS01", 0x5000, "brian", LogonType::Network, 600);
    scene.history.sessions[check].source_address = IpAddress::parse("10.0.0.7").value();
    const auto elsewhere = scene.session("FS01", 0x5100, "brian", LogonType::Network, 599);
    scene.history.sessions[elsewhere].source_address = IpAddress::parse("10.0.0.8").value();
    scene.event("FS01", 601, Kind::SessionReconnected, 4778,
                {{"LogonId"_field, "0x1000"}, {"ClientName"_field, "WS07"}, {"ClientAddress"_field, "10.0.0.7"}});
    const Links links = scene.find();
    ASSERT_TRUE(link_between(links, desktop, check));
    EXPECT_EQ(link_between(links, desktop, check)->kind, LinkKind::RdpReconnect);
    EXPECT_FALSE(link_between(links, desktop, elsewhere));
}

TEST(StationLinks, TsconSaysWhoTookADesktopOver) {
    for (const bool by_tscon : {true, false}) {
        Scene scene;
        const auto system = scene.session("FS01", 0x3e7, "FS01$", LogonType::System, 0);
        const auto victim = scene.session("FS01", 0x1000, "admin", LogonType::RemoteInteractive, 0);
        const auto intruder = scene.session("FS01", 0x2000, "brian", LogonType::RemoteInteractive, 100);
        if (by_tscon) scene.process("FS01", 800, "C:\\Windows\\System32\\tscon.exe", system, 600);
        scene.event("FS01", 600.5, Kind::SessionDisconnected, 4779,
                    {{"LogonId"_field, "0x2000"}, {"ClientName"_field, "KALI"}});
        scene.event("FS01", 601, Kind::SessionReconnected, 4778,
                    {{"LogonId"_field, "0x1000"}, {"ClientName"_field, "KALI"}});
        const Links links = scene.find();
        const Link* link = link_between(links, intruder, victim);
        ASSERT_EQ(link != nullptr, by_tscon);
        if (!link) continue;
        EXPECT_EQ(link->kind, LinkKind::RdpTakenOver);
        EXPECT_EQ(link->strength, Strength::Strong);
    }
}

TEST(StationLinks, ATerminalSessionThatAnotherDisconnectedWasTakenOver) {
    Scene scene;
    const auto victim = scene.session("FS01", 0x1000, "admin", LogonType::RemoteInteractive, 0);
    const auto intruder = scene.session("FS01", 0x2000, "brian", LogonType::RemoteInteractive, 100);
    scene.history.sessions[victim].terminal_session = 2;
    scene.history.sessions[intruder].terminal_session = 3;
    scene.event("FS01", 500, Kind::TerminalTakenOver, 39, {{"TargetSession"_field, "3"}, {"Source"_field, "3"}});
    EXPECT_FALSE(link_between(scene.find(), intruder, victim));
    scene.event("FS01", 600, Kind::TerminalTakenOver, 39, {{"TargetSession"_field, "2"}, {"Source"_field, "3"}});
    const Links links = scene.find();
    ASSERT_TRUE(link_between(links, intruder, victim));
    EXPECT_EQ(link_between(links, intruder, victim)->kind, LinkKind::RdpTakenOver);
}

}  // namespace
}  // namespace spoor::trails
