#include <gtest/gtest.h>

#include "trails/address_book.h"
#include "trails/scene_test.h"

namespace spoor::trails {
namespace {

TEST(Links, AProgramsConnectionTiesANetworkLogonToItsSessionForCertain) {
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

TEST(Links, APortUsedHoursBeforeIsAnotherConnection) {
    Scene scene;
    const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
    scene.process("WS07", 5416, "C:\\Windows\\powershell.exe", brian, 10);
    const auto network = scene.session("FS01", 0x2000, "someone", LogonType::Network, 20'000);
    scene.history.sessions[network].source_address = IpAddress::parse("10.0.0.7").value();
    scene.history.sessions[network].source_port = 50001;
    scene.connection("WS07", 20, "5416", "C:\\Windows\\powershell.exe", "10.0.0.7", "50001", "10.0.0.20", "49700");
    EXPECT_FALSE(link_between(scene.find(), brian, network));
}

TEST(Links, TwoSessionsOfTheUserOnTheClientAreTwoProbableOrigins) {
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

TEST(Links, AClockSevenMinutesOffIsAllowedFor) {
    Scene scene;
    const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
    scene.process("WS07", 5416, "C:\\Windows\\powershell.exe", brian, 10);
    std::uint32_t last = kNobody;
    for (std::uint64_t i = 0; i < 5; ++i) {
        last = scene.session("DC01", 0x2000 + i * 0x100, "brian", LogonType::Network, 20 + 30.0 * static_cast<double>(i) + 420);
        scene.history.sessions[last].source_address = IpAddress::parse("10.0.0.7").value();
        scene.history.sessions[last].source_port = static_cast<std::uint16_t>(50001 + i);
        scene.connection("WS07", 20 + 30.0 * static_cast<double>(i), "5416", "C:\\Windows\\powershell.exe", "10.0.0.7", std::to_string(50001 + i), "10.0.0.1", "389");
    }
    const Links links = scene.find();
    ASSERT_EQ(links.skews.size(), 1u);
    EXPECT_EQ(links.skews[0].offset, Duration::seconds(420));
    const Link* link = link_between(links, brian, last);
    ASSERT_TRUE(link);
    EXPECT_EQ(link->strength, Strength::Certain);
}

TEST(Links, AnAddressBelongsToAHostForASpanOfTime) {
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

TEST(Links, TheSubjectOfARunasIsItsOrigin) {
    Scene scene;
    const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
    const auto jimmy = scene.session("WS07", 0x3000, "jimmy", LogonType::Interactive, 60);
    scene.history.sessions[jimmy].logon_process = "seclogo";
    scene.history.sessions[jimmy].subject = LogonId(0x1000);
    const Links links = scene.find();
    const Link* link = link_between(links, brian, jimmy);
    ASSERT_TRUE(link);
    EXPECT_EQ(link->kind, LinkKind::ExplicitCredentials);
    EXPECT_EQ(link->strength, Strength::Certain);
}

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
                {{"SubjectLogonId"_field, "0x2000"}, {"ServiceName"_field, "Updater"}, {"ServiceFileName"_field, "C:\\Temp\\up.exe -k"}});
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
              "cmd.exe 901 on FS01 <- CORP\\FS01$ (system, 12:26) <- service from FS01 by CORP\\jimmy (network, 12:28) <- network logon from WS07 by "
              "CORP\\jimmy (interactive, 12:27) <- runas from WS07 by CORP\\brian (interactive, 12:26)");

    // Another program of the system's session has nothing to do with it.
    EXPECT_EQ(tracer.back_from_process(services).first_human, kNobody);

    const Descendant forward = tracer.forward_from_session(brian);
    ASSERT_EQ(forward.children.size(), 1u);
    EXPECT_EQ(forward.children[0].children.at(0).children.at(0).step.process, payload);
}

TEST(Trail, CyclesEnd) {
    Scene scene;
    const auto a = scene.session("WS07", 0x1000, "a", LogonType::Batch, 0);
    const auto b = scene.session("WS07", 0x3000, "b", LogonType::Batch, 1);
    Links links;
    links.links = {{.from = a, .to = b, .strength = Strength::Certain, .reason = {}, .evidence = {}}, {.from = b, .to = a, .strength = Strength::Certain, .reason = {}, .evidence = {}}};
    const Tracer tracer(scene.history, links);
    EXPECT_EQ(tracer.back_from_session(a).steps.size(), 2u);
    EXPECT_EQ(tracer.forward_from_session(a).children.size(), 1u);
}

}  // namespace
}  // namespace spoor::trails
