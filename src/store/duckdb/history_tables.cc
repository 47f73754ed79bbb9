#include "store/duckdb/history_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <concepts>
#include <type_traits>

#include "base/unicode.h"
#include "store/duckdb/varint.h"

// Each of the four records is described once, by a `columns` function that names every member in order. Three visitors go
// over it: one writes the CREATE TABLE, one the rows, one reads them back.
//
// Numbers that lie in a record's own vector (a session's boot, a process's parent) are stored relative to its host's first.

namespace spoor::store::duckdb {
namespace {

/// A reference to a row of the same host, stored relative to that host's first row.
struct Place {
    std::uint32_t& index;
    std::uint32_t base;
};

template <typename V>
void columns(V& v, Boot& boot) {
    v("host", boot.host), v("sysmon_number", boot.sysmon_number), v("started", boot.started), v("stopped", boot.stopped);
    v("stopped_cleanly", boot.stopped_cleanly), v("first_seen", boot.first_seen), v("last_seen", boot.last_seen);
    v("evidence", boot.evidence);
}

template <typename V>
void columns(V& v, Session& s) {
    v("host", s.key.host), v("boot", Place{s.key.boot, v.base(s.key.host).boots}), v("logon_id", s.key.logon_id), v("origin", s.origin);
    v("user_sid", s.user.sid), v("user_domain", s.user.domain), v("user_name", s.user.name), v("type", s.type);
    v("logon_process", s.logon_process), v("authentication_package", s.authentication_package), v("lm_package", s.lm_package);
    v("key_length", s.key_length), v("elevated", s.elevated), v("linked", s.linked), v("restricted_admin", s.restricted_admin);
    v("remote_credential_guard", s.remote_credential_guard), v("virtual_account", s.virtual_account);
    v("outbound_sid", s.outbound.sid), v("outbound_domain", s.outbound.domain), v("outbound_name", s.outbound.name);
    v("impersonation_level", s.impersonation_level), v("logon_guid", s.logon_guid), v("subject", s.subject);
    v("subject_sid", s.subject_user.sid), v("subject_domain", s.subject_user.domain), v("subject_name", s.subject_user.name);
    v("logon_process_id", s.logon_process_id), v("logon_image", s.logon_image), v("transmitted_services", s.transmitted_services);
    v("source_address", s.source_address), v("source_port", s.source_port), v("workstation", s.workstation);
    v("terminal_session", s.terminal_session), v("window_station", s.window_station), v("integrity", s.integrity);
    v("privileges", s.privileges), v("groups", s.groups), v("logon_server", s.logon_server), v("dns_domain", s.dns_domain), v("upn", s.upn);
    v("start_time", s.start), v("start_source", s.start_source), v("end_time", s.end), v("end_reason", s.end_reason);
    v("logoff_requested", s.logoff_requested), v("first_seen", s.first_seen), v("last_seen", s.last_seen);
    v("locked", s.locked), v("disconnected", s.disconnected), v("process_count", s.process_count), v("event_count", s.event_count);
    v("evidence", s.evidence);
}

template <typename V>
void columns(V& v, Process& p) {
    v("host", p.host), v("boot", Place{p.boot, v.base(p.host).boots}), v("pid", p.pid), v("guid", p.guid), v("image", p.image);
    v("command_line", p.command_line), v("user_name", p.user), v("integrity", p.integrity);
    v("session", Place{p.session, v.base(p.host).sessions}), v("session_strength", p.session_strength);
    v("parent", Place{p.parent, v.base(p.host).processes}), v("parent_pid", p.parent_pid), v("parent_image", p.parent_image);
    v("start_time", p.start), v("end_time", p.end), v("exit_code", p.exit_code), v("first_seen", p.first_seen), v("last_seen", p.last_seen);
    v("evidence", p.evidence);
}

/// Links go from host to host, so both ends are numbers over all hosts; they are rewritten whenever a host is.
template <typename V>
void columns(V& v, Link& link) {
    v("from_session", link.from), v("to_session", link.to), v("kind", link.kind), v("strength", link.strength), v("process", link.process);
    v("to_process", link.to_process), v("reason", link.reason), v("evidence", link.evidence);
}

template <typename T>
struct IsOptional : std::false_type {};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {
    using Inner = T;
};

template <typename T>
constexpr ColumnType column_type() {
    if constexpr (IsOptional<T>::value) return column_type<typename IsOptional<T>::Inner>();
    else if constexpr (std::same_as<T, Timestamp>) return ColumnType::I64;
    else if constexpr (std::same_as<T, std::string_view> || std::same_as<T, Sid> || std::same_as<T, Guid> || std::same_as<T, IpAddress>) return ColumnType::Text;
    else if constexpr (std::same_as<T, std::vector<EventRef>>) return ColumnType::Blob;
    else if constexpr (std::same_as<T, HostId> || std::same_as<T, Place>) return ColumnType::U32;
    else return ColumnType::U64;
}


/// Collects the columns of a table.
struct Declare {
    std::string sql;
    std::vector<ColumnType> types;

