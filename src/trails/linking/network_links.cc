// Links between hosts: from the session on the client to the network session that it got on the server.
//
// The address and port that a logon names are those of one connection, and whoever opened it on the client is the
// origin: an ordinary program's own session, for certain. Where the owner is a proxy (the SMB redirector in System,
// RPCSS, LSA), or where no connection was recorded, the sessions of that user on the client are candidates: one is a
// strong link, several are probable ones. WinRM names no address at all: there, the credentials that were typed on the
// client (4648) or its connection to port 5985 in the same seconds take the place of the port. Remote desktop and ssh
// leave out the port, which the server's own record of the connection has.
#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "base/unicode.h"
#include "trails/linking/call_sources.h"
#include "trails/linking/origin_choice.h"

namespace spoor::trails {
namespace {

constexpr Duration kAtOnce = Duration::seconds(2);
constexpr std::size_t kMostCandidates = 4;
constexpr std::uint16_t kNtlmAtClient = 8001;

bool is_machine_account(const Session& session) { return session.user.name.ends_with('$'); }
bool is_anonymous(const Session& session) { return session.user.sid == Sid::parse("S-1-5-7").value_or(Sid{}); }
bool is_by_ssh(const Session& session) {
    return trimmed(session.logon_process).starts_with("sshd") || image_name(session.logon_image).starts_with("sshd");
}

bool names_its_client(const Session& session) {
    return session.source_address && !session.source_address->is_loopback() && session.source_port != 0;
}

bool came_over_the_network(const Session& session) {
    // Without its logon a session may still be known by the shares that it used.
    if (session.origin != Origin::Logged)
        return session.origin == Origin::Inferred && session.type == LogonType::Network;
    // A logon that a local session asked for has its origin in that session; but sshd asks for all who come in by it,
    // and so does a server that checks its clients' passwords itself (LDAP's simple bind).
    if (session.subject != LogonId::none() && session.type == LogonType::Network && !is_by_ssh(session) &&
        !names_its_client(session))
        return false;
    switch (session.type) {
        case LogonType::Network:
        case LogonType::NetworkCleartext:
        case LogonType::RemoteInteractive:
        case LogonType::CachedRemoteInteractive: return true;
        default: return false;
    }
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
    explicit NetworkLinker(Linking& linking)
        : linking_(linking), signs_(linking), choice_(linking, signs_), sources_(linking, signs_) {}

    void run() {
        for (std::uint32_t i = 0; i < linking_.history.sessions.size(); ++i)
            if (came_over_the_network(linking_.session(i))) link(i);
    }

private:
    void link(std::uint32_t to) {
        const Session& session = linking_.session(to);
        // Who opened the connection of a delegated logon is the service in between.
        if (const Link* link = linking_.links.to(to);
            link && link->kind == LinkKind::S4u && link->strength >= Strength::Strong)
            return;
        // Only one half of a desktop's pair is linked; the other follows from it.
        if (session.type == LogonType::RemoteInteractive && !session.elevated.value_or(true) &&
            linking_.index.twin(to) != kNobody)
            return;
        if (const auto opened = signs_.connections_of(session); !opened.empty()) {
            for (const ClientSigns::Opened& each : opened) link_by_connection(to, each, opened.size() == 1);
            return;
        }
        if (session.origin != Origin::Logged) {
            if (const ShareAccess* access = signs_.share_access(session))
                return link_by_address(to, access->client.address, LinkKind::Smb, access->event);
            return link_by_moment(to);
        }
        const bool desktop = (session.type == LogonType::RemoteInteractive && !is_by_ssh(session)) ||
                             (linking_.desktop_checks.contains(to) && session.source_port == 0);
        if (desktop && (link_by_desktop_client(to) || link_by_desktop_call(to))) return;
        if (is_by_ssh(session) && link_by_ssh_client(to)) return;
        if (session.source_address && !session.source_address->is_loopback()) {
            // Whose address it is may be told by no log, or be nobody's here (NAT): the client's own word is left then.
            if (!linking_.addresses.hosts_at(*session.source_address, beginning(session)).empty())
                return link_by_address(to, *session.source_address, kind_of(session));
            if (is_machine_account(session) || is_anonymous(session)) return;
            if (!link_by_typed_credentials(to) && !link_by_ntlm(to) && !link_by_wmi_request(to))
                link_by_workstation(to);
            return;
        }
        if (session.source_address || is_machine_account(session) || is_anonymous(session)) return;
        if (link_by_typed_credentials(to) || link_by_ntlm(to) || link_by_management_call(to) ||
            link_by_wmi_request(to) || link_by_management_port(to))
            return;
        if (const ShellRequest* request = signs_.shell_request(session))
            return link_by_address(to, request->client, LinkKind::Winrm, request->event);
        if (!link_by_ticket(to)) link_by_workstation(to);
    }

    LinkKind kind_of(const Session& session) const {
        if (is_by_ssh(session)) return LinkKind::Ssh;
        return session.type == LogonType::RemoteInteractive ? LinkKind::RdpHop : LinkKind::NetworkLogon;
    }

    /// The records that a link from a client rests on, with the ticket that the user was given for the server.
    std::vector<EventRef> evidence_for(const Session& session, std::vector<EventRef> more) const {
        std::vector<EventRef> evidence = {evidence_of(session, 4624)};
        if (evidence.front() == EventRef{} && !session.evidence.empty()) evidence.front() = session.evidence.front();
        evidence.insert(evidence.end(), more.begin(), more.end());
        if (session.source_address)
            if (const Ticket* ticket = signs_.ticket_for(session, session.source_address))
                evidence.push_back(ticket->event);
        return evidence;
    }

    /// `only`: no other host has a record of such a connection.
    void link_by_connection(std::uint32_t to, const ClientSigns::Opened& opened, bool only) {
        const Session& session = linking_.session(to);
        const Connection& connection = *opened.connection;
        const HostId client = connection.event.host;
        std::uint32_t p = linking_.index.process(client, connection.process, connection.event.time);
        const std::uint32_t own = p == kNobody ? kNobody : linking_.process(p).session;
        const bool same_host = client == session.key.host;
        LinkKind kind = kind_by_port(connection.destination.port);
        if (kind == LinkKind::NetworkLogon && is_activation(connection, session)) kind = LinkKind::Dcom;
        if (kind == LinkKind::NetworkLogon || kind == LinkKind::Dcom) kind = kind_by_programs(linking_, to, kind);
        const auto add = [&](std::uint32_t from, Strength strength, std::string_view reason, EventRef more = {}) {
            linking_.links.add({.from = from,
                                .to = to,
                                .kind = kind,
                                .strength = only ? strength : std::min(strength, Strength::Probable),
                                .process = p,
                                .reason = reason,
                                .evidence = evidence_for(session, {connection.event, opened.arrival, more})});
        };
        const Owner owner = owner_of(connection);
        const bool system_itself = is_of_host_itself(session, client);
        if (owner == Owner::Program || system_itself) {
            if (own != kNobody && (owner == Owner::Program || is_systems_own(linking_.session(own)))) {
                // A host's account talking to the host itself is its own noise.
                if (same_host && is_systems_own(linking_.session(own))) return;
                if (owner != Owner::Program)
                    if (const std::uint32_t asker = intruder_naming(session.key.host, own, connection.event.time);
                        asker != kNobody) {
                        p = asker;
                        return add(own, Strength::Strong,
                                   "the client's address and port; an intruder's program there named the server");
                    }
                return add(own, strength_of_session(linking_.process(p)),
                           "the client's address and port; its program opened the connection");
            }
            if (system_itself) return;
        }
        if (is_anonymous(session)) return;
        const auto add_all = [&](const CallSources& sources, std::string_view reason) {
            for (const CallSource& source : sources) add(source.session, strength_of(sources), reason, source.event);
            return !sources.empty();
        };
        if (add_all(sources_.people_typing(session, client),
                    "the client's address and port; credentials for this user and server were typed there") ||
            add_all(sources_.offering(session, client),
                    "the client's address and port; it offered this account to the server for this session"))
            return;
        if (owner == Owner::Rpc)
            if (const std::uint32_t sibling = rpc_sibling(connection, session); sibling != kNobody)
                return add(sibling, Strength::Strong,
                           "RPC on the client asked for it; a program of this session connected in the same seconds");
        std::vector<std::uint32_t> from = candidates(linking_, client, session.user, connection.event.time);
        std::erase(from, to);
        if (from.empty()) {
            for (const std::uint32_t namesake : namesakes_on(client, session, connection.event.time))
                add(namesake, Strength::Probable,
                    "a service of the client opened the connection; an account of the same name has a session there");
            return;
        }
        const Chosen chosen = choice_.among(std::move(from), session, connection.event.time, kind);
        for (std::size_t i = 0; i < std::min(chosen.sessions.size(), kMostCandidates); ++i)
            add(chosen.sessions[i], chosen.strength,
                chosen.strength == Strength::Strong
                    ? "a service of the client opened the connection; this is the user's only session there that fits"
                    : "a service of the client opened the connection; the user has several sessions there");
    }

    /// Whether it is a host's own account, by which its system acts; a managed service account (gMSA) is called alike,
    /// but has sessions of its own where its service runs. Another host's account was taken along from there.
    bool is_of_host_itself(const Session& session, HostId client) const {
        if (!is_machine_account(session)) return false;
        const std::string_view name = session.user.name.substr(0, session.user.name.size() - 1);
        const HostId named = linking_.host_named(name, session.key.host);
        if (named != HostId::None) return named == client;
        const Timestamp time = signs_.on_clock_of(client, session);
        return std::ranges::none_of(candidates(linking_, client, session.user, time), [&](std::uint32_t i) {
            return linking_.session(i).type == LogonType::Service || linking_.session(i).type == LogonType::Batch;
        });
    }

    /// What the system sends for its session's programs: the only one of them that is somebody's and names the server.
    std::uint32_t intruder_naming(HostId server, std::uint32_t system, Timestamp time) const {
        const std::string_view name = linking_.catalog.host_full_name(server);
        std::vector<std::uint32_t> programs =
            programs_that_name(linking_, system, fold_case(name.substr(0, name.find('.'))), time);
        std::erase_if(programs, [&](std::uint32_t p) { return !is_somebodys(linking_, p); });
        return programs.size() == 1 ? programs.front() : kNobody;
    }

    /// A local account of the server has a SID of its own there, but may have its password from the client's account
    /// of that name.
    std::vector<std::uint32_t> namesakes_on(HostId client, const Session& session, Timestamp time) const {
        if (!equals_ignoring_ascii_case(session.user.domain, linking_.catalog.host_name(session.key.host))) return {};
        std::vector<std::uint32_t> found = candidates(linking_, client, {{}, {}, session.user.name}, time);
        if (found.size() > kMostCandidates) found.resize(kMostCandidates);
        return found;
    }

    /// RPC's endpoint mapper is asked by RPCSS, but the program connects to the port it names itself. Programs of two
    /// sessions that do so at once leave it open.
    std::uint32_t rpc_sibling(const Connection& mapper, const Session& session) const {
        std::uint32_t found = kNobody;
        for (const Connection& other : rows_between(linking_.evidence.connections, mapper.event.host,
                                                    mapper.event.time - kAtOnce, mapper.event.time + kAtOnce)) {
            if (!other.initiated || other.destination.address != mapper.destination.address ||
                owner_of(other) != Owner::Program)
                continue;
            const std::uint32_t p = linking_.index.process(other.event.host, other.process, other.event.time);
            if (p == kNobody || linking_.process(p).session == kNobody ||
                linking_.process(p).session_strength < Strength::Strong)
                continue;
            const std::uint32_t own = linking_.process(p).session;
            if (!acts_for(linking_.session(own), session.user, Identity::Network)) continue;
            if (found != kNobody && found != own) return kNobody;
            found = own;
        }
        return found;
    }

    /// The mapper's port asks for no logon unless an object is to be activated: what follows it in the same seconds,
    /// from the same client to a port that was given out, is the use of that object.
    bool is_activation(const Connection& connection, const Session& session) const {
        constexpr std::uint16_t kFirstGivenOut = 1024;
        if (connection.destination.port < kFirstGivenOut) return false;
        for (const std::uint32_t i : linking_.index.sessions_between(
                 session.key.host, beginning(session) - Duration::seconds(5), beginning(session) + kAtOnce)) {
            const Session& other = linking_.session(i);
            if (other.type != LogonType::Network || other.source_address != session.source_address ||
                !acts_for(other, session.user))
                continue;
            for (const ClientSigns::Opened& opened : signs_.connections_of(other))
                if (opened.connection->destination.port == 135) return true;
        }
        return false;
    }

    /// No connection was recorded: whose address is it, and who is that user there?
    void link_by_address(std::uint32_t to, const IpAddress& address, LinkKind kind, EventRef more = {}) {
        const Session& session = linking_.session(to);
        if (is_anonymous(session)) return;
        std::vector<HostId> hosts = linking_.addresses.hosts_at(address, beginning(session));
        std::erase_if(hosts,
                      [&](HostId client) { return client == session.key.host || is_of_host_itself(session, client); });
        std::vector<std::uint32_t> from;
        for (const HostId client : hosts) {
            const CallSources sources = sources_.people_typing(session, client);
            for (const CallSource& source : sources)
                linking_.links.add(
                    {.from = source.session,
                     .to = to,
                     .kind = kind,
                     .strength = strength_of(sources),
                     .reason = "the client's address; credentials for this user and server were typed there",
                     .evidence = evidence_for(session, {more, source.event})});
            if (!sources.empty()) return;
            for (const std::uint32_t candidate :
                 candidates(linking_, client, session.user, signs_.on_clock_of(client, session)))
                from.push_back(candidate);
        }
        std::erase(from, to);
        if (hosts.size() == 1) return link_from_place(to, std::move(from), hosts.front(), address, kind, more);
        const std::string_view reason = from.size() > 1
                                            ? "the client's address; one of the user's sessions there"
                                            : "several hosts had the client's address; the user's only session there";
        add_candidates(to, from, kind, Strength::Probable, reason, more);
    }

    /// `from`: the user's sessions on the one host that is known to have had the client's address.
    void link_from_place(std::uint32_t to, std::vector<std::uint32_t> from, HostId client, const IpAddress& address,
                         LinkKind kind, EventRef more) {
        const Session& session = linking_.session(to);
        const Timestamp time = signs_.on_clock_of(client, session);
        if (from.empty())
            return add_candidates(to, namesakes_on(client, session, time), kind, Strength::Probable,
                                  "the client's address; an account of the same name has a session there", more);
        const Chosen chosen = choice_.among(std::move(from), session, time, kind);
        if (chosen.strength == Strength::Strong && (linking_.addresses.has_left(address, client, beginning(session)) ||
                                                    !linking_.addresses.is_still(address, client, beginning(session))))
            return add_candidates(to, chosen.sessions, kind, Strength::Probable,
                                  "the client's address, which it had at another time; the user's only session there",
                                  more);
        const std::string_view reason =
            chosen.sessions.size() > 1            ? "the client's address; one of the user's sessions there"
            : chosen.strength == Strength::Strong ? "the client's address; the user's only session there that fits"
                                                  : "the client's address; either half of the user's session there";
        add_candidates(to, chosen.sessions, kind, chosen.strength, reason, more);
    }

    void add_candidates(std::uint32_t to, const std::vector<std::uint32_t>& from, LinkKind kind, Strength strength,
                        std::string_view reason, EventRef more) {
        for (std::size_t i = 0; i < std::min(from.size(), kMostCandidates); ++i)
            linking_.links.add({.from = from[i],
                                .to = to,
                                .kind = kind,
                                .strength = strength,
                                .reason = reason,
                                .evidence = evidence_for(linking_.session(to), {more})});
    }

    /// Remote desktop leaves the port out of its logon: the client program's connection to port 3389 stands for it.
    bool link_by_desktop_client(std::uint32_t to) {
        return link_by_program(to, 3389, LinkKind::RdpHop,
                               "a remote desktop client of this session connected to the host");
    }

    /// So does sshd, and Linux's audit on the client knows no port either.
    bool link_by_ssh_client(std::uint32_t to) {
        return link_by_program(to, 22, LinkKind::Ssh, "an ssh client of this session connected to the host");
    }

    /// A program's connection from the logon's address to that port: the last before the logon. Another one just before
    /// that may be the one as well.
    bool link_by_program(std::uint32_t to, std::uint16_t port, LinkKind kind, std::string_view reason) {
        constexpr Duration kBefore = Duration::seconds(120);
        constexpr Duration kAfter = Duration::seconds(30);
        const Session& session = linking_.session(to);
        if (!session.source_address) return false;
        for (const HostId client : linking_.addresses.hosts_at(*session.source_address, beginning(session))) {
            if (client == session.key.host) continue;
            const Timestamp expected = signs_.on_clock_of(client, session);
            CallSources clients;
            bool to_known_address = false;
            for (const Connection& connection :
                 rows_between(linking_.evidence.connections, client, expected - kBefore, expected + kAfter)) {
                if (connection.destination.port != port || owner_of(connection) != Owner::Program) continue;
                if (!linking_.addresses.may_be(connection.destination.address, session.key.host, connection.event.time))
                    continue;
                // What went to an address that is known to be the host's counts before what may have been one of its.
                const std::vector<HostId> hosts =
                    linking_.addresses.hosts_at(connection.destination.address, connection.event.time);
                const bool is_known = std::ranges::find(hosts, session.key.host) != hosts.end();
                if (is_known && !std::exchange(to_known_address, true)) clients.clear();
                if (!is_known && to_known_address) continue;
                // One after the logon only where there is none before.
                if (!clients.empty() && connection.event.time > expected + kAtOnce) continue;
                const std::uint32_t p = linking_.index.process(client, connection.process, connection.event.time);
                if (p != kNobody && linking_.process(p).session != kNobody)
                    clients.push_back({linking_.process(p).session, p, connection.event});
            }
            std::ranges::reverse(clients);
            if (link_clients(to, std::move(clients), kind, reason)) return true;
        }
        return false;
    }

    /// `clients`: the likeliest first. Where credentials for this logon were typed says more than the time does, and so
    /// does the user.
    bool link_clients(std::uint32_t to, CallSources clients, LinkKind kind, std::string_view reason) {
        constexpr Duration kCompeting = Duration::seconds(30);
        if (clients.size() > 1) {
            const CallSources typists = sources_.people_typing(linking_.session(to), HostId::None);
            const auto typed = [&](const CallSource& client) {
                return std::ranges::find(typists, client.session, &CallSource::session) != typists.end();
            };
            if (!keep_those(clients, typed)) keep_users_own(clients, linking_.session(to));
        }
        CallSources sources;
        for (const CallSource& client : clients)
            if (within(client.event.time, clients.front().event.time, kCompeting, kCompeting))
                add_once(sources, client);
        return add_calls(to, kind, sources, Told::ByProgram, reason);
    }

    bool link_by_desktop_call(std::uint32_t to) {
        return link_clients(to,
                            sources_.callers(linking_.session(to), Kind::RemoteDesktopClient, Duration::seconds(120)),
                            LinkKind::RdpHop, "a remote desktop client of this session called the host");
    }

    /// What a record at the client names: the session itself, or a program, which makes nothing surer than the
    /// program's session is.
    enum class Told : bool { BySession, ByProgram };

    bool add_calls(std::uint32_t to, LinkKind kind, const CallSources& sources, Told told, std::string_view reason,
                   Strength most = Strength::Certain) {
        for (const CallSource& source : sources) {
            const Strength alone = told == Told::ByProgram ? sources_.strength_of(source) : Strength::Certain;
            linking_.links.add({.from = source.session,
                                .to = to,
                                .kind = kind,
                                .strength = std::min({strength_of(sources), alone, most}),
                                .process = source.process,
                                .reason = reason,
                                .evidence = evidence_for(linking_.session(to), {source.event})});
        }
        return !sources.empty();
    }

    /// Where WinRM calls of several sessions are as near, that of the logon's user is the one. Another user's call says
    /// of a logon without an address only that it may be the one.
    bool link_by_management_call(std::uint32_t to) {
        CallSources sources = sources_.callers(linking_.session(to), Kind::WinrmClient, Duration::seconds(5));
        const bool users = keep_users_own(sources, linking_.session(to));
        return add_calls(to, LinkKind::Winrm, sources, Told::ByProgram,
                         "a program of this session opened remote management of the host",
                         users ? Strength::Certain : Strength::Probable);
    }

    template <typename Fits>
    static bool keep_those(CallSources& sources, const Fits& fits) {
        if (!std::ranges::any_of(sources, fits)) return false;
        std::erase_if(sources, std::not_fn(fits));
        return true;
    }

    /// Of several sources those whose session acts for the logon's user; false where none does, and all are left.
    bool keep_users_own(CallSources& sources, const Session& logon) const {
        return keep_those(sources, [&](const CallSource& source) {
            return acts_for(linking_.session(source.session), logon.user, Identity::Network);
        });
    }

    /// The client's own record of NTLM says for which of its sessions it offered this account to this server.
    bool link_by_ntlm(std::uint32_t to) {
        const Session& session = linking_.session(to);
        CallSources sources = sources_.offering(session, HostId::None);
        // SMB's records are of sessions that failed.
        std::erase_if(sources, [](const CallSource& source) { return source.event.event_id != kNtlmAtClient; });
        return add_calls(to, kind_by_programs(linking_, to, LinkKind::NetworkLogon), sources, Told::BySession,
                         "the client offered this account to the server for this session by NTLM");
    }

    /// WMI's record of a request names the client and the number that the asking process has there.
    bool link_by_wmi_request(std::uint32_t to) {
        const Session& session = linking_.session(to);
        const std::vector<ClientSigns::Asker> askers = signs_.wmi_askers(session);
        for (const ClientSigns::Asker& asker : askers) {
            const Process& process = linking_.process(asker.process);
            const bool sure = askers.size() == 1 && acts_for(linking_.session(process.session), session.user);
            linking_.links.add(
                {.from = process.session,
                 .to = to,
                 .kind = LinkKind::Wmi,
                 .strength = std::min(sure ? Strength::Strong : Strength::Probable, strength_of_session(process)),
                 .process = asker.process,
                 .reason = "WMI's record of the request names this session's program at the client",
                 .evidence = evidence_for(session, {asker.event})});
        }
        return !askers.empty();
    }

    /// 4648 on the client names the server and the user; WinRM's logons have no address to go by.
    bool link_by_typed_credentials(std::uint32_t to) {
        const Session& session = linking_.session(to);
        const std::vector<const ExplicitCredentials*> typed = signs_.credentials_for(session, HostId::None);
        const CallSources sources = sources_.typists(session, HostId::None);
        const bool winrm =
            !typed.empty() && (equals_ignoring_ascii_case(typed.front()->service.substr(0, 5), "HTTP/") ||
                               equals_ignoring_ascii_case(typed.front()->service.substr(0, 6), "WSMAN/"));
        return add_calls(to, winrm ? LinkKind::Winrm : LinkKind::NetworkLogon, sources, Told::BySession,
                         "credentials for this user and server were used in the same seconds");
    }

    /// Without its logon a session has neither address nor port, but the second in which it began and its programs may
    /// be known: whoever called the host just then.
    void link_by_moment(std::uint32_t to) {
        const Session& session = linking_.session(to);
        const LinkKind kind = kind_by_programs(linking_, to, LinkKind::NetworkLogon);
        if (!session.start || kind == LinkKind::NetworkLogon || link_by_typed_credentials(to)) return;
        if (kind == LinkKind::Winrm)
            link_by_management_call(to) || link_by_management_port(to);
        else
            link_by_wmi_request(to) || link_by_object_call(to, kind);
    }

    /// A program's connection to a port that the server's mapper gave out: surely the user's own, where it is one.
    bool link_by_object_call(std::uint32_t to, LinkKind kind) {
        constexpr Duration kAround = Duration::seconds(3);
        const Session& session = linking_.session(to);
        CallSources sources;
        for (const Connection* connection : signs_.connections_to(session, kAround)) {
            const std::uint16_t port = connection->destination.port;
            if (owner_of(*connection) != Owner::Program || port <= 1024 || kind_by_port(port) != LinkKind::NetworkLogon)
                continue;
            const std::uint32_t p =
                linking_.index.process(connection->event.host, connection->process, connection->event.time);
            if (p != kNobody) add_once(sources, {linking_.process(p).session, p, connection->event});
        }
        const bool users = keep_users_own(sources, session);
        return add_calls(to, kind, sources, Told::ByProgram, "a program of this session called the host as it began",
                         users ? Strength::Strong : Strength::Probable);
    }

    /// A connection to the management port says nothing of who logged on: only where the program's session acts for
    /// that user, and no other does so, it is more than probable.
    bool link_by_management_port(std::uint32_t to) {
        const Session& session = linking_.session(to);
        struct Caller {
            std::uint32_t session;
            std::uint32_t process;
            EventRef evidence;
        };
        std::vector<Caller> callers;
        for (const Connection* connection : signs_.management_connections(session)) {
            const std::uint32_t p =
                linking_.index.process(connection->event.host, connection->process, connection->event.time);
            if (p == kNobody || linking_.process(p).session == kNobody) continue;
            const std::uint32_t from = linking_.process(p).session;
            if (std::ranges::find(callers, from, &Caller::session) == callers.end())
                callers.push_back({from, p, connection->event});
        }
        const auto is_user = [&](const Caller& caller) {
            return acts_for(linking_.session(caller.session), session.user, Identity::Network);
        };
        if (std::ranges::any_of(callers, is_user)) std::erase_if(callers, std::not_fn(is_user));
        for (const Caller& caller : callers) {
            const bool sure = callers.size() == 1 && is_user(caller);
            linking_.links.add(
                {.from = caller.session,
                 .to = to,
                 .kind = LinkKind::Winrm,
                 .strength = std::min(sure ? Strength::Strong : Strength::Probable,
                                      strength_of_session(linking_.process(caller.process))),
                 .process = caller.process,
                 .reason = "a program of this session connected to the host's management port in the same seconds",
                 .evidence = evidence_for(session, {caller.evidence})});
        }
        return !callers.empty();
    }

    /// No address at all, but the controller gave this user a ticket for this server just then, and says to whom.
    bool link_by_ticket(std::uint32_t to) {
        const Session& session = linking_.session(to);
        const Ticket* ticket = signs_.ticket_for(session, std::nullopt);
        if (!ticket) return false;
        std::vector<std::uint32_t> from;
        for (const HostId client : linking_.addresses.hosts_at(ticket->client.address, ticket->event.time))
            if (client != session.key.host)
                for (const std::uint32_t candidate :
                     candidates(linking_, client, session.user, signs_.on_clock_of(client, session)))
                    from.push_back(candidate);
        for (std::size_t i = 0; i < std::min(from.size(), kMostCandidates); ++i)
            linking_.links.add(
                {.from = from[i],
                 .to = to,
                 .kind = kind_by_programs(linking_, to, LinkKind::NetworkLogon),
                 .strength = Strength::Probable,
                 .reason = "a ticket for this user and server was given to this host in the same seconds",
                 .evidence = evidence_for(session, {ticket->event})});
        return !from.empty();
    }

    /// NTLM carries the client's own word for its name.
    void link_by_workstation(std::uint32_t to) {
        const Session& session = linking_.session(to);
        const HostId client = linking_.host_named(session.workstation, session.key.host);
        if (client == HostId::None || client == session.key.host) return;
        for (const std::uint32_t from : candidates(linking_, client, session.user, signs_.on_clock_of(client, session)))
            linking_.links.add({.from = from,
                                .to = to,
                                .kind = kind_of(session),
                                .strength = Strength::Probable,
                                .reason = "the client named itself so, and the user has a session there",
                                .evidence = evidence_for(session, {})});
    }

    Linking& linking_;
    ClientSigns signs_;
    OriginChoice choice_;
    CallSourceFinder sources_;
};

}  // namespace

void link_between_hosts(Linking& linking) { NetworkLinker(linking).run(); }

}  // namespace spoor::trails
