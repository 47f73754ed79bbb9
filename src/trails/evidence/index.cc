#include "trails/evidence/index.h"

#include <algorithm>
#include <array>

#include "base/hash.h"
#include "base/unicode.h"

namespace spoor::trails {
namespace {

std::uint64_t key(HostId host, std::uint64_t value) { return hash_mix(static_cast<std::uint64_t>(host), value); }
std::uint64_t account_key(HostId host, std::uint64_t account, Index::Rank rank) {
    return hash_mix(key(host, account), static_cast<std::uint64_t>(rank));
}
std::uint64_t guid_key(const Guid& guid) { return hash64({reinterpret_cast<const char*>(guid.bytes.data()), 16}); }

// Sources stamp one happening up to this far apart.
constexpr Duration kStampSpread = Duration::seconds(3);

Timestamp beginning_of(const Process& process) { return process.start ? *process.start : process.first_seen; }

/// False where both are known and differ; Sysmon writes <unknown process> where it lost the name.
bool may_be_one_program(std::string_view a, std::string_view b) {
    if (a.starts_with('/') || b.starts_with('/')) return true;  // there a process becomes other programs
    return a.empty() || b.empty() || a.front() == '<' || b.front() == '<' || image_name(a) == image_name(b);
}

std::uint64_t name_key(std::string_view name) { return hash64(fold_case(account_name(name))); }
std::uint64_t sid_key(const Sid& sid) { return hash64(sid.bytes()); }

/// What an account is listed by.
struct AccountKeys {
    std::optional<std::uint64_t> name;
    std::optional<std::uint64_t> sid;
};
AccountKeys keys_of(const Principal& account) {
    AccountKeys keys;
    if (!account.name.empty()) keys.name = name_key(account.name);
    if (!account.sid.empty()) keys.sid = sid_key(account.sid);
    return keys;
}

/// The places of records by a time of each; of the same time in the order in which they stand.
template <typename Record>
std::vector<std::uint32_t> in_order_of(const std::vector<Record>& records, Timestamp (*time_of)(const Record&)) {
    std::vector<std::pair<Timestamp, std::uint32_t>> times;
    times.reserve(records.size());
    for (const Record& record : records) times.emplace_back(time_of(record), static_cast<std::uint32_t>(times.size()));
    std::ranges::sort(times);
    std::vector<std::uint32_t> order;
    order.reserve(times.size());
    for (const auto& [unused, place] : times) order.push_back(place);
    return order;
}

}  // namespace

Timestamp beginning(const Session& session) { return session.start ? *session.start : session.first_seen; }

Timestamp earliest_beginning(const Session& session) {
    if (session.start) return *session.start;
    return session.started_after.value_or(Timestamp::earliest());
}

bool alive_at(const Session& session, Timestamp time, Duration tolerance) {
    if (const Timestamp begun = earliest_beginning(session); begun != Timestamp::earliest() && begun > time + tolerance)
        return false;
    return !session.end || *session.end >= time - tolerance;
}

bool acts_for(const Session& session, const Principal& user, Identity identity) {
    const auto same = [&user](const Principal& own) {
        if (!own.sid.empty() && !user.sid.empty() && own.sid.sub_authority_count() > 1 &&
            user.sid.sub_authority_count() > 1)
            return own.sid == user.sid;
        return same_account(own.name, user.name);
    };
    const bool has_two = session.type == LogonType::NewCredentials && !session.outbound.name.empty();
    if (has_two && identity == Identity::Network) return same(session.outbound);
    return same(session.user) || (has_two && identity == Identity::Any && same(session.outbound));
}

std::string image_name(std::string_view path) {
    if (const std::size_t slash = path.find_last_of("\\/"); slash != std::string_view::npos)
        path.remove_prefix(slash + 1);
    std::string name(path);
    for (char& c : name)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    return name;
}

bool is_broker(std::string_view image) {
    constexpr std::array<std::string_view, 20> kBrokers = {
        "system",          "services.exe", "svchost.exe",    "wininit.exe",       "winlogon.exe",
        "userinit.exe",    "lsass.exe",    "wmiprvse.exe",   "consent.exe",       "taskhostw.exe",
        "taskhost.exe",    "taskeng.exe",  "taskhostex.exe", "runtimebroker.exe", "dllhost.exe",
        "wsmprovhost.exe", "smss.exe",     "csrss.exe",      "sshd.exe",          "logonui.exe"};
    return std::find(kBrokers.begin(), kBrokers.end(), image_name(image)) != kBrokers.end();
}

Index::Index(const History& history) : history_(history), twins_(history.sessions.size(), kNobody) {
    list_sessions();
    list_processes();
    pair_halves();
}

void Index::list_sessions() {
    const std::vector<Session>& sessions = history_.sessions;
    sessions_by_logon_id_.reserve(sessions.size());
    for (std::uint32_t i = 0; i < sessions.size(); ++i)
        sessions_by_logon_id_.add(key(sessions[i].key.host, sessions[i].key.logon_id.value()), i);
    sessions_by_host_.reserve(sessions.size());
    for (const std::uint32_t i : in_order_of(sessions, beginning))
        sessions_by_host_.add(static_cast<std::uint64_t>(sessions[i].key.host), i);
    for (const std::uint32_t i : in_order_of(sessions, earliest_beginning))
        if (!is_systems_own(sessions[i])) list_account(i);
    for (Lists* lists : {&sessions_by_logon_id_, &sessions_by_host_, &sessions_by_account_}) lists->settle();
}

/// By its account and, of one that took another along, by that as well.
void Index::list_account(std::uint32_t session_number) {
    const Session& session = history_.sessions[session_number];
    const auto list = [&](std::optional<std::uint64_t> account, Rank rank) {
        if (account) sessions_by_account_.add(account_key(session.key.host, *account, rank), session_number);
    };
    const AccountKeys user = keys_of(session.user);
    list(user.name, rank(session));
    list(user.sid, rank(session));
    if (session.type == LogonType::NewCredentials) {
        const AccountKeys outbound = keys_of(session.outbound);
        if (outbound.name != user.name) list(outbound.name, rank(session));
        if (outbound.sid != user.sid) list(outbound.sid, rank(session));
    }
    if (rank(session) == Rank::Network && session.process_count != 0) {
        list(user.name, Rank::NetworkWithPrograms);
        list(user.sid, Rank::NetworkWithPrograms);
    }
}

void Index::list_processes() {
    const std::vector<Process>& processes = history_.processes;
    for (std::uint32_t i = 0; i < processes.size(); ++i) {
        if (processes[i].guid.is_zero()) continue;
        const auto [first, is_new] = process_by_guid_.at(guid_key(processes[i].guid));
        if (is_new) first = i;
    }
    for (Lists* lists : {&processes_by_pid_, &processes_by_host_, &processes_by_session_, &children_})
        lists->reserve(processes.size());
    for (const std::uint32_t i : in_order_of(processes, beginning_of)) {
        const Process& process = processes[i];
        if (process.pid != 0) processes_by_pid_.add(key(process.host, process.pid), i);
        processes_by_host_.add(static_cast<std::uint64_t>(process.host), i);
        if (process.session != kNobody) processes_by_session_.add(process.session, i);
        if (process.parent != kNobody) children_.add(process.parent, i);
    }
    for (Lists* lists : {&processes_by_pid_, &processes_by_host_, &processes_by_session_, &children_}) lists->settle();
}

void Index::pair_halves() {
    for (std::uint32_t i = 0; i < history_.sessions.size(); ++i) {
        const LogonId linked = history_.sessions[i].linked;
        if (linked == LogonId::none()) continue;
        if (const std::uint32_t other = session_beside(i, linked); other != kNobody) pair(i, other);
    }
}

void Index::pair(std::uint32_t a, std::uint32_t b) {
    twins_[a] = b;
    twins_[b] = a;
}

std::uint32_t Index::session(HostId host, LogonId id, Timestamp time) const {
    if (id == LogonId::none()) return kNobody;
    std::uint32_t best = kNobody;
    Duration best_distance{INT64_MAX};
    for (const std::uint32_t i : sessions_by_logon_id_.of(key(host, id.value()))) {
        const Session& session = history_.sessions[i];
        if (session.key.logon_id != id || session.key.host != host) continue;
        // Between boots a logon id means the session whose span is nearest.
        const Timestamp from = std::min(beginning(session), session.first_seen);
        const Timestamp until = std::max(session.end.value_or(session.last_seen), session.last_seen);
        const Duration distance = time < from ? from - time : time > until ? time - until : Duration{};
        if (distance < best_distance) {
            best = i;
            best_distance = distance;
        }
    }
    return best;
}

std::uint32_t Index::session_beside(std::uint32_t beside, LogonId id) const {
    const SessionKey& known = history_.sessions[beside].key;
    for (const std::uint32_t i : sessions_by_logon_id_.of(key(known.host, id.value())))
        if (history_.sessions[i].key == SessionKey{known.host, known.boot, id}) return i;
    return kNobody;
}

std::uint32_t Index::process(HostId host, const ProcessName& name, Timestamp time) const {
    if (!name.guid.is_zero()) {
        const std::uint32_t* const found = process_by_guid_.find(guid_key(name.guid));
        if (found != nullptr && history_.processes[*found].guid == name.guid && history_.processes[*found].host == host)
            return *found;
    }
    if (name.pid == 0) return kNobody;
    std::uint32_t best = kNobody;
    for (const std::uint32_t i : processes_by_pid_.of(key(host, name.pid))) {
        const Process& process = history_.processes[i];
        if (process.host != host || process.pid != name.pid) continue;
        if (process.start && *process.start > time + kStampSpread) break;
        if (process.end && *process.end < time - kStampSpread) continue;
        // A number that was given again belongs to the program that the record names.
        if (!may_be_one_program(process.image, name.image)) continue;
        best = i;
    }
    return best;
}

Index::Rank Index::rank(const Session& session) {
    switch (session.type) {
        case LogonType::Unlock:
        case LogonType::CachedUnlock: return Rank::None;
        case LogonType::Network:
        case LogonType::NetworkCleartext: return Rank::Network;
        case LogonType::Service: return Rank::Service;
        default: return Rank::Person;
    }
}

std::vector<std::uint32_t> Index::sessions_of(HostId host, const Principal& user, Rank rank, Timestamp until) const {
    // An account that services use may have a hundred thousand network sessions: the last ones are those that matter.
    constexpr std::size_t kMost = 2048;
    std::vector<std::uint32_t> found;
    const auto take = [&](std::uint64_t account) {
        const std::span<const std::uint32_t> all = sessions_by_account_.of(account_key(host, account, rank));
        const auto last = std::partition_point(
            all.begin(), all.end(), [&](std::uint32_t i) { return earliest_beginning(history_.sessions[i]) <= until; });
        const auto first = last - std::min<std::ptrdiff_t>(last - all.begin(), kMost);
        for (auto at = first; at != last; ++at)
            if (acts_for(history_.sessions[*at], user)) found.push_back(*at);
    };
    if (!user.sid.empty()) take(sid_key(user.sid));
    if (!user.name.empty()) take(name_key(user.name));
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

std::span<const std::uint32_t> Index::sessions_on(HostId host) const {
    return sessions_by_host_.of(static_cast<std::uint64_t>(host));
}
std::span<const std::uint32_t> Index::processes_in(std::uint32_t session) const {
    return processes_by_session_.of(session);
}
std::span<const std::uint32_t> Index::processes_on(HostId host) const {
    return processes_by_host_.of(static_cast<std::uint64_t>(host));
}
std::span<const std::uint32_t> Index::processes_between(HostId host, Timestamp from, Timestamp until) const {
    const std::span<const std::uint32_t> all = processes_on(host);
    const auto first = std::partition_point(
        all.begin(), all.end(), [&](std::uint32_t i) { return beginning_of(history_.processes[i]) < from; });
    const auto last = std::partition_point(
        first, all.end(), [&](std::uint32_t i) { return beginning_of(history_.processes[i]) <= until; });
    return {first, last};
}

std::span<const std::uint32_t> Index::sessions_between(HostId host, Timestamp from, Timestamp until) const {
    const std::span<const std::uint32_t> all = sessions_on(host);
    const auto first = std::partition_point(all.begin(), all.end(),
                                            [&](std::uint32_t i) { return beginning(history_.sessions[i]) < from; });
    const auto last = std::partition_point(first, all.end(),
                                           [&](std::uint32_t i) { return beginning(history_.sessions[i]) <= until; });
    return {first, last};
}

std::span<const std::uint32_t> Index::children_of(std::uint32_t process) const { return children_.of(process); }

}  // namespace spoor::trails
