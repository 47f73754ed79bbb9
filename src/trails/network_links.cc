// Links between hosts: from the session on the client to the network session that it got on the server.
//
// The address and port that a logon names are those of one connection, and whoever opened it on the client is the
// origin: an ordinary program's own session, for certain. Where the owner is a proxy (the SMB redirector in System, RPCSS,
// LSA), or where no connection was recorded, the sessions of that user on the client are candidates: one is a strong link,
// several are probable ones. WinRM names no address at all: there, the credentials that were typed on the client (4648)
// or its connection to port 5985 in the same seconds take the place of the port.
#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "base/hash.h"
#include "base/unicode.h"
#include "trails/linking.h"

namespace spoor::trails {
namespace {

// A session may be set up some time after its connection; Sysmon writes the connection a second or two after the logon.
constexpr Duration kConnectionBefore = Duration::seconds(120);
constexpr Duration kConnectionAfter = Duration::seconds(30);
constexpr Duration kSiblings = Duration::seconds(2);
constexpr std::size_t kMostCandidates = 4;

std::uint64_t endpoint_key(const Endpoint& endpoint) {
    return hash_mix(hash64({reinterpret_cast<const char*>(endpoint.address.bytes.data()), 16}), endpoint.port);
}

bool is_machine_account(const Session& session) { return session.user.name.ends_with('$'); }
bool is_anonymous(const Session& session) { return session.user.sid == Sid::parse("S-1-5-7").value_or(Sid{}); }

bool came_over_the_network(const Session& session) {
    if (session.origin != Origin::Logged || session.key.logon_id.is_well_known()) return false;
    // A logon that a local session asked for has its origin in that session.
    if (session.subject != LogonId::none() && session.type == LogonType::Network) return false;
    switch (session.type) {
        case LogonType::Network:
        case LogonType::NetworkCleartext:
        case LogonType::RemoteInteractive:
        case LogonType::CachedRemoteInteractive: return true;
        default: return false;
    }
}

enum class Owner { Program, Smb, Rpc, Lsa, OtherService };

Owner owner_of(const Connection& connection) {
    const std::string image = image_name(connection.process.image);
    if (connection.process.pid == 4 || image == "system") return Owner::Smb;
    if (image == "lsass.exe") return Owner::Lsa;
    if (image == "svchost.exe") return connection.destination.port == 135 ? Owner::Rpc : Owner::OtherService;
    return Owner::Program;
}

LinkKind kind_by_port(std::uint16_t port) {
    switch (port) {
        case 22: return LinkKind::Ssh;
        case 135: return LinkKind::Dcom;
        case 139:
        case 445: return LinkKind::Smb;
        case 389:
        case 636:
        case 3268:
        case 3269: return LinkKind::Ldap;
        case 3389: return LinkKind::RdpHop;
        case 5985:
        case 5986: return LinkKind::Winrm;
        default: return LinkKind::NetworkLogon;
    }
}

class NetworkLinker {
public:
    explicit NetworkLinker(Linking& linking) : linking_(linking) {
        for (const Connection& connection : linking.evidence.connections)
            if (connection.initiated) opened_[endpoint_key(connection.source)].push_back(&connection);
        for (const ShareAccess& access : linking.evidence.share_accesses)
            share_clients_[hash_mix(static_cast<std::uint64_t>(access.event.host), access.subject.value())].push_back(&access);
    }

    void run() {
        for (std::uint32_t i = 0; i < linking_.history.sessions.size(); ++i)
            if (came_over_the_network(linking_.session(i))) link(i);
        link_tickets_shared();
    }

private:
    void link(std::uint32_t to) {
        const Session& session = linking_.session(to);
        // Only one half of a desktop's pair is linked; the other follows from it.
        if (session.type == LogonType::RemoteInteractive && !session.elevated.value_or(true) && linking_.index.twin(to) != kNobody) return;
        if (const Connection* connection = connection_of(session)) {
            link_by_connection(to, *connection);
        } else if (session.type == LogonType::RemoteInteractive && link_by_desktop_client(to)) {
        } else if (session.source_address && !session.source_address->is_loopback()) {
            link_by_address(to);
        } else if (!link_by_typed_credentials(to) && !link_by_management_port(to)) {
            link_by_workstation(to);
        }
    }

