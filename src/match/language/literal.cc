#include "match/language/literal.h"

#include "base/unicode.h"

namespace spoor::match {
namespace {

constexpr std::string_view kEscapableBare = "\\():<>\"*{}[]/=!, \t\n";
constexpr std::string_view kEscapableQuoted = "\\\"";

/// The code point of "uXXXX" at the front of a text, where it is that and no half of a pair.
std::optional<char16_t> unicode_escape(std::string_view text) {
    if (text.size() < 5 || text[0] != 'u') return std::nullopt;
    unsigned value = 0;
    for (const char c : text.substr(1, 4)) {
        const char lower = static_cast<char>(c | 0x20);
        if (c >= '0' && c <= '9')
            value = value * 16 + static_cast<unsigned>(c - '0');
        else if (lower >= 'a' && lower <= 'f')
            value = value * 16 + static_cast<unsigned>(lower - 'a' + 10);
        else
            return std::nullopt;
    }
    if (value == 0 || (value >= 0xd800 && value <= 0xdfff)) return std::nullopt;
    return static_cast<char16_t>(value);
}

bool typed_raw(std::string_view text, std::string_view escapable) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') continue;
        if (i + 1 == text.size()) return true;
        if (!escapable.contains(text[i + 1]) && !unicode_escape(text.substr(i + 1))) return true;
        ++i;
    }
    return false;
}

/// Takes the escape behind a backslash at `i` and moves to its last character.
void append_escaped(std::string& out, std::string_view text, std::size_t& i) {
    ++i;
    if (const auto unit = unicode_escape(text.substr(i))) {
        const std::uint8_t bytes[] = {static_cast<std::uint8_t>(*unit), static_cast<std::uint8_t>(*unit >> 8)};
        out += utf16_to_utf8(bytes, 1);
        i += 4;
    } else {
        out += text[i];
    }
}

}  // namespace

bool is_typed_raw(std::string_view bare) { return typed_raw(bare, kEscapableBare); }

void append_quoted(Literal& literal, std::string_view source) {
    literal.quoted = true;
    if (literal.pieces.empty()) literal.pieces.emplace_back();
    std::string& out = literal.pieces.back();
    if (typed_raw(source, kEscapableQuoted)) {
        // The last backslash had to be doubled lest it escape the quote; quotes inside had to be escaped.
        const bool doubled_end = source.ends_with("\\\\");
        if (doubled_end) source.remove_suffix(1);
        for (std::size_t i = 0; i < source.size(); ++i) {
            if (source[i] == '\\' && i + 1 < source.size() && source[i + 1] == '"') continue;
            out += source[i];
        }
        return;
    }
    for (std::size_t i = 0; i < source.size(); ++i) {
        if (source[i] == '\\')
            append_escaped(out, source, i);
        else
            out += source[i];
    }
}

void append_bare(Literal& literal, std::string_view source) {
    if (literal.pieces.empty()) literal.pieces.emplace_back();
    const bool raw = is_typed_raw(source);
    for (std::size_t i = 0; i < source.size(); ++i) {
        if (source[i] == '*') {
            // Two stars in a row are one.
            const bool again = literal.pieces.size() > 1 && literal.pieces.back().empty();
            if (!again) literal.pieces.emplace_back();
        } else if (source[i] == '\\' && !raw) {
            append_escaped(literal.pieces.back(), source, i);
        } else {
            literal.pieces.back() += source[i];
        }
    }
}

}  // namespace spoor::match
