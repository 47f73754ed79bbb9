#include "trails/evidence/set_up_commands.h"

#include <algorithm>
#include <span>

#include "base/unicode.h"
#include "trails/evidence/index.h"

namespace spoor::trails {
namespace {

using Arguments = std::span<const std::string>;

constexpr std::size_t kLongest = 32'768;  // Windows' own limit

/// The value behind a switch, which is written with a slash or a hyphen.
std::optional<std::string> value_of(Arguments arguments, std::string_view name) {
    for (std::size_t i = 0; i + 1 < arguments.size(); ++i) {
        const std::string_view argument = arguments[i];
        if (argument.size() == name.size() + 1 && (argument[0] == '/' || argument[0] == '-') &&
            equals_ignoring_ascii_case(argument.substr(1), name))
            return arguments[i + 1];
    }
    return {};
}

bool has_switch(Arguments arguments, std::string_view name) {
    return std::ranges::any_of(arguments, [&](std::string_view argument) {
        return argument.size() == name.size() + 1 && (argument[0] == '/' || argument[0] == '-') &&
               equals_ignoring_ascii_case(argument.substr(1), name);
    });
}

/// sc.exe create NAME binPath= COMMAND, or config; with \\SERVER before the verb it is another host's service.
std::optional<SetUp> set_up_service(Arguments arguments) {
    constexpr std::string_view kKey = "binpath=";
    if (arguments.size() < 4) return {};
    if (!equals_ignoring_ascii_case(arguments[1], "create") && !equals_ignoring_ascii_case(arguments[1], "config"))
        return {};
    for (std::size_t i = 3; i < arguments.size(); ++i) {
        const std::string_view argument = arguments[i];
        if (!equals_ignoring_ascii_case(argument.substr(0, kKey.size()), kKey)) continue;
        if (argument.size() > kKey.size()) return SetUp{false, arguments[2], std::string(argument.substr(kKey.size()))};
        if (i + 1 < arguments.size()) return SetUp{false, arguments[2], arguments[i + 1]};
    }
    return {};
}

/// schtasks.exe /create or /change with /tn NAME /tr COMMAND; with /s SERVER it is another host's task. Paths with
/// blanks stand in single quotes there.
std::optional<SetUp> set_up_task(Arguments arguments) {
    if (!has_switch(arguments, "create") && !has_switch(arguments, "change")) return {};
    std::optional<std::string> name = value_of(arguments, "tn");
    std::optional<std::string> command = value_of(arguments, "tr");
    if (!name || !command || has_switch(arguments, "s")) return {};
    if (!name->starts_with('\\')) name->insert(name->begin(), '\\');
    if (command->starts_with('\''))
        for (char& c : *command)
            if (c == '\'') c = '"';
    return SetUp{true, *std::move(name), *std::move(command)};
}

}  // namespace

std::vector<std::string> split_command_line(std::string_view text) {
    std::vector<std::string> arguments;
    bool is_inside = false, is_quoted = false;
    std::size_t backslashes = 0;
    const auto current = [&]() -> std::string& {
        if (!is_inside) arguments.emplace_back();
        is_inside = true;
        return arguments.back();
    };
    for (const char c : text) {
        if (c == '\\') {
            ++backslashes;
            continue;
        }
        // Before a quote two backslashes are one, and an odd one makes the quote a part of the argument.
        if (backslashes != 0) current().append(c == '"' ? backslashes / 2 : backslashes, '\\');
        const bool is_escaped = backslashes % 2 == 1;
        backslashes = 0;
        if (c == '"' && !is_escaped) {
            current();
            is_quoted = !is_quoted;
        } else if (!is_quoted && (c == ' ' || c == '\t')) {
            is_inside = false;
        } else {
            current().push_back(c);
        }
    }
    if (backslashes != 0) current().append(backslashes, '\\');
    return arguments;
}

std::optional<SetUp> set_up_by(std::string_view image, std::string_view command_line) {
    const std::string program = image_name(image);
    const bool is_task = program == "schtasks.exe";
    if ((!is_task && program != "sc.exe") || command_line.size() > kLongest) return {};
    const std::vector<std::string> arguments = split_command_line(command_line);
    return is_task ? set_up_task(arguments) : set_up_service(arguments);
}

}  // namespace spoor::trails
