#include "sources/linux/host/clock.h"

#include <ctime>

namespace spoor::sensor {
namespace {

constexpr std::int64_t kStep = 100'000'000;

std::int64_t read_clock(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

BootClock::BootClock() : offset_(read_clock(CLOCK_REALTIME) - read_clock(CLOCK_BOOTTIME)) {}

std::uint64_t BootClock::now() { return static_cast<std::uint64_t>(read_clock(CLOCK_BOOTTIME)); }

std::optional<BootClock::Step> BootClock::refresh() {
    const std::int64_t since_boot = read_clock(CLOCK_BOOTTIME);
    const std::int64_t offset = read_clock(CLOCK_REALTIME) - since_boot;
    const std::int64_t moved = offset - offset_;
    const Step step{Timestamp{since_boot + offset_}, Timestamp{since_boot + offset}};
    offset_ = offset;
    if (moved < kStep && moved > -kStep) return std::nullopt;
    return step;
}

}  // namespace spoor::sensor
