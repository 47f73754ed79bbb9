// BootClock: the kernel's clock of nanoseconds since boot, and what time of day that is.
//
// The difference of the two is taken anew now and then: it jumps when somebody sets the clock, and creeps when the
// clock is slewed. Records keep the time of day that held when they were read.
#pragma once
#include <cstdint>
#include <optional>

#include "base/time.h"

namespace spoor::sensor {

class BootClock {
public:
    BootClock();

    Timestamp wall(std::uint64_t since_boot) const {
        return Timestamp{static_cast<std::int64_t>(since_boot) + offset_};
    }
    /// Nanoseconds since boot, now.
    static std::uint64_t now();

    struct Step {
        Timestamp before;  // what time it would be now, had nobody set the clock
        Timestamp after;
    };
    /// Takes the difference anew; tells of a jump of more than 100 ms.
    std::optional<Step> refresh();

private:
    std::int64_t offset_ = 0;
};

}  // namespace spoor::sensor
