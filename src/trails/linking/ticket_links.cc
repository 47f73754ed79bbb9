// Ties what a domain controller was asked for to the session that asked, or to the one that came of it.
//
// A ticket's address and port are a connection to port 88. As a rule it is LSA's, which asks for the user: the user's
// session on the host with that address is the origin. Where another program opened it, that program speaks Kerberos
// itself, and its session is the origin, whoever the ticket is for. Credentials that were typed (4648) carry the
// LogonGuid of the ticket that they bought, and a logon at a screen that of the ticket for its own host. A ticket that
// services handed on was asked for by the last of them for its caller. NTLM validations name the client by its own word
// only, but the server's logon stands beside them.
#include <algorithm>
#include <optional>
#include <unordered_map>

#include "base/hash.h"
#include "base/unicode.h"
#include "trails/linking/ticket_ties.h"

namespace spoor::trails {
namespace {

constexpr Duration kSameMoment = Duration::seconds(2);

std::uint64_t guid_key(const Guid& guid) { return hash64({reinterpret_cast<const char*>(guid.bytes.data()), 16}); }
std::uint64_t account_key(std::string_view account) { return hash64(fold_case(account_name(account))); }

std::string_view plain_name(std::string_view workstation) {
    workstation = trimmed(workstation);
    while (workstation.starts_with('\\')) workstation.remove_prefix(1);
    return workstation;
}

bool is_ntlm(const Ticket& ticket) {
    return ticket.kind == Kind::CredentialsValidated || ticket.kind == Kind::NtlmAudited;
}

class TicketLinker {
public:
    explicit TicketLinker(const Linking& linking) : linking_(linking), ties_(linking) {
        for (const ExplicitCredentials& typed : linking.evidence.explicit_credentials)
            if (!typed.target_guid.is_zero()) typed_[guid_key(typed.target_guid)].push_back(&typed);
        for (std::uint32_t i = 0; i < linking.history.sessions.size(); ++i) list_session(i);
        for (auto& [unused, list] : by_ntlm_)
            std::ranges::stable_sort(list, {}, [this](std::uint32_t i) { return start_of_logon(i); });
    }

    void tie(std::uint32_t number, std::vector<TicketOrigin>& origins) const {
        const Ticket& ticket = linking_.evidence.tickets[number];
        const auto asked = [&](std::uint32_t session, Strength strength) {
            origins.push_back({.ticket = number, .session = session, .strength = strength});
        };
        const auto came_of_it = [&](std::uint32_t session, Strength strength) {
            origins.push_back({.ticket = number, .session = session, .strength = strength, .came_of_it = true});
        };
        if (const std::uint32_t p = ties_.program_that_asked(ticket);
            p != kNobody && linking_.process(p).session != kNobody)
            return asked(linking_.process(p).session, Strength::Certain);
        if (const std::uint32_t typist = session_that_typed(ticket); typist != kNobody)
            return asked(typist, Strength::Certain);
        if (const std::uint32_t made = session_with_guid(ticket); made != kNobody)
            return came_of_it(made, Strength::Certain);
        if (const std::uint32_t made = is_ntlm(ticket) ? logon_beside(ticket) : kNobody; made != kNobody)
            return came_of_it(made, Strength::Strong);
        if (const Callers callers = callers_behind(ticket); !callers.sessions.empty()) {
            const bool sure = callers.sessions.size() == 1 && callers.over_the_network && ticket.status == 0;
            for (const std::uint32_t session : callers.sessions)
                asked(session, sure ? Strength::Strong : Strength::Probable);
            return;
        }
        tie_by_place(ticket, asked, came_of_it);
    }

private:
    Timestamp start_of_logon(std::uint32_t i) const { return *linking_.session(i).start; }

    void list_session(std::uint32_t i) {
        const Session& session = linking_.session(i);
        if (session.origin != Origin::Logged || !session.start) return;
        const bool network = session.type == LogonType::Network || session.type == LogonType::NetworkCleartext;
        // The LogonGuid of a network logon is never that of its ticket.
        if (!network && !session.logon_guid.is_zero()) made_with_[guid_key(session.logon_guid)].push_back(i);
        if (network && !plain_name(session.workstation).empty() &&
            !equals_ignoring_ascii_case(trimmed(session.authentication_package), "Kerberos"))
            by_ntlm_[account_key(session.user.name)].push_back(i);
    }

