#include "cli/answers/tracks.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>
#include <unordered_map>
#include <utility>

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
        for (const Link& link : sources.history->links) {
            if (trails::is_within_one_logon(link.kind))
                other_half_.try_emplace(link.to, link.from);
            else
                (trails::is_companion(link.kind) ? companion_ : origin_).try_emplace(link.to, &link);
        }
    }

    std::vector<Track> run() {
        sessions();
        typed_credentials();
        tickets();
        failures();
        std::stable_sort(tracks_.begin(), tracks_.end(), [this](const Track& a, const Track& b) {
            return std::tuple(a.time, catalog_.host_name(a.host), std::string_view(a.what)) <
                   std::tuple(b.time, catalog_.host_name(b.host), std::string_view(b.what));
        });
        return std::move(tracks_);
    }

private:
    bool wants(std::string_view user, std::string_view domain, HostId host,
               const std::optional<IpAddress>& client) const {
        const auto is_one = [&](const std::string& asked) { return is_account(asked, user, domain); };
        if (!filter_.users.empty() && std::ranges::none_of(filter_.users, is_one)) return false;
        if (!filter_.host.empty() && !is_host_asked_for(host)) return false;
        return filter_.address.empty() || (client && *client == address_);
    }

    bool wants(const Session& session) const {
        return session.origin != Origin::WellKnown &&
               wants(session.user.name, session.user.domain, session.key.host, session.source_address);
    }

    /// Realms are no names of domains as Windows has them, and cannot be told from those: only two that are say that an
    /// account is another's namesake.
    static bool is_account(const std::string& asked, std::string_view user, std::string_view domain) {
        if (!trails::same_account(user, asked)) return false;
        const std::string_view wanted = std::string_view(asked).substr(0, std::min(asked.find('\\'), asked.size()));
        const auto tells = [](std::string_view name) { return !name.empty() && name != "-" && !name.contains('.'); };
        return wanted.size() == asked.size() || !tells(wanted) || !tells(domain) ||
               fold_case(wanted) == fold_case(domain);
    }

    /// By the name that Spoor gives it, by its full one, or by its first label where the logs tell no more.
    bool is_host_asked_for(HostId host) const {
        const std::string_view name = catalog_.host_name(host), full = catalog_.host_full_name(host);
        if (equals_ignoring_ascii_case(name, filter_.host) || equals_ignoring_ascii_case(full, filter_.host))
            return true;
        return !full.contains('.') && equals_ignoring_ascii_case(name, filter_.host.substr(0, filter_.host.find('.')));
    }

    using Links = std::unordered_map<std::uint32_t, const Link*>;

    static const Link* find(const Links& links, std::uint32_t session) {
        const auto found = links.find(session);
        return found == links.end() ? nullptr : found->second;
    }

    /// How a session was come by. The halves of one logon came from one place, and not from each other; and a desktop's
    /// network check is no place that anyone came from, but says more than nothing.
    const Link* link_into(std::uint32_t i) const {
        if (const Link* origin = find(origin_, i)) return origin;
        const auto half = other_half_.find(i);
        if (const Link* origin = half == other_half_.end() ? nullptr : find(origin_, half->second)) return origin;
        const Session& session = sources_.history->sessions[i];
        const bool has_address = session.source_address && !session.source_address->is_loopback();
        const Link* companion = has_address ? nullptr : find(companion_, i);
        // An unlock names the desktop that it let into, which was there before.
        if (companion && trails::beginning(sources_.history->sessions[companion->from]) > trails::beginning(session))
            return nullptr;
        return companion;
    }

    void sessions() {
        for (const std::uint32_t i : sources_.sessions) {
            const Session& session = sources_.history->sessions[i];
            if (!wants(session)) continue;
            Track track;
            track.time = trails::beginning(session);
            track.host = session.key.host;
            track.account = to_string(session.user);
            track.session = names_.of(i);
            track.what = session.origin == Origin::Logged
                             ? fmt::format("{} logon", slug(session.type))
                             : fmt::format("{} session ({})", slug(session.type), name(session.origin));
            if (const Link* link = link_into(i)) {
                track.from = fmt::format("{} ({})", names_.of(link->from), trails::manner(link->kind));
                track.strength = link->strength;
            } else if (session.source_address) {
                track.from = session.source_address->to_string();
            } else if (!equals_ignoring_ascii_case(session.workstation, catalog_.host_name(session.key.host))) {
                track.from = session.workstation;
            }
            tracks_.push_back(std::move(track));
        }
    }

    /// Another account's credentials, or one's own for another host, that were used in one of the sessions.
    void typed_credentials() {
        if (!filter_.address.empty()) return;  // no field of the records tells of it
        std::map<std::pair<HostId, LogonId>, std::vector<std::uint32_t>> by_id;
        for (const trails::ExplicitCredentials& typed : sources_.evidence->explicit_credentials)
            if (sources_.stretch.has(typed.event.time)) by_id[{typed.event.host, typed.subject}];
        for (std::uint32_t i = 0; i < sources_.history->sessions.size(); ++i) {
            const Session& session = sources_.history->sessions[i];
            const auto found = by_id.find({session.key.host, session.key.logon_id});
            if (found != by_id.end() && wants(session)) found->second.push_back(i);
        }
        for (const trails::ExplicitCredentials& typed : sources_.evidence->explicit_credentials) {
            const auto found = by_id.find({typed.event.host, typed.subject});
            if (found == by_id.end() || !sources_.stretch.has(typed.event.time)) continue;
            if (const std::uint32_t i = used_in(typed, found->second); i != kNobody) typed_in(i, typed);
        }
    }

    /// The number is given anew after each restart: the last that had begun by then.
    std::uint32_t used_in(const trails::ExplicitCredentials& typed, std::span<const std::uint32_t> sessions) const {
        std::uint32_t last = kNobody;
        Timestamp begun = Timestamp::earliest();
        for (const std::uint32_t i : sessions)
            if (const Timestamp time = trails::beginning(sources_.history->sessions[i]);
                time <= typed.event.time && time >= begun) {
                last = i;
                begun = time;
            }
        return last;
    }

    void typed_in(std::uint32_t i, const trails::ExplicitCredentials& typed) {
        Track track;
        track.time = typed.event.time;
        track.host = typed.event.host;
        track.account = to_string(sources_.history->sessions[i].user);
        track.session = names_.of(i);
        track.what = fmt::format("uses the credentials of {}{}{} for {}", typed.domain,
                                 typed.domain.empty() ? "" : "\\", typed.user, typed.server);
        tracks_.push_back(std::move(track));
    }

    void tickets() {
        const std::vector<trails::Ticket>& tickets = sources_.evidence->tickets;
        std::vector<const trails::TicketOrigin*> origin(tickets.size(), nullptr);
        for (const trails::TicketOrigin& tie : sources_.tickets)
            if (!origin[tie.ticket] || tie.strength > origin[tie.ticket]->strength) origin[tie.ticket] = &tie;
        for (std::size_t i = 0; i < tickets.size(); ++i) {
            const trails::Ticket& ticket = tickets[i];
            if (!sources_.stretch.has(ticket.event.time) ||
                !wants(ticket.user, ticket.domain, ticket.event.host, ticket.client.address))
                continue;
            Track track;
            track.time = ticket.event.time;
            track.host = ticket.event.host;
            track.account = fmt::format("{}{}{}", ticket.domain, ticket.domain.empty() ? "" : "\\", ticket.user);
            track.what = describe(ticket);
            if (origin[i]) {
                track.session = names_.of(origin[i]->session);
                track.strength = origin[i]->strength;
            }
            if (origin[i] && !origin[i]->came_of_it)
                track.from = track.session;
            else
                track.from = ticket.client.address != IpAddress{} ? ticket.client.address.to_string()
                                                                  : std::string(ticket.workstation);
            tracks_.push_back(std::move(track));
        }
    }

    void failures() {
        for (const trails::FailedLogon& failed : sources_.evidence->failed_logons) {
            const auto client = failed.address == IpAddress{} ? std::nullopt : std::optional(failed.address);
            if (!wants(failed.user, failed.domain, failed.event.host, client)) continue;
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
    Links origin_;
    Links companion_;
    std::unordered_map<std::uint32_t, std::uint32_t> other_half_;
    std::vector<Track> tracks_;
};

}  // namespace

