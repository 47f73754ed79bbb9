#include "cli/answers/track_sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <unordered_map>

#include "cli/scope.h"
#include "match/language/query.h"
#include "trails/evidence/index.h"
#include "trails/ticket_needs.h"

namespace spoor::cli {
namespace {

using match::Subject;

Result<match::Expr> parsed(const std::string& filter, Subject subject, store::Archive& archive) {
    return match::parse_filter(filter, {.subject = subject, .now = {}, .catalog = &archive.catalog()});
}

std::string all_of(const std::vector<std::string>& parts) {
    std::string text;
    for (const std::string& part : parts)
        if (!part.empty()) text += fmt::format("{}({})", text.empty() ? "" : " and ", part);
    return text;
}

/// A condition that narrows what is looked through; without it where it would be too long to be sent to a server.
std::string unless_long(std::string condition) {
    constexpr std::size_t kLongest = 16 * 1024;
    return condition.size() <= kLongest ? std::move(condition) : std::string();
}

std::string sessions_filter(const TrackFilter& filter) {
    std::vector<std::string> parts;
    if (!filter.users.empty()) parts.push_back(one_of("user", spellings_of_accounts(filter.users)));
    if (!filter.host.empty()) parts.push_back(one_of("host", spellings_of_host(filter.host)));
    if (!filter.address.empty()) parts.push_back(one_of("source_address", {filter.address}));
    return all_of(parts);
}

class TrackCollector {
public:
    TrackCollector(const TrackFilter& filter, store::Archive& archive) : filter_(filter), archive_(archive) {}

    Result<TrackSources> collect() {
        TrackSources sources;
        store::FoundSessions found = TRY(find_sessions(sessions_filter(filter_)));
        sources.history = found.history;
        sources.sessions = std::move(found.sessions);
        TRY(archive_.recall_origins(sources.sessions));
        evidence_ = std::make_unique<trails::Evidence>(archive_.catalog());
        TRY(observe_tickets_and_refusals());
        if (!evidence_->tickets.empty()) {
            TRY(observe_what_tells_who_asked());
            evidence_->settle();
            sources.tickets = TRY(tie_tickets(sources.sessions));
        } else {
            evidence_->settle();
        }
        sources.evidence = std::move(evidence_);
        sources.typed = std::make_unique<trails::Evidence>(archive_.catalog());
        TRY(observe_typed_credentials(*sources.typed));
        return sources;
    }

private:
    Result<store::FoundSessions> find_sessions(const std::string& filter) {
        return archive_.find_sessions(TRY(parsed(filter, Subject::Sessions, archive_)));
    }

    template <typename Taken>
    Result<void> observe(trails::Evidence& evidence, const std::string& filter, const Taken& taken) {
        const match::Expr where = TRY(parsed(filter, Subject::Events, archive_));
        const auto stream = TRY(archive_.events({.where = where, .actors = store::Actors::LeftOut}));
        Batch batch;
        while (TRY(stream->next(batch))) {
            evidence.observe(batch);
            taken();
        }
        return {};
    }

    Result<void> observe_tickets_and_refusals() {
        std::vector<std::string> parts = {
            "kind: (tgt_requested or service_ticket_requested or ticket_renewed or preauthentication_failed or "
            "credentials_validated or ntlm_audited or logon_failed)"};
        if (!filter_.users.empty()) parts.push_back(one_of("TargetUserName", spellings_of_accounts(filter_.users)));
        if (!filter_.address.empty()) parts.push_back(one_of("IpAddress", {filter_.address}));
        if (!filter_.host.empty()) parts.push_back(one_of("host", spellings_of_host(filter_.host)));
        return observe(*evidence_, all_of(parts), [] {});
    }

    /// Where an account goes on as another one. Those of an address can be told by no field of the records.
    Result<void> observe_typed_credentials(trails::Evidence& typed) {
        if (filter_.users.empty() && filter_.host.empty()) return {};
        std::vector<std::string> parts = {"kind: explicit_credentials"};
        if (!filter_.users.empty()) parts.push_back(one_of("SubjectUserName", spellings_of_accounts(filter_.users)));
        if (!filter_.host.empty()) parts.push_back(one_of("host", spellings_of_host(filter_.host)));
        return observe(typed, all_of(parts), [] {});
    }

    /// Credentials that were typed, connections that a ticket was asked for through, and whose the addresses were.
    Result<void> observe_what_tells_who_asked() {
        std::set<std::string> addresses;
        std::set<Guid> guids;
        for (const trails::Ticket& ticket : evidence_->tickets) {
            if (ticket.client.address != IpAddress{}) addresses.insert(ticket.client.address.to_string());
            guids.insert(ticket.logon_guid);
        }
        std::vector<std::string> typed = {"kind: explicit_credentials"};
        if (!filter_.users.empty()) typed.push_back(one_of("TargetUserName", spellings_of_accounts(filter_.users)));
        auto& all_typed = evidence_->explicit_credentials;
        TRY(observe(*evidence_, all_of(typed), [&] {
            std::erase_if(all_typed, [&](const trails::ExplicitCredentials& each) {
                return each.target_guid.is_zero() || !guids.contains(each.target_guid);
            });
        }));
        if (addresses.empty()) return {};
        const std::vector<std::string> from(addresses.begin(), addresses.end());
        TRY(observe(*evidence_,
                    all_of({"kind: network_connection and DestinationPort: 88", unless_long(one_of("SourceIp", from))}),
                    [] {}));
        const std::string machines =
            all_of({"type: network and user: *$", unless_long(one_of("source_address", from))});
        return archive_.each_session(TRY(parsed(machines, Subject::Sessions, archive_)),
                                     [&](const Session& session) { evidence_->see_machine(session); });
    }