    HostBases::Base base(HostId) const { return {}; }
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
    columns(declare, record);
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

    HostBases::Base base(HostId host) const { return bases.of(host); }

    template <typename T>
    void operator()(std::string_view, const T& value) {
        put(value);
        ++column;
    }

    template <typename T>
    void put(const T& value) {
        if constexpr (IsOptional<T>::value) {
            if (value) put(*value);
        } else if constexpr (std::same_as<T, Timestamp>) appender.put(column, value.nanoseconds);
        else if constexpr (std::same_as<T, LogonId>) appender.put(column, value.value());
        else if constexpr (std::same_as<T, std::string_view>) put_text(value);
        else if constexpr (std::same_as<T, Sid>) {
            if (!value.empty()) put_text(value.to_string());
        } else if constexpr (std::same_as<T, Guid>) {
            if (!value.is_zero()) put_text(value.to_string());
        } else if constexpr (std::same_as<T, IpAddress>) put_text(value.to_string());
        else if constexpr (std::same_as<T, Place>) {
            if (value.index != kNobody) appender.put(column, value.index - value.base);
        } else if constexpr (std::same_as<T, HostId>) appender.put(column, number(catalog.host_name(value)));
        else if constexpr (std::same_as<T, std::vector<EventRef>>) put_evidence(value);
        else appender.put(column, static_cast<std::uint64_t>(value));
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

    HostBases::Base base(HostId host) const { return bases.of(host); }

    template <typename T>
    void operator()(std::string_view, T&& value) {
        if (!rows.is_null(column, row)) take(value);
        ++column;
    }

    template <typename T>
    void take(T& value) {
        if constexpr (IsOptional<T>::value) take(value.emplace());
        else if constexpr (std::same_as<T, Timestamp>) value.nanoseconds = rows.numbers<std::int64_t>(column)[row];
        else if constexpr (std::same_as<T, LogonId>) value = LogonId(number());
        else if constexpr (std::same_as<T, std::string_view>) value = texts.intern(rows.text(column, row));
        else if constexpr (std::same_as<T, Sid>) value = Sid::parse(rows.text(column, row)).value_or(Sid{});
        else if constexpr (std::same_as<T, Guid>) value = Guid::parse(rows.text(column, row)).value_or(Guid{});
        else if constexpr (std::same_as<T, IpAddress>) value = IpAddress::parse(rows.text(column, row)).value_or(IpAddress{});
        else if constexpr (std::same_as<T, Place>) value.index = value.base + rows.numbers<std::uint32_t>(column)[row];
        else if constexpr (std::same_as<T, HostId>) value = catalog.host(names.name(rows.numbers<std::uint32_t>(column)[row]));
        else if constexpr (std::same_as<T, std::vector<EventRef>>) take_evidence(value);
        else value = static_cast<T>(number());
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
Result<void> create(Connection& connection, std::string_view table) {
    return connection.run(fmt::format("CREATE TABLE {} (number UINTEGER, generation UINTEGER, {})", table, declaration<Record>().sql));
}

template <typename Record>
Result<void> write_table(Connection& connection, const char* table, const std::vector<Record>& records, std::uint32_t generation,
                         const HostBases& bases, const Catalog& catalog, Names& names) {
    TRY(connection.run(fmt::format("DELETE FROM {}", table)));
    std::vector<ColumnType> types = declaration<Record>().types;
    types.insert(types.begin(), 2, ColumnType::U32);
    Appender appender = TRY(Appender::open(connection, table, types));
    for (std::size_t i = 0; i < records.size(); ++i) {
        appender.put(0, static_cast<std::uint32_t>(i));
        appender.put(1, generation);
        Write write{appender, bases, catalog, names, 2};
        // Place refers to a member, so the visitors see records that could be changed; this one does not.
        columns(write, const_cast<Record&>(records[i]));
        TRY(std::move(write.outcome));
        TRY(appender.end_row());
    }
    return appender.flush();
}

template <typename Record>
Result<void> read_table(Connection& connection, const char* table, std::vector<Record>& records, std::uint32_t generation, const HostBases& bases, TextPool& texts,
                        Catalog& catalog, const Names& names) {
    Rows rows = TRY(connection.query(fmt::format("SELECT * EXCLUDE (number, generation) FROM {} WHERE generation = {} ORDER BY number", table, generation)));
    while (rows.next())
        for (std::size_t row = 0; row < rows.size(); ++row) {
            Read read{rows, row, bases, texts, catalog, names};
            columns(read, records.emplace_back());
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
    const auto note = [](std::uint32_t& base, std::size_t index) { base = std::min(base, static_cast<std::uint32_t>(index)); };
    for (std::size_t i = 0; i < history.sessions.size(); ++i) note(at(history.sessions[i].key.host).sessions, i);
    for (std::size_t i = 0; i < history.processes.size(); ++i) note(at(history.processes[i].host).processes, i);
    for (std::size_t i = 0; i < history.boots.size(); ++i) note(at(history.boots[i].host).boots, i);
}

Result<HostBases> read_bases(Connection& connection, std::uint32_t generation, Catalog& catalog, const Names& names) {
    HostBases bases;
    const auto fill = [&](const char* table, std::uint32_t HostBases::Base::*member) -> Result<void> {
        Rows rows = TRY(connection.query(fmt::format("SELECT host, min(number) FROM {} WHERE generation = {} GROUP BY host", table, generation)));
        while (rows.next())
            for (std::size_t row = 0; row < rows.size(); ++row)
                bases.at(catalog.host(names.name(rows.numbers<std::uint32_t>(0)[row]))).*member = rows.numbers<std::uint32_t>(1)[row];
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

Result<void> create_history_tables(Connection& connection) {
    TRY(create<Boot>(connection, "boots"));
    TRY(create<Session>(connection, "sessions"));
    TRY(create<Process>(connection, "processes"));
    return create<Link>(connection, "links");
}

Result<void> write_history(Connection& connection, const History& history, std::uint32_t generation, const Catalog& catalog, Names& names) {
    const HostBases bases(history);
    TRY(write_table(connection, "boots", history.boots, generation, bases, catalog, names));
    TRY(write_table(connection, "sessions", history.sessions, generation, bases, catalog, names));
    TRY(write_table(connection, "processes", history.processes, generation, bases, catalog, names));
    return write_table(connection, "links", history.links, generation, bases, catalog, names);
}

Result<History> read_history(Connection& connection, std::uint32_t generation, Catalog& catalog, const Names& names) {
    const HostBases bases = TRY(read_bases(connection, generation, catalog, names));
    History history;
    TRY(read_table(connection, "boots", history.boots, generation, bases, history.texts, catalog, names));
    TRY(read_table(connection, "sessions", history.sessions, generation, bases, history.texts, catalog, names));
    TRY(read_table(connection, "processes", history.processes, generation, bases, history.texts, catalog, names));
    TRY(read_table(connection, "links", history.links, generation, bases, history.texts, catalog, names));
    return history;
}

}  // namespace spoor::store::duckdb
