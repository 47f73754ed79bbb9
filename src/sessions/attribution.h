// Attribution: puts events down to the session and process that caused them, by a History that is already worked out.
//
// A second pass over events, in any order: what the tracker found needs no state to be asked. A record's own logon id
// is looked up among the sessions of its host, where the boot follows from the time; its process by Sysmon's GUID, else
// by id, time and program. Nothing is allocated for an event.
//
//     History history = tracker.finish();
//     const Attribution attribution(history);
//     attribution.stamp(batch);            // sets Event::actor of every event
#pragma once
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "model/history.h"
#include "sessions/host_log.h"

namespace spoor::sessions {

class Attribution {
public:
    /// `history` must outlive this and not change.
    explicit Attribution(const History& history);

    /// Sets the actor of every event of the batch.
    void stamp(Batch& batch) const;

    Actor actor(const Batch& batch, const Event& event) const;
    /// The same of what a log of the host keeps of an event.
    Actor actor(const HostLog& log, const Observation& seen) const;

    /// The session that had this logon id on that host at that moment; kNobody where none is known.
    std::uint32_t session_at(HostId host, LogonId logon_id, Timestamp time) const;
    std::uint32_t process_of_guid(const Guid& guid) const;
    /// The process that had this id; `image` may be empty, and is else compared by its last part.
    std::uint32_t process_at(HostId host, std::uint64_t process_id, Timestamp time, std::string_view image) const;

private:
    struct Key {
        HostId host;
        std::uint64_t number;
        friend bool operator==(const Key&, const Key&) = default;
    };
    struct KeyHash {
        std::size_t operator()(const Key& key) const {
            return hash_keyed(hash_keyed(hash_secret(), static_cast<std::uint64_t>(key.host)), key.number);
        }
    };
    struct Run {
        std::uint32_t first = 0;
        std::uint32_t count = 0;
    };
    struct GuidHash {
        std::size_t operator()(const Guid& guid) const {
            return hash64({reinterpret_cast<const char*>(guid.bytes.data()), guid.bytes.size()}, hash_secret());
        }
    };
    using Runs = std::unordered_map<Key, Run, KeyHash>;

    Actor actor_named(HostId host, Timestamp time, Kind kind, const Mentions& named) const;

    const History& history_;
    Runs sessions_by_id_;  // into session_order_, by first_seen
    std::vector<std::uint32_t> session_order_;
    Runs processes_by_id_;  // into process_order_, by begin
    std::vector<std::uint32_t> process_order_;
    std::unordered_map<Guid, std::uint32_t, GuidHash> processes_by_guid_;
};

}  // namespace spoor::sessions
