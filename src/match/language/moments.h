// Moments and durations as people type them: "2020-10-09", "now-2h", "yesterday", "1h30m".
#pragma once
#include <optional>
#include <string_view>

#include "base/time.h"

namespace spoor::match {

/// A time stands for as long as it is written precisely: "2020-10-09" for a day, "2020-10-09T22:28" for a minute,
/// [from, to). A relative one ("now-2h") is a point: from == to.
struct Moment {
    Timestamp from;
    Timestamp to;
};

/// Reads
///   2020, 2020-10, 2020-10-09, 2020-10-09T22:28, 2020-10-09 22:28:10.5, each time with Z, an offset, or nothing for
///   UTC; 1602282490 and 1602282490123 (Unix seconds and milliseconds); now, now-2h, now+1d, now-1d/d (rounded down:
///   that whole day), today, yesterday; 2h, -2h, "2h ago", "2 hours ago".
std::optional<Moment> parse_moment(std::string_view text, Timestamp now);

struct WrittenDuration {
    Duration length;
    Duration precision;  // the smallest unit it was written with
};

/// Reads "90s", "1h30m", "1.5h", "250ms", "2 hours", "01:30:00"; a number needs a unit.
std::optional<WrittenDuration> parse_duration(std::string_view text);

}  // namespace spoor::match