    Timestamp on_client_clock(const Session& session, HostId client) const { return beginning(session) + linking_.skew(session.key.host, client); }

    /// The connection that the session came by, as the client recorded it.
    const Connection* connection_of(const Session& session) const {
        const Connection* best = nullptr;
        Duration best_distance{INT64_MAX};
        const auto consider = [&](const Endpoint& client) {
            const auto found = opened_.find(endpoint_key(client));
            if (found == opened_.end()) return;
            for (const Connection* connection : found->second) {
                if (connection->source != client) continue;
                const Timestamp expected = on_client_clock(session, connection->event.host);
                if (!within(connection->event.time, expected, kConnectionBefore, kConnectionAfter)) continue;
                if (!linking_.addresses.may_be(connection->destination.address, session.key.host, connection->event.time) &&
                    !connection->destination.address.is_loopback())
                    continue;
                // A client behind a shared address is not the host that owns it: the port must fit, and does.
                const Duration distance = connection->event.time > expected ? connection->event.time - expected : expected - connection->event.time;
                // Sysmon loses a name now and then; a named owner beats a nameless one.
                const bool better_named = best && best->process.image.starts_with('<') && !connection->process.image.starts_with('<');
                if (distance < best_distance || better_named) {
                    best = connection;
                    best_distance = distance;
                }
            }
        };
        if (session.source_address && session.source_port != 0) consider({*session.source_address, session.source_port});
        if (best) return best;
        const auto shares = share_clients_.find(hash_mix(static_cast<std::uint64_t>(session.key.host), session.key.logon_id.value()));
        if (shares == share_clients_.end()) return nullptr;
        for (const ShareAccess* access : shares->second)
            if (access->event.host == session.key.host && access->subject == session.key.logon_id &&
                within(access->event.time, beginning(session), Duration::seconds(2), kConnectionBefore))
                consider(access->client);
        return best;
    }

    void link_by_connection(std::uint32_t to, const Connection& connection) {
        const Session& session = linking_.session(to);
        const std::uint32_t p = linking_.index.process(connection.event.host, connection.process, connection.event.time);
        const std::uint32_t own = p == kNobody ? kNobody : linking_.process(p).session;
        const bool same_host = connection.event.host == session.key.host;
        LinkKind kind = kind_by_port(connection.destination.port);
        if (kind == LinkKind::NetworkLogon || kind == LinkKind::Dcom) kind = kind_by_programs(to, kind);
        const std::vector<EventRef> evidence = {evidence_of(session, 4624), connection.event};
        const auto add = [&](std::uint32_t from, Strength strength, std::string_view reason) {
            linking_.links.add({.from = from, .to = to, .kind = kind, .strength = strength, .process = p, .reason = reason, .evidence = evidence});
        };
        const Owner owner = owner_of(connection);
        const bool system_itself = is_machine_account(session);
        if (owner == Owner::Program || system_itself) {
            if (own != kNobody && (owner == Owner::Program || linking_.session(own).key.logon_id.is_well_known())) {
                // A host's account talking to the host itself is its own noise.
                if (same_host && linking_.session(own).key.logon_id.is_well_known()) return;
                return add(own, Strength::Certain, "the client's address and port; its program opened the connection");
            }
            if (system_itself) return;
        }
        if (is_anonymous(session)) return;
        if (owner == Owner::Rpc)
            if (const std::uint32_t sibling = rpc_sibling(connection, session); sibling != kNobody)
                return add(sibling, Strength::Strong, "RPC on the client asked for it; a program of this session connected in the same seconds");
        std::vector<std::uint32_t> from = candidates(linking_, connection.event.host, session.user, connection.event.time);
        std::erase(from, to);
        if (from.size() > 1) prefer_active(from, session.key.host, connection.event.time);
        for (std::size_t i = 0; i < std::min(from.size(), kMostCandidates); ++i)
            add(from[i], from.size() == 1 ? Strength::Strong : Strength::Probable,
                from.size() == 1 ? "a service of the client opened the connection; this is the user's only session there"
                                 : "a service of the client opened the connection; the user has several sessions there");
    }

