// RecordBuilder: the forms of numbers, keywords, levels and nested values.
#include "sources/json/record_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/unicode.h"

namespace spoor::json {
namespace {

constexpr std::uint64_t kAuditSuccess = 0x8020000000000000;
constexpr std::uint64_t kAuditFailure = 0x8010000000000000;

}  // namespace

std::optional<std::int64_t> integer(std::string_view text) {
    std::int64_t value = 0;
    const bool hex = text.starts_with("0x") || text.starts_with("0X");
    const std::string_view digits = hex ? text.substr(2) : text;
    if (hex || !text.starts_with('-')) {
        std::uint64_t magnitude = 0;
        const auto [end, errc] =
            std::from_chars(digits.data(), digits.data() + digits.size(), magnitude, hex ? 16 : 10);
        if (errc != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
        return static_cast<std::int64_t>(magnitude);
    }
    const auto [end, errc] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (errc != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

void RecordBuilder::event_id(std::string_view text) {
    if (const auto id = integer(text)) record_.event_id = static_cast<std::uint32_t>(*id);
}

void RecordBuilder::number(std::string_view text) {
    const auto number = integer(text);
    if (!number || *number < 0) return;
    record_.sequence = static_cast<std::uint64_t>(*number);
    reading_.has_number = true;
}

void RecordBuilder::keywords(std::string_view text) {
    const auto bits = integer(text);
    if (!bits) return system("Keywords", text);
    const auto keywords = static_cast<std::uint64_t>(*bits);
    system("Keywords", reading_.kept(fmt::format("{:#x}", keywords)));
    if ((keywords & kAuditSuccess) == kAuditSuccess) record_.outcome = Outcome::Success;
    if ((keywords & kAuditFailure) == kAuditFailure) record_.outcome = Outcome::Failure;
}

void RecordBuilder::outcome(std::string_view text) {
    if (equals_ignoring_ascii_case(text, "Audit Success") || equals_ignoring_ascii_case(text, "AUDIT_SUCCESS"))
        record_.outcome = Outcome::Success;
    if (equals_ignoring_ascii_case(text, "Audit Failure") || equals_ignoring_ascii_case(text, "AUDIT_FAILURE"))
        record_.outcome = Outcome::Failure;
}

void RecordBuilder::level(std::string_view text) {
    static constexpr std::string_view kNames[] = {"", "Critical", "Error", "Warning", "Information", "Verbose"};
    static constexpr std::string_view kDigits[] = {"0", "1", "2", "3", "4", "5"};
    for (std::size_t i = 1; i < std::size(kNames); ++i)
        // Audits have level 0, which renders as Information.
        if (equals_ignoring_ascii_case(text, kNames[i]) || (i == 4 && equals_ignoring_ascii_case(text, "Info")))
            return system("Level", kDigits[record_.outcome != Outcome::Unknown ? 0 : i]);
    system("Level", text);
}

void RecordBuilder::opcode(std::string_view text) {
    if (text == "Info") text = "0";
    if (text == "Start") text = "1";
    if (text == "Stop") text = "2";
    system("Opcode", text);
}

std::string_view without_number(const Document& document, const Node& parent, std::string_view key) {
    const std::size_t mark = key.rfind('_');
    if (mark == std::string_view::npos || mark + 1 == key.size()) return key;
    if (!std::ranges::all_of(key.substr(mark + 1), [](char c) { return c >= '0' && c <= '9'; })) return key;
    return document.member(parent, key.substr(0, mark)) ? key.substr(0, mark) : key;
}

void RecordBuilder::element(const Document& document, std::string_view name, const Node& node) {
    if (node.has_text()) return data(name, node.text);
    if (node.type == NodeType::Array) {
        for (const Node& item : document.children(node)) element(document, name, item);
        return;
    }
    if (node.type != NodeType::Object) return;
    // <Data Name="x">: the name stands in an attribute.
    std::string_view own_name = name;
    if (name.empty()) {
        own_name = document.text(node, "@Name");
        if (const Node* const attributes = document.member(node, "#attributes"))
            own_name = document.text(*attributes, "Name");
    }
    for (const Node& member : document.children(node)) {
        if (member.key == "#text") {
            element(document, own_name, member);
        } else if (member.key == "#attributes") {
            for (const Node& attribute : document.children(member))
                if (attribute.key != "Name" && !attribute.key.starts_with("xmlns") && attribute.has_text())
                    data(reading_.kept(fmt::format("{}@{}", name, attribute.key)), attribute.text);
        } else if (member.key != "@Name" && !member.key.starts_with("@xmlns")) {
            const std::string_view key = without_number(document, node, member.key);
            element(document, reading_.kept(name.empty() ? std::string(key) : fmt::format("{}.{}", name, key)), member);
        }
    }
}

Result<> RecordBuilder::time(std::string_view text, std::string_view key) {
    if (text.empty()) return fail(Errc::Corrupt, fmt::format("the event has no {}", key));
    auto moment = Timestamp::parse(text);
    if (!moment) return fail(Errc::Corrupt, fmt::format("{} '{}' is not a time", key, text.substr(0, 60)));
    record_.time = *moment;
    return {};
}

}  // namespace spoor::json
