// Sessions and processes for machines: every property of match/properties.h under its name there.
#pragma once
#include <string>
#include <vector>

#include "base/json_writer.h"
#include "match/properties.h"

namespace spoor::cli {

/// The keys and values of a session's or process's properties, without those that it has not. Durations are in seconds.
void write_properties(JsonWriter& json, const Session& session, const Catalog& catalog);
void write_properties(JsonWriter& json, const Process& process, const Catalog& catalog);

/// The names and the values of all properties, for CSV.
std::vector<std::string> session_columns();
std::vector<std::string> session_cells(const Session& session, const Catalog& catalog);
std::vector<std::string> process_columns();
std::vector<std::string> process_cells(const Process& process, const Catalog& catalog);

}  // namespace spoor::cli