    /// RPC's endpoint mapper is asked by RPCSS, but the program connects to the port it names itself.
    std::uint32_t rpc_sibling(const Connection& mapper, const Session& session) const {
        for (const Connection& other : rows_between(linking_.evidence.connections, mapper.event.host, mapper.event.time - kSiblings, mapper.event.time + kSiblings)) {
            if (!other.initiated || other.destination.address != mapper.destination.address || owner_of(other) != Owner::Program) continue;
            const std::uint32_t p = linking_.index.process(other.event.host, other.process, other.event.time);
            if (p == kNobody || linking_.process(p).session == kNobody) continue;
            if (acts_for(linking_.session(linking_.process(p).session), session.user)) return linking_.process(p).session;
        }
        return kNobody;
    }

    /// Of several candidates, the one whose own programs connected to the server around that time.
    void prefer_active(std::vector<std::uint32_t>& from, HostId server, Timestamp time) const {
        constexpr Duration kAround = Duration::seconds(10 * 60);
        std::vector<std::uint32_t> active;
        const HostId client = linking_.session(from.front()).key.host;
        for (const Connection& other : rows_between(linking_.evidence.connections, client, time - kAround, time + kAround)) {
            if (!other.initiated || owner_of(other) != Owner::Program || other.destination.address.is_loopback()) continue;
            const std::vector<HostId> hosts = linking_.addresses.hosts_at(other.destination.address, time);
            if (std::find(hosts.begin(), hosts.end(), server) == hosts.end()) continue;
            const std::uint32_t p = linking_.index.process(client, other.process, other.event.time);
            if (p == kNobody) continue;
            const std::uint32_t session = linking_.process(p).session;
            if (std::find(from.begin(), from.end(), session) != from.end() && std::find(active.begin(), active.end(), session) == active.end())
                active.push_back(session);
        }
        if (active.size() == 1) from = active;
    }

    /// What was done in the session tells how it was reached, where the port does not.
    LinkKind kind_by_programs(std::uint32_t to, LinkKind otherwise) const {
        for (const std::uint32_t p : linking_.index.processes_in(to)) {
            const std::string parent = image_name(linking_.process(p).parent_image);
            const std::string image = image_name(linking_.process(p).image);
            if (parent == "wmiprvse.exe") return LinkKind::Wmi;
            if (image == "wsmprovhost.exe") return LinkKind::Winrm;
            if (parent == "svchost.exe") return LinkKind::Dcom;
        }
        return otherwise == LinkKind::Dcom ? LinkKind::NetworkLogon : otherwise;
    }

    /// No connection was recorded: whose address is it, and who is that user there?
    void link_by_address(std::uint32_t to) {
        const Session& session = linking_.session(to);
        if (is_machine_account(session) || is_anonymous(session)) return;
        std::vector<HostId> hosts = linking_.addresses.hosts_at(*session.source_address, beginning(session));
        std::erase(hosts, session.key.host);
        std::vector<std::uint32_t> from;
        for (const HostId client : hosts)
            for (const std::uint32_t candidate : candidates(linking_, client, session.user, on_client_clock(session, client))) from.push_back(candidate);
        std::erase(from, to);
        if (from.size() > 1 && hosts.size() == 1) prefer_active(from, session.key.host, on_client_clock(session, hosts.front()));
        for (std::size_t i = 0; i < std::min(from.size(), kMostCandidates); ++i)
            linking_.links.add({.from = from[i],
                                .to = to,
                                .kind = session.type == LogonType::RemoteInteractive ? LinkKind::RdpHop : LinkKind::NetworkLogon,
                                .strength = from.size() == 1 && hosts.size() == 1 ? Strength::Strong : Strength::Probable,
                                .reason = from.size() == 1 ? "the client's address; the user's only session there" : "the client's address; one of the user's sessions there",
                                .evidence = {evidence_of(session, 4624)}});
    }

