// Domain, second part: connections, tickets, and what is done within a session.
#include "sample/domain.h"

#include <fmt/format.h>

#include "sample/providers.h"

namespace spoor::sample {
namespace {

/// "\device\harddiskvolume2\windows\...", as 5156 names programs.
std::string device_path(std::string_view image) {
    if (!image.starts_with("C:\\")) return std::string(image);
    std::string path = "\\device\\harddiskvolume3";
    for (const char c : image.substr(2)) path += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return path;
}

std::string_view port_name(std::uint16_t port) {
    switch (port) {
        case 88: return "kerberos";
        case 389: return "ldap";
        case 443: return "https";
        case 445: return "microsoft-ds";
        case 3389: return "ms-wbt-server";
        default: return "-";
    }
}

void write_filtered(Timestamp time, Host& host, const Process& process, const Connection& connection,
                    std::string_view direction) {
    const bool outbound = direction == "%%14593";
    host.security(time, 5156,
                  {{"ProcessID", u64(process.id)},
                   {"Application", text(process.image == "System" ? "System" : device_path(process.image))},
                   {"Direction", text(direction)},
                   {"SourceAddress", text(connection.client_address)},
                   {"SourcePort", text(std::to_string(connection.client_port))},
                   {"DestAddress", text(connection.server_address)},
                   {"DestPort", text(std::to_string(connection.server_port))},
                   {"Protocol", u32(6)},
                   {"FilterRTID", u64(outbound ? 71'204 : 71'198)},
                   {"LayerName", text(outbound ? "%%14611" : "%%14610")},
                   {"LayerRTID", u64(outbound ? 48 : 44)},
                   {"RemoteUserID", sid(well_known_sid("S-1-0-0"))},
                   {"RemoteMachineID", sid(well_known_sid("S-1-0-0"))}});
}

void write_network_connection(Timestamp time, Host& host, const Process& process, const Connection& connection,
                              std::string_view server_name) {
    const std::string user = process.logon->id == 0x3e7 ? "NT AUTHORITY\\SYSTEM" : process.logon->account.full_name();
    host.sysmon(time + ms(1100), 3,
                {{"RuleName", text("-")},
                 {"UtcTime", text(sysmon_time(time))},
                 {"ProcessGuid", guid(process.guid)},
                 {"ProcessId", u32(process.id)},
                 {"Image", text(process.image)},
                 {"User", text(user)},
                 {"Protocol", text("tcp")},
                 {"Initiated", text("true")},
                 {"SourceIsIpv6", text("false")},
                 {"SourceIp", text(connection.client_address)},
                 {"SourceHostname", text(host.full_name())},
                 {"SourcePort", u16(connection.client_port)},
                 {"SourcePortName", text("-")},
                 {"DestinationIsIpv6", text("false")},
                 {"DestinationIp", text(connection.server_address)},
                 {"DestinationHostname", text(server_name)},
                 {"DestinationPort", u16(connection.server_port)},
                 {"DestinationPortName", text(port_name(connection.server_port))}});
}

const Process& listener(const Host& host, std::uint16_t port) {
    return host.process(port == 88 || port == 389 ? "lsass.exe" : port == 445 ? "System" : "svchost.exe");
}

std::string task_xml(const Account& author, std::string_view command) {
    return fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-16\"?>\r\n<Task version=\"1.2\" "
        "xmlns=\"http://schemas.microsoft.com/windows/2004/02/mit/task\">\r\n"
        "  <RegistrationInfo>\r\n    <Date>2024-05-14T08:59:41</Date>\r\n    <Author>{}</Author>\r\n  "
        "</RegistrationInfo>\r\n"
        "  <Triggers>\r\n    <CalendarTrigger>\r\n      <StartBoundary>2024-05-14T03:00:00</StartBoundary>\r\n      "
        "<Enabled>true</Enabled>\r\n"
        "      <ScheduleByDay>\r\n        <DaysInterval>1</DaysInterval>\r\n      </ScheduleByDay>\r\n    "
        "</CalendarTrigger>\r\n  </Triggers>\r\n"
        "  <Principals>\r\n    <Principal id=\"Author\">\r\n      <RunLevel>HighestAvailable</RunLevel>\r\n      "
        "<UserId>S-1-5-18</UserId>\r\n"
        "    </Principal>\r\n  </Principals>\r\n  <Actions Context=\"Author\">\r\n    <Exec>\r\n      "
        "<Command>{}</Command>\r\n    </Exec>\r\n  </Actions>\r\n</Task>",
        author.full_name(), command);
}

}  // namespace

