#include "evtx/log_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace spoor::evtx {
namespace {

/// A chunk header of 128 bytes, as all have, wherever it lies.
bool is_chunk_header(Bytes bytes) {
    return bytes.size() >= 128 && std::memcmp(bytes.data(), kChunkSignature, 8) == 0 &&
           load<std::uint32_t>(bytes.data() + 40) == 128;
}

}  // namespace

LogFile::LogFile(LogFile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_),
      header_(other.header_),
      grid_count_(other.grid_count_),
      at_(std::move(other.at_)),
      issues_(std::move(other.issues_)) {}

LogFile& LogFile::operator=(LogFile&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(descriptor_, other.descriptor_);
    std::swap(size_, other.size_);
    std::swap(header_, other.header_);
    std::swap(grid_count_, other.grid_count_);
    std::swap(at_, other.at_);
    std::swap(issues_, other.issues_);
    return *this;
}

LogFile::~LogFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

Result<LogFile> LogFile::open(const std::string& path) {
    LogFile file;
    file.path_ = path;
    file.descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file.descriptor_ < 0) return fail_errno(fmt::format("opening {}", path));
    struct stat status{};
    if (::fstat(file.descriptor_, &status) != 0) return fail_errno(fmt::format("reading {}", path));
    if (!S_ISREG(status.st_mode)) return fail(Errc::Unsupported, fmt::format("{}: not a regular file", path));
    file.size_ = static_cast<std::uint64_t>(status.st_size);
    if (file.size_ == 0) return fail(Errc::Truncated, fmt::format("{}: the file is empty", path));
    TRY(file.find_chunks());
    return file;
}

Result<void> LogFile::find_chunks() {
    std::uint8_t start[kFileHeaderSize + 128];
    const std::size_t got = TRY(read(0, start, sizeof start));
    header_ = FileHeader::parse({start, got});
    if (header_) {
        if (!header_->checksum_matches) issues_.push_back({0, 0, 0, Problem::FileHeaderChecksum});
        if (size_ < kFileHeaderSize) issues_.push_back({size_, 0, 0, Problem::FileTruncated});
        // The header's count of chunks is stale in a log that is being written and overflows in a large one: the size
        // of the file decides. Less than a chunk at the end is a chunk cut short, if it has the signature of one.
        const std::uint64_t behind_header = size_ < kFileHeaderSize ? 0 : size_ - kFileHeaderSize;
        grid_count_ = behind_header / kChunkSize;
        if (const std::uint64_t rest = behind_header % kChunkSize; rest >= kChunkHeaderSize) {
            std::uint8_t begin[128];
            const std::size_t begun = TRY(read(chunk_offset(grid_count_), begin, sizeof begin));
            if (is_chunk_header({begin, begun})) {
                issues_.push_back({size_, 0, 0, Problem::FileTruncated});
                ++grid_count_;
            }
        }
        return {};
    }
    if (got >= kFileHeaderSize + 128 && is_chunk_header({start + kFileHeaderSize, 128})) {
        issues_.push_back({0, kFileHeaderSize, 0, Problem::FileHeaderMissing});
        grid_count_ = (size_ - kFileHeaderSize + kChunkSize - kChunkHeaderSize) / kChunkSize;
        return {};
    }
    return search_chunks();
}

Result<void> LogFile::search_chunks() {
    constexpr std::size_t kBlock = 1 << 20;
    std::vector<std::uint8_t> block(kBlock + 128);
    std::uint64_t at = 0;
    while (at < size_) {
        const std::size_t got = TRY(read(at, block.data(), block.size()));
        const std::size_t whole = std::min(got, kBlock);
        std::size_t next = whole;
        for (const std::uint8_t* from = block.data(); from < block.data() + whole;) {
            from = static_cast<const std::uint8_t*>(
                std::memchr(from, kChunkSignature[0], static_cast<std::size_t>(block.data() + whole - from)));
            if (from == nullptr) break;
            const auto offset = static_cast<std::size_t>(from - block.data());
            if (is_chunk_header({from, got - offset})) {
                at_.push_back(at + offset);
                next = offset + kChunkSize;  // chunks do not overlap
                break;
            }
            ++from;
        }
        if (got == 0) break;
        at += next;
    }
    if (at_.empty())
        return fail(Errc::Unsupported,
                    fmt::format("{}: not a Windows event log: it has neither a file header nor a chunk", path_));
    issues_.push_back({0, 0, 0, Problem::FileHeaderMissing});
    return {};
}

Result<std::size_t> LogFile::read(std::uint64_t offset, std::uint8_t* to, std::size_t size) const {
    std::size_t got = 0;
    while (got < size) {
        const ssize_t n = ::pread(descriptor_, to + got, size - got, static_cast<off_t>(offset + got));
        if (n == 0) break;
        if (n > 0)
            got += static_cast<std::size_t>(n);
        else if (errno != EINTR)
            return fail_errno(fmt::format("reading {} at offset 0x{:x}", path_, offset + got));
    }
    return got;
}

void ChunkSource::open(const LogFile& file, std::size_t first, std::size_t end) {
    file_ = &file;
    buffer_.resize(kChunksAtOnce * kChunkSize + kChunkSlack);
    buffered_ = 0;
    seek(first, end);
}

void ChunkSource::seek(std::size_t first, std::size_t end) {
    next_ = first;
    end_ = std::min(end, file_->chunk_count());
}

Result<Bytes> ChunkSource::next() {
    if (next_ >= end_) return Bytes{};
    const std::uint64_t wanted = file_->chunk_offset(next_);
    if (wanted < buffered_at_ || wanted + kChunkSize > buffered_at_ + buffered_) {
        // The rest of the range in one piece, as far as the buffer goes and the chunks lie side by side.
        std::size_t together = 1;
        while (together < kChunksAtOnce && next_ + together < end_ &&
               file_->chunk_offset(next_ + together) == wanted + together * kChunkSize)
            ++together;
        buffered_at_ = wanted;
        buffered_ = TRY(file_->read(wanted, buffer_.data(), together * kChunkSize));
    }
    ++next_;
    const auto offset = static_cast<std::size_t>(wanted - buffered_at_);
    if (offset >= buffered_) return Bytes{};  // the file has become shorter
    return Bytes{buffer_.data() + offset, std::min(kChunkSize, buffered_ - offset)};
}

}  // namespace spoor::evtx
