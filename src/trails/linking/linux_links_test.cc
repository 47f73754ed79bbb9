#include <gtest/gtest.h>

#include "trails/scene_test.h"

namespace spoor::trails {
namespace {

/// A Linux host with a desktop-less person: alice came in by ssh, and a shell runs.
struct Linux : Scene {
    Linux() {
        history.sessions[alice].logon_process = "sshd";
        history.sessions[alice].logon_image = "/usr/sbin/sshd";
        history.sessions[daemons].origin = Origin::WellKnown;
    }

    std::uint32_t daemons = session("VM", 0xffffffff, "root", LogonType::System, 0);
    std::uint32_t systemd = process("VM", 1, "/usr/lib/systemd/systemd", daemons, 0);
    std::uint32_t alice = session("VM", 6, "alice", LogonType::RemoteInteractive, 10);
    std::uint32_t shell = process("VM", 100, "/usr/bin/bash", alice, 11);

    /// A process, and the record of its start.
    std::uint32_t run(std::uint64_t pid, std::string_view image, std::string_view command, std::uint32_t session,
                      double at, std::uint32_t parent) {
        const auto p = process("VM", pid, image, session, at, parent);
        history.processes[p].command_line = history.texts.intern(command);
        history.processes[p].parent_pid = parent == kNobody ? 0 : history.processes[parent].pid;
        started(pid, image, command, at);
        return p;
    }
    EventRef started(std::uint64_t pid, std::string_view image, std::string_view command, double at) {
        return event(
            "VM", at, Kind::ProcessCreated, 0,
            {{"ProcessId"_field, std::to_string(pid)}, {"Image"_field, image}, {"CommandLine"_field, command}});
    }
    void file(Kind kind, double at, std::string_view pid, std::string_view image, std::string_view path) {
        event("VM", at, kind, 0,
              {{"ProcessId"_field, pid},
               {"Image"_field, image},
               {"TargetFilename"_field, path},
               {"NewFilename"_field, path}});
    }
    std::uint32_t job(std::uint64_t id, std::string_view user, std::string_view daemon, double at) {
        const auto i = session("VM", id, user, LogonType::Batch, at);
        history.sessions[i].logon_image = daemon;
        return i;
    }
};

TEST(LinuxLinks, SudoStaysInTheSessionAndNamesWhoCalledForIt) {
    Linux scene;
    const auto sudo = scene.run(101, "/usr/bin/sudo", "sudo -u root id", scene.alice, 20, scene.shell);
    const auto id = scene.run(102, "/usr/bin/id", "id", scene.alice, 20.1, sudo);
    const EventRef used =
        scene.event("VM", 20.05, Kind::ExplicitCredentials, 0,
                    {{"ProcessId"_field, "101"}, {"TargetUserName"_field, "root"}, {"SubjectLogonId"_field, "0x6"}});
    scene.run(103, "/usr/bin/ls", "ls", scene.alice, 21, scene.shell);
    const Links links = scene.find();
    ASSERT_EQ(links.links.size(), 1u);
    const Link& link = links.links[0];
    EXPECT_EQ(link.kind, LinkKind::Sudo);
    EXPECT_EQ(link.strength, Strength::Certain);
    EXPECT_EQ(link.from, scene.alice);
    EXPECT_EQ(link.to, scene.alice);
    EXPECT_EQ(link.process, scene.shell);
    EXPECT_EQ(link.to_process, id);
    EXPECT_NE(std::find(link.evidence.begin(), link.evidence.end(), used), link.evidence.end());

    const Tracer tracer(scene.history, links);
    const Trail trail = tracer.back_from_process(id);
    ASSERT_EQ(trail.steps.size(), 2u);
    EXPECT_EQ(trail.steps[1].process, scene.shell);
    EXPECT_EQ(trail.first_human, scene.alice);
    EXPECT_TRUE(trail.complete);
    EXPECT_EQ(sentence(trail, tracer, scene.catalog),
              "id 102 on VM <- CORP\\alice (remote_interactive, 12:26) <- sudo by bash 100");
    ASSERT_EQ(tracer.forward_from_session(scene.alice).children.size(), 1u);
}

TEST(LinuxLinks, SuAfterSudoIsTwoSteps) {
    Linux scene;
    const auto sudo = scene.run(101, "/usr/bin/sudo", "sudo -i", scene.alice, 20, scene.shell);
    const auto root_shell = scene.run(102, "/usr/bin/bash", "-bash", scene.alice, 20.1, sudo);
    const auto su = scene.run(103, "/usr/bin/su", "su bob", scene.alice, 30, root_shell);
    const auto bobs_shell = scene.run(104, "/usr/bin/dash", "sh", scene.alice, 30.1, su);
    const Links links = scene.find();
    const Trail trail = Tracer(scene.history, links).back_from_process(bobs_shell);
    ASSERT_EQ(trail.steps.size(), 3u);
    EXPECT_EQ(links.links[trail.steps[0].link].kind, LinkKind::Su);
    EXPECT_EQ(links.links[trail.steps[1].link].kind, LinkKind::Sudo);
}

TEST(LinuxLinks, NsenterBecomesTheProgramThatItStarts) {
    Linux scene;
    scene.started(101, "/usr/bin/nsenter", "nsenter -t 4711 -m -- bash", 20);
    const auto inside = scene.run(101, "/usr/bin/bash", "bash", scene.alice, 20.001, scene.shell);
    const Links links = scene.find();
    ASSERT_EQ(links.links.size(), 1u);
    EXPECT_EQ(links.links[0].kind, LinkKind::Container);
    EXPECT_EQ(links.links[0].to_process, inside);
}

TEST(LinuxLinks, WhatTheContainerEngineRunsForSomeoneIsThatOnesDoing) {
    Linux scene;
    const auto shim = scene.process("VM", 50, "/usr/bin/containerd-shim-runc-v2", scene.daemons, 1);
    scene.run(101, "/usr/bin/docker", "docker exec -it web bash -c id", scene.alice, 20, scene.shell);
    const auto inside = scene.run(201, "/usr/bin/bash", "bash -c id", scene.daemons, 20.3, shim);
    scene.run(202, "/usr/bin/healthcheck", "healthcheck --quiet", scene.daemons, 20.4, shim);
    const Links links = scene.find();
    ASSERT_EQ(links.links.size(), 1u);
    EXPECT_EQ(links.links[0].from, scene.alice);
    EXPECT_EQ(links.links[0].to_process, inside);
    EXPECT_EQ(links.links[0].strength, Strength::Strong);
    EXPECT_EQ(Tracer(scene.history, links).back_from_process(inside).first_human, scene.alice);
}

TEST(LinuxLinks, AContainerThatBeginsAsSomeoneAsksForItIsProbablyThatOnes) {
    for (const std::string_view asked : {"docker run -d alpine", "docker ps"})
        for (const bool another : {true, false}) {
            Linux scene;
            const auto shim = scene.process("VM", 50, "/usr/bin/containerd-shim-runc-v2", scene.daemons, 1);
            scene.run(101, "/usr/bin/docker", asked, scene.alice, 20, scene.shell);
            const auto inside = scene.run(201, "/bin/sh", "/bin/sh", scene.daemons, 20.3, shim);
            if (another) scene.run(202, "/usr/bin/healthcheck", "healthcheck --quiet", scene.daemons, 20.4, shim);
            const Links links = scene.find();
            ASSERT_EQ(links.links.size(), asked == "docker ps" || another ? 0u : 1u) << asked;
            if (links.links.empty()) continue;
            EXPECT_EQ(links.links[0].to_process, inside);
            EXPECT_EQ(links.links[0].strength, Strength::Probable);
        }
}

TEST(LinuxLinks, AUnitThatSomeoneHadStartedIsProbablyThatOnes) {
    for (const std::string_view asked : {"systemctl start evil.service", "systemctl status evil.service"}) {
        Linux scene;
        scene.run(101, "/usr/bin/systemctl", asked, scene.alice, 20, scene.shell);
        const auto unit = scene.run(301, "/opt/evil", "/opt/evil --fast", scene.daemons, 20.2, scene.systemd);
        scene.run(302, "/usr/sbin/cron", "/usr/sbin/cron -f", scene.daemons, 20.3, scene.systemd);
        const Links links = scene.find();
        ASSERT_EQ(links.links.size(), asked.contains("start") ? 1u : 0u);
        if (links.links.empty()) continue;
        EXPECT_EQ(links.links[0].kind, LinkKind::Service);
        EXPECT_EQ(links.links[0].to_process, unit);
        EXPECT_EQ(links.links[0].strength, Strength::Probable);
    }
}

TEST(LinuxLinks, SystemdRunIsTheDoingOfItsCaller) {
    Linux scene;
    scene.run(101, "/usr/bin/systemd-run", "systemd-run --unit=x /usr/bin/miner --fast", scene.alice, 20, scene.shell);
    const auto unit = scene.run(301, "/usr/bin/miner", "/usr/bin/miner --fast", scene.daemons, 20.2, scene.systemd);
    scene.run(302, "/usr/sbin/cron", "/usr/sbin/cron -f", scene.daemons, 20.3, scene.systemd);
    const Links links = scene.find();
    ASSERT_EQ(links.links.size(), 1u);
    EXPECT_EQ(links.links[0].kind, LinkKind::Service);
    EXPECT_EQ(links.links[0].to_process, unit);
}

TEST(LinuxLinks, CronWorksForWhoWroteTheTable) {
    Linux scene;
    scene.run(101, "/usr/bin/crontab", "crontab -e", scene.alice, 20, scene.shell);
    scene.file(Kind::FileRenamed, 25, "101", "/usr/bin/crontab", "/var/spool/cron/crontabs/alice");
    const auto job = scene.job(40, "alice", "/usr/sbin/cron", 3 * 86'400);
    const auto bobs = scene.job(41, "bob", "/usr/sbin/cron", 3 * 86'400);
    const Links links = scene.find();
    const Link* link = link_between(links, scene.alice, job);
    ASSERT_TRUE(link);
    EXPECT_EQ(link->kind, LinkKind::Cron);
    EXPECT_EQ(link->strength, Strength::Strong);
    EXPECT_FALSE(link_between(links, scene.alice, bobs));
}

TEST(LinuxLinks, ATableOfDaysAgoIsLentToLaterStretchesOfTime) {
    Linux scene;
    scene.run(101, "/usr/bin/crontab", "crontab -e", scene.alice, 20, scene.shell);
    scene.file(Kind::FileRenamed, 25, "101", "/usr/bin/crontab", "/var/spool/cron/crontabs/alice");
    const auto job = scene.job(40, "alice", "/usr/sbin/cron", 3 * 86'400);
    Evidence lent(scene.catalog);
    scene.evidence.forget_passing();
    lent.add_lasting(scene.evidence);
    scene.evidence = std::move(lent);
    EXPECT_TRUE(link_between(scene.find(), scene.alice, job));
    for (const Kind kind : {Kind::FileCreated, Kind::FileRenamed, Kind::FileDeleted})
        EXPECT_TRUE(Evidence::sets_up(kind));
}

TEST(LinuxLinks, AtRunsTheJobThatSomeoneLeft) {
    Linux scene;
    scene.run(101, "/usr/bin/at", "at now + 2 hours", scene.alice, 20, scene.shell);
    scene.file(Kind::FileCreated, 21, "101", "/usr/bin/at", "/var/spool/cron/atjobs/a0000501bd3c2a");
    scene.file(Kind::FileRenamed, 7'220, "9", "/usr/sbin/atd", "/var/spool/cron/atjobs/=0000501bd3c2a");
    const auto job = scene.job(40, "alice", "/usr/sbin/atd", 7'220.1);
    const Links links = scene.find();
    const Link* link = link_between(links, scene.alice, job);
    ASSERT_TRUE(link);
    EXPECT_EQ(link->kind, LinkKind::Task);
    EXPECT_EQ(link->strength, Strength::Certain);
}

TEST(LinuxLinks, TheFourEndsOfAConnectionTieSshLogonsForCertain) {
    Linux scene;
    const auto leader = scene.process("VM2", 900, "/usr/sbin/sshd", kNobody, 59.9);
    const auto there = scene.session("VM2", 12, "alice", LogonType::RemoteInteractive, 61);
    Session& session = scene.history.sessions[there];
    session.logon_process = "sshd";
    session.logon_image = "/usr/sbin/sshd";
    session.logon_process_id = scene.history.processes[leader].pid;
    session.source_address = IpAddress::parse("10.0.0.7").value();
    // Two came in at nearly the same time; sshd's process began with the first.
    const auto ssh = scene.run(101, "/usr/bin/ssh", "ssh vm2", scene.alice, 59, scene.shell);
    const auto other = scene.session("VM", 7, "alice", LogonType::RemoteInteractive, 11);
    const auto scp = scene.run(102, "/usr/bin/scp", "scp x vm2:", other, 60, kNobody);
    (void)scp;
    scene.connection("VM", 59.8, "101", "/usr/bin/ssh", "10.0.0.7", "50001", "10.0.0.9", "22");
    scene.connection("VM", 60.5, "102", "/usr/bin/scp", "10.0.0.7", "50002", "10.0.0.9", "22");
    for (const auto& [time, port] : {std::pair(59.85, "50001"), std::pair(60.55, "50002")})
        scene.event("VM2", time, Kind::NetworkConnection, 0,
                    {{"ProcessId"_field, "800"},
                     {"Image"_field, "/usr/sbin/sshd"},
                     {"Initiated"_field, "false"},
                     {"SourceIp"_field, "10.0.0.7"},
                     {"SourcePort"_field, port},
                     {"DestinationIp"_field, "10.0.0.9"},
                     {"DestinationPort"_field, "22"}});
    const Links links = scene.find();
    const Link* link = link_between(links, scene.alice, there);
    ASSERT_TRUE(link);
    EXPECT_EQ(link->kind, LinkKind::Ssh);
    EXPECT_EQ(link->strength, Strength::Certain);
    EXPECT_EQ(link->process, ssh);
    EXPECT_FALSE(link_between(links, other, there));
    // A person at a terminal of VM2 came from a person at a terminal of VM.
    EXPECT_EQ(Tracer(scene.history, links).back_from_session(there).first_human, scene.alice);
}

TEST(LinuxLinks, AnSshClientThatAuditSawConnectIsTiedWithoutItsPort) {
    for (const bool others_too : {false, true}) {
        Linux scene;
        const auto ssh = scene.run(101, "/usr/bin/ssh", "ssh bob@vm2", scene.alice, 59, scene.shell);
        const auto carol = scene.session("VM", 8, "carol", LogonType::RemoteInteractive, 20);
        const auto own = scene.process("VM", 102, "/usr/bin/ssh", carol, 58);
        const auto bob = scene.session("VM2", 5, "bob", LogonType::Network, 60);
        Session& session = scene.history.sessions[bob];
        session.logon_process = "sshd";
        session.source_address = IpAddress::parse("10.0.0.7").value();
        const auto connect = [&](double at, std::string_view pid, std::string_view to) {
            scene.event("VM", at, Kind::NetworkConnection, 0,
                        {{"ProcessId"_field, pid},
                         {"Image"_field, "/usr/bin/ssh"},
                         {"Initiated"_field, "true"},
                         {"DestinationIp"_field, to},
                         {"DestinationPort"_field, "22"}});
        };
        const auto arrive = [&](std::string_view at_host, double at, std::string_view from, std::string_view to) {
            scene.event(at_host, at, Kind::NetworkConnection, 0,
                        {{"Image"_field, "/usr/sbin/sshd"},
                         {"Initiated"_field, "false"},
                         {"SourceIp"_field, from},
                         {"SourcePort"_field, "50912"},
                         {"DestinationIp"_field, to},
                         {"DestinationPort"_field, "22"}});
        };
        arrive("VM", 10, "203.0.113.9", "10.0.0.7");  // by which the client's address is known
        arrive("VM2", 59.8, "10.0.0.7", "10.0.0.9");
        connect(59.7, "101", "10.0.0.9");
        connect(59.6, "102", others_too ? "10.0.0.9" : "10.0.0.99");
        (void)own;
        const Links links = scene.find();
        const Link* link = link_between(links, scene.alice, bob);
        ASSERT_TRUE(link);
        EXPECT_EQ(link->kind, LinkKind::Ssh);
        EXPECT_EQ(link->process, ssh);
        EXPECT_EQ(link->strength, others_too ? Strength::Probable : Strength::Strong);
        EXPECT_EQ(link_between(links, carol, bob) != nullptr, others_too);
    }
}

TEST(LinuxLinks, WindowsAndLinuxReachEachOther) {
    Linux scene;
    // From Windows by ssh.exe.
    const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
    scene.process("WS07", 5000, "C:\\Windows\\System32\\OpenSSH\\ssh.exe", brian, 5);
    scene.history.sessions[scene.alice].source_address = IpAddress::parse("10.0.0.7").value();
    scene.connection("WS07", 9.5, "5000", "C:\\Windows\\System32\\OpenSSH\\ssh.exe", "10.0.0.7", "50100", "10.0.0.8",
                     "22");
    scene.event("VM", 9.6, Kind::NetworkConnection, 0,
                {{"Initiated"_field, "false"},
                 {"SourceIp"_field, "10.0.0.7"},
                 {"SourcePort"_field, "50100"},
                 {"DestinationIp"_field, "10.0.0.8"},
                 {"DestinationPort"_field, "22"}});
    // From Linux by smbclient.
    scene.run(101, "/usr/bin/smbclient", "smbclient //fs01/c$", scene.alice, 20, scene.shell);
    const auto share = scene.session("FS01", 0x2000, "jimmy", LogonType::Network, 21);
    scene.history.sessions[share].source_address = IpAddress::parse("10.0.0.8").value();
    scene.history.sessions[share].source_port = 40'000;
    scene.connection("VM", 20.8, "101", "/usr/bin/smbclient", "10.0.0.8", "40000", "10.0.0.20", "445");
    const Links links = scene.find();
    ASSERT_TRUE(link_between(links, brian, scene.alice));
    EXPECT_EQ(link_between(links, brian, scene.alice)->strength, Strength::Certain);
    ASSERT_TRUE(link_between(links, scene.alice, share));
    EXPECT_EQ(link_between(links, scene.alice, share)->kind, LinkKind::Smb);
    EXPECT_EQ(Tracer(scene.history, links).back_from_session(share).first_human, brian);
}

}  // namespace
}  // namespace spoor::trails
