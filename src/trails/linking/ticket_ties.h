// TicketTies: what the records of a domain controller tell of who asked it. Internal to this room.
#pragma once
#include <vector>

#include "trails/linking/client_signs.h"

namespace spoor::trails {

class TicketTies {
public:
    explicit TicketTies(const Linking& linking);

    /// The program other than LSA that asked for a ticket; kNobody where LSA did, or no record tells.
    std::uint32_t program_that_asked(const Ticket& ticket) const;

    /// The service's ticket to itself for somebody else (S4U2self) that was given just before: the service had its
    /// caller's name, and no logon of his.
    const Ticket* transition_before(const Ticket& ticket) const;

    /// The ticket for a third host that a delegated logon was made with (S4U2proxy): the last before it.
    const Ticket* proxy_ticket_of(const Session& delegated, std::string_view service) const;

private:
    const Linking& linking_;
    Grouped<const Connection*> asked_;      // by the client's end
    Grouped<const Ticket*> to_themselves_;  // by client's address, sorted by time as all evidence of one host is
    Grouped<const Ticket*> proxied_;        // by the server's account
};

/// The host that a service runs on: "HTTP/web01.corp.example@CORP", "WEB01$@CORP", "cifs/web01:445".
std::string_view host_of_service(std::string_view service);

/// The last of the services that a logon or ticket was handed on by; empty for none.
std::string_view last_service(std::string_view transmitted);

/// The caller's sessions on a service's host: those that came over the network before those at a screen.
struct Callers {
    std::vector<std::uint32_t> sessions;
    bool over_the_network = false;
};
Callers callers_of_service(const Linking& linking, HostId host, const Principal& user, Timestamp time);

}  // namespace spoor::trails
