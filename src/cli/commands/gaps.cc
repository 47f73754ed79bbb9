// spoor gaps: what is missing: records that no file has, logs that were cleared, services that stopped writing, hosts
// that never wrote what others do.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <tuple>

#include "base/json_writer.h"
#include "cli/output/csv_option.h"
#include "cli/scope.h"
#include "cli/when.h"
#include "match/evaluate/evaluator.h"
#include "match/language/query.h"
#include "model/summary.h"
#include "sources/windows/audit.h"
#include "terminal/table.h"

namespace spoor::cli {
namespace {

using match::FieldRef;
using match::HeaderProperty;
using terminal::Column;
using terminal::Style;
using windows::AuditedOn;
using windows::AuditSubcategory;

/// Of gaps between records, how many of a channel the table lists; beyond that it gives their sum.
constexpr std::size_t kListedGaps = 10;
/// A host with fewer Security records says little by what it has not.
constexpr std::uint64_t kTellingRecords = 50;
/// A channel that writes at least this much an hour is expected to go on.
constexpr std::uint64_t kSteadyEventsAnHour = 10;
constexpr std::int64_t kSilentHours = 2;
constexpr Duration kHour = Duration::seconds(3600);

enum class GapKind : std::uint8_t { Records, Told, Silence, NeverAudited };
constexpr std::string_view kGapNames[] = {"records", "told", "silence", "never_audited"};

struct Row {
    GapKind kind;
    std::string host, channel, what;
    std::uint64_t records = 0;
    std::uint64_t first = 0, last = 0;            // record numbers
    std::optional<Timestamp> from = {}, to = {};  // between which it is
    std::string by = {};
};

std::string gaps_in_words(std::uint64_t first, std::uint64_t last) {
    return first == last ? fmt::format("record {} is missing", first)
                         : fmt::format("records {} to {} are missing", first, last);
}

/// Hours since the epoch in which a channel wrote, and how much.
struct Hours {
    std::map<std::int64_t, std::uint64_t> events;

    std::uint64_t total() const {
        std::uint64_t sum = 0;
        for (const auto& [hour, count] : events) sum += count;
        return sum;
    }
    std::int64_t span() const { return events.empty() ? 0 : events.rbegin()->first - events.begin()->first + 1; }
};

class Gaps final : public Command {
    void declare(Options& options) override {
        scope_.declare(options);
        options.flag("--all", all_, "every gap in a row of its own, also where a channel has many");
        options.choice("--format", format_, {"table", "jsonl", "csv"}, "how to print");
        csv_.declare(options);
        options.flag("--exit-code", exit_code_, "end with 1 when nothing is missing");
        when_.declare(options);
    }

    Result<Exit> run(Console& console) override {
        // What tells of a gap: a cleared log, a stopped log service, lost records, changed audit policy, a sensor's own
        // state.
        scope_.require(
            "kind: (log_cleared or log_service_stopped or events_dropped or audit_policy_changed or "
            "sensor_state_changed or sensor_error or gap)");
        TRY(scope_.open(console));
        when_.choose(console);
        TRY(missing_records());
        TRY(telling_events());
        TRY(silences());
        TRY(never_audited());
        std::ranges::stable_sort(rows_, {}, [](const Row& row) { return std::tie(row.host, row.channel); });
        if (format_ == "jsonl")
            json_lines(console);
        else if (format_ == "csv")
            csv(console);
        else
            table(console);
        return rows_.empty() && exit_code_ ? Exit::NothingFound : scope_.exit();
    }

    // --- records that no file has ---

    Result<void> missing_records() {
        const match::Expr where = TRY(scope_.where_host());
        match::Matcher wanted = TRY(match::Matcher::compile(where, scope_.catalog()));
        Batch batch;
        for (const store::Holding& holding : TRY(scope_.archive().holdings())) {
            batch.begin();
            if (!wanted.matches({batch, batch.commit({.host = holding.host})}, nullptr)) continue;
            for (std::size_t i = 1; i < holding.ranges.size(); ++i) {
                const std::uint64_t first = holding.ranges[i - 1].last + 1, last = holding.ranges[i].first - 1;
                rows_.push_back({.kind = GapKind::Records,
                                 .host = scope_.host_name(holding.host),
                                 .channel = std::string(scope_.catalog().channel_name(holding.channel)),
                                 .what = gaps_in_words(first, last),
                                 .records = last - first + 1,
                                 .first = first,
                                 .last = last});
            }
        }
        return find_times();
    }

