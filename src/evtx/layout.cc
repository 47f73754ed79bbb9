#include "evtx/layout.h"

#include <cstring>

namespace spoor::evtx {

std::optional<FileHeader> FileHeader::parse(Bytes bytes) {
    if (bytes.size() < 128 || std::memcmp(bytes.data(), kFileSignature, 8) != 0) return std::nullopt;
    const std::uint8_t* const at = bytes.data();
    FileHeader header{};
    header.oldest_chunk = load<std::uint64_t>(at + 8);
    header.newest_chunk = load<std::uint64_t>(at + 16);
    header.next_record = load<std::uint64_t>(at + 24);
    header.minor_version = load<std::uint16_t>(at + 36);
    header.major_version = load<std::uint16_t>(at + 38);
    // Documented as 16 bits; logs above 4 GiB fill 32, and the upper half is zero in all others.
    header.chunks = load<std::uint32_t>(at + 42);
    header.flags = load<std::uint32_t>(at + 120);
    header.checksum_matches =
        (header.flags & kNoChecksums) != 0 || crc32(bytes.first(120)) == load<std::uint32_t>(at + 124);
    return header;
}

std::optional<ChunkHeader> ChunkHeader::parse(Bytes bytes) {
    if (bytes.size() < kChunkHeaderSize || std::memcmp(bytes.data(), kChunkSignature, 8) != 0) return std::nullopt;
    const std::uint8_t* const at = bytes.data();
    ChunkHeader header{};
    header.first_number = load<std::uint64_t>(at + 8);
    header.last_number = load<std::uint64_t>(at + 16);
    header.first_id = load<std::uint64_t>(at + 24);
    header.last_id = load<std::uint64_t>(at + 32);
    header.last_record = load<std::uint32_t>(at + 44);
    header.free_space = load<std::uint32_t>(at + 48);
    header.data_checksum = load<std::uint32_t>(at + 52);
    header.flags = load<std::uint32_t>(at + 120);
    header.header_checksum = load<std::uint32_t>(at + 124);
    return header;
}

bool ChunkHeader::header_checksum_matches(Bytes chunk) const {
    return crc32(chunk.subspan(128, kChunkHeaderSize - 128), crc32(chunk.first(120))) == header_checksum;
}

bool ChunkHeader::data_checksum_matches(Bytes chunk) const {
    if (free_space < kChunkHeaderSize || free_space > chunk.size()) return false;
    return crc32(chunk.subspan(kChunkHeaderSize, free_space - kChunkHeaderSize)) == data_checksum;
}

}  // namespace spoor::evtx
