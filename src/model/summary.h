// Summary: what an event says, in a line for people.
#pragma once
#include <string>
#include <string_view>

#include "model/catalog.h"
#include "model/event.h"

namespace spoor {

/// "CORP\\brian logs on, remote_interactive, from 10.0.10.3". Events of a kind without a sentence of its own give their
/// main fields as name=value. As the log has it: make it printable before it goes to a terminal.
std::string summary(const EventView& event, const Catalog& catalog);

/// A channel as people call it: "Sysmon" for "Microsoft-Windows-Sysmon/Operational".
std::string_view short_channel(std::string_view channel);

}  // namespace spoor
