#include "store/duckdb/parquet.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "base/unicode.h"
#include "store/duckdb/engine/engine.h"
#include "store/duckdb/schema.h"
#include "store/tally.h"

namespace spoor::store::duckdb {
namespace {

constexpr std::size_t kMostFields = 1000;

/// Every event has these; fields follow.
struct OwnColumn {
    std::string_view name;
    std::string_view sql;
    ColumnType type;
};
// clang-format off
constexpr OwnColumn kOwn[] = {
    {"time", "BIGINT", ColumnType::I64},        {"host", "VARCHAR", ColumnType::Text},       {"channel", "VARCHAR", ColumnType::Text},
    {"kind", "VARCHAR", ColumnType::Text},      {"outcome", "VARCHAR", ColumnType::Text},    {"event_id", "USMALLINT", ColumnType::U16},
    {"record", "UBIGINT", ColumnType::U64},     {"session_id", "VARCHAR", ColumnType::Text}, {"session_user", "VARCHAR", ColumnType::Text},
};
// clang-format on

/// The names of fields as columns. DuckDB takes names without regard to case; what differs in case only gets a number.
class ColumnNames {
public:
    ColumnNames() {
        for (const OwnColumn& own : kOwn) taken_.insert(std::string(own.name));
    }
    std::string sql_name_of(FieldId field, const Catalog& catalog) {
        std::string name(catalog.field_name(field));
        if (!taken_.insert(fold_case(name)).second) {
            name += fmt::format("_{}", static_cast<unsigned>(field));
            taken_.insert(fold_case(name));
        }
        std::string quoted = "\"";
        for (const char c : name) quoted += c == '"' ? "\"\"" : std::string(1, c);
        return quoted + '"';
    }

private:
    std::set<std::string> taken_;
};

/// Puts events into the rows of a table.
class RowWriter {
public:
    RowWriter(const ParquetSource& source, const std::vector<ParquetColumn>& columns, Appender& appender)
        : source_(source), appender_(appender) {
        for (std::size_t i = 0; i < columns.size(); ++i)
            place_[columns[i].field] = {std::size(kOwn) + i, columns[i].is_number};
        last_row_.resize(std::size(kOwn) + columns.size());
    }

    Result<void> write(const EventView& view) {
        const Event& event = view.event;
        appender_.put(0, event.time.nanoseconds);
        appender_.put_text(1, source_.catalog.host_name(event.host));
        appender_.put_text(2, source_.catalog.channel_name(event.channel));
        appender_.put_text(3, name(event.kind));
        appender_.put_text(4, text(match::FieldRef::of(match::HeaderProperty::Outcome), view));
        appender_.put(5, event.event_id);
        appender_.put(6, event.sequence);
        if (event.actor.session != kNobody) {
            appender_.put_text(7, text(match::FieldRef::of(match::SessionProperty::Id), view));
            appender_.put_text(8, text(match::FieldRef::of(match::SessionProperty::User), view));
        }
        for (const FieldValue& value : view.values()) {
            const auto column = place_.find(value.field);
            if (column == place_.end() || value.type == ValueType::Null) continue;
            const auto [place, is_number] = column->second;
            if (is_number) {
                if (value.type == ValueType::Unsigned) appender_.put(place, value.number);
                continue;
            }
            // A field that occurs several times has its values side by side.
            const bool again = std::exchange(last_row_[place], row_) == row_;
            scratch_ = again ? text(reference(value.field), view) : std::string();
            if (!again) append_text(scratch_, value, source_.catalog.field_type(value.field));
            appender_.put_text(place, scratch_);
        }
        ++row_;
        return appender_.end_row();
    }

private:
    match::FieldRef reference(FieldId field) const {
        const bool in_schema = static_cast<std::size_t>(field) < kFieldCount;
        return in_schema ? match::FieldRef::of(field) : match::FieldRef::of(source_.catalog.field_name(field));
    }
    std::string text(const match::FieldRef& field, const EventView& view) const {
        return value_text(field, view, &source_.history, source_.catalog);
    }

    const ParquetSource& source_;
    Appender& appender_;
    std::map<FieldId, std::pair<std::size_t, bool>> place_;
    std::vector<std::uint64_t> last_row_;  // by column: the row, counted from 1, that it was put into last
    std::uint64_t row_ = 1;
    std::string scratch_;
};

}  // namespace

Result<std::vector<ParquetColumn>> parquet_columns(const ParquetSource& source) {
    std::map<FieldId, bool> numeric;
    const auto stream = TRY(source.open());
    Batch batch;
    while (TRY(stream->next(batch)))
        for (const Event& event : batch.events())
            for (const FieldValue& value : batch.values(event)) {
                if (value.type == ValueType::Null) continue;
                bool& only_numbers = numeric.try_emplace(value.field, true).first->second;
                only_numbers = only_numbers && (value.type == ValueType::Unsigned || value.text() == "-");
            }
    std::vector<ParquetColumn> columns;
    for (const auto& [field, only_numbers] : numeric) columns.push_back({field, only_numbers});
    return columns;
}

Result<std::uint64_t> write_parquet(const ParquetSource& source, const std::vector<ParquetColumn>& all_columns,
                                    const std::string& path, std::uint64_t memory) {
    std::vector<ParquetColumn> columns = all_columns;
    columns.resize(std::min(columns.size(), kMostFields));

    // Rows gather in a database of their own, in memory and beyond that beside the file that is being made.
    const std::string beside = path + ".tmp", part = path + ".part";
    std::vector<ColumnType> types;
    std::string ddl = "CREATE TABLE rows (";
    for (const OwnColumn& own : kOwn) {
        ddl += fmt::format("{}{} {}", types.empty() ? "" : ", ", own.name, own.sql);
        types.push_back(own.type);
    }
    ColumnNames names;
    for (const ParquetColumn& column : columns) {
        types.push_back(column.is_number ? ColumnType::U64 : ColumnType::Text);
        ddl += fmt::format(", {} {}", names.sql_name_of(column.field, source.catalog), sql_name(types.back()));
    }
    std::uint64_t events = 0;
    {
        Database scratch = TRY(Database::open(":memory:", Access::ReadWrite, {memory, 0}));
        Connection writing = TRY(scratch.connect());
        TRY(writing.run(fmt::format("SET temp_directory = {}", sql_text(beside))));
        TRY(writing.run(ddl + ")"));
        Appender appender = TRY(Appender::open(writing, "rows", types));
        RowWriter rows(source, columns, appender);
        const auto stream = TRY(source.open());
        Batch batch;
        while (TRY(stream->next(batch)))
            for (const Event& event : batch.events()) {
                TRY(rows.write({batch, event}));
                ++events;
            }
        TRY(appender.flush());
        TRY(
            writing.run(fmt::format("COPY (SELECT * REPLACE (make_timestamp_ns(time) AS time) FROM rows) TO {} (FORMAT "
                                    "parquet, COMPRESSION zstd)",
                                    sql_text(part))));
    }
    std::error_code error;
    std::filesystem::rename(part, path, error);
    if (error) return fail(Errc::Io, fmt::format("{}: {}", path, error.message()));
    std::filesystem::remove_all(beside, error);
    return events;
}

}  // namespace spoor::store::duckdb
