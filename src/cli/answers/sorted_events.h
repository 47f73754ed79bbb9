// SortedEvents: the events of a query in the order of any field, in bounded memory.
//
// The query is read as often as memory needs: each reading keeps the events that come next behind those that were given
// already. With --limit N it is read once and keeps N.
#pragma once
#include <memory>

#include "match/evaluate/field_order.h"
#include "store/archive.h"

namespace spoor::cli {

/// `archive` must outlive the stream. Events that stand alike by all fields come in the order of `query`.
Result<std::unique_ptr<store::EventStream>> sorted_events(store::Archive& archive, store::EventQuery query,
                                                          std::vector<match::SortField> by,
                                                          std::size_t most_bytes = 512ull << 20);

}  // namespace spoor::cli
