#include "sessions/terminal_sessions.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/unicode.h"
#include "sessions/boots.h"
#include "sessions/mentions.h"

namespace spoor::sessions {
namespace {

constexpr Duration kBeforeLogon = Duration::seconds(120);  // a session may be made this long before its desktop is
constexpr Duration kAfterLogon = Duration::seconds(30);
constexpr Duration kLogoffTakes = Duration::seconds(60);
constexpr std::size_t kMostEvidence = 20;

/// One user's use of one terminal session.
struct Stretch {
    std::uint32_t boot = 0;
    std::uint32_t number = 0;
    std::string_view user;
    std::string_view user_sid;
    std::string_view address;
    std::optional<Timestamp> begin;
    std::optional<Timestamp> end;
    Timestamp first = Timestamp::latest();
    Timestamp last = Timestamp::earliest();
    std::optional<bool> disconnected;
    std::vector<EventRef> records;
};

bool same_user(std::string_view a, std::string_view b) {
    const NamedAccount x = split_account(a), y = split_account(b);
    return x.name.empty() || y.name.empty() || fold_case(x.name) == fold_case(y.name);
}

std::vector<Stretch> stretches_of(std::span<const TerminalEvent> events) {
    std::vector<Stretch> stretches;
    std::unordered_map<std::uint64_t, std::size_t> latest;  // of each number of each boot
    for (const TerminalEvent& event : events) {
        const bool is_logon = event.kind == Kind::TerminalLogon || event.kind == Kind::WinlogonLogon;
        const bool is_logoff = event.kind == Kind::TerminalLogoff || event.kind == Kind::WinlogonLogoff;
        const std::uint64_t key = std::uint64_t{event.boot} << 32 | event.number;
        const auto found = latest.find(key);
        Stretch* open = found == latest.end() ? nullptr : &stretches[found->second];
        const bool over = open != nullptr && open->end && (is_logon || event.time > *open->end + kLogoffTakes);
        const bool another =
            open != nullptr && (!same_user(open->user, event.user) ||
                                (is_logon && open->begin && event.time > *open->begin + kAfterLogon + kBeforeLogon));
        if (open == nullptr || over || another) {
            open = &stretches.emplace_back();
            open->boot = event.boot;
            open->number = event.number;
            latest[key] = stretches.size() - 1;
        }
        if (open->user.empty()) open->user = event.user;
        if (open->user_sid.empty()) open->user_sid = event.user_sid;
        if (open->address.empty() || event.kind == Kind::TerminalLogon)
            open->address = event.address.empty() ? open->address : event.address;
        if (is_logon && !open->begin) open->begin = event.time;
        // Winlogon tells of a logoff before the session manager does; the later of the two is the end.
        if (is_logoff) open->end = event.time;
        if (event.kind == Kind::TerminalDisconnected) open->disconnected = true;
        if (event.kind == Kind::TerminalReconnected) open->disconnected = false;
        open->first = std::min(open->first, event.time);
        open->last = std::max(open->last, event.time);
        if (open->records.size() < kMostEvidence) open->records.push_back(event.record);
    }
    return stretches;
}

/// A session in which somebody may sit at a desktop.
bool may_have_a_desktop(const Session& session) {
    if (session.origin == Origin::WellKnown) return false;
    if (session.type == LogonType::Unknown) return session.origin == Origin::Inferred;
    return (session.type == LogonType::Interactive || session.type == LogonType::RemoteInteractive ||
            session.type == LogonType::CachedInteractive || session.type == LogonType::CachedRemoteInteractive) &&
           is_human(session);
}

bool is_of_user(const Session& session, const Stretch& stretch) {
    if (!stretch.user_sid.empty() && !session.user.sid.empty()) return session.user.sid.bytes() == stretch.user_sid;
    const NamedAccount user = split_account(stretch.user);
    return !user.name.empty() && fold_case(user.name) == fold_case(session.user.name);
}

bool fits(const Session& session, const Stretch& stretch) {
    if (!may_have_a_desktop(session) || !is_of_user(session, stretch)) return false;
    if (session.terminal_session && *session.terminal_session != stretch.number) return false;
    if (session.start) {
        if (stretch.begin)
            return *session.start >= *stretch.begin - kBeforeLogon && *session.start <= *stretch.begin + kAfterLogon;
        return *session.start <= stretch.last;
    }
    if (session.terminal_session) return true;
    // Neither a start nor a number: it must have been there while the stretch lasted.
    if (stretch.end && session.logoff_requested)
        return *session.logoff_requested >= *stretch.end - kLogoffTakes &&
               *session.logoff_requested <= *stretch.end + kLogoffTakes;
    const Timestamp from = stretch.begin.value_or(Timestamp::earliest());
    const Timestamp until = stretch.end.value_or(Timestamp::latest());
    return session.first_seen <= until && session.last_seen >= from;
}

void apply(const Stretch& stretch, Session& session) {
    session.terminal_session = stretch.number;
    const bool local = equals_ignoring_ascii_case(stretch.address, "LOCAL");
    if (!local && !stretch.address.empty() && !session.source_address) {
        if (const auto address = IpAddress::parse(stretch.address)) session.source_address = *address;
    }
    if (session.type == LogonType::Unknown && !stretch.address.empty())
        session.type = local ? LogonType::Interactive : LogonType::RemoteInteractive;
    if (stretch.disconnected) session.disconnected = *stretch.disconnected;
    if (stretch.end && !session.end && *stretch.end >= session.start.value_or(*stretch.end)) {
        session.end = *stretch.end;
        session.end_reason = EndReason::TerminalLogoff;
    }
    for (const EventRef& record : stretch.records)
        if (session.evidence.size() < kMostEvidence) session.evidence.push_back(record);
}

}  // namespace

bool is_terminal_event(Kind kind) {
    switch (kind) {
        case Kind::TerminalLogon:
        case Kind::TerminalShellStarted:
        case Kind::TerminalLogoff:
        case Kind::TerminalDisconnected:
        case Kind::TerminalReconnected:
        case Kind::WinlogonLogon:
        case Kind::WinlogonLogoff: return true;
        default: return false;
    }
}

TerminalEvent terminal_event(const HostLog& log, const Moment& moment) {
    const Observation& seen = *moment.seen;
    const bool winlogon = seen.kind == Kind::WinlogonLogon || seen.kind == Kind::WinlogonLogoff;
    const std::uint64_t number = log.number(seen, winlogon ? "TSId"_field : "SessionID"_field);
    const Fact* const sid = log.find(seen, "UserSid"_field);
    return {.kind = seen.kind,
            .time = seen.time,
            .boot = moment.boot,
            .number = static_cast<std::uint32_t>(number),
            .user = log.text(seen, "User"_field),
            .user_sid = sid && sid->type == ValueType::Sid ? log.text(*sid) : std::string_view(),
            .address = log.text(seen, "Address"_field),
            .record = reference(log, seen)};
}

void assign_terminal_sessions(std::span<const TerminalEvent> events, std::uint32_t first_boot,
                              std::span<Session> sessions) {
    if (events.empty()) return;
    std::unordered_map<std::string, std::vector<std::size_t>> by_user;  // folded name, or binary SID
    for (std::size_t i = 0; i < sessions.size(); ++i) {
        if (!may_have_a_desktop(sessions[i])) continue;
        by_user[fold_case(sessions[i].user.name)].push_back(i);
        if (!sessions[i].user.sid.empty()) by_user[std::string(sessions[i].user.sid.bytes())].push_back(i);
    }
    for (const Stretch& stretch : stretches_of(events)) {
        const auto found = by_user.find(stretch.user_sid.empty() ? fold_case(split_account(stretch.user).name)
                                                                 : std::string(stretch.user_sid));
        if (found == by_user.end()) continue;
        for (const std::size_t i : found->second)
            if (sessions[i].key.boot == first_boot + stretch.boot && fits(sessions[i], stretch))
                apply(stretch, sessions[i]);
    }
}

std::optional<IpAddress> address_of(const HostLog& log, const Fact& fact) {
    const std::string_view bytes = log.text(fact);
    if (fact.type == ValueType::Address && bytes.size() == 16) {
        IpAddress address;
        std::memcpy(address.bytes.data(), bytes.data(), 16);
        return address;
    }
    if (fact.type == ValueType::Text) {
        if (const auto address = IpAddress::parse(bytes)) return *address;
    }
    return std::nullopt;
}

}  // namespace spoor::sessions