Domain::Domain(Host& controller, std::string_view dns_name) : controller_(controller), dns_name_(dns_name) {}

Account Domain::account(std::string_view name, std::uint32_t rid, bool administrator) const {
    return {"CORP", std::string(name), well_known_sid(fmt::format("{}-{}", domain_sid_, rid)), administrator};
}

Account Domain::built_in(std::string_view domain, std::string_view name, std::string_view sid_text) const {
    return {std::string(domain), std::string(name), well_known_sid(sid_text), false};
}

Connection Domain::connect(Timestamp time, Host& host, const Process& process, Host& server, std::uint16_t port) {
    const Connection connection{&host, host.address(), host.name(), host.next_port(), &server, server.address(), port};
    write_filtered(time, host, process, connection, "%%14593");
    write_network_connection(time, host, process, connection, server.full_name());
    write_filtered(time + ms(1), server, listener(server, port), connection, "%%14592");
    return connection;
}

Connection Domain::connect_outside(Timestamp time, Host& host, const Process& process, std::string_view address,
                                   std::string_view name, std::uint16_t port) {
    const Connection connection{&host,   host.address(),       host.name(), host.next_port(),
                                nullptr, std::string(address), port};
    write_filtered(time, host, process, connection, "%%14593");
    write_network_connection(time, host, process, connection, name);
    return connection;
}

Connection Domain::connect_from(Timestamp time, std::string_view address, std::string_view name, Host& server,
                                std::uint16_t port) {
    const auto client_port = static_cast<std::uint16_t>(49'700 + server.random() % 12'000);
    const Connection connection{
        nullptr, std::string(address), std::string(name), client_port, &server, server.address(), port};
    write_filtered(time + ms(1), server, listener(server, port), connection, "%%14592");
    return connection;
}

void Domain::ticket_granting_ticket(Timestamp time, const Account& account, std::string_view address) {
    controller_.security(time, 4768,
                         {{"TargetUserName", text(account.name)},
                          {"TargetDomainName", text(account.domain)},
                          {"TargetSid", sid(account.sid)},
                          {"ServiceName", text("krbtgt")},
                          {"ServiceSid", sid(well_known_sid(domain_sid_ + "-502"))},
                          {"TicketOptions", hex32(0x40810010)},
                          {"Status", hex32(0)},
                          {"TicketEncryptionType", hex32(0x12)},
                          {"PreAuthType", text("2")},
                          {"IpAddress", text(fmt::format("::ffff:{}", address))},
                          {"IpPort", text(std::to_string(49'700 + controller_.random() % 12'000))},
                          {"CertIssuerName", text("")},
                          {"CertSerialNumber", text("")},
                          {"CertThumbprint", text("")}});
}

void Domain::ticket_refused(Timestamp time, const Account& account, std::string_view address) {
    controller_.security_failure(time, 4771,
                                 {{"TargetUserName", text(account.name)},
                                  {"TargetSid", sid(account.sid)},
                                  {"ServiceName", text("krbtgt/CORP")},
                                  {"TicketOptions", hex32(0x40810010)},
                                  {"Status", hex32(0x18)},
                                  {"PreAuthType", text("2")},
                                  {"IpAddress", text(fmt::format("::ffff:{}", address))},
                                  {"IpPort", text(std::to_string(49'700 + controller_.random() % 12'000))},
                                  {"CertIssuerName", text("")},
                                  {"CertSerialNumber", text("")},
                                  {"CertThumbprint", text("")}});
}

Guid Domain::service_ticket(Timestamp time, const Account& account, std::string_view service,
                            std::string_view address) {
    const Guid ticket = controller_.random_guid();
    std::string realm;
    for (const char c : dns_name_) realm += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    controller_.security(
        time, 4769,
        {{"TargetUserName", text(fmt::format("{}@{}", account.name, realm))},
         {"TargetDomainName", text(realm)},
         {"ServiceName", text(service)},
         {"ServiceSid",
          sid(well_known_sid(
              fmt::format("{}-{}", domain_sid_, 1100 + service.size() + static_cast<unsigned char>(service.front()))))},
         {"TicketOptions", hex32(0x40810000)},
         {"TicketEncryptionType", hex32(0x12)},
         {"IpAddress", text(fmt::format("::ffff:{}", address))},
         {"IpPort", text(std::to_string(49'700 + controller_.random() % 12'000))},
         {"Status", hex32(0)},
         {"LogonGuid", guid(ticket)},
         {"TransmittedServices", text("-")}});
    return ticket;
}

