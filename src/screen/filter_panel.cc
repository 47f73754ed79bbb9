// The list of filters: switch them, change them, take them away.
#include <fmt/format.h>

#include "screen/panel.h"

namespace spoor::screen {
namespace {

class FilterPanel final : public Panel {
public:
    std::string title() const override { return "Filters: excludes win; includes of one field are alternatives"; }
    std::string_view hints() const override {
        return "Space: on/off  Enter: edit  m: include/exclude/highlight  d: remove  a: add  Esc: back";
    }

    After press(const Key& key, PanelHost& host) override {
        FilterList& filters = host.table().filters;
        const char32_t letter = key.code == Key::Code::Letter ? key.letter : 0;
        if (letter == 'a') {
            host.ask(Prompt("include", "",
                            [&filters](const std::string& text) { return filters.add({FilterMode::Include, text}); }));
            return After::Stay;
        }
        if (selected_ < filters.all().size()) {
            const std::size_t index = selected_;
            if (letter == ' ') return filters.toggle(index), After::Stay;
            if (letter == 'd' || key.code == Key::Code::Delete) return filters.remove(index), After::Stay;
            if (letter == 'm') {
                LiveFilter changed = filters.all()[index];
                changed.mode = static_cast<FilterMode>((static_cast<unsigned>(changed.mode) + 1) % 3);
                if (auto done = filters.replace(index, std::move(changed)); !done) host.say(done.error().what);
                return After::Stay;
            }
            if (key.code == Key::Code::Enter) {
                const LiveFilter& filter = filters.all()[index];
                host.ask(Prompt(std::string(name(filter.mode)), filter.text,
                                [&filters, index, mode = filter.mode](const std::string& text) {
                                    return filters.replace(index, {mode, text});
                                }));
                return After::Stay;
            }
        }
        if (move(key)) return After::Stay;
        return key.code == Key::Code::Escape || letter == 'q' || letter == 'F' ? After::Close : After::Stay;
    }

protected:
    std::vector<Row> rows(std::size_t, PanelHost& host) override {
        std::vector<Row> rows;
        for (const LiveFilter& filter : host.table().filters.all())
            rows.push_back({fmt::format("[{}] {:<9} {}", filter.enabled ? 'x' : ' ', name(filter.mode), filter.text),
                            {.dim = !filter.enabled}});
        if (rows.empty()) rows.push_back({"none: press i, x or h on a cell of the table, or a here", {.dim = true}});
        return rows;
    }
};

}  // namespace

std::unique_ptr<Panel> make_filter_panel() { return std::make_unique<FilterPanel>(); }

}  // namespace spoor::screen
