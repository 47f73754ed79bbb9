#include "store/duckdb/conclusion/history_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <concepts>
#include <type_traits>

#include "base/unicode.h"
#include "model/history_members.h"
#include "store/duckdb/conclusion/record_page.h"

// Three visitors go over those members of each record (model/history_members.h) that have a column: one writes the
// CREATE TABLE, one the rows, one reads them back.

namespace spoor::store::duckdb {
namespace {

/// What differs between the tables. `columns` are those of a record's members that SQL is asked by.
template <typename Record>
struct TableOf;
template <>
struct TableOf<Boot> {
    static constexpr const char* name = "boots";
    static constexpr std::uint64_t number = 0;
    static constexpr auto pages = &RecordPlaces::boots;
    static constexpr auto base = &HostBases::Base::boots;
    static constexpr std::string_view columns[] = {"host"};
};
template <>
struct TableOf<Session> {
    static constexpr const char* name = "sessions";
    static constexpr std::uint64_t number = 1;
    static constexpr auto pages = &RecordPlaces::sessions;
    static constexpr auto base = &HostBases::Base::sessions;
    static constexpr std::string_view columns[] = {"host",       "logon_id", "user_sid",       "user_domain",
                                                   "user_name",  "type",     "source_address", "workstation",
                                                   "start_time", "end_time", "first_seen",     "last_seen"};
};
template <>
struct TableOf<Process> {
    static constexpr const char* name = "processes";
    static constexpr std::uint64_t number = 2;
    static constexpr auto pages = &RecordPlaces::processes;
    static constexpr auto base = &HostBases::Base::processes;
    static constexpr std::string_view columns[] = {"host",         "pid",        "guid",     "image",
                                                   "command_line", "user_name",  "session",  "start_time",
                                                   "end_time",     "first_seen", "last_seen"};
};
template <>
struct TableOf<Link> {
    static constexpr const char* name = "links";
    static constexpr std::uint64_t number = 3;
    static constexpr auto pages = &RecordPlaces::links;
    static constexpr std::string_view columns[] = {"from_session", "to_session", "process", "to_process"};
};

/// Pages are found by the table's number in the upper half and the number of their first record in the lower.
template <typename Record>
constexpr std::uint64_t place_of(std::uint32_t first) {
    return TableOf<Record>::number << 32 | first;
}

template <typename Record>
bool has_column(std::string_view member) {
    return std::ranges::find(TableOf<Record>::columns, member) != std::end(TableOf<Record>::columns);
}

template <typename T>
struct IsOptional : std::false_type {};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {
    using Inner = T;
};

template <typename T>
constexpr ColumnType column_type() {
    if constexpr (IsOptional<T>::value)
        return column_type<typename IsOptional<T>::Inner>();
    else if constexpr (std::same_as<T, Timestamp>)
        return ColumnType::I64;
    else if constexpr (std::same_as<T, std::string_view> || std::same_as<T, Sid> || std::same_as<T, Guid> ||
                       std::same_as<T, IpAddress>)
        return ColumnType::Text;
    else if constexpr (std::same_as<T, HostId> || std::same_as<T, Place>)
        return ColumnType::U32;
    else
        return ColumnType::U64;
}

std::uint32_t first_of(const Place& place, const HostBases& bases) {
    const HostBases::Base base = bases.of(place.host);
    return place.table == Table::Boots ? base.boots : place.table == Table::Sessions ? base.sessions : base.processes;
}

/// Collects the columns of a table.
template <typename Record>
struct Declare {
    std::string sql;
    std::vector<ColumnType> types;

    template <typename T>
    void operator()(std::string_view name, const T&) {
        if (!has_column<Record>(name)) return;
        types.push_back(column_type<T>());
        sql += fmt::format("{}{} {}", sql.empty() ? "" : ", ", name, sql_name(types.back()));
    }
};

template <typename Record>
Declare<Record> declaration() {
    Declare<Record> declare;
    Record record;
    visit_members(declare, record);
    return declare;
}

/// Puts a record's members into the columns of a row.
template <typename Record>
struct Write {
    Appender& appender;
    const HostBases& bases;
    const Catalog& catalog;
    Names& names;
    std::size_t column = 0;
    Result<void> outcome = {};

    template <typename T>
    void operator()(std::string_view name, const T& value) {
        if (!has_column<Record>(name)) return;
        put(value);
        ++column;
    }

