#include <gtest/gtest.h>

#include "trails/scene_test.h"

namespace spoor::trails {
namespace {

constexpr double kDay = 86'400;

/// A server with the system's session, services.exe and the scheduler, and a network session of jimmy's at ten seconds.
struct Server : Scene {
    std::uint32_t system = session("FS01", 0x3e7, "FS01$", LogonType::System, 0);
    std::uint32_t services = process("FS01", 700, "C:\\Windows\\System32\\services.exe", system, 1);
    std::uint32_t scheduler = process("FS01", 701, "C:\\Windows\\System32\\svchost.exe", system, 1, services);
    std::uint32_t provider = process("FS01", 702, "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe", system, 1);
    std::uint32_t jimmy = session("FS01", 0x2000, "jimmy", LogonType::Network, 10);

    std::uint32_t run(std::uint64_t pid, std::string_view image, std::string_view command, std::uint32_t parent,
                      double at) {
        const auto p = process("FS01", pid, image, system, at, parent);
        history.processes[p].command_line = command;
        return p;
    }
    void install(double at, std::string_view command, std::string_view subject = "0x2000") {
        event(
            "FS01", at, Kind::ServiceInstalled, 4697,
            {{"SubjectLogonId"_field, subject}, {"ServiceName"_field, "Updater"}, {"ServiceFileName"_field, command}});
    }
};

TEST(ExecutionLinks, AServiceGoesBackToWhoInstalledIt) {
    Server scene;
    scene.install(20, "%SystemRoot%\\up.exe -k");
    const auto payload = scene.run(900, "C:\\Windows\\up.exe", "C:\\Windows\\up.exe -k", scene.services, 21);
    scene.run(901, "C:\\Windows\\other.exe", "C:\\Windows\\other.exe", scene.services, 22);
    const Links links = scene.find();
    const Link* link = link_between(links, scene.jimmy, scene.system);
    ASSERT_TRUE(link);
    EXPECT_EQ(link->kind, LinkKind::Service);
    EXPECT_EQ(link->strength, Strength::Certain);
    EXPECT_EQ(link->to_process, payload);
    EXPECT_EQ(links.links.size(), 1u);
}

TEST(ExecutionLinks, AServiceThatStartsDaysLaterStillDoes) {
    Server scene;
    scene.install(20, "C:\\Temp\\up.exe");
    scene.run(900, "C:\\Temp\\up.exe", "C:\\Temp\\up.exe", scene.services, 3 * kDay);
    const Links links = scene.find();
    const Link* link = link_between(links, scene.jimmy, scene.system);
    ASSERT_TRUE(link);
    EXPECT_EQ(link->strength, Strength::Strong);
}

TEST(ExecutionLinks, TheLastInstallationBeforeTheStartCounts) {
    Server scene;
    const auto carol = scene.session("FS01", 0x4000, "carol", LogonType::Network, kDay);
    scene.install(20, "C:\\Temp\\up.exe");
    scene.install(kDay + 5, "C:\\Temp\\up.exe", "0x4000");
    scene.run(900, "C:\\Temp\\up.exe", "C:\\Temp\\up.exe", scene.services, 2 * kDay);
    const Links links = scene.find();
    EXPECT_TRUE(link_between(links, carol, scene.system));
    EXPECT_FALSE(link_between(links, scene.jimmy, scene.system));
}

TEST(ExecutionLinks, AnInstallationThatNamesOnlyTheAccountIsProbable) {
    Server scene;
    const Sid sid = Sid::parse("S-1-5-21-1-2-3-1105").value();
    scene.history.sessions[scene.jimmy].user.sid = sid;
    const auto desktop = scene.session("FS01", 0x9000, "jimmy", LogonType::Interactive, 0);
    scene.history.sessions[desktop].user.sid = sid;
    scene.event("FS01", 20, Kind::ServiceInstalled, 7045,
                {{"UserID"_field, sid.to_string()},
                 {"ServiceName"_field, "BTOBTO"},
                 {"ServiceFileName"_field, "%COMSPEC% /Q /c echo dir"}});
    scene.run(900, "C:\\Windows\\System32\\cmd.exe", "C:\\Windows\\System32\\cmd.exe /Q /c echo dir", scene.services,
              20.5);
    const Links links = scene.find();
    const Link* link = link_between(links, scene.jimmy, scene.system);  // it began seconds before, the desktop did not
    ASSERT_TRUE(link);
    EXPECT_EQ(link->strength, Strength::Probable);
    EXPECT_FALSE(link_between(links, desktop, scene.system));
}

TEST(ExecutionLinks, TheRecordThatNamesTheSessionCountsEvenIfAnotherIsWrittenAfterIt) {
    Server scene;
    scene.install(20, "C:\\Temp\\up.exe");
    scene.event("FS01", 20, Kind::ServiceInstalled, 7045,
                {{"ServiceName"_field, "Updater"}, {"ServiceFileName"_field, "C:\\Temp\\up.exe"}});
    scene.run(900, "C:\\Temp\\up.exe", "C:\\Temp\\up.exe", scene.services, 21);
    const Links links = scene.find();
    const Link* link = link_between(links, scene.jimmy, scene.system);
    ASSERT_TRUE(link);
    EXPECT_EQ(link->strength, Strength::Certain);
}

TEST(ExecutionLinks, AnInstallationMayNameTheAccountToThoseWhoDoNotKnowItsSid) {
    Server scene;
    scene.event("FS01", 12, Kind::ServiceInstalled, 7045,
                {{"UserID"_field, "S-1-5-21-1-2-3-1104"},
                 {"UserIDName"_field, "jimmy"},
                 {"ServiceName"_field, "Up"},
                 {"ServiceFileName"_field, "C:\\Temp\\up.exe"}});
    scene.run(900, "C:\\Temp\\up.exe", "C:\\Temp\\up.exe", scene.services, 13);
    const Links links = scene.find();
    const Link* link = link_between(links, scene.jimmy, scene.system);
    ASSERT_TRUE(link);
    EXPECT_EQ(link->strength, Strength::Probable);
}

TEST(ExecutionLinks, AServiceThatIsStartedFromAfarIsProbablyItsCallers) {
    for (const std::string_view port : {"50001", "50002"}) {
        Server scene;
        scene.history.sessions[scene.jimmy].source_address = IpAddress::parse("10.0.0.7").value();
        scene.history.sessions[scene.jimmy].source_port = 50001;
        scene.event("FS01", 12, Kind::NetworkConnection, 3,
                    {{"ProcessId"_field, "700"},
                     {"Image"_field, "C:\\Windows\\System32\\services.exe"},
                     {"Initiated"_field, "false"},
                     {"SourceIp"_field, "10.0.0.7"},
                     {"SourcePort"_field, port},
                     {"DestinationIp"_field, "10.0.0.9"},
                     {"DestinationPort"_field, "49669"}});
        const auto up = scene.run(900, "C:\\Temp\\up.exe", "C:\\Temp\\up.exe", scene.services, 11);
        scene.run(901, "C:\\Temp\\late.exe", "C:\\Temp\\late.exe", scene.services, 60);
        const Links links = scene.find();
        const Link* link = link_between(links, scene.jimmy, scene.system);
        ASSERT_EQ(link != nullptr, port == "50001") << "another's connection";
        if (!link) continue;
        EXPECT_EQ(link->strength, Strength::Probable);
        EXPECT_EQ(link->to_process, up);
        EXPECT_EQ(links.links.size(), 1u);
    }
}

/// A desktop of carol's on the server, where she tells programs what to set up.
struct ToldServer : Server {
    std::uint32_t carol = session("FS01", 0x5000, "carol", LogonType::Interactive, 5);

