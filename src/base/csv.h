// CSV as RFC 4180 has it, in UTF-8. Lines end with LF, as Unix tools want them; every reader takes both.
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace spoor {

/// What to do with cells that a spreadsheet would take for a formula (=, +, -, @, tab and return in front).
enum class Formulas : unsigned char {
    AsTheyAre,  // for programs: the value and nothing else
    Disarmed,   // for spreadsheets: an apostrophe in front
};

void append_csv_cell(std::string& out, std::string_view text, Formulas formulas);
void append_csv_row(std::string& out, std::span<const std::string> cells, Formulas formulas);

}  // namespace spoor
