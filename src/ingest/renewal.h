// Renewal: the history of all hosts after some of them got events: what is new about these, and from when on it can
// matter to anybody else.
//
// A day of events of one host must not have the sessions of a hundred others worked out anew. Hosts without new events
// keep their records, and in the order in which they came before, so that these keep their numbers; the others follow.
// Links rest on what was there at some time: those that all evidence of lies before anything has changed are still the
// same (conclude.cc).
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <vector>

#include "model/history.h"
#include "store/store.h"
#include "trails/evidence/evidence.h"

namespace spoor::ingest {

/// A history whose texts lie in pools that a later one can share.
struct SharedHistory {
    History history = {};                                          // its own pool is empty
    std::map<HostId, std::shared_ptr<const TextPool>> texts = {};  // of a host's records
    std::shared_ptr<const TextPool> reasons = {};                  // of its links
};
std::shared_ptr<const SharedHistory> share(History&& history);

/// The hosts of a history, in the order of their records.
std::vector<HostId> hosts_in(const History& history);

struct Renewed {
    SharedHistory account = {};  // its links are still to come
    // Of each session and process that there was before, its number now; kNobody where it is not known to be the same.
    std::vector<std::uint32_t> sessions = {};
    std::vector<std::uint32_t> processes = {};
    Timestamp changed = Timestamp::latest();  // nothing before that is otherwise than it was
};
/// What is known of `kept` hosts stays; the others are as the histories say, one host each.
Renewed renew(const SharedHistory& before, std::span<const HostId> kept, std::vector<std::pair<HostId, History>> fresh);

/// Of a history, all that was there from a moment on, or when one of `moments` was: what Conclusion::excerpt() gives.
store::Excerpt excerpt_of(const History& history, Timestamp from, std::span<const store::Conclusion::Moment> moments);

/// Whether these sightings, both settled, say another thing of some address than those before did.
bool tells_otherwise(std::span<const trails::AddressSighting> before, std::span<const trails::AddressSighting> now);

}  // namespace spoor::ingest
