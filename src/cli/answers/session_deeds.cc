#include "cli/answers/session_deeds.h"

#include <fmt/format.h>

#include <algorithm>

namespace spoor::cli {
namespace {

std::string text(EventView view, FieldId field) { return to_text(view.find(field)); }

std::string_view file_name(std::string_view path) { return path.substr(path.find_last_of("\\/") + 1); }

/// The program that did it, by its file name.
std::string program(EventView view) { return std::string(file_name(view.text("Image"_field))); }

std::string connection(EventView view) {
    const bool inbound = text(view, "Initiated"_field) == "false" || view.text("Direction"_field) == "%%14592";
    if (inbound)
        return fmt::format("{} from {} at port {}", program(view), text(view, "SourceIp"_field),
                           text(view, "DestinationPort"_field));
    return fmt::format("{} to {}:{}", program(view), text(view, "DestinationIp"_field),
                       text(view, "DestinationPort"_field));
}

/// "Log cleared: System".
std::string cleared_log(EventView view) {
    std::string log = text(view, "ClearedChannel"_field);
    // Two fields are called Channel: the record's own, and the cleared log of a 104.
    if (log.empty())
        for (const FieldValue& value : view.values())
            if (value.field == "Channel"_field) log = to_text(value);
    return fmt::format("{}{}{}", entry(view.event.kind).title, log.empty() ? "" : ": ", log);
}

/// Who was put into a group, or taken out.
std::string member(EventView view) {
    const std::string name = text(view, "MemberName"_field), sid = text(view, "MemberSid"_field);
    return name.empty() || name == "-" ? sid : name;
}

std::string account(EventView view) {
    const std::string_view domain = view.text("TargetDomainName"_field);
    return fmt::format("{}{}{}", domain, domain.empty() ? "" : "\\", view.text("TargetUserName"_field));
}

constexpr std::size_t kMostOfATopic = 200;

}  // namespace

void SessionDeeds::note(Topic topic, std::string what, Timestamp time) {
    if (what.empty()) return;
    OfTopic& known = topics_[topic];
    const auto at = known.deeds.find(what);
    if (at != known.deeds.end()) {
        ++at->second.count;
        at->second.first = std::min(at->second.first, time);
    } else if (known.deeds.size() < kMostOfATopic) {
        known.deeds.emplace(what, Deed{what, 1, time});
    } else {
        ++known.left_out;
    }
}

void SessionDeeds::add(EventView view) {
    const Timestamp time = view.event.time;
    switch (view.event.kind) {
        case Kind::NetworkConnection: note(Topic::Connections, connection(view), time); break;
        case Kind::ShareAccessed: note(Topic::Shares, text(view, "ShareName"_field), time); break;
        case Kind::ShareFileAccessed:
            note(Topic::Shares,
                 fmt::format("{}\\{}", text(view, "ShareName"_field), text(view, "RelativeTargetName"_field)), time);
            break;
        case Kind::PipeCreated:
        case Kind::PipeConnected:
            note(Topic::Pipes, fmt::format("{} {}", program(view), text(view, "PipeName"_field)), time);
            break;
        case Kind::PrivilegeUsed:
            note(Topic::Privileges,
                 fmt::format("{} {}{}", program(view), text(view, "PrivilegeList"_field),
                             text(view, "Capability"_field)),
                 time);
            break;
        case Kind::PrivilegesAdjusted:
            if (const std::string enabled = text(view, "EnabledPrivilegeList"_field);
                !enabled.empty() && enabled != "-")
                note(Topic::Privileges, fmt::format("{} enabled {}", program(view), enabled), time);
            break;
        case Kind::ExplicitCredentials:
            note(Topic::Credentials,
                 fmt::format("{} as {} for {}", program(view), account(view), text(view, "TargetServerName"_field)),
                 time);
            break;
        case Kind::CredentialsRead: note(Topic::Credentials, "stored credentials read", time); break;
        case Kind::AccountCreated:
        case Kind::AccountEnabled:
        case Kind::AccountDisabled:
        case Kind::AccountDeleted:
        case Kind::AccountChanged:
        case Kind::AccountUnlocked:
        case Kind::PasswordChanged:
        case Kind::PasswordReset:
        case Kind::GroupChanged:
        case Kind::ComputerAccountChanged:
        case Kind::UserRightsChanged:
            note(Topic::Accounts, fmt::format("{}: {}", entry(view.event.kind).title, account(view)), time);
            break;
        case Kind::GroupMemberAdded:
        case Kind::GroupMemberRemoved:
            note(Topic::Accounts, fmt::format("{}: {}, {}", entry(view.event.kind).title, account(view), member(view)),
                 time);
            break;
        case Kind::AccountRenamed:
            note(Topic::Accounts,
                 fmt::format("{}: {} to {}", entry(view.event.kind).title, text(view, "OldTargetUserName"_field),
                             text(view, "NewTargetUserName"_field)),
                 time);
            break;
        case Kind::ServiceInstalled:
            note(Topic::Services,
                 fmt::format("service {} installed: {}", text(view, "ServiceName"_field),
                             text(view, "ServiceFileName"_field)),
                 time);
            break;
        case Kind::TaskCreated:
        case Kind::TaskUpdated:
        case Kind::TaskDeleted:
            note(Topic::Services, fmt::format("{}: {}", entry(view.event.kind).title, text(view, "TaskName"_field)),
                 time);
            break;
        case Kind::LogCleared: note(Topic::Tampering, cleared_log(view), time); break;
        case Kind::RemoteThreadCreated:
            note(Topic::Tampering,
                 fmt::format("{}: {} into {} {}", entry(view.event.kind).title,
                             file_name(view.text("SourceImage"_field)), file_name(view.text("TargetImage"_field)),
                             text(view, "TargetProcessId"_field)),
                 time);
            break;
        case Kind::AuditPolicyChanged:
        case Kind::TimeChanged: note(Topic::Tampering, std::string(entry(view.event.kind).title), time); break;
        default: break;
    }
}

std::vector<SessionDeeds::Section> SessionDeeds::sections() const {
    constexpr std::pair<Topic, std::string_view> kTopics[] = {
        {Topic::Connections, "Network connections"},
        {Topic::Shares, "Shares"},
        {Topic::Pipes, "Pipes"},
        {Topic::Privileges, "Privileges used"},
        {Topic::Credentials, "Credentials used"},
        {Topic::Accounts, "Accounts changed"},
        {Topic::Services, "Services and tasks"},
        {Topic::Tampering, "Logs, clock, policy, other processes"}};
    std::vector<Section> sections;
    for (const auto& [topic, title] : kTopics) {
        const auto known = topics_.find(topic);
        if (known == topics_.end()) continue;
        Section section{.title = title, .deeds = {}, .left_out = known->second.left_out};
        for (const auto& [what, deed] : known->second.deeds) section.deeds.push_back(deed);
        std::ranges::stable_sort(section.deeds, {}, &Deed::first);
        sections.push_back(std::move(section));
    }
    return sections;
}

}  // namespace spoor::cli
