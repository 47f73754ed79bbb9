#include "ingest/renewal.h"

#include <algorithm>

#include "model/member_codec.h"
#include "store/presence.h"
#include "trails/evidence/address_book.h"

namespace spoor::ingest {
namespace {

/// Where a host's records lie in a history.
struct Part {
    struct Range {
        std::uint32_t first = 0;
        std::uint32_t count = 0;
    };
    Range boots = {};
    Range sessions = {};
    Range processes = {};
};

HostId host_of(const Boot& boot) { return boot.host; }
HostId host_of(const Session& session) { return session.key.host; }
HostId host_of(const Process& process) { return process.host; }

std::map<HostId, Part> parts_of(const History& history) {
    std::map<HostId, Part> parts;
    const auto note = [&](const auto& records, Part::Range Part::* table) {
        for (std::uint32_t i = 0; i < records.size(); ++i) {
            Part::Range& range = parts[host_of(records[i])].*table;
            if (range.count++ == 0) range.first = i;
        }
    };
    note(history.boots, &Part::boots);
    note(history.sessions, &Part::sessions);
    note(history.processes, &Part::processes);
    return parts;
}

/// Moves the places that a record refers to from one part to another; differences count modulo 2^32.
struct Move {
    Part from = {};
    Part to = {};

    template <typename T>
    void operator()(std::string_view, T&& member) {
        if constexpr (std::same_as<std::remove_cvref_t<T>, Place>)
            if (member.index != kNobody) member.index += shift(member.table);
    }
    std::uint32_t shift(Table table) const {
        if (table == Table::Boots) return to.boots.first - from.boots.first;
        return table == Table::Sessions ? to.sessions.first - from.sessions.first
                                        : to.processes.first - from.processes.first;
    }
};

/// Adds the records of a host, and tells where they lie now.
Part append(const History& from, const Part& part, History& to) {
    const auto end = [](const auto& records, Part::Range range) {
        return Part::Range{static_cast<std::uint32_t>(records.size()), range.count};
    };
    Move move{part, {end(to.boots, part.boots), end(to.sessions, part.sessions), end(to.processes, part.processes)}};
    const auto add = [&](const auto& source, Part::Range range, auto& records) {
        for (const auto& record : std::span(source).subspan(range.first, range.count)) {
            records.push_back(record);
            visit_members(move, records.back());
        }
    };
    add(from.boots, part.boots, to.boots);
    add(from.sessions, part.sessions, to.sessions);
    add(from.processes, part.processes, to.processes);
    return move.to;
}

// ---- What is new about a host

/// References as places within the host, which is all that makes records comparable.
struct Within {
    const Part& part;

