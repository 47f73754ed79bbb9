// What is asked of domain controllers, and the sessions that asked or that came of it.
#include <gtest/gtest.h>

#include "trails/scene_test.h"

namespace spoor::trails {
namespace {

/// A client and a server, and a session of brian's on the client with powershell in it.
struct Hop : Scene {
    std::uint32_t brian = session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
    std::uint32_t powershell = process("WS07", 5416, "C:\\Windows\\powershell.exe", brian, 10);

    /// The logs know these addresses of the two hosts.
    void know_addresses() {
        connection("WS07", 50, "700", "C:\\Windows\\System32\\lsass.exe", "10.0.0.7", "49000", "10.0.0.1", "389");
        connection("FS01", 50, "700", "C:\\Windows\\System32\\lsass.exe", "10.0.0.20", "49000", "10.0.0.1", "389");
    }
};

TEST(TicketTies, TypedCredentialsAndTheirTicketShareAGuid) {
    Hop scene;
    const std::string_view guid = "{ca57ec33-35b8-31a0-1e95-f1a49b31d51e}";
    scene.event("WS07", 99, Kind::ExplicitCredentials, 4648,
                {{"SubjectLogonId"_field, "0x1000"},
                 {"TargetUserName"_field, "jimmy"},
                 {"TargetServerName"_field, "FS01"},
                 {"TargetLogonGuid"_field, guid}});
    const auto ticket = [&](std::string_view user, std::string_view logon_guid) {
        scene.event("DC01", 99.1, Kind::ServiceTicketRequested, 4769,
                    {{"TargetUserName"_field, user},
                     {"ServiceName"_field, "FS01$"},
                     {"Status"_field, "0x0"},
                     {"IpAddress"_field, "10.0.0.7"},
                     {"IpPort"_field, "50002"},
                     {"LogonGuid"_field, logon_guid}});
    };
    ticket("jimmy@CORP.EXAMPLE", guid);
    ticket("carol@CORP.EXAMPLE", "{00000000-0000-0000-0000-000000000000}");
    scene.find();
    const std::vector<TicketOrigin> tickets = scene.tickets();
    ASSERT_EQ(tickets.size(), 1u);
    EXPECT_EQ(tickets[0].session, scene.brian);
    EXPECT_EQ(tickets[0].strength, Strength::Certain);
}

TEST(TicketTies, LsaAsksForItsUsersAndTheSystemForItsMachine) {
    Hop scene;
    scene.know_addresses();
    const auto system = scene.session("WS07", 0x3e7, "WS07$", LogonType::System, 0);
    const auto ask = [&](Kind kind, std::uint16_t id, std::string_view user, std::string_view status) {
        scene.event("DC01", 100, kind, id,
                    {{"TargetUserName"_field, user},
                     {"ServiceName"_field, "krbtgt"},
                     {"Status"_field, status},
                     {"IpAddress"_field, "10.0.0.7"}});
    };
    ask(Kind::TgtRequested, 4768, "brian", "0x0");
    ask(Kind::PreauthenticationFailed, 4771, "brian", "0x18");
    ask(Kind::TgtRequested, 4768, "WS07$", "0x0");
    ask(Kind::TgtRequested, 4768, "nobody", "0x6");
    scene.event("DC01", 101, Kind::CredentialsValidated, 4776,
                {{"TargetUserName"_field, "brian"}, {"Workstation"_field, "WS07"}, {"Status"_field, "0x0"}});
    scene.find();
    const std::vector<TicketOrigin> tickets = scene.tickets();
    ASSERT_EQ(tickets.size(), 4u);
    for (const TicketOrigin& tie : tickets) {
        const Ticket& ticket = scene.evidence.tickets[tie.ticket];
        EXPECT_EQ(tie.session, ticket.user == "WS07$" ? system : scene.brian);
        // NTLM's workstation is the client's own word, and a wrong password may be anyone's.
        EXPECT_EQ(tie.strength, ticket.kind == Kind::TgtRequested ? Strength::Strong : Strength::Probable);
    }
}

TEST(TicketTies, ATicketThatALogonBeganWithIsTiedToIt) {
    for (const std::string_view way : {"the moment", "the GUID"}) {
        Hop scene;
        scene.know_addresses();
        // brian has a desktop already; now he logs on once more.
        const auto again = scene.session("WS07", 0x6000, "brian", LogonType::RemoteInteractive, 200);
        const std::string_view guid = "{ca57ec33-35b8-31a0-1e95-f1a49b31d51e}";
        if (way == "the GUID") {
            scene.history.sessions[again].logon_guid = Guid::parse(guid).value();
            scene.event("DC01", 199, Kind::ServiceTicketRequested, 4769,
                        {{"TargetUserName"_field, "brian@CORP.EXAMPLE"},
                         {"ServiceName"_field, "WS07$"},
                         {"Status"_field, "0x0"},
                         {"LogonGuid"_field, guid},
                         {"IpAddress"_field, "10.0.0.7"}});
        } else {
            scene.event("DC01", 199, Kind::TgtRequested, 4768,
                        {{"TargetUserName"_field, "brian"},
                         {"ServiceName"_field, "krbtgt"},
                         {"Status"_field, "0x0"},
                         {"IpAddress"_field, "10.0.0.7"}});
        }
        scene.find();
        const std::vector<TicketOrigin> tickets = scene.tickets();
        ASSERT_EQ(tickets.size(), 1u);
        EXPECT_EQ(tickets[0].session, again);
        EXPECT_TRUE(tickets[0].came_of_it);
        EXPECT_EQ(tickets[0].strength, way == "the GUID" ? Strength::Certain : Strength::Strong);
    }
}

TEST(TicketTies, AnNtlmValidationIsTiedToTheLogonThatTheServerAskedItFor) {
    for (const std::string_view server : {"FS01", "FS02", ""}) {
        Hop scene;
        for (const std::string_view host : {"FS01", "FS02"}) {
            const auto logon = scene.session(host, 0x2000, "brian", LogonType::Network, 100);
            scene.history.sessions[logon].workstation = "WS07";
            scene.history.sessions[logon].authentication_package = "NTLM";
        }
        if (!server.empty())
            scene.event(
                "DC01", 100.1, Kind::NtlmAudited, 8004,
                {{"TargetUserName"_field, "brian"}, {"WorkstationName"_field, "WS07"}, {"ServerName"_field, server}});
        else
            scene.event(
                "DC01", 100.1, Kind::CredentialsValidated, 4776,
                {{"TargetUserName"_field, "brian"}, {"Workstation"_field, "\\\\WS07"}, {"Status"_field, "0x0"}});
        scene.find();
        const std::vector<TicketOrigin> tickets = scene.tickets();
        ASSERT_EQ(tickets.size(), 1u);
        const TicketOrigin& tie = tickets[0];
        if (server.empty()) {  // two logons in one moment: it may have been for either
            EXPECT_EQ(tie.session, scene.brian);
            EXPECT_EQ(tie.strength, Strength::Probable);
        } else {
            EXPECT_EQ(scene.history.sessions[tie.session].key.host, scene.host(server));
            EXPECT_EQ(tie.strength, Strength::Strong);
            EXPECT_TRUE(tie.came_of_it);
        }
    }
}

/// WEB01's service, its caller brian, and what the controller gave it for SQL01.
struct Delegated : Scene {
    std::uint32_t pool = session("WEB01", 0x500, "webapp", LogonType::Service, 0);
    std::uint32_t caller = session("WEB01", 0x700, "brian", LogonType::Network, 15);
    std::uint32_t behind = session("SQL01", 0x2000, "brian", LogonType::Network, 20);

