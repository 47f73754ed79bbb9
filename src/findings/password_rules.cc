// Guessing, spraying, and the success that follows.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <unordered_map>

#include "base/unicode.h"
#include "findings/rules.h"

namespace spoor::findings {
namespace {

constexpr std::uint32_t kNoSuchUser = 0xC0000064;
constexpr std::uint32_t kWrongPassword = 0xC000006A;
constexpr std::uint32_t kLogonFailure = 0xC000006D;
constexpr std::uint32_t kLockedOut = 0xC0000234;
constexpr std::uint32_t kKerberosNoSuchUser = 0x6;
constexpr std::uint32_t kKerberosRevoked = 0x12;
constexpr std::uint32_t kKerberosWrongPassword = 0x18;

/// One refused attempt, wherever it was recorded.
struct Attempt {
    EventRef event;
    std::string account;   // folded
    std::string place;     // address, else the client's own name, else the host itself
    bool unknown = false;  // there is no such account
};

bool is_guess(std::uint32_t status) {
    return status == kNoSuchUser || status == kWrongPassword || status == kLogonFailure || status == kLockedOut;
}

std::vector<Attempt> attempts(const Inquiry& inquiry) {
    std::vector<Attempt> all;
    for (const trails::FailedLogon& failed : inquiry.evidence.failed_logons) {
        if (!is_guess(failed.status) || failed.user.empty() || failed.user == "-") continue;
        std::string place;
        if (failed.address != IpAddress{} && !failed.address.is_unspecified())
            place = failed.address.to_string();
        else if (!failed.workstation.empty() && failed.workstation != "-")
            place = fold_case(failed.workstation);
        else
            place = fold_case(inquiry.host_name(failed.event.host));
        all.push_back({failed.event, fold_case(trails::account_name(failed.user)), std::move(place),
                       failed.status == kNoSuchUser});
    }
    for (const trails::Ticket& ticket : inquiry.evidence.tickets) {
        const bool wrong = (ticket.kind == Kind::PreauthenticationFailed &&
                            (ticket.status == kKerberosWrongPassword || ticket.status == kKerberosRevoked)) ||
                           (ticket.kind == Kind::TgtRequested && ticket.status == kKerberosNoSuchUser) ||
                           (ticket.kind == Kind::CredentialsValidated && is_guess(ticket.status));
        if (!wrong || ticket.user.ends_with('$')) continue;
        std::string place =
            ticket.client.address != IpAddress{} ? ticket.client.address.to_string() : fold_case(ticket.workstation);
        all.push_back({ticket.event, fold_case(ticket.user), std::move(place),
                       ticket.kind == Kind::CredentialsValidated ? ticket.status == kNoSuchUser
                                                                 : ticket.status == kKerberosNoSuchUser});
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const Attempt& a, const Attempt& b) { return a.event.time < b.event.time; });
    return all;
}

/// Runs of attempts with no pause longer than `window`.
std::vector<std::span<const Attempt* const>> runs(const std::vector<const Attempt*>& list, Duration window) {
    std::vector<std::span<const Attempt* const>> found;
    std::size_t from = 0;
    for (std::size_t i = 1; i <= list.size(); ++i) {
        if (i < list.size() && list[i]->event.time - list[i - 1]->event.time <= window) continue;
        found.emplace_back(list.data() + from, i - from);
        from = i;
    }
    return found;
}

void report(Inquiry& inquiry, Rule rule, std::span<const Attempt* const> run, std::string text) {
    Finding& finding =
        inquiry.add(rule, run.front()->event.host, run.front()->event.time, run.back()->event.time, std::move(text));
    finding.count = run.size();
    std::set<std::string> accounts;
    for (const Attempt* attempt : run) {
        add_evidence(finding, attempt->event);
        accounts.insert(attempt->account);
    }
    finding.accounts.assign(accounts.begin(), accounts.end());
}

/// Sessions whose logon is in the logs, by account, in the order of their starts.
using Logons = std::unordered_map<std::string, std::vector<std::uint32_t>>;

Logons logons_of(const History& history) {
    Logons logons;
    for (std::uint32_t i = 0; i < history.sessions.size(); ++i) {
        const Session& session = history.sessions[i];
        if (session.start && session.origin == Origin::Logged)
            logons[fold_case(trails::account_name(session.user.name))].push_back(i);
    }
    for (auto& [account, list] : logons)
        std::ranges::stable_sort(list, {}, [&](std::uint32_t i) { return *history.sessions[i].start; });
    return logons;
}

/// The success that ends a run of failures: same account, same place, soon after by the clock of who refused them.
void find_success(Inquiry& inquiry, const Logons& logons, std::span<const Attempt* const> run) {
    if (!inquiry.on(Rule::SuccessAfterFailures) || run.size() < inquiry.settings.failures_before_success) return;
    const Attempt& last = *run.back();
    const auto known = logons.find(fold_case(trails::account_name(last.account)));
    if (known == logons.end() || known->first.empty()) return;
    const auto start_of = [&](std::uint32_t i) { return *inquiry.history.sessions[i].start; };
    const Timestamp first = run.front()->event.time, latest = last.event.time + inquiry.settings.success_window;
    for (auto at = std::ranges::lower_bound(known->second, first - trails::kMostSkew, {}, start_of);
         at != known->second.end() && start_of(*at) <= latest + trails::kMostSkew; ++at) {
        const std::uint32_t i = *at;
        const Session& session = inquiry.history.sessions[i];
        const Timestamp began =
            *session.start + inquiry.clocks.between(session.key.host, last.event.host, *session.start);
        if (began < first || began > latest) continue;
        const bool same_address = session.source_address && session.source_address->to_string() == last.place;
        const bool same_name = fold_case(session.workstation) == last.place;
        const bool same_host = session.key.host == last.event.host && !session.source_address;
        if (!same_address && !same_name && !same_host) continue;
        Finding& finding =
            inquiry.add(Rule::SuccessAfterFailures, session.key.host, run.front()->event.time, *session.start,
                        fmt::format("{} logged on to {} from {} after {} failures", to_string(session.user),
                                    inquiry.host_name(session.key.host), last.place, run.size()));
        finding.count = run.size() + 1;
        finding.sessions.push_back(i);
        add_evidence(finding, run.front()->event);
        add_evidence(finding, last.event);
        add_evidence(finding, trails::evidence_of(session, 4624));
        return;
    }
}

/// A program that tries a password on many accounts by logging on with each leaves 4648 where it runs, whatever came of
/// it.
void find_spraying_from_within(Inquiry& inquiry) {
    std::map<std::pair<HostId, LogonId>, std::vector<const trails::ExplicitCredentials*>> by_session;
    for (const trails::ExplicitCredentials& typed : inquiry.evidence.explicit_credentials)
        if (!typed.subject.is_well_known() && !typed.user.empty())
            by_session[{typed.event.host, typed.subject}].push_back(&typed);
    for (const auto& [key, list] : by_session) {
        std::size_t from = 0;
        for (std::size_t i = 1; i <= list.size(); ++i) {
            if (i < list.size() && list[i]->event.time - list[i - 1]->event.time <= inquiry.settings.spraying_window)
                continue;
            std::set<std::string> accounts;
            for (std::size_t k = from; k < i; ++k) accounts.insert(fold_case(trails::account_name(list[k]->user)));
            if (accounts.size() >= inquiry.settings.spraying_accounts) {
                const std::uint32_t session = inquiry.index.session(key.first, key.second, list[from]->event.time);
                Finding& finding =
                    inquiry.add(Rule::PasswordSpraying, key.first, list[from]->event.time, list[i - 1]->event.time,
                                fmt::format("session {} on {} tried the credentials of {} accounts",
                                            key.second.to_string(), inquiry.host_name(key.first), accounts.size()));
                finding.count = i - from;
                if (session != kNobody) finding.sessions.push_back(session);
                for (std::size_t k = from; k < i; ++k) add_evidence(finding, list[k]->event);
            }
            from = i;
        }
    }
}

}  // namespace

