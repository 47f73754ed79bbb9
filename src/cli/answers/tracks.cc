#include "cli/answers/tracks.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/unicode.h"
#include "model/codes.h"
#include "trails/trail.h"

namespace spoor::cli {
namespace {

class Finder {
public:
    Finder(const TrackFilter& filter, const TrackSources& sources, const Catalog& catalog, const SessionNames& names)
        : filter_(filter), sources_(sources), catalog_(catalog), names_(names) {
        if (const auto parsed = IpAddress::parse(filter.address)) address_ = *parsed;
        // An origin before a companion: a desktop's network check is no place that anyone came from.
        for (const bool companions : {false, true})
            for (const Link& link : sources.history->links)
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
        for (const std::uint32_t i : sources_.sessions) {
            const Session& session = sources_.history->sessions[i];
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
        const std::vector<trails::Ticket>& tickets = sources_.evidence->tickets;
        std::vector<const trails::TicketOrigin*> origin(tickets.size(), nullptr);
        for (const trails::TicketOrigin& tie : sources_.tickets)
            if (!origin[tie.ticket] || tie.strength > origin[tie.ticket]->strength) origin[tie.ticket] = &tie;
        for (std::size_t i = 0; i < tickets.size(); ++i) {
            const trails::Ticket& ticket = tickets[i];
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
        for (const trails::FailedLogon& failed : sources_.evidence->failed_logons) {
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
    const TrackSources& sources_;
    const Catalog& catalog_;
    const SessionNames& names_;
    IpAddress address_;
    std::unordered_map<std::uint32_t, const Link*> best_link_;
    std::vector<Track> tracks_;
};

}  // namespace

std::vector<Track> find_tracks(const TrackFilter& filter, const TrackSources& sources, const Catalog& catalog,
                               const SessionNames& names) {
    return Finder(filter, sources, catalog, names).run();
}

}  // namespace spoor::cli
