// TrackSources: what of an archive the tracks of an account, an address or a host's users are made of, and no more: a
// question to a large store must not fetch its every ticket, nor its every session.
#pragma once
#include <memory>
#include <vector>

#include "cli/answers/follow_target.h"
#include "store/archive.h"
#include "trails/evidence/evidence.h"
#include "trails/links.h"

namespace spoor::cli {

struct TrackSources {
    const History* history = nullptr;          // has these sessions, the links that lead to them, and their origins
    std::vector<std::uint32_t> sessions = {};  // in order
    std::unique_ptr<trails::Evidence> evidence = {};  // what controllers and refusing hosts recorded
    std::vector<trails::TicketOrigin> tickets = {};   // who asked for the tickets in it
    std::unique_ptr<trails::Evidence> typed = {};     // the credentials that were used in the sessions
};

/// Of sessions and records there may be more than are meant: names have other spellings, and those are let through.
Result<TrackSources> collect_track_sources(const TrackFilter& filter, store::Archive& archive);

}  // namespace spoor::cli
