#include "cli/answers/track_sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <unordered_map>
#include <utility>

#include "cli/scope.h"
#include "match/language/query.h"
#include "trails/evidence/index.h"
#include "trails/trail.h"

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

// What a ticket rests on: sessions and records around it, and, for a day, as whom a program asked for one. As links
// have it (ingest/conclude.cc).
constexpr Duration kAround = Duration::seconds(3600);
constexpr Duration kBefore = Duration::seconds(24 * 3600);

Stretch around(const Stretch& stretch) { return {stretch.from - kAround, stretch.until + kAround}; }

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

bool is_open_desktop(const Session& session) {
    return !session.end && trails::Index::rank(session) == trails::Index::Rank::Person;
}

}  // namespace

Result<void> EventCursor::observe_until(Timestamp until, trails::Evidence& evidence) {
    if (!archive_) return {};
    while (true) {
        observe_batch(until, evidence);
        if (!batch_.empty()) return {};
        if (stream_ && TRY(stream_->next(batch_))) continue;
        stream_.reset();
        if (!any_left_ || left_.from > until) return {};
        TRY(ask(until));
    }
}

/// Leaves in the batch what comes later.
void EventCursor::observe_batch(Timestamp until, trails::Evidence& evidence) {
    const auto later = std::ranges::find_if(batch_.events(), [&](const Event& event) { return event.time > until; });
    Batch left;
    for (const Event& event : std::ranges::subrange(later, batch_.events().end())) left.copy({batch_, event});
    batch_.keep_first(static_cast<std::size_t>(later - batch_.events().begin()));
    evidence.observe(batch_);
    batch_ = std::move(left);
}

Result<void> EventCursor::ask(Timestamp until) {
    if (std::exchange(was_asked_, true)) until = left_.until;
    until = std::min(until, left_.until);
    stream_ =
        TRY(archive_->events({.where = where_, .from = left_.from, .until = until, .actors = store::Actors::LeftOut}));
    any_left_ = until < left_.until;
    left_.from = until + Duration{1};
    return {};
}

Result<TrackSources> TrackCollector::collect(const Stretch& stretch) {
    TRY(open_cursors());
    TrackSources sources{.stretch = stretch, .history = TRY(archive_.recollection()), .evidence = &evidence_};
    sources.sessions = TRY(find_tracks(stretch));
    TRY(recall_origins(sources.sessions));
    TRY(tickets_.observe_until(stretch.until, evidence_));
    TRY(typed_.observe_until(stretch.until + kAround, evidence_));
    TRY(observe_typed_anywhere(stretch));
    TRY(observe_connections(stretch));
    forget_before(stretch.from);
    evidence_.settle();
    if (!evidence_.tickets.empty()) sources.tickets = TRY(tie_tickets(stretch));
    TRY(recall_where_typed(stretch));
    return sources;
}

Result<EventCursor> TrackCollector::cursor(const std::string& filter, const Stretch& time) {
    return EventCursor(archive_, TRY(parsed(filter, Subject::Events, archive_)), time);
}

Result<void> TrackCollector::open_cursors() {
    if (std::exchange(has_cursors_, true)) return {};
    const std::vector<std::string> accounts = spellings_of_accounts(filter_.users);
    std::vector<std::string> parts = {
        "kind: (tgt_requested or service_ticket_requested or ticket_renewed or preauthentication_failed or "
        "credentials_validated or ntlm_audited or logon_failed)"};
    if (!accounts.empty()) parts.push_back(one_of("TargetUserName", accounts));
    if (!filter_.address.empty()) parts.push_back(one_of("IpAddress", {filter_.address}));
    if (!filter_.host.empty()) parts.push_back(one_of("host", spellings_of_host(filter_.host)));
    tickets_ = TRY(cursor(all_of(parts), {time_.from - kBefore, time_.until}));
    // An account's own, for another one, and those by which a ticket of its own was come by.
    std::vector<std::string> typed = {"kind: explicit_credentials"};
    if (!accounts.empty())
        typed.push_back(one_of("SubjectUserName", accounts) + " or " + one_of("TargetUserName", accounts));
    if (!filter_.host.empty()) typed.push_back(one_of("host", spellings_of_host(filter_.host)));
    if (filter_.address.empty()) typed_ = TRY(cursor(all_of(typed), around(time_)));
    return {};
}

/// The credentials that tickets of anybody were come by.
Result<void> TrackCollector::observe_typed_anywhere(const Stretch& stretch) {
    const bool has_any = std::ranges::any_of(evidence_.tickets,
                                             [](const trails::Ticket& ticket) { return !ticket.logon_guid.is_zero(); });
    if (filter_.users.empty() && has_any && !std::exchange(asks_anywhere_, true))
        typed_anywhere_ = TRY(cursor("kind: explicit_credentials", {stretch.from - kAround, time_.until + kAround}));
    return typed_anywhere_.observe_until(stretch.until + kAround, evidence_);
}

Result<std::vector<std::uint32_t>> TrackCollector::find_sessions(const std::string& filter,
                                                                 store::SessionQuery::Within within,
                                                                 const Stretch& stretch) {
    match::Expr where = TRY(parsed(filter, Subject::Sessions, archive_));
    return TRY(archive_.find_sessions(
                   {.where = std::move(where), .within = within, .from = stretch.from, .until = stretch.until}))
        .sessions;
}

