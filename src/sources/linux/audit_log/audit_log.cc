#include "sources/linux/audit_log/audit_log.h"

#include <algorithm>
#include <iterator>

#include "sources/linux/host/proc.h"

namespace spoor::sensor {
namespace {

constexpr std::size_t kMostHosts = 1024;  // what names more at once is a forgery: further ones go by one name

/// Takes the last part of a path away.
std::string_view take_last(std::string_view& path) {
    const std::size_t slash = path.find_last_of("/!");
    const std::string_view last = slash == path.npos ? path : path.substr(slash + 1);
    path = slash == path.npos ? std::string_view() : path.substr(0, slash);
    return last;
}

}  // namespace

std::string host_by_path(std::string_view path) {
    if (path.starts_with("/var/log/audit/")) return host_name_of_this_machine();
    constexpr std::string_view kNobodys[] = {"", ".", "..", "audit", "log", "logs", "var", "tmp"};
    const std::string_view file = take_last(path);
    while (!path.empty()) {
        const std::string_view folder = take_last(path);
        if (std::ranges::find(kNobodys, folder) != std::end(kNobodys)) continue;
        const std::size_t extension = folder.find_last_of('.');
        const bool is_archive = std::ranges::any_of(
            std::initializer_list<std::string_view>{".zip", ".tar", ".gz", ".tgz", ".xz", ".7z", ".zst"},
            [&](std::string_view each) { return folder.ends_with(each); });
        return std::string(is_archive ? folder.substr(0, std::min(extension, folder.find(".tar"))) : folder);
    }
    const std::string_view name = file.substr(0, file.find('.'));
    return name.empty() || name == "audit" ? "linux" : std::string(name);
}

AuditedHost& AuditLog::host_of(std::string_view node) {
    if (node.empty()) lacks_names_ = true;
    const std::string_view name = node.empty() ? std::string_view(unnamed_) : node;
    auto found = hosts_.find(name);
    if (found == hosts_.end() && hosts_.size() >= kMostHosts) found = hosts_.find(unnamed_);
    if (found == hosts_.end()) {
        const std::string own = hosts_.size() < kMostHosts ? std::string(name) : unnamed_;
        found = hosts_.emplace(own, std::make_unique<AuditedHost>(catalog_, own)).first;
    }
    return *found->second;
}

bool AuditLog::add(std::string_view line, Batch& batch) {
    std::optional<AuditLine> parsed = parse_audit_line(line);
    if (!parsed) return false;
    host_of(parsed->node).add(parsed->type, std::move(parsed->record), batch);
    return true;
}

void AuditLog::finish(Batch& batch) {
    for (auto& [unused, host] : hosts_) host->finish(batch);
}

}  // namespace spoor::sensor
