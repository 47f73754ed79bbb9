// LiveScreen: the full-screen view: what keys do to the table, and the picture of it. It knows no terminal: `press`
// keys, `draw` frames.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "screen/frame.h"
#include "screen/key.h"
#include "screen/live_table.h"
#include "screen/panel.h"

namespace spoor::screen {

struct LiveScreenOptions {
    std::string source = {};       // "VM", or the logs that are replayed
    std::string base_filter = {};  // of the command line
    std::string time_zone = {};    // of the Time column: "+02:00"
    std::string save_name = "spoor-watch.txt";
    terminal::Charset charset = terminal::Charset::Unicode;
};

/// What those who feed the table know and it does not.
struct FeedState {
    bool ended = false;      // a replay that is through
    std::uint64_t lost = 0;  // by the kernel
    std::string warning = {};
};

class LiveScreen final : private PanelHost {
public:
    LiveScreen(LiveTable& table, const Clock& clock, LiveScreenOptions options);

    void press(const Key& key);
    bool wants_to_leave() const { return leaves_; }

    /// Whether a search is underway: search_on() takes it further, for no longer than a picture may wait. Any key ends
    /// it.
    bool searches() const { return table_.searches(); }
    void search_on();

    Frame draw(Size size, const FeedState& feed);

    void say(std::string message) override { message_ = std::move(message); }

private:
    LiveTable& table() override { return table_; }
    void ask(Prompt prompt) override { prompt_.emplace(std::move(prompt)); }

    void press_in_prompt(const Key& key);
    void press_in_table(const Key& key);
    void press_letter(char32_t letter);
    void ask_for_filter(FilterMode mode);
    void focus(std::string filter, std::string label);
    void search(Direction direction);
    void save();
    void resize_column(Direction direction);
    void choose_column(Direction direction);

    void draw_title(Frame& frame) const;
    void draw_table(Frame& frame, std::size_t lines);
    void draw_row(Line& line, std::uint64_t row);
    void draw_status(Frame& frame, const FeedState& feed);
    void draw_last_line(Frame& frame);
    void measure();

    LiveTable& table_;
    const Clock& clock_;
    LiveScreenOptions options_;
    std::unique_ptr<Panel> panel_;
    std::optional<Prompt> prompt_;
    std::string message_;
    std::string searched_;
    std::string focus_label_;
    LiveColumn column_ = LiveColumn::Event;
    std::vector<std::size_t> widths_;  // of the table's columns as drawn last; 0 for one that is not
    std::size_t left_out_ = 0;         // columns that the window has no room for
    bool leaves_ = false;

    // What passes by undrawn, and how fast: counted frame by frame, told once a second.
    std::uint64_t drawn_end_ = 0;
    std::uint64_t drawn_filters_ = 0;  // the version of those that made the rows
    std::uint64_t undrawn_ = 0;
    Timestamp measured_ = {};
    std::uint64_t measured_recorded_ = 0;
    std::uint64_t measured_undrawn_ = 0;
    std::uint64_t per_second_ = 0;
    std::uint64_t undrawn_per_second_ = 0;
};

/// Widths of the columns in `room` with one blank between: as set, Detail with what is left; where there is too little,
/// the least important shrink and then go (0).
std::vector<std::size_t> fit_columns(const std::vector<LiveColumnSetting>& columns, std::size_t room);

}  // namespace spoor::screen
