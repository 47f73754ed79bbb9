// Import: logs into a store, and what they add up to.
//
// Two steps. Reading adds events: several writers take batches as they come, each commits by itself, and what is
// committed stays when the import is interrupted; run again, it skips what is there. Concluding works out sessions,
// processes and links from all events that the store has, whatever import they came by, so that late logs complete what
// was known and neither the order of files nor an interruption shows in the result.
#pragma once
#include <functional>
#include <span>
#include <string>

#include "sources/reader.h"
#include "store/store.h"

namespace spoor::ingest {

struct ImportListener {
    std::function<void(const sources::Issue&)> issue = {};
    std::function<void(const sources::Progress&)> progress = {};
    /// So many events of this import are committed now. Called by several threads.
    std::function<void(std::uint64_t)> committed = {};
    std::function<void()> concluding = {};
};

struct ImportOptions {
    unsigned readers = 0;  // threads that decode; 0: one a core
    unsigned writers = 0;  // threads that store; 0: one a core
    std::uint64_t most_unpacked_bytes = sources::Options{}.most_unpacked_bytes;
};

struct ImportTotals {
    sources::Totals read = {};
    std::uint64_t added = 0;
    std::uint64_t duplicates = 0;
};

/// The first step alone.
Result<ImportTotals> read_into(store::Store& store, std::span<const std::string> paths, const ImportOptions& options,
                               const ImportListener& listener);
/// Both steps.
Result<ImportTotals> import(store::Store& store, std::span<const std::string> paths, const ImportOptions& options,
                            const ImportListener& listener);

}  // namespace spoor::ingest
