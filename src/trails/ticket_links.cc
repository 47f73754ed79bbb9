// Ties what a domain controller was asked for to the session that asked.
//
// A ticket's address and port are a connection to port 88. As a rule it is LSA's, which asks for the user: the user's
// session on the host with that address is the origin. Where another program opened it, that program speaks Kerberos
// itself, and its session is the origin, whoever the ticket is for. Credentials that were typed (4648) carry the
// LogonGuid of the ticket that they bought. NTLM validations name the client by its own word only.
#include <algorithm>
#include <unordered_map>

#include "base/hash.h"
#include "trails/client_signs.h"

namespace spoor::trails {
namespace {

constexpr Duration kConnectionAround = Duration::seconds(30);

class TicketTies {
public:
    explicit TicketTies(const Linking& linking) : linking_(linking) {
        for (const Connection& connection : linking.evidence.connections)
            if (connection.destination.port == 88 || connection.destination.port == 464)
                asked_[endpoint_key(connection.source)].push_back(&connection);
        for (const ExplicitCredentials& typed : linking.evidence.explicit_credentials)
            if (!typed.target_guid.is_zero()) typed_[guid_key(typed.target_guid)].push_back(&typed);
    }

    /// The program other than LSA that asked for a ticket; kNobody where LSA did, or no record tells.
    std::uint32_t program_that_asked(const Ticket& ticket) const {
        const auto list = asked_.find(endpoint_key(ticket.client));
        if (ticket.client.port == 0 || list == asked_.end()) return kNobody;
        for (const Connection* connection : list->second) {
            const Timestamp expected =
                ticket.event.time + linking_.skew(ticket.event.host, connection->event.host, ticket.event.time);
            if (connection->source != ticket.client ||
                !within(connection->event.time, expected, kConnectionAround, kConnectionAround))
                continue;
            if (connection->process.image.starts_with('<') || owner_of(*connection) != Owner::Program) continue;
            return linking_.index.process(connection->event.host, connection->process, connection->event.time);
        }
        return kNobody;
    }

    void tie(std::uint32_t number, std::vector<TicketOrigin>& origins) const {
        const Ticket& ticket = linking_.evidence.tickets[number];
        if (const std::uint32_t p = program_that_asked(ticket);
            p != kNobody && linking_.process(p).session != kNobody) {
            origins.push_back({number, linking_.process(p).session, Strength::Certain});
            return;
        }
        if (const std::uint32_t typist = session_that_typed(ticket); typist != kNobody) {
            origins.push_back({number, typist, Strength::Certain});
            return;
        }
        std::vector<HostId> hosts = linking_.addresses.hosts_at(ticket.client.address, ticket.event.time);
        // A controller asks itself under its loopback address.
        if (hosts.empty() && ticket.client.address.is_loopback()) hosts.push_back(ticket.event.host);
        const bool by_name = hosts.empty();
        if (by_name)
            if (const HostId named = linking_.host_named(ticket.workstation); named != HostId::None)
                hosts.push_back(named);
        std::vector<std::uint32_t> from;
        for (const HostId client : hosts) {
            const Timestamp time = ticket.event.time + linking_.skew(ticket.event.host, client, ticket.event.time);
            if (ticket.user.ends_with('$')) {
                if (const std::uint32_t system = linking_.index.session(client, LogonId::system(), time);
                    system != kNobody)
                    from.push_back(system);
            } else {
                for (const std::uint32_t candidate :
                     candidates(linking_, client, {{}, ticket.domain, ticket.user}, time))
                    from.push_back(candidate);
            }
        }
        const Strength strength =
            from.size() == 1 && hosts.size() == 1 && !by_name ? Strength::Strong : Strength::Probable;
        for (const std::uint32_t session : from) origins.push_back({number, session, strength});
    }

private:
    static std::uint64_t guid_key(const Guid& guid) {
        return hash64({reinterpret_cast<const char*>(guid.bytes.data()), 16});
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

    const Linking& linking_;
    std::unordered_map<std::uint64_t, std::vector<const Connection*>> asked_;
    std::unordered_map<std::uint64_t, std::vector<const ExplicitCredentials*>> typed_;
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
    const TicketTies ties(linking);
    for (const Ticket& ticket : linking.evidence.tickets) {
        if (ticket.kind != Kind::TgtRequested || ticket.status != 0) continue;
        const std::uint32_t p = ties.program_that_asked(ticket);
        if (p == kNobody || linking.process(p).session == kNobody) continue;
        const HostId host = linking.process(p).host;
        const Timestamp asked = ticket.event.time + linking.skew(ticket.event.host, host, ticket.event.time);
        linking.borrowed.push_back(
            {host, ticket.user, receiver_of_ticket(linking, linking.process(p).session, asked), asked});
    }
}

std::vector<TicketOrigin> tie_tickets(const Linking& linking) {
    const TicketTies ties(linking);
    std::vector<TicketOrigin> origins;
    for (std::uint32_t i = 0; i < linking.evidence.tickets.size(); ++i) ties.tie(i, origins);
    return origins;
}

}  // namespace spoor::trails
