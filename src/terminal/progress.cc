#include "terminal/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "terminal/text.h"

namespace spoor::terminal {
namespace {

constexpr Duration kPatience = Duration::seconds(1);
constexpr Duration kBetweenDrawings = Duration::milliseconds(100);

std::string scaled(std::uint64_t value, std::uint64_t step, std::span<const std::string_view> units) {
    double rest = static_cast<double>(value);
    std::size_t unit = 0;
    while (rest >= static_cast<double>(step) && unit + 1 < units.size()) {
        rest /= static_cast<double>(step);
        ++unit;
    }
    return fmt::format("{:.{}f}{}{}", rest, unit == 0 ? 0 : 1, units[unit].empty() ? "" : " ", units[unit]);
}

}  // namespace

std::string short_count(std::uint64_t count) {
    constexpr std::array<std::string_view, 4> kUnits = {"", "k", "M", "G"};
    return scaled(count, 1000, kUnits);
}

std::string counted(std::uint64_t count, std::string_view thing) {
    return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

std::string short_bytes(std::uint64_t bytes) {
    constexpr std::array<std::string_view, 5> kUnits = {"B", "KB", "MB", "GB", "TB"};
    return scaled(bytes, 1000, kUnits);
}

std::string progress_line(const Advance& advance, Duration elapsed, std::size_t width, Charset charset) {
    const double seconds = std::max(static_cast<double>(elapsed.nanoseconds) / 1e9, 1e-3);
    const double rate = static_cast<double>(advance.bytes_done) / seconds;
    std::string numbers;
    const auto add = [&](const std::string& part) { numbers += (numbers.empty() ? "" : "  ") + part; };
    // Files that grow while they are read must not give more than everything.
    const std::uint64_t total = std::max(advance.bytes_total, advance.bytes_done);
    if (advance.bytes_total > 0)
        add(fmt::format(
            "{:>3} %", static_cast<int>(100.0 * static_cast<double>(advance.bytes_done) / static_cast<double>(total))));
    if (advance.files_total > 1) add(fmt::format("{} of {} files", advance.files_done, advance.files_total));
    if (advance.events > 0) add(fmt::format("{} events", short_count(advance.events)));
    if (advance.bytes_done > 0) add(fmt::format("{}/s", short_bytes(static_cast<std::uint64_t>(rate))));
    const auto seconds_left =
        rate > 0 ? static_cast<std::int64_t>(static_cast<double>(total - advance.bytes_done) / rate) : 0;
    if (seconds_left > 0) add(fmt::format("{} left", to_string(Duration::seconds(seconds_left))));
    if (advance.current.empty()) return fitted(numbers, width, Keep::Start, charset);
    const std::size_t rest = width - std::min(width, display_width(numbers) + 2);
    const std::string name = fitted(printable(advance.current), rest, Keep::End, charset);
    return name.empty() ? fitted(numbers, width, Keep::Start, charset) : name + "  " + numbers;
}

Progress::Progress(const Console& console)
    : console_(console), began_(console.clock.now()), enabled_(!console.quiet && console.err.is_terminal()) {}

void Progress::update(const Advance& advance) {
    if (!enabled_) return;
    const Timestamp now = console_.clock.now();
    if (now - began_ < kPatience || (drawn_ && now - *drawn_ < kBetweenDrawings)) return;
    drawn_ = now;
    // One column stays free: a full line would wrap on some terminals.
    const std::size_t width = (console_.width == Console::kNoLimit ? 80 : console_.width) - 1;
    console_.err.write("\r\x1b[K" + progress_line(advance, now - began_, width, console_.charset));
    console_.err.flush();
}

void Progress::clear() {
    if (!drawn_) return;
    drawn_.reset();
    console_.err.write("\r\x1b[K");
    console_.err.flush();
}

}  // namespace spoor::terminal
