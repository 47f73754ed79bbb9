// Host: one machine of the sample: its numbers, its processes, and the records it writes.
//
// Records may be written in any order; take_logs() puts each channel in order of time and numbers it. What must grow
// with time on a real machine (logon ids, Sysmon's process numbers) is therefore worked out from the time itself.
#pragma once
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/session.h"
#include "sample/record.h"

namespace spoor::sample {

struct Account {
    std::string domain;
    std::string name;
    Sid sid;
    bool administrator = false;

    std::string full_name() const { return domain + '\\' + name; }
};

/// A logon session as the machine itself knows it: what a reader of its logs should find out.
struct Logon {
    std::uint64_t id = 0;
    Account account;
    LogonType type = LogonType::Network;
    Timestamp start = {};
    std::optional<Timestamp> end = {};
    Guid guid = {};
    bool elevated = false;
    const Logon* linked = nullptr;
    std::uint32_t terminal_session = 0;
};

struct Process {
    std::uint32_t id = 0;
    Guid guid = {};  // Sysmon's
    std::string image;
    std::string command_line;
    const Logon* logon = nullptr;
    const Process* parent = nullptr;
    Timestamp start = {};
};

struct HostPlan {
    std::string name;
    std::string dns_domain;
    std::string address;
    Timestamp boot = {};
    std::uint32_t machine_id = 0;    // of Sysmon's GUIDs
    std::uint16_t boot_number = 0;   // Sysmon's
    std::uint64_t first_record = 1;  // EventRecordID that the logs start with
    std::uint64_t seed = 0;          // of what is drawn at random, besides the name
};

/// The records of one channel, in order.
struct ChannelLog {
    std::string channel;
    std::vector<Record> records;
};

class Host {
public:
    explicit Host(HostPlan plan);
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;

    const std::string& name() const { return plan_.name; }
    const std::string& address() const { return plan_.address; }
    std::string full_name() const { return plan_.name + '.' + plan_.dns_domain; }
    Timestamp boot_time() const { return plan_.boot; }
    /// The account of the machine itself: CORP\WS07$.
    const Account& machine() const { return machine_; }
    void set_machine(Account account) { machine_ = std::move(account); }

    Logon& system() { return system_; }
    Logon& local_service() { return local_service_; }
    Logon& network_service() { return network_service_; }

    /// A session that begins at `start`, with a logon id that no other has; nothing is written.
    Logon& add_logon(Account account, LogonType type, Timestamp start);
    const std::deque<Logon>& logons() const { return logons_; }
    std::deque<Logon>& logons() { return logons_; }

    /// A process that is there; nothing is written.
    Process& add_process(Timestamp start, const Process* parent, const Logon& logon, std::string image,
                         std::string command_line);
    /// The same, with the records of its beginning (Sysmon 1, Security 4688); where it is not its parent's session that
    /// it runs in (services, runas), 4688 names both.
    Process& spawn(Timestamp start, const Process& parent, const Logon& logon, std::string image,
                   std::string command_line);
    /// Sysmon 5, Security 4689.
    void exit(Timestamp time, const Process& process, std::uint32_t code = 0);
    /// Whatever still runs in a session, from `time` on.
    void exit_all_of(Timestamp time, const Logon& logon);
    /// A process that the machine has always: "services.exe"; CHECKs that it was added.
    const Process& process(std::string_view image_name) const;

    std::uint16_t next_port() { return static_cast<std::uint16_t>(port_++); }
    /// A number that looks random and is the same in every run.
    std::uint64_t random();
    Guid random_guid();
    Guid sysmon_guid(Timestamp time, std::uint64_t number) const;

    void security(Timestamp time, std::uint16_t id, std::vector<Field> fields);
    void security_failure(Timestamp time, std::uint16_t id, std::vector<Field> fields);
    void sysmon(Timestamp time, std::uint16_t id, std::vector<Field> fields);
    void write(Record record) { records_[std::string(record.channel)].push_back(std::move(record)); }

    /// All channels, each by time, with record numbers.
    std::vector<ChannelLog> take_logs();

private:
    void write_security(Timestamp time, std::uint16_t id, std::uint64_t keywords, std::vector<Field> fields);
    std::uint64_t logon_id_at(Timestamp time);

    HostPlan plan_;
    Account machine_;
    Logon system_, local_service_, network_service_;
    std::deque<Logon> logons_;
    std::deque<Process> processes_;
    std::set<const Process*> exited_;
    std::set<std::uint64_t> logon_ids_;
    std::set<std::uint64_t> process_numbers_;
    std::map<std::string, std::vector<Record>, std::less<>> records_;
    std::uint32_t port_ = 49'700;
    std::uint32_t process_count_ = 0;
    std::uint64_t random_state_;
};

/// The field runs that many records begin with.
std::vector<Field> subject_fields(const Logon& logon);
std::vector<Field> subject_fields_of_nobody();
std::vector<Field> target_fields(const Logon& logon);
std::vector<Field> target_fields_of_nobody();
std::vector<Field> concat(std::vector<Field> front, std::vector<Field> back);

/// "2024-05-14 08:41:10.250", as Sysmon writes UtcTime.
std::string sysmon_time(Timestamp time);

std::string_view base_name(std::string_view image);
Sid well_known_sid(std::string_view text);

constexpr Duration ms(std::int64_t count) { return Duration::milliseconds(count); }

}  // namespace spoor::sample
