#include "sessions/attribution.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <tuple>

#include "base/unicode.h"
#include "sessions/actor.h"
#include "sessions/mentions.h"
#include "sessions/process_table.h"

namespace spoor::sessions {
namespace {

constexpr Duration kClocksDiffer = Duration::seconds(2);

}  // namespace

Attribution::Attribution(const History& history) : history_(history) {
    const auto index = [](std::vector<std::uint32_t>& order, Runs& runs, auto key_of) {
        for (std::uint32_t i = 0; i < order.size(); ++i) {
            Run& run = runs[key_of(order[i])];
            if (run.count++ == 0) run.first = i;
        }
    };
    session_order_.resize(history.sessions.size());
    std::iota(session_order_.begin(), session_order_.end(), 0u);
    const auto session_key = [&](std::uint32_t i) {
        return Key{history.sessions[i].key.host, history.sessions[i].key.logon_id.value()};
    };
    std::sort(session_order_.begin(), session_order_.end(), [&](std::uint32_t a, std::uint32_t b) {
        const Key x = session_key(a), y = session_key(b);
        return std::tuple(x.host, x.number, history.sessions[a].first_seen, a) <
               std::tuple(y.host, y.number, history.sessions[b].first_seen, b);
    });
    index(session_order_, sessions_by_id_, session_key);

    process_order_.resize(history.processes.size());
    std::iota(process_order_.begin(), process_order_.end(), 0u);
    const auto process_key = [&](std::uint32_t i) { return Key{history.processes[i].host, history.processes[i].pid}; };
    std::sort(process_order_.begin(), process_order_.end(), [&](std::uint32_t a, std::uint32_t b) {
        const Key x = process_key(a), y = process_key(b);
        return std::tuple(x.host, x.number, begin_of(history.processes[a]), a) <
               std::tuple(y.host, y.number, begin_of(history.processes[b]), b);
    });
    index(process_order_, processes_by_id_, process_key);

    for (std::uint32_t i = 0; i < history.processes.size(); ++i)
        if (!history.processes[i].guid.is_zero()) processes_by_guid_.emplace(history.processes[i].guid, i);
}

std::uint32_t Attribution::session_at(HostId host, LogonId logon_id, Timestamp time) const {
    const auto run = sessions_by_id_.find({host, logon_id.value()});
    if (run == sessions_by_id_.end()) return kNobody;
    const auto first = session_order_.begin() + run->second.first;
    if (run->second.count == 1) return *first;
    // Reused after a boot: the last that had been seen by then.
    auto after = std::upper_bound(first, first + run->second.count, time,
                                  [&](Timestamp t, std::uint32_t i) { return t < history_.sessions[i].first_seen; });
    return after == first ? *first : *--after;
}

std::uint32_t Attribution::process_of_guid(const Guid& guid) const {
    const auto found = processes_by_guid_.find(guid);
    return found == processes_by_guid_.end() ? kNobody : found->second;
}

std::uint32_t Attribution::process_at(HostId host, std::uint64_t process_id, Timestamp time,
                                      std::string_view image) const {
    const auto run = processes_by_id_.find({host, process_id});
    if (run == processes_by_id_.end()) return kNobody;
    const auto first = process_order_.begin() + run->second.first;
    auto place = std::upper_bound(first, first + run->second.count, time + kClocksDiffer,
                                  [&](Timestamp t, std::uint32_t i) { return t < begin_of(history_.processes[i]); });
    for (int tries = 0; place != first && tries < 2; ++tries) {
        const Process& process = history_.processes[*--place];
        if (process.end && *process.end + kClocksDiffer < time) break;
        if (process.image.empty() || image.empty() || process.image == image ||
            equals_ignoring_ascii_case(base_name(process.image), base_name(image)))
            return *place;
        if (begin_of(process) + kClocksDiffer < time) break;
    }
    return kNobody;
}

Actor Attribution::actor(const Batch& batch, const Event& event) const {
    return actor_named(event.host, event.time, event.kind, mentions_of(batch, event));
}

Actor Attribution::actor(const HostLog& log, const Observation& seen) const {
    Mentions named;
    named.subject = seen.subject;
    named.target = seen.target;
    named.process_id = seen.process_id;
    named.process_guid = log.blob(seen.process_guid);
    named.image = log.blob(seen.image);
    return actor_named(log.id(), seen.time, seen.kind, named);
}

Actor Attribution::actor_named(HostId host, Timestamp time, Kind kind, const Mentions& named) const {
    std::uint32_t own = kNobody;
    if (const std::uint64_t logon_id = own_logon_id(kind, named.subject, named.target); logon_id != 0)
        own = session_at(host, LogonId(logon_id), time);
    std::uint32_t process = kNobody;
    if (!named.process_guid.empty()) {
        Guid guid;
        std::memcpy(guid.bytes.data(), named.process_guid.data(), guid.bytes.size());
        process = process_of_guid(guid);
    } else if (named.process_id != 0) {
        process = process_at(host, named.process_id, time, named.image);
    }
    return actor_of(kind, own, process, history_);
}

void Attribution::stamp(Batch& batch) const {
    for (Event& event : batch.events()) event.actor = actor(batch, event);
}

}  // namespace spoor::sessions
