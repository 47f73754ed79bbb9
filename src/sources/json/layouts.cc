// The layouts: for each, how it is recognised and how it is read.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/unicode.h"
#include "sources/json/layout.h"
#include "sources/json/local_clock.h"
#include "sources/json/message.h"

namespace spoor::json {
namespace {

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

constexpr std::uint64_t kAuditSuccess = 0x8020000000000000;
constexpr std::uint64_t kAuditFailure = 0x8010000000000000;

/// Reads the parts of a record that the layouts share. All set what they find and leave the rest alone.
class Builder {
public:
    explicit Builder(Reading& reading) : reading_(reading), record_(reading.record) {}

    void system(std::string_view field, std::string_view text) {
        if (!text.empty()) record_.system.push_back({field, text});
    }
    void data(std::string_view name, std::string_view text) { record_.data.push_back({name, text}); }
    void provider(std::string_view text) { record_.provider = text; }
    void channel(std::string_view text) { record_.channel = text; }
    void computer(std::string_view text) { record_.computer = text; }
    void message(std::string_view text) { record_.message = text; }

    void event_id(std::string_view text) {
        if (const auto id = integer(text)) record_.event_id = static_cast<std::uint32_t>(*id);
    }
    void number(std::string_view text) {
        const auto number = integer(text);
        if (!number || *number < 0) return;
        record_.sequence = static_cast<std::uint64_t>(*number);
        reading_.has_number = true;
    }

    /// Keywords as a number, which exporters may take for a signed one.
    void keywords(std::string_view text) {
        const auto bits = integer(text);
        if (!bits) return system("Keywords", text);
        const auto keywords = static_cast<std::uint64_t>(*bits);
        system("Keywords", reading_.kept(fmt::format("{:#x}", keywords)));
        if ((keywords & kAuditSuccess) == kAuditSuccess) record_.outcome = Outcome::Success;
        if ((keywords & kAuditFailure) == kAuditFailure) record_.outcome = Outcome::Failure;
    }

    /// "Audit Success", "audit_failure", "AUDIT_SUCCESS": how renderings say it.
    void outcome(std::string_view text) {
        if (equals_ignoring_ascii_case(text, "Audit Success") || equals_ignoring_ascii_case(text, "AUDIT_SUCCESS"))
            record_.outcome = Outcome::Success;
        if (equals_ignoring_ascii_case(text, "Audit Failure") || equals_ignoring_ascii_case(text, "AUDIT_FAILURE"))
            record_.outcome = Outcome::Failure;
    }

    /// A level by its English name or its number.
    void level(std::string_view text) {
        static constexpr std::string_view kNames[] = {"", "Critical", "Error", "Warning", "Information", "Verbose"};
        static constexpr std::string_view kDigits[] = {"0", "1", "2", "3", "4", "5"};
        for (std::size_t i = 1; i < std::size(kNames); ++i)
            // Audits have level 0, which renders as Information.
            if (equals_ignoring_ascii_case(text, kNames[i]) || (i == 4 && equals_ignoring_ascii_case(text, "Info")))
                return system("Level", kDigits[record_.outcome != Outcome::Unknown ? 0 : i]);
        system("Level", text);
    }

