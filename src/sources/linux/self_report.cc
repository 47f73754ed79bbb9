#include "sources/linux/self_report.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <charconv>

namespace spoor::sensor {
namespace {

constexpr std::string_view kTitle = "spoor sensor state 1";
constexpr std::size_t kFileLimit = 4096;
constexpr std::size_t kFileSize = 512;  // always the same, so that it can be written in place

void commit(Kind kind, HostContext& host, Batch& batch, Outcome outcome) {
    batch.commit({.time = host.clock.wall(BootClock::now()),
                  .sequence = host.next_number++,
                  .host = host.host,
                  .channel = host.kernel,
                  .kind = kind,
                  .outcome = outcome});
}

}  // namespace

std::optional<LastRun> parse_last_run(std::string_view text) {
    LastRun run;
    bool titled = false;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const std::size_t blank = std::min(line.find(' '), line.size());
        const std::string_view word = line.substr(0, blank);
        const std::string_view value = line.substr(std::min(blank + 1, line.size()));
        if (line == kTitle)
            titled = true;
        else if (word == "seen")
            std::from_chars(value.data(), value.data() + value.size(), run.seen.nanoseconds);
        else if (word == "boot")
            run.boot_id = value;
        else if (word == "configuration")
            run.configuration = value;
    }
    if (!titled || run.seen.nanoseconds <= 0) return std::nullopt;
    return run;
}

std::string to_text(const LastRun& run) {
    std::string text = fmt::format("{}\nseen {}\nboot {}\nconfiguration {}\n", kTitle, run.seen.nanoseconds,
                                   run.boot_id, run.configuration);
    text.resize(std::max(text.size(), kFileSize), '\n');
    return text;
}

Result<SelfReport> SelfReport::open(const std::string& path, std::string version, std::string configuration) {
    SelfReport report;
    report.version_ = std::move(version);
    report.configuration_ = std::move(configuration);
    if (path.empty()) return report;
    report.last_run_ = parse_last_run(read_small_file(path, kFileLimit));
    report.file_ = Descriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!report.file_) return fail_errno(fmt::format("opening {}", path));
    return report;
}

void SelfReport::remember(const HostContext& host) {
    if (!file_) return;
    const std::string text = to_text({host.clock.wall(BootClock::now()), host.boot_id, configuration_});
    // A disk that is full costs the memory of this moment, and nothing else.
    if (pwrite(file_.number(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()))
        (void)!ftruncate(file_.number(), static_cast<off_t>(text.size()));
}

void SelfReport::add_state(HostContext& host, std::string_view state, Batch& batch) const {
    batch.begin();
    batch.add_text("State"_field, state);
    batch.add_text("SensorVersion"_field, version_);
    batch.add_text("Configuration"_field, configuration_);
    batch.add_number("ProcessId"_field, static_cast<std::uint64_t>(getpid()));
    commit(Kind::SensorStateChanged, host, batch, Outcome::Success);
}

void SelfReport::add_error(HostContext& host, std::string_view id, std::string_view description, Batch& batch) {
    batch.begin();
    batch.add_text("ID"_field, id);
    batch.add_text("Description"_field, description);
    commit(Kind::SensorError, host, batch, Outcome::Failure);
}

void SelfReport::add_start(HostContext& host, std::span<const HookState> hooks,
                           const std::optional<std::string>& without_audit, Batch& batch) {
    if (last_run_) {
        const Timestamp now = host.clock.wall(BootClock::now());
        batch.begin();
        batch.add_time("After"_field, last_run_->seen);
        if (now > last_run_->seen)
            batch.add(FieldValue::of_real("DurationSeconds"_field,
                                          static_cast<double>((now - last_run_->seen).nanoseconds) / 1e9));
        batch.add_text("Stage"_field, last_run_->boot_id == host.boot_id
                                          ? "sensor not running"
                                          : "sensor not running, and a restart of the host");
        commit(Kind::Gap, host, batch, Outcome::Unknown);
    }
    add_state(host, "Started", batch);
    if (last_run_ && last_run_->configuration != configuration_) {
        batch.begin();
        batch.add_text("Configuration"_field, configuration_);
        batch.add_text("PreviousConfiguration"_field, last_run_->configuration);
        commit(Kind::ConfigurationChanged, host, batch, Outcome::Success);
    }
    for (const HookState& hook : hooks)
        if (!hook.way && hook.is_wanted)
            add_error(host, "blind", fmt::format("{}: {}", hook.happening->name, hook.why_not), batch);
    if (without_audit) add_error(host, "no audit", *without_audit, batch);
    remember(host);
}

void SelfReport::add_stop(HostContext& host, Batch& batch) {
    add_state(host, "Stopped", batch);
    remember(host);
}

}  // namespace spoor::sensor