    /// The times of the records on either side of each gap.
    Result<void> find_times() {
        using Place = std::tuple<std::string, std::string, std::uint64_t>;
        std::map<Place, Row*> before, behind;
        std::set<std::uint64_t> numbers;
        for (Row& row : rows_) {
            before[{row.host, row.channel, row.first - 1}] = &row;
            behind[{row.host, row.channel, row.last + 1}] = &row;
            numbers.insert({row.first - 1, row.last + 1});
        }
        if (numbers.empty()) return {};
        std::vector<match::Expr> any;
        for (const std::uint64_t number : numbers)
            any.push_back(match::leaf(
                {.field = FieldRef::of(HeaderProperty::Sequence), .op = match::Op::Equal, .arguments = {number}}));
        const auto stream = TRY(scope_.archive().events({.where = match::any_of(std::move(any))}));
        Batch batch;
        while (TRY(stream->next(batch))) {
            for (const Event& event : batch.events()) {
                const Place place(scope_.host_name(event.host), scope_.catalog().channel_name(event.channel),
                                  event.sequence);
                if (const auto row = before.find(place); row != before.end()) row->second->from = event.time;
                if (const auto row = behind.find(place); row != behind.end()) row->second->to = event.time;
            }
        }
        std::erase_if(rows_, [&](const Row& row) {
            return (row.to && *row.to < scope_.from()) || (row.from && *row.from > scope_.until());
        });
        return {};
    }

    // --- records that tell of it ---

    Result<void> telling_events() {
        const auto stream =
            TRY(scope_.archive().events({.where = scope_.where(), .from = scope_.from(), .until = scope_.until()}));
        Batch batch;
        while (TRY(stream->next(batch))) {
            for (const Event& event : batch.events()) {
                const std::uint32_t session = event.actor.session;
                std::string by;
                if (session != kNobody)
                    by = fmt::format("{} {}", to_string(scope_.history().sessions[session].user),
                                     scope_.names().of(session));
                rows_.push_back({.kind = GapKind::Told,
                                 .host = scope_.host_name(event.host),
                                 .channel = std::string(scope_.catalog().channel_name(event.channel)),
                                 .what = summary({batch, event}, scope_.catalog()),
                                 .from = event.time,
                                 .by = std::move(by)});
            }
        }
        return {};
    }

    // --- times without audit ---

    /// Hours in which a log that is else never quiet said nothing, while other logs of its host went on.
    Result<void> silences() {
        const match::Expr hosts = TRY(scope_.where_host());
        std::map<std::string, std::map<std::string, Hours>> written;
        for (const store::Count& count : TRY(scope_.archive().count(
                 {.where = hosts,
                  .from = scope_.from(),
                  .until = scope_.until(),
                  .by = {FieldRef::of(HeaderProperty::Host), FieldRef::of(HeaderProperty::Channel)},
                  .per = kHour})))
            written[count.values[0]][count.values[1]].events[count.start.nanoseconds / kHour.nanoseconds] +=
                count.events;
        for (const auto& [host, channels] : written)
            for (const auto& [channel, hours] : channels) {
                const bool is_audit = channel == "Security" || channel == "Microsoft-Windows-Sysmon/Operational" ||
                                      channel.starts_with("Linux ");
                if (is_audit && hours.total() >= static_cast<std::uint64_t>(hours.span()) * kSteadyEventsAnHour)
                    add_silences(host, channel, hours, channels);
            }
        return {};
    }

