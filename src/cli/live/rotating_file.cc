#include "cli/live/rotating_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

namespace spoor::cli {
namespace {

constexpr Duration kLookEvery = Duration::seconds(1);

/// Bytes up to the end of the last whole line. One who was killed, or whose disk was full, leaves half a line behind
/// it, of an event that nobody was told: its number shows as missing.
std::uint64_t whole_lines(int descriptor, std::uint64_t size) {
    char bytes[4096];
    while (size > 0) {
        const std::size_t piece = std::min<std::uint64_t>(size, sizeof bytes);
        if (pread(descriptor, bytes, piece, static_cast<off_t>(size - piece)) != static_cast<ssize_t>(piece))
            return size;
        const std::size_t end = std::string_view(bytes, piece).rfind('\n');
        if (end != std::string_view::npos) return size - piece + end + 1;
        size -= piece;
    }
    return 0;
}

/// When the file was made, or where the file system does not say, last written to.
Timestamp began(const struct statx& status) {
    const struct statx_timestamp& time = status.stx_mask & STATX_BTIME ? status.stx_btime : status.stx_ctime;
    return Timestamp{time.tv_sec * 1'000'000'000 + time.tv_nsec};
}

}  // namespace

RotatingFile::RotatingFile(RotatingFile&& other) noexcept
    : options_(std::move(other.options_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_),
      began_(other.began_),
      looked_(other.looked_) {}

RotatingFile::~RotatingFile() {
    if (descriptor_ >= 0) close(descriptor_);
}

Result<RotatingFile> RotatingFile::open(RotatingFileOptions options, Timestamp now) {
    RotatingFile file(std::move(options));
    TRY(file.open_file(now));
    return file;
}

Result<void> RotatingFile::open_file(Timestamp now) {
    // Events tell of command lines: for the owner and the group alone.
    descriptor_ = ::open(options_.path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (descriptor_ < 0) return fail_errno("opening " + options_.path);
    // Another writer would take our half-written line for one that was left behind, and rotate our file away.
    if (flock(descriptor_, LOCK_EX | LOCK_NB) != 0)
        return fail(Errc::Busy, options_.path + " belongs to a sensor that runs already");
    struct statx status{};
    if (statx(descriptor_, "", AT_EMPTY_PATH, STATX_SIZE | STATX_CTIME | STATX_BTIME, &status) != 0)
        return fail_errno("opening " + options_.path);
    size_ = status.stx_size;
    began_ = size_ == 0 ? now : began(status);
    looked_ = now;
    if (const std::uint64_t whole = whole_lines(descriptor_, size_); whole < size_) {
        if (ftruncate(descriptor_, static_cast<off_t>(whole)) != 0)
            return fail_errno("cutting half a line off " + options_.path);
        size_ = whole;
    }
    return {};
}

Result<void> RotatingFile::rotate(Timestamp now) {
    close(std::exchange(descriptor_, -1));
    for (unsigned number = options_.keep; number > 0; --number) {
        const std::string older = fmt::format("{}.{}", options_.path, number);
        const std::string younger = number == 1 ? options_.path : fmt::format("{}.{}", options_.path, number - 1);
        std::rename(younger.c_str(), older.c_str());  // some of them do not exist yet
    }
    if (options_.keep == 0) unlink(options_.path.c_str());
    return open_file(now);
}

bool RotatingFile::has_its_name() const {
    struct stat own{};
    struct stat there{};
    return fstat(descriptor_, &own) == 0 && lstat(options_.path.c_str(), &there) == 0 && own.st_dev == there.st_dev &&
           own.st_ino == there.st_ino;
}

Result<void> RotatingFile::write(std::string_view lines, Timestamp now) {
    if (lines.empty()) return {};
    if (now - looked_ >= kLookEvery || now < looked_) {
        looked_ = now;
        if (!has_its_name()) {
            close(std::exchange(descriptor_, -1));
            TRY(open_file(now));
        }
    }
    if (size_ > 0 && (size_ + lines.size() > options_.max_bytes || now - began_ > options_.max_age)) TRY(rotate(now));
    for (std::size_t done = 0; done < lines.size();) {
        const ssize_t written = ::write(descriptor_, lines.data() + done, lines.size() - done);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) {
            auto failed = fail_errno("writing " + options_.path);
            // What found room does not count as missing if it stays; where it cannot go, its half line goes later.
            if (ftruncate(descriptor_, static_cast<off_t>(size_)) != 0) size_ += done;
            return failed;
        }
        done += static_cast<std::size_t>(written);
    }
    size_ += lines.size();
    return {};
}

}  // namespace spoor::cli
