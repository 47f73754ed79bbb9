#include "sources/linux/host/security_context.h"

#include <dirent.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "sources/linux/host/proc.h"

namespace spoor::sensor {
namespace {

std::uint32_t number_in(std::string_view text) {
    std::uint32_t value = 0;
    const std::size_t begin = text.find_first_of("0123456789");
    if (begin != std::string_view::npos) std::from_chars(text.data() + begin, text.data() + text.size(), value);
    return value;
}

std::string_view line_of(std::string_view status, std::string_view name) {
    for (std::size_t at = 0; at < status.size();) {
        const std::size_t end = std::min(status.find('\n', at), status.size());
        const std::string_view line = status.substr(at, end - at);
        if (line.starts_with(name) && line.substr(name.size()).starts_with(':')) return line.substr(name.size() + 1);
        at = end + 1;
    }
    return {};
}

std::vector<std::pair<std::string, std::string>> namespaces_of(const std::string& directory) {
    std::vector<std::pair<std::string, std::string>> namespaces;
    for (const char* name : {"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"}) {
        char target[256];
        const ssize_t size = readlink(fmt::format("{}/ns/{}", directory, name).c_str(), target, sizeof target);
        if (size > 0) namespaces.emplace_back(name, std::string(target, static_cast<std::size_t>(size)));
    }
    return namespaces;
}

std::optional<SecurityContext> read_thread(std::uint32_t pid, std::uint32_t tid) {
    const std::string directory = fmt::format("/proc/{}/task/{}", pid, tid);
    const std::string status = read_small_file(directory + "/status");
    if (status.empty()) return std::nullopt;
    SecurityContext context;
    context.pid = pid;
    context.tid = tid;
    const std::string_view name = line_of(status, "Name");
    context.name = name.substr(std::min(name.find_first_not_of("\t "), name.size()));
    context.credentials = parse_credentials(status);
    context.credentials.user_namespace = 0;  // told among the namespaces
    context.groups = parse_groups(status, NGROUPS_MAX);
    context.no_new_privileges = number_in(line_of(status, "NoNewPrivs")) != 0;
    context.seccomp = number_in(line_of(status, "Seccomp"));
    context.seccomp_filters = number_in(line_of(status, "Seccomp_filters"));
    const std::string session = read_small_file(directory + "/sessionid", 32);
    context.session = session.empty() ? kUnset : number_in(session);
    const std::string login = read_small_file(directory + "/loginuid", 32);
    context.login_uid = login.empty() ? kUnset : number_in(login);
    context.label = read_small_file(directory + "/attr/current", 4096);
    while (context.label.ends_with('\n') || context.label.ends_with('\0')) context.label.pop_back();
    context.namespaces = namespaces_of(directory);
    return context;
}

auto identity(const record_credentials& c) {
    return std::array<std::uint64_t, 13>{c.uid,       c.gid,      c.suid,   c.sgid,        c.euid,
                                         c.egid,      c.fsuid,    c.fsgid,  c.inheritable, c.permitted,
                                         c.effective, c.bounding, c.ambient};
}

}  // namespace

bool SecurityContext::same_rights(const SecurityContext& other) const {
    return identity(credentials) == identity(other.credentials) && groups == other.groups && seccomp == other.seccomp &&
           no_new_privileges == other.no_new_privileges && seccomp_filters == other.seccomp_filters &&
           label == other.label && namespaces == other.namespaces && session == other.session;
}

Result<std::vector<SecurityContext>> security_contexts(std::uint32_t pid) {
    const std::string directory = fmt::format("/proc/{}/task", pid);
    DIR* const tasks = opendir(directory.c_str());
    if (!tasks) return fail_errno(fmt::format("process {}", pid));
    std::vector<SecurityContext> contexts;
    while (const dirent* const entry = readdir(tasks)) {
        if (entry->d_name[0] == '.') continue;
        if (auto context = read_thread(pid, number_in(entry->d_name))) contexts.push_back(*std::move(context));
    }
    closedir(tasks);
    if (contexts.empty()) return fail(Errc::NotFound, fmt::format("process {} is gone", pid));
    std::sort(contexts.begin(), contexts.end(), [&](const auto& a, const auto& b) {
        return std::pair(a.tid != pid, a.tid) < std::pair(b.tid != pid, b.tid);
    });
    return contexts;
}

}  // namespace spoor::sensor
