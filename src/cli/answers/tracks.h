// Tracks: everything that shows where an account, an address or a host's users went, in time order: the hosts' own
// records of sessions, and beside them what domain controllers were asked for.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/answers/follow_target.h"
#include "model/session_name.h"
#include "trails/evidence/evidence.h"
#include "trails/trail.h"

namespace spoor::cli {

struct Track {
    Timestamp time;
    HostId host = HostId::None;  // whose record it is
    std::string what;            // "interactive logon", "service ticket for FS01$"
    std::string account;
    std::uint32_t session = kNobody;        // that it is, or that it was asked for by
    std::string from;                       // where it came from: a session, else an address or a name
    std::optional<Strength> strength = {};  // of the link to that session
};

/// What domain controllers and refusing hosts recorded of those tracks, and no more: a question to a large store must
/// not fetch its every ticket.
Result<std::unique_ptr<trails::Evidence>> collect_track_evidence(const TrackFilter& filter, store::Archive& archive);

/// Who asked for the tickets in that evidence. Only the sessions of the account that is followed are gone through.
std::vector<trails::TicketOrigin> tie_track_tickets(const TrackFilter& filter, const History& history,
                                                    const trails::Evidence& evidence, const Catalog& catalog);

std::vector<Track> find_tracks(const TrackFilter& filter, const trails::Tracer& tracer,
                               const trails::Evidence& evidence, const Catalog& catalog, const SessionNames& names);

}  // namespace spoor::cli
