// Finding: something about sessions that an analyst should look at, with what it rests on.
//
// Rules are functions over a History, its links and the Evidence: no event is read again. Each has a line in kRules
// (its name, what it says, the ATT&CK technique) and its thresholds in Settings; a rule is switched off or tuned in the
// configuration under its name.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/catalog.h"
#include "model/history.h"
#include "trails/evidence/evidence.h"
#include "trails/links.h"

namespace spoor::findings {

enum class Severity : std::uint8_t { Information, Low, Medium, High };
std::string_view name(Severity severity);

enum class Rule : std::uint8_t {
    PasswordGuessing,
    PasswordSpraying,
    SuccessAfterFailures,
    ExplicitCredentialsToManyHosts,
    PassTheHash,
    OverpassTheHash,
    NewCredentialsThenRemoteLogon,
    ServiceTicketWithoutTgt,
    TicketFromStrangeAddress,
    Kerberoasting,
    PreauthenticationDisabled,
    ImpossibleTravel,
    FirstLogonOnHost,
    SessionWithoutLogon,
    LogClearedInSession,
    SessionOutlivesItsEnd,
    RdpHijack,
    RdpTunnel,
};

struct RuleEntry {
    Rule rule;
    std::string_view name;  // password_guessing: as the configuration and the command line spell it
    std::string_view title;
    std::string_view technique;  // MITRE ATT&CK
    Severity severity;
    bool on_by_default;
};

extern const std::span<const RuleEntry> kRules;
const RuleEntry& entry(Rule rule);

struct Finding {
    Rule rule = Rule::PasswordGuessing;
    Severity severity = Severity::Information;
    HostId host = HostId::None;
    Timestamp first;
    Timestamp last;
    std::string text;                     // in words, with names and numbers
    std::vector<std::uint32_t> sessions;  // that it is about
    std::vector<std::string> accounts;    // and the accounts that are in no session here, without domain
    std::vector<EventRef> evidence;       // bounded; the first and the telling ones
    std::uint64_t count = 1;              // events it rests on
};

/// Thresholds; the defaults are those of docs/findings.md.
struct Settings {
    std::vector<Rule> off;

    Duration guessing_window = Duration::seconds(10 * 60);
    std::uint32_t guessing_failures = 10;  // of one account
    std::uint32_t spraying_accounts = 8;   // from one place
    Duration spraying_window = Duration::seconds(10 * 60);
    std::uint32_t failures_before_success = 5;
    Duration success_window = Duration::seconds(10 * 60);
    std::uint32_t explicit_hosts = 5;
    Duration explicit_window = Duration::seconds(10 * 60);
    Duration new_credentials_window = Duration::seconds(3600);
    std::uint32_t roasted_services = 5;
    Duration roasting_window = Duration::seconds(10 * 60);
    Duration ticket_life = Duration::seconds(10 * 3600);
    Duration history_before_first =
        Duration::seconds(24 * 3600);  // how long a log must go back to call a logon the first
    double travel_speed = 900;         // km/h
    std::string places;                // a MaxMind database; empty: no look-up

    bool is_on(Rule rule) const;
};

/// Reads the [findings] table of a TOML configuration; names every key that it does not know.
Result<Settings> read_settings(std::string_view toml, std::string_view file_name);

/// A rule's setting as the configuration has it: "failures" and "10".
struct NamedSetting {
    std::string_view name;
    std::string value;
};
std::vector<NamedSetting> settings_of(Rule rule, const Settings& settings);

/// Everything the rules see, sorted by time.
std::vector<Finding> find(const History& history, const trails::Links& links, const trails::Evidence& evidence,
                          const Catalog& catalog, const Settings& settings);
/// Into that order.
void sort(std::vector<Finding>& found, const Catalog& catalog);

}  // namespace spoor::findings
