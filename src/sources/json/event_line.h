// EventLine: an event as one line of JSON, the layout "spoor.event/1": what `--format jsonl` prints, what the sensor
// writes to its files and its socket, and what Spoor reads back from any of them.
//
//     {"schema":"spoor.event/1","time":"2026-03-01T12:00:00.123456789Z","host":"VM","kind":"process_created",
//      "outcome":"success","channel":"Linux kernel","sequence":17,"fields":{"ProcessId":815,"Image":"/bin/ls"}}
//
// "schema" stands in the first line alone. What an event was concluded to belong to (session, user, process) is written
// for readers and not read back: whoever reads concludes anew, from all events together. Numbers are JSON numbers,
// except those that logs write as hex; of a field that occurs several times the values stand in an array.
#pragma once
#include <string>

#include "base/result.h"
#include "model/catalog.h"
#include "model/event.h"
#include "sources/json/document.h"

namespace spoor::json {

inline constexpr std::string_view kEventSchema = "spoor.event/1";

/// Appends the members from "time" to "quality", without braces.
void append_event_header(std::string& out, const EventView& event, const Catalog& catalog);
/// Appends {"Image":...}: all fields with a value.
void append_event_fields(std::string& out, const EventView& event, const Catalog& catalog);
/// Appends the whole object, without an end of line.
void append_event_line(std::string& out, const EventView& event, const Catalog& catalog);

/// Whether the object is one of ours.
bool is_event_line(const Document& document);

/// Adds the event to `batch`. `counted` is its number when it has none of its own.
Result<> read_event_line(const Document& document, std::uint64_t counted, Catalog& catalog, Batch& batch);

}  // namespace spoor::json
