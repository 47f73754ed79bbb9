#include "cli/live_line.h"

#include <fmt/format.h>

#include "model/summary.h"
#include "terminal/text.h"

namespace spoor::cli {
namespace {

constexpr LiveColumnEntry kEntries[kLiveColumns] = {
    {"#", 8}, {"Time", 15}, {"Process", 22}, {"User", 10}, {"Session", 8}, {"Event", 20}, {"Other", 24}, {"Detail", 60}, {"Result", 8},
};

std::string_view base_name(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string text_of(const EventView& event, FieldId field) { return to_text(event.find(field)); }

std::string process_of(const EventView& event) {
    const bool source = event.find("SourceProcessId"_field).type != ValueType::Null;
    const std::string pid = text_of(event, source ? "SourceProcessId"_field : "ProcessId"_field);
    const std::string_view image = event.text(source ? "SourceImage"_field : "Image"_field);
    if (pid.empty()) return std::string(base_name(image));
    return fmt::format("{} ({})", base_name(image), pid);
}

/// The identity adopted, the privilege, or the process at the other end: what Tokenmon calls "Other".
std::string other_of(const EventView& event) {
    switch (event.event.kind) {
        case Kind::IdentityChanged:
        case Kind::Impersonated:
        case Kind::Reverted:
        case Kind::ExplicitCredentials: return std::string(event.text("TargetUserName"_field));
        case Kind::PrivilegeEnabled:
        case Kind::PrivilegeDisabled:
        case Kind::PrivilegeUsed: return std::string(event.text("Capability"_field));
        case Kind::RemoteThreadCreated:
        case Kind::ProcessAccessed: return fmt::format("{} ({})", base_name(event.text("TargetImage"_field)), text_of(event, "TargetProcessId"_field));
        case Kind::NetworkConnection: {
            const bool outgoing = event.text("Initiated"_field) == "true";
            const std::string address = text_of(event, outgoing ? "DestinationIp"_field : "SourceIp"_field);
            return fmt::format("{}{}:{}", outgoing ? "> " : "< ", address, text_of(event, outgoing ? "DestinationPort"_field : "SourcePort"_field));
        }
        case Kind::PipeConnected: {
            const std::string peer = text_of(event, "PeerProcessId"_field);
            return peer.empty() ? std::string() : fmt::format("{} ({})", base_name(event.text("PeerImage"_field)), peer);
        }
        case Kind::Logon:
        case Kind::LogonFailed: return text_of(event, "IpAddress"_field);
        case Kind::ProcessCreated: return std::string(base_name(event.text("ParentImage"_field)));
        default: return {};
    }
}

std::string detail_of(const EventView& event, const Catalog& catalog) {
    switch (event.event.kind) {
        case Kind::ProcessCreated: return std::string(event.text("CommandLine"_field));
        case Kind::ProcessExited: {
            const auto code = event.find("ExitCode"_field).as_number();
            return fmt::format("code {} after {} s", code.value_or(0), text_of(event, "DurationSeconds"_field));
        }
        case Kind::FileCreated:
        case Kind::FileDeleted: return std::string(event.text("TargetFilename"_field));
        case Kind::FileTimeChanged: return fmt::format("{} to {}", event.text("TargetFilename"_field), text_of(event, "CreationUtcTime"_field));
        case Kind::AttributeSet: return fmt::format("{} of {}", event.text("AttributeName"_field), event.text("TargetFilename"_field));
        case Kind::FileRenamed: return fmt::format("{} -> {}", event.text("TargetFilename"_field), event.text("NewFilename"_field));
        case Kind::ImageLoaded:
        case Kind::DriverLoaded: return std::string(event.text("ImageLoaded"_field));
        case Kind::PipeCreated:
        case Kind::PipeConnected: return std::string(event.text("PipeName"_field));
        case Kind::RawDiskRead: return std::string(event.text("Device"_field));
        case Kind::PrivilegeEnabled:
        case Kind::PrivilegeDisabled: return std::string(event.text("CapabilitySet"_field));
        case Kind::PrivilegeUsed: return fmt::format("{} times so far", text_of(event, "Count"_field));
        case Kind::IdentityChanged:
        case Kind::Impersonated:
        case Kind::Reverted:
            return fmt::format("uid {} -> {} {}", text_of(event, "OldUid"_field), text_of(event, "NewUid"_field), event.text("Method"_field));
        case Kind::NetworkConnection: return std::string(event.text("Protocol"_field));
        case Kind::ProcessAccessed:
        case Kind::RemoteThreadCreated: return std::string(event.text("Operation"_field));
        case Kind::Gap:
            return fmt::format("{} records lost in the {}, CPU {}, since {}", text_of(event, "Lost"_field), event.text("Stage"_field),
                               text_of(event, "Cpu"_field), text_of(event, "After"_field));
        case Kind::ProcessForked: return fmt::format("by pid {}", text_of(event, "ParentProcessId"_field));
        default: return summary(event, catalog);
    }
}

}  // namespace

const LiveColumnEntry& entry(LiveColumn column) { return kEntries[static_cast<std::size_t>(column)]; }

LiveCells live_cells(const EventView& event, const Catalog& catalog, std::string time) {
    const FieldValue user = event.find("User"_field);
    std::string who(user.text());
    if (who.empty()) who = event.text("SourceUser"_field);
    if (who.empty()) who = event.text("SubjectUserName"_field);
    if (who.empty()) who = event.text("TargetUserName"_field);
    const auto session = event.find("LogonId"_field).as_number();
    std::string result = event.event.outcome == Outcome::Success ? "ok" : "";
    if (event.event.outcome == Outcome::Failure) result = event.text("Reason"_field).empty() ? "failed" : event.text("Reason"_field);
    return {fmt::to_string(event.event.sequence), std::move(time), process_of(event), std::move(who),
            session ? fmt::to_string(*session) : "-", std::string(name(event.event.kind)), other_of(event), detail_of(event, catalog),
            std::move(result)};
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

}  // namespace spoor::cli
