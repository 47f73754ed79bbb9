// Logs as they come: hosts missing, clocks wrong, names used twice, addresses shared.
#include <gtest/gtest.h>

#include "trails/evidence/address_book.h"
#include "trails/scene_test.h"

namespace spoor::trails {
namespace {

IpAddress address(std::string_view text) { return IpAddress::parse(text).value(); }

TEST(BadInput, WhereTheClientsLogIsMissingTheTrailEndsAtItsAddress) {
    Scene scene;
    const auto network = scene.session("FS01", 0x2000, "brian", LogonType::Network, 20);
    scene.history.sessions[network].source_address = address("10.0.0.7");
    scene.history.sessions[network].source_port = 50'001;
    const Links links = scene.find();
    EXPECT_TRUE(links.links.empty());
    const Trail trail = Tracer(scene.history, links).back_from_session(network);
    EXPECT_EQ(trail.first_human, kNobody);
    EXPECT_FALSE(trail.complete);
    EXPECT_EQ(trail.enters_from, address("10.0.0.7"));
}

TEST(BadInput, WithoutLogonRecordsASessionKnownFromItsProcessesIsAnOriginAllTheSame) {
    Scene scene;
    const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Unknown, 0);
    scene.history.sessions[brian].origin = Origin::Inferred;
    scene.history.sessions[brian].start.reset();
    scene.history.sessions[brian].first_seen = Scene::at(500);  // after the logon that it caused
    scene.process("WS07", 5416, "C:\\Windows\\powershell.exe", brian, 10);
    const auto network = scene.session("FS01", 0x2000, "brian", LogonType::Network, 20);
    scene.history.sessions[network].source_address = address("10.0.0.7");
    scene.history.sessions[network].source_port = 50'001;
    scene.connection("WS07", 20, "4", "System", "10.0.0.7", "50001", "10.0.0.20", "445");
    const Links links = scene.find();
    ASSERT_TRUE(link_between(links, brian, network));
    const Trail trail = Tracer(scene.history, links).back_from_session(network);
    EXPECT_EQ(trail.first_human, brian);
    EXPECT_FALSE(trail.complete);
}

TEST(BadInput, AControllerSevenMinutesOffIsKnownByItsTickets) {
    Scene scene;
    const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
    // Nothing but tickets and LSA's own connections to the controller tells how far its clock is off.
    for (int i = 0; i < 3; ++i) {
        const std::string port = std::to_string(50'001 + i);
        scene.connection("WS07", 100.0 * i, "700", "C:\\Windows\\System32\\lsass.exe", "10.0.0.7", port, "10.0.0.1",
                         "88");
        scene.event("DC01", 100.0 * i - 420, Kind::TgtRequested, 4768,
                    {{"TargetUserName"_field, "brian"},
                     {"ServiceName"_field, "krbtgt"},
                     {"Status"_field, "0x0"},
                     {"IpAddress"_field, "10.0.0.7"},
                     {"IpPort"_field, port}});
    }
    const Links links = scene.find();
    ASSERT_EQ(links.skews.size(), 1u);
    EXPECT_EQ(links.skews[0].offset, Duration::seconds(-420));
    // By the controller's clock the first ticket was given minutes before brian logged on.
    const std::vector<TicketOrigin> tickets = scene.tickets();
    ASSERT_EQ(tickets.size(), 3u);
    for (const TicketOrigin& tie : tickets) EXPECT_EQ(tie.session, brian);
}

TEST(BadInput, TwoHostsOfOneNameAreToldApartByTheirDomains) {
    Scene scene;
    const auto a = scene.host("DC01.a.example");
    const auto b = scene.host("DC01.b.example");
    ASSERT_NE(a, b);
    for (const auto& [time, domain, client] :
         {std::tuple(10.0, "A.EXAMPLE", "10.1.0.1"), std::tuple(20.0, "B.EXAMPLE", "10.2.0.1")})
        scene.event("FS01", time, Kind::Logon, 4624,
                    {{"TargetUserName"_field, "DC01$"},
                     {"TargetDomainName"_field, domain},
                     {"LogonType"_field, "3"},
                     {"IpAddress"_field, client}});
    scene.evidence.settle();
    const AddressBook book(scene.evidence.addresses);
    EXPECT_EQ(book.hosts_at(address("10.1.0.1"), Scene::at(15)), std::vector{a});
    EXPECT_EQ(book.hosts_at(address("10.2.0.1"), Scene::at(15)), std::vector{b});
}

TEST(BadInput, BehindOneSharedAddressAllHostsAreCandidatesAndNoneIsCertain) {
    Scene scene;
    std::vector<std::uint32_t> origins;
    for (const std::string_view host : {"WS07", "WS08"}) {
        origins.push_back(scene.session(host, 0x1000, "brian", LogonType::Interactive, 0));
        scene.event("FS01", 5, Kind::Logon, 4624,
                    {{"TargetUserName"_field, std::string(host) + "$"},
                     {"LogonType"_field, "3"},
                     {"IpAddress"_field, "192.0.2.1"}});
    }
    const auto network = scene.session("FS01", 0x2000, "brian", LogonType::Network, 20);
    scene.history.sessions[network].source_address = address("192.0.2.1");
    scene.history.sessions[network].source_port = 50'001;
    const Links links = scene.find();
    for (const std::uint32_t origin : origins) {
        const Link* link = link_between(links, origin, network);
        ASSERT_TRUE(link);
        EXPECT_EQ(link->strength, Strength::Probable);
    }
    const Trail trail = Tracer(scene.history, links).back_from_session(network);
    EXPECT_EQ(trail.strength, Strength::Probable);
    EXPECT_EQ(trail.alternatives.size(), 1u);
}

TEST(BadInput, TwoSitesThatUseTheSameAddressesGiveTwoWeakerLinks) {
    Scene scene;
    std::vector<std::uint32_t> origins;
    for (const std::string_view host : {"WS07", "WS08"}) {
        origins.push_back(scene.session(host, 0x1000, "brian", LogonType::Interactive, 0));
        scene.process(host, 5416, "C:\\Windows\\powershell.exe", origins.back(), 10);
        scene.connection(host, 20, "5416", "C:\\Windows\\powershell.exe", "192.168.1.7", "50001", "192.168.1.20",
                         "445");
    }
    const auto network = scene.session("FS01", 0x2000, "brian", LogonType::Network, 20);
    scene.history.sessions[network].source_address = address("192.168.1.7");
    scene.history.sessions[network].source_port = 50'001;
    const Links links = scene.find();
    for (const std::uint32_t origin : origins) {
        ASSERT_TRUE(link_between(links, origin, network));
        EXPECT_EQ(link_between(links, origin, network)->strength, Strength::Probable);
    }
}

TEST(BadInput, AnAddressThatCameBackAfterAnotherHostHadIt) {
    Scene scene;
    constexpr double kDay = 86'400;
    scene.connection("WS07", 0, "100", "a.exe", "10.0.0.7", "1001", "10.0.0.20", "445");
    scene.connection("WS08", 3 * kDay, "100", "a.exe", "10.0.0.7", "1001", "10.0.0.20", "445");
    scene.connection("WS07", 6 * kDay, "100", "a.exe", "10.0.0.7", "1001", "10.0.0.20", "445");
    scene.evidence.settle();
    const AddressBook book(scene.evidence.addresses);
    EXPECT_EQ(book.hosts_at(address("10.0.0.7"), Scene::at(3 * kDay)), std::vector{scene.host("WS08")});
    EXPECT_EQ(book.hosts_at(address("10.0.0.7"), Scene::at(60)), std::vector{scene.host("WS07")});
    EXPECT_EQ(book.hosts_at(address("10.0.0.7"), Scene::at(6 * kDay)), std::vector{scene.host("WS07")});
    EXPECT_FALSE(book.may_be(address("10.0.0.7"), scene.host("WS07"), Scene::at(3 * kDay)));
}

TEST(BadInput, MappedAndLinkLocalAddressesAreAddresses) {
    for (const auto& [logged, recorded] :
         {std::pair("::ffff:10.0.0.7", "10.0.0.7"), std::pair("fe80::9c1a:2b3c%10", "fe80::9c1a:2b3c")}) {
        Scene scene;
        const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
        scene.process("WS07", 5416, "C:\\Windows\\powershell.exe", brian, 10);
        const auto network = scene.session("FS01", 0x2000, "brian", LogonType::Network, 20);
        scene.history.sessions[network].source_address = address(logged);
        scene.history.sessions[network].source_port = 50'001;
        scene.connection("WS07", 20, "5416", "C:\\Windows\\powershell.exe", recorded, "50001",
                         recorded[0] == 'f' ? "fe80::1" : "10.0.0.20", "445");
        const Links links = scene.find();
        ASSERT_TRUE(link_between(links, brian, network)) << logged;
        EXPECT_EQ(link_between(links, brian, network)->strength, Strength::Certain);
    }
}

TEST(BadInput, AMachineAccountsLogonIsNoPersons) {
    Scene scene;
    const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
    const auto system = scene.session("WS07", 0x3e7, "WS07$", LogonType::System, 0);
    scene.process("WS07", 700, "C:\\Windows\\System32\\lsass.exe", system, 1);
    const auto machine = scene.session("FS01", 0x2000, "WS07$", LogonType::Network, 20);
    scene.history.sessions[machine].source_address = address("10.0.0.7");
    scene.history.sessions[machine].source_port = 50'001;
    scene.connection("WS07", 20, "700", "C:\\Windows\\System32\\lsass.exe", "10.0.0.7", "50001", "10.0.0.20", "389");
    const Links links = scene.find();
    EXPECT_TRUE(link_between(links, system, machine));
    EXPECT_FALSE(link_between(links, brian, machine));
    EXPECT_EQ(Tracer(scene.history, links).back_from_session(machine).first_human, kNobody);
}

TEST(BadInput, ARenamedUserIsKnownByTheSidAndNamesakesAreNot) {
    for (const std::string_view sid : {"S-1-5-21-1-2-3-1104", "S-1-5-21-9-9-9-1104"}) {
        Scene scene;
        const auto before =
            scene.session("WS07", 0x1000, sid.contains("9-9-9") ? "miller" : "smith", LogonType::Interactive, 0);
        scene.history.sessions[before].user.sid = Sid::parse(sid).value();
        const auto after = scene.session("FS01", 0x2000, "miller", LogonType::Network, 20);
        scene.history.sessions[after].user.sid = Sid::parse("S-1-5-21-1-2-3-1104").value();
        scene.history.sessions[after].source_address = address("10.0.0.7");
        scene.history.sessions[after].source_port = 50'001;
        scene.connection("WS07", 20, "4", "System", "10.0.0.7", "50001", "10.0.0.20", "445");
        EXPECT_EQ(link_between(scene.find(), before, after) != nullptr, !sid.contains("9-9-9"));
    }
}

TEST(BadInput, NamesInAnyScriptAreNames) {
    Scene scene;
    const auto before = scene.session("WS07", 0x1000, "Жанна.Ёлкина", LogonType::Interactive, 0);
    scene.event(
        "WS07", 19, Kind::ExplicitCredentials, 4648,
        {{"SubjectLogonId"_field, "0x1000"}, {"TargetUserName"_field, "МЮЛЛЕР"}, {"TargetServerName"_field, "сервер"}});
    const auto same = scene.session("FS01", 0x2000, "жанна.ёлкина", LogonType::Network, 20);
    scene.history.sessions[same].source_address = address("10.0.0.7");
    scene.connection("WS07", 10, "4", "System", "10.0.0.7", "50001", "10.0.0.20", "445");
    const auto typed = scene.session("сервер", 0x3000, "мюллер", LogonType::Network, 20);
    const Links links = scene.find();
    EXPECT_TRUE(link_between(links, before, same));
    EXPECT_TRUE(link_between(links, before, typed));
}

TEST(BadInput, ASessionOpenForAYearIsStillAnOrigin) {
    constexpr double kYear = 365 * 86'400.0;
    for (const bool ended : {false, true}) {
        Scene scene;
        const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
        if (ended) scene.history.sessions[brian].end = Scene::at(kYear / 2);
        const auto network = scene.session("FS01", 0x2000, "brian", LogonType::Network, kYear);
        scene.history.sessions[network].source_address = address("10.0.0.7");
        scene.history.sessions[network].source_port = 50'001;
        scene.connection("WS07", kYear, "4", "System", "10.0.0.7", "50001", "10.0.0.20", "445");
        EXPECT_EQ(link_between(scene.find(), brian, network) != nullptr, !ended);
    }
}

}  // namespace
}  // namespace spoor::trails
