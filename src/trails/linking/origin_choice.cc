#include "trails/linking/origin_choice.h"

#include <algorithm>

#include "base/unicode.h"

namespace spoor::trails {
namespace {

std::string_view first_label(std::string_view name) { return name.substr(0, name.find('.')); }

/// Whoever came in over the network left his credentials behind: without delegation such a session is nobody to a third
/// host, unless its programs got others. So did he whose remote desktop was restricted: it speaks as the host itself.
bool has_credentials(const Session& session) {
    constexpr std::string_view kDelegation = "%%1840";
    if (session.restricted_admin) return false;
    return session.type != LogonType::Network || session.impersonation_level == kDelegation;
}

void take_once(std::vector<std::uint32_t>& found, const std::vector<std::uint32_t>& wanted, std::uint32_t session) {
    if (std::ranges::find(wanted, session) != wanted.end() && std::ranges::find(found, session) == found.end())
        found.push_back(session);
}

}  // namespace

/// Whether a program of the session is known that had begun by then.
bool OriginChoice::ran_programs_by(std::uint32_t session, Timestamp time) const {
    constexpr Duration kStampSpread = Duration::seconds(3);
    const std::span<const std::uint32_t> programs = linking_.index.processes_in(session);
    if (programs.empty()) return false;
    const Process& first = linking_.process(programs.front());
    return first.start.value_or(first.first_seen) <= time + kStampSpread;
}

OriginChoice::Sessions OriginChoice::others_with_programs(const Sessions& known, const Session& logon,
                                                          Timestamp time) const {
    constexpr Duration kTolerance = Duration::seconds(2);
    const HostId client = linking_.session(known.front()).key.host;
    Sessions others =
        linking_.index.sessions_of(client, logon.user, Index::Rank::NetworkWithPrograms, time + kTolerance);
    std::erase_if(others, [&](std::uint32_t i) {
        const Session& session = linking_.session(i);
        return session.key == logon.key || !alive_at(session, time, kTolerance) || !ran_programs_by(i, time) ||
               std::ranges::find(known, i) != known.end();
    });
    return others;
}

Chosen OriginChoice::among(Sessions from, const Session& logon, Timestamp time, LinkKind kind) const {
    if (from.empty()) return {};
    const std::uint32_t twin = from.size() == 1 ? linking_.index.twin(from.front()) : kNobody;
    // Either half may have asked if programs ran in both by then.
    const bool either_half = twin != kNobody && linking_.session(twin).process_count != 0 &&
                             (ran_programs_by(twin, time) || !ran_programs_by(from.front(), time));
    const Sessions others = others_with_programs(from, logon, time);
    // That nobody else was there is known only where the client's logs tell of that time.
    if (from.size() == 1 && !either_half && others.empty() && has_credentials(linking_.session(from.front())) &&
        linking_.logs_reach(linking_.session(from.front()).key.host, time))
        return {std::move(from), Strength::Strong};
    from.insert(from.end(), others.begin(), others.end());
    Sessions all = from;
    for (const std::uint32_t session : from)
        if (const std::uint32_t half = linking_.index.twin(session);
            half != kNobody && std::ranges::find(all, half) == all.end())
            all.push_back(half);
    const HostId server = logon.key.host;
    if (const Sessions called = that_called(all, logon, time); called.size() == 1) return {called, Strength::Strong};
    if (kind != LinkKind::Smb && kind != LinkKind::Ldap)
        if (const Sessions asked = that_asked_wmi(all, logon); asked.size() == 1) return {asked, Strength::Strong};
    if (const Sessions named = that_name(all, server, time); named.size() == 1) return {named, Strength::Strong};
    if (const Sessions reached = that_reach(all, server, time); reached.size() == 1) return {reached, Strength::Strong};
    return {std::move(from), Strength::Probable};
}

/// Those for which the client's SMB and NTLM say that they dealt with the server.
OriginChoice::Sessions OriginChoice::that_called(const Sessions& sessions, const Session& logon, Timestamp time) const {
    Sessions found;
    const HostId client = linking_.session(sessions.front()).key.host;
    for (const RemoteCall* call : signs_.calls_by_session(logon, client, time)) {
        std::uint32_t session = linking_.index.session(client, call->session, call->event.time);
        if (call->session == LogonId::none()) {
            const std::uint32_t p = linking_.index.process(client, call->process, call->event.time);
            if (p != kNobody && linking_.process(p).session_strength >= Strength::Strong)
                session = linking_.process(p).session;
        }
        take_once(found, sessions, session);
    }
    return found;
}

/// Those whose programs the server's WMI names.
OriginChoice::Sessions OriginChoice::that_asked_wmi(const Sessions& sessions, const Session& logon) const {
    Sessions found;
    for (const ClientSigns::Asker& asker : signs_.wmi_askers(logon))
        if (linking_.process(asker.process).session_strength >= Strength::Strong)
            take_once(found, sessions, linking_.process(asker.process).session);
    return found;
}

/// Those in which a program was just started whose command line names the server.
OriginChoice::Sessions OriginChoice::that_name(const Sessions& sessions, HostId server, Timestamp time) const {
    Sessions found;
    const std::string name = fold_case(first_label(linking_.catalog.host_full_name(server)));
    for (const std::uint32_t session : sessions)
        if (!programs_that_name(linking_, session, name, time).empty()) take_once(found, sessions, session);
    return found;
}

/// Those whose own programs connected to the server around that time.
OriginChoice::Sessions OriginChoice::that_reach(const Sessions& sessions, HostId server, Timestamp time) const {
    constexpr Duration kAround = Duration::seconds(10 * 60);
    Sessions found;
    const HostId client = linking_.session(sessions.front()).key.host;
    for (const Connection& other :
         rows_between(linking_.evidence.connections, client, time - kAround, time + kAround)) {
        if (!other.initiated || owner_of(other) != Owner::Program || other.destination.address.is_loopback()) continue;
        const std::vector<HostId> hosts = linking_.addresses.hosts_at(other.destination.address, time);
        if (std::find(hosts.begin(), hosts.end(), server) == hosts.end()) continue;
        const std::uint32_t p = linking_.index.process(client, other.process, other.event.time);
        if (p == kNobody) continue;
        take_once(found, sessions, linking_.process(p).session);
    }
    return found;
}

}  // namespace spoor::trails
