#include "sources/json/local_clock.h"

#include <algorithm>

namespace spoor::json {
namespace {

/// A file that changes its offset more often than this tells nothing.
constexpr std::size_t kMostRuns = 100'000;

/// How late a record may be written after the moment that it tells.
constexpr Duration kLatest = Duration::seconds(180);

/// How far `time` lies outside of [from, to].
Duration distance(Timestamp time, Timestamp from, Timestamp to) {
    if (to < from) std::swap(from, to);
    if (time < from) return from - time;
    if (time > to) return time - to;
    return {};
}

}  // namespace

Duration quarter_hours(Duration difference) {
    constexpr std::int64_t kQuarter = Duration::seconds(900).nanoseconds;
    const std::int64_t rest = difference.nanoseconds % kQuarter;
    std::int64_t quarters = difference.nanoseconds / kQuarter;
    if (rest >= kQuarter / 2) ++quarters;
    if (rest <= -kQuarter / 2) --quarters;
    // The ends of time are no quarter, and farther away than any zone.
    return {std::clamp(quarters, INT64_MIN / kQuarter, INT64_MAX / kQuarter) * kQuarter};
}

void LocalClock::learn(std::uint64_t line, Timestamp local, Timestamp utc) {
    const Duration offset = quarter_hours(utc - local);
    const Duration rest = (local + offset) - utc;
    if (rest > kLatest || rest < Duration{-kLatest.nanoseconds}) return;
    if (!runs_.empty() && runs_.back().offset == offset) {
        runs_.back().last_line = line;
        runs_.back().last_utc = utc;
        runs_.back().count++;
    } else if (runs_.size() < kMostRuns) {
        runs_.push_back({offset, line, line, utc, utc, 1});
    }
}

void LocalClock::settle() {
    std::vector<Run> settled;
    for (std::size_t i = 0; i < runs_.size(); ++i) {
        const Run& run = runs_[i];
        const bool contradicted =
            run.count == 1 && !settled.empty() && i + 1 < runs_.size() && settled.back().offset == runs_[i + 1].offset;
        if (contradicted) continue;
        if (!settled.empty() && settled.back().offset == run.offset) {
            settled.back().last_line = run.last_line;
            settled.back().last_utc = run.last_utc;
            settled.back().count += run.count;
        } else {
            settled.push_back(run);
        }
    }
    runs_ = std::move(settled);
}

std::vector<Duration> LocalClock::offsets() const {
    std::vector<Duration> offsets;
    for (const Run& run : runs_)
        if (std::ranges::find(offsets, run.offset) == offsets.end()) offsets.push_back(run.offset);
    return offsets;
}

std::optional<Timestamp> LocalClock::to_utc(std::uint64_t line, Timestamp local) const {
    if (runs_.empty()) return std::nullopt;
    const auto after = std::ranges::upper_bound(runs_, line, {}, &Run::first_line);
    if (after == runs_.begin()) return local + after->offset;
    const Run& before = *(after - 1);
    const Timestamp by_before = local + before.offset;
    if (line <= before.last_line || after == runs_.end()) return by_before;
    const Timestamp by_after = local + after->offset;
    const Duration miss_before = distance(by_before, before.last_utc, after->first_utc);
    const Duration miss_after = distance(by_after, before.last_utc, after->first_utc);
    return miss_after < miss_before ? by_after : by_before;
}

}  // namespace spoor::json
