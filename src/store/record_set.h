// RecordSet: which record numbers of one channel of one host are there, as ranges.
//
// Logs number their records without a hole, so that a hundred million of them are a handful of ranges. What is between
// two ranges is missing: gaps are read off here.
#pragma once
#include <cstdint>
#include <map>
#include <vector>

#include "store/archive.h"

namespace spoor::store {

class RecordSet {
public:
    /// Adds the numbers `first` to `last`, both included.
    void add(std::uint64_t first, std::uint64_t last);
    void add(std::uint64_t number) { add(number, number); }
    void add(const RecordSet& other);

    bool contains(std::uint64_t number) const;
    /// Whether any number from `first` to `last` is there.
    bool touches(std::uint64_t first, std::uint64_t last) const;

    bool empty() const { return ranges_.empty(); }
    std::vector<Holding::Range> ranges() const;

private:
    std::map<std::uint64_t, std::uint64_t> ranges_;  // first -> last; neither touching nor overlapping
};

}  // namespace spoor::store
