// Timestamp: a moment in UTC, in nanoseconds since the Unix epoch. Local time appears only on screens.
#pragma once
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace spoor {

/// A length of time in nanoseconds.
struct Duration {
    std::int64_t nanoseconds = 0;

    static constexpr Duration seconds(std::int64_t n) { return {n * 1'000'000'000}; }
    static constexpr Duration milliseconds(std::int64_t n) { return {n * 1'000'000}; }

    friend constexpr auto operator<=>(Duration, Duration) = default;
};

/// The years 1678 to 2262 can be held; what lies outside is clamped to them.
struct Timestamp {
    std::int64_t nanoseconds = 0;

    static constexpr Timestamp earliest() { return {INT64_MIN}; }
    static constexpr Timestamp latest() { return {INT64_MAX}; }

    /// From 100 ns ticks since 1601, as Windows counts ([MS-DTYP] 2.3.3).
    static constexpr Timestamp from_filetime(std::uint64_t ticks) {
        constexpr std::uint64_t kUnixEpoch = 116'444'736'000'000'000;
        constexpr std::uint64_t kReach = INT64_MAX / 100;
        if (ticks >= kUnixEpoch)
            return ticks - kUnixEpoch > kReach ? latest()
                                               : Timestamp{static_cast<std::int64_t>(ticks - kUnixEpoch) * 100};
        return kUnixEpoch - ticks > kReach ? earliest()
                                           : Timestamp{-static_cast<std::int64_t>(kUnixEpoch - ticks) * 100};
    }

    static constexpr Timestamp from_unix_seconds(std::int64_t seconds) { return {seconds * 1'000'000'000}; }

    /// Reads RFC 3339 ("2020-10-09T22:28:10.123Z", "+02:00"); a blank may stand for the T. A time with neither Z nor an
    /// offset is taken as UTC; up to nine digits of fraction are kept.
    static Result<Timestamp> parse(std::string_view text);

    /// "2020-10-09T22:28:10.1234567Z": seven digits, the precision of Windows; nine when the last two are not zero.
    std::string to_string() const;

    /// "2020-10-09 22:28:10": whole seconds, cut off and not rounded, for tables.
    std::string to_string_seconds() const;

    /// 100 ns ticks since 1601; times before 1601 give 0.
    std::uint64_t to_filetime() const;

    friend constexpr auto operator<=>(Timestamp, Timestamp) = default;
    // What would leave the years that can be held stops at their ends: times come from hostile logs.
    friend constexpr Duration operator-(Timestamp a, Timestamp b) { return {difference(a.nanoseconds, b.nanoseconds)}; }
    friend constexpr Timestamp operator+(Timestamp t, Duration d) { return {sum(t.nanoseconds, d.nanoseconds)}; }
    friend constexpr Timestamp operator-(Timestamp t, Duration d) { return {difference(t.nanoseconds, d.nanoseconds)}; }

private:
    static constexpr std::int64_t sum(std::int64_t a, std::int64_t b) {
        std::int64_t result = 0;
        return __builtin_add_overflow(a, b, &result) ? (b < 0 ? INT64_MIN : INT64_MAX) : result;
    }
    static constexpr std::int64_t difference(std::int64_t a, std::int64_t b) {
        std::int64_t result = 0;
        return __builtin_sub_overflow(a, b, &result) ? (b < 0 ? INT64_MAX : INT64_MIN) : result;
    }
};

/// "3h 12m", "4.2s", "15ms": the two largest units, for people.
std::string to_string(Duration duration);

/// Where the present comes from; tests pass their own.
class Clock {
public:
    virtual ~Clock() = default;
    virtual Timestamp now() const = 0;
};

/// The machine's own clock.
class SystemClock final : public Clock {
public:
    Timestamp now() const override;
};

}  // namespace spoor
