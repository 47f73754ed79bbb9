#include "base/csv.h"

#include <algorithm>

namespace spoor {
namespace {

bool ends_cell(char c) { return c == ',' || c == '"' || c == '\r' || c == '\n'; }

}  // namespace

void append_csv_cell(std::string& out, std::string_view text, Formulas formulas) {
    const bool disarm = formulas == Formulas::Disarmed && !text.empty() &&
                        std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos;
    const bool quote = std::ranges::any_of(text, ends_cell) || text.starts_with(' ') || text.ends_with(' ');
    if (!quote) {
        if (disarm) out += '\'';
        out += text;
        return;
    }
    out += '"';
    if (disarm) out += '\'';
    for (const char c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
}

void append_csv_row(std::string& out, std::span<const std::string> cells, Formulas formulas) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (i > 0) out += ',';
        append_csv_cell(out, cells[i], formulas);
    }
    out += '\n';
}

}  // namespace spoor
