#include "terminal/console.h"

#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <charconv>
#include <clocale>
#include <cstdlib>

namespace spoor::terminal {
namespace {

std::string_view environment(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? std::string_view() : std::string_view(value);
}

bool wants_color(const Output& output, ColorChoice choice) {
    if (choice != ColorChoice::Auto) return choice == ColorChoice::Always;
    if (!environment("NO_COLOR").empty()) return false;
    if (const std::string_view force = environment("CLICOLOR_FORCE"); !force.empty() && force != "0") return true;
    return output.is_terminal() && environment("TERM") != "dumb";
}

std::size_t columns(const Output& out) {
    const std::string_view set = environment("COLUMNS");
    std::size_t width = 0;
    if (std::from_chars(set.data(), set.data() + set.size(), width).ec == std::errc{} && width > 0) return width;
    if (!out.is_terminal()) return Console::kNoLimit;
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return 80;
}

std::string painted(bool enabled, Style style, std::string_view text) {
    constexpr std::string_view kCodes[] = {"", "1", "2", "31", "32", "33", "34", "35", "36"};
    if (!enabled || style == Style::Plain || text.empty()) return std::string(text);
    std::string result = "\x1b[";
    result += kCodes[static_cast<std::size_t>(style)];
    result += 'm';
    result += text;
    result += "\x1b[0m";
    return result;
}

}  // namespace

Console Console::of_process(Output& out, Output& err, const Clock& clock) {
    std::setlocale(LC_CTYPE, "");
    // A pipe has no character set of its own; files are UTF-8.
    const bool unicode = !out.is_terminal() || std::string_view(nl_langinfo(CODESET)) == "UTF-8";
    Console console{.out = out, .err = err, .clock = clock};
    console.charset = unicode ? Charset::Unicode : Charset::Ascii;
    console.width = columns(out);
    console.choose_color(ColorChoice::Auto);
    return console;
}

void Console::choose_color(ColorChoice choice) {
    color_out = wants_color(out, choice);
    color_err = wants_color(err, choice);
}

std::string Console::paint(Style style, std::string_view text) const { return painted(color_out, style, text); }
std::string Console::paint_error(Style style, std::string_view text) const { return painted(color_err, style, text); }

void Console::warn(std::string_view text) const {
    err.write("spoor: ");
    err.write(paint_error(Style::Yellow, "warning: "));
    err.line(text);
    err.flush();
}

void Console::note(std::string_view text) const {
    err.line(text);
    err.flush();
}

}  // namespace spoor::terminal
