#include "cli/rotating_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

namespace spoor::cli {

RotatingFile::RotatingFile(RotatingFile&& other) noexcept
    : options_(std::move(other.options_)), descriptor_(std::exchange(other.descriptor_, -1)), size_(other.size_), began_(other.began_) {}

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
    struct stat status {};
    if (fstat(descriptor_, &status) != 0) return fail_errno("opening " + options_.path);
    size_ = static_cast<std::uint64_t>(status.st_size);
    began_ = size_ == 0 ? now : Timestamp{status.st_ctim.tv_sec * 1'000'000'000 + status.st_ctim.tv_nsec};
    // One who was killed may have left half a line, or a disk that was full: the next one begins on its own.
    char last = '\n';
    if (size_ > 0 && pread(descriptor_, &last, 1, status.st_size - 1) == 1 && last != '\n' && ::write(descriptor_, "\n", 1) == 1) ++size_;
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

Result<void> RotatingFile::write(std::string_view lines, Timestamp now) {
    if (lines.empty()) return {};
    if (size_ > 0 && (size_ + lines.size() > options_.max_bytes || now - began_ > options_.max_age)) TRY(rotate(now));
    while (!lines.empty()) {
        const ssize_t written = ::write(descriptor_, lines.data(), lines.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return fail_errno("writing " + options_.path);
        lines.remove_prefix(static_cast<std::size_t>(written));
        size_ += static_cast<std::uint64_t>(written);
    }
    return {};
}

}  // namespace spoor::cli
