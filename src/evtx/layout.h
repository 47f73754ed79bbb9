// Layout: the fixed structures of an .evtx file: file header, chunk header, record header. All numbers little-endian.
//
// A file is a header block of 4096 bytes and chunks of exactly 65536. A chunk is self-contained: every name and
// template its records use lies inside it, so chunks can be read alone, in any order, and by many threads. A chunk is a
// header of 512 bytes and records back to back; a record is a header of 24 bytes, binary XML, and its size once more.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/endian.h"

namespace spoor::evtx {

using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t kFileHeaderSize = 4096;
constexpr std::size_t kChunkSize = 65536;
constexpr std::size_t kChunkHeaderSize = 512;
constexpr std::size_t kRecordHeaderSize = 24;
constexpr std::size_t kSmallestRecord = 28;

/// Bytes that must be readable behind a chunk handed to the reader: text is converted 16 units at a time.
constexpr std::size_t kChunkSlack = 64;

constexpr char kFileSignature[9] = "ElfFile\0";
constexpr char kChunkSignature[9] = "ElfChnk\0";
constexpr std::uint32_t kRecordSignature = 0x00002a2a;

struct FileHeader {
    std::uint64_t oldest_chunk;
    std::uint64_t newest_chunk;
    std::uint64_t next_record;
    std::uint16_t minor_version;
    std::uint16_t major_version;
    std::uint32_t chunks;
    std::uint32_t flags;
    bool checksum_matches;

    static constexpr std::uint32_t kDirty = 1, kFull = 2, kNoChecksums = 4;

    /// Nothing when `bytes` do not begin with a file header.
    static std::optional<FileHeader> parse(Bytes bytes);
};

struct ChunkHeader {
    std::uint64_t first_number, last_number;  // of the records in this file
    std::uint64_t first_id, last_id;          // of the records in the log
    std::uint32_t last_record;                // offset
    std::uint32_t free_space;                 // offset of the end of the last record
    std::uint32_t flags;
    std::uint32_t data_checksum, header_checksum;

    static constexpr std::uint32_t kNoChecksums = 4;

    /// Nothing when `bytes` do not begin with a chunk header.
    static std::optional<ChunkHeader> parse(Bytes bytes);

    bool has_checksums() const { return (flags & kNoChecksums) == 0; }
    bool header_checksum_matches(Bytes chunk) const;
    /// Over the records up to the free space; false when that offset lies outside the chunk.
    bool data_checksum_matches(Bytes chunk) const;
};

struct RecordHeader {
    std::uint32_t size;
    std::uint64_t id;
    std::uint64_t written;  // FILETIME

    /// Whether the size stands at the record's end again, as it must.
    bool size_repeats;

    /// Nothing when no record of a possible size begins at `offset` of the chunk.
    static std::optional<RecordHeader> parse(Bytes chunk, std::size_t offset) {
        if (offset + kSmallestRecord > chunk.size()) return std::nullopt;
        const std::uint8_t* const at = chunk.data() + offset;
        if (load<std::uint32_t>(at) != kRecordSignature) return std::nullopt;
        const auto size = load<std::uint32_t>(at + 4);
        if (size < kSmallestRecord || size > chunk.size() - offset) return std::nullopt;
        return RecordHeader{size, load<std::uint64_t>(at + 8), load<std::uint64_t>(at + 16),
                            load<std::uint32_t>(at + size - 4) == size};
    }
};

/// CRC-32 as zlib computes it, with carry-less multiplication where the processor has it.
std::uint32_t crc32(Bytes bytes, std::uint32_t before = 0);

}  // namespace spoor::evtx
