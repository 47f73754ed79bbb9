#include <gtest/gtest.h>

#include "trails/scene_test.h"

namespace spoor::trails {
namespace {

TEST(Trail, GoesFromAServicesProgramBackOverTwoHostsToThePerson) {
    Scene scene;
    const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
    const auto jimmy = scene.session("WS07", 0x3000, "jimmy", LogonType::Interactive, 60);
    scene.history.sessions[jimmy].logon_process = "seclogo";
    scene.history.sessions[jimmy].subject = LogonId(0x1000);
    scene.process("WS07", 5416, "C:\\Windows\\powershell.exe", jimmy, 70);
    const auto network = scene.session("FS01", 0x2000, "jimmy", LogonType::Network, 100);
    scene.history.sessions[network].source_address = IpAddress::parse("10.0.0.7").value();
    scene.history.sessions[network].source_port = 50001;
    scene.connection("WS07", 100, "5416", "C:\\Windows\\powershell.exe", "10.0.0.7", "50001", "10.0.0.20", "49700");
    const auto system = scene.session("FS01", 0x3e7, "FS01$", LogonType::System, 0);
    const auto services = scene.process("FS01", 700, "C:\\Windows\\System32\\services.exe", system, 1);
    scene.event("FS01", 110, Kind::ServiceInstalled, 4697,
                {{"SubjectLogonId"_field, "0x2000"},
                 {"ServiceName"_field, "Updater"},
                 {"ServiceFileName"_field, "C:\\Temp\\up.exe -k"}});
    const auto payload = scene.process("FS01", 900, "C:\\Temp\\up.exe", system, 111, services);
    scene.history.processes[payload].command_line = "C:\\Temp\\up.exe -k";
    const auto shell = scene.process("FS01", 901, "C:\\Windows\\System32\\cmd.exe", system, 112, payload);

    const Links links = scene.find();
    const Tracer tracer(scene.history, links);
    const Trail trail = tracer.back_from_process(shell);
    ASSERT_EQ(trail.steps.size(), 4u);
    EXPECT_EQ(trail.steps[1].session, network);
    EXPECT_EQ(trail.first_human, brian);
    EXPECT_TRUE(trail.complete);
    EXPECT_EQ(trail.strength, Strength::Certain);
    EXPECT_EQ(sentence(trail, tracer, scene.catalog),
              "cmd.exe 901 on FS01 <- CORP\\FS01$ (system, 12:26) <- service from FS01 by CORP\\jimmy (network, 12:28) "
              "<- network logon from WS07 by "
              "CORP\\jimmy (interactive, 12:27) <- runas from WS07 by CORP\\brian (interactive, 12:26)");

    // Another program of the system's session has nothing to do with it.
    EXPECT_EQ(tracer.back_from_process(services).first_human, kNobody);

    const Descendant forward = tracer.forward_from_session(brian);
    ASSERT_EQ(forward.children.size(), 1u);
    EXPECT_EQ(forward.children[0].children.at(0).children.at(0).step.process, payload);
}

TEST(Trail, ASentenceNamesADayThatIsNotTheOneOfWhatWasAskedFor) {
    Scene scene;
    const auto system = scene.session("FS01", 0x3e7, "FS01$", LogonType::System, 0);
    const auto today = scene.process("FS01", 900, "C:\\Windows\\System32\\lsass.exe", system, 10);
    const auto later = scene.process("FS01", 901, "C:\\Windows\\System32\\cmd.exe", system, 3 * 86'400);
    const Links links = scene.find();
    const Tracer tracer(scene.history, links);
    const std::string day = utc_clock(beginning(scene.history.sessions[system])).substr(0, 10);
    const auto told = [&](std::uint32_t process) {
        return sentence(tracer.back_from_process(process), tracer, scene.catalog);
    };
    EXPECT_FALSE(told(today).contains(day)) << told(today);
    EXPECT_TRUE(told(later).contains("(system, " + day)) << told(later);
}

TEST(Trail, TheEntranceIsAnAddressAndWhatTheClientCallsItself) {
    Scene scene;
    const auto session = scene.session("FS01", 0x1000, "jimmy", LogonType::Network, 0);
    scene.history.sessions[session].source_address = IpAddress::parse("203.0.113.9").value();
    scene.history.sessions[session].workstation = "KALI";
    const Links links = scene.find();
    EXPECT_EQ(entrance(Tracer(scene.history, links).back_from_session(session)), "203.0.113.9 (KALI)");
}

TEST(Trail, AProcessLedToTheSessionThatAProgramOfItsLineRunsIn) {
    Scene scene;
    const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
    const auto jimmy = scene.session("WS07", 0x3000, "jimmy", LogonType::Interactive, 60);
    scene.history.sessions[jimmy].logon_process = "seclogo";
    scene.history.sessions[jimmy].subject = LogonId(0x1000);
    const auto shell = scene.process("WS07", 5416, "C:\\Windows\\powershell.exe", brian, 50);
    const auto other = scene.process("WS07", 5500, "C:\\Windows\\notepad.exe", brian, 51);
    const auto child = scene.process("WS07", 5600, "C:\\Windows\\System32\\cmd.exe", jimmy, 61, shell);

    const Links links = scene.find();
    const Tracer tracer(scene.history, links);
    const Descendant forward = tracer.forward_from_process(shell);
    ASSERT_EQ(forward.children.size(), 1u);
    EXPECT_EQ(forward.children[0].step.session, jimmy);
    EXPECT_EQ(forward.children[0].step.process, child);
    EXPECT_TRUE(tracer.forward_from_process(other).children.empty());
}

TEST(Trail, CyclesEnd) {
    Scene scene;
    const auto a = scene.session("WS07", 0x1000, "a", LogonType::Batch, 0);
    const auto b = scene.session("WS07", 0x3000, "b", LogonType::Batch, 1);
    Links links;
    links.links = {{.from = a, .to = b, .strength = Strength::Certain, .reason = {}, .evidence = {}},
                   {.from = b, .to = a, .strength = Strength::Certain, .reason = {}, .evidence = {}}};
    const Tracer tracer(scene.history, links);
    EXPECT_EQ(tracer.back_from_session(a).steps.size(), 2u);
    EXPECT_EQ(tracer.forward_from_session(a).children.size(), 1u);
}

}  // namespace
}  // namespace spoor::trails
