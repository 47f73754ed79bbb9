#include "model/session.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/unicode.h"
#include "model/history.h"

namespace spoor {
namespace {

struct LogonTypeEntry {
    LogonType type;
    std::string_view name;
    std::string_view slug;
};

constexpr LogonTypeEntry kLogonTypes[] = {
    {LogonType::Unknown, "", "unknown"},
    {LogonType::System, "System", "system"},
    {LogonType::Interactive, "Interactive", "interactive"},
    {LogonType::Network, "Network", "network"},
    {LogonType::Batch, "Batch", "batch"},
    {LogonType::Service, "Service", "service"},
    {LogonType::Proxy, "Proxy", "proxy"},
    {LogonType::Unlock, "Unlock", "unlock"},
    {LogonType::NetworkCleartext, "NetworkCleartext", "network_cleartext"},
    {LogonType::NewCredentials, "NewCredentials", "new_credentials"},
    {LogonType::RemoteInteractive, "RemoteInteractive", "remote_interactive"},
    {LogonType::CachedInteractive, "CachedInteractive", "cached_interactive"},
    {LogonType::CachedRemoteInteractive, "CachedRemoteInteractive", "cached_remote_interactive"},
    {LogonType::CachedUnlock, "CachedUnlock", "cached_unlock"},
};

const LogonTypeEntry& entry(LogonType type) {
    for (const LogonTypeEntry& row : kLogonTypes)
        if (row.type == type) return row;
    return kLogonTypes[0];
}

}  // namespace

std::string_view name(LogonType type) { return entry(type).name; }
std::string_view slug(LogonType type) { return entry(type).slug; }

std::optional<LogonType> find_logon_type(std::string_view text) {
    int number = -1;
    const auto [end, errc] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_number = errc == std::errc{} && end == text.data() + text.size();
    for (const LogonTypeEntry& row : kLogonTypes) {
        if (is_number ? row.type != LogonType::Unknown && number == static_cast<int>(row.type)
                      : equals_ignoring_ascii_case(text, row.slug) || equals_ignoring_ascii_case(text, row.name))
            return row.type;
    }
    return std::nullopt;
}

std::string_view name(Strength strength) {
    constexpr std::array<std::string_view, 4> kNames = {"weak", "probable", "strong", "certain"};
    return kNames[static_cast<std::size_t>(strength)];
}

std::string_view name(Origin origin) {
    constexpr std::array<std::string_view, 4> kNames = {"logged", "inferred", "well_known", "found"};
    return kNames[static_cast<std::size_t>(origin)];
}

std::string_view name(StartSource source) {
    constexpr std::array<std::string_view, 6> kNames = {"unknown", "logon",  "sysmon_logon_guid",
                                                        "boot",    "kernel", "snapshot"};
    return kNames[static_cast<std::size_t>(source)];
}

std::string_view name(EndReason reason) {
    constexpr std::array<std::string_view, 8> kNames = {"open",     "logoff", "logoff_requested", "terminal_logoff",
                                                        "shutdown", "crash",  "last_process",     "restart"};
    return kNames[static_cast<std::size_t>(reason)];
}

std::string_view name(LinkKind kind) {
    constexpr std::array<std::string_view, 31> kNames = {"linked_token",
                                                         "explicit_credentials",
                                                         "logon_user",
                                                         "new_credentials",
                                                         "uac_other_user",
                                                         "uac_same_user",
                                                         "service",
                                                         "task",
                                                         "wmi",
                                                         "wmi_subscription",
                                                         "winrm",
                                                         "dcom",
                                                         "smb",
                                                         "ldap",
                                                         "network_logon",
                                                         "rdp_nla",
                                                         "rdp_hop",
                                                         "rdp_reconnect",
                                                         "rdp_taken_over",
                                                         "unlock",
                                                         "s4u",
                                                         "kerberos_as_req",
                                                         "impersonation",
                                                         "injection",
                                                         "token_theft",
                                                         "ssh",
                                                         "su",
                                                         "sudo",
                                                         "cron",
                                                         "container",
                                                         "inherited"};
    static_assert(kNames.size() == static_cast<std::size_t>(LinkKind::Inherited) + 1);
    return kNames[static_cast<std::size_t>(kind)];
}

std::string to_string(const Principal& principal) {
    std::string text(principal.domain);
    if (!text.empty() && !principal.name.empty()) text += '\\';
    text += principal.name;
    if (text.empty() && !principal.sid.empty()) text = principal.sid.to_string();
    return text;
}

bool is_person(const Sid& sid) {
    // S-1-5-21-... is an account of a machine or domain, S-1-12-1-... of Entra ID.
    return (sid.authority() == 5 && sid.sub_authority_count() > 1 && sid.sub_authority(0) == 21) ||
           (sid.authority() == 12 && sid.sub_authority_count() > 0 && sid.sub_authority(0) == 1);
}

bool is_human(const Session& session) {
    switch (session.type) {
        case LogonType::Interactive:
        case LogonType::RemoteInteractive:
        case LogonType::CachedInteractive:
        case LogonType::CachedRemoteInteractive:
        case LogonType::Unlock:
        case LogonType::CachedUnlock: break;
        default: return false;
    }
    const std::string_view by = trimmed(session.logon_process);
    constexpr std::string_view kLogonScreens[] = {"User32", "Winlogon", "Negotiat", "sshd", "login",
                                                  "gdm",    "lightdm",  "sddm",     "xrdp", "dropbear"};
    const bool at_a_logon_screen =
        by.empty() || std::any_of(std::begin(kLogonScreens), std::end(kLogonScreens),
                                  [by](std::string_view screen) { return by.starts_with(screen); });
    // An export that leaves out how the logon was made still says who asked for it: a logon screen is the system's.
    if (by.empty() && session.subject != LogonId::none() && !session.subject.is_well_known()) return false;
    return at_a_logon_screen && (session.user.sid.empty() || is_person(session.user.sid));
}

}  // namespace spoor