    template <typename T>
    void put(const T& value) {
        if constexpr (IsOptional<T>::value) {
            if (value) put(*value);
        } else if constexpr (std::same_as<T, Timestamp>)
            appender.put(column, value.nanoseconds);
        else if constexpr (std::same_as<T, LogonId>)
            appender.put(column, value.value());
        else if constexpr (std::same_as<T, std::string_view>)
            put_text(value);
        else if constexpr (std::same_as<T, Sid>) {
            if (!value.empty()) put_text(value.to_string());
        } else if constexpr (std::same_as<T, Guid>) {
            if (!value.is_zero()) put_text(value.to_string());
        } else if constexpr (std::same_as<T, IpAddress>)
            put_text(value.to_string());
        else if constexpr (std::same_as<T, Place>) {
            if (value.index != kNobody) appender.put(column, value.index - first_of(value, bases));
        } else if constexpr (std::same_as<T, HostId>)
            appender.put(column, number(catalog.host_name(value)));
        else if constexpr (!std::same_as<T, std::vector<EventRef>>)
            appender.put(column, static_cast<std::uint64_t>(value));
    }

    void put_text(std::string_view text) {
        if (text.empty()) return;
        // VARCHAR takes UTF-8 only.
        appender.put_text(column, is_utf8(text) ? std::string(text) : windows1252_to_utf8(text));
    }

    std::uint32_t number(std::string_view name) {
        const auto found = names.number_of(name);
        if (found) return *found;
        outcome = std::unexpected(found.error());
        return 0;
    }
};

/// Fills some of a record's members from the columns of a row.
struct Read {
    const Rows& rows;
    std::size_t row;
    const HostBases& bases;
    Catalog& catalog;
    const Names& names;
    std::size_t column = 0;
    std::span<const std::string_view> wanted = {};  // names of the columns that there are

    template <typename T>
    void operator()(std::string_view name, T&& value) {
        if (std::ranges::find(wanted, name) == wanted.end()) return;
        if (!rows.is_null(column, row)) take(value);
        ++column;
    }

    template <typename T>
    void take(T& value) {
        if constexpr (IsOptional<T>::value)
            take(value.emplace());
        else if constexpr (std::same_as<T, Timestamp>)
            value.nanoseconds = rows.numbers<std::int64_t>(column)[row];
        else if constexpr (std::same_as<T, LogonId>)
            value = LogonId(number());
        else if constexpr (std::same_as<T, std::string_view>)
            value = rows.text(column, row);
        else if constexpr (std::same_as<T, Sid>)
            value = Sid::parse(rows.text(column, row)).value_or(Sid{});
        else if constexpr (std::same_as<T, Guid>)
            value = Guid::parse(rows.text(column, row)).value_or(Guid{});
        else if constexpr (std::same_as<T, IpAddress>)
            value = IpAddress::parse(rows.text(column, row)).value_or(IpAddress{});
        else if constexpr (std::same_as<T, Place>)
            value.index = first_of(value, bases) + rows.numbers<std::uint32_t>(column)[row];
        else if constexpr (std::same_as<T, HostId>)
            value = catalog.host(names.name(rows.numbers<std::uint32_t>(column)[row]));
        else if constexpr (!std::same_as<T, std::vector<EventRef>>)
            value = static_cast<T>(number());
    }

    std::uint64_t number() const { return rows.numbers<std::uint64_t>(column)[row]; }
};

template <typename Record>
std::string created() {
    return fmt::format("CREATE TABLE {} (number UINTEGER, generation UINTEGER, {});\n", TableOf<Record>::name,
                       declaration<Record>().sql);
}

constexpr ColumnType kRecordColumns[] = {ColumnType::U64, ColumnType::U32, ColumnType::U32, ColumnType::U32,
                                         ColumnType::Blob};

/// A table that is being written, and the pages of its records.
template <typename Record>
struct TableWriter {
    Appender appender;
    std::uint32_t next = 0;  // number of the next record
    RecordPage<Record> page = {};
    HostId page_host = HostId::None;
    std::vector<std::uint32_t> stayed = {};  // hosts whose rows are those of an earlier generation

    static Result<TableWriter> open(Connection& connection) {
        std::vector<ColumnType> types = declaration<Record>().types;
        types.insert(types.begin(), 2, ColumnType::U32);
        return TableWriter{TRY(Appender::open(connection, TableOf<Record>::name, types))};
    }