    std::uint64_t number(HostId host) const { return static_cast<std::uint64_t>(host); }
    std::uint64_t number(ChannelId channel) const { return static_cast<std::uint64_t>(channel); }
    std::uint64_t number(const Place& place) const {
        if (place.index == kNobody) return 0;
        const Part::Range range = place.table == Table::Boots      ? part.boots
                                  : place.table == Table::Sessions ? part.sessions
                                                                   : part.processes;
        return std::uint64_t{place.index} - range.first + 1;
    }
    std::string text(std::string_view text) const { return std::string(text); }
};

template <typename Record>
std::string bytes_of(const Record& record, const Part& part) {
    std::string bytes;
    MemberWriter(bytes, Within{part}).write(record);
    return bytes;
}

/// What does not change while a record goes on.
std::string lasting_facts(Session session, const Part& part) {
    session.last_seen = {};
    session.end = session.logoff_requested = std::nullopt;
    session.end_reason = EndReason::Unknown;
    session.locked = session.disconnected = false;
    session.process_count = 0;
    session.event_count = 0;
    session.evidence.clear();
    return bytes_of(session, part);
}
std::string lasting_facts(Process process, const Part& part) {
    process.last_seen = {};
    process.end = std::nullopt;
    process.exit_code = std::nullopt;
    process.evidence.clear();
    return bytes_of(process, part);
}
std::string lasting_facts(Boot boot, const Part& part) {
    boot.last_seen = {};
    boot.stopped = std::nullopt;
    boot.stopped_cleanly = boot.crashed = false;
    boot.evidence.clear();
    return bytes_of(boot, part);
}

Timestamp begin_of(const Boot& boot) { return std::min(boot.started.value_or(boot.first_seen), boot.first_seen); }
Timestamp begin_of(const Session& session) {
    return std::min(session.start.value_or(session.first_seen), session.first_seen);
}
Timestamp begin_of(const Process& process) {
    return std::min(process.start.value_or(process.first_seen), process.first_seen);
}

std::optional<Timestamp> end_of(const Boot& boot) { return boot.stopped; }
std::optional<Timestamp> end_of(const Session& session) { return session.end; }
std::optional<Timestamp> end_of(const Process& process) { return process.end; }

/// Which half of an elevated pair works, and which network sessions ran programs, is told by how many processes there
/// are.
bool counts_otherwise(const Session& before, const Session& now) {
    if (before.process_count == now.process_count) return false;
    return before.process_count == 0 || now.process_count == 0 || now.linked != LogonId::none() ||
           now.elevated.has_value();
}
bool counts_otherwise(const Boot&, const Boot&) { return false; }
bool counts_otherwise(const Process&, const Process&) { return false; }

/// The earliest record that only one of two lists has.
Timestamp first_difference(std::span<const EventRef> before, std::span<const EventRef> now) {
    Timestamp first = Timestamp::latest();
    for (const auto& [some, others] : {std::pair(before, now), std::pair(now, before)})
        for (const EventRef& event : some)
            if (std::ranges::find(others, event) == others.end()) first = std::min(first, event.time);
    return first;
}

/// From when on a record that goes on is otherwise than it was.
template <typename Record>
Timestamp changed_since(const Record& before, const Record& now) {
    if (counts_otherwise(before, now)) return std::min(begin_of(before), begin_of(now));
    Timestamp changed = first_difference(before.evidence, now.evidence);
    if (before.last_seen != now.last_seen) changed = std::min({changed, before.last_seen, now.last_seen});
    if (end_of(before) != end_of(now))
        changed = std::min(
            {changed, end_of(before).value_or(Timestamp::latest()), end_of(now).value_or(Timestamp::latest())});
    return changed;
}

/// Compares what a host had and has. `same` records, the first of both, are those that go on.
template <typename Record>
Timestamp compare(std::span<const Record> before, const Part& part_before, std::span<const Record> now,
                  const Part& part_now, std::uint32_t& same) {
    Timestamp changed = Timestamp::latest();
    for (same = 0; same < std::min(before.size(), now.size()); ++same) {
        if (lasting_facts(before[same], part_before) != lasting_facts(now[same], part_now)) break;
        changed = std::min(changed, changed_since(before[same], now[same]));
    }
    // From there on they stand at other places.
    for (const std::span<const Record> rest : {before.subspan(same), now.subspan(same)})
        for (const Record& record : rest) changed = std::min(changed, begin_of(record));
    return changed;
}

template <typename Record>
std::span<const Record> records_of(const std::vector<Record>& records, Part::Range range) {
    return std::span(records).subspan(range.first, range.count);
}

void map_numbers(std::vector<std::uint32_t>& numbers, std::uint32_t from, std::uint32_t to, std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) numbers[from + i] = to + i;
}

}  // namespace

std::shared_ptr<const SharedHistory> share(History&& history) {
    auto shared = std::make_shared<SharedHistory>();
    shared->reasons = std::make_shared<const TextPool>(std::move(history.texts));
    shared->history = std::move(history);
    shared->history.texts = {};
    for (const HostId host : hosts_in(shared->history)) shared->texts[host] = shared->reasons;
    return shared;
}

std::vector<HostId> hosts_in(const History& history) {
    std::vector<HostId> hosts;  // every session and process is of a boot
    for (const Boot& boot : history.boots)
        if (hosts.empty() || hosts.back() != boot.host) hosts.push_back(boot.host);
    return hosts;
}

Renewed renew(const SharedHistory& before, std::span<const HostId> kept,
              std::vector<std::pair<HostId, History>> fresh) {
    Renewed renewed;
    History& history = renewed.account.history;
    const std::map<HostId, Part> parts = parts_of(before.history);
    renewed.sessions.resize(before.history.sessions.size(), kNobody);
    renewed.processes.resize(before.history.processes.size(), kNobody);
    history.sessions.reserve(before.history.sessions.size() + 64);
    history.processes.reserve(before.history.processes.size() + 1024);
    const auto part_before = [&](HostId host) {
        const auto found = parts.find(host);
        return found != parts.end() ? found->second : Part{};
    };
    for (const HostId host : kept) {
        const Part old = part_before(host);
        const Part part = append(before.history, old, history);
        map_numbers(renewed.sessions, old.sessions.first, part.sessions.first, old.sessions.count);
        map_numbers(renewed.processes, old.processes.first, part.processes.first, old.processes.count);
        if (const auto texts = before.texts.find(host); texts != before.texts.end())
            renewed.account.texts.insert(*texts);
    }
    for (auto& [host, own] : fresh) {
        const Part old = part_before(host);
        const std::map<HostId, Part> own_parts = parts_of(own);
        const Part whole = own_parts.contains(host) ? own_parts.at(host) : Part{};
        const Part part = append(own, whole, history);
        std::uint32_t same = 0;
        const auto differ = [&](const auto& records_before, Part::Range range_before, const auto& records,
                                Part::Range range) {
            renewed.changed = std::min(renewed.changed, compare(records_of(records_before, range_before), old,
                                                                records_of(records, range), whole, same));
        };
        differ(before.history.boots, old.boots, own.boots, whole.boots);
        differ(before.history.sessions, old.sessions, own.sessions, whole.sessions);
        map_numbers(renewed.sessions, old.sessions.first, part.sessions.first, same);
        differ(before.history.processes, old.processes, own.processes, whole.processes);
        map_numbers(renewed.processes, old.processes.first, part.processes.first, same);
        renewed.account.texts[host] = std::make_shared<const TextPool>(std::move(own.texts));
    }
    return renewed;
}