    /// Remote desktop leaves the port out of its logon: the client program's connection to port 3389 stands for it.
    bool link_by_desktop_client(std::uint32_t to) {
        const Session& session = linking_.session(to);
        if (!session.source_address) return false;
        for (const HostId client : linking_.addresses.hosts_at(*session.source_address, beginning(session))) {
            if (client == session.key.host) continue;
            const Timestamp expected = on_client_clock(session, client);
            for (const Connection& connection : rows_between(linking_.evidence.connections, client, expected - kConnectionBefore, expected + kConnectionAfter)) {
                if (!connection.initiated || connection.destination.port != 3389 || owner_of(connection) != Owner::Program) continue;
                if (!linking_.addresses.may_be(connection.destination.address, session.key.host, connection.event.time)) continue;
                const std::uint32_t p = linking_.index.process(client, connection.process, connection.event.time);
                if (p == kNobody || linking_.process(p).session == kNobody) continue;
                linking_.links.add({.from = linking_.process(p).session,
                                    .to = to,
                                    .kind = LinkKind::RdpHop,
                                    .strength = Strength::Strong,
                                    .process = p,
                                    .reason = "a remote desktop client of this session connected to the host",
                                    .evidence = {evidence_of(session, 4624), connection.event}});
                return true;
            }
        }
        return false;
    }

    /// 4648 on the client names the server and the user; WinRM's logons have no address to go by.
    bool link_by_typed_credentials(std::uint32_t to) {
        const Session& session = linking_.session(to);
        if (is_machine_account(session) || is_anonymous(session)) return false;
        const std::string_view server = linking_.catalog.host_name(session.key.host);
        const std::string_view full_name = linking_.catalog.host_full_name(session.key.host);
        const ExplicitCredentials* nearest = nullptr;
        Duration nearest_distance{INT64_MAX};
        for (const HostId client : hosts_with_typed_credentials()) {
            if (client == session.key.host) continue;
            const Timestamp expected = on_client_clock(session, client);
            for (const ExplicitCredentials& typed :
                 rows_between(linking_.evidence.explicit_credentials, client, expected - Duration::seconds(5), expected + Duration::seconds(2))) {
                const std::string_view named = typed.server.substr(0, typed.server == full_name ? std::string_view::npos : typed.server.find('.'));
                if (!equals_ignoring_ascii_case(named, server) && !equals_ignoring_ascii_case(typed.server, full_name)) continue;
                if (!same_account(typed.user, session.user.name)) continue;
                const Duration distance = typed.event.time > expected ? typed.event.time - expected : expected - typed.event.time;
                if (distance < nearest_distance) {
                    nearest = &typed;
                    nearest_distance = distance;
                }
            }
        }
        if (!nearest) return false;
        const std::uint32_t p = linking_.index.process(nearest->event.host, nearest->process, nearest->event.time);
        std::uint32_t from = linking_.index.session(nearest->event.host, nearest->subject, nearest->event.time);
        if (from == kNobody && p != kNobody) from = linking_.process(p).session;
        linking_.links.add({.from = from,
                            .to = to,
                            .kind = equals_ignoring_ascii_case(nearest->service.substr(0, 5), "HTTP/") ? LinkKind::Winrm : LinkKind::NetworkLogon,
                            .strength = Strength::Strong,
                            .process = p,
                            .reason = "credentials for this user and server were used in the same seconds",
                            .evidence = {evidence_of(session, 4624), nearest->event}});
        return true;
    }

    bool link_by_management_port(std::uint32_t to) {
        const Session& session = linking_.session(to);
        if (is_machine_account(session) || is_anonymous(session)) return false;
        std::vector<const Connection*> found;
        for (const HostId client : hosts_with_connections()) {
            if (client == session.key.host) continue;
            const Timestamp expected = on_client_clock(session, client);
            for (const Connection& connection : rows_between(linking_.evidence.connections, client, expected - Duration::seconds(3), expected + Duration::seconds(3))) {
                if (!connection.initiated || (connection.destination.port != 5985 && connection.destination.port != 5986)) continue;
                const std::vector<HostId> hosts = linking_.addresses.hosts_at(connection.destination.address, connection.event.time);
                if (std::find(hosts.begin(), hosts.end(), session.key.host) != hosts.end()) found.push_back(&connection);
            }
        }
        std::vector<std::uint32_t> from;
        std::uint32_t process = kNobody;
        EventRef evidence;
        for (const Connection* connection : found) {
            const std::uint32_t p = linking_.index.process(connection->event.host, connection->process, connection->event.time);
            if (p == kNobody || linking_.process(p).session == kNobody) continue;
            if (std::find(from.begin(), from.end(), linking_.process(p).session) == from.end()) from.push_back(linking_.process(p).session);
            process = p;
            evidence = connection->event;
        }
        for (const std::uint32_t candidate : from)
            linking_.links.add({.from = candidate,
                                .to = to,
                                .kind = LinkKind::Winrm,
                                .strength = from.size() == 1 ? Strength::Strong : Strength::Probable,
                                .process = process,
                                .reason = "a program of this session connected to the host's management port in the same seconds",
                                .evidence = {evidence_of(session, 4624), evidence}});
        return !from.empty();
    }

