// What an intruder does from what was gained before: the system's session of one host leads to the next service, the
// next task, the next host. The trail must lead on to the person through each of them.
#include <gtest/gtest.h>

#include "trails/scene_test.h"

namespace spoor::trails {
namespace {

/// brian at WS07 came to FS01 over the network and runs a service's shell under the system's session there.
struct Foothold : Scene {
    std::uint32_t brian = session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
    std::uint32_t agent = process("WS07", 600, "C:\\Windows\\powershell.exe", brian, 10);
    std::uint32_t system = session("FS01", 0x3e7, "SYSTEM", LogonType::System, -100);
    std::uint32_t services = process("FS01", 700, "C:\\Windows\\System32\\services.exe", system, -99);
    std::uint32_t launcher = process("FS01", 701, "C:\\Windows\\System32\\svchost.exe", system, -98, services);
    std::uint32_t network = session("FS01", 0x2000, "brian", LogonType::Network, 100);
    std::uint32_t service = start(900, "C:\\Windows\\first.exe", "C:\\Windows\\first.exe", 102, services);
    std::uint32_t shell = start(901, "C:\\Windows\\System32\\cmd.exe", "cmd.exe", 103, service);

    Foothold() {
        history.sessions[network].source_address = IpAddress::parse("10.0.0.7").value();
        history.sessions[network].source_port = 50'001;
        connection("WS07", 100, "600", "C:\\Windows\\powershell.exe", "10.0.0.7", "50001", "10.0.0.20", "445");
        install(101, "0x2000", "First", "C:\\Windows\\first.exe", "0");
    }
    std::uint32_t start(std::uint64_t pid, std::string_view image, std::string_view command, double at_second,
                        std::uint32_t parent) {
        const auto p = process("FS01", pid, image, system, at_second, parent);
        history.processes[p].command_line = command;
        return p;
    }
    void install(double at_second, std::string_view subject, std::string_view name, std::string_view command,
                 std::string_view client) {
        event("FS01", at_second, Kind::ServiceInstalled, 4697,
              {{"SubjectLogonId"_field, subject},
               {"ServiceName"_field, name},
               {"ServiceFileName"_field, command},
               {"ClientProcessId"_field, client}});
    }
    Trail trail_of(std::uint32_t process) { return Tracer(history, find()).back_from_process(process); }
};

TEST(NestedAttacks, AServiceThatASystemShellInstalledIsTheIntruders) {
    for (const bool intruders : {true, false}) {
        Foothold scene;
        const auto tool =
            scene.start(902, "C:\\Windows\\System32\\sc.exe", "sc create Second binPath= C:\\x\\second.exe", 200,
                        intruders ? scene.shell : scene.launcher);
        (void)tool;
        scene.install(201, "0x3e7", "Second", "C:\\x\\second.exe", "902");
        const auto second = scene.start(903, "C:\\x\\second.exe", "C:\\x\\second.exe", 202, scene.services);
        const auto child = scene.start(904, "C:\\Windows\\System32\\whoami.exe", "whoami", 203, second);
        EXPECT_EQ(scene.trail_of(child).first_human, intruders ? scene.brian : kNobody);
    }
}

TEST(NestedAttacks, ATaskThatASystemShellLeftIsTheIntruders) {
    for (const std::string_view client : {"902", "0"})
        for (const bool intruders : {true, false}) {
            Foothold scene;
            scene.start(902, "C:\\Windows\\System32\\schtasks.exe", "schtasks /create /tn Upd /tr C:\\x\\task.exe", 200,
                        intruders ? scene.shell : scene.launcher);
            scene.event("FS01", 201, Kind::TaskCreated, 4698,
                        {{"SubjectLogonId"_field, "0x3e7"},
                         {"TaskName"_field, "\\Upd"},
                         {"TaskContent"_field, "<Exec><Command>C:\\x\\task.exe</Command></Exec>"},
                         {"ClientProcessId"_field, client}});
            const auto task = scene.start(903, "C:\\x\\task.exe", "C:\\x\\task.exe", 5'000, scene.launcher);
            EXPECT_EQ(scene.trail_of(task).first_human, intruders ? scene.brian : kNobody) << client;
        }
}

TEST(NestedAttacks, WhatASystemShellReachesOverSmbIsTheIntruders) {
    for (const bool intruders : {true, false}) {
        Foothold scene;
        scene.start(902, "C:\\Windows\\System32\\net.exe", "net use \\\\DC01\\c$", 300,
                    intruders ? scene.shell : scene.launcher);
        scene.process("FS01", 4, "System", scene.system, -100);
        const auto machine = scene.session("DC01", 0x5000, "FS01$", LogonType::Network, 301);
        scene.history.sessions[machine].source_address = IpAddress::parse("10.0.0.20").value();
        scene.history.sessions[machine].source_port = 51'000;
        scene.connection("FS01", 301, "4", "System", "10.0.0.20", "51000", "10.0.0.1", "445");
        const Links links = scene.find();
        ASSERT_TRUE(link_between(links, scene.system, machine));
        EXPECT_EQ(Tracer(scene.history, links).back_from_session(machine).first_human,
                  intruders ? scene.brian : kNobody);
    }
}

TEST(NestedAttacks, WhomAnIntrudersServiceLogsOnActsForTheIntruder) {
    for (const std::uint64_t by : {900, 700}) {
        Foothold scene;
        const auto made = scene.session("FS01", 0x9000, "admin", LogonType::Interactive, 200);
        Session& session = scene.history.sessions[made];
        session.logon_process = "Advapi";
        session.subject = LogonId::system();
        session.logon_process_id = by;
        session.logon_image = by == 900 ? "C:\\Windows\\first.exe" : "C:\\Windows\\System32\\services.exe";
        const Links links = scene.find();
        const Link* link = link_between(links, scene.system, made);
        ASSERT_EQ(link != nullptr, by == 900);
        if (!link) continue;
        EXPECT_EQ(link->kind, LinkKind::LogonUser);
        EXPECT_EQ(link->strength, Strength::Certain);
        EXPECT_EQ(Tracer(scene.history, links).back_from_session(made).first_human, scene.brian);
    }
}

TEST(NestedAttacks, AProgramThatAStrangerStartedWithAPersonsTokenIsTheStrangers) {
    Foothold scene;
    const auto admin = scene.session("FS01", 0x9000, "admin", LogonType::Interactive, 5);
    const auto stolen = scene.process("FS01", 950, "C:\\Windows\\System32\\cmd.exe", admin, 300, scene.service);
    const auto desktop = scene.process("FS01", 951, "C:\\Windows\\explorer.exe", admin, 6);
    const auto own = scene.process("FS01", 952, "C:\\Windows\\System32\\cmd.exe", admin, 300, desktop);
    const Links links = scene.find();
    const Tracer tracer(scene.history, links);
    EXPECT_EQ(tracer.back_from_process(stolen).first_human, scene.brian);
    EXPECT_EQ(tracer.back_from_process(own).first_human, admin);
    EXPECT_EQ(tracer.back_from_session(admin).first_human, admin);
}

TEST(NestedAttacks, WhatIsOnTheTrailIsNoAlternativeToIt) {
    Scene scene;
    const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
    scene.process("WS07", 600, "/usr/bin/ssh", brian, 10);
    const auto there = scene.session("VM", 6, "alice", LogonType::RemoteInteractive, 20);
    scene.history.sessions[there].source_address = IpAddress::parse("10.0.0.7").value();
    scene.history.sessions[there].logon_image = "/usr/sbin/sshd";
    scene.history.sessions[there].source_port = 50'001;
    scene.connection("WS07", 19, "600", "/usr/bin/ssh", "10.0.0.7", "50001", "10.0.0.8", "22");
    const auto shell = scene.process("VM", 100, "/usr/bin/bash", there, 21);
    const auto sudo = scene.process("VM", 101, "/usr/bin/sudo", there, 30, shell);
    scene.event("VM", 30, Kind::ProcessCreated, 0, {{"ProcessId"_field, "101"}, {"Image"_field, "/usr/bin/sudo"}});
    const auto root = scene.process("VM", 102, "/usr/bin/id", there, 31, sudo);
    const Links links = scene.find();
    const Trail trail = Tracer(scene.history, links).back_from_process(root);
    EXPECT_EQ(trail.first_human, brian);
    EXPECT_TRUE(trail.alternatives.empty());
}

TEST(NestedAttacks, ADesktopThatAnothersClientReconnectsToChangedHands) {
    for (const std::string_view other : {"carol", "brian"}) {
        Scene scene;
        const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
        const auto second = scene.session("WS08", 0x1000, other, LogonType::Interactive, 0);
        for (const auto& [host, session, address, at] :
             {std::tuple("WS07", brian, "10.0.0.7", 19.0), std::tuple("WS08", second, "10.0.0.8", 300.0)}) {
            scene.process(host, 600, "C:\\Windows\\System32\\mstsc.exe", session, 10);
            scene.connection(host, at, "600", "C:\\Windows\\System32\\mstsc.exe", address, "50001", "10.0.0.20",
                             "3389");
        }
        const auto desktop = scene.session("FS01", 0x2100, "admin", LogonType::RemoteInteractive, 20);
        scene.history.sessions[desktop].source_address = IpAddress::parse("10.0.0.7").value();
        const auto check = scene.session("FS01", 0x3000, "admin", LogonType::Network, 301);
        scene.history.sessions[check].source_address = IpAddress::parse("10.0.0.8").value();
        scene.event("FS01", 303, Kind::SessionReconnected, 4778,
                    {{"LogonId"_field, "0x2100"}, {"ClientAddress"_field, "10.0.0.8"}});
        const Links links = scene.find();
        ASSERT_TRUE(link_between(links, second, check));
        const Link* link = link_between(links, second, desktop);
        ASSERT_EQ(link != nullptr, other == "carol");
        if (link) {
            EXPECT_EQ(link->kind, LinkKind::RdpTakenOver);
        }
        EXPECT_EQ(Tracer(scene.history, links).back_from_session(desktop).first_human, brian);
    }
}

TEST(NestedAttacks, TheNetworkCheckOfADesktopComesFromWhereTheDesktopDoes) {
    Scene scene;
    const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
    const auto client = scene.process("WS07", 600, "C:\\Windows\\System32\\mstsc.exe", brian, 10);
    (void)client;
    scene.connection("WS07", 19, "600", "C:\\Windows\\System32\\mstsc.exe", "10.0.0.7", "50001", "10.0.0.20", "3389");
    const auto check = scene.session("FS01", 0x2000, "admin", LogonType::Network, 20);
    const auto desktop = scene.session("FS01", 0x2100, "admin", LogonType::RemoteInteractive, 23);
    for (const auto made : {check, desktop})
        scene.history.sessions[made].source_address = IpAddress::parse("10.0.0.7").value();
    const Links links = scene.find();
    ASSERT_TRUE(link_between(links, brian, desktop));
    const Link* link = link_between(links, brian, check);
    ASSERT_TRUE(link);
    EXPECT_EQ(link->strength, link_between(links, brian, desktop)->strength);
}

}  // namespace
}  // namespace spoor::trails
