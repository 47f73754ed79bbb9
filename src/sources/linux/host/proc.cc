#include "sources/linux/host/proc.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "sources/linux/host/descriptor.h"

namespace spoor::sensor {
namespace {

constexpr std::size_t kCommandLineLimit = 2u << 20;

std::string read_link(const std::string& path) {
    char target[4097];
    const ssize_t size = readlink(path.c_str(), target, sizeof target - 1);
    return size > 0 ? std::string(target, static_cast<std::size_t>(size)) : std::string();
}

template <typename T>
T number(std::string_view text, int base = 10) {
    T value{};
    while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
    std::from_chars(text.data(), text.data() + text.size(), value, base);
    return value;
}

/// The value of "Name:\tvalue" in /proc/PID/status.
std::string_view status_line(std::string_view status, std::string_view name) {
    std::size_t at = 0;
    while (at < status.size()) {
        const std::size_t end = std::min(status.find('\n', at), status.size());
        const std::string_view line = status.substr(at, end - at);
        if (line.starts_with(name) && line.size() > name.size() && line[name.size()] == ':')
            return line.substr(name.size() + 1);
        at = end + 1;
    }
    return {};
}

void four_numbers(std::string_view text, std::uint32_t& a, std::uint32_t& b, std::uint32_t& c, std::uint32_t& d) {
    std::uint32_t* const targets[] = {&a, &b, &c, &d};
    for (std::uint32_t* const target : targets) {
        while (text.starts_with('\t') || text.starts_with(' ')) text.remove_prefix(1);
        *target = number<std::uint32_t>(text);
        text.remove_prefix(std::min(text.find_first_of("\t "), text.size()));
    }
}

std::uint32_t user_namespace_of(const std::string& directory) {
    const std::string link = read_link(directory + "/ns/user");  // user:[4026531837]
    const std::size_t bracket = link.find('[');
    return bracket == std::string::npos ? 0 : number<std::uint32_t>(std::string_view(link).substr(bracket + 1));
}

/// What /proc/PID/stat says: "pid (name) state ppid ...".
struct Stat {
    std::string_view name;  // of the program; it may hold blanks and brackets, and ends at the last of these
    std::vector<std::string_view> fields;  // behind it: the third is the first
};

std::optional<Stat> parse_stat(std::string_view content) {
    const std::size_t open_bracket = content.find('(');
    const std::size_t close_bracket = content.rfind(')');
    if (open_bracket == std::string_view::npos || close_bracket == std::string_view::npos ||
        close_bracket < open_bracket)
        return std::nullopt;
    Stat stat{.name = content.substr(open_bracket + 1, close_bracket - open_bracket - 1), .fields = {}};
    std::string_view rest = content.substr(close_bracket + 1);
    while (!rest.empty() && stat.fields.size() < 24) {
        if (rest.front() == ' ') {
            rest.remove_prefix(1);
            continue;
        }
        const std::size_t end = std::min(rest.find(' '), rest.size());
        stat.fields.push_back(rest.substr(0, end));
        rest.remove_prefix(end);
    }
    if (stat.fields.size() < 20) return std::nullopt;
    return stat;
}

/// Ended, and only waited for by its parent. The first thread of one that goes on with others looks the same, but for
/// their number.
bool has_ended(const Stat& stat) {
    const bool is_zombie = stat.fields[0] == "Z" || stat.fields[0] == "X";
    return is_zombie && number<std::uint32_t>(stat.fields[17]) <= 1;
}

bool is_plain(std::string_view argument) {
    if (argument.empty()) return false;
    for (const char c : argument)
        if (static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '\'' || c == '\\' || c == 0x7f) return false;
    return true;
}

std::string read_stat(std::uint32_t pid) { return read_small_file(fmt::format("/proc/{}/stat", pid), 4096); }

}  // namespace

record_credentials parse_credentials(std::string_view status) {
    record_credentials credentials{};
    four_numbers(status_line(status, "Uid"), credentials.uid, credentials.euid, credentials.suid, credentials.fsuid);
    four_numbers(status_line(status, "Gid"), credentials.gid, credentials.egid, credentials.sgid, credentials.fsgid);
    credentials.inheritable = number<std::uint64_t>(status_line(status, "CapInh"), 16);
    credentials.permitted = number<std::uint64_t>(status_line(status, "CapPrm"), 16);
    credentials.effective = number<std::uint64_t>(status_line(status, "CapEff"), 16);
    credentials.bounding = number<std::uint64_t>(status_line(status, "CapBnd"), 16);
    credentials.ambient = number<std::uint64_t>(status_line(status, "CapAmb"), 16);
    return credentials;
}

std::vector<std::uint32_t> parse_groups(std::string_view status, std::size_t limit) {
    std::vector<std::uint32_t> groups;
    std::string_view line = status_line(status, "Groups");
    for (;;) {
        line.remove_prefix(std::min(line.find_first_of("0123456789"), line.size()));
        if (line.empty() || groups.size() == limit) return groups;
        groups.push_back(number<std::uint32_t>(line));
        line.remove_prefix(std::min(line.find(' '), line.size()));
    }
}

std::string read_small_file(const std::string& path, std::size_t limit) {
    const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::string content;
    if (!file) return content;
    char buffer[16384];
    while (content.size() < limit) {
        const ssize_t got = read(file.number(), buffer, std::min(sizeof buffer, limit - content.size()));
        if (got <= 0) break;
        content.append(buffer, static_cast<std::size_t>(got));
    }
    return content;
}

std::string command_line_of(std::string_view arguments) {
    std::string line;
    line.reserve(arguments.size() + 8);
    if (arguments.ends_with('\0')) arguments.remove_suffix(1);
    while (true) {
        const std::size_t end = arguments.find('\0');
        const std::string_view argument = arguments.substr(0, end);
        if (is_plain(argument)) {
            line += argument;
        } else {
            line += '"';
            for (const char c : argument) {
                if (c == '"' || c == '\\') line += '\\';
                line += c;
            }
            line += '"';
        }
        if (end == std::string_view::npos) return line;
        line += ' ';
        arguments.remove_prefix(end + 1);
    }
}

std::string shown_command_line_of(std::string_view arguments) {
    const std::string_view title = arguments.substr(0, arguments.find('\0'));
    const std::string_view behind = arguments.substr(title.size());
    const bool is_title = behind.size() > 2 && behind.find_first_not_of('\0') == std::string_view::npos;
    return is_title ? std::string(title) : command_line_of(arguments);
}

std::optional<ProcessSnapshot> read_process(std::uint32_t pid) {
    const std::string directory = fmt::format("/proc/{}", pid);
    const std::string content = read_stat(pid);
    const auto stat = parse_stat(content);
    if (!stat || has_ended(*stat)) return std::nullopt;
    ProcessSnapshot process;
    process.pid = pid;
    process.name = stat->name;
    process.parent_pid = number<std::uint32_t>(stat->fields[1]);
    const auto tty = static_cast<std::uint32_t>(number<std::int32_t>(stat->fields[4]));
    process.tty = tty == 0 ? 0 : (tty >> 8 & 0xfff) << 20 | (tty & 0xff) | (tty >> 12 & 0xfff00);
    process.start_ticks = number<std::uint64_t>(stat->fields[19]);

    const std::string status = read_small_file(directory + "/status");
    process.credentials = parse_credentials(status);
    process.groups = parse_groups(status, RECORD_GROUPS_MAX);
    process.credentials.user_namespace = user_namespace_of(directory);
    process.session = session_of(pid);
    const std::string login = read_small_file(directory + "/loginuid", 32);
    if (!login.empty()) process.login_uid = number<std::uint32_t>(login);
    process.image = read_link(directory + "/exe");
    process.directory = read_link(directory + "/cwd");
    const std::string arguments = read_small_file(directory + "/cmdline", kCommandLineLimit);
    if (!arguments.empty()) process.command_line = shown_command_line_of(arguments);
    return process;
}

std::uint32_t parent_of(std::uint32_t pid) {
    const std::string content = read_stat(pid);
    const auto stat = parse_stat(content);
    return stat ? number<std::uint32_t>(stat->fields[1]) : 0;
}

std::optional<std::uint64_t> start_ticks_of(std::uint32_t pid) {
    const std::string content = read_stat(pid);
    const auto stat = parse_stat(content);
    if (!stat || has_ended(*stat)) return std::nullopt;
    return number<std::uint64_t>(stat->fields[19]);
}

std::vector<std::uint32_t> all_processes() {
    std::vector<std::uint32_t> pids;
    DIR* const directory = opendir("/proc");
    if (!directory) return pids;
    while (const dirent* const entry = readdir(directory)) {
        const std::string_view name = entry->d_name;
        if (name.front() >= '1' && name.front() <= '9') pids.push_back(number<std::uint32_t>(name));
    }
    closedir(directory);
    std::sort(pids.begin(), pids.end());
    return pids;
}

std::string host_name_of_this_machine() {
    char name[256] = {};
    return gethostname(name, sizeof name - 1) == 0 && name[0] != '\0' ? name : "localhost";
}

std::uint32_t session_of(std::uint32_t pid) {
    const std::string text = read_small_file(fmt::format("/proc/{}/sessionid", pid), 32);
    return text.empty() ? kUnset : number<std::uint32_t>(text);
}

std::string tty_name(std::uint32_t device) {
    const std::uint32_t major = device >> 20;
    const std::uint32_t minor = device & 0xfffff;
    if (device == 0) return {};
    if (major >= 136 && major <= 143) return fmt::format("pts/{}", (major - 136) * 256 + minor);
    if (major == 4 && minor < 64) return fmt::format("tty{}", minor);
    if (major == 4) return fmt::format("ttyS{}", minor - 64);
    if (major == 5 && minor == 1) return "console";
    if (major == 229) return fmt::format("hvc{}", minor);
    return fmt::format("{}:{}", major, minor);
}

}  // namespace spoor::sensor
