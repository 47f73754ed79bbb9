#include "cli/answers/session_deeds.h"

#include <fmt/format.h>

#include <algorithm>

namespace spoor::cli {
namespace {

std::string text(EventView view, FieldId field) { return to_text(view.find(field)); }

/// The program that did it, by its file name.
std::string program(EventView view) {
    const std::string_view image = view.text("Image"_field);
    return std::string(image.substr(image.find_last_of("\\/") + 1));
}

std::string account(EventView view) {
    const std::string_view domain = view.text("TargetDomainName"_field);
    return fmt::format("{}{}{}", domain, domain.empty() ? "" : "\\", view.text("TargetUserName"_field));
}

constexpr std::size_t kMostOfATopic = 200;

}  // namespace

void SessionDeeds::note(Topic topic, std::string what, Timestamp time) {
    if (what.empty()) return;
    const auto [at, is_new] = deeds_.try_emplace({topic, what});
    if (is_new) at->second = {std::move(what), 0, time};
    ++at->second.count;
    at->second.first = std::min(at->second.first, time);
}

void SessionDeeds::add(EventView view) {
    const Timestamp time = view.event.time;
    switch (view.event.kind) {
        case Kind::NetworkConnection:
            note(Topic::Connections,
                 fmt::format("{} to {}:{}", program(view), text(view, "DestinationIp"_field),
                             text(view, "DestinationPort"_field)),
                 time);
            break;
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
            note(Topic::Privileges,
                 fmt::format("{} enabled {}", program(view), text(view, "EnabledPrivilegeList"_field)), time);
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
        case Kind::GroupMemberAdded:
        case Kind::GroupMemberRemoved:
        case Kind::ComputerAccountChanged:
        case Kind::UserRightsChanged:
            note(Topic::Accounts, fmt::format("{}: {}", entry(view.event.kind).title, account(view)), time);
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
        case Kind::LogCleared:
        case Kind::AuditPolicyChanged:
        case Kind::TimeChanged:
        case Kind::RemoteThreadCreated: note(Topic::Tampering, std::string(entry(view.event.kind).title), time); break;
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
        Section section{title, {}};
        for (const auto& [key, deed] : deeds_)
            if (key.first == topic) section.deeds.push_back(deed);
        std::stable_sort(section.deeds.begin(), section.deeds.end(),
                         [](const Deed& a, const Deed& b) { return a.first < b.first; });
        if (section.deeds.size() > kMostOfATopic) section.deeds.resize(kMostOfATopic);
        if (!section.deeds.empty()) sections.push_back(std::move(section));
    }
    return sections;
}

}  // namespace spoor::cli
