// The picture: a title, the columns' heads, rows, a line of figures, and a last line of keys, messages or what is
// typed.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/unicode.h"
#include "screen/live_screen.h"
#include "terminal/progress.h"
#include "terminal/text.h"

namespace spoor::screen {
namespace {

constexpr Duration kSecond = Duration::seconds(1);

/// A time in the room there is: the date goes first, then what is behind the seconds.
std::string_view time_within(std::string_view text, std::size_t width) {
    if (text.size() > width && text.find(' ') != std::string_view::npos) text.remove_prefix(text.find(' ') + 1);
    return width >= 8 ? text.substr(0, width) : text;
}

/// How a narrow terminal treats a column.
struct Fitting {
    unsigned importance;
    std::size_t least;
};

constexpr Fitting kFittings[kLiveColumns] = {
    {7, 5},   // number
    {6, 8},   // time
    {9, 14},  // process
    {5, 6},   // user
    {6, 5},   // session
    {9, 15},  // event
    {4, 10},  // other
    {8, 16},  // detail
    {3, 4},   // result
};
const Fitting& fitting(LiveColumn column) { return kFittings[static_cast<std::size_t>(column)]; }

std::size_t total(const std::vector<std::size_t>& widths) {
    std::size_t sum = 0;
    for (const std::size_t width : widths)
        if (width > 0) sum += width + 1;
    return sum == 0 ? 0 : sum - 1;
}

Tint tint_of(Kind kind) {
    switch (kind) {
        case Kind::Gap:
        case Kind::LogonFailed:
        case Kind::RemoteThreadCreated: return Tint::Red;
        case Kind::Logon:
        case Kind::Logoff: return Tint::Green;
        case Kind::IdentityChanged:
        case Kind::Impersonated:
        case Kind::Reverted:
        case Kind::ExplicitCredentials: return Tint::Magenta;
        case Kind::PrivilegeEnabled:
        case Kind::PrivilegeDisabled: return Tint::Blue;
        default: return Tint::None;
    }
}

}  // namespace

std::vector<std::size_t> fit_columns(const std::vector<LiveColumnSetting>& columns, std::size_t room) {
    std::vector<std::size_t> widths(columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (columns[i].shown)
            widths[i] = columns[i].column == LiveColumn::Detail
                            ? std::min(columns[i].width, fitting(LiveColumn::Detail).least)
                            : columns[i].width;
    }
    std::vector<std::size_t> order(columns.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return fitting(columns[i].column).importance; });
    for (const std::size_t i : order) {
        const std::size_t sum = total(widths);
        if (sum <= room) break;
        widths[i] = std::max(std::min(widths[i], fitting(columns[i].column).least),
                             widths[i] - std::min(widths[i], sum - room));
    }
    for (const std::size_t i : order) {
        if (total(widths) <= room || i == order.back()) break;
        widths[i] = 0;
    }
    // What is left goes to Detail, which has the longest texts; without it to the last column.
    if (total(widths) < room) {
        std::size_t stretched = columns.size();
        for (std::size_t i = 0; i < columns.size(); ++i)
            if (widths[i] > 0 && (stretched == columns.size() || columns[stretched].column != LiveColumn::Detail))
                stretched = i;
        if (stretched < columns.size()) widths[stretched] += room - total(widths);
    }
    return widths;
}

Frame LiveScreen::draw(Size size, const FeedState& feed) {
    size.width = std::clamp<std::size_t>(size.width, 10, 1000);
    size.height = std::clamp<std::size_t>(size.height, 4, 500);
    Frame frame{.size = size, .lines = {}};
    frame.lines.reserve(size.height);
    draw_title(frame);
    const std::size_t body = size.height - 3;
    table_.set_height(body - 1);
    if (panel_)
        panel_->draw(frame, body, options_.charset, *this);
    else
        draw_table(frame, body);
    measure();
    draw_status(frame, feed);
    draw_last_line(frame);
    return frame;
}

