// How far the clocks of two hosts differ.
//
// A network logon, a ticket or a connection that a server accepted names the client's address and port, and the
// client's own log has the connection from that port: one happening, stamped by two clocks. An address and port that
// occur once on either side within a quarter of an hour make a pair; the median over the pairs of two hosts is the
// offset. Sysmon stamps connections a second or two late, which the median of few pairs keeps; the windows of the joins
// allow for it.
#include <algorithm>
#include <map>
#include <unordered_map>

#include "trails/linking.h"

namespace spoor::trails {
namespace {

constexpr Duration kMostSkew = Duration::seconds(15 * 60);

}  // namespace

void estimate_clock_skews(Linking& linking) {
    std::unordered_map<std::uint64_t, std::vector<const Connection*>> opened;
    for (const Connection& connection : linking.evidence.connections)
        if (connection.initiated) opened[endpoint_key(connection.source)].push_back(&connection);

    std::map<std::pair<HostId, HostId>, std::vector<Duration>> offsets;
    const auto compare = [&](HostId server, const Endpoint& client, Timestamp time) {
        const auto found = opened.find(endpoint_key(client));
        if (client.port == 0 || found == opened.end()) return;
        const Connection* first = nullptr;
        bool hosts_differ = false;
        for (const Connection* connection : found->second) {
            if (connection->source != client || !within(connection->event.time, time, kMostSkew, kMostSkew)) continue;
            if (first && connection->event.host != first->event.host) hosts_differ = true;
            if (!first || connection->event.time < first->event.time) first = connection;
        }
        if (!first || hosts_differ || first->event.host == server) return;
        offsets[{first->event.host, server}].push_back(time - first->event.time);
    };
    for (const Session& session : linking.history.sessions)
        if (session.start && session.source_address && session.origin == Origin::Logged)
            compare(session.key.host, {*session.source_address, session.source_port}, *session.start);
    for (const Ticket& ticket : linking.evidence.tickets) compare(ticket.event.host, ticket.client, ticket.event.time);
    for (const Arrival& arrival : linking.evidence.arrivals)
        compare(arrival.event.host, arrival.client, arrival.event.time);
    for (auto& [hosts, differences] : offsets) {
        const auto middle = differences.begin() + static_cast<std::ptrdiff_t>(differences.size() / 2);
        std::nth_element(differences.begin(), middle, differences.end());
        linking.skews.push_back({hosts.first, hosts.second, *middle, static_cast<std::uint32_t>(differences.size())});
    }
}

}  // namespace spoor::trails
