// Store: an archive on disk that can be added to. store/duckdb/ has the embedded one.
//
// Events are facts: a Writer adds them, and what it has committed stays, whatever happens to the process. Who was
// behind them is a conclusion, worked out from all events of a host (ingest/ does that) and replaced as a whole.
// Between the two a host is unresolved: its new events are there, and have no actors yet.
#pragma once
#include <functional>
#include <map>
#include <set>
#include <stop_token>

#include "store/archive.h"

namespace spoor::store {

/// Adds events. One thread at a time; several writers of one store may work at once.
class Writer {
public:
    virtual ~Writer() = default;

    /// Adds those events that the store does not have yet (an event is the same when host, channel, record number and
    /// time are) and returns how many those were.
    virtual Result<std::uint64_t> add(const Batch& batch) = 0;
    /// Makes what was added stay. What was not committed when the writer goes away is as if it had never come.
    virtual Result<void> commit() = 0;
    /// Events added since the last commit, and the memory they take.
    virtual std::uint64_t pending() const = 0;
    virtual std::uint64_t footprint() const = 0;
};

/// What to throw away.
struct Retention {
    std::optional<Timestamp> older_than = {};
    std::optional<std::uint64_t> larger_than = {};  // bytes on disk; the oldest events go first
};

struct Damage {
    std::string what;
};

/// Which events are read for a conclusion.
struct EventsWanted {
    std::optional<HostId> host = {};
    std::set<HostId> except = {};         // of those, nothing
    std::function<bool(Kind)> kind = {};  // all, if empty
    Timestamp from = Timestamp::earliest();
    Timestamp until = Timestamp::latest();
};

/// What whoever concludes wants to keep of a host's events beside its conclusions, as bytes that only he reads: of a
/// span of time, both ends included, or of none in particular.
struct EvidencePage {
    struct Span {
        Timestamp first;
        Timestamp last;
    };
    std::optional<Span> span = {};
    std::string bytes = {};
};

/// Which pages of evidence are read: those that are of a time within the span, those of none, or both.
struct EvidenceWanted {
    std::optional<HostId> host = {};
    std::optional<EvidencePage::Span> within = {};
    bool timeless = false;
};

/// How many events each part of a store had at some moment; what tells later which have come since.
using Extent = std::map<std::uint32_t, std::uint64_t>;

/// A part of a history, and what its sessions and processes are called in the whole: by their numbers over all hosts.
struct Excerpt {
    History history = {};
    std::vector<std::uint32_t> sessions = {};
    std::vector<std::uint32_t> processes = {};
};

/// A conclusion in the making. It reads the store as that was when it began, and on its own: others go on to read and
/// to add meanwhile, and what they add is left for the next conclusion. One at a time.
class Conclusion {
public:
    /// One that was not published is as if it had never been.
    virtual ~Conclusion() = default;

    /// Hosts that got events since they were last concluded about.
    virtual Result<std::vector<HostId>> unresolved() = 0;
    /// Every host that has events.
    virtual Result<std::vector<HostId>> hosts() = 0;
    /// How many events each host has that this is a conclusion of.
    virtual std::map<HostId, std::uint64_t> event_counts() const = 0;
    /// What the store's present conclusions were drawn from; nothing when that is not known.
    virtual Result<std::optional<Extent>> concluded() = 0;
    /// What there is to read, and the time of the earliest event that came since there was no more than `before`:
    /// latest() for none, nothing when what was there then is not there any more (it was pruned or rewritten).
    virtual Extent extent() const = 0;
    virtual Result<std::optional<Timestamp>> first_since(const Extent& before) = 0;
    /// Calls `take` with all events that are wanted and the number of each, in no particular order and without actors.
    /// Any thread.
    using Take = std::function<Result<void>(Batch& batch, std::span<const std::uint64_t> numbers)>;
    virtual Result<void> each_event(const EventsWanted& wanted, const Take& take) = 0;

