// spoor sessions: every logon session of the logs.
#include <fmt/format.h>

#include "cli/output/csv_option.h"
#include "cli/output/session_output.h"
#include "cli/scope.h"
#include "match/evaluate/evaluator.h"

namespace spoor::cli {
namespace {

class Sessions final : public Command {
    void declare(Options& options) override {
        scope_.declare(options);
        options.flag("-p,--processes", processes_, "with each session's processes, as a tree");
        options.flag("--human", human_, "only sessions of people");
        options.choice("--noise", noise_, {"fold", "hide", "show"}, "short network logons; only the table folds them");
        options.choice("--format", format_, {"table", "logonsessions", "jsonl", "csv"}, "how to print");
        options.flag("--wide", wide_, "more columns in the table");
        csv_.declare(options);
        options.flag("--exit-code", exit_code_, "end with 1 when nothing is found");
        when_.declare(options);
    }

    Result<Exit> run(Console& console) override {
        scope_.need_no_events();
        if (!processes_) scope_.remember_as_needed();
        TRY(scope_.open(console));
        when_.choose(console);
        const std::vector<std::uint32_t> found = TRY(find(console));
        const SessionOutput output(console, scope_.history(), scope_.catalog(), scope_.names(), when_);
        if (format_ == "logonsessions")
            output.logon_sessions(found, processes_);
        else if (format_ == "jsonl")
            output.json_lines(found, processes_);
        else if (format_ == "csv")
            output.csv(found, csv_.formulas());
        else if (noise_ == "fold" && !processes_)
            print_folded(console, output, found);
        else
            output.table(as_rows(found), processes_, wide_);
        if (found.empty() && format_ == "table" && !console.quiet) {
            const std::uint64_t all = TRY(scope_.archive().inventory()).sessions;
            console.note(scope_.is_live() ? fmt::format("no session matches; {} are open on this machine", all)
                                          : fmt::format("no session matches; the logs have {}", all));
        }
        return found.empty() && exit_code_ ? Exit::NothingFound : scope_.exit();
    }

    Result<std::vector<std::uint32_t>> find(const Console& console) {
        std::vector<std::uint32_t> found = TRY(scope_.find_sessions(console));
        std::erase_if(found, [&](std::uint32_t i) {
            const Session& session = scope_.history().sessions[i];
            const Timestamp begin = session.start.value_or(session.first_seen);
            const Timestamp end = session.end.value_or(Timestamp::latest());
            return begin > scope_.until() || end < scope_.from() || (human_ && !is_human(session)) ||
                   (noise_ == "hide" && is_noise(session));
        });
        return found;
    }

    std::vector<SessionRow> as_rows(const std::vector<std::uint32_t>& found) const {
        std::vector<SessionRow> rows;
        for (const std::uint32_t i : found)
            rows.push_back({.session = i, .count = 1, .last_end = scope_.history().sessions[i].end});
        return rows;
    }

    void print_folded(Console& console, const SessionOutput& output, const std::vector<std::uint32_t>& found) {
        const std::vector<SessionRow> rows = fold_noise(found, scope_.history(), scope_.archive().catalog());
        output.table(rows, false, wide_);
        if (rows.size() < found.size() && !console.quiet)
            console.note(
                fmt::format("{} sessions in {} rows: short network logons are folded (--noise show, --noise hide)",
                            found.size(), rows.size()));
    }

    Scope scope_{match::Subject::Sessions};
    When when_;
    std::string format_ = "table";
    std::string noise_ = "fold";
    bool processes_ = false;
    bool human_ = false;
    bool wide_ = false;
    CsvOption csv_;
    bool exit_code_ = false;
};

}  // namespace

CommandEntry sessions_command() {
    return {
        .name = "sessions",
        .summary = "every logon session: who, how, when, from where, and how it ended",
        .description =
            "Logs of any number of hosts at once, in any order. A session is listed even when its logon was never "
            "logged: what other "
            "records say of its logon id is put together, and \"<=\" marks a begin that is only known to be no "
            "later.\n\n"
            "Without logs and without a store, or with --live, they are this machine's, now; -p adds the processes "
            "that they have.\n\n"
            "--format logonsessions prints the layout of the Sysinternals tool of that name (times in UTC); jsonl and "
            "csv have every "
            "property, under the names that filters use.",
        .examples = {{"sessions Security.evtx", "The sessions of one log."},
                     {"sessions logs/ --human --since 2024-05-14", "Only people's sessions, of all logs in a folder."},
                     {"sessions 'type: remote_interactive and not source_address: 10.0.0.0/8' logs/",
                      "Remote desktops from outside."},
                     {"sessions --live -p", "Who is on this machine now, and what they run."},
                     {"sessions --format jsonl logs/ | jq .user", "For other programs."}},
        .make = make<Sessions>};
}

}  // namespace spoor::cli
