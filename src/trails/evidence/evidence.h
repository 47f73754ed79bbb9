// Evidence: what logs say that can tie one session to another, collected while they are read.
//
// Only the records that a link can rest on are kept, each as a small row of its own type with the reference to its
// event; texts lie in one pool. Collecting is commutative: `settle` sorts and drops repeats, so that links do not
// depend on the order in which logs were read.
#pragma once
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/flat_map.h"
#include "base/result.h"
#include "base/text_pool.h"
#include "model/catalog.h"
#include "model/history.h"

namespace spoor::trails {

struct Endpoint {
    IpAddress address;
    std::uint16_t port = 0;

    friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

/// The process that a record names: Sysmon's GUID where it has one, else the number.
struct ProcessName {
    Guid guid;
    std::uint64_t pid = 0;
    std::string_view image;

    friend auto operator<=>(const ProcessName&, const ProcessName&) = default;
};

/// 5156 and Sysmon 3. Source is whoever opened the connection, on both hosts.
struct Connection {
    EventRef event;
    ProcessName process;
    Endpoint source;
    Endpoint destination;
    bool initiated = false;  // this host opened it
};

/// 4648: written where the credentials were typed, not where they were used.
struct ExplicitCredentials {
    EventRef event;
    LogonId subject;
    ProcessName process;
    std::string_view user;
    std::string_view domain;
    std::string_view server;   // TargetServerName
    std::string_view service;  // TargetInfo: HTTP/WS07, cifs/FS01, TERMSRV/...
    Guid target_guid;          // equals the ticket's LogonGuid, and a local logon's
};

/// 4697 and 7045, a service's program set in the registry (Sysmon 13, 4657), and what sc.exe and reg.exe were told.
struct ServiceInstall {
    EventRef event;
    LogonId subject;        // none in a 7045
    Sid account;            // of whoever installed it, all that a 7045 says
    std::string_view user;  // its name, where an exporter looked it up
    std::string_view name;  // "\\FS01\Updater" where it was told on another host than it is for
    std::string_view command;
    ProcessName client;
    bool is_told = false;  // a program was told to: whether it did shows in what ran
};

/// 4698 and 4702 (with the subject), TaskScheduler 106 and 140 (with the user), and what schtasks.exe and at.exe were
/// told.
struct TaskChange {
    EventRef event;
    LogonId subject;
    std::string_view name;     // as a service's: \Updater, "\\FS01\Updater"
    std::string_view command;  // of its first Exec action
    std::string_view user;     // who registered it
    ProcessName client;        // the program that did, where it ran on this host
    bool is_told = false;
};

/// TaskScheduler 100 (for whom), 129 (which process it became) and 200 (which program).
struct TaskRun {
    EventRef event;
    std::string_view name;
    std::uint64_t pid = 0;
    std::string_view program;
    std::string_view user;
};

/// Sysmon 19 to 21: parts of a permanent WMI subscription that were created. WMI-Activity 5859 and 5861: one was put to
/// work, as it was created or when the service started.
struct WmiSubscription {
    EventRef event;
    Sid account;  // of whoever created it
    std::string_view user;
    std::string_view name;
    std::string_view command;  // of a command-line consumer
    bool may_be_older = false;
};

/// WinRM 6, RDPClient 1024 and 1102, SmbClient 30803 to 31010, NTLM 8001: a program of this host calls another.
struct RemoteCall {
    EventRef event;
    Kind kind = Kind::WinrmClient;
    LogonId session;  // for which, where the record says so
    ProcessName process;
    Sid user;
    std::string_view credentials;  // the account that was offered, where it was not the session's own
    std::string_view server;       // name or address
};

/// WMI-Activity 5858 and 5860: another host's program asked this one's WMI. Its number is that of its own host.
struct WmiRequest {
    EventRef event;
    std::string_view user;
    std::string_view client;
    std::uint64_t client_pid = 0;
};

/// WMI-Activity 5857: a process that WMI's providers run in.
struct ProviderHost {
    EventRef event;
    std::uint64_t pid = 0;
};

/// WinRM 91: who asked for a shell, and from where.
struct ShellRequest {
    EventRef event;
    std::string_view user;
    IpAddress client;
};

/// The client's end of a connection as the server recorded it: RdpCoreTS 131, OpenSSH 4, inbound 5156 and Sysmon 3 to
/// the ports that people enter by.
struct Arrival {
    EventRef event;
    Endpoint client;
    std::uint16_t port = 0;  // of the server
    std::string_view user;   // whom sshd let in
};

/// LocalSessionManager 39: one terminal session was disconnected by another.
struct Takeover {
    EventRef event;
    std::uint32_t terminal = 0;
    std::uint32_t by = 0;
};

/// A Linux program was started that gives another identity or enters a container: su, sudo, nsenter, docker ...
struct Invocation {
    EventRef event;
    ProcessName process;
    std::string_view command_line;
};

/// A file in a place where cron, at or systemd look for work was written or taken away.
struct JobFile {
    EventRef event;
    ProcessName process;
    std::string_view path;
    bool deleted = false;
};

/// Sysmon 8, 10 and 25, ptrace: one process reaches into another.
struct Injection {
    EventRef event;
    ProcessName source;
    ProcessName target;
    std::string_view target_user;
    bool only_rights = false;  // it had the rights to do so, which does not say that it did
};

/// A process that acts under another session than its own, once for each pair.
struct ForeignSubject {
    EventRef event;
    ProcessName process;
    LogonId subject;
};

/// 4778, 4779, 4800 and 4801: the life of a session on a window station.
struct StationChange {
    EventRef event;
    Kind kind = Kind::Other;
    LogonId session;
    std::string_view client;
    std::string_view address;
};

/// 4768 to 4771, 4776 and NTLM 8004 at a domain controller.
struct Ticket {
    EventRef event;
    Kind kind = Kind::Other;
    std::string_view user;  // without realm
    std::string_view domain;
    std::string_view service;  // HOST$ or an account; the server that asked for an NTLM validation
    std::string_view transmitted_services;
    std::string_view workstation;
    Endpoint client;
    Guid logon_guid;
    std::uint32_t status = 0;
    std::uint32_t encryption = 0;
    std::uint32_t options = 0;
    std::string_view preauthentication;
};

/// 5140 and 5145: repeats the connection that a network session was made on.
struct ShareAccess {
    EventRef event;
    LogonId subject;
    Endpoint client;
};

/// 4625, and pre-authentication that failed, as seen by the host that refused.
struct FailedLogon {
    EventRef event;
    std::string_view user;
    std::string_view domain;
    LogonType type = LogonType::Unknown;
    std::uint32_t status = 0;  // the closest reason there is: SubStatus, else Status
    IpAddress address;
    std::string_view workstation;
    LogonId subject;
    std::string_view image;
};

/// 1102 and 104.
struct ClearedLog {
    EventRef event;
    LogonId subject;
    std::string_view user;
    std::string_view log;
};

/// A stretch of time in which records show an address to have been a host's.
struct AddressSighting {
    IpAddress address;
    HostId host = HostId::None;
    Timestamp first;
    Timestamp last;
    std::uint32_t count = 0;
};

/// Evidence of one host as bytes, to be kept and read again: what happened in a span of time, both ends included.
struct EvidencePage {
    Timestamp first;
    Timestamp last;
    std::string bytes;
};

class Evidence {
public:
    explicit Evidence(Catalog& catalog) : catalog_(&catalog) {}

