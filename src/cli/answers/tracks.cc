#include "cli/answers/tracks.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/hash.h"
#include "base/unicode.h"
#include "match/language/query.h"
#include "model/codes.h"

namespace spoor::cli {
namespace {

class Finder {
public:
    Finder(const TrackFilter& filter, const trails::Tracer& tracer, const trails::Evidence& evidence,
           const Catalog& catalog, const SessionNames& names)
        : filter_(filter), tracer_(tracer), evidence_(evidence), catalog_(catalog), names_(names) {
        if (const auto parsed = IpAddress::parse(filter.address)) address_ = *parsed;
        // An origin before a companion: a desktop's network check is no place that anyone came from.
        for (const bool companions : {false, true})
            for (const Link& link : tracer.links().links)
                if (trails::is_companion(link.kind) == companions) best_link_.try_emplace(link.to, &link);
    }

    std::vector<Track> run() {
        sessions();
        tickets();
        failures();
        std::stable_sort(tracks_.begin(), tracks_.end(), [this](const Track& a, const Track& b) {
            return std::tuple(a.time, catalog_.host_name(a.host), std::string_view(a.what)) <
                   std::tuple(b.time, catalog_.host_name(b.host), std::string_view(b.what));
        });
        return std::move(tracks_);
    }

private:
    bool wants(std::string_view user, HostId host, const std::optional<IpAddress>& client) const {
        if (!filter_.user.empty() && !trails::same_account(user, filter_.user)) return false;
        if (!filter_.host.empty() &&
            !equals_ignoring_ascii_case(catalog_.host_name(host), filter_.host.substr(0, filter_.host.find('.'))))
            return false;
        return filter_.address.empty() || (client && *client == address_);
    }

    void sessions() {
        const History& history = tracer_.history();
        for (std::uint32_t i = 0; i < history.sessions.size(); ++i) {
            const Session& session = history.sessions[i];
            if (session.origin == Origin::WellKnown ||
                !wants(session.user.name, session.key.host, session.source_address))
                continue;
            Track track;
            track.time = trails::beginning(session);
            track.host = session.key.host;
            track.account = to_string(session.user);
            track.session = i;
            track.what = session.origin == Origin::Logged
                             ? fmt::format("{} logon", slug(session.type))
                             : fmt::format("{} session ({})", slug(session.type), name(session.origin));
            const auto link = best_link_.find(i);
            if (link != best_link_.end()) {
                track.from = fmt::format("{} ({})", names_.of(link->second->from), trails::manner(link->second->kind));
                track.strength = link->second->strength;
            } else if (session.source_address) {
                track.from = session.source_address->to_string();
            } else if (!equals_ignoring_ascii_case(session.workstation, catalog_.host_name(session.key.host))) {
                track.from = session.workstation;
            }
            tracks_.push_back(std::move(track));
        }
    }

    void tickets() {
        std::vector<const trails::TicketOrigin*> origin(evidence_.tickets.size(), nullptr);
        for (const trails::TicketOrigin& tie : tracer_.links().tickets)
            if (!origin[tie.ticket] || tie.strength > origin[tie.ticket]->strength) origin[tie.ticket] = &tie;
        for (std::size_t i = 0; i < evidence_.tickets.size(); ++i) {
            const trails::Ticket& ticket = evidence_.tickets[i];
            if (!wants(ticket.user, ticket.event.host, ticket.client.address)) continue;
            Track track;
            track.time = ticket.event.time;
            track.host = ticket.event.host;
            track.account = fmt::format("{}{}{}", ticket.domain, ticket.domain.empty() ? "" : "\\", ticket.user);
            track.what = describe(ticket);
            if (origin[i]) {
                track.session = origin[i]->session;
                track.strength = origin[i]->strength;
            }
            if (origin[i] && !origin[i]->came_of_it)
                track.from = names_.of(origin[i]->session);
            else
                track.from = ticket.client.address != IpAddress{} ? ticket.client.address.to_string()
                                                                  : std::string(ticket.workstation);
            tracks_.push_back(std::move(track));
        }
    }

    void failures() {
        for (const trails::FailedLogon& failed : evidence_.failed_logons) {
            const auto client = failed.address == IpAddress{} ? std::nullopt : std::optional(failed.address);
            if (!wants(failed.user, failed.event.host, client)) continue;
            Track track;
            track.time = failed.event.time;
            track.host = failed.event.host;
            track.account = fmt::format("{}{}{}", failed.domain, failed.domain.empty() ? "" : "\\", failed.user);
            track.what = fmt::format("{} logon failed: {}", slug(failed.type), logon_failure_words(failed.status, 0));
            track.from = client ? client->to_string() : std::string(failed.workstation);
            tracks_.push_back(std::move(track));
        }
    }

