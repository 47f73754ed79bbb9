#include "screen/frame.h"

#include "terminal/text.h"

namespace spoor::screen {
namespace {

/// Letters of four bytes that are cut in the middle would show as what they are not.
constexpr std::size_t kLookedAt = 8192;

}  // namespace

void Line::add(std::string_view text, Look look) {
    if (used_ >= width_ || text.empty()) return;
    std::string shown = terminal::printable(text.substr(0, kLookedAt));
    std::size_t width = terminal::display_width(shown);
    if (width > width_ - used_) {
        shown = terminal::fitted(shown, width_ - used_, terminal::Keep::Start, terminal::Charset::Unicode);
        width = terminal::display_width(shown);
    }
    used_ += width;
    pieces_.push_back({std::move(shown), look});
}

void Line::add_cell(std::string_view text, std::size_t width, Look look, terminal::Charset charset) {
    width = std::min(width, width_ - std::min(used_, width_));
    if (width == 0) return;
    std::string shown = terminal::printable(text.substr(0, kLookedAt));
    if (shown.size() > width) shown = terminal::fitted(shown, width, terminal::Keep::Start, charset);
    shown.append(width - std::min(width, terminal::display_width(shown)), ' ');
    used_ += width;
    pieces_.push_back({std::move(shown), look});
}

void Line::fill(Look look) {
    if (used_ >= width_) return;
    pieces_.push_back({std::string(width_ - used_, ' '), look});
    used_ = width_;
}

std::string Line::text() const {
    std::string text;
    for (const Piece& piece : pieces_) text += piece.text;
    return text;
}

std::string Frame::text() const {
    std::string text;
    for (const Line& line : lines) text += line.text() + '\n';
    return text;
}

}  // namespace spoor::screen
