#include "base/arena.h"

#include <algorithm>
#include <utility>

namespace spoor {
namespace {

/// What a cleared arena holds at most, whatever it once held.
constexpr std::size_t kMostKept = std::size_t{2} << 20;

}  // namespace

void Arena::grow(std::size_t size) {
    const std::size_t block = std::max(size, block_size_);
    blocks_.push_back({std::make_unique_for_overwrite<char[]>(block), block});
    footprint_ += block;
    next_ = blocks_.back().bytes.get();
    end_ = next_ + block;
}

void Arena::clear() {
    if (blocks_.empty()) return;
    if (blocks_.size() > 1 || footprint_ > kMostKept) {
        const std::size_t kept = std::min(footprint_, kMostKept);
        blocks_.clear();
        footprint_ = 0;
        grow(kept);
    }
    next_ = blocks_[0].bytes.get();
    end_ = next_ + blocks_[0].size;
}

void Arena::swap(Arena& other) noexcept {
    std::swap(blocks_, other.blocks_);
    std::swap(next_, other.next_);
    std::swap(end_, other.end_);
    std::swap(block_size_, other.block_size_);
    std::swap(footprint_, other.footprint_);
}

}  // namespace spoor
