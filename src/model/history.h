// History: what the logs of some hosts add up to: their boots, sessions, processes, and the links between sessions.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text_pool.h"
#include "model/session.h"

namespace spoor {

/// One run of a host from start to shutdown. Logon ids are unique within it and no further.
struct Boot {
    HostId host = HostId::None;
    std::optional<std::uint16_t> sysmon_number;  // Sysmon's own count of boots
    std::optional<Timestamp> started;
    std::optional<Timestamp> stopped;
    bool stopped_cleanly = false;
    bool crashed = false;  // the next start told so; neither: the logs do not say how it ended
    Timestamp first_seen = Timestamp::latest();
    Timestamp last_seen = Timestamp::earliest();
    std::vector<EventRef> evidence;
};

/// A process; texts are views into the History's pool.
struct Process {
    HostId host = HostId::None;
    std::uint32_t boot = 0;
    std::uint64_t pid = 0;
    Guid guid;  // Sysmon's; zero where Sysmon did not see it
    std::string_view image;
    std::string_view command_line;
    std::string_view user;
    std::string_view integrity;
    std::uint32_t session = kNobody;  // index into History::sessions
    Strength session_strength = Strength::Weak;
    std::uint32_t parent = kNobody;  // index into History::processes
    std::uint64_t parent_pid = 0;
    std::string_view parent_image;
    std::optional<Timestamp> start;
    std::optional<Timestamp> end;
    std::optional<std::uint32_t> exit_code;
    Timestamp first_seen = Timestamp::latest();
    Timestamp last_seen = Timestamp::earliest();
    std::vector<EventRef> evidence;  // of its start and its end
};

/// How one session gave rise to another.
enum class LinkKind : std::uint8_t {
    LinkedToken,
    ExplicitCredentials,
    LogonUser,
    NewCredentials,
    UacOtherUser,
    UacSameUser,
    Service,
    Task,
    Wmi,
    WmiSubscription,
    Winrm,
    Dcom,
    Smb,
    Ldap,
    NetworkLogon,
    RdpNla,
    RdpHop,
    RdpReconnect,
    RdpTakenOver,
    Unlock,
    S4u,
    KerberosAsReq,
    Impersonation,
    Injection,
    TokenTheft,
    Ssh,
    Su,
    Sudo,
    Cron,
    Container,
    Inherited,
};
std::string_view name(LinkKind kind);

/// Session `from` gave rise to session `to`: the earlier or controlling one first.
struct Link {
    std::uint32_t from = kNobody;
    std::uint32_t to = kNobody;
    LinkKind kind = LinkKind::NetworkLogon;
    Strength strength = Strength::Weak;
    std::uint32_t process = kNobody;  // in `from`, the one that did it, where known
    std::uint32_t to_process =
        kNobody;              // in `to`, the one it began, where the link is about that process and its children only
    std::string_view reason;  // in words: "LogonGuid of 4648 and 4624"
    std::vector<EventRef> evidence;
};

struct History {
    TextPool texts;                  // owns every text below
    std::vector<Boot> boots;         // by host, then time
    std::vector<Session> sessions;   // by host, boot, then start
    std::vector<Process> processes;  // by host, then start
    std::vector<Link> links;
};

}  // namespace spoor
