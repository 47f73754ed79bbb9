#include "trails/evidence.h"

#include <algorithm>
#include <tuple>

#include "base/hash.h"
#include "base/unicode.h"

namespace spoor::trails {
namespace {

// Records of one connection or share access in quick succession say the same thing; the first is enough.
constexpr Duration kRepeats = Duration::seconds(60);

EventRef reference(const Event& event) { return {event.host, event.channel, event.event_id, event.sequence, event.time}; }

LogonId logon_id(EventView view, FieldId field) { return LogonId(view.find(field).as_number().value_or(0)); }
std::uint32_t number(EventView view, FieldId field) { return static_cast<std::uint32_t>(view.find(field).as_number().value_or(0)); }

Endpoint endpoint(EventView view, FieldId address, FieldId port) {
    Endpoint end;
    if (const auto parsed = view.find(address).as_address()) end.address = *parsed;
    end.port = static_cast<std::uint16_t>(view.find(port).as_number().value_or(0));
    return end;
}

bool is_true(const FieldValue& value) { return value.type == ValueType::Boolean ? value.number != 0 : equals_ignoring_ascii_case(value.text(), "true"); }

std::uint64_t address_hash(const IpAddress& address) { return hash64({reinterpret_cast<const char*>(address.bytes.data()), 16}); }

/// True for addresses that name one machine on a network of many.
bool identifies_a_host(const IpAddress& address) { return address != IpAddress{} && !address.is_loopback() && !address.is_unspecified(); }

/// The command of the first Exec action in a task's XML: Command and Arguments, entities left as they are.
std::string task_command(std::string_view xml) {
    const auto element = [xml](std::string_view name) {
        const std::string opening = "<" + std::string(name) + ">";
        const std::size_t from = xml.find(opening);
        if (from == std::string_view::npos) return std::string_view();
        const std::size_t begin = from + opening.size();
        const std::size_t end = xml.find('<', begin);
        return trimmed(xml.substr(begin, end == std::string_view::npos ? end : end - begin));
    };
    std::string command(element("Command"));
    if (const std::string_view arguments = element("Arguments"); !arguments.empty()) command.append(" ").append(arguments);
    return command;
}

}  // namespace

std::span<const Kind> evidence_kinds() {
    static constexpr Kind kKinds[] = {
        Kind::NetworkConnection, Kind::Logon, Kind::ExplicitCredentials, Kind::LogonFailed, Kind::LogCleared, Kind::ServiceInstalled,
        Kind::TaskCreated, Kind::TaskUpdated, Kind::TaskProcessCreated, Kind::RemoteThreadCreated, Kind::PrivilegesAdjusted,
        Kind::PrivilegeUsed, Kind::ObjectOpened, Kind::ObjectAccessed, Kind::ObjectClosed, Kind::ObjectDeleted, Kind::SessionReconnected,
        Kind::SessionDisconnected, Kind::WorkstationUnlocked, Kind::WorkstationLocked, Kind::TgtRequested, Kind::ServiceTicketRequested,
        Kind::TicketRenewed, Kind::PreauthenticationFailed, Kind::CredentialsValidated, Kind::ShareAccessed, Kind::ShareFileAccessed};
    return kKinds;
}

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
    const std::uint64_t key = hash_mix(address_hash(address), static_cast<std::uint64_t>(host));
    const auto [found, is_new] = address_by_key_.try_emplace(key, static_cast<std::uint32_t>(addresses.size()));
    if (is_new) addresses.push_back({address, host, time, time, 0});
    AddressSighting& sighting = addresses[found->second];
    sighting.first = std::min(sighting.first, time);
    sighting.last = std::max(sighting.last, time);
    ++sighting.count;
}

void Evidence::observe_connection(EventView view) {
    Connection connection;
    connection.event = reference(view.event);
    connection.source = endpoint(view, "SourceIp"_field, "SourcePort"_field);
    connection.destination = endpoint(view, "DestinationIp"_field, "DestinationPort"_field);
    if (connection.source.port == 0) return;
    // 5156 names the initiator as source in both directions; Sysmon 3 says which side this host is, and so does %%14593.
    const FieldValue initiated = view.find("Initiated"_field);
    connection.initiated = initiated.type != ValueType::Null ? is_true(initiated) : view.text("Direction"_field) == "%%14593";
    const IpAddress& own = connection.initiated ? connection.source.address : connection.destination.address;
    see_address(own, view.event.host, view.event.time);

    connection.process = process(view, "ProcessGuid"_field, "ProcessId"_field, "Image"_field);
    std::uint64_t key = hash_mix(address_hash(connection.source.address), address_hash(connection.destination.address));
    key = hash_mix(key, std::uint64_t{connection.source.port} << 32 | std::uint64_t{connection.destination.port} << 8 | view.event.event_id % 251);
    key = hash_mix(key, connection.process.pid << 32 | static_cast<std::uint64_t>(view.event.host));
    key = hash_mix(key, static_cast<std::uint64_t>(view.event.time.nanoseconds / kRepeats.nanoseconds));
    const auto [found, is_new] = connection_by_key_.try_emplace(key, static_cast<std::uint32_t>(connections.size()));
    if (is_new)
        connections.push_back(connection);
    else if (connection.event < connections[found->second].event)
        connections[found->second] = connection;
}

