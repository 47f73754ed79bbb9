#include "trails/evidence/evidence.h"

#include <algorithm>
#include <array>

#include "base/hash.h"
#include "base/unicode.h"
#include "trails/evidence/index.h"
#include "trails/evidence/observing.h"
#include "trails/evidence/set_up_commands.h"

namespace spoor::trails {
namespace {

// How finely it is known when a host had an address. Neighbouring stretches of one host are joined where no other host
// had the address in between.
constexpr Duration kAddressStretch = Duration::seconds(24 * 3600);

bool is_true(const FieldValue& value) {
    return value.type == ValueType::Boolean ? value.number != 0 : equals_ignoring_ascii_case(value.text(), "true");
}

std::uint64_t address_hash(const IpAddress& address) {
    return hash64({reinterpret_cast<const char*>(address.bytes.data()), 16});
}

/// True for addresses that name one machine on a network of many.
bool identifies_a_host(const IpAddress& address) {
    return address != IpAddress{} && !address.is_loopback() && !address.is_unspecified();
}

/// True outside the networks that organisations number their own hosts from.
bool is_on_the_internet(const IpAddress& address) {
    if (!address.is_v4()) return (address.bytes[0] & 0xe0) == 0x20;
    const std::uint8_t a = address.bytes[12], b = address.bytes[13];
    return a != 10 && a != 127 && !(a == 172 && (b & 0xf0) == 16) && !(a == 192 && b == 168) &&
           !(a == 169 && b == 254) && !(a == 100 && (b & 0xc0) == 64);
}

/// Browsing and name look-ups, most of what hosts do all day, give no logon anywhere.
bool may_log_on_somewhere(const Endpoint& destination) {
    switch (destination.port) {
        case 53:
        case 80:
        case 123:
        case 443: return !is_on_the_internet(destination.address);
        default: return true;
    }
}

/// Ports that people enter a host by whose logons leave the client's port, or even its address, out.
bool is_entrance(std::uint16_t port) { return port == 22 || port == 3389 || port == 5985 || port == 5986; }

std::string_view file_name(std::string_view path) { return path.substr(path.find_last_of("\\/") + 1); }

/// Linux programs that give another identity, enter or leave a container, or have a daemon do their work.
bool changes_surroundings(std::string_view image) {
    constexpr std::array<std::string_view, 21> kPrograms = {
        "su",      "sudo",    "su-rs",   "sudo-rs",    "doas",       "pkexec",      "runuser",
        "setpriv", "nsenter", "unshare", "chroot",     "docker",     "podman",      "crictl",
        "nerdctl", "kubectl", "ctr",     "lxc-attach", "machinectl", "systemd-run", "systemctl"};
    const std::string_view name = file_name(image);
    return std::find(kPrograms.begin(), kPrograms.end(), name) != kPrograms.end();
}

/// Where cron, at and systemd look for work.
bool is_job_file(std::string_view path) {
    constexpr std::array<std::string_view, 6> kPlaces = {"/var/spool/cron",     "/etc/cron",
                                                         "/var/spool/at",       "/etc/systemd/system",
                                                         "/run/systemd/system", "/lib/systemd/system"};
    return std::any_of(kPlaces.begin(), kPlaces.end(),
                       [path](std::string_view place) { return path.starts_with(place); });
}

/// Text of an XML element as it was meant.
std::string without_entities(std::string_view text) {
    constexpr std::pair<std::string_view, char> kEntities[] = {
        {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
    std::string plain;
    while (!text.empty()) {
        const auto* const entity =
            std::ranges::find_if(kEntities, [&](const auto& each) { return text.starts_with(each.first); });
        const bool is_entity = entity != std::end(kEntities);
        plain.push_back(is_entity ? entity->second : text.front());
        text.remove_prefix(is_entity ? entity->first.size() : 1);
    }
    return plain;
}

/// The command of the first Exec action in a task's XML: Command and Arguments.
std::string task_command(std::string_view xml) {
    const auto element = [xml](std::string_view name) {
        const std::string opening = "<" + std::string(name) + ">";
        const std::size_t from = xml.find(opening);
        if (from == std::string_view::npos) return std::string_view();
        const std::size_t begin = from + opening.size();
        const std::size_t end = xml.find('<', begin);
        return trimmed(xml.substr(begin, end == std::string_view::npos ? end : end - begin));
    };
    std::string command = without_entities(element("Command"));
    if (const std::string_view arguments = element("Arguments"); !arguments.empty())
        command.append(" ").append(without_entities(arguments));
    return command;
}

}  // namespace

std::string_view account_name(std::string_view text) {
    if (const std::size_t slash = text.rfind('\\'); slash != std::string_view::npos) text.remove_prefix(slash + 1);
    return text.substr(0, text.find('@'));
}

bool same_account(std::string_view a, std::string_view b) {
    a = account_name(a);
    b = account_name(b);
    return !a.empty() && (equals_ignoring_ascii_case(a, b) || fold_case(a) == fold_case(b));
}

ProcessName Evidence::process(EventView view, FieldId guid, FieldId pid, FieldId image) {
    ProcessName name;
    name.guid = view.find(guid).as_guid().value_or(Guid{});
    name.pid = view.find(pid).as_number().value_or(0);
    name.image = keep(view.text(image));
    return name;
}

void Evidence::see_address(const IpAddress& address, HostId host, Timestamp time) {
    if (!identifies_a_host(address) || host == HostId::None) return;
    std::uint64_t key = hash_mix(address_hash(address), static_cast<std::uint64_t>(host));
    key = hash_mix(key, static_cast<std::uint64_t>(time.nanoseconds / kAddressStretch.nanoseconds));
    const auto [place, is_new] = address_by_key_.at(key);
    if (is_new) {
        place = static_cast<std::uint32_t>(addresses.size());
        addresses.push_back({address, host, time, time, 0});
    }
    AddressSighting& sighting = addresses[place];
    sighting.first = std::min(sighting.first, time);
    sighting.last = std::max(sighting.last, time);
    ++sighting.count;
}

HostId Evidence::host_of_machine(std::string_view account, std::string_view domain) {
    account = account_name(account);
    if (account.size() < 2 || !account.ends_with('$')) return HostId::None;
    account.remove_suffix(1);
    // A domain in its DNS spelling tells two hosts of one name apart.
    if (domain.contains('.')) return catalog_->host(std::string(account).append(".").append(domain));
    return catalog_->host(account);
}

void Evidence::see_machine(const Session& session) {
    if (session.start && session.source_address && session.type == LogonType::Network &&
        session.user.name.ends_with('$'))
        see_address(*session.source_address, host_of_machine(session.user.name, session.user.domain), *session.start);
}

void Evidence::arrive(EventView view, const Endpoint& client, std::uint16_t port, std::string_view user) {
    if (client.port != 0) arrivals.push_back({reference(view.event), client, port, keep(user)});
}

void Evidence::observe_logon(EventView view) {
    const std::string_view user = view.text("TargetUserName"_field);
    if (!user.ends_with('$') || view.find("LogonType"_field).as_number() != 3) return;
    // HOST$ logs on from its host's address.
    if (const auto address = view.find("IpAddress"_field).as_address())
        see_address(*address, host_of_machine(user, view.text("TargetDomainName"_field)), view.event.time);
}

void Evidence::observe_connection(EventView view) {
    Connection connection;
    connection.event = reference(view.event);
    connection.source = endpoint(view, "SourceIp"_field, "SourcePort"_field);
    connection.destination = endpoint(view, "DestinationIp"_field, "DestinationPort"_field);
    // Linux's audit names only where a program connected to: enough for the ports that people enter by.
    if (connection.source.port == 0 && !is_entrance(connection.destination.port)) return;
    // 5156 names the initiator as source in both directions; Sysmon 3 says which side this host is, and so does
    // %%14593.
    const FieldValue initiated = view.find("Initiated"_field);
    connection.initiated =
        initiated.type != ValueType::Null ? is_true(initiated) : view.text("Direction"_field) == "%%14593";
    if (connection.source.port == 0 && !connection.initiated) return;
    see_address(connection.initiated ? connection.source.address : connection.destination.address, view.event.host,
                view.event.time);
    if (!connection.initiated) {
        // services.exe starts services for whoever calls it.
        if (is_entrance(connection.destination.port) ||
            equals_ignoring_ascii_case(file_name(view.text("Image"_field)), "services.exe"))
            arrive(view, connection.source, connection.destination.port);
        return;
    }
    if (!may_log_on_somewhere(connection.destination)) return;

    connection.process = process(view, "ProcessGuid"_field, "ProcessId"_field, "Image"_field);
    add(connection);
}

void Evidence::observe_explicit_credentials(EventView view) {
    explicit_credentials.push_back({.event = reference(view.event),
                                    .subject = logon_id(view, "SubjectLogonId"_field),
                                    .process = process(view, "ProcessGuid"_field, "ProcessId"_field, "Image"_field),
                                    .user = keep(view.text("TargetUserName"_field)),
                                    .domain = keep(view.text("TargetDomainName"_field)),
                                    .server = keep(view.text("TargetServerName"_field)),
                                    .service = keep(view.text("TargetInfo"_field)),
                                    .target_guid = view.find("TargetLogonGuid"_field).as_guid().value_or(Guid{})});
}

void Evidence::observe_failed_logon(EventView view) {
    std::uint32_t status = number(view, "SubStatus"_field);
    if (status == 0) status = number(view, "Status"_field);
    failed_logons.push_back({.event = reference(view.event),
                             .user = keep(view.text("TargetUserName"_field)),
                             .domain = keep(view.text("TargetDomainName"_field)),
                             .type = static_cast<LogonType>(view.find("LogonType"_field).as_number().value_or(255)),
                             .status = status,
                             .address = view.find("IpAddress"_field).as_address().value_or(IpAddress{}),
                             .workstation = keep(view.text("WorkstationName"_field)),
                             .subject = logon_id(view, "SubjectLogonId"_field),
                             .image = keep(view.text("Image"_field))});
}

void Evidence::observe_cleared_log(EventView view) {
    std::string_view log = view.text("ClearedChannel"_field);
    for (const FieldValue& value : view.values())
        if (log.empty() && value.field == "Channel"_field) log = value.text();
    cleared_logs.push_back({.event = reference(view.event),
                            .subject = logon_id(view, "SubjectLogonId"_field),
                            .user = keep(view.text("SubjectUserName"_field)),
                            .log = keep(log)});
}

void Evidence::observe_service(EventView view) {
    services.push_back({.event = reference(view.event),
                        .subject = logon_id(view, "SubjectLogonId"_field),
                        .account = view.find("UserID"_field).as_sid().value_or(Sid{}),
                        .user = keep(view.text("UserIDName"_field)),
                        .name = keep(view.text("ServiceName"_field)),
                        .command = keep(view.text("ServiceFileName"_field)),
                        .client = process(view, "ProcessGuid"_field, "ClientProcessId"_field, "Image"_field)});
}

void Evidence::observe_task(EventView view) {
    std::string_view user = view.text("UserContext"_field);
    if (user.empty()) user = view.text("UserName"_field);
    if (view.event.kind == Kind::TaskCreated || view.event.kind == Kind::TaskUpdated) {
        tasks.push_back({.event = reference(view.event),
                         .subject = logon_id(view, "SubjectLogonId"_field),
                         .name = keep(view.text("TaskName"_field)),
                         .command = keep(task_command(view.text("TaskContent"_field))),
                         .user = keep(user),
                         .client = process(view, "ProcessGuid"_field, "ClientProcessId"_field, "Image"_field)});
        return;
    }
    const bool says_what_ran = view.event.event_id == 100 || view.event.event_id == 129 || view.event.event_id == 200;
    if (!says_what_ran) return;
    task_runs.push_back(
        {.event = reference(view.event),
         .name = keep(view.text("TaskName"_field)),
         .pid = view.event.kind == Kind::TaskProcessCreated ? view.find("ProcessId"_field).as_number().value_or(0) : 0,
         .program = keep(view.text("ActionName"_field)),
         .user = keep(user)});
}

void Evidence::observe_injection(EventView view) {
    add(Injection{.event = reference(view.event),
                  .source = process(view, "SourceProcessGuid"_field, "SourceProcessId"_field, "SourceImage"_field),
                  .target = process(view, "TargetProcessGuid"_field, "TargetProcessId"_field, "TargetImage"_field),
                  .target_user = keep(view.text("TargetUser"_field)),
                  .only_rights = view.event.kind == Kind::ProcessAccessed});
}

/// Sysmon 10: the most frequent record of all. Only rights that suffice to write code and run it count, once for each
/// pair and hour, and never those of Windows' own services.
void Evidence::observe_access(EventView view) {
    constexpr std::uint64_t kWriteAndRun = 0x20 | 0x08 | 0x02;  // PROCESS_VM_WRITE, _VM_OPERATION, _CREATE_THREAD
    if ((view.find("GrantedAccess"_field).as_number().value_or(0) & kWriteAndRun) != kWriteAndRun ||
        is_broker(view.text("SourceImage"_field)))
        return;
    observe_injection(view);
}

void Evidence::observe_foreign_subject(EventView view) {
    const LogonId subject = logon_id(view, "SubjectLogonId"_field);
    const std::uint64_t pid = view.find("ProcessId"_field).as_number().value_or(0);
    if (subject == LogonId::none() || pid == 0 || pid == 4) return;
    add(ForeignSubject{reference(view.event), process(view, "ProcessGuid"_field, "ProcessId"_field, "Image"_field),
                       subject});
}

void Evidence::observe_station_change(EventView view) {
    if (view.event.kind == Kind::TerminalTakenOver) {
        takeovers.push_back({reference(view.event), number(view, "TargetSession"_field), number(view, "Source"_field)});
        return;
    }
    LogonId session = logon_id(view, "LogonId"_field);
    if (session == LogonId::none()) session = logon_id(view, "TargetLogonId"_field);
    station_changes.push_back({.event = reference(view.event),
                               .kind = view.event.kind,
                               .session = session,
                               .client = keep(view.text("ClientName"_field)),
                               .address = keep(to_text(view.find("ClientAddress"_field)))});
}

void Evidence::observe_ticket(EventView view) {
    Ticket ticket;
    ticket.event = reference(view.event);
    ticket.kind = view.event.kind;
    ticket.user = keep(account_name(view.text("TargetUserName"_field)));
    ticket.domain = keep(view.text("TargetDomainName"_field));
    ticket.service = keep(view.text("ServiceName"_field));
    if (ticket.service.empty()) ticket.service = keep(view.text("ServerName"_field));
    ticket.transmitted_services = keep(trimmed(view.text("TransmittedServices"_field)));
    ticket.workstation = keep(view.text("Workstation"_field));
    if (ticket.workstation.empty()) ticket.workstation = keep(view.text("WorkstationName"_field));
    ticket.client = endpoint(view, "IpAddress"_field, "IpPort"_field);
    ticket.logon_guid = view.find("LogonGuid"_field).as_guid().value_or(Guid{});
    ticket.status = number(view, "Status"_field);
    ticket.encryption = number(view, "TicketEncryptionType"_field);
    ticket.options = number(view, "TicketOptions"_field);
    ticket.preauthentication = keep(view.text("PreAuthType"_field));
    if (const auto type = view.find("PreAuthType"_field).as_number())
        ticket.preauthentication = keep(std::to_string(*type));
    // A machine's own account asks for tickets from the machine's address.
    if (ticket.status == 0)
        see_address(ticket.client.address, host_of_machine(ticket.user, ticket.domain), view.event.time);
    tickets.push_back(ticket);
}

void Evidence::observe_share(EventView view) {
    const ShareAccess access{reference(view.event), logon_id(view, "SubjectLogonId"_field),
                             endpoint(view, "IpAddress"_field, "IpPort"_field)};
    if (access.client.port != 0) add(access);
}

void Evidence::observe_process(EventView view) {
    if (!view.text("Image"_field).starts_with('/')) return observe_set_up(view);
    if (!changes_surroundings(view.text("Image"_field))) return;
    invocations.push_back({reference(view.event), process(view, "ProcessGuid"_field, "ProcessId"_field, "Image"_field),
                           keep(view.text("CommandLine"_field))});
}

void Evidence::observe_set_up(EventView view) {
    const std::optional<SetUp> told = set_up_by(view.text("Image"_field), view.text("CommandLine"_field));
    if (!told) return;
    const ProcessName client = process(view, "ProcessGuid"_field, "ProcessId"_field, "Image"_field);
    const bool is_here =
        told->server.empty() || equals_ignoring_ascii_case(told->server.substr(0, told->server.find('.')),
                                                           catalog_->host_name(view.event.host));
    std::string name = is_here ? "" : R"(\\)" + told->server;
    if (!is_here && !told->is_task) name += '\\';
    name += told->name;
    if (told->is_task)
        tasks.push_back({.event = reference(view.event),
                         .subject = LogonId::none(),
                         .name = keep(name),
                         .command = keep(told->command),
                         .user = {},
                         .client = client,
                         .is_told = true});
    else
        services.push_back({.event = reference(view.event),
                            .subject = LogonId::none(),
                            .account = {},
                            .user = {},
                            .name = keep(name),
                            .command = keep(told->command),
                            .client = client,
                            .is_told = true});
}

/// A service's program is a value of its key, which services.exe writes for those who ask it, and anyone else for
/// himself: over the network by the remote registry, which acts as whoever called.
void Evidence::observe_registry(EventView view) {
    constexpr std::string_view kValue = "\\ImagePath";
    // Sysmon writes the value's name behind the key's, the Security log apart.
    std::string_view key = view.text("TargetObject"_field);
    if (equals_ignoring_ascii_case(key.substr(key.size() - std::min(key.size(), kValue.size())), kValue))
        key.remove_suffix(kValue.size());
    else if (!equals_ignoring_ascii_case(view.text("ObjectValueName"_field), kValue.substr(1)))
        return;
    const std::string_view name = service_of_key(key), command = view.text("Details"_field);
    const LogonId subject = logon_id(view, "SubjectLogonId"_field);
    if (name.empty() || command.empty() || (subject == LogonId::none() && is_broker(view.text("Image"_field)))) return;
    services.push_back({.event = reference(view.event),
                        .subject = subject,
                        .account = {},
                        .user = {},
                        .name = keep(name),
                        .command = keep(command),
                        .client = process(view, "ProcessGuid"_field, "ProcessId"_field, "Image"_field)});
}

void Evidence::observe_file(EventView view) {
    std::string_view path = view.text("TargetFilename"_field);
    if (view.event.kind == Kind::FileRenamed) path = view.text("NewFilename"_field);
    if (!is_job_file(path)) return;
    job_files.push_back({.event = reference(view.event),
                         .process = process(view, "ProcessGuid"_field, "ProcessId"_field, "Image"_field),
                         .path = keep(path),
                         .deleted = view.event.kind == Kind::FileDeleted});
}

Evidence::Observer Evidence::observer_of(Kind kind) {
    switch (kind) {
        case Kind::NetworkConnection: return &Evidence::observe_connection;
        case Kind::Logon: return &Evidence::observe_logon;
        case Kind::ExplicitCredentials: return &Evidence::observe_explicit_credentials;
        case Kind::LogonFailed: return &Evidence::observe_failed_logon;
        case Kind::LogCleared: return &Evidence::observe_cleared_log;
        case Kind::ServiceInstalled: return &Evidence::observe_service;
        case Kind::RegistryValueSet: return &Evidence::observe_registry;
        case Kind::TaskCreated:
        case Kind::TaskUpdated:
        case Kind::TaskStarted:
        case Kind::TaskProcessCreated: return &Evidence::observe_task;
        case Kind::WmiFilter:
        case Kind::WmiConsumer:
        case Kind::WmiBinding: return &Evidence::observe_wmi;
        case Kind::WmiActivity: return &Evidence::observe_wmi_activity;
        case Kind::WinrmClient:
        case Kind::RemoteDesktopClient: return &Evidence::observe_remote_call;
        case Kind::SmbClient:
        case Kind::SmbSessionFailed: return &Evidence::observe_smb_client;
        case Kind::NtlmAudited: return &Evidence::observe_ntlm;
        case Kind::WinrmRequest: return &Evidence::observe_shell_request;
        case Kind::SshMessage: return &Evidence::observe_ssh_message;
        case Kind::RemoteDesktopConnection: return &Evidence::observe_desktop_arrival;
        case Kind::RemoteThreadCreated: return &Evidence::observe_injection;
        case Kind::ProcessAccessed: return &Evidence::observe_access;
        case Kind::PrivilegesAdjusted:
        case Kind::PrivilegeUsed:
        case Kind::ObjectOpened:
        case Kind::ObjectAccessed:
        case Kind::ObjectClosed:
        case Kind::ObjectDeleted: return &Evidence::observe_foreign_subject;
        case Kind::SessionReconnected:
        case Kind::SessionDisconnected:
        case Kind::WorkstationUnlocked:
        case Kind::WorkstationLocked:
        case Kind::TerminalTakenOver: return &Evidence::observe_station_change;
        case Kind::TgtRequested:
        case Kind::ServiceTicketRequested:
        case Kind::TicketRenewed:
        case Kind::PreauthenticationFailed:
        case Kind::CredentialsValidated: return &Evidence::observe_ticket;
        case Kind::ShareAccessed:
        case Kind::ShareFileAccessed: return &Evidence::observe_share;
        case Kind::ProcessCreated: return &Evidence::observe_process;
        case Kind::FileCreated:
        case Kind::FileRenamed:
        case Kind::FileDeleted: return &Evidence::observe_file;
        default: return nullptr;
    }
}

bool Evidence::concerns(Kind kind) { return observer_of(kind) != nullptr; }

void Evidence::observe(const Batch& batch) {
    for (const Event& event : batch.events())
        if (const Observer observer = observer_of(event.kind)) (this->*observer)({batch, event});
}

}  // namespace spoor::trails
