// Ties what a domain controller was asked for to the session that asked.
#include <algorithm>

#include "trails/linking.h"

namespace spoor::trails {

/// A ticket's address and port are those of the client's LSA, which asks for the user: the user's session on the host with
/// that address is the origin. NTLM validations name the client by its own word only.
std::vector<TicketOrigin> tie_tickets(const History& history, const Evidence& evidence, const Catalog& catalog) {
    TextPool no_reasons;
    Linking linking{history, no_reasons, evidence, catalog, Index(history), AddressBook(evidence.addresses), {}, {}};
    estimate_clock_skews(linking);
    std::vector<TicketOrigin> origins;
    for (std::uint32_t i = 0; i < linking.evidence.tickets.size(); ++i) {
        const Ticket& ticket = linking.evidence.tickets[i];
        std::vector<HostId> hosts = linking.addresses.hosts_at(ticket.client.address, ticket.event.time);
        const bool by_name = hosts.empty() && !ticket.workstation.empty();
        if (by_name) {
            for (std::size_t id = 1; id < linking.catalog.host_count(); ++id)
                if (same_account(linking.catalog.host_name(static_cast<HostId>(id)), ticket.workstation)) hosts.push_back(static_cast<HostId>(id));
        }
        std::vector<std::uint32_t> from;
        for (const HostId client : hosts) {
            const Timestamp time = ticket.event.time + linking.skew(ticket.event.host, client);
            const Principal user{{}, ticket.domain, ticket.user};
            if (ticket.user.ends_with('$')) {
                if (const std::uint32_t system = linking.index.session(client, LogonId::system(), time); system != kNobody) from.push_back(system);
            } else {
                for (const std::uint32_t candidate : candidates(linking, client, user, time)) from.push_back(candidate);
            }
        }
        const Strength strength = from.size() == 1 && hosts.size() == 1 && !by_name ? Strength::Strong : Strength::Probable;
        for (const std::uint32_t session : from) origins.push_back({i, session, strength});
    }
    return origins;
}

}  // namespace spoor::trails
