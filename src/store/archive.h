// Archive: what commands ask for events, sessions and gaps: a store on disk (store.h) or logs that were read into
// memory (ingest/log_archive.h). A command is given an Archive and never knows which.
//
//     auto stream = TRY(archive.events({.where = filter, .limit = 200}));
//     Batch batch;
//     while (TRY(stream->next(batch)))
//         for (const Event& event : batch.events()) print({batch, event});
//
// Events come stamped: their actor's numbers are indices into `history()`. Everything is in time order.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "match/predicate.h"
#include "model/catalog.h"
#include "model/event.h"
#include "model/history.h"

namespace spoor::store {

enum class Order : std::uint8_t { OldestFirst, NewestFirst };
/// Whether events say who was behind them. To look that up costs a store more than the events themselves.
enum class Actors : std::uint8_t { Named, LeftOut };

/// The place of an event in the time order of an archive; events of one time are told apart by number.
struct Position {
    Timestamp time = {};
    std::uint64_t number = 0;

    friend auto operator<=>(const Position&, const Position&) = default;
};

struct EventQuery {
    match::Expr where = match::always();
    Timestamp from = Timestamp::earliest();
    Timestamp until = Timestamp::latest();  // included
    Order order = Order::OldestFirst;
    std::uint64_t limit = UINT64_MAX;
    std::optional<Position> after = {};  // only what comes behind that place, in the order asked for: how pages follow
    Actors actors = Actors::Named;       // archives that know them anyway need not leave them out
};

/// The events that a query asks for, a batch at a time; the first come before the last have been looked for.
class EventStream {
public:
    virtual ~EventStream() = default;

    /// Puts the next events into `batch`, which is cleared first; false when there are no more.
    virtual Result<bool> next(Batch& batch) = 0;
    /// The place of each event of the last batch.
    virtual std::span<const Position> positions() const = 0;
};

/// How often each combination of values occurs.
struct CountQuery {
    match::Expr where = match::always();
    Timestamp from = Timestamp::earliest();
    Timestamp until = Timestamp::latest();
    std::vector<match::FieldRef> by = {};
    Duration per = {};  // 0: over all time; otherwise counted anew for every such stretch since the epoch
};

struct Count {
    std::vector<std::string> values;  // one for each of `by`, as people spell it; empty where an event has none
    Timestamp start = {};             // of the stretch, when `per` was asked for
    std::uint64_t events = 0;
    Timestamp first = Timestamp::latest();
    Timestamp last = Timestamp::earliest();
};

/// The records of one channel of one host that an archive has: closed ranges of numbers, ascending and not touching.
struct Holding {
    struct Range {
        std::uint64_t first = 0;
        std::uint64_t last = 0;
        friend auto operator<=>(const Range&, const Range&) = default;
    };
    HostId host = HostId::None;
    ChannelId channel = ChannelId::None;
    std::vector<Range> ranges = {};
    std::uint64_t events = 0;
    Timestamp first = Timestamp::latest();
    Timestamp last = Timestamp::earliest();
};

/// What an archive holds, in numbers.
struct Inventory {
    std::uint64_t events = 0;
    std::uint64_t sessions = 0;
    std::uint64_t processes = 0;
    std::uint64_t links = 0;
    Timestamp first = Timestamp::latest();
    Timestamp last = Timestamp::earliest();
};

/// Which sessions are looked for.
struct SessionQuery {
    match::Expr where = match::always();
    enum class Within : std::uint8_t {
        Began,  // that began in the time asked for, as far as is known
        There,  // that may have been there then
    } within = Within::Began;
    Timestamp from = Timestamp::earliest();
    Timestamp until = Timestamp::latest();  // included

