#include "cli/help.h"

#include <fmt/format.h>

#include <algorithm>

namespace spoor::cli {
namespace {

using terminal::Style;

constexpr std::string_view kGroupTitles[] = {"Look at logs", "Keep and search", "Live", "Tools"};

std::size_t text_width(const Console& console) { return std::clamp<std::size_t>(console.width, 50, 100); }

/// Words of `text` filled into lines of `width`, each behind `indent` blanks; the first line has its indent already.
std::string filled(std::string_view text, std::size_t indent, std::size_t width) {
    std::string result;
    std::size_t column = indent;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        const std::string_view word = text.substr(0, end);
        if (column > indent && column + 1 + word.size() > width) {
            result += '\n';
            result.append(indent, ' ');
            column = indent;
        } else if (column > indent) {
            result += ' ';
            ++column;
        }
        result += word;
        column += word.size();
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return result;
}

std::string spelled(const Option& option) {
    std::string names = option.names;
    if (const std::size_t comma = names.find(','); comma != std::string::npos) names.insert(comma + 1, " ");
    if (!names.starts_with("-")) return names;
    if (names.starts_with("--")) names.insert(0, "    ");
    return option.value.empty() ? names : names + ' ' + option.value;
}

void append_rows(std::string& text, const std::vector<std::pair<std::string, std::string>>& rows,
                 const Console& console) {
    std::size_t left = 0;
    for (const auto& [name, what] : rows) left = std::max(left, name.size());
    left = std::min<std::size_t>(left, text_width(console) * 11 / 20);
    for (const auto& [name, what] : rows) {
        text += "  " + console.paint(Style::Bold, name);
        if (name.size() > left)
            text += fmt::format("\n{}", std::string(left + 4, ' '));
        else
            text += std::string(left + 2 - name.size(), ' ');
        text += filled(what, left + 4, text_width(console)) + '\n';
    }
}

std::string heading(std::string_view title, const Console& console) {
    return fmt::format("\n{}\n", console.paint(Style::Yellow, fmt::format("{}:", title)));
}

std::string_view family_of(std::string_view name) {
    const std::size_t blank = name.find(' ');
    return blank == std::string_view::npos ? std::string_view() : name.substr(0, blank);
}

}  // namespace

const std::vector<ExitMeaning> kExitMeanings = {
    {Exit::Done, "done"},
    {Exit::NothingFound, "nothing was found (only with --exit-code)"},
    {Exit::WrongUse, "wrong use: an option, an argument or a filter"},
    {Exit::PartlyUnreadable,
     "some of the input could not be read, the rest was done; or no right to watch this machine"},
    {Exit::CouldNotRun, "could not run: no such file, no permission, no space"},
    {Exit::Bug, "an error in spoor itself"},
};

const std::vector<Example> kFirstQuestions = {
    {"sessions --human logs/", "who logged on, where and when"},
    {"follow brian logs/", "what brian did, on every host"},
    {"follow powershell.exe logs/", "where it came from, and what it led to"},
    {"logons --failed --by route logs/", "which logons failed, from where, and why"},
    {"events --host FS01 --between 09:00,09:10 logs/", "what happened there and then"},
    {"gaps logs/", "who cleared a log, and what else is missing"},
};

void declare_common(Options& options, CommonOptions& common) {
    options.choice("--color", common.color, {"auto", "always", "never"}, "colours; NO_COLOR is respected");
    options.flag("-q,--quiet", common.quiet, "no progress and no warnings on stderr; errors stay");
    options.flag("-h,--help", common.help, "this text");
}

std::string usage(const CommandEntry& entry, const Options& options) {
    std::string text = fmt::format("spoor {} [OPTION...]", entry.name);
    for (const Option& argument : options.positional()) {
        const std::string name = argument.names + (argument.repeats() ? "..." : "");
        text += argument.needed == Needed::No ? fmt::format(" [{}]", name) : " " + name;
    }
    return text;
}

std::string help(const CommandEntry& entry, const Options& options, const Console& console) {
    std::string text =
        fmt::format("{}: {}.\n\n{} {}\n", console.paint(Style::Bold, fmt::format("spoor {}", entry.name)),
                    entry.summary, console.paint(Style::Yellow, "Usage:"), usage(entry, options));
    std::string_view rest = entry.description;
    while (!rest.empty()) {
        const std::size_t end = rest.find("\n\n");
        text += '\n' + filled(rest.substr(0, end), 0, text_width(console)) + '\n';
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 2);
    }
    text += heading(entry.examples.size() == 1 ? "Example" : "Examples", console);
    for (const Example& example : entry.examples)
        text += fmt::format("  {}\n      {}\n", console.paint(Style::Bold, fmt::format("spoor {}", example.line)),
                            filled(example.does, 6, text_width(console)));
    std::vector<std::pair<std::string, std::string>> rows;
    for (const Option& argument : options.positional()) rows.emplace_back(argument.names, argument.help);
    if (!rows.empty()) {
        text += heading("Arguments", console);
        append_rows(text, rows, console);
        rows.clear();
    }
    for (const Option& option : options.named()) rows.emplace_back(spelled(option), option.help);
    text += heading("Options", console);
    append_rows(text, rows, console);
    rows.clear();
    for (const ExitMeaning& exit : kExitMeanings)
        rows.emplace_back(fmt::format("{:>2}", static_cast<int>(exit.code)), std::string(exit.meaning));
    text += heading("Exit codes", console);
    append_rows(text, rows, console);
    return text;
}

std::string overview(const Console& console) {
    std::string text = "Spoor follows every security-relevant action back to the logon that caused it.\n\n";
    text += fmt::format("{} spoor COMMAND [OPTION...] [ARGUMENT...]\n", console.paint(Style::Yellow, "Usage:"));
    for (std::size_t group = 0; group < std::size(kGroupTitles); ++group) {
        std::vector<std::pair<std::string, std::string>> rows;
        for (const CommandEntry& entry : commands())
            if (static_cast<std::size_t>(entry.group) == group)
                rows.emplace_back(std::string(entry.name), std::string(entry.summary));
        if (rows.empty()) continue;
        text += heading(kGroupTitles[group], console);
        append_rows(text, rows, console);
    }
    std::vector<std::pair<std::string, std::string>> questions;
    for (const Example& question : kFirstQuestions)
        questions.emplace_back(fmt::format("spoor {}", question.line), std::string(question.does));
    text += heading("What to ask first", console);
    append_rows(text, questions, console);
    text += "\n" +
            filled(
                "spoor COMMAND --help tells all about one command. Without logs of your own: spoor sample corp, and "
                "corp/ for logs/.",
                0, text_width(console)) +
            '\n';
    return text;
}

std::string family_overview(std::string_view family, const Console& console) {
    std::vector<std::pair<std::string, std::string>> rows;
    for (const CommandEntry& entry : commands())
        if (family_of(entry.name) == family) rows.emplace_back(std::string(entry.name), std::string(entry.summary));
    if (rows.empty()) return {};
    std::string text =
        fmt::format("{} spoor {} COMMAND [OPTION...] [ARGUMENT...]\n", console.paint(Style::Yellow, "Usage:"), family);
    text += heading("Commands", console);
    append_rows(text, rows, console);
    return text;
}

}  // namespace spoor::cli