void LiveScreen::draw_title(Frame& frame) const {
    const Look look{.bold = true, .reverse = true};
    Line& line = frame.add_line();
    line.add(fmt::format(" spoor watch  {}", options_.source), look);
    // Where times have dates (those of logs), the column has room for neither: the selected event's day stands here.
    if (!table_.empty())
        if (const std::string time = table_.cell(table_.selected(), LiveColumn::Time);
            time.find(' ') != std::string::npos)
            line.add("  " + time.substr(0, time.find(' ')), look);
    if (!options_.base_filter.empty()) line.add(fmt::format("  only {}", options_.base_filter), look);
    if (const std::size_t enabled = table_.filters.enabled(); enabled > 0)
        line.add(fmt::format("  +{} filter{} (F)", enabled, enabled == 1 ? "" : "s"), look);
    if (table_.filters.is_focused()) line.add(fmt::format("  only {} (Esc: all)", focus_label_), look);
    line.fill(look);
}

void LiveScreen::draw_table(Frame& frame, std::size_t lines) {
    widths_ = fit_columns(table_.columns, frame.size.width - 1);
    Line& head = frame.add_line();
    head.add(" ");
    left_out_ = 0;
    for (std::size_t i = 0; i < widths_.size(); ++i) {
        const LiveColumn column = table_.columns[i].column;
        left_out_ += widths_[i] == 0 && table_.columns[i].shown;
        if (widths_[i] == 0) continue;
        std::string title(entry(column).title);
        if (column == LiveColumn::Time && widths_[i] > title.size() + options_.time_zone.size() &&
            !options_.time_zone.empty())
            title += " " + options_.time_zone;
        if (head.used() > 1) head.add(" ");
        head.add_cell(title, widths_[i], {.bold = true, .reverse = column == column_}, options_.charset);
    }

    const std::size_t height = lines - 1;
    const std::uint64_t end = std::min<std::uint64_t>(table_.top() + height, table_.end_row());
    // Rows that came and are above the window already were never seen. Other filters make other rows.
    const bool same_rows = std::exchange(drawn_filters_, table_.filters.version()) == table_.filters.version();
    if (!same_rows) drawn_end_ = table_.end_row();
    if (table_.follows()) {
        if (table_.top() > drawn_end_) undrawn_ += table_.top() - drawn_end_;
        drawn_end_ = table_.end_row();
    }
    for (std::uint64_t row = table_.top(); row < end; ++row) draw_row(frame.add_line(), row);
    if (table_.empty() && height > 1) {
        Line& line = frame.add_line();
        line.add(
            table_.kept() == 0
                ? "  Nothing has happened yet."
                : fmt::format("  None of {} events passes the filters; F shows them, R removes them.", table_.kept()),
            {.dim = true});
    }
    while (frame.lines.size() < frame.size.height - 2) frame.add_line();
}

void LiveScreen::draw_row(Line& line, std::uint64_t row) {
    const EventView event = table_.row(row);
    const bool selected = row == table_.selected();
    const bool highlighted = table_.is_highlighted(row);
    const bool failed = event.event.outcome == Outcome::Failure || event.event.kind == Kind::Gap;
    const std::string wanted = searched_.empty() ? std::string() : fold_case(searched_);
    line.add(selected ? ">" : highlighted ? "*" : failed ? "!" : " ", {.bold = true});
    bool first = true;
    for (std::size_t i = 0; i < widths_.size(); ++i) {
        if (widths_[i] == 0) continue;
        const LiveColumn column = table_.columns[i].column;
        std::string text = live_cell(event, column, table_.context()).substr(0, kCellLimit);
        if (text.empty()) text = "-";
        Look look{.tint = failed ? Tint::Red : Tint::None, .bold = selected || highlighted};
        if (!failed && column == LiveColumn::Event) look.tint = tint_of(event.event.kind);
        if (!failed && column == LiveColumn::Session) look.tint = Tint::Cyan;
        if (column == LiveColumn::Time || column == LiveColumn::Number || text == "-") look.dim = !selected;
        if (highlighted) look.tint = Tint::Yellow;
        look.reverse =
            (selected && column == column_) || (!wanted.empty() && fold_case(text).find(wanted) != std::string::npos);
        if (!first) line.add(" ", {.bold = selected});
        first = false;
        if (column == LiveColumn::Time) text = time_within(text, widths_[i]);
        // The number of a process and the port of an address stand at the end.
        if (column == LiveColumn::Process || column == LiveColumn::Other)
            text = terminal::fitted(terminal::printable(text), widths_[i], terminal::Keep::Both, options_.charset);
        line.add_cell(text, widths_[i], look, options_.charset);
    }
}

