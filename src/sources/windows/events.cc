// The table of Windows events. To add one, add a row here (and a kind or a field in model/, if none fits).
#include "sources/windows/events.h"

#include <string>
#include <unordered_map>

#include "base/hash.h"
#include "base/unicode.h"

namespace spoor::windows {
namespace {

/// One event. `renames` are pairs "NewProcessName=Image": what the record says on the left, the schema's field on the
/// right.
struct EventRow {
    std::uint32_t id;
    Kind kind;
    std::string_view renames = {};
    Outcome outcome = Outcome::Unknown;
};

/// The events of one provider, and the channel they usually stand in.
struct ProviderRows {
    std::string_view provider;
    std::string_view channel;
    std::span<const EventRow> rows;
};

// clang-format off
constexpr EventRow kSecurity[] = {
    // Logon sessions.
    {4624, Kind::Logon, "ProcessName=Image"},
    {4625, Kind::LogonFailed, "ProcessName=Image", Outcome::Failure},
    {4634, Kind::Logoff},
    {4647, Kind::LogoffRequested},
    {4648, Kind::ExplicitCredentials, "ProcessName=Image"},
    {4672, Kind::PrivilegesAssigned},
    {4627, Kind::GroupsAssigned},
    {4964, Kind::SpecialGroupsAssigned},
    {4778, Kind::SessionReconnected, "LogonID=LogonId"},
    {4779, Kind::SessionDisconnected, "LogonID=LogonId"},
    {4800, Kind::WorkstationLocked, "SessionId=SessionID"},
    {4801, Kind::WorkstationUnlocked, "SessionId=SessionID"},
    {4802, Kind::ScreenSaverStarted, "SessionId=SessionID"},
    {4803, Kind::ScreenSaverStopped, "SessionId=SessionID"},
    {4825, Kind::RemoteDesktopDenied, "LogonID=LogonId", Outcome::Failure},
    {4611, Kind::LogonProcessRegistered},

    // Tickets and validations.
    {4768, Kind::TgtRequested},
    {4769, Kind::ServiceTicketRequested},
    {4770, Kind::TicketRenewed},
    {4771, Kind::PreauthenticationFailed, "", Outcome::Failure},
    {4772, Kind::TgtRequested, "", Outcome::Failure},
    {4773, Kind::ServiceTicketRequested, "", Outcome::Failure},
    {4776, Kind::CredentialsValidated},
    {4777, Kind::CredentialsValidated, "", Outcome::Failure},
    {5632, Kind::NetworkAccessDecided},
    {5633, Kind::NetworkAccessDecided},
    {6272, Kind::NetworkAccessDecided},
    {6273, Kind::NetworkAccessDecided, "", Outcome::Failure},
    {6278, Kind::NetworkAccessDecided},

    // Processes, privileges.
    {4688, Kind::ProcessCreated, "NewProcessId=ProcessId NewProcessName=Image ProcessId=ParentProcessId ParentProcessName=ParentImage"},
    {4689, Kind::ProcessExited, "ProcessName=Image Status=ExitCode"},
    {4696, Kind::PrimaryTokenAssigned, "ProcessName=Image TargetProcessName=TargetImage"},
    {4703, Kind::PrivilegesAdjusted, "ProcessName=Image"},
    {4673, Kind::PrivilegeUsed, "ProcessName=Image"},
    {4674, Kind::PrivilegeUsed, "ProcessName=Image"},

    // Objects, shares, the directory.
    {4656, Kind::ObjectOpened, "ProcessName=Image"},
    {4661, Kind::ObjectOpened, "ProcessName=Image"},
    {4658, Kind::ObjectClosed, "ProcessName=Image"},
    {4660, Kind::ObjectDeleted, "ProcessName=Image"},
    {4663, Kind::ObjectAccessed, "ProcessName=Image"},
    {4664, Kind::ObjectAccessed, "ProcessName=Image"},
    {4985, Kind::ObjectAccessed, "ProcessName=Image"},
    {4657, Kind::RegistryValueSet, "ProcessName=Image ObjectName=TargetObject NewValue=Details"},
    {4690, Kind::HandleDuplicated},
    {4670, Kind::PermissionsChanged, "ProcessName=Image"},
    {4907, Kind::PermissionsChanged, "ProcessName=Image"},
    {4662, Kind::DirectoryAccessed},
    {5136, Kind::DirectoryChanged},
    {5137, Kind::DirectoryChanged},
    {5138, Kind::DirectoryChanged},
    {5139, Kind::DirectoryChanged},
    {5141, Kind::DirectoryChanged},
    {5140, Kind::ShareAccessed},
    {5145, Kind::ShareFileAccessed},
    {5142, Kind::ShareChanged},
    {5143, Kind::ShareChanged},
    {5144, Kind::ShareChanged},

    // Network. Source is the side that opened the connection, in both directions and on both hosts.
    {5156, Kind::NetworkConnection, "ProcessID=ProcessId Application=Image SourceAddress=SourceIp DestAddress=DestinationIp DestPort=DestinationPort"},
    {5157, Kind::NetworkBlocked, "ProcessID=ProcessId Application=Image SourceAddress=SourceIp DestAddress=DestinationIp DestPort=DestinationPort", Outcome::Failure},
    {5152, Kind::NetworkBlocked, "ProcessID=ProcessId Application=Image SourceAddress=SourceIp DestAddress=DestinationIp DestPort=DestinationPort", Outcome::Failure},
    {5154, Kind::PortBound, "ProcessID=ProcessId Application=Image SourceAddress=SourceIp"},
    {5158, Kind::PortBound, "ProcessID=ProcessId Application=Image SourceAddress=SourceIp"},

    // Services and tasks.
    {4697, Kind::ServiceInstalled},
    {4698, Kind::TaskCreated},
    {4699, Kind::TaskDeleted},
    {4700, Kind::TaskEnabled},
    {4701, Kind::TaskDisabled},
    {4702, Kind::TaskUpdated, "TaskContentNew=TaskContent"},

    // Accounts.
    {4720, Kind::AccountCreated},
    {4722, Kind::AccountEnabled},
    {4723, Kind::PasswordChanged},
    {4724, Kind::PasswordReset},
    {4725, Kind::AccountDisabled},
    {4726, Kind::AccountDeleted},
    {4738, Kind::AccountChanged},
    {4765, Kind::AccountChanged},
    {4766, Kind::AccountChanged, "", Outcome::Failure},
    {4794, Kind::AccountChanged},
    {4740, Kind::AccountLockedOut},
    {4767, Kind::AccountUnlocked},
    {4781, Kind::AccountRenamed},
    {4727, Kind::GroupChanged}, {4730, Kind::GroupChanged}, {4731, Kind::GroupChanged}, {4734, Kind::GroupChanged},
    {4735, Kind::GroupChanged}, {4737, Kind::GroupChanged}, {4744, Kind::GroupChanged}, {4745, Kind::GroupChanged},
    {4748, Kind::GroupChanged}, {4749, Kind::GroupChanged}, {4750, Kind::GroupChanged}, {4753, Kind::GroupChanged},
    {4754, Kind::GroupChanged}, {4755, Kind::GroupChanged}, {4758, Kind::GroupChanged}, {4759, Kind::GroupChanged},
    {4760, Kind::GroupChanged}, {4763, Kind::GroupChanged}, {4764, Kind::GroupChanged},
    {4728, Kind::GroupMemberAdded}, {4732, Kind::GroupMemberAdded}, {4746, Kind::GroupMemberAdded},
    {4751, Kind::GroupMemberAdded}, {4756, Kind::GroupMemberAdded}, {4761, Kind::GroupMemberAdded},
    {4729, Kind::GroupMemberRemoved}, {4733, Kind::GroupMemberRemoved}, {4747, Kind::GroupMemberRemoved},
    {4752, Kind::GroupMemberRemoved}, {4757, Kind::GroupMemberRemoved}, {4762, Kind::GroupMemberRemoved},
    {4741, Kind::ComputerAccountChanged},
    {4742, Kind::ComputerAccountChanged},
    {4743, Kind::ComputerAccountChanged},
    {4704, Kind::UserRightsChanged},
    {4705, Kind::UserRightsChanged},
    {4717, Kind::UserRightsChanged},
    {4718, Kind::UserRightsChanged},
    {4798, Kind::MembershipEnumerated},
    {4799, Kind::MembershipEnumerated},
    {5376, Kind::CredentialsRead}, {5379, Kind::CredentialsRead}, {5381, Kind::CredentialsRead}, {5382, Kind::CredentialsRead},
    {5058, Kind::KeyUsed},
    {5059, Kind::KeyUsed},
    {5061, Kind::KeyUsed},

    // The host, its clock and its policy.
    {4608, Kind::SystemStarted},
    {4826, Kind::SystemStarted},
    {4609, Kind::SystemStopped},
    {4616, Kind::TimeChanged, "ProcessName=Image"},
    {4719, Kind::AuditPolicyChanged},
    {4739, Kind::AuditPolicyChanged},
    {4902, Kind::AuditPolicyChanged},
    {4904, Kind::AuditPolicyChanged, "ProcessName=Image"},
    {4905, Kind::AuditPolicyChanged, "ProcessName=Image"},
    {4906, Kind::AuditPolicyChanged},
    {4912, Kind::AuditPolicyChanged},
};

// The event log service writes about the logs themselves, in Security and in System.
constexpr EventRow kEventlog[] = {
    {1100, Kind::LogServiceStopped},
    {1101, Kind::EventsDropped},
    {1102, Kind::LogCleared},
    {1104, Kind::EventsDropped},
    {1105, Kind::EventsDropped},
    {1108, Kind::EventsDropped},
    {104, Kind::LogCleared, "Channel=ClearedChannel"},
};

constexpr EventRow kSysmon[] = {
    {1, Kind::ProcessCreated},
    {2, Kind::FileTimeChanged},
    {3, Kind::NetworkConnection},
    {4, Kind::SensorStateChanged, "Version=SensorVersion"},
    {5, Kind::ProcessExited},
    {6, Kind::DriverLoaded},
    {7, Kind::ImageLoaded},
    {8, Kind::RemoteThreadCreated},
    {9, Kind::RawDiskRead},
    {10, Kind::ProcessAccessed, "SourceProcessGUID=SourceProcessGuid TargetProcessGUID=TargetProcessGuid"},
    {11, Kind::FileCreated},
    {12, Kind::RegistryKeyChanged},
    {13, Kind::RegistryValueSet},
    {14, Kind::RegistryRenamed},
    {15, Kind::FileStreamCreated},
    {16, Kind::ConfigurationChanged},
    {17, Kind::PipeCreated},
    {18, Kind::PipeConnected},
    {19, Kind::WmiFilter},
    {20, Kind::WmiConsumer},
    {21, Kind::WmiBinding},
    {22, Kind::DnsQuery},
    {23, Kind::FileDeleted},
    {24, Kind::ClipboardChanged},
    {25, Kind::ProcessTampered},
    {26, Kind::FileDeleted},
    {27, Kind::ExecutableBlocked},
    {28, Kind::ShreddingBlocked},
    {29, Kind::ExecutableDetected},
    {255, Kind::SensorError},
};

constexpr EventRow kLocalSessionManager[] = {
    {21, Kind::TerminalLogon},
    {22, Kind::TerminalShellStarted},
    {23, Kind::TerminalLogoff},
    {24, Kind::TerminalDisconnected},
    {25, Kind::TerminalReconnected},
    {39, Kind::TerminalTakenOver},
    {40, Kind::TerminalDisconnectReason},
    {41, Kind::TerminalArbitration},
    {42, Kind::TerminalArbitration},
};

constexpr EventRow kRemoteConnectionManager[] = {
    {261, Kind::RemoteDesktopConnection, "listenerName=ListenerName"},
    {1149, Kind::RemoteDesktopAuthenticated, "Param1=AccountName Param2=AccountDomain Param3=IpAddress"},
};

constexpr EventRow kRdpCore[] = {
    {131, Kind::RemoteDesktopConnection},
    {140, Kind::RemoteDesktopDenied, "IPString=ClientAddress", Outcome::Failure},
};

constexpr EventRow kRdpClient[] = {
    {1024, Kind::RemoteDesktopClient}, {1025, Kind::RemoteDesktopClient}, {1026, Kind::RemoteDesktopClient},
    {1027, Kind::RemoteDesktopClient, "SessionId=SessionID"}, {1029, Kind::RemoteDesktopClient},
    {1102, Kind::RemoteDesktopClient}, {1103, Kind::RemoteDesktopClient}, {1105, Kind::RemoteDesktopClient},
};

constexpr EventRow kGateway[] = {
    {200, Kind::RemoteDesktopGateway, "Username=UserName"},
    {300, Kind::RemoteDesktopGateway, "Username=UserName"},
    {302, Kind::RemoteDesktopGateway, "Username=UserName"},
    {303, Kind::RemoteDesktopGateway, "Username=UserName"},
    {312, Kind::RemoteDesktopGateway, "Username=UserName"},
    {313, Kind::RemoteDesktopGateway, "Username=UserName"},
};

constexpr EventRow kWinlogon[] = {
    {7001, Kind::WinlogonLogon},
    {7002, Kind::WinlogonLogoff},
};

constexpr EventRow kServiceControlManager[] = {
    {7045, Kind::ServiceInstalled, "ImagePath=ServiceFileName StartType=ServiceStartType AccountName=ServiceAccount"},
    {7036, Kind::ServiceStateChanged, "param1=ServiceName param2=State"},
    {7040, Kind::ServiceChanged, "param4=ServiceName"},
    {7000, Kind::ServiceFailed, "param1=ServiceName", Outcome::Failure},
    {7001, Kind::ServiceFailed, "param1=ServiceName", Outcome::Failure},
    {7009, Kind::ServiceFailed, "param2=ServiceName", Outcome::Failure},
    {7011, Kind::ServiceFailed, "param2=ServiceName", Outcome::Failure},
    {7022, Kind::ServiceFailed, "param1=ServiceName", Outcome::Failure},
    {7023, Kind::ServiceFailed, "param1=ServiceName", Outcome::Failure},
    {7024, Kind::ServiceFailed, "param1=ServiceName", Outcome::Failure},
    {7031, Kind::ServiceFailed, "param1=ServiceName", Outcome::Failure},
    {7034, Kind::ServiceFailed, "param1=ServiceName", Outcome::Failure},
};

constexpr EventRow kTaskScheduler[] = {
    {106, Kind::TaskCreated},
    {140, Kind::TaskUpdated},
    {141, Kind::TaskDeleted},
    {142, Kind::TaskDisabled},
    {100, Kind::TaskStarted},
    {107, Kind::TaskStarted},
    {110, Kind::TaskStarted},
    {118, Kind::TaskStarted},
    {119, Kind::TaskStarted},
    {200, Kind::TaskStarted, "TaskInstanceId=InstanceId"},
    {325, Kind::TaskStarted, "TaskInstanceId=InstanceId"},
    {129, Kind::TaskProcessCreated, "ProcessID=ProcessId"},
    {102, Kind::TaskFinished},
    {201, Kind::TaskFinished, "TaskInstanceId=InstanceId"},
};

// The host as its kernel sees it.
constexpr EventRow kKernelGeneral[] = {{1, Kind::TimeChanged}, {12, Kind::SystemStarted}, {13, Kind::SystemStopped}};
constexpr EventRow kKernelPower[] = {
    {41, Kind::SystemStoppedUnexpectedly},
    {42, Kind::SystemSlept},
    {506, Kind::SystemSlept},
    {107, Kind::SystemResumed},
    {507, Kind::SystemResumed},
    {109, Kind::ShutdownRequested},
};
constexpr EventRow kKernelBoot[] = {{27, Kind::SystemStarted}};
constexpr EventRow kPowerTroubleshooter[] = {{1, Kind::SystemResumed}};
constexpr EventRow kClassicEventLog[] = {
    {6005, Kind::SystemStarted},
    {6009, Kind::SystemStarted},
    {6006, Kind::SystemStopped},
    {6008, Kind::SystemStoppedUnexpectedly},
    {6013, Kind::SystemUptime, "#4=UptimeSeconds"},
};
constexpr EventRow kUser32[] = {
    {1074, Kind::ShutdownRequested, "param7=User #6=User"},
    {1076, Kind::ShutdownRequested, "param6=User #5=User"},
};

// Remote management and scripts.
constexpr EventRow kWinrm[] = {
    {6, Kind::WinrmClient},
    {81, Kind::WinrmRequest}, {82, Kind::WinrmRequest}, {91, Kind::WinrmRequest}, {134, Kind::WinrmRequest},
    {168, Kind::WinrmRequest},
    {169, Kind::WinrmRequest, "username=User"},
    {193, Kind::WinrmRequest, "username=User"},
};
constexpr EventRow kPowerShell[] = {
    {4100, Kind::ScriptRun}, {4103, Kind::ScriptRun}, {4104, Kind::ScriptRun},
    {40961, Kind::ScriptEngine}, {40962, Kind::ScriptEngine}, {53504, Kind::ScriptEngine},
};
constexpr EventRow kWindowsPowerShell[] = {
    {400, Kind::ScriptEngine}, {403, Kind::ScriptEngine}, {600, Kind::ScriptEngine},
    {800, Kind::ScriptRun},
};
constexpr EventRow kWmiActivity[] = {
    {5857, Kind::WmiActivity, "ProcessID=ProcessId"},
    {5858, Kind::WmiActivity, "", Outcome::Failure},
    {5859, Kind::WmiActivity, "processid=ProcessId"},
    {5860, Kind::WmiActivity, "processid=ClientProcessId MachineName=ClientMachine"},
    {5861, Kind::WmiActivity},
};
// The server that a client talks to; of a session that failed also whose session it was to be (LogonId).
constexpr EventRow kSmbClient[] = {
    {30803, Kind::SmbClient, "", Outcome::Failure},
    {30804, Kind::SmbClient},
    {30805, Kind::SmbClient},
    {30806, Kind::SmbClient},
    {30807, Kind::SmbClient},
    {30808, Kind::SmbClient},
    {31010, Kind::SmbClient, "", Outcome::Failure},
    {31000, Kind::SmbSessionFailed, "", Outcome::Failure},
    {31001, Kind::SmbSessionFailed, "", Outcome::Failure},
};
constexpr EventRow kSmbServer[] = {{551, Kind::SmbSessionFailed, "", Outcome::Failure}};
constexpr EventRow kNtlm[] = {
    // At the client: who offered which account to which service. At the server, at the controller.
    {8001, Kind::NtlmAudited, "TargetName=TargetInfo UserName=TargetUserName DomainName=TargetDomainName CallerPID=ProcessId ProcessName=Image ClientLUID=SubjectLogonId ClientUserName=SubjectUserName ClientDomainName=SubjectDomainName"},
    {8002, Kind::NtlmAudited, "CallerPID=ProcessId ProcessName=Image ClientLUID=SubjectLogonId ClientUserName=SubjectUserName ClientDomainName=SubjectDomainName"},
    {8003, Kind::NtlmAudited, "UserName=TargetUserName DomainName=TargetDomainName Workstation=WorkstationName CallerPID=ProcessId ProcessName=Image"},
    {8004, Kind::NtlmAudited, "SChannelName=ServerName UserName=TargetUserName DomainName=TargetDomainName"},
    {4020, Kind::NtlmAudited}, {4021, Kind::NtlmAudited}, {4022, Kind::NtlmAudited}, {4023, Kind::NtlmAudited},
};
constexpr EventRow kAppLocker[] = {
    {8002, Kind::ProgramChecked, "", Outcome::Success},
    {8003, Kind::ProgramChecked, "", Outcome::Success},
    {8004, Kind::ProgramChecked, "", Outcome::Failure},
    {8005, Kind::ProgramChecked, "", Outcome::Success},
    {8006, Kind::ProgramChecked, "", Outcome::Success},
    {8007, Kind::ProgramChecked, "", Outcome::Failure},
};
constexpr EventRow kOpenSsh[] = {{4, Kind::SshMessage, "payload=Payload"}};

constexpr ProviderRows kProviders[] = {
    {"Microsoft-Windows-Security-Auditing", "Security", kSecurity},
    {"Microsoft-Windows-Eventlog", "Security", kEventlog},
    {"Microsoft-Windows-Eventlog", "System", kEventlog},
    {"Microsoft-Windows-Sysmon", "Microsoft-Windows-Sysmon/Operational", kSysmon},
    {"Microsoft-Windows-TerminalServices-LocalSessionManager", "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational", kLocalSessionManager},
    {"Microsoft-Windows-TerminalServices-RemoteConnectionManager", "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational", kRemoteConnectionManager},
    {"Microsoft-Windows-RemoteDesktopServices-RdpCoreTS", "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS/Operational", kRdpCore},
    {"Microsoft-Windows-TerminalServices-ClientActiveXCore", "Microsoft-Windows-TerminalServices-RDPClient/Operational", kRdpClient},
    {"Microsoft-Windows-TerminalServices-Gateway", "Microsoft-Windows-TerminalServices-Gateway/Operational", kGateway},
    {"Microsoft-Windows-Winlogon", "System", kWinlogon},
    {"Service Control Manager", "System", kServiceControlManager},
    {"Microsoft-Windows-TaskScheduler", "Microsoft-Windows-TaskScheduler/Operational", kTaskScheduler},
    {"Microsoft-Windows-Kernel-General", "System", kKernelGeneral},
    {"Microsoft-Windows-Kernel-Power", "System", kKernelPower},
    {"Microsoft-Windows-Kernel-Boot", "System", kKernelBoot},
    {"Microsoft-Windows-Power-Troubleshooter", "System", kPowerTroubleshooter},
    {"EventLog", "System", kClassicEventLog},
    {"User32", "System", kUser32},
    {"Microsoft-Windows-WinRM", "Microsoft-Windows-WinRM/Operational", kWinrm},
    {"Microsoft-Windows-PowerShell", "Microsoft-Windows-PowerShell/Operational", kPowerShell},
    {"PowerShell", "Windows PowerShell", kWindowsPowerShell},
    {"PowerShellCore", "PowerShellCore/Operational", kPowerShell},
    {"Microsoft-Windows-WMI-Activity", "Microsoft-Windows-WMI-Activity/Operational", kWmiActivity},
    {"Microsoft-Windows-SMBClient", "Microsoft-Windows-SmbClient/Security", kSmbClient},
    {"Microsoft-Windows-SMBClient", "Microsoft-Windows-SmbClient/Connectivity", kSmbClient},
    {"Microsoft-Windows-SMBServer", "Microsoft-Windows-SMBServer/Security", kSmbServer},
    {"Microsoft-Windows-NTLM", "Microsoft-Windows-NTLM/Operational", kNtlm},
    {"Microsoft-Windows-Security-Netlogon", "Microsoft-Windows-NTLM/Operational", kNtlm},
    {"Microsoft-Windows-AppLocker", "Microsoft-Windows-AppLocker/EXE and DLL", kAppLocker},
    {"OpenSSH", "OpenSSH/Operational", kOpenSsh},
};
// clang-format on

/// Calls `take` with both sides of each pair of a list of renames.
template <typename Take>
constexpr void for_each_rename(std::string_view renames, Take take) {
    while (!renames.empty()) {
        const std::size_t end = renames.find(' ');
        const std::string_view pair = renames.substr(0, end);
        take(pair.substr(0, pair.find('=')), pair.substr(pair.find('=') + 1));
        renames = end == std::string_view::npos ? std::string_view() : renames.substr(end + 1);
    }
}

consteval bool renames_name_fields() {
    for (const ProviderRows& provider : kProviders)
        for (const EventRow& row : provider.rows) {
            bool all_known = true;
            for_each_rename(row.renames, [&](std::string_view, std::string_view field_name) {
                bool known = false;
                for (const Field& field : kFields) known = known || field.name == field_name;
                all_known = all_known && known;
            });
            if (!all_known) return false;
        }
    return true;
}
static_assert(renames_name_fields(), "a row renames a value to something that kFields has not");

/// The rows by number, for one provider or for all that share a channel.
using Meanings = std::unordered_map<std::uint32_t, Meaning>;

struct Table {
    std::unordered_map<std::string, Meanings, TextHash, std::equal_to<>> by_provider;  // folded name
    std::unordered_map<std::string, Meanings, TextHash, std::equal_to<>> by_channel;   // folded name
    std::unordered_map<std::string, std::string_view, TextHash, std::equal_to<>> channels;

