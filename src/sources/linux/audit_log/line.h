// Line: a record of the audit stream as auditd and `ausearch --raw` write it, one on each line.
//
//     node=web01 type=LOGIN msg=audit(1795322885.127:1114): pid=2628 uid=0 old-auid=4294967295 auid=1001 ses=3 res=1
//
// The node stands there where auditd is told to name it. With log_format = ENRICHED names follow behind the numbers:
// AUID="alice" SYSCALL=execve.
#pragma once
#include <optional>
#include <string_view>

#include "sources/linux/audit/record.h"

namespace spoor::sensor {

struct AuditLine {
    std::string_view node;
    std::string_view type;  // as it is written
    AuditRecord record;
};

/// The kernel's longest record has 8970 bytes; what is added to it is short.
inline constexpr std::size_t kLongestAuditLine = 64 * 1024;

/// nullopt when it is no record.
std::optional<AuditLine> parse_audit_line(std::string_view line);

/// Whether text begins as such a log does.
bool is_audit_log(std::string_view head);

}  // namespace spoor::sensor
