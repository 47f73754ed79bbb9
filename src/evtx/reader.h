// Reading an .evtx file: the records of a whole log in file order, on one thread.
//
//     ShapeStore store;                                     // one for a run; files and threads share it
//     const LogSummary summary = TRY(read_log("Security.evtx", store, Recovery::Damage, visitor));
//
// Threads of one's own work chunk by chunk instead: a LogFile for all, and for each thread a Decoder and a ChunkSource
// over some of the chunks, whose bytes read_chunk() turns into records.
//
// A record is a shape and a row of values (evtx/record.h); evtx/value.h reads values. Work out once for each Shape::id
// what its slots mean. Slots keep their places: an absent value is Type::Null, the positional <Data> elements of
// classic providers are slots in order, and an array value (is_array) keeps its empty items, which Items walks.
#pragma once
#include <string>
#include <vector>

#include "base/result.h"
#include "evtx/chunk.h"
#include "evtx/log_file.h"

namespace spoor::evtx {

struct LogSummary {
    std::vector<ChunkSummary> chunks;
    std::uint64_t records = 0;
};

/// Reads a log from front to back. Damage is reported to the visitor; an error is a file that cannot be read at all.
Result<LogSummary> read_log(const std::string& path, ShapeStore& store, Recovery recovery, RecordVisitor& visitor);
Result<LogSummary> read_log(const LogFile& file, ShapeStore& store, Recovery recovery, RecordVisitor& visitor);

}  // namespace spoor::evtx
