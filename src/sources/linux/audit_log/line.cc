#include "sources/linux/audit_log/line.h"

namespace spoor::sensor {
namespace {

/// Takes "NAME=value " from the front of a line: the value, empty where another name stands there.
std::string_view take(std::string_view& line, std::string_view name) {
    if (!line.starts_with(name)) return {};
    const std::string_view value = line.substr(name.size(), line.find(' ') - name.size());
    line.remove_prefix(std::min(name.size() + value.size() + 1, line.size()));
    return value;
}

}  // namespace

std::optional<AuditLine> parse_audit_line(std::string_view line) {
    if (line.size() > kLongestAuditLine) return std::nullopt;
    AuditLine found;
    found.node = take(line, "node=");
    found.type = take(line, "type=");
    constexpr std::string_view kMessage = "msg=";
    if (found.type.empty() || !line.starts_with(kMessage)) return std::nullopt;
    auto record = parse_audit(static_cast<std::uint16_t>(audit_type_named(found.type)), line.substr(kMessage.size()));
    if (!record) return std::nullopt;
    found.record = *std::move(record);
    return found;
}

bool is_audit_log(std::string_view head) {
    take(head, "node=");
    return !take(head, "type=").empty() && head.starts_with("msg=audit(");
}

}  // namespace spoor::sensor
