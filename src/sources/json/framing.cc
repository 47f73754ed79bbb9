#include "sources/json/framing.h"

#include <algorithm>

#include "base/unicode.h"

namespace spoor::json {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

/// The end of the object that begins at `begin`, or kNone if it goes on behind the text.
std::size_t end_of_object(std::string_view text, std::size_t begin) {
    std::size_t depth = 0;
    for (std::size_t at = begin;;) {
        at = text.find_first_of("\"{}[]", at);
        if (at == kNone) return kNone;
        switch (text[at++]) {
            case '"':
                for (;;) {
                    at = text.find_first_of("\"\\", at);
                    if (at == kNone) return kNone;
                    if (text[at] == '"') break;
                    at += 2;
                    if (at > text.size()) return kNone;
                }
                ++at;
                break;
            case '{':
            case '[': ++depth; break;
            default:
                if (--depth == 0) return at;
        }
    }
}

}  // namespace

Framing framing_of(std::string_view head) {
    const std::size_t begin = head.find_first_not_of(" \t\r\n");
    if (begin == kNone || head[begin] != '{') return Framing::Brackets;
    const std::size_t end = end_of_object(head, begin);
    // An object longer than what is seen stands on one line if no line ends in it.
    return head.substr(begin, end == kNone ? kNone : end - begin).contains('\n') ? Framing::Brackets : Framing::Lines;
}

std::size_t whole(std::string_view text, Framing framing, std::size_t seen) {
    if (framing == Framing::Lines) {
        const std::size_t last = text.substr(seen).rfind('\n');
        return last == kNone ? 0 : seen + last + 1;
    }
    std::size_t end = 0;
    for (;;) {
        const std::size_t begin = text.find('{', end);
        const std::size_t next = begin == kNone ? kNone : end_of_object(text, begin);
        if (next == kNone) return end;
        end = next;
    }
}

bool Objects::next() {
    for (;;) {
        if (text_.empty()) return false;
        std::string_view piece;
        if (framing_ == Framing::Lines) {
            piece = text_.substr(0, text_.find('\n'));
            object_line_ = line_;
            text_.remove_prefix(std::min(piece.size() + 1, text_.size()));
            line_ += 1;
            object_ = trimmed(piece);
            // Some converters write NaN for a row that they had nothing for.
            if (object_.empty() || object_ == "NaN" || object_ == "null") continue;
            return true;
        }
        const std::size_t begin = text_.find('{');
        if (begin == kNone) return false;
        line_ += static_cast<std::uint64_t>(std::ranges::count(text_.substr(0, begin), '\n'));
        object_line_ = line_;
        const std::size_t end = std::min(end_of_object(text_, begin), text_.size());
        object_ = text_.substr(begin, end - begin);
        line_ += static_cast<std::uint64_t>(std::ranges::count(object_, '\n'));
        text_.remove_prefix(end);
        return true;
    }
}

}  // namespace spoor::json
