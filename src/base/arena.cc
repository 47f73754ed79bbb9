#include "base/arena.h"

#include <algorithm>

namespace spoor {

void Arena::grow(std::size_t size) {
    const std::size_t block = std::max(size, block_size_);
    blocks_.push_back({std::make_unique_for_overwrite<char[]>(block), block});
    footprint_ += block;
    next_ = blocks_.back().bytes.get();
    end_ = next_ + block;
}

void Arena::clear() {
    if (blocks_.empty()) return;
    blocks_.resize(1);
    footprint_ = blocks_[0].size;
    next_ = blocks_[0].bytes.get();
    end_ = next_ + blocks_[0].size;
}

}  // namespace spoor