void find_password_attacks(Inquiry& inquiry) {
    const std::vector<Attempt> all = attempts(inquiry);
    std::map<std::string, std::vector<const Attempt*>> by_account;
    std::map<std::string, std::vector<const Attempt*>> by_place;
    for (const Attempt& attempt : all) {
        by_account[attempt.account].push_back(&attempt);
        by_place[attempt.place].push_back(&attempt);
    }
    const Logons logons = logons_of(inquiry.history);
    for (const auto& [account, list] : by_account) {
        for (const auto run : runs(list, inquiry.settings.guessing_window)) {
            find_success(inquiry, logons, run);
            if (!inquiry.on(Rule::PasswordGuessing) || run.size() < inquiry.settings.guessing_failures) continue;
            std::set<std::string_view> places;
            for (const Attempt* attempt : run) places.insert(attempt->place);
            report(inquiry, Rule::PasswordGuessing, run,
                   fmt::format(
                       "{} {} from {}", run.size(),
                       run.front()->unknown ? fmt::format("refused logons of {}, which does not exist,", account)
                                            : fmt::format("wrong passwords for {}", account),
                       places.size() == 1 ? std::string(*places.begin()) : fmt::format("{} places", places.size())));
        }
    }
    if (!inquiry.on(Rule::PasswordSpraying)) return;
    find_spraying_from_within(inquiry);
    for (const auto& [place, list] : by_place) {
        for (const auto run : runs(list, inquiry.settings.spraying_window)) {
            std::set<std::string_view> accounts;
            for (const Attempt* attempt : run) accounts.insert(attempt->account);
            if (accounts.size() < inquiry.settings.spraying_accounts) continue;
            std::set<std::string_view> unknown;
            for (const Attempt* attempt : run)
                if (attempt->unknown) unknown.insert(attempt->account);
            report(inquiry, Rule::PasswordSpraying, run,
                   fmt::format("{} refused logons of {} accounts from {}{}", run.size(), accounts.size(), place,
                               unknown.empty() ? std::string()
                                               : fmt::format("; {} of the accounts do not exist", unknown.size())));
        }
    }
}

}  // namespace spoor::findings
