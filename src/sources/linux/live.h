// Live: this machine as a source of events: kernel programs, audit stream and what was there before, in one stream.
//
//     auto live = TRY(Live::start(catalog, {}));
//     while (!stopped) { Batch batch; live->wait(Live::kPause); live->take(batch); ... }
//
// Nothing wakes the reader for an event; it comes by every few milliseconds, or when the ring fills up.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "model/catalog.h"
#include "model/event.h"
#include "sources/linux/kernel/hooks.h"

namespace spoor::sensor {

struct LiveOptions {
    Scope scope = Scope::Everything;
    Calls calls = Calls::All;
    std::uint32_t ring_bytes = 8u << 20;
    std::string version = {};  // of the program, for the event of the sensor's start
    std::string state_file =
        {};  // remembers between runs, so that the time away is known; empty: nothing is remembered
    std::uint64_t first_number = 1;  // of the events: one that was here before has given those below
};

/// How the balance stands: at rest, produced = received + lost.
struct LiveCounts {
    std::uint64_t produced = 0;
    std::uint64_t received = 0;
    std::uint64_t lost = 0;
    std::uint64_t suppressed = 0;  // the sensor's own doings
    std::uint64_t skipped = 0;     // by the kernel, because a program was running already
    std::uint64_t malformed = 0;
    std::uint64_t processes = 0;  // known now
    std::uint64_t sessions = 0;
};

class Live {
public:
    static Result<std::unique_ptr<Live>> start(Catalog& catalog, const LiveOptions& options);
    virtual ~Live() = default;

    virtual std::span<const HookState> hooks() const = 0;
    /// Why there are no records of logins, when there are none; audit may be turned on and off meanwhile.
    virtual const std::optional<std::string>& without_audit() const = 0;

    /// For somebody who looks on.
    static constexpr Duration kPause = Duration::milliseconds(10);

    /// Sleeps for `pause`, since each look costs something; less when much waits in the ring, or something that has to
    /// be looked at while it is there, or when `also` becomes readable.
    virtual void wait(Duration pause, int also = -1) = 0;

    /// Adds what has happened since, and at first what was found: processes and sessions that were there already.
    virtual void take(Batch& batch) = 0;

    /// Adds what is still under way when the sensor stops, and the last losses.
    virtual void finish(Batch& batch) = 0;

    /// Adds the sessions and processes that are there now, marked as found and without numbers, for one who comes late.
    virtual void describe(Batch& batch) = 0;
    /// Number of the event that comes next.
    virtual std::uint64_t next_number() const = 0;

    virtual LiveCounts counts() const = 0;
};

}  // namespace spoor::sensor
