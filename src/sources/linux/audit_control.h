// AuditControl: whether the kernel writes audit records, and turning that on and off (CAP_AUDIT_CONTROL).
//
// Turned on without any rule, auditing costs every system call some 50 nanoseconds, because each gets a context that
// might be needed at its end. A rule that no task is ever to get one spares that; the records of logins come all the
// same.
#pragma once
#include <cstdint>
#include <optional>

#include "base/result.h"

namespace spoor::sensor {

struct AuditState {
    bool enabled = false;
    bool locked = false;           // until the next restart of the machine
    std::uint32_t daemon_pid = 0;  // auditd's; 0: there is none
};

/// nullopt when the kernel does not say.
std::optional<AuditState> audit_state();

/// Turns auditing on or off. Denied when it is locked or the privilege is missing.
Result<void> set_audit(bool enabled);

/// Adds or removes the rule by which no task gets an audit context.
Result<void> set_rule_for_no_task(bool present);

}  // namespace spoor::sensor
