#include "trails/linking/ticket_ties.h"

#include <algorithm>

#include "base/hash.h"
#include "base/unicode.h"

namespace spoor::trails {
namespace {

constexpr Duration kConnectionAround = Duration::seconds(30);
// S4U2self and S4U2proxy are two halves of one operation of the service.
constexpr Duration kTransition = Duration::seconds(5);
// A service keeps tickets for as long as they are good.
constexpr Duration kTicketLife = Duration::seconds(10 * 3600);
constexpr Duration kTolerance = Duration::seconds(2);

std::uint64_t address_key(const IpAddress& address) { return endpoint_key({address, 0}); }
std::uint64_t account_key(std::string_view account) { return hash64(fold_case(account)); }

/// The account that a host's own services run as: "WEB01$" for "HTTP/web01.corp.example".
bool is_account_of(std::string_view account, std::string_view host) {
    return account.ends_with('$') &&
           equals_ignoring_ascii_case(account.substr(0, account.size() - 1), host.substr(0, host.find('.')));
}

}  // namespace

TicketTies::TicketTies(const Linking& linking) : linking_(linking) {
    for (const Connection& connection : linking.evidence.connections)
        if (connection.destination.port == 88 || connection.destination.port == 464)
            asked_.add(endpoint_key(connection.source), &connection);
    for (const Ticket& ticket : linking.evidence.tickets) {
        if (ticket.kind != Kind::ServiceTicketRequested || ticket.status != 0) continue;
        if (same_account(ticket.user, ticket.service)) to_themselves_.add(address_key(ticket.client.address), &ticket);
        if (!last_service(ticket.transmitted_services).empty()) proxied_.add(account_key(ticket.service), &ticket);
    }
    const auto time_of = [](const Ticket* ticket) { return ticket->event.time; };
    asked_.settle();
    to_themselves_.settle_by(time_of);
    proxied_.settle_by(time_of);
}

std::uint32_t TicketTies::program_that_asked(const Ticket& ticket) const {
    if (ticket.client.port == 0) return kNobody;
    for (const Connection* connection : asked_.of(endpoint_key(ticket.client))) {
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

const Ticket* TicketTies::transition_before(const Ticket& ticket) const {
    for (const Ticket* self : to_themselves_.of(address_key(ticket.client.address)))
        if (self->event.host == ticket.event.host && self->client.address == ticket.client.address &&
            within(self->event.time, ticket.event.time, kTransition, {}))
            return self;
    return nullptr;
}

const Ticket* TicketTies::proxy_ticket_of(const Session& delegated, std::string_view service) const {
    const std::string_view server = linking_.catalog.host_name(delegated.key.host);
    const std::string_view by = host_of_service(service);
    const Ticket* last = nullptr;
    for (const Ticket* ticket : proxied_.of(account_key(std::string(server) + "$"))) {
        const Timestamp expected =
            beginning(delegated) + linking_.skew(delegated.key.host, ticket->event.host, beginning(delegated));
        // It is not certain whom the record names: whoever the ticket is for, or the service that asked.
        if (!same_account(ticket->user, delegated.user.name) && !is_account_of(ticket->user, by) &&
            !same_account(ticket->user, service))
            continue;
        if (delegated.source_address && ticket->client.address != *delegated.source_address) continue;
        if (within(ticket->event.time, expected, kTicketLife, kTolerance)) last = ticket;
    }
    return last;
}

std::string_view host_of_service(std::string_view service) {
    if (const std::size_t slash = service.find('/'); slash != std::string_view::npos) service.remove_prefix(slash + 1);
    service = service.substr(0, service.find_first_of("@:/"));
    if (service.ends_with('$')) service.remove_suffix(1);
    return service;
}

std::string_view last_service(std::string_view transmitted) {
    const std::string_view all = trimmed(transmitted);
    const std::string_view last = all.substr(all.find_last_of(" ,\t\n") + 1);
    return last == "-" ? std::string_view() : last;
}

Callers callers_of_service(const Linking& linking, HostId host, const Principal& user, Timestamp time) {
    for (const Index::Rank rank : {Index::Rank::Network, Index::Rank::Person}) {
        Callers found{.sessions = {}, .over_the_network = rank == Index::Rank::Network};
        for (const std::uint32_t i : linking.index.sessions_of(host, user, rank, time + kTolerance))
            if (alive_at(linking.session(i), time, kTolerance)) found.sessions.push_back(i);
        if (!found.sessions.empty()) return found;
    }
    return {};
}

}  // namespace spoor::trails
