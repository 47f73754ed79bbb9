// TextPool: each distinct text once, at an address that stays. What long-lived records point into.
#pragma once
#include <string_view>
#include <unordered_set>

#include "base/arena.h"
#include "base/hash.h"

namespace spoor {

/// Moving the pool does not move its texts. One owner thread at a time.
class TextPool {
public:
    /// The pool's own copy of `text`; equal texts give the same address.
    std::string_view intern(std::string_view text);

    std::size_t footprint() const { return arena_.footprint() + texts_.bucket_count() * 8 + texts_.size() * 32; }

private:
    Arena arena_;
    std::unordered_set<std::string_view, TextHash> texts_;
};

}  // namespace spoor
