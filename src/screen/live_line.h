// LiveLine: an event as the columns of the live view, in the manner of Tokenmon: who did what, as whom, to what.
#pragma once
#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "model/catalog.h"
#include "model/event.h"
#include "model/history.h"

namespace spoor::screen {

enum class LiveColumn : unsigned char { Number, Time, Process, User, Session, Event, Other, Detail, Result };
inline constexpr std::size_t kLiveColumns = 9;

struct LiveColumnEntry {
    std::string_view name;  // as settings and exports call it
    std::string_view title;
    std::size_t width;  // to begin with
};
const LiveColumnEntry& entry(LiveColumn column);
std::optional<LiveColumn> find_live_column(std::string_view name);

/// What cells are made with. All must outlive it.
struct LiveContext {
    const Catalog& catalog;
    /// Where an event's actor is found; nullptr for events that have none, as those of the live sensor.
    const History* history = nullptr;
    std::function<std::string(Timestamp)> time_text;
};

/// One line's cells, as the log has them: make them printable before they go to a terminal.
using LiveCells = std::array<std::string, kLiveColumns>;
LiveCells live_cells(const EventView& event, const LiveContext& context);
std::string live_cell(const EventView& event, LiveColumn column, const LiveContext& context);

/// A filter that lets through the events whose cell says the same, in the query language; empty where the cell is.
std::string cell_filter(const EventView& event, LiveColumn column, const LiveContext& context);
/// One for the events of the process that acted (or was acted upon), and for those of its session; empty for none.
std::string process_filter(const EventView& event);
std::string session_filter(const EventView& event, const LiveContext& context);
/// "Image: /usr/bin/ls": a field of an event equal to a value of it.
std::string field_filter(const Event& event, const FieldValue& value, const Catalog& catalog);

/// The same as one printable line, columns padded to their width.
std::string live_text(const LiveCells& cells);

/// Bytes of a cell that are looked at for the screen: a command line may have millions.
inline constexpr std::size_t kCellLimit = 2048;

}  // namespace spoor::screen
