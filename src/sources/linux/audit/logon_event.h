// LogonEvent: what every logon on Linux says, whether it was seen live or written down by auditd.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "model/event.h"

namespace spoor::sensor {

struct LoggedOn {
    std::string user;
    std::uint32_t login_uid = 0;
    std::uint32_t session = 0;
    std::string_view service;  // "sshd", "cron"
    bool has_terminal = false;
};

/// Begins an event in the batch with these; whoever knows more adds it, and commits the event.
void begin_logon(Batch& batch, const LoggedOn& logon);

}  // namespace spoor::sensor
