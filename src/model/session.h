// Session: a logon session, what exists between a logon and its logoff on one host.
//
// Its texts are views into the TextPool of the History that holds it.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "model/event.h"
#include "model/logon_id.h"

namespace spoor {

/// The record that a conclusion rests on.
struct EventRef {
    HostId host = HostId::None;
    ChannelId channel = ChannelId::None;
    std::uint16_t event_id = 0;
    std::uint64_t sequence = 0;
    Timestamp time = {};

    friend auto operator<=>(const EventRef&, const EventRef&) = default;
};

/// How sure a conclusion is. Nothing is guessed silently.
enum class Strength : std::uint8_t {
    Weak,      // a hypothesis worth showing
    Probable,  // several weak signs
    Strong,    // one join rests on time and account, and nothing else fits
    Certain,   // an identifier matches
};
std::string_view name(Strength strength);

/// [MS-LSAT] SECURITY_LOGON_TYPE.
enum class LogonType : std::uint8_t {
    Unknown = 255,
    System = 0,
    Interactive = 2,
    Network = 3,
    Batch = 4,
    Service = 5,
    Proxy = 6,
    Unlock = 7,
    NetworkCleartext = 8,
    NewCredentials = 9,
    RemoteInteractive = 10,
    CachedInteractive = 11,
    CachedRemoteInteractive = 12,
    CachedUnlock = 13,
};
/// "RemoteInteractive", as Sysinternals LogonSessions writes it; empty for Unknown.
std::string_view name(LogonType type);
/// "remote_interactive", as users type it.
std::string_view slug(LogonType type);
std::optional<LogonType> find_logon_type(std::string_view slug_or_name_or_number);

/// How a session came to be known.
enum class Origin : std::uint8_t {
    Logged,     // its own logon record is there
    Inferred,   // seen only through its logon id in other records
    WellKnown,  // SYSTEM and its like, there from boot
    Found,      // there already when the sensor started
};
std::string_view name(Origin origin);

enum class StartSource : std::uint8_t { Unknown, Logon, SysmonLogonGuid, Boot, Kernel, Snapshot };
std::string_view name(StartSource source);

enum class EndReason : std::uint8_t {
    Unknown,          // still open when the logs end, as far as they tell
    Logoff,           // 4634
    LogoffRequested,  // 4647 with no 4634 behind it
    TerminalLogoff,   // LocalSessionManager 23, Winlogon 7002
    Shutdown,         // the host was shut down in order
    Crash,            // the host stopped without notice
    LastProcess,      // Linux: its last process is gone
    Restart,          // the host was started again; the logs do not tell how it had stopped
};
std::string_view name(EndReason reason);

/// What a logon id means only together with: the host, and which of its boots.
struct SessionKey {
    HostId host = HostId::None;
    std::uint32_t boot = 0;  // index into History::boots
    LogonId logon_id;

    friend auto operator<=>(const SessionKey&, const SessionKey&) = default;
};

/// An account as the logs name it.
struct Principal {
    Sid sid;
    std::string_view domain;
    std::string_view name;
};
/// "CORP\\jimmy"; the name alone where no domain is known; empty for nobody.
std::string to_string(const Principal& principal);

struct Session {
    SessionKey key;
    Origin origin = Origin::Inferred;
    Principal user;
    LogonType type = LogonType::Unknown;
    std::string_view logon_process;
    std::string_view authentication_package;
    std::string_view lm_package;
    std::uint32_t key_length = 0;
    std::optional<bool> elevated;
    LogonId linked;  // the other half of an elevated pair
    Strength linked_strength =
        Strength::Certain;  // Strong where older Windows does not say and the pair was recognised
    bool restricted_admin = false;
    bool remote_credential_guard = false;
    bool virtual_account = false;
    Principal outbound;  // type 9: who it is on the network
    std::string_view impersonation_level;
    Guid logon_guid;

    LogonId subject;  // the session that asked for the logon
    Principal subject_user;
    std::uint64_t logon_process_id = 0;  // process that asked LSA
    std::string_view logon_image;
    std::string_view transmitted_services;

    std::optional<IpAddress> source_address;
    std::uint16_t source_port = 0;
    std::string_view workstation;
    std::optional<std::uint32_t> terminal_session;
    std::string_view window_station;  // Console, RDP-Tcp#3
    std::string_view integrity;
    std::string_view privileges;  // blank-separated
    std::string_view groups;      // blank-separated SIDs
    std::string_view logon_server;
    std::string_view dns_domain;
    std::string_view upn;

    std::optional<Timestamp> start;
    StartSource start_source = StartSource::Unknown;
    /// Where `start` is unknown: what sessions with lower and higher logon ids, which only grow, say about it.
    std::optional<Timestamp> started_after;
    std::optional<Timestamp> started_before;
    std::optional<Timestamp> end;
    EndReason end_reason = EndReason::Unknown;
    std::optional<Timestamp> logoff_requested;
    Timestamp first_seen = Timestamp::latest();
    Timestamp last_seen = Timestamp::earliest();
    bool locked = false;
    bool disconnected = false;

    std::uint32_t process_count = 0;
    std::uint64_t event_count = 0;
    std::vector<EventRef> evidence;  // of its beginning, its end and its changes
};

/// True for accounts that people have, by their SIDs: those of a machine, a domain or Entra ID.
bool is_person(const Sid& sid);

/// True for the sessions of people: an interactive type, a real account, not Windows' own (DWM, UMFD) and no prompt.
bool is_human(const Session& session);

}  // namespace spoor
