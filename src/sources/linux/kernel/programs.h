// Programs: the kernel side of the sensor, loaded and attached, and the ring that its records come through.
//
// Of the ways to see each happening (hooks.h) the first that the running kernel takes is used. Nothing is pinned: when
// the process ends, however it ends, the kernel forgets the programs.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "bpf/record.h"
#include "sources/linux/kernel/hooks.h"

namespace spoor::sensor {

struct ProgramOptions {
    Scope scope = Scope::Everything;
    Calls calls = Calls::All;             // ByName is taken all the same where there can be no 32-bit callers
    std::uint32_t ring_bytes = 8u << 20;  // a power of two, of pages
    std::uint32_t watcher_pid = 0;        // whose own doings are not reported; 0: this process
};

class RecordSink {
public:
    virtual ~RecordSink() = default;
    /// One record as it lies in the ring; the bytes are gone when this returns.
    virtual void record(std::span<const std::byte> bytes) = 0;
};

class Programs {
public:
    /// Denied when capabilities are missing; Unsupported when the kernel has no BPF or no type information of itself.
    static Result<std::unique_ptr<Programs>> load(const ProgramOptions& options);

    virtual ~Programs() = default;

    /// How each happening is served, in the order of `happenings()`.
    virtual std::span<const HookState> hooks() const = 0;

    /// Hands on what waits in the ring, up to `limit` records, and returns how many that were.
    virtual std::size_t drain(RecordSink& sink, std::size_t limit) = 0;

    /// Readable when so much waits in the ring that it should not wait for the next turn.
    virtual int descriptor() const = 0;

    /// What each CPU has produced so far.
    virtual std::vector<cpu_account> accounts() const = 0;

    /// How often the kernel skipped a program because it was running already (it counts that, and nothing else does).
    virtual std::uint64_t skipped() const = 0;

    virtual std::size_t cpus() const = 0;

    /// Takes the programs off their hooks; what they wrote can still be drained.
    virtual void detach() = 0;
};

/// An error that names the capabilities which this process lacks to watch the kernel, if it lacks any.
Result<void> check_capabilities();

}  // namespace spoor::sensor
