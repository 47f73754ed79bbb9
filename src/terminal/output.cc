#include "terminal/output.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace spoor::terminal {
namespace {

constexpr std::size_t kBufferSize = 64 * 1024;

}  // namespace

void Output::write(std::string_view text) {
    if (closed_) return;
    if (descriptor_ >= 0 && text.size() >= kBufferSize) {
        flush();
        write_through(text);
        return;
    }
    buffer_ += text;
    if (descriptor_ >= 0 && buffer_.size() >= kBufferSize) flush();
}

void Output::flush() {
    if (descriptor_ < 0) return;
    write_through(buffer_);
    buffer_.clear();
}

void Output::write_through(std::string_view rest) {
    while (!rest.empty() && !closed_) {
        const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
        if (written >= 0) {
            rest.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno != EINTR) {
            closed_ = true;
            if (errno != EPIPE) failure_ = fail_errno("writing output").error();
        }
    }
}

bool Output::is_terminal() const { return descriptor_ >= 0 && ::isatty(descriptor_) == 1; }

/// systemd names the journal's stream by device and inode (systemd.exec(5)); a program that was started with another
/// output inherits the name all the same.
bool Output::is_journal() const {
    const char* const journal = std::getenv("JOURNAL_STREAM");
    struct stat status{};
    return journal != nullptr && descriptor_ >= 0 && ::fstat(descriptor_, &status) == 0 &&
           fmt::format("{}:{}", status.st_dev, status.st_ino) == journal;
}

}  // namespace spoor::terminal
