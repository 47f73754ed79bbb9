// The full-screen `spoor watch`: a feed's events on a terminal, until the user leaves.
#pragma once
#include <functional>
#include <string>

#include "cli/live/event_feed.h"
#include "cli/live/stop_signal.h"
#include "cli/when.h"

namespace spoor::cli {

enum class Remembers : unsigned char { No, Yes };

struct WatchScreenOptions {
    std::string filter = {};  // of the command line, in the language of all filters
    std::string source = {};
    std::function<bool(const EventView&)> wanted;
    Remembers settings = Remembers::Yes;
    std::size_t memory = 256u << 20;
    enum class Dates : unsigned char { TimeOnly, WithDate } dates = Dates::TimeOnly;
};

/// Runs until the user leaves or somebody stops the program. Says at the end what was shown.
Result<void> run_watch_screen(EventFeed& feed, const WatchScreenOptions& options, StopSignal& stop, const When& when,
                              Console& console);

}  // namespace spoor::cli
