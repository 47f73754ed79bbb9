// Inspect: what a log file is like without regard to what its events say: chunks, record ids and gaps in them, damage.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "evtx/reader.h"

namespace spoor::evtx {

/// Consecutive record ids, both ends included.
struct IdRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;

    std::uint64_t count() const { return last - first + 1; }
    friend bool operator==(const IdRange&, const IdRange&) = default;
};

struct Inspection {
    std::uint64_t file_size = 0;
    std::optional<FileHeader> header;
    std::vector<ChunkSummary> chunks;
    std::vector<Issue> issues;

    std::uint64_t records = 0;
    std::vector<IdRange> ids;                           // in order, without overlap
    std::vector<IdRange> gaps;                          // between them
    std::uint64_t repeated = 0;                         // records whose id was there before
    std::uint64_t first_written = 0, last_written = 0;  // FILETIME
    std::map<std::string, std::uint64_t> channels;      // records of each
    std::map<std::string, std::uint64_t> computers;
};

/// Reads the whole log.
Result<Inspection> inspect_log(const std::string& path, Recovery recovery);

}  // namespace spoor::evtx
