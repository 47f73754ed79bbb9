// Table: rows under column titles, fit to the width of the terminal.
//
//     Table table(console, {{.title = "User", .importance = 9}, {.title = "Image", .importance = 5, .keep =
//     Keep::End}}); table.row({{"CORP\\brian"}, {"C:\\Windows\\System32\\cmd.exe"}}); table.finish();
//
// Widths come from the first rows; those that follow are printed at once, so that a table of a million rows starts
// immediately and takes no memory. Where the terminal is too narrow the least important columns shrink first, each down
// to its own least width, with an ellipsis in what is cut; then they are left out, finish() says which, and their room
// goes to those that stay. Where output is no terminal nothing is cut at all.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "terminal/console.h"
#include "terminal/text.h"

namespace spoor::terminal {

/// A least width that leaves nothing out: for names that are copied into the next command.
constexpr std::size_t kWhole = std::size_t{1} << 20;

struct Column {
    std::string title = {};
    std::uint8_t importance = 5;  // the least important shrink first
    std::size_t least = 6;        // columns below which it is left out instead
    Keep keep = Keep::Start;      // what stays of a text that is cut
    enum class Align : unsigned char { Left, Right } align = Align::Left;
};

struct Cell {
    std::string text = {};  // as the log has it; the table makes it printable
    Style style = Style::Plain;
};

class Table {
public:
    Table(const Console& console, std::vector<Column> columns);

    /// One cell for each column. An empty cell shows as "-".
    void row(std::vector<Cell> cells);
    /// Prints the rows so far, with widths from these: something else follows between rows.
    void flush();
    /// Prints what is still held back. A table without rows prints nothing, not even its titles.
    void finish();

    std::size_t rows() const { return rows_; }

private:
    void lay_out();
    void print(const std::vector<Cell>& cells);

    const Console& console_;
    std::vector<Column> columns_;
    std::vector<std::size_t> widths_;  // 0: left out
    std::vector<std::vector<Cell>> held_;
    std::size_t rows_ = 0;
    bool laid_out_ = false;
};

/// The widths that `columns` get in a terminal of `width`, when their texts would need `wanted`; 0 for those left out.
std::vector<std::size_t> column_widths(const std::vector<Column>& columns, std::vector<std::size_t> wanted,
                                       std::size_t width);

}  // namespace spoor::terminal
