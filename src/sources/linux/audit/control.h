// AuditControl: whether the kernel writes audit records, and turning that on and off (CAP_AUDIT_CONTROL).
//
// Turned on without any rule, auditing costs every system call some 50 nanoseconds, because each gets a context that
// might be needed at its end. A rule that no task is ever to get one spares that; the records of logins come all the
// same.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"

namespace spoor::sensor {

struct AuditState {
    bool enabled = false;
    bool locked = false;           // until the next restart of the machine
    std::uint32_t daemon_pid = 0;  // auditd's; 0: there is none
};

/// nullopt when the kernel does not say, as it does to those alone who have CAP_AUDIT_CONTROL.
std::optional<AuditState> audit_state();

/// Why there are no records of logins in that state, or may be none; nullopt when there are.
std::optional<std::string> why_no_records(const std::optional<AuditState>& state);

enum class AuditMode : std::uint32_t { Off, On, Locked };

/// Turns auditing on or off, or on for as long as the machine runs. Denied when it is locked already, or the privilege
/// is missing.
Result<void> set_audit(AuditMode mode);

/// Adds or removes the rule by which no task gets an audit context.
Result<void> set_rule_for_no_task(bool present);

}  // namespace spoor::sensor