void Domain::validate_ntlm(Timestamp time, const Account& account, std::string_view workstation, std::uint32_t status) {
    std::vector<Field> fields = {{"PackageName", text("MICROSOFT_AUTHENTICATION_PACKAGE_V1_0")},
                                 {"TargetUserName", text(account.name)},
                                 {"Workstation", text(workstation)},
                                 {"Status", hex32(status)}};
    if (status == 0)
        controller_.security(time, 4776, std::move(fields));
    else
        controller_.security_failure(time, 4776, std::move(fields));
}

void Domain::terminal(Timestamp time, Host& host, std::uint16_t id, std::vector<Field> fields, const Guid& activity) {
    host.write(terminal_record(time, id, std::move(fields), activity));
}

void Domain::remote_connection(Timestamp time, Host& host, std::uint16_t id, std::vector<Field> fields,
                               const Guid& activity) {
    host.write(remote_connection_record(time, id, std::move(fields), activity));
}

void Domain::winlogon(Timestamp time, Host& host, std::uint16_t id, const Logon& logon) {
    host.write(winlogon_record(time, id, logon.terminal_session, logon.account.sid));
}

Connection Domain::remote_desktop_client(Timestamp time, Host& host, const Process& mstsc, const Account& account,
                                         Host& server) {
    const Sid& user = mstsc.logon->account.sid;
    host.write(remote_desktop_client_record(
        time, 1024, {{"Name", text("Server Name")}, {"Value", text(server.name())}, {"CustomLevel", text("Info")}},
        user, mstsc.id));
    const Connection connection = connect(time + ms(180), host, mstsc, server, 3389);
    host.write(remote_desktop_client_record(
        time + ms(190), 1102,
        {{"Name", text("Server Address")}, {"Value", text(server.address())}, {"CustomLevel", text("Info")}}, user,
        mstsc.id));
    const Guid ticket = service_ticket(time + ms(900), account, server.name() + '$', host.address());
    write_explicit(time + ms(910), host, *mstsc.logon, account, ticket, server.full_name(),
                   fmt::format("TERMSRV/{}", server.full_name()), mstsc, server.address(), "3389");
    return connection;
}

void Domain::access_share(Timestamp time, const Connection& connection, const Logon& logon, const ShareAccess& access) {
    Host& host = *connection.server;
    const std::vector<Field> common =
        concat(subject_fields(logon), {{"ObjectType", text("File")},
                                       {"IpAddress", text(connection.client_address)},
                                       {"IpPort", text(std::to_string(connection.client_port))},
                                       {"ShareName", text(access.share)},
                                       {"ShareLocalPath", text(access.local_path)}});
    host.security(time, 5140, concat(common, {{"AccessMask", hex32(0x1)}, {"AccessList", text("%%4416\r\n\t\t\t\t")}}));
    if (access.file.empty()) return;
    host.security(
        time + ms(14), 5145,
        concat(
            common,
            {{"RelativeTargetName", text(access.file)},
             {"AccessMask", hex32(access.write ? 0x120196 : 0x120089)},
             {"AccessList",
              text(access.write
                       ? "%%1538\r\n\t\t\t\t%%1541\r\n\t\t\t\t%%4417\r\n\t\t\t\t%%4418\r\n\t\t\t\t"
                       : "%%1538\r\n\t\t\t\t%%1541\r\n\t\t\t\t%%4416\r\n\t\t\t\t%%4419\r\n\t\t\t\t%%4423\r\n\t\t\t\t")},
             {"AccessReason", text("-")}}));
}

void Domain::create_file(Timestamp time, Host& host, const Process& process, std::string_view path) {
    host.sysmon(
        time, 11,
        {{"RuleName", text("-")},
         {"UtcTime", text(sysmon_time(time))},
         {"ProcessGuid", guid(process.guid)},
         {"ProcessId", u32(process.id)},
         {"Image", text(process.image)},
         {"TargetFilename", text(path)},
         {"CreationUtcTime", text(sysmon_time(time))},
         {"User", text(process.logon->id == 0x3e7 ? "NT AUTHORITY\\SYSTEM" : process.logon->account.full_name())}});
}

