#include "store/duckdb/lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <utility>

namespace spoor::store::duckdb {
namespace {

/// "process 4711 (spoor)", as the holder wrote it into the file.
std::string holder(int descriptor) {
    char text[128];
    const ssize_t size = pread(descriptor, text, sizeof text, 0);
    return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : "another process";
}

}  // namespace

Result<Lock> Lock::take(const std::string& path, Access access) {
    const bool write = access == Access::ReadWrite;
    const int descriptor = open(path.c_str(), (write ? O_RDWR | O_CREAT : O_RDONLY) | O_CLOEXEC, 0640);
    // A reader of a store on a read-only medium, or made before there were locks, goes without.
    if (descriptor < 0 && !write) return Lock(-1);
    if (descriptor < 0) return fail_errno(fmt::format("opening {}", path));
    Lock lock(descriptor);
    if (flock(descriptor, (write ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return fail_errno(fmt::format("locking {}", path));
        return fail(Errc::Busy,
                    fmt::format("the store is {} by {}", write ? "in use" : "being written", holder(descriptor)));
    }
    if (write) {
        const std::string text = fmt::format("process {}", getpid());
        if (ftruncate(descriptor, 0) != 0 || pwrite(descriptor, text.data(), text.size(), 0) < 0)
            return fail_errno(fmt::format("writing {}", path));
    }
    return lock;
}

Lock::Lock(Lock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

Lock::~Lock() {
    if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace spoor::store::duckdb
