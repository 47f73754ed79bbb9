#include "sessions/blob_pool.h"

#include "base/check.h"
#include "base/hash.h"
#include "base/same_bytes.h"

namespace spoor::sessions {

std::uint32_t BlobPool::add(std::string_view bytes) {
    if (bytes.empty()) return 0;
    if (blobs_.size() * 3 >= slots_.size() * 2) grow();
    const auto hash = static_cast<std::uint32_t>(hash64(bytes, hash_secret()));
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = hash & mask;
    for (; slots_[at].blob != 0; at = (at + 1) & mask) {
        if (slots_[at].hash != hash) continue;
        const std::string_view known = blobs_[slots_[at].blob];
        if (known.size() == bytes.size() && same_bytes(known.data(), bytes.data(), bytes.size()))
            return slots_[at].blob;
    }
    CHECK(blobs_.size() < UINT32_MAX);
    slots_[at] = {hash, size()};
    blobs_.push_back(arena_.copy(bytes));
    return slots_[at].blob;
}

void BlobPool::grow() {
    std::vector<Slot> before(slots_.empty() ? 64 : slots_.size() * 2);
    before.swap(slots_);
    const std::size_t mask = slots_.size() - 1;
    for (const Slot& slot : before) {
        if (slot.blob == 0) continue;
        std::size_t at = slot.hash & mask;
        while (slots_[at].blob != 0) at = (at + 1) & mask;
        slots_[at] = slot;
    }
}

std::size_t BlobPool::footprint() const {
    return arena_.footprint() + blobs_.capacity() * sizeof(std::string_view) + slots_.capacity() * sizeof(Slot);
}

}  // namespace spoor::sessions
