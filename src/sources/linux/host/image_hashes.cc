#include "sources/linux/host/image_hashes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <chrono>
#include <memory>

#include "base/hash.h"
#include "sources/linux/host/descriptor.h"

namespace spoor::sensor {
namespace {

constexpr std::size_t kKnownLimit = 16384;
constexpr std::size_t kAskedLimit = 4096;
constexpr std::size_t kWaitingLimit = 64;  // for one file
constexpr std::int64_t kLongestFile = 512ll << 20;
constexpr std::size_t kPiece = 256u << 10;

/// The device is not compared: on some file systems (btrfs, overlays) stat() gives another number than the kernel's
/// own.
bool is_in_state(int descriptor, const FileState& file) {
    struct stat status{};
    if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size > kLongestFile) return false;
    const auto changed = static_cast<std::uint64_t>(status.st_ctim.tv_sec) * 1'000'000'000 +
                         static_cast<std::uint64_t>(status.st_ctim.tv_nsec);
    return status.st_ino == file.inode && changed == file.changed;
}

Descriptor open_in_state(const FileState& file, const std::string& path, std::uint32_t pid) {
    // The path may mean another file in the process's own mounts; what runs can be had by its process even without a
    // name.
    for (const std::string& name :
         {path, fmt::format("/proc/{}/root{}", pid, path), fmt::format("/proc/{}/exe", pid)}) {
        if (name.empty() || name.front() != '/') continue;
        Descriptor opened(open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
        if (opened && is_in_state(opened.number(), file)) return opened;
    }
    return {};
}

}  // namespace

std::string hash_file(const FileState& file, const std::string& path, std::uint32_t pid) {
    const Descriptor opened = open_in_state(file, path, pid);
    if (!opened) return {};
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    if (!context || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1) return {};
    std::vector<unsigned char> piece(kPiece);
    for (;;) {
        const ssize_t got = read(opened.number(), piece.data(), piece.size());
        if (got < 0) return {};
        if (got == 0) break;
        if (EVP_DigestUpdate(context.get(), piece.data(), static_cast<std::size_t>(got)) != 1) return {};
    }
    if (!is_in_state(opened.number(), file)) return {};  // written to meanwhile
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (EVP_DigestFinal_ex(context.get(), digest, &size) != 1) return {};
    std::string hashes = "SHA256=";
    for (unsigned i = 0; i < size; ++i) fmt::format_to(std::back_inserter(hashes), "{:02X}", digest[i]);
    return hashes;
}

std::size_t ImageHashes::FileStateHash::operator()(const FileState& file) const {
    return hash_mix(hash_mix(file.inode, file.changed), file.device);
}

ImageHashes::ImageHashes() : worker_([this](const std::stop_token& stop) { work(stop); }) {}

std::string_view ImageHashes::known(const FileState& file) {
    const std::scoped_lock lock(mutex_);
    const auto known = known_.find(file);
    if (known == known_.end() || !known->second.done) return {};
    found_ = known->second.hashes;
    return found_;
}

std::string_view ImageHashes::find(const FileState& file, HashClaim claim) {
    if (file.inode == 0 || file.changed == 0) return {};
    std::unique_lock lock(mutex_);
    auto known = known_.find(file);
    if (known == known_.end()) {
        if (asked_.size() >= kAskedLimit) return {};
        if (known_.size() >= kKnownLimit) std::erase_if(known_, [](const auto& entry) { return entry.second.done; });
        known = known_.emplace(file, Entry{}).first;
        asked_.emplace_back(file, claim);
        wake_worker_.notify_one();
    }
    if (!known->second.done && patience_ > Duration{}) {
        const auto begin = std::chrono::steady_clock::now();
        answered_.wait_for(lock, std::chrono::nanoseconds(patience_.nanoseconds), [&] {
            known = known_.find(file);
            return known == known_.end() || known->second.done;
        });
        patience_.nanoseconds -= std::chrono::nanoseconds(std::chrono::steady_clock::now() - begin).count();
        if (known == known_.end()) return {};
    }
    if (known->second.done) {
        found_ = known->second.hashes;
        return found_;
    }
    if (known->second.waiting.size() < kWaitingLimit) known->second.waiting.push_back(std::move(claim));
    return {};
}

std::vector<LateHash> ImageHashes::take_late() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(late_, {});
}

void ImageHashes::work(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    for (;;) {
        if (!wake_worker_.wait(lock, stop, [&] { return !asked_.empty(); })) return;
        const auto [file, claim] = std::move(asked_.front());
        asked_.pop_front();
        lock.unlock();
        std::string hashes = hash_file(file, claim.path, claim.pid);
        lock.lock();
        Entry& entry = known_[file];
        entry.done = true;
        entry.hashes = std::move(hashes);
        if (!entry.hashes.empty())
            for (HashClaim& waiting : entry.waiting) late_.push_back({std::move(waiting), entry.hashes});
        entry.waiting.clear();
        answered_.notify_all();
    }
}

}  // namespace spoor::sensor
