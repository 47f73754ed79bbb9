// spoor completion, spoor man: what shells and man(1) need, made from the commands' own descriptions.
#include <fmt/format.h>

#include <algorithm>

#include "cli/build.h"
#include "cli/command.h"
#include "cli/help.h"
#include "match/field_names.h"
#include "model/kinds.h"
#include "model/session.h"

namespace spoor::cli {
namespace {

/// What manual pages are dated with: when this version was settled.
constexpr std::string_view kReleased = "2026-11-24";

/// A command with all its options, the common ones too.
struct Described {
    const CommandEntry* entry = nullptr;
    std::unique_ptr<Command> command;
    std::unique_ptr<CommonOptions> common;
    Options options;
};

std::vector<Described> describe_all() {
    std::vector<Described> all;
    for (const CommandEntry& entry : commands()) {
        Described described{
            .entry = &entry, .command = entry.make(), .common = std::make_unique<CommonOptions>(), .options = {}};
        described.command->declare(described.options);
        declare_common(described.options, *described.common);
        all.push_back(std::move(described));
    }
    return all;
}

std::vector<std::string> spellings(const Option& option) {
    const std::size_t comma = option.names.find(',');
    if (comma == std::string::npos) return {option.names};
    return {option.names.substr(0, comma), option.names.substr(comma + 1)};
}

/// The words that may stand behind an option.
std::string offered(const Option& option) {
    std::vector<std::string> words = option.choices;
    if (option.completes == Completes::Kinds)
        for (const KindEntry& kind : std::span(kKinds, kKindCount)) words.emplace_back(kind.name);
    if (option.completes == Completes::LogonTypes)
        for (int number = 0; number <= static_cast<int>(LogonType::CachedUnlock); ++number)
            if (const auto type = find_logon_type(std::to_string(number))) words.emplace_back(slug(*type));
    if (option.completes == Completes::Commands)
        for (const CommandEntry& entry : commands()) words.emplace_back(entry.name);
    if (option.completes == Completes::Fields)
        for (const match::NamedField& field : match::field_names(match::Subject::Events, nullptr))
            words.push_back(field.name);
    return fmt::format("{}", fmt::join(words, " "));
}

std::string bash_script(const std::vector<Described>& all) {
    std::vector<std::string_view> firsts;
    for (const Described& d : all) {
        const std::string_view first = d.entry->name.substr(0, d.entry->name.find(' '));
        if (std::ranges::find(firsts, first) == firsts.end()) firsts.push_back(first);
    }
    std::string text = fmt::format(
        "# spoor completion for bash: eval \"$(spoor completion bash)\"\n"
        "_spoor() {{\n"
        "    local word=\"${{COMP_WORDS[COMP_CWORD]}}\" before=\"${{COMP_WORDS[COMP_CWORD-1]}}\" "
        "command=\"${{COMP_WORDS[1]}}\" options= words=\n"
        "    local arguments= begun=\n"
        "    # --format=json comes as three words: --format, =, json.\n"
        "    if [ \"$word\" = = ]; then word=; elif [ \"$before\" = = ]; then "
        "before=\"${{COMP_WORDS[COMP_CWORD-2]}}\"; fi\n"
        "    if [ \"$COMP_CWORD\" -eq 1 ]; then COMPREPLY=($(compgen -W \"{} --help --version\" -- \"$word\")); "
        "return; fi\n"
        "    case \"$command ${{COMP_WORDS[2]}}\" in\n",
        fmt::join(firsts, " "));
    // Commands of two words stand in front of patterns that any second word fits.
    for (const bool two_words : {true, false}) {
        for (const Described& d : all) {
            if ((d.entry->name.find(' ') != std::string_view::npos) != two_words) continue;
            std::vector<std::string> options;
            std::string values;
            for (const Option& option : d.options.named()) {
                const std::vector<std::string> names = spellings(option);
                options.insert(options.end(), names.begin(), names.end());
                if (const std::string words = offered(option); !words.empty())
                    values += fmt::format(" {}) words=\"{}\";;", fmt::join(names, "|"), words);
            }
            text += fmt::format("    \"{}{}) options=\"{}\"", d.entry->name, two_words ? "\"" : " \"*",
                                fmt::join(options, " "));
            for (const Option& argument : d.options.positional())
                if (const std::string words = offered(argument); !words.empty())
                    text += fmt::format("; arguments=\"{}\"", words);
            if (!values.empty()) text += fmt::format("; case \"$before\" in{} esac", values);
            text += ";;\n";
        }
    }
    for (const std::string_view first : firsts) {
        std::vector<std::string_view> seconds;
        for (const Described& d : all)
            if (d.entry->name.starts_with(fmt::format("{} ", first)))
                seconds.push_back(d.entry->name.substr(first.size() + 1));
        if (!seconds.empty()) text += fmt::format("    \"{} \"*) words=\"{}\";;\n", first, fmt::join(seconds, " "));
    }
    return text +
           "    esac\n"
           "    if [ -n \"$words\" ]; then\n"
           "        # Lists go on behind their last comma; a field to sort by may have a minus in front.\n"
           "        case \"$word\" in *,*) begun=\"${word%,*},\" word=\"${word##*,}\";; esac\n"
           "        if [ \"$before\" = --sort ] && [ \"${word:0:1}\" = - ]; then begun=\"$begun-\" word=\"${word:1}\"; "
           "fi\n"
           "        COMPREPLY=($(compgen -P \"$begun\" -W \"$words\" -- \"$word\"))\n"
           "    elif [ \"${word:0:1}\" = - ]; then COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
           "    elif [ -n \"$word\" ] || [ \"${#arguments}\" -lt 500 ]; then COMPREPLY=($(compgen -W \"$arguments\" -- "
           "\"$word\") $(compgen -f -- \"$word\"))\n"
           "    else COMPREPLY=($(compgen -f -- \"$word\")); fi\n"
           "}\n"
           "complete -o filenames -F _spoor spoor\n";
}

std::string in_single_quotes(std::string_view text) {
    std::string quoted = "'";
    for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + "'";
}

std::string fish_script(const std::vector<Described>& all) {
    std::string text = "# spoor completion for fish: spoor completion fish | source\n";
    for (const Described& d : all) {
        const std::string_view name = d.entry->name;
        const std::size_t blank = name.find(' ');
        const std::string condition =
            blank == std::string_view::npos
                ? fmt::format("__fish_seen_subcommand_from {}", name)
                : fmt::format("__fish_seen_subcommand_from {}; and __fish_seen_subcommand_from {}",
                              name.substr(0, blank), name.substr(blank + 1));
        if (blank == std::string_view::npos)
            text += fmt::format("complete -c spoor -n __fish_use_subcommand -f -a {} -d {}\n", name,
                                in_single_quotes(d.entry->summary));
        else
            text += fmt::format(
                "complete -c spoor -n __fish_use_subcommand -f -a {}\ncomplete -c spoor -n "
                "'__fish_seen_subcommand_from {}' -f -a {} -d {}\n",
                name.substr(0, blank), name.substr(0, blank), name.substr(blank + 1),
                in_single_quotes(d.entry->summary));
        for (const Option& option : d.options.named()) {
            std::string line = fmt::format("complete -c spoor -n {}", in_single_quotes(condition));
            for (const std::string& spelling : spellings(option))
                line += spelling.starts_with("--") ? fmt::format(" -l {}", spelling.substr(2))
                                                   : fmt::format(" -s {}", spelling.substr(1));
            if (!option.is_flag()) line += " -r";
            if (const std::string words = offered(option); !words.empty())
                line += fmt::format(" -f -a {}", in_single_quotes(words));
            text += fmt::format("{} -d {}\n", line, in_single_quotes(option.help));
        }
        for (const Option& argument : d.options.positional())
            if (const std::string words = offered(argument); !words.empty())
                // Hundreds of names are no help before anything was typed.
                text += fmt::format("complete -c spoor -n {} -a {}\n",
                                    in_single_quotes(condition + "; and string length -q -- (commandline -ct)"),
                                    in_single_quotes(words));
    }
    return text;
}

/// zsh reads bash's completions through its own bridge.
std::string zsh_script(const std::vector<Described>& all) {
    return "# spoor completion for zsh: eval \"$(spoor completion zsh)\"\nautoload -Uz compinit bashcompinit\nwhence "
           "compdef >/dev/null || compinit\nbashcompinit\n" +
           bash_script(all);
}

class Completion final : public Command {
    void declare(Options& options) override {
        options.argument(shell_, "SHELL", Needed::One, "bash, zsh or fish").choices = {"bash", "zsh", "fish"};
    }