    void tell(double at, std::uint64_t pid, std::string_view image, std::string_view command) {
        const std::string number = std::to_string(pid);
        run(pid, image, command, kNobody, at);
        history.processes.back().session = carol;
        event("FS01", at, Kind::ProcessCreated, 4688,
              {{"ProcessId"_field, number}, {"Image"_field, image}, {"CommandLine"_field, command}});
    }
};

TEST(ExecutionLinks, AServiceThatWasGivenAnotherProgramGoesBackToWhoToldThatToSc) {
    constexpr std::string_view kSc = "C:\\Windows\\System32\\sc.exe";
    constexpr std::string_view kCmd = "C:\\Windows\\System32\\cmd.exe";
    ToldServer scene;
    scene.tell(20, 850, kSc, R"(sc config Fax binPath= "C:\Windows\System32\cmd.exe /c evil.bat")");
    const auto shell = scene.run(900, kCmd, R"(C:\Windows\System32\cmd.exe /c evil.bat)", scene.services, 30);
    scene.run(901, kCmd, R"(C:\Windows\System32\cmd.exe /c evil.bat)", scene.services, 3 * kDay);
    const Links links = scene.find();
    const Link* link = link_between(links, scene.carol, scene.system);
    ASSERT_TRUE(link);
    EXPECT_EQ(link->kind, LinkKind::Service);
    EXPECT_EQ(link->strength, Strength::Strong);
    EXPECT_EQ(link->to_process, shell);
    EXPECT_EQ(links.links.size(), 1u) << "days later somebody else may have started it";
}

TEST(ExecutionLinks, ATaskGoesBackToWhoToldItToSchtasks) {
    constexpr std::string_view kSchtasks = "C:\\Windows\\System32\\schtasks.exe";
    for (const bool is_recorded : {false, true}) {
        ToldServer scene;
        scene.session("FS01", 0x6000, "carol", LogonType::RemoteInteractive, 6);
        scene.tell(20, 850, kSchtasks, R"(schtasks /create /tn Up /tr "C:\Temp\up.exe -x" /sc daily /ru system)");
        if (is_recorded)
            scene.event("FS01", 20.1, Kind::TaskCreated, 106,
                        {{"TaskName"_field, "\\Up"}, {"UserContext"_field, "CORP\\carol"}});
        const auto up = scene.run(900, "C:\\Temp\\up.exe", "C:\\Temp\\up.exe -x", scene.scheduler, 60);
        scene.event("FS01", 60.1, Kind::TaskProcessCreated, 129,
                    {{"TaskName"_field, "\\Up"}, {"ProcessId"_field, "900"}});
        const Links links = scene.find();
        const Link* link = link_between(links, scene.carol, scene.system);
        ASSERT_TRUE(link);
        EXPECT_EQ(link->kind, LinkKind::Task);
        EXPECT_EQ(link->strength, is_recorded ? Strength::Certain : Strength::Strong);
        EXPECT_EQ(link->to_process, up);
        EXPECT_EQ(links.links.size(), 1u) << "her other session told nobody";
    }
}

/// carol at her desk at WS07, from where she tells programs what to set up on the server.
struct RemoteTeller : Server {
    std::uint32_t carol = session("WS07", 0x5000, "carol", LogonType::Interactive, 5);
    std::uint32_t other = session("WS07", 0x6000, "dave", LogonType::RemoteInteractive, 6);

