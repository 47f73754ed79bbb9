// Origins that look alike: where records leave two of them open, neither is called sure.
#include <gtest/gtest.h>

#include "trails/scene_test.h"

namespace spoor::trails {
namespace {

IpAddress address(std::string_view text) { return IpAddress::parse(text).value(); }

Strength strength_between(const Links& links, std::uint32_t from, std::uint32_t to) {
    const Link* link = link_between(links, from, to);
    return link ? link->strength : Strength::Weak;
}

TEST(Ambiguity, AnIntrudersNetworkSessionMayHaveAskedAsWellAsTheDesktop) {
    for (const bool ran_anything : {true, false}) {
        Scene scene;
        const auto desktop = scene.session("WS07", 0x1000, "admin", LogonType::Interactive, 0);
        scene.process("WS07", 500, "C:\\Windows\\explorer.exe", desktop, 5);
        // Somebody came in over the network under the same account, and runs programs there.
        const auto intruder = scene.session("WS07", 0x6000, "admin", LogonType::Network, 50);
        if (ran_anything) scene.process("WS07", 600, "C:\\Windows\\System32\\cmd.exe", intruder, 51);
        const auto network = scene.session("FS01", 0x2000, "admin", LogonType::Network, 100);
        scene.history.sessions[network].source_address = address("10.0.0.7");
        scene.history.sessions[network].source_port = 50'001;
        scene.connection("WS07", 100, "4", "System", "10.0.0.7", "50001", "10.0.0.20", "445");
        const Links links = scene.find();
        EXPECT_EQ(strength_between(links, desktop, network), ran_anything ? Strength::Probable : Strength::Strong);
        EXPECT_EQ(strength_between(links, intruder, network), ran_anything ? Strength::Probable : Strength::Weak);
    }
}

TEST(Ambiguity, WhatCameFromTheHostItselfHasNoOriginOnAnother) {
    for (const std::string_view loopback : {"127.0.0.1", "::1"}) {
        Scene scene;
        const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
        scene.process("WS07", 5416, "C:\\Windows\\powershell.exe", brian, 10);
        const auto carol = scene.session("FS01", 0x1000, "carol", LogonType::Interactive, 0);
        const auto plink = scene.process("FS01", 900, "C:\\Temp\\plink.exe", carol, 10);
        const auto inside = scene.session("FS01", 0x2000, "carol", LogonType::Network, 20);
        scene.history.sessions[inside].source_address = address(loopback);
        scene.history.sessions[inside].source_port = 50'001;
        scene.connection("WS07", 20, "5416", "C:\\Windows\\powershell.exe", loopback, "50001", loopback, "8080");
        EXPECT_EQ(strength_between(scene.find(), brian, inside), Strength::Weak);
        scene.connection("FS01", 20, "900", "C:\\Temp\\plink.exe", loopback, "50001", loopback, "445");
        const Links links = scene.find();
        EXPECT_EQ(strength_between(links, brian, inside), Strength::Weak);
        ASSERT_TRUE(link_between(links, carol, inside));
        EXPECT_EQ(link_between(links, carol, inside)->process, plink);
    }
}

TEST(Ambiguity, TwoRemoteDesktopClientsAtOnceLeaveItOpen) {
    for (const bool second_too : {true, false}) {
        for (const bool by_connection : {true, false}) {
            Scene scene;
            const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
            const auto carol = scene.session("WS07", 0x5000, "carol", LogonType::RemoteInteractive, 1);
            scene.process("WS07", 600, "C:\\Windows\\System32\\mstsc.exe", brian, 80);
            scene.process("WS07", 601, "C:\\Windows\\System32\\mstsc.exe", carol, 80);
            scene.connection("WS07", 10, "700", "C:\\Windows\\System32\\lsass.exe", "10.0.0.7", "49000", "10.0.0.1",
                             "389");
            scene.connection("FS01", 10, "700", "C:\\Windows\\System32\\lsass.exe", "10.0.0.20", "49000", "10.0.0.1",
                             "389");
            const auto desktop = scene.session("FS01", 0x3000, "admin", LogonType::RemoteInteractive, 100);
            scene.history.sessions[desktop].source_address = address("10.0.0.7");
            const auto call = [&](double at, std::string_view pid, std::string_view port) {
                if (by_connection)
                    scene.connection("WS07", at, pid, "C:\\Windows\\System32\\mstsc.exe", "10.0.0.7", port, "10.0.0.20",
                                     "3389");
                else
                    scene.event("WS07", at, Kind::RemoteDesktopClient, 1024,
                                {{"Value"_field, "FS01"}, {"ExecutionProcessID"_field, pid}});
            };
            call(95, "600", "50100");
            if (second_too) call(97, "601", "50101");
            const Links links = scene.find();
            EXPECT_EQ(strength_between(links, brian, desktop), second_too ? Strength::Probable : Strength::Strong);
            EXPECT_EQ(strength_between(links, carol, desktop), second_too ? Strength::Probable : Strength::Weak);
        }
    }
}

TEST(Ambiguity, CredentialsThatTwoSessionsTypedForOneServerLeaveItOpen) {
    for (const bool second_too : {true, false}) {
        Scene scene;
        const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
        const auto carol = scene.session("WS08", 0x5000, "carol", LogonType::Interactive, 1);
        const auto network = scene.session("FS01", 0x2000, "admin", LogonType::Network, 100);
        const auto type = [&](std::string_view host, double at, std::string_view subject) {
            scene.event(host, at, Kind::ExplicitCredentials, 4648,
                        {{"SubjectLogonId"_field, subject},
                         {"TargetUserName"_field, "admin"},
                         {"TargetServerName"_field, "FS01"}});
        };
        type("WS07", 98, "0x1000");
        if (second_too) type("WS08", 99, "0x5000");
        const Links links = scene.find();
        EXPECT_EQ(strength_between(links, brian, network), second_too ? Strength::Probable : Strength::Strong);
        EXPECT_EQ(strength_between(links, carol, network), second_too ? Strength::Probable : Strength::Weak);
    }
}

TEST(Ambiguity, ANameThatTwoHostsHaveMeansTheOneInTheSameDomain) {
    Scene scene;
    const auto here = scene.session("WS07.a.example", 0x1000, "brian", LogonType::Interactive, 0);
    const auto there = scene.session("WS07.b.example", 0x1000, "brian", LogonType::Interactive, 0);
    const auto a = scene.session("FS01.a.example", 0x2000, "brian", LogonType::Network, 100);
    const auto b = scene.session("FS02.b.example", 0x2000, "brian", LogonType::Network, 100);
    const auto c = scene.session("FS03.c.example", 0x2000, "brian", LogonType::Network, 100);
    for (const auto network : {a, b, c}) scene.history.sessions[network].workstation = "WS07";
    const Links links = scene.find();
    EXPECT_TRUE(link_between(links, here, a));
    EXPECT_FALSE(link_between(links, there, a));
    EXPECT_TRUE(link_between(links, there, b));
    EXPECT_FALSE(link_between(links, here, b));
    EXPECT_FALSE(link_between(links, here, c));
    EXPECT_FALSE(link_between(links, there, c));
}

TEST(Ambiguity, ALocalAccountOfTheServerMayBeItsNamesakeOnTheClient) {
    for (const std::string_view domain : {"FS01", "CORP"}) {
        Scene scene;
        const auto local = scene.session("WS07", 0x1000, "admin", LogonType::Interactive, 0);
        scene.history.sessions[local].user.sid = Sid::parse("S-1-5-21-1-1-1-500").value();
        const auto network = scene.session("FS01", 0x2000, "admin", LogonType::Network, 100);
        scene.history.sessions[network].user.sid = Sid::parse("S-1-5-21-2-2-2-500").value();
        scene.history.sessions[network].user.domain = domain;
        scene.history.sessions[network].source_address = address("10.0.0.7");
        scene.history.sessions[network].source_port = 50'001;
        scene.connection("WS07", 100, "4", "System", "10.0.0.7", "50001", "10.0.0.20", "445");
        EXPECT_EQ(strength_between(scene.find(), local, network),
                  domain == "FS01" ? Strength::Probable : Strength::Weak);
    }
}

TEST(Ambiguity, ALocalAccountIsNoDomainAccountOfTheSameName) {
    for (const std::string_view domain : {"WS07", "CORP"})
        for (const bool connected : {true, false}) {
            Scene scene;
            // Sysmon tells the names of a session's account and not its SID.
            const auto desktop = scene.session("WS07.corp.example", 0x1000, "admin", LogonType::Interactive, 0);
            scene.history.sessions[desktop].user.domain = domain;
            const auto network = scene.session("FS01.corp.example", 0x2000, "admin", LogonType::Network, 100);
            scene.history.sessions[network].user.sid = Sid::parse("S-1-5-21-2-2-2-500").value();
            scene.history.sessions[network].source_address = address("10.0.0.7");
            scene.history.sessions[network].source_port = 50'001;
            if (connected)
                scene.connection("WS07.corp.example", 100, "4", "System", "10.0.0.7", "50001", "10.0.0.20", "445");
            else
                scene.connection("WS07.corp.example", 90, "700", "C:\\Windows\\System32\\lsass.exe", "10.0.0.7",
                                 "49000", "10.0.0.1", "389");
            EXPECT_EQ(strength_between(scene.find(), desktop, network),
                      domain == "CORP" ? Strength::Strong : Strength::Weak);
        }
}

TEST(Ambiguity, ALocalAccountOfTheServerIsNoDomainAccountOfTheSameName) {
    Scene scene;
    const auto desktop = scene.session("WS07", 0x1000, "admin", LogonType::Interactive, 0);
    const auto network = scene.session("FS01", 0x2000, "admin", LogonType::Network, 100);
    scene.history.sessions[network].user.domain = "FS01";
    scene.history.sessions[network].source_address = address("10.0.0.7");
    scene.connection("WS07", 90, "700", "C:\\Windows\\System32\\lsass.exe", "10.0.0.7", "49000", "10.0.0.1", "389");
    EXPECT_EQ(strength_between(scene.find(), desktop, network), Strength::Probable);
}

TEST(Ambiguity, AnotherUsersCallOfRemoteManagementIsNoMoreThanProbable) {
    for (const std::string_view caller : {"brian", "carol"}) {
        Scene scene;
        const auto desktop = scene.session("WS07", 0x1000, caller, LogonType::Interactive, 0);
        scene.process("WS07", 5416, "C:\\Windows\\powershell.exe", desktop, 10);
        const auto network = scene.session("FS01", 0x2000, "brian", LogonType::Network, 100);
        scene.event("WS07", 98, Kind::WinrmClient, 6,
                    {{"connection"_field, "FS01/wsman?PSVersion=5.1"}, {"ExecutionProcessID"_field, "5416"}});
        EXPECT_EQ(strength_between(scene.find(), desktop, network),
                  caller == "brian" ? Strength::Strong : Strength::Probable);
    }
}

TEST(Ambiguity, AnAddressThatItsHostHadBeforeAnotherIsNoMoreThanProbable) {
    for (const bool moved : {true, false}) {
        Scene scene;
        const auto desktop = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
        const auto network = scene.session("FS01", 0x2000, "brian", LogonType::Network, 40'000);
        scene.history.sessions[network].source_address = address("10.0.0.7");
        scene.history.sessions[network].source_port = 50'001;
        const auto seen = [&](double at, std::string_view own) {
            scene.connection("WS07", at, "700", "C:\\Windows\\System32\\lsass.exe", own, "49000", "10.0.0.1", "389");
        };
        seen(10, "10.0.0.7");
        for (const double at : {30'000.0, 39'990.0, 41'000.0}) seen(at, moved ? "10.0.0.8" : "10.0.0.7");
        EXPECT_EQ(strength_between(scene.find(), desktop, network), moved ? Strength::Probable : Strength::Strong);
    }
}

TEST(Ambiguity, OfTwoRemoteDesktopClientsTheOneOfTheSameUserIsTheOrigin) {
    Scene scene;
    const auto brian = scene.session("JUMP", 0x1000, "brian", LogonType::RemoteInteractive, 0);
    const auto carol = scene.session("JUMP", 0x3000, "carol", LogonType::RemoteInteractive, 0);
    scene.process("JUMP", 501, "C:\\Windows\\System32\\mstsc.exe", brian, 10);
    scene.process("JUMP", 502, "C:\\Windows\\System32\\mstsc.exe", carol, 10);
    scene.connection("JUMP", 50, "501", "C:\\Windows\\System32\\mstsc.exe", "10.0.0.7", "50001", "10.0.0.20", "3389");
    scene.connection("JUMP", 95, "502", "C:\\Windows\\System32\\mstsc.exe", "10.0.0.7", "50002", "10.0.0.20", "3389");
    // Brian read a legal notice first.
    const auto brians = scene.session("FS01", 0x2000, "brian", LogonType::RemoteInteractive, 100);
    const auto carols = scene.session("FS01", 0x2100, "carol", LogonType::RemoteInteractive, 104);
    for (const auto desktop : {brians, carols}) scene.history.sessions[desktop].source_address = address("10.0.0.7");
    const Links links = scene.find();
    EXPECT_EQ(strength_between(links, brian, brians), Strength::Strong);
    EXPECT_EQ(strength_between(links, carol, carols), Strength::Strong);
    EXPECT_FALSE(link_between(links, carol, brians));
    EXPECT_FALSE(link_between(links, brian, carols));
}

TEST(Ambiguity, WithoutItsLogonASessionComesFromWhoCalledTheHostAsItBegan) {
    for (const std::string_view caller : {"brian", "carol"})
        for (const std::string_view parent :
             {"C:\\Windows\\System32\\wbem\\WmiPrvSE.exe", "C:\\Windows\\explorer.exe"}) {
            Scene scene;
            const auto desktop = scene.session("WS07", 0x1000, caller, LogonType::Interactive, 0);
            scene.process("WS07", 600, "C:\\Windows\\powershell.exe", desktop, 10);
            scene.connection("WS07", 101, "600", "C:\\Windows\\powershell.exe", "10.0.0.7", "50002", "10.0.0.20",
                             "49670");
            scene.connection("FS01", 50, "700", "C:\\Windows\\lsass.exe", "10.0.0.20", "49000", "10.0.0.1", "389");
            const auto network = scene.session("FS01", 0x2000, "brian", LogonType::Network, 100);
            scene.history.sessions[network].origin = Origin::Inferred;
            const auto program = scene.process("FS01", 900, "C:\\Windows\\System32\\cmd.exe", network, 100.5);
            scene.history.processes[program].parent_image = parent;
            EXPECT_EQ(strength_between(scene.find(), desktop, network), parent.ends_with("explorer.exe")
                                                                            ? Strength::Weak
                                                                        : caller == "brian" ? Strength::Strong
                                                                                            : Strength::Probable);
        }
}

TEST(Ambiguity, ANetworkSessionHasNoCredentialsForAThirdHost) {
    for (const std::string_view level : {"%%1833", "%%1840"}) {
        Scene scene;
        const auto first = scene.session("FS01", 0x1000, "brian", LogonType::Network, 0);
        scene.history.sessions[first].impersonation_level = level;
        const auto second = scene.session("DC01", 0x2000, "brian", LogonType::Network, 100);
        scene.history.sessions[second].source_address = address("10.0.0.20");
        scene.history.sessions[second].source_port = 50'001;
        scene.connection("FS01", 100, "4", "System", "10.0.0.20", "50001", "10.0.0.1", "445");
        EXPECT_EQ(strength_between(scene.find(), first, second),
                  level == "%%1840" ? Strength::Strong : Strength::Probable);
    }
}

}  // namespace
}  // namespace spoor::trails
