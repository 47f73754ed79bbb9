#include "screen/live_screen.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "screen/save.h"

namespace spoor::screen {

using Code = Key::Code;

namespace {

constexpr Duration kSearchTurn = Duration::milliseconds(10);
constexpr std::size_t kRowsBetweenLooks = 64;  // at the clock

/// An error where there is one line for it: what is wrong, and the hint below the filter and the mark under it.
std::string on_one_line(std::string_view error) {
    std::string line(error.substr(0, error.find('\n')));
    const std::size_t last = error.rfind('\n');
    if (std::ranges::count(error, '\n') > 2) line += ";" + std::string(error.substr(last + 2));
    return line;
}

/// A path as people type it, who have a shell in mind.
std::string with_home(const std::string& path) {
    const char* const home = std::getenv("HOME");
    return home && path.starts_with("~/") ? home + path.substr(1) : path;
}

}  // namespace

LiveScreen::LiveScreen(LiveTable& table, const Clock& clock, LiveScreenOptions options)
    : table_(table), clock_(clock), options_(std::move(options)), measured_(clock.now()) {}

void LiveScreen::press(const Key& key) {
    if (key.pasted && !prompt_) return;
    message_.clear();
    if (searches()) {
        table_.end_search();
        if (key.code == Code::Escape) return;
    }
    if (key.code == Code::Control && key.letter == 'c') {
        leaves_ = !prompt_ && !panel_;
        prompt_.reset();
        panel_.reset();
        return;
    }
    if (prompt_)
        press_in_prompt(key);
    else if (panel_) {
        if (panel_->press(key, *this) == Panel::After::Close) panel_.reset();
    } else
        press_in_table(key);
    table_.refilter();
}

void LiveScreen::press_in_prompt(const Key& key) {
    if (key.code == Code::Escape) return prompt_.reset();
    if (key.code != Code::Enter) return prompt_->press(key);
    // The prompt may ask for another one.
    Prompt asked = *std::move(prompt_);
    prompt_.reset();
    if (auto done = asked.done(asked.text); !done) {
        message_ = on_one_line(done.error().what);
        prompt_.emplace(std::move(asked));
    }
}

void LiveScreen::press_in_table(const Key& key) {
    const std::uint64_t page = std::max<std::uint64_t>(table_.height(), 2) - 1;
    switch (key.code) {
        case Code::Up: return table_.move(Direction::Up, 1);
        case Code::Down: return table_.move(Direction::Down, 1);
        case Code::PageUp: return table_.move(Direction::Up, page);
        case Code::PageDown: return table_.move(Direction::Down, page);
        case Code::Home: return table_.select(table_.first_row());
        case Code::End: return table_.select_newest();
        case Code::Left:
        case Code::BackTab: return choose_column(Direction::Up);
        case Code::Right:
        case Code::Tab: return choose_column(Direction::Down);
        case Code::Enter:
            if (!table_.empty()) panel_ = make_event_panel(table_);
            return;
        case Code::Escape:
        case Code::Backspace: return focus({}, {});
        case Code::Letter: return press_letter(key.letter);
        default: return;
    }
}

void LiveScreen::press_letter(char32_t letter) {
    switch (letter) {
        case 'k': return table_.move(Direction::Up, 1);
        case 'j': return table_.move(Direction::Down, 1);
        case 'g': return table_.select(table_.first_row());
        case 'G': return table_.select_newest();
        case ' ':
            if (table_.pace() == Pace::Running)
                table_.set_pace(Pace::Paused);
            else
                table_.select_newest();
            return;
        case 'c': return table_.clear();
        case 'i': return ask_for_filter(FilterMode::Include);
        case 'x': return ask_for_filter(FilterMode::Exclude);
        case 'h': return ask_for_filter(FilterMode::Highlight);
        case 'f':
            return ask(Prompt("include", "", [this](const std::string& text) {
                return table_.filters.add({FilterMode::Include, text});
            }));
        case 'F': panel_ = make_filter_panel(); return;
        case 'R': {
            const std::size_t count = table_.filters.all().size();
            say(fmt::format("{} filter{} removed", count, count == 1 ? "" : "s"));
            return table_.filters.clear();
        }
        case 'C': panel_ = make_column_panel(); return;
        case '<': return resize_column(Direction::Down);
        case '>': return resize_column(Direction::Up);
        case 'p':
            if (!table_.empty())
                focus(process_filter(table_.row(table_.selected())),
                      "process " + table_.cell(table_.selected(), LiveColumn::Process));
            return;
        case 's':
            if (!table_.empty()) {
                const std::string session = table_.cell(table_.selected(), LiveColumn::Session);
                focus(session_filter(table_.row(table_.selected()), table_.context()),
                      session == "-" ? "what has no session" : "session " + session);
            }
            return;
        case '/':
            return ask(Prompt("search", "", [this](const std::string& text) -> Result<void> {
                if (!text.empty()) searched_ = text;
                search(Direction::Down);
                return {};
            }));
        case 'n': return search(Direction::Down);
        case 'N': return search(Direction::Up);
        case 'w': return save();
        case '?': panel_ = make_help_panel(); return;
        case 'q': leaves_ = true; return;
        default: return;
    }
}

void LiveScreen::ask_for_filter(FilterMode mode) {
    if (table_.empty()) return;
    const std::string filter = cell_filter(table_.row(table_.selected()), column_, table_.context());
    if (filter.empty())
        return say(fmt::format("nothing in the cell {} to filter by; choose another with Left and Right",
                               entry(column_).title));
    ask(Prompt(std::string(name(mode)), filter,
               [this, mode](const std::string& text) { return table_.filters.add({mode, text}); }));
}

void LiveScreen::focus(std::string filter, std::string label) {
    if (filter.empty() && !label.empty()) return say("this line has none");
    if (auto done = table_.filters.focus(std::move(filter)); !done) return say(done.error().what);
    focus_label_ = std::move(label);
}

void LiveScreen::search(Direction direction) {
    if (searched_.empty()) return;
    table_.begin_search(searched_, direction);
    search_on();
}

void LiveScreen::search_on() {
    const Timestamp begin = clock_.now();
    SearchState state = SearchState::Underway;
    // A clock that is set back meanwhile ends the turn, too.
    for (Timestamp now = begin; state == SearchState::Underway && now >= begin && now - begin < kSearchTurn;
         now = clock_.now())
        state = table_.search_on(kRowsBetweenLooks);
    switch (state) {
        case SearchState::Underway:
            return say(
                fmt::format("searching for '{}', {} lines to go; any key ends it", searched_, table_.rows_to_search()));
        case SearchState::Found: return say({});
        case SearchState::FoundRoundTheEnd: return say("the search went round the end");
        case SearchState::Absent: return say(fmt::format("'{}' is in no line", searched_));
    }
}

void LiveScreen::save() {
    ask(Prompt("save as (.txt .csv .jsonl)", options_.save_name, [this](const std::string& typed) -> Result<void> {
        const std::string path = with_home(typed);
        const std::uint64_t rows = TRY(save_rows(table_, path));
        say(fmt::format("{} events saved in {}", rows, path));
        return {};
    }));
}

void LiveScreen::resize_column(Direction direction) {
    const auto column = std::ranges::find(table_.columns, column_, &LiveColumnSetting::column);
    if (direction == Direction::Up)
        column->width += column->width < 500;
    else
        column->width -= column->width > 1;
}

void LiveScreen::choose_column(Direction direction) {
    std::vector<LiveColumn> drawn;
    for (std::size_t i = 0; i < table_.columns.size() && i < widths_.size(); ++i)
        if (widths_[i] > 0) drawn.push_back(table_.columns[i].column);
    if (drawn.empty()) return;
    const auto at = std::ranges::find(drawn, column_);
    if (at == drawn.end())
        column_ = drawn.front();
    else if (direction == Direction::Up && at != drawn.begin())
        column_ = *std::prev(at);
    else if (direction == Direction::Down && std::next(at) != drawn.end())
        column_ = *std::next(at);
}

}  // namespace spoor::screen
