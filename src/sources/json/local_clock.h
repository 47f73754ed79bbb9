// LocalClock: finds out what a file's local times are in UTC.
//
// Some exporters write the wall clock of some machine and label it Z, some even by a twelve-hour clock without AM and
// PM. Sysmon writes UtcTime into its records, and that is right in all but events 3 and 22 (a network event's time
// counts from a boot that a sleeping machine forgets). So each other Sysmon record tells the offset at its place in the
// file, to the quarter of an hour, and a record between two of them takes theirs; where they differ (noon on a
// twelve-hour clock, a change to summer time) it takes the one that lets it fall between them.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.h"

namespace spoor::json {

class LocalClock {
public:
    /// Tells that the record on `line`, which has the local time `local`, was written at `utc`. Lines must not
    /// decrease. A pair whose difference is no time zone is not believed.
    void learn(std::uint64_t line, Timestamp local, Timestamp utc);

    /// To be called when all has been learnt: drops single records that contradict both their neighbours.
    void settle();

    bool knows_anything() const { return !runs_.empty(); }

    /// The offsets that were found, each once, in the order met.
    std::vector<Duration> offsets() const;

    /// `local`, told on `line`, in UTC; nothing when the file gave no hint.
    std::optional<Timestamp> to_utc(std::uint64_t line, Timestamp local) const;

private:
    /// Lines in a row whose records agree.
    struct Run {
        Duration offset;
        std::uint64_t first_line;
        std::uint64_t last_line;
        Timestamp first_utc;
        Timestamp last_utc;
        std::uint64_t count;
    };
    std::vector<Run> runs_;
};

/// A difference of two clocks as a time zone: to the nearest quarter of an hour.
Duration quarter_hours(Duration difference);

}  // namespace spoor::json
