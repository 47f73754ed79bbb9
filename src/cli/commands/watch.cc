// spoor watch: everything security-relevant on this machine as it happens, each line with its logon session.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "cli/build.h"
#include "cli/command.h"
#include "cli/live/event_feed.h"
#include "cli/live/stop_signal.h"
#include "cli/live/watch_screen.h"
#include "cli/output/event_output.h"
#include "match/evaluate/evaluator.h"
#include "screen/live_line.h"

namespace spoor::cli {
namespace {

class Watch final : public Command {
    void declare(Options& options) override {
        scope_.declare(options);
        options.choice("--format", format_, {"screen", "text", "jsonl"},
                       "screen is for a terminal; elsewhere it is text");
        options.flag("--processes-only", processes_only_,
                     "only process starts, ends and logons: costs other programs least");
        options.flag(
            "--native-calls-only", native_calls_only_,
            "not the system calls of 32-bit programs, so that all others cost less where they have to be looked at");
        options.flag("--forks", forks_, "also processes that begin as a copy of another");
        options.flag("--found", found_, "first the processes and sessions that are there already");
        options.flag("--fresh", fresh_, "without the columns and filters of last time, and without remembering these");
        options.number("--memory", megabytes_, "MB", "what the screen may keep of past events (256)");
        options.number("--count", limit_, "N", "end after so many events, a line each");
        when_.declare(options);
    }

    Result<Exit> run(Console& console) override {
        when_.choose(console);
        const bool replays = TRY(scope_.is_about_logs());
        std::unique_ptr<EventFeed> feed;
        std::optional<StopSignal> stop;
        if (replays) {
            TRY(scope_.open(console));
            stop.emplace();
            feed = TRY(make_replay_feed(scope_));
        } else {
            stop.emplace();  // before there are threads, which take over what is blocked
            auto live = make_live_feed({.scope = processes_only_ ? sensor::Scope::Processes : sensor::Scope::Everything,
                                        .calls = native_calls_only_ ? sensor::Calls::ByName : sensor::Calls::All,
                                        .version = std::string(kVersion)});
            if (!live && live.error().code == Errc::Denied) {
                console.note(live.error().what);
                return Exit::NotPermitted;
            }
            feed = TRY(std::move(live));
        }
        const match::Expr filter = TRY(scope_.filter_for(feed->catalog(), console.clock.now()));
        const bool on_screen = format_ == "screen" && !limit_ && console.out.is_terminal() && isatty(STDIN_FILENO) &&
                               is_capable(std::getenv("TERM"));
        if (on_screen) {
            console.out.flush();
            TRY(run_watch_screen(
                *feed,
                {.filter = filter == match::always() ? std::string() : match::to_string(filter),
                 .source = replays ? "replay" : std::string(feed->catalog().host_name(HostId{1})),
                 .wanted = [&](const EventView& view) { return replays || wanted(view); },
                 .settings = fresh_ ? Remembers::No : Remembers::Yes,
                 .memory = static_cast<std::size_t>(std::clamp<std::uint64_t>(megabytes_.value_or(256), 8, 65'536))
                           << 20,
                 .dates = replays ? WatchScreenOptions::Dates::WithDate : WatchScreenOptions::Dates::TimeOnly},
                *stop, when_, console));
            return scope_.exit();
        }
        match::Matcher matcher = TRY(match::Matcher::compile(filter, feed->catalog()));
        TRY(print_lines(*feed, matcher, replays, *stop, console));
        return scope_.exit();
    }

    /// One line an event, until somebody stops it or nobody reads any more.
    Result<void> print_lines(EventFeed& feed, match::Matcher& matcher, bool replays, StopSignal& stop,
                             Console& console) {
        if (const std::string warning = feed.warning(); !warning.empty()) console.warn(warning);
        const History nothing;
        const History& history = feed.history() ? *feed.history() : nothing;
        const SessionNames names(history, feed.catalog());
        const auto json = make_event_json_lines(
            {.console = console, .history = history, .catalog = feed.catalog(), .names = names, .when = when_});
        const screen::LiveContext context{feed.catalog(), feed.history(),
                                          [this](Timestamp time) { return when_.exact_text(time); }};
        std::uint64_t shown = 0;
        std::uint64_t looked_at = 0;
        const auto show = [&](const Batch& batch) {
            for (const Event& event : batch.events()) {
                if ((limit_ && shown >= *limit_) || (++looked_at % kLooksBetweenSignals == 0 && stop.raised())) return;
                const EventView view{batch, event};
                if ((!replays && !wanted(view)) || !matcher.matches(view, feed.history())) continue;
                ++shown;
                if (format_ == "jsonl")
                    json->add(view);
                else
                    console.out.line(screen::live_text(screen::live_cells(view, context)));
            }
        };
        Batch batch;
        bool goes_on = true;
        while (goes_on && !stop.raised() && !console.out.closed() && !(limit_ && shown >= *limit_)) {
            feed.wait(stop.descriptor());
            batch.clear();
            goes_on = TRY(feed.take(batch));
            show(batch);
            console.out.flush();
        }
        batch.clear();
        feed.finish(batch);
        show(batch);
        console.out.flush();
        if (!console.quiet) console.note(fmt::format("{} events shown; {}", shown, feed.closing_words()));
        return {};
    }

    bool wanted(const EventView& view) const {
        if (view.event.kind == Kind::ProcessForked) return forks_;
        return found_ || view.find("Found"_field).type == ValueType::Null;
    }

    static bool is_capable(const char* terminal) {
        return terminal && *terminal && std::string_view(terminal) != "dumb";
    }

    /// Of a batch with a filter that takes its time, for one who wants to stop.
    static constexpr std::uint64_t kLooksBetweenSignals = 256;

    Scope scope_{match::Subject::Events};
    std::string format_ = "screen";
    bool processes_only_ = false;
    bool native_calls_only_ = false;
    bool forks_ = false;
    bool found_ = false;
    bool fresh_ = false;
    std::optional<std::uint64_t> megabytes_;
    std::optional<std::uint64_t> limit_;
    When when_;
};

}  // namespace

CommandEntry watch_command() {
    return {.name = "watch",
            .summary = "this machine live: every security-relevant event with its logon session",
            .group = Group::Live,
            .description =
                "On a terminal it fills the screen; ? lists the keys: pause, search, filter by a cell, follow a "
                "process or a session, save. "
                "Columns and filters are remembered. In a pipe it prints one line an event: number, time, process, "
                "user, session, event, "
                "other (the identity adopted, the privilege, the process or address at the other end), detail, result. "
                "The numbers leave "
                "out what was lost, and a gap says how much that was.\n\n"
                "With logs, or with --store, it shows these in the same way.\n\n"
                "Needs CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN, CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH and CAP_AUDIT_READ; "
                "ends with 3 without them.",
            .examples = {{"watch", "Everything, until Ctrl-C."},
                         {"watch 'kind: (identity_changed or privilege_enabled)'", "New identities and privileges."},
                         {"watch --format jsonl 'User: alice' | jq .fields.CommandLine", "For other programs."},
                         {"watch Security.evtx", "A log in the same view."}},
            .make = make<Watch>};
}

}  // namespace spoor::cli
