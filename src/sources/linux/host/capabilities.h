// Capabilities: the privileges of Linux, by number and name.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace spoor::sensor {

/// A capability by its number (linux/capability.h); numbers that have no name yet are valid.
enum class Capability : std::uint8_t {};
inline constexpr unsigned kCapabilityCount = 64;

/// "CAP_SYS_ADMIN"; "CAP_63" for one that is newer than this table.
std::string name(Capability capability);

constexpr bool holds(std::uint64_t set, Capability capability) { return set >> static_cast<unsigned>(capability) & 1; }

/// "CAP_CHOWN CAP_KILL", in the order of their numbers.
std::string names(std::uint64_t set);

/// The effective set of this process.
std::uint64_t own_effective_capabilities();

}  // namespace spoor::sensor
