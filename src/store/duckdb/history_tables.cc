#include "store/duckdb/history_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <concepts>
#include <type_traits>

#include "base/unicode.h"
#include "base/varint.h"
#include "model/history_members.h"

// Three visitors go over the members of each record (model/history_members.h): one writes the CREATE TABLE, one the
// rows, one reads them back.
//
// Numbers that lie in a record's own vector (a session's boot, a process's parent) are stored relative to its host's
// first.

namespace spoor::store::duckdb {
namespace {

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
    else if constexpr (std::same_as<T, std::vector<EventRef>>)
        return ColumnType::Blob;
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
struct Declare {
    std::string sql;
    std::vector<ColumnType> types;

    template <typename T>
    void operator()(std::string_view name, const T&) {
        types.push_back(column_type<T>());
        sql += fmt::format("{}{} {}", sql.empty() ? "" : ", ", name, sql_name(types.back()));
    }
};

template <typename Record>
Declare declaration() {
    Declare declare;
    Record record;
    visit_members(declare, record);
    return declare;
}

/// Puts a record's members into the columns of a row.
struct Write {
    Appender& appender;
    const HostBases& bases;
    const Catalog& catalog;
    Names& names;
    std::size_t column = 0;
    Result<void> outcome = {};

    template <typename T>
    void operator()(std::string_view, const T& value) {
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
        else if constexpr (std::same_as<T, std::vector<EventRef>>)
            put_evidence(value);
        else
            appender.put(column, static_cast<std::uint64_t>(value));
    }

    void put_text(std::string_view text) {
        if (text.empty()) return;
        // VARCHAR takes UTF-8 only.
        appender.put_text(column, is_utf8(text) ? std::string(text) : windows1252_to_utf8(text));
    }

    void put_evidence(const std::vector<EventRef>& evidence) {
        std::string bytes;
        for (const EventRef& ref : evidence) {
            put_varint(bytes, number(catalog.host_name(ref.host)));
            put_varint(bytes, number(catalog.channel_name(ref.channel)));
            put_varint(bytes, ref.event_id);
            put_varint(bytes, ref.sequence);
            put_varint(bytes, static_cast<std::uint64_t>(ref.time.nanoseconds));
        }
        appender.put_text(column, bytes);
    }

    std::uint32_t number(std::string_view name) {
        const auto found = names.number_of(name);
        if (found) return *found;
        outcome = std::unexpected(found.error());
        return 0;
    }
};

/// Fills a record's members from the columns of a row.
struct Read {
    const Rows& rows;
    std::size_t row;
    const HostBases& bases;
    TextPool& texts;
    Catalog& catalog;
    const Names& names;
    std::size_t column = 0;
    std::span<const std::string_view> wanted = {};  // names of the columns that there are; empty: all

    template <typename T>
    void operator()(std::string_view name, T&& value) {
        if (!wanted.empty() && std::ranges::find(wanted, name) == wanted.end()) return;
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
            value = texts.intern(rows.text(column, row));
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
        else if constexpr (std::same_as<T, std::vector<EventRef>>)
            take_evidence(value);
        else
            value = static_cast<T>(number());
    }

    std::uint64_t number() const { return rows.numbers<std::uint64_t>(column)[row]; }

    void take_evidence(std::vector<EventRef>& evidence) {
        ByteReader reader(rows.text(column, row));
        while (!reader.done()) {
            EventRef ref;
            ref.host = catalog.host(names.name(static_cast<std::uint32_t>(reader.varint())));
            ref.channel = catalog.channel(names.name(static_cast<std::uint32_t>(reader.varint())));
            ref.event_id = static_cast<std::uint16_t>(reader.varint());
            ref.sequence = reader.varint();
            ref.time.nanoseconds = static_cast<std::int64_t>(reader.varint());
            if (reader.ok()) evidence.push_back(ref);
        }
    }
};

template <typename Record>
std::string created(std::string_view table) {
    return fmt::format("CREATE TABLE {} (number UINTEGER, generation UINTEGER, {});\n", table,
                       declaration<Record>().sql);
}

/// A table that is being written.
template <typename Record>
struct TableWriter {
    const char* table;
    Appender appender;
    std::uint32_t next = 0;  // number of the next record

    static Result<TableWriter> open(Connection& connection, const char* table) {
        std::vector<ColumnType> types = declaration<Record>().types;
        types.insert(types.begin(), 2, ColumnType::U32);
        return TableWriter{table, TRY(Appender::open(connection, table, types))};
    }

