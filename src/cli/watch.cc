// spoor watch: everything security-relevant on this machine as it happens, each line with its logon session.
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/event_output.h"
#include "cli/live_line.h"
#include "cli/stop_signal.h"
#include "match/evaluator.h"
#include "match/query.h"
#include "sources/linux/live.h"

namespace spoor::cli {
namespace {

class Watch final : public Command {
    void declare(Options& options) override {
        options.argument(filter_, "FILTER", Needed::No, "only events that match, in the language of all filters");
        options.choice("--format", format_, {"text", "jsonl"}, "how to print");
        options.flag("--processes-only", processes_only_, "only process starts, ends and logons: costs other programs least");
        options.flag("--forks", forks_, "also processes that begin as a copy of another");
        options.flag("--found", found_, "first the processes and sessions that are there already");
        options.number("--count", limit_, "N", "end after so many events");
        when_.declare(options);
    }

    Result<Exit> run(Console& console) override {
        when_.choose(console);
        Catalog catalog;
        const match::QueryContext context{.subject = match::Subject::Events, .now = console.clock.now(), .catalog = &catalog};
        const match::Expr filter = TRY(match::parse_filter(filter_, context));
        match::Matcher matcher = TRY(match::Matcher::compile(filter, catalog));
        StopSignal stop;
        auto started = sensor::Live::start(catalog, {.scope = processes_only_ ? sensor::Scope::Processes : sensor::Scope::Everything});
        if (!started) {
            if (started.error().code != Errc::Denied) return std::unexpected(std::move(started).error());
            console.note(started.error().what);
            return Exit::NotPermitted;
        }
        sensor::Live& live = **started;
        if (live.without_audit()) console.warn(*live.without_audit());

        const History nothing;
        const SessionNames names(nothing, catalog);
        const auto json = make_event_json_lines({.console = console, .history = nothing, .catalog = catalog, .names = names, .when = when_});
        std::uint64_t shown = 0;
        const auto show = [&](const Batch& batch) {
            for (const Event& event : batch.events()) {
                if (limit_ && shown >= *limit_) return;
                const EventView view{batch, event};
                if (!wanted(view) || !matcher.matches(view, nullptr)) continue;
                ++shown;
                if (format_ == "jsonl") json->add(view);
                else console.out.line(live_text(live_cells(view, catalog, when_.exact_text(event.time))));
            }
        };
        Batch batch;
        while (!stop.raised() && !console.out.closed() && !(limit_ && shown >= *limit_)) {
            live.wait(stop.descriptor());
            batch.clear();
            live.take(batch);
            show(batch);
            console.out.flush();
        }
        batch.clear();
        live.finish(batch);
        show(batch);
        console.out.flush();
        const sensor::LiveCounts counts = live.counts();
        if (!console.quiet)
            console.note(fmt::format("{} events shown; of {} kernel records {} received, {} lost", shown, counts.produced, counts.received, counts.lost));
        return Exit::Done;
    }

    bool wanted(const EventView& view) const {
        if (view.event.kind == Kind::ProcessForked) return forks_;
        return found_ || view.find("Found"_field).type == ValueType::Null;
    }

    std::string filter_;
    std::string format_ = "text";
    bool processes_only_ = false;
    bool forks_ = false;
    bool found_ = false;
    std::optional<std::uint64_t> limit_;
    When when_;
};

}  // namespace

CommandEntry watch_command() {
    return {.name = "watch",
            .summary = "this machine live: every security-relevant event with its logon session",
            .group = Group::Live,
            .description = "One line an event: number, time, process, user, session, event, other (the identity adopted, the privilege, the process "
                           "or address at the other end), detail, result. The numbers leave out what was lost, and a gap event says how much that was.\n\n"
                           "Needs CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN, CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH and CAP_AUDIT_READ; ends with 3 without them.",
            .examples = {{"watch", "Everything, until Ctrl-C."},
                         {"watch 'kind: (identity_changed or privilege_enabled)'", "New identities and privileges."},
                         {"watch --format jsonl 'User: alice' | jq .fields.CommandLine", "For other programs."}},
            .make = make<Watch>};
}

}  // namespace spoor::cli
