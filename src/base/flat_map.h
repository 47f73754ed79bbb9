// FlatMap: keys to small values in one piece of memory, for tables that are asked for every event.
//
// Open addressing with linear probing. Values move when the map grows: a reference is good until the next `at`.
// Nothing is ever taken out.
#pragma once
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/hash.h"

namespace spoor {

template <typename Key, typename Value, typename Hash = NumberHash>
class FlatMap {
public:
    struct Entry {
        Key key{};
        Value value{};
        bool taken = false;
    };

    /// The value of that key, null if there is none.
    const Value* find(const Key& key) const {
        if (entries_.empty()) return nullptr;
        const Entry& entry = entries_[place_of(key)];
        return entry.taken ? &entry.value : nullptr;
    }
    Value* find(const Key& key) { return const_cast<Value*>(std::as_const(*this).find(key)); }

    /// The value of that key, made now if there is none; `second` tells which.
    std::pair<Value&, bool> at(const Key& key) {
        if (size_ * 3 >= entries_.size() * 2) grow();
        Entry& entry = entries_[place_of(key)];
        const bool is_new = !entry.taken;
        if (is_new) {
            entry.key = key;
            entry.taken = true;
            ++size_;
        }
        return {entry.value, is_new};
    }
    Value& operator[](const Key& key) { return at(key).first; }

    /// Calls `take` with each value, in no order.
    template <typename Take>
    void for_each_value(Take take) {
        for (Entry& entry : entries_)
            if (entry.taken) take(entry.value);
    }

    std::size_t size() const { return size_; }

private:
    std::size_t place_of(const Key& key) const {
        const std::size_t mask = entries_.size() - 1;
        std::size_t place = Hash{}(key)&mask;
        while (entries_[place].taken && !(entries_[place].key == key)) place = (place + 1) & mask;
        return place;
    }

    void grow() {
        std::vector<Entry> before(entries_.empty() ? 16 : entries_.size() * 2);
        before.swap(entries_);
        for (Entry& entry : before)
            if (entry.taken) entries_[place_of(entry.key)] = std::move(entry);
    }

    std::vector<Entry> entries_;  // a power of two of them, at most two thirds taken
    std::size_t size_ = 0;
};

}  // namespace spoor
