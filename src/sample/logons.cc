// Domain, first part: logons, logoffs and the records around them.
#include <fmt/format.h>

#include "sample/domain.h"
#include "sample/providers.h"

namespace spoor::sample {

/// What 4624 says beyond the session itself.
struct Domain::LogonRecord {
    const Logon& logon;
    const Logon* subject = nullptr;  // null: the network
    std::string_view logon_process;
    std::string_view package;
    std::string_view workstation = "-";
    std::string_view lm_package = "-";
    std::uint32_t key_length = 0;
    const Process* process = nullptr;
    std::string address = "-";
    std::string port = "-";
    bool virtual_account = false;
    std::string_view impersonation = "%%1833";
};

namespace {

constexpr std::string_view kAdministratorPrivileges =
    "SeSecurityPrivilege\r\n\t\t\tSeTakeOwnershipPrivilege\r\n\t\t\tSeLoadDriverPrivilege\r\n\t\t\tSeBackupPrivilege\r"
    "\n\t\t\tSeRestorePrivilege"
    "\r\n\t\t\tSeDebugPrivilege\r\n\t\t\tSeSystemEnvironmentPrivilege\r\n\t\t\tSeImpersonatePrivilege\r\n\t\t\tSeDelega"
    "teSessionUserImpersonatePrivilege";
constexpr std::string_view kSystemPrivileges =
    "SeAssignPrimaryTokenPrivilege\r\n\t\t\tSeTcbPrivilege\r\n\t\t\tSeSecurityPrivilege\r\n\t\t\tSeTakeOwnershipPrivile"
    "ge\r\n\t\t\tSeLoadDriverPrivilege"
    "\r\n\t\t\tSeBackupPrivilege\r\n\t\t\tSeRestorePrivilege\r\n\t\t\tSeDebugPrivilege\r\n\t\t\tSeAuditPrivilege\r\n\t"
    "\t\tSeImpersonatePrivilege";

}  // namespace

void Domain::write_logon(Timestamp time, Host& host, const LogonRecord& record) {
    const Logon& logon = record.logon;
    std::vector<Field> fields = concat(
        record.subject != nullptr ? subject_fields(*record.subject) : subject_fields_of_nobody(), target_fields(logon));
    fields = concat(std::move(fields),
                    {{"LogonType", u32(static_cast<std::uint32_t>(logon.type))},
                     {"LogonProcessName", text(record.logon_process)},
                     {"AuthenticationPackageName", text(record.package)},
                     {"WorkstationName", text(record.workstation)},
                     {"LogonGuid", guid(logon.guid)},
                     {"TransmittedServices", text("-")},
                     {"LmPackageName", text(record.lm_package)},
                     {"KeyLength", u32(record.key_length)},
                     {"ProcessId", hex64(record.process != nullptr ? record.process->id : 0)},
                     {"ProcessName", text(record.process != nullptr ? std::string_view(record.process->image) : "-")},
                     {"IpAddress", text(record.address)},
                     {"IpPort", text(record.port)},
                     {"ImpersonationLevel", text(record.impersonation)},
                     {"RestrictedAdminMode", text(logon.type == LogonType::RemoteInteractive ? "%%1843" : "-")},
                     {"TargetOutboundUserName", text("-")},
                     {"TargetOutboundDomainName", text("-")},
                     {"VirtualAccount", text(record.virtual_account ? "%%1842" : "%%1843")},
                     {"TargetLinkedLogonId", hex64(logon.linked != nullptr ? logon.linked->id : 0)},
                     {"ElevatedToken", text(logon.elevated ? "%%1842" : "%%1843")}});
    host.security(time, 4624, std::move(fields));
}

void Domain::write_privileges(Timestamp time, Host& host, const Logon& logon) {
    const bool system = logon.account.sid == host.system().account.sid;
    host.security(time, 4672,
                  concat(subject_fields(logon),
                         {{"PrivilegeList", text(system ? kSystemPrivileges : kAdministratorPrivileges)}}));
}

void Domain::write_groups(Timestamp time, Host& host, const Logon& logon) {
    std::string groups = fmt::format(
        "\r\n\t\t%{{{}-513}}\r\n\t\t%{{S-1-1-0}}\r\n\t\t%{{S-1-5-32-545}}\r\n\t\t%{{S-1-5-11}}", domain_sid_);
    if (logon.account.administrator) groups += fmt::format("\r\n\t\t%{{{}-512}}\r\n\t\t%{{S-1-5-32-544}}", domain_sid_);
    groups += logon.elevated ? "\r\n\t\t%{S-1-16-12288}" : "\r\n\t\t%{S-1-16-8192}";
    const bool from_network = logon.type == LogonType::Network;
    std::vector<Field> fields =
        concat(from_network ? subject_fields_of_nobody() : subject_fields(host.system()), target_fields(logon));
    host.security(time, 4627,
                  concat(std::move(fields), {{"LogonType", u32(static_cast<std::uint32_t>(logon.type))},
                                             {"EventIdx", u32(1)},
                                             {"EventCountTotal", u32(1)},
                                             {"GroupMembership", text(groups)}}));
}

void Domain::write_explicit(Timestamp time, Host& host, const Logon& subject, const Account& account,
                            const Guid& ticket, std::string_view server, std::string_view info, const Process& process,
                            std::string_view address, std::string_view port) {
    host.security(time, 4648,
                  concat(subject_fields(subject),
                         {{"LogonGuid", guid(subject.account.sid == host.system().account.sid ? Guid{} : subject.guid)},
                          {"TargetUserName", text(account.name)},
                          {"TargetDomainName", text(account.domain)},
                          {"TargetLogonGuid", guid(ticket)},
                          {"TargetServerName", text(server)},
                          {"TargetInfo", text(info)},
                          {"ProcessId", hex64(process.id)},
                          {"ProcessName", text(process.image)},
                          {"IpAddress", text(address)},
                          {"IpPort", text(port)}}));
}

void Domain::write_logon_of_service(Timestamp time, Host& host, const Logon& logon, const Process* services) {
    if (services == nullptr) {  // the very first session, from the kernel
        const Process& kernel = host.process("System");
        write_logon(time, host,
                    {.logon = logon,
                     .subject = nullptr,
                     .logon_process = "-",
                     .package = "-",
                     .process = &kernel,
                     .impersonation = "-"});
        return;
    }
    write_logon(time, host,
                {.logon = logon,
                 .subject = &host.system(),
                 .logon_process = "Advapi  ",
                 .package = "Negotiate",
                 .process = services});
    write_privileges(time + ms(1), host, logon);
}

Logon& Domain::network_logon(Timestamp time, const Connection& connection, const Account& account, Package package) {
    Host& server = *connection.server;
    // A client asks once, and keeps the ticket for the day.
    const bool is_cached =
        !tickets_.emplace(account.name, connection.client_address, server.name(), connection.server_port).second;
    if (package == Package::Kerberos && !is_cached)
        service_ticket(time - ms(9), account, server.name() + '$', connection.client_address);
    if (package == Package::Ntlm) validate_ntlm(time - ms(7), account, connection.client_name, 0);
    Logon& logon = server.add_logon(account, LogonType::Network, time);
    logon.elevated = account.administrator || account.name.ends_with('$');
    const bool kerberos = package == Package::Kerberos;
    if (kerberos) logon.guid = server.random_guid();
    if (account.administrator) write_privileges(time - ms(1), server, logon);
    write_logon(time, server,
                {.logon = logon,
                 .logon_process = kerberos ? "Kerberos" : "NtLmSsp ",
                 .package = kerberos ? "Kerberos" : "NTLM",
                 .workstation = kerberos ? std::string_view("-") : std::string_view(connection.client_name),
                 .lm_package = kerberos ? "-" : "NTLM V2",
                 .key_length = kerberos ? 0u : 128u,
                 .address = connection.client_address,
                 .port = std::to_string(connection.client_port)});
    write_groups(time, server, logon);
    return logon;
}

void Domain::failed_network_logon(Timestamp time, const Connection& connection, const Account& account,
                                  std::uint32_t sub_status) {
    validate_ntlm(time - ms(6), account, connection.client_name, sub_status);
    connection.server->security_failure(
        time, 4625,
        concat(subject_fields_of_nobody(), {{"TargetUserSid", sid(well_known_sid("S-1-0-0"))},
                                            {"TargetUserName", text(account.name)},
                                            {"TargetDomainName", text(account.domain)},
                                            {"Status", hex32(0xc000006d)},
                                            {"FailureReason", text("%%2313")},
                                            {"SubStatus", hex32(sub_status)},
                                            {"LogonType", u32(3)},
                                            {"LogonProcessName", text("NtLmSsp ")},
                                            {"AuthenticationPackageName", text("NTLM")},
                                            {"WorkstationName", text(connection.client_name)},
                                            {"TransmittedServices", text("-")},
                                            {"LmPackageName", text("-")},
                                            {"KeyLength", u32(0)},
                                            {"ProcessId", hex64(0)},
                                            {"ProcessName", text("-")},
                                            {"IpAddress", text(connection.client_address)},
                                            {"IpPort", text(std::to_string(connection.client_port))}}));
}

void Domain::logoff(Timestamp time, Host& host, Logon& logon) {
    logon.end = time;
    host.security(time, 4634,
                  concat(target_fields(logon), {{"LogonType", u32(static_cast<std::uint32_t>(logon.type))}}));
}

Guid Domain::logon_tickets(Timestamp time, Host& host, const Account& account) {
    ticket_granting_ticket(time - ms(40), account, host.address());
    return service_ticket(time - ms(31), account, host.name() + '$', host.address());
}

Logon& Domain::interactive_pair(Timestamp time, Host& host, const Account& account, LogonType type, const Process& by,
                                const Guid& ticket, std::string_view address, std::uint32_t terminal_session,
                                const Logon& subject, std::string_view logon_process) {
    const auto record = [&](const Logon& logon) {
        return LogonRecord{.logon = logon,
                           .subject = &subject,
                           .logon_process = logon_process,
                           .package = "Negotiate",
                           .workstation = host.name(),
                           .process = &by,
                           .address = std::string(address),
                           .port = "0"};
    };
    if (!account.administrator) {
        Logon& only = host.add_logon(account, type, time);
        only.guid = ticket;
        only.terminal_session = terminal_session;
        write_logon(time, host, record(only));
        write_groups(time, host, only);
        return only;
    }
    Logon& full = host.add_logon(account, type, time);
    Logon& limited = host.add_logon(account, type, time + ms(1));
    full.guid = ticket;
    full.elevated = true;
    full.linked = &limited;
    limited.linked = &full;
    full.terminal_session = limited.terminal_session = terminal_session;
    write_logon(time, host, record(full));
    write_groups(time, host, full);
    write_logon(time + ms(1), host, record(limited));
    write_groups(time + ms(1), host, limited);
    write_privileges(time + ms(1), host, full);
    return limited;
}

Logon& Domain::console_logon(Timestamp time, Host& host, const Account& account) {
    const Guid ticket = logon_tickets(time, host, account);
    const Process& winlogon_service = host.process("svchost.exe");
    write_explicit(time - ms(2), host, host.system(), account, ticket, "localhost", "localhost", winlogon_service,
                   "127.0.0.1", "0");
    Logon& logon = interactive_pair(time, host, account, LogonType::Interactive, winlogon_service, ticket, "127.0.0.1",
                                    1, host.system(), "User32 ");
    const Guid activity = host.random_guid();
    terminal(time + ms(350), host, 41, {{"User", text(account.full_name())}, {"SessionID", u32(1)}}, activity);
    terminal(time + ms(400), host, 42, {{"User", text(account.full_name())}, {"SessionID", u32(1)}}, activity);
    terminal(time + ms(1480), host, 21,
             {{"User", text(account.full_name())}, {"SessionID", u32(1)}, {"Address", text("LOCAL")}}, activity);
    terminal(time + ms(2020), host, 22,
             {{"User", text(account.full_name())}, {"SessionID", u32(1)}, {"Address", text("LOCAL")}}, activity);
    winlogon(time + ms(1500), host, 7001, logon);
    user_desktop(time + ms(1600), host, logon);
    return logon;
}

void Domain::failed_console_logon(Timestamp time, Host& host, const Account& account) {
    ticket_refused(time - ms(15), account, host.address());
    const Process& by = host.process("svchost.exe");
    host.security_failure(time, 4625,
                          concat(subject_fields(host.system()), {{"TargetUserSid", sid(well_known_sid("S-1-0-0"))},
                                                                 {"TargetUserName", text(account.name)},
                                                                 {"TargetDomainName", text(account.domain)},
                                                                 {"Status", hex32(0xc000006d)},
                                                                 {"FailureReason", text("%%2313")},
                                                                 {"SubStatus", hex32(0xc000006a)},
                                                                 {"LogonType", u32(2)},
                                                                 {"LogonProcessName", text("User32 ")},
                                                                 {"AuthenticationPackageName", text("Negotiate")},
                                                                 {"WorkstationName", text(host.name())},
                                                                 {"TransmittedServices", text("-")},
                                                                 {"LmPackageName", text("-")},
                                                                 {"KeyLength", u32(0)},
                                                                 {"ProcessId", hex64(by.id)},
                                                                 {"ProcessName", text(by.image)},
                                                                 {"IpAddress", text("127.0.0.1")},
                                                                 {"IpPort", text("0")}}));
}

void Domain::lock(Timestamp time, Host& host, const Logon& logon) {
    host.security(time, 4800, concat(target_fields(logon), {{"SessionId", u32(logon.terminal_session)}}));
}

void Domain::unlock(Timestamp time, Host& host, const Logon& logon) {
    // The password is checked by a session of its own, which is gone within the second.
    const Guid ticket = logon_tickets(time, host, logon.account);
    const Process& by = host.process("svchost.exe");
    write_explicit(time - ms(2), host, host.system(), logon.account, ticket, "localhost", "localhost", by, "127.0.0.1",
                   "0");
    Logon& check = host.add_logon(logon.account, LogonType::Unlock, time);
    check.guid = ticket;
    check.terminal_session = logon.terminal_session;
    write_logon(time, host,
                {.logon = check,
                 .subject = &host.system(),
                 .logon_process = "User32 ",
                 .package = "Negotiate",
                 .workstation = host.name(),
                 .process = &by,
                 .address = "127.0.0.1",
                 .port = "0"});
    host.security(time + ms(120), 4801, concat(target_fields(logon), {{"SessionId", u32(logon.terminal_session)}}));
    logoff(time + ms(160), host, check);
}

Logon& Domain::runas(Timestamp time, Host& host, const Process& caller, const Account& account) {
    const Guid ticket = logon_tickets(time, host, account);
    const Process& secondary_logon = host.process("svchost.exe");
    write_explicit(time - ms(2), host, *caller.logon, account, ticket, "localhost", "localhost", secondary_logon, "::1",
                   "0");
    return interactive_pair(time, host, account, LogonType::Interactive, secondary_logon, ticket, "::1",
                            caller.logon->terminal_session, *caller.logon, "seclogo");
}

void Domain::explicit_credentials(Timestamp time, Host& host, const Process& caller, const Account& account,
                                  const Connection& to, std::string_view service, const Guid& ticket) {
    write_explicit(time, host, *caller.logon, account, ticket, to.server->name(), service, caller, to.server_address,
                   std::to_string(to.server_port));
}

Logon& Domain::service_logon(Timestamp time, Host& host, const Account& account) {
    const Guid ticket = logon_tickets(time, host, account);
    const Process& services = host.process("services.exe");
    Logon& logon = host.add_logon(account, LogonType::Service, time);
    logon.guid = ticket;
    logon.elevated = true;
    write_explicit(time - ms(1), host, host.system(), account, ticket, "localhost", "localhost", services, "-", "-");
    write_logon(time, host,
                {.logon = logon,
                 .subject = &host.system(),
                 .logon_process = "Advapi  ",
                 .package = "Negotiate",
                 .process = &services});
    write_groups(time, host, logon);
    return logon;
}

Logon& Domain::batch_logon(Timestamp time, Host& host, const Account& account) {
    const Guid ticket = logon_tickets(time, host, account);
    const Process& scheduler = host.process("svchost.exe");
    Logon& logon = host.add_logon(account, LogonType::Batch, time);
    logon.guid = ticket;
    logon.elevated = true;
    write_explicit(time - ms(1), host, host.system(), account, ticket, "localhost", "localhost", scheduler, "-", "-");
    write_logon(time, host,
                {.logon = logon,
                 .subject = &host.system(),
                 .logon_process = "Advapi  ",
                 .package = "Negotiate",
                 .workstation = host.name(),
                 .process = &scheduler});
    write_groups(time, host, logon);
    return logon;
}

void Domain::desktop_accounts(Timestamp time, Host& host, std::uint32_t terminal_session) {
    const Process& winlogon = host.process("winlogon.exe");
    const auto pair = [&](Timestamp at, const Account& account) {
        write_explicit(at - ms(1), host, host.system(), account, Guid{}, "localhost", "localhost", winlogon, "-", "-");
        Logon& full = host.add_logon(account, LogonType::Interactive, at);
        Logon& limited = host.add_logon(account, LogonType::Interactive, at + ms(1));
        full.elevated = true;
        full.linked = &limited;
        limited.linked = &full;
        full.terminal_session = limited.terminal_session = terminal_session;
        for (const Logon* half : {&full, &limited})
            write_logon(half->start, host,
                        {.logon = *half,
                         .subject = &host.system(),
                         .logon_process = "Advapi  ",
                         .package = "Negotiate",
                         .process = &winlogon,
                         .virtual_account = true});
        write_privileges(at + ms(1), host, full);
    };
    if (terminal_session > 0)
        pair(time + ms(60), built_in("Window Manager", fmt::format("DWM-{}", terminal_session),
                                     fmt::format("S-1-5-90-0-{}", terminal_session)));
    Logon& fonts = host.add_logon(built_in("Font Driver Host", fmt::format("UMFD-{}", terminal_session),
                                           fmt::format("S-1-5-96-0-{}", terminal_session)),
                                  LogonType::Interactive, time);
    fonts.terminal_session = terminal_session;
    write_explicit(time - ms(1), host, host.system(), fonts.account, Guid{}, "localhost", "localhost", winlogon, "-",
                   "-");
    write_logon(time, host,
                {.logon = fonts,
                 .subject = &host.system(),
                 .logon_process = "Advapi  ",
                 .package = "Negotiate",
                 .process = &winlogon,
                 .virtual_account = true});
}

void Domain::user_desktop(Timestamp time, Host& host, const Logon& logon) {
    const Process& userinit = host.spawn(time, host.process("winlogon.exe"), logon,
                                         "C:\\Windows\\System32\\userinit.exe", "C:\\Windows\\system32\\userinit.exe");
    const Process& explorer =
        host.spawn(time + ms(260), userinit, logon, "C:\\Windows\\explorer.exe", "C:\\Windows\\Explorer.EXE");
    host.spawn(time + ms(900), host.process("svchost.exe"), logon, "C:\\Windows\\System32\\taskhostw.exe",
               "taskhostw.exe");
    host.spawn(time + ms(2300), explorer, logon, "C:\\Windows\\System32\\SecurityHealthSystray.exe",
               "\"C:\\Windows\\System32\\SecurityHealthSystray.exe\"");
    host.exit(time + ms(25'000), userinit);
}

Logon& Domain::remote_desktop_logon(Timestamp time, const Connection& connection, const Account& account,
                                    std::uint32_t terminal_session) {
    Host& host = *connection.server;
    const Guid activity = host.random_guid();
    host.write(
        core_transport_record(time, fmt::format("{}:{}", connection.client_address, connection.client_port), activity));
    remote_connection(time + ms(4), host, 261, {{"listenerName", text("RDP-Tcp")}}, activity);
    // Network-level authentication: the password is checked before there is a screen.
    service_ticket(time + ms(940), account, host.name() + '$', connection.client_address);
    Logon& checked = host.add_logon(account, LogonType::Network, time + ms(950));
    checked.elevated = account.administrator;
    checked.guid = host.random_guid();
    if (account.administrator) write_privileges(time + ms(949), host, checked);
    write_logon(time + ms(950), host,
                {.logon = checked,
                 .logon_process = "Kerberos",
                 .package = "Kerberos",
                 .address = connection.client_address,
                 .port = "0"});
    write_groups(time + ms(950), host, checked);
    remote_connection(
        time + ms(1700), host, 1149,
        {{"Param1", text(account.name)}, {"Param2", text(account.domain)}, {"Param3", text(connection.client_address)}},
        activity);
    host.spawn(time + ms(1900), host.process("smss.exe"), host.system(), "C:\\Windows\\System32\\csrss.exe",
               "%SystemRoot%\\system32\\csrss.exe ObjectDirectory=\\Windows SharedSection=1024,20480,768 Windows=On");
    host.spawn(time + ms(2050), host.process("smss.exe"), host.system(), "C:\\Windows\\System32\\winlogon.exe",
               "winlogon.exe");
    desktop_accounts(time + ms(2300), host, terminal_session);
    const Timestamp logon_time = time + ms(3600);
    const Guid ticket = service_ticket(logon_time - ms(20), account, host.name() + '$', host.address());
    const Process& service = host.process("svchost.exe");
    write_explicit(logon_time - ms(2), host, host.system(), account, ticket, "localhost", "localhost", service,
                   "127.0.0.1", "0");
    Logon& logon = interactive_pair(logon_time, host, account, LogonType::RemoteInteractive, service, ticket,
                                    connection.client_address, terminal_session, host.system(), "User32 ");
    terminal(time + ms(3900), host, 41, {{"User", text(account.full_name())}, {"SessionID", u32(terminal_session)}},
             activity);
    terminal(time + ms(3950), host, 42, {{"User", text(account.full_name())}, {"SessionID", u32(terminal_session)}},
             activity);
    for (const std::uint16_t id : {std::uint16_t{21}, std::uint16_t{22}})
        terminal(time + ms(5000 + 40 * (id - 21)), host, id,
                 {{"User", text(account.full_name())},
                  {"SessionID", u32(terminal_session)},
                  {"Address", text(connection.client_address)}},
                 activity);
    winlogon(time + ms(5010), host, 7001, logon);
    user_desktop(time + ms(5100), host, logon);
    logoff(time + ms(14'000), host, checked);
    return logon;
}

void Domain::remote_desktop_logoff(Timestamp time, const Connection& connection, Logon& logon) {
    Host& host = *connection.server;
    const Guid activity = host.random_guid();
    host.security(time, 4647, target_fields(logon));
    host.exit_all_of(time + ms(120), logon);
    if (logon.linked != nullptr) host.exit_all_of(time + ms(140), *logon.linked);
    terminal(time + ms(700), host, 23,
             {{"User", text(logon.account.full_name())}, {"SessionID", u32(logon.terminal_session)}}, activity);
    terminal(time + ms(760), host, 24,
             {{"User", text(logon.account.full_name())},
              {"SessionID", u32(logon.terminal_session)},
              {"Address", text(connection.client_address)}},
             activity);
    terminal(time + ms(770), host, 40, {{"Session", u32(logon.terminal_session)}, {"Reason", u32(12)}}, activity);
    winlogon(time + ms(720), host, 7002, logon);
    for (Logon& other : host.logons()) {
        const bool half = &other == &logon || &other == logon.linked;
        const bool desktop = other.terminal_session == logon.terminal_session &&
                             other.account.domain != logon.account.domain && !other.end;
        if (half || desktop) logoff(time + ms(half ? 820 : 1400), host, other);
    }
}

}  // namespace spoor::sample
