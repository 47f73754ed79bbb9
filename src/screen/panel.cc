#include "screen/panel.h"

#include <algorithm>

namespace spoor::screen {

using Code = Key::Code;

namespace {

void append_utf8(std::string& out, char32_t letter) {
    if (letter < 0x80) {
        out += static_cast<char>(letter);
        return;
    }
    const int more = letter < 0x800 ? 1 : letter < 0x10000 ? 2 : 3;
    constexpr unsigned kFirst[] = {0, 0xc0, 0xe0, 0xf0};
    out += static_cast<char>(kFirst[more] | letter >> (6 * more));
    for (int i = more - 1; i >= 0; --i) out += static_cast<char>(0x80 | (letter >> (6 * i) & 0x3f));
}

bool is_inside(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

}  // namespace

Prompt::Prompt(std::string what, std::string_view initial, std::function<Result<void>(const std::string&)> then)
    : label(std::move(what)), text(initial), cursor(initial.size()), done(std::move(then)) {}

void Prompt::press(const Key& key) {
    const auto before = [&](std::size_t at) {
        if (at > 0) --at;
        while (at > 0 && is_inside(text[at])) --at;
        return at;
    };
    const auto behind = [&](std::size_t at) {
        if (at < text.size()) ++at;
        while (at < text.size() && is_inside(text[at])) ++at;
        return at;
    };
    const auto erase_back_to = [&](std::size_t begin) {
        text.erase(begin, cursor - begin);
        cursor = begin;
    };
    switch (key.code) {
        case Code::Letter: {
            std::string letter;
            append_utf8(letter, key.letter);
            text.insert(cursor, letter);
            cursor += letter.size();
            break;
        }
        case Code::Backspace: erase_back_to(before(cursor)); break;
        case Code::Delete: text.erase(cursor, behind(cursor) - cursor); break;
        case Code::Left: cursor = before(cursor); break;
        case Code::Right: cursor = behind(cursor); break;
        case Code::Home: cursor = 0; break;
        case Code::End: cursor = text.size(); break;
        case Code::Control:
            if (key.letter == 'a')
                cursor = 0;
            else if (key.letter == 'e')
                cursor = text.size();
            else if (key.letter == 'k')
                text.erase(cursor);
            else if (key.letter == 'u')
                erase_back_to(0);
            else if (key.letter == 'w') {
                std::size_t begin = cursor;
                while (begin > 0 && text[begin - 1] == ' ') --begin;
                while (begin > 0 && text[begin - 1] != ' ') --begin;
                erase_back_to(begin);
            }
            break;
        default: break;
    }
}

void Panel::draw(Frame& frame, std::size_t lines, terminal::Charset charset, PanelHost& host) {
    if (lines == 0) return;
    frame.add_line().add_cell(" " + title(), frame.size.width, {.bold = true, .reverse = true}, charset);
    height_ = lines - 1;
    const std::vector<Row> all = rows(frame.size.width - 2, host);
    count_ = all.size();
    if (count_ > 0) selected_ = std::min(selected_, count_ - 1);
    if (selected_ < top_) top_ = selected_;
    if (height_ > 0 && selected_ >= top_ + height_) top_ = selected_ - height_ + 1;
    for (std::size_t i = 0; i < height_; ++i) {
        Line& line = frame.add_line();
        if (top_ + i >= count_) continue;
        const bool is_selected = top_ + i == selected_;
        const Row& row = all[top_ + i];
        Look look = row.look;
        look.reverse = look.reverse || is_selected;
        line.add(is_selected ? "> " : "  ");
        line.add(row.text, look);
    }
}

bool Panel::move(const Key& key) {
    const std::size_t page = std::max<std::size_t>(height_, 1);
    const std::size_t last = count_ == 0 ? 0 : count_ - 1;
    const bool letter = key.code == Code::Letter;
    if (key.code == Code::Up || (letter && key.letter == 'k'))
        selected_ -= selected_ > 0;
    else if (key.code == Code::Down || (letter && key.letter == 'j'))
        selected_ = std::min(selected_ + 1, last);
    else if (key.code == Code::PageUp)
        selected_ -= std::min(selected_, page);
    else if (key.code == Code::PageDown || (letter && key.letter == ' '))
        selected_ = std::min(selected_ + page, last);
    else if (key.code == Code::Home)
        selected_ = 0;
    else if (key.code == Code::End)
        selected_ = last;
    else
        return false;
    return true;
}

}  // namespace spoor::screen
