#include "trails/linking/client_signs.h"

#include <algorithm>

#include "base/hash.h"
#include "base/unicode.h"

namespace spoor::trails {
namespace {

// A session may be set up some time after its connection; Sysmon writes the connection a second or two after the logon.
constexpr Duration kConnectionBefore = Duration::seconds(120);
constexpr Duration kConnectionAfter = Duration::seconds(30);

Duration apart(Timestamp a, Timestamp b) { return a > b ? a - b : b - a; }

std::uint64_t name_key(std::string_view name) { return hash64(fold_case(name)); }
std::string_view first_label(std::string_view name) {
    return IpAddress::parse(name) ? name : name.substr(0, name.find('.'));
}

/// The rows of a list sorted by time that lie between two moments.
template <typename Row>
std::span<const Row* const> between(std::span<const Row* const> rows, Timestamp from, Timestamp until) {
    const auto first = std::lower_bound(rows.begin(), rows.end(), from,
                                        [](const Row* row, Timestamp time) { return row->event.time < time; });
    const auto last = std::upper_bound(first, rows.end(), until,
                                       [](Timestamp time, const Row* row) { return time < row->event.time; });
    return {first, last};
}

constexpr auto kTimeOf = [](const auto* row) { return row->event.time; };

std::uint64_t share_key(HostId host, LogonId session) {
    return hash_mix(static_cast<std::uint64_t>(host), session.value());
}

/// The port of the server that a session must have come in by, where its logon leaves the client's port out.
std::uint16_t entrance_of(const Session& session) {
    if (trimmed(session.logon_process).starts_with("sshd") || image_name(session.logon_image).starts_with("sshd"))
        return 22;
    if (session.type == LogonType::RemoteInteractive || session.type == LogonType::CachedRemoteInteractive) return 3389;
    return 0;
}

}  // namespace

Owner owner_of(const Connection& connection) {
    const std::string image = image_name(connection.process.image);
    if (connection.process.pid == 4 || image == "system") return Owner::Smb;
    if (image == "lsass.exe") return Owner::Lsa;
    if (image == "svchost.exe") return connection.destination.port == 135 ? Owner::Rpc : Owner::OtherService;
    return Owner::Program;
}

ClientSigns::ClientSigns(const Linking& linking) : linking_(linking) {
    const Evidence& evidence = linking.evidence;
    for (const Connection& connection : evidence.connections) {
        if (clients_.empty() || clients_.back() != connection.event.host) clients_.push_back(connection.event.host);
        opened_.add(endpoint_key(connection.source), &connection);
        if (connection.destination.port == 5985 || connection.destination.port == 5986)
            management_.push_back(&connection);
    }
    std::ranges::stable_sort(management_, {}, [](const Connection* connection) { return connection->event.time; });
    for (const ShareAccess& access : evidence.share_accesses)
        share_clients_.add(share_key(access.event.host, access.subject), &access);
    for (const ExplicitCredentials& typed : evidence.explicit_credentials)
        if (!typed.server.empty()) typed_.add(name_key(first_label(typed.server)), &typed);
    for (const RemoteCall& call : evidence.remote_calls) {
        // A server that was called by its address is listed under the names of the hosts that had it.
        const auto address = IpAddress::parse(call.server);
        if (!address)
            calls_.add(name_key(first_label(call.server)), &call);
        else
            for (const HostId host : linking.addresses.hosts_at(*address, call.event.time))
                calls_.add(name_key(first_label(linking.catalog.host_full_name(host))), &call);
    }
    for (const Ticket& ticket : evidence.tickets)
        if (ticket.kind == Kind::ServiceTicketRequested && ticket.status == 0)
            service_tickets_.add(name_key(ticket.service), &ticket);
    opened_.settle();
    share_clients_.settle();
    typed_.settle_by(kTimeOf);
    calls_.settle_by(kTimeOf);
    service_tickets_.settle_by(kTimeOf);
}

Timestamp ClientSigns::on_clock_of(HostId client, const Session& session) const {
    return beginning(session) + linking_.skew(session.key.host, client, beginning(session));
}

/// The ends that the session's connection may have on the client, the logon's own word first.
std::vector<std::pair<Endpoint, EventRef>> ClientSigns::client_ends(const Session& session) const {
    std::vector<std::pair<Endpoint, EventRef>> ends;
    if (session.source_address && session.source_port != 0)
        ends.emplace_back(Endpoint{*session.source_address, session.source_port}, EventRef{});
    for (const ShareAccess* access : share_clients_.of(share_key(session.key.host, session.key.logon_id)))
        if (access->event.host == session.key.host && access->subject == session.key.logon_id &&
            within(access->event.time, beginning(session), Duration::seconds(2), kConnectionBefore))
            ends.emplace_back(access->client, access->event);
    const std::uint16_t entrance = entrance_of(session);
    if (!ends.empty() || entrance == 0) return ends;

    // What the server accepted: sshd forks for each connection, so its process begins when the right one arrives; a
    // desktop's connection is the last before it.
    Timestamp expected = beginning(session);
    const std::uint32_t leader =
        linking_.index.process(session.key.host, {{}, session.logon_process_id, session.logon_image}, expected);
    if (entrance == 22 && leader != kNobody && linking_.process(leader).start)
        expected = *linking_.process(leader).start;
    const Arrival* best = nullptr;
    for (const Arrival& arrival :
         rows_between(linking_.evidence.arrivals, session.key.host, beginning(session) - kConnectionBefore,
                      beginning(session) + Duration::seconds(2))) {
        if (arrival.port != entrance || (session.source_address && arrival.client.address != *session.source_address))
            continue;
        if (!arrival.user.empty() && !same_account(arrival.user, session.user.name)) continue;
        if (!session.source_address && arrival.user.empty()) continue;
        if (!best || apart(arrival.event.time, expected) <= apart(best->event.time, expected)) best = &arrival;
    }
    if (best) ends.emplace_back(best->client, best->event);
    return ends;
}

const Connection* ClientSigns::opened_by(const Endpoint& client, const Session& session, HostId host) const {
    const Connection* best = nullptr;
    Duration best_distance{INT64_MAX};
    for (const Connection* connection : opened_.of(endpoint_key(client))) {
        if (connection->source != client || connection->event.host != host) continue;
        const Timestamp expected = on_clock_of(host, session);
        if (!within(connection->event.time, expected, kConnectionBefore, kConnectionAfter)) continue;
        if (!linking_.addresses.may_be(connection->destination.address, session.key.host, connection->event.time) &&
            !connection->destination.address.is_loopback())
            continue;
        const Duration distance = apart(connection->event.time, expected);
        // Sysmon loses a name now and then; a named owner beats a nameless one.
        const bool better_named =
            best && best->process.image.starts_with('<') && !connection->process.image.starts_with('<');
        const bool worse_named =
            best && !best->process.image.starts_with('<') && connection->process.image.starts_with('<');
        if (better_named || (distance < best_distance && !worse_named)) {
            best = connection;
            best_distance = distance;
        }
    }
    return best;
}

std::vector<ClientSigns::Opened> ClientSigns::connections_of(const Session& session) const {
    std::vector<Opened> found;
    for (const auto& [client, arrival] : client_ends(session)) {
        std::vector<HostId> hosts;
        for (const Connection* connection : opened_.of(endpoint_key(client)))
            // Every host has the loopback's address.
            if ((!client.address.is_loopback() || connection->event.host == session.key.host) &&
                std::find(hosts.begin(), hosts.end(), connection->event.host) == hosts.end())
                hosts.push_back(connection->event.host);
        for (const HostId host : hosts)
            if (const Connection* connection = opened_by(client, session, host)) found.push_back({connection, arrival});
        if (!found.empty()) break;
    }
    return found;
}

/// Whether a name that was used at a client means the session's host.
bool ClientSigns::calls_this(std::string_view called, HostId heard_at, const Session& session) const {
    if (IpAddress::parse(called)) return true;  // looked up when the call was listed
    const std::string_view full = linking_.catalog.host_full_name(session.key.host);
    if (called.contains('.') && full.contains('.')) return equals_ignoring_ascii_case(called, full);
    return linking_.host_named(first_label(called), heard_at) == session.key.host;
}

/// Those of the records listed under the server's name that were written elsewhere, as the session began by their own
/// host's clock, and that fit: the nearest first.
template <typename Row, typename Fits>
std::vector<const Row*> ClientSigns::near_beginning(const Grouped<const Row*>& rows, const Session& session,
                                                    Duration before, const Fits& fits) const {
    std::vector<const Row*> found;
    const std::span<const Row* const> listed =
        rows.of(name_key(first_label(linking_.catalog.host_full_name(session.key.host))));
    for (const Row* row : between(listed, beginning(session) - before - kMostSkew, beginning(session) + kMostSkew))
        if (row->event.host != session.key.host &&
            within(row->event.time, on_clock_of(row->event.host, session), before, Duration::seconds(2)) &&
            calls_this(row->server, row->event.host, session) && fits(*row))
            found.push_back(row);
    std::ranges::stable_sort(found, {}, [&](const Row* row) {
        return apart(row->event.time, on_clock_of(row->event.host, session)).nanoseconds;
    });
    return found;
}

std::vector<const ExplicitCredentials*> ClientSigns::credentials_for(const Session& session, HostId client) const {
    return near_beginning(typed_, session, Duration::seconds(5), [&](const ExplicitCredentials& typed) {
        return (client == HostId::None || typed.event.host == client) && same_account(typed.user, session.user.name);
    });
}

std::vector<const RemoteCall*> ClientSigns::calls_to(const Session& session, Kind kind, Duration before) const {
    return near_beginning(calls_, session, before, [&](const RemoteCall& call) { return call.kind == kind; });
}

std::vector<const RemoteCall*> ClientSigns::calls_with_account(const Session& session, HostId client) const {
    return near_beginning(calls_, session, Duration::seconds(5), [&](const RemoteCall& call) {
        return call.session != LogonId::none() && (client == HostId::None || call.event.host == client) &&
               offers_account(call, session);
    });
}

/// The account that was offered is the logon's; a session's own where none is named.
bool ClientSigns::offers_account(const RemoteCall& call, const Session& logon) const {
    if (!call.credentials.empty()) return same_account(call.credentials, logon.user.name);
    const std::uint32_t from = linking_.index.session(call.event.host, call.session, call.event.time);
    return from != kNobody && acts_for(linking_.session(from), logon.user, Identity::Network);
}

std::vector<const RemoteCall*> ClientSigns::calls_by_session(const Session& session, HostId client,
                                                             Timestamp time) const {
    std::vector<const RemoteCall*> found;
    const std::span<const RemoteCall* const> listed =
        calls_.of(name_key(first_label(linking_.catalog.host_full_name(session.key.host))));
    for (const RemoteCall* call : between(listed, time - Duration::seconds(10), time + Duration::seconds(3)))
        if ((call->kind == Kind::SmbClient || call->kind == Kind::NtlmAudited) && call->event.host == client &&
            calls_this(call->server, client, session))
            found.push_back(call);
    return found;
}

std::vector<ClientSigns::Asker> ClientSigns::wmi_askers(const Session& session) const {
    std::vector<Asker> found;
    for (const WmiRequest& request :
         rows_between(linking_.evidence.wmi_requests, session.key.host, beginning(session) - Duration::seconds(2),
                      beginning(session) + Duration::seconds(10))) {
        if (!same_account(request.user, session.user.name)) continue;
        const HostId client = linking_.host_named(request.client, session.key.host);
        if (client == HostId::None || client == session.key.host) continue;
        if (session.source_address && !linking_.addresses.may_be(*session.source_address, client, request.event.time))
            continue;
        const Timestamp asked = request.event.time + linking_.skew(session.key.host, client, request.event.time);
        const std::uint32_t p = linking_.index.process(client, {{}, request.client_pid, {}}, asked);
        if (p == kNobody || linking_.process(p).session == kNobody) continue;
        if (std::ranges::find(found, p, &Asker::process) == found.end()) found.push_back({p, request.event});
    }
    return found;
}

std::vector<const Connection*> ClientSigns::management_connections(const Session& session) const {
    std::vector<const Connection*> found;
    for (const Connection* connection : between(std::span<const Connection* const>(management_),
                                                beginning(session) - kMostSkew, beginning(session) + kMostSkew)) {
        if (connection->event.host == session.key.host) continue;
        if (!within(connection->event.time, on_clock_of(connection->event.host, session), Duration::seconds(3),
                    Duration::seconds(3)))
            continue;
        const std::vector<HostId> hosts =
            linking_.addresses.hosts_at(connection->destination.address, connection->event.time);
        if (std::find(hosts.begin(), hosts.end(), session.key.host) != hosts.end()) found.push_back(connection);
    }
    return found;
}

std::vector<const Connection*> ClientSigns::connections_to(const Session& session, Duration around) const {
    std::vector<const Connection*> found;
    for (const HostId client : clients_) {
        if (client == session.key.host) continue;
        const Timestamp expected = on_clock_of(client, session);
        for (const Connection& connection :
             rows_between(linking_.evidence.connections, client, expected - around, expected + around)) {
            const std::vector<HostId> hosts =
                linking_.addresses.hosts_at(connection.destination.address, connection.event.time);
            if (std::ranges::find(hosts, session.key.host) != hosts.end()) found.push_back(&connection);
        }
    }
    return found;
}

const ShareAccess* ClientSigns::share_access(const Session& session) const {
    for (const ShareAccess* access : share_clients_.of(share_key(session.key.host, session.key.logon_id)))
        if (access->event.host == session.key.host && access->subject == session.key.logon_id &&
            access->event.time >= session.first_seen && access->event.time <= session.last_seen)
            return access;
    return nullptr;
}

const ShellRequest* ClientSigns::shell_request(const Session& session) const {
    for (const ShellRequest& request :
         rows_between(linking_.evidence.shell_requests, session.key.host, beginning(session) - Duration::seconds(3),
                      beginning(session) + Duration::seconds(5)))
        if (same_account(request.user, session.user.name)) return &request;
    return nullptr;
}

const Ticket* ClientSigns::ticket_for(const Session& session, const std::optional<IpAddress>& client) const {
    const std::string account = std::string(first_label(linking_.catalog.host_full_name(session.key.host))) + "$";
    for (const Ticket* ticket : between(service_tickets_.of(name_key(account)), beginning(session) - kMostSkew,
                                        beginning(session) + kMostSkew)) {
        if (!within(ticket->event.time, on_clock_of(ticket->event.host, session), Duration::seconds(5),
                    Duration::seconds(2)))
            continue;
        if (same_account(ticket->user, session.user.name) && (!client || ticket->client.address == *client))
            return ticket;
    }
    return nullptr;
}

}  // namespace spoor::trails
