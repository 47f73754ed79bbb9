// The Windows events that Spoor knows: what kind each becomes, and which of its values the schema calls by another
// name.
//
// The table is in events.cc: one row an event, and the only place to touch for a new one.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "model/event.h"

namespace spoor::windows {

/// What a record calls a value, and the field that the value is: NewProcessName is Image. Values without a name are
/// called by their place: #0, #1.
struct Rename {
    std::string_view record_name;
    FieldId field;
};

struct Meaning {
    Kind kind = Kind::Other;
    Outcome outcome = Outcome::Unknown;  // where the record itself does not say
    std::vector<Rename> renames = {};
};

/// What a record of that provider and number means. Providers are compared without regard to case; where a source does
/// not name one, the channel stands for it. A record that no row knows means Kind::Other.
const Meaning& meaning_of(std::string_view provider, std::string_view channel, std::uint32_t event_id);

/// The spelling of a channel that Windows itself uses; a channel that no row has is returned as it is. Exports spell
/// the same channel "Security" and "security".
std::string_view canonical_channel(std::string_view channel);

/// What the record called a field of this event: the way back, for exports that look like the original.
std::string_view record_name(const Meaning& meaning, FieldId field, std::string_view field_name);

}  // namespace spoor::windows
