#include "match/language/moments.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string>

#include "base/unicode.h"

namespace spoor::match {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

struct Unit {
    std::string_view name;
    std::int64_t nanoseconds;
};

constexpr Unit kUnits[] = {
    {"ns", 1},           {"us", 1000},         {"ms", 1'000'000},    {"s", kSecond},
    {"m", kMinute},      {"h", kHour},         {"d", kDay},          {"w", 7 * kDay},
    {"sec", kSecond},    {"second", kSecond},  {"seconds", kSecond}, {"min", kMinute},
    {"minute", kMinute}, {"minutes", kMinute}, {"hour", kHour},      {"hours", kHour},
    {"day", kDay},       {"days", kDay},       {"week", 7 * kDay},   {"weeks", 7 * kDay},
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool all_digits(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_digit); }

Timestamp later(Timestamp time, std::int64_t nanoseconds) {
    std::int64_t sum;
    if (__builtin_add_overflow(time.nanoseconds, nanoseconds, &sum))
        return nanoseconds > 0 ? Timestamp::latest() : Timestamp::earliest();
    return {sum};
}

bool take(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

/// A unit at the front of the text; moves past it.
std::optional<std::int64_t> take_unit(std::string_view& text) {
    std::size_t length = 0;
    while (length < text.size() && text[length] >= 'a' && text[length] <= 'z') ++length;
    for (const Unit& unit : kUnits) {
        if (unit.name != text.substr(0, length)) continue;
        text.remove_prefix(length);
        return unit.nanoseconds;
    }
    return std::nullopt;
}

/// "1.5" as a number of units, exact in nanoseconds; moves past it. Nothing when it is no number or too long a time.
std::optional<std::int64_t> take_amount(std::string_view& text) {
    std::size_t length = 0;
    while (length < text.size() && is_digit(text[length])) ++length;
    if (length == 0 || length > 18) return std::nullopt;
    std::int64_t whole = 0;
    for (const char c : text.substr(0, length)) whole = whole * 10 + (c - '0');
    text.remove_prefix(length);
    std::int64_t fraction = 0;  // in billionths
    if (text.size() > 1 && text[0] == '.' && is_digit(text[1])) {
        text.remove_prefix(1);
        for (std::int64_t place = kSecond / 10; !text.empty() && is_digit(text.front());
             place /= 10, text.remove_prefix(1))
            fraction += (text.front() - '0') * place;
    }
    text = trimmed(text);
    const auto unit = take_unit(text);
    std::int64_t result;
    if (!unit || __builtin_mul_overflow(whole, *unit, &result)) return std::nullopt;
    const std::int64_t part = fraction * (*unit / kSecond) + fraction * (*unit % kSecond) / kSecond;
    if (__builtin_add_overflow(result, part, &result)) return std::nullopt;
    return result;
}

std::int64_t smallest_unit(std::string_view text) {
    std::int64_t smallest = 7 * kDay;
    while (!text.empty()) {
        if (const auto unit = take_unit(text))
            smallest = std::min(smallest, *unit);
        else
            text.remove_prefix(1);
    }
    return smallest;
}

/// "01:30:00".
std::optional<WrittenDuration> parse_clock(std::string_view text) {
    const std::size_t first = text.find(':');
    if (first == std::string_view::npos || first > 6 || text.size() != first + 6 || text[first + 3] != ':')
        return std::nullopt;
    const std::string_view parts[] = {text.substr(0, first), text.substr(first + 1, 2), text.substr(first + 4, 2)};
    std::int64_t seconds = 0;
    for (const std::string_view part : parts) {
        if (!all_digits(part)) return std::nullopt;
        seconds = seconds * 60 + std::stoi(std::string(part));
    }
    return WrittenDuration{Duration::seconds(seconds), Duration::seconds(1)};
}

std::optional<Moment> parse_now(std::string_view text, Timestamp now) {
    if (!take(text, "now")) return std::nullopt;
    while (!text.empty() && text.front() != '/') {
        const bool forward = text.front() == '+';
        if (!forward && text.front() != '-') return std::nullopt;
        text.remove_prefix(1);
        const auto amount = take_amount(text);
        if (!amount) return std::nullopt;
        now = later(now, forward ? *amount : -*amount);
    }
    if (text.empty()) return Moment{now, now};
    text.remove_prefix(1);
    const auto unit = take_unit(text);
    if (!unit || !text.empty()) return std::nullopt;
    // The epoch was a Thursday; weeks begin on Monday.
    const std::int64_t origin = *unit == 7 * kDay ? -3 * kDay : 0;
    const std::int64_t into = ((now.nanoseconds - origin) % *unit + *unit) % *unit;
    const Timestamp from = later(now, -into);
    return Moment{from, later(from, *unit)};
}

/// "2h", "-2h", "2 hours ago".
std::optional<Moment> parse_ago(std::string_view text, Timestamp now) {
    take(text, "-");
    if (text.ends_with(" ago")) text.remove_suffix(4);
    const auto duration = parse_duration(text);
    if (!duration) return std::nullopt;
    const Timestamp at = later(now, -duration->length.nanoseconds);
    return Moment{at, at};
}

std::optional<Moment> parse_year_or_month(std::string_view text) {
    using namespace std::chrono;
    const bool has_month = text.size() == 7 && text[4] == '-';
    if ((!has_month && text.size() != 4) || !all_digits(text.substr(0, 4)) ||
        (has_month && !all_digits(text.substr(5))))
        return std::nullopt;
    const int y = std::stoi(std::string(text.substr(0, 4)));
    const int m = has_month ? std::stoi(std::string(text.substr(5))) : 1;
    // Years that nanoseconds can hold.
    if (y < 1678 || y > 2261 || m < 1 || m > 12) return std::nullopt;
    const year_month first = year(y) / month(static_cast<unsigned>(m));
    const year_month next = has_month ? first + months(1) : first + years(1);
    const auto start_of = [](year_month ym) {
        return Timestamp{duration_cast<nanoseconds>(sys_days(ym / 1).time_since_epoch()).count()};
    };
    return Moment{start_of(first), start_of(next)};
}

/// How long a time stands for, by what is written behind its date.
std::int64_t precision_of(std::string_view time) {
    if (time.size() <= 10) return kDay;
    const std::size_t second = 16;  // "2020-10-09T22:28" and then ":10"
    if (time.size() <= second || time[second] != ':') return kMinute;
    if (time.size() <= second + 3 || time[second + 3] != '.') return kSecond;
    std::int64_t precision = kSecond;
    for (std::size_t i = second + 4; i < time.size() && is_digit(time[i]) && precision > 1; ++i) precision /= 10;
    return precision;
}

std::optional<Moment> parse_unix(std::string_view text) {
    if (!all_digits(text) || (text.size() != 10 && text.size() != 13)) return std::nullopt;
    const std::int64_t number = std::stoll(std::string(text));
    const std::int64_t unit = text.size() == 10 ? kSecond : kSecond / 1000;
    return Moment{{number * unit}, {(number + 1) * unit}};
}

}  // namespace

std::optional<Moment> parse_moment(std::string_view text, Timestamp now) {
    text = trimmed(text);
    const std::string folded = fold_case(text);
    if (folded == "today") return parse_now("now/d", now);
    if (folded == "yesterday") return parse_now("now-1d/d", now);
    if (const auto moment = parse_now(folded, now)) return moment;
    if (const auto moment = parse_unix(text)) return moment;
    if (const auto moment = parse_year_or_month(text)) return moment;
    if (const auto time = Timestamp::parse(text)) return Moment{*time, later(*time, precision_of(text))};
    return parse_ago(folded, now);
}

std::optional<WrittenDuration> parse_duration(std::string_view text) {
    const std::string folded = fold_case(trimmed(text));
    if (const auto duration = parse_clock(folded)) return duration;
    std::string_view rest = folded;
    std::int64_t total = 0;
    if (rest.empty()) return std::nullopt;
    while (!rest.empty()) {
        const auto amount = take_amount(rest);
        if (!amount || __builtin_add_overflow(total, *amount, &total)) return std::nullopt;
        rest = trimmed(rest);
    }
    return WrittenDuration{{total}, {smallest_unit(folded)}};
}

}  // namespace spoor::match
