// Domain: the sample's machines and what they do together: logons, tickets, connections, services, tasks.
//
// Each function is one thing that happens, and writes what every machine involved would log of it, in the order in
// which Windows 10 and Server 2019 do. Machines that belong to the domain but whose logs nobody has (most of any real
// domain) appear as an address only.
#pragma once
#include <deque>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "sample/host.h"

namespace spoor::sample {

/// One TCP connection. `client` is null where the client's logs are not ours.
struct Connection {
    Host* client = nullptr;
    std::string client_address;
    std::string client_name;  // NetBIOS
    std::uint16_t client_port = 0;
    Host* server = nullptr;
    std::string server_address;
    std::uint16_t server_port = 0;
};

enum class Package : unsigned char { Kerberos, Ntlm };

struct ShareAccess {
    std::string_view share;  // "\\\\*\\Projects"
    std::string_view local_path;
    std::string_view file;  // relative; empty: the share only
    bool write = false;
};

class Domain {
public:
    Domain(Host& controller, std::string_view dns_name);

    Account account(std::string_view name, std::uint32_t rid, bool administrator = false) const;
    Account built_in(std::string_view domain, std::string_view name, std::string_view sid_text) const;
    Host& controller() { return controller_; }

    // Connections.

    /// A program on `host` connects: Sysmon 3 and 5156 there, 5156 at the server where its logs are ours.
    Connection connect(Timestamp time, Host& host, const Process& process, Host& server, std::uint16_t port);
    Connection connect_outside(Timestamp time, Host& host, const Process& process, std::string_view address,
                               std::string_view name, std::uint16_t port);
    /// From a machine whose logs nobody has.
    Connection connect_from(Timestamp time, std::string_view address, std::string_view name, Host& server,
                            std::uint16_t port);

    // Tickets at the domain controller.

    void ticket_granting_ticket(Timestamp time, const Account& account, std::string_view address);
    void ticket_refused(Timestamp time, const Account& account, std::string_view address);
    /// Its LogonGuid, which 4648 and an initial 4624 share.
    Guid service_ticket(Timestamp time, const Account& account, std::string_view service, std::string_view address);
    void validate_ntlm(Timestamp time, const Account& account, std::string_view workstation, std::uint32_t status);

    // Logons.

    /// A session on the server, made by what came over `connection`. `delay` after `time` the tickets are there.
    Logon& network_logon(Timestamp time, const Connection& connection, const Account& account, Package package);
    void failed_network_logon(Timestamp time, const Connection& connection, const Account& account,
                              std::uint32_t sub_status);
    void logoff(Timestamp time, Host& host, Logon& logon);

    /// At the keyboard: terminal session 1, its desktop and the user's first processes. Returns the half programs run
    /// in.
    Logon& console_logon(Timestamp time, Host& host, const Account& account);
    void failed_console_logon(Timestamp time, Host& host, const Account& account);
    void lock(Timestamp time, Host& host, const Logon& logon);
    void unlock(Timestamp time, Host& host, const Logon& logon);

    /// By remote desktop over `connection`, with network-level authentication. Returns the half programs run in.
    Logon& remote_desktop_logon(Timestamp time, const Connection& connection, const Account& account,
                                std::uint32_t terminal_session);
    void remote_desktop_logoff(Timestamp time, const Connection& connection, Logon& logon);
    /// What the client's side logs of it: the connection, the credentials given.
    Connection remote_desktop_client(Timestamp time, Host& host, const Process& mstsc, const Account& account,
                                     Host& server);

    /// A program of `caller` gives another account's password: 4648 and a pair of sessions.
    Logon& runas(Timestamp time, Host& host, const Process& caller, const Account& account);
    /// 4648 alone: credentials given to another machine.
    void explicit_credentials(Timestamp time, Host& host, const Process& caller, const Account& account,
                              const Connection& to, std::string_view service, const Guid& ticket);

    Logon& service_logon(Timestamp time, Host& host, const Account& account);
    Logon& batch_logon(Timestamp time, Host& host, const Account& account);

    // What is done within a session.

    void access_share(Timestamp time, const Connection& connection, const Logon& logon, const ShareAccess& access);
    void create_file(Timestamp time, Host& host, const Process& process, std::string_view path);
    void install_service(Timestamp time, Host& host, const Logon& by, std::string_view name, std::string_view image);
    void create_task(Timestamp time, Host& host, const Process& by, std::string_view name, std::string_view command);
    /// The task scheduler starts it: a child of its service, as SYSTEM.
    const Process& run_task(Timestamp time, Host& host, std::string_view name, std::string_view image,
                            std::string_view command_line);
    void clear_security_log(Timestamp time, Host& host, const Logon& by);

    /// A cold start, from the kernel's first record to the services that are there from then on.
    void boot(Host& host);
    /// The same processes and sessions, of a machine that has been up for long: nothing is written.
    void already_running(Host& host);

private:
    struct LogonRecord;

    void write_logon(Timestamp time, Host& host, const LogonRecord& record);
    /// The record that Windows writes for the built-in accounts whenever a service starts as one.
    void write_logon_of_service(Timestamp time, Host& host, const Logon& logon, const Process* services);
    void write_privileges(Timestamp time, Host& host, const Logon& logon);
    void write_groups(Timestamp time, Host& host, const Logon& logon);
    void write_explicit(Timestamp time, Host& host, const Logon& subject, const Account& account, const Guid& ticket,
                        std::string_view server, std::string_view info, const Process& process,
                        std::string_view address, std::string_view port);
    void desktop_accounts(Timestamp time, Host& host, std::uint32_t terminal_session);
    void terminal(Timestamp time, Host& host, std::uint16_t id, std::vector<Field> fields, const Guid& activity);
    void remote_connection(Timestamp time, Host& host, std::uint16_t id, std::vector<Field> fields,
                           const Guid& activity);
    void winlogon(Timestamp time, Host& host, std::uint16_t id, const Logon& logon);
    Logon& interactive_pair(Timestamp time, Host& host, const Account& account, LogonType type, const Process& by,
                            const Guid& ticket, std::string_view address, std::uint32_t terminal_session,
                            const Logon& subject, std::string_view logon_process);
    void user_desktop(Timestamp time, Host& host, const Logon& logon);
    Guid logon_tickets(Timestamp time, Host& host, const Account& account);
    void base_processes(Host& host, bool write);

    Host& controller_;
    std::string dns_name_;
    std::set<std::tuple<std::string, std::string, std::string, std::uint16_t>>
        tickets_;  // who has one, where, for what
    std::string domain_sid_ = "S-1-5-21-3084159226-535897932-1414213562";
};

}  // namespace spoor::sample
