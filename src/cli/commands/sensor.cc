// spoor sensor status, spoor sensor run: what the kernel sensor can see here, and the sensor as a service.
#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "cli/build.h"
#include "cli/command.h"
#include "cli/live/rotating_file.h"
#include "cli/live/sensor_memory.h"
#include "cli/live/stop_signal.h"
#include "cli/live/wakening.h"
#include "sources/json/event_line.h"
#include "sources/linux/live.h"
#include "terminal/table.h"
#include "wire/stream_server.h"

namespace spoor::cli {
namespace {

/// One line and exit code 3 for what a user without privileges meets; other errors go the usual way.
Result<Exit> refused(const Error& error, Console& console) {
    if (error.code != Errc::Denied) return std::unexpected(error);
    console.note(error.what);
    return Exit::NotPermitted;
}

class SensorStatus final : public Command {
    void declare(Options& options) override {
        options.flag("--blind", blind_, "only what cannot be seen");
        options.flag("--native-calls-only", native_calls_only_, "as the sensor would be that is started so");
    }

    Result<Exit> run(Console& console) override {
        Catalog catalog;
        const auto live =
            sensor::Live::start(catalog, {.calls = native_calls_only_ ? sensor::Calls::ByName : sensor::Calls::All});
        if (!live) return refused(live.error(), console);
        terminal::Table table(console, {{.title = "Happening", .importance = 9},
                                        {.title = "Way", .importance = 8},
                                        {.title = "Hook", .importance = 7},
                                        {.title = "Not seen", .importance = 6}});
        for (const sensor::HookState& hook : (*live)->hooks()) {
            const bool blind = hook.way == nullptr;
            if (blind_ && !blind && hook.missing.empty()) continue;
            table.row({{std::string(hook.happening->name)},
                       {blind ? "blind" : std::string(name(hook.way->back_end)),
                        blind ? terminal::Style::Red : terminal::Style::Plain},
                       {blind ? "" : std::string(hook.way->hook)},
                       {blind ? hook.why_not : hook.missing}});
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
    bool native_calls_only_ = false;
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

/// Tells systemd, where it started us, that the sensor is ready or about to end.
void notify_service_manager(std::string_view state) {
    const char* const path = std::getenv("NOTIFY_SOCKET");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (!path || std::strlen(path) >= sizeof address.sun_path) return;
    std::strcpy(address.sun_path, path);
    const socklen_t size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + std::strlen(path));
    if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
    const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket < 0) return;
    sendto(socket, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address), size);
    close(socket);
}

std::string boot_id() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string id;
    std::getline(file, id);
    return id;
}

class SensorRun final : public Command {
    void declare(Options& options) override {
        options.text("--output", output_, "FILE", "append events to this file, as JSON lines");
        options.number("--max-size", max_megabytes_, "MB", "begin a new file at this size (100)");
        options.number("--max-age", max_hours_, "HOURS", "and at this age (24)");
        options.number("--keep", keep_, "N", "files to keep besides the current one (10)");
        options.text("--socket", socket_, "PATH",
                     "offer the events on this Unix socket, to any number of readers (docs/sensor.md)");
        options.text("--socket-group", group_, "GROUP", "whose members may read there, besides root");
        options.text("--state", state_, "FILE", "where the number of the next event is kept between runs");
        options.flag("--processes-only", processes_only_, "only process starts, ends and logons");
        options.flag(
            "--native-calls-only", native_calls_only_,
            "not the system calls of 32-bit programs, so that all others cost less where they have to be looked at");
    }