    void opcode(std::string_view text) {
        if (text == "Info") text = "0";
        if (text == "Start") text = "1";
        if (text == "Stop") text = "2";
        system("Opcode", text);
    }

private:
    Reading& reading_;
    windows::Record& record_;
};

Result<> set_time(Reading& reading, std::string_view text, std::string_view key) {
    if (text.empty()) return fail(Errc::Corrupt, fmt::format("the event has no {}", key));
    auto time = Timestamp::parse(text);
    if (!time) return fail(Errc::Corrupt, fmt::format("{} '{}' is not a time", key, text.substr(0, 60)));
    reading.record.time = *time;
    return {};
}

bool names_a_zone(std::string_view time) {
    return time.ends_with('Z') || (time.size() > 6 && (time[time.size() - 6] == '+' || time[time.size() - 6] == '-') &&
                                   time[time.size() - 3] == ':');
}

// ---- The event's XML as a tree --------------------------------------------------------------------------------------
// {"Event":{"System":{"Provider":{"#attributes":{"Name":...}},"EventID":4624,...},"EventData":{"SubjectUserSid":...}}}
// evtx_dump keeps attributes under "#attributes" or, when told to, beside the element as "Provider_attributes";
// converters from XML write "@Name"; Velociraptor writes {"Provider":{"Name":...},"EventID":{"Value":4624}}.

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

/// evtx_dump numbers elements of the same name: Header, Header_1, Header_2. They are one field with several values.
std::string_view without_number(const Document& document, const Node& parent, std::string_view key) {
    const std::size_t mark = key.rfind('_');
    if (mark == std::string_view::npos || mark + 1 == key.size()) return key;
    if (!std::ranges::all_of(key.substr(mark + 1), [](char c) { return c >= '0' && c <= '9'; })) return key;
    return document.member(parent, key.substr(0, mark)) ? key.substr(0, mark) : key;
}

/// Adds an element of EventData or UserData, and what lies in it under names joined by dots.
void add_element(const Document& document, std::string_view name, const Node& node, Reading& reading) {
    Builder to(reading);
    if (node.has_text()) return to.data(name, node.text);
    if (node.type == NodeType::Array) {
        for (const Node& item : document.children(node)) add_element(document, name, item, reading);
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
            add_element(document, own_name, member, reading);
        } else if (member.key == "#attributes") {
            for (const Node& attribute : document.children(member))
                if (attribute.key != "Name" && !attribute.key.starts_with("xmlns") && attribute.has_text())
                    to.data(reading.kept(fmt::format("{}@{}", name, attribute.key)), attribute.text);
        } else if (member.key != "@Name" && !member.key.starts_with("@xmlns")) {
            const std::string_view key = without_number(document, node, member.key);
            add_element(document, reading.kept(name.empty() ? std::string(key) : fmt::format("{}.{}", name, key)),
                        member, reading);
        }
    }
}

Result<> read_event_xml(const Document& document, Reading& reading) {
    const Node& event = *event_of(document);
    const Node& system = *document.member(event, "System");
    Builder to(reading);
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

    for (const Node& part : document.children(event)) {
        if (part.key == "System" || part.key.starts_with('#') || part.key.starts_with('@') ||
            part.key.ends_with("_attributes"))
            continue;
        if (part.key == "Message") {
            to.message(part.text);
        } else if (part.key == "UserData" || part.key == "ProcessingErrorData") {
            // Below UserData stands one element of the provider's own: its name says nothing more.
            for (const Node& inner : document.children(part))
                if (inner.key.starts_with('#') || inner.key.ends_with("_attributes"))
                    continue;
                else if (inner.type == NodeType::Object) {
                    for (const Node& member : document.children(inner))
                        if (!member.key.starts_with('#') && !member.key.starts_with('@') &&
                            !member.key.ends_with("_attributes"))
                            add_element(document, without_number(document, inner, member.key), member, reading);
                } else {
                    add_element(document, inner.key, inner, reading);
                }
        } else if (part.key == "EventData" && part.type == NodeType::Object) {
            if (const Node* const attributes = document.member(part, "#attributes");
                attributes && document.member(*attributes, "Name"))
                to.data("EventData@Name", document.text(*attributes, "Name"));
            for (const Node& member : document.children(part))
                if (!member.key.starts_with('#') && !member.key.ends_with("_attributes"))
                    add_element(document,
                                member.key == "Data" ? std::string_view() : without_number(document, part, member.key),
                                member, reading);
        }
    }
    const std::string_view time = attribute(document, system, "TimeCreated", "SystemTime");
    // Velociraptor writes seconds since 1970 as a number.
    if (const auto dot = time.find('.'); !time.contains('-') && !time.empty()) {
        const auto seconds = integer(time.substr(0, dot));
        double fraction = 0;
        if (dot != std::string_view::npos) std::from_chars(time.data() + dot, time.data() + time.size(), fraction);
        if (seconds && *seconds >= 0 && *seconds < 9'000'000'000) {
            reading.record.time =
                Timestamp::from_unix_seconds(*seconds) + Duration{static_cast<std::int64_t>(fraction * 1e7) * 100};
            return {};
        }
    }
    return set_time(reading, time, "TimeCreated");
}

// ---- Winlogbeat -----------------------------------------------------------------------------------------------------
// 7 and later put all under "winlog", nested or with dotted keys; 5 and 6 had the same names at the top.

class Beat {
public:
    Beat(const Document& document, Reading& reading)
        : document_(document),
          reading_(reading),
          source_(document.member("_source") ? *document.member("_source") : document.root()) {}