void Domain::install_service(Timestamp time, Host& host, const Logon& by, std::string_view name,
                             std::string_view image) {
    // The caller is on another machine, so there is no client process here.
    host.security(time, 4697,
                  concat(subject_fields(by), {{"ServiceName", text(name)},
                                              {"ServiceFileName", text(image)},
                                              {"ServiceType", hex32(0x10)},
                                              {"ServiceStartType", u32(3)},
                                              {"ServiceAccount", text("LocalSystem")},
                                              {"ClientProcessStartKey", u64(0)},
                                              {"ClientProcessId", u32(0)},
                                              {"ParentProcessId", u32(0)}}));
    host.write(service_installed_record(time + ms(2),
                                        {{"ServiceName", text(name)},
                                         {"ImagePath", text(image)},
                                         {"ServiceType", text("user mode service")},
                                         {"StartType", text("demand start")},
                                         {"AccountName", text("LocalSystem")}},
                                        by.account.sid));
}

void Domain::create_task(Timestamp time, Host& host, const Process& by, std::string_view name,
                         std::string_view command) {
    host.security(
        time, 4698,
        concat(subject_fields(*by.logon),
               {{"TaskName", text(name)},
                {"TaskContent", text(task_xml(by.logon->account, command))},
                {"ClientProcessStartKey",
                 Value{evtx::Type::U64, std::string(reinterpret_cast<const char*>(by.guid.bytes.data()) + 8, 8)}},
                {"ClientProcessId", u32(by.id)},
                {"ParentProcessId", u32(by.parent != nullptr ? by.parent->id : 0)},
                {"RpcCallClientLocality", u32(0)},
                {"FQDN", text(host.full_name())}}));
    host.write(task_record(time + ms(3), 106,
                           {{"TaskName", text(name)}, {"UserContext", text(by.logon->account.full_name())}}));
}

const Process& Domain::run_task(Timestamp time, Host& host, std::string_view name, std::string_view image,
                                std::string_view command_line) {
    const Guid instance = host.random_guid();
    const Process& process = host.spawn(time + ms(5), host.process("svchost.exe"), host.system(), std::string(image),
                                        std::string(command_line));
    host.write(task_record(
        time + ms(8), 129,
        {{"TaskName", text(name)}, {"Path", text(image)}, {"ProcessID", u32(process.id)}, {"Priority", u32(16384)}}));
    host.write(task_record(
        time + ms(10), 100,
        {{"TaskName", text(name)}, {"UserContext", text("NT AUTHORITY\\SYSTEM")}, {"InstanceId", guid(instance)}}));
    host.write(task_record(time + ms(10), 200,
                           {{"TaskName", text(name)},
                            {"ActionName", text(image)},
                            {"TaskInstanceId", guid(instance)},
                            {"EnginePID", u32(process.id)}}));
    host.write(task_record(time + ms(4200), 201,
                           {{"TaskName", text(name)},
                            {"TaskInstanceId", guid(instance)},
                            {"ActionName", text(image)},
                            {"ResultCode", u32(0)},
                            {"EnginePID", u32(process.id)}}));
    host.write(task_record(
        time + ms(4210), 102,
        {{"TaskName", text(name)}, {"UserContext", text("NT AUTHORITY\\SYSTEM")}, {"InstanceId", guid(instance)}}));
    host.exit(time + ms(4190), process);
    return process;
}

void Domain::clear_security_log(Timestamp time, Host& host, const Logon& by) {
    host.write(log_cleared_record(time, subject_fields(by)));
}

