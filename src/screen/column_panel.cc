// The choice of columns: which, in which order, how wide.
#include <fmt/format.h>

#include <algorithm>

#include "screen/panel.h"

namespace spoor::screen {
namespace {

class ColumnPanel final : public Panel {
public:
    std::string title() const override { return "Columns"; }
    std::string_view hints() const override {
        return "Space: show/hide  < >: width  + -: move down, up  0: as at first  Esc: back";
    }

    After press(const Key& key, PanelHost& host) override {
        std::vector<LiveColumnSetting>& columns = host.table().columns;
        const char32_t letter = key.code == Key::Code::Letter ? key.letter : 0;
        LiveColumnSetting& column = columns[std::min(selected_, columns.size() - 1)];
        const auto shown = std::ranges::count(columns, true, &LiveColumnSetting::shown);
        switch (letter) {
            case ' ':
                // A table without columns could not be told from an empty one.
                if (column.shown && shown == 1)
                    host.say("one column stays");
                else
                    column.shown = !column.shown;
                return After::Stay;
            case '<': column.width -= column.width > 1; return After::Stay;
            case '>': column.width += column.width < 500; return After::Stay;
            case '0': columns = default_columns(); return After::Stay;
            case '+':
                if (selected_ + 1 < columns.size()) std::swap(columns[selected_], columns[selected_ + 1]), ++selected_;
                return After::Stay;
            case '-':
                if (selected_ > 0) std::swap(columns[selected_], columns[selected_ - 1]), --selected_;
                return After::Stay;
            default: break;
        }
        if (move(key)) return After::Stay;
        return key.code == Key::Code::Escape || key.code == Key::Code::Enter || letter == 'q' || letter == 'C'
                   ? After::Close
                   : After::Stay;
    }

protected:
    std::vector<Row> rows(std::size_t, PanelHost& host) override {
        std::vector<Row> rows;
        for (const LiveColumnSetting& column : host.table().columns)
            rows.push_back(
                {fmt::format("[{}] {:<14} {:>3}{}", column.shown ? 'x' : ' ', entry(column.column).title, column.width,
                             column.column == LiveColumn::Detail ? " and what room is left" : ""),
                 {.dim = !column.shown}});
        return rows;
    }
};

}  // namespace

std::unique_ptr<Panel> make_column_panel() { return std::make_unique<ColumnPanel>(); }

}  // namespace spoor::screen
