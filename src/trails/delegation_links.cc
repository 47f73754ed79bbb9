// Delegation: a service that acts for its caller on a third host (S4U2proxy, or with the caller's forwarded ticket).
//
// The server's logon names the services that it was handed on by. The last of them has the caller's own session on its
// host, and that one is the origin: the program that opened the connection is the service's and says nothing of whom it
// was for.
#include <algorithm>
#include <string>

#include "base/unicode.h"
#include "trails/linking.h"

namespace spoor::trails {
namespace {

/// The host that a service runs on: "HTTP/web01.corp.example@CORP", "WEB01$@CORP", "cifs/web01:445".
std::string_view host_of_service(std::string_view service) {
    if (const std::size_t slash = service.find('/'); slash != std::string_view::npos) service.remove_prefix(slash + 1);
    service = service.substr(0, service.find_first_of("@:/"));
    if (service.ends_with('$')) service.remove_suffix(1);
    return service;
}

/// The last of the services that a logon was handed on by; empty for none.
std::string_view last_service(std::string_view transmitted) {
    const std::string_view all = trimmed(transmitted);
    const std::string_view last = all.substr(all.find_last_of(" ,\t\n") + 1);
    return last == "-" ? std::string_view() : last;
}

/// The caller's sessions on the service's host: those that came over the network before those at a screen.
std::vector<std::uint32_t> sessions_of_caller(const Linking& linking, HostId host, const Session& delegated) {
    constexpr Duration kTolerance = Duration::seconds(2);
    const Timestamp time = beginning(delegated) + linking.skew(delegated.key.host, host, beginning(delegated));
    for (const Index::Rank rank : {Index::Rank::Network, Index::Rank::Person}) {
        std::vector<std::uint32_t> found;
        for (const std::uint32_t i : linking.index.sessions_of(host, delegated.user, rank, time + kTolerance))
            if (alive_at(linking.session(i), time, kTolerance)) found.push_back(i);
        if (!found.empty()) return found;
    }
    return {};
}

}  // namespace

void link_delegations(Linking& linking) {
    constexpr std::size_t kMostCandidates = 4;
    for (std::uint32_t to = 0; to < linking.history.sessions.size(); ++to) {
        const Session& session = linking.session(to);
        const std::string_view service = last_service(session.transmitted_services);
        if (session.origin != Origin::Logged || service.empty()) continue;
        const HostId host = linking.host_named(host_of_service(service));
        if (host == HostId::None || host == session.key.host) continue;
        const std::vector<std::uint32_t> callers = sessions_of_caller(linking, host, session);
        // The latest are the likeliest.
        const std::size_t first = callers.size() - std::min(callers.size(), kMostCandidates);
        for (std::size_t i = first; i < callers.size(); ++i)
            linking.links.add(
                {.from = callers[i],
                 .to = to,
                 .kind = LinkKind::S4u,
                 .strength = callers.size() == 1 ? Strength::Strong : Strength::Probable,
                 .reason = linking.texts.intern("handed on by the service " + std::string(service)),
                 .evidence = {evidence_of(session, 4624), evidence_of(linking.session(callers[i]), 4624)}});
    }
}

}  // namespace spoor::trails
