// Delegation: a service that acts for its caller on a third host (S4U2proxy, or with the caller's forwarded ticket).
//
// The server's logon names the services that it was handed on by. The last of them has the caller's own session on its
// host, and that one is the origin: the program that opened the connection is the service's and says nothing of whom it
// was for. But a service may also have got a ticket for somebody who never logged on to it (S4U2self, "protocol
// transition"): then whoever asked the controller is the origin, and the account's sessions there are mere candidates.
#include <algorithm>
#include <string>

#include "trails/linking/ticket_ties.h"

namespace spoor::trails {
namespace {

constexpr std::size_t kMostCandidates = 4;

class DelegationLinker {
public:
    explicit DelegationLinker(Linking& linking) : linking_(linking), ties_(linking) {}

    void link(std::uint32_t to, std::string_view service) {
        const Session& session = linking_.session(to);
        const HostId host = linking_.host_named(host_of_service(service), session.key.host);
        if (host == HostId::None || host == session.key.host) return;
        const Ticket* ticket = ties_.proxy_ticket_of(session, service);
        const Ticket* transition = ticket ? ties_.transition_before(*ticket) : nullptr;
        const std::string reason = "handed on by the service " + std::string(service);
        if (ticket)
            if (const std::uint32_t p = ties_.program_that_asked(*ticket);
                p != kNobody && linking_.process(p).session != kNobody) {
                const Process& program = linking_.process(p);
                return add({.from = program.session,
                            .to = to,
                            .strength = std::min(Strength::Strong, strength_of_session(program)),
                            .process = p,
                            .reason = "a program of this session got the ticket that stands for the service",
                            .evidence = {evidence_of(session, 4624), ticket->event}});
            }
        const Timestamp time = beginning(session) + linking_.skew(session.key.host, host, beginning(session));
        const Callers callers = callers_of_service(linking_, host, session.user, time);
        const bool sure = callers.sessions.size() == 1 && callers.over_the_network && !transition;
        // The latest are the likeliest.
        const std::size_t first = callers.sessions.size() - std::min(callers.sessions.size(), kMostCandidates);
        for (std::size_t i = first; i < callers.sessions.size(); ++i)
            add({.from = callers.sessions[i],
                 .to = to,
                 .strength = sure ? Strength::Strong : Strength::Probable,
                 .reason = linking_.texts.intern(reason),
                 .evidence = {evidence_of(session, 4624), evidence_of(linking_.session(callers.sessions[i]), 4624),
                              ticket ? ticket->event : EventRef{}, transition ? transition->event : EventRef{}}});
    }

private:
    void add(Link link) {
        link.kind = LinkKind::S4u;
        linking_.links.add(std::move(link));
    }

    Linking& linking_;
    TicketTies ties_;
};

}  // namespace

void link_delegations(Linking& linking) {
    std::vector<std::pair<std::uint32_t, std::string_view>> delegated;
    for (std::uint32_t i = 0; i < linking.history.sessions.size(); ++i)
        if (const std::string_view service = last_service(linking.session(i).transmitted_services);
            !service.empty() && linking.session(i).origin == Origin::Logged)
            delegated.emplace_back(i, service);
    if (delegated.empty()) return;
    DelegationLinker linker(linking);
    for (const auto& [to, service] : delegated) linker.link(to, service);
}

}  // namespace spoor::trails
