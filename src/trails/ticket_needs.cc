#include "trails/ticket_needs.h"

#include <algorithm>

#include "base/unicode.h"
#include "trails/linking/ticket_ties.h"

namespace spoor::trails {
namespace {

void add_place(TicketNeeds& needs, std::string_view name) {
    name = trimmed(name);
    while (name.starts_with('\\')) name.remove_prefix(1);
    if (!name.empty()) needs.places.emplace(name);
}

}  // namespace

TicketNeeds needs_of_tickets(const Evidence& evidence) {
    TicketNeeds needs;
    std::set<IpAddress> addresses;
    std::set<Guid> guids;
    bool of_machines = false;
    for (const Ticket& ticket : evidence.tickets) {
        needs.accounts.emplace(account_name(ticket.user));
        of_machines |= ticket.user.ends_with('$');
        addresses.insert(ticket.client.address);
        if (ticket.client.address.is_loopback()) needs.hosts.insert(ticket.event.host);
        if (!ticket.logon_guid.is_zero()) guids.insert(ticket.logon_guid);
        add_place(needs, ticket.workstation);
        if (ticket.kind == Kind::NtlmAudited) add_place(needs, ticket.service);
        add_place(needs, host_of_service(last_service(ticket.transmitted_services)));
    }
    for (const AddressSighting& sighting : evidence.addresses)
        if (addresses.contains(sighting.address)) needs.hosts.insert(sighting.host);
    if (of_machines) needs.logon_ids.push_back(LogonId::system());
    for (const ExplicitCredentials& typed : evidence.explicit_credentials)
        if (guids.contains(typed.target_guid)) needs.logon_ids.push_back(typed.subject);
    for (const Connection& connection : evidence.connections)
        if (addresses.contains(connection.source.address))
            needs.processes.emplace(connection.event.host, connection.process.pid);
    return needs;
}

}  // namespace spoor::trails
