// Grouped: values by keys that several may share, in one piece of memory. Internal to this room.
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "base/flat_map.h"

namespace spoor::trails {

template <typename Value>
class Grouped {
public:
    void reserve(std::size_t values) { added_.reserve(values); }
    void add(std::uint64_t key, const Value& value) {
        const auto [number, is_new] = numbers_.at(key);
        if (is_new) {
            number = static_cast<std::uint32_t>(groups_.size());
            groups_.emplace_back();
        }
        ++groups_[number].size;
        added_.push_back({number, value});
    }

    /// Once, when all have been added: values of one key come in the order in which they were.
    void settle() {
        std::uint32_t begin = 0;
        for (Group& group : groups_) {
            group.begin = begin;
            begin += group.size;
            group.size = 0;
        }
        values_.resize(added_.size());
        for (const Added& each : added_) {
            Group& group = groups_[each.group];
            values_[group.begin + group.size++] = each.value;
        }
        added_ = {};
    }
    /// The same, those of one key by what `projection` says of each.
    template <typename Projection>
    void settle_by(const Projection& projection) {
        settle();
        for (const Group& group : groups_)
            std::ranges::stable_sort(std::span(values_).subspan(group.begin, group.size), {}, projection);
    }

    std::span<const Value> of(std::uint64_t key) const {
        const std::uint32_t* const number = numbers_.find(key);
        if (number == nullptr) return {};
        return std::span(values_).subspan(groups_[*number].begin, groups_[*number].size);
    }

private:
    struct Group {
        std::uint32_t begin = 0;
        std::uint32_t size = 0;
    };
    struct Added {
        std::uint32_t group;
        Value value;
    };

    FlatMap<std::uint64_t, std::uint32_t> numbers_;  // of groups
    std::vector<Group> groups_;
    std::vector<Added> added_;
    std::vector<Value> values_;
};

}  // namespace spoor::trails