    bool is_of_all_time() const { return from == Timestamp::earliest() && until == Timestamp::latest(); }
    /// Whether a session is of the time asked for.
    bool is_in_time(const Session& session) const;
};

/// What to recall of a history that is too large to be read for a few events.
struct RecallQuery {
    std::vector<std::uint32_t> sessions = {};  // by their numbers over all hosts, as actors of events have them
    std::vector<std::uint32_t> processes = {};
    std::vector<LogonId> logon_ids = {};  // sessions with these, on any host
    std::optional<Guid> process_guid = {};
    std::optional<std::pair<HostId, std::uint64_t>> pid = {};
    std::optional<std::uint32_t> trail_of = {};  // all that leads to that session and all that it leads to, with links
    std::vector<std::uint32_t> origins_of = {};  // the links that lead to these sessions, and where they come from
    std::optional<SessionQuery> sessions_where = {};  // what a filter about sessions is true of
    std::optional<match::Expr> processes_where = {};  // or one about processes
};

/// Records of a history, and what is needed to understand them: all boots, of a process the session and the parent, of
/// a session that there are others of its logon id. What refers to sessions and processes does so by their numbers.
struct Recalled {
    History history = {};
    std::vector<std::uint32_t> sessions = {};  // the number of each
    std::vector<std::uint32_t> processes = {};
    std::vector<std::uint32_t> links = {};
    std::vector<bool> whole = {};  // of each session: whether more is known of it here than its host and logon id
    std::vector<std::uint32_t> found = {};  // the numbers of what a filter is true of, in order
};

/// Sessions that were looked for, in their order, as indices into a history, which may hold others.
struct FoundSessions {
    const History* history = nullptr;
    std::vector<std::uint32_t> sessions = {};
};
/// The same of processes.
struct FoundProcesses {
    const History* history = nullptr;
    std::vector<std::uint32_t> processes = {};
};

/// One thread at a time. What it hands out (streams, the history) is good until the archive is changed or closed.
class Archive {
public:
    virtual ~Archive() = default;

    virtual Catalog& catalog() = 0;
    /// Boots, sessions, processes and links of all hosts; read when first asked for.
    virtual Result<const History*> history() = 0;

    // A large archive need not read all of that for a few events. Whoever calls recollection() first, and not
    // history(), gets what was asked for so far: the sessions and processes that events handed out name, whose actors
    // are indices into it, and what was recalled. It grows; sessions and processes keep their indices.
    virtual Result<const History*> recollection() { return history(); }
    /// Sessions with these logon ids, on any host.
    virtual Result<void> recall(std::span<const LogonId> ids) { return (void)ids, Result<void>(); }
    /// The process with that ProcessGuid; those that a host gave that number.
    virtual Result<void> recall_process(const Guid& guid) { return (void)guid, Result<void>(); }
    virtual Result<void> recall_processes(HostId host, std::uint64_t pid) {
        return (void)host, (void)pid, Result<void>();
    }
    /// All that leads to a session of the recollection and all that it leads to: sessions, processes, links.
    virtual Result<void> recall_trail(std::uint32_t session) { return (void)session, Result<void>(); }

    /// The links that lead to these sessions of the recollection, and the sessions that they come from.
    virtual Result<void> recall_origins(std::span<const std::uint32_t> sessions) {
        return (void)sessions, Result<void>();
    }
    /// Begins the recollection anew, in the same place: for whoever goes through much and is done with what he had. No
    /// index into it, and no names of its sessions, are good any more. False where nothing is forgotten.
    virtual bool forget() { return false; }

    /// The sessions that are asked for; the history may be without their processes and links.
    virtual Result<FoundSessions> find_sessions(const SessionQuery& query);
    /// The processes that a filter about processes is true of, with their parents and sessions.
    virtual Result<FoundProcesses> find_processes(const match::Expr& where);
    /// Calls `visit` with each session that a filter is true of, in any order, and keeps none. It is there in outline:
    /// host, logon id, user, type, where it came from, and its times.
    using VisitSession = std::function<void(const Session&)>;
    virtual Result<void> each_session(const match::Expr& where, const VisitSession& visit);

    /// For whoever asks from afar and keeps a recollection of his own: nothing here remembers what was asked for.
    virtual Result<Recalled> recalled(const RecallQuery& query);

    virtual Result<std::unique_ptr<EventStream>> events(EventQuery query) = 0;
    /// By values, then by time.
    virtual Result<std::vector<Count>> count(const CountQuery& query) = 0;
    /// By host, then channel.
    virtual Result<std::vector<Holding>> holdings() = 0;
    virtual Result<Inventory> inventory() = 0;
    /// Moments that cut the time of all events into stretches of some `events` each, in order. None where it costs as
    /// much to ask about a part of the time as about all of it.
    virtual Result<std::vector<Timestamp>> cuts(std::uint64_t events) { return (void)events, std::vector<Timestamp>(); }
};

}  // namespace spoor::store
