// Chunks: finds the records of one chunk, decodes them, and says what could not be read.
//
// Chunks are independent of each other, so any number of threads may read the chunks of a file, each with a Decoder of
// its own.
#pragma once
#include <cstdint>

#include "evtx/decode/decoder.h"
#include "evtx/issue.h"
#include "evtx/layout.h"
#include "evtx/record.h"

namespace spoor::evtx {

/// What is done about damage: only the unbroken chain of records of whole chunks is read; also what can be found behind
/// damage; or also what is left of older records in unused space, which may have been deleted or belong to another log.
enum class Recovery : std::uint8_t { None, Damage, Carve };

class RecordVisitor {
public:
    virtual ~RecordVisitor() = default;
    virtual void record(const Record& record) = 0;
    virtual void issue(const Issue& issue) { (void)issue; }
};

/// What a chunk holds.
struct ChunkSummary {
    enum class State : std::uint8_t { Intact, Damaged, HeaderMissing, Empty, Foreign };

    State state = State::Empty;
    std::uint64_t offset = 0;    // in the file
    std::uint64_t first_id = 0;  // of the records read, not of the header; 0 when there are none
    std::uint64_t last_id = 0;
    std::uint32_t records = 0;     // delivered
    std::uint32_t unreadable = 0;  // records that are there and could not be decoded
    bool has_checksums = true;
    bool header_checksum_matches = true;
    bool data_checksum_matches = true;
};

/// Delivers the records of a chunk in order. `bytes` may be fewer than a chunk has, when the file ends inside it;
/// kChunkSlack bytes behind them must be readable. `offset` is where they lie in the file.
ChunkSummary read_chunk(Bytes bytes, std::uint64_t offset, Recovery recovery, Decoder& decoder, RecordVisitor& visitor);

}  // namespace spoor::evtx
