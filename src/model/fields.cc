#include "model/fields.h"

#include <unordered_map>

#include "base/hash.h"

namespace spoor {
namespace {

consteval bool names_are_distinct() {
    for (std::size_t i = 0; i < kFieldCount; ++i)
        for (std::size_t j = i + 1; j < kFieldCount; ++j)
            if (kFields[i].name == kFields[j].name) return false;
    return true;
}
static_assert(names_are_distinct(), "kFields names a field twice");

}  // namespace

std::optional<FieldId> find_field(std::string_view name) {
    static const auto kByName = [] {
        std::unordered_map<std::string_view, FieldId, TextHash> by_name;
        for (std::size_t i = 1; i < kFieldCount; ++i) by_name.emplace(kFields[i].name, static_cast<FieldId>(i));
        return by_name;
    }();
    const auto found = kByName.find(name);
    if (found == kByName.end()) return std::nullopt;
    return found->second;
}

}  // namespace spoor
