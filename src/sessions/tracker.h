// Tracker: from the events of any number of hosts to their boots, sessions and processes.
//
//     Tracker tracker;
//     while (read(batch)) tracker.observe(batch, catalog);   // in any order, any batches
//     const History history = tracker.finish();
//
// Learning and concluding are separate: `observe` only notes what events say, and `finish` works out, from all that was
// noted, what happened. The result depends on the set of events alone, not on the order of files, batches or records,
// and an event that comes twice (the same log imported again, exports that overlap) counts once.
//
// For threads: one Tracker each, then `absorb` them into one.
//
// For a store that keeps growing: after each import keep `serialise(host)` of every host that the import touched. For
// the next one `load` the hosts that it touches, observe the new events, and `finish` again: hosts do not influence
// each other's sessions and processes, so only those need to be worked out anew. Indices of sessions and processes are
// good within one History; what stays is SessionKey with its times, and a process's GUID or id and begin.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/catalog.h"
#include "model/history.h"
#include "sessions/host_log.h"

namespace spoor::sessions {

class Tracker {
public:
    /// Notes what the events of the batch say. Nothing of the batch is kept; the catalog must be the same in every
    /// call.
    void observe(const Batch& batch, const Catalog& catalog);

    /// Takes in all that another tracker noted with the same catalog.
    void absorb(const Tracker& other);

    /// What all that was noted adds up to. Can be called again after more was observed; of a tracker that is not needed
    /// any more, each host's notes are let go as soon as its history is known, so that never both are held whole.
    History finish() const&;
    History finish() &&;
    /// The same for one host, by its name.
    History finish(std::string_view host) const;

    /// What is known of a host as bytes, for `load` in a later run; empty for a host that is not known.
    std::string serialise(std::string_view host) const;
    Result<void> load(std::string_view bytes, Catalog& catalog);

    /// Names of the hosts that were seen, in order.
    std::vector<std::string_view> hosts() const;
    /// Observations held, those that came twice included.
    std::size_t size() const;
    std::size_t footprint() const;

private:
    HostLog& log_of(std::string_view name, HostId id);

    std::map<std::string, HostLog, std::less<>> logs_;  // by name, so that results are in the order of names
    std::unordered_map<HostId, HostLog*> by_id_;
};

/// Adds what one host's log adds up to, behind what `history` has of other hosts.
void conclude(const HostLog& log, History& history);

}  // namespace spoor::sessions