    Result<Exit> run(Console& console) override {
        if (output_.empty() && socket_.empty())
            return fail(Errc::BadUsage, "say where events go: --output FILE, --socket PATH, or both");
        StopSignal stop;
        memory_.emplace(TRY(SensorMemory::open(state_)));
        auto started = sensor::Live::start(
            catalog_, {.scope = processes_only_ ? sensor::Scope::Processes : sensor::Scope::Everything,
                       .calls = native_calls_only_ ? sensor::Calls::ByName : sensor::Calls::All,
                       .ring_bytes = 32u << 20,
                       .version = std::string(kVersion),
                       .state_file = state_.empty() ? std::string() : state_ + ".run",
                       .first_number = memory_->next_number()});
        if (!started) return refused(started.error(), console);
        live_ = *std::move(started);
        TRY(memory_->remember(memory_->next_number(), console.clock.now()));
        TRY(open_outputs(console.clock));
        TRY(drop_capabilities());
        if (live_->without_audit()) console.warn(*live_->without_audit());
        notify_service_manager("READY=1");

        Batch batch;
        for (bool last = false; !last;) {
            last = stop.raised();
            if (!last) live_->wait(pause(), server_ ? wakening(stop.descriptor()) : stop.descriptor());
            batch.clear();
            if (last)
                live_->finish(batch);
            else
                live_->take(batch);
            TRY(hand_on(batch, console));
        }
        notify_service_manager("STOPPING=1");
        const sensor::LiveCounts counts = live_->counts();
        console.note(
            fmt::format("{} kernel records, {} received, {} lost", counts.produced, counts.received, counts.lost));
        return Exit::Done;
    }

    Result<void> open_outputs(const Clock& clock) {
        if (!output_.empty()) file_.emplace(TRY(RotatingFile::open(file_options(), clock.now())));
        if (!socket_.empty())
            server_ = TRY(wire::StreamServer::open({.path = socket_,
                                                    .group = group_,
                                                    .host = std::string(catalog_.host_name(HostId{1})),
                                                    .boot = boot_id(),
                                                    .series = memory_->series(),
                                                    .next_number = memory_->next_number()},
                                                   clock));
        return {};
    }

