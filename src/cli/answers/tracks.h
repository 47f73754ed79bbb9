// Tracks: everything that shows where an account, an address or a host's users went, in time order: the hosts' own
// records of sessions, and beside them what domain controllers were asked for.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cli/answers/track_sources.h"
#include "model/session_name.h"

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

std::vector<Track> find_tracks(const TrackFilter& filter, const TrackSources& sources, const Catalog& catalog,
                               const SessionNames& names);

}  // namespace spoor::cli