    Result<Exit> run(Console& console) override {
        const std::vector<Described> all = describe_all();
        if (shell_ == "bash")
            console.out.write(bash_script(all));
        else if (shell_ == "zsh")
            console.out.write(zsh_script(all));
        else if (shell_ == "fish")
            console.out.write(fish_script(all));
        else
            return fail(Errc::BadUsage, fmt::format("no completion for '{}': bash, zsh and fish are known", shell_));
        return Exit::Done;
    }

    std::string shell_;
};

/// Text in roff: backslashes, and dots and quotes where a line begins, are not commands.
std::string roff(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        if ((c == '.' || c == '\'') && (escaped.empty() || escaped.back() == '\n')) escaped += "\\&";
        if (c == '\\')
            escaped += "\\e";
        else if (c == '-')
            escaped += "\\-";
        else
            escaped += c;
    }
    return escaped;
}

/// The same as lines that are not too long for an editor; man(1) fills them anew.
std::string roff_lines(std::string_view text) {
    constexpr std::size_t kWidth = 76;
    std::string lines;
    std::size_t column = 0;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        const std::string_view word = text.substr(0, end);
        if (column > 0 && column + 1 + word.size() > kWidth) {
            lines += '\n';
            column = 0;
        } else if (column > 0) {
            lines += ' ';
            ++column;
        }
        lines += word;
        column += word.size();
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return roff(lines);
}

std::string paragraphs(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        const std::size_t end = text.find("\n\n");
        result += (result.empty() ? "" : ".PP\n") + roff_lines(text.substr(0, end)) + '\n';
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 2);
    }
    return result;
}

