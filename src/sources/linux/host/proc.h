// What /proc tells of a process: for those that run already when the sensor starts, and where records were lost.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bpf/record.h"

namespace spoor::sensor {

inline constexpr std::uint32_t kUnset = UINT32_MAX;

struct ProcessSnapshot {
    std::uint32_t pid = 0;
    std::uint32_t parent_pid = 0;
    std::uint64_t start_ticks = 0;  // hundredths of a second since boot
    std::uint32_t session = kUnset;
    std::uint32_t login_uid = kUnset;
    std::uint32_t tty = 0;  // major << 20 | minor
    record_credentials credentials = {};
    std::vector<std::uint32_t> groups;  // supplementary ones, the first RECORD_GROUPS_MAX
    std::string image;                  // empty for kernel threads
    std::string command_line;
    std::string directory;
    std::string name;  // comm
};

/// nullopt when there is no such process (any more): one that has ended is none, though its parent has not yet waited
/// for it.
std::optional<ProcessSnapshot> read_process(std::uint32_t pid);

/// Ids and capability sets of /proc/PID/status.
record_credentials parse_credentials(std::string_view status);

/// Supplementary groups of /proc/PID/status, up to `limit`.
std::vector<std::uint32_t> parse_groups(std::string_view status, std::size_t limit);

/// The numbers of all processes, ascending.
std::vector<std::uint32_t> all_processes();

/// When a process started, in hundredths of a second since boot; nullopt when there is no such process.
std::optional<std::uint64_t> start_ticks_of(std::uint32_t pid);

/// 0 when there is no such process; one that has ended has a parent for as long as that has not waited for it.
std::uint32_t parent_of(std::uint32_t pid);

/// As the machine calls itself.
std::string host_name_of_this_machine();

/// The audit session of a process, kUnset when it has none or is gone.
std::uint32_t session_of(std::uint32_t pid);

/// A small file of /proc or the like, up to `limit` bytes; empty when it cannot be read.
std::string read_small_file(const std::string& path, std::size_t limit = 65536);

/// A command line from arguments that are each ended by NUL: blank-separated, quoted where a shell would need it.
std::string command_line_of(std::string_view arguments);

/// The same of what /proc/PID/cmdline has, where a program may have written a title over its arguments
/// ("sshd: alice [priv]") and NULs behind it, as many as there is room for.
std::string shown_command_line_of(std::string_view arguments);

/// "pts/3", "tty1", from a device number major << 20 | minor; empty for none.
std::string tty_name(std::uint32_t device);

}  // namespace spoor::sensor
