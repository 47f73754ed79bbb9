// Tracks: everything that shows where an account, an address or a host's users went, in time order: the hosts' own
// records of sessions, and beside them what domain controllers were asked for.
#pragma once
#include <string>
#include <vector>

#include "model/session_name.h"
#include "trails/evidence.h"
#include "trails/trail.h"

namespace spoor::cli {

struct Track {
    Timestamp time;
    HostId host = HostId::None;       // whose record it is
    std::string what;                 // "interactive logon", "service ticket for FS01$"
    std::string account;
    std::uint32_t session = kNobody;  // that it is, or that it was asked for by
    std::string from;                 // where it came from: a session, else an address or a name
    Strength strength = Strength::Certain;
};

struct TrackFilter {
    std::string user;     // account name; empty for all
    std::string address;  // client address
    std::string host;
};

std::vector<Track> find_tracks(const TrackFilter& filter, const trails::Tracer& tracer, const trails::Evidence& evidence, const Catalog& catalog,
                               const SessionNames& names);

}  // namespace spoor::cli
