// FieldOrder: how events stand to one another by the values of fields, for lists that are sorted by anything.
//
// Numbers, times and addresses go by their value and stand before texts; texts go by their folded letters, choices by
// their names. What has no value stands last, whichever way the rest goes. A field that occurs several times counts
// with its first value.
#pragma once
#include <string>
#include <vector>

#include "match/evaluate/field_text.h"

namespace spoor::match {

enum class Direction : std::uint8_t { Ascending, Descending };

/// One field, or several of which the first that an event has counts (an ECS name may stand for many).
struct SortField {
    std::vector<FieldRef> fields;
    Direction direction = Direction::Ascending;
};

/// One thread at a time; `catalog` and `history` must outlive it.
class FieldOrder {
public:
    FieldOrder(std::vector<SortField> by, const History& history, const Catalog& catalog)
        : by_(std::move(by)), text_(history, catalog), history_(history), catalog_(catalog) {}

    /// Keys compare by their bytes as the events stand to one another.
    std::string key(const EventView& event);

private:
    FieldValue value_of(const FieldRef& field, const EventView& event);
    void append_key(std::string& key, const FieldRef& field, const FieldValue& value, const EventView& event);

    std::vector<SortField> by_;
    FieldText text_;
    const History& history_;
    const Catalog& catalog_;
    std::string scratch_;
};

}  // namespace spoor::match
