// Desktops that change hands: unlocking, reconnecting, the network check before a remote desktop, and taking over.
#include <algorithm>

#include "base/unicode.h"
#include "trails/linking/linking.h"

namespace spoor::trails {
namespace {

/// Unlocking and reconnecting check the password in a session of their own, which is thrown away; the user goes on in
/// the old one.
void link_station_changes(Linking& linking) {
    for (const StationChange& change : linking.evidence.station_changes) {
        if (change.kind != Kind::WorkstationUnlocked && change.kind != Kind::SessionReconnected) continue;
        const std::uint32_t resumed = linking.index.session(change.event.host, change.session, change.event.time);
        if (resumed == kNobody) continue;
        const auto client = IpAddress::parse(change.address);
        const bool at_the_console = equals_ignoring_ascii_case(change.address, "LOCAL");
        std::uint32_t network_check = kNobody;
        for (const std::uint32_t i :
             linking.index.sessions_between(change.event.host, change.event.time - Duration::seconds(30),
                                            change.event.time + Duration::seconds(5))) {
            const Session& check = linking.session(i);
            if (i == resumed || check.origin != Origin::Logged || !check.start ||
                !acts_for(check, linking.session(resumed).user))
                continue;
            // Of a pair the half with full rights; who has no such rights has no pair.
            const bool unlock = (check.type == LogonType::Unlock || check.type == LogonType::CachedUnlock) &&
                                (check.elevated.value_or(true) || linking.index.twin(i) == kNobody);
            if (change.kind == Kind::WorkstationUnlocked && unlock &&
                within(*check.start, change.event.time, Duration::seconds(5), Duration::seconds(5)))
                linking.links.add({.from = i,
                                   .to = resumed,
                                   .kind = LinkKind::Unlock,
                                   .strength = Strength::Strong,
                                   .reason = "the same user's password check in the same seconds",
                                   .evidence = {change.event, evidence_of(check, 4624)}});
            // The last network logon of the client before the reconnect is its check; earlier ones had their own ends.
            const bool network = check.type == LogonType::Network && check.source_address && check.source_port == 0;
            if (network && !at_the_console && *check.start <= change.event.time + Duration::seconds(2) &&
                (!client || *client == *check.source_address))
                network_check = i;
        }
        if (change.kind != Kind::SessionReconnected || network_check == kNobody) continue;
        linking.desktop_checks[network_check] = {resumed, change.event};
        linking.links.add({.from = resumed,
                           .to = network_check,
                           .kind = LinkKind::RdpReconnect,
                           .strength = Strength::Strong,
                           .reason = "the client's network check before the reconnect",
                           .evidence = {change.event, evidence_of(linking.session(network_check), 4624)}});
    }
}

/// Remote desktop checks the user over the network first (NLA): a network session that precedes the desktop's. Its
/// logon names no port; one that does may be the use of a share.
void link_nla(Linking& linking) {
    for (std::uint32_t i = 0; i < linking.history.sessions.size(); ++i) {
        const Session& desktop = linking.session(i);
        if (desktop.type != LogonType::RemoteInteractive || !desktop.start || !desktop.source_address) continue;
        if (linking.index.twin(i) != kNobody && !desktop.elevated.value_or(true)) continue;
        std::uint32_t nearest = kNobody;
        for (const std::uint32_t n : linking.index.sessions_between(
                 desktop.key.host, *desktop.start - Duration::seconds(30), *desktop.start + Duration::seconds(1))) {
            const Session& check = linking.session(n);
            if (check.type != LogonType::Network || !check.start || check.source_address != desktop.source_address)
                continue;
            if (check.key.boot != desktop.key.boot || !acts_for(check, desktop.user)) continue;
            const auto likeliness = [](const Session& each) { return std::pair(each.source_port == 0, *each.start); };
            if (nearest == kNobody || likeliness(check) > likeliness(linking.session(nearest))) nearest = n;
        }
        if (nearest == kNobody) continue;
        linking.desktop_checks.try_emplace(nearest);
        linking.links.add(
            {.from = nearest,
             .to = i,
             .kind = LinkKind::RdpNla,
             .strength = linking.session(nearest).source_port == 0 ? Strength::Strong : Strength::Probable,
             .reason = "same user and client, within 30 seconds",
             .evidence = {evidence_of(linking.session(nearest), 4624), evidence_of(desktop, 4624)}});
    }
}

/// The session with that terminal session number at that time: the half that programs run in.
std::uint32_t session_at_terminal(const Linking& linking, HostId host, std::uint32_t terminal, Timestamp time) {
    std::uint32_t found = kNobody;
    for (const std::uint32_t i : linking.index.sessions_on(host)) {
        const Session& session = linking.session(i);
        if (session.terminal_session != terminal || is_systems_own(session) ||
            Index::rank(session) != Index::Rank::Person)
            continue;
        if (session.virtual_account || !alive_at(session, time, Duration::seconds(2))) continue;
        found = working_half(linking, i);
    }
    return found;
}

/// The program that asked for a desktop to be handed over, in the seconds before.
std::uint32_t hand_over_program(const Linking& linking, HostId host, Timestamp time) {
    std::uint32_t found = kNobody;
    for (const std::uint32_t p :
         linking.index.processes_between(host, time - Duration::seconds(30), time + Duration::seconds(2)))
        if (image_name(linking.process(p).image) == "tscon.exe") found = p;
    return found;
}

/// One session's place in front of a screen went to another: LocalSessionManager 39 names both, tscon's own session
/// names who wanted it where that record is missing.
void link_takeovers(Linking& linking) {
    const auto add = [&](std::uint32_t by, std::uint32_t program, std::uint32_t taken, Strength strength,
                         std::string_view reason, std::vector<EventRef> evidence) {
        if (by == kNobody || taken == kNobody || by == taken || by == linking.index.twin(taken)) return;
        linking.links.add({.from = by,
                           .to = taken,
                           .kind = LinkKind::RdpTakenOver,
                           .strength = strength,
                           .process = program,
                           .reason = reason,
                           .evidence = std::move(evidence)});
    };
    for (const StationChange& change : linking.evidence.station_changes) {
        if (change.kind != Kind::SessionReconnected) continue;
        const std::uint32_t taken = linking.index.session(change.event.host, change.session, change.event.time);
        const std::uint32_t program = hand_over_program(linking, change.event.host, change.event.time);
        if (taken == kNobody || program == kNobody) continue;
        // Whoever's desktop was put aside in the same seconds sits in front of the other now.
        std::uint32_t aside = kNobody;
        for (const StationChange& other :
             rows_between(linking.evidence.station_changes, change.event.host, change.event.time - Duration::seconds(5),
                          change.event.time + Duration::seconds(5)))
            if (other.kind == Kind::SessionDisconnected && other.session != change.session)
                aside = linking.index.session(other.event.host, other.session, other.event.time);
        if (aside != kNobody)
            add(aside, program, taken, Strength::Strong, "tscon put this desktop aside for the other",
                {change.event, start_of(linking.process(program))});
        else
            add(linking.process(program).session, program, taken, Strength::Strong,
                "tscon of this session asked for the desktop", {change.event, start_of(linking.process(program))});
    }
    for (const Takeover& takeover : linking.evidence.takeovers) {
        if (takeover.by == takeover.terminal) continue;
        add(session_at_terminal(linking, takeover.event.host, takeover.by, takeover.event.time), kNobody,
            session_at_terminal(linking, takeover.event.host, takeover.terminal, takeover.event.time), Strength::Strong,
            "its terminal session disconnected the other one", {takeover.event});
    }
}

}  // namespace

void link_stations(Linking& linking) {
    link_station_changes(linking);
    link_nla(linking);
    link_takeovers(linking);
}

}  // namespace spoor::trails
