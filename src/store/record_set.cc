#include "store/record_set.h"

#include <algorithm>

#include "base/check.h"

namespace spoor::store {

void RecordSet::add(std::uint64_t first, std::uint64_t last) {
    CHECK(first <= last);
    auto next = ranges_.upper_bound(first);
    if (next != ranges_.begin()) {
        const auto before = std::prev(next);
        // Joined with the range in front when it reaches up to us.
        if (before->second >= first || before->second == first - 1) {
            first = before->first;
            last = std::max(last, before->second);
            next = ranges_.erase(before);
        }
    }
    while (next != ranges_.end() && (last == UINT64_MAX || next->first <= last + 1)) {
        last = std::max(last, next->second);
        next = ranges_.erase(next);
    }
    ranges_.emplace(first, last);
}

void RecordSet::add(const RecordSet& other) {
    for (const auto& [first, last] : other.ranges_) add(first, last);
}

bool RecordSet::contains(std::uint64_t number) const { return touches(number, number); }

bool RecordSet::touches(std::uint64_t first, std::uint64_t last) const {
    const auto behind = ranges_.upper_bound(last);
    return behind != ranges_.begin() && std::prev(behind)->second >= first;
}

std::vector<Holding::Range> RecordSet::ranges() const {
    std::vector<Holding::Range> ranges;
    for (const auto& [first, last] : ranges_) ranges.push_back({first, last});
    return ranges;
}

}  // namespace spoor::store
