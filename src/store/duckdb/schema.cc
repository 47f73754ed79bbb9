#include "store/duckdb/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "store/duckdb/chapter/actor_writer.h"
#include "store/duckdb/chapter/trigrams.h"
#include "store/duckdb/conclusion/history_tables.h"
#include "store/duckdb/engine/packed.h"

namespace spoor::store::duckdb {
namespace {

constexpr std::uint8_t kNotIndexed = 0xff;
static_assert(kIndexedCount < kNotIndexed);

constexpr auto kPlaces = [] {
    std::array<std::uint8_t, kFieldCount> places;
    places.fill(kNotIndexed);
    for (std::size_t i = 0; i < kIndexedCount; ++i)
        places[static_cast<std::size_t>(kIndexed[i])] = static_cast<std::uint8_t>(i);
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
CREATE TABLE words (place UBIGINT, chapter UINTEGER, field UINTEGER, first UINTEGER, count UINTEGER,
    page BLOB USING COMPRESSION uncompressed, trigrams BLOB USING COMPRESSION uncompressed);
CREATE TABLE pages (first_seq UBIGINT, events UINTEGER, first_time BIGINT, last_time BIGINT, first_form UINTEGER,
    last_form UINTEGER, page BLOB USING COMPRESSION uncompressed);
CREATE TABLE unresolved (host UINTEGER);
CREATE TABLE actors (seq UBIGINT, host UINTEGER, session UINTEGER, process UINTEGER, adopted UINTEGER, generation UINTEGER);
CREATE TABLE concluded (generation UINTEGER);
)";

// What `actors` says, to be looked up (chapter/actor_writer.h).
constexpr const char* kActorPages = R"(
CREATE TABLE actor_pages (place UBIGINT, host UINTEGER, generation UINTEGER, events UINTEGER,
    page BLOB USING COMPRESSION uncompressed);
CREATE INDEX actor_pages_by_place ON actor_pages (place);
)";

// What a host's links rest on. Good for as long as the host has that many events: whoever wrote to the store before
// this table was thought of does not keep it, and the events are there to be read again.
constexpr const char* kEvidenceTable =
    "CREATE TABLE IF NOT EXISTS evidence (host UINTEGER, generation UINTEGER, events UBIGINT, first_time BIGINT, "
    "last_time BIGINT, page BLOB USING COMPRESSION uncompressed)";

// Without them DuckDB reads the blobs of 2,048 rows to give one: 20 ms instead of one.
constexpr const char* kIndices = R"(
CREATE INDEX words_by_place ON words (place);
CREATE INDEX pages_by_first_seq ON pages (first_seq);
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

Result<std::uint32_t> generation_of(Connection& connection) {
    return static_cast<std::uint32_t>(TRY(connection.number("SELECT coalesce(max(generation), 0) FROM concluded")));
}

Result<void> sweep(Connection& connection) {
    const std::uint64_t rows = TRY(connection.number("SELECT count(*) FROM events"));
    if (rows != TRY(connection.number("SELECT coalesce(sum(events), 0) FROM commits")))
        TRY(
            connection.run("DELETE FROM events WHERE NOT EXISTS (FROM (SELECT chapter, sum(events) AS n FROM commits "
                           "GROUP BY chapter) c "
                           "WHERE c.chapter = events.seq >> 32 AND (events.seq & 4294967295) < c.n)"));
    // A chapter that was being rewritten has a number that no commit has reached.
    const std::uint64_t chapter = TRY(connection.number("SELECT coalesce(max(chapter), 0) FROM commits"));
    const std::uint64_t behind = sequence_number(static_cast<std::uint32_t>(chapter) + 1, 0);
    TRY(connection.run(fmt::format("DELETE FROM actors WHERE seq >= {}; DELETE FROM actor_pages WHERE place >= {}",
                                   behind, actor_place_of(behind))));
    const std::uint32_t generation = TRY(generation_of(connection));
    for (const char* const table :
         {"actors", "actor_pages", "boots", "sessions", "processes", "links", "records", "evidence"})
        if (TRY(connection.number(fmt::format("SELECT coalesce(max(generation), 0) FROM {}", table))) > generation)
            TRY(connection.run(fmt::format("DELETE FROM {} WHERE generation > {}", table, generation)));
    return {};
}

Result<void> create_tables(Connection& connection) {
    // Numbers of words, small and in runs: what suits them need not be found out anew for each column of each row
    // group.
    std::string events = "CREATE TABLE events (seq UBIGINT, time BIGINT, record UBIGINT, form UINTEGER";
    for (const FieldId id : kIndexed)
        events += fmt::format(", \"{}\" UINTEGER USING COMPRESSION bitpacking", field(id).name);
    TRY(connection.run("BEGIN"));
    TRY(connection.run(kTables));
    TRY(connection.run(events + ")"));
    TRY(connection.run(kIndices));
    TRY(connection.run(kActorPages));
    TRY(connection.run(history_tables()));
    TRY(connection.run(kEvidenceTable));
    TRY(connection.run(fmt::format("INSERT INTO meta VALUES ('schema', '{}')", kSchemaVersion)));
    return connection.run("COMMIT");
}

Result<std::uint64_t> schema_version(Connection& connection) {
    const auto version = connection.number("SELECT TRY_CAST(value AS UBIGINT) FROM meta WHERE key = 'schema'");
    if (!version && version.error().code == Errc::NotFound) return 0;
    return version;
}

namespace {

/// A step from one layout to the next, in one transaction.
template <typename Work>
Result<void> step(Connection& connection, const Work& work, std::uint64_t version) {
    TRY(connection.run("BEGIN"));
    Result<void> done = work(connection);
    if (done) done = connection.run(fmt::format("UPDATE meta SET value = '{}' WHERE key = 'schema'; COMMIT", version));
    if (!done) (void)connection.run("ROLLBACK");  // it is the first error that matters
    return done;
}

Result<void> step(Connection& connection, const std::string& sql, std::uint64_t version) {
    return step(connection, [&](Connection& within) { return within.run(sql); }, version);
}

/// From layout 3 and before, which had conclusions in other tables. They can be drawn again: the tables are made anew,
/// and all hosts wait to be concluded about.
Result<void> conclusions_anew(Connection& connection) {
    return step(connection,
                "DROP TABLE boots; DROP TABLE sessions; DROP TABLE processes; DROP TABLE links; DELETE FROM actors;"
                "INSERT INTO unresolved SELECT DISTINCT host FROM holdings;" +
                    history_tables(),
                4);
}

/// From layout 2 and before, which had no indices, and nothing in `words` to make one of.
Result<void> add_indices(Connection& connection) {
    return step(connection,
                "ALTER TABLE words RENAME TO old_words;"
                "CREATE TABLE words (place UBIGINT, chapter UINTEGER, field UINTEGER, first UINTEGER, count UINTEGER,"
                " page BLOB USING COMPRESSION uncompressed);"
                "INSERT INTO words SELECT CAST(chapter AS UBIGINT) << 32 | rowid, * FROM old_words ORDER BY rowid;"
                "DROP TABLE old_words;" +
                    std::string(kIndices),
                3);
}

/// The keys of a table's rows, ascending.
Result<std::vector<std::uint64_t>> keys_of(Connection& connection, std::string_view table, std::string_view key) {
    std::vector<std::uint64_t> keys;
    Rows rows = TRY(connection.query(fmt::format("SELECT {0} FROM {1} ORDER BY {0}", key, table)));
    while (rows.next())
        keys.insert(keys.end(), rows.numbers<std::uint64_t>(0), rows.numbers<std::uint64_t>(0) + rows.size());
    return keys;
}

/// Calls `visit` with the first and the last key of each few rows: blobs of more at once would not fit into memory.
template <typename Visit>
Result<void> each_few(Connection& connection, std::string_view table, std::string_view key, const Visit& visit) {
    constexpr std::size_t kRowsAtOnce = 512;
    const std::vector<std::uint64_t> keys = TRY(keys_of(connection, table, key));
    for (std::size_t begin = 0; begin < keys.size(); begin += kRowsAtOnce)
        TRY(visit(keys[begin], keys[std::min(begin + kRowsAtOnce, keys.size()) - 1]));
    return {};
}

/// Puts the trigrams of each page of `words` into `page_trigrams`.
Result<void> find_trigrams(Connection& connection) {
    constexpr ColumnType kColumns[] = {ColumnType::U64, ColumnType::Blob};
    Appender appender = TRY(Appender::open(connection, "page_trigrams", kColumns));
    const auto find = [&](std::uint64_t first, std::uint64_t last) -> Result<void> {
        Rows rows = TRY(
            connection.query(fmt::format("SELECT place, page FROM words WHERE place BETWEEN {} AND {}", first, last)));
        while (rows.next())
            for (std::size_t row = 0; row < rows.size(); ++row) {
                const std::string page = TRY(unpack(rows.text(1, row)));
                appender.put(0, rows.numbers<std::uint64_t>(0)[row]);
                const std::string trigrams = TRY(trigrams_of(page));
                appender.put_text(1, trigrams);
                TRY(appender.end_row());
            }
        return {};
    };
    TRY(each_few(connection, "words", "place", find));
    return appender.flush();
}

/// Makes `words` anew, with the trigrams of each page.
Result<void> describe_words(Connection& connection) {
    TRY(connection.run(
        "DROP INDEX words_by_place;"
        "CREATE TABLE new_words (place UBIGINT, chapter UINTEGER, field UINTEGER, first UINTEGER, count UINTEGER,"
        " page BLOB USING COMPRESSION uncompressed, trigrams BLOB USING COMPRESSION uncompressed);"
        "CREATE TABLE page_trigrams (place UBIGINT, trigrams BLOB)"));
    TRY(find_trigrams(connection));
    const auto copy = [&](std::uint64_t first, std::uint64_t last) {
        return connection.run(
            fmt::format("INSERT INTO new_words SELECT w.*, t.trigrams FROM words w JOIN page_trigrams t USING (place) "
                        "WHERE w.place BETWEEN {0} AND {1} ORDER BY place",
                        first, last));
    };
    TRY(each_few(connection, "words", "place", copy));
    return connection.run("DROP TABLE words; DROP TABLE page_trigrams; ALTER TABLE new_words RENAME TO words");
}

/// Makes `pages` anew, with the times and forms of each.
Result<void> describe_pages(Connection& connection) {
    TRY(connection.run(
        "DROP INDEX pages_by_first_seq;"
        "CREATE TABLE new_pages (first_seq UBIGINT, events UINTEGER, first_time BIGINT, last_time BIGINT,"
        " first_form UINTEGER, last_form UINTEGER, page BLOB USING COMPRESSION uncompressed);"
        "CREATE TABLE spans AS SELECT p.first_seq, min(time) AS first_time, max(time) AS last_time,"
        " min(form) AS first_form, max(form) AS last_form FROM events ASOF JOIN pages p"
        " ON events.seq >= p.first_seq GROUP BY p.first_seq"));
    const auto copy = [&](std::uint64_t first, std::uint64_t last) {
        return connection.run(
            fmt::format("INSERT INTO new_pages SELECT p.first_seq, p.events, s.* EXCLUDE (first_seq), p.page "
                        "FROM pages p JOIN spans s USING (first_seq) WHERE p.first_seq BETWEEN {} AND {} "
                        "ORDER BY p.first_seq",
                        first, last));
    };
    TRY(each_few(connection, "pages", "first_seq", copy));
    return connection.run("DROP TABLE pages; DROP TABLE spans; ALTER TABLE new_pages RENAME TO pages");
}

/// From layout 4 and before, whose pages had to be read to know whether anything in them is of use.
Result<void> add_descriptions(Connection& connection) {
    return step(
        connection,
        [](Connection& within) -> Result<void> {
            TRY(describe_words(within));
            TRY(describe_pages(within));
            return within.run(kIndices);
        },
        5);
}

/// Makes `actor_pages` of `actors`, chapter by chapter: all rows at once would not fit into memory.
Result<void> make_actor_pages(Connection& connection) {
    TRY(connection.run(kActorPages));
    const std::uint32_t generation = TRY(generation_of(connection));
    ActorPageWriter pages = TRY(ActorPageWriter::open(connection, generation));
    const std::uint64_t last = TRY(connection.number("SELECT max(chapter) FROM commits"));
    for (std::uint32_t chapter = 0; chapter <= last; ++chapter) {
        Rows rows = TRY(connection.query(
            fmt::format("SELECT seq, host, coalesce(session, {0}), coalesce(process, {0}), coalesce(adopted, {0}) FROM "
                        "actors WHERE generation <= {1} AND seq BETWEEN {2} AND {3}",
                        kNobody, generation, sequence_number(chapter, 0), sequence_number(chapter, UINT32_MAX))));
        while (rows.next())
            for (std::size_t row = 0; row < rows.size(); ++row)
                TRY(pages.add(rows.numbers<std::uint64_t>(0)[row], rows.numbers<std::uint32_t>(1)[row],
                              {rows.numbers<std::uint32_t>(2)[row], rows.numbers<std::uint32_t>(3)[row],
                               rows.numbers<std::uint32_t>(4)[row]}));
    }
    return pages.flush();
}

/// From layout 5 and before, which looked actors up in their rows.
Result<void> add_actor_pages(Connection& connection) { return step(connection, make_actor_pages, 6); }

}  // namespace

Result<void> migrate(Connection& connection, Access access) {
    const std::uint64_t version = TRY(schema_version(connection));
    if (version == kSchemaVersion) return access == Access::ReadOnly ? Result<void>() : connection.run(kEvidenceTable);
    if (version > kSchemaVersion)
        return fail(
            Errc::Unsupported,
            fmt::format("this store was written by a newer Spoor (layout {}, this one knows up to {}): use that one, "
                        "or export from there and import here",
                        version, kSchemaVersion));
    if (access == Access::ReadOnly && version != 0)
        return fail(Errc::Unsupported,
                    fmt::format("this store has layout {}; `spoor store compact` brings it to layout {}", version,
                                kSchemaVersion));
    if (access == Access::ReadOnly) return fail(Errc::NotFound, "the store is empty");
    if (version == 0) return create_tables(connection);
    if (version < 3) TRY(add_indices(connection));
    if (version < 4) TRY(conclusions_anew(connection));
    if (version < 5) TRY(add_descriptions(connection));
    TRY(add_actor_pages(connection));
    return connection.run(kEvidenceTable);
}

}  // namespace spoor::store::duckdb
