// Format: what a file is, by its first bytes. Names of files are not asked.
#pragma once
#include <cstdint>
#include <string_view>

namespace spoor::sources {

enum class Format : std::uint8_t {
    Empty,
    Evtx,
    Json,       // objects or an array of them, in UTF-8
    AuditLog,   // of a Linux auditd
    JsonUtf16,  // the same in UTF-16, as Windows PowerShell writes files
    Gzip,
    Archive,  // what libarchive opens: zip, tar, 7z, xz, zstd, bzip2
    Unknown,
};

/// How many bytes format_of wants to see, if there are as many.
constexpr std::size_t kFormatHead = 512;

Format format_of(std::string_view head);

}  // namespace spoor::sources
