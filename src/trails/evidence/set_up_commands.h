// Set-up commands: services and scheduled tasks that someone had sc.exe, reg.exe, schtasks.exe or at.exe set up, as its
// command line says, on this host or on another. Windows records new services, and new tasks where that is audited, but
// not that a service was given another program.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::trails {

struct SetUp {
    bool is_task = false;
    std::string server;   // whose it is to be; empty for the host that it was told on
    std::string name;     // of the service or task; a task's with its backslash
    std::string command;  // what it is to run
};

/// What a program was told to set up; nothing where it was told something else.
std::optional<SetUp> set_up_by(std::string_view image, std::string_view command_line);

/// NAME of the key of a service: HKLM\SYSTEM\CurrentControlSet\Services\NAME; empty for other keys.
std::string_view service_of_key(std::string_view key);

/// The arguments of a command line as Windows programs divide it, the program's name first.
std::vector<std::string> split_command_line(std::string_view text);

}  // namespace spoor::trails
