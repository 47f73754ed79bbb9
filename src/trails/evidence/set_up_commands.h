// Set-up commands: services and scheduled tasks that someone had sc.exe or schtasks.exe set up, as its command line
// says. Windows records new services, and new tasks where that is audited, but not that a service was given another
// program.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::trails {

struct SetUp {
    bool is_task = false;
    std::string name;     // of the service or task; a task's with its backslash
    std::string command;  // what it is to run
};

/// What a program was told to set up on its own host; nothing where it was told something else.
std::optional<SetUp> set_up_by(std::string_view image, std::string_view command_line);

/// The arguments of a command line as Windows programs divide it, the program's name first.
std::vector<std::string> split_command_line(std::string_view text);

}  // namespace spoor::trails
