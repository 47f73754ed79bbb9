// Processes: what is known of each process, so that every event can name its program and its parent.
//
// A process is its number together with the moment of its start: numbers are reused. Exited processes stay for a while,
// for records that come late. What a record does not tell of a process that was never seen start (records were lost) is
// read from /proc.
#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/guid.h"
#include "bpf/record.h"
#include "sources/linux/host/proc.h"

namespace spoor::sensor {

inline constexpr std::uint64_t kTick = 10'000'000;  // nanoseconds: /proc counts starts in hundredths of a second

/// What a process runs. Shared, because a forked child runs its parent's program until it calls exec.
struct Program {
    std::string image;
    std::string command_line;
    std::string directory;
};

/// Numbers of supplementary groups, the first RECORD_GROUPS_MAX of them. Shared, because a forked child has its
/// parent's; nullptr where they are not known.
using Groups = std::shared_ptr<const std::vector<std::uint32_t>>;

/// As whom a process, or one of its threads, acts.
struct Identity {
    record_credentials credentials = {};
    Groups groups;
};

struct KnownProcess {
    std::uint32_t pid = 0;
    std::uint64_t start = 0;  // nanoseconds since boot
    std::uint32_t parent_pid = 0;
    std::uint32_t session = kUnset;
    std::uint32_t counted_in = kUnset;  // the session among whose processes it is counted
    std::uint32_t login_uid = kUnset;
    std::uint32_t uid = 0;
    std::uint32_t tty = 0;
    std::uint64_t cgroup = 0;
    Guid guid;
    std::shared_ptr<const Program> program;
    Identity identity;
    bool identity_known = false;
    bool exited = false;
    /// Threads whose identity differs from the process's own: those that impersonate.
    std::unordered_map<std::uint32_t, Identity> threads;
};

class Processes {
public:
    Processes(const std::string& machine_id, const std::string& boot_id);

    /// The process that a record is of, taken from /proc when it is new to us. `known` is what find() has for its
    /// number.
    KnownProcess& of(const record_header& header, KnownProcess* known);
    KnownProcess& of(const record_header& header) { return of(header, find(header.pid)); }

    /// By number alone: the one that runs now, nullptr when there is none.
    KnownProcess* find(std::uint32_t pid);

    /// The process that a record is of, as of() has it, does one of these.
    KnownProcess& forked(const KnownProcess& parent, const fork_record& record);
    void executed(KnownProcess& process, const exec_record& record, Program program);
    void exited(KnownProcess& process, const record_header& header);

    /// One that is gone, though nothing told of its end.
    void missing(const KnownProcess& process, std::uint64_t now) {
        exits_.push_back({process.pid, process.start, now});
    }

    /// One that ran before the sensor did. nullptr when it is known already.
    KnownProcess* found(const ProcessSnapshot& snapshot);

    /// Forgets processes that exited more than a few seconds before `now` (nanoseconds since boot), and bounds the
    /// table.
    void forget_exited(std::uint64_t now);

    /// Names a process for all time: machine, boot, number, start.
    Guid guid_of(std::uint32_t pid, std::uint64_t start) const;

    std::size_t size() const { return by_pid_.size(); }
    template <typename Visit>
    void for_each(Visit visit) {
        for (auto& [pid, process] : by_pid_) visit(process);
    }

private:
    KnownProcess& fresh(std::uint32_t pid, std::uint64_t start);

    std::uint64_t identity_;  // of the machine and its boot
    std::unordered_map<std::uint32_t, KnownProcess> by_pid_;
    struct Exit {
        std::uint32_t pid;
        std::uint64_t start;
        std::uint64_t when;
    };
    std::deque<Exit> exits_;
};

}  // namespace spoor::sensor
