// Calls: the numbers of the system calls that each class of the sys_exit program is about, native and 32-bit.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "bpf/record.h"

namespace spoor::sensor {

using CallTable = std::array<call_entry, CALL_TABLE_SIZE>;

/// The entries of the classes in `wanted` (bit 1 << class); all others are zero.
CallTable native_calls(std::uint32_t wanted);
CallTable compat_calls(std::uint32_t wanted);

/// What the native calls of a class are called.
std::vector<std::string_view> names_of_calls(std::uint8_t of_class);

/// Whether 32-bit calls are possible here, and looked at.
bool may_have_compat_callers();

}  // namespace spoor::sensor
