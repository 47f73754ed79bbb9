// LiveLine: an event of this machine as the columns of the live view, in the manner of Tokenmon.
#pragma once
#include <array>
#include <string>
#include <string_view>

#include "model/catalog.h"
#include "model/event.h"

namespace spoor::cli {

enum class LiveColumn : unsigned char { Number, Time, Process, User, Session, Event, Other, Detail, Result };
inline constexpr std::size_t kLiveColumns = 9;

struct LiveColumnEntry {
    std::string_view title;
    std::size_t width;  // to begin with
};
const LiveColumnEntry& entry(LiveColumn column);

/// One line's cells, as the log has them: make them printable before they go to a terminal.
using LiveCells = std::array<std::string, kLiveColumns>;
LiveCells live_cells(const EventView& event, const Catalog& catalog, std::string time);

/// The same as one printable line, columns padded to their width.
std::string live_text(const LiveCells& cells);

}  // namespace spoor::cli
