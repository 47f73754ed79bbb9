// Export of a store: its words tell which columns there are, so that its events are read once.

#include <map>

#include "store/duckdb/chapter/event_stream.h"
#include "store/duckdb/duck_store.h"
#include "store/duckdb/parquet.h"
#include "store/duckdb/schema.h"

namespace spoor::store::duckdb {
namespace {

Result<std::vector<ParquetColumn>> columns_of(DuckStore& store, const EventQuery& query) {
    std::map<FieldId, bool> numeric;
    for (const ChapterEntry& entry : TRY(store.chapters_between(query.from, query.until))) {
        ChapterReader reader = TRY(ChapterReader::open(store.connection(), store.catalog(), store.names(), entry));
        for (const FieldId id : reader.fields()) {
            bool& only_numbers = numeric.try_emplace(id, true).first->second;
            TRY(reader.each_word(std::span(&id, 1), [&](std::uint32_t, const FieldValue& word) {
                only_numbers = only_numbers && (word.type == ValueType::Unsigned || word.text() == "-");
            }));
        }
    }
    std::vector<ParquetColumn> columns;
    for (const auto& [id, only_numbers] : numeric) columns.push_back({id, only_numbers});
    return columns;
}

}  // namespace

Result<std::uint64_t> DuckStore::export_parquet(EventQuery query, const std::string& path) {
    const std::vector<ParquetColumn> columns = TRY(columns_of(*this, query));
    const ParquetSource source{
        .catalog = catalog_, .history = *TRY(history()), .open = [&] { return open_stream(*this, query); }};
    return write_parquet(source, columns, path, options_.memory);
}

}  // namespace spoor::store::duckdb
