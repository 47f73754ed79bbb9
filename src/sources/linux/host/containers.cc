#include "sources/linux/host/containers.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <mntent.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <new>

namespace spoor::sensor {
namespace {

constexpr std::size_t kIdSize = 64;
constexpr std::size_t kKnownLimit = 65536;
constexpr int kKernfsHandle = 0xfe;  // FILEID_KERNFS

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

Descriptor open_unified_root() {
    FILE* const mounts = setmntent("/proc/self/mounts", "re");
    if (!mounts) return {};
    Descriptor root;
    while (const mntent* const mount = getmntent(mounts))
        if (std::string_view(mount->mnt_type) == "cgroup2") {
            root = Descriptor(open(mount->mnt_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
            break;
        }
    endmntent(mounts);
    return root;
}

/// A control group's id is the handle of its directory.
std::string path_of_group(int root, std::uint64_t id) {
    alignas(file_handle) char memory[sizeof(file_handle) + sizeof id] = {};
    auto* const handle = new (memory) file_handle;
    handle->handle_bytes = sizeof id;
    handle->handle_type = kKernfsHandle;
    std::memcpy(memory + sizeof(file_handle), &id, sizeof id);
    const Descriptor directory(open_by_handle_at(root, handle, O_PATH | O_CLOEXEC));
    if (!directory) return {};
    char target[4097];
    const ssize_t size = readlink(fmt::format("/proc/self/fd/{}", directory.number()).c_str(), target, sizeof target);
    return size > 0 ? std::string(target, static_cast<std::size_t>(size)) : std::string();
}

std::string_view id_in(std::string_view path) {
    std::size_t run = 0;
    for (std::size_t i = path.size(); i > 0; --i) {
        if (!is_hex(path[i - 1])) {
            run = 0;
            continue;
        }
        ++run;
        const bool begins = i == 1 || !is_hex(path[i - 2]);
        if (begins && run == kIdSize) return path.substr(i - 1, kIdSize);
    }
    return {};
}

/// "web-1" from "web\x2d1", as systemd writes what a unit's name may not hold.
std::string without_escapes(std::string_view name) {
    std::string text;
    while (!name.empty()) {
        unsigned char byte = 0;
        const bool is_escape = name.size() >= 4 && name.starts_with("\\x") &&
                               std::from_chars(name.data() + 2, name.data() + 4, byte, 16).ptr == name.data() + 4;
        text += is_escape ? static_cast<char>(byte) : name.front();
        name.remove_prefix(is_escape ? 4 : 1);
    }
    return text;
}

/// What of `component` stands between the two; empty when these do not.
std::string_view between(std::string_view component, std::string_view front, std::string_view back) {
    if (component.size() < front.size() + back.size() || !component.starts_with(front) || !component.ends_with(back))
        return {};
    return component.substr(front.size(), component.size() - front.size() - back.size());
}

std::string name_in(std::string_view path) {
    while (!path.empty()) {
        const std::size_t end = std::min(path.find('/'), path.size());
        const std::string_view component = path.substr(0, end);
        path.remove_prefix(std::min(end + 1, path.size()));
        if (const auto name = between(component, "lxc.payload.", ""); !name.empty()) return std::string(name);
        if (const auto name = between(component, "systemd-nspawn@", ".service"); !name.empty())
            return without_escapes(name);
        const std::string name = without_escapes(between(component, "machine-", ".scope"));
        if (!name.empty() && !name.starts_with("qemu-")) return name;  // that is a machine of its own
    }
    return {};
}

}  // namespace

std::string container_in(std::string_view path) {
    if (const std::string_view id = id_in(path); !id.empty()) return std::string(id);
    return name_in(path);
}

void Containers::note(std::uint64_t cgroup, std::string_view path) {
    if (known_.size() >= kKnownLimit) known_.clear();
    known_.insert_or_assign(cgroup, container_in(path));
}

Containers::Containers() : root_(open_unified_root()) {}

std::string_view Containers::of(std::uint64_t cgroup) {
    if (!root_ || cgroup <= 1) return {};
    if (const auto known = known_.find(cgroup); known != known_.end()) return known->second;
    if (known_.size() >= kKnownLimit) known_.clear();
    const std::string path = path_of_group(root_.number(), cgroup);
    return known_.emplace(cgroup, container_in(path)).first->second;
}

}  // namespace spoor::sensor