    Result<void> add(std::span<const Record> records, std::uint32_t generation, const HostBases& bases,
                     const Catalog& catalog, Names& names, Appender& pages) {
        for (const Record& record : records) {
            const HostId host = host_of(record);
            if (page.size() == RecordPage<Record>::kMostRecords || host != page_host)
                TRY(end_page(generation, catalog, names, pages));
            page_host = host;
            TRY(page.add(record, bases, catalog, names));
            appender.put(0, next++);
            appender.put(1, generation);
            Write<Record> write{appender, bases, catalog, names, 2};
            // Place refers to a member, so the visitors see records that could be changed; this one does not.
            visit_members(write, const_cast<Record&>(record));
            TRY(std::move(write.outcome));
            TRY(appender.end_row());
        }
        return end_page(generation, catalog, names, pages);
    }

    Result<void> end_page(std::uint32_t generation, const Catalog& catalog, Names& names, Appender& pages) {
        const std::uint32_t count = page.size();
        if (count == 0) return {};
        pages.put(0, place_of<Record>(next - count));
        pages.put(1, generation);
        pages.put(2, TRY(names.number_of(catalog.host_name(page_host))));
        pages.put(3, count);
        pages.put_text(4, page.take());
        return pages.end_row();
    }

    /// The rows of a host that another generation has. Where they keep their numbers they stay as they are. What refers
    /// to records of its own host does so by their places there: else only the records' own numbers change.
    Result<void> keep(Connection& connection, std::uint32_t host, std::uint32_t from, std::uint32_t generation) {
        const std::string there =
            fmt::format("FROM {} WHERE generation <= {} AND host = {}", TableOf<Record>::name, from, host);
        const auto count = static_cast<std::uint32_t>(TRY(connection.number("SELECT count(*) " + there)));
        if (count == 0) return {};
        const std::uint64_t first = TRY(connection.number("SELECT min(number) " + there));
        if (first == next)
            stayed.push_back(host);
        else
            TRY(copy(connection, host, first, from, generation));
        next += count;
        return {};
    }

    /// Takes away what earlier generations had, apart from what stays.
    Result<void> drop_superseded(Connection& connection, std::uint32_t generation) const {
        std::string old = fmt::format("generation < {}", generation);
        if (!stayed.empty()) old += fmt::format(" AND host NOT IN ({})", fmt::join(stayed, ","));
        return connection.run(fmt::format("DELETE FROM {} WHERE {}; DELETE FROM records WHERE {} AND {}",
                                          TableOf<Record>::name, old, old, is_page()));
    }

private:
    static std::string is_page() {
        return fmt::format("place BETWEEN {} AND {}", place_of<Record>(0), place_of<Record>(UINT32_MAX));
    }

    Result<void> copy(Connection& connection, std::uint32_t host, std::uint64_t first, std::uint32_t from,
                      std::uint32_t generation) {
        TRY(connection.run(
            fmt::format("INSERT INTO {0} SELECT * REPLACE (CAST(number - {1} + {2} AS UINTEGER) AS number, CAST({3} AS "
                        "UINTEGER) AS generation) FROM {0} WHERE generation <= {4} AND host = {5} ORDER BY number",
                        TableOf<Record>::name, first, next, generation, from, host)));
        return connection.run(fmt::format(
            "INSERT INTO records SELECT * REPLACE (CAST(place - {0} + {1} AS UBIGINT) AS place, CAST({2} AS UINTEGER) "
            "AS generation) FROM records WHERE generation <= {3} AND host = {4} AND {5}",
            first, next, generation, from, host, is_page()));
    }

