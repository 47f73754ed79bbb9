// Guid: 16 bytes as Windows stores them, written {XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX}.
#pragma once
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace spoor {

struct Guid {
    std::array<std::uint8_t, 16> bytes{};

    /// Reads the 8-4-4-4-12 form, with or without braces, in either case.
    static Result<Guid> parse(std::string_view text);

    /// "{42C2E005-E3FA-5F80-4908-000000000400}": with braces, upper case, as Event Viewer prints it.
    std::string to_string() const;

    /// Writes those 38 characters at `to` and returns their end.
    char* write(char* to) const;

    bool is_zero() const { return *this == Guid{}; }

    friend constexpr auto operator<=>(const Guid&, const Guid&) = default;
};

}  // namespace spoor
