#include "findings/finding.h"

#include <algorithm>
#include <array>

#include "findings/rules.h"

namespace spoor::findings {
namespace {

// clang-format off
constexpr RuleEntry kRuleTable[] = {
    {Rule::PasswordGuessing, "password_guessing", "Many wrong passwords for one account", "T1110.001", Severity::Medium, true},
    {Rule::PasswordSpraying, "password_spraying", "Wrong passwords for many accounts from one place", "T1110.003", Severity::High, true},
    {Rule::SuccessAfterFailures, "success_after_failures", "A logon that succeeded after many failures", "T1110", Severity::High, true},
    {Rule::ExplicitCredentialsToManyHosts, "explicit_credentials_to_many_hosts", "One session used typed credentials for many hosts", "T1078", Severity::Medium, true},
    {Rule::PassTheHash, "pass_the_hash", "A logon that looks like pass-the-hash", "T1550.002", Severity::High, true},
    {Rule::OverpassTheHash, "overpass_the_hash", "A program asked for Kerberos tickets itself", "T1550.003", Severity::High, true},
    {Rule::NewCredentialsThenRemoteLogon, "new_credentials_then_remote_logon", "A session with borrowed network credentials reached another host", "T1550", Severity::Medium, true},
    {Rule::ServiceTicketWithoutTgt, "service_ticket_without_tgt", "A service ticket with no ticket-granting ticket before it", "T1558.001", Severity::Medium, true},
    {Rule::TicketFromStrangeAddress, "ticket_from_strange_address", "A ticket used from an address that never asked for one", "T1550.003", Severity::Medium, true},
    {Rule::Kerberoasting, "kerberoasting", "RC4 service tickets for many services", "T1558.003", Severity::High, true},
    {Rule::PreauthenticationDisabled, "preauthentication_disabled", "A ticket given without pre-authentication", "T1558.004", Severity::Medium, true},
    {Rule::ImpossibleTravel, "impossible_travel", "Logons from two places too far apart", "T1078", Severity::Medium, true},
    {Rule::FirstLogonOnHost, "first_logon_on_host", "A user's first logon on a host", "T1078", Severity::Low, true},
    {Rule::SessionWithoutLogon, "session_without_logon", "A session with no logon though the log covers its beginning", "T1134", Severity::Medium, true},
    {Rule::LogClearedInSession, "log_cleared", "A log was cleared", "T1070.001", Severity::High, true},
    {Rule::SessionOutlivesItsEnd, "session_outlives_its_end", "A session that acts after its end", "T1134", Severity::Medium, true},
    {Rule::RdpHijack, "rdp_hijack", "A desktop was taken over from another session", "T1563.002", Severity::High, true},
    {Rule::RdpTunnel, "rdp_tunnel", "A remote desktop that came from the host's own loopback", "T1572", Severity::Medium, true},
};
// clang-format on

}  // namespace

const std::span<const RuleEntry> kRules(kRuleTable);

const RuleEntry& entry(Rule rule) { return kRuleTable[static_cast<std::size_t>(rule)]; }

std::string_view name(Severity severity) {
    constexpr std::array<std::string_view, 4> kNames = {"information", "low", "medium", "high"};
    return kNames[static_cast<std::size_t>(severity)];
}

bool Settings::is_on(Rule rule) const { return std::find(off.begin(), off.end(), rule) == off.end(); }

void Coverage::settle() {
    std::sort(times_.begin(), times_.end());
    stretches_.clear();
    for (const Timestamp time : times_) {
        if (stretches_.empty() || time - stretches_.back().last > most_) stretches_.push_back({time, time});
        stretches_.back().last = time;
    }
    times_.clear();
}

const Coverage::Stretch* Coverage::stretch_at(Timestamp time) const {
    const auto after = std::upper_bound(stretches_.begin(), stretches_.end(), time,
                                        [](Timestamp t, const Stretch& s) { return t < s.first; });
    if (after == stretches_.begin() || time > (after - 1)->last) return nullptr;
    return &*(after - 1);
}

Timestamp Coverage::since(Timestamp time) const {
    const Stretch* stretch = stretch_at(time);
    return stretch ? stretch->first : time;
}

Timestamp Coverage::until(Timestamp time) const {
    const Stretch* stretch = stretch_at(time);
    return stretch ? stretch->last : time;
}

Finding& Inquiry::add(Rule rule, HostId host, Timestamp first, Timestamp last, std::string text) {
    Finding& finding = found.emplace_back();
    finding.rule = rule;
    finding.severity = entry(rule).severity;
    finding.host = host;
    finding.first = first;
    finding.last = last;
    finding.text = std::move(text);
    return finding;
}

void add_evidence(Finding& finding, const EventRef& event) {
    constexpr std::size_t kMost = 10;
    if (event == EventRef{}) return;
    if (finding.evidence.size() < kMost)
        finding.evidence.push_back(event);
    else
        finding.evidence.back() = event;
}

std::vector<Finding> find(const History& history, const trails::Links& links, const trails::Evidence& evidence,
                          const Catalog& catalog, const Settings& settings) {
    Inquiry inquiry{
        history,
        links,
        evidence,
        catalog,
        settings,
        trails::Index(history),
        trails::AddressBook(evidence.addresses, trails::accounts_taken_for_hosts(history, evidence, catalog)),
        trails::Clocks(trails::estimate_clock_skews(history, evidence)),
        {}};
    find_password_attacks(inquiry);
    find_credential_abuse(inquiry);
    find_ticket_abuse(inquiry);
    find_odd_sessions(inquiry);
    find_impossible_travel(inquiry);
    sort(inquiry.found, catalog);
    return std::move(inquiry.found);
}

void sort(std::vector<Finding>& found, const Catalog& catalog) {
    const auto order = [&](const Finding& f) {
        return std::tuple(f.first, f.rule, catalog.host_name(f.host), std::string_view(f.text));
    };
    std::sort(found.begin(), found.end(), [&](const Finding& a, const Finding& b) { return order(a) < order(b); });
}

}  // namespace spoor::findings
