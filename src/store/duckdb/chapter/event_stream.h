// The events that a query asks for, in time order, out of chapters that lie in no order.
#pragma once
#include <memory>

#include "store/archive.h"
#include "store/duckdb/chapter/chapter_reader.h"

namespace spoor::store::duckdb {

class DuckStore;

Result<std::unique_ptr<EventStream>> open_stream(DuckStore& store, EventQuery query);
/// The same, of one chapter only.
Result<std::unique_ptr<EventStream>> open_stream(DuckStore& store, EventQuery query, const ChapterEntry& chapter);

}  // namespace spoor::store::duckdb
