// Concluding: what all events of a store add up to: boots, sessions and processes of each host, and the links between
// them.
//
// Memory stays within bounds however long the past is. First each host for itself: what its events say is put together,
// its events are stamped, and it is written down and let go; a host without new events keeps what is known of it. Then
// links, for one stretch of time after the other, each with the sessions and processes that were there then and a day
// of evidence before it (ClientSigns and its like join within minutes; nothing looks further back but what was set up
// to run, which is kept apart). A link belongs to the stretch in which the last of its evidence lies.
#pragma once
#include <functional>

#include "store/store.h"
#include "trails/links.h"

namespace spoor::ingest {

/// What all events of a store add up to.
struct Conclusions {
    History history;
    trails::Evidence evidence;
    trails::Links links;
};

/// Is told what was worked out and makes it what the store says by calling `publish`, when nobody else uses the
/// archive.
using Publisher = std::function<Result<void>(Conclusions&& drawn, const std::function<Result<void>()>& publish)>;

struct ConcludeOptions {
    unsigned threads = 0;                     // 0: one a core
    std::uint64_t records_at_once = 150'000;  // sessions and processes that links are found between, roughly
};

/// Works out sessions, processes and links anew when events have come since that was done last; nothing otherwise. With
/// a publisher others may read the store and add to it meanwhile; all is held in memory then, for it.
Result<void> conclude(store::Store& store, const Publisher& publisher = {}, const ConcludeOptions& options = {});

}  // namespace spoor::ingest