    std::uint32_t tell(double at, std::uint64_t pid, std::string_view image, std::string_view command) {
        const std::string number = std::to_string(pid);
        event("WS07", at, Kind::ProcessCreated, 1,
              {{"ProcessId"_field, number}, {"Image"_field, image}, {"CommandLine"_field, command}});
        const auto p = process("WS07", pid, image, carol, at);
        history.processes[p].command_line = command;
        return p;
    }
    std::uint32_t arrive(double at, std::string_view user = "carol") {
        return session("FS01", 0x7000, user, LogonType::Network, at);
    }
};

TEST(ExecutionLinks, AServiceGoesBackToWhoToldItToScOnAnotherHost) {
    constexpr std::string_view kSc = "C:\\Windows\\System32\\sc.exe";
    for (const std::string_view logon : {"carol", "ann", ""}) {
        RemoteTeller scene;
        const auto sc = scene.tell(20, 850, kSc, R"(sc \\FS01 create Up binPath= "C:\Temp\up.exe -k" start= demand)");
        std::uint32_t from = logon.empty() ? kNobody : scene.arrive(20.1, logon);
        if (logon != "carol") from = scene.carol;  // no session of hers is known there
        const auto up = scene.run(900, "C:\\Temp\\up.exe", "C:\\Temp\\up.exe -k", scene.services, 30);
        const auto at_home = scene.process("WS07", 901, "C:\\Temp\\up.exe", scene.other, 31);
        scene.history.processes[at_home].command_line = "C:\\Temp\\up.exe -k";
        scene.history.processes[at_home].parent_image = "C:\\Windows\\System32\\services.exe";
        const Links links = scene.find();
        const Link* link = link_between(links, from, scene.system);
        ASSERT_TRUE(link) << logon;
        EXPECT_EQ(link->kind, LinkKind::Service);
        EXPECT_EQ(link->strength, Strength::Strong);
        EXPECT_EQ(link->to_process, up);
        EXPECT_EQ(link->process, from == scene.carol ? sc : kNobody);
        EXPECT_FALSE(link_between(links, scene.carol, scene.other)) << "that host's own is nothing to it";
    }
}

TEST(ExecutionLinks, AnInstallationWithoutASessionIsThatOfWhoWasTellingScFromAfar) {
    RemoteTeller scene;
    scene.tell(20, 850, "C:\\Windows\\System32\\sc.exe",
               R"(sc \\fs01.corp.example create Updater binPath= C:\Temp\up.exe)");
    const auto here = scene.arrive(20.1);
    scene.event("FS01", 20.2, Kind::ServiceInstalled, 7045,
                {{"ServiceName"_field, "Updater"}, {"ServiceFileName"_field, "C:\\Temp\\up.exe"}});
    scene.run(900, "C:\\Temp\\up.exe", "C:\\Temp\\up.exe", scene.services, 21);
    const Links links = scene.find();
    const Link* link = link_between(links, here, scene.system);
    ASSERT_TRUE(link);
    EXPECT_EQ(link->strength, Strength::Strong);
}

TEST(ExecutionLinks, ATaskGoesBackToWhoToldItToSchtasksOnAnotherHost) {
    constexpr std::string_view kSchtasks = "C:\\Windows\\System32\\schtasks.exe";
    for (const bool is_at : {false, true}) {
        RemoteTeller scene;
        if (is_at)
            scene.tell(20, 850, "C:\\Windows\\System32\\at.exe", R"(at \\FS01 22:15 C:\Temp\up.exe -x)");
        else
            scene.tell(20, 850, kSchtasks,
                       R"(schtasks /create /s FS01 /ru SYSTEM /tn Up /tr "C:\Temp\up.exe -x" /sc daily)");
        const auto here = scene.arrive(20.1);
        const auto up = scene.run(900, "C:\\Temp\\up.exe", "C:\\Temp\\up.exe -x", scene.scheduler, 60);
        if (!is_at)
            scene.event("FS01", 60.1, Kind::TaskProcessCreated, 129,
                        {{"TaskName"_field, "\\Up"}, {"ProcessId"_field, "900"}});
        const Links links = scene.find();
        const Link* link = link_between(links, here, scene.system);
        ASSERT_TRUE(link) << is_at;
        EXPECT_EQ(link->kind, LinkKind::Task);
        EXPECT_EQ(link->strength, Strength::Strong);
        EXPECT_EQ(link->to_process, up);
        EXPECT_FALSE(link_between(links, scene.jimmy, scene.system));
    }
}

TEST(ExecutionLinks, AServicesProgramThatWasWrittenIntoTheRegistryIsTheWriters) {
    constexpr std::string_view kKey = R"(HKLM\System\CurrentControlSet\Services\Fax\ImagePath)";
    for (const std::string_view writer : {"C:\\Windows\\System32\\reg.exe", "C:\\Windows\\System32\\services.exe"}) {
        Server scene;
        const auto carol = scene.session("FS01", 0x5000, "carol", LogonType::Interactive, 5);
        scene.process("FS01", 850, writer, carol, 20);
        scene.event("FS01", 20, Kind::RegistryValueSet, 13,
                    {{"ProcessId"_field, "850"},
                     {"Image"_field, writer},
                     {"TargetObject"_field, kKey},
                     {"Details"_field, "C:\\Temp\\up.exe"}});
        scene.run(900, "C:\\Temp\\up.exe", "C:\\Temp\\up.exe", scene.services, 30);
        const Links links = scene.find();
        const Link* link = link_between(links, carol, scene.system);
        ASSERT_EQ(link != nullptr, writer.ends_with("reg.exe")) << "services.exe writes for all";
        if (link) {
            EXPECT_EQ(link->strength, Strength::Certain);
        }
    }
}

TEST(ExecutionLinks, TheRemoteRegistryWritesForTheSessionThatCalledIt) {
    Server scene;
    scene.event("FS01", 20, Kind::RegistryValueSet, 4657,
                {{"SubjectLogonId"_field, "0x2000"},
                 {"Image"_field, "C:\\Windows\\System32\\svchost.exe"},
                 {"TargetObject"_field, R"(\REGISTRY\MACHINE\SYSTEM\ControlSet001\Services\Fax)"},
                 {"ObjectValueName"_field, "ImagePath"},
                 {"Details"_field, "C:\\Temp\\up.exe"}});
    scene.run(900, "C:\\Temp\\up.exe", "C:\\Temp\\up.exe", scene.services, 30);
    const Links links = scene.find();
    ASSERT_TRUE(link_between(links, scene.jimmy, scene.system));
    EXPECT_EQ(link_between(links, scene.jimmy, scene.system)->strength, Strength::Certain);
}

TEST(ExecutionLinks, ServicesThatShareSvchostAreNotMixedUp) {
    Server scene;
    scene.install(20, "C:\\Windows\\System32\\svchost.exe -k evil");
    scene.run(900, "C:\\Windows\\System32\\svchost.exe", "C:\\Windows\\System32\\svchost.exe -k netsvcs",
              scene.services, 21);
    EXPECT_TRUE(scene.find().links.empty());
}

TEST(ExecutionLinks, WhatTheSystemInstalledIsNoOnesDoing) {
    Server scene;
    scene.install(20, "C:\\Temp\\up.exe", "0x3e7");
    scene.run(900, "C:\\Temp\\up.exe", "C:\\Temp\\up.exe", scene.services, 21);
    EXPECT_TRUE(scene.find().links.empty());
}

constexpr std::string_view kTask =
    "<Task><Actions><Exec><Command>C:\\Temp\\up.exe</Command><Arguments>-k</Arguments></Exec></Actions></Task>";

TEST(ExecutionLinks, ATaskGoesBackToWhoCreatedItHoweverLateItRuns) {
    Server scene;
    scene.event("FS01", 20, Kind::TaskCreated, 4698,
                {{"SubjectLogonId"_field, "0x2000"}, {"TaskName"_field, "\\Update"}, {"TaskContent"_field, kTask}});
    const auto payload = scene.run(900, "C:\\Temp\\up.exe", "C:\\Temp\\up.exe -k", scene.scheduler, 4 * kDay);
    const auto second = scene.run(901, "C:\\Temp\\up.exe", "C:\\Temp\\up.exe -k", scene.scheduler, 5 * kDay);
    scene.run(902, "C:\\Temp\\up.exe", "C:\\Temp\\up.exe -other", scene.scheduler, 5 * kDay);
    scene.event("FS01", 5 * kDay, Kind::TaskProcessCreated, 129,
                {{"TaskName"_field, "\\Update"}, {"ProcessId"_field, "901"}});
    const Links links = scene.find();
    ASSERT_EQ(links.links.size(), 2u);
    for (const Link& link : links.links) {
        EXPECT_EQ(link.from, scene.jimmy);
        EXPECT_EQ(link.kind, LinkKind::Task);
        EXPECT_EQ(link.strength,
                  link.to_process == second ? Strength::Certain : Strength::Strong);  // 129 names the process
        EXPECT_TRUE(link.to_process == payload || link.to_process == second);
    }
}

TEST(ExecutionLinks, ATaskWithoutArgumentsRunsItsProgramWithoutThem) {
    Server scene;
    scene.event("FS01", 20, Kind::TaskCreated, 4698,
                {{"SubjectLogonId"_field, "0x2000"},
                 {"TaskName"_field, "\\Shell"},
                 {"TaskContent"_field,
                  "<Task><Actions><Exec><Command>C:\\Windows\\System32\\cmd.exe</Command></Exec></Actions></Task>"}});
    const auto shell =
        scene.run(900, "C:\\Windows\\System32\\cmd.exe", "C:\\Windows\\System32\\cmd.exe ", scene.scheduler, 60);
    scene.run(901, "C:\\Windows\\System32\\cmd.exe", "C:\\Windows\\System32\\cmd.exe /c backup.bat", scene.scheduler,
              70);
    const Links links = scene.find();
    ASSERT_EQ(links.links.size(), 1u);
    EXPECT_EQ(links.links[0].to_process, shell);
}

TEST(ExecutionLinks, ATasksProgramIsKnownWithoutItsFolderAndItsArgumentsAsTheyWereMeant) {
    Server scene;
    scene.event("FS01", 20, Kind::TaskCreated, 4698,
                {{"SubjectLogonId"_field, "0x2000"},
                 {"TaskName"_field, "\\Shell"},
                 {"TaskContent"_field,
                  "<Exec><Command>cmd</Command><Arguments>/c whoami &gt; C:\\x.txt &amp; dir</Arguments></Exec>"}});
    const auto shell = scene.run(900, "C:\\Windows\\System32\\cmd.exe",
                                 "C:\\Windows\\System32\\cmd.EXE /c whoami > C:\\x.txt & dir", scene.scheduler, 60);
    scene.run(901, "C:\\Windows\\System32\\cmd.exe", "C:\\Windows\\System32\\cmd.EXE /c whoami", scene.scheduler, 61);
    scene.run(902, "C:\\Temp\\other.exe", "C:\\Temp\\other.exe /c whoami > C:\\x.txt & dir", scene.scheduler, 62);
    const Links links = scene.find();
    ASSERT_EQ(links.links.size(), 1u);
    EXPECT_EQ(links.links[0].to_process, shell);
}

TEST(ExecutionLinks, AScriptThatATaskNamesIsRunByTheShell) {
    Server scene;
    scene.event("FS01", 20, Kind::TaskCreated, 4698,
                {{"SubjectLogonId"_field, "0x2000"},
                 {"TaskName"_field, "\\Backup"},
                 {"TaskContent"_field,
                  "<Exec><Command>\"C:\\My Backup\\run.cmd\"</Command><Arguments>full</Arguments></Exec>"}});
    const auto script =
        scene.run(900, "C:\\Windows\\System32\\cmd.exe",
                  "C:\\Windows\\SYSTEM32\\cmd.exe /c \"\"C:\\My Backup\\run.cmd\" full\"", scene.scheduler, 60);
    scene.run(901, "C:\\Windows\\System32\\cmd.exe", "C:\\Windows\\SYSTEM32\\cmd.exe /c C:\\other.cmd full",
              scene.scheduler, 61);
    const Links links = scene.find();
    ASSERT_EQ(links.links.size(), 1u);
    EXPECT_EQ(links.links[0].to_process, script);
}

TEST(ExecutionLinks, TheSchedulersOwnLogIsEnough) {
    Server scene;
    scene.event("FS01", 20, Kind::TaskCreated, 106,
                {{"TaskName"_field, "\\Update"}, {"UserContext"_field, "CORP\\jimmy"}});
    scene.event("FS01", 60, Kind::TaskStarted, 200,
                {{"TaskName"_field, "\\Update"}, {"ActionName"_field, "C:\\Temp\\up.exe"}});
    const auto payload = scene.run(900, "C:\\Temp\\up.exe", "\"C:\\Temp\\up.exe\" -k", scene.scheduler, 60.2);
    const Links links = scene.find();
    const Link* link = link_between(links, scene.jimmy, scene.system);
    ASSERT_TRUE(link);
    EXPECT_EQ(link->to_process, payload);
    EXPECT_EQ(link->strength, Strength::Probable);
}

TEST(ExecutionLinks, ABatchLogonGoesBackToItsTask) {
    Server scene;
    scene.event("FS01", 20, Kind::TaskCreated, 4698,
                {{"SubjectLogonId"_field, "0x2000"}, {"TaskName"_field, "\\Update"}, {"TaskContent"_field, kTask}});
    scene.event("FS01", 600, Kind::TaskStarted, 100,
                {{"TaskName"_field, "\\Update"}, {"UserContext"_field, "CORP\\backup"}});
    const auto batch = scene.session("FS01", 0x7000, "backup", LogonType::Batch, 600.1);
    const auto other = scene.session("FS01", 0x7100, "backup", LogonType::Batch, 900);
    const Links links = scene.find();
    ASSERT_TRUE(link_between(links, scene.jimmy, batch));
    EXPECT_EQ(link_between(links, scene.jimmy, batch)->kind, LinkKind::Task);
    EXPECT_FALSE(link_between(links, scene.jimmy, other));
}

TEST(ExecutionLinks, APermanentSubscriptionRunsForWhoMadeIt) {
    Server scene;
    scene.event("FS01", 20, Kind::WmiConsumer, 20,
                {{"Operation"_field, "Created"},
                 {"User"_field, "CORP\\jimmy"},
                 {"Name"_field, " \"Updater\""},
                 {"Type"_field, "Command Line"},
                 {"Destination"_field, " \"C:\\\\Temp\\\\up.exe -k\""}});
    const auto payload = scene.run(900, "C:\\Temp\\up.exe", "C:\\Temp\\up.exe -k", scene.provider, 2 * kDay);
    scene.run(901, "C:\\Windows\\System32\\mofcomp.exe", "mofcomp.exe", scene.provider, 2 * kDay);
    const Links links = scene.find();
    ASSERT_EQ(links.links.size(), 1u);
    EXPECT_EQ(links.links[0].from, scene.jimmy);
    EXPECT_EQ(links.links[0].kind, LinkKind::WmiSubscription);
    EXPECT_EQ(links.links[0].strength, Strength::Strong);
    EXPECT_EQ(links.links[0].to_process, payload);
}

TEST(ExecutionLinks, ASubscriptionIsOfTheSessionThatCameInThatMoment) {
    Server scene;
    const auto before = scene.session("FS01", 0x2200, "jimmy", LogonType::Network, 60);
    const auto just = scene.session("FS01", 0x2400, "jimmy", LogonType::Network, 99.5);
    scene.event("FS01", 100, Kind::WmiConsumer, 20,
                {{"Operation"_field, "Created"},
                 {"User"_field, "CORP\\jimmy"},
                 {"Name"_field, "\"Updater\""},
                 {"Destination"_field, "\"C:\\\\Temp\\\\up.exe\""}});
    scene.run(900, "C:\\Temp\\up.exe", "C:\\Temp\\up.exe", scene.provider, 200);
    const Links links = scene.find();
    ASSERT_TRUE(link_between(links, just, scene.system));
    EXPECT_EQ(link_between(links, just, scene.system)->strength, Strength::Strong);
    EXPECT_FALSE(link_between(links, before, scene.system));
}

TEST(ExecutionLinks, WmisOwnLogTellsWhoseSubscriptionItIs) {
    Server scene;
    scene.history.sessions[scene.jimmy].user.sid = Sid::parse("S-1-5-21-1-2-3-1105").value();
    const FieldId consumer = scene.catalog.field("CONSUMER"), cause = scene.catalog.field("PossibleCause");
    scene.event(
        "FS01", 11, Kind::WmiActivity, 5861,
        {{consumer, "CommandLineEventConsumer=\"Updater\""},
         {cause,
          "Binding EventFilter: \ninstance of __EventFilter\n{\n\tCreatorSID = {1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0};\n"
          "\tName = \"Updater\";\n};\nPerm. Consumer: \ninstance of CommandLineEventConsumer\n{\n"
          "\tCommandLineTemplate = \"C:\\\\Temp\\\\up.exe \\\"x\\\"\";\n"
          "\tCreatorSID = {1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 81, 4, 0, 0};\n"
          "\tName = \"Updater\";\n};\n"}});
    const auto payload = scene.run(900, "C:\\Temp\\up.exe", "C:\\Temp\\up.exe \"x\"", scene.provider, 400);
    const Links links = scene.find();
    const Link* link = link_between(links, scene.jimmy, scene.system);
    ASSERT_TRUE(link);
    EXPECT_EQ(link->kind, LinkKind::WmiSubscription);
    EXPECT_EQ(link->to_process, payload);
    EXPECT_EQ(link->strength, Strength::Probable) << "the service may only have started anew";
}

TEST(ExecutionLinks, WhatNeedsFullRightsWasDoneByTheHalfThatHasThem) {
    Server scene;
    const auto full = scene.session("FS01", 0x5000, "carol", LogonType::Interactive, 5);
    const auto limited = scene.session("FS01", 0x5100, "carol", LogonType::Interactive, 5);
    scene.history.sessions[full].linked = LogonId(0x5100);
    scene.history.sessions[full].elevated = true;
    scene.history.sessions[limited].linked = LogonId(0x5000);
    scene.history.sessions[limited].elevated = false;
    scene.process("FS01", 800, "C:\\Windows\\explorer.exe", limited, 6);
    scene.event("FS01", 20, Kind::WmiConsumer, 20,
                {{"Operation"_field, "Created"},
                 {"User"_field, "CORP\\carol"},
                 {"Name"_field, "Updater"},
                 {"Destination"_field, "C:\\Temp\\up.exe"}});
    scene.run(900, "C:\\Temp\\up.exe", "C:\\Temp\\up.exe", scene.provider, 400);
    const Links links = scene.find();
    const Link* link = link_between(links, full, scene.system);
    ASSERT_TRUE(link);
    EXPECT_EQ(link->strength, Strength::Strong);
    EXPECT_FALSE(link_between(links, limited, scene.system));
}

TEST(ExecutionLinks, ASubscriptionThatWasTakenBackIsNone) {
    Server scene;
    scene.event("FS01", 20, Kind::WmiConsumer, 20,
                {{"Operation"_field, "Deleted"},
                 {"User"_field, "CORP\\jimmy"},
                 {"Name"_field, "Updater"},
                 {"Destination"_field, "C:\\Temp\\up.exe"}});
    scene.run(900, "C:\\Temp\\up.exe", "C:\\Temp\\up.exe", scene.provider, 60);
    EXPECT_TRUE(scene.find().links.empty());
}

}  // namespace
}  // namespace spoor::trails
