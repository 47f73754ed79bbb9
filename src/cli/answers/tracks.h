// Tracks: everything that shows where an account, an address or a host's users went, in time order: the hosts' own
// records of sessions, and beside them what domain controllers were asked for.
//
//     TrackReader reader = TRY(TrackReader::open({.users = {"brian"}}, archive, {}));
//     std::vector<Track> tracks;
//     while (TRY(reader.next(tracks))) print(tracks);
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
    std::string session;                    // name of the session that it is, or that it was asked for by
    std::string from;                       // where it came from: a session, else an address or a name
    std::optional<Strength> strength = {};  // of the link to that session
};

/// The tracks of an archive, in time order, as they are found.
class TrackReader {
public:
    /// Both must outlive it. What the archive recollected is forgotten while it reads. It begins with a stretch of so
    /// many of the archive's events; how much it looks through from then on follows from what it finds.
    static Result<TrackReader> open(const TrackFilter& filter, store::Archive& archive, const Stretch& time,
                                    std::uint64_t events_at_first = 250'000);

    /// Puts the next tracks there are into `tracks`; false when there are no more.
    Result<bool> next(std::vector<Track>& tracks);

private:
    TrackReader(const TrackFilter& filter, store::Archive& archive, const Stretch& time)
        : filter_(filter), archive_(archive), left_(time), collector_(filter, archive, time) {}
    Stretch next_stretch();
    void choose_length(std::size_t found);

    const TrackFilter& filter_;
    store::Archive& archive_;
    Stretch left_;
    bool any_left_ = true;
    std::vector<Timestamp> cuts_;  // in what is left
    std::size_t cut_ = 0;          // the next of them
    std::size_t cuts_at_once_ = 1;
    std::size_t given_ = 0;  // tracks so far
    TrackCollector collector_;
    std::optional<SessionNames> names_;
};

}  // namespace spoor::cli
