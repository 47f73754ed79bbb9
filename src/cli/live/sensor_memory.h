// SensorMemory: what the sensor must know of itself when it starts again: the number of its next event. A small file,
// written over before each handful of events goes out, so that even one that was killed goes on with the right number:
// what was numbered and never went out shows as missing, and no number is given twice.
#pragma once
#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/time.h"

namespace spoor::cli {

class SensorMemory {
public:
    /// Reads the file, or begins a new series of numbers where there is none that can be read. An empty path remembers
    /// nothing.
    static Result<SensorMemory> open(const std::string& path);
    SensorMemory(SensorMemory&& other) noexcept;
    SensorMemory& operator=(SensorMemory&&) = delete;
    ~SensorMemory();

    const std::string& series() const { return series_; }
    std::uint64_t next_number() const { return next_number_; }

    /// From now on events have numbers from `next_number` on.
    Result<void> remember(std::uint64_t next_number, Timestamp now);

private:
    SensorMemory() = default;

    std::string path_;
    int descriptor_ = -1;
    std::string series_;
    std::uint64_t next_number_ = 1;
    Timestamp synced_ = {};
};

}  // namespace spoor::cli
