#include "store/duckdb/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "store/duckdb/history_tables.h"

namespace spoor::store::duckdb {
namespace {

constexpr std::uint8_t kNotIndexed = 0xff;
static_assert(kIndexedCount < kNotIndexed);

constexpr auto kPlaces = [] {
    std::array<std::uint8_t, kFieldCount> places;
    places.fill(kNotIndexed);
    for (std::size_t i = 0; i < kIndexedCount; ++i) places[static_cast<std::size_t>(kIndexed[i])] = static_cast<std::uint8_t>(i);
    return places;
}();

constexpr auto kInForm = [] {
    std::array<bool, kFieldCount> in_form{};
    for (const FieldId id : kFormFields) in_form[static_cast<std::size_t>(id)] = true;
    return in_form;
}();

// Pages are packed already; DuckDB need not try again.
constexpr const char* kTables = R"(
CREATE TABLE meta (key VARCHAR, value VARCHAR);
CREATE TABLE names (id UINTEGER, name VARCHAR);
CREATE TABLE host_names (host UINTEGER, full_name VARCHAR);
CREATE TABLE commits (chapter UINTEGER, events UINTEGER, first_time BIGINT, last_time BIGINT);
CREATE TABLE holdings (chapter UINTEGER, host UINTEGER, channel UINTEGER, first UBIGINT, last UBIGINT, events UBIGINT,
    first_time BIGINT, last_time BIGINT);
CREATE TABLE forms (chapter UINTEGER, form UINTEGER, host UINTEGER, channel UINTEGER, kind UINTEGER, outcome UTINYINT,
    quality UTINYINT, event_id USMALLINT, fields BLOB USING COMPRESSION uncompressed);
CREATE TABLE words (chapter UINTEGER, field UINTEGER, first UINTEGER, count UINTEGER, page BLOB USING COMPRESSION uncompressed);
CREATE TABLE pages (first_seq UBIGINT, events UINTEGER, page BLOB USING COMPRESSION uncompressed);
CREATE TABLE unresolved (host UINTEGER);
CREATE TABLE actors (seq UBIGINT, host UINTEGER, session UINTEGER, process UINTEGER, adopted UINTEGER, generation UINTEGER);
CREATE TABLE concluded (generation UINTEGER);
)";

}  // namespace

std::optional<std::size_t> indexed_place(FieldId field) {
    const auto index = static_cast<std::size_t>(field);
    if (index >= kFieldCount || kPlaces[index] == kNotIndexed) return std::nullopt;
    return kPlaces[index];
}

bool is_form_field(FieldId field) {
    const auto index = static_cast<std::size_t>(field);
    return index < kFieldCount && kInForm[index];
}

Result<void> put_actor(Appender& actors, std::uint64_t seq, std::uint32_t host, std::uint32_t generation, const Actor& actor) {
    actors.put(0, seq);
    actors.put(1, host);
    actors.put(5, generation);
    if (actor.session != kNobody) actors.put(2, actor.session);
    if (actor.process != kNobody) actors.put(3, actor.process);
    if (actor.adopted_session != kNobody) actors.put(4, actor.adopted_session);
    return actors.end_row();
}

Result<std::uint32_t> generation_of(Connection& connection) {
    return static_cast<std::uint32_t>(TRY(connection.number("SELECT coalesce(max(generation), 0) FROM concluded")));
}

Result<void> sweep(Connection& connection) {
    const std::uint64_t rows = TRY(connection.number("SELECT count(*) FROM events"));
    if (rows != TRY(connection.number("SELECT coalesce(sum(events), 0) FROM commits")))
        TRY(connection.run("DELETE FROM events WHERE NOT EXISTS (FROM (SELECT chapter, sum(events) AS n FROM commits GROUP BY chapter) c "
                           "WHERE c.chapter = events.seq >> 32 AND (events.seq & 4294967295) < c.n)"));
    // A chapter that was being rewritten has a number that no commit has reached.
    TRY(connection.run("DELETE FROM actors WHERE seq >> 32 > (SELECT coalesce(max(chapter), 0) FROM commits)"));
    const std::uint32_t generation = TRY(generation_of(connection));
    for (const char* const table : {"actors", "boots", "sessions", "processes", "links"})
        if (TRY(connection.number(fmt::format("SELECT coalesce(max(generation), 0) FROM {}", table))) > generation)
            TRY(connection.run(fmt::format("DELETE FROM {} WHERE generation > {}", table, generation)));
    return {};
}

Result<void> create_tables(Connection& connection) {
    // Numbers of words, small and in runs: what suits them need not be found out anew for each column of each row group.
    std::string events = "CREATE TABLE events (seq UBIGINT, time BIGINT, record UBIGINT, form UINTEGER";
    for (const FieldId id : kIndexed) events += fmt::format(", \"{}\" UINTEGER USING COMPRESSION bitpacking", field(id).name);
    TRY(connection.run("BEGIN"));
    TRY(connection.run(kTables));
    TRY(connection.run(events + ")"));
    TRY(create_history_tables(connection));
    TRY(connection.run(fmt::format("INSERT INTO meta VALUES ('schema', '{}')", kSchemaVersion)));
    return connection.run("COMMIT");
}

Result<std::uint64_t> schema_version(Connection& connection) {
    if (TRY(connection.number("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'meta'")) == 0) return 0;
    return connection.number("SELECT TRY_CAST(value AS UBIGINT) FROM meta WHERE key = 'schema'");
}

namespace {

/// From layout 1, whose tables of conclusions lack columns. Conclusions can be drawn again: the tables are made anew, and
/// all hosts wait to be concluded about.
Result<void> conclusions_anew(Connection& connection) {
    TRY(connection.run("BEGIN"));
    Result<void> done = connection.run("DROP TABLE boots; DROP TABLE sessions; DROP TABLE processes; DROP TABLE links; DELETE FROM actors;"
                                       "INSERT INTO unresolved SELECT DISTINCT host FROM holdings");
    if (done) done = create_history_tables(connection);
    if (done) done = connection.run(fmt::format("UPDATE meta SET value = '{}' WHERE key = 'schema'; COMMIT", kSchemaVersion));
    if (!done) (void)connection.run("ROLLBACK");  // it is the first error that matters
    return done;
}

}  // namespace

Result<void> migrate(Connection& connection, Access access) {
    const std::uint64_t version = TRY(schema_version(connection));
    if (version == kSchemaVersion) return {};
    if (version > kSchemaVersion)
        return fail(Errc::Unsupported, fmt::format("this store was written by a newer Spoor (layout {}, this one knows up to {}): use that one, "
                                                   "or export from there and import here", version, kSchemaVersion));
    if (version != 0 && access == Access::ReadOnly)
        return fail(Errc::Unsupported, fmt::format("this store has layout {}; `spoor store compact` brings it to layout {}", version, kSchemaVersion));
    if (version == 1) return conclusions_anew(connection);
    if (version != 0) return fail(Errc::Unsupported, fmt::format("no way leads from layout {} to {}", version, kSchemaVersion));
    if (access == Access::ReadOnly) return fail(Errc::NotFound, "the store is empty");
    return create_tables(connection);
}

}  // namespace spoor::store::duckdb
