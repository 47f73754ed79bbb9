#include "cli/live/watch_screen.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "cli/live/wakening.h"
#include "screen/live_screen.h"
#include "screen/settings.h"
#include "screen/terminal_screen.h"

namespace spoor::cli {
namespace {

using screen::Colors;
using screen::LiveFilter;
using screen::Settings;

/// A picture every 16 ms at most: faster than eyes, and slow enough to leave the processor to the events.
constexpr Duration kFrame = Duration::milliseconds(16);
/// Figures go on when nothing else does.
constexpr Duration kIdleFrame = Duration::milliseconds(500);

/// What was remembered of earlier runs. A file that cannot be read is put aside, not overwritten.
Settings remembered(const std::string& path, std::string& message) {
    if (path.empty()) return {};
    auto loaded = screen::load_settings(path);
    if (loaded) return *std::move(loaded);
    std::rename(path.c_str(), (path + ".bad").c_str());
    message = fmt::format("{}; kept as {}.bad", loaded.error().what, path);
    return {};
}

void apply(Settings settings, bool filters_too, screen::LiveTable& table, std::string& message) {
    table.columns = std::move(settings.columns);
    std::size_t on = 0;
    for (LiveFilter& filter : settings.filters) {
        // A filter of the command line says what this run is about: the remembered ones are there, switched off.
        filter.enabled = filter.enabled && filters_too;
        on += filter.enabled;
        if (auto added = table.filters.add(filter); !added)
            message = fmt::format("a remembered filter was left out: {}", filter.text);
    }
    if (on > 0 && message.empty())
        message = fmt::format("{} filter{} remembered from last time: F shows, R removes them", on, on == 1 ? "" : "s");
}

/// Events into the table, keys into the view, pictures onto the terminal, until somebody leaves.
class Showing {
public:
    Showing(EventFeed& feed, const WatchScreenOptions& options, screen::LiveTable& table, screen::LiveScreen& view,
            const Console& console)
        : feed_(feed), options_(options), table_(table), view_(view), console_(console) {}

    Result<void> run(StopSignal& stop) {
        const auto terminal = TRY(
            screen::TerminalScreen::open(STDIN_FILENO, STDOUT_FILENO, console_.color_out ? Colors::Yes : Colors::No));
        Wakening wakening;
        wakening.add(STDIN_FILENO);
        wakening.add(stop.descriptor());
        bool waits = false;
        while (!view_.wants_to_leave() && !stop.raised() && terminal->is_there()) {
            // With a picture to be drawn that is not due yet, more events or the next millisecond are waited for all
            // the same.
            if (view_.searches()) {
                view_.search_on();
                changed_ = true;
            } else if (waits) {
                feed_.wait(wakening.descriptor());
            }
            waits = true;
            TRY(take_events());
            take_keys(*terminal);
            draw_when_due(*terminal);
        }
        return {};
    }

private:
    Result<void> take_events() {
        batch_.clear();
        state_.ended = !TRY(feed_.take(batch_));
        for (const Event& event : batch_.events()) {
            const EventView seen{batch_, event};
            if (!options_.wanted || options_.wanted(seen)) table_.add(seen);
        }
        table_.update();
        changed_ = changed_ || !batch_.empty();
        return {};
    }

    void take_keys(screen::TerminalScreen& terminal) {
        for (const screen::Key& key : terminal.keys()) {
            view_.press(key);
            if (key.code == screen::Key::Code::Control && key.letter == 'l') terminal.redraw();
            changed_ = true;
        }
    }

    void draw_when_due(screen::TerminalScreen& terminal) {
        const Timestamp now = console_.clock.now();
        const screen::Size size = terminal.size();
        const bool due = now - drawn_ >= kFrame || now < drawn_;
        if (!due || !(changed_ || now - drawn_ >= kIdleFrame || size != drawn_size_)) return;
        state_.lost = feed_.lost();
        state_.warning = feed_.warning();
        terminal.show(view_.draw(size, state_));
        drawn_ = now;
        drawn_size_ = size;
        changed_ = false;
    }

    EventFeed& feed_;
    const WatchScreenOptions& options_;
    screen::LiveTable& table_;
    screen::LiveScreen& view_;
    const Console& console_;
    screen::FeedState state_;
    Batch batch_;
    Timestamp drawn_ = Timestamp::earliest();
    screen::Size drawn_size_;
    bool changed_ = true;
};

}  // namespace

Result<void> run_watch_screen(EventFeed& feed, const WatchScreenOptions& options, StopSignal& stop, const When& when,
                              Console& console) {
    const std::function<std::string(Timestamp)> time_text = [&](Timestamp time) {
        return options.dates == WatchScreenOptions::Dates::WithDate ? when.exact_text(time) : when.clock_text(time);
    };
    screen::LiveTable table(feed.catalog(), console.clock, {feed.catalog(), feed.history(), time_text},
                            {.bytes = options.memory});
    TRY(table.filters.set_base(options.filter));
    std::string message;
    const std::string path = options.settings == Remembers::Yes ? screen::settings_path() : std::string();
    apply(remembered(path, message), options.filter.empty(), table, message);
    screen::LiveScreen view(
        table, console.clock,
        {.source = options.source,
         .base_filter = options.filter,
         .time_zone = options.dates == WatchScreenOptions::Dates::TimeOnly ? when.zone_text(console.clock.now()) : "",
         .save_name = fmt::format("spoor-{}.txt", when.text(console.clock.now()).substr(0, 10)),
         .charset = console.charset});
    view.say(message);
    TRY(Showing(feed, options, table, view, console).run(stop));
    if (!path.empty()) {
        if (auto saved = screen::save_settings({table.columns, table.filters.all()}, path); !saved)
            console.warn(saved.error().what);
    }
    Batch last;
    feed.finish(last);
    if (!console.quiet)
        console.note(fmt::format("{} events seen; {}", table.recorded() + last.size(), feed.closing_words()));
    return {};
}

}  // namespace spoor::cli
