#include "cli/parse.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "model/suggest.h"

namespace spoor::cli {
namespace {

/// CLI11 reads -1 into an unsigned number without a word.
std::string only_digits(const std::string& word) {
    return word.find_first_not_of("0123456789") == std::string::npos ? "" : fmt::format("'{}' is not a number", word);
}

/// What CLI11's own check says in braces, with a guess.
std::string one_of_choices(const std::vector<std::string>& choices, const std::string& word) {
    if (std::ranges::find(choices, word) != choices.end()) return "";
    const std::vector<std::string_view> names(choices.begin(), choices.end());
    return fmt::format("'{}' is none of {}{}", word, fmt::join(choices, ", "), did_you_mean(word, names));
}

CLI::Option* declare(CLI::App& app, const Option& option) {
    return std::visit(
        [&](auto* into) -> CLI::Option* {
            using T = std::remove_pointer_t<decltype(into)>;
            if constexpr (std::is_same_v<T, bool>) {
                return app.add_flag(option.names, *into);
            } else {
                CLI::Option* const declared = app.add_option(option.names, *into);
                if constexpr (std::is_same_v<T, std::vector<std::string>>) {
                    // An option takes one word (with commas) each time it is given, never the arguments behind it.
                    if (option.names.starts_with('-')) declared->delimiter(',')->allow_extra_args(false);
                } else {
                    if (option.names.starts_with('-')) declared->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
                }
                if constexpr (std::is_same_v<T, std::optional<std::uint64_t>>) declared->check(only_digits);
                if (!option.choices.empty())
                    declared->check(
                        [choices = option.choices](const std::string& word) { return one_of_choices(choices, word); });
                return declared;
            }
        },
        option.into);
}

/// Every spelling of every option: "-p", "--processes", ...
std::vector<std::string_view> spellings(const Options& options) {
    std::vector<std::string_view> names;
    for (const Option& option : options.named()) {
        const std::string_view both = option.names;
        const std::size_t comma = both.find(',');
        names.push_back(both.substr(0, comma));
        if (comma != std::string_view::npos) names.push_back(both.substr(comma + 1));
    }
    return names;
}

std::string unexpected(const Options& options, std::string_view word) {
    if (!word.starts_with('-')) return fmt::format("'{}' is one argument too many", word);
    word = word.substr(0, word.find('='));
    return fmt::format("there is no option '{}'{}", word, did_you_mean(word, spellings(options)));
}

}  // namespace

Result<> parse(const Options& options, std::span<const std::string> words) {
    try {
        CLI::App app;
        app.set_help_flag("");
        app.allow_extras();
        for (const Option& option : options.named()) declare(app, option);
        for (const Option& option : options.positional()) declare(app, option)->required(option.needed != Needed::No);
        std::vector<std::string> reversed(words.rbegin(), words.rend());
        app.parse(std::move(reversed));
        for (const std::string& extra : app.remaining())
            if (extra != "--") return fail(Errc::BadUsage, unexpected(options, extra));
        return {};
    } catch (const CLI::ArgumentMismatch& error) {
        const std::string_view what = error.what();
        return fail(Errc::BadUsage, fmt::format("{}: its value is missing", what.substr(0, what.find(':'))));
    } catch (const CLI::Error& error) {
        return fail(Errc::BadUsage, error.what());
    }
}

}  // namespace spoor::cli