// ---- Excerpts

store::Excerpt excerpt_of(const History& history, Timestamp from, std::span<const store::Conclusion::Moment> moments) {
    const store::Presence presence(from, Timestamp::latest(), moments);
    std::vector<bool> process_there(history.processes.size());
    std::vector<bool> session_there(history.sessions.size());
    // A session whose end is not known goes on; a process of which nothing more is heard does not matter.
    for (std::size_t i = 0; i < history.sessions.size(); ++i) {
        const Session& session = history.sessions[i];
        const Timestamp end = session.end ? std::max(*session.end, session.last_seen) : Timestamp::latest();
        session_there[i] = presence.has(session.key.host, begin_of(session), end);
    }
    for (std::uint32_t i = 0; i < history.processes.size(); ++i) {
        const Process& process = history.processes[i];
        const Timestamp end = std::max(process.end.value_or(process.last_seen), process.last_seen);
        if (!presence.has(process.host, begin_of(process), end)) continue;
        // Up to the first of its line of programs.
        for (std::uint32_t at = i; at != kNobody && !process_there[at]; at = history.processes[at].parent)
            process_there[at] = true;
    }
    store::Excerpt excerpt;
    excerpt.history.boots = history.boots;
    std::vector<std::uint32_t> session_at(history.sessions.size(), kNobody);
    std::vector<std::uint32_t> process_at(history.processes.size(), kNobody);
    const auto choose = [](const std::vector<bool>& there, std::vector<std::uint32_t>& chosen,
                           std::vector<std::uint32_t>& place) {
        for (std::uint32_t i = 0; i < there.size(); ++i)
            if (there[i]) {
                place[i] = static_cast<std::uint32_t>(chosen.size());
                chosen.push_back(i);
            }
    };
    choose(process_there, excerpt.processes, process_at);
    for (const std::uint32_t number : excerpt.processes)
        if (const std::uint32_t session = history.processes[number].session; session != kNobody)
            session_there[session] = true;
    choose(session_there, excerpt.sessions, session_at);
    for (const std::uint32_t number : excerpt.sessions) excerpt.history.sessions.push_back(history.sessions[number]);
    for (const std::uint32_t number : excerpt.processes) {
        Process& process = excerpt.history.processes.emplace_back(history.processes[number]);
        if (process.parent != kNobody) process.parent = process_at[process.parent];
        if (process.session != kNobody) process.session = session_at[process.session];
    }
    return excerpt;
}

// ---- Addresses

namespace {

/// Whether an address that nobody else has is surely its host's at moments at which it was not, as far as the sightings
/// before told: for a lease before and after it was seen there.
bool makes_sure(const trails::AddressSighting& before, const trails::AddressSighting& now) {
    return now.first != before.first || now.last - before.last > trails::AddressBook::kLease;
}

}  // namespace

bool tells_otherwise(std::span<const trails::AddressSighting> before, std::span<const trails::AddressSighting> now) {
    const auto same = [](const trails::AddressSighting& a, const trails::AddressSighting& b) {
        return a.host == b.host && a.first == b.first && a.last == b.last;
    };
    while (!now.empty()) {
        const auto of = [&](std::span<const trails::AddressSighting> all) {
            return std::ranges::equal_range(all, now.front().address, {}, &trails::AddressSighting::address);
        };
        const auto known = of(before);
        const auto told = of(now);
        const bool has_one_host = known.size() == 1 && told.size() == 1 && known.front().host == told.front().host;
        if (has_one_host ? makes_sure(known.front(), told.front()) : !std::ranges::equal(known, told, same))
            return true;
        now = now.subspan(told.size());
    }
    return false;
}

}  // namespace spoor::ingest
