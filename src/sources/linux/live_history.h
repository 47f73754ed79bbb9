// The logon sessions and processes of this machine as they stand now, from /proc: needs no kernel programs.
#pragma once
#include "model/catalog.h"
#include "model/history.h"

namespace spoor::sensor {

/// One boot; a session for each audit session id that a process has; all processes, those without a session included.
/// Without root the sessions of others are seen, but not what their processes run.
History live_history(Catalog& catalog);

}  // namespace spoor::sensor
