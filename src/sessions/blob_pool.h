// BlobPool: each distinct run of bytes once, known by a number. What observations keep instead of texts.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/arena.h"

namespace spoor::sessions {

/// Numbers follow the order of arrival; 0 is the empty run. One owner thread at a time.
class BlobPool {
public:
    BlobPool() { blobs_.emplace_back(); }

    std::uint32_t add(std::string_view bytes);
    std::string_view operator[](std::uint32_t number) const { return blobs_[number]; }

    std::uint32_t size() const { return static_cast<std::uint32_t>(blobs_.size()); }
    std::size_t footprint() const;

private:
    struct Slot {
        std::uint32_t hash = 0;
        std::uint32_t blob = 0;  // 0: free
    };

    void grow();

    Arena arena_;
    std::vector<std::string_view> blobs_;
    std::vector<Slot> slots_;  // a power of two of them, at most two thirds full; probed one after the other
};

}  // namespace spoor::sessions
