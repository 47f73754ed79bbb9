// Recollection: of a history with millions of sessions and processes, those that somebody asked about.
//
// What the store knows of a session or a process stands in its row; the row is read when an event that is handed out
// names it. A session comes together with another one of the same logon id, if there is any, because only beside it its
// shortest name shows: of that no more is read than that it is there, until it is wanted itself. Boots are read for
// those who ask from afar: here nobody looks at more of them than whether two are the same. When much has been asked
// for, the rest is read in one go, which is cheaper then.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <unordered_map>
#include <vector>

#include "match/evaluate/evaluator.h"
#include "model/history.h"
#include "store/archive.h"
#include "store/duckdb/conclusion/history_tables.h"

namespace spoor::store::duckdb {

class DuckStore;

class Recollection {
public:
    static Result<std::unique_ptr<Recollection>> begin(DuckStore& store);

    const History& history() const { return history_; }

    /// Turns what the events' actors say, by numbers over all hosts, into indices of `history()`.
    Result<void> resolve(std::span<Event> events);
    Result<void> add_sessions_with(std::span<const LogonId> ids);
    Result<void> add_process(const Guid& guid);
    Result<void> add_processes(HostId host, std::uint64_t pid);
    /// All that leads to a session of `history()`, and all that it leads to, with their processes and the links
    /// between.
    Result<void> add_trail(std::uint32_t session);

    /// The links that lead to these sessions of `history()`, and the sessions that they come from.
    Result<void> add_origins(std::span<const std::uint32_t> sessions);

    /// The sessions that are asked for, which `history()` has then.
    Result<FoundSessions> find_sessions(const SessionQuery& query);
    /// The processes that a filter about processes is true of, with their parents and sessions.
    Result<FoundProcesses> find_processes(const match::Expr& where);
    /// Sessions without keeping them, in outline.
    Result<void> each_session(const match::Expr& where, const Archive::VisitSession& visit);

    /// Begins anew: `history()` is empty then.
    void forget();

    /// What there is to a question, of a recollection of its own.
    static Result<Recalled> recall(DuckStore& store, const RecallQuery& query);

private:
    explicit Recollection(DuckStore& store) : store_(store) {}

    using NumberSet = std::set<std::uint32_t>;
    HistoryReader reader();
    /// Those of these rows that are not there yet.
    Result<void> read_sessions(Numbers numbers);
    Result<void> read_processes(Numbers numbers);
    Result<void> read_processes_at_once(const Numbers& numbers);
    /// Whether there are others with the logon id of one of these on its host.
    Result<void> add_namesakes(const Numbers& numbers);
    /// The first and the last of the sessions that a host gave one logon id, where there are several.
    using Namesakes = std::map<std::pair<HostId, std::uint64_t>, std::pair<std::uint32_t, std::uint32_t>>;
    Result<Namesakes> read_namesakes(const std::string& condition);
    Result<Namesakes> read_namesakes_of(std::span<const std::uint64_t> ids);
    /// The same with what they are understood by: sessions with their namesakes, processes with their parents and
    /// sessions.
    Result<void> add_sessions(NumberSet numbers);
    Result<void> add_processes(NumberSet numbers);
    Result<void> add_sessions_where(const std::string& condition);
    Result<void> add_processes_where(const std::string& condition);
    /// The numbers of those that are asked for. The times of what is asked for again are kept: it is asked for from one
    /// stretch of time to the next.
    Result<Numbers> numbers_of(const SessionQuery& query);
    Numbers numbers_of_all_sessions() const;
    /// The numbers of those that the matcher is true of, which asks for nothing but these columns; `time` is a
    /// condition.
    Result<IdSet> sessions_by(std::span<const std::string_view> columns, const std::string& time,
                              match::Matcher& matcher);
    /// All processes that a filter can be true of; nothing where these may be any, or are found by reading records
    /// only.
    enum class Effort : std::uint8_t { Columns, Records };
    Result<std::optional<IdSet>> possible_processes(const match::Expr& where, Effort effort);
    Result<std::optional<IdSet>> possible_processes(const match::Predicate& predicate, Effort effort);
    Result<IdSet> processes_of_sessions_that(const match::Predicate& predicate, match::Matcher& matcher);
    Result<void> add_rest();
    /// With those that they are the children of: that is what people ask of a process next.
    Result<void> read_with_parents(NumberSet numbers);
    /// Reads what processes refer to, with some sessions more, and turns the numbers into indices.
    Result<void> settle_processes(NumberSet sessions = {});
    Result<void> walk(std::uint32_t session, NumberSet& reached, NumberSet& links, NumberSet& processes);
    /// Links whose sessions are there.
    Result<void> read_links(NumberSet numbers);
    std::uint32_t session_at(std::uint32_t number) const;
    bool has_session(std::uint32_t number) const;
    std::uint32_t process_at(std::uint32_t number) const;

    DuckStore& store_;
    RecordPlaces places_;
    RecordPages pages_;
    History history_;
    std::unordered_map<std::uint32_t, std::uint32_t> session_at_;  // by number in the store
    std::set<std::pair<HostId, std::uint64_t>> named_;             // logon ids whose namesakes are there
    std::vector<bool> whole_;  // of each session: whether there is more than that it is there
    std::unordered_map<std::uint32_t, std::uint32_t> process_at_;
    struct References {
        std::uint32_t session = kNobody;
        std::uint32_t parent = kNobody;
    };
    std::vector<References> references_;     // of each process, as numbers in the store
    std::size_t settled_ = 0;                // processes of which these have been turned into indices
    std::vector<std::uint32_t> parentless_;  // of these, the ones whose parent is not there yet
    std::set<std::uint32_t> linked_;         // links that are there
    Numbers link_numbers_;                   // of each of them, its number in the store
    struct Ends {
        std::uint32_t process = kNobody;
        std::uint32_t to_process = kNobody;
    };
    std::vector<Ends> link_ends_;  // of each, the processes as numbers in the store
    bool complete_ = false;

    // What stays true, whatever is forgotten.
    std::optional<Namesakes> namesakes_;  // all there are
    std::size_t ids_asked_ = 0;           // for namesakes, so far
    struct Lived {
        std::uint32_t number = 0;
        std::optional<Timestamp> start;
        std::optional<Timestamp> end;
        Timestamp first_seen;
    };
    Result<std::vector<Lived>> times_of(const IdSet& sessions);
    std::map<std::string, std::optional<std::vector<Lived>>> lived_;  // by filter: the times, when asked for again
};

}  // namespace spoor::store::duckdb
