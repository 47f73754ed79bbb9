// Known ways of attack as the logs show them, each from a person's desktop to the program that it ended in: the trail
// of that program must lead back to the person, and the programs beside it must not.
#include <gtest/gtest.h>

#include "trails/scene_test.h"

namespace spoor::trails {
namespace {

/// brian at WS07 with an agent in his limited session, FS01 with its system's programs, admin at FS01's own screen.
struct Attack : Scene {
    std::uint32_t brian = session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
    std::uint32_t shell = process("WS07", 500, "C:\\Windows\\explorer.exe", brian, 5);
    std::uint32_t agent =
        process("WS07", 600, "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe", brian, 10, shell);
    std::uint32_t ws_system = session("WS07", 0x3e7, "SYSTEM", LogonType::System, -100);
    std::uint32_t ws_services = process("WS07", 400, "C:\\Windows\\System32\\services.exe", ws_system, -99);
    std::uint32_t ws_spooler = process("WS07", 401, "C:\\Windows\\System32\\spoolsv.exe", ws_system, -98, ws_services);
    std::uint32_t system = session("FS01", 0x3e7, "SYSTEM", LogonType::System, -100);
    std::uint32_t services = process("FS01", 700, "C:\\Windows\\System32\\services.exe", system, -99);
    std::uint32_t launcher = process("FS01", 701, "C:\\Windows\\System32\\svchost.exe", system, -98, services);
    std::uint32_t provider = process("FS01", 702, "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe", system, -97, launcher);
    std::uint32_t admin = session("FS01", 0x9000, "admin", LogonType::Interactive, -50);
    std::uint32_t desktop = process("FS01", 710, "C:\\Windows\\explorer.exe", admin, -49);

