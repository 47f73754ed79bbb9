// Timeline: the observations of one host in the order in which they happened, each once.
//
// Within a channel the record numbers give the order, not the times: a clock that is set back must not turn the order
// of records around. Numbers start again when a log is cleared or made anew, though, and then times give the order.
// Which of the two happened is told from the records: sorted by number, a clock set back shows as one fall of the
// times, and two logs on top of each other as very many; sorted by time it is the other way about. The order with fewer
// falls is taken.
//
// Across channels times give the order. Where the clock was set back, the times before it are shifted back by the same
// amount for this purpose only, so that what came before the step stays before it in every channel.
#pragma once
#include <cstdint>
#include <vector>

#include "sessions/host_log.h"

namespace spoor::sessions {

struct Moment {
    const Observation* seen = nullptr;
    Timestamp at = {};                // for ordering; differs from the record's time before a step of the clock
    std::uint32_t boot = 0;           // see boots.h
    std::uint32_t session = kNobody;  // that the record itself is about; filled in by the SessionTable
    std::uint32_t process = kNobody;  // that acted; filled in by the ProcessTable
};

using Timeline = std::vector<Moment>;

/// A pure function of the set of observations: the order in which they were added has no influence.
Timeline order_in_time(const HostLog& log);

}  // namespace spoor::sessions
