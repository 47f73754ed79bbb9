// TerminalScreen: a terminal that frames are shown on and keys come from. It is put back as it was when this goes away.
//
// Plain control sequences that every terminal of the last thirty years takes; nothing of terminfo is needed. A frame is
// compared with the one before, line by line, and what differs is sent in one write.
#pragma once
#include <termios.h>

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "screen/frame.h"
#include "screen/key.h"

namespace spoor::screen {

enum class Colors : unsigned char { No, Yes };

class TerminalScreen {
public:
    /// Takes over the terminal behind the two descriptors. Denied where there is none.
    static Result<std::unique_ptr<TerminalScreen>> open(int input, int output, Colors colors);
    ~TerminalScreen();
    TerminalScreen(const TerminalScreen&) = delete;
    TerminalScreen& operator=(const TerminalScreen&) = delete;

    Size size() const;
    void show(const Frame& frame);
    /// The next frame is sent whole: something else may have written to the terminal.
    void redraw() { shown_.clear(); }

    /// Keys that have come; `pause` when none was waited for in vain.
    std::vector<Key> keys();
    /// False once nobody is there any more.
    bool is_there() const { return there_; }

private:
    TerminalScreen(int input, int output, Colors colors) : input_(input), output_(output), colors_(colors) {}
    void write(std::string_view bytes);
    void append(std::string& out, const Line& line) const;

    int input_;
    int output_;
    Colors colors_;
    termios before_ = {};
    bool there_ = true;
    Size shown_size_ = {0, 0};
    std::vector<Line> shown_;
    KeyDecoder decoder_;
};

}  // namespace spoor::screen
