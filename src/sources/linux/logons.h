// Logons: joins the audit records of a login, which several processes write one after the other, with the kernel's
// sessions.
//
// The session is what the kernel says: it begins with the number that the kernel gives (record LOGIN, or the first
// process seen with that number where audit is off), and ends when no process has the number any more. What PAM told
// before that, in records that have no session yet, says who, from where and how: it is held by process for two
// minutes, and found through the LOGIN's process or its child (sshd asks for the password in a process of its own).
//
// su and sudo open no session in the kernel: they are credentials used within one.
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

#include "model/event.h"
#include "sources/linux/audit/record.h"
#include "sources/linux/normaliser.h"

namespace spoor::sensor {

class Logons {
public:
    explicit Logons(HostContext& host) : host_(host) {}

    /// Adds what one audit record means to `batch`.
    void add(const AuditRecord& record, Batch& batch);

    /// A number that no process had before.
    void session_appeared(std::uint32_t session, const KnownProcess& process, std::uint64_t time);
    /// The last process with that number is gone.
    void session_emptied(std::uint32_t session, const KnownProcess& last, std::uint64_t time);

    /// A session that was there before the sensor.
    void add_found(std::uint32_t session, const KnownProcess& leader, Batch& batch);

    /// Adds every session that is open now, as found.
    void describe(Batch& batch);

    /// Adds what has waited long enough for a record that may still come.
    void settle(std::uint64_t now, Batch& batch);

private:
    struct Attempt {  // what PAM said of a process that has no session yet
        std::uint64_t when = 0;
        std::string account;
        std::string executable;
        std::string address;
        std::string terminal;
        bool authenticated = false;  // PAM checked something: a password, as a rule
    };
    struct OpenSession {
        std::uint32_t login_uid = kUnset;
        std::uint32_t leader = 0;
        std::string service;
        std::string address;
        bool told = false;
        std::uint64_t appeared = 0;
        std::uint32_t first_pid = 0;
    };
    struct Ending {
        std::uint32_t session;
        std::uint32_t last_pid;
        std::uint64_t when;
    };
    struct Failure {
        AuditRecord record;
        std::uint64_t earliest;
        std::uint64_t latest;
    };
    struct ToldFailure {
        std::uint32_t pid;
        std::uint32_t parent;  // 0: not known then
        std::uint64_t when;
    };

    void login(const AuditRecord& record, Batch& batch);
    void failed(const AuditRecord& record, Batch& batch);
    void tell_failure(const AuditRecord& record, Batch& batch);
    bool failure_was_told(std::uint32_t pid);
    void terminal_taken(const AuditRecord& record, std::uint32_t session, Batch& batch);
    void logoff_requested(const AuditRecord& record, std::uint32_t session, Batch& batch);
    void audit_changed(const AuditRecord& record, Batch& batch);
    void credentials_used(const AuditRecord& record, Batch& batch);
    void tell_logon(std::uint32_t session, OpenSession& open, const Attempt* attempt, std::uint32_t pid, Timestamp time,
                    std::string_view tty, std::uint32_t old_session, Batch& batch);
    void tell_found(std::uint32_t session, const OpenSession& open, const KnownProcess* leader, Batch& batch);
    void tell_logoff(const Ending& ending, Batch& batch);
    const OpenSession* told_session(std::uint32_t session) const;
    const Attempt* attempt_for(std::uint32_t pid);
    void note_attempt(const AuditRecord& record);
    std::string shown_account(std::string_view account) const;
    void commit(Kind kind, Timestamp time, Outcome outcome, Batch& batch);

    HostContext& host_;
    std::unordered_map<std::uint32_t, Attempt> attempts_;  // by process
    std::unordered_map<std::uint32_t, OpenSession> open_;  // by session
    std::map<std::uint32_t, OpenSession> closed_;          // those that ended last
    std::deque<Ending> endings_;
    std::deque<Failure> failures_;
    std::deque<ToldFailure> told_failures_;
};

}  // namespace spoor::sensor
