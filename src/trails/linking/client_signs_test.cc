// What SMB, NTLM and WMI wrote at either end of a call, and which of a user's sessions it singles out.
#include <gtest/gtest.h>

#include "trails/scene_test.h"

namespace spoor::trails {
namespace {

/// Two desktops of brian's at WS07, and a logon of his at FS01 that WS07's redirector made.
struct Desktops : Scene {
    std::uint32_t first = session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
    std::uint32_t second = session("WS07", 0x5000, "brian", LogonType::RemoteInteractive, 5);
    std::uint32_t network = session("FS01", 0x2000, "brian", LogonType::Network, 100);

    Desktops() {
        process("WS07", 5416, "C:\\Windows\\powershell.exe", first, 10);
        process("WS07", 6000, "C:\\Windows\\System32\\wbem\\WMIC.exe", second, 20);
    }
    void come_by(std::string_view port) {
        history.sessions[network].source_address = IpAddress::parse("10.0.0.7").value();
        history.sessions[network].source_port = 50'001;
        const bool smb = port == "445";
        connection("WS07", 100, smb ? "4" : "390", smb ? "System" : "C:\\Windows\\System32\\svchost.exe", "10.0.0.7",
                   "50001", "10.0.0.20", port);
    }
    /// The strength of the link from either desktop: none is Weak.
    std::pair<Strength, Strength> found() {
        const Links links = find();
        const auto strength = [&](std::uint32_t from) {
            const Link* link = link_between(links, from, network);
            return link ? link->strength : Strength::Weak;
        };
        return {strength(first), strength(second)};
    }
};

constexpr std::pair kOnlyTheSecond(Strength::Weak, Strength::Strong);
constexpr std::pair kEither(Strength::Probable, Strength::Probable);

TEST(ClientSigns, AnSmbSessionThatFailedFirstNamesWhoseItWasToBe) {
    for (const std::string_view server : {"\\FS01", "fs01.corp.example", "FS02"}) {
        Desktops scene;
        scene.come_by("445");
        scene.event("WS07", 99, Kind::SmbSessionFailed, 31001,
                    {{"LogonId"_field, "20480"},  // decimal, as this log writes it: 0x5000
                     {"ServerName"_field, server},
                     {"Status"_field, "0xc000006d"}});
        EXPECT_EQ(scene.found(), server == "FS02" ? kEither : kOnlyTheSecond) << server;
    }
}

TEST(ClientSigns, WhoeverWaitedForTheRedirectorDealtWithTheServer) {
    for (const std::string_view pid : {"6000", "4"}) {
        Desktops scene;
        scene.come_by("445");
        scene.event("WS07", 101, Kind::SmbClient, 30806,
                    {{"ServerName"_field, "\\FS01"}, {"ExecutionProcessID"_field, pid}});
        EXPECT_EQ(scene.found(), pid == "6000" ? kOnlyTheSecond : kEither) << pid;
    }
}

TEST(ClientSigns, AnotherAccountThatSmbOfferedIsTheLogons) {
    Desktops scene;
    scene.history.sessions[scene.network].user.name = "admin";
    const auto bystander = scene.session("WS07", 0x6000, "admin", LogonType::Interactive, 1);
    scene.come_by("445");
    scene.event("WS07", 99, Kind::SmbSessionFailed, 31001,
                {{"LogonId"_field, "0x5000"}, {"UserName"_field, "CORP\\admin"}, {"ServerName"_field, "\\FS01"}});
    EXPECT_EQ(scene.found(), kOnlyTheSecond);
    EXPECT_FALSE(link_between(scene.find(), bystander, scene.network));
}

TEST(ClientSigns, NtlmAtTheClientNamesTheSessionEvenWithoutAnAddress) {
    for (const std::string_view user : {"(NULL)", "brian", "carol"}) {
        Desktops scene;
        scene.event("WS07", 99, Kind::NtlmAudited, 8001,
                    {{"SubjectLogonId"_field, "0x5000"},
                     {"TargetInfo"_field, "HTTP/fs01.corp.example"},
                     {"TargetUserName"_field, user},
                     {"ProcessId"_field, "6000"}});
        EXPECT_EQ(scene.found(), user == "carol" ? std::pair(Strength::Weak, Strength::Weak) : kOnlyTheSecond);
    }
}

TEST(ClientSigns, WmiNamesTheProcessThatAskedByItsNumberAtTheClient) {
    for (const std::string_view client : {"WS07", "WS08"}) {
        Desktops scene;
        scene.come_by("49700");
        scene.event(
            "FS01", 101, Kind::WmiActivity, 5858,
            {{"ClientMachine"_field, client}, {"User"_field, "CORP\\brian"}, {"ClientProcessId"_field, "6000"}});
        EXPECT_EQ(scene.found(), client == "WS07" ? kOnlyTheSecond : kEither);
    }
}

TEST(ClientSigns, AWmiRequestSaysNothingOfAShareThatWasOpenedMeanwhile) {
    Desktops scene;
    scene.come_by("445");
    scene.event("FS01", 101, Kind::WmiActivity, 5858,
                {{"ClientMachine"_field, "WS07"}, {"User"_field, "CORP\\brian"}, {"ClientProcessId"_field, "6000"}});
    EXPECT_EQ(scene.found(), kEither);
}

TEST(ClientSigns, AWmiSubscriptionOfAnotherHostIsTiedWithoutAnAddress) {
    for (const std::string_view user : {"CORP\\brian", "CORP\\carol"}) {
        Desktops scene;
        scene.event("FS01", 101, Kind::WmiActivity, 5860,
                    {{"ClientMachine"_field, "WS07"}, {"User"_field, user}, {"ClientProcessId"_field, "6000"}});
        EXPECT_EQ(scene.found(), user.ends_with("brian") ? kOnlyTheSecond : std::pair(Strength::Weak, Strength::Weak));
    }
}

TEST(ClientSigns, TwoProgramsThatAskedWmiAtOnceLeaveItOpen) {
    Desktops scene;
    for (const std::string_view pid : {"5416", "6000"})
        scene.event("FS01", 101, Kind::WmiActivity, 5858,
                    {{"ClientMachine"_field, "WS07"}, {"User"_field, "CORP\\brian"}, {"ClientProcessId"_field, pid}});
    EXPECT_EQ(scene.found(), kEither);
}

TEST(ClientSigns, AProvidersProcessIsKnownWhereRecordsLeaveTheParentsNameOut) {
    for (const bool told : {true, false}) {
        Scene scene;
        const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
        scene.process("WS07", 5416, "C:\\Windows\\powershell.exe", brian, 10);
        const auto network = scene.session("FS01", 0x2000, "brian", LogonType::Network, 100);
        scene.history.sessions[network].source_address = IpAddress::parse("10.0.0.7").value();
        scene.history.sessions[network].source_port = 50'001;
        scene.connection("WS07", 100, "5416", "C:\\Windows\\powershell.exe", "10.0.0.7", "50001", "10.0.0.20", "49700");
        const auto shell = scene.process("FS01", 900, "C:\\Windows\\System32\\cmd.exe", network, 101);
        scene.history.processes[shell].parent_pid = 3404;
        if (told)
            scene.event("FS01", 50, Kind::WmiActivity, 5857,
                        {{"ProcessId"_field, "3404"}, {"ExecutionProcessID"_field, "3404"}});
        const Links links = scene.find();
        ASSERT_TRUE(link_between(links, brian, network));
        EXPECT_EQ(link_between(links, brian, network)->kind, told ? LinkKind::Wmi : LinkKind::NetworkLogon);
    }
}

TEST(ClientSigns, TheHalfThatRanNoProgramYetDidNotAsk) {
    for (const double full_began : {60.0, 200.0}) {
        Scene scene;
        const auto full = scene.session("WS07", 0x0f00, "brian", LogonType::Interactive, 0);
        const auto limited = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
        scene.history.sessions[full].linked = LogonId(0x1000);
        scene.history.sessions[limited].linked = LogonId(0x0f00);
        scene.history.sessions[full].elevated = true;
        scene.history.sessions[limited].elevated = false;
        scene.process("WS07", 500, "C:\\Windows\\explorer.exe", limited, 5);
        scene.process("WS07", 510, "C:\\Windows\\notepad.exe", limited, 6);
        scene.process("WS07", 600, "C:\\Windows\\System32\\mmc.exe", full, full_began);
        const auto network = scene.session("DC01", 0x2000, "brian", LogonType::Network, 100);
        scene.history.sessions[network].source_address = IpAddress::parse("10.0.0.7").value();
        scene.history.sessions[network].source_port = 50'001;
        scene.connection("WS07", 100, "390", "C:\\Windows\\System32\\svchost.exe", "10.0.0.7", "50001", "10.0.0.1",
                         "389");
        const Links links = scene.find();
        const Link* link = link_between(links, limited, network);
        ASSERT_TRUE(link);
        EXPECT_EQ(link->strength, full_began > 100 ? Strength::Strong : Strength::Probable);
    }
}

}  // namespace
}  // namespace spoor::trails
