#include "sources/linux/audit/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace spoor::sensor {

std::string_view base_name(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool is_told(std::string_view value) {
    return !value.empty() && value != "?" && value != "(none)" && value != "(null)";
}

std::string terminal_of(std::string_view named) {
    constexpr std::string_view kDevices = "/dev/";
    if (named.starts_with(kDevices)) named.remove_prefix(kDevices.size());
    if (named.starts_with("pts") && named.size() > 3 && named[3] >= '0' && named[3] <= '9')
        return fmt::format("pts/{}", named.substr(3));  // as LOGIN has it
    for (const std::string_view line : {"tty", "pts/", "console", "hvc", ":"})
        if (named.starts_with(line)) return std::string(named);
    return {};
}

bool is_elevator(std::string_view service) {
    constexpr std::string_view kNames[] = {"su",   "sudo",    "runuser", "pkexec",
                                           "doas", "sudo-rs", "su-rs",   "polkit-agent-helper-1"};
    return std::find(std::begin(kNames), std::end(kNames), service) != std::end(kNames);
}

std::uint64_t logon_type(std::string_view service, bool has_tty) {
    if (service == "sshd" || service == "sshd-session" || service == "dropbear") return has_tty ? 10 : 3;
    if (service == "cron" || service == "crond" || service == "atd" || service == "anacron") return 4;
    if (service == "systemd" || service == "(systemd)") return 5;
    if (service == "xrdp-sesman") return 10;
    return 2;
}

}  // namespace spoor::sensor
