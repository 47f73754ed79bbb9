// LiveTable: what the live view shows, without a terminal: events, the rows that the filters leave, columns, what is
// selected, and where the window stands.
//
// Rows have numbers that only grow, like the places of events on the tape: what is selected stays selected while rows
// come below and go above. While the table is paused events are still recorded, and become rows when it goes on.
#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "screen/event_tape.h"
#include "screen/filter_list.h"
#include "screen/live_line.h"

namespace spoor::screen {

struct LiveColumnSetting {
    LiveColumn column;
    std::size_t width;
    bool shown = true;

    friend bool operator==(const LiveColumnSetting&, const LiveColumnSetting&) = default;
};
std::vector<LiveColumnSetting> default_columns();

enum class Pace : unsigned char { Running, Paused };
enum class Direction : unsigned char { Up, Down };
enum class SearchState : unsigned char { Underway, Found, FoundRoundTheEnd, Absent };

class LiveTable {
public:
    LiveTable(Catalog& catalog, const Clock& clock, LiveContext context, TapeLimits limits);

    /// Records an event; `update` makes rows of those that were added and that the filters let through.
    void add(const EventView& event);
    void update();
    /// Looks at everything again when the filters have changed since.
    void refilter();
    void clear();

    // Rows from first_row() up to end_row(), without it.
    std::uint64_t first_row() const { return first_row_; }
    std::uint64_t end_row() const { return first_row_ + rows_.size(); }
    bool empty() const { return rows_.empty(); }
    EventView row(std::uint64_t number) const { return tape_.at(rows_[number - first_row_]); }
    std::string cell(std::uint64_t number, LiveColumn column) const { return live_cell(row(number), column, context_); }
    bool is_highlighted(std::uint64_t number) { return filters.highlights(row(number), context_.history); }

    std::uint64_t selected() const { return selected_; }
    std::uint64_t top() const { return top_; }
    std::size_t height() const { return height_; }
    /// Whether the newest row is kept in sight.
    bool follows() const { return follows_; }
    Pace pace() const { return pace_; }
    /// Events recorded since the table was paused.
    std::uint64_t waiting() const { return tape_.end() - seen_; }

    void set_height(std::size_t rows);
    void move(Direction direction, std::uint64_t rows);
    void select(std::uint64_t row);
    void select_newest();
    void set_pace(Pace pace);

    /// Looks for the next row (below or above the selected one, round the end and back to it) of which a shown cell
    /// contains `text`, in whatever case. A full tape takes seconds, so search_on() is called until it is no longer
    /// underway; each call looks at no more than `rows`, and the last selects what was found.
    void begin_search(std::string_view text, Direction direction);
    SearchState search_on(std::size_t rows);
    void end_search() { search_.reset(); }
    bool searches() const { return search_.has_value(); }
    std::uint64_t rows_to_search() const { return search_ ? search_->left : 0; }

    // What the status line tells.
    std::uint64_t recorded() const { return recorded_; }
    std::uint64_t kept() const { return tape_.size(); }
    std::uint64_t forgotten() const { return recorded_ - cleared_ - tape_.size(); }
    std::uint64_t lost() const { return lost_; }
    std::size_t footprint() const { return tape_.footprint() + rows_.size() * sizeof(std::uint64_t); }

    const LiveContext& context() const { return context_; }

    FilterList filters;
    std::vector<LiveColumnSetting> columns = default_columns();

private:
    struct Search {
        std::string wanted;  // in folded case
        Direction direction;
        std::uint64_t at;    // the row that was looked at last
        std::uint64_t left;  // rows still to be looked at
        bool round_the_end = false;
    };

    void clamp();
    void step(Search& search) const;
    bool contains(std::uint64_t row, const std::string& wanted) const;

    LiveContext context_;
    EventTape tape_;
    std::deque<std::uint64_t> rows_;  // places on the tape
    std::uint64_t first_row_ = 0;
    std::uint64_t seen_ = 0;         // places below are rows, or filtered out
    std::uint64_t filtered_by_ = 0;  // version of the filters that made the rows
    std::uint64_t selected_ = 0;
    std::uint64_t top_ = 0;
    std::size_t height_ = 1;
    bool follows_ = true;
    Pace pace_ = Pace::Running;
    std::optional<Search> search_;
    std::uint64_t recorded_ = 0;
    std::uint64_t cleared_ = 0;
    std::uint64_t lost_ = 0;
};

}  // namespace spoor::screen
