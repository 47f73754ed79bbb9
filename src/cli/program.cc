#include "cli/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <ranges>

#include "cli/help.h"
#include "cli/parse.h"
#include "model/suggest.h"
#include "terminal/text.h"

namespace spoor::cli {
namespace {

using terminal::ColorChoice;
using terminal::Output;
using terminal::Style;

/// A command and how many words its name took.
struct Found {
    const CommandEntry* entry = nullptr;
    std::size_t words = 0;
};

Found find_command(std::span<const std::string> words) {
    Found found;
    for (const CommandEntry& entry : commands()) {
        const std::size_t count = 1 + static_cast<std::size_t>(std::ranges::count(entry.name, ' '));
        if (words.size() < count || count <= found.words) continue;
        if (fmt::format("{}", fmt::join(words.first(count), " ")) == entry.name) found = {&entry, count};
    }
    return found;
}

ColorChoice color_choice(std::string_view word) {
    return word == "always" ? ColorChoice::Always : word == "never" ? ColorChoice::Never : ColorChoice::Auto;
}

Exit exit_of(Errc code) {
    return code == Errc::BadUsage || code == Errc::BadQuery ? Exit::WrongUse : Exit::CouldNotRun;
}

Exit report(const Error& error, const Console& console) {
    console.err.write("spoor: ");
    console.err.write(console.paint_error(Style::Red, "error: "));
    // It may name files and other words that somebody else chose.
    for (const auto line : std::views::split(error.what, '\n'))
        console.err.line(terminal::printable(std::string_view(line)));
    return exit_of(error.code);
}

Exit unknown_command(std::string_view word, const Console& console) {
    std::vector<std::string_view> names;
    for (const CommandEntry& entry : commands()) names.push_back(entry.name);
    if (word.starts_with('-')) names = {"--help", "--version"};
    const std::string near = did_you_mean(word, names);
    return report({Errc::BadUsage, fmt::format("there is no command '{}' (spoor --help lists them){}", word, near)},
                  console);
}

Ended run_command(const Found& found, std::span<const std::string> words, Console& console) {
    std::unique_ptr<Command> command = found.entry->make();
    Options options;
    CommonOptions common;
    command->declare(options);
    declare_common(options, common);
    const auto rest = words.subspan(found.words);
    // Asking for help is never wrong, whatever else stands there.
    const bool asks_help =
        std::ranges::any_of(std::ranges::subrange(rest.begin(), std::ranges::find(rest, "--")),
                            [](const std::string& word) { return word == "-h" || word == "--help"; });
    const Result<> parsed = asks_help ? Result<>() : parse(options, rest);
    console.choose_color(color_choice(common.color));
    if (asks_help) {
        console.out.write(help(*found.entry, options, console));
        return {Exit::Done};
    }
    if (!parsed) {
        report(parsed.error(), console);
        console.note(
            fmt::format("usage: {}\nspoor {} --help tells more", usage(*found.entry, options), found.entry->name));
        return {Exit::WrongUse};
    }
    console.quiet = common.quiet;
    const Result<Exit> exit = command->run(console);
    if (found.entry->group != Group::Look) command.reset();
    return {exit ? *exit : report(exit.error(), console), std::move(command)};
}

Ended dispatch(std::span<const std::string> words, Console& console) {
    if (words.empty()) {
        console.err.write(overview(console));
        return {Exit::WrongUse};
    }
    const std::string& first = words.front();
    if (first == "-h" || first == "--help" || (first == "help" && words.size() == 1)) {
        console.out.write(overview(console));
        return {Exit::Done};
    }
    if (first == "--version") return dispatch(std::vector<std::string>{"version"}, console);
    if (first == "help") {
        std::vector<std::string> asked(words.begin() + 1, words.end());
        asked.emplace_back("--help");
        return dispatch(asked, console);
    }
    if (const Found found = find_command(words); found.entry != nullptr) return run_command(found, words, console);
    const std::string family = family_overview(first, console);
    if (family.empty()) return {unknown_command(first, console)};
    const bool asked = words.size() == 2 && (words[1] == "--help" || words[1] == "-h");
    if (words.size() > 1 && !asked) return {unknown_command(fmt::format("{} {}", first, words[1]), console)};
    (asked ? console.out : console.err).write(family);
    return {asked ? Exit::Done : Exit::WrongUse};
}

}  // namespace

Ended run_program(std::span<const std::string> words, Output& out, Output& err, const Clock& clock) {
    Console console = Console::of_process(out, err, clock);
    Ended ended;
    try {
        ended = dispatch(words, console);
    } catch (const std::bad_alloc&) {
        ended.exit = report({Errc::Full, "out of memory"}, console);
    }
    out.flush();
    if (out.failure()) ended.exit = report(*out.failure(), console);
    err.flush();
    return ended;
}

}  // namespace spoor::cli
