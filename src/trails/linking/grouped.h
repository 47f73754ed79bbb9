// Grouped: rows by keys that several may share, in one piece of memory. Internal to this room.
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace spoor::trails {

/// Points to rows that stay where they are.
template <typename Row>
class Grouped {
public:
    void add(std::uint64_t key, const Row& row) { added_.emplace_back(key, &row); }

    /// Once, when all have been added: rows of one key come in the order in which they were, or as `less` has it.
    void settle() {
        std::ranges::stable_sort(added_, {}, &std::pair<std::uint64_t, const Row*>::first);
        take_over();
    }
    template <typename Projection>
    void settle_by(const Projection& projection) {
        std::ranges::stable_sort(added_, [&](const auto& a, const auto& b) {
            if (a.first != b.first) return a.first < b.first;
            return projection(*a.second) < projection(*b.second);
        });
        take_over();
    }

    std::span<const Row* const> of(std::uint64_t key) const {
        const auto found = std::ranges::equal_range(keys_, key);
        return std::span(rows_).subspan(static_cast<std::size_t>(found.begin() - keys_.begin()), found.size());
    }

private:
    void take_over() {
        keys_.reserve(added_.size());
        rows_.reserve(added_.size());
        for (const auto& [key, row] : added_) {
            keys_.push_back(key);
            rows_.push_back(row);
        }
        added_ = {};
    }

    std::vector<std::pair<std::uint64_t, const Row*>> added_;
    std::vector<std::uint64_t> keys_;
    std::vector<const Row*> rows_;
};

}  // namespace spoor::trails
