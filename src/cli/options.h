// Options: what a command takes on its command line, as data. The parser, the help text, the man pages and the shell
// completions are all made from it.
//
//     options.flag("-p,--processes", show_processes_, "show each session's processes, as a tree");
//     options.text("--host", host_, "NAME", "only this host");
//     options.choice("--format", format_, {"table", "jsonl", "csv"}, "how to print");
//     options.arguments(paths_, "LOG", Needed::AtLeastOne, "log files, folders or patterns");
//
// What is bound is set when the command line is read; it must outlive the Options.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace spoor::cli {

/// What a shell offers behind an option or for an argument.
enum class Completes : unsigned char { Nothing, Paths, Kinds, Fields, LogonTypes, Choices, Commands };
enum class Needed : unsigned char { No, One, AtLeastOne };

struct Option {
    std::string names = {};  // "-p,--processes"; for arguments "LOG"
    std::string value = {};  // how the help calls the value, "NAME"; empty for a flag
    std::string help = {};
    std::vector<std::string> choices = {};
    Completes completes = Completes::Nothing;
    Needed needed = Needed::No;  // of arguments
    std::variant<bool*, std::string*, std::vector<std::string>*, std::optional<std::uint64_t>*,
                 std::optional<std::string>*>
        into = {};

    bool is_flag() const { return std::holds_alternative<bool*>(into); }
    bool repeats() const { return std::holds_alternative<std::vector<std::string>*>(into); }
};

class Options {
public:
    Option& flag(std::string names, bool& into, std::string help);
    Option& text(std::string names, std::string& into, std::string value, std::string help);
    Option& text(std::string names, std::optional<std::string>& into, std::string value, std::string help);
    /// May be given several times; also takes several values separated by commas.
    Option& list(std::string names, std::vector<std::string>& into, std::string value, std::string help);
    Option& number(std::string names, std::optional<std::uint64_t>& into, std::string value, std::string help);
    /// One of `choices`; what `into` holds already is the default and is shown in the help.
    Option& choice(std::string names, std::string& into, std::vector<std::string> choices, std::string help);

    /// The words behind the options, in this order. Only the last may be one that repeats.
    Option& argument(std::string& into, std::string name, Needed needed, std::string help);
    Option& arguments(std::vector<std::string>& into, std::string name, Needed needed, std::string help);

    const std::vector<Option>& named() const { return named_; }
    const std::vector<Option>& positional() const { return positional_; }

private:
    std::vector<Option> named_;
    std::vector<Option> positional_;
};

}  // namespace spoor::cli
