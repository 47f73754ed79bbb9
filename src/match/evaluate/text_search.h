// Searching for texts that were folded beforehand, in texts that mostly are ASCII.
#pragma once
#include <cstdint>
#include <string_view>

namespace spoor::match {

/// True when `needle` occurs in `text`, byte by byte. Both are folded already, or neither is meant to be.
bool contains(std::string_view text, std::string_view needle);

/// What could be told without folding the text.
enum class Glance : std::uint8_t { No, Yes, MustFold };

/// How a text stands to a folded pattern: decided from its ASCII characters as long as nothing else comes in between.
Glance equals_folded(std::string_view text, std::string_view pattern);
Glance starts_folded(std::string_view text, std::string_view pattern);
Glance ends_folded(std::string_view text, std::string_view pattern);
Glance contains_folded(std::string_view text, std::string_view pattern);

/// Whether the pieces of a glob, in order and with anything in between, make up the text. Both sides folded or neither.
template <typename Pieces>
bool fits_glob(std::string_view text, const Pieces& pieces) {
    const std::string_view first = pieces.front();
    const std::string_view last = pieces.back();
    if (text.size() < first.size() + last.size() || !text.starts_with(first) || !text.ends_with(last)) return false;
    text = text.substr(first.size(), text.size() - first.size() - last.size());
    for (std::size_t i = 1; i + 1 < pieces.size(); ++i) {
        const std::size_t found = text.find(pieces[i]);
        if (found == std::string_view::npos) return false;
        text.remove_prefix(found + pieces[i].size());
    }
    return true;
}

/// Whether one of the blank-separated words of a text is that word. Both sides folded or neither.
bool has_word(std::string_view text, std::string_view word);

}  // namespace spoor::match
