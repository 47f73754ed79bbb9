// The event's XML as a tree of JSON:
// {"Event":{"System":{"Provider":{"#attributes":{"Name":...}},"EventID":4624,...},"EventData":{"SubjectUserSid":...}}}
// evtx_dump keeps attributes under "#attributes" or, when told to, beside the element as "Provider_attributes";
// converters from XML write "@Name"; Velociraptor writes {"Provider":{"Name":...},"EventID":{"Value":4624}}.
#include <algorithm>
#include <charconv>
#include <optional>

#include "sources/json/layouts.h"
#include "sources/json/record_builder.h"

namespace spoor::json {
namespace {

const Node* event_of(const Document& document) {
    const Node* const event = document.member("Event");
    const Node& holder = event ? *event : document.root();
    const Node* const system = document.member(holder, "System");
    return system && document.member(*system, "EventID") ? &holder : nullptr;
}

std::string_view attribute(const Document& document, const Node& system, std::string_view element,
                           std::string_view name) {
    const Node* const node = document.member(system, element);
    if (node && node->type == NodeType::Object) {
        if (const Node* const attributes = document.member(*node, "#attributes"))
            return document.text(*attributes, name);
        for (const Node& member : document.children(*node))
            if (member.key == name || (member.key.starts_with('@') && member.key.substr(1) == name)) return member.text;
        return {};
    }
    const std::string beside = std::string(element) + "_attributes";
    const Node* const attributes = document.member(system, beside);
    return attributes ? document.text(*attributes, name) : std::string_view();
}

std::string_view element_text(const Document& document, const Node& system, std::string_view element) {
    const Node* const node = document.member(system, element);
    if (!node) return {};
    if (node->is_scalar()) return node->text;
    for (const std::string_view key : {"#text", "Value"})
        if (const std::string_view text = document.text(*node, key); !text.empty()) return text;
    return {};
}

/// What converters add to an element beside its children.
bool is_of_converter(const Node& member) {
    return member.key.starts_with('#') || member.key.starts_with('@') || member.key.ends_with("_attributes");
}

void read_system(const Document& document, const Node& system, RecordBuilder& to) {
    to.provider(attribute(document, system, "Provider", "Name"));
    to.system("ProviderGuid", attribute(document, system, "Provider", "Guid"));
    to.system("EventSourceName", attribute(document, system, "Provider", "EventSourceName"));
    to.event_id(element_text(document, system, "EventID"));
    to.system("Qualifiers", attribute(document, system, "EventID", "Qualifiers"));
    to.system("Version", element_text(document, system, "Version"));
    to.keywords(element_text(document, system, "Keywords"));
    to.system("Level", element_text(document, system, "Level"));
    to.system("Task", element_text(document, system, "Task"));
    to.system("Opcode", element_text(document, system, "Opcode"));
    to.number(element_text(document, system, "EventRecordID"));
    to.system("ActivityID", attribute(document, system, "Correlation", "ActivityID"));
    to.system("RelatedActivityID", attribute(document, system, "Correlation", "RelatedActivityID"));
    to.system("ExecutionProcessID", attribute(document, system, "Execution", "ProcessID"));
    to.system("ExecutionThreadID", attribute(document, system, "Execution", "ThreadID"));
    to.system("ExecutionProcessorID", attribute(document, system, "Execution", "ProcessorID"));
    to.system("ExecutionSessionID", attribute(document, system, "Execution", "SessionID"));
    to.system("ExecutionKernelTime", attribute(document, system, "Execution", "KernelTime"));
    to.system("ExecutionUserTime", attribute(document, system, "Execution", "UserTime"));
    to.channel(element_text(document, system, "Channel"));
    to.computer(element_text(document, system, "Computer"));
    to.system("UserID", attribute(document, system, "Security", "UserID"));
}

void read_event_data(const Document& document, const Node& data, RecordBuilder& to) {
    if (const Node* const attributes = document.member(data, "#attributes");
        attributes && document.member(*attributes, "Name"))
        to.data("EventData@Name", document.text(*attributes, "Name"));
    for (const Node& member : document.children(data)) {
        if (member.key.starts_with('#') || member.key.ends_with("_attributes")) continue;
        const bool unnamed = member.key == "Data";
        to.element(document, unnamed ? std::string_view() : without_number(document, data, member.key), member);
    }
}

/// Below UserData stands one element of the provider's own: its name says nothing more.
void read_user_data(const Document& document, const Node& data, RecordBuilder& to) {
    for (const Node& inner : document.children(data)) {
        if (inner.key.starts_with('#') || inner.key.ends_with("_attributes")) continue;
        if (inner.type != NodeType::Object) {
            to.element(document, inner.key, inner);
            continue;
        }
        for (const Node& member : document.children(inner))
            if (!is_of_converter(member)) to.element(document, without_number(document, inner, member.key), member);
    }
}

/// Velociraptor writes seconds since 1970 as a number.
std::optional<Timestamp> unix_time(std::string_view text) {
    if (text.empty() || text.contains('-')) return {};
    const std::size_t dot = text.find('.');
    const auto seconds = integer(text.substr(0, dot));
    double fraction = 0;
    if (dot != std::string_view::npos) std::from_chars(text.data() + dot, text.data() + text.size(), fraction);
    if (!seconds || *seconds < 0 || *seconds >= 9'000'000'000) return {};
    return Timestamp::from_unix_seconds(*seconds) + Duration{static_cast<std::int64_t>(fraction * 1e7) * 100};
}

}  // namespace

bool is_event_xml(const Document& document) { return event_of(document) != nullptr; }

Result<> read_event_xml(const Document& document, Reading& reading) {
    const Node& event = *event_of(document);
    const Node& system = *document.member(event, "System");
    RecordBuilder to(reading);
    read_system(document, system, to);
    for (const Node& part : document.children(event)) {
        if (part.key == "Message")
            to.message(part.text);
        else if (part.key == "UserData" || part.key == "ProcessingErrorData")
            read_user_data(document, part, to);
        else if (part.key == "EventData" && part.type == NodeType::Object)
            read_event_data(document, part, to);
    }
    const std::string_view time = attribute(document, system, "TimeCreated", "SystemTime");
    if (const auto moment = unix_time(time)) {
        reading.record.time = *moment;
        return {};
    }
    return to.time(time, "TimeCreated");
}

}  // namespace spoor::json