    /// One GUID is shared by all tickets that a user got within a second: the user must be the one whose credentials
    /// they were.
    std::uint32_t session_that_typed(const Ticket& ticket) const {
        const auto list = ticket.logon_guid.is_zero() ? typed_.end() : typed_.find(guid_key(ticket.logon_guid));
        if (list == typed_.end()) return kNobody;
        for (const ExplicitCredentials* typed : list->second) {
            if (typed->target_guid != ticket.logon_guid || !same_account(typed->user, ticket.user)) continue;
            const std::uint32_t session = linking_.index.session(typed->event.host, typed->subject, typed->event.time);
            // A person's own logon is typed into the system's session.
            if (session != kNobody && !is_systems_own(linking_.session(session))) return session;
        }
        return kNobody;
    }

    /// The logon at a screen that the ticket was for: their GUIDs are one. Of a pair the full half has it.
    std::uint32_t session_with_guid(const Ticket& ticket) const {
        const auto list = ticket.logon_guid.is_zero() ? made_with_.end() : made_with_.find(guid_key(ticket.logon_guid));
        if (list == made_with_.end()) return kNobody;
        for (const std::uint32_t i : list->second)
            if (linking_.session(i).logon_guid == ticket.logon_guid &&
                same_account(linking_.session(i).user.name, ticket.user))
                return i;
        return kNobody;
    }

    /// The only network logon of that user, from a client that calls itself so, in the same seconds: on the server that
    /// the record names, if it names one.
    std::uint32_t logon_beside(const Ticket& ticket) const {
        const auto list = by_ntlm_.find(account_key(ticket.user));
        if (list == by_ntlm_.end() || ticket.status != 0) return kNobody;
        const HostId server =
            ticket.kind == Kind::NtlmAudited ? linking_.host_named(ticket.service, ticket.event.host) : HostId::None;
        std::uint32_t found = kNobody;
        const auto first = std::ranges::lower_bound(list->second, ticket.event.time - kMostSkew, {},
                                                    [this](std::uint32_t i) { return start_of_logon(i); });
        for (auto at = first; at != list->second.end() && start_of_logon(*at) <= ticket.event.time + kMostSkew; ++at) {
            const std::uint32_t i = *at;
            const Session& session = linking_.session(i);
            if (!equals_ignoring_ascii_case(plain_name(session.workstation), plain_name(ticket.workstation))) continue;
            if (server != HostId::None && session.key.host != server) continue;
            const Timestamp expected =
                ticket.event.time + linking_.skew(ticket.event.host, session.key.host, ticket.event.time);
            if (!within(*session.start, expected, kSameMoment, kSameMoment)) continue;
            if (found != kNobody) return kNobody;
            found = i;
        }
        return found;
    }

    /// Of a ticket that services handed on: the caller's sessions on the last one's host.
    Callers callers_behind(const Ticket& ticket) const {
        const std::string_view service = last_service(ticket.transmitted_services);
        const HostId host =
            service.empty() ? HostId::None : linking_.host_named(host_of_service(service), ticket.event.host);
        if (host == HostId::None || ticket.user.ends_with('$')) return {};
        Callers callers =
            callers_of_service(linking_, host, {{}, ticket.domain, ticket.user},
                               ticket.event.time + linking_.skew(ticket.event.host, host, ticket.event.time));
        // Somebody whom the service only named has no part in it.
        if (ties_.transition_before(ticket)) callers.over_the_network = false;
        return callers;
    }