    /// All that can have asked for a ticket of the account that is followed, or of those that the tickets name.
    std::string askers_filter(const trails::TicketNeeds& needs) const {
        if (!filter_.users.empty()) return one_of("user", spellings_of_accounts(filter_.users));
        std::vector<std::string> accounts(needs.accounts.begin(), needs.accounts.end());
        // Names with a domain or a realm in them.
        accounts.insert(accounts.end(), {"*@*", "*\\*"});
        std::vector<std::string> hosts;
        std::vector<std::string> workstations;
        for (const HostId host : needs.hosts) hosts.emplace_back(archive_.catalog().host_name(host));
        for (const std::string& place : needs.places) {
            std::ranges::move(spellings_of_host(place), std::back_inserter(hosts));
            workstations.push_back("*" + place + "*");
        }
        std::string places = "not type: (network or network_cleartext)";
        if (!hosts.empty()) places += " or " + one_of("host", hosts);
        if (!workstations.empty()) places += " or " + one_of("workstation", workstations);
        return all_of({unless_long(one_of("user", accounts)), unless_long(std::move(places))});
    }

    Result<std::vector<trails::TicketOrigin>> tie_tickets(const std::vector<std::uint32_t>& track) {
        const trails::TicketNeeds needs = trails::needs_of_tickets(*evidence_);
        const bool has_all_of_user = filter_.host.empty() && filter_.address.empty();
        std::vector<std::uint32_t> askers = track;
        if (!has_all_of_user) askers = TRY(find_sessions(askers_filter(needs))).sessions;
        std::ranges::copy(TRY(find_sessions("type: new_credentials")).sessions, std::back_inserter(askers));
        TRY(archive_.recall(needs.logon_ids));
        for (const auto& [host, pid] : needs.processes) TRY(archive_.recall_processes(host, pid));
        const History& history = *TRY(archive_.recollection());
        TRY(recall_programs_of_desktops(askers, history));
        return tie_tickets(needs, askers, history);
    }

    static bool is_open_desktop(const Session& session) {
        return !session.end && trails::Index::rank(session) == trails::Index::Rank::Person;
    }

    /// That somebody left a desktop shows in its programs, where no record tells of its end.
    Result<void> recall_programs_of_desktops(const std::vector<std::uint32_t>& askers, const History& history) {
        constexpr std::size_t kAtOnce = 1024;  // a filter must not be long
        std::set<LogonId> ids;
        for (const std::uint32_t i : askers)
            if (is_open_desktop(history.sessions[i])) ids.insert(history.sessions[i].key.logon_id);
        std::vector<std::string> some;
        for (auto id = ids.begin(); id != ids.end();) {
            some.push_back(id->to_string());
            if (++id != ids.end() && some.size() < kAtOnce) continue;
            const match::Expr theirs = TRY(parsed(one_of("session.id", some), Subject::Processes, archive_));
            TRY(archive_.find_processes(theirs));
            some.clear();
        }
        return {};
    }

    /// Ties them to sessions of a part of the history, whose texts stay in the whole one.
    std::vector<trails::TicketOrigin> tie_tickets(const trails::TicketNeeds& needs,
                                                  const std::vector<std::uint32_t>& askers,
                                                  const History& history) const {
        History part;
        std::vector<std::uint32_t> whole_session;
        std::unordered_map<std::uint32_t, std::uint32_t> part_session;
        const auto take = [&](std::uint32_t i) {
            if (i == kNobody) return i;
            const auto [at, is_new] = part_session.try_emplace(i, static_cast<std::uint32_t>(part.sessions.size()));
            if (is_new) {
                part.sessions.push_back(history.sessions[i]);
                whole_session.push_back(i);
            }
            return at->second;
        };
        for (const std::uint32_t i : askers) take(i);
        const std::set<LogonId> ids(needs.logon_ids.begin(), needs.logon_ids.end());
        for (std::uint32_t i = 0; i < history.sessions.size(); ++i)
            if (ids.contains(history.sessions[i].key.logon_id)) take(i);
        for (const Process& process : history.processes) {
            const bool of_desktop =
                part_session.contains(process.session) && is_open_desktop(history.sessions[process.session]);
            if (!of_desktop && !needs.processes.contains({process.host, process.pid})) continue;
            Process& copy = part.processes.emplace_back(process);
            copy.session = take(process.session);
            copy.parent = kNobody;
        }
        std::vector<trails::TicketOrigin> origins = trails::tie_tickets(part, *evidence_, archive_.catalog());
        for (trails::TicketOrigin& origin : origins) origin.session = whole_session[origin.session];
        return origins;
    }

    const TrackFilter& filter_;
    store::Archive& archive_;
    std::unique_ptr<trails::Evidence> evidence_;
};

}  // namespace

Result<TrackSources> collect_track_sources(const TrackFilter& filter, store::Archive& archive) {
    return TrackCollector(filter, archive).collect();
}

}  // namespace spoor::cli
