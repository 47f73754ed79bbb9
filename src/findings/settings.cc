// Reads the thresholds of rules from a TOML configuration.
#include <fmt/format.h>
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

#include <variant>

#include "findings/finding.h"

namespace spoor::findings {
namespace {

/// A key below a rule's table and the setting that it sets.
struct Key {
    Rule rule;
    std::string_view name;
    std::variant<std::uint32_t Settings::*, Duration Settings::*, double Settings::*, std::string Settings::*> setting;
};

const Key kKeys[] = {
    {Rule::PasswordGuessing, "failures", &Settings::guessing_failures},
    {Rule::PasswordGuessing, "within_seconds", &Settings::guessing_window},
    {Rule::PasswordSpraying, "accounts", &Settings::spraying_accounts},
    {Rule::PasswordSpraying, "within_seconds", &Settings::spraying_window},
    {Rule::SuccessAfterFailures, "failures", &Settings::failures_before_success},
    {Rule::SuccessAfterFailures, "within_seconds", &Settings::success_window},
    {Rule::ExplicitCredentialsToManyHosts, "hosts", &Settings::explicit_hosts},
    {Rule::ExplicitCredentialsToManyHosts, "within_seconds", &Settings::explicit_window},
    {Rule::NewCredentialsThenRemoteLogon, "within_seconds", &Settings::new_credentials_window},
    {Rule::Kerberoasting, "services", &Settings::roasted_services},
    {Rule::Kerberoasting, "within_seconds", &Settings::roasting_window},
    {Rule::ServiceTicketWithoutTgt, "ticket_life_seconds", &Settings::ticket_life},
    {Rule::FirstLogonOnHost, "after_seconds", &Settings::history_before_first},
    {Rule::ImpossibleTravel, "kilometres_per_hour", &Settings::travel_speed},
    {Rule::ImpossibleTravel, "places", &Settings::places},
};

bool set(Settings& settings, const Key& key, const toml::node& value) {
    if (const auto* member = std::get_if<std::uint32_t Settings::*>(&key.setting)) {
        const auto number = value.value<std::int64_t>();
        if (!number || *number < 1 || *number > 1'000'000) return false;
        settings.*(*member) = static_cast<std::uint32_t>(*number);
    } else if (const auto* duration = std::get_if<Duration Settings::*>(&key.setting)) {
        const auto seconds = value.value<std::int64_t>();
        if (!seconds || *seconds < 1 || *seconds > 366LL * 86400) return false;
        settings.*(*duration) = Duration::seconds(*seconds);
    } else if (const auto* real = std::get_if<double Settings::*>(&key.setting)) {
        const auto number = value.value<double>();
        if (!number || *number <= 0) return false;
        settings.*(*real) = *number;
    } else {
        const auto text = value.value<std::string>();
        if (!text) return false;
        settings.*std::get<std::string Settings::*>(key.setting) = *text;
    }
    return true;
}

/// As TOML has it.
std::string value_of(const Settings& settings, const Key& key) {
    if (const auto* member = std::get_if<std::uint32_t Settings::*>(&key.setting))
        return std::to_string(settings.*(*member));
    if (const auto* duration = std::get_if<Duration Settings::*>(&key.setting))
        return std::to_string((settings.*(*duration)).nanoseconds / 1'000'000'000);
    if (const auto* real = std::get_if<double Settings::*>(&key.setting)) return fmt::format("{}", settings.*(*real));
    return fmt::format("\"{}\"", settings.*std::get<std::string Settings::*>(key.setting));
}

}  // namespace

std::vector<NamedSetting> settings_of(Rule rule, const Settings& settings) {
    std::vector<NamedSetting> found;
    for (const Key& key : kKeys)
        if (key.rule == rule) found.push_back({key.name, value_of(settings, key)});
    return found;
}

Result<Settings> read_settings(std::string_view text, std::string_view file_name) {
    const toml::parse_result parsed = toml::parse(text, file_name);
    if (!parsed)
        return fail(Errc::BadUsage, fmt::format("{}:{}: {}", file_name, parsed.error().source().begin.line,
                                                parsed.error().description()));
    Settings settings;
    const toml::table* findings = parsed.table()["findings"].as_table();
    if (!findings) return settings;
    const auto wrong = [&](const toml::node& node, std::string what) {
        return fail(Errc::BadUsage, fmt::format("{}:{}: {}", file_name, node.source().begin.line, what));
    };
    for (const auto& [rule_key, node] : *findings) {
        const RuleEntry* rule = nullptr;
        for (const RuleEntry& candidate : kRules)
            if (candidate.name == rule_key.str()) rule = &candidate;
        const toml::table* table = node.as_table();
        if (!rule || !table)
            return wrong(node,
                         fmt::format("findings.{} is no rule (spoor findings --rules lists them)", rule_key.str()));
        for (const auto& [key, value] : *table) {
            if (key.str() == "enabled") {
                const auto enabled = value.value<bool>();
                if (!enabled) return wrong(value, fmt::format("findings.{}.enabled must be true or false", rule->name));
                std::erase(settings.off, rule->rule);
                if (!*enabled) settings.off.push_back(rule->rule);
                continue;
            }
            const Key* known = nullptr;
            for (const Key& candidate : kKeys)
                if (candidate.rule == rule->rule && candidate.name == key.str()) known = &candidate;
            if (!known) return wrong(value, fmt::format("findings.{}.{} is not a setting", rule->name, key.str()));
            if (!set(settings, *known, value))
                return wrong(value,
                             fmt::format("findings.{}.{} has a value that makes no sense", rule->name, key.str()));
        }
    }
    return settings;
}

}  // namespace spoor::findings
