// Presence: whether somebody was there in a span of time, or when one of some moments was.
#pragma once
#include <map>
#include <span>
#include <vector>

#include "store/store.h"

namespace spoor::store {

class Presence {
public:
    Presence(Timestamp from, Timestamp until, std::span<const Conclusion::Moment> moments);

    /// Of one who was there on that host from `begin` to `end`.
    bool has(HostId host, Timestamp begin, Timestamp end) const;
    /// Who had ended before that was not there, nor who began after this.
    Timestamp earliest() const { return earliest_; }
    Timestamp latest() const { return until_; }

private:
    Timestamp from_;
    Timestamp until_;
    Timestamp earliest_;
    std::map<HostId, std::vector<Timestamp>> moments_;  // in order
};

}  // namespace spoor::store
