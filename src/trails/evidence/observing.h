// Observing: how those who collect evidence read an event. Internal to this room.
#pragma once
#include "trails/evidence/evidence.h"

namespace spoor::trails {

inline EventRef reference(const Event& event) {
    return {event.host, event.channel, event.event_id, event.sequence, event.time};
}

inline LogonId logon_id(EventView view, FieldId field) { return LogonId(view.find(field).as_number().value_or(0)); }
inline std::uint32_t number(EventView view, FieldId field) {
    return static_cast<std::uint32_t>(view.find(field).as_number().value_or(0));
}

inline Endpoint endpoint(EventView view, FieldId address, FieldId port) {
    Endpoint end;
    if (const auto parsed = view.find(address).as_address()) end.address = *parsed;
    end.port = static_cast<std::uint16_t>(view.find(port).as_number().value_or(0));
    return end;
}

}  // namespace spoor::trails
