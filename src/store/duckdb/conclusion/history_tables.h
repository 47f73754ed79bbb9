// The tables of conclusions: boots, sessions, processes and links.
//
// A record stands whole in a page of `records` (record_page.h). `sessions`, `processes`, `boots` and `links` have a row
// for each, with columns for those of its members that SQL is asked by.
//
// A session is known in the store by its host and its place among the sessions of that host (and so are processes and
// boots): what one host's logs add up to can be replaced without touching what refers to another's. Rows say in which
// generation of conclusions they were written. Those of a host that stays as it is, and whose records keep their
// numbers over all hosts, stay where they are; the rest is written anew. So good rows are of this generation or an
// earlier one.
#pragma once
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/catalog.h"
#include "model/history.h"
#include "store/duckdb/conclusion/host_bases.h"
#include "store/duckdb/engine/engine.h"
#include "store/duckdb/names.h"

namespace spoor::store::duckdb {

/// The statements that make the tables.
std::string history_tables();

/// Writes the rows of a new generation, host by host, within the transaction that `connection` has open.
class HistoryWriter {
public:
    static Result<HistoryWriter> open(Connection& connection, std::uint32_t generation, const Catalog& catalog,
                                      Names& names);
    HistoryWriter(HistoryWriter&&) noexcept;
    HistoryWriter& operator=(HistoryWriter&&) noexcept;
    ~HistoryWriter();

    /// Boots, sessions and processes of hosts that nothing was added of yet; their numbers go on from those before.
    Result<void> add(const History& hosts);
    /// The same, of a host as another generation has it. Nothing is written where its records keep their numbers.
    Result<void> keep(HostId host, std::uint32_t from_generation);
    /// Both ends are numbers over all hosts.
    Result<void> add_links(std::span<const Link> links);
    Result<void> flush();
    /// Takes away what earlier generations said and this one does not. Once, when all hosts have been added.
    Result<void> drop_superseded();

    /// Sessions and processes so far.
    std::uint64_t records() const;

private:
    struct Tables;
    explicit HistoryWriter(std::unique_ptr<Tables> tables);
    std::unique_ptr<Tables> tables_;
};

/// Where the records of a generation stand, without the records.
struct RecordPlaces {
    struct PageRef {
        std::uint32_t first = 0;  // number of its first record
        std::uint32_t count = 0;
    };
    std::vector<PageRef> boots = {};  // each by first
    std::vector<PageRef> sessions = {};
    std::vector<PageRef> processes = {};
    std::vector<PageRef> links = {};
    HostBases bases = {};
};
Result<RecordPlaces> read_places(Connection& connection, std::uint32_t generation, Catalog& catalog,
                                 const Names& names);

/// Numbers of rows, ascending.
using Numbers = std::vector<std::uint32_t>;

/// Packed pages of records that were read, by their places. Who follows references from record to record comes back to
/// the same ones.
using RecordPages = std::unordered_map<std::uint64_t, std::string>;

/// Reads rows of the tables, as they are in one generation: its own, and those of earlier ones that stayed. Where
/// records refer to sessions and processes, they do so by numbers over all hosts, which are the rows' own.
struct HistoryReader {
    Connection& connection;
    std::uint32_t generation;
    const RecordPlaces& places;
    Catalog& catalog;
    const Names& names;
    RecordPages* kept = nullptr;  // some of those that were read, for next time

    /// Calls `visit` with each session of which a condition is true, and its number; only what stands in `columns` is
    /// filled in. Columns are in the order of the record's members. Without columns, `visit` gets all of all sessions.
    /// Texts are good for the time of a visit.
    using VisitSession = std::function<void(std::uint32_t number, const Session&)>;
    using VisitProcess = std::function<void(std::uint32_t number, const Process&)>;
    Result<void> each_session(std::span<const std::string_view> columns, const std::string& where,
                              const VisitSession& visit) const;
    Result<void> each_process(std::span<const std::string_view> columns, const std::string& where,
                              const VisitProcess& visit) const;

    /// The same with the first of those that say the same in these columns; and then all that are like some of them.
    Result<void> each_kind_of_session(std::span<const std::string_view> columns, const std::string& where,
                                      const VisitSession& visit) const;
    Result<void> each_kind_of_process(std::span<const std::string_view> columns, const std::string& where,
                                      const VisitProcess& visit) const;
    Result<void> each_like(std::string_view table, std::span<const std::string_view> columns, const IdSet& firsts,
                           const std::string& where,
                           const std::function<void(std::uint32_t number, HostId host)>& visit) const;

    /// The rows of a table of which a condition is true; one of several, which exclude each other.
    Result<Numbers> numbers_of(std::string_view table, const std::string& where) const {
        return numbers_of(table, std::span(&where, 1));
    }
    Result<Numbers> numbers_of(std::string_view table, std::span<const std::string> any_of) const;

    /// Adds all records, in order.
    Result<void> all(History& history) const;
    Result<void> boots(History& history) const;
    /// Adds these, in order: `found` gets the number of each that there is.
    Result<void> each_session_of(const Numbers& wanted, TextPool& texts,
                                 const std::function<void(std::uint32_t number, Session&& session)>& visit) const;
    Result<void> sessions(const Numbers& wanted, TextPool& texts, std::vector<Session>& sessions, Numbers& found) const;
    Result<void> processes(const Numbers& wanted, TextPool& texts, std::vector<Process>& processes,
                           Numbers& found) const;
    Result<void> links(const Numbers& wanted, TextPool& texts, std::vector<Link>& links, Numbers& found) const;

private:
    std::string selected(std::string_view table, std::span<const std::string_view> columns,
                         const std::string& where) const;
    std::string kinds(std::string_view table, std::span<const std::string_view> columns,
                      const std::string& where) const;
    template <typename Record>
    Result<void> each_of(const Numbers& wanted, TextPool& texts,
                         const std::function<void(std::uint32_t number, Record&& record)>& visit) const;
    template <typename Record>
    Result<void> read(const Numbers& wanted, TextPool& texts, std::vector<Record>& records, Numbers& found) const;
    template <typename Record>
    Result<void> each_record(std::span<const std::string_view> columns, const std::string& sql,
                             const std::function<void(std::uint32_t number, const Record&)>& visit) const;
    /// Adds those of these pages that are not there.
    Result<void> fetch(std::span<const std::uint64_t> places_wanted, RecordPages& pages) const;
    template <typename Record>
    Result<void> read_pages(std::span<const RecordPlaces::PageRef> pages, TextPool* texts,
                            const std::function<bool(std::uint32_t number)>& wanted,
                            const std::function<void(std::uint32_t number, Record&& record)>& visit) const;
};

}  // namespace spoor::store::duckdb
