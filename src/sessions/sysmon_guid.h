// Sysmon GUIDs: what the GUIDs that Sysmon gives processes and logon sessions say by themselves.
//
// Sixteen bytes as stored: 0-3 the machine, 4-7 Unix seconds, 8-15 a number. Of a process: start of the process, and
// the kernel's ProcessStartKey, whose upper 16 bits count the boots of the machine. Of a session: its logon, and its
// logon id. Sysmon up to version 10 wrote token and logon ids of 32 bits behind a mark of 0x10 or 0x20 instead, so that
// there are no boots in those. (SysmonCommon, GenerateUniqueId; measured on 2,052 process creations.)
#pragma once
#include <cstdint>
#include <optional>

#include "base/endian.h"
#include "base/guid.h"
#include "base/time.h"

namespace spoor::sessions {

/// The moment in a Sysmon GUID, to the second; nothing where Sysmon did not know it.
inline std::optional<Timestamp> time_of_sysmon_guid(const Guid& guid) {
    const auto seconds = load<std::uint32_t>(guid.bytes.data() + 4);
    if (seconds == 0) return std::nullopt;
    return Timestamp::from_unix_seconds(seconds);
}

/// Which boot of its machine a process belongs to; nothing in the old layout and for what started before Sysmon's
/// driver.
inline std::optional<std::uint16_t> boot_of_process_guid(const Guid& guid) {
    const auto key = load<std::uint64_t>(guid.bytes.data() + 8);
    const bool old_layout = (key & 0xffffffff) == 0x10000000;  // the bytes 00 00 00 10 come first
    const auto boot = static_cast<std::uint16_t>(key >> 48);
    if (old_layout || boot == 0) return std::nullopt;
    return boot;
}

}  // namespace spoor::sessions