    /// The member of "winlog", also where it stands as "winlog.NAME".
    const Node* winlog(std::string_view name) const {
        const Node* const group = document_.member(source_, "winlog");
        return group ? document_.member(*group, name) : document_.member(source_, "winlog." + std::string(name));
    }
    std::string_view text(const Node* node) const {
        return node && node->is_scalar() ? node->text : std::string_view();
    }
    std::string_view inner(const Node* node, std::string_view name) const {
        return node ? document_.text(*node, name) : std::string_view();
    }
    const Node& source() const { return source_; }

    void keywords(const Node* list) const {
        if (!list) return;
        Builder to(reading_);
        for (const Node& keyword : document_.children(*list)) {
            to.outcome(keyword.text);
            if (reading_.record.outcome == Outcome::Success) to.system("Keywords", "0x8020000000000000");
            if (reading_.record.outcome == Outcome::Failure) to.system("Keywords", "0x8010000000000000");
            if (reading_.record.outcome != Outcome::Unknown) return;
            if (keyword.text == "Classic") to.system("Keywords", "0x80000000000000");
        }
    }

    void values(const Node* group) const {
        if (!group) return;
        for (const Node& value : document_.children(*group))
            if (value.key != "xml_name") add_element(document_, value.key, value, reading_);
    }

