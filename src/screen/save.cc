#include "screen/save.h"

#include <fmt/format.h>

#include "base/csv.h"
#include "screen/new_file.h"
#include "sources/json/event_line.h"
#include "terminal/output.h"
#include "terminal/text.h"

namespace spoor::screen {
namespace {

enum class FileForm : unsigned char { Text, Csv, JsonLines };

FileForm form_of(std::string_view path) {
    if (path.ends_with(".csv")) return FileForm::Csv;
    if (path.ends_with(".jsonl") || path.ends_with(".json")) return FileForm::JsonLines;
    return FileForm::Text;
}

std::string text_line(const LiveTable& table, std::uint64_t row) {
    std::string line;
    for (const LiveColumnSetting& column : table.columns) {
        if (!column.shown) continue;
        std::string cell = terminal::printable(table.cell(row, column.column));
        if (cell.empty()) cell = "-";
        const std::size_t width = terminal::display_width(cell);
        if (!line.empty()) line += ' ';
        line += cell;
        if (width < column.width) line.append(column.width - width, ' ');
    }
    while (line.ends_with(' ')) line.pop_back();
    return line + '\n';
}

}  // namespace

Result<std::uint64_t> save_rows(const LiveTable& table, const std::string& path) {
    const FileForm form = form_of(path);
    const NewFile file(path);
    if (file.descriptor() < 0) return fail_errno("making " + path);
    terminal::Output out(file.descriptor());
    std::vector<std::string> cells;
    std::string line;
    if (form == FileForm::Csv) {
        for (const LiveColumnSetting& column : table.columns)
            if (column.shown) cells.emplace_back(entry(column.column).name);
        append_csv_row(line, cells, Formulas::AsTheyAre);
        out.write(line);
    }
    for (std::uint64_t row = table.first_row(); row < table.end_row() && !out.failure(); ++row) {
        line.clear();
        if (form == FileForm::Text) line = text_line(table, row);
        if (form == FileForm::JsonLines) {
            json::append_event_line(line, table.row(row), table.context().catalog);
            line += '\n';
        }
        if (form == FileForm::Csv) {
            cells.clear();
            for (const LiveColumnSetting& column : table.columns)
                // A file is read on another day: the time with its date.
                if (column.shown)
                    cells.push_back(column.column == LiveColumn::Time ? table.row(row).event.time.to_string()
                                                                      : table.cell(row, column.column));
            append_csv_row(line, cells, Formulas::AsTheyAre);
        }
        out.write(line);
    }
    out.flush();
    if (out.failure()) return std::unexpected(*out.failure());
    return table.end_row() - table.first_row();
}

}  // namespace spoor::screen
