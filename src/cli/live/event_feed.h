// EventFeed: where the events of `spoor watch` come from: this machine as it lives, or logs that are replayed.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "cli/scope.h"
#include "model/event.h"
#include "sources/linux/live.h"

namespace spoor::cli {

class EventFeed {
public:
    virtual ~EventFeed() = default;

    virtual Catalog& catalog() = 0;
    /// Of the logs; nullptr for this machine, whose events say themselves who caused them.
    virtual const History* history() const = 0;

    /// Sleeps until there may be more, or until `also` becomes readable.
    virtual void wait(int also) = 0;
    /// Adds what has come since. False when nothing more will come.
    virtual Result<bool> take(Batch& batch) = 0;
    /// Adds what was still under way, and the last losses.
    virtual void finish(Batch& batch) = 0;

    /// What cannot be seen, in a line; empty for nothing.
    virtual std::string warning() const { return {}; }
    virtual std::uint64_t lost() const { return 0; }
    /// The balance of records, for the end.
    virtual std::string closing_words() const = 0;
};

Result<std::unique_ptr<EventFeed>> make_live_feed(const sensor::LiveOptions& options);
/// Of the logs that the scope is about; it must outlive the feed, and is open.
Result<std::unique_ptr<EventFeed>> make_replay_feed(Scope& scope);

}  // namespace spoor::cli