    void add_silences(const std::string& host, const std::string& channel, const Hours& hours,
                      const std::map<std::string, Hours>& channels) {
        for (auto after = hours.events.begin(), next = std::next(after); next != hours.events.end(); after = next++) {
            const std::int64_t begin = after->first + 1, end = next->first;
            if (end - begin < kSilentHours) continue;
            std::uint64_t others = 0;
            for (const auto& [other, other_hours] : channels)
                for (auto hour = other_hours.events.lower_bound(begin); hour != other_hours.events.lower_bound(end);
                     ++hour)
                    others += hour->second;
            if (others == 0) continue;  // the host itself was off
            rows_.push_back({.kind = GapKind::Silence,
                             .host = host,
                             .channel = channel,
                             .what = fmt::format("nothing for {} hours, while other logs of the host have {} events",
                                                 end - begin, others),
                             .from = Timestamp{begin * kHour.nanoseconds},
                             .to = Timestamp{end * kHour.nanoseconds}});
        }
    }

    /// Audit subcategories of which a host has no record, and at least half of the others have.
    Result<void> never_audited() {
        const match::Expr security = TRY(match::parse_filter(
            "channel: Security", {.subject = match::Subject::Events, .now = {}, .catalog = nullptr}));
        std::map<std::string, std::set<const AuditSubcategory*>> audited;
        std::map<std::string, std::uint64_t> records;
        for (const store::Count& count : TRY(scope_.archive().count(
                 {.where = security,
                  .by = {FieldRef::of(HeaderProperty::Host), FieldRef::of(HeaderProperty::EventId)}}))) {
            records[count.values[0]] += count.events;
            if (const AuditSubcategory* const subcategory = windows::audit_subcategory_of(
                    static_cast<std::uint32_t>(std::strtoul(count.values[1].c_str(), nullptr, 10))))
                audited[count.values[0]].insert(subcategory);
        }
        std::erase_if(audited, [&](const auto& host) { return records[host.first] < kTellingRecords; });
        const match::Expr where = TRY(scope_.where_host());
        match::Matcher wanted = TRY(match::Matcher::compile(where, scope_.catalog()));
        for (const auto& [host, has] : audited) {
            Batch batch;
            batch.begin();
            if (!wanted.matches({batch, batch.commit({.host = scope_.catalog().host(host)})}, nullptr)) continue;
            for (const AuditSubcategory& subcategory : windows::audit_subcategories()) {
                if (has.contains(&subcategory) ||
                    (subcategory.where == AuditedOn::DomainControllers && !is_controller(has)))
                    continue;
                std::size_t others = 0, with = 0;
                for (const auto& [other, other_has] : audited) {
                    if (other == host ||
                        (subcategory.where == AuditedOn::DomainControllers && !is_controller(other_has)))
                        continue;
                    ++others;
                    with += other_has.contains(&subcategory);
                }
                if (with == 0 || with * 2 < others) continue;
                rows_.push_back({.kind = GapKind::NeverAudited,
                                 .host = host,
                                 .channel = "Security",
                                 .what = fmt::format("never audited: {} ({}), which {} of {} other hosts have",
                                                     subcategory.name, first_ids(subcategory), with, others)});
            }
        }
        return {};
    }

    static bool is_controller(const std::set<const AuditSubcategory*>& has) {
        return std::ranges::any_of(
            has, [](const AuditSubcategory* subcategory) { return subcategory->name.starts_with("Kerberos"); });
    }

    static std::string first_ids(const AuditSubcategory& subcategory) {
        std::string ids(subcategory.event_ids.substr(0, 9));
        if (const std::size_t blank = ids.find(' '); blank != std::string::npos) ids.insert(blank, ",");
        return ids;
    }

    // --- printing ---