// How much is looked through at once: little at first, for the first screen; then as much as has been given so far, up
// to where the tracks found are worth the questions.
constexpr std::size_t kTracksAtFirst = 300;
constexpr std::size_t kTracksAtOnce = 8'192;

Result<TrackReader> TrackReader::open(const TrackFilter& filter, store::Archive& archive, const Stretch& time,
                                      std::uint64_t events_at_first) {
    TrackReader reader(filter, archive, time);
    reader.cuts_ = TRY(archive.cuts(events_at_first));
    std::erase_if(reader.cuts_, [&](Timestamp cut) { return cut <= time.from || cut > time.until; });
    return reader;
}

Stretch TrackReader::next_stretch() {
    cut_ += cuts_at_once_;
    any_left_ = cut_ <= cuts_.size();
    if (!any_left_) return left_;
    const Timestamp cut = cuts_[cut_ - 1];
    return {std::exchange(left_.from, cut), cut - Duration{1}};
}

/// Of the next stretch, from what the last one had.
void TrackReader::choose_length(std::size_t found) {
    constexpr std::size_t kMostLonger = 16;
    given_ += found;
    const std::size_t wanted = std::clamp(given_, kTracksAtFirst, kTracksAtOnce);
    const std::size_t longest = cuts_at_once_ * kMostLonger;
    cuts_at_once_ = std::clamp<std::size_t>(found == 0 ? longest : cuts_at_once_ * wanted / found + 1, 1, longest);
}

Result<bool> TrackReader::next(std::vector<Track>& tracks) {
    tracks.clear();
    while (tracks.empty() && any_left_) {
        if (archive_.forget() || !names_) names_.emplace(*TRY(archive_.recollection()), archive_.catalog());
        const TrackSources sources = TRY(collector_.collect(next_stretch()));
        tracks = Finder(filter_, sources, archive_.catalog(), *names_).run();
        choose_length(tracks.size());
    }
    return !tracks.empty();
}

}  // namespace spoor::cli
