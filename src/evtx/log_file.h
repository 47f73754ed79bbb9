// LogFile: an .evtx file as a list of chunks.
//
// Files are read with pread and not mapped: a log that shrinks while it is read gives an error and not a SIGBUS, and a
// block that is read into the same buffer again and again stays in the cache.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "evtx/issue.h"
#include "evtx/layout.h"

namespace spoor::evtx {

class LogFile {
public:
    /// Opens a file and finds its chunks. What is no log at all is an error, a damaged one is not.
    static Result<LogFile> open(const std::string& path);

    LogFile(LogFile&& other) noexcept;
    LogFile& operator=(LogFile&& other) noexcept;
    ~LogFile();

    const std::string& path() const { return path_; }
    std::uint64_t size() const { return size_; }
    const std::optional<FileHeader>& header() const { return header_; }

    /// What is wrong with the file as a whole.
    const std::vector<Issue>& issues() const { return issues_; }

    std::size_t chunk_count() const { return at_.empty() ? grid_count_ : at_.size(); }
    std::uint64_t chunk_offset(std::size_t index) const {
        return at_.empty() ? kFileHeaderSize + index * kChunkSize : at_[index];
    }

    /// Reads up to `size` bytes; fewer only at the end of the file. Any thread may.
    Result<std::size_t> read(std::uint64_t offset, std::uint8_t* to, std::size_t size) const;

private:
    LogFile() = default;
    Result<void> find_chunks();
    Result<void> search_chunks();

    std::string path_;
    int descriptor_ = -1;
    std::uint64_t size_ = 0;
    std::optional<FileHeader> header_;
    std::size_t grid_count_ = 0;
    std::vector<std::uint64_t> at_;  // when the chunks are not where they should be
    std::vector<Issue> issues_;
};

/// Reads a file's chunks one after the other, several at a time, into a buffer of its own.
class ChunkSource {
public:
    ChunkSource() = default;
    /// Chunks [first, end) of the file, which must live as long.
    ChunkSource(const LogFile& file, std::size_t first, std::size_t end) { open(file, first, end); }

    /// Goes on with chunks of another file, in the same buffer.
    void open(const LogFile& file, std::size_t first, std::size_t end);
    /// Goes on with other chunks of the file.
    void seek(std::size_t first, std::size_t end);

    /// The next chunk, valid until the next call, with kChunkSlack readable bytes behind it; empty at the end.
    Result<Bytes> next();
    /// Where the chunk that next() gave last lies.
    std::uint64_t offset() const { return file_->chunk_offset(next_ - 1); }

private:
    static constexpr std::size_t kChunksAtOnce = 4;

    const LogFile* file_ = nullptr;
    std::size_t next_ = 0;
    std::size_t end_ = 0;
    std::vector<std::uint8_t> buffer_;
    std::uint64_t buffered_at_ = 0;
    std::size_t buffered_ = 0;
};

}  // namespace spoor::evtx
