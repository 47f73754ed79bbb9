// SelfReport: what the sensor tells of itself: that it started and stopped, how it is set up, what it cannot see, and
// for how long it was away.
//
// A small file remembers between runs. It is written every second, in place, so that also a sensor that was killed is
// known to have been there until then: the next one reports the time between as a gap.
#pragma once
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "sources/linux/host/descriptor.h"
#include "sources/linux/kernel/hooks.h"
#include "sources/linux/normaliser.h"

namespace spoor::sensor {

/// What a run left behind.
struct LastRun {
    Timestamp seen = {};  // when it was last known to be there
    std::string boot_id;
    std::string configuration;
};

/// nullopt when the text is not one of ours.
std::optional<LastRun> parse_last_run(std::string_view text);
std::string to_text(const LastRun& run);

class SelfReport {
public:
    /// `path` is where to remember; empty to remember nothing. The file is opened now, with the rights that we have
    /// now.
    static Result<SelfReport> open(const std::string& path, std::string version, std::string configuration);

    /// Adds that the sensor starts, what changed since it last ran, and what it cannot see.
    void add_start(HostContext& host, std::span<const HookState> hooks, const std::optional<std::string>& without_audit,
                   Batch& batch);
    static void add_error(HostContext& host, std::string_view id, std::string_view description, Batch& batch);
    void add_stop(HostContext& host, Batch& batch);

    /// Still there.
    void remember(const HostContext& host);

private:
    SelfReport() = default;
    void add_state(HostContext& host, std::string_view state, Batch& batch) const;

    Descriptor file_;
    std::optional<LastRun> last_run_;
    std::string version_;
    std::string configuration_;
};

}  // namespace spoor::sensor
