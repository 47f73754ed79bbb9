// Containers: which container a control group belongs to, by the group's path.
//
// Docker, containerd, CRI-O, Podman and Kubernetes all end the path of a container's group with its id of 64
// hexadecimal digits, alone or within a name ("docker-<id>.scope"). LXC and systemd-nspawn have no ids but names.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "sources/linux/host/descriptor.h"

namespace spoor::sensor {

/// The container's id, or its name, in a control group's path; empty when there is none.
std::string container_in(std::string_view cgroup_path);

class Containers {
public:
    Containers();

    /// A control group was made, under that path.
    void note(std::uint64_t cgroup, std::string_view path);

    /// The container of a control group by its id in the unified hierarchy; empty for none. Good until the next call.
    std::string_view of(std::uint64_t cgroup);

private:
    Descriptor root_;
    std::unordered_map<std::uint64_t, std::string> known_;
};

}  // namespace spoor::sensor