std::string page_of(const Described& d) {
    std::string title = "SPOOR-" + std::string(d.entry->name);
    for (char& c : title) c = c == ' ' ? '-' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    std::string text = fmt::format(".TH {} 1 {} \"spoor {}\" \"Spoor\"\n.SH NAME\nspoor {} \\- {}\n.SH SYNOPSIS\n{}\n",
                                   title, kReleased, kVersion, roff(d.entry->name), roff(d.entry->summary),
                                   roff_lines(usage(*d.entry, d.options)));
    if (!d.entry->description.empty()) text += ".SH DESCRIPTION\n" + paragraphs(d.entry->description);
    text += ".SH OPTIONS\n";
    for (const Option& argument : d.options.positional())
        text += fmt::format(".TP\n\\fI{}\\fR\n{}\n", roff(argument.names), roff_lines(argument.help));
    for (const Option& option : d.options.named())
        text +=
            fmt::format(".TP\n\\fB{}\\fR{}\n{}\n", roff(fmt::format("{}", fmt::join(spellings(option), ", "))),
                        option.value.empty() ? "" : fmt::format(" \\fI{}\\fR", option.value), roff_lines(option.help));
    text += ".SH EXAMPLES\n";
    for (const Example& example : d.entry->examples)
        text += fmt::format(".TP\n.B {}\n{}\n", roff(fmt::format("spoor {}", example.line)), roff_lines(example.does));
    text += ".SH EXIT STATUS\n";
    for (const ExitMeaning& exit : kExitMeanings)
        text += fmt::format(".TP\n{}\n{}\n", static_cast<int>(exit.code), roff_lines(exit.meaning));
    return text + ".SH ENVIRONMENT\nSPOOR_STORE, NO_COLOR, CLICOLOR_FORCE, COLUMNS, TERM, TZ\n.SH SEE ALSO\nspoor(1)\n";
}

std::string page_of_program(const std::vector<Described>& all) {
    std::string text = fmt::format(
        ".TH SPOOR 1 {} \"spoor {}\" \"Spoor\"\n.SH NAME\nspoor \\- follow security\\-relevant actions back to the "
        "logon that caused them\n"
        ".SH SYNOPSIS\nspoor COMMAND [OPTION...] [ARGUMENT...]\n.SH COMMANDS\n",
        kReleased, kVersion);
    for (const Described& d : all)
        text += fmt::format(".TP\n.B {}\n{}\n", roff(d.entry->name), roff_lines(d.entry->summary));
    return text;
}

class Man final : public Command {
    void declare(Options& options) override {
        options.arguments(words_, "COMMAND", Needed::No, "the command; the program itself when left out").completes =
            Completes::Commands;
    }

    Result<Exit> run(Console& console) override {
        const std::vector<Described> all = describe_all();
        const std::string name = fmt::format("{}", fmt::join(words_, " "));
        if (name.empty()) {
            console.out.write(page_of_program(all));
            return Exit::Done;
        }
        const auto found = std::ranges::find_if(all, [&](const Described& d) { return d.entry->name == name; });
        if (found == all.end())
            return fail(Errc::BadUsage, fmt::format("there is no command '{}' (spoor --help lists them)", name));
        console.out.write(page_of(*found));
        return Exit::Done;
    }

    std::vector<std::string> words_;
};

}  // namespace

CommandEntry completion_command() {
    return {.name = "completion",
            .summary = "completion for bash, zsh or fish",
            .group = Group::Tools,
            .description = "Completes commands, options, their values, and the names of kinds and fields.",
            .examples = {{"completion bash > /etc/bash_completion.d/spoor", "For all users of bash."},
                         {"completion fish | source", "For this fish."}},
            .make = make<Completion>};
}

CommandEntry man_command() {
    return {.name = "man",
            .summary = "the manual page of a command, for man(1)",
            .group = Group::Tools,
            .examples = {{"man sessions | man -l -", "Reads the page of spoor sessions."},
                         {"man > spoor.1", "The page of the program."}},
            .make = make<Man>};
}

}  // namespace spoor::cli
