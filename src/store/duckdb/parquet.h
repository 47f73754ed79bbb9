// Parquet, the exchange format: events as a table of typed, named columns that any other tool reads.
#pragma once
#include <functional>
#include <string>

#include "store/archive.h"

namespace spoor::store::duckdb {

/// One column a field that occurs.
struct ParquetColumn {
    FieldId field = FieldId::None;
    bool is_number = false;  // all its values are numbers, "-" (which is "none") apart
};

/// Where rows come from: `open` is asked for the same events every time.
struct ParquetSource {
    const Catalog& catalog;
    const History& history;
    std::function<Result<std::unique_ptr<EventStream>>()> open;
};

/// The columns of all events of `source`, which is read for them.
Result<std::vector<ParquetColumn>> parquet_columns(const ParquetSource& source);

/// Writes the events of `source` and returns how many there were. Columns beyond a thousand are left out: a table that
/// wide opens nowhere. What was at `path` is replaced when all is written.
Result<std::uint64_t> write_parquet(const ParquetSource& source, const std::vector<ParquetColumn>& columns,
                                    const std::string& path, std::uint64_t memory);

}  // namespace spoor::store::duckdb
