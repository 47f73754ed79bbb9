// Saving what the live view shows: as text, CSV or JSON lines, by the ending of the file's name.
#pragma once
#include <string>

#include "screen/live_table.h"

namespace spoor::screen {

/// Writes every row of the table, and says how many those were. A file that is there already is left alone.
Result<std::uint64_t> save_rows(const LiveTable& table, const std::string& path);

}  // namespace spoor::screen
