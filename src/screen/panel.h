// Panel: what lies over the table for a while: help, an event in whole, the list of filters, the choice of columns.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "screen/frame.h"
#include "screen/key.h"
#include "screen/live_table.h"

namespace spoor::screen {

/// A line that the user types. `done` is given the text; while it fails the prompt stays, and the reason shows.
struct Prompt {
    std::string label;
    std::string text;        // UTF-8
    std::size_t cursor = 0;  // in bytes, at the begin of a letter
    std::function<Result<void>(const std::string&)> done;

    Prompt(std::string what, std::string_view initial, std::function<Result<void>(const std::string&)> then);
    void press(const Key& key);
};

/// What a panel may ask of the screen that it lies on.
class PanelHost {
public:
    virtual ~PanelHost() = default;
    virtual LiveTable& table() = 0;
    virtual void ask(Prompt prompt) = 0;
    virtual void say(std::string message) = 0;
};

class Panel {
public:
    enum class After : unsigned char { Stay, Close };

    virtual ~Panel() = default;
    virtual std::string title() const = 0;
    /// The keys that it takes, for the last line.
    virtual std::string_view hints() const = 0;
    virtual After press(const Key& key, PanelHost& host) = 0;

    /// Adds `lines` lines to the frame, with the selected one in sight.
    void draw(Frame& frame, std::size_t lines, terminal::Charset charset, PanelHost& host);

protected:
    struct Row {
        std::string text;
        Look look = {};
    };
    /// All that there is to show; `selected` of them is marked.
    virtual std::vector<Row> rows(std::size_t width, PanelHost& host) = 0;
    /// Moves the selection; true when the key was one for that.
    bool move(const Key& key);

    std::size_t selected_ = 0;

private:
    std::size_t count_ = 0;
    std::size_t top_ = 0;
    std::size_t height_ = 1;
};

std::unique_ptr<Panel> make_help_panel();
/// Of the row that is selected now; it stays that event's while the table goes on.
std::unique_ptr<Panel> make_event_panel(LiveTable& table);
std::unique_ptr<Panel> make_filter_panel();
std::unique_ptr<Panel> make_column_panel();

}  // namespace spoor::screen
