// The kinds of events: one table that gives each its name, its Sysmon id, its Windows event ids, and its main fields.
//
// To add a kind: add a line here; say in sources/ which records become it.
#pragma once
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

namespace spoor {

enum class Kind : std::uint16_t {
    Other,
    // Logon sessions.
    Logon,
    LogonFailed,
    Logoff,
    LogoffRequested,
    ExplicitCredentials,
    PrivilegesAssigned,
    GroupsAssigned,
    SpecialGroupsAssigned,
    SessionReconnected,
    SessionDisconnected,
    WorkstationLocked,
    WorkstationUnlocked,
    ScreenSaverStarted,
    ScreenSaverStopped,
    RemoteDesktopDenied,
    TerminalLogon,
    TerminalShellStarted,
    TerminalLogoff,
    TerminalDisconnected,
    TerminalReconnected,
    TerminalTakenOver,
    TerminalDisconnectReason,
    TerminalArbitration,
    RemoteDesktopConnection,
    RemoteDesktopAuthenticated,
    RemoteDesktopClient,
    RemoteDesktopGateway,
    WinlogonLogon,
    WinlogonLogoff,
    IdentityChanged,
    // Tickets and validations at a domain controller.
    TgtRequested,
    ServiceTicketRequested,
    TicketRenewed,
    PreauthenticationFailed,
    CredentialsValidated,
    NtlmAudited,
    NetworkAccessDecided,
    LogonProcessRegistered,
    // Processes, privileges, impersonation.
    ProcessForked,
    ProcessCreated,
    ProcessExited,
    PrimaryTokenAssigned,
    PrivilegesAdjusted,
    PrivilegeEnabled,
    PrivilegeDisabled,
    PrivilegeUsed,
    Impersonated,
    Reverted,
    // One process and another.
    RemoteThreadCreated,
    ProcessAccessed,
    ProcessTampered,
    // Files, images, pipes.
    FileCreated,
    FileDeleted,
    FileRenamed,
    FileTimeChanged,
    FileStreamCreated,
    AttributeSet,
    ImageLoaded,
    ImageHashed,
    DriverLoaded,
    ProgramLoaded,
    RawDiskRead,
    PipeCreated,
    PipeConnected,
    ExecutableBlocked,
    ShreddingBlocked,
    ExecutableDetected,
    ProgramChecked,
    ClipboardChanged,
    // Network.
    NetworkConnection,
    NetworkBlocked,
    PortBound,
    DnsQuery,
    // Registry and WMI.
    RegistryKeyChanged,
    RegistryValueSet,
    RegistryRenamed,
    WmiFilter,
    WmiConsumer,
    WmiBinding,
    WmiActivity,
    // Objects that are audited.
    ObjectOpened,
    ObjectClosed,
    ObjectDeleted,
    ObjectAccessed,
    HandleDuplicated,
    PermissionsChanged,
    DirectoryAccessed,
    DirectoryChanged,
    ShareAccessed,
    ShareFileAccessed,
    ShareChanged,
    // Services and tasks.
    ServiceInstalled,
    ServiceChanged,
    ServiceStateChanged,
    ServiceFailed,
    TaskCreated,
    TaskUpdated,
    TaskDeleted,
    TaskEnabled,
    TaskDisabled,
    TaskStarted,
    TaskProcessCreated,
    TaskFinished,
    // Accounts.
    AccountCreated,
    AccountEnabled,
    AccountDisabled,
    AccountDeleted,
    AccountChanged,
    AccountRenamed,
    AccountLockedOut,
    AccountUnlocked,
    PasswordChanged,
    PasswordReset,
    GroupChanged,
    GroupMemberAdded,
    GroupMemberRemoved,
    ComputerAccountChanged,
    UserRightsChanged,
    MembershipEnumerated,
    CredentialsRead,
    KeyUsed,
    // Remote management and scripts.
    WinrmClient,
    WinrmRequest,
    ScriptRun,
    ScriptEngine,
    SmbClient,
    SmbSessionFailed,
    SshMessage,
    // The host, its clock and its logs.
    SystemStarted,
    SystemStopped,
    SystemStoppedUnexpectedly,
    ShutdownRequested,
    SystemSlept,
    SystemResumed,
    SystemUptime,
    TimeChanged,
    LogCleared,
    LogServiceStarted,
    LogServiceStopped,
    EventsDropped,
    AuditPolicyChanged,
    SensorStateChanged,
    ConfigurationChanged,
    SensorError,
    RecordsViewed,
    Gap,
};

struct KindEntry {
    Kind kind;
    std::string_view name;         // as users type it
    std::string_view title;        // as people read it
    std::uint16_t sysmon_id;       // 0: Sysmon has none
    std::string_view windows_ids;  // CHANNEL ids, for the reference
    std::string_view fields;       // the fields it is known by, blank-separated
};

/// Every kind, in the order of the enum.
extern const KindEntry kKinds[];
inline constexpr std::size_t kKindCount = static_cast<std::size_t>(Kind::Gap) + 1;

const KindEntry& entry(Kind kind);
std::string_view name(Kind kind);

/// The kind of that name, as "process_created".
std::optional<Kind> find_kind(std::string_view name);

}  // namespace spoor
