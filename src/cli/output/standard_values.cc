#include "cli/output/standard_values.h"

#include <algorithm>
#include <charconv>

#include "base/json_writer.h"
#include "base/unicode.h"
#include "model/written_as.h"

namespace spoor::cli {
namespace {

/// "CORP" and "jimmy" of "CORP\jimmy"; the domain is empty where there is none.
std::pair<std::string_view, std::string_view> domain_and_name(std::string_view account) {
    const std::size_t slash = account.find('\\');
    if (slash == std::string_view::npos) return {{}, account};
    return {account.substr(0, slash), account.substr(slash + 1)};
}

bool ends_with_any(std::string_view path, std::initializer_list<std::string_view> ends) {
    return std::ranges::any_of(ends, [&](std::string_view end) { return path.ends_with(end); });
}

struct Protocol {
    unsigned number;
    std::string_view name;
};
// clang-format off
constexpr Protocol kProtocols[] = {{1, "icmp"}, {2, "igmp"}, {6, "tcp"}, {17, "udp"}, {33, "dccp"}, {47, "gre"}, {50, "esp"}, {58, "ipv6-icmp"}, {132, "sctp"}};
// clang-format on

}  // namespace

std::string json_of(const Event& event, const FieldValue& value, const Catalog& catalog) {
    const FieldType type = catalog.field_type(value.field);
    std::string text, json;
    append_text(text, value, written_as(event, value.field, catalog));
    if (value.type == ValueType::Unsigned && type != FieldType::Hex) return text;
    append_json_string(json, text);
    return json;
}

bool takes_numbers(std::string_view path) {
    return ends_with_any(path, {".pid", ".port", ".thread.id", ".tid", "exit_code", "logon_type_id", ".count"});
}
bool takes_times(std::string_view path) {
    return ends_with_any(path, {"event.created", "file.created", "created_time"});
}

bool fits(const FieldValue& value, std::string_view path) {
    if (path.empty()) return false;
    if (path.ends_with(".ip")) return value.type == ValueType::Address;
    if (takes_numbers(path)) return value.type == ValueType::Unsigned;
    return !takes_times(path) || value.type == ValueType::Time;
}

std::string member_name(FieldId field, const Catalog& catalog) {
    std::string name(catalog.field_name(field));
    std::ranges::replace(name, '.', '_');
    return name;
}

void set_account(NestedJson& document, std::string_view path, std::string_view account) {
    const auto [domain, user] = domain_and_name(account);
    if (!domain.empty()) document.set_text(std::string(path.substr(0, path.size() - 4)) + "domain", domain);
    document.set_text(path, user);
}

std::vector<Digest> digests_of(std::string_view hashes) {
    std::vector<Digest> digests;
    while (!hashes.empty()) {
        const std::size_t end = std::min(hashes.find(','), hashes.size());
        const std::string_view part = hashes.substr(0, end);
        hashes.remove_prefix(std::min(end + 1, hashes.size()));
        const std::size_t equals = part.find('=');
        if (equals != std::string_view::npos && equals > 0 && equals + 1 < part.size())
            digests.push_back({part.substr(0, equals), part.substr(equals + 1)});
    }
    return digests;
}

std::optional<unsigned> protocol_number(std::string_view protocol) {
    unsigned number = 0;
    const auto [end, errc] = std::from_chars(protocol.data(), protocol.data() + protocol.size(), number);
    if (errc == std::errc{} && end == protocol.data() + protocol.size()) return number;
    const std::string name = fold_case(protocol);
    for (const Protocol& known : kProtocols)
        if (known.name == name) return known.number;
    return std::nullopt;
}

std::string transport_name(std::string_view protocol) {
    if (const auto number = protocol_number(protocol))
        for (const Protocol& known : kProtocols)
            if (known.number == *number) return std::string(known.name);
    return fold_case(protocol);
}

Direction direction_of(std::string_view text) {
    const std::string folded = fold_case(text);
    if (folded == "%%14592" || folded == "inbound") return Direction::Inbound;
    if (folded == "%%14593" || folded == "outbound") return Direction::Outbound;
    return Direction::Unknown;
}

}  // namespace spoor::cli
