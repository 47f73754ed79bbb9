// Each rule can be switched off, and each of its settings changes what it finds.
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "findings/scenes_test.h"

namespace spoor::findings {
namespace {

IpAddress address(std::string_view text) { return IpAddress::parse(text).value(); }

/// A scene in which a rule finds something under one value of a setting, and nothing under another.
struct Tuned {
    Rule rule;
    std::string_view setting;
    std::string found;      // as TOML
    std::string not_found;  // as TOML
    std::function<void(Scene&)> make;
};

void guess(Scene& scene) { fail_logons(scene, 12, "brian", true, 30); }
void spray(Scene& scene) { fail_logons(scene, 10, "user", false, 30); }
void guess_right(Scene& scene) {
    fail_logons(scene, 12, "brian", true);
    const auto session = scene.session("FS01", 0x2000, "brian", LogonType::Network, 80);
    scene.history.sessions[session].source_address = address("10.0.0.66");
}
void type_for_many(Scene& scene) {
    scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
    for (int i = 0; i < 6; ++i)
        scene.event("WS07", 10 + 60 * i, Kind::ExplicitCredentials, 4648,
                    {{"SubjectLogonId"_field, "0x1000"},
                     {"TargetUserName"_field, "admin"},
                     {"TargetServerName"_field, "SRV" + std::to_string(i)}});
}
void borrow_and_go(Scene& scene) {
    const auto borrowed = scene.session("WS07", 0x5000, "brian", LogonType::NewCredentials, 60);
    scene.history.sessions[borrowed].outbound.name = "admin";
    scene.process("WS07", 5416, "C:\\Windows\\powershell.exe", borrowed, 70);
    const auto network = scene.session("FS01", 0x2000, "admin", LogonType::Network, 360);
    scene.history.sessions[network].source_address = address("10.0.0.7");
    scene.history.sessions[network].source_port = 50'001;
    scene.connection("WS07", 360, "5416", "C:\\Windows\\powershell.exe", "10.0.0.7", "50001", "10.0.0.20", "445");
}
void roast(Scene& scene) {
    for (int i = 0; i < 6; ++i)
        service_ticket(scene, 60 * i, "brian@CORP", "svc" + std::to_string(i), "10.0.0.7", "0x17");
}
void controller_of_half_a_day(Scene& scene) {
    for (int hour = 0; hour < 12; ++hour) tgt(scene, hour * 3600, "jimmy", "10.0.0.8");
}
void forge(Scene& scene) {
    controller_of_half_a_day(scene);
    service_ticket(scene, 40'000, "ghost@CORP", "FS01$", "10.0.0.7");
}
void carry_off(Scene& scene) {
    controller_of_half_a_day(scene);
    tgt(scene, 39'000, "brian", "10.0.0.7");
    service_ticket(scene, 40'000, "brian@CORP", "FS01$", "10.0.0.66");
}
void come_for_the_first_time(Scene& scene) {
    for (std::uint64_t day = 0; day < 4; ++day)
        scene.session("WS07", 0x1000 + day, "brian", LogonType::Interactive, static_cast<double>(day) * 86'400);
    scene.session("WS07", 0x9000, "jimmy", LogonType::Interactive, 200'000);
}
void fly(Scene& scene) {
    const auto first = scene.session("FS01", 0x1000, "brian", LogonType::RemoteInteractive, 0);
    const auto second = scene.session("FS01", 0x2000, "brian", LogonType::RemoteInteractive, 12 * 3600);
    scene.history.sessions[first].source_address = address("203.0.113.7");
    scene.history.sessions[second].source_address = address("198.51.100.9");
}

const PlacesFile& places() {
    static const PlacesFile file;
    return file;
}
std::string with_places(std::string_view more) { return "places = \"" + places().path() + "\"\n" + std::string(more); }

std::vector<Tuned> tuned_rules() {
    return {
        {Rule::PasswordGuessing, "failures", "failures = 12", "failures = 13", guess},
        {Rule::PasswordGuessing, "within_seconds", "within_seconds = 30", "within_seconds = 29", guess},
        {Rule::PasswordSpraying, "accounts", "accounts = 10", "accounts = 11", spray},
        {Rule::PasswordSpraying, "within_seconds", "within_seconds = 30", "within_seconds = 29", spray},
        {Rule::SuccessAfterFailures, "failures", "failures = 12", "failures = 13", guess_right},
        {Rule::SuccessAfterFailures, "within_seconds", "within_seconds = 60", "within_seconds = 30", guess_right},
        {Rule::ExplicitCredentialsToManyHosts, "hosts", "hosts = 6", "hosts = 7", type_for_many},
        {Rule::ExplicitCredentialsToManyHosts, "within_seconds", "within_seconds = 300\nhosts = 6",
         "within_seconds = 200\nhosts = 6", type_for_many},
        {Rule::NewCredentialsThenRemoteLogon, "within_seconds", "within_seconds = 300", "within_seconds = 200",
         borrow_and_go},
        {Rule::Kerberoasting, "services", "services = 6", "services = 7", roast},
        {Rule::Kerberoasting, "within_seconds", "within_seconds = 300\nservices = 6",
         "within_seconds = 200\nservices = 6", roast},
        {Rule::ServiceTicketWithoutTgt, "ticket_life_seconds", "ticket_life_seconds = 36000",
         "ticket_life_seconds = 100000", forge},
        {Rule::FirstLogonOnHost, "after_seconds", "after_seconds = 86400", "after_seconds = 250000",
         come_for_the_first_time},
        {Rule::ImpossibleTravel, "kilometres_per_hour", with_places("kilometres_per_hour = 100.0"),
         with_places("kilometres_per_hour = 900.0"), fly},
        {Rule::ImpossibleTravel, "places", with_places("kilometres_per_hour = 100.0"), "kilometres_per_hour = 100.0",
         fly},
    };
}

bool finds(const Tuned& tuned, const std::string& toml) {
    const auto settings =
        read_settings("[findings." + std::string(entry(tuned.rule).name) + "]\n" + toml + "\n", "spoor.toml");
    EXPECT_TRUE(settings) << toml << ": " << settings.error().what;
    Scene scene;
    tuned.make(scene);
    return has(rules_seen(scene, *settings), tuned.rule);
}

TEST(Settings, EachChangesWhatItsRuleFinds) {
    std::set<std::pair<Rule, std::string_view>> tried;
    for (const Tuned& tuned : tuned_rules()) {
        SCOPED_TRACE(std::string(entry(tuned.rule).name) + "." + std::string(tuned.setting));
        EXPECT_TRUE(finds(tuned, tuned.found));
        EXPECT_FALSE(finds(tuned, tuned.not_found));
        tried.emplace(tuned.rule, tuned.setting);
    }
    for (const RuleEntry& rule : kRules)
        for (const NamedSetting& setting : settings_of(rule.rule, {}))
            EXPECT_TRUE(tried.contains({rule.rule, setting.name})) << rule.name << "." << setting.name;
}

/// A scene for each rule that finds it with nothing but a database of places set.
std::function<void(Scene&)> scene_of(Rule rule) {
    switch (rule) {
        case Rule::PasswordGuessing: return guess;
        case Rule::PasswordSpraying: return spray;
        case Rule::SuccessAfterFailures: return guess_right;
        case Rule::ExplicitCredentialsToManyHosts: return type_for_many;
        case Rule::PassTheHash:
            return [](Scene& scene) {
                scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
                const auto session = scene.session("WS07", 0x5000, "brian", LogonType::NewCredentials, 60);
                scene.history.sessions[session].logon_process = "seclogo";
                scene.history.sessions[session].subject = LogonId(0x1000);
            };
        case Rule::OverpassTheHash:
            return [](Scene& scene) {
                scene.connection("WS07", 5, "700", "C:\\Temp\\tool.exe", "10.0.0.7", "50000", "10.0.0.1", "88");
            };
        case Rule::NewCredentialsThenRemoteLogon: return borrow_and_go;
        case Rule::ServiceTicketWithoutTgt: return forge;
        case Rule::TicketFromStrangeAddress: return carry_off;
        case Rule::Kerberoasting: return roast;
        case Rule::PreauthenticationDisabled: return [](Scene& scene) { tgt(scene, 1, "legacy", "10.0.0.7", "0"); };
        case Rule::ImpossibleTravel:
            return [](Scene& scene) {
                fly(scene);
                scene.history.sessions.back().start = Scene::at(3600);
            };
        case Rule::FirstLogonOnHost: return come_for_the_first_time;
        case Rule::SessionWithoutLogon:
            return [](Scene& scene) {
                for (std::uint64_t i = 0; i < 6; ++i)
                    scene.session("WS07", 0x1000 + i * 0x1000, "brian", LogonType::Network, static_cast<double>(i));
                const auto odd = scene.session("WS07", 0x3800, "ghost", LogonType::Unknown, 2);
                scene.history.sessions[odd].origin = Origin::Inferred;
            };
        case Rule::LogClearedInSession:
            return [](Scene& scene) {
                scene.event("WS07", 60, Kind::LogCleared, 1102, {{"SubjectUserName"_field, "brian"}});
            };
        case Rule::SessionOutlivesItsEnd:
            return [](Scene& scene) {
                const auto session = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
                scene.history.sessions[session].end = Scene::at(100);
                scene.history.sessions[session].end_reason = EndReason::Logoff;
                scene.history.sessions[session].last_seen = Scene::at(700);
            };
        case Rule::RdpHijack:
            return [](Scene& scene) {
                scene.session("WS07", 0x1000, "brian", LogonType::RemoteInteractive, 0);
                const auto system = scene.session("WS07", 0x3e7, "WS07$", LogonType::System, 0);
                scene.process("WS07", 800, "C:\\Windows\\System32\\tscon.exe", system, 500);
                scene.event("WS07", 501, Kind::SessionReconnected, 4778, {{"LogonId"_field, "0x1000"}});
            };
        case Rule::RdpTunnel:
            return [](Scene& scene) {
                const auto desktop = scene.session("WS07", 0x1000, "brian", LogonType::RemoteInteractive, 0);
                scene.history.sessions[desktop].source_address = IpAddress::parse("127.0.0.1").value();
            };
    }
    return {};
}

TEST(Settings, EachRuleCanBeSwitchedOffAndNoOtherGoesWithIt) {
    for (const RuleEntry& rule : kRules) {
        SCOPED_TRACE(std::string(rule.name));
        Settings settings;
        settings.places = places().path();
        Scene scene;
        scene_of(rule.rule)(scene);
        const std::vector<Rule> seen = rules_seen(scene, settings);
        EXPECT_TRUE(has(seen, rule.rule));
        auto off = read_settings("[findings." + std::string(rule.name) + "]\nenabled = false\n", "spoor.toml");
        ASSERT_TRUE(off);
        off->places = places().path();
        std::vector<Rule> others = seen;
        std::erase(others, rule.rule);
        EXPECT_EQ(rules_seen(scene, *off), others);
    }
}

TEST(Settings, NameTheKeyThatMakesNoSense) {
    EXPECT_EQ(read_settings("[findings.no_such]\nenabled=true", "a.toml").error().what,
              "a.toml:1: findings.no_such is no rule (spoor findings --rules lists them)");
    EXPECT_EQ(read_settings("[findings.kerberoasting]\nfoo=1", "a.toml").error().what,
              "a.toml:2: findings.kerberoasting.foo is not a setting");
    EXPECT_FALSE(read_settings("[findings.kerberoasting]\nservices=-1", "a.toml"));
    EXPECT_FALSE(read_settings("[", "a.toml"));
}

}  // namespace
}  // namespace spoor::findings
