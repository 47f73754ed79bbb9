// Where a cell comes from is told once, as the value of a field (or a property) and its text, so that what a person
// reads in a cell and the filter that is made from the cell cannot disagree.
#include "screen/live_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/unicode.h"
#include "match/predicate.h"
#include "model/summary.h"
#include "model/written_as.h"
#include "terminal/text.h"

namespace spoor::screen {
namespace {

constexpr LiveColumnEntry kEntries[kLiveColumns] = {
    {"number", "#", 7},     {"time", "Time", 12},      {"process", "Process (pid)", 20},
    {"user", "User", 9},    {"session", "Session", 7}, {"event", "Event", 18},
    {"other", "Other", 20}, {"detail", "Detail", 60},  {"result", "Result", 6},
};

std::string_view base_name(std::string_view path) {
    if (path.starts_with('[')) return path;  // a kernel thread's name, which may have a slash: [kworker/0:1]
    // Both kinds of path: replayed Windows logs have theirs.
    const std::size_t slash = path.find_last_of("/\\");
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool has(const EventView& event, FieldId field) { return event.find(field).type != ValueType::Null; }
std::string text_of(const EventView& event, FieldId field) { return written_text(event.event, event.find(field)); }

/// "-" is how Windows writes "none".
bool is_told(std::string_view text) { return !text.empty() && text != "-"; }

/// "bash (812)". Windows has records of process 0 with the image "-": nobody's.
std::string program(std::string_view image, std::string_view pid) {
    if (!is_told(image) && pid == "0") return {};
    if (pid.empty()) return std::string(base_name(image));
    return image.empty() ? fmt::format("({})", pid) : fmt::format("{} ({})", base_name(image), pid);
}

/// A cell's text, and the field that a filter on it asks.
struct Source {
    std::string text = {};
    FieldId field = FieldId::None;
};

Source cell_of(const EventView& event, FieldId field) { return {text_of(event, field), field}; }

Source process_of(const EventView& event) {
    const bool source = has(event, "SourceProcessId"_field) || has(event, "SourceImage"_field);
    const FieldId image = source ? "SourceImage"_field : "Image"_field;
    const FieldId pid = source ? "SourceProcessId"_field : "ProcessId"_field;
    return {program(event.text(image), text_of(event, pid)), event.text(image).empty() ? pid : image};
}

Source user_of(const EventView& event) {
    for (const FieldId field :
         {"User"_field, "SourceUser"_field, "SubjectUserName"_field, "TargetUserName"_field, "AccountName"_field})
        if (const std::string_view name = event.text(field); is_told(name)) return {std::string(name), field};
    return {};
}

Source session_of(const EventView& event) {
    for (const FieldId field : {"LogonId"_field, "SubjectLogonId"_field, "TargetLogonId"_field}) {
        const FieldValue value = event.find(field);
        const auto number = value.as_number();
        if (!number) continue;
        return {written_text(event.event, value), field};
    }
    return {};
}

Source peer_address(const EventView& event, FieldId address, FieldId port) {
    const std::string ip = text_of(event, address);
    const std::string number = text_of(event, port);
    const bool bracketed = ip.find(':') != std::string::npos && !number.empty();
    return {
        fmt::format("{}{}{}{}{}", bracketed ? "[" : "", ip, bracketed ? "]" : "", number.empty() ? "" : ":", number),
        address};
}

/// The identity adopted, the privilege, or the process or address at the other end: what Tokenmon calls "Other".
Source other_of(const EventView& event) {
    switch (event.event.kind) {
        case Kind::IdentityChanged:
        case Kind::Impersonated:
        case Kind::Reverted:
        case Kind::ExplicitCredentials: return cell_of(event, "TargetUserName"_field);
        case Kind::PrivilegeEnabled:
        case Kind::PrivilegeDisabled:
        case Kind::PrivilegeUsed:
            return cell_of(event, has(event, "Capability"_field) ? "Capability"_field : "PrivilegeList"_field);
        case Kind::RemoteThreadCreated:
        case Kind::ProcessAccessed:
            return {program(event.text("TargetImage"_field), text_of(event, "TargetProcessId"_field)),
                    event.text("TargetImage"_field).empty() ? "TargetProcessId"_field : "TargetImage"_field};
        case Kind::NetworkConnection:
            return event.text("Initiated"_field) == "false"
                       ? peer_address(event, "SourceIp"_field, "SourcePort"_field)
                       : peer_address(event, "DestinationIp"_field, "DestinationPort"_field);
        case Kind::PipeConnected: {
            const std::string peer = text_of(event, "PeerProcessId"_field);
            if (peer.empty()) return {};
            return {program(event.text("PeerImage"_field), peer),
                    event.text("PeerImage"_field).empty() ? "PeerProcessId"_field : "PeerImage"_field};
        }
        case Kind::Logon:
        case Kind::LogonFailed:
            if (is_told(text_of(event, "IpAddress"_field))) return cell_of(event, "IpAddress"_field);
            return cell_of(event, has(event, "Tty"_field) ? "Tty"_field : "WorkstationName"_field);
        case Kind::ProcessCreated:
        case Kind::ProcessForked:
            return {program(event.text("ParentImage"_field), text_of(event, "ParentProcessId"_field)),
                    event.text("ParentImage"_field).empty() ? "ParentProcessId"_field : "ParentImage"_field};
        case Kind::Gap: return cell_of(event, "Stage"_field);
        default: return {};
    }
}

/// Some Windows logs give the number of a protocol.
std::string_view protocol_name(std::string_view protocol) {
    return protocol == "6" ? "tcp" : protocol == "17" ? "udp" : protocol;
}

std::string seconds_text(const EventView& event, FieldId field) {
    const FieldValue value = event.find(field);
    if (value.type != ValueType::Real) return {};
    const Duration duration{static_cast<std::int64_t>(std::clamp(value.real, 0.0, 9e9) * 1e9)};
    return duration < Duration::milliseconds(1) ? fmt::format("{} us", duration.nanoseconds / 1000)
                                                : to_string(duration);
}

std::string exit_text(const EventView& event) {
    std::string text;
    if (const auto signal = event.find("Signal"_field).as_number()) {
        const char* const signal_name = sigabbrev_np(static_cast<int>(*signal));
        text = signal_name ? fmt::format("killed by SIG{}", signal_name) : fmt::format("killed by signal {}", *signal);
    } else {
        text = fmt::format("exit code {}", event.find("ExitCode"_field).as_number().value_or(0));
    }
    if (const std::string lived = seconds_text(event, "DurationSeconds"_field); !lived.empty())
        text += " after " + lived;
    return text;
}

std::string logon_text(const EventView& event, const Catalog& catalog) {
    if (event.event.event_id != 0) return summary(event, catalog);
    std::string text = event.event.kind == Kind::LogonFailed ? "refused"
                       : event.event.kind == Kind::Logon     ? "logs on"
                                                             : "session ends";
    if (has(event, "Found"_field)) text = "is logged on already";
    if (const auto type = event.find("LogonType"_field).as_number())
        text += fmt::format(", {}", name(static_cast<LogonType>(*type)));
    if (const std::string_view by = event.text("LogonProcessName"_field); is_told(by))
        text += fmt::format(" by {}", by);
    if (const std::string_view how = event.text("Method"_field); is_told(how) && how != "none")
        text += fmt::format(" with {}", how);
    if (const std::string_view tty = event.text("Tty"_field); is_told(tty)) text += fmt::format(" on {}", tty);
    if (const auto before = event.find("SubjectLogonId"_field).as_number(); before && event.event.kind == Kind::Logon)
        text += fmt::format(", out of session {}", *before);
    return text;
}

std::string identity_text(const EventView& event) {
    const std::string before =
        fmt::format("{} ({})", event.text("SubjectUserName"_field), text_of(event, "OldUid"_field));
    const std::string after =
        fmt::format("{} ({})", event.text("TargetUserName"_field), text_of(event, "NewUid"_field));
    const std::string thread = text_of(event, "ThreadId"_field);
    const std::string who = thread.empty() ? "" : fmt::format("thread {} ", thread);
    if (event.event.kind == Kind::Impersonated) return fmt::format("{}acts as {}, is {}", who, after, before);
    if (event.event.kind == Kind::Reverted) return fmt::format("{}is {} again, acted as {}", who, after, before);
    std::string text = fmt::format("{}{} -> {}", who, before, after);
    if (has(event, "NewGid"_field))
        text += fmt::format(", group {} -> {}", text_of(event, "OldGid"_field), text_of(event, "NewGid"_field));
    if (has(event, "NewValue"_field))
        text += fmt::format(", groups {} -> {}", text_of(event, "OldValue"_field), text_of(event, "NewValue"_field));
    if (const std::string_view method = event.text("Method"_field); !method.empty())
        text += fmt::format(", {}", method);
    return text;
}

std::string gap_text(const EventView& event, const LiveContext& context) {
    std::string text =
        has(event, "Lost"_field) ? fmt::format("{} events lost", text_of(event, "Lost"_field)) : "nothing was seen";
    if (has(event, "Cpu"_field) && event.text("Stage"_field) == "kernel ring")
        text += fmt::format(" on CPU {}", text_of(event, "Cpu"_field));
    if (const auto after = event.find("After"_field).as_time())
        text += fmt::format(" since {}", context.time_text(*after));
    return text;
}

/// A field of an event that Windows' records may leave out, because their kind says as much.
std::string_view text_or(const EventView& event, FieldId field, std::string_view otherwise) {
    const std::string_view text = event.text(field);
    return text.empty() ? otherwise : text;
}

Source process_detail(const EventView& event) {
    switch (event.event.kind) {
        case Kind::ProcessCreated:
            return cell_of(event, event.text("CommandLine"_field).empty() ? "Image"_field : "CommandLine"_field);
        case Kind::ProcessForked: return {"copy of its parent", FieldId::None};
        default:
            if (event.event.event_id != 0) return cell_of(event, "ExitCode"_field);
            return {exit_text(event), has(event, "Signal"_field) ? "Signal"_field : "ExitCode"_field};
    }
}

Source file_detail(const EventView& event) {
    const std::string_view file = event.text("TargetFilename"_field);
    switch (event.event.kind) {
        case Kind::FileTimeChanged:
            return {fmt::format("{} to {}", file, text_of(event, "CreationUtcTime"_field)), "TargetFilename"_field};
        case Kind::AttributeSet:
            return {fmt::format("{} of {}", event.text("AttributeName"_field), file), "AttributeName"_field};
        case Kind::FileRenamed:
            return {fmt::format("{} -> {}", file, event.text("NewFilename"_field)), "TargetFilename"_field};
        default: return cell_of(event, "TargetFilename"_field);
    }
}

Source code_detail(const EventView& event) {
    const std::string_view image = event.text("ImageLoaded"_field);
    switch (event.event.kind) {
        case Kind::ImageHashed: return {fmt::format("{} {}", image, event.text("Hashes"_field)), "Hashes"_field};
        case Kind::DriverLoaded:
            return {fmt::format("{} {}", text_or(event, "Operation"_field, "load"), image), "ImageLoaded"_field};
        case Kind::ProgramLoaded:
            return {fmt::format("{}, {}", event.text("Name"_field), event.text("Type"_field)), "Name"_field};
        default: return cell_of(event, "ImageLoaded"_field);
    }
}

Source pipe_detail(const EventView& event) {
    return {fmt::format("{} {}", text_or(event, "Type"_field, "pipe"), event.text("PipeName"_field)), "PipeName"_field};
}

Source device_detail(const EventView& event) {
    return {fmt::format("{} opened to {}", event.text("Device"_field), text_or(event, "Operation"_field, "read")),
            "Device"_field};
}

Source privilege_detail(const EventView& event) {
    if (event.event.kind == Kind::PrivilegeUsed)
        return {fmt::format("{} times so far", text_of(event, "Count"_field)), "Count"_field};
    return {fmt::format("{} {}", event.event.kind == Kind::PrivilegeEnabled ? "now" : "no longer",
                        event.text("CapabilitySet"_field)),
            "CapabilitySet"_field};
}

Source connection_detail(const EventView& event) {
    const bool accepted = event.text("Initiated"_field) == "false";
    const Source own = accepted ? peer_address(event, "DestinationIp"_field, "DestinationPort"_field)
                                : peer_address(event, "SourceIp"_field, "SourcePort"_field);
    return {fmt::format("{} {} {}", protocol_name(text_of(event, "Protocol"_field)),
                        accepted ? "accepted on" : "connects from", own.text),
            "DestinationPort"_field};
}

Source access_detail(const EventView& event) {
    std::string text(event.text("Operation"_field));
    if (has(event, "StartAddress"_field)) text += fmt::format(" at {}", text_of(event, "StartAddress"_field));
    if (const std::string_view whose = event.text("TargetUser"_field); !whose.empty())
        text += fmt::format(" of {}", whose);
    if (const auto session = event.find("TargetLogonId"_field).as_number())
        text += fmt::format(" in session {}", *session);
    return {std::move(text), "Operation"_field};
}

Source run_as_detail(const EventView& event) {
    std::string text =
        fmt::format("{} as {}", event.text("LogonProcessName"_field), event.text("TargetUserName"_field));
    if (const std::string_view command = event.text("CommandLine"_field); !command.empty())
        text += fmt::format(": {}", command);
    return {std::move(text), "CommandLine"_field};
}

Source clock_detail(const EventView& event, const LiveContext& context) {
    const auto before = event.find("PreviousTime"_field).as_time();
    const auto after = event.find("NewTime"_field).as_time();
    if (!before || !after) return {summary(event, context.catalog), FieldId::None};
    const Duration step = *after - *before;
    return {fmt::format("clock set {} by {}", step.nanoseconds < 0 ? "back" : "forward",
                        to_string(Duration{std::abs(step.nanoseconds)})),
            FieldId::None};
}

/// Kinds of which Windows tells other things than the live sensor does: there the summary says all.
bool differs_on_windows(Kind kind) {
    switch (kind) {
        case Kind::PrivilegeUsed:
        case Kind::ProcessAccessed:
        case Kind::RemoteThreadCreated:
        case Kind::ExplicitCredentials:
        case Kind::ServiceStateChanged:
        case Kind::TimeChanged: return true;
        default: return false;
    }
}

Source detail_of(const EventView& event, const LiveContext& context) {
    const Kind kind = event.event.kind;
    if (event.event.event_id != 0 && differs_on_windows(kind)) return {summary(event, context.catalog), FieldId::None};
    switch (kind) {
        case Kind::ProcessCreated:
        case Kind::ProcessForked:
        case Kind::ProcessExited: return process_detail(event);
        case Kind::FileCreated:
        case Kind::FileDeleted:
        case Kind::FileTimeChanged:
        case Kind::AttributeSet:
        case Kind::FileRenamed: return file_detail(event);
        case Kind::ImageLoaded:
        case Kind::ImageHashed:
        case Kind::DriverLoaded:
        case Kind::ProgramLoaded: return code_detail(event);
        case Kind::PipeCreated:
        case Kind::PipeConnected: return pipe_detail(event);
        case Kind::RawDiskRead: return device_detail(event);
        case Kind::PrivilegeEnabled:
        case Kind::PrivilegeDisabled:
        case Kind::PrivilegeUsed: return privilege_detail(event);
        case Kind::IdentityChanged:
        case Kind::Impersonated:
        case Kind::Reverted: return {identity_text(event), "NewUid"_field};
        case Kind::NetworkConnection: return connection_detail(event);
        case Kind::ProcessAccessed:
        case Kind::RemoteThreadCreated: return access_detail(event);
        case Kind::Logon:
        case Kind::LogonFailed:
        case Kind::Logoff: return {logon_text(event, context.catalog), "LogonType"_field};
        case Kind::ExplicitCredentials: return run_as_detail(event);
        case Kind::ServiceStateChanged:
            return {fmt::format("{} {}", event.text("ServiceName"_field), event.text("State"_field)),
                    "ServiceName"_field};
        case Kind::TimeChanged: return clock_detail(event, context);
        case Kind::Gap: return {gap_text(event, context), "Stage"_field};
        default: return {summary(event, context.catalog), FieldId::None};
    }
}

std::string result_of(const Event& event, std::string_view reason) {
    if (event.outcome == Outcome::Success) return "ok";
    if (event.outcome == Outcome::Failure) return reason.empty() ? "failed" : std::string(reason);
    return {};
}

std::string number_of(const EventView& event) {
    const Event& header = event.event;
    // What is missing shows where it is missing, as in Tokenmon: the numbers jump, and the row says by how much.
    if (header.kind == Kind::Gap)
        return has(event, "Lost"_field) ? fmt::format("+{}", text_of(event, "Lost"_field)) : "...";
    return fmt::to_string(header.sequence & ~kCounted & 0xff'ffff'ffff);
}

std::string query_of(match::FieldRef field, match::Value value) {
    return match::to_string(match::leaf({.field = field, .op = match::Op::Equal, .arguments = {std::move(value)}}));
}

/// Equal to `text`. Filters are UTF-8 and names of files need not be: of those that are not, the part in front of the
/// first malformed byte is asked for.
std::string text_query(match::FieldRef field, std::string text) {
    if (is_utf8(text)) return query_of(std::move(field), std::move(text));
    text.resize(std::min<std::size_t>(text.size(), 256));
    std::size_t good = 0;
    for (std::size_t end = 1; end <= text.size(); ++end)
        if (is_utf8(std::string_view(text).substr(0, end)))
            good = end;
        else if (end > good + 4)
            break;
    text.resize(good);
    return text.empty()
               ? std::string()
               : match::to_string(match::leaf(
                     {.field = std::move(field), .op = match::Op::StartsWith, .arguments = {std::move(text)}}));
}

/// Of a number as it is written there: 0x1a2b3c, or 286 on Linux, which mean the same in a filter.
std::string number_query(const match::FieldRef& field, std::string_view written) {
    return fmt::format("{}: {}", match::name(field), written);
}

std::string query_of(const Event& event, const FieldValue& value, const match::FieldRef& field) {
    if (value.type == ValueType::Null) return {};
    return value.type == ValueType::Unsigned ? number_query(field, written_text(event, value))
                                             : text_query(field, to_text(value));
}

}  // namespace

const LiveColumnEntry& entry(LiveColumn column) { return kEntries[static_cast<std::size_t>(column)]; }

std::optional<LiveColumn> find_live_column(std::string_view name) {
    for (std::size_t i = 0; i < kLiveColumns; ++i)
        if (kEntries[i].name == name) return static_cast<LiveColumn>(i);
    return std::nullopt;
}

std::string live_cell(const EventView& event, LiveColumn column, const LiveContext& context) {
    const Actor& actor = event.event.actor;
    const bool known = context.history != nullptr && actor.session != kNobody;
    switch (column) {
        case LiveColumn::Number: return number_of(event);
        case LiveColumn::Time: return context.time_text(event.event.time);
        case LiveColumn::Process:
            if (context.history != nullptr && actor.process != kNobody) {
                const Process& process = context.history->processes[actor.process];
                return program(process.image, process.pid != 0 ? fmt::to_string(process.pid) : "");
            }
            return process_of(event).text;
        case LiveColumn::User:
            return known ? to_string(context.history->sessions[actor.session].user) : user_of(event).text;
        case LiveColumn::Session: {
            if (known && event.event.event_id != 0) return logon_id_text(context.history->sessions[actor.session]);
            std::string text = session_of(event).text;
            return text.empty() ? "-" : text;
        }
        case LiveColumn::Event: return std::string(name(event.event.kind));
        case LiveColumn::Other: return other_of(event).text;
        case LiveColumn::Detail: return detail_of(event, context).text;
        case LiveColumn::Result: return result_of(event.event, event.text("Reason"_field));
    }
    return {};
}

LiveCells live_cells(const EventView& event, const LiveContext& context) {
    LiveCells cells;
    for (std::size_t i = 0; i < kLiveColumns; ++i) cells[i] = live_cell(event, static_cast<LiveColumn>(i), context);
    return cells;
}

std::string cell_filter(const EventView& event, LiveColumn column, const LiveContext& context) {
    const Event& header = event.event;
    const Actor& actor = header.actor;
    const bool known = context.history != nullptr && actor.session != kNobody;
    const auto from = [&](const Source& source) {
        return source.field == FieldId::None
                   ? std::string()
                   : query_of(header, event.find(source.field), match::FieldRef::of(source.field));
    };
    switch (column) {
        case LiveColumn::Number:
            return query_of(match::FieldRef::of(match::HeaderProperty::Sequence), std::uint64_t{header.sequence});
        case LiveColumn::Time: return fmt::format("time >= \"{}\"", header.time.to_string());
        case LiveColumn::Process: return from(process_of(event));
        case LiveColumn::User:
            return known ? query_of(match::FieldRef::of(match::SessionProperty::User),
                                    std::string(context.history->sessions[actor.session].user.name))
                         : from(user_of(event));
        case LiveColumn::Session: return session_filter(event, context);
        case LiveColumn::Event: return fmt::format("kind: {}", name(header.kind));
        case LiveColumn::Other: return from(other_of(event));
        case LiveColumn::Detail: return from(detail_of(event, context));
        case LiveColumn::Result:
            return header.outcome == Outcome::Failure   ? "outcome: failure"
                   : header.outcome == Outcome::Success ? "outcome: success"
                                                        : "outcome: unknown";
    }
    return {};
}

std::string process_filter(const EventView& event) {
    using Fields = std::array<FieldId, 4>;
    constexpr Fields kGuids = {"ProcessGuid"_field, "SourceProcessGuid"_field, "TargetProcessGuid"_field,
                               "ParentProcessGuid"_field};
    constexpr Fields kNumbers = {"ProcessId"_field, "SourceProcessId"_field, "TargetProcessId"_field,
                                 "ParentProcessId"_field};
    for (const Fields& fields : {kGuids, kNumbers}) {
        const FieldValue own = event.find(fields[has(event, fields[1]) ? 1 : 0]);
        if (own.type == ValueType::Null) continue;
        std::vector<match::Expr> either;
        for (const FieldId field : fields)
            either.push_back(match::leaf(
                {.field = match::FieldRef::of(field), .op = match::Op::Equal, .arguments = {to_text(own)}}));
        return match::to_string(match::any_of(std::move(either)));
    }
    return {};
}

std::string session_filter(const EventView& event, const LiveContext& context) {
    const Actor& actor = event.event.actor;
    if (context.history != nullptr && actor.session != kNobody) {
        const Session& session = context.history->sessions[actor.session];
        return fmt::format("{} and {}",
                           query_of(match::FieldRef::of(match::HeaderProperty::Host),
                                    std::string(context.catalog.host_name(session.key.host))),
                           number_query(match::FieldRef::of(match::SessionProperty::Id), logon_id_text(session)));
    }
    const Source source = session_of(event);
    return source.field == FieldId::None ? "not LogonId: *"
                                         : number_query(match::FieldRef::of(source.field), source.text);
}

std::string field_filter(const Event& event, const FieldValue& value, const Catalog& catalog) {
    const auto id = static_cast<std::size_t>(value.field);
    const match::FieldRef field =
        id < kFieldCount ? match::FieldRef::of(value.field) : match::FieldRef::of(catalog.field_name(value.field));
    return query_of(event, value, field);
}

std::string live_text(const LiveCells& cells) {
    std::string line;
    for (std::size_t i = 0; i < kLiveColumns; ++i) {
        const std::string cell = terminal::printable(cells[i]);
        if (i > 0) line += ' ';
        line += cell.empty() ? "-" : cell;
        const std::size_t width = std::max<std::size_t>(terminal::display_width(cell), 1);
        if (i + 1 < kLiveColumns && width < kEntries[i].width) line.append(kEntries[i].width - width, ' ');
    }
    return line;
}

}  // namespace spoor::screen
