// Issue: something in a log that could not be read as it should be, and where. Reading goes on behind it.
#pragma once
#include <cstdint>
#include <string_view>

namespace spoor::evtx {

enum class Problem : std::uint8_t {
    None,
    // Of a file.
    FileHeaderMissing,
    FileHeaderChecksum,
    FileTruncated,
    ForeignBytes,
    // Of a chunk.
    ChunkHeaderMissing,
    ChunkHeaderChecksum,
    ChunkDataChecksum,
    ChunkDirty,
    RecordsUnreadable,
    RecordSizeRepeat,
    RecordsOutOfOrder,
    // Of a record.
    UnknownToken,
    EndOfData,
    NameOutside,
    TemplateOutside,
    TemplateMismatch,
    TemplateUnknown,
    ValuesOutside,
    TooDeep,
    TooLarge,
    NoElement,
    ValueMalformed,
    NestedUnreadable,
};

/// What is wrong, as a person would say it: "a template definition lies outside the chunk".
std::string_view describe(Problem problem);

/// False for what is no fault of the log: one that is being written has chunks whose headers are behind.
constexpr bool is_damage(Problem problem) { return problem != Problem::None && problem != Problem::ChunkDirty; }

struct Issue {
    std::uint64_t offset = 0;     // in the file
    std::uint64_t length = 0;     // bytes that were passed over; 0 when nothing was lost
    std::uint64_t record_id = 0;  // of the record concerned; 0 when it is none
    Problem problem = Problem::None;
};

}  // namespace spoor::evtx
