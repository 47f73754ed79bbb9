// Boots: where a host was restarted, and in which of its runs each observation was made.
//
// Logon ids start again at every boot, so a boot that goes unnoticed merges strangers' sessions. Everything that can
// tell is used, in this order of trust:
//
//  - what a record says of its own boot: Sysmon's process GUIDs count boots, and the activity ids of Security records
//  hold
//    the moment at which LSASS started (from Windows 10 on). Such a record belongs to that boot wherever it stands.
//  - records that are written at a start: System 12, 6005, 6009, 41, 6008; Security 4608, 4826, 4624 of type 0. Several
//    of them within five minutes are one start, unless a stop lies between.
//  - Sysmon's word for when the system's own session began, which is another at every boot. Versions up to 10 count no
//    boots.
//  - logon ids that fall back: LUIDs only grow within a boot. Logons at the same time may be told a little out of
//  order,
//    so a fall counts if it is large or if the higher id is minutes old; an id that is given out a second time always
//    does.
//
// A stop (System 13, 6006, Security 1100) ends a boot in order; records that go on long after it show that only the log
// service had stopped. System 41 and 6008 tell at the next start that there was none. Without either it stays open how
// a boot ended: the System log may simply not be there.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "model/history.h"
#include "sessions/host_log.h"
#include "sessions/timeline.h"

namespace spoor::sessions {

/// A boot as found on one host's timeline.
struct FoundBoot {
    Boot boot;
    std::optional<Timestamp> users_stopped;  // when its user sessions were over at the latest: before the kernel stops
    std::optional<Timestamp> system_logon;   // Security 4624 of type 0
    bool over = false;                       // it stopped, or another boot follows
};

/// Finds the boots, in order, and sets Moment::boot of each moment to an index into the result (never empty).
std::vector<FoundBoot> find_boots(const HostLog& log, Timeline& timeline);

EventRef reference(const HostLog& log, const Observation& seen);

}  // namespace spoor::sessions