    /// The user's sessions on the host that has the client's address, or calls itself so. LSA asks for a new TGT when
    /// somebody logs on: a session that begins in that very moment is what it was for.
    template <typename Asked, typename CameOfIt>
    void tie_by_place(const Ticket& ticket, const Asked& asked, const CameOfIt& came_of_it) const {
        std::vector<HostId> hosts = linking_.addresses.hosts_at(ticket.client.address, ticket.event.time);
        // A controller asks itself under its loopback address.
        if (hosts.empty() && ticket.client.address.is_loopback()) hosts.push_back(ticket.event.host);
        const bool by_name = hosts.empty();
        if (by_name)
            if (const HostId named = linking_.host_named(ticket.workstation, ticket.event.host); named != HostId::None)
                hosts.push_back(named);
        std::vector<std::uint32_t> from;
        std::vector<std::uint32_t> begun;
        for (const HostId client : hosts) {
            const Timestamp time = ticket.event.time + linking_.skew(ticket.event.host, client, ticket.event.time);
            if (ticket.user.ends_with('$')) {
                if (const std::uint32_t system = linking_.index.session(client, LogonId::system(), time);
                    system != kNobody)
                    from.push_back(system);
                continue;
            }
            for (const std::uint32_t candidate : candidates(linking_, client, {{}, ticket.domain, ticket.user}, time)) {
                from.push_back(candidate);
                const Session& session = linking_.session(candidate);
                if (ticket.kind == Kind::TgtRequested && session.start &&
                    within(*session.start, time, kSameMoment, kSameMoment))
                    begun.push_back(candidate);
            }
        }
        const bool sure = hosts.size() == 1 && !by_name && ticket.status == 0;
        if (begun.size() == 1 && ticket.status == 0)
            return came_of_it(begun.front(), sure ? Strength::Strong : Strength::Probable);
        for (const std::uint32_t session : from)
            asked(session, sure && from.size() == 1 ? Strength::Strong : Strength::Probable);
    }

    const Linking& linking_;
    TicketTies ties_;
    std::unordered_map<std::uint64_t, std::vector<const ExplicitCredentials*>> typed_;
    std::unordered_map<std::uint64_t, std::vector<std::uint32_t>> made_with_;  // by LogonGuid
    std::unordered_map<std::uint64_t, std::vector<std::uint32_t>> by_ntlm_;    // by account, then start
};

/// Where a ticket went that a program of `asker` got: into the session for network credentials that it made for the
/// purpose in the same seconds, else into its own.
std::uint32_t receiver_of_ticket(const Linking& linking, std::uint32_t asker, Timestamp asked) {
    constexpr Duration kPreparing = Duration::seconds(10);
    const Session& own = linking.session(asker);
    std::uint32_t made = asker;
    for (const std::uint32_t i :
         linking.index.sessions_between(own.key.host, asked - kPreparing, asked + Duration::seconds(2))) {
        const Session& session = linking.session(i);
        if (session.type == LogonType::NewCredentials && session.subject == own.key.logon_id &&
            session.key.boot == own.key.boot)
            made = i;
    }
    return made;
}

}  // namespace

void find_borrowed_identities(Linking& linking) {
    if (linking.evidence.tickets.empty()) return;
    const TicketTies ties(linking);
    for (const Ticket& ticket : linking.evidence.tickets) {
        // Or for somebody whom it named to the controller in a service's place (S4U).
        const bool for_itself = ticket.kind == Kind::TgtRequested;
        if (ticket.status != 0 || (!for_itself && last_service(ticket.transmitted_services).empty())) continue;
        const std::uint32_t p = ties.program_that_asked(ticket);
        if (p == kNobody || linking.process(p).session == kNobody) continue;
        const HostId host = linking.process(p).host;
        const Timestamp asked = ticket.event.time + linking.skew(ticket.event.host, host, ticket.event.time);
        linking.borrowed.push_back(
            {host, ticket.user, receiver_of_ticket(linking, linking.process(p).session, asked), asked});
    }
}

std::vector<TicketOrigin> tie_tickets(const Linking& linking) {
    std::vector<TicketOrigin> origins;
    if (linking.evidence.tickets.empty()) return origins;
    const TicketLinker linker(linking);
    for (std::uint32_t i = 0; i < linking.evidence.tickets.size(); ++i) linker.tie(i, origins);
    return origins;
}

}  // namespace spoor::trails