void Evidence::observe_foreign_subject(EventView view) {
    const LogonId subject = logon_id(view, "SubjectLogonId"_field);
    const std::uint64_t pid = view.find("ProcessId"_field).as_number().value_or(0);
    if (subject == LogonId::none() || pid == 0 || pid == 4) return;
    std::uint64_t key = hash_mix(static_cast<std::uint64_t>(view.event.host) << 32 | pid, subject.value());
    // A pid means another process some hours later: one sighting for each pair and hour.
    key = hash_mix(key, static_cast<std::uint64_t>(view.event.time.nanoseconds / Duration::seconds(3600).nanoseconds));
    const auto [found, is_new] = foreign_by_key_.try_emplace(key, static_cast<std::uint32_t>(foreign_subjects.size()));
    if (is_new) {
        foreign_subjects.push_back({reference(view.event), process(view, "ProcessGuid"_field, "ProcessId"_field, "Image"_field), subject});
    } else if (ForeignSubject& known = foreign_subjects[found->second]; reference(view.event) < known.event) {
        known.event = reference(view.event);
    }
}

void Evidence::observe_ticket(EventView view) {
    Ticket ticket;
    ticket.event = reference(view.event);
    ticket.kind = view.event.kind;
    ticket.user = keep(account_name(view.text("TargetUserName"_field)));
    ticket.domain = keep(view.text("TargetDomainName"_field));
    ticket.service = keep(view.text("ServiceName"_field));
    ticket.workstation = keep(view.text("Workstation"_field));
    ticket.client = endpoint(view, "IpAddress"_field, "IpPort"_field);
    ticket.logon_guid = view.find("LogonGuid"_field).as_guid().value_or(Guid{});
    ticket.status = number(view, "Status"_field);
    ticket.encryption = number(view, "TicketEncryptionType"_field);
    ticket.options = number(view, "TicketOptions"_field);
    ticket.preauthentication = keep(view.text("PreAuthType"_field));
    if (const auto type = view.find("PreAuthType"_field).as_number()) ticket.preauthentication = keep(std::to_string(*type));
    // A machine's own account asks for tickets from the machine's address.
    if (ticket.status == 0 && ticket.user.ends_with('$') && ticket.user.size() > 1)
        see_address(ticket.client.address, catalog_->host(ticket.user.substr(0, ticket.user.size() - 1)), view.event.time);
    tickets.push_back(ticket);
}

