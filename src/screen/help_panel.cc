// The list of keys.
#include <fmt/format.h>

#include <algorithm>

#include "screen/panel.h"

namespace spoor::screen {
namespace {

struct Entry {
    std::string_view keys;  // empty: a heading
    std::string_view does;
};

constexpr Entry kEntries[] = {
    {"", "Move"},
    {"Up Down k j", "one event up or down"},
    {"PgUp PgDn", "a screenful"},
    {"Home g", "the oldest event that is kept"},
    {"End G", "the newest, and follow what comes"},
    {"Left Right", "another cell of the line: what i, x and h are about"},
    {"", "Look"},
    {"Enter", "the event in whole, every field with its meaning"},
    {"p", "only the process of this line: all it did, and what was done to it"},
    {"s", "only the session of this line"},
    {"Esc", "back from that to everything"},
    {"/ n N", "search in the cells; the next, the one before"},
    {"Space", "pause: the picture stands still, recording goes on"},
    {"c", "clear: forget what was recorded so far"},
    {"", "Filter"},
    {"i", "include: only events with this cell's value"},
    {"x", "exclude events with this cell's value"},
    {"h", "highlight them"},
    {"f", "include by a filter that you type: User: alice and kind: logon*"},
    {"F", "the list of filters: switch, edit, remove them"},
    {"R", "remove all filters"},
    {"", "Keep"},
    {"w", "save what is shown to a file: .txt, .csv or .jsonl"},
    {"C", "choose columns, their order and widths"},
    {"< >", "this column narrower, wider"},
    {"q", "leave; columns and filters are remembered"},
    {"", "In the first column"},
    {"+1234", "a gap: so many events were lost here, and # jumps by as many"},
    {"> * !", "the selected line, a highlighted one, one that failed"},
};

class HelpPanel final : public Panel {
public:
    std::string title() const override { return "Keys"; }
    std::string_view hints() const override { return "Up Down: scroll  Esc: back"; }
    After press(const Key& key, PanelHost&) override { return move(key) ? After::Stay : After::Close; }

protected:
    std::vector<Row> rows(std::size_t width, PanelHost&) override {
        const std::size_t room = width - std::min(width, kKeysWidth + 3);
        std::vector<Row> rows;
        for (const Entry& entry : kEntries) {
            if (entry.keys.empty()) {
                rows.push_back({std::string(entry.does), {.bold = true}});
                continue;
            }
            std::string_view keys = entry.keys;
            for (std::string_view left = entry.does; !left.empty(); keys = {})
                rows.push_back({fmt::format("  {:<{}} {}", keys, kKeysWidth, take_words(left, room))});
        }
        return rows;
    }

private:
    static constexpr std::size_t kKeysWidth = 12;

    /// As many words off the front of `text` as `width` has room for, and one at least.
    static std::string_view take_words(std::string_view& text, std::size_t width) {
        std::size_t end = text.size();
        if (end > width) {
            end = text.rfind(' ', width);
            if (end == std::string_view::npos) end = std::min(text.find(' '), text.size());
        }
        const std::string_view taken = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        return taken;
    }
};

}  // namespace

std::unique_ptr<Panel> make_help_panel() { return std::make_unique<HelpPanel>(); }

}  // namespace spoor::screen
