#include "model/logon_id.h"

#include <fmt/format.h>

#include <charconv>

namespace spoor {

Result<LogonId> LogonId::parse(std::string_view text) {
    const bool hex = text.starts_with("0x") || text.starts_with("0X");
    const std::string_view digits = hex ? text.substr(2) : text;
    std::uint64_t value = 0;
    const auto [end, errc] = std::from_chars(digits.data(), digits.data() + digits.size(), value, hex ? 16 : 10);
    if (errc != std::errc{} || end != digits.data() + digits.size())
        return fail(Errc::Corrupt, fmt::format("'{}' is not a logon id", text));
    return LogonId(value);
}

std::string LogonId::to_string() const { return fmt::format("{:#x}", value_); }

}  // namespace spoor
