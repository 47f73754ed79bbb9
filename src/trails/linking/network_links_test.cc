#include <gtest/gtest.h>

#include "trails/evidence/address_book.h"
#include "trails/scene_test.h"

namespace spoor::trails {
namespace {

TEST(NetworkLinks, AProgramsConnectionTiesANetworkLogonToItsSessionForCertain) {
    Scene scene;
    const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
    const auto powershell = scene.process("WS07", 5416, "C:\\Windows\\powershell.exe", brian, 10);
    const auto network = scene.session("FS01", 0x2000, "brian", LogonType::Network, 20);
    scene.history.sessions[network].source_address = IpAddress::parse("10.0.0.7").value();
    scene.history.sessions[network].source_port = 50001;
    scene.connection("WS07", 21.5, "5416", "C:\\Windows\\powershell.exe", "10.0.0.7", "50001", "10.0.0.20", "49700");

    const Links links = scene.find();
    const Link* link = link_between(links, brian, network);
    ASSERT_TRUE(link);
    EXPECT_EQ(link->strength, Strength::Certain);
    EXPECT_EQ(link->process, powershell);
}

TEST(NetworkLinks, APortUsedHoursBeforeIsAnotherConnection) {
    Scene scene;
    const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
    scene.process("WS07", 5416, "C:\\Windows\\powershell.exe", brian, 10);
    const auto network = scene.session("FS01", 0x2000, "someone", LogonType::Network, 20'000);
    scene.history.sessions[network].source_address = IpAddress::parse("10.0.0.7").value();
    scene.history.sessions[network].source_port = 50001;
    scene.connection("WS07", 20, "5416", "C:\\Windows\\powershell.exe", "10.0.0.7", "50001", "10.0.0.20", "49700");
    EXPECT_FALSE(link_between(scene.find(), brian, network));
}

TEST(NetworkLinks, TwoSessionsOfTheUserOnTheClientAreTwoProbableOrigins) {
    Scene scene;
    const auto first = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
    const auto second = scene.session("WS07", 0x5000, "brian", LogonType::RemoteInteractive, 5);
    const auto network = scene.session("FS01", 0x2000, "brian", LogonType::Network, 20);
    scene.history.sessions[network].source_address = IpAddress::parse("10.0.0.7").value();
    scene.history.sessions[network].source_port = 50001;
    scene.connection("WS07", 20, "4", "System", "10.0.0.7", "50001", "10.0.0.20", "445");
    const Links links = scene.find();
    for (const auto from : {first, second}) {
        const Link* link = link_between(links, from, network);
        ASSERT_TRUE(link);
        EXPECT_EQ(link->strength, Strength::Probable);
        EXPECT_EQ(link->kind, LinkKind::Smb);
    }
}

TEST(NetworkLinks, AClockSevenMinutesOffIsAllowedFor) {
    Scene scene;
    const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
    scene.process("WS07", 5416, "C:\\Windows\\powershell.exe", brian, 10);
    std::uint32_t last = kNobody;
    for (std::uint64_t i = 0; i < 5; ++i) {
        last = scene.session("DC01", 0x2000 + i * 0x100, "brian", LogonType::Network,
                             20 + 30.0 * static_cast<double>(i) + 420);
        scene.history.sessions[last].source_address = IpAddress::parse("10.0.0.7").value();
        scene.history.sessions[last].source_port = static_cast<std::uint16_t>(50001 + i);
        scene.connection("WS07", 20 + 30.0 * static_cast<double>(i), "5416", "C:\\Windows\\powershell.exe", "10.0.0.7",
                         std::to_string(50001 + i), "10.0.0.1", "389");
    }
    const Links links = scene.find();
    ASSERT_EQ(links.skews.size(), 1u);
    EXPECT_EQ(links.skews[0].offset, Duration::seconds(420));
    const Link* link = link_between(links, brian, last);
    ASSERT_TRUE(link);
    EXPECT_EQ(link->strength, Strength::Certain);
}

TEST(NetworkLinks, ClocksOfHostsThatNeverMetAreComparedThroughAThird) {
    Scene scene;
    const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
    const auto shell = scene.process("WS07", 5416, "C:\\Windows\\powershell.exe", brian, 10);
    // FS01's clock is fifteen minutes ahead of the workstation's, and the controller's five.
    for (std::uint64_t i = 0; i < 5; ++i) {
        const double time = 20 + 30.0 * static_cast<double>(i);
        for (const auto& [host, address, ahead, port] :
             {std::tuple("WS07", "10.0.0.7", 0, 50001), std::tuple("FS01", "10.0.0.20", 900, 51001)}) {
            const std::uint64_t number = static_cast<std::uint64_t>(port) + i;
            const auto made = scene.session("DC01", 0x100 * number, "x", LogonType::Network, time + 300);
            scene.history.sessions[made].source_address = IpAddress::parse(address).value();
            scene.history.sessions[made].source_port = static_cast<std::uint16_t>(number);
            scene.connection(host, time + ahead, "900", "C:\\Windows\\x.exe", address, std::to_string(number),
                             "10.0.0.1", "389");
        }
    }
    const auto remote = scene.session("FS01", 0x9000, "carol", LogonType::Network, 400 + 900);
    scene.event("WS07", 400, Kind::ExplicitCredentials, 4648,
                {{"SubjectLogonId"_field, "0x1000"},
                 {"TargetUserName"_field, "carol"},
                 {"TargetServerName"_field, "FS01"},
                 {"TargetInfo"_field, "HTTP/FS01"},
                 {"ProcessId"_field, "5416"},
                 {"Image"_field, scene.history.processes[shell].image}});
    EXPECT_TRUE(link_between(scene.find(), brian, remote));
}

TEST(NetworkLinks, AClockThatIsSetMeanwhileHasAnOffsetForEachStretch) {
    Scene scene;
    const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
    scene.process("WS07", 5416, "C:\\Windows\\powershell.exe", brian, 10);
    std::vector<std::uint32_t> sessions;
    for (std::uint64_t i = 0; i < 8; ++i) {
        const double time = 20 + 600.0 * static_cast<double>(i);
        sessions.push_back(
            scene.session("DC01", 0x2000 + i * 0x100, "brian", LogonType::Network, time + (i < 4 ? 420 : 0)));
        scene.history.sessions[sessions.back()].source_address = IpAddress::parse("10.0.0.7").value();
        scene.history.sessions[sessions.back()].source_port = static_cast<std::uint16_t>(50001 + i);
        scene.connection("WS07", time, "5416", "C:\\Windows\\powershell.exe", "10.0.0.7", std::to_string(50001 + i),
                         "10.0.0.1", "389");
    }
    const Links links = scene.find();
    ASSERT_EQ(links.skews.size(), 2u);
    EXPECT_EQ(links.skews[0].offset, Duration::seconds(420));
    EXPECT_EQ(links.skews[1].offset, Duration{});
    for (const std::uint32_t session : sessions) {
        const Link* link = link_between(links, brian, session);
        ASSERT_TRUE(link);
        EXPECT_EQ(link->strength, Strength::Certain);
    }
}

TEST(NetworkLinks, ADelegatedLogonGoesBackToTheCallerOfTheServiceInBetween) {
    for (const std::string_view services : {"HTTP/web01.corp.example@CORP.EXAMPLE", "WEB01$@CORP", "-"}) {
        Scene scene;
        const auto pool = scene.session("WEB01", 0x500, "webapp", LogonType::Service, 0);
        scene.process("WEB01", 900, "C:\\Windows\\System32\\inetsrv\\w3wp.exe", pool, 1);
        const auto caller = scene.session("WEB01", 0x700, "brian", LogonType::Network, 15);
        const auto behind = scene.session("SQL01", 0x2000, "brian", LogonType::Network, 20);
        scene.history.sessions[behind].source_address = IpAddress::parse("10.0.0.8").value();
        scene.history.sessions[behind].source_port = 50'001;
        scene.history.sessions[behind].transmitted_services = services;
        scene.connection("WEB01", 20, "900", "C:\\Windows\\System32\\inetsrv\\w3wp.exe", "10.0.0.8", "50001",
                         "10.0.0.9", "1433");
        const Links links = scene.find();
        const Link* link = link_between(links, caller, behind);
        ASSERT_EQ(link != nullptr, services != "-") << services;
        EXPECT_EQ(link_between(links, pool, behind) != nullptr, services == "-");
        EXPECT_TRUE(!link || (link->kind == LinkKind::S4u && link->strength == Strength::Strong));
    }
}

TEST(NetworkLinks, AnAddressBelongsToAHostForASpanOfTime) {
    Scene scene;
    scene.connection("WS07", 0, "100", "a.exe", "10.0.0.7", "1001", "10.0.0.20", "443");
    scene.connection("WS08", 90'000, "100", "a.exe", "10.0.0.7", "1001", "10.0.0.20", "443");
    scene.evidence.settle();
    const AddressBook book(scene.evidence.addresses);
    const IpAddress address = IpAddress::parse("10.0.0.7").value();
    EXPECT_EQ(book.hosts_at(address, Scene::at(100)), std::vector{scene.host("WS07")});
    EXPECT_EQ(book.hosts_at(address, Scene::at(89'000)), std::vector{scene.host("WS08")});
    EXPECT_TRUE(book.hosts_at(IpAddress::parse("10.0.0.8").value(), Scene::at(0)).empty());
}

/// A client and a server, a session of brian's on the client with powershell in it, and his network session on the
/// server.
struct Hop : Scene {
    std::uint32_t brian = session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
    std::uint32_t powershell = process("WS07", 5416, "C:\\Windows\\powershell.exe", brian, 10);
    std::uint32_t network = session("FS01", 0x2000, "brian", LogonType::Network, 100);

    /// Where the logon says that it came from; without a port unless one is given.
    void from(std::string_view address, std::uint16_t port = 0) {
        history.sessions[network].source_address = IpAddress::parse(address).value();
        history.sessions[network].source_port = port;
    }
    /// The logs know these addresses of the two hosts.
    void know_addresses() {
        connection("WS07", 50, "700", "C:\\Windows\\System32\\lsass.exe", "10.0.0.7", "49000", "10.0.0.1", "389");
        connection("FS01", 50, "700", "C:\\Windows\\System32\\lsass.exe", "10.0.0.20", "49000", "10.0.0.1", "389");
    }
    const Link* found() {
        links = find();
        return link_between(links, brian, network);
    }
    Links links;
};

TEST(NetworkLinks, WithoutAConnectionTheClientsAddressAndTheUserTell) {
    Hop scene;
    scene.know_addresses();
    scene.from("10.0.0.7", 50'001);
    ASSERT_TRUE(scene.found());
    EXPECT_EQ(link_between(scene.links, scene.brian, scene.network)->strength, Strength::Strong);
}

TEST(NetworkLinks, ARemoteManagementLogonIsTiedByTypedCredentials) {
    Hop scene;
    scene.event("WS07", 99, Kind::ExplicitCredentials, 4648,
                {{"SubjectLogonId"_field, "0x1000"},
                 {"TargetUserName"_field, "brian"},
                 {"TargetServerName"_field, "FS01"},
                 {"TargetInfo"_field, "HTTP/FS01"},
                 {"ProcessId"_field, "5416"}});
    const Link* link = scene.found();
    ASSERT_TRUE(link);
    EXPECT_EQ(link->kind, LinkKind::Winrm);
    EXPECT_EQ(link->process, scene.powershell);
    EXPECT_EQ(link->strength, Strength::Strong);
}

TEST(NetworkLinks, CredentialsForAnotherServerOrUserTieNothing) {
    for (const auto& [server, user] : {std::pair("FS02", "brian"), std::pair("FS01", "carol")}) {
        Hop scene;
        scene.event(
            "WS07", 99, Kind::ExplicitCredentials, 4648,
            {{"SubjectLogonId"_field, "0x1000"}, {"TargetUserName"_field, user}, {"TargetServerName"_field, server}});
        EXPECT_FALSE(scene.found());
    }
}

TEST(NetworkLinks, TheClientsOwnLogOfRemoteManagementTellsWhoCalled) {
    Hop scene;
    scene.event("WS07", 98, Kind::WinrmClient, 6,
                {{"connection"_field, "FS01/wsman?PSVersion=5.1.19041.1"}, {"ExecutionProcessID"_field, "5416"}});
    const Link* link = scene.found();
    ASSERT_TRUE(link);
    EXPECT_EQ(link->kind, LinkKind::Winrm);
    EXPECT_EQ(link->process, scene.powershell);
}

TEST(NetworkLinks, AConnectionToTheManagementPortStandsForTheAddressThatIsMissing) {
    Hop scene;
    scene.know_addresses();
    scene.connection("WS07", 99.5, "5416", "C:\\Windows\\powershell.exe", "10.0.0.7", "50100", "10.0.0.20", "5985");
    const Link* link = scene.found();
    ASSERT_TRUE(link);
    EXPECT_EQ(link->kind, LinkKind::Winrm);
    EXPECT_EQ(link->strength, Strength::Strong);
}

TEST(NetworkLinks, TheServersRecordOfAShellNamesTheClient) {
    Hop scene;
    scene.know_addresses();
    scene.event("FS01", 100.5, Kind::WinrmRequest, 91,
                {{"resourceUri"_field,
                  "http://schemas.microsoft.com/powershell/Microsoft.PowerShell (CORP\\brian clientIP: 10.0.0.7)"}});
    const Link* link = scene.found();
    ASSERT_TRUE(link);
    EXPECT_EQ(link->kind, LinkKind::Winrm);
    EXPECT_EQ(link->strength, Strength::Strong);
}

TEST(NetworkLinks, ATicketForUserAndServerIsAProbableSign) {
    for (const std::string_view service : {"FS01$", "FS02$"}) {
        Hop scene;
        scene.know_addresses();
        scene.event("DC01", 99.9, Kind::ServiceTicketRequested, 4769,
                    {{"TargetUserName"_field, "brian@CORP.EXAMPLE"},
                     {"ServiceName"_field, service},
                     {"Status"_field, "0x0"},
                     {"IpAddress"_field, "::ffff:10.0.0.7"},
                     {"IpPort"_field, "50002"}});
        const Link* link = scene.found();
        ASSERT_EQ(link != nullptr, service == "FS01$");
        if (link) {
            EXPECT_EQ(link->strength, Strength::Probable);
        }
    }
}

TEST(NetworkLinks, TheClientsNameIsAProbableSign) {
    Hop scene;
    scene.history.sessions[scene.network].workstation = "\\\\ws07";
    const Link* link = scene.found();
    ASSERT_TRUE(link);
    EXPECT_EQ(link->strength, Strength::Probable);
}

TEST(NetworkLinks, BehindAnAddressThatNobodyIsKnownByTheClientsOwnSignsCount) {
    for (const bool typed : {true, false}) {
        Scene scene;
        const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
        const auto network = scene.session("FS01", 0x2000, "brian", LogonType::Network, 20);
        scene.history.sessions[network].source_address = IpAddress::parse("192.0.2.1").value();
        scene.history.sessions[network].source_port = 50'001;
        scene.history.sessions[network].workstation = "WS07";
        if (typed)
            scene.event("WS07", 19, Kind::ExplicitCredentials, 4648,
                        {{"SubjectLogonId"_field, "0x1000"},
                         {"TargetUserName"_field, "brian"},
                         {"TargetServerName"_field, "FS01"}});
        const Links links = scene.find();
        const Link* link = link_between(links, brian, network);
        ASSERT_TRUE(link);
        EXPECT_EQ(link->strength, typed ? Strength::Strong : Strength::Probable);
    }
}

TEST(NetworkLinks, WhatWasDoneInTheSessionTellsHowItWasReached) {
    for (const auto& [image, parent, kind] :
         {std::tuple("C:\\Windows\\System32\\cmd.exe", "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe", LinkKind::Wmi),
          std::tuple("C:\\Windows\\System32\\wsmprovhost.exe", "C:\\Windows\\System32\\svchost.exe", LinkKind::Winrm),
          std::tuple("C:\\Windows\\System32\\mmc.exe", "C:\\Windows\\System32\\svchost.exe", LinkKind::Dcom)}) {
        Hop scene;
        scene.from("10.0.0.7", 50'001);
        scene.connection("WS07", 100, "5416", "C:\\Windows\\powershell.exe", "10.0.0.7", "50001", "10.0.0.20", "49700");
        const auto system = scene.session("FS01", 0x3e7, "FS01$", LogonType::System, 0);
        scene.process("FS01", 900, image, scene.network, 101, scene.process("FS01", 800, parent, system, 1));
        const Link* link = scene.found();
        ASSERT_TRUE(link);
        EXPECT_EQ(link->kind, kind);
    }
}

TEST(NetworkLinks, CredentialsTypedForTheRedirectorSayWhoseConnectionItWas) {
    Hop scene;
    // net use as jimmy: System opens the connection, and jimmy has a session of his own on the client.
    scene.history.sessions[scene.network].user.name = "jimmy";
    const auto bystander = scene.session("WS07", 0x6000, "jimmy", LogonType::Interactive, 1);
    scene.from("10.0.0.7", 50'001);
    scene.connection("WS07", 100, "4", "System", "10.0.0.7", "50001", "10.0.0.20", "445");
    scene.event("WS07", 99.9, Kind::ExplicitCredentials, 4648,
                {{"SubjectLogonId"_field, "0x1000"},
                 {"TargetUserName"_field, "jimmy"},
                 {"TargetServerName"_field, "FS01"},
                 {"ProcessId"_field, "4"}});
    const Link* link = scene.found();
    ASSERT_TRUE(link);
    EXPECT_EQ(link->kind, LinkKind::Smb);
    EXPECT_EQ(link->strength, Strength::Strong);
    EXPECT_FALSE(link_between(scene.links, bystander, scene.network));
}

TEST(NetworkLinks, ASessionThatForgedATicketActsForTheTicketsUser) {
    Hop scene;
    scene.history.sessions[scene.network].user.name = "admin";
    scene.from("10.0.0.7", 50'001);
    scene.connection("WS07", 60, "5416", "C:\\Windows\\powershell.exe", "10.0.0.7", "49900", "10.0.0.1", "88");
    const EventRef ticket = scene.event("DC01", 60, Kind::TgtRequested, 4768,
                                        {{"TargetUserName"_field, "admin"},
                                         {"ServiceName"_field, "krbtgt"},
                                         {"Status"_field, "0x0"},
                                         {"IpAddress"_field, "10.0.0.7"},
                                         {"IpPort"_field, "49900"}});
    scene.connection("WS07", 100, "4", "System", "10.0.0.7", "50001", "10.0.0.20", "445");
    ASSERT_TRUE(scene.found());
    const std::vector<TicketOrigin> tickets = scene.tickets();
    ASSERT_EQ(tickets.size(), 1u);
    EXPECT_EQ(tickets[0].session, scene.brian);
    EXPECT_EQ(tickets[0].strength, Strength::Certain);
    (void)ticket;
}

TEST(NetworkLinks, AServiceTicketTellsAllLogonsThatWereMadeWithIt) {
    Hop scene;
    scene.event(
        "WS07", 99, Kind::ExplicitCredentials, 4648,
        {{"SubjectLogonId"_field, "0x1000"}, {"TargetUserName"_field, "brian"}, {"TargetServerName"_field, "FS01"}});
    const Guid ticket = Guid::parse("{c44f6d37-5ede-816e-8e08-d6a0c9c0e301}").value();
    const auto second = scene.session("FS01", 0x2100, "brian", LogonType::Network, 130);
    const auto third = scene.session("FS01", 0x2200, "brian", LogonType::Network, 131);
    scene.history.sessions[scene.network].logon_guid = scene.history.sessions[second].logon_guid = ticket;
    ASSERT_TRUE(scene.found());
    ASSERT_TRUE(link_between(scene.links, scene.brian, second));
    EXPECT_EQ(link_between(scene.links, scene.brian, second)->strength, Strength::Strong);
    EXPECT_FALSE(link_between(scene.links, scene.brian, third));
    // The same ticket from another address may be somebody else's of that second.
    scene.history.sessions[second].source_address = IpAddress::parse("10.0.0.99").value();
    ASSERT_TRUE(scene.found());
    ASSERT_TRUE(link_between(scene.links, scene.brian, second));
    EXPECT_EQ(link_between(scene.links, scene.brian, second)->strength, Strength::Probable);
}

/// The same two hosts, and a desktop on the server instead.
struct Desktop : Hop {
    std::uint32_t mstsc = process("WS07", 6000, "C:\\Windows\\System32\\mstsc.exe", brian, 80);
    std::uint32_t desktop = session("FS01", 0x3000, "jimmy", LogonType::RemoteInteractive, 200);

    Desktop() { history.sessions[desktop].source_address = IpAddress::parse("10.0.0.7").value(); }
    const Link* desktop_link() {
        links = find();
        return link_between(links, brian, desktop);
    }
};

TEST(NetworkLinks, TheServersRecordOfTheConnectionMakesARemoteDesktopCertain) {
    Desktop scene;
    scene.connection("WS07", 190, "6000", "C:\\Windows\\System32\\mstsc.exe", "10.0.0.7", "50200", "10.0.0.20", "3389");
    scene.event("FS01", 190.2, Kind::RemoteDesktopConnection, 131, {{"ClientIP"_field, "10.0.0.7:50200"}});
    const Link* link = scene.desktop_link();
    ASSERT_TRUE(link);
    EXPECT_EQ(link->kind, LinkKind::RdpHop);
    EXPECT_EQ(link->strength, Strength::Certain);
    EXPECT_EQ(link->process, scene.mstsc);
}

TEST(NetworkLinks, WithoutItTheClientProgramsConnectionIsStrong) {
    Desktop scene;
    scene.know_addresses();
    scene.connection("WS07", 190, "6000", "C:\\Windows\\System32\\mstsc.exe", "10.0.0.7", "50200", "10.0.0.20", "3389");
    const Link* link = scene.desktop_link();
    ASSERT_TRUE(link);
    EXPECT_EQ(link->strength, Strength::Strong);
}

TEST(NetworkLinks, WithoutConnectionsTheClientsLogOfItsCallsTells) {
    for (const std::string_view server : {"FS01", "10.0.0.20", "FS02"}) {
        Desktop scene;
        scene.know_addresses();
        scene.event("WS07", 185, Kind::RemoteDesktopClient, 1024,
                    {{"Name"_field, "Server Name"}, {"Value"_field, server}, {"ExecutionProcessID"_field, "6000"}});
        const Link* link = scene.desktop_link();
        ASSERT_EQ(link != nullptr, server != "FS02") << server;
        if (link) {
            EXPECT_EQ(link->kind, LinkKind::RdpHop);
        }
    }
}

TEST(NetworkLinks, ATrailThatHopsThroughADesktopGoesOnToTheFirst) {
    Desktop scene;
    scene.connection("WS07", 190, "6000", "C:\\Windows\\System32\\mstsc.exe", "10.0.0.7", "50200", "10.0.0.20", "3389");
    scene.event("FS01", 190.2, Kind::RemoteDesktopConnection, 131, {{"ClientIP"_field, "10.0.0.7:50200"}});
    ASSERT_TRUE(scene.desktop_link());
    const Trail trail = Tracer(scene.history, scene.links).back_from_session(scene.desktop);
    EXPECT_EQ(trail.first_human, scene.brian);
    EXPECT_TRUE(trail.complete);
}

TEST(NetworkLinks, ATunnelOnTheServerItselfLeadsToTheProgramThatHoldsIt) {
    Hop scene;
    const auto intruder = scene.session("FS01", 0x7000, "carol", LogonType::Network, 10);
    const auto plink = scene.process("FS01", 800, "C:\\Temp\\plink.exe", intruder, 20);
    const auto desktop = scene.session("FS01", 0x3000, "admin", LogonType::RemoteInteractive, 200);
    scene.history.sessions[desktop].source_address = IpAddress::parse("127.0.0.1").value();
    scene.history.sessions[desktop].source_port = 49'274;
    scene.connection("FS01", 199, "800", "C:\\Temp\\plink.exe", "127.0.0.1", "49274", "127.0.0.1", "3389");
    const Links links = scene.find();
    const Link* link = link_between(links, intruder, desktop);
    ASSERT_TRUE(link);
    EXPECT_EQ(link->process, plink);
}

}  // namespace
}  // namespace spoor::trails