    Result<void> add(std::span<const Record> records, std::uint32_t generation, const HostBases& bases,
                     const Catalog& catalog, Names& names) {
        for (const Record& record : records) {
            appender.put(0, next++);
            appender.put(1, generation);
            Write write{appender, bases, catalog, names, 2};
            // Place refers to a member, so the visitors see records that could be changed; this one does not.
            visit_members(write, const_cast<Record&>(record));
            TRY(std::move(write.outcome));
            TRY(appender.end_row());
        }
        return {};
    }

    /// What refers to records of its own host does so by their places there: only the rows' own numbers change.
    Result<void> copy(Connection& connection, std::uint32_t host, std::uint32_t from, std::uint32_t generation) {
        const std::string there = fmt::format("FROM {} WHERE generation = {} AND host = {}", table, from, host);
        const auto count = static_cast<std::uint32_t>(TRY(connection.number("SELECT count(*) " + there)));
        if (count == 0) return {};
        const std::uint64_t first = TRY(connection.number("SELECT min(number) " + there));
        TRY(
            connection.run(fmt::format("INSERT INTO {0} SELECT * REPLACE (CAST(number - {1} + {2} AS UINTEGER) AS "
                                       "number, CAST({3} AS UINTEGER) AS generation) {4} ORDER BY number",
                                       table, first, next, generation, there)));
        next += count;
        return {};
    }
};

/// Up to so many pieces a table is read in, to leave out what lies between them.
constexpr std::size_t kMostPieces = 32;
/// DuckDB reads so many rows of a column at once: numbers that are closer together are one piece.
constexpr std::uint32_t kRowsAtOnce = 2048;

std::string all_rows(std::string_view table, std::uint32_t generation) {
    return fmt::format("SELECT * EXCLUDE (generation) FROM {} WHERE generation = {}", table, generation);
}

/// Reads some rows of many. Of a list of numbers DuckDB makes a filter behind the scan of all columns; a range it looks
/// at first, and reads the other columns only where that is met. So each stretch of neighbours is asked for by its
/// range.
std::string some_rows(std::string_view table, std::uint32_t generation, std::span<const std::uint32_t> wanted) {
    std::vector<std::span<const std::uint32_t>> pieces;
    std::size_t first = 0;
    for (std::size_t i = 1; i <= wanted.size(); ++i) {
        if (i < wanted.size() && wanted[i] - wanted[i - 1] < kRowsAtOnce) continue;
        pieces.push_back(wanted.subspan(first, i - first));
        first = i;
    }
    if (pieces.size() > kMostPieces) pieces = {wanted};
    std::string sql;
    for (const auto& piece : pieces) {
        if (!sql.empty()) sql += " UNION ALL ";
        sql += fmt::format("{} AND number BETWEEN {} AND {}", all_rows(table, generation), piece.front(), piece.back());
        if (piece.size() <= piece.back() - piece.front())
            sql += fmt::format(" AND number IN ({})", fmt::join(piece, ","));
    }
    return sql + " ORDER BY number";
}

template <typename Record>
Result<void> read_table(const HistoryReader& reader, const std::string& sql, TextPool& texts,
                        std::vector<Record>& records, Numbers* numbers = nullptr) {
    Rows rows = TRY(reader.connection.query(sql));
    while (rows.next())
        for (std::size_t row = 0; row < rows.size(); ++row) {
            if (numbers) numbers->push_back(rows.numbers<std::uint32_t>(0)[row]);
            Read read{rows, row, reader.bases, texts, reader.catalog, reader.names, 1};
            visit_members(read, records.emplace_back());
        }
    return {};
}

template <typename Record>
Result<void> read_some(const HistoryReader& reader, std::string_view table, const Numbers& wanted, TextPool& texts,
                       std::vector<Record>& records, Numbers& found) {
    if (wanted.empty()) return {};
    return read_table(reader, some_rows(table, reader.generation, wanted), texts, records, &found);
}

template <typename Record>
Result<void> read_all(const HistoryReader& reader, std::string_view table, TextPool& texts,
                      std::vector<Record>& records) {
    return read_table(reader, all_rows(table, reader.generation) + " ORDER BY number", texts, records);
}

/// Calls `visit` with what `sql` yields: a number, and `wanted` columns in the order of the declaration.
template <typename Record>
Result<void> each_record(const HistoryReader& reader, const std::string& sql, std::span<const std::string_view> wanted,
                         const std::function<void(std::uint32_t, const Record&)>& visit) {
    Rows rows = TRY(reader.connection.query(sql));
    TextPool texts;
    while (rows.next())
        for (std::size_t row = 0; row < rows.size(); ++row) {
            Read read{rows, row, reader.bases, texts, reader.catalog, reader.names, 1, wanted};
            Record record;
            visit_members(read, record);
            visit(rows.numbers<std::uint32_t>(0)[row], record);
        }
    return {};
}

}  // namespace

HostBases::Base& HostBases::at(HostId host) {
    const auto index = static_cast<std::size_t>(host);
    if (index >= bases_.size()) bases_.resize(index + 1, {kNobody, kNobody, kNobody});
    return bases_[index];
}

HostBases::HostBases(const History& history) {
    const auto note = [](std::uint32_t& base, std::size_t index) {
        base = std::min(base, static_cast<std::uint32_t>(index));
    };
    for (std::size_t i = 0; i < history.sessions.size(); ++i) note(at(history.sessions[i].key.host).sessions, i);
    for (std::size_t i = 0; i < history.processes.size(); ++i) note(at(history.processes[i].host).processes, i);
    for (std::size_t i = 0; i < history.boots.size(); ++i) note(at(history.boots[i].host).boots, i);
}

Result<HostBases> read_bases(Connection& connection, std::uint32_t generation, Catalog& catalog, const Names& names) {
    HostBases bases;
    const auto fill = [&](const char* table, std::uint32_t HostBases::Base::* member) -> Result<void> {
        Rows rows = TRY(connection.query(
            fmt::format("SELECT host, min(number) FROM {} WHERE generation = {} GROUP BY host", table, generation)));
        while (rows.next())
            for (std::size_t row = 0; row < rows.size(); ++row)
                bases.at(catalog.host(names.name(rows.numbers<std::uint32_t>(0)[row]))).*member =
                    rows.numbers<std::uint32_t>(1)[row];
        return {};
    };
    TRY(fill("boots", &HostBases::Base::boots));
    TRY(fill("sessions", &HostBases::Base::sessions));
    TRY(fill("processes", &HostBases::Base::processes));
    return bases;
}

HostBases::Base HostBases::of(HostId host) const {
    const auto index = static_cast<std::size_t>(host);
    Base base = index < bases_.size() ? bases_[index] : Base{kNobody, kNobody, kNobody};
    // A host without sessions has none to refer to: any base will do.
    for (std::uint32_t* const first : {&base.sessions, &base.processes, &base.boots})
        if (*first == kNobody) *first = 0;
    return base;
}

std::string history_tables() {
    return created<Boot>("boots") + created<Session>("sessions") + created<Process>("processes") +
           created<Link>("links");
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
};

HistoryWriter::HistoryWriter(std::unique_ptr<Tables> tables) : tables_(std::move(tables)) {}
HistoryWriter::HistoryWriter(HistoryWriter&&) noexcept = default;
HistoryWriter& HistoryWriter::operator=(HistoryWriter&&) noexcept = default;
HistoryWriter::~HistoryWriter() = default;

Result<HistoryWriter> HistoryWriter::open(Connection& connection, std::uint32_t generation, const Catalog& catalog,
                                          Names& names) {
    return HistoryWriter(std::unique_ptr<Tables>(new Tables{
        connection, generation, catalog, names, TRY(TableWriter<Boot>::open(connection, "boots")),
        TRY(TableWriter<Session>::open(connection, "sessions")),
        TRY(TableWriter<Process>::open(connection, "processes")), TRY(TableWriter<Link>::open(connection, "links"))}));
}

Result<void> HistoryWriter::add(const History& hosts) {
    Tables& to = *tables_;
    const HostBases bases(hosts);
    TRY(to.boots.add(hosts.boots, to.generation, bases, to.catalog, to.names));
    TRY(to.sessions.add(hosts.sessions, to.generation, bases, to.catalog, to.names));
    return to.processes.add(hosts.processes, to.generation, bases, to.catalog, to.names);
}

Result<void> HistoryWriter::copy(HostId host, std::uint32_t from_generation) {
    Tables& to = *tables_;
    const std::uint32_t number = TRY(to.names.number_of(to.catalog.host_name(host)));
    TRY(to.boots.copy(to.connection, number, from_generation, to.generation));
    TRY(to.sessions.copy(to.connection, number, from_generation, to.generation));
    return to.processes.copy(to.connection, number, from_generation, to.generation);
}

Result<void> HistoryWriter::add_links(std::span<const Link> links) {
    return tables_->links.add(links, tables_->generation, {}, tables_->catalog, tables_->names);
}

Result<void> HistoryWriter::flush() {
    TRY(tables_->boots.appender.flush());
    TRY(tables_->sessions.appender.flush());
    TRY(tables_->processes.appender.flush());
    return tables_->links.appender.flush();
}

Result<void> HistoryWriter::drop_others() {
    for (const char* const table : {"boots", "sessions", "processes", "links"})
        TRY(tables_->connection.run(fmt::format("DELETE FROM {} WHERE generation <> {}", table, tables_->generation)));
    return {};
}

std::uint64_t HistoryWriter::records() const { return std::uint64_t{tables_->sessions.next} + tables_->processes.next; }

std::string HistoryReader::selected(std::string_view table, std::span<const std::string_view> columns,
                                    const std::string& where) const {
    const std::string list =
        columns.empty() ? "* EXCLUDE (number, generation)" : fmt::format("{}", fmt::join(columns, ", "));
    return fmt::format("SELECT number, {} FROM {} WHERE generation = {} AND ({})", list, table, generation, where);
}

Result<void> HistoryReader::each_session(std::span<const std::string_view> wanted, const std::string& where,
                                         const VisitSession& visit) const {
    return each_record<Session>(*this, selected("sessions", wanted, where), wanted, visit);
}
Result<void> HistoryReader::each_process(std::span<const std::string_view> wanted, const std::string& where,
                                         const VisitProcess& visit) const {
    return each_record<Process>(*this, selected("processes", wanted, where), wanted, visit);
}

/// One row for each combination of values, with the first number that has it.
std::string HistoryReader::kinds(std::string_view table, std::span<const std::string_view> columns) const {
    return fmt::format("SELECT min(number) AS number, {0} FROM {1} WHERE generation = {2} GROUP BY {0}",
                       fmt::join(columns, ", "), table, generation);
}

Result<void> HistoryReader::each_kind_of_session(std::span<const std::string_view> columns,
                                                 const VisitSession& visit) const {
    return each_record<Session>(*this, kinds("sessions", columns), columns, visit);
}
Result<void> HistoryReader::each_kind_of_process(std::span<const std::string_view> columns,
                                                 const VisitProcess& visit) const {
    return each_record<Process>(*this, kinds("processes", columns), columns, visit);
}

Result<void> HistoryReader::each_like(std::string_view table, std::span<const std::string_view> columns,
                                      const IdSet& firsts,
                                      const std::function<void(std::uint32_t, HostId)>& visit) const {
    std::string same;
    for (const std::string_view column : columns) same += fmt::format(" AND t.{0} IS NOT DISTINCT FROM k.{0}", column);
    connection.use_sets(std::span(&firsts, 1));
    Rows rows = TRY(connection.query(
        fmt::format("SELECT t.number, t.host FROM {} t JOIN ({}) k ON in_set(k.number, 0){} WHERE t.generation = {}",
                    table, kinds(table, columns), same, generation)));
    while (rows.next())
        for (std::size_t row = 0; row < rows.size(); ++row)
            visit(rows.numbers<std::uint32_t>(0)[row], catalog.host(names.name(rows.numbers<std::uint32_t>(1)[row])));
    return {};
}

Result<Numbers> HistoryReader::numbers_of(std::string_view table, const std::string& where) const {
    Numbers numbers;
    Rows rows = TRY(connection.query(
        fmt::format("SELECT number FROM {} WHERE generation = {} AND ({})", table, generation, where)));
    while (rows.next())
        numbers.insert(numbers.end(), rows.numbers<std::uint32_t>(0), rows.numbers<std::uint32_t>(0) + rows.size());
    std::ranges::sort(numbers);
    return numbers;
}

Result<void> HistoryReader::boots(History& history) const {
    return read_all(*this, "boots", history.texts, history.boots);
}
Result<void> HistoryReader::sessions(const Numbers& wanted, TextPool& texts, std::vector<Session>& sessions,
                                     Numbers& found) const {
    return read_some(*this, "sessions", wanted, texts, sessions, found);
}
Result<void> HistoryReader::processes(const Numbers& wanted, TextPool& texts, std::vector<Process>& processes,
                                      Numbers& found) const {
    return read_some(*this, "processes", wanted, texts, processes, found);
}
Result<void> HistoryReader::links(const Numbers& wanted, TextPool& texts, std::vector<Link>& links,
                                  Numbers& found) const {
    return read_some(*this, "links", wanted, texts, links, found);
}

Result<History> read_history(Connection& connection, std::uint32_t generation, Catalog& catalog, const Names& names) {
    const HostBases bases = TRY(read_bases(connection, generation, catalog, names));
    const HistoryReader reader{connection, generation, bases, catalog, names};
    History history;
    TRY(reader.boots(history));
    TRY(read_all(reader, "sessions", history.texts, history.sessions));
    TRY(read_all(reader, "processes", history.texts, history.processes));
    TRY(read_all(reader, "links", history.texts, history.links));
    return history;
}

}  // namespace spoor::store::duckdb