    Delegated() {
        process("WEB01", 900, "C:\\Windows\\System32\\inetsrv\\w3wp.exe", pool, 1);
        history.sessions[behind].source_address = IpAddress::parse("10.0.0.8").value();
        history.sessions[behind].source_port = 50'001;
        history.sessions[behind].transmitted_services = "HTTP/web01.corp.example@CORP.EXAMPLE";
    }
    void ticket(double at_second, std::string_view user, std::string_view service, std::string_view transmitted) {
        event("DC01", at_second, Kind::ServiceTicketRequested, 4769,
              {{"TargetUserName"_field, user},
               {"ServiceName"_field, service},
               {"Status"_field, "0x0"},
               {"IpAddress"_field, "10.0.0.8"},
               {"IpPort"_field, "50100"},
               {"TransmittedServices"_field, transmitted}});
    }
};

TEST(TicketTies, ATicketThatAServiceHandedOnIsItsCallers) {
    Delegated scene;
    scene.ticket(19, "brian@CORP.EXAMPLE", "SQL01$", "HTTP/web01.corp.example@CORP.EXAMPLE");
    const Links links = scene.find();
    const std::vector<TicketOrigin> tickets = scene.tickets();
    ASSERT_EQ(tickets.size(), 1u);
    EXPECT_EQ(tickets[0].session, scene.caller);
    EXPECT_EQ(tickets[0].strength, Strength::Strong);
    const Link* link = link_between(links, scene.caller, scene.behind);
    ASSERT_TRUE(link);
    EXPECT_EQ(link->strength, Strength::Strong);
    EXPECT_EQ(link->evidence.size(), 3u) << "both logons and the ticket";
}

TEST(TicketTies, WhomAServiceOnlyNamedIsNotSurelyTheOneWhoCalledIt) {
    Delegated scene;
    scene.ticket(18.9, "webapp@CORP.EXAMPLE", "webapp", "-");  // S4U2self
    scene.ticket(19, "brian@CORP.EXAMPLE", "SQL01$", "webapp@CORP.EXAMPLE");
    scene.connection("WEB01", 20, "900", "C:\\Windows\\System32\\inetsrv\\w3wp.exe", "10.0.0.8", "50001", "10.0.0.9",
                     "1433");
    const Links links = scene.find();
    const Link* by_name = link_between(links, scene.caller, scene.behind);
    EXPECT_TRUE(!by_name || by_name->strength == Strength::Probable);
    const Link* by_service = link_between(links, scene.pool, scene.behind);
    ASSERT_TRUE(by_service);
    EXPECT_EQ(by_service->strength, Strength::Certain);
}

TEST(TicketTies, AProgramThatGotTheTicketItselfIsBehindTheDelegatedLogon) {
    Delegated scene;
    const auto intruder = scene.session("WEB01", 0x900, "carol", LogonType::RemoteInteractive, 1);
    const auto tool = scene.process("WEB01", 950, "C:\\Temp\\r.exe", intruder, 10);
    scene.connection("WEB01", 19, "950", "C:\\Temp\\r.exe", "10.0.0.8", "50100", "10.0.0.1", "88");
    scene.ticket(19, "brian@CORP.EXAMPLE", "SQL01$", "WEB01$@CORP.EXAMPLE");
    const Links links = scene.find();
    const std::vector<TicketOrigin> tickets = scene.tickets();
    const Link* link = link_between(links, intruder, scene.behind);
    ASSERT_TRUE(link);
    EXPECT_EQ(link->kind, LinkKind::S4u);
    EXPECT_EQ(link->process, tool);
    EXPECT_FALSE(link_between(links, scene.caller, scene.behind));
    ASSERT_EQ(tickets.size(), 1u);
    EXPECT_EQ(tickets[0].session, intruder);
}

}  // namespace
}  // namespace spoor::trails