    /// Keeps what can tie sessions together. Any order; one thread at a time.
    void observe(const Batch& batch);

    /// What joins repeats looks at whole hours: evidence of some hours is the same whether it was observed or stood in
    /// pages of all time.
    static constexpr Duration kGrain = Duration::seconds(3600);

    /// Whether a record of that kind can be evidence, and whether it is of something set up to run whenever.
    static bool concerns(Kind kind);
    static bool sets_up(Kind kind);
    // For collecting in parts, see lasting_evidence.cc: lets go of all but what may matter much later, and takes that
    // over; not the records of some hosts, which are observed anew.
    void forget_passing();
    void add_lasting(const Evidence& other, const std::set<HostId>& except = {});
    // As pages, see evidence_page.cc: what passes, which is let go of, and what lasts, each of one host. A page is
    // added as if what lies within a span of time had been observed.
    std::size_t passing_rows() const;
    std::vector<EvidencePage> take_passing();
    std::string lasting_page() const;
    Result<void> add_page(std::string_view page, Timestamp from = Timestamp::earliest(),
                          Timestamp until = Timestamp::latest());

    /// Learns a machine's address from a session that it logged on to: enough where logons are not observed.
    void see_machine(const Session& session);

    /// Sorts every list by host and time and drops repeats. Call once, after the last `observe`.
    void settle();

