// Event XML: an event as the XML that Windows itself shows for the record, for tools that read nothing else.
//
// Names and spellings are the record's, not the schema's: a 4688 has its NewProcessName back and its process ids in
// hexadecimal, and what stood below UserData stands there again. What the event no longer knows is left out: values
// that were null, and the names of elements that only a provider's own manifest has. `spoor evtx dump` writes a file's
// records as they are. Events of the Linux sensor become what Sysmon for Linux writes; those it has no number for, the
// same with provider "Spoor" and the kind in words.
#pragma once
#include <string>

#include "model/catalog.h"
#include "model/event.h"

namespace spoor::windows {

/// Appends one <Event> element without a line end.
void append_event_xml(std::string& out, const EventView& event, const Catalog& catalog);

/// Whether records of that provider and number have their data below UserData and not EventData.
bool has_user_data(std::string_view provider, std::uint32_t event_id);

}  // namespace spoor::windows
