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

/// Takes the "FS01" out of an argument that begins "\\FS01", and what parts it from the rest; empty where none does.
std::string_view take_server(std::string_view& argument) {
    if (!argument.starts_with(R"(\\)")) return {};
    const std::string_view server = argument.substr(2, argument.find('\\', 2) - 2);
    argument.remove_prefix(std::min(2 + server.size() + 1, argument.size()));
    return server;
}

/// The same of the argument behind the program's name, which is taken away with it.
std::string_view take_server(Arguments& arguments) {
    if (arguments.size() < 2) return {};
    std::string_view argument = arguments[1];
    const std::string_view server = take_server(argument);
    if (!server.empty()) arguments = arguments.subspan(1);
    return server;
}

/// sc.exe create NAME binPath= COMMAND, or config; with \\SERVER before the verb it is another host's service.
std::optional<SetUp> set_up_service(Arguments arguments) {
    constexpr std::string_view kKey = "binpath=";
    SetUp set_up;
    set_up.server = take_server(arguments);
    if (arguments.size() < 4) return {};
    if (!equals_ignoring_ascii_case(arguments[1], "create") && !equals_ignoring_ascii_case(arguments[1], "config"))
        return {};
    set_up.name = arguments[2];
    for (std::size_t i = 3; i < arguments.size(); ++i) {
        const std::string_view argument = arguments[i];
        if (!equals_ignoring_ascii_case(argument.substr(0, kKey.size()), kKey)) continue;
        if (argument.size() > kKey.size())
            set_up.command = argument.substr(kKey.size());
        else if (i + 1 < arguments.size())
            set_up.command = arguments[i + 1];
        if (!set_up.command.empty()) return set_up;
    }
    return {};
}

/// reg.exe add HKLM\SYSTEM\CurrentControlSet\Services\NAME /v ImagePath /d COMMAND, which sc.exe is not needed for;
/// with
/// \\SERVER\ before the key it is another host's.
std::optional<SetUp> set_up_in_registry(Arguments arguments) {
    if (arguments.size() < 3 || !equals_ignoring_ascii_case(arguments[1], "add")) return {};
    const std::optional<std::string> value = value_of(arguments, "v"), data = value_of(arguments, "d");
    if (!value || !data || data->empty() || !equals_ignoring_ascii_case(*value, "ImagePath")) return {};
    SetUp set_up;
    std::string_view key = arguments[2];
    set_up.server = take_server(key);
    set_up.name = service_of_key(key);
    set_up.command = *data;
    if (set_up.name.empty()) return {};
    return set_up;
}

/// schtasks.exe /create or /change with /tn NAME /tr COMMAND; with /s SERVER it is another host's task. Paths with
/// blanks stand in single quotes there.
std::optional<SetUp> set_up_task(Arguments arguments) {
    if (!has_switch(arguments, "create") && !has_switch(arguments, "change")) return {};
    std::optional<std::string> name = value_of(arguments, "tn");
    std::optional<std::string> command = value_of(arguments, "tr");
    if (!name || !command) return {};
    std::string server = value_of(arguments, "s").value_or("");
    if (has_switch(arguments, "s") && server.empty()) return {};
    if (std::string_view argument = server; argument.starts_with("\\\\")) server = take_server(argument);
    if (!name->starts_with('\\')) name->insert(name->begin(), '\\');
    if (command->starts_with('\''))
        for (char& c : *command)
            if (c == '\'') c = '"';
    return SetUp{
        .is_task = true, .server = std::move(server), .name = *std::move(name), .command = *std::move(command)};
}

/// at.exe [\\SERVER] TIME [/every:DAYS | /next:DAYS] COMMAND: the task has a number that the scheduler gives.
std::optional<SetUp> set_up_at_job(Arguments arguments) {
    SetUp set_up{.is_task = true, .server = {}, .name = "\\At", .command = {}};
    set_up.server = take_server(arguments);
    if (arguments.size() < 3 || !arguments[1].contains(':') || arguments[1].starts_with('/')) return {};
    for (const std::string& argument : arguments.subspan(2)) {
        if (set_up.command.empty() && argument.starts_with('/')) continue;
        if (!set_up.command.empty()) set_up.command += ' ';
        set_up.command += argument;
    }
    if (set_up.command.empty()) return {};
    return set_up;
}

}  // namespace

std::string_view service_of_key(std::string_view key) {
    // Sysmon and people write the first two, the Security log the last; a set of control is a number or the current
    // one.
    constexpr std::string_view kHives[] = {"HKLM", "HKEY_LOCAL_MACHINE", R"(\REGISTRY\MACHINE)"};
    const auto take = [&](std::string_view start) {
        if (!equals_ignoring_ascii_case(key.substr(0, start.size()), start)) return false;
        key.remove_prefix(start.size());
        return true;
    };
    if (std::ranges::none_of(kHives, take) || !take(R"(\SYSTEM\)")) return {};
    if (!take("CurrentControlSet") && !(take("ControlSet") && take(key.substr(0, 3)))) return {};
    if (!take(R"(\Services\)")) return {};
    while (key.ends_with('\\')) key.remove_suffix(1);
    return key.contains('\\') ? std::string_view() : key;
}

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
    using Reader = std::optional<SetUp> (*)(Arguments);
    constexpr std::pair<std::string_view, Reader> kReaders[] = {{"sc.exe", set_up_service},
                                                                {"schtasks.exe", set_up_task},
                                                                {"reg.exe", set_up_in_registry},
                                                                {"at.exe", set_up_at_job}};
    if (command_line.size() > kLongest) return {};
    const std::string program = image_name(image);
    const auto* const reader = std::ranges::find(kReaders, program, [](const auto& known) { return known.first; });
    if (reader == std::end(kReaders)) return {};
    std::optional<SetUp> told = reader->second(split_command_line(command_line));
    if (told && (told->server == "." || equals_ignoring_ascii_case(told->server, "localhost") ||
                 told->server.starts_with("127.") || told->server == "::1"))
        told->server.clear();
    return told;
}

}  // namespace spoor::trails