    std::vector<Connection> connections;
    std::vector<ExplicitCredentials> explicit_credentials;
    std::vector<ServiceInstall> services;
    std::vector<TaskChange> tasks;
    std::vector<TaskRun> task_runs;
    std::vector<WmiSubscription> wmi_subscriptions;
    std::vector<RemoteCall> remote_calls;
    std::vector<WmiRequest> wmi_requests;
    std::vector<ProviderHost> provider_hosts;
    std::vector<ShellRequest> shell_requests;
    std::vector<Arrival> arrivals;
    std::vector<Takeover> takeovers;
    std::vector<Invocation> invocations;
    std::vector<JobFile> job_files;
    std::vector<Injection> injections;
    std::vector<ForeignSubject> foreign_subjects;
    std::vector<StationChange> station_changes;
    std::vector<Ticket> tickets;
    std::vector<ShareAccess> share_accesses;
    std::vector<FailedLogon> failed_logons;
    std::vector<ClearedLog> cleared_logs;
    std::vector<AddressSighting> addresses;

private:
    /// Calls `visit` with every list of what matters for some hours, and of what may matter whenever.
    template <typename Self, typename Visit>
    static void each_passing(Self& self, Visit visit) {
        visit(self.connections), visit(self.explicit_credentials), visit(self.task_runs), visit(self.remote_calls);
        visit(self.wmi_requests), visit(self.provider_hosts), visit(self.shell_requests), visit(self.arrivals);
        visit(self.takeovers), visit(self.invocations), visit(self.injections), visit(self.foreign_subjects);
        visit(self.station_changes), visit(self.tickets), visit(self.share_accesses), visit(self.failed_logons);
        visit(self.cleared_logs);
    }
    template <typename Self, typename Visit>
    static void each_lasting(Self& self, Visit visit) {
        visit(self.services), visit(self.tasks), visit(self.wmi_subscriptions), visit(self.job_files);
        visit(self.addresses);
    }

    using Observer = void (Evidence::*)(EventView);
    /// What is done with an event of that kind; null for those that no link rests on.
    static Observer observer_of(Kind kind);

    void observe_logon(EventView view);
    void observe_connection(EventView view);
    void observe_explicit_credentials(EventView view);
    void observe_failed_logon(EventView view);
    void observe_cleared_log(EventView view);
    void observe_service(EventView view);
    void observe_task(EventView view);
    void observe_wmi(EventView view);
    void observe_wmi_activity(EventView view);
    void observe_wmi_consumer(EventView view);
    void observe_wmi_request(EventView view);
    void observe_remote_call(EventView view);
    void observe_smb_client(EventView view);
    void observe_ntlm(EventView view);
    void observe_shell_request(EventView view);
    void observe_desktop_arrival(EventView view);
    void observe_ssh_message(EventView view);
    void observe_injection(EventView view);
    void observe_access(EventView view);
    void observe_foreign_subject(EventView view);
    void observe_station_change(EventView view);
    void observe_ticket(EventView view);
    void observe_share(EventView view);
    void observe_process(EventView view);
    void observe_set_up(EventView view);
    void observe_registry(EventView view);
    void observe_file(EventView view);
    // Of repeats the first is kept, whichever comes first.
    void add(const Connection& connection);
    void add(const Injection& injection);
    void add(const ForeignSubject& foreign);
    void add(const ShareAccess& access);
    void add(const WmiRequest& request);
    void arrive(EventView view, const Endpoint& client, std::uint16_t port, std::string_view user = {});
    void see_address(const IpAddress& address, HostId host, Timestamp time);
    /// The host that a machine account belongs to.
    HostId host_of_machine(std::string_view account, std::string_view domain);
    void settle_addresses();

    std::string_view keep(std::string_view text) { return texts_.intern(text); }
    ProcessName process(EventView view, FieldId guid, FieldId pid, FieldId image);

    Catalog* catalog_;
    TextPool texts_;
    using Places = FlatMap<std::uint64_t, std::uint32_t>;  // in a list, by what repeats have in common
    Places foreign_by_key_;
    Places address_by_key_;
    Places connection_by_key_;
    Places share_by_key_;
    Places access_by_key_;
    Places wmi_request_by_key_;
};

/// "user" of "user@REALM" and "DOMAIN\user".
std::string_view account_name(std::string_view text);

/// Two accounts are one when their names are, without domain, realm and case.
bool same_account(std::string_view a, std::string_view b);

}  // namespace spoor::trails
