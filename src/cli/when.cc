#include "cli/when.h"

#include <fmt/format.h>

#include <ctime>

namespace spoor::cli {
namespace {

std::string offset_text(long seconds) {
    const long minutes = (seconds < 0 ? -seconds : seconds) / 60;
    return fmt::format("{}{:02}:{:02}", seconds < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

/// Whether the local time is named UTC: then an offset in every row would say nothing.
bool is_utc(Timestamp now) {
    const std::time_t seconds = now.nanoseconds / 1'000'000'000;
    std::tm parts{};
    return ::localtime_r(&seconds, &parts) != nullptr && std::string_view(parts.tm_zone) == "UTC";
}

}  // namespace

void When::declare(Options& options) {
    options.choice("--time", choice_, {"auto", "utc", "local"},
                   "times in tables; auto is local on a terminal and UTC elsewhere");
}

void When::choose(const Console& console) {
    const bool local =
        choice_ == "local" || (choice_ == "auto" && console.out.is_terminal() && !is_utc(console.clock.now()));
    zone_ = local ? Zone::Local : Zone::Utc;
}

std::string When::text(Timestamp time) const {
    if (zone_ == Zone::Utc) return time.to_string_seconds();
    const std::time_t seconds = time.nanoseconds / 1'000'000'000 - (time.nanoseconds % 1'000'000'000 < 0 ? 1 : 0);
    std::tm parts{};
    if (::localtime_r(&seconds, &parts) == nullptr) return time.to_string_seconds();
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}{}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                       parts.tm_hour, parts.tm_min, parts.tm_sec, offset_text(parts.tm_gmtoff));
}

std::string When::exact_text(Timestamp time) const {
    std::string whole = text(time);
    const std::string milliseconds = time.to_string().substr(19, 4);
    return whole.insert(19, milliseconds);
}

std::string When::clock_text(Timestamp time) const { return text(time).substr(11, 8) + time.to_string().substr(19, 7); }

std::string When::zone_text(Timestamp moment) const { return zone_ == Zone::Utc ? "UTC" : text(moment).substr(19); }

std::string When::title(std::string_view name) const {
    return zone_ == Zone::Utc ? fmt::format("{} (UTC)", name) : std::string(name);
}

}  // namespace spoor::cli