    /// A network logon at FS01 from a port of WS07.
    std::uint32_t arrive(std::uint64_t id, double at_second, std::uint16_t port, std::string_view user = "brian") {
        const auto made = session("FS01", id, user, LogonType::Network, at_second);
        history.sessions[made].source_address = IpAddress::parse("10.0.0.7").value();
        history.sessions[made].source_port = port;
        return made;
    }
    void connect(double at_second, std::string_view pid, std::string_view image, std::string_view port,
                 std::string_view to_port) {
        connection("WS07", at_second, pid, image, "10.0.0.7", port, "10.0.0.20", to_port);
        event("FS01", at_second, Kind::NetworkConnection, 5156,
              {{"Direction"_field, "%%14592"},
               {"SourceIp"_field, "10.0.0.7"},
               {"SourcePort"_field, port},
               {"DestinationIp"_field, "10.0.0.20"},
               {"DestinationPort"_field, to_port}});
    }
    std::uint32_t start(std::string_view on, std::uint64_t pid, std::string_view image, std::string_view command,
                        std::uint32_t session, double at_second, std::uint32_t parent) {
        const auto p = process(on, pid, image, session, at_second, parent);
        history.processes[p].command_line = command;
        return p;
    }
    void install(std::string_view on, double at_second, std::string_view subject, std::string_view name,
                 std::string_view command) {
        event(on, at_second, Kind::ServiceInstalled, 4697,
              {{"SubjectLogonId"_field, subject}, {"ServiceName"_field, name}, {"ServiceFileName"_field, command}});
    }
    Trail trail_of(std::uint32_t process) {
        if (!links_) links_ = find();
        return Tracer(history, *links_).back_from_process(process);
    }
    const Links& links() {
        if (!links_) links_ = find();
        return *links_;
    }

private:
    std::optional<Links> links_;
};

constexpr std::string_view kPowerShell = "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe";
constexpr std::string_view kCmd = "C:\\Windows\\System32\\cmd.exe";

TEST(Attacks, PsExecCopiesItsServiceOverSmbAndStartsIt) {
    Attack scene;
    scene.start("WS07", 610, "C:\\Temp\\PsExec64.exe", "PsExec64.exe \\\\FS01 -s cmd", scene.brian, 99, scene.agent);
    scene.connect(100, "4", "System", "50001", "445");
    const auto smb = scene.arrive(0x2000, 100, 50001);
    scene.install("FS01", 101, "0x2000", "PSEXESVC", "%SystemRoot%\\PSEXESVC.exe");
    const auto service = scene.start("FS01", 900, "C:\\Windows\\PSEXESVC.exe", "C:\\Windows\\PSEXESVC.exe",
                                     scene.system, 102, scene.services);
    const auto cmd = scene.start("FS01", 901, kCmd, "\"cmd\"", scene.system, 103, service);
    const Trail trail = scene.trail_of(cmd);
    EXPECT_EQ(trail.first_human, scene.brian);
    EXPECT_TRUE(trail.complete);
    EXPECT_EQ(trail.steps.at(1).session, smb);
    EXPECT_EQ(scene.trail_of(scene.provider).first_human, kNobody);
}

TEST(Attacks, SmbExecLeavesAServiceForEachCommand) {
    Attack scene;
    scene.connect(100, "600", kPowerShell, "50001", "445");  // it speaks SMB by itself
    scene.arrive(0x2000, 100, 50001);
    std::vector<std::uint32_t> started;
    for (const int i : {0, 1}) {
        const std::string command = "%COMSPEC% /Q /c echo step" + std::to_string(i) + " ^> \\\\127.0.0.1\\C$\\__output";
        scene.install("FS01", 101 + i, "0x2000", "BTOBTO", command);
        started.push_back(
            scene.start("FS01", 900 + static_cast<std::uint64_t>(i), kCmd,
                        scene.history.texts.intern("C:\\Windows\\System32\\cmd.exe " + command.substr(10)),
                        scene.system, 101.5 + i, scene.services));
    }
    for (const std::uint32_t p : started) {
        EXPECT_EQ(scene.trail_of(p).first_human, scene.brian);
        EXPECT_EQ(scene.trail_of(p).strength, Strength::Certain);
    }
}

TEST(Attacks, WmiRunsAProgramInTheNetworkSessionItself) {
    Attack scene;
    scene.connect(100, "390", "C:\\Windows\\System32\\svchost.exe", "50001", "135");
    scene.connect(100.5, "600", kPowerShell, "50002", "49700");
    scene.arrive(0x2000, 100, 50001);
    const auto use = scene.arrive(0x2100, 100.5, 50002);
    const auto payload = scene.start("FS01", 900, kPowerShell, "powershell -enc AAAA", use, 101, scene.provider);
    const Trail trail = scene.trail_of(payload);
    EXPECT_EQ(trail.first_human, scene.brian);
    EXPECT_EQ(link_between(scene.links(), scene.brian, use)->kind, LinkKind::Wmi);
    EXPECT_EQ(link_between(scene.links(), scene.brian, use)->strength, Strength::Certain);
}

TEST(Attacks, AnActivatedObjectIsUsedOverThePortThatTheMapperGaveOut) {
    Attack scene;
    scene.connect(100, "390", "C:\\Windows\\System32\\svchost.exe", "50001", "135");
    scene.connect(100.5, "600", kPowerShell, "50002", "49700");
    scene.connect(300, "600", kPowerShell, "50003", "49700");  // the same port, without an activation
    const auto mapper = scene.arrive(0x2000, 100, 50001);
    const auto use = scene.arrive(0x2100, 100.5, 50002);
    const auto other = scene.arrive(0x2200, 300, 50003);
    const auto mmc = scene.start("FS01", 900, "C:\\Windows\\System32\\mmc.exe",
                                 "C:\\Windows\\system32\\mmc.exe -Embedding", use, 101, scene.launcher);
    const auto cmd = scene.start("FS01", 901, kCmd, "cmd /c whoami", use, 102, mmc);
    EXPECT_EQ(scene.trail_of(cmd).first_human, scene.brian);
    EXPECT_EQ(link_between(scene.links(), scene.brian, mapper)->kind, LinkKind::Dcom);
    EXPECT_EQ(link_between(scene.links(), scene.brian, use)->kind, LinkKind::Dcom);
    EXPECT_EQ(link_between(scene.links(), scene.brian, other)->kind, LinkKind::NetworkLogon);
}

TEST(Attacks, TheDesktopsShellStartsAProgramForWhoActivatedIt) {
    for (const bool admin_logged_on : {true, false}) {
        Attack scene;
        if (!admin_logged_on) scene.history.sessions[scene.admin].origin = Origin::Inferred;
        scene.connect(100, "390", "C:\\Windows\\System32\\svchost.exe", "50001", "135");
        scene.connect(100.5, "600", kPowerShell, "50002", "49700");
        scene.arrive(0x2000, 100, 50001);
        scene.arrive(0x2100, 100.5, 50002);
        const auto payload = scene.start("FS01", 900, kCmd, "cmd /c whoami", scene.admin, 101, scene.desktop);
        const auto own = scene.start("FS01", 901, kCmd, "cmd", scene.admin, 150, scene.desktop);
        const Trail trail = scene.trail_of(payload);
        // Where the person at the screen logged on in sight, it is for the reader to judge.
        EXPECT_EQ(trail.first_human, admin_logged_on ? scene.admin : scene.brian);
        if (admin_logged_on) {
            EXPECT_FALSE(trail.alternatives.empty());
        }
        EXPECT_EQ(trail.strength, admin_logged_on ? Strength::Certain : Strength::Probable);
        EXPECT_EQ(scene.trail_of(own).first_human, scene.admin);
    }
}

TEST(Attacks, AConnectionToTheManagementPortIsSureOnlyForItsUsersOwnSession) {
    for (const std::string_view user : {"brian", "ann"}) {
        Attack scene;
        scene.connect(100, "600", kPowerShell, "50001", "5985");
        const auto remote = scene.session("FS01", 0x2000, user, LogonType::Network, 100);
        const Link* link = link_between(scene.links(), scene.brian, remote);
        ASSERT_TRUE(link);
        EXPECT_EQ(link->kind, LinkKind::Winrm);
        EXPECT_EQ(link->strength, user == "brian" ? Strength::Strong : Strength::Probable);
    }
}

TEST(Attacks, ATaskThatWasLeftOverRpcRunsAsTheSystem) {
    Attack scene;
    scene.start("WS07", 610, "C:\\Windows\\System32\\schtasks.exe",
                "schtasks /create /s FS01 /tn Updater /tr C:\\Temp\\up.exe", scene.brian, 99, scene.agent);
    scene.connect(100, "610", "C:\\Windows\\System32\\schtasks.exe", "50001", "49680");
    scene.arrive(0x2000, 100, 50001);
    scene.event("FS01", 101, Kind::TaskCreated, 4698,
                {{"SubjectLogonId"_field, "0x2000"},
                 {"TaskName"_field, "\\Updater"},
                 {"TaskContent"_field, "<Exec><Command>C:\\Temp\\up.exe</Command></Exec>"}});
    const auto payload =
        scene.start("FS01", 900, "C:\\Temp\\up.exe", "C:\\Temp\\up.exe", scene.system, 160, scene.launcher);
    const auto other = scene.start("FS01", 901, "C:\\Windows\\System32\\taskhostw.exe", "taskhostw.exe", scene.system,
                                   160, scene.launcher);
    EXPECT_EQ(scene.trail_of(payload).first_human, scene.brian);
    EXPECT_TRUE(scene.trail_of(payload).complete);
    EXPECT_EQ(scene.trail_of(other).first_human, kNobody);
}

/// By Windows' own settings the start of a program has neither its command line nor, before Windows 10, its parent's
/// name.
TEST(Attacks, ATaskThatRanAtOnceIsLikelyThatOneWhereTheRecordOfItsProgramIsBare) {
    for (const double later : {0.1, 60.0}) {
        Attack scene;
        scene.arrive(0x2000, 100, 50001);
        scene.event(
            "FS01", 101, Kind::TaskCreated, 4698,
            {{"SubjectLogonId"_field, "0x2000"},
             {"TaskName"_field, "\\CYAlyNSS"},
             {"TaskContent"_field, "<Exec><Command>cmd.exe</Command><Arguments>/C tasklist</Arguments></Exec>"}});
        const auto cmd = scene.process("FS01", 900, kCmd, scene.system, 101 + later);
        const Trail trail = scene.trail_of(cmd);
        ASSERT_EQ(trail.steps.size(), later < 1 ? 2u : 1u);
        if (later < 1) {
            EXPECT_EQ(trail.strength, Strength::Probable);
        }
    }
}

TEST(Attacks, RemotingNamesNoAddressButItsCredentialsWereTyped) {
    Attack scene;
    scene.event("WS07", 100, Kind::ExplicitCredentials, 4648,
                {{"SubjectLogonId"_field, "0x1000"},
                 {"TargetUserName"_field, "ann"},
                 {"TargetServerName"_field, "FS01"},
                 {"TargetInfo"_field, "HTTP/FS01"},
                 {"ProcessId"_field, "600"}});
    const auto ann = scene.session("FS01", 0x2000, "ann", LogonType::Network, 100);
    const auto host = scene.start("FS01", 900, "C:\\Windows\\System32\\wsmprovhost.exe", "wsmprovhost.exe -Embedding",
                                  ann, 101, scene.launcher);
    const auto whoami = scene.start("FS01", 901, "C:\\Windows\\System32\\whoami.exe", "whoami", ann, 102, host);
    EXPECT_EQ(scene.trail_of(whoami).first_human, scene.brian);
    EXPECT_EQ(link_between(scene.links(), scene.brian, ann)->kind, LinkKind::Winrm);
}

TEST(Attacks, CredentialsForTheNetworkOnlyAreUsedFromTheSessionThatTookThemAlong) {
    Attack scene;
    const auto netonly = scene.session("WS07", 0x3000, "brian", LogonType::NewCredentials, 50);
    scene.history.sessions[netonly].logon_process = "seclogo";
    scene.history.sessions[netonly].subject = LogonId(0x1000);
    scene.history.sessions[netonly].outbound = {{}, "CORP", "ann"};
    scene.process("WS07", 620, kCmd, netonly, 51);
    scene.connect(100, "4", "System", "50001", "445");
    scene.connect(200, "4", "System", "50002", "445");
    const auto ann = scene.arrive(0x2000, 100, 50001, "ann");
    const auto brian = scene.arrive(0x2100, 200, 50002, "brian");
    const Links& links = scene.links();
    ASSERT_TRUE(link_between(links, netonly, ann));
    EXPECT_EQ(link_between(links, netonly, ann)->strength, Strength::Strong);
    // What comes in as brian came from brian's desktop: /netonly is ann elsewhere.
    ASSERT_TRUE(link_between(links, scene.brian, brian));
    EXPECT_EQ(link_between(links, scene.brian, brian)->strength, Strength::Strong);
    EXPECT_FALSE(link_between(links, netonly, brian));
    EXPECT_EQ(Tracer(scene.history, links).back_from_session(ann).first_human, scene.brian);
}

TEST(Attacks, ATicketThatAToolGotGoesIntoTheSessionThatItMadeForIt) {
    for (const bool makes_session : {true, false}) {
        Attack scene;
        scene.start("WS07", 630, "C:\\Temp\\Rubeus.exe", "Rubeus.exe asktgt /user:ann /rc4:0", scene.brian, 90,
                    scene.agent);
        std::uint32_t netonly = kNobody;
        if (makes_session) {
            netonly = scene.session("WS07", 0x3000, "brian", LogonType::NewCredentials, 91);
            scene.history.sessions[netonly].subject = LogonId(0x1000);
            scene.history.sessions[netonly].outbound = {{}, "X", "o1w2"};
        }
        scene.connection("WS07", 92, "630", "C:\\Temp\\Rubeus.exe", "10.0.0.7", "50088", "10.0.0.10", "88");
        scene.event("DC01", 92, Kind::TgtRequested, 4768,
                    {{"TargetUserName"_field, "ann"},
                     {"IpAddress"_field, "10.0.0.7"},
                     {"IpPort"_field, "50088"},
                     {"Status"_field, "0x0"},
                     {"ServiceName"_field, "krbtgt"}});
        scene.connect(100, "4", "System", "50001", "445");
        const auto ann = scene.arrive(0x2000, 100, 50001, "ann");
        const Link* link = link_between(scene.links(), makes_session ? netonly : scene.brian, ann);
        ASSERT_TRUE(link) << makes_session;
        EXPECT_EQ(link->strength, Strength::Strong);
        EXPECT_EQ(Tracer(scene.history, scene.links()).back_from_session(ann).first_human, scene.brian);
    }
}

TEST(Attacks, AProgramThatMadeItselfSystemByAPipeIsStillItsUsers) {
    Attack scene;
    scene.install("WS07", 100, "0x1000", "qfhaer", "cmd.exe /c echo qfhaer > \\\\.\\pipe\\qfhaer");
    scene.start("WS07", 640, kCmd, "cmd.exe /c echo qfhaer > \\\\.\\pipe\\qfhaer", scene.ws_system, 100.5,
                scene.ws_services);
    scene.event("WS07", 101, Kind::PrivilegesAdjusted, 4703,
                {{"SubjectLogonId"_field, "0x3e7"}, {"ProcessId"_field, "600"}, {"Image"_field, kPowerShell}});
    // The agent's own child under the token that it got: neither service nor impersonation began it.
    const auto child = scene.start("WS07", 641, kCmd, "cmd.exe", scene.ws_system, 110, scene.agent);
    const auto below =
        scene.start("WS07", 642, "C:\\Windows\\System32\\whoami.exe", "whoami", scene.ws_system, 111, child);
    const Trail trail = scene.trail_of(below);
    EXPECT_EQ(trail.first_human, scene.brian);
    EXPECT_TRUE(trail.complete);
    EXPECT_EQ(scene.links().links.at(trail.steps.front().link).kind, LinkKind::TokenTheft);
    EXPECT_EQ(scene.trail_of(scene.ws_spooler).first_human, kNobody);
}

TEST(Attacks, AnIntrudersServiceThatReachesIntoADesktopIsBehindWhatRunsThere) {
    for (const bool by_intruder : {true, false}) {
        Attack scene;
        scene.history.sessions[scene.admin].origin = Origin::Inferred;  // the usual case: the capture began later
        scene.connect(100, "600", kPowerShell, "50001", "445");
        scene.arrive(0x2000, 100, 50001);
        scene.install("FS01", 101, "0x2000", "Updater", "C:\\Temp\\up.exe");
        const auto service =
            scene.start("FS01", 900, by_intruder ? "C:\\Temp\\up.exe" : "C:\\Program Files\\Agent\\agent.exe",
                        by_intruder ? "C:\\Temp\\up.exe" : "agent.exe", scene.system, 102, scene.services);
        (void)service;
        scene.event("FS01", 110, Kind::RemoteThreadCreated, 8,
                    {{"SourceProcessId"_field, "900"}, {"TargetProcessId"_field, "710"}});
        const auto after = scene.start("FS01", 902, kCmd, "cmd.exe", scene.admin, 120, scene.desktop);
        const auto before =
            scene.start("FS01", 903, "C:\\Windows\\notepad.exe", "notepad.exe", scene.admin, 50, scene.desktop);
        EXPECT_EQ(scene.trail_of(after).first_human, by_intruder ? scene.brian : scene.admin);
        EXPECT_EQ(scene.trail_of(before).first_human, scene.admin);
    }
}

TEST(Attacks, WhatAnIntrudersServiceStartsUnderAPersonsTokenIsTheIntruders) {
    Attack scene;
    scene.history.sessions[scene.admin].origin = Origin::Inferred;
    scene.connect(100, "600", kPowerShell, "50001", "445");
    scene.arrive(0x2000, 100, 50001);
    scene.install("FS01", 101, "0x2000", "Updater", "C:\\Temp\\up.exe");
    const auto service =
        scene.start("FS01", 900, "C:\\Temp\\up.exe", "C:\\Temp\\up.exe", scene.system, 102, scene.services);
    const auto stolen = scene.start("FS01", 901, kCmd, "cmd.exe", scene.admin, 110, service);
    // The search indexer does so all day.
    const auto indexer = scene.start("FS01", 910, "C:\\Windows\\System32\\SearchIndexer.exe", "SearchIndexer.exe",
                                     scene.system, 10, scene.services);
    const auto searcher = scene.start("FS01", 911, "C:\\Windows\\System32\\SearchProtocolHost.exe",
                                      "SearchProtocolHost.exe", scene.admin, 115, indexer);
    EXPECT_EQ(scene.trail_of(stolen).first_human, scene.brian);
    EXPECT_EQ(scene.trail_of(searcher).first_human, scene.admin);
    EXPECT_TRUE(scene.trail_of(searcher).alternatives.empty());
    // The person's session as a whole is the person's own.
    EXPECT_EQ(Tracer(scene.history, scene.links()).back_from_session(scene.admin).first_human, scene.admin);
}

TEST(Attacks, RightsToInjectAreAHintAndNoOrigin) {
    Attack scene;
    for (const std::string_view access : {"0x1fffff", "0x1400"})
        scene.event("WS07", 100, Kind::ProcessAccessed, 10,
                    {{"SourceProcessId"_field, "600"},
                     {"SourceImage"_field, kPowerShell},
                     {"TargetProcessId"_field, access == "0x1400" ? "400" : "401"},
                     {"GrantedAccess"_field, access}});
    const auto after = scene.start("WS07", 650, kCmd, "cmd.exe", scene.ws_system, 120, scene.ws_spooler);
    ASSERT_EQ(scene.links().links.size(), 1u);
    EXPECT_EQ(scene.links().links[0].kind, LinkKind::Injection);
    EXPECT_EQ(scene.links().links[0].strength, Strength::Probable);
    const Trail trail = scene.trail_of(after);
    EXPECT_EQ(trail.first_human, kNobody);
    EXPECT_EQ(trail.alternatives.size(), 1u);
}

TEST(Attacks, WhoTookAnIdentityOnIsNotWhereItCameFrom) {
    Attack scene;
    const auto ann = scene.session("WS07", 0x5000, "ann", LogonType::Unknown, 0);
    scene.history.sessions[ann].origin = Origin::Inferred;
    const auto tool = scene.process("WS07", 660, "C:\\Windows\\regedit.exe", ann, 20);
    scene.event("WS07", 100, Kind::PrivilegeUsed, 4673,
                {{"SubjectLogonId"_field, "0x5000"}, {"ProcessId"_field, "600"}, {"Image"_field, kPowerShell}});
    ASSERT_TRUE(link_between(scene.links(), scene.brian, ann));
    const Trail trail = scene.trail_of(tool);
    EXPECT_EQ(trail.first_human, ann);
    EXPECT_EQ(trail.alternatives.size(), 1u);
}

TEST(Attacks, ANumberThatAnotherProgramHasNowIsNoImpersonation) {
    Attack scene;  // 600 was the agent's, and nothing tells of its end
    scene.event("WS07", 9000, Kind::PrivilegeUsed, 4673,
                {{"SubjectLogonId"_field, "0x3e7"},
                 {"ProcessId"_field, "600"},
                 {"Image"_field, "C:\\Windows\\System32\\svchost.exe"}});
    EXPECT_TRUE(scene.links().links.empty());
}

TEST(Attacks, ABypassOfTheConsentPromptLeadsFromTheLimitedHalf) {
    for (const bool known_pair : {true, false}) {
        Attack scene;
        const auto full = scene.session("WS07", 0x0f00, "brian", LogonType::Interactive, 0);
        for (const auto half : {scene.brian, full}) {
            if (!known_pair) scene.history.sessions[half].origin = Origin::Inferred;
            if (!known_pair) scene.history.sessions[half].start.reset();
            scene.history.sessions[half].terminal_session = 1;
        }
        if (known_pair) {
            scene.history.sessions[full].linked = LogonId(0x1000);
            scene.history.sessions[scene.brian].linked = LogonId(0x0f00);
            scene.history.sessions[full].elevated = true;
            scene.history.sessions[scene.brian].elevated = false;
        }
        const auto fodhelper =
            scene.start("WS07", 670, "C:\\Windows\\System32\\fodhelper.exe", "fodhelper.exe", full, 100, scene.agent);
        scene.history.processes[fodhelper].integrity = "High";
        const auto payload = scene.start("WS07", 671, kPowerShell, "powershell -enc AAAA", full, 101, fodhelper);
        scene.history.processes[payload].integrity = "High";
        const Link* link = link_between(scene.links(), scene.brian, full);
        ASSERT_TRUE(link) << known_pair;
        EXPECT_EQ(link->kind, LinkKind::UacSameUser) << known_pair;
        EXPECT_EQ(link->strength, Strength::Strong);
        EXPECT_EQ(scene.trail_of(payload).complete, known_pair);
    }
}

TEST(Attacks, WhichHalfReachedAServerIsKnownByWhatItStarted) {
    for (const std::string_view command : {"net use \\\\FS01\\C$", "net use \\\\FS011\\C$"}) {
        Attack scene;
        const auto full = scene.session("WS07", 0x0f00, "brian", LogonType::Interactive, 0);
        scene.history.sessions[full].linked = LogonId(0x1000);
        scene.history.sessions[scene.brian].linked = LogonId(0x0f00);
        scene.history.sessions[full].elevated = true;
        scene.history.sessions[scene.brian].elevated = false;
        scene.start("WS07", 680, "C:\\Windows\\System32\\net.exe", command, full, 99, scene.agent);
        scene.connect(100, "4", "System", "50001", "445");
        const auto smb = scene.arrive(0x2000, 100, 50001);
        const Link* by_full = link_between(scene.links(), full, smb);
        const Link* by_limited = link_between(scene.links(), scene.brian, smb);
        if (command.ends_with("\\FS01\\C$")) {
            ASSERT_TRUE(by_full);
            EXPECT_EQ(by_full->strength, Strength::Strong);
            EXPECT_FALSE(by_limited);
        } else {
            ASSERT_TRUE(by_limited);  // more programs run in it, but either half may have asked
            EXPECT_EQ(by_limited->strength, Strength::Probable);
        }
    }
}

TEST(Attacks, AGuessAtAProgramsSessionIsNoCertainty) {
    Attack scene;
    scene.history.processes[scene.agent].session_strength = Strength::Probable;
    scene.connect(100, "600", kPowerShell, "50001", "445");
    const auto network = scene.arrive(0x2000, 100, 50001);
    ASSERT_TRUE(link_between(scene.links(), scene.brian, network));
    EXPECT_EQ(link_between(scene.links(), scene.brian, network)->strength, Strength::Probable);
}

TEST(Attacks, ASessionKnownOnlyByItsShareAccessesHasTheConnectionAllTheSame) {
    for (const bool with_connection : {true, false}) {
        Attack scene;
        const auto smb = scene.session("FS01", 0x2000, "brian", LogonType::Network, 100);
        scene.history.sessions[smb].origin = Origin::Inferred;
        scene.history.sessions[smb].start.reset();
        scene.history.sessions[smb].last_seen = Scene::at(110);
        if (with_connection)
            scene.connect(100, "600", kPowerShell, "50001", "445");
        else
            scene.connect(10, "390", "C:\\Windows\\System32\\svchost.exe", "50999", "135");  // it has the address
        scene.event("FS01", 100, Kind::ShareFileAccessed, 5145,
                    {{"SubjectLogonId"_field, "0x2000"},
                     {"IpAddress"_field, "10.0.0.7"},
                     {"IpPort"_field, "50001"},
                     {"ShareName"_field, "\\\\*\\IPC$"},
                     {"RelativeTargetName"_field, "svcctl"}});
        const Link* link = link_between(scene.links(), scene.brian, smb);
        ASSERT_TRUE(link) << with_connection;
        EXPECT_EQ(link->kind, LinkKind::Smb);
        EXPECT_EQ(link->strength, with_connection ? Strength::Certain : Strength::Strong);
    }
}

TEST(Trail, NamesNoPersonWhereNobodyCanSit) {
    for (const bool at_a_screen : {true, false}) {
        Scene scene;
        const auto unknown = scene.session("FS01", 0x2000, "brian", LogonType::Unknown, 0);
        scene.history.sessions[unknown].origin = Origin::Inferred;
        scene.history.sessions[unknown].terminal_session = at_a_screen ? 1u : 0u;
        const auto app = scene.session("FS01", 0x3000, "DefaultAppPool", LogonType::Unknown, 0);
        scene.history.sessions[app].origin = Origin::Inferred;
        scene.history.sessions[app].user.domain = "IIS APPPOOL";
        const Links links = scene.find();
        const Tracer tracer(scene.history, links);
        EXPECT_EQ(tracer.back_from_session(unknown).first_human, at_a_screen ? unknown : kNobody);
        EXPECT_EQ(tracer.back_from_session(app).first_human, kNobody);
    }
}

TEST(Trail, NamesThePlaceThatNoLogCovers) {
    Scene scene;
    const auto network = scene.session("FS01", 0x2000, "brian", LogonType::Network, 100);
    scene.history.sessions[network].source_address = IpAddress::parse("10.0.0.7").value();
    scene.history.sessions[network].workstation = "WS07";
    const Links links = scene.find();
    const Tracer tracer(scene.history, links);
    const Trail trail = tracer.back_from_session(network);
    EXPECT_EQ(trail.first_human, kNobody);
    EXPECT_FALSE(trail.complete);
    EXPECT_EQ(entrance(trail), "10.0.0.7 (WS07)");
    EXPECT_EQ(sentence(trail, tracer, scene.catalog), "CORP\\brian (network, 12:28) on FS01 <- 10.0.0.7 (WS07)");
}

TEST(Trail, ShowsChecksAndTakeoversBesideItsSteps) {
    Scene scene;
    const auto check = scene.session("FS01", 0x2000, "brian", LogonType::Network, 95);
    const auto desktop = scene.session("FS01", 0x2100, "brian", LogonType::RemoteInteractive, 100);
    for (const auto session : {check, desktop})
        scene.history.sessions[session].source_address = IpAddress::parse("10.0.0.7").value();
    const Links links = scene.find();
    const Trail trail = Tracer(scene.history, links).back_from_session(desktop);
    ASSERT_EQ(trail.companions.size(), 1u);
    EXPECT_EQ(links.links[trail.companions[0]].kind, LinkKind::RdpNla);
    EXPECT_EQ(trail.steps.size(), 1u);
}

}  // namespace
}  // namespace spoor::trails
