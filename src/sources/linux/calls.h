// Calls: the numbers of the system calls that each class of the sys_exit program is about, native and 32-bit.
#pragma once
#include <array>
#include <cstdint>

#include "bpf/record.h"

namespace spoor::sensor {

using CallTable = std::array<call_entry, CALL_TABLE_SIZE>;

/// The entries of the classes in `wanted` (bit 1 << class); all others are zero.
CallTable native_calls(std::uint32_t wanted);
CallTable compat_calls(std::uint32_t wanted);

}  // namespace spoor::sensor
