// One event in whole: its header, every field, and what the field under the cursor means.
#include <fmt/format.h>

#include <algorithm>

#include "model/summary.h"
#include "model/written_as.h"
#include "screen/panel.h"
#include "terminal/text.h"

namespace spoor::screen {
namespace {

class EventPanel final : public Panel {
public:
    explicit EventPanel(LiveTable& table) {
        const EventView event = table.row(table.selected());
        const LiveContext& context = table.context();
        const Event& header = event.event;
        title_ = entry(header.kind).title;
        if (const std::string process = live_cell(event, LiveColumn::Process, context); !process.empty())
            title_ += ": " + process;
        lines_.push_back({"kind", std::string(name(header.kind)), cell_filter(event, LiveColumn::Event, context),
                          entry(header.kind).title});
        lines_.push_back({"time", header.time.to_string(), cell_filter(event, LiveColumn::Time, context),
                          "When it happened (UTC)."});
        lines_.push_back({"sequence", live_cell(event, LiveColumn::Number, context),
                          cell_filter(event, LiveColumn::Number, context),
                          "Its number. What is not shown has one too; what was lost is told as a gap."});
        lines_.push_back({"host", std::string(context.catalog.host_name(header.host)),
                          fmt::format("host: {}", context.catalog.host_name(header.host)), "The machine."});
        lines_.push_back(
            {"channel", std::string(context.catalog.channel_name(header.channel)), "", "Where it was heard of."});
        if (header.outcome != Outcome::Unknown)
            lines_.push_back({"outcome", header.outcome == Outcome::Success ? "success" : "failure",
                              cell_filter(event, LiveColumn::Result, context), "Whether it succeeded."});
        for (const FieldValue& value : event.values()) {
            if (value.type == ValueType::Null) continue;
            const auto id = static_cast<std::size_t>(value.field);
            lines_.push_back({std::string(context.catalog.field_name(value.field)), written_text(header, value),
                              field_filter(header, value, context.catalog),
                              id < kFieldCount ? kFields[id].meaning : "A field of this log."});
        }
    }

    std::string title() const override { return title_; }
    std::string_view hints() const override {
        return "Up Down: field  i: include  x: exclude  h: highlight  Esc: back";
    }

    After press(const Key& key, PanelHost& host) override {
        if (move(key)) return After::Stay;
        if (key.code == Key::Code::Letter && line_of_row_.size() > selected_) {
            const std::string& filter = lines_[line_of_row_[selected_]].filter;
            const auto mode = key.letter == 'i'   ? std::optional(FilterMode::Include)
                              : key.letter == 'x' ? std::optional(FilterMode::Exclude)
                              : key.letter == 'h' ? std::optional(FilterMode::Highlight)
                                                  : std::nullopt;
            if (mode && !filter.empty()) {
                host.ask(Prompt(std::string(name(*mode)), filter, [&host, mode = *mode](const std::string& text) {
                    return host.table().filters.add({mode, text});
                }));
                return After::Close;
            }
        }
        const bool leaves = key.code == Key::Code::Escape || key.code == Key::Code::Enter ||
                            (key.code == Key::Code::Letter && key.letter == 'q');
        return leaves ? After::Close : After::Stay;
    }

protected:
    std::vector<Row> rows(std::size_t width, PanelHost&) override {
        std::vector<Row> rows;
        line_of_row_.clear();
        std::size_t name_width = 8;
        for (const EventLine& line : lines_)
            name_width = std::max(name_width, std::min<std::size_t>(line.name.size(), 24));
        const std::size_t room = std::max<std::size_t>(width - std::min(width, name_width + 2), 16);
        for (std::size_t i = 0; i < lines_.size(); ++i) {
            std::string left = fmt::format("{:<{}}  ", lines_[i].name, name_width);
            const std::string value = terminal::printable(std::string_view(lines_[i].value).substr(0, kLongestValue));
            for (const std::string& part : wrapped(value, room)) {
                rows.push_back({left + part, {}});
                line_of_row_.push_back(i);
                left.assign(name_width + 2, ' ');
            }
            if (lines_[i].value.size() > kLongestValue) {
                rows.push_back(
                    {fmt::format("{}({} bytes in all; w saves them)", left, lines_[i].value.size()), {.dim = true}});
                line_of_row_.push_back(i);
            }
        }
        if (selected_ < rows.size()) {
            const auto at = rows.begin() + static_cast<std::ptrdiff_t>(selected_);
            const std::size_t line = line_of_row_[selected_];
            std::size_t behind = selected_ + 1;
            while (behind < rows.size() && line_of_row_[behind] == line) ++behind;
            rows.insert(at + static_cast<std::ptrdiff_t>(behind - selected_),
                        {std::string(name_width + 2, ' ') + std::string(lines_[line].meaning), {.dim = true}});
            line_of_row_.insert(line_of_row_.begin() + static_cast<std::ptrdiff_t>(behind), line);
        }
        return rows;
    }

private:
    static constexpr std::size_t kLongestValue = 64u << 10;

    struct EventLine {
        std::string name;
        std::string value;
        std::string filter;
        std::string_view meaning;
    };

    static std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
        std::vector<std::string> parts;
        do {
            std::size_t end = 0;
            std::size_t used = 0;
            while (end < text.size()) {
                std::size_t next = end + 1;
                while (next < text.size() && (static_cast<unsigned char>(text[next]) & 0xc0) == 0x80) ++next;
                const std::size_t letter = terminal::display_width(text.substr(end, next - end));
                if (used + letter > width && end > 0) break;
                used += letter;
                end = next;
            }
            parts.emplace_back(text.substr(0, end));
            text.remove_prefix(end);
        } while (!text.empty());
        return parts;
    }

    std::string title_;
    std::vector<EventLine> lines_;
    std::vector<std::size_t> line_of_row_;
};

}  // namespace

std::unique_ptr<Panel> make_event_panel(LiveTable& table) { return std::make_unique<EventPanel>(table); }

}  // namespace spoor::screen
