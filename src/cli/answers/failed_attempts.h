// Failed attempts: the refused logons, at a host or at its domain controllers, that may be one's who got in just after.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "model/event.h"
#include "model/session.h"
#include "store/archive.h"
#include "trails/linking/clocks.h"

namespace spoor::cli {

/// The records that can tell of such an attempt at the session's host and at controllers, as a filter.
std::string failed_attempts_filter(std::string_view host);

struct FailedAttempt {
    std::string user;
    std::string from;    // address or the client's own name; empty where neither is told
    std::string reason;  // in words
};

/// What a record tells of an attempt of the session's account, or from the place that the session came from; nothing
/// for what succeeded, and for strangers.
std::optional<FailedAttempt> failed_attempt(EventView record, const Session& session);

/// An attempt counts when it was made this long before the session began.
constexpr Duration kJustBefore = Duration::seconds(15 * 60);

/// Whether a record was written just before the session began, by the clock of the session's host.
bool is_just_before(HostId host, Timestamp time, const Session& session, const trails::Clocks& clocks);

/// How far the clocks of hosts differed on the day around that time.
Result<trails::Clocks> clocks_around(store::Archive& archive, Timestamp time);

}  // namespace spoor::cli
