// Clocks: how far the clocks of two hosts differ, and from when on.
//
// A network logon, a ticket or a connection that a server accepted names the client's address and port, and the
// client's own log has the connection from that port: one happening, stamped by two clocks. An address and port that
// occur once on either side within a quarter of an hour make a pair; the median over the pairs of two hosts is the
// offset. A clock may be set while logs are written: where several pairs in a row agree on another offset, a stretch
// with an offset of its own begins. Two hosts that never called each other are compared with a third that both were
// compared with: a domain controller, as a rule. Sysmon stamps connections a second or two late, which the median of
// few pairs keeps; the windows of the joins allow for it.
#pragma once
#include <optional>
#include <vector>

#include "base/flat_map.h"
#include "trails/links.h"

namespace spoor::trails {

/// No two clocks are thought to be further apart.
inline constexpr Duration kMostSkew = Duration::seconds(15 * 60);

std::vector<ClockSkew> estimate_clock_skews(const History& history, const Evidence& evidence);

class Clocks {
public:
    explicit Clocks(std::vector<ClockSkew> skews);

    /// What must be added to a time of host `a` to compare it with one of host `b`.
    Duration between(HostId a, HostId b, Timestamp time) const;

    const std::vector<ClockSkew>& skews() const { return skews_; }

private:
    struct Offset {
        Duration value;
        std::uint32_t pairs = 0;
    };

    Offset offset_at(const std::vector<std::uint32_t>& stretches, Timestamp time) const;
    std::optional<Offset> compared(HostId a, HostId b, Timestamp time) const;

    /// What is known of two hosts, one way round.
    struct Compared {
        std::vector<std::uint32_t> stretches;  // indices
        bool is_back = false;                  // of the other way round
    };

    std::vector<ClockSkew> skews_;                        // of two hosts by their times
    FlatMap<std::uint64_t, Compared> of_hosts_;           // both ways round
    FlatMap<std::uint64_t, std::vector<HostId>> others_;  // that a host was compared with
};

}  // namespace spoor::trails
