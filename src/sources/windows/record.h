// Record: a Windows event as a reader found it, in texts, before anything knows what it means.
//
// What the exports of other tools are turned into. Records of .evtx files do not come this way: their values are
// binary, and normalise_evtx.h turns them straight into events.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/event.h"

namespace spoor::windows {

/// A value and what the record calls it. A value without a name is known by its place among those without one.
struct RecordValue {
    std::string_view name;
    std::string_view text;
};

/// The views point into whatever the reader holds; they need to last until the record has been normalised.
struct Record {
    std::string_view provider;
    std::string_view channel;
    std::string_view computer;
    std::uint32_t event_id = 0;
    Timestamp time = {};
    std::uint64_t sequence = 0;  // EventRecordID, or a counted number (see kCounted)
    Outcome outcome = Outcome::Unknown;
    std::vector<RecordValue> system;  // further facts of the System part, by the schema's names
    std::vector<RecordValue> data;    // EventData or UserData
    std::string_view message;         // the record in words

    /// Makes it empty and keeps its memory.
    void clear();
};

}  // namespace spoor::windows
