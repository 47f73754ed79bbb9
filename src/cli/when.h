// When: times as commands print them: UTC for files and pipes, local time with its offset on a terminal.
#pragma once
#include <string>
#include <string_view>

#include "base/time.h"
#include "cli/command.h"

namespace spoor::cli {

enum class Zone : unsigned char { Utc, Local };

/// --time auto|utc|local.
class When {
public:
    void declare(Options& options);
    void choose(const Console& console);

    /// "2024-05-14 08:41:22", or with the offset "2024-05-14 10:41:22+02:00".
    std::string text(Timestamp time) const;
    /// The same with milliseconds.
    std::string exact_text(Timestamp time) const;
    /// The time of day alone, with microseconds: "10:41:22.123456".
    std::string clock_text(Timestamp time) const;
    /// "+02:00", "UTC": the zone of these texts, as it is at a moment.
    std::string zone_text(Timestamp moment) const;
    /// "Start (UTC)".
    std::string title(std::string_view name) const;

private:
    std::string choice_ = "auto";
    Zone zone_ = Zone::Utc;
};

}  // namespace spoor::cli
