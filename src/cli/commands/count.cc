// spoor count, spoor timeline: how many events, by what and when.
#include <fmt/format.h>

#include <algorithm>

#include "base/json_writer.h"
#include "cli/output/csv_option.h"
#include "cli/scope.h"
#include "cli/when.h"
#include "match/field_names.h"
#include "match/language/moments.h"
#include "terminal/table.h"

namespace spoor::cli {
namespace {

using terminal::Column;

/// "hour", "15m", "day": the length of a stretch.
Result<Duration> stretch(std::string_view text) {
    constexpr std::pair<std::string_view, std::int64_t> kNames[] = {
        {"second", 1}, {"minute", 60}, {"hour", 3'600}, {"day", 86'400}, {"week", 604'800}};
    for (const auto& [name, seconds] : kNames)
        if (text == name) return Duration::seconds(seconds);
    const auto written = match::parse_duration(text);
    if (!written || written->length < Duration::milliseconds(1))
        return fail(
            Errc::BadUsage,
            fmt::format("--per: '{}' is not a length of time; give second, minute, hour, day, week or 15m", text));
    return written->length;
}

class CountEvents final : public Command {
    void declare(Options& options) override {
        scope_.declare(options);
        options.list("--by", by_, "FIELD", "by the values of these fields").completes = Completes::Fields;
        options.text("--per", per_, "TIME", "and by time: minute, hour, day, 15m");
        options.number("--limit", limit_, "N", "only the N most frequent");
        options.choice("--format", format_, {"table", "jsonl", "csv"}, "how to print");
        csv_.declare(options);
        when_.declare(options);
    }

    Result<Exit> run(Console& console) override {
        TRY(scope_.open(console));
        when_.choose(console);
        store::CountQuery query{.where = scope_.where(), .from = scope_.from(), .until = scope_.until()};
        for (const std::string& name : by_) {
            const auto found = match::fields_named(name, match::Subject::Events, &scope_.catalog());
            if (!found) return std::unexpected(Error(found.error()).with("--by"));
            query.by.push_back(found->front());
        }
        if (per_) query.per = TRY(stretch(*per_));
        std::vector<store::Count> counts = TRY(scope_.archive().count(query));
        if (counts.empty() && !per_ && by_.empty()) counts.emplace_back();  // how many there are: none
        // By time where times are asked for; else the most frequent first.
        if (query.per.nanoseconds > 0)
            std::ranges::stable_sort(counts, {}, &store::Count::start);
        else
            std::ranges::stable_sort(counts, std::ranges::greater(), &store::Count::events);
        if (limit_ && counts.size() > *limit_) counts.resize(static_cast<std::size_t>(*limit_));
        if (format_ == "jsonl")
            json_lines(console, counts);
        else if (format_ == "csv")
            csv(console, counts);
        else
            table(console, counts);
        return scope_.exit();
    }

    void table(const Console& console, const std::vector<store::Count>& counts) const {
        std::vector<Column> columns;
        if (per_) columns.push_back({.title = when_.title("From"), .importance = 9, .least = 19});
        for (const std::string& name : by_)
            columns.push_back({.title = name, .importance = 8, .keep = terminal::Keep::Both});
        columns.push_back({.title = "Events", .importance = 10, .align = Column::Align::Right});
        if (!per_)
            columns.insert(columns.end(), {Column{.title = when_.title("First"), .importance = 4, .least = 19},
                                           Column{.title = when_.title("Last"), .importance = 4, .least = 19}});
        terminal::Table table(console, std::move(columns));
        for (const store::Count& count : counts) {
            std::vector<terminal::Cell> cells;
            if (per_) cells.push_back({when_.text(count.start)});
            for (const std::string& value : count.values) cells.push_back({value});
            cells.push_back({std::to_string(count.events)});
            if (!per_) {
                cells.push_back({count.events > 0 ? when_.text(count.first) : ""});
                cells.push_back({count.events > 0 ? when_.text(count.last) : ""});
            }
            table.row(std::move(cells));
        }
        table.finish();
    }

    void json_lines(const Console& console, const std::vector<store::Count>& counts) const {
        for (const store::Count& count : counts) {
            std::string line;
            JsonWriter json(line);
            json.open('{');
            if (per_) json.text("from", count.start.to_string());
            for (std::size_t i = 0; i < by_.size(); ++i) json.key(by_[i]).text(count.values[i]);
            json.number("events", count.events);
            if (count.events > 0) json.text("first", count.first.to_string()).text("last", count.last.to_string());
            json.close('}');
            console.out.line(line);
        }
    }

    void csv(const Console& console, const std::vector<store::Count>& counts) const {
        std::vector<std::string> cells = by_;
        if (per_) cells.insert(cells.begin(), "from");
        cells.insert(cells.end(), {"events", "first", "last"});
        std::string text = csv_.row(cells);
        for (const store::Count& count : counts) {
            cells = count.values;
            if (per_) cells.insert(cells.begin(), count.start.to_string());
            cells.push_back(std::to_string(count.events));
            cells.push_back(count.events > 0 ? count.first.to_string() : "");
            cells.push_back(count.events > 0 ? count.last.to_string() : "");
            text += csv_.row(cells);
        }
        console.out.write(text);
    }

    Scope scope_{match::Subject::Events};
    When when_;
    std::vector<std::string> by_;
    std::optional<std::string> per_;
    std::optional<std::uint64_t> limit_;
    std::string format_ = "table";
    CsvOption csv_;
};

class Timeline final : public Command {
    static constexpr std::size_t kTimeWidth = 25;  // "2024-05-14 08:00:00+00:00"

    void declare(Options& options) override {
        scope_.declare(options);
        options.text("--per", per_, "TIME",
                     "length of a bar: minute, hour, day, 15m; chosen to give some thirty bars otherwise");
        when_.declare(options);
    }

    Result<Exit> run(Console& console) override {
        TRY(scope_.open(console));
        when_.choose(console);
        store::CountQuery query{.where = scope_.where(), .from = scope_.from(), .until = scope_.until()};
        const std::vector<store::Count> whole = TRY(scope_.archive().count(query));
        if (whole.empty()) {
            if (!console.quiet) console.note("no event matches");
            return scope_.exit();
        }
        query.per = per_ ? TRY(stretch(*per_)) : handy(whole.front().last - whole.front().first);
        std::vector<store::Count> counts = TRY(scope_.archive().count(query));
        std::ranges::sort(counts, {}, &store::Count::start);
        draw(console, counts, query.per);
        return scope_.exit();
    }

    /// A round length that gives some thirty bars.
    static Duration handy(Duration span) {
        constexpr std::int64_t kSeconds[] = {1,      5,      10,      30,      60,        120,       300,
                                             600,    900,    1'800,   3'600,   7'200,     14'400,    21'600,
                                             43'200, 86'400, 172'800, 604'800, 2'592'000, 31'536'000};
        for (const std::int64_t seconds : kSeconds)
            if (span.nanoseconds / (seconds * 1'000'000'000) <= 30) return Duration::seconds(seconds);
        return Duration::seconds(kSeconds[std::size(kSeconds) - 1]);
    }

    void draw(const Console& console, const std::vector<store::Count>& counts, Duration per) const {
        std::uint64_t most = 1;
        for (const store::Count& count : counts) most = std::max(most, count.events);
        const std::size_t digits = std::max<std::size_t>(6, std::to_string(most).size());
        const std::size_t width = std::min<std::size_t>(console.width, 120), taken = kTimeWidth + digits + 2;
        const std::size_t room = std::max<std::size_t>(10, width - std::min(width, taken));
        const std::string_view full = console.charset == terminal::Charset::Unicode ? "█" : "#";
        constexpr std::int64_t kLongestGap = 60;  // empty bars that are drawn one by one
        std::optional<Timestamp> last;
        for (const store::Count& count : counts) {
            if (last) {
                const std::int64_t missing = (count.start - *last).nanoseconds / per.nanoseconds - 1;
                if (missing > kLongestGap)
                    console.out.line(fmt::format(
                        "{:>{}}", fmt::format("... {} without events", to_string({missing * per.nanoseconds})),
                        kTimeWidth));
                else
                    for (std::int64_t i = 1; i <= missing; ++i)
                        console.out.line(fmt::format("{:<{}} {:>{}}",
                                                     when_.text({last->nanoseconds + i * per.nanoseconds}), kTimeWidth,
                                                     0, digits));
            }
            last = count.start;
            const std::size_t length = std::max<std::size_t>(
                1, static_cast<std::size_t>(static_cast<double>(count.events) / static_cast<double>(most) *
                                            static_cast<double>(room)));
            std::string bar;
            for (std::size_t i = 0; i < length; ++i) bar += full;
            console.out.line(fmt::format("{:<{}} {:>{}} {}", when_.text(count.start), kTimeWidth, count.events, digits,
                                         console.paint(terminal::Style::Cyan, bar)));
            if (console.out.closed()) return;
        }
    }

    Scope scope_{match::Subject::Events};
    When when_;
    std::optional<std::string> per_;
};

}  // namespace

CommandEntry count_command() {
    return {.name = "count",
            .summary = "how many events, by the values of fields and by time",
            .examples = {{"count --by kind logs/", "How many events of each kind."},
                         {"count 'kind: logon_failed' --by TargetUserName,IpAddress logs/",
                          "Who failed to log on, from where, how often."},
                         {"count 'kind: logon' --by host --per hour logs/", "Logons of each host, hour by hour."}},
            .make = make<CountEvents>};
}

CommandEntry timeline_command() {
    return {.name = "timeline",
            .summary = "how many events when, drawn as bars",
            .examples = {{"timeline 'kind: logon_failed' logs/", "When logons failed."},
                         {"timeline --per hour --host FS01 logs/", "One host, hour by hour."}},
            .make = make<Timeline>};
}

}  // namespace spoor::cli
