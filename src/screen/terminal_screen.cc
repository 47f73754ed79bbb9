#include "screen/terminal_screen.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace spoor::screen {
namespace {

// The other screen, no cursor, no wrapping at the margin, pasted text marked as such.
constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?2004h\x1b[0m\x1b[2J";
constexpr std::string_view kLeave = "\x1b[?2004l\x1b[?7h\x1b[0m\x1b[?25h\x1b[?1049l";
// A terminal that knows it shows a frame at once; others ignore it.
constexpr std::string_view kBegin = "\x1b[?2026h";
constexpr std::string_view kEnd = "\x1b[?2026l";
constexpr int kEscapePatience = 25;  // milliseconds until an Escape is a key of its own

}  // namespace

Result<std::unique_ptr<TerminalScreen>> TerminalScreen::open(int input, int output, Colors colors) {
    std::unique_ptr<TerminalScreen> screen(new TerminalScreen(input, output, colors));
    if (tcgetattr(input, &screen->before_) != 0) {
        screen->there_ = false;
        return fail_errno("taking over the terminal");
    }
    termios raw = screen->before_;
    raw.c_iflag &= ~static_cast<tcflag_t>(ICRNL | INLCR | IXON | BRKINT);
    raw.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | ISIG | IEXTEN);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    if (tcsetattr(input, TCSAFLUSH, &raw) != 0) return fail_errno("taking over the terminal");
    screen->write(kEnter);
    return screen;
}

TerminalScreen::~TerminalScreen() {
    if (!there_) return;
    write(kLeave);
    tcsetattr(input_, TCSAFLUSH, &before_);
}

Size TerminalScreen::size() const {
    winsize window{};
    if (ioctl(output_, TIOCGWINSZ, &window) != 0 || window.ws_col == 0 || window.ws_row == 0) return {};
    return {window.ws_col, window.ws_row};
}

void TerminalScreen::append(std::string& out, const Line& line) const {
    for (const Line::Piece& piece : line.pieces()) {
        out += "\x1b[0";
        if (piece.look.bold) out += ";1";
        if (piece.look.dim) out += ";2";
        if (piece.look.reverse) out += ";7";
        if (colors_ == Colors::Yes && piece.look.tint != Tint::None)
            fmt::format_to(std::back_inserter(out), ";3{}", static_cast<int>(piece.look.tint));
        out += 'm';
        out += piece.text;
    }
    out += "\x1b[0m";
    // Behind a full line the cursor still stands on its last letter, which would go too.
    if (!line.is_full()) out += "\x1b[K";
}

void TerminalScreen::show(const Frame& frame) {
    std::string out(kBegin);
    if (frame.size != shown_size_ || shown_.size() != frame.lines.size()) {
        shown_.clear();
        out += "\x1b[2J";
    }
    for (std::size_t i = 0; i < frame.lines.size(); ++i) {
        if (i < shown_.size() && shown_[i] == frame.lines[i]) continue;
        fmt::format_to(std::back_inserter(out), "\x1b[{};1H", i + 1);
        append(out, frame.lines[i]);
    }
    if (frame.cursor)
        fmt::format_to(std::back_inserter(out), "\x1b[{};{}H\x1b[?25h", frame.cursor->line + 1,
                       frame.cursor->column + 1);
    else
        out += "\x1b[?25l";
    out += kEnd;
    write(out);
    shown_ = frame.lines;
    shown_size_ = frame.size;
}

std::vector<Key> TerminalScreen::keys() {
    std::vector<Key> keys;
    char bytes[4096];
    pollfd waiting{input_, POLLIN, 0};
    while (poll(&waiting, 1, decoder_.waits() ? kEscapePatience : 0) > 0) {
        const ssize_t size = read(input_, bytes, sizeof bytes);
        if (size <= 0 && !(size < 0 && (errno == EINTR || errno == EAGAIN))) {
            there_ = false;
            return keys;
        }
        if (size > 0) {
            const std::vector<Key> more = decoder_.decode({bytes, static_cast<std::size_t>(size)});
            keys.insert(keys.end(), more.begin(), more.end());
        }
        if (keys.size() > 256) return keys;
    }
    if (decoder_.waits()) {
        const std::vector<Key> more = decoder_.pause();
        keys.insert(keys.end(), more.begin(), more.end());
    }
    return keys;
}

void TerminalScreen::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(output_, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0 && errno == EAGAIN) {
            pollfd waiting{output_, POLLOUT, 0};
            poll(&waiting, 1, 1000);
            continue;
        }
        if (written <= 0) {
            there_ = false;
            return;
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

}  // namespace spoor::screen
