#include "sources/windows/event_xml.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "evtx/render/escape.h"
#include "model/kinds.h"
#include "sources/windows/record_values.h"

namespace spoor::windows {
namespace {

using evtx::Escaping;

constexpr std::string_view kEventNamespace = "http://schemas.microsoft.com/win/2004/08/events/event";

// --- what a record calls its parts ---

/// A provider's own element below UserData, and its name space. Number 0 stands for all of a provider's events.
struct UserDataRow {
    std::string_view provider;
    std::uint32_t event_id;
    std::string_view element;
    std::string_view name_space;
};
constexpr std::string_view kEventlogNamespace = "http://manifests.microsoft.com/win/2004/08/windows/eventlog";
constexpr std::string_view kPnpNamespace = "http://manifests.microsoft.com/win/2004/08/windows/userpnp";
constexpr std::string_view kWmiNamespace = "http://manifests.microsoft.com/win/2006/windows/WMI";
constexpr std::string_view kPrintNamespace =
    "http://manifests.microsoft.com/win/2005/08/windows/printing/spooler/core/events";
// clang-format off
constexpr UserDataRow kUserData[] = {
    {"Microsoft-Windows-Eventlog", 104, "LogFileCleared", kEventlogNamespace},
    {"Microsoft-Windows-Eventlog", 105, "AutoBackup", kEventlogNamespace},
    {"Microsoft-Windows-Eventlog", 1100, "ServiceShutdown", kEventlogNamespace},
    {"Microsoft-Windows-Eventlog", 1101, "AuditEventsDropped", kEventlogNamespace},
    {"Microsoft-Windows-Eventlog", 1102, "LogFileCleared", kEventlogNamespace},
    {"Microsoft-Windows-Eventlog", 1104, "FileIsFull", kEventlogNamespace},
    {"Microsoft-Windows-Eventlog", 1105, "AutoBackup", kEventlogNamespace},
    {"Microsoft-Windows-Eventlog", 1108, "EventProcessingFailure", kEventlogNamespace},
    {"Microsoft-Windows-TerminalServices-LocalSessionManager", 0, "EventXML", "Event_NS"},
    {"Microsoft-Windows-TerminalServices-RemoteConnectionManager", 0, "EventXML", "Event_NS"},
    {"Microsoft-Windows-TerminalServices-Gateway", 0, "EventInfo", "aag"},
    {"Microsoft-Windows-AppLocker", 0, "RuleAndFileData", "http://schemas.microsoft.com/schemas/event/Microsoft.Windows/1.0.0.0"},
    {"Microsoft-Windows-WMI-Activity", 5857, "Operation_StartedOperational", kWmiNamespace},
    {"Microsoft-Windows-WMI-Activity", 5858, "Operation_ClientFailure", kWmiNamespace},
    {"Microsoft-Windows-WMI-Activity", 5859, "Operation_EssStarted", kWmiNamespace},
    {"Microsoft-Windows-WMI-Activity", 5860, "Operation_TemporaryEssStarted", kWmiNamespace},
    {"Microsoft-Windows-WMI-Activity", 5861, "Operation_ESStoConsumerBinding", kWmiNamespace},
    {"Microsoft-Windows-UserPnp", 20001, "InstallDeviceID", kPnpNamespace},
    {"Microsoft-Windows-UserPnp", 20003, "AddServiceID", kPnpNamespace},
    {"Microsoft-Windows-UserPnp", 20010, "INFO_PNP_STATE", kPnpNamespace},
    {"Microsoft-Windows-PrintService", 300, "PrinterCreated", kPrintNamespace},
    {"Microsoft-Windows-PrintService", 301, "PrinterDeleted", kPrintNamespace},
    {"Microsoft-Windows-PrintService", 302, "PrinterDeletionPending", kPrintNamespace},
    {"Microsoft-Windows-PrintService", 316, "DriverAdded", kPrintNamespace},
    {"Microsoft-Windows-PrintService", 823, "ChangingDefaultPrinter", kPrintNamespace},
    {"Microsoft-Windows-PrintService", 848, "PrinterSharing", kPrintNamespace},
    {"Microsoft-Windows-PrintService", 849, "PrinterSharing", kPrintNamespace},
};
// clang-format on

const UserDataRow* user_data_of(std::string_view provider, std::uint32_t event_id) {
    const auto row = std::ranges::find_if(kUserData, [&](const UserDataRow& candidate) {
        return candidate.provider == provider && (candidate.event_id == event_id || candidate.event_id == 0);
    });
    return row == std::end(kUserData) ? nullptr : row;
}

// --- Sysmon for Linux ---

constexpr std::string_view kLinuxSysmon = "Linux-Sysmon";
constexpr std::string_view kLinuxSysmonGuid = "{ff032593-a8d3-4f13-b0d6-01fc615a0f97}";

/// The layout of a record: its version, and all its values in order; what an event has not is "-".
struct SysmonRow {
    std::uint16_t event_id;
    std::uint16_t version;
    std::string_view fields;
};
// clang-format off
constexpr SysmonRow kSysmon[] = {
    {1, 5, "RuleName UtcTime ProcessGuid ProcessId Image FileVersion Description Product Company OriginalFileName CommandLine CurrentDirectory User "
           "LogonGuid LogonId TerminalSessionId IntegrityLevel Hashes ParentProcessGuid ParentProcessId ParentImage ParentCommandLine ParentUser"},
    {3, 5, "RuleName UtcTime ProcessGuid ProcessId Image User Protocol Initiated SourceIsIpv6 SourceIp SourceHostname SourcePort SourcePortName "
           "DestinationIsIpv6 DestinationIp DestinationHostname DestinationPort DestinationPortName"},
    {4, 3, "UtcTime State Version SchemaVersion"},
    {5, 3, "RuleName UtcTime ProcessGuid ProcessId Image User"},
    {9, 2, "RuleName UtcTime ProcessGuid ProcessId Image Device User"},
    {10, 3, "RuleName UtcTime SourceProcessGuid SourceProcessId SourceThreadId SourceImage TargetProcessGuid TargetProcessId TargetImage GrantedAccess "
            "CallTrace SourceUser TargetUser"},
    {11, 2, "RuleName UtcTime ProcessGuid ProcessId Image TargetFilename CreationUtcTime User"},
    {16, 3, "UtcTime Configuration ConfigurationFileHash"},
    {23, 5, "RuleName UtcTime ProcessGuid ProcessId User Image TargetFilename Hashes IsExecutable Archived"},
};
// clang-format on

const SysmonRow* sysmon_row_of(Kind kind) {
    const std::uint16_t id = entry(kind).sysmon_id;
    const auto row = std::ranges::find(kSysmon, id, &SysmonRow::event_id);
    return id == 0 || row == std::end(kSysmon) ? nullptr : row;
}

// --- writing ---

/// A name that XML readers accept; names out of logs need not be one.
std::string xml_name(std::string_view name) {
    std::string mended;
    for (const char c : name) {
        const bool begins =
            (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
        const bool goes_on = (c >= '0' && c <= '9') || c == '-' || c == '.';
        if (mended.empty() && !begins) mended += '_';
        mended += begins || goes_on ? c : '_';
    }
    return mended.empty() ? "_" : mended;
}

class Writer {
public:
    Writer(std::string& out, const EventView& view, const Catalog& catalog)
        : out_(out), view_(view), catalog_(catalog), values_(view, catalog), provider_(values_.provider()) {}

    void write() {
        out_ += fmt::format("<Event xmlns=\"{}\"><System>", kEventNamespace);
        if (provider_.empty() && view_.event.event_id == 0)
            write_linux();
        else
            write_windows();
        out_ += "</Event>";
    }

private:
    // Windows.

    void write_windows() {
        const bool has_version = is_there("Version"_field);
        open("Provider");
        attribute("Name", provider_);
        attribute("Guid", text_of("ProviderGuid"_field));
        attribute("EventSourceName", text_of("EventSourceName"_field));
        close_empty();
        open("EventID");
        attribute("Qualifiers", text_of("Qualifiers"_field));
        content("EventID", std::to_string(view_.event.event_id));
        for (const FieldId field : {"Version"_field, "Level"_field, "Task"_field, "Opcode"_field, "Keywords"_field})
            if (is_there(field)) element(catalog_.field_name(field), text_of(field));
        open("TimeCreated");
        attribute("SystemTime", view_.event.time.to_string());
        close_empty();
        if ((view_.event.sequence & kCounted) == 0) element("EventRecordID", std::to_string(view_.event.sequence));
        // Records of the old API have neither a version nor these.
        if (has_version) {
            open("Correlation");
            attribute("ActivityID", text_of("ActivityID"_field));
            attribute("RelatedActivityID", text_of("RelatedActivityID"_field));
            close_empty();
            write_execution();
        }
        write_place(catalog_.channel_name(view_.event.channel), text_of("UserID"_field));
        out_ += "</System>";
        if (const UserDataRow* const row = user_data_of(provider_, view_.event.event_id))
            write_user_data(*row);
        else
            write_event_data();
        if (const std::string message = text_of("Message"_field); !message.empty()) {
            out_ += "<RenderingInfo>";
            element("Message", message);
            out_ += "</RenderingInfo>";
        }
    }

    /// Providers that trace have more of it: ExecutionProcessorID and the like.
    void write_execution() {
        open("Execution");
        for (const FieldValue& value : view_.values())
            if (const std::string_view name = execution_attribute(catalog_.field_name(value.field)); !name.empty())
                attribute(name, values_.spelled(value));
        close_empty();
    }

    void write_place(std::string_view channel, std::string_view user) {
        element("Channel", channel);
        element("Computer",
                is_there("Computer"_field) ? text_of("Computer"_field) : catalog_.host_full_name(view_.event.host));
        open("Security");
        attribute(provider_.empty() ? "UserId" : "UserID", user);
        close_empty();
    }

    void write_event_data() {
        std::string attributes, data;
        out_.swap(data);
        values_.each_datum([&](const FieldValue& value, std::string_view name) {
            constexpr std::string_view kOwn = "EventData@";
            if (name.starts_with(kOwn)) {
                attributes += fmt::format(" {}=\"{}\"", xml_name(name.substr(kOwn.size())),
                                          evtx::escaped(values_.spelled(value), Escaping::XmlAttribute));
            } else if (value.field == "Binary"_field) {
                element("Binary", values_.spelled(value));
            } else {
                open("Data");
                // Values without a name are known by their place, or as Data.
                if (!name.starts_with('#') && value.field != "Data"_field) attribute("Name", name);
                content("Data", values_.spelled(value));
            }
        });
        out_.swap(data);
        out_ += "<EventData" + attributes;
        if (data.empty())
            out_ += "/>";
        else
            out_ += ">" + data + "</EventData>";
    }

    void write_user_data(const UserDataRow& row) {
        out_ += fmt::format("<UserData><{} xmlns=\"{}\">", row.element, row.name_space);
        values_.each_datum(
            [&](const FieldValue& value, std::string_view name) { element(xml_name(name), values_.spelled(value)); });
        out_ += fmt::format("</{}></UserData>", row.element);
    }

    // Linux.

    void write_linux() {
        const SysmonRow* const row = sysmon_row_of(view_.event.kind);
        open("Provider");
        attribute("Name", row == nullptr ? "Spoor" : kLinuxSysmon);
        if (row != nullptr) attribute("Guid", kLinuxSysmonGuid);
        close_empty();
        const std::string id = std::to_string(row == nullptr ? 0 : row->event_id);
        element("EventID", id);
        element("Version", std::to_string(row == nullptr ? 0 : row->version));
        out_ +=
            fmt::format("<Level>4</Level><Task>{}</Task><Opcode>0</Opcode><Keywords>0x8000000000000000</Keywords>", id);
        open("TimeCreated");
        attribute("SystemTime", view_.event.time.to_string());
        close_empty();
        if ((view_.event.sequence & kCounted) == 0) element("EventRecordID", std::to_string(view_.event.sequence));
        out_ += "<Correlation/>";
        write_place(row == nullptr ? catalog_.channel_name(view_.event.channel) : "Linux-Sysmon/Operational",
                    text_of("Uid"_field));
        out_ += "</System><EventData>";
        if (row == nullptr)
            data("Kind", name(view_.event.kind));
        else
            write_layout(*row);
        for (const FieldValue& value : view_.values()) {
            const std::string_view field = catalog_.field_name(value.field);
            if (value.type != ValueType::Null && (row == nullptr || !is_listed(row->fields, field)))
                data(field, values_.spelled(value));
        }
        out_ += "</EventData>";
    }

    void write_layout(const SysmonRow& row) {
        for (std::string_view rest = row.fields; !rest.empty();) {
            const std::size_t end = std::min(rest.find(' '), rest.size());
            const std::string_view field_name = rest.substr(0, end);
            rest.remove_prefix(std::min(end + 1, rest.size()));
            const auto field = find_field(field_name);
            std::string value = field ? text_of(*field) : std::string();
            if (value.empty() && field_name == "UtcTime") value = sysmon_time(view_.event.time);
            if (value.empty()) value = "-";
            data(field_name, value);
        }
    }

    static bool is_listed(std::string_view list, std::string_view name) {
        for (std::size_t at = list.find(name); at != std::string_view::npos; at = list.find(name, at + 1)) {
            const std::size_t end = at + name.size();
            if ((at == 0 || list[at - 1] == ' ') && (end == list.size() || list[end] == ' ')) return true;
        }
        return false;
    }

    // Values.

    bool is_there(FieldId field) const { return view_.find(field).type != ValueType::Null; }
    std::string text_of(FieldId field) const { return values_.spelled(view_.find(field)); }

    // Elements.

    void open(std::string_view name) { (out_ += '<') += name; }
    void close_empty() { out_ += "/>"; }
    void attribute(std::string_view name, std::string_view value) {
        if (!value.empty()) out_ += fmt::format(" {}=\"{}\"", name, evtx::escaped(value, Escaping::XmlAttribute));
    }
    /// What stands behind the attributes of an element that was opened.
    void content(std::string_view name, std::string_view text) {
        const std::string inner = evtx::escaped(text, Escaping::XmlText);
        if (inner.empty())
            close_empty();
        else
            out_ += fmt::format(">{}</{}>", inner, name);
    }
    void element(std::string_view name, std::string_view text) {
        open(name);
        content(name, text);
    }
    void data(std::string_view name, std::string_view text) {
        open("Data");
        attribute("Name", name);
        content("Data", text);
    }

    std::string& out_;
    const EventView& view_;
    const Catalog& catalog_;
    const RecordValues values_;
    std::string_view provider_;
};

}  // namespace

bool has_user_data(std::string_view provider, std::uint32_t event_id) {
    return user_data_of(provider, event_id) != nullptr;
}

void append_event_xml(std::string& out, const EventView& event, const Catalog& catalog) {
    Writer(out, event, catalog).write();
}

}  // namespace spoor::windows
