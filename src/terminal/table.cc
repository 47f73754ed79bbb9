#include "terminal/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <ranges>

#include "base/check.h"

namespace spoor::terminal {
namespace {

constexpr std::size_t kRowsMeasured = 250;  // more than a screen, and soon found
constexpr std::size_t kSpaceBetween = 2;
constexpr std::size_t kComfortable = 40;

std::size_t total(const std::vector<std::size_t>& widths) {
    std::size_t sum = 0;
    for (const std::size_t width : widths)
        if (width > 0) sum += width + kSpaceBetween;
    return sum == 0 ? 0 : sum - kSpaceBetween;
}

std::vector<std::size_t> by_importance(const std::vector<Column>& columns) {
    std::vector<std::size_t> order(columns.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    // Of two equally important the right one gives way first.
    std::ranges::reverse(order);
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return columns[i].importance; });
    return order;
}

}  // namespace

std::vector<std::size_t> column_widths(const std::vector<Column>& columns, std::vector<std::size_t> wanted,
                                       std::size_t width) {
    if (total(wanted) <= width) return wanted;
    const std::vector<std::size_t> order = by_importance(columns);
    std::vector<std::size_t> widths = wanted;
    for (std::size_t i = 0; i < columns.size(); ++i) widths[i] = std::min(wanted[i], columns[i].least);
    for (const std::size_t i : order) {
        if (total(widths) <= width || i == order.back()) break;
        widths[i] = 0;
    }
    // What is left goes to the most important first; but before one of them grows long, all may grow to what is
    // comfortable.
    for (const std::size_t most : {kComfortable, kWhole}) {
        for (const std::size_t i : std::views::reverse(order)) {
            const std::size_t sum = total(widths);
            if (widths[i] == 0 || sum >= width) continue;
            const std::size_t goal = std::max(widths[i], std::min(wanted[i], most));
            widths[i] = std::min(goal, widths[i] + width - sum);
        }
    }
    return widths;
}

Table::Table(const Console& console, std::vector<Column> columns) : console_(console), columns_(std::move(columns)) {}

void Table::row(std::vector<Cell> cells) {
    CHECK(cells.size() == columns_.size());
    for (Cell& cell : cells) {
        if (cell.text.empty())
            cell = {"-", Style::Dim};
        else
            cell.text = printable(cell.text);
    }
    ++rows_;
    if (laid_out_) return print(cells);
    held_.push_back(std::move(cells));
    if (held_.size() == kRowsMeasured) lay_out();
}

void Table::flush() {
    if (!laid_out_ && !held_.empty()) lay_out();
}

void Table::finish() {
    flush();
    std::string missing;
    for (std::size_t i = 0; i < widths_.size(); ++i)
        if (widths_[i] == 0) missing += (missing.empty() ? "" : ", ") + columns_[i].title;
    if (missing.empty() || console_.quiet) return;
    console_.out.flush();
    console_.note(fmt::format("The terminal is too narrow for: {}", missing));
}

void Table::lay_out() {
    std::vector<std::size_t> wanted;
    for (const Column& column : columns_) wanted.push_back(display_width(column.title));
    for (const auto& cells : held_)
        for (std::size_t i = 0; i < cells.size(); ++i) wanted[i] = std::max(wanted[i], display_width(cells[i].text));
    widths_ = column_widths(columns_, wanted, console_.width);
    laid_out_ = true;
    std::vector<Cell> titles;
    for (const Column& column : columns_) titles.push_back({column.title, Style::Bold});
    print(titles);
    for (const auto& cells : held_) print(cells);
    held_ = {};
}

void Table::print(const std::vector<Cell>& cells) {
    std::string line;
    std::size_t blanks = 0;  // owed before the next text; none are left at the end of the line
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (widths_[i] == 0) continue;
        const bool cuts = console_.width != Console::kNoLimit;
        const std::string text =
            cuts ? fitted(cells[i].text, widths_[i], columns_[i].keep, console_.charset) : cells[i].text;
        const std::size_t used = display_width(text);
        const std::size_t padding = widths_[i] - std::min(widths_[i], used);
        const bool right = columns_[i].align == Column::Align::Right;
        line.append(blanks + (right ? padding : 0), ' ');
        line += console_.paint(cells[i].style, text);
        blanks = kSpaceBetween + (right ? 0 : padding);
    }
    console_.out.line(line);
}

}  // namespace spoor::terminal
