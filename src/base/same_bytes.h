// Equality of short runs of bytes, a word at a time: for names of some ten bytes a call of memcmp takes longer.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/endian.h"

namespace spoor {

/// Of no bytes the addresses may be null.
inline bool same_bytes(const void* a, const void* b, std::size_t size) {
    const auto* const left = static_cast<const std::uint8_t*>(a);
    const auto* const right = static_cast<const std::uint8_t*>(b);
    if (size < 8) {
        for (std::size_t at = 0; at < size; ++at)
            if (left[at] != right[at]) return false;
        return true;
    }
    const auto differing = [&](std::size_t at) {
        return load<std::uint64_t>(left + at) ^ load<std::uint64_t>(right + at);
    };
    // The last word may overlap the one before.
    const std::size_t last = size - 8;
    for (std::size_t at = 0; at < last; at += 8)
        if (differing(at) != 0) return false;
    return differing(last) == 0;
}

}  // namespace spoor
