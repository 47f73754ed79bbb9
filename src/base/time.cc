#include "base/time.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>

#include "base/plain_text.h"

namespace spoor {
namespace {

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

struct Civil {
    std::int64_t year;
    unsigned month, day, hour, minute, second, nanosecond;
};

Civil civil(Timestamp time) {
    std::int64_t seconds = time.nanoseconds / kNanosPerSecond;
    std::int64_t fraction = time.nanoseconds % kNanosPerSecond;
    if (fraction < 0) {
        fraction += kNanosPerSecond;
        --seconds;
    }
    const auto since_epoch = std::chrono::sys_seconds(std::chrono::seconds(seconds));
    const auto day = std::chrono::floor<std::chrono::days>(since_epoch);
    const std::chrono::year_month_day date(day);
    const auto in_day = static_cast<unsigned>((since_epoch - day).count());
    return {int(date.year()), unsigned(date.month()),         unsigned(date.day()), in_day / 3600, in_day / 60 % 60,
            in_day % 60,      static_cast<unsigned>(fraction)};
}

char* put_digits(char* to, unsigned value, int count) {
    for (int i = count - 1; i >= 0; --i, value /= 10) to[i] = static_cast<char>('0' + value % 10);
    return to + count;
}

/// Reads exactly `count` digits at `text` and moves past them.
bool digits(std::string_view& text, int count, unsigned& value) {
    value = 0;
    if (text.size() < static_cast<std::size_t>(count)) return false;
    for (int i = 0; i < count; ++i) {
        if (text[static_cast<std::size_t>(i)] < '0' || text[static_cast<std::size_t>(i)] > '9') return false;
        value = value * 10 + static_cast<unsigned>(text[static_cast<std::size_t>(i)] - '0');
    }
    text.remove_prefix(static_cast<std::size_t>(count));
    return true;
}

bool take(std::string_view& text, char expected) {
    if (text.empty() || text.front() != expected) return false;
    text.remove_prefix(1);
    return true;
}

}  // namespace

Result<Timestamp> Timestamp::parse(std::string_view text) {
    const auto refuse = [whole = text] {
        return fail(Errc::Corrupt, fmt::format("'{}' is not a time (as in 2020-10-09T22:28:10Z)", whole));
    };
    unsigned year, month, day, hour = 0, minute = 0, second = 0;
    if (!digits(text, 4, year) || !take(text, '-') || !digits(text, 2, month) || !take(text, '-') ||
        !digits(text, 2, day))
        return refuse();
    std::int64_t nanoseconds = 0;
    std::int64_t offset_seconds = 0;
    if (!text.empty()) {
        if (!take(text, 'T') && !take(text, 't') && !take(text, ' ')) return refuse();
        if (!digits(text, 2, hour) || !take(text, ':') || !digits(text, 2, minute)) return refuse();
        if (take(text, ':') && !digits(text, 2, second)) return refuse();
        if (take(text, '.')) {
            std::int64_t unit = kNanosPerSecond / 10;
            const std::size_t before = text.size();
            while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
                nanoseconds += (text.front() - '0') * unit;
                unit /= 10;
                text.remove_prefix(1);
            }
            if (text.size() == before) return refuse();
        }
        if (!text.empty() && !take(text, 'Z') && !take(text, 'z')) {
            const bool east = text.front() == '+';
            unsigned hours, minutes;
            if ((!take(text, '+') && !take(text, '-')) || !digits(text, 2, hours)) return refuse();
            take(text, ':');
            if (!digits(text, 2, minutes)) return refuse();
            offset_seconds = (east ? 1 : -1) * static_cast<std::int64_t>(hours * 3600 + minutes * 60);
        }
        if (!text.empty()) return refuse();
    }
    const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)), std::chrono::month(month),
                                           std::chrono::day(day)};
    if (!date.ok() || hour > 23 || minute > 59 || second > 60) return refuse();
    const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
    const std::int64_t seconds = days * 86400 + hour * 3600 + minute * 60 + second - offset_seconds;
    if (seconds > INT64_MAX / kNanosPerSecond - 1) return Timestamp::latest();
    if (seconds < INT64_MIN / kNanosPerSecond + 1) return Timestamp::earliest();
    return Timestamp{seconds * kNanosPerSecond + nanoseconds};
}

char* write_time(char* to, Timestamp time) {
    const Civil c = civil(time);
    const bool is_ticks = c.nanosecond % 100 == 0;  // what Windows counts in
    to = put_digits(to, static_cast<unsigned>(c.year), 4);
    *to++ = '-';
    to = put_digits(to, c.month, 2);
    *to++ = '-';
    to = put_digits(to, c.day, 2);
    *to++ = 'T';
    to = put_digits(to, c.hour, 2);
    *to++ = ':';
    to = put_digits(to, c.minute, 2);
    *to++ = ':';
    to = put_digits(to, c.second, 2);
    *to++ = '.';
    to = is_ticks ? put_digits(to, c.nanosecond / 100, 7) : put_digits(to, c.nanosecond, 9);
    *to++ = 'Z';
    return to;
}

std::string Timestamp::to_string() const {
    char text[32];
    return {text, write_time(text, *this)};
}

std::string Timestamp::to_string_seconds() const {
    const Civil c = civil(*this);
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", c.year, c.month, c.day, c.hour, c.minute, c.second);
}

std::uint64_t Timestamp::to_filetime() const {
    constexpr std::int64_t kUnixEpoch = 116'444'736'000'000'000;
    const std::int64_t ticks = nanoseconds / 100 + kUnixEpoch;
    return ticks < 0 ? 0 : static_cast<std::uint64_t>(ticks);
}

std::string to_string(Duration duration) {
    const std::string sign = duration.nanoseconds < 0 ? "-" : "";
    const auto n = duration.nanoseconds < 0 ? 0 - static_cast<std::uint64_t>(duration.nanoseconds)
                                            : static_cast<std::uint64_t>(duration.nanoseconds);
    const std::uint64_t seconds = n / kNanosPerSecond;
    if (n < 1'000'000) return fmt::format("{}{}us", sign, n / 1000);
    if (n < kNanosPerSecond) return fmt::format("{}{}ms", sign, n / 1'000'000);
    if (seconds < 10) return fmt::format("{}{}.{}s", sign, seconds, n / 100'000'000 % 10);
    if (seconds < 60) return fmt::format("{}{}s", sign, seconds);
    if (seconds < 3600) return fmt::format("{}{}m {:02}s", sign, seconds / 60, seconds % 60);
    if (seconds < 86400) return fmt::format("{}{}h {:02}m", sign, seconds / 3600, seconds / 60 % 60);
    return fmt::format("{}{}d {:02}h", sign, seconds / 86400, seconds / 3600 % 24);
}

Timestamp SystemClock::now() const {
    return {std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
                .count()};
}

}  // namespace spoor