    static HostId host_of(const Record& record) {
        if constexpr (std::same_as<Record, Session>)
            return record.key.host;
        else if constexpr (std::same_as<Record, Link>)
            return HostId::None;  // from host to host
        else
            return record.host;
    }
};

/// Up to so many pages are read at once, and so many kept; they have some 10 KB each.
constexpr std::size_t kPagesAtOnce = 128;
constexpr std::size_t kMostPagesKept = 1024;

}  // namespace

Result<RecordPlaces> read_places(Connection& connection, std::uint32_t generation, Catalog& catalog,
                                 const Names& names) {
    RecordPlaces places;
    Rows rows =
        TRY(connection.query(fmt::format("SELECT place, count, host FROM records WHERE generation <= {}", generation)));
    while (rows.next())
        for (std::size_t row = 0; row < rows.size(); ++row) {
            const std::uint64_t place = rows.numbers<std::uint64_t>(0)[row];
            const RecordPlaces::PageRef page{static_cast<std::uint32_t>(place), rows.numbers<std::uint32_t>(1)[row]};
            const auto take = [&]<typename Record>(TableOf<Record> table) {
                if (place >> 32 != table.number) return;
                (places.*table.pages).push_back(page);
                if constexpr (!std::same_as<Record, Link>)
                    places.bases.note(table.base, catalog.host(names.name(rows.numbers<std::uint32_t>(2)[row])),
                                      page.first);
            };
            take(TableOf<Boot>{}), take(TableOf<Session>{}), take(TableOf<Process>{}), take(TableOf<Link>{});
        }
    for (auto* const pages : {&places.boots, &places.sessions, &places.processes, &places.links})
        std::ranges::sort(*pages, {}, &RecordPlaces::PageRef::first);
    return places;
}

std::string history_tables() {
    return created<Boot>() + created<Session>() + created<Process>() + created<Link>() +
           "CREATE TABLE records (place UBIGINT, generation UINTEGER, host UINTEGER, count UINTEGER, page BLOB USING "
           "COMPRESSION uncompressed);\n"
           "CREATE INDEX records_by_place ON records (place);\n";
}

struct HistoryWriter::Tables {
    Connection& connection;
    std::uint32_t generation;
    const Catalog& catalog;
    Names& names;
    TableWriter<Boot> boots;
    TableWriter<Session> sessions;
    TableWriter<Process> processes;
    TableWriter<Link> links;
    Appender pages;
};

HistoryWriter::HistoryWriter(std::unique_ptr<Tables> tables) : tables_(std::move(tables)) {}
HistoryWriter::HistoryWriter(HistoryWriter&&) noexcept = default;
HistoryWriter& HistoryWriter::operator=(HistoryWriter&&) noexcept = default;
HistoryWriter::~HistoryWriter() = default;

Result<HistoryWriter> HistoryWriter::open(Connection& connection, std::uint32_t generation, const Catalog& catalog,
                                          Names& names) {
    return HistoryWriter(std::unique_ptr<Tables>(new Tables{
        connection, generation, catalog, names, TRY(TableWriter<Boot>::open(connection)),
        TRY(TableWriter<Session>::open(connection)), TRY(TableWriter<Process>::open(connection)),
        TRY(TableWriter<Link>::open(connection)), TRY(Appender::open(connection, "records", kRecordColumns))}));
}

Result<void> HistoryWriter::add(const History& hosts) {
    Tables& to = *tables_;
    const HostBases bases(hosts);
    TRY(to.boots.add(hosts.boots, to.generation, bases, to.catalog, to.names, to.pages));
    TRY(to.sessions.add(hosts.sessions, to.generation, bases, to.catalog, to.names, to.pages));
    return to.processes.add(hosts.processes, to.generation, bases, to.catalog, to.names, to.pages);
}

Result<void> HistoryWriter::keep(HostId host, std::uint32_t from_generation) {
    Tables& to = *tables_;
    const std::uint32_t number = TRY(to.names.number_of(to.catalog.host_name(host)));
    TRY(to.boots.keep(to.connection, number, from_generation, to.generation));
    TRY(to.sessions.keep(to.connection, number, from_generation, to.generation));
    return to.processes.keep(to.connection, number, from_generation, to.generation);
}

Result<void> HistoryWriter::add_links(std::span<const Link> links) {
    return tables_->links.add(links, tables_->generation, {}, tables_->catalog, tables_->names, tables_->pages);
}

Result<void> HistoryWriter::flush() {
    TRY(tables_->boots.appender.flush());
    TRY(tables_->sessions.appender.flush());
    TRY(tables_->processes.appender.flush());
    TRY(tables_->links.appender.flush());
    return tables_->pages.flush();
}

Result<void> HistoryWriter::drop_superseded() {
    const Tables& of = *tables_;
    TRY(of.boots.drop_superseded(of.connection, of.generation));
    TRY(of.sessions.drop_superseded(of.connection, of.generation));
    TRY(of.processes.drop_superseded(of.connection, of.generation));
    return of.links.drop_superseded(of.connection, of.generation);
}

std::uint64_t HistoryWriter::records() const { return std::uint64_t{tables_->sessions.next} + tables_->processes.next; }

// ---- Reading

std::string HistoryReader::selected(std::string_view table, std::span<const std::string_view> columns,
                                    const std::string& where) const {
    return fmt::format("SELECT number, {} FROM {} WHERE generation <= {} AND ({})", fmt::join(columns, ", "), table,
                       generation, where);
}

/// Calls `visit` with what `sql` yields: a number, and the columns in the order of the declaration.
template <typename Record>
Result<void> HistoryReader::each_record(std::span<const std::string_view> columns, const std::string& sql,
                                        const std::function<void(std::uint32_t, const Record&)>& visit) const {
    Rows rows = TRY(connection.query(sql));
    while (rows.next())
        for (std::size_t row = 0; row < rows.size(); ++row) {
            Read read{rows, row, places.bases, catalog, names, 1, columns};
            Record record;
            visit_members(read, record);
            visit(rows.numbers<std::uint32_t>(0)[row], record);
        }
    return {};
}

Result<void> HistoryReader::fetch(std::span<const std::uint64_t> wanted, RecordPages& pages) const {
    std::vector<std::uint64_t> missing;
    std::ranges::copy_if(wanted, std::back_inserter(missing),
                         [&](std::uint64_t place) { return !pages.contains(place); });
    if (missing.empty()) return {};
    Rows rows = TRY(connection.query(fmt::format(
        "SELECT place, page FROM records WHERE place IN ({}) AND generation <= {}", sql_keys(missing), generation)));
    while (rows.next())
        for (std::size_t row = 0; row < rows.size(); ++row)
            pages.emplace(rows.numbers<std::uint64_t>(0)[row], rows.text(1, row));
    if (!std::ranges::all_of(wanted, [&](std::uint64_t place) { return pages.contains(place); }))
        return fail(Errc::Corrupt, "a page of conclusions is missing");
    return {};
}

/// Calls `visit` with the records of these pages that are wanted, in order.
template <typename Record>
Result<void> HistoryReader::read_pages(std::span<const RecordPlaces::PageRef> pages, TextPool* texts,
                                       const std::function<bool(std::uint32_t)>& wanted,
                                       const std::function<void(std::uint32_t, Record&&)>& visit) const {
    const RecordReading reading{places.bases, catalog, names, texts};
    RecordPages own;
    RecordPages& packed = kept ? *kept : own;
    for (std::size_t begin = 0; begin < pages.size(); begin += kPagesAtOnce) {
        if (!kept || packed.size() > kMostPagesKept) packed.clear();
        std::vector<std::uint64_t> some;
        for (const RecordPlaces::PageRef& page : pages.subspan(begin, std::min(kPagesAtOnce, pages.size() - begin)))
            some.push_back(place_of<Record>(page.first));
        TRY(fetch(some, packed));
        for (const std::uint64_t place : some) {
            const auto first = static_cast<std::uint32_t>(place);
            TRY(read_record_page<Record>(
                packed.at(place), reading, [&](std::uint32_t at) { return wanted(first + at); },
                [&](std::uint32_t at, Record&& record) { visit(first + at, std::move(record)); }));
        }
    }
    return {};
}

namespace {

/// The pages that some of these numbers are in, and the numbers that are in a page.
std::vector<RecordPlaces::PageRef> pages_of(std::span<const RecordPlaces::PageRef> pages, const Numbers& wanted) {
    std::vector<RecordPlaces::PageRef> found;
    auto number = wanted.begin();
    for (const RecordPlaces::PageRef& page : pages) {
        number = std::lower_bound(number, wanted.end(), page.first);
        if (number == wanted.end()) break;
        if (*number - page.first < page.count) found.push_back(page);
    }
    return found;
}

bool everything(std::uint32_t) { return true; }

}  // namespace

template <typename Record>
Result<void> HistoryReader::each_of(const Numbers& wanted, TextPool& texts,
                                    const std::function<void(std::uint32_t, Record&&)>& visit) const {
    return read_pages<Record>(
        pages_of(places.*TableOf<Record>::pages, wanted), &texts,
        [&](std::uint32_t number) { return std::ranges::binary_search(wanted, number); }, visit);
}

template <typename Record>
Result<void> HistoryReader::read(const Numbers& wanted, TextPool& texts, std::vector<Record>& records,
                                 Numbers& found) const {
    if (records.empty()) records.reserve(wanted.size());
    return each_of<Record>(wanted, texts, [&](std::uint32_t number, Record&& record) {
        found.push_back(number);
        records.push_back(std::move(record));
    });
}

Result<void> HistoryReader::each_session(std::span<const std::string_view> columns, const std::string& where,
                                         const VisitSession& visit) const {
    if (columns.empty()) return read_pages<Session>(places.sessions, nullptr, everything, visit);
    return each_record<Session>(columns, selected("sessions", columns, where), visit);
}
Result<void> HistoryReader::each_process(std::span<const std::string_view> columns, const std::string& where,
                                         const VisitProcess& visit) const {
    if (columns.empty()) return read_pages<Process>(places.processes, nullptr, everything, visit);
    return each_record<Process>(columns, selected("processes", columns, where), visit);
}

/// One row for each combination of values, with the first number that has it.
std::string HistoryReader::kinds(std::string_view table, std::span<const std::string_view> columns,
                                 const std::string& where) const {
    return fmt::format("SELECT min(number) AS number, {0} FROM {1} WHERE generation <= {2} AND ({3}) GROUP BY {0}",
                       fmt::join(columns, ", "), table, generation, where);
}

Result<void> HistoryReader::each_kind_of_session(std::span<const std::string_view> columns, const std::string& where,
                                                 const VisitSession& visit) const {
    return each_record<Session>(columns, kinds("sessions", columns, where), visit);
}
Result<void> HistoryReader::each_kind_of_process(std::span<const std::string_view> columns, const std::string& where,
                                                 const VisitProcess& visit) const {
    return each_record<Process>(columns, kinds("processes", columns, where), visit);
}

Result<void> HistoryReader::each_like(std::string_view table, std::span<const std::string_view> columns,
                                      const IdSet& firsts, const std::string& where,
                                      const std::function<void(std::uint32_t, HostId)>& visit) const {
    std::string same;
    for (const std::string_view column : columns) same += fmt::format(" AND t.{0} IS NOT DISTINCT FROM k.{0}", column);
    connection.use_sets(std::span(&firsts, 1));
    Rows rows = TRY(connection.query(
        fmt::format("SELECT t.number, t.host FROM {0} t JOIN (SELECT {1} FROM {0} WHERE generation <= {2} AND "
                    "in_set(number, 0)) k ON TRUE{3} WHERE t.generation <= {2} AND ({4})",
                    table, fmt::join(columns, ", "), generation, same, where)));
    while (rows.next())
        for (std::size_t row = 0; row < rows.size(); ++row)
            visit(rows.numbers<std::uint32_t>(0)[row], catalog.host(names.name(rows.numbers<std::uint32_t>(1)[row])));
    return {};
}

Result<Numbers> HistoryReader::numbers_of(std::string_view table, std::span<const std::string> any_of) const {
    Numbers numbers;
    std::string sql;  // by each condition of its own, DuckDB passes over what lies outside of it
    for (const std::string& where : any_of)
        sql += fmt::format("{}SELECT number FROM {} WHERE generation <= {} AND ({})", sql.empty() ? "" : " UNION ALL ",
                           table, generation, where);
    if (sql.empty()) return numbers;
    Rows rows = TRY(connection.query(sql));
    while (rows.next())
        numbers.insert(numbers.end(), rows.numbers<std::uint32_t>(0), rows.numbers<std::uint32_t>(0) + rows.size());
    std::ranges::sort(numbers);
    return numbers;
}

Result<void> HistoryReader::boots(History& history) const {
    return read_pages<Boot>(places.boots, &history.texts, everything,
                            [&](std::uint32_t, Boot&& boot) { history.boots.push_back(std::move(boot)); });
}
Result<void> HistoryReader::each_session_of(const Numbers& wanted, TextPool& texts,
                                            const std::function<void(std::uint32_t, Session&&)>& visit) const {
    return each_of<Session>(wanted, texts, visit);
}
Result<void> HistoryReader::sessions(const Numbers& wanted, TextPool& texts, std::vector<Session>& sessions,
                                     Numbers& found) const {
    return read(wanted, texts, sessions, found);
}
Result<void> HistoryReader::processes(const Numbers& wanted, TextPool& texts, std::vector<Process>& processes,
                                      Numbers& found) const {
    return read(wanted, texts, processes, found);
}
Result<void> HistoryReader::links(const Numbers& wanted, TextPool& texts, std::vector<Link>& links,
                                  Numbers& found) const {
    return read(wanted, texts, links, found);
}
Result<void> HistoryReader::all(History& history) const {
    const auto into = [](auto& records) {
        return [&records](std::uint32_t, auto&& record) { records.push_back(std::move(record)); };
    };
    TRY(boots(history));
    TRY(read_pages<Session>(places.sessions, &history.texts, everything, into(history.sessions)));
    TRY(read_pages<Process>(places.processes, &history.texts, everything, into(history.processes)));
    return read_pages<Link>(places.links, &history.texts, everything, into(history.links));
}

}  // namespace spoor::store::duckdb
