// What follows from the links between hosts: other logons with the same ticket, programs that an activated object of
// the desktop's shell started, desktops that changed hands.
#include <algorithm>
#include <tuple>
#include <vector>

#include "trails/linking/linking.h"

namespace spoor::trails {
namespace {

/// Network logons on one host with one LogonGuid were made with one ticket, by one session of the client.
void link_tickets_shared(Linking& linking) {
    // A busy server has a million such logons, nearly all with tickets of their own: sorted, not each in a list.
    std::vector<std::tuple<HostId, Guid, std::uint32_t>> logons;
    for (std::uint32_t i = 0; i < linking.history.sessions.size(); ++i) {
        const Session& session = linking.session(i);
        if (session.type == LogonType::Network && !session.logon_guid.is_zero() && !session.user.name.ends_with('$'))
            logons.emplace_back(session.key.host, session.logon_guid, i);
    }
    std::ranges::sort(logons);
    const auto same_ticket = [](const auto& a, const auto& b) {
        return std::get<HostId>(a) == std::get<HostId>(b) && std::get<Guid>(a) == std::get<Guid>(b);
    };
    std::vector<std::uint32_t> sessions;  // of one ticket
    for (std::size_t first = 0, end = 0; first < logons.size(); first = end) {
        sessions.clear();
        for (; end < logons.size() && same_ticket(logons[first], logons[end]); ++end)
            sessions.push_back(std::get<std::uint32_t>(logons[end]));
        if (sessions.size() < 2) continue;
        std::vector<std::pair<std::uint32_t, const Session*>> known;
        Strength surest = Strength::Weak;
        for (const std::uint32_t i : sessions)
            if (const Link* link = linking.links.to(i); link && link->strength >= Strength::Probable) {
                known.emplace_back(link->from, &linking.session(i));
                surest = std::max(surest, link->strength);
            }
        if (known.empty()) continue;
        const auto& [origin, of] = known.front();
        const bool agreed = std::ranges::all_of(known, [&](const auto& one) { return one.first == origin; });
        for (const std::uint32_t i : sessions) {
            if (linking.links.to(i)) continue;
            const bool same_client = linking.session(i).source_address == of->source_address;
            const Strength most = agreed && same_client ? Strength::Strong : Strength::Probable;
            linking.links.add({.from = origin,
                               .to = i,
                               .kind = kind_by_programs(linking, i, LinkKind::NetworkLogon),
                               .strength = std::min(most, surest),
                               .reason = "the same service ticket as another logon from this session",
                               .evidence = {evidence_of(linking.session(i), 4624), evidence_of(*of, 4624)}});
        }
    }
}

/// An object of the desktop's own shell (ShellWindows, ShellBrowserWindow) starts programs in the session of
/// whoever sits there. A program that the shell started in the very seconds in which somebody activated an object
/// from another host may be that one's.
void link_shell_windows(Linking& linking) {
    constexpr Duration kActivationTakes = Duration::seconds(3);
    const History& history = linking.history;
    for (std::uint32_t i = 0; i < history.sessions.size(); ++i) {
        const Session& session = history.sessions[i];
        if (session.type != LogonType::Network || session.process_count != 0 || !session.start) continue;
        const Link* link = linking.links.to(i);
        if (!link || link->kind != LinkKind::Dcom || link->strength < Strength::Strong) continue;
        if (linking.session(link->from).key.host == session.key.host) continue;
        const Timestamp activated = *session.start;
        for (const std::uint32_t p :
             linking.index.processes_between(session.key.host, activated, activated + kActivationTakes)) {
            const Process& process = history.processes[p];
            if (process.session == kNobody || process.session == i ||
                image_name(process.parent_image) != "explorer.exe")
                continue;
            linking.links.add({.from = i,
                               .to = process.session,
                               .kind = LinkKind::Dcom,
                               .strength = Strength::Probable,
                               .to_process = p,
                               .reason = "the desktop's shell started it just as this session activated an object",
                               .evidence = {evidence_of(session, 4624), start_of(process)}});
        }
    }
}

/// A desktop that one person's client opened and another's reconnected to, by the same account, changed hands.
void link_reconnects_by_others(Linking& linking) {
    const auto client_of = [&](std::uint32_t session) {
        return session == kNobody ? nullptr : linking.links.to(session, LinkKind::RdpHop);
    };
    for (const auto& [check, desktop] : linking.desktop_checks) {
        if (desktop.resumed == kNobody) continue;
        const Link* const opened =
            client_of(desktop.resumed) ? client_of(desktop.resumed) : client_of(linking.index.twin(desktop.resumed));
        const Link* const resumed = client_of(check);
        if (!opened || !resumed || opened->strength < Strength::Strong || resumed->strength < Strength::Strong ||
            acts_for(linking.session(resumed->from), linking.session(opened->from).user))
            continue;
        linking.links.add({.from = resumed->from,
                           .to = desktop.resumed,
                           .kind = LinkKind::RdpTakenOver,
                           .strength = Strength::Probable,
                           .process = resumed->process,
                           .reason = "a remote desktop client of another user reconnected to it",
                           .evidence = {desktop.reconnect, evidence_of(linking.session(check), 4624)}});
    }
}

}  // namespace

void link_what_follows(Linking& linking) {
    link_tickets_shared(linking);
    link_shell_windows(linking);
    link_reconnects_by_others(linking);
}

}  // namespace spoor::trails
