// The way back from the schema's names and spellings to those of a record.
#include "sources/windows/record_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bitset>

#include "sources/windows/events.h"

namespace spoor::windows {
namespace {

constexpr std::string_view kSecurity = "Microsoft-Windows-Security-Auditing";

/// Process ids, which the schema writes decimal as Sysmon does, are hexadecimal in the Security log; there again the
/// records of the filtering platform write them decimal.
bool is_written_hex(std::string_view provider, std::uint32_t event_id, FieldId field) {
    if (provider != kSecurity || (event_id >= 5146 && event_id <= 5159) || (event_id >= 5440 && event_id <= 5478))
        return false;
    return field == "ProcessId"_field || field == "SourceProcessId"_field || field == "TargetProcessId"_field ||
           field == "CallerProcessId"_field || (field == "ParentProcessId"_field && event_id == 4688);
}

/// The Kerberos service writes IPv4 addresses as mapped ones: ::ffff:10.0.0.1.
bool is_written_mapped(std::string_view provider, std::uint32_t event_id, FieldId field) {
    return provider == kSecurity && event_id >= 4768 && event_id <= 4773 && field == "IpAddress"_field;
}

/// The facts of the System part. Of each the first value is the System part's, later ones are data.
constexpr std::array kSystem = {
    "Provider"_field,
    "ProviderGuid"_field,
    "EventSourceName"_field,
    "EventID"_field,
    "Qualifiers"_field,
    "Version"_field,
    "Level"_field,
    "Task"_field,
    "Opcode"_field,
    "Keywords"_field,
    "EventRecordID"_field,
    "ActivityID"_field,
    "RelatedActivityID"_field,
    "ExecutionProcessID"_field,
    "ExecutionThreadID"_field,
    "Channel"_field,
    "Computer"_field,
    "UserID"_field,
};

}  // namespace

RecordValues::RecordValues(const EventView& view, const Catalog& catalog) : view_(view), catalog_(catalog) {
    append_text(provider_, view.find("Provider"_field), FieldType::Text);
}

void RecordValues::each_datum(const Take& take) const {
    const Meaning& meaning = meaning_of(provider_, catalog_.channel_name(view_.event.channel), view_.event.event_id);
    std::bitset<kSystem.size()> seen;
    for (const FieldValue& value : view_.values()) {
        if (value.type == ValueType::Null || value.field == "Message"_field) continue;
        const std::string_view name = catalog_.field_name(value.field);
        const auto place = static_cast<std::size_t>(std::ranges::find(kSystem, value.field) - kSystem.begin());
        if (place < kSystem.size() && !seen[place]) {
            seen.set(place);
            continue;
        }
        if (execution_attribute(name).empty()) take(value, record_name(meaning, value.field, name));
    }
}

std::string RecordValues::spelled(const FieldValue& value) const {
    std::string text;
    if (value.type == ValueType::Null) return text;
    if (value.type == ValueType::Time && (provider_.empty() || provider_ == "Microsoft-Windows-Sysmon"))
        return sysmon_time({value.signed_number});
    if (value.type == ValueType::Unsigned && is_written_hex(provider_, view_.event.event_id, value.field))
        return fmt::format("{:#x}", value.number);
    append_text(text, value, catalog_.field_type(value.field));
    if (value.type == ValueType::Address && is_written_mapped(provider_, view_.event.event_id, value.field) &&
        text.find(':') == std::string::npos)
        text.insert(0, "::ffff:");
    return text;
}

std::string_view execution_attribute(std::string_view field_name) {
    constexpr std::string_view kElement = "Execution";
    constexpr std::string_view kAttributes[] = {"ProcessID",  "ThreadID", "ProcessorID",  "SessionID",
                                                "KernelTime", "UserTime", "ProcessorTime"};
    if (!field_name.starts_with(kElement)) return {};
    field_name.remove_prefix(kElement.size());
    return std::ranges::find(kAttributes, field_name) == std::end(kAttributes) ? std::string_view() : field_name;
}

std::string sysmon_time(Timestamp time) {
    std::string text = time.to_string();
    if (const std::size_t t = text.find('T'); t != std::string::npos) text[t] = ' ';
    return text.substr(0, text.find('.') == std::string::npos ? text.find('Z') : text.find('.') + 4);
}

}  // namespace spoor::windows
