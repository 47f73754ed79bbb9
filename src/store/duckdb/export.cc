// Parquet, the exchange format: events as a table of typed, named columns that any other tool reads.

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "store/duckdb/duck_store.h"
#include "store/duckdb/event_stream.h"
#include "store/duckdb/schema.h"
#include "store/tally.h"

namespace spoor::store::duckdb {
namespace {

/// Every event has these; fields follow. A table this wide still opens everywhere.
constexpr std::size_t kMostFields = 1000;

struct ExportColumn {
    FieldId field = FieldId::None;
    ColumnType type = ColumnType::Text;
};

/// One column a field that occurs; of numbers if all its values are numbers, "-" (which is "none") apart.
Result<std::vector<ExportColumn>> columns_of(DuckStore& store, const EventQuery& query) {
    std::map<FieldId, bool> numeric;
    for (const ChapterEntry& entry : TRY(store.chapters_between(query.from, query.until))) {
        ChapterReader reader = TRY(ChapterReader::open(store.connection(), store.catalog(), store.names(), entry));
        for (const FieldId id : TRY(reader.fields())) {
            bool& only_numbers = numeric.try_emplace(id, true).first->second;
            TRY(reader.each_word(id, [&](std::uint32_t, const FieldValue& word) {
                only_numbers = only_numbers && (word.type == ValueType::Unsigned || word.text() == "-");
            }));
        }
    }
    std::vector<ExportColumn> columns;
    for (const auto& [id, only_numbers] : numeric)
        if (columns.size() < kMostFields) columns.push_back({id, only_numbers ? ColumnType::U64 : ColumnType::Text});
    return columns;
}

}  // namespace

Result<std::uint64_t> DuckStore::export_parquet(EventQuery query, const std::string& path) {
    const std::vector<ExportColumn> columns = TRY(columns_of(*this, query));
    const History& known = *TRY(history());

    // Rows gather in a database of their own, in memory and beyond that beside the file that is being made.
    Database scratch = TRY(Database::open(":memory:", Access::ReadWrite, {options_.memory, options_.threads}));
    Connection writing = TRY(scratch.connect());
    TRY(writing.run(fmt::format("SET temp_directory = {}", sql_text(path + ".tmp"))));
    std::vector<ColumnType> types = {ColumnType::I64, ColumnType::Text, ColumnType::Text, ColumnType::Text, ColumnType::Text, ColumnType::U16, ColumnType::U64, ColumnType::Text, ColumnType::Text};
    std::string ddl = "CREATE TABLE rows (time BIGINT, host VARCHAR, channel VARCHAR, kind VARCHAR, outcome VARCHAR, event_id USMALLINT, record UBIGINT, "
                      "session_id VARCHAR, session_user VARCHAR";
    for (const ExportColumn& column : columns) {
        // DuckDB takes names without regard to case; what differs in case only gets a number behind it.
        std::string name(catalog_.field_name(column.field));
        const bool taken = std::ranges::any_of(columns, [&](const ExportColumn& other) {
            return other.field < column.field && std::ranges::equal(catalog_.field_name(other.field), name, [](char a, char b) { return std::tolower(a) == std::tolower(b); });
        });
        constexpr std::string_view kOwn[] = {"time", "host", "channel", "kind", "outcome", "event_id", "record", "session_id", "session_user"};
        const bool own = std::ranges::any_of(kOwn, [&](std::string_view other) { return std::ranges::equal(other, name, [](char a, char b) { return a == std::tolower(b); }); });
        if (taken || own) name += fmt::format("_{}", static_cast<unsigned>(column.field));
        std::string escaped;
        for (const char c : name) escaped += c == '"' ? "\"\"" : std::string(1, c);
        ddl += fmt::format(", \"{}\" {}", escaped, sql_name(column.type));
        types.push_back(column.type);
    }
    TRY(writing.run(ddl + ")"));

    std::map<FieldId, std::size_t> place;
    for (std::size_t i = 0; i < columns.size(); ++i) place[columns[i].field] = types.size() - columns.size() + i;
    Appender appender = TRY(Appender::open(writing, "rows", types));
    const auto stream = TRY(open_stream(*this, std::move(query)));
    const auto session_id = match::FieldRef::of(match::SessionProperty::Id);
    const auto session_user = match::FieldRef::of(match::SessionProperty::User);
    const auto outcome = match::FieldRef::of(match::HeaderProperty::Outcome);
    std::uint64_t events = 0;
    std::string text;
    Batch batch;
    while (TRY(stream->next(batch)))
        for (const Event& event : batch.events()) {
            const EventView view{batch, event};
            appender.put(0, event.time.nanoseconds);
            appender.put_text(1, catalog_.host_name(event.host));
            appender.put_text(2, catalog_.channel_name(event.channel));
            appender.put_text(3, name(event.kind));
            appender.put_text(4, value_text(outcome, view, &known, catalog_));
            appender.put(5, event.event_id);
            appender.put(6, event.sequence);
            if (event.actor.session != kNobody) {
                appender.put_text(7, value_text(session_id, view, &known, catalog_));
                appender.put_text(8, value_text(session_user, view, &known, catalog_));
            }
            for (const FieldValue& value : view.values()) {
                const auto column = place.find(value.field);
                if (column == place.end()) continue;
                if (types[column->second] == ColumnType::U64) {
                    if (value.type == ValueType::Unsigned) appender.put(column->second, value.number);
                    continue;
                }
                text.clear();
                append_text(text, value, catalog_.field_type(value.field));
                appender.put_text(column->second, text);
            }
            TRY(appender.end_row());
            ++events;
        }
    TRY(appender.flush());
    const std::string part = path + ".part";
    TRY(writing.run(fmt::format("COPY (SELECT * REPLACE (make_timestamp_ns(time) AS time) FROM rows) TO {} (FORMAT parquet, COMPRESSION zstd)", sql_text(part))));
    std::error_code error;
    std::filesystem::rename(part, path, error);
    if (error) return fail(Errc::Io, fmt::format("{}: {}", path, error.message()));
    std::filesystem::remove_all(path + ".tmp", error);
    return events;
}

}  // namespace spoor::store::duckdb
