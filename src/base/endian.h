// Little-endian numbers in bytes that may lie at any address.
#pragma once
#include <bit>
#include <cstddef>
#include <cstring>
#include <type_traits>

namespace spoor {

static_assert(std::endian::native == std::endian::little, "Spoor runs on little-endian machines (x86-64, arm64)");

/// Reads a T stored at `from`; the caller has checked that sizeof(T) bytes are there.
template <typename T>
    requires std::is_trivially_copyable_v<T>
T load(const void* from) {
    T value;
    std::memcpy(&value, from, sizeof value);
    return value;
}

/// Writes a T at `to`; the caller has checked that there is room for it.
template <typename T>
    requires std::is_trivially_copyable_v<T>
void save(void* to, const T& value) {
    std::memcpy(to, &value, sizeof value);
}

}  // namespace spoor