/// The sessions that tracks are shown of. An account's own are also those that can have asked for its tickets.
Result<std::vector<std::uint32_t>> TrackCollector::find_tracks(const Stretch& stretch) {
    using Within = store::SessionQuery::Within;
    const bool is_account_alone = filter_.host.empty() && filter_.address.empty();
    if (!is_account_alone) return find_sessions(sessions_filter(filter_), Within::Began, stretch);
    there_ = TRY(find_sessions(askers_filter({}), Within::There, around(stretch)));
    const History& history = *TRY(archive_.recollection());
    std::vector<std::uint32_t> began = there_;
    std::erase_if(began, [&](std::uint32_t i) { return !stretch.has(trails::beginning(history.sessions[i])); });
    return began;
}

/// Of the other half of a logon, which may have begun before the stretch, too.
Result<void> TrackCollector::recall_origins(std::span<const std::uint32_t> sessions) {
    TRY(archive_.recall_origins(sessions));
    const std::set<std::uint32_t> known(sessions.begin(), sessions.end());
    std::vector<std::uint32_t> halves;
    for (const Link& link : TRY(archive_.recollection())->links)
        if (trails::is_within_one_logon(link.kind) && known.contains(link.to) && !known.contains(link.from))
            halves.push_back(link.from);
    return archive_.recall_origins(halves);
}

/// What nothing from `time` on rests on. Of tickets those stay that programs other than LSA asked for: their sessions
/// go on as those whom they asked for.
void TrackCollector::forget_before(Timestamp time) {
    std::set<trails::Endpoint> of_programs;
    std::erase_if(evidence_.connections, [&](const trails::Connection& connection) {
        if (connection.event.time < time - kBefore) return true;
        if (trails::image_name(connection.process.image) != "lsass.exe") of_programs.insert(connection.source);
        return false;
    });
    std::erase_if(evidence_.tickets, [&](const trails::Ticket& ticket) {
        return ticket.event.time < time - kBefore || (ticket.event.time < time && !of_programs.contains(ticket.client));
    });
    std::erase_if(evidence_.explicit_credentials,
                  [&](const trails::ExplicitCredentials& typed) { return typed.event.time < time - kAround; });
    std::erase_if(evidence_.failed_logons, [&](const trails::FailedLogon& failed) { return failed.event.time < time; });
}

/// Sessions that credentials were typed in. Those of an address can be told by no field of the records.
Result<void> TrackCollector::recall_where_typed(const Stretch& stretch) {
    if (filter_.users.empty() && filter_.host.empty()) return {};
    std::set<LogonId> ids;
    for (const trails::ExplicitCredentials& typed : evidence_.explicit_credentials)
        if (stretch.has(typed.event.time) && !typed.subject.is_well_known()) ids.insert(typed.subject);
    return archive_.recall(std::vector(ids.begin(), ids.end()));
}

/// The connections that tickets were asked for through, and whose the addresses were.
Result<void> TrackCollector::observe_connections(const Stretch& stretch) {
    std::vector<std::string> unknown;
    for (const trails::Ticket& ticket : evidence_.tickets)
        if (ticket.client.address != IpAddress{})
            if (std::string address = ticket.client.address.to_string(); addresses_.insert(address).second)
                unknown.push_back(std::move(address));
    if (!unknown.empty()) {
        TRY(see_machines(unknown));
        evidence_.connections.clear();
        const std::string from = unless_long(one_of("SourceIp", {addresses_.begin(), addresses_.end()}));
        connections_ = TRY(cursor(all_of({from, "DestinationPort: 88", "kind: network_connection"}),
                                  {stretch.from - kBefore, time_.until + kAround}));
    }
    return connections_.observe_until(stretch.until + kAround, evidence_);
}

/// A machine logs on from its own address.
Result<void> TrackCollector::see_machines(std::span<const std::string> addresses) {
    const std::string machines = all_of(
        {"type: network and user: *$", unless_long(one_of("source_address", {addresses.begin(), addresses.end()}))});
    return archive_.each_session(TRY(parsed(machines, Subject::Sessions, archive_)),
                                 [&](const Session& session) { evidence_.see_machine(session); });
}

/// All that can have asked for a ticket of the account that is followed, or of those that the tickets name.
std::string TrackCollector::askers_filter(const trails::TicketNeeds& needs) const {
    constexpr std::string_view kAsSomebodyElse = "type: new_credentials";
    if (!filter_.users.empty())
        return fmt::format("{} or {}", one_of("user", spellings_of_accounts(filter_.users)), kAsSomebodyElse);
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
    return fmt::format("({}) or {}", all_of({unless_long(one_of("user", accounts)), unless_long(std::move(places))}),
                       kAsSomebodyElse);
}

Result<std::vector<trails::TicketOrigin>> TrackCollector::tie_tickets(const Stretch& stretch) {
    using Within = store::SessionQuery::Within;
    const trails::TicketNeeds needs = trails::needs_of_tickets(evidence_);
    const std::vector<std::uint32_t> askers =
        there_.empty() ? TRY(find_sessions(askers_filter(needs), Within::There, around(stretch))) : there_;
    TRY(archive_.recall(needs.logon_ids));
    for (const auto& [host, pid] : needs.processes) TRY(archive_.recall_processes(host, pid));
    const History& history = *TRY(archive_.recollection());
    TRY(recall_programs_of_desktops(askers, history));
    return tie_tickets(needs, askers, history);
}

/// That somebody left a desktop shows in its programs, where no record tells of its end.
Result<void> TrackCollector::recall_programs_of_desktops(const std::vector<std::uint32_t>& askers,
                                                         const History& history) {
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
std::vector<trails::TicketOrigin> TrackCollector::tie_tickets(const trails::TicketNeeds& needs,
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
    std::vector<trails::TicketOrigin> origins = trails::tie_tickets(part, evidence_, archive_.catalog());
    for (trails::TicketOrigin& origin : origins) origin.session = whole_session[origin.session];
    return origins;
}

}  // namespace spoor::cli