    void table(const Console& console) const {
        terminal::Table table(console,
                              {{.title = "Host", .importance = 9, .least = terminal::kWhole},
                               {.title = "Channel", .importance = 6, .least = 8},
                               {.title = when_.title("From"), .importance = 8, .least = 19},
                               {.title = when_.title("To"), .importance = 5, .least = 19},
                               {.title = "Records", .importance = 4, .least = 7, .align = Column::Align::Right},
                               {.title = "By", .importance = 7, .least = terminal::kWhole},
                               {.title = "What", .importance = 10, .least = 24}});
        for (const Row& row : all_ ? rows_ : folded())
            table.row({{row.host},
                       {std::string(short_channel(row.channel))},
                       {row.from ? when_.text(*row.from) : ""},
                       {row.to ? when_.text(*row.to) : ""},
                       {row.records > 0 ? std::to_string(row.records) : "", Style::Red},
                       {row.by, Style::Cyan},
                       {row.what}});
        table.finish();
        if (rows_.empty() && !console.quiet) console.note("nothing is known to be missing");
    }

    /// Channels with many gaps have one row for all of them.
    std::vector<Row> folded() const {
        std::map<std::pair<std::string, std::string>, Row> sums;
        std::map<std::pair<std::string, std::string>, std::size_t> counts;
        for (const Row& row : rows_)
            if (row.kind == GapKind::Records) ++counts[{row.host, row.channel}];
        std::vector<Row> rows;
        for (const Row& row : rows_) {
            const std::pair place(row.host, row.channel);
            if (row.kind != GapKind::Records || counts[place] <= kListedGaps) {
                rows.push_back(row);
                continue;
            }
            const auto [sum, is_first] = sums.try_emplace(place, row);
            if (!is_first) {
                sum->second.records += row.records;
                sum->second.last = row.last;
                if (row.to) sum->second.to = row.to;
            }
        }
        for (auto& [place, sum] : sums) {
            sum.what =
                fmt::format("{} gaps between records {} and {} (--all lists them)", counts[place], sum.first, sum.last);
            rows.push_back(std::move(sum));
        }
        std::ranges::stable_sort(rows, {}, [](const Row& row) { return std::tie(row.host, row.channel); });
        return rows;
    }

    void json_lines(const Console& console) const {
        for (const Row& row : rows_) {
            std::string line;
            JsonWriter json(line);
            json.open('{')
                .text("gap", kGapNames[static_cast<std::size_t>(row.kind)])
                .text("host", row.host)
                .text("channel", row.channel)
                .text("what", row.what);
            if (row.records > 0)
                json.number("records", row.records).number("first_record", row.first).number("last_record", row.last);
            if (row.from) json.text("from", row.from->to_string());
            if (row.to) json.text("to", row.to->to_string());
            if (!row.by.empty()) json.text("by", row.by);
            json.close('}');
            console.out.line(line);
        }
    }

    void csv(const Console& console) const {
        std::string text = csv_.row({"gap", "host", "channel", "from", "to", "records", "by", "what"});
        for (const Row& row : rows_)
            text += csv_.row({std::string(kGapNames[static_cast<std::size_t>(row.kind)]), row.host, row.channel,
                              row.from ? row.from->to_string() : "", row.to ? row.to->to_string() : "",
                              row.records > 0 ? std::to_string(row.records) : "", row.by, row.what});
        console.out.write(text);
    }

    Scope scope_{match::Subject::Events};
    When when_;
    std::vector<Row> rows_;
    std::string format_ = "table";
    bool all_ = false;
    CsvOption csv_;
    bool exit_code_ = false;
};

}  // namespace

CommandEntry gaps_command() {
    return {.name = "gaps",
            .summary = "what is missing: lost records, cleared logs, times without audit",
            .description =
                "Each channel numbers its records one by one, so a jump in the numbers is a loss. Exports that were "
                "filtered have many such "
                "jumps. The record that tells why (1102, 104, 1100, 1101, 4719, Sysmon 4 and 16) stands with who did "
                "it.\n\n"
                "Beyond that: hours in which an audit log that is else never quiet said nothing while other logs of "
                "the host went on, and audit "
                "subcategories of which a host has no record though most others have.",
            .examples = {{"gaps logs/", "Everything that is known to be missing."},
                         {"gaps --host FS01 --exit-code logs/", "In a script: 1 when nothing is missing."}},
            .make = make<Gaps>};
}

}  // namespace spoor::cli
