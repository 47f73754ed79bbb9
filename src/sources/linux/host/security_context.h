// SecurityContext: what a thread may do and as whom, from /proc: the counterpart of an NT token.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "bpf/record.h"

namespace spoor::sensor {

struct SecurityContext {
    std::uint32_t pid = 0;
    std::uint32_t tid = 0;
    std::string name;
    record_credentials credentials = {};
    std::vector<std::uint32_t> groups;
    bool no_new_privileges = false;
    std::uint32_t seccomp = 0;  // 0 off, 1 strict, 2 filter
    std::uint32_t seccomp_filters = 0;
    std::uint32_t session = 0;
    std::uint32_t login_uid = 0;
    std::string label;                                            // of the security module; empty for none
    std::vector<std::pair<std::string, std::string>> namespaces;  // "mnt", "mnt:[4026531841]"

    /// Whether the two could do the same things: everything but the numbers and the name.
    bool same_rights(const SecurityContext& other) const;
};

/// Of each thread of a process, the leader first. NotFound when there is no such process, Denied when it may not be
/// read.
Result<std::vector<SecurityContext>> security_contexts(std::uint32_t pid);

}  // namespace spoor::sensor
