#include "match/language/diagnostic.h"

#include <fmt/format.h>

#include <algorithm>

namespace spoor::match {
namespace {

constexpr std::size_t kWidest = 100;  // bytes of a source line that are shown

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

std::size_t count_characters(std::string_view text) {
    return text.size() - static_cast<std::size_t>(std::ranges::count_if(text, continues_character));
}

std::string printable(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\t')
            out += ' ';
        else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            out += '?';
        else
            out += c;
    }
    return out;
}

}  // namespace

std::string excerpt(std::string_view text) {
    constexpr std::size_t kLongest = 60;
    if (text.size() <= kLongest) return printable(text);
    std::size_t end = kLongest;
    while (end > kLongest - 4 && continues_character(text[end])) --end;
    return printable(text.substr(0, end)) + "...";
}

std::string render(const Diagnostic& diagnostic, std::string_view source, std::string_view source_name) {
    const std::size_t begin = std::min<std::size_t>(diagnostic.span.begin, source.size());
    const std::size_t line_begin = begin == 0 ? 0 : source.rfind('\n', begin - 1) + 1;
    const std::size_t line_end = std::min(source.find('\n', begin), source.size());
    const std::size_t end = std::clamp<std::size_t>(diagnostic.span.end, begin, line_end);
    const auto line = 1 + std::ranges::count(source.substr(0, line_begin), '\n');

    // A window of the line, with the place in it.
    std::size_t from = begin - line_begin > kWidest / 2 ? begin - kWidest / 2 : line_begin;
    while (from > line_begin && from < source.size() && continues_character(source[from])) --from;
    std::size_t to = std::min(line_end, from + kWidest);
    while (to < line_end && continues_character(source[to])) ++to;

    const std::string_view before = from > line_begin ? "..." : "";
    const std::string_view after = to < line_end ? "..." : "";
    const std::size_t indent = before.size() + count_characters(source.substr(from, begin - from));
    const std::size_t marked =
        std::max<std::size_t>(1, count_characters(source.substr(begin, std::min(end, to) - begin)));
    std::string out = fmt::format("{}:{}:{}: error[{}]: {}\n", source_name, line,
                                  1 + count_characters(source.substr(line_begin, begin - line_begin)), diagnostic.code,
                                  diagnostic.text);
    out += fmt::format("  {}{}{}\n  {:{}}^{:~>{}}", before, printable(source.substr(from, to - from)), after, "",
                       indent, "", marked - 1);
    if (!diagnostic.hint.empty()) out += fmt::format("\n  {}", diagnostic.hint);
    return out;
}

Error to_error(const Diagnostic& diagnostic, std::string_view source, std::string_view source_name) {
    return {Errc::BadQuery, render(diagnostic, source, source_name)};
}

}  // namespace spoor::match