/// Once a second, so that figures can be read.
void LiveScreen::measure() {
    const Timestamp now = clock_.now();
    const Duration past = now - measured_;
    if (past < kSecond) return;
    const auto rate = [&](std::uint64_t count) {
        return static_cast<std::uint64_t>(static_cast<double>(count) * 1e9 / static_cast<double>(past.nanoseconds));
    };
    per_second_ = rate(table_.recorded() - measured_recorded_);
    undrawn_per_second_ = rate(undrawn_ - measured_undrawn_);
    measured_ = now;
    measured_recorded_ = table_.recorded();
    measured_undrawn_ = undrawn_;
}

void LiveScreen::draw_status(Frame& frame, const FeedState& feed) {
    Line& line = frame.add_line();
    const bool paused = table_.pace() == Pace::Paused;
    const Look strong{.bold = true, .reverse = true};
    const Look plain{.reverse = true};
    line.add(paused ? " PAUSED" : feed.ended ? " END" : table_.follows() ? " LIVE" : " SCROLLED", strong);
    if (paused) line.add(fmt::format(" {} waiting", table_.waiting()), strong);
    line.add(fmt::format("  {}/s", per_second_), plain);
    line.add(fmt::format("  {} of {}", table_.end_row() - table_.first_row(), table_.kept()), plain);
    const std::uint64_t lost = std::max(feed.lost, table_.lost());
    if (lost > 0) line.add(fmt::format("  LOST {}", lost), {.tint = Tint::Red, .bold = true, .reverse = true});
    if (undrawn_per_second_ > 0)
        line.add(fmt::format("  {}/s pass undrawn", undrawn_per_second_), plain);
    else if (undrawn_ > 0)
        line.add(fmt::format("  {} passed undrawn", undrawn_), plain);
    if (table_.forgotten() > 0) line.add(fmt::format("  {} oldest forgotten", table_.forgotten()), plain);
    line.add(fmt::format("  {}", terminal::short_bytes(table_.footprint())), plain);
    if (left_out_ > 0) line.add(fmt::format("  {} column{} too many (C)", left_out_, left_out_ == 1 ? "" : "s"), plain);
    if (!feed.warning.empty()) line.add(fmt::format("  {}", feed.warning), plain);
    line.fill(plain);
}

void LiveScreen::draw_last_line(Frame& frame) {
    Line& line = frame.add_line();
    if (prompt_) {
        line.add(prompt_->label, {.bold = true});
        line.add(": ");
        if (!message_.empty()) {
            // Both must be read: the text is what is wrong.
            frame.lines[frame.lines.size() - 2] = Line(frame.size.width);
            frame.lines[frame.lines.size() - 2].add(" " + message_, {.tint = Tint::Red, .bold = true});
        }
        // The end of a text that is too long shows the cursor.
        const std::size_t room = frame.size.width - std::min(frame.size.width, line.used() + 1);
        std::string before = terminal::printable(std::string_view(prompt_->text).substr(0, prompt_->cursor));
        if (terminal::display_width(before) > room)
            before = terminal::fitted(before, room, terminal::Keep::End, options_.charset);
        line.add(before);
        frame.cursor = Position{line.used(), frame.lines.size() - 1};
        line.add(std::string_view(prompt_->text).substr(prompt_->cursor));
        return;
    }
    if (!message_.empty()) return line.add(" " + message_, {.bold = true});
    line.add(" ");
    line.add(panel_ ? panel_->hints()
                    : "?:help Space:pause Enter:whole i/x:in/exclude /:search p:process s:session F:filters C:columns "
                      "w:save q:leave",
             {.dim = true});
}

}  // namespace spoor::screen
