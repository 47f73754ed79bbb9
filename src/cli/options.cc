#include "cli/options.h"

#include <fmt/format.h>

namespace spoor::cli {

Option& Options::flag(std::string names, bool& into, std::string help) {
    return named_.emplace_back(Option{.names = std::move(names), .help = std::move(help), .into = &into});
}

Option& Options::text(std::string names, std::string& into, std::string value, std::string help) {
    return named_.emplace_back(
        Option{.names = std::move(names), .value = std::move(value), .help = std::move(help), .into = &into});
}

Option& Options::text(std::string names, std::optional<std::string>& into, std::string value, std::string help) {
    return named_.emplace_back(
        Option{.names = std::move(names), .value = std::move(value), .help = std::move(help), .into = &into});
}

Option& Options::list(std::string names, std::vector<std::string>& into, std::string value, std::string help) {
    return named_.emplace_back(
        Option{.names = std::move(names), .value = std::move(value), .help = std::move(help), .into = &into});
}

Option& Options::number(std::string names, std::optional<std::uint64_t>& into, std::string value, std::string help) {
    return named_.emplace_back(
        Option{.names = std::move(names), .value = std::move(value), .help = std::move(help), .into = &into});
}

Option& Options::choice(std::string names, std::string& into, std::vector<std::string> choices, std::string help) {
    help += fmt::format(": {}{}", fmt::join(choices, ", "), into.empty() ? "" : fmt::format(" [{}]", into));
    return named_.emplace_back(Option{.names = std::move(names),
                                      .value = "WORD",
                                      .help = std::move(help),
                                      .choices = std::move(choices),
                                      .completes = Completes::Choices,
                                      .into = &into});
}

Option& Options::argument(std::string& into, std::string name, Needed needed, std::string help) {
    return positional_.emplace_back(
        Option{.names = std::move(name), .help = std::move(help), .needed = needed, .into = &into});
}

Option& Options::arguments(std::vector<std::string>& into, std::string name, Needed needed, std::string help) {
    return positional_.emplace_back(Option{.names = std::move(name),
                                           .help = std::move(help),
                                           .completes = Completes::Paths,
                                           .needed = needed,
                                           .into = &into});
}

}  // namespace spoor::cli
