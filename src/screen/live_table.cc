#include "screen/live_table.h"

#include <algorithm>
#include <utility>

#include "base/unicode.h"

namespace spoor::screen {

std::vector<LiveColumnSetting> default_columns() {
    std::vector<LiveColumnSetting> columns;
    for (std::size_t i = 0; i < kLiveColumns; ++i) {
        const auto column = static_cast<LiveColumn>(i);
        columns.push_back({column, entry(column).width});
    }
    return columns;
}

LiveTable::LiveTable(Catalog& catalog, const Clock& clock, LiveContext context, TapeLimits limits)
    : filters(catalog, clock), context_(std::move(context)), tape_(limits) {}

void LiveTable::add(const EventView& event) {
    tape_.add(event);
    ++recorded_;
    if (event.event.kind == Kind::Gap) lost_ += event.find("Lost"_field).as_number().value_or(0);
}

void LiveTable::update() {
    // Rows whose events have fallen off the tape.
    while (!rows_.empty() && rows_.front() < tape_.begin()) {
        rows_.pop_front();
        ++first_row_;
    }
    seen_ = std::max(seen_, tape_.begin());
    if (pace_ == Pace::Running)
        for (; seen_ < tape_.end(); ++seen_)
            if (filters.shows(tape_.at(seen_), context_.history)) rows_.push_back(seen_);
    clamp();
}

void LiveTable::clamp() {
    if (rows_.empty()) {
        selected_ = top_ = first_row_;
        return;
    }
    if (follows_) selected_ = end_row() - 1;
    selected_ = std::clamp(selected_, first_row_, end_row() - 1);
    top_ = std::max(top_, first_row_);
    if (selected_ < top_) top_ = selected_;
    if (selected_ >= top_ + height_) top_ = selected_ - height_ + 1;
    // No empty lines below as long as there are rows above.
    const std::uint64_t last_top = end_row() - std::min<std::uint64_t>(height_, rows_.size());
    top_ = std::min(top_, last_top);
}

void LiveTable::refilter() {
    if (filtered_by_ == filters.version()) return;
    filtered_by_ = filters.version();
    end_search();  // rows get other numbers
    const std::uint64_t place = rows_.empty() ? tape_.end() : rows_[selected_ - first_row_];
    const std::uint64_t seen = pace_ == Pace::Paused ? std::max(seen_, tape_.begin()) : tape_.end();
    rows_.clear();
    for (std::uint64_t at = tape_.begin(); at < seen; ++at)
        if (filters.shows(tape_.at(at), context_.history)) rows_.push_back(at);
    seen_ = seen;
    // The selected event, or the next one that is still shown.
    first_row_ = 0;
    selected_ = static_cast<std::uint64_t>(std::ranges::lower_bound(rows_, place) - rows_.begin());
    top_ = selected_ > height_ / 2 ? selected_ - height_ / 2 : 0;
    clamp();
}

void LiveTable::clear() {
    tape_.clear();
    cleared_ = recorded_;
    end_search();
    rows_.clear();
    seen_ = tape_.end();
    follows_ = true;
    clamp();
}

void LiveTable::set_height(std::size_t rows) {
    height_ = std::max<std::size_t>(rows, 1);
    clamp();
}

void LiveTable::move(Direction direction, std::uint64_t rows) {
    if (rows_.empty()) return;
    if (direction == Direction::Up)
        select(selected_ - std::min(rows, selected_ - first_row_));
    else
        select(std::min(selected_ + rows, end_row() - 1));
}

void LiveTable::select(std::uint64_t row) {
    if (rows_.empty()) return;
    selected_ = std::clamp(row, first_row_, end_row() - 1);
    // Whoever goes up wants to read; whoever comes back to the last row wants to see what follows.
    follows_ = selected_ == end_row() - 1 && pace_ == Pace::Running;
    clamp();
}

void LiveTable::select_newest() {
    set_pace(Pace::Running);
    follows_ = true;
    clamp();
}

void LiveTable::set_pace(Pace pace) {
    pace_ = pace;
    if (pace == Pace::Paused) follows_ = false;
    update();
}

void LiveTable::begin_search(std::string_view text, Direction direction) {
    search_ = Search{.wanted = fold_case(text), .direction = direction, .at = selected_, .left = rows_.size()};
}

SearchState LiveTable::search_on(std::size_t rows) {
    for (; search_ && search_->left > 0 && !rows_.empty() && rows > 0; --rows) {
        step(*search_);
        if (!contains(search_->at, search_->wanted)) continue;
        const Search found = *std::exchange(search_, std::nullopt);
        select(found.at);
        return found.round_the_end ? SearchState::FoundRoundTheEnd : SearchState::Found;
    }
    if (search_ && search_->left > 0 && !rows_.empty()) return SearchState::Underway;
    end_search();
    return SearchState::Absent;
}

/// To the next row. Rows may have come and gone since the last one.
void LiveTable::step(Search& search) const {
    const bool down = search.direction == Direction::Down;
    const bool at_the_end = down ? search.at + 1 >= end_row() : search.at <= first_row_;
    search.round_the_end |= at_the_end;
    if (at_the_end)
        search.at = down ? first_row_ : end_row() - 1;
    else
        search.at = down ? std::max(search.at + 1, first_row_) : search.at - 1;
    --search.left;
}

bool LiveTable::contains(std::uint64_t number, const std::string& wanted) const {
    const EventView event = row(number);
    return std::ranges::any_of(columns, [&](const LiveColumnSetting& column) {
        return column.shown && fold_case(live_cell(event, column.column, context_)).find(wanted) != std::string::npos;
    });
}

}  // namespace spoor::screen
