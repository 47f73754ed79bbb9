// Each kind has a pattern. {Field} is a field's text; what stands in [ ] is left out where one of its fields is
// absent or "-"; a|b in the braces takes the first field that is there. Some fields are put into words: logon types,
// codes, %%1842.
#include "model/summary.h"

#include <algorithm>

#include "base/unicode.h"
#include "model/codes.h"
#include "model/session.h"
#include "model/written_as.h"

namespace spoor {
namespace {

struct Pattern {
    Kind kind;
    std::string_view text;
};

// clang-format off
constexpr Pattern kPatterns[] = {
    {Kind::Logon, "[{TargetDomainName}\\]{TargetUserName|User} logs on[, {LogonType}][ from {IpAddress}][ ({WorkstationName})][ by {LogonProcessName}]"},
    {Kind::LogonFailed, "[{TargetDomainName}\\]{TargetUserName|User} is refused[, {LogonType}][ from {IpAddress}][ ({WorkstationName})][: {SubStatus|Status}]"},
    {Kind::Logoff, "[{TargetDomainName}\\]{TargetUserName|User} session ends[, {LogonType}]"},
    {Kind::LogoffRequested, "[{TargetDomainName}\\]{TargetUserName} logs off"},
    {Kind::ExplicitCredentials, "gives the credentials of [{TargetDomainName}\\]{TargetUserName}[ to {TargetServerName}][ for {TargetInfo}][ in {Image}]"},
    {Kind::PrivilegesAssigned, "[{SubjectDomainName}\\]{SubjectUserName} gets administrators' privileges"},
    {Kind::GroupsAssigned, "[{TargetDomainName}\\]{TargetUserName}: groups of the session"},
    {Kind::SpecialGroupsAssigned, "[{TargetDomainName}\\]{TargetUserName} is in special groups"},
    {Kind::SessionReconnected, "[{AccountDomain}\\]{AccountName} reconnects[ to {SessionName}][ from {ClientAddress}][ ({ClientName})]"},
    {Kind::SessionDisconnected, "[{AccountDomain}\\]{AccountName} disconnects[ from {SessionName}][, client {ClientAddress}][ ({ClientName})]"},
    {Kind::WorkstationLocked, "[{TargetDomainName}\\]{TargetUserName} locks the workstation"},
    {Kind::WorkstationUnlocked, "[{TargetDomainName}\\]{TargetUserName} unlocks the workstation"},
    {Kind::ScreenSaverStarted, "the screen saver of [{TargetDomainName}\\]{TargetUserName} starts"},
    {Kind::ScreenSaverStopped, "the screen saver of [{TargetDomainName}\\]{TargetUserName} ends"},
    {Kind::RemoteDesktopDenied, "[{AccountDomain}\\]{AccountName} is denied remote desktop[ from {ClientAddress}]"},
    {Kind::TerminalLogon, "{User} logs on to terminal session {SessionID}[ from {Address}]"},
    {Kind::TerminalShellStarted, "{User} has a shell in terminal session {SessionID}[ from {Address}]"},
    {Kind::TerminalLogoff, "{User} logs off from terminal session {SessionID}"},
    {Kind::TerminalDisconnected, "{User} is disconnected from terminal session {SessionID}[, client {Address}]"},
    {Kind::TerminalReconnected, "{User} reconnects to terminal session {SessionID}[ from {Address}]"},
    {Kind::TerminalTakenOver, "terminal session {TargetSession} is disconnected by session {Source}"},
    {Kind::TerminalDisconnectReason, "terminal session {Session} is disconnected: {Reason}"},
    {Kind::TerminalArbitration, "{User} is given terminal session {SessionID}"},
    {Kind::RemoteDesktopConnection, "a remote desktop client connects[ from {ClientIP}]"},
    {Kind::RemoteDesktopAuthenticated, "[{AccountDomain}\\]{AccountName} authenticates for remote desktop[ from {IpAddress}]"},
    {Kind::RemoteDesktopClient, "remote desktop client: {Name} {Value}"},
    {Kind::WinlogonLogon, "{UserSid} logs on to terminal session {TSId}"},
    {Kind::WinlogonLogoff, "{UserSid} logs off from terminal session {TSId}"},
    {Kind::TgtRequested, "[{TargetDomainName}\\]{TargetUserName} asks for a ticket-granting ticket[ from {IpAddress}][: {Status}]"},
    {Kind::ServiceTicketRequested, "{TargetUserName} asks for a ticket for {ServiceName}[ from {IpAddress}][: {Status}]"},
    {Kind::TicketRenewed, "{TargetUserName} renews a ticket[ for {ServiceName}][ from {IpAddress}]"},
    {Kind::PreauthenticationFailed, "{TargetUserName} fails to authenticate[ from {IpAddress}][: {Status}]"},
    {Kind::CredentialsValidated, "{TargetUserName} is checked by NTLM[ for {Workstation|WorkstationName}][: {Status}]"},
    {Kind::LogonProcessRegistered, "the logon process {LogonProcessName} is registered"},
    {Kind::IdentityChanged, "{Image} goes on as {TargetUserName|NewUid}[, who was {SubjectUserName|OldUid}][, with groups {NewValue}][ in place of {OldValue}][, by {Method}]"},
    {Kind::ProcessForked, "{Image} forks[: pid {ProcessId} of {ParentProcessId}]"},
    {Kind::ProcessCreated, "{CommandLine|Image}[ (pid {ProcessId})]"},
    {Kind::ProcessExited, "{Image}[ (pid {ProcessId})] ends"},
    {Kind::PrivilegesAdjusted, "{Image} changes privileges[: on {EnabledPrivilegeList}][, off {DisabledPrivilegeList}]"},
    {Kind::PrivilegeUsed, "{Image|SubjectUserName} uses {PrivilegeList|Capability}[ for {Service}]"},
    {Kind::PrivilegeEnabled, "{Image} gains {Capability}[ ({CapabilitySet})]"},
    {Kind::PrivilegeDisabled, "{Image} drops {Capability}[ ({CapabilitySet})]"},
    {Kind::Impersonated, "{Image} takes on {TargetUserName|NewUid}"},
    {Kind::Reverted, "{Image} is {TargetUserName|NewUid} again[, no more {SubjectUserName|OldUid}]"},
    {Kind::RemoteThreadCreated, "{SourceImage} starts a thread in {TargetImage}"},
    {Kind::ProcessAccessed, "{SourceImage} opens {TargetImage}[ ({GrantedAccess})]"},
    {Kind::ProcessTampered, "{Image} is tampered with[: {Type}]"},
    {Kind::FileCreated, "{Image} creates {TargetFilename}"},
    {Kind::FileDeleted, "{Image} deletes {TargetFilename}"},
    {Kind::FileRenamed, "{Image} renames {TargetFilename} to {NewFilename}"},
    {Kind::FileTimeChanged, "{Image} sets the time of {TargetFilename}[ from {PreviousCreationUtcTime}][ to {CreationUtcTime}]"},
    {Kind::FileStreamCreated, "{Image} writes the stream {TargetFilename}"},
    {Kind::AttributeSet, "{Image} sets {AttributeName} of {TargetFilename}"},
    {Kind::ProgramLoaded, "{Image} loads a kernel program[ {Name}][ ({Type})]"},
    {Kind::ImageLoaded, "{Image} loads {ImageLoaded}"},
    {Kind::ImageHashed, "{ImageLoaded} has {Hashes}"},
    {Kind::DriverLoaded, "driver {ImageLoaded}[, signed by {Signature}][ ({SignatureStatus})]"},
    {Kind::RawDiskRead, "{Image} reads {Device} raw"},
    {Kind::PipeCreated, "{Image} makes the pipe {PipeName}"},
    {Kind::PipeConnected, "{Image} opens the pipe {PipeName}"},
    {Kind::NetworkConnection, "{Image|Application} {SourceIp|SourceAddress}[:{SourcePort}] -> {DestinationIp|DestAddress}[:{DestinationPort|DestPort}]"},
    {Kind::NetworkBlocked, "{Image|Application} is kept from {SourceIp|SourceAddress}[:{SourcePort}] -> {DestinationIp|DestAddress}[:{DestinationPort|DestPort}]"},
    {Kind::DnsQuery, "{Image} asks for {QueryName}"},
    {Kind::RegistryValueSet, "{Image} sets {TargetObject}[ to {Details}]"},
    {Kind::RegistryKeyChanged, "{Image} changes {TargetObject}"},
    {Kind::RegistryRenamed, "{Image} renames {TargetObject} to {NewName}"},
    {Kind::WmiFilter, "{User}: WMI filter {Name} {Operation}[: {Query}]"},
    {Kind::WmiConsumer, "{User}: WMI consumer {Name} {Operation}[: {Destination}]"},
    {Kind::WmiBinding, "{User}: WMI consumer {Consumer} {Operation}, by {Filter}"},
    {Kind::ShareAccessed, "opens the share {ShareName}[ from {IpAddress}]"},
    {Kind::ShareFileAccessed, "opens {RelativeTargetName} on {ShareName}[ from {IpAddress}]"},
    {Kind::ObjectAccessed, "{Image} accesses {ObjectName}"},
    {Kind::ObjectOpened, "{Image|SubjectUserName} opens {ObjectType} {ObjectName}"},
    {Kind::PermissionsChanged, "{Image|SubjectUserName} changes the permissions of {ObjectName}"},
    {Kind::DirectoryAccessed, "{SubjectUserName} uses the directory object {ObjectName}"},
    {Kind::DirectoryChanged, "{SubjectUserName} changes {ObjectDN}[: {AttributeLDAPDisplayName}][ = {AttributeValue}]"},
    {Kind::ShareChanged, "the share {ShareName} is changed[: {ShareLocalPath}]"},
    {Kind::ServiceInstalled, "service {ServiceName} is installed: {ImagePath|ServiceFileName}"},
    {Kind::ServiceChanged, "service {ServiceName} is configured anew"},
    {Kind::ServiceStateChanged, "service {ServiceName} is {State}"},
    {Kind::ServiceFailed, "service {ServiceName} fails"},
    {Kind::TaskCreated, "task {TaskName} is made"},
    {Kind::TaskUpdated, "task {TaskName} is changed"},
    {Kind::TaskDeleted, "task {TaskName} is deleted"},
    {Kind::TaskEnabled, "task {TaskName} is enabled"},
    {Kind::TaskDisabled, "task {TaskName} is disabled"},
    {Kind::TaskProcessCreated, "task {TaskName} becomes {Path|Image}[ (pid {ProcessId|ProcessID})]"},
    {Kind::TaskStarted, "task {TaskName} starts"},
    {Kind::TaskFinished, "task {TaskName} ends"},
    {Kind::AccountCreated, "account [{TargetDomainName}\\]{TargetUserName} is made"},
    {Kind::AccountEnabled, "account [{TargetDomainName}\\]{TargetUserName} is enabled"},
    {Kind::AccountDisabled, "account [{TargetDomainName}\\]{TargetUserName} is disabled"},
    {Kind::AccountDeleted, "account [{TargetDomainName}\\]{TargetUserName} is deleted"},
    {Kind::AccountChanged, "account [{TargetDomainName}\\]{TargetUserName} is changed"},
    {Kind::AccountRenamed, "account [{TargetDomainName}\\]{OldTargetUserName} is called {NewTargetUserName} now"},
    {Kind::AccountLockedOut, "account {TargetUserName} is locked out[, from {TargetDomainName}]"},
    {Kind::AccountUnlocked, "account [{TargetDomainName}\\]{TargetUserName} is unlocked"},
    {Kind::PasswordChanged, "the password of [{TargetDomainName}\\]{TargetUserName} is changed"},
    {Kind::PasswordReset, "the password of [{TargetDomainName}\\]{TargetUserName} is reset"},
    {Kind::GroupChanged, "group [{TargetDomainName}\\]{TargetUserName} is changed"},
    {Kind::GroupMemberAdded, "{MemberName|MemberSid} comes into the group [{TargetDomainName}\\]{TargetUserName}"},
    {Kind::GroupMemberRemoved, "{MemberName|MemberSid} leaves the group [{TargetDomainName}\\]{TargetUserName}"},
    {Kind::ComputerAccountChanged, "computer account [{TargetDomainName}\\]{TargetUserName} is changed"},
    {Kind::MembershipEnumerated, "{CallerProcessName|SubjectUserName} lists the members or groups of [{TargetDomainName}\\]{TargetUserName}"},
    {Kind::CredentialsRead, "[{SubjectDomainName}\\]{SubjectUserName} reads stored credentials"},
    {Kind::WinrmClient, "a remote management session to {connection}"},
    {Kind::SmbClient, "the SMB client about {ServerName|ShareName}[: {Status}]"},
    {Kind::SmbSessionFailed, "an SMB session[ of {UserName}][ with {ServerName}][ from {ClientName}] fails[: {Status}]"},
    {Kind::NtlmAudited, "NTLM[ as {TargetUserName}][ to {TargetInfo}][ at {ServerName}][ from {WorkstationName}][ by {Image}]"},
    {Kind::SshMessage, "{Payload}"},
    {Kind::ScriptRun, "{ScriptBlockText|Payload}"},
    {Kind::LogCleared, "[{SubjectDomainName}\\]{SubjectUserName} clears the log[ {ClearedChannel|Channel}]"},
    {Kind::LogServiceStopped, "the event log service stops"},
    {Kind::EventsDropped, "events were dropped[, reason {Reason}]"},
    {Kind::AuditPolicyChanged, "the audit policy is changed[ by {SubjectUserName}]"},
    {Kind::SensorStateChanged, "the sensor[ {SensorVersion}]: {State}"},
    {Kind::ConfigurationChanged, "[{User} asks for the change {Request}[ from {IpAddress}]][the sensor is given the configuration {Configuration}]"},
    {Kind::SensorError, "the sensor fails: {ID}[: {Description}]"},
    {Kind::RecordsViewed, "{User} looks at {Request}[ from {IpAddress}]"},
    {Kind::Gap, "{Lost} events are missing[: {Stage}]"},
    {Kind::SystemStarted, "the system starts"},
    {Kind::SystemStopped, "the system stops"},
    {Kind::SystemStoppedUnexpectedly, "the system had stopped unexpectedly"},
    {Kind::TimeChanged, "the clock is set[ from {PreviousTime|OldTime}] to {NewTime}"},
    {Kind::SystemUptime, "the system has been up for {UptimeSeconds} s"},
};
// clang-format on

bool is_absent(const FieldValue& value) {
    return value.type == ValueType::Null || (value.type == ValueType::Text && (value.size == 0 || value.text() == "-"));
}

/// "a b" of "a\r\n\t\tb".
std::string on_one_line(std::string_view text) {
    std::string line;
    for (const char c : text) {
        const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
        if (!blank)
            line += c;
        else if (!line.empty() && line.back() != ' ')
            line += ' ';
    }
    while (line.ends_with(' ')) line.pop_back();
    return line;
}

std::string in_words(FieldId field, const FieldValue& value, const Event& event, const Catalog& catalog) {
    const Kind kind = event.kind;
    if (field == "LogonType"_field)
        if (const auto number = value.as_number())
            if (const auto type = find_logon_type(std::to_string(*number))) return std::string(slug(*type));
    if (field == "Status"_field || field == "SubStatus"_field) {
        if (const auto number = value.as_number()) {
            const bool kerberos = kind == Kind::TgtRequested || kind == Kind::ServiceTicketRequested ||
                                  kind == Kind::PreauthenticationFailed;
            const std::string_view words = kerberos ? kerberos_result_words(*number) : logon_status_words(*number);
            if (!words.empty()) return std::string(words);
        }
    }
    if (kind == Kind::TerminalDisconnectReason && field == "Reason"_field) {
        const std::string_view words = disconnect_reason_words(value.as_number().value_or(0));
        if (!words.empty()) return std::string(words);
    }
    std::string text;
    append_text(text, value, written_as(event, field, catalog));
    // Lists come with the line ends and tabs of Event Viewer's layout.
    if (catalog.field_name(field).ends_with("List")) return on_one_line(text);
    while (text.ends_with(' ')) text.pop_back();
    return text;
}

/// Windows writes the host's own name into all logons but those of the network: a desktop's says nothing of its client.
bool names_own_host(std::string_view workstation, const EventView& view, const Catalog& catalog) {
    constexpr std::size_t kLongestNetbiosName = 15;
    const std::uint64_t type = view.find("LogonType"_field).as_number().value_or(0);
    switch (static_cast<LogonType>(type)) {
        case LogonType::RemoteInteractive:
        case LogonType::CachedRemoteInteractive: return view.event.event_id != 0;  // Linux names the client
        case LogonType::Network:
        case LogonType::NetworkCleartext: return false;
        default:
            return equals_ignoring_ascii_case(workstation,
                                              catalog.host_name(view.event.host).substr(0, kLongestNetbiosName));
    }
}

/// The text of the first of "A|B" that the event has.
std::string first_of(std::string_view names, const EventView& view, const Catalog& catalog) {
    while (!names.empty()) {
        const std::size_t end = std::min(names.find('|'), names.size());
        const auto field = find_field(names.substr(0, end));
        names.remove_prefix(std::min(end + 1, names.size()));
        if (field) {
            const FieldValue value = view.find(*field);
            // A sub-status of 0 says that the status says it all.
            const bool says_nothing = *field == "SubStatus"_field && value.as_number() == 0;
            if (is_absent(value) || says_nothing) continue;
            if (*field == "WorkstationName"_field && names_own_host(value.text(), view, catalog)) continue;
            return in_words(*field, value, view.event, catalog);
        }
    }
    return {};
}

/// The pattern with its fields put in; false when one is absent.
bool fill(std::string& out, std::string_view pattern, const EventView& view, const Catalog& catalog) {
    bool whole = true;
    while (!pattern.empty()) {
        const char first = pattern.front();
        if (first == '[' || first == '{') {
            const std::size_t end = std::min(pattern.find(first == '[' ? ']' : '}'), pattern.size() - 1);
            const std::string_view inner = pattern.substr(1, end - 1);
            std::string text;
            if (first == '[') {
                if (!fill(text, inner, view, catalog)) text.clear();
            } else {
                text = first_of(inner, view, catalog);
                whole = whole && !text.empty();
            }
            out += text;
            pattern.remove_prefix(end + 1);
        } else {
            out += first;
            pattern.remove_prefix(1);
        }
    }
    return whole;
}

/// "Name=value Name=value": the fields the kind is known by, or simply the first ones.
std::string listed(const EventView& view, const Catalog& catalog) {
    constexpr std::size_t kMostFields = 6;
    std::string text;
    std::size_t shown = 0;
    for (const FieldValue& value : view.values()) {
        const std::string_view name = catalog.field_name(value.field);
        const bool of_header = name == "Provider" || name == "EventID" || name == "Version" || name == "Level" ||
                               name == "Task" || name == "Opcode" || name == "Keywords" || name == "Channel" ||
                               name == "Computer" || name == "EventRecordID" || name == "ActivityID" ||
                               name == "ExecutionProcessID" || name == "ExecutionThreadID" || name == "UserID" ||
                               name == "ProviderGuid" || name == "RuleName";
        if (of_header || is_absent(value)) continue;
        if (shown++ == kMostFields) break;
        if (!text.empty()) text += ' ';
        text += name;
        text += '=';
        append_text(text, value, written_as(view.event, value.field, catalog));
    }
    return text;
}

}  // namespace

std::string_view short_channel(std::string_view channel) {
    constexpr std::string_view kVendor = "Microsoft-Windows-", kMain = "/Operational";
    if (channel.starts_with(kVendor)) channel.remove_prefix(kVendor.size());
    if (channel.ends_with(kMain)) channel.remove_suffix(kMain.size());
    return channel;
}

std::string summary(const EventView& view, const Catalog& catalog) {
    const auto* const pattern = std::ranges::find(kPatterns, view.event.kind, &Pattern::kind);
    std::string text;
    if (pattern != std::end(kPatterns) && fill(text, pattern->text, view, catalog)) return text;
    const std::string fields = listed(view, catalog);
    return fields.empty() ? text : fields;
}

}  // namespace spoor
