#include <gtest/gtest.h>

#include "trails/scene_test.h"

namespace spoor::trails {
namespace {

Session& add_pair(Scene& scene, std::uint32_t& full, std::uint32_t& limited, LogonType type, double start) {
    full = scene.session("WS07", 0x3000, "jimmy", type, start);
    limited = scene.session("WS07", 0x3100, "jimmy", type, start);
    scene.history.sessions[full].linked = LogonId(0x3100);
    scene.history.sessions[full].elevated = true;
    scene.history.sessions[limited].linked = LogonId(0x3000);
    scene.history.sessions[limited].elevated = false;
    return scene.history.sessions[full];
}

TEST(LogonLinks, TheHalvesOfAnAdministratorsLogonBelongTogether) {
    Scene scene;
    std::uint32_t full = 0, limited = 0;
    add_pair(scene, full, limited, LogonType::Interactive, 10);
    const auto other = scene.session("WS07", 0x4000, "jimmy", LogonType::Interactive, 10);
    const Links links = scene.find();
    const Link* link = link_between(links, full, limited);
    ASSERT_TRUE(link);
    EXPECT_EQ(link->kind, LinkKind::LinkedToken);
    EXPECT_EQ(link->strength, Strength::Certain);
    EXPECT_FALSE(link_between(links, full, other));
}

TEST(LogonLinks, RunasIsTheDoingOfItsSubjectAndNamesTheCredentialsThatWereTyped) {
    Scene scene;
    const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
    const auto jimmy = scene.session("WS07", 0x3000, "jimmy", LogonType::Interactive, 60);
    scene.history.sessions[jimmy].logon_process = "seclogo";
    scene.history.sessions[jimmy].subject = LogonId(0x1000);
    const EventRef typed = scene.event("WS07", 60, Kind::ExplicitCredentials, 4648,
                                       {{"SubjectLogonId"_field, "0x1000"},
                                        {"TargetUserName"_field, "jimmy"},
                                        {"TargetServerName"_field, "localhost"}});
    const EventRef other = scene.event("WS07", 60.5, Kind::ExplicitCredentials, 4648,
                                       {{"SubjectLogonId"_field, "0x1000"},
                                        {"TargetUserName"_field, "carol"},
                                        {"TargetServerName"_field, "localhost"}});
    const Links links = scene.find();
    const Link* link = link_between(links, brian, jimmy);
    ASSERT_TRUE(link);
    EXPECT_EQ(link->kind, LinkKind::ExplicitCredentials);
    EXPECT_EQ(link->strength, Strength::Certain);
    EXPECT_NE(std::find(link->evidence.begin(), link->evidence.end(), typed), link->evidence.end());
    EXPECT_EQ(std::find(link->evidence.begin(), link->evidence.end(), other), link->evidence.end());
}

TEST(LogonLinks, TypedCredentialsStandForALogonWhoseRecordIsMissing) {
    for (const std::string_view server : {"localhost", "WS07", "FS01"}) {
        Scene scene;
        const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
        const auto jimmy = scene.session("WS07", 0x3000, "jimmy", LogonType::Unknown, 60);
        const auto later = scene.session("WS07", 0x4000, "jimmy", LogonType::Unknown, 90);
        for (const auto i : {jimmy, later}) scene.history.sessions[i].origin = Origin::Inferred;
        scene.event("WS07", 60.5, Kind::ExplicitCredentials, 4648,
                    {{"SubjectLogonId"_field, "0x1000"},
                     {"TargetUserName"_field, "jimmy"},
                     {"TargetServerName"_field, server}});
        const Links links = scene.find();
        const Link* link = link_between(links, brian, jimmy);
        ASSERT_EQ(link != nullptr, server != "FS01") << server;
        EXPECT_TRUE(!link || link->strength == Strength::Strong);
        EXPECT_FALSE(link_between(links, brian, later));
    }
}

TEST(LogonLinks, NewCredentialsAndLogonsByProgramsHaveKindsOfTheirOwn) {
    Scene scene;
    const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
    const auto netonly = scene.session("WS07", 0x3000, "brian", LogonType::NewCredentials, 60);
    const auto web = scene.session("WS07", 0x4000, "carol", LogonType::Network, 61);
    for (const auto i : {netonly, web}) scene.history.sessions[i].subject = LogonId(0x1000);
    scene.history.sessions[netonly].logon_process = "seclogo";
    scene.history.sessions[web].logon_process = "Advapi";
    const Links links = scene.find();
    ASSERT_TRUE(link_between(links, brian, netonly));
    EXPECT_EQ(link_between(links, brian, netonly)->kind, LinkKind::NewCredentials);
    ASSERT_TRUE(link_between(links, brian, web));
    EXPECT_EQ(link_between(links, brian, web)->kind, LinkKind::LogonUser);
}

TEST(LogonLinks, ALogonThatTheSystemAskedForIsNoOnesDoing) {
    Scene scene;
    const auto system = scene.session("WS07", 0x3e7, "WS07$", LogonType::System, 0);
    const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 10);
    scene.history.sessions[brian].subject = LogonId::system();
    EXPECT_FALSE(link_between(scene.find(), system, brian));
}

TEST(LogonLinks, ALogonOnBehalfComesFromTheSystemAndNobodyCameIn) {
    Scene scene;
    const auto system = scene.session("FS01", 0x3e7, "FS01$", LogonType::System, 0);
    const auto asked = scene.session("FS01", 0x5000, "brian", LogonType::Network, 10);
    scene.history.sessions[asked].subject = LogonId::system();
    scene.history.sessions[asked].logon_process = "Authz";
    const auto real = scene.session("FS01", 0x6000, "brian", LogonType::Network, 20);
    scene.history.sessions[real].logon_process = "Kerberos";
    const Links links = scene.find();
    ASSERT_TRUE(link_between(links, system, asked));
    EXPECT_EQ(link_between(links, system, asked)->kind, LinkKind::S4u);
    EXPECT_FALSE(link_between(links, system, real));
}

TEST(LogonLinks, AConsentPromptIsAnsweredFromTheSessionOfTheFirstProgramsParent) {
    Scene scene;
    const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
    const auto explorer = scene.process("WS07", 500, "C:\\Windows\\explorer.exe", brian, 1);
    const auto admin = scene.session("WS07", 0x3000, "admin", LogonType::CachedInteractive, 60);
    scene.history.sessions[admin].logon_process = "CredPro";
    scene.history.sessions[admin].subject = LogonId::system();
    scene.process("WS07", 600, "C:\\Temp\\tool.exe", admin, 62, explorer);
    const Links links = scene.find();
    const Link* link = link_between(links, brian, admin);
    ASSERT_TRUE(link);
    EXPECT_EQ(link->kind, LinkKind::UacOtherUser);
    EXPECT_EQ(link->strength, Strength::Strong);
}

TEST(LogonLinks, ConsentOfTheSameUserLeadsFromTheLimitedHalfToTheFullOne) {
    Scene scene;
    std::uint32_t full = 0, limited = 0;
    add_pair(scene, full, limited, LogonType::Interactive, 0);
    const auto explorer = scene.process("WS07", 500, "C:\\Windows\\explorer.exe", limited, 1);
    const auto shell = scene.process("WS07", 600, "C:\\Windows\\System32\\cmd.exe", full, 60, explorer);
    scene.process("WS07", 601, "C:\\Windows\\notepad.exe", limited, 61, explorer);
    const Links links = scene.find();
    const Link* link = link_between(links, limited, full);
    ASSERT_TRUE(link);
    EXPECT_EQ(link->kind, LinkKind::UacSameUser);
    EXPECT_EQ(link->to_process, shell);
    EXPECT_EQ(std::count_if(links.links.begin(), links.links.end(),
                            [](const Link& l) { return l.kind == LinkKind::UacSameUser; }),
              1);
    // The pair is one logon of one person: the trail of a program in either half is complete.
    EXPECT_TRUE(Tracer(scene.history, links).back_from_process(shell).complete);
}

TEST(LogonLinks, ConsentsThatOneProgramAskedForAreOneLinkAndEachTracesBackToIt) {
    Scene scene;
    std::uint32_t full = 0, limited = 0;
    add_pair(scene, full, limited, LogonType::Interactive, 0);
    scene.history.sessions[full].origin = Origin::Inferred;  // its own logon would be the end of the trail
    const auto explorer = scene.process("WS07", 500, "C:\\Windows\\explorer.exe", limited, 1);
    const auto agent = scene.process("WS07", 510, "C:\\Temp\\agent.exe", limited, 2, explorer);
    scene.process("WS07", 600, "C:\\Windows\\System32\\mmc.exe", full, 60, explorer);
    const auto shell = scene.process("WS07", 601, "C:\\Windows\\System32\\cmd.exe", full, 70, explorer);
    const auto child = scene.process("WS07", 602, "C:\\Windows\\System32\\whoami.exe", full, 71, shell);
    const auto bypass = scene.process("WS07", 603, "C:\\Windows\\System32\\cmd.exe", full, 80, agent);
    const Links links = scene.find();
    EXPECT_EQ(std::ranges::count(links.links, LinkKind::UacSameUser, &Link::kind), 2);
    const Tracer tracer(scene.history, links);
    ASSERT_EQ(tracer.back_from_process(child).steps.size(), 2u);
    EXPECT_EQ(tracer.back_from_process(child).steps[1].process, explorer);
    ASSERT_EQ(tracer.back_from_process(bypass).steps.size(), 2u);
    EXPECT_EQ(tracer.back_from_process(bypass).steps[1].process, agent);
}

TEST(LogonLinks, AProgramWithFullRightsStillTracesThroughTheDesktopThatItRunsOn) {
    Scene scene;
    std::uint32_t full = 0, limited = 0;
    add_pair(scene, full, limited, LogonType::RemoteInteractive, 100);
    const auto explorer = scene.process("WS07", 500, "C:\\Windows\\explorer.exe", limited, 101);
    const auto shell = scene.process("WS07", 600, "C:\\Windows\\System32\\cmd.exe", full, 160, explorer);
    const auto brian = scene.session("WS01", 0x1000, "brian", LogonType::Interactive, 0);
    scene.process("WS01", 700, "C:\\Windows\\System32\\mstsc.exe", brian, 90);
    scene.history.sessions[full].source_address = scene.history.sessions[limited].source_address =
        IpAddress::parse("10.0.0.1").value();
    scene.connection("WS01", 98, "700", "C:\\Windows\\System32\\mstsc.exe", "10.0.0.1", "50000", "10.0.0.7", "3389");
    const Links links = scene.find();
    const Trail trail = Tracer(scene.history, links).back_from_process(shell);
    EXPECT_EQ(trail.first_human, brian);
    EXPECT_TRUE(trail.alternatives.empty());
}

}  // namespace
}  // namespace spoor::trails
