// spoor sensor status, spoor sensor run: what the kernel sensor can see here, and the sensor as a service.
#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/event_output.h"
#include "cli/event_stream.h"
#include "cli/stop_signal.h"
#include "sources/linux/live.h"
#include "terminal/table.h"

namespace spoor::cli {
namespace {

/// One line and exit code 3 for what a user without privileges meets; other errors go the usual way.
Result<Exit> refused(const Error& error, Console& console) {
    if (error.code != Errc::Denied) return std::unexpected(error);
    console.note(error.what);
    return Exit::NotPermitted;
}

class SensorStatus final : public Command {
    void declare(Options& options) override { options.flag("--blind", blind_, "only what cannot be seen"); }

    Result<Exit> run(Console& console) override {
        Catalog catalog;
        const auto live = sensor::Live::start(catalog, {});
        if (!live) return refused(live.error(), console);
        terminal::Table table(console, {{.title = "Happening", .importance = 9}, {.title = "Way", .importance = 8}, {.title = "Hook", .importance = 7},
                                        {.title = "Not seen", .importance = 6}});
        for (const sensor::HookState& hook : (*live)->hooks()) {
            const bool blind = hook.way == nullptr;
            if (blind_ && !blind && hook.way->missing.empty()) continue;
            table.row({{std::string(hook.happening->name)},
                       {blind ? "blind" : std::string(name(hook.way->back_end)), blind ? terminal::Style::Red : terminal::Style::Plain},
                       {blind ? "" : std::string(hook.way->hook)},
                       {blind ? hook.why_not : std::string(hook.way->missing)}});
        }
        table.row({{"logon, failed logon, logoff"},
                   {(*live)->without_audit() ? "kernel" : "audit"},
                   {"audit multicast group, task session id"},
                   {(*live)->without_audit().value_or("")}});
        table.row({{"registry changed"}, {"none"}, {""}, {"Linux has no registry"}});
        table.finish();
        return Exit::Done;
    }

    bool blind_ = false;
};

/// Gives up every capability but those that reading /proc of other processes takes, for good.
Result<void> drop_capabilities() {
    constexpr std::uint32_t kKept = 1u << CAP_SYS_PTRACE | 1u << CAP_DAC_READ_SEARCH;
    for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; ++capability)
        if (capability >= 32 || !(kKept >> capability & 1)) prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct data[2] = {};
    data[0].effective = data[0].permitted = kKept;
    if (syscall(SYS_capset, &header, data) != 0) return fail_errno("giving up capabilities");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail_errno("giving up new privileges");
    return {};
}

class SensorRun final : public Command {
    void declare(Options& options) override {
        options.text("--output", output_, "FILE", "append events to this file, as JSON lines");
        options.number("--max-size", max_megabytes_, "MB", "begin a new file at this size (100)");
        options.number("--keep", keep_, "N", "files to keep besides the current one (10)");
        options.text("--socket", socket_, "PATH", "offer the events on this Unix socket, to any number of readers");
        options.flag("--processes-only", processes_only_, "only process starts, ends and logons");
    }

    Result<Exit> run(Console& console) override {
        if (output_.empty() && socket_.empty()) return fail(Errc::BadUsage, "say where events go: --output FILE, --socket PATH, or both");
        Catalog catalog;
        StopSignal stop;
        auto started = sensor::Live::start(catalog, {.scope = processes_only_ ? sensor::Scope::Processes : sensor::Scope::Everything,
                                                     .ring_bytes = 32u << 20,
                                                     .pause = Duration::milliseconds(20)});
        if (!started) return refused(started.error(), console);
        sensor::Live& live = **started;
        EventStream stream = TRY(EventStream::open({.path = output_,
                                                    .max_bytes = max_megabytes_.value_or(100) << 20,
                                                    .keep = static_cast<unsigned>(std::min<std::uint64_t>(keep_.value_or(10), 10'000)),
                                                    .socket = socket_}));
        TRY(drop_capabilities());
        if (live.without_audit()) console.warn(*live.without_audit());

        const History nothing;
        const SessionNames names(nothing, catalog);
        const When when;
        Batch batch;
        bool last = false;
        while (!last) {
            last = stop.raised();
            if (!last) live.wait(stop.descriptor());
            batch.clear();
            if (last) live.finish(batch);
            else live.take(batch);
            terminal::Output text(-1);
            Console to{.out = text, .err = console.err, .clock = console.clock};
            const auto json = make_event_json_lines({.console = to, .history = nothing, .catalog = catalog, .names = names, .when = when});
            for (const Event& event : batch.events()) json->add(EventView{batch, event});
            TRY(stream.write(text.kept()));
        }
        const sensor::LiveCounts counts = live.counts();
        console.note(fmt::format("{} kernel records, {} received, {} lost", counts.produced, counts.received, counts.lost));
        return Exit::Done;
    }

    std::string output_;
    std::string socket_;
    std::optional<std::uint64_t> max_megabytes_;
    std::optional<std::uint64_t> keep_;
    bool processes_only_ = false;
};

}  // namespace

CommandEntry sensor_status_command() {
    return {.name = "sensor status",
            .summary = "which kernel hook serves each event here, and what is blind",
            .group = Group::Live,
            .description = "Loads the kernel programs as `spoor watch` would, tells what the kernel took, and unloads them.",
            .examples = {{"sensor status", "Everything."}, {"sensor status --blind", "Only what cannot be seen."}},
            .make = make<SensorStatus>};
}

CommandEntry sensor_run_command() {
    return {.name = "sensor run",
            .summary = "the live sensor as a service: JSON lines to a file and a socket",
            .group = Group::Live,
            .description = "For a service unit. After loading, the process gives up every capability but the two that it takes to read /proc.",
            .examples = {{"sensor run --output /var/log/spoor/events.jsonl --socket /run/spoor/events.sock", "As the unit in packaging/ does."}},
            .make = make<SensorRun>};
}

}  // namespace spoor::cli