    /// Adds what is to be known of some hosts, sorted by host: their boots, sessions and processes. `keep` is for a
    /// host of which all stays as it was. Hosts are numbered as they come; what keeps its numbers costs nothing to
    /// keep. Every host once, one thread at a time.
    virtual Result<void> add(const History& hosts) = 0;
    virtual Result<void> keep(HostId host) = 0;
    /// Takes a host for concluded about: the actors that its events had are gone. Any thread.
    virtual Result<void> resolve(HostId host) = 0;
    /// Puts events of such a host down to their actors, places among its sessions and processes. Every event once, best
    /// in the order of their numbers; any thread.
    struct Stamp {
        std::uint64_t number = 0;  // of the event
        Actor actor = {};
    };
    virtual Result<void> stamp(HostId host, std::span<const Stamp> stamps) = 0;

    /// Keeps evidence of such a host's events, in any number of parts; what was kept before is gone. Any thread.
    virtual Result<void> add_evidence(HostId host, std::span<const EvidencePage> pages) = 0;
    /// The hosts of which evidence of all their events is kept. Of others the events have to be read.
    virtual Result<std::set<HostId>> with_evidence() = 0;
    /// Calls `take` with the pages of these hosts. Any thread.
    using TakePage = std::function<Result<void>(std::string_view bytes)>;
    virtual Result<void> each_evidence_page(const EvidenceWanted& wanted, const TakePage& take) = 0;

    /// Moments that cut the time of all that was added into stretches, in each of which not many more than `records`
    /// sessions and processes began.
    virtual Result<std::vector<Timestamp>> cuts(std::uint64_t records) = 0;
    /// Of what was added, all that was there in a span of time, or when one of `moments` was.
    struct Moment {
        HostId host = HostId::None;
        Timestamp time = {};
    };
    virtual Result<Excerpt> excerpt(Timestamp from, Timestamp until, std::span<const Moment> moments) = 0;
    /// The links between sessions, by their numbers. Once, when all hosts have been added.
    virtual Result<void> add_links(std::span<const Link> links) = 0;
    /// Makes it all what the store says. Nobody else may use the archive until this returns.
    virtual Result<void> publish() = 0;
};

class Store : public Archive {
public:
    virtual Result<std::unique_ptr<Writer>> writer() = 0;

    /// Hosts that got events since they were last concluded about.
    virtual Result<std::vector<HostId>> unresolved() = 0;
    /// Once a stop is asked for, reading events for it and stamping them fail.
    virtual Result<std::unique_ptr<Conclusion>> begin_conclusion(std::stop_token stop) = 0;
    /// The history, read on its own while others use the archive; not while a conclusion is published.
    virtual Result<History> read_history() = 0;
    /// Makes it what history() says: it was read so, or is what the conclusion that was published last has drawn.
    virtual void take_up(std::shared_ptr<const History> history) = 0;

    virtual std::string location() const = 0;
    virtual Result<std::uint64_t> bytes_on_disk() = 0;
    virtual std::uint64_t layout_version() const = 0;

    /// Reads everything there is and compares what can be compared; tells what is wrong.
    virtual Result<std::vector<Damage>> check() = 0;
    /// Throws events away and returns how many. Sessions stay until they are concluded about anew.
    virtual Result<std::uint64_t> prune(const Retention& retention) = 0;
    /// Rewrites the store without what was thrown away and with small pieces joined.
    virtual Result<void> compact() = 0;
    /// Writes the events that a query asks for as Parquet: a typed column for each field that occurs.
    virtual Result<std::uint64_t> export_parquet(EventQuery query, const std::string& path) = 0;
};

enum class Opening : std::uint8_t {
    Read,   // it must be there; others may read it at the same time
    Write,  // made when it is not there; nobody else may have it open
};

struct StoreOptions {
    Opening opening = Opening::Read;
    std::uint64_t memory = 512ull << 20;  // what the engine may hold
    unsigned threads = 0;                 // 0: one a core
};

}  // namespace spoor::store