    static std::string describe(const trails::Ticket& ticket) {
        const std::string failed =
            ticket.status == 0 ? ""
                               : fmt::format(" failed: {}", ticket.kind == Kind::CredentialsValidated
                                                                ? logon_failure_words(ticket.status, 0)
                                                                : std::string(kerberos_result_words(ticket.status)));
        switch (ticket.kind) {
            case Kind::TgtRequested: return "ticket-granting ticket" + failed;
            case Kind::ServiceTicketRequested: return fmt::format("service ticket for {}{}", ticket.service, failed);
            case Kind::TicketRenewed: return "ticket renewed" + failed;
            case Kind::PreauthenticationFailed: return "pre-authentication" + failed;
            case Kind::NtlmAudited: return fmt::format("NTLM validation for {}", ticket.service);
            default: return "NTLM validation" + failed;
        }
    }

    const TrackFilter& filter_;
    const trails::Tracer& tracer_;
    const trails::Evidence& evidence_;
    const Catalog& catalog_;
    const SessionNames& names_;
    IpAddress address_;
    std::unordered_map<std::uint32_t, const Link*> best_link_;
    std::vector<Track> tracks_;
};

/// Names that need no quotes in a filter. Others are looked for among all.
bool is_plain_word(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
               c == '-' || c == '$';
    });
}

}  // namespace

Result<std::unique_ptr<trails::Evidence>> collect_track_evidence(const TrackFilter& filter, store::Archive& archive) {
    std::string tickets =
        "kind: (tgt_requested or service_ticket_requested or ticket_renewed or preauthentication_failed or "
        "credentials_validated or ntlm_audited or logon_failed)";
    std::string typed = "kind: explicit_credentials";
    if (const std::string user(trails::account_name(filter.user)); is_plain_word(user)) {
        // 4769 writes user@REALM.
        tickets += fmt::format(" and TargetUserName: ({0} or {0}@*)", user);
        typed += fmt::format(" and TargetUserName: {}", user);
    }
    if (!filter.address.empty()) tickets += fmt::format(" and IpAddress: \"{}\"", filter.address);
    if (is_plain_word(filter.host)) tickets += fmt::format(" and host: {}", filter.host);
    const std::string all =
        fmt::format("({}) or ({}) or (kind: network_connection and DestinationPort: 88)", tickets, typed);
    const match::Expr where =
        TRY(match::parse_filter(all, {.subject = match::Subject::Events, .now = {}, .catalog = &archive.catalog()}));
    const auto stream = TRY(archive.events({.where = where}));
    auto evidence = std::make_unique<trails::Evidence>(archive.catalog());
    Batch batch;
    while (TRY(stream->next(batch))) evidence->observe(batch);
    evidence->see_addresses(*TRY(archive.history()));
    evidence->settle();
    return evidence;
}

std::vector<trails::TicketOrigin> tie_track_tickets(const TrackFilter& filter, const History& history,
                                                    const trails::Evidence& evidence, const Catalog& catalog) {
    if (filter.user.empty()) return trails::tie_tickets(history, evidence, catalog);
    // A part of the history, whose texts stay in the whole one.
    History part;
    std::vector<std::uint32_t> whole_session;
    std::unordered_map<std::uint32_t, std::uint32_t> part_session;
    const auto take = [&](std::uint32_t i) {
        const auto [at, is_new] = part_session.try_emplace(i, static_cast<std::uint32_t>(part.sessions.size()));
        if (is_new) {
            part.sessions.push_back(history.sessions[i]);
            whole_session.push_back(i);
        }
        return at->second;
    };
    for (std::uint32_t i = 0; i < history.sessions.size(); ++i) {
        const Session& session = history.sessions[i];
        if (session.origin == Origin::WellKnown || trails::same_account(session.user.name, filter.user) ||
            trails::same_account(session.outbound.name, filter.user))
            take(i);
    }
    // Programs that speak Kerberos themselves, and sessions in which the account's credentials were typed.
    std::unordered_set<std::uint64_t> asked;
    for (const trails::Connection& connection : evidence.connections)
        asked.insert(static_cast<std::uint64_t>(connection.event.host) << 32 | connection.process.pid);
    for (const Process& process : history.processes) {
        if (process.session == kNobody || !asked.contains(static_cast<std::uint64_t>(process.host) << 32 | process.pid))
            continue;
        Process& copy = part.processes.emplace_back(process);
        copy.session = take(process.session);
        copy.parent = kNobody;
    }
    std::unordered_set<std::uint64_t> typists;
    for (const trails::ExplicitCredentials& typed : evidence.explicit_credentials)
        typists.insert(hash_mix(static_cast<std::uint64_t>(typed.event.host), typed.subject.value()));
    for (std::uint32_t i = 0; i < history.sessions.size(); ++i)
        if (typists.contains(hash_mix(static_cast<std::uint64_t>(history.sessions[i].key.host),
                                      history.sessions[i].key.logon_id.value())))
            take(i);
    std::vector<trails::TicketOrigin> origins = trails::tie_tickets(part, evidence, catalog);
    for (trails::TicketOrigin& origin : origins) origin.session = whole_session[origin.session];
    return origins;
}

std::vector<Track> find_tracks(const TrackFilter& filter, const trails::Tracer& tracer,
                               const trails::Evidence& evidence, const Catalog& catalog, const SessionNames& names) {
    return Finder(filter, tracer, evidence, catalog, names).run();
}

}  // namespace spoor::cli