    /// NTLM carries the client's own word for its name.
    void link_by_workstation(std::uint32_t to) {
        const Session& session = linking_.session(to);
        std::string_view name = session.workstation;
        while (name.starts_with('\\')) name.remove_prefix(1);
        if (name.empty() || name == "-" || is_machine_account(session) || is_anonymous(session)) return;
        for (const HostId client : hosts_with_sessions()) {
            if (client == session.key.host || !equals_ignoring_ascii_case(linking_.catalog.host_name(client), name)) continue;
            for (const std::uint32_t from : candidates(linking_, client, session.user, on_client_clock(session, client)))
                linking_.links.add({.from = from,
                                    .to = to,
                                    .kind = LinkKind::NetworkLogon,
                                    .strength = Strength::Probable,
                                    .reason = "the client named itself so, and the user has a session there",
                                    .evidence = {evidence_of(session, 4624)}});
        }
    }

    /// Network logons on one host with one LogonGuid were made with one ticket, by one session of the client.
    void link_tickets_shared() {
        std::map<std::tuple<HostId, Guid>, std::vector<std::uint32_t>> by_ticket;
        for (std::uint32_t i = 0; i < linking_.history.sessions.size(); ++i) {
            const Session& session = linking_.session(i);
            if (session.type == LogonType::Network && !session.logon_guid.is_zero() && !is_machine_account(session))
                by_ticket[{session.key.host, session.logon_guid}].push_back(i);
        }
        for (const auto& [unused, sessions] : by_ticket) {
            std::vector<std::pair<std::uint32_t, const Session*>> known;
            for (const std::uint32_t i : sessions)
                if (const Link* link = linking_.links.to(i); link && link->strength >= Strength::Strong) known.emplace_back(link->from, &linking_.session(i));
            if (known.empty()) continue;
            for (const std::uint32_t i : sessions) {
                if (linking_.links.to(i)) continue;
                linking_.links.add({.from = known.front().first,
                                    .to = i,
                                    .kind = kind_by_programs(i, LinkKind::NetworkLogon),
                                    .strength = Strength::Probable,
                                    .reason = "the same service ticket as another logon from this session",
                                    .evidence = {evidence_of(linking_.session(i), 4624), evidence_of(*known.front().second, 4624)}});
            }
        }
    }

    const std::vector<HostId>& hosts_with_connections() { return hosts_of(linking_.evidence.connections, hosts_with_connections_); }
    const std::vector<HostId>& hosts_with_typed_credentials() { return hosts_of(linking_.evidence.explicit_credentials, hosts_with_typed_credentials_); }

    const std::vector<HostId>& hosts_with_sessions() {
        if (hosts_with_sessions_.empty())
            for (const Session& session : linking_.history.sessions)
                if (std::find(hosts_with_sessions_.begin(), hosts_with_sessions_.end(), session.key.host) == hosts_with_sessions_.end())
                    hosts_with_sessions_.push_back(session.key.host);
        return hosts_with_sessions_;
    }

    template <typename Row>
    static const std::vector<HostId>& hosts_of(const std::vector<Row>& rows, std::vector<HostId>& hosts) {
        if (hosts.empty())
            for (const Row& row : rows)
                if (hosts.empty() || hosts.back() != row.event.host) hosts.push_back(row.event.host);
        return hosts;
    }

    Linking& linking_;
    std::unordered_map<std::uint64_t, std::vector<const Connection*>> opened_;
    std::unordered_map<std::uint64_t, std::vector<const ShareAccess*>> share_clients_;
    std::vector<HostId> hosts_with_connections_;
    std::vector<HostId> hosts_with_typed_credentials_;
    std::vector<HostId> hosts_with_sessions_;
};

}  // namespace

void link_between_hosts(Linking& linking) { NetworkLinker(linking).run(); }

}  // namespace spoor::trails
