// ProcessTable: the processes of one host, from Security 4688 and 4689 and from Sysmon, joined where both saw one.
//
// Sysmon's GUID names a process for all time and tells its start and its boot. Security knows it by its id only, which
// is given again soon after its end, so that id, moment and program must agree. A process that only other records name
// (no creation was logged) is there as well, from the first of them on.
//
// Which session a process belongs to, best source first: Sysmon's process creation; 4688 (its Target where it has one,
// else its Subject); 4689 and 4696, which name the process's own token; any other record's Subject, if it was always
// the same; the session of the programs that it started; the only session of the user that Sysmon names; the parent's
// session, unless the parent is a broker that starts programs for others.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "base/flat_map.h"
#include "model/history.h"
#include "sessions/account_sessions.h"
#include "sessions/host_log.h"
#include "sessions/pooled_texts.h"
#include "sessions/session_table.h"
#include "sessions/timeline.h"

namespace spoor::sessions {

class ProcessTable {
public:
    ProcessTable(const HostLog& log, PooledTexts& texts, const SessionTable& sessions, History& history,
                 std::uint32_t first_boot);

    /// Makes the processes and notes in each moment the one that acted. The sessions must be finished.
    void build(Timeline& timeline);

private:
    /// What is known while a process is put together.
    struct Draft {
        std::uint32_t image = 0;     // blob
        std::uint32_t account = 0;   // blob: under whom it runs
        std::uint64_t logon_id = 0;  // its session's
        std::uint8_t logon_rank = 0;
        std::uint64_t hint = 0;  // the subject of its records
        bool hints_differ = false;
        bool has_security_creation = false;
        std::uint64_t childrens = 0;    // the session of the programs that it started
        std::uint64_t prompted_to = 0;  // the session that a prompt gave one of them
        std::uint8_t childrens_rights = 0;
        bool children_differ = false;
        bool is_childrens_account = false;
    };
    using Processes = std::vector<std::uint32_t>;  // in order of their begin

    std::uint32_t by_guid(const Moment& moment, std::uint32_t guid_blob);
    void see_sysmon(Moment& moment);
    void create_by_security(Moment& moment);
    void see_security(Moment& moment);
    void find_creator(const Moment& moment);
    void note_exit(const Moment& moment, std::uint32_t process);
    std::uint32_t add(const Moment& moment, std::uint64_t pid, std::uint32_t image, std::string_view image_text);
    std::uint32_t find_or_add(const Moment& moment, std::uint64_t pid, std::uint32_t image,
                              std::string_view image_text);
    std::uint32_t find_twin(const Moment& moment);
    void set_logon(std::uint32_t process, std::uint64_t logon_id, std::uint8_t rank);
    bool image_agrees(std::uint32_t process, std::uint32_t blob, std::string_view image) const;
    /// Of that number; good until the next call.
    Processes& of_pid(std::uint32_t boot, std::uint64_t pid) { return by_pid_[std::uint64_t{boot} << 32 | pid]; }
    void make_room(const Timeline& timeline);
    void insert_in_order(std::uint32_t process, std::uint32_t boot);
    /// This host's processes, counted from the first, in order of their begin.
    std::vector<std::uint32_t> order_by_begin() const;
    void note_fork(const Moment& moment, std::uint32_t index);
    void learn_from_children(std::span<const std::uint32_t> order);
    AccountParts account_of(const Process& process, const Draft& draft) const;
    void settle_sessions(std::span<const std::uint32_t> order);
    std::uint32_t childrens_session(const Process& process, const Draft& draft, Strength& strength) const;
    std::uint32_t hinted_session(const Process& process, const Draft& draft) const;
    std::uint32_t only_session_of(const Process& process, const Draft& draft, Strength& strength);
    void list_sessions_of_accounts();
    void put_in_order(std::vector<std::uint32_t> order, Timeline& timeline);

    const HostLog& log_;
    PooledTexts& texts_;
    const SessionTable& table_;
    History& history_;
    std::uint32_t first_;
    std::uint32_t first_boot_;
    bool is_linux_;
    std::vector<Draft> drafts_;
    std::vector<std::uint32_t> of_guid_;  // by blob; 0 none, else the process + 1 - first_
    FlatMap<std::uint64_t, Processes> by_pid_;
    AccountSessions sessions_of_accounts_;  // listed when needed
    bool sessions_are_listed_ = false;
};

/// When a process began, as far as is known.
inline Timestamp begin_of(const Process& process) { return process.start.value_or(process.first_seen); }

/// The last part of a path: "cmd.exe" of "C:\\Windows\\System32\\cmd.exe".
std::string_view base_name(std::string_view path);

/// Programs that start others on someone's behalf: their children run as whoever asked, not as them.
bool is_broker(std::string_view image);

}  // namespace spoor::sessions
