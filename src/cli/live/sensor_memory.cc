#include "cli/live/sensor_memory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

namespace spoor::cli {
namespace {

constexpr std::size_t kSize = 128;  // of the file: always the same, so that it is written over in one piece
constexpr Duration kSyncEvery = Duration::seconds(1);

}  // namespace

SensorMemory::SensorMemory(SensorMemory&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      series_(std::move(other.series_)),
      next_number_(other.next_number_),
      synced_(other.synced_) {}

SensorMemory::~SensorMemory() {
    if (descriptor_ >= 0) close(descriptor_);
}

Result<SensorMemory> SensorMemory::open(const std::string& path) {
    SensorMemory memory;
    memory.path_ = path;
    if (!path.empty()) {
        memory.descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (memory.descriptor_ < 0) return fail_errno("opening " + path);
        if (flock(memory.descriptor_, LOCK_EX | LOCK_NB) != 0)
            return fail(Errc::Busy, path + " belongs to a sensor that runs already");
        char text[kSize + 1] = {};
        char series[33] = {};
        unsigned long long next = 0;
        if (pread(memory.descriptor_, text, kSize, 0) > 0 &&
            std::sscanf(text, "spoor sensor %32[0-9a-f] next %llu", series, &next) == 2 && next > 0) {
            memory.series_ = series;
            memory.next_number_ = next;
            return memory;
        }
    }
    std::uint64_t random[2] = {};
    if (getrandom(random, sizeof random, 0) != sizeof random) return fail_errno("naming a series of events");
    memory.series_ = fmt::format("{:016x}{:016x}", random[0], random[1]);
    return memory;
}

Result<void> SensorMemory::remember(std::uint64_t next_number, Timestamp now) {
    next_number_ = next_number;
    if (descriptor_ < 0) return {};
    const std::string text =
        fmt::format("{:<{}}\n", fmt::format("spoor sensor {} next {}", series_, next_number), kSize - 1);
    if (pwrite(descriptor_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
        return fail_errno("writing " + path_);
    if (now - synced_ > kSyncEvery || now < synced_) {
        fdatasync(descriptor_);
        synced_ = now;
    }
    return {};
}

}  // namespace spoor::cli
