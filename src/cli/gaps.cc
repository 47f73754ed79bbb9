// spoor gaps: what is missing: records that no file has, logs that were cleared, services that stopped writing.
#include <fmt/format.h>

#include "base/json_writer.h"
#include "cli/scope.h"
#include "cli/when.h"
#include "match/evaluator.h"
#include "model/summary.h"
#include "terminal/table.h"

namespace spoor::cli {
namespace {

using terminal::Column;
using terminal::Style;

class Gaps final : public Command {
    void declare(Options& options) override {
        scope_.declare(options);
        options.choice("--format", format_, {"table", "jsonl"}, "how to print");
        options.flag("--exit-code", exit_code_, "end with 1 when nothing is missing");
        when_.declare(options);
    }

    struct Row {
        std::string host, channel, what;
        std::uint64_t records = 0;
        std::optional<Timestamp> time = {};
        std::string by = {};
    };

    Result<Exit> run(Console& console) override {
        // What tells of a gap: a cleared log, a stopped log service, lost records, changed audit policy, a sensor's own state.
        scope_.require("kind: (log_cleared or log_service_stopped or events_dropped or audit_policy_changed or sensor_state_changed or sensor_error or gap)");
        TRY(scope_.open(console));
        when_.choose(console);
        std::vector<Row> rows = TRY(missing_records());
        TRY(telling_events(rows));
        if (format_ == "jsonl") json_lines(console, rows);
        else table(console, rows);
        return rows.empty() && exit_code_ ? Exit::NothingFound : scope_.exit();
    }

    Result<std::vector<Row>> missing_records() {
        std::vector<Row> rows;
        const match::Expr where = TRY(scope_.where_host());
        match::Matcher wanted = TRY(match::Matcher::compile(where, scope_.catalog()));
        Batch batch;
        for (const store::Holding& holding : TRY(scope_.archive().holdings())) {
            batch.begin();
            if (!wanted.matches({batch, batch.commit({.host = holding.host})}, nullptr)) continue;
            for (std::size_t i = 1; i < holding.ranges.size(); ++i) {
                const std::uint64_t first = holding.ranges[i - 1].last + 1, last = holding.ranges[i].first - 1;
                rows.push_back({.host = std::string(scope_.catalog().host_name(holding.host)), .channel = std::string(scope_.catalog().channel_name(holding.channel)),
                                .what = first == last ? fmt::format("record {} is missing", first) : fmt::format("records {} to {} are missing", first, last), .records = last - first + 1});
            }
        }
        return rows;
    }

    Result<void> telling_events(std::vector<Row>& rows) {
        const auto stream = TRY(scope_.archive().events({.where = scope_.where(), .from = scope_.from(), .until = scope_.until()}));
        Batch batch;
        while (TRY(stream->next(batch))) {
            for (const Event& event : batch.events()) {
                const std::uint32_t session = event.actor.session;
                std::string by;
                if (session != kNobody) by = fmt::format("{} {}", to_string(scope_.history().sessions[session].user), scope_.names().of(session));
                rows.push_back({.host = std::string(scope_.catalog().host_name(event.host)), .channel = std::string(scope_.catalog().channel_name(event.channel)),
                                .what = fmt::format("{}: {}", name(event.kind), summary({batch, event}, scope_.catalog())), .records = 0, .time = event.time, .by = std::move(by)});
            }
        }
        return {};
    }

    void table(const Console& console, std::vector<Row>& rows) const {
        terminal::Table table(console, {{.title = "Host", .importance = 9, .least = 4}, {.title = "Channel", .importance = 6, .keep = terminal::Keep::End},
                                        {.title = when_.title("Time"), .importance = 7, .least = 19}, {.title = "Records", .importance = 8, .least = 3, .align = Column::Align::Right},
                                        {.title = "By", .importance = 7, .least = 10}, {.title = "What", .importance = 5, .least = 20}});
        for (Row& row : rows)
            table.row({{row.host}, {row.channel}, {row.time ? when_.text(*row.time) : ""}, {row.records > 0 ? std::to_string(row.records) : "", Style::Red},
                       {row.by, Style::Cyan}, {row.what}});
        table.finish();
        if (rows.empty() && !console.quiet) console.note("nothing is known to be missing");
    }

    static void json_lines(const Console& console, const std::vector<Row>& rows) {
        for (const Row& row : rows) {
            std::string line;
            JsonWriter json(line);
            json.open('{').key("host").text(row.host).key("channel").text(row.channel).key("what").text(row.what);
            if (row.records > 0) json.key("records").number(row.records);
            if (row.time) json.key("time").text(row.time->to_string());
            if (!row.by.empty()) json.key("by").text(row.by);
            json.close('}');
            console.out.line(line);
        }
    }

    Scope scope_{match::Subject::Events};
    When when_;
    std::string format_ = "table";
    bool exit_code_ = false;
};

}  // namespace

CommandEntry gaps_command() {
    return {.name = "gaps",
            .summary = "what is missing: lost records, cleared logs, times without audit",
            .description = "Each channel numbers its records one by one, so a jump in the numbers is a loss. Exports that were filtered have many such "
                           "jumps. The record that tells why (1102, 104, 1100, 1101, 4719, Sysmon 4 and 16) stands with who did it.",
            .examples = {{"gaps logs/", "Everything that is known to be missing."}, {"gaps --host FS01 --exit-code logs/", "In a script: 1 when nothing is missing."}},
            .make = make<Gaps>};
}

}  // namespace spoor::cli
