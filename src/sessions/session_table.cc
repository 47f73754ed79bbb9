#include "sessions/session_table.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "base/unicode.h"
#include "sessions/actor.h"
#include "sessions/mentions.h"
#include "sessions/rearrange.h"
#include "sessions/sysmon_guid.h"

namespace spoor::sessions {
namespace {

// Sources of the account of a session, worst first.
enum UserRank : std::uint8_t {
    kFromText = 1,
    kFromTerminal,
    kFromSubject,
    kFromItsOwnRecords,
    kFromLogon,
    kByDefinition
};
// Of its type, and of its start.
enum TypeRank : std::uint8_t {
    kTypeFromUse = 1,
    kTypeFromTerminal,
    kTypeFromItsRecords,
    kTypeFromLogon,
    kTypeFromSshsTerminal,
    kTypeByDefinition
};
enum StartRank : std::uint8_t { kStartOfBoot = 1, kStartFromSysmon, kStartFromLogon };

constexpr std::uint16_t kLogonEvent = 4624;
constexpr std::size_t kMostEvidence = 16;
constexpr std::size_t kMostEvidenceWithEnds = 20;  // room that is kept for the records of the end

constexpr std::string_view kYes = "%%1842";

struct WellKnown {
    LogonId id;
    std::string_view sid;
    std::string_view domain;
    std::string_view name;
    LogonType type;
};
constexpr WellKnown kWellKnown[] = {
    {LogonId::system(), "S-1-5-18", "NT AUTHORITY", "SYSTEM", LogonType::System},
    {LogonId::local_service(), "S-1-5-19", "NT AUTHORITY", "LOCAL SERVICE", LogonType::Service},
    {LogonId::network_service(), "S-1-5-20", "NT AUTHORITY", "NETWORK SERVICE", LogonType::Service},
    {LogonId::anonymous(), "S-1-5-7", "NT AUTHORITY", "ANONYMOUS LOGON", LogonType::Unknown},
    {LogonId::iuser(), "S-1-5-17", "NT AUTHORITY", "IUSR", LogonType::Service},
};
// The kernel's number for processes that no login led to: daemons, and what they do.
constexpr WellKnown kDaemons = {kNoLogin, "", "", "root", LogonType::System};

std::uint8_t integrity_rank(std::string_view level) {
    constexpr std::array<std::string_view, 7> kLevels = {"Untrusted",  "AppContainer", "Low",   "Medium",
                                                         "MediumPlus", "High",         "System"};
    for (std::size_t i = 0; i < kLevels.size(); ++i)
        if (equals_ignoring_ascii_case(level, kLevels[i])) return static_cast<std::uint8_t>(i + 1);
    return 0;
}

bool is_yes(std::string_view text) {
    return text == kYes || equals_ignoring_ascii_case(text, "yes") || equals_ignoring_ascii_case(text, "true");
}

/// Calls `take` with each run of characters between white space.
template <typename Take>
void for_each_word(std::string_view text, Take take) {
    const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
    for (auto at = text.begin();;) {
        const auto begin = std::find_if_not(at, text.end(), is_blank);
        if (begin == text.end()) return;
        at = std::find_if(begin, text.end(), is_blank);
        take(std::string_view(begin, at));
    }
}

/// "SeDebugPrivilege\n\t\t\tSeTcbPrivilege" with single blanks.
std::string words_of(std::string_view text) {
    std::string words;
    for_each_word(text, [&](std::string_view word) {
        if (!words.empty()) words += ' ';
        words += word;
    });
    return words;
}

/// The SIDs of "%{S-1-5-32-545} %{S-1-1-0}", behind those that are known already.
std::string add_sids(std::string_view known, std::string_view list) {
    std::string sids(known);
    for_each_word(list, [&](std::string_view word) {
        if (word.starts_with("%{") && word.ends_with('}')) word = word.substr(2, word.size() - 3);
        bool is_new = true;
        for_each_word(known, [&](std::string_view other) { is_new = is_new && other != word; });
        if (!is_new) return;
        if (!sids.empty()) sids += ' ';
        sids += word;
    });
    return sids;
}

/// A session's records that are worth showing as evidence; those of well-known sessions never end.
bool is_evidence(Kind kind) {
    switch (kind) {
        case Kind::Logon:
        case Kind::Logoff:
        case Kind::LogoffRequested:
        case Kind::PrivilegesAssigned:
        case Kind::GroupsAssigned:
        case Kind::SpecialGroupsAssigned:
        case Kind::SessionReconnected:
        case Kind::SessionDisconnected:
        case Kind::WorkstationLocked:
        case Kind::WorkstationUnlocked: return true;
        default: return false;
    }
}

std::uint8_t rank_of_target_account(Kind kind) {
    switch (kind) {
        case Kind::Logon: return kFromLogon;
        case Kind::Logoff:
        case Kind::LogoffRequested:
        case Kind::GroupsAssigned:
        case Kind::SpecialGroupsAssigned:
        case Kind::WorkstationLocked:
        case Kind::WorkstationUnlocked: return kFromItsOwnRecords;
        case Kind::SessionReconnected:
        case Kind::SessionDisconnected: return kFromTerminal;
        case Kind::ProcessCreated: return kFromText;
        default: return kFromSubject;
    }
}

bool is_remote_desktop(std::uint64_t type) {
    return type == static_cast<std::uint64_t>(LogonType::RemoteInteractive) ||
           type == static_cast<std::uint64_t>(LogonType::CachedRemoteInteractive);
}

/// Types that make two sessions of an administrator's logon.
bool splits_tokens(LogonType type) {
    return type == LogonType::Interactive || type == LogonType::RemoteInteractive || type == LogonType::Unlock ||
           type == LogonType::CachedInteractive || type == LogonType::CachedRemoteInteractive ||
           type == LogonType::CachedUnlock;
}

/// A short session's end may be written before its logon. What ended long before was another of its logon id.
void begin_before_end(Session& session) {
    constexpr Duration kWrittenLate = Duration::seconds(5);
    if (!session.end || *session.end >= *session.start) return;
    if (*session.end + kWrittenLate >= *session.start) {
        session.end = session.start;
    } else {
        session.end.reset();
        session.end_reason = EndReason::Unknown;
    }
}

}  // namespace

SessionTable::SessionTable(const HostLog& log, std::span<const FoundBoot> boots, PooledTexts& texts,
                           std::vector<Session>& sessions, std::uint32_t first_boot)
    : log_(log),
      boots_(boots),
      texts_(texts),
      sessions_(sessions),
      first_(static_cast<std::uint32_t>(sessions.size())),
      first_boot_(first_boot),
      is_linux_(log.is_linux()) {}

void SessionTable::make_room(const Timeline& timeline) {
    Key last;
    const auto expect = [&](std::uint64_t logon_id, std::uint32_t boot) {
        const Key key{logon_id, boot};
        if (logon_id == 0 || key == last) return;
        by_key_.at(key);
        last = key;
    };
    for (const Moment& moment : timeline) {
        expect(moment.seen->subject, moment.boot);
        expect(moment.seen->target, moment.boot);
    }
    // A few more are only known as the other half of a pair.
    const std::size_t wanted = sessions_.size() + by_key_.size() + by_key_.size() / 16 + 1;
    if (wanted > sessions_.capacity()) sessions_.reserve(std::max(wanted, 2 * sessions_.capacity()));
    ranks_.reserve(wanted - sessions_.size());
}

std::uint32_t SessionTable::find(std::uint32_t boot, std::uint64_t logon_id) const {
    const Place* const found = by_key_.find({logon_id, boot});
    return found == nullptr ? kNobody : found->session;
}

std::uint32_t SessionTable::touch(const Moment& moment, std::uint64_t logon_id, std::uint32_t account,
                                  std::uint8_t rank) {
    if (const Key key{logon_id, moment.boot}; !(key == last_key_)) {
        std::uint32_t& index = by_key_[key].session;
        const bool is_new = index == kNobody;
        if (is_new) index = static_cast<std::uint32_t>(sessions_.size());
        last_key_ = key;
        last_ = index;
        if (is_new) {
            Session& session = sessions_.emplace_back();
            ranks_.emplace_back();
            session.key = {log_.id(), first_boot_ + moment.boot, LogonId(logon_id)};
            for (const WellKnown& known : is_linux_ ? std::span(&kDaemons, 1) : std::span(kWellKnown)) {
                if (known.id != session.key.logon_id) continue;
                session.origin = Origin::WellKnown;
                session.user = {Sid::parse(known.sid).value_or(Sid{}), texts_.intern(known.domain),
                                texts_.intern(known.name)};
                session.type = known.type;
                session.terminal_session = 0;  // where services live, apart from all desktops
                ranks_.back() = {.user = kByDefinition, .type = kTypeByDefinition};
            }
            session.evidence.reserve(2);  // most are network logons with nothing but a 4624 and a 4634
            session.evidence.push_back(reference(log_, *moment.seen));
        }
    }
    Session& session = sessions_[last_];
    session.first_seen = std::min(session.first_seen, moment.seen->time);
    session.last_seen = std::max(session.last_seen, moment.seen->time);
    set_user(last_, account, rank);
    return last_;
}

void SessionTable::set_user(std::uint32_t index, std::uint32_t account, std::uint8_t rank) {
    if (account == 0 || rank < ranks_[index - first_].user) return;
    Principal& user = sessions_[index].user;
    if (rank == ranks_[index - first_].user && !user.sid.empty() && !user.name.empty()) return;
    const Principal& named = texts_.account(account);
    if (!named.sid.empty()) user.sid = named.sid;
    if (!named.name.empty() && (rank > ranks_[index - first_].user || user.name.empty())) {
        user.name = named.name;
        user.domain = named.domain;
    }
    ranks_[index - first_].user = rank;
}

void SessionTable::set_type(std::uint32_t index, std::uint64_t type, std::uint8_t rank) {
    if (rank <= ranks_[index - first_].type || type > 13) return;
    ranks_[index - first_].type = rank;
    sessions_[index].type = static_cast<LogonType>(type);
}

void SessionTable::set_start(std::uint32_t index, Timestamp start, StartSource source, std::uint8_t rank) {
    if (rank <= ranks_[index - first_].start) return;
    ranks_[index - first_].start = rank;
    sessions_[index].start = start;
    sessions_[index].start_source = source;
}

void SessionTable::set_integrity(std::uint32_t index, std::string_view level) {
    const std::uint8_t rank = integrity_rank(level);
    if (rank <= ranks_[index - first_].integrity) return;
    ranks_[index - first_].integrity = rank;
    sessions_[index].integrity = texts_.intern(level);
}

void SessionTable::add_evidence(Session& session, const Observation& seen) {
    const bool is_end = seen.kind == Kind::Logoff || seen.kind == Kind::LogoffRequested;
    if (session.evidence.size() >= (is_end ? kMostEvidenceWithEnds : kMostEvidence)) return;
    const EventRef record = reference(log_, seen);
    if (session.evidence.empty() || session.evidence.back() != record) session.evidence.push_back(record);
}

void SessionTable::observe(Moment& moment) {
    const Observation& seen = *moment.seen;
    const std::uint64_t own = own_logon_id(seen.kind, seen.subject, seen.target);
    if (seen.subject != 0) {
        const bool about_subject = seen.kind == Kind::PrivilegesAssigned;
        const std::uint32_t index =
            touch(moment, seen.subject, seen.subject_account, about_subject ? kFromItsOwnRecords : kFromSubject);
        if (own == seen.subject) moment.session = index;
        // Whoever uses a share has a session on the server for it.
        if (seen.kind == Kind::ShareAccessed || seen.kind == Kind::ShareFileAccessed)
            set_type(index, static_cast<std::uint64_t>(LogonType::Network), kTypeFromUse);
        if (about_subject && sessions_[index].origin != Origin::WellKnown) {
            if (const Fact* const list = log_.find(seen, "PrivilegeList"_field); list && list->type == ValueType::Text)
                sessions_[index].privileges = privileges_of(*list);
            add_evidence(sessions_[index], seen);
        }
    }
    if (seen.target != 0) {
        const std::uint32_t index = touch(moment, seen.target, seen.target_account, rank_of_target_account(seen.kind));
        if (own == seen.target) moment.session = index;
        on_target(moment, index);
    }
    if (is_linux_ && seen.subject == 0 && seen.target == 0 && seen.process_guid != 0)
        touch(moment, kNoLogin.value(), 0, 0);
    if (seen.kind == Kind::ProcessCreated) on_process(moment);
    // Terminals of Linux have no numbers by which their users could be told apart.
    if (!is_linux_ && is_terminal_event(seen.kind)) terminal_events_.push_back(terminal_event(log_, moment));
}

std::string_view SessionTable::privileges_of(const Fact& list) {
    const auto [known, is_new] = privileges_.at(list.value);
    if (is_new) known = texts_.intern(words_of(log_.text(list)));
    return known;
}

std::string_view SessionTable::groups_of(const Fact& list) {
    const auto [known, is_new] = groups_.at(list.value);
    if (is_new) known = texts_.intern(add_sids({}, log_.text(list)));
    return known;
}

void SessionTable::on_target(const Moment& moment, std::uint32_t index) {
    const Observation& seen = *moment.seen;
    // Services that start under SYSTEM and its like are logged as logons into the one session that is there from boot.
    if (is_evidence(seen.kind) && sessions_[index].origin != Origin::WellKnown) add_evidence(sessions_[index], seen);
    Session& session = sessions_[index];
    switch (seen.kind) {
        case Kind::Logon: on_logon(moment, index); break;
        case Kind::Logoff:
            if (const Fact* const type = log_.find(seen, "LogonType"_field))
                set_type(index, log_.number(*type), kTypeFromItsRecords);
            if (!session.end && session.origin != Origin::WellKnown) {
                session.end = seen.time;
                session.end_reason = EndReason::Logoff;
            }
            break;
        case Kind::LogoffRequested: session.logoff_requested = seen.time; break;
        case Kind::GroupsAssigned:
            if (const Fact* const type = log_.find(seen, "LogonType"_field))
                set_type(index, log_.number(*type), kTypeFromItsRecords);
            if (const Fact* const groups = log_.find(seen, "GroupMembership"_field);
                groups && groups->type == ValueType::Text)
                session.groups = session.groups.empty() ? groups_of(*groups)
                                                        : texts_.intern(add_sids(session.groups, log_.text(*groups)));
            break;
        case Kind::SpecialGroupsAssigned: break;
        case Kind::TerminalLogon:
            // sshd logs on before it has a terminal, and says later that somebody sits there.
            if (is_linux_ && session.type == LogonType::Network)
                set_type(index, static_cast<std::uint64_t>(LogonType::RemoteInteractive), kTypeFromSshsTerminal);
            break;
        case Kind::SessionReconnected:
        case Kind::SessionDisconnected:
            session.disconnected = seen.kind == Kind::SessionDisconnected;
            if (const Fact* const station = log_.find(seen, "SessionName"_field))
                session.window_station = texts_.text(*station);
            learn_client(session, seen);
            if (session.window_station.starts_with("RDP-"))
                set_type(index, static_cast<std::uint64_t>(LogonType::RemoteInteractive), kTypeFromTerminal);
            break;
        case Kind::WorkstationLocked:
        case Kind::WorkstationUnlocked:
        case Kind::ScreenSaverStarted:
        case Kind::ScreenSaverStopped:
            if (seen.kind == Kind::WorkstationLocked) session.locked = true;
            if (seen.kind == Kind::WorkstationUnlocked) session.locked = false;
            if (const Fact* const number = log_.find(seen, "SessionID"_field))
                session.terminal_session = static_cast<std::uint32_t>(log_.number(*number));
            break;
        default: break;
    }
}

/// Who sits in front of a desktop now is who logged on to it, where the address is the same or not known.
void SessionTable::learn_client(Session& session, const Observation& seen) {
    const Fact* const address = log_.find(seen, "ClientAddress"_field);
    const auto client = address ? address_of(log_, *address) : std::nullopt;
    if (!session.source_address) session.source_address = client;
    const Fact* const name = log_.find(seen, "ClientName"_field);
    if (!name || !session.workstation.empty() || log_.text(*name) == "Unknown") return;
    if (!client || client == session.source_address) session.workstation = texts_.text(*name);
}

/// The session's members that a logon states, each where it states it.
SessionTable::LogonSaid SessionTable::read_logon(Session& session, const Observation& seen, std::uint64_t type) {
    LogonSaid said;
    for (const Fact& fact : log_.facts(seen)) {
        switch (number(fact.field)) {
            case "LogonProcessName"_case: session.logon_process = texts_.text(fact); break;
            case "AuthenticationPackageName"_case: session.authentication_package = texts_.text(fact); break;
            case "LmPackageName"_case: session.lm_package = texts_.text(fact); break;
            case "KeyLength"_case: session.key_length = static_cast<std::uint32_t>(log_.number(fact)); break;
            case "WorkstationName"_case:
                // Of a desktop over the network Windows writes the host's own name.
                if (seen.event_id != kLogonEvent || !is_remote_desktop(type)) session.workstation = texts_.text(fact);
                break;
            case "LogonGuid"_case:
                session.logon_guid = fact.type == ValueType::Guid ? log_.guid(fact.value) : Guid{};
                break;
            case "TransmittedServices"_case: session.transmitted_services = texts_.text(fact); break;
            case "IpAddress"_case: session.source_address = address_of(log_, fact); break;
            case "IpPort"_case:
                session.source_port =
                    static_cast<std::uint16_t>(std::min<std::uint64_t>(log_.number(fact), UINT16_MAX));
                break;
            case "ImpersonationLevel"_case: session.impersonation_level = texts_.text(fact); break;
            case "RestrictedAdminMode"_case: session.restricted_admin = is_yes(log_.text(fact)); break;
            case "RemoteCredentialGuard"_case: session.remote_credential_guard = is_yes(log_.text(fact)); break;
            case "VirtualAccount"_case: session.virtual_account = is_yes(log_.text(fact)); break;
            case "ElevatedToken"_case:
                session.elevated = is_yes(log_.text(fact));
                said.elevated = true;
                break;
            case "TargetLinkedLogonId"_case: said.linked = log_.number(fact); break;
            case "TargetOutboundUserName"_case: session.outbound.name = texts_.text(fact); break;
            case "TargetOutboundDomainName"_case: session.outbound.domain = texts_.text(fact); break;
            default: break;
        }
    }
    return said;
}

void SessionTable::on_logon(const Moment& moment, std::uint32_t index) {
    const Observation& seen = *moment.seen;
    const std::uint64_t type = log_.find(seen, "LogonType"_field) ? log_.number(seen, "LogonType"_field) : UINT64_MAX;
    if (sessions_[index].origin == Origin::WellKnown) {
        if (type == 0) set_start(index, seen.time, StartSource::Logon, kStartFromLogon);
        return;
    }
    if (ranks_[index - first_].start >= kStartFromLogon) return;  // the same logon, told by another export
    set_type(index, type, kTypeFromLogon);
    set_start(index, seen.time, StartSource::Logon, kStartFromLogon);
    begin_before_end(sessions_[index]);
    Session& session = sessions_[index];
    // What first named it may be the other half's logon, or one that it asked for: its own logon is the proof.
    if (seen.event_id == kLogonEvent)
        std::erase_if(session.evidence, [own = reference(log_, seen)](const EventRef& record) {
            return record.event_id == kLogonEvent && record != own;
        });
    session.origin = Origin::Logged;
    session.subject = LogonId(seen.subject);
    if (seen.subject != 0) session.subject_user = texts_.account(seen.subject_account);
    session.logon_process_id = seen.process_id;
    session.logon_image = texts_.text(seen.image);
    const LogonSaid said = read_logon(session, seen, type);
    if (session.user.domain.find('.') != std::string_view::npos) session.dns_domain = session.user.domain;
    if (session.user.name.find('@') != std::string_view::npos) session.upn = session.user.name;
    // Accounts of the window manager and the font driver carry the number of their terminal session.
    if (const Sid& sid = session.user.sid; sid.authority() == 5 && sid.sub_authority_count() == 3 &&
                                           (sid.sub_authority(0) == 90 || sid.sub_authority(0) == 96))
        session.terminal_session = sid.rid();
    if (!said.elevated && splits_tokens(session.type)) old_logons_.push_back({index, seen.process_id, seen.time});
    if (said.linked != 0) {
        session.linked = LogonId(said.linked);
        touch(moment, said.linked, seen.target_account, kFromSubject);
    }
}

void SessionTable::on_process(const Moment& moment) {
    const Observation& seen = *moment.seen;
    const std::uint64_t logon_id = seen.target != 0 ? seen.target : seen.subject;
    if (logon_id == 0) return;
    const std::uint32_t index = touch(moment, logon_id, 0, 0);
    for (const Fact& fact : log_.facts(seen)) {
        switch (number(fact.field)) {
            case "LogonGuid"_case:
                if (fact.type != ValueType::Guid) break;
                // What began after the session was first seen is another of its logon id, after a restart.
                if (const auto start = time_of_sysmon_guid(log_.guid(fact.value));
                    start && *start <= sessions_[index].first_seen + Duration::seconds(5))
                    set_start(index, *start, StartSource::SysmonLogonGuid, kStartFromSysmon);
                break;
            case "TerminalSessionId"_case:
                if (!sessions_[index].terminal_session)
                    sessions_[index].terminal_session = static_cast<std::uint32_t>(log_.number(fact));
                break;
            case "IntegrityLevel"_case: set_integrity(index, log_.text(fact)); break;
            case "MandatoryLabel"_case: set_integrity(index, texts_.integrity_of_label(fact)); break;
            default: break;
        }
    }
}

std::vector<std::uint32_t> SessionTable::finish() {
    pair_halves();
    pair_old_logons();
    assign_terminal_sessions(terminal_events_, first_boot_, std::span(sessions_).subspan(first_));
    close_with_boots();
    bound_starts();
    return put_in_order();
}

void SessionTable::pair_halves() {
    for (std::uint32_t i = first_; i < sessions_.size(); ++i) {
        const Session& session = sessions_[i];
        if (session.linked == LogonId::none()) continue;
        const std::uint32_t other = find(session.key.boot - first_boot_, session.linked.value());
        if (other == kNobody || sessions_[other].linked != LogonId::none()) continue;
        sessions_[other].linked = session.key.logon_id;
        if (sessions_[other].type == LogonType::Unknown) sessions_[other].type = session.type;
        if (session.elevated && !sessions_[other].elevated) sessions_[other].elevated = !*session.elevated;
    }
}

// Windows before 10 does not say which logons are two halves of one. They are written one right after the other: same
// account, type and asking process, logon ids close together, and only one of them has privileges to speak of.
void SessionTable::pair_old_logons() {
    for (std::size_t i = 0; i < old_logons_.size(); ++i) {
        Session& first = sessions_[old_logons_[i].session];
        if (!first.elevated && !first.privileges.empty()) first.elevated = true;
        if (i + 1 == old_logons_.size() || first.linked != LogonId::none()) continue;
        Session& second = sessions_[old_logons_[i + 1].session];
        const std::uint64_t a = first.key.logon_id.value(), b = second.key.logon_id.value();
        const bool pair = first.key.boot == second.key.boot && first.type == second.type &&
                          first.user.sid == second.user.sid &&
                          equals_ignoring_ascii_case(first.user.name, second.user.name) &&
                          old_logons_[i].process_id == old_logons_[i + 1].process_id &&
                          old_logons_[i + 1].time - old_logons_[i].time <= Duration::seconds(1) &&
                          (a < b ? b - a : a - b) < 0x10000 && (first.privileges.empty() || second.privileges.empty());
        if (!pair) continue;
        first.linked = second.key.logon_id;
        second.linked = first.key.logon_id;
        first.linked_strength = second.linked_strength = Strength::Strong;
        // The full token is made first.
        const bool first_is_full =
            second.privileges.empty() && (!first.privileges.empty() || second.logon_guid.is_zero());
        first.elevated = first_is_full;
        second.elevated = !first_is_full;
        ++i;
    }
}

void SessionTable::close_with_boots() {
    for (std::uint32_t i = first_; i < sessions_.size(); ++i) {
        Session& session = sessions_[i];
        const FoundBoot& found = boots_[session.key.boot - first_boot_];
        const bool well_known = session.origin == Origin::WellKnown;
        if (well_known && !session.start) {
            if (found.boot.started) {
                session.start = found.boot.started;
                session.start_source = StartSource::Boot;
            }
        }
        if (session.end) continue;
        if (found.over) {
            const std::optional<Timestamp> stop = well_known            ? found.boot.stopped
                                                  : found.users_stopped ? found.users_stopped
                                                                        : found.boot.stopped;
            session.end = std::max(stop.value_or(found.boot.last_seen), session.last_seen);
            session.end_reason = found.boot.stopped_cleanly ? EndReason::Shutdown
                                 : found.boot.crashed       ? EndReason::Crash
                                                            : EndReason::Restart;
        } else if (session.logoff_requested) {
            session.end_reason = EndReason::LogoffRequested;
        }
    }
    for (std::uint32_t i = first_; i < sessions_.size(); ++i) {
        Session& session = sessions_[i];
        if (session.end) session.locked = session.disconnected = false;
    }
}

// Logon ids only grow within a boot: a session of unknown start began after those of lower ids and before those of
// higher.
void SessionTable::bound_starts() {
    std::vector<std::uint32_t> order;
    for (std::uint32_t i = first_; i < sessions_.size(); ++i)
        if (sessions_[i].origin != Origin::WellKnown) order.push_back(i);
    std::sort(order.begin(), order.end(),
              [&](std::uint32_t a, std::uint32_t b) { return sessions_[a].key < sessions_[b].key; });
    const auto walk = [&](auto begin, auto end, auto bound) {
        const Session* known = nullptr;  // the last one whose start is
        for (auto at = begin; at != end; ++at) {
            Session& session = sessions_[*at];
            if (session.start)
                known = &session;
            else if (known != nullptr && known->key.boot == session.key.boot)
                bound(session, *known->start);
        }
    };
    walk(order.begin(), order.end(), [](Session& session, Timestamp known) { session.started_after = known; });
    walk(order.rbegin(), order.rend(), [](Session& session, Timestamp known) { session.started_before = known; });
    for (const std::uint32_t i : order)
        if (Session& session = sessions_[i];
            !session.start && (!session.started_before || session.first_seen < *session.started_before))
            session.started_before = session.first_seen;
}

std::vector<std::uint32_t> SessionTable::put_in_order() {
    const auto count = static_cast<std::uint32_t>(sessions_.size()) - first_;
    const std::span<Session> own = std::span(sessions_).subspan(first_);
    std::vector<std::uint32_t> order(count);  // which session comes at each place
    std::iota(order.begin(), order.end(), 0u);
    const auto begin_of = [](const Session& session) {
        return session.start ? std::min(*session.start, session.first_seen) : session.first_seen;
    };
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
        const Session& x = own[a];
        const Session& y = own[b];
        if (x.key.boot != y.key.boot) return x.key.boot < y.key.boot;
        if (const Timestamp s = begin_of(x), t = begin_of(y); s != t) return s < t;
        return x.key.logon_id < y.key.logon_id;
    });
    std::vector<std::uint32_t> renumbered = places_in(order);
    for (std::uint32_t& place : renumbered) place += first_;
    rearrange(own, std::move(order));
    by_key_.for_each_value([&](Place& place) { place.session = renumbered[place.session - first_]; });
    last_key_ = {};
    return renumbered;
}

}  // namespace spoor::sessions
