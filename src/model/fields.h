// The fields of events: one table that gives each its name, type, meaning, and its names in ECS and OCSF.
//
// Names are those of Sysmon and of the Windows Security log; where the two differ for the same thing (NewProcessName
// and Image), the Sysmon name is ours and sources/windows/ says what each record calls it. A field that a log has and
// this table has not is kept all the same, under a number that the Catalog gives its name.
//
// To add a field: add a line. Code names it as "TargetUserName"_field; a name that is not here does not compile.
// Numbers follow the order of the table and are never stored: files and databases use names.
#pragma once
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

namespace spoor {

enum class FieldType : std::uint8_t {
    Text,
    Number,  // unsigned, written decimal
    Signed,
    Hex,  // unsigned, written 0x...
    Boolean,
    Time,
    Guid,
    Sid,
    Address,  // IPv4 or IPv6
    Bytes,    // written as hexadecimal digits
    Real,
};

struct Field {
    std::string_view name;
    FieldType type = FieldType::Text;
    std::string_view meaning;
    std::string_view ecs = {};
    std::string_view ocsf = {};
};

// clang-format off
inline constexpr Field kFields[] = {
    {"", FieldType::Text, "No field."},

    // Where a record comes from: the System part of a Windows event.
    {"Provider", FieldType::Text, "Who wrote the record.", "event.provider", "metadata.product.name"},
    {"ProviderGuid", FieldType::Guid, "Number of the provider.", "winlog.provider_guid"},
    {"EventSourceName", FieldType::Text, "Name of a classic provider that the record was written under.", "winlog.event_source_name"},
    {"EventID", FieldType::Number, "The provider's number for this kind of record.", "event.code", "metadata.event_code"},
    {"Qualifiers", FieldType::Number, "Upper half of a classic provider's event number.", "winlog.qualifiers"},
    {"Version", FieldType::Number, "Version of the record's layout.", "winlog.version"},
    {"Level", FieldType::Number, "Severity: 0 always, 1 critical, 2 error, 3 warning, 4 information, 5 verbose.", "log.level"},
    {"Task", FieldType::Number, "The provider's task number.", "winlog.task"},
    {"Opcode", FieldType::Number, "The provider's operation number.", "winlog.opcode"},
    {"Keywords", FieldType::Hex, "Bits; 0x8020000000000000 audit success, 0x8010000000000000 audit failure.", "winlog.keywords"},
    {"Channel", FieldType::Text, "The log that the record stands in.", "winlog.channel", "metadata.log_name"},
    {"Computer", FieldType::Text, "The host as the record names it.", "host.name", "device.hostname"},
    {"EventRecordID", FieldType::Number, "Number of the record in its channel.", "winlog.record_id", "metadata.uid"},
    {"ActivityID", FieldType::Guid, "What the record belongs to, by the provider's own account.", "winlog.activity_id"},
    {"RelatedActivityID", FieldType::Guid, "The activity that gave rise to this one.", "winlog.related_activity_id"},
    {"ExecutionProcessID", FieldType::Number, "Process that wrote the record.", "winlog.process.pid"},
    {"ExecutionThreadID", FieldType::Number, "Thread that wrote the record.", "winlog.process.thread.id"},
    {"UserID", FieldType::Sid, "Account under which the record was written (System/Security).", "winlog.user.identifier"},
    {"UserIDName", FieldType::Text, "Its name, where an exporter looked it up.", "winlog.user.name"},
    {"UserIDDomain", FieldType::Text, "Its domain.", "winlog.user.domain"},
    {"Message", FieldType::Text, "The record in words, where its source rendered it.", "message", "message"},
    {"Data", FieldType::Text, "A value without a name; their order has meaning.", "winlog.event_data.Data"},
    {"Binary", FieldType::Bytes, "Data of a classic provider.", "winlog.event_data.Binary"},

    // Who asked.
    {"SubjectUserSid", FieldType::Sid, "Account that asked for the operation.", "winlog.event_data.SubjectUserSid", "actor.user.uid"},
    {"SubjectUserName", FieldType::Text, "Its name.", "winlog.event_data.SubjectUserName", "actor.user.name"},
    {"SubjectDomainName", FieldType::Text, "Its domain.", "winlog.event_data.SubjectDomainName", "actor.user.domain"},
    {"SubjectLogonId", FieldType::Hex, "Logon session that asked; 0x0 for the network.", "winlog.event_data.SubjectLogonId", "actor.session.uid"},

    // On whom.
    {"TargetUserSid", FieldType::Sid, "Account that the operation is about.", "user.id", "user.uid"},
    {"TargetUserName", FieldType::Text, "Its name.", "user.name", "user.name"},
    {"TargetDomainName", FieldType::Text, "Its domain.", "user.domain", "user.domain"},
    {"TargetLogonId", FieldType::Hex, "Logon session that the operation is about.", "winlog.logon.id", "session.uid"},
    {"TargetSid", FieldType::Sid, "Account or group that the operation is about.", "winlog.event_data.TargetSid", "user.uid"},
    {"TargetLinkedLogonId", FieldType::Hex, "The other half of an elevated pair; 0x0 for none.", "winlog.event_data.TargetLinkedLogonId"},
    {"TargetLogonGuid", FieldType::Guid, "Joins explicit credentials to a ticket or a logon.", "winlog.event_data.TargetLogonGuid"},
    {"TargetOutboundUserName", FieldType::Text, "Account used on the network by a type 9 session.", "winlog.event_data.TargetOutboundUserName"},
    {"TargetOutboundDomainName", FieldType::Text, "Its domain.", "winlog.event_data.TargetOutboundDomainName"},
    {"TargetServerName", FieldType::Text, "Server that explicit credentials were meant for.", "winlog.event_data.TargetServerName"},
    {"TargetInfo", FieldType::Text, "Service name (SPN) that they were meant for.", "winlog.event_data.TargetInfo"},

    // A logon.
    {"LogonType", FieldType::Number, "2 interactive, 3 network, 10 remote interactive, ...", "winlog.logon.type", "logon_type_id"},
    {"LogonProcessName", FieldType::Text, "Who handed the credentials to LSA.", "winlog.event_data.LogonProcessName", "logon_process.name"},
    {"AuthenticationPackageName", FieldType::Text, "Kerberos, NTLM, Negotiate, ...", "winlog.event_data.AuthenticationPackageName", "auth_protocol"},
    {"LmPackageName", FieldType::Text, "Version of NTLM.", "winlog.event_data.LmPackageName"},
    {"KeyLength", FieldType::Number, "Length of the NTLM session key in bits.", "winlog.event_data.KeyLength"},
    {"WorkstationName", FieldType::Text, "Client as it named itself.", "source.domain", "src_endpoint.hostname"},
    {"LogonGuid", FieldType::Guid, "Joins a logon to a ticket, for initial and explicit logons.", "winlog.event_data.LogonGuid", "session.uuid"},
    {"TransmittedServices", FieldType::Text, "Services that the logon was delegated through (S4U).", "winlog.event_data.TransmittedServices"},
    {"IpAddress", FieldType::Address, "Client address.", "source.ip", "src_endpoint.ip"},
    {"IpPort", FieldType::Number, "Client port.", "source.port", "src_endpoint.port"},
    {"ImpersonationLevel", FieldType::Text, "%%1832 identification, %%1833 impersonation, %%1840 delegation.", "winlog.event_data.ImpersonationLevel"},
    {"RestrictedAdminMode", FieldType::Text, "%%1842 yes: remote desktop without credentials on the host.", "winlog.event_data.RestrictedAdminMode"},
    {"RemoteCredentialGuard", FieldType::Text, "%%1842 yes.", "winlog.event_data.RemoteCredentialGuard"},
    {"VirtualAccount", FieldType::Text, "%%1842 yes: an account that a service brings with it.", "winlog.event_data.VirtualAccount"},
    {"ElevatedToken", FieldType::Text, "%%1842 yes: the full token.", "winlog.event_data.ElevatedToken"},
    {"Status", FieldType::Hex, "Result: NTSTATUS, Kerberos code, or exit code.", "winlog.event_data.Status", "status_code"},
    {"SubStatus", FieldType::Hex, "The closer reason (NTSTATUS).", "winlog.event_data.SubStatus", "status_detail"},
    {"FailureReason", FieldType::Text, "%%23nn.", "winlog.event_data.FailureReason"},
    {"PrivilegeList", FieldType::Text, "Privileges, blank-separated.", "winlog.event_data.PrivilegeList", "privileges"},
    {"GroupMembership", FieldType::Text, "Groups of the new session, as %{SID}.", "winlog.event_data.GroupMembership"},
    {"SidList", FieldType::Text, "Special groups of the new session.", "winlog.event_data.SidList"},
    {"EventIdx", FieldType::Number, "Which part of a list that needs several records.", "winlog.event_data.EventIdx"},
    {"EventCountTotal", FieldType::Number, "How many parts there are.", "winlog.event_data.EventCountTotal"},
    {"AccountName", FieldType::Text, "Account.", "winlog.event_data.AccountName", "user.name"},
    {"AccountDomain", FieldType::Text, "Its domain.", "winlog.event_data.AccountDomain", "user.domain"},
    {"LogonId", FieldType::Hex, "Logon session.", "winlog.logon.id", "session.uid"},
    {"SessionName", FieldType::Text, "Window station: Console, RDP-Tcp#3.", "winlog.event_data.SessionName"},
    {"SessionID", FieldType::Number, "Terminal session number.", "winlog.event_data.SessionID", "session.terminal"},
    {"ClientName", FieldType::Text, "Remote desktop client as it named itself.", "source.domain", "src_endpoint.hostname"},
    {"ClientAddress", FieldType::Address, "Its address.", "source.ip", "src_endpoint.ip"},
    {"User", FieldType::Text, "DOMAIN\\name.", "user.name", "actor.user.name"},
    {"Address", FieldType::Text, "Client address, LOCAL for the console.", "source.address", "src_endpoint.ip"},
    {"Reason", FieldType::Number, "Why, by the provider's number.", "event.reason"},
    {"Source", FieldType::Number, "Terminal session that did it.", "winlog.event_data.Source"},
    {"TargetSession", FieldType::Number, "Terminal session that it was done to.", "winlog.event_data.TargetSession"},

    // Kerberos and NTLM at a domain controller.
    {"ServiceName", FieldType::Text, "Service or its account.", "service.name", "service.name"},
    {"ServiceSid", FieldType::Sid, "The service's account.", "winlog.event_data.ServiceSid", "service.uid"},
    {"TicketOptions", FieldType::Hex, "Options asked for (RFC 4120).", "winlog.event_data.TicketOptions"},
    {"TicketEncryptionType", FieldType::Hex, "0x11, 0x12 AES; 0x17 RC4.", "winlog.event_data.TicketEncryptionType"},
    {"PreAuthType", FieldType::Text, "How the user proved himself: 0 not at all, 2 password, 15-17 certificate.", "winlog.event_data.PreAuthType"},
    {"CertIssuerName", FieldType::Text, "Issuer of the certificate.", "winlog.event_data.CertIssuerName"},
    {"CertSerialNumber", FieldType::Text, "Its serial number.", "winlog.event_data.CertSerialNumber"},
    {"CertThumbprint", FieldType::Text, "Its thumbprint.", "winlog.event_data.CertThumbprint"},
    {"RequestTicketHash", FieldType::Text, "Ticket that was shown.", "winlog.event_data.RequestTicketHash"},
    {"ResponseTicketHash", FieldType::Text, "Ticket that was given.", "winlog.event_data.ResponseTicketHash"},
    {"PackageName", FieldType::Text, "Authentication package.", "winlog.event_data.PackageName", "auth_protocol"},
    {"Workstation", FieldType::Text, "Client as it named itself.", "source.domain", "src_endpoint.hostname"},

    // Processes.
    {"ProcessGuid", FieldType::Guid, "Names a process for all time: machine, start, sequence.", "process.entity_id", "process.uid"},
    {"ProcessId", FieldType::Number, "Process.", "process.pid", "process.pid"},
    {"ThreadId", FieldType::Number, "Thread.", "process.thread.id", "process.tid"},
    {"Image", FieldType::Text, "Path of the program.", "process.executable", "process.file.path"},
    {"CommandLine", FieldType::Text, "Command line.", "process.command_line", "process.cmd_line"},
    {"CurrentDirectory", FieldType::Text, "Working directory.", "process.working_directory", "process.working_directory"},
    {"ParentProcessGuid", FieldType::Guid, "Process that started it.", "process.parent.entity_id", "process.parent_process.uid"},
    {"ParentProcessId", FieldType::Number, "Its number.", "process.parent.pid", "process.parent_process.pid"},
    {"ParentImage", FieldType::Text, "Its program.", "process.parent.executable", "process.parent_process.file.path"},
    {"ParentCommandLine", FieldType::Text, "Its command line.", "process.parent.command_line", "process.parent_process.cmd_line"},
    {"ParentUser", FieldType::Text, "Its user.", "process.parent.user.name", "process.parent_process.user.name"},
    {"TerminalSessionId", FieldType::Number, "Terminal session.", "winlog.event_data.TerminalSessionId", "process.session.terminal"},
    {"IntegrityLevel", FieldType::Text, "Low, Medium, High, System.", "winlog.event_data.IntegrityLevel", "process.integrity"},
    {"MandatoryLabel", FieldType::Sid, "Integrity as a SID: S-1-16-12288 is high.", "winlog.event_data.MandatoryLabel"},
    {"TokenElevationType", FieldType::Text, "%%1936 default, %%1937 full, %%1938 limited.", "winlog.event_data.TokenElevationType"},
    {"Hashes", FieldType::Text, "ALGORITHM=digest, comma-separated.", "process.hash", "process.file.hashes"},
    {"FileVersion", FieldType::Text, "Version resource.", "process.pe.file_version", "file.version"},
    {"Description", FieldType::Text, "Version resource.", "process.pe.description", "file.desc"},
    {"Product", FieldType::Text, "Version resource.", "process.pe.product", "file.product.name"},
    {"Company", FieldType::Text, "Version resource.", "process.pe.company", "file.company_name"},
    {"OriginalFileName", FieldType::Text, "Version resource.", "process.pe.original_file_name", "file.internal_name"},
    {"ExitCode", FieldType::Hex, "Exit status.", "process.exit_code", "exit_code"},
    {"RuleName", FieldType::Text, "Rule of the Sysmon configuration that kept the event.", "rule.name", "rule.name"},
    {"UtcTime", FieldType::Time, "Sysmon's own time of the event.", "event.created"},

    // Files, images, pipes, streams.
    {"TargetFilename", FieldType::Text, "File.", "file.path", "file.path"},
    {"CreationUtcTime", FieldType::Time, "Its creation time.", "file.created", "file.created_time"},
    {"PreviousCreationUtcTime", FieldType::Time, "Creation time before the change.", "winlog.event_data.PreviousCreationUtcTime"},
    {"ImageLoaded", FieldType::Text, "Library or driver.", "dll.path", "module.file.path"},
    {"Signed", FieldType::Text, "true, false.", "dll.code_signature.signed"},
    {"Signature", FieldType::Text, "Signer.", "dll.code_signature.subject_name"},
    {"SignatureStatus", FieldType::Text, "Valid, Expired, ...", "dll.code_signature.status"},
    {"PipeName", FieldType::Text, "Pipe.", "file.name"},
    {"Hash", FieldType::Text, "Hash of a stream.", "file.hash"},
    {"Contents", FieldType::Text, "Text of a stream.", "winlog.event_data.Contents"},
    {"IsExecutable", FieldType::Text, "true, false.", "winlog.event_data.IsExecutable"},
    {"Archived", FieldType::Text, "true, false.", "winlog.event_data.Archived"},
    {"Device", FieldType::Text, "Volume.", "winlog.event_data.Device"},

    // Two processes.
    {"SourceProcessGuid", FieldType::Guid, "Process that acts.", "process.entity_id", "actor.process.uid"},
    {"SourceProcessId", FieldType::Number, "Its number.", "process.pid", "actor.process.pid"},
    {"SourceThreadId", FieldType::Number, "Its thread.", "process.thread.id", "actor.process.tid"},
    {"SourceImage", FieldType::Text, "Its program.", "process.executable", "actor.process.file.path"},
    {"SourceUser", FieldType::Text, "Its user.", "user.name", "actor.user.name"},
    {"TargetProcessGuid", FieldType::Guid, "Process that is acted on.", "winlog.event_data.TargetProcessGuid", "process.uid"},
    {"TargetProcessId", FieldType::Number, "Its number.", "winlog.event_data.TargetProcessId", "process.pid"},
    {"TargetImage", FieldType::Text, "Its program.", "winlog.event_data.TargetImage", "process.file.path"},
    {"TargetUser", FieldType::Text, "Its user.", "winlog.event_data.TargetUser", "process.user.name"},
    {"GrantedAccess", FieldType::Hex, "Rights that were granted.", "winlog.event_data.GrantedAccess", "actual_permissions"},
    {"CallTrace", FieldType::Text, "Stack of the call.", "winlog.event_data.CallTrace"},
    {"NewThreadId", FieldType::Number, "Thread that was created.", "winlog.event_data.NewThreadId"},
    {"StartAddress", FieldType::Hex, "Where it starts.", "winlog.event_data.StartAddress"},
    {"StartModule", FieldType::Text, "Module of that address.", "winlog.event_data.StartModule"},
    {"StartFunction", FieldType::Text, "Function of that address.", "winlog.event_data.StartFunction"},

    // Network.
    {"Protocol", FieldType::Text, "tcp, udp, or the number.", "network.transport", "connection_info.protocol_name"},
    {"Initiated", FieldType::Text, "true: this host opened the connection.", "network.direction"},
    {"SourceIp", FieldType::Address, "Source address.", "source.ip", "src_endpoint.ip"},
    {"SourceHostname", FieldType::Text, "Its name.", "source.domain", "src_endpoint.hostname"},
    {"SourcePort", FieldType::Number, "Source port.", "source.port", "src_endpoint.port"},
    {"SourcePortName", FieldType::Text, "Its service name.", "winlog.event_data.SourcePortName"},
    {"SourceIsIpv6", FieldType::Text, "true, false.", "winlog.event_data.SourceIsIpv6"},
    {"DestinationIp", FieldType::Address, "Destination address.", "destination.ip", "dst_endpoint.ip"},
    {"DestinationHostname", FieldType::Text, "Its name.", "destination.domain", "dst_endpoint.hostname"},
    {"DestinationPort", FieldType::Number, "Destination port.", "destination.port", "dst_endpoint.port"},
    {"DestinationPortName", FieldType::Text, "Its service name.", "winlog.event_data.DestinationPortName"},
    {"DestinationIsIpv6", FieldType::Text, "true, false.", "winlog.event_data.DestinationIsIpv6"},
    {"Direction", FieldType::Text, "%%14592 inbound, %%14593 outbound.", "network.direction", "connection_info.direction"},
    {"QueryName", FieldType::Text, "Name asked for.", "dns.question.name", "query.hostname"},
    {"QueryStatus", FieldType::Text, "Result code.", "dns.response_code", "rcode"},
    {"QueryResults", FieldType::Text, "Answers.", "dns.answers.data", "answers.rdata"},

    // Registry, configuration, WMI.
    {"EventType", FieldType::Text, "What was done: CreateKey, SetValue, CreatePipe, ...", "event.action", "activity_name"},
    {"TargetObject", FieldType::Text, "Registry path.", "registry.path", "reg_key.path"},
    {"Details", FieldType::Text, "Value that was set.", "registry.data.strings", "reg_value.data"},
    {"NewName", FieldType::Text, "Name after a rename.", "winlog.event_data.NewName"},
    {"Operation", FieldType::Text, "Operation.", "event.action", "activity_name"},
    {"EventNamespace", FieldType::Text, "WMI namespace.", "winlog.event_data.EventNamespace"},
    {"Name", FieldType::Text, "Name.", "winlog.event_data.Name"},
    {"Value", FieldType::Text, "Value of what Name says.", "winlog.event_data.Value"},
    {"Query", FieldType::Text, "WMI query.", "winlog.event_data.Query"},
    {"Type", FieldType::Text, "Type.", "winlog.event_data.Type"},
    {"Destination", FieldType::Text, "What a WMI consumer runs.", "winlog.event_data.Destination"},
    {"Consumer", FieldType::Text, "WMI consumer.", "winlog.event_data.Consumer"},
    {"Filter", FieldType::Text, "WMI filter.", "winlog.event_data.Filter"},
    {"State", FieldType::Text, "Started, Stopped.", "winlog.event_data.State"},
    {"SchemaVersion", FieldType::Text, "Version of Sysmon's event schema.", "winlog.event_data.SchemaVersion"},
    {"SensorVersion", FieldType::Text, "Version of the sensor.", "winlog.event_data.Version"},
    {"Configuration", FieldType::Text, "Configuration file or command line.", "winlog.event_data.Configuration"},
    {"PreviousConfiguration", FieldType::Text, "The same before a change.", "spoor.previous_configuration"},
    {"ConfigurationFileHash", FieldType::Text, "Its hash.", "winlog.event_data.ConfigurationFileHash"},
    {"ID", FieldType::Text, "Name of a sensor error.", "error.code"},
    {"ClientInfo", FieldType::Text, "user, ip and hostname of a remote desktop client.", "winlog.event_data.ClientInfo"},
    {"Session", FieldType::Number, "Terminal session.", "winlog.event_data.Session"},

    // Privileges.
    {"EnabledPrivilegeList", FieldType::Text, "Privileges that became enabled.", "winlog.event_data.EnabledPrivilegeList"},
    {"DisabledPrivilegeList", FieldType::Text, "Privileges that became disabled.", "winlog.event_data.DisabledPrivilegeList"},
    {"Service", FieldType::Text, "Call or service that used a privilege.", "winlog.event_data.Service"},

    // Objects, shares, directory.
    {"ObjectServer", FieldType::Text, "Who guards the object.", "winlog.event_data.ObjectServer"},
    {"ObjectType", FieldType::Text, "Kind of object.", "winlog.event_data.ObjectType", "resource.type"},
    {"ObjectName", FieldType::Text, "Object.", "file.path", "resource.name"},
    {"HandleId", FieldType::Hex, "Handle.", "winlog.event_data.HandleId"},
    {"SourceHandleId", FieldType::Hex, "Handle that was copied.", "winlog.event_data.SourceHandleId"},
    {"TargetHandleId", FieldType::Hex, "Its copy.", "winlog.event_data.TargetHandleId"},
    {"TransactionId", FieldType::Guid, "Transaction.", "winlog.event_data.TransactionId"},
    {"AccessList", FieldType::Text, "Rights, as %%nnnn.", "winlog.event_data.AccessList"},
    {"AccessMask", FieldType::Hex, "Rights, as bits.", "winlog.event_data.AccessMask", "access_mask"},
    {"AccessReason", FieldType::Text, "What granted or denied them.", "winlog.event_data.AccessReason"},
    {"Properties", FieldType::Text, "Properties of a directory object, as GUIDs.", "winlog.event_data.Properties"},
    {"ShareName", FieldType::Text, "Share.", "winlog.event_data.ShareName", "share"},
    {"ShareLocalPath", FieldType::Text, "Its folder.", "winlog.event_data.ShareLocalPath"},
    {"RelativeTargetName", FieldType::Text, "File or pipe below the share.", "winlog.event_data.RelativeTargetName"},
    {"ObjectDN", FieldType::Text, "Directory object.", "winlog.event_data.ObjectDN"},
    {"ObjectGUID", FieldType::Guid, "Its GUID.", "winlog.event_data.ObjectGUID"},
    {"ObjectClass", FieldType::Text, "Its class.", "winlog.event_data.ObjectClass"},
    {"OperationType", FieldType::Text, "Operation, as %%nnnn.", "winlog.event_data.OperationType"},
    {"AttributeLDAPDisplayName", FieldType::Text, "Attribute.", "winlog.event_data.AttributeLDAPDisplayName"},
    {"AttributeValue", FieldType::Text, "Its value.", "winlog.event_data.AttributeValue"},
    {"OldValue", FieldType::Text, "Value before.", "winlog.event_data.OldValue"},
    {"NewValue", FieldType::Text, "Value after.", "winlog.event_data.NewValue"},
    {"ObjectValueName", FieldType::Text, "Registry value.", "registry.value"},
    {"ResourceManager", FieldType::Guid, "Who keeps a transaction.", "winlog.event_data.ResourceManager"},

    // Services and tasks.
    {"ServiceFileName", FieldType::Text, "Program of a service.", "winlog.event_data.ServiceFileName", "service.cmd_line"},
    {"ServiceType", FieldType::Text, "Kind of service.", "winlog.event_data.ServiceType"},
    {"ServiceStartType", FieldType::Text, "When it starts.", "winlog.event_data.ServiceStartType"},
    {"ServiceAccount", FieldType::Text, "Account it runs under.", "winlog.event_data.ServiceAccount"},
    {"ClientProcessId", FieldType::Number, "Process that asked.", "winlog.event_data.ClientProcessId", "actor.process.pid"},
    {"ClientProcessStartKey", FieldType::Number, "Names that process within the host: boot << 48 | sequence.", "winlog.event_data.ClientProcessStartKey"},
    {"ProcessCreationTime", FieldType::Time, "Start of the process that asked.", "winlog.event_data.ProcessCreationTime"},
    {"ClientCreationTime", FieldType::Time, "Start of the process that asked.", "winlog.event_data.ClientCreationTime"},
    {"RpcCallClientLocality", FieldType::Number, "0 unknown, 1 local, 2 remote caller.", "winlog.event_data.RpcCallClientLocality"},
    {"TaskName", FieldType::Text, "Scheduled task.", "winlog.event_data.TaskName", "job.name"},
    {"TaskContent", FieldType::Text, "Its definition (XML).", "winlog.event_data.TaskContent", "job.cmd_line"},
    {"UserContext", FieldType::Text, "User of a task.", "winlog.event_data.UserContext"},
    {"UserName", FieldType::Text, "User.", "user.name", "actor.user.name"},
    {"InstanceId", FieldType::Guid, "One run of a task.", "winlog.event_data.InstanceId"},
    {"Path", FieldType::Text, "Program.", "winlog.event_data.Path"},
    {"ActionName", FieldType::Text, "Program of a task's action.", "winlog.event_data.ActionName"},
    {"EnginePID", FieldType::Number, "Process that runs the action.", "winlog.event_data.EnginePID"},

    // Accounts.
    {"MemberName", FieldType::Text, "Member, as a distinguished name.", "winlog.event_data.MemberName"},
    {"MemberSid", FieldType::Sid, "Member.", "winlog.event_data.MemberSid"},
    {"SamAccountName", FieldType::Text, "Logon name.", "winlog.event_data.SamAccountName"},
    {"OldTargetUserName", FieldType::Text, "Name before.", "winlog.event_data.OldTargetUserName"},
    {"NewTargetUserName", FieldType::Text, "Name after.", "winlog.event_data.NewTargetUserName"},
    {"CallerProcessId", FieldType::Number, "Process that asked.", "winlog.event_data.CallerProcessId", "actor.process.pid"},
    {"CallerProcessName", FieldType::Text, "Its program.", "winlog.event_data.CallerProcessName", "actor.process.file.path"},

    // The host itself.
    {"StartTime", FieldType::Time, "Boot.", "host.boot.time"},
    {"StopTime", FieldType::Time, "Shutdown.", "winlog.event_data.StopTime"},
    {"PreviousTime", FieldType::Time, "Clock before a change.", "winlog.event_data.PreviousTime"},
    {"NewTime", FieldType::Time, "Clock after it.", "winlog.event_data.NewTime"},
    {"OldTime", FieldType::Time, "Clock before a change.", "winlog.event_data.OldTime"},
    {"BootType", FieldType::Number, "0 cold, 1 fast startup, 2 hibernation.", "winlog.event_data.BootType"},
    {"TSId", FieldType::Number, "Terminal session.", "winlog.event_data.TSId"},
    {"UserSid", FieldType::Sid, "User.", "user.id", "user.uid"},
    {"UptimeSeconds", FieldType::Number, "How long the host has been up.", "host.uptime"},
    {"SleepTime", FieldType::Time, "When the host went to sleep.", "winlog.event_data.SleepTime"},
    {"WakeTime", FieldType::Time, "When it woke.", "winlog.event_data.WakeTime"},
    {"BugcheckCode", FieldType::Number, "Why Windows stopped; 0 for a loss of power.", "winlog.event_data.BugcheckCode"},
    {"ClearedChannel", FieldType::Text, "The log that was cleared.", "winlog.event_data.Channel"},

    // Remote management, scripts.
    {"resourceUri", FieldType::Text, "WinRM resource, with user and client address on recent builds.", "winlog.event_data.resourceUri"},
    {"connection", FieldType::Text, "WinRM connection: HOST/wsman?...", "winlog.event_data.connection"},
    {"ScriptBlockText", FieldType::Text, "Script.", "powershell.file.script_block_text"},
    {"ScriptBlockId", FieldType::Guid, "Its number.", "powershell.file.script_block_id"},
    {"ContextInfo", FieldType::Text, "Context of a PowerShell command.", "winlog.event_data.ContextInfo"},
    {"Payload", FieldType::Text, "What it did.", "winlog.event_data.Payload"},
    {"ClientIP", FieldType::Text, "address:port of a client.", "source.address"},
    {"authenticationMechanism", FieldType::Text, "How a remote management client proved itself.", "winlog.event_data.authenticationMechanism"},
    {"Resource", FieldType::Text, "What a gateway client asked for.", "winlog.event_data.Resource"},
    {"ClientMachine", FieldType::Text, "Host that a WMI request came from.", "winlog.event_data.ClientMachine"},
    {"ServerName", FieldType::Text, "Server.", "winlog.event_data.ServerName"},
    {"ListenerName", FieldType::Text, "Listener of remote desktop connections.", "winlog.event_data.listenerName"},
    {"FilePath", FieldType::Text, "File that a policy decided on.", "file.path"},

    // Linux.
    {"LoginUid", FieldType::Number, "User who logged in (audit uid).", "auditd.data.auid", "actor.user.uid"},
    {"Uid", FieldType::Number, "Real user.", "user.id"},
    {"Gid", FieldType::Number, "Real group.", "group.id"},
    {"EffectiveUid", FieldType::Number, "Effective user.", "user.effective.id"},
    {"EffectiveGid", FieldType::Number, "Effective group.", "user.effective.group.id"},
    {"FsUid", FieldType::Number, "User for file access.", "auditd.data.fsuid"},
    {"FsGid", FieldType::Number, "Group for file access.", "auditd.data.fsgid"},
    {"OldUid", FieldType::Number, "Identity before the change.", "user.changes.id"},
    {"NewUid", FieldType::Number, "Identity after it.", "user.target.id"},
    {"Capability", FieldType::Text, "CAP_...", "process.thread.capabilities.effective"},
    {"CapabilitySet", FieldType::Text, "effective, permitted, inheritable, ambient, bounding.", "spoor.capability_set"},
    {"Count", FieldType::Number, "How many times, where repeats are folded.", "event.count", "count"},
    {"Tty", FieldType::Text, "Terminal.", "process.tty", "process.tty"},
    {"ContainerId", FieldType::Text, "Container.", "container.id", "container.uid"},
    {"CgroupId", FieldType::Number, "Control group.", "spoor.cgroup"},
    {"Inode", FieldType::Number, "Inode of the file.", "file.inode"},
    {"Method", FieldType::Text, "How the user proved himself: password, publickey, ...", "event.action", "auth_protocol"},
    {"Request", FieldType::Text, "What was asked of Spoor's server.", "url.original", "http_request.url.path"},
    {"Lost", FieldType::Number, "Records that were lost.", "spoor.lost"},
    {"FirstLost", FieldType::Number, "Number of the first of them.", "spoor.first_lost"},
    {"NewFilename", FieldType::Text, "File after a rename.", "file.path"},
    {"AttributeName", FieldType::Text, "Extended attribute.", "spoor.attribute"},
    {"PeerProcessId", FieldType::Number, "Process at the other end.", "spoor.peer.pid"},
    {"PeerImage", FieldType::Text, "Its program.", "spoor.peer.executable"},
    {"OldGid", FieldType::Number, "Group before the change.", "spoor.old_gid"},
    {"NewGid", FieldType::Number, "Group after it.", "spoor.new_gid"},
    {"UserNamespace", FieldType::Number, "User namespace that a privilege holds in, where it is not the first one.", "spoor.user_namespace"},
    {"PidNamespace", FieldType::Number, "Process namespace, where it is not the parent's.", "spoor.pid_namespace"},
    {"NamespaceProcessId", FieldType::Number, "Number of the process in its own namespace.", "spoor.namespace_pid"},
    {"Cpu", FieldType::Number, "Processor.", "host.cpu.id"},
    {"After", FieldType::Time, "The last moment before a gap.", "spoor.gap_start"},
    {"Stage", FieldType::Text, "Where records were lost: kernel ring, audit stream, output.", "spoor.stage"},
    {"Found", FieldType::Boolean, "It was there already when the sensor started.", "spoor.found"},
    {"DurationSeconds", FieldType::Real, "How long it lasted.", "event.duration"},
    {"Signal", FieldType::Number, "Signal that ended the process.", "process.exit_signal"},
    {"CpuSeconds", FieldType::Real, "Processor time that it took.", "spoor.cpu"},
    {"CommandLineCut", FieldType::Boolean, "The command line is longer than what is kept of it.", "spoor.cut"},
};
// clang-format on

inline constexpr std::size_t kFieldCount = std::size(kFields);

/// A field by number: below kFieldCount one of the table, above it one of the Catalog's.
enum class FieldId : std::uint16_t { None = 0 };

/// The field of that name (exact case), if the table has it. For names from outside: a table look-up, no scan.
std::optional<FieldId> find_field(std::string_view name);

constexpr const Field& field(FieldId id) { return kFields[static_cast<std::size_t>(id)]; }

consteval FieldId field_named(std::string_view name) {
    for (std::size_t i = 1; i < kFieldCount; ++i)
        if (kFields[i].name == name) return static_cast<FieldId>(i);
    throw "no such field in kFields";
}

/// For switches over fields, which GCC takes on numbers only: `switch (number(id)) { case "Image"_case: ... }`.
constexpr std::uint16_t number(FieldId id) { return static_cast<std::uint16_t>(id); }

inline namespace literals {
consteval FieldId operator""_field(const char* name, std::size_t length) { return field_named({name, length}); }
consteval std::uint16_t operator""_case(const char* name, std::size_t length) {
    return number(field_named({name, length}));
}
}  // namespace literals

}  // namespace spoor
