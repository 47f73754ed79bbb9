// Sessions that are new, that have no beginning, that go on after their end, or that were taken over.
#include <algorithm>
#include <map>
#include <set>

#include "base/unicode.h"
#include "findings/rules.h"
#include "model/written_as.h"

namespace spoor::findings {
namespace {

// A host whose log shows no logon for this long may have had its log elsewhere.
constexpr Duration kLongestSilence = Duration::seconds(36 * 3600);
// A desktop changes hands, and the logon that allowed it is written, within this.
constexpr Duration kBeside = Duration::seconds(60);

std::map<HostId, Coverage> logon_coverage(const Inquiry& inquiry) {
    std::map<HostId, Coverage> coverage;
    for (const Session& session : inquiry.history.sessions)
        if (session.origin == Origin::Logged && session.start)
            coverage.try_emplace(session.key.host, kLongestSilence).first->second.add(*session.start);
    for (auto& [unused, log] : coverage) log.settle();
    return coverage;
}

void find_first_logons(Inquiry& inquiry) {
    const std::map<HostId, Coverage> coverage = logon_coverage(inquiry);
    std::map<std::pair<HostId, std::string>, std::uint32_t> first;
    for (std::uint32_t i = 0; i < inquiry.history.sessions.size(); ++i) {
        const Session& session = inquiry.history.sessions[i];
        if (session.origin == Origin::WellKnown || session.user.name.empty() || session.user.name.ends_with('$'))
            continue;
        if (!session.user.sid.empty() &&
            (session.user.sid.sub_authority_count() < 2 || session.user.sid.sub_authority(0) != 21))
            continue;
        const auto [at, is_new] = first.try_emplace({session.key.host, fold_case(to_string(session.user))}, i);
        if (!is_new && trails::beginning(session) < trails::beginning(inquiry.history.sessions[at->second]))
            at->second = i;
    }
    for (const auto& [who, i] : first) {
        const Session& session = inquiry.history.sessions[i];
        const auto log = coverage.find(session.key.host);
        if (session.origin != Origin::Logged || !session.start || log == coverage.end()) continue;
        const Duration covered = *session.start - log->second.since(*session.start);
        if (covered < inquiry.settings.history_before_first) continue;
        Finding& finding =
            inquiry.add(Rule::FirstLogonOnHost, session.key.host, *session.start, *session.start,
                        fmt::format("{} logged on to {} ({}) for the first time in {}", to_string(session.user),
                                    inquiry.host_name(session.key.host), slug(session.type), to_string(covered)));
        finding.sessions.push_back(i);
        add_evidence(finding, trails::evidence_of(session, 4624));
    }
}

/// A host whose Security log has the logons before and after a session's first sign, but not its own.
void find_sessions_without_logon(Inquiry& inquiry) {
    // Neighbours this near in time show that logons were recorded just then.
    constexpr Duration kNear = Duration::seconds(3600);
    std::map<std::pair<HostId, std::uint32_t>, std::vector<std::pair<LogonId, Timestamp>>> logged;
    for (const Session& session : inquiry.history.sessions)
        if (session.origin == Origin::Logged && session.start && session.origin != Origin::WellKnown)
            logged[{session.key.host, session.key.boot}].emplace_back(session.key.logon_id, *session.start);
    for (auto& [unused, ids] : logged) std::sort(ids.begin(), ids.end());
    for (std::uint32_t i = 0; i < inquiry.history.sessions.size(); ++i) {
        const Session& session = inquiry.history.sessions[i];
        if (session.origin != Origin::Inferred || session.origin == Origin::WellKnown ||
            session.user.name.ends_with('$'))
            continue;
        const auto ids = logged.find({session.key.host, session.key.boot});
        if (ids == logged.end()) continue;
        // Logon ids grow within a boot: logons on both sides of this one show that logons were recorded at the time.
        const auto after = std::upper_bound(ids->second.begin(), ids->second.end(),
                                            std::pair(session.key.logon_id, Timestamp::latest()));
        if (after - ids->second.begin() < 3 || ids->second.end() - after < 3 ||
            after->second - (after - 1)->second > kNear)
            continue;
        Finding& finding = inquiry.add(
            Rule::SessionWithoutLogon, session.key.host, session.first_seen, session.last_seen,
            fmt::format("session {} of {} on {} has no logon, though logons before and after it were recorded",
                        logon_id_text(session), to_string(session.user), inquiry.host_name(session.key.host)));
        finding.sessions.push_back(i);
        for (const EventRef& event : session.evidence) add_evidence(finding, event);
    }
}

void find_cleared_logs(Inquiry& inquiry) {
    // One command clears all logs of a host, one record each: that is one thing to look at.
    constexpr Duration kOneGo = Duration::seconds(60);
    const auto& rows = inquiry.evidence.cleared_logs;
    for (std::size_t i = 0; i < rows.size();) {
        std::set<std::string_view> logs;
        std::size_t last = i;
        std::uint32_t session = kNobody;
        std::string_view user;
        for (std::size_t k = i; k < rows.size() && rows[k].event.host == rows[i].event.host &&
                                rows[k].event.time - rows[last].event.time <= kOneGo;
             ++k) {
            if (!user.empty() && !rows[k].user.empty() && !trails::same_account(user, rows[k].user)) break;
            last = k;
            if (user.empty()) user = rows[k].user;
            if (!rows[k].log.empty()) logs.insert(rows[k].log);
            if (session == kNobody)
                session = inquiry.index.session(rows[k].event.host, rows[k].subject, rows[k].event.time);
        }
        const std::string who = session != kNobody ? to_string(inquiry.history.sessions[session].user)
                                : user.empty()     ? "someone"
                                                   : std::string(user);
        const std::string what = logs.size() == 1 ? fmt::format("the {} log", *logs.begin())
                                                  : fmt::format("{} logs", std::max<std::size_t>(logs.size(), 1));
        Finding& finding =
            inquiry.add(Rule::LogClearedInSession, rows[i].event.host, rows[i].event.time, rows[last].event.time,
                        fmt::format("{} cleared {} of {}", who, what, inquiry.host_name(rows[i].event.host)));
        finding.count = last - i + 1;
        if (session != kNobody) finding.sessions.push_back(session);
        for (std::size_t k = i; k <= last; ++k) add_evidence(finding, rows[k].event);
        i = last + 1;
    }
}

void find_sessions_that_outlive_their_end(Inquiry& inquiry) {
    // The last records of a session are written while it is torn down.
    constexpr Duration kTearDown = Duration::seconds(60);
    for (std::uint32_t i = 0; i < inquiry.history.sessions.size(); ++i) {
        const Session& session = inquiry.history.sessions[i];
        if (!session.end || session.end_reason != EndReason::Logoff || session.last_seen - *session.end <= kTearDown)
            continue;
        Finding& finding =
            inquiry.add(Rule::SessionOutlivesItsEnd, session.key.host, *session.end, session.last_seen,
                        fmt::format("session {} of {} on {} acted {} after its logoff", logon_id_text(session),
                                    to_string(session.user), inquiry.host_name(session.key.host),
                                    to_string(session.last_seen - *session.end)));
        finding.sessions.push_back(i);
        add_evidence(finding, trails::evidence_of(session, 4634));
    }
}

/// Whether anybody logged on as the owner of a desktop around the time at which it changed hands: with the password it
/// is no hijack.
bool was_checked(const Inquiry& inquiry, HostId host, std::uint32_t desktop, Timestamp time) {
    if (desktop == kNobody) return false;
    for (const std::uint32_t i : inquiry.index.sessions_between(host, time - kBeside, time + kBeside))
        if (i != desktop && inquiry.history.sessions[i].origin == Origin::Logged &&
            trails::acts_for(inquiry.history.sessions[i], inquiry.history.sessions[desktop].user))
            return true;
    return false;
}

/// tscon run by the system itself needs no password: the desktop changes hands without a logon beside it.
void find_hijacks_by_tscon(Inquiry& inquiry) {
    for (const trails::StationChange& change : inquiry.evidence.station_changes) {
        if (change.kind != Kind::SessionReconnected) continue;
        const std::uint32_t resumed = inquiry.index.session(change.event.host, change.session, change.event.time);
        std::uint32_t by = kNobody;
        for (const std::uint32_t p : inquiry.index.processes_between(change.event.host, change.event.time - kBeside,
                                                                     change.event.time + Duration::seconds(2)))
            if (trails::image_name(inquiry.history.processes[p].image) == "tscon.exe") by = p;
        if (by == kNobody || was_checked(inquiry, change.event.host, resumed, change.event.time)) continue;
        // Whoever moves a desktop of his own to another screen takes nothing over.
        const std::uint32_t mover = inquiry.history.processes[by].session;
        if (mover != kNobody && resumed != kNobody &&
            trails::acts_for(inquiry.history.sessions[mover], inquiry.history.sessions[resumed].user))
            continue;
        Finding& finding =
            inquiry.add(Rule::RdpHijack, change.event.host, change.event.time, change.event.time,
                        fmt::format("the desktop of {} on {} was taken over by tscon, without a logon",
                                    resumed == kNobody ? change.session.to_string()
                                                       : to_string(inquiry.history.sessions[resumed].user),
                                    inquiry.host_name(change.event.host)));
        if (resumed != kNobody) finding.sessions.push_back(resumed);
        if (mover != kNobody) finding.sessions.push_back(mover);
        add_evidence(finding, change.event);
        for (const EventRef& event : inquiry.history.processes[by].evidence) add_evidence(finding, event);
    }
}

/// The session manager's own record: one terminal session put another user's aside.
void find_hijacks_by_session_manager(Inquiry& inquiry) {
    for (const Link& link : inquiry.links.links) {
        if (link.kind != LinkKind::RdpTakenOver || link.process != kNobody || link.evidence.empty()) continue;
        const Session& by = inquiry.history.sessions[link.from];
        const Session& taken = inquiry.history.sessions[link.to];
        const EventRef& record = link.evidence.front();
        if (trails::acts_for(by, taken.user) || was_checked(inquiry, record.host, link.to, record.time)) continue;
        Finding& finding =
            inquiry.add(Rule::RdpHijack, record.host, record.time, record.time,
                        fmt::format("the desktop of {} on {} was put aside by that of {}, without a logon",
                                    to_string(taken.user), inquiry.host_name(record.host), to_string(by.user)));
        finding.sessions = {link.to, link.from};
        add_evidence(finding, record);
    }
}

/// Whoever comes over the network from the host itself came through a tunnel that ends here.
void find_tunnelled_desktops(Inquiry& inquiry) {
    for (std::uint32_t i = 0; i < inquiry.history.sessions.size(); ++i) {
        const Session& session = inquiry.history.sessions[i];
        const bool desktop =
            session.type == LogonType::RemoteInteractive || session.type == LogonType::CachedRemoteInteractive;
        if (!desktop || session.origin != Origin::Logged || !session.source_address ||
            !session.source_address->is_loopback())
            continue;
        if (inquiry.index.twin(i) != kNobody && !session.elevated.value_or(true)) continue;
        Finding& finding = inquiry.add(
            Rule::RdpTunnel, session.key.host, trails::beginning(session), trails::beginning(session),
            fmt::format("the remote desktop of {} on {} came from {}, the end of a tunnel", to_string(session.user),
                        inquiry.host_name(session.key.host), session.source_address->to_string()));
        finding.sessions.push_back(i);
        add_evidence(finding, trails::evidence_of(session, 4624));
    }
}

}  // namespace

void find_odd_sessions(Inquiry& inquiry) {
    if (inquiry.on(Rule::FirstLogonOnHost)) find_first_logons(inquiry);
    if (inquiry.on(Rule::SessionWithoutLogon)) find_sessions_without_logon(inquiry);
    if (inquiry.on(Rule::LogClearedInSession)) find_cleared_logs(inquiry);
    if (inquiry.on(Rule::SessionOutlivesItsEnd)) find_sessions_that_outlive_their_end(inquiry);
    if (inquiry.on(Rule::RdpTunnel)) find_tunnelled_desktops(inquiry);
    if (!inquiry.on(Rule::RdpHijack)) return;
    find_hijacks_by_tscon(inquiry);
    find_hijacks_by_session_manager(inquiry);
}

}  // namespace spoor::findings
