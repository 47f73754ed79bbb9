// Flat layouts (NXLog, Azure Monitor, and plain ones): the facts of the System part and the values of the event stand
// side by side. What a shipper adds about itself (its name and tags, when it received the record, renderings of
// numbers) is left out.
#include <algorithm>

#include "sources/json/layouts.h"
#include "sources/json/local_clock.h"
#include "sources/json/message.h"
#include "sources/json/record_builder.h"

namespace spoor::json {
namespace {

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
    RecordBuilder to(reading);
    const bool nxlog = layout == Layout::Nxlog;
    // With AccountType, AccountName and Domain are what the agent found for UserID, and have overwritten the event's
    // own. Sysmon's records have none of their own: there it is SYSTEM, whom Sysmon runs as.
    const bool agent_names_user =
        nxlog && (document.member("AccountType") || document.text("SourceName") == "Microsoft-Windows-Sysmon");
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
                to.element(document, key, node);
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

bool names_a_zone(std::string_view time) {
    return time.ends_with('Z') || (time.size() > 6 && (time[time.size() - 6] == '+' || time[time.size() - 6] == '-') &&
                                   time[time.size() - 3] == ':');
}

}  // namespace

bool is_nxlog(const Document& document) {
    return document.member("EventTime") && document.member("EventID") && document.member("SourceName");
}

Result<> read_nxlog(const Document& document, Reading& reading) {
    read_flat_members(document, Layout::Nxlog, reading);
    const std::string_view event_time = document.text("EventTime");
    TRY(RecordBuilder(reading).time(event_time, "EventTime"));
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
    return RecordBuilder(reading).time(document.text("TimeCreated"), "TimeCreated");
}

bool is_azure(const Document& document) {
    return document.member("TimeGenerated") && document.member("EventID") && document.member("Computer");
}

Result<> read_azure(const Document& document, Reading& reading) {
    read_flat_members(document, Layout::Azure, reading);
    return RecordBuilder(reading).time(document.text("TimeGenerated"), "TimeGenerated");
}

}  // namespace spoor::json