    void user(const Node* user) const {
        if (!user) return;
        Builder to(reading_);
        to.system("UserID", document_.text(*user, "identifier"));
        to.system("UserIDName", document_.text(*user, "name"));
        to.system("UserIDDomain", document_.text(*user, "domain"));
    }

private:
    const Document& document_;
    Reading& reading_;
    const Node& source_;
};

bool is_winlogbeat(const Document& document) {
    const Node* const source = document.member("_source");
    const Node& root = source ? *source : document.root();
    if (const Node* const winlog = document.member(root, "winlog"))
        return document.member(*winlog, "event_id") || document.member(*winlog, "channel");
    return document.member(root, "winlog.event_id") != nullptr;
}

Result<> read_winlogbeat(const Document& document, Reading& reading) {
    const Beat beat(document, reading);
    Builder to(reading);
    to.provider(beat.text(beat.winlog("provider_name")));
    to.channel(beat.text(beat.winlog("channel")));
    to.computer(beat.text(beat.winlog("computer_name")));
    to.event_id(beat.text(beat.winlog("event_id")));
    to.number(beat.text(beat.winlog("record_id")));
    to.system("ProviderGuid", beat.text(beat.winlog("provider_guid")));
    to.system("Version", beat.text(beat.winlog("version")));
    beat.keywords(beat.winlog("keywords"));
    const Node* const log = document.member(beat.source(), "log");
    to.level(log ? document.text(*log, "level") : document.text(beat.source(), "log.level"));
    to.system("Task", beat.text(beat.winlog("task")));
    to.opcode(beat.text(beat.winlog("opcode")));
    to.system("ActivityID", beat.text(beat.winlog("activity_id")));
    to.system("RelatedActivityID", beat.text(beat.winlog("related_activity_id")));
    if (const Node* const process = beat.winlog("process")) {
        to.system("ExecutionProcessID", beat.inner(process, "pid"));
        to.system("ExecutionThreadID", beat.inner(document.member(*process, "thread"), "id"));
    }
    to.system("ExecutionProcessID", beat.text(beat.winlog("process.pid")));
    to.system("ExecutionThreadID", beat.text(beat.winlog("process.thread.id")));
    beat.user(beat.winlog("user"));
    to.message(document.text(beat.source(), "message"));
    beat.values(beat.winlog("event_data"));
    beat.values(beat.winlog("user_data"));
    for (const Node& node : document.children(beat.source()))
        for (const std::string_view prefix : {"winlog.event_data.", "winlog.user_data."})
            if (node.key.starts_with(prefix)) add_element(document, node.key.substr(prefix.size()), node, reading);
    recover_from_message(reading.record);
    return set_time(reading, document.text(beat.source(), "@timestamp"), "@timestamp");
}

bool is_winlogbeat6(const Document& document) {
    const Node* const source = document.member("_source");
    const Node& root = source ? *source : document.root();
    return document.member(root, "event_id") && document.member(root, "log_name");
}

Result<> read_winlogbeat6(const Document& document, Reading& reading) {
    const Beat beat(document, reading);
    const Node& source = beat.source();
    Builder to(reading);
    to.provider(document.text(source, "source_name"));
    to.channel(document.text(source, "log_name"));
    to.computer(document.text(source, "computer_name"));
    to.event_id(document.text(source, "event_id"));
    to.number(document.text(source, "record_number"));
    to.system("ProviderGuid", document.text(source, "provider_guid"));
    to.system("Version", document.text(source, "version"));
    beat.keywords(document.member(source, "keywords"));
    to.level(document.text(source, "level"));
    to.system("Task", document.text(source, "task"));
    to.opcode(document.text(source, "opcode"));
    to.system("ActivityID", document.text(source, "activity_id"));
    to.system("RelatedActivityID", document.text(source, "related_activity_id"));
    to.system("ExecutionProcessID", document.text(source, "process_id"));
    to.system("ExecutionThreadID", document.text(source, "thread_id"));
    beat.user(document.member(source, "user"));
    to.message(document.text(source, "message"));
    beat.values(document.member(source, "event_data"));
    beat.values(document.member(source, "user_data"));
    recover_from_message(reading.record);
    return set_time(reading, document.text(source, "@timestamp"), "@timestamp");
}

// ---- Flat layouts ---------------------------------------------------------------------------------------------------
// The facts of the System part and the values of the event stand side by side. What a shipper adds about itself (its
// name and tags, when it received the record, renderings of numbers) is left out.

enum class Part : std::uint8_t {
    Provider,
    Channel,
    Computer,
    EventId,
    Number,
    Message,
    Keywords,
    Level,
    System,
    Shipper
};

struct FlatKey {
    std::string_view key;
    Part part;
    std::string_view field = {};
};

constexpr FlatKey kFlatKeys[] = {
    {"SourceName", Part::Provider},
    {"ProviderName", Part::Provider},
    {"EventSourceName", Part::Provider},
    {"Provider", Part::Provider},
    {"Channel", Part::Channel},
    {"EventLog", Part::Channel},
    {"LogName", Part::Channel},
    {"Hostname", Part::Computer},
    {"Computer", Part::Computer},
    {"MachineName", Part::Computer},
    {"EventID", Part::EventId},
    {"EventId", Part::EventId},
    {"Id", Part::EventId},
    {"RecordNumber", Part::Number},
    {"EventRecordID", Part::Number},
    {"EventRecordId", Part::Number},
    {"RecordId", Part::Number},
    {"Message", Part::Message},
    {"RenderedDescription", Part::Message},
    {"Keywords", Part::Keywords},
    {"Level", Part::Level},
    {"EventLevel", Part::Level},
    {"ProviderGuid", Part::System, "ProviderGuid"},
    {"ProviderId", Part::System, "ProviderGuid"},
    {"Version", Part::System, "Version"},
    {"Task", Part::System, "Task"},
    {"OpcodeValue", Part::System, "Opcode"},
    {"ActivityID", Part::System, "ActivityID"},
    {"ActivityId", Part::System, "ActivityID"},
    {"RelatedActivityID", Part::System, "RelatedActivityID"},
    {"RelatedActivityId", Part::System, "RelatedActivityID"},
    {"ExecutionProcessID", Part::System, "ExecutionProcessID"},
    {"ExecutionThreadID", Part::System, "ExecutionThreadID"},
    {"ThreadID", Part::System, "ExecutionThreadID"},
    {"UserID", Part::System, "UserID"},
    {"Qualifiers", Part::System, "Qualifiers"},
    {"TimeCreated", Part::Shipper},
    {"TimeGenerated", Part::Shipper},
    {"EventTime", Part::Shipper},
    {"@timestamp", Part::Shipper},
    {"EventReceivedTime", Part::Shipper},
    {"Severity", Part::Shipper},
    {"SeverityValue", Part::Shipper},
    {"Category", Part::Shipper},
    {"Opcode", Part::Shipper},
    {"@version", Part::Shipper},
    {"tags", Part::Shipper},
    {"host", Part::Shipper},
    {"port", Part::Shipper},
    {"SourceModuleName", Part::Shipper},
    {"SourceModuleType", Part::Shipper},
    {"EventTypeOrignal", Part::Shipper},
    {"ERROR_EVT_UNRESOLVED", Part::Shipper},
    {"AccountType", Part::Shipper},
};

/// Keys that only the tables of Azure have beside those.
constexpr std::string_view kAzureKeys[] = {
    "TenantId",
    "SourceSystem",
    "Type",
    "_ResourceId",
    "ManagementGroupName",
    "MG",
    "SourceComputerId",
    "EventOriginId",
    "Activity",
    "TimeCollected",
    "EventLevelName",
    "_SubscriptionId",
    "_ItemId",
    "_Internal_WorkspaceResourceId",
};

/// Azure tells the types of custom columns by their endings.
std::string_view without_azure_ending(std::string_view key) {
    for (const std::string_view ending : {"_string", "_guid", "_s", "_g", "_d", "_b", "_t"})
        if (key.size() > ending.size() + 1 && key.ends_with(ending)) return key.substr(0, key.size() - ending.size());
    return key;
}

/// "&lt;unknown process&gt;" as it was before an exporter escaped it.
std::string_view without_html_escapes(std::string_view text, Reading& reading) {
    if (!text.contains('&')) return text;
    static constexpr std::pair<std::string_view, char> kEscapes[] = {
        {"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&apos;", '\''}};
    std::string out;
    while (!text.empty()) {
        const auto escape =
            std::ranges::find_if(kEscapes, [&](const auto& known) { return text.starts_with(known.first); });
        if (escape != std::end(kEscapes)) {
            out += escape->second;
            text.remove_prefix(escape->first.size());
        } else {
            out += text[0];
            text.remove_prefix(1);
        }
    }
    return reading.kept(std::move(out));
}

/// NXLog writes a severity as EventType, which then moves the event's own EventType to EventTypeOrignal (its spelling).
bool is_nxlog_severity(std::string_view text) {
    static constexpr std::string_view kSeverities[] = {"INFO",    "AUDIT_SUCCESS", "AUDIT_FAILURE", "ERROR",
                                                       "WARNING", "VERBOSE",       "CRITICAL",      "DEBUG"};
    return std::ranges::find(kSeverities, text) != std::end(kSeverities);
}

void read_flat_members(const Document& document, Layout layout, Reading& reading) {
    Builder to(reading);
    const bool nxlog = layout == Layout::Nxlog;
    // With AccountType, AccountName and Domain are what the agent found for UserID, and have overwritten the event's
    // own.
    const bool agent_names_user = nxlog && document.member("AccountType");
    for (const Node& node : document.children(document.root())) {
        std::string_view key = node.key;
        if (layout == Layout::Azure) {
            if (std::ranges::find(kAzureKeys, key) != std::end(kAzureKeys)) continue;
            key = without_azure_ending(key);
        }
        if (nxlog && key == "EventType" && is_nxlog_severity(node.text)) {
            to.outcome(node.text);
            continue;
        }
        if (agent_names_user && (key == "AccountName" || key == "Domain")) {
            to.system(key == "Domain" ? "UserIDDomain" : "UserIDName", node.text);
            continue;
        }
        const auto known = std::ranges::find(kFlatKeys, key, &FlatKey::key);
        if (known == std::end(kFlatKeys)) {
            if (node.type == NodeType::Text && nxlog)
                to.data(key, without_html_escapes(node.text, reading));
            else
                add_element(document, key, node, reading);
            continue;
        }
        switch (known->part) {
            case Part::Provider: to.provider(node.text); break;
            case Part::Channel: to.channel(node.text); break;
            case Part::Computer: to.computer(node.text); break;
            case Part::EventId: to.event_id(node.text); break;
            case Part::Number: to.number(node.text); break;
            case Part::Message: to.message(node.text); break;
            case Part::Keywords: to.keywords(node.text); break;
            case Part::Level: to.level(node.text); break;
            case Part::System: to.system(known->field, node.text); break;
            case Part::Shipper: break;
        }
    }
    recover_from_message(reading.record);
}

bool is_nxlog(const Document& document) {
    return document.member("EventTime") && document.member("EventID") && document.member("SourceName");
}

Result<> read_nxlog(const Document& document, Reading& reading) {
    read_flat_members(document, Layout::Nxlog, reading);
    const std::string_view event_time = document.text("EventTime");
    TRY(set_time(reading, event_time, "EventTime"));
    if (names_a_zone(event_time)) return {};
    // EventTime and EventReceivedTime are told by the same local clock; Logstash stamps @timestamp, in UTC, when it
    // receives what the agent has just sent. So the difference of the latter two is the local clock's.
    const auto received_utc = Timestamp::parse(document.text("@timestamp"));
    const auto received_local = Timestamp::parse(document.text("EventReceivedTime"));
    if (received_utc && (received_local || document.member("EventReceivedTime") == nullptr))
        reading.record.time = reading.record.time +
                              quarter_hours(*received_utc - (received_local ? *received_local : reading.record.time));
    else
        reading.clock = Clock::Local;
    return {};
}

bool is_flat(const Document& document) {
    return document.member("TimeCreated") && (document.member("EventID") || document.member("EventId")) &&
           (document.member("Hostname") || document.member("Computer")) && document.member("Channel");
}

Result<> read_flat(const Document& document, Reading& reading) {
    read_flat_members(document, Layout::Flat, reading);
    // Labelled Z or not, this is what the clock on the wall of some machine said.
    reading.clock = Clock::Local;
    return set_time(reading, document.text("TimeCreated"), "TimeCreated");
}

bool is_azure(const Document& document) {
    return document.member("TimeGenerated") && document.member("EventID") && document.member("Computer");
}

Result<> read_azure(const Document& document, Reading& reading) {
    read_flat_members(document, Layout::Azure, reading);
    return set_time(reading, document.text("TimeGenerated"), "TimeGenerated");
}

// ---- Get-WinEvent | ConvertTo-Json ----------------------------------------------------------------------------------
// An array of objects whose values have lost their names: {"Id":4624,"Properties":[{"Value":"S-1-0-0"},...]}.

bool is_get_winevent(const Document& document) {
    return document.member("Id") && document.member("LogName") && document.member("TimeCreated");
}

Result<> read_get_winevent(const Document& document, Reading& reading) {
    Builder to(reading);
    to.provider(document.text("ProviderName"));
    to.channel(document.text("LogName"));
    to.computer(document.text("MachineName"));
    to.event_id(document.text("Id"));
    to.number(document.text("RecordId"));
    to.keywords(document.text("Keywords"));
    to.system("ProviderGuid", document.text("ProviderId"));
    to.system("Version", document.text("Version"));
    to.system("Level", document.text("Level"));
    to.system("Task", document.text("Task"));
    to.system("Opcode", document.text("Opcode"));
    to.system("ActivityID", document.text("ActivityId"));
    to.system("RelatedActivityID", document.text("RelatedActivityId"));
    to.system("ExecutionProcessID", document.text("ProcessId"));
    to.system("ExecutionThreadID", document.text("ThreadId"));
    to.message(document.text("Message"));
    if (const Node* const user = document.member("UserId"))
        to.system("UserID", user->is_scalar() ? user->text : document.text(*user, "Value"));
    recover_from_message(reading.record);
    if (const Node* const properties = document.member("Properties"))
        for (const Node& property : document.children(*properties)) to.data("", document.text(property, "Value"));

    // "/Date(1597312345678)/" from Windows PowerShell, ISO 8601 from PowerShell 7.
    std::string_view time = document.text("TimeCreated");
    if (const Node* const value = document.member("TimeCreated"); value && value->type == NodeType::Object)
        time = document.text(*value, "value");
    if (time.starts_with("/Date(")) {
        const auto milliseconds = integer(time.substr(6, time.find(')') - 6));
        if (!milliseconds || *milliseconds > 9'000'000'000'000 || *milliseconds < -9'000'000'000'000)
            return fail(Errc::Corrupt, fmt::format("TimeCreated '{}' is not a time", time.substr(0, 60)));
        reading.record.time = Timestamp{*milliseconds * 1'000'000};
        return {};
    }
    return set_time(reading, time, "TimeCreated");
}

// ---- The table ------------------------------------------------------------------------------------------------------

struct LayoutEntry {
    Layout layout;
    std::string_view name;
    bool (*fits)(const Document&);
    Result<> (*read)(const Document&, Reading&);
};

/// The more telling come first.
constexpr LayoutEntry kLayouts[] = {
    {Layout::EventXml, "Event XML as JSON", [](const Document& document) { return event_of(document) != nullptr; },
     read_event_xml},
    {Layout::Winlogbeat, "Winlogbeat", is_winlogbeat, read_winlogbeat},
    {Layout::Winlogbeat6, "Winlogbeat 6", is_winlogbeat6, read_winlogbeat6},
    {Layout::Nxlog, "NXLog", is_nxlog, read_nxlog},
    {Layout::Flat, "flat", is_flat, read_flat},
    {Layout::Azure, "Azure Monitor", is_azure, read_azure},
    {Layout::GetWinEvent, "Get-WinEvent", is_get_winevent, read_get_winevent},
};

const LayoutEntry* entry(Layout layout) {
    const auto found = std::ranges::find(kLayouts, layout, &LayoutEntry::layout);
    return found == std::end(kLayouts) ? nullptr : found;
}

}  // namespace

void Reading::clear() {
    record.clear();
    clock = Clock::Utc;
    has_number = false;
    composed.clear();
}

std::string_view name(Layout layout) { return entry(layout) ? entry(layout)->name : "unknown"; }

Layout recognise(const Document& document, Layout likely) {
    if (const LayoutEntry* const first = entry(likely); first && first->fits(document)) return likely;
    for (const LayoutEntry& candidate : kLayouts)
        if (candidate.fits(document)) return candidate.layout;
    return Layout::Unknown;
}

Result<> read_record(const Document& document, Layout layout, Reading& reading) {
    reading.clear();
    const LayoutEntry* const known = entry(layout);
    if (!known) return fail(Errc::Unsupported, "no layout of Windows events that Spoor knows");
    TRY(known->read(document, reading));
    if (reading.record.event_id == 0 && reading.record.channel.empty() && reading.record.provider.empty())
        return fail(Errc::Corrupt, "the event has neither number, channel nor provider");
    return {};
}

}  // namespace spoor::json