    Table() {
        for (const ProviderRows& provider : kProviders) {
            Meanings& meanings = by_provider[fold_case(provider.provider)];
            for (const EventRow& row : provider.rows) {
                Meaning meaning{.kind = row.kind, .outcome = row.outcome};
                for_each_rename(row.renames, [&](std::string_view from, std::string_view to) {
                    meaning.renames.push_back({from, *find_field(to)});
                });
                by_channel[fold_case(provider.channel)].emplace(row.id, meaning);
                meanings.emplace(row.id, std::move(meaning));
            }
            channels.emplace(fold_case(provider.channel), provider.channel);
        }
    }
};

const Table& table() {
    static const Table kTable;
    return kTable;
}

}  // namespace

const Meaning& meaning_of(std::string_view provider, std::string_view channel, std::uint32_t event_id) {
    static const Meaning kOther;
    const auto& groups = provider.empty() ? table().by_channel : table().by_provider;
    const auto group = groups.find(fold_case(provider.empty() ? channel : provider));
    if (group == groups.end()) return kOther;
    const auto meaning = group->second.find(event_id);
    return meaning == group->second.end() ? kOther : meaning->second;
}

std::string_view canonical_channel(std::string_view channel) {
    const auto found = table().channels.find(fold_case(channel));
    return found == table().channels.end() ? channel : found->second;
}

std::string_view record_name(const Meaning& meaning, FieldId field, std::string_view field_name) {
    for (const Rename& rename : meaning.renames)
        if (rename.field == field) return rename.record_name;
    return field_name;
}

}  // namespace spoor::windows