void Domain::base_processes(Host& host, bool write) {
    const Timestamp boot = host.boot_time();
    const Logon& system = host.system();
    const auto start = [&](std::int64_t after, const Process* parent, const Logon& logon, std::string_view image,
                           std::string_view command) -> Process& {
        if (write && parent != nullptr && after >= 5000)
            return host.spawn(boot + ms(after), *parent, logon, std::string(image), std::string(command));
        return host.add_process(boot + ms(after), parent, logon, std::string(image), std::string(command));
    };
    Process& kernel = start(0, nullptr, system, "System", "");
    kernel.id = 4;
    const Process& smss =
        start(400, &kernel, system, "C:\\Windows\\System32\\smss.exe", "\\SystemRoot\\System32\\smss.exe");
    const Process& wininit = start(5000, &smss, system, "C:\\Windows\\System32\\wininit.exe", "wininit.exe");
    Process& services =
        start(5200, &wininit, system, "C:\\Windows\\System32\\services.exe", "C:\\Windows\\system32\\services.exe");
    services.id = 700;
    Process& lsass =
        start(5260, &wininit, system, "C:\\Windows\\System32\\lsass.exe", "C:\\Windows\\system32\\lsass.exe");
    lsass.id = 708;
    start(5300, &smss, system, "C:\\Windows\\System32\\winlogon.exe", "winlogon.exe");
    start(7000, &services, system, "C:\\Windows\\System32\\svchost.exe",
          "C:\\Windows\\system32\\svchost.exe -k netsvcs -p");
    start(7150, &services, host.network_service(), "C:\\Windows\\System32\\svchost.exe",
          "C:\\Windows\\system32\\svchost.exe -k NetworkService -p");
    start(7400, &services, host.local_service(), "C:\\Windows\\System32\\svchost.exe",
          "C:\\Windows\\system32\\svchost.exe -k LocalServiceNetworkRestricted -p");
    start(9000, &services, system, "C:\\Windows\\System32\\spoolsv.exe", "C:\\Windows\\System32\\spoolsv.exe");
    start(11'000, &services, system, "C:\\Windows\\Sysmon64.exe", "C:\\Windows\\Sysmon64.exe");
}

void Domain::already_running(Host& host) { base_processes(host, false); }

void Domain::boot(Host& host) {
    const Timestamp boot = host.boot_time();
    host.write(kernel_record(boot + ms(300), 12,
                             {{"MajorVersion", u32(10)},
                              {"MinorVersion", u32(0)},
                              {"BuildVersion", u32(19045)},
                              {"QfeVersion", u32(4291)},
                              {"ServiceVersion", u32(0)},
                              {"BootMode", u32(0)},
                              {"StartTime", filetime(boot)}}));
    host.write(event_log_record(boot + ms(7900), 6009,
                                {{"", text("10.00.")},
                                 {"", text("19045")},
                                 {"", text("")},
                                 {"", text("Multiprocessor Free")},
                                 {"", text("0")}}));
    host.write(event_log_record(boot + ms(7901), 6005, {{"", text("")}}));
    host.security(boot + ms(6100), 4826,
                  concat(subject_fields(host.system()), {{"LoadOptions", text("-")},
                                                         {"AdvancedOptions", text("%%1843")},
                                                         {"ConfigAccessPolicy", text("%%1846")},
                                                         {"RemoteEventLogging", text("%%1843")},
                                                         {"KernelDebug", text("%%1843")},
                                                         {"VsmLaunchType", text("%%1848")},
                                                         {"TestSigning", text("%%1843")},
                                                         {"FlightSigning", text("%%1843")},
                                                         {"DisableIntegrityChecks", text("%%1843")},
                                                         {"HypervisorLoadOptions", text("-")},
                                                         {"HypervisorLaunchType", text("%%1848")},
                                                         {"HypervisorDebug", text("%%1843")}}));
    host.security(boot + ms(6200), 4608, {});
    base_processes(host, true);
    const Process& services = host.process("services.exe");
    const auto well_known = [&](std::int64_t after, const Logon& logon, LogonType type) {
        Logon shown = logon;
        shown.type = type;
        shown.guid = {};
        if (logon.id == 0x3e7) shown.account.domain = "NT AUTHORITY", shown.account.name = "SYSTEM";
        write_logon_of_service(boot + ms(after), host, shown, type == LogonType::System ? nullptr : &services);
    };
    well_known(6210, host.system(), LogonType::System);
    well_known(7000, host.system(), LogonType::Service);
    well_known(7140, host.network_service(), LogonType::Service);
    well_known(7390, host.local_service(), LogonType::Service);
    desktop_accounts(boot + ms(6900), host, 0);
    desktop_accounts(boot + ms(8300), host, 1);
    host.sysmon(boot + ms(11'400), 4,
                {{"UtcTime", text(sysmon_time(boot + ms(11'400)))},
                 {"State", text("Started")},
                 {"Version", text("15.14")},
                 {"SchemaVersion", text("4.90")}});
    host.write(service_state_record(boot + ms(11'500), "Sysmon64", "running"));
}

}  // namespace spoor::sample