    RotatingFileOptions file_options() const {
        return {.path = output_,
                .max_bytes = std::clamp<std::uint64_t>(max_megabytes_.value_or(100), 1, 1u << 20) << 20,
                .max_age = Duration::seconds(
                    static_cast<std::int64_t>(std::clamp<std::uint64_t>(max_hours_.value_or(24), 1, 24 * 365)) * 3600),
                .keep = static_cast<unsigned>(std::min<std::uint64_t>(keep_.value_or(10), 10'000))};
    }

    /// A reader waits for its line. For a file fewer and larger pieces do, which find less of the caches cold.
    Duration pause() const { return server_ && server_->counts().readers > 0 ? kPauseForReaders : kPauseForFile; }

    /// One descriptor for both: somebody wants the sensor to stop, or a reader something.
    int wakening(int stop) {
        if (!wakening_) {
            wakening_.emplace();
            wakening_->add(stop);
            wakening_->add(server_->descriptor());
        }
        return wakening_->descriptor();
    }

    Result<void> hand_on(const Batch& batch, Console& console) {
        const Timestamp now = console.clock.now();
        // Numbers are taken before events go out: after a kill in between they show as missing, and none is given
        // twice.
        if (!batch.empty() || now - remembered_ > kRememberEvery || now < remembered_) remember(now, console);
        lines_.clear();
        for (const Event& event : batch.events()) {
            const std::size_t begin = lines_.size();
            json::append_event_line(lines_, {batch, event}, catalog_);
            lines_ += '\n';
            if (server_) server_->publish(std::string_view(lines_).substr(begin), event.sequence);
        }
        if (!output_.empty()) write_file(batch.size(), now, console);
        if (server_)
            server_->serve([this](std::string& lines) {
                Batch there;
                live_->describe(there);
                for (const Event& event : there.events()) {
                    json::append_event_line(lines, {there, event}, catalog_);
                    lines += '\n';
                }
            });
        return {};
    }

    /// Without its memory a sensor that is killed gives numbers twice; one that ends for it sees nothing at all.
    void remember(Timestamp now, Console& console) {
        const Result<void> done = memory_->remember(live_->next_number(), now);
        if (!done && remembers_)
            console.warn(fmt::format("{}; after a kill numbers would be given twice", done.error().what));
        remembers_ = done.has_value();
        remembered_ = now;
    }

    /// A disk that is full ends neither the sensor nor the socket: what could not be written is counted, and told in
    /// the file as a gap as soon as there is room again.
    void write_file(std::size_t events, Timestamp now, Console& console) {
        if (lines_.empty()) return;
        Result<void> written;
        if (!file_ && now - failed_ > kRetryEvery) {
            auto opened = RotatingFile::open(file_options(), now);
            if (opened) file_.emplace(*std::move(opened));
        }
        if (file_) {
            if (unwritten_ > 0) lines_.insert(0, gap_line(now));
            written = file_->write(lines_, now);
            if (written) {
                unwritten_ = 0;
                return;
            }
            if (unwritten_ == 0)
                console.warn(fmt::format("{}; the file goes on when there is room", written.error().what));
            file_.reset();
            failed_ = now;
        }
        if (unwritten_ == 0) unwritten_since_ = now;
        unwritten_ += events;
    }

    std::string gap_line(Timestamp now) {
        Batch batch;
        batch.begin();
        batch.add_number("Lost"_field, unwritten_);
        batch.add_time("After"_field, unwritten_since_);
        batch.add_text("Stage"_field, "output file");
        const Event& event = batch.commit({.time = now,
                                           .sequence = kCounted,
                                           .host = catalog_.host(catalog_.host_name(HostId{1})),
                                           .channel = catalog_.channel("Linux kernel"),
                                           .kind = Kind::Gap});
        std::string line;
        json::append_event_line(line, {batch, event}, catalog_);
        return line + '\n';
    }

    static constexpr Duration kPauseForReaders = Duration::milliseconds(20);
    static constexpr Duration kPauseForFile = Duration::milliseconds(100);
    static constexpr Duration kRememberEvery = Duration::seconds(1);
    static constexpr Duration kRetryEvery = Duration::seconds(1);

    std::string output_;
    std::string socket_;
    std::string group_;
    std::string state_;
    std::optional<std::uint64_t> max_megabytes_;
    std::optional<std::uint64_t> max_hours_;
    std::optional<std::uint64_t> keep_;
    bool processes_only_ = false;
    bool native_calls_only_ = false;

    Catalog catalog_;
    std::optional<SensorMemory> memory_;
    std::unique_ptr<sensor::Live> live_;
    std::optional<RotatingFile> file_;
    std::unique_ptr<wire::StreamServer> server_;
    std::optional<Wakening> wakening_;
    std::string lines_;
    Timestamp remembered_ = Timestamp::earliest();
    bool remembers_ = true;
    Timestamp failed_ = {};
    std::uint64_t unwritten_ = 0;
    Timestamp unwritten_since_ = {};
};

}  // namespace

CommandEntry sensor_status_command() {
    return {.name = "sensor status",
            .summary = "which kernel hook serves each event here, and what is blind",
            .group = Group::Live,
            .description =
                "Loads the kernel programs as `spoor watch` would, tells what the kernel took, and unloads them.",
            .examples = {{"sensor status", "Everything."}, {"sensor status --blind", "Only what cannot be seen."}},
            .make = make<SensorStatus>};
}

CommandEntry sensor_run_command() {
    return {
        .name = "sensor run",
        .summary = "the live sensor as a service: JSON lines to a file and a socket",
        .group = Group::Live,
        .description =
            "For a service unit (packaging/spoor-sensor.service). After loading, the process gives up every capability "
            "but the two that "
            "it takes to read /proc. With --state its events are numbered on from run to run, and the time between two "
            "runs is told "
            "as a gap. `spoor serve --sensor SOCKET` keeps the events in a store, with their sessions and processes.",
        .examples = {{"sensor run --output /var/log/spoor/events.jsonl --socket /run/spoor-sensor/events.sock --state "
                      "/var/lib/spoor-sensor/state",
                      "As the unit in packaging/ does."}},
        .make = make<SensorRun>};
}

}  // namespace spoor::cli