void Evidence::observe(const Batch& batch) {
    for (const Event& event : batch.events()) {
        const EventView view{batch, event};
        switch (event.kind) {
            case Kind::NetworkConnection: observe_connection(view); break;
            case Kind::Logon: {
                const std::string_view user = view.text("TargetUserName"_field);
                const auto address = view.find("IpAddress"_field).as_address();
                // HOST$ logs on from its host's address; a console logon names the host's own.
                if (address && user.ends_with('$') && user.size() > 1 && view.find("LogonType"_field).as_number() == 3)
                    see_address(*address, catalog_->host(user.substr(0, user.size() - 1)), event.time);
                break;
            }
            case Kind::ExplicitCredentials:
                explicit_credentials.push_back({.event = reference(event),
                                                .subject = logon_id(view, "SubjectLogonId"_field),
                                                .process = process(view, "ProcessGuid"_field, "ProcessId"_field, "Image"_field),
                                                .user = keep(view.text("TargetUserName"_field)),
                                                .domain = keep(view.text("TargetDomainName"_field)),
                                                .server = keep(view.text("TargetServerName"_field)),
                                                .service = keep(view.text("TargetInfo"_field)),
                                                .target_guid = view.find("TargetLogonGuid"_field).as_guid().value_or(Guid{})});
                break;
            case Kind::LogonFailed: {
                std::uint32_t status = number(view, "SubStatus"_field);
                if (status == 0) status = number(view, "Status"_field);
                failed_logons.push_back({.event = reference(event),
                                         .user = keep(view.text("TargetUserName"_field)),
                                         .domain = keep(view.text("TargetDomainName"_field)),
                                         .type = static_cast<LogonType>(view.find("LogonType"_field).as_number().value_or(255)),
                                         .status = status,
                                         .address = view.find("IpAddress"_field).as_address().value_or(IpAddress{}),
                                         .workstation = keep(view.text("WorkstationName"_field)),
                                         .subject = logon_id(view, "SubjectLogonId"_field),
                                         .image = keep(view.text("Image"_field))});
                break;
            }
            case Kind::LogCleared: {
                std::string_view user = view.text("SubjectUserName"_field);
                std::string_view log = view.text("Channel"_field);
                for (const FieldValue& value : view.values())
                    if (value.field == "Channel"_field) log = value.text();
                cleared_logs.push_back({.event = reference(event), .subject = logon_id(view, "SubjectLogonId"_field), .user = keep(user), .log = keep(log)});
                break;
            }
            case Kind::ServiceInstalled:
                services.push_back({.event = reference(event),
                                    .subject = logon_id(view, "SubjectLogonId"_field),
                                    .name = keep(view.text("ServiceName"_field)),
                                    .command = keep(view.text("ServiceFileName"_field)),
                                    .client = process(view, "ProcessGuid"_field, "ClientProcessId"_field, "Image"_field)});
                break;
            case Kind::TaskCreated:
            case Kind::TaskUpdated: {
                std::string_view user = view.text("UserContext"_field);
                if (user.empty()) user = view.text("UserName"_field);
                tasks.push_back({.event = reference(event),
                                 .subject = logon_id(view, "SubjectLogonId"_field),
                                 .name = keep(view.text("TaskName"_field)),
                                 .command = keep(task_command(view.text("TaskContent"_field))),
                                 .user = keep(user)});
                break;
            }
            case Kind::TaskProcessCreated:
                task_processes.push_back(
                    {.event = reference(event), .name = keep(view.text("TaskName"_field)), .pid = view.find("ProcessId"_field).as_number().value_or(0)});
                break;
            case Kind::RemoteThreadCreated:
                injections.push_back({.event = reference(event),
                                      .source = process(view, "SourceProcessGuid"_field, "SourceProcessId"_field, "SourceImage"_field),
                                      .target = process(view, "TargetProcessGuid"_field, "TargetProcessId"_field, "TargetImage"_field),
                                      .target_user = keep(view.text("TargetUser"_field))});
                break;
            case Kind::PrivilegesAdjusted:
            case Kind::PrivilegeUsed:
            case Kind::ObjectOpened:
            case Kind::ObjectAccessed:
            case Kind::ObjectClosed:
            case Kind::ObjectDeleted: observe_foreign_subject(view); break;
            case Kind::SessionReconnected:
            case Kind::SessionDisconnected:
            case Kind::WorkstationUnlocked:
            case Kind::WorkstationLocked: {
                LogonId session = logon_id(view, "LogonId"_field);
                if (session == LogonId::none()) session = logon_id(view, "TargetLogonId"_field);
                station_changes.push_back({.event = reference(event),
                                           .kind = event.kind,
                                           .session = session,
                                           .client = keep(view.text("ClientName"_field)),
                                           .address = keep(to_text(view.find("ClientAddress"_field)))});
                break;
            }
            case Kind::TgtRequested:
            case Kind::ServiceTicketRequested:
            case Kind::TicketRenewed:
            case Kind::PreauthenticationFailed:
            case Kind::CredentialsValidated: observe_ticket(view); break;
            case Kind::ShareAccessed:
            case Kind::ShareFileAccessed: {
                const ShareAccess access{reference(event), logon_id(view, "SubjectLogonId"_field), endpoint(view, "IpAddress"_field, "IpPort"_field)};
                if (access.client.port == 0) break;
                const std::uint64_t key = hash_mix(hash_mix(address_hash(access.client.address), access.client.port),
                                                   hash_mix(access.subject.value(), static_cast<std::uint64_t>(event.host)));
                const auto [found, is_new] = share_by_key_.try_emplace(key, static_cast<std::uint32_t>(share_accesses.size()));
                if (is_new)
                    share_accesses.push_back(access);
                else if (access.event < share_accesses[found->second].event)
                    share_accesses[found->second].event = access.event;
                break;
            }
            default: break;
        }
    }
}

namespace {

template <typename Row>
void sort_and_drop_repeats(std::vector<Row>& rows) {
    const auto order = [](const Row& row) {
        return std::tie(row.event.host, row.event.time, row.event.channel, row.event.sequence, row.event.event_id);
    };
    std::stable_sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) { return order(a) < order(b); });
    // Records without a number of their own (some JSON exports) are told apart by nothing but their content: kept.
    rows.erase(std::unique(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.event.sequence != 0 && a.event == b.event; }), rows.end());
}

}  // namespace

void Evidence::settle() {
    sort_and_drop_repeats(connections);
    sort_and_drop_repeats(explicit_credentials);
    sort_and_drop_repeats(services);
    sort_and_drop_repeats(tasks);
    sort_and_drop_repeats(task_processes);
    sort_and_drop_repeats(injections);
    sort_and_drop_repeats(foreign_subjects);
    sort_and_drop_repeats(station_changes);
    sort_and_drop_repeats(tickets);
    sort_and_drop_repeats(share_accesses);
    sort_and_drop_repeats(failed_logons);
    sort_and_drop_repeats(cleared_logs);
    std::sort(addresses.begin(), addresses.end(),
              [](const auto& a, const auto& b) { return std::tie(a.address, a.first, a.host) < std::tie(b.address, b.first, b.host); });
}

}  // namespace spoor::trails
