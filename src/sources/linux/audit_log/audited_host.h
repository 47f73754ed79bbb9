// AuditedHost: what one host's log tells, record after record.
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "model/catalog.h"
#include "model/event.h"
#include "sources/linux/audit/record.h"
#include "sources/linux/host/proc.h"

namespace spoor::sensor {

class AuditedHost {
public:
    AuditedHost(Catalog& catalog, std::string_view name);

    /// Adds the events that the record completes.
    void add(std::string_view type, AuditRecord record, Batch& batch);
    void finish(Batch& batch);

private:
    /// Records of one number: a system call, and what the kernel says of it.
    struct Call {
        std::uint64_t serial = 0;
        Timestamp time;
        std::vector<AuditRecord> records;

        const AuditRecord* of(AuditType type) const;
    };
    struct KnownProcess {
        Guid guid;
        std::uint32_t parent = 0;  // 0: not told
        std::uint32_t session = kUnset;
        std::string image;
        std::string command_line;
    };
    struct Attempt {  // what PAM said of a process that has no session yet
        Timestamp when;
        std::string account;
        std::string executable;
        std::string address;
        std::string terminal;
    };
    struct Proof {  // what an account proved itself by, to a program and from an address
        Timestamp when;
        bool by_password = false;
        bool by_key = false;
    };
    struct OpenSession {
        std::uint32_t login_uid = kUnset;
        std::uint32_t leader = 0;
        std::string service;
        bool user_left = false;
        bool credentials_left = false;
    };

    void add_single(std::string_view type, const AuditRecord& record, Batch& batch);
    void add_call(const Call& call, Batch& batch);
    void settle(Timestamp now, Batch& batch);

    // Logins; audited_logins.cc.
    void note_attempt(const AuditRecord& record);
    const Attempt* attempt_of(std::uint32_t pid, Timestamp time) const;
    Proof proof_for(const Attempt& attempt, Timestamp time) const;
    void login(const AuditRecord& record, Batch& batch);
    void session_opened(const AuditRecord& record, Batch& batch);
    void tell_logon(const AuditRecord& record, std::uint32_t session, OpenSession& open, const Attempt* attempt,
                    Batch& batch);
    void session_left(const AuditRecord& record, Batch& batch);
    void failed(const AuditRecord& record, Batch& batch);
    void tell_failure(const AuditRecord& record, Batch& batch);
    void credentials_used(const AuditRecord& record, Batch& batch);
    void terminal_taken(const AuditRecord& record, Batch& batch);
    void connected_from(const AuditRecord& record, Batch& batch);
    void audit_changed(const AuditRecord& record, Batch& batch);
    void host_started(const AuditRecord& record, Batch& batch);

    // System calls; audited_calls.cc.
    void executed(const Call& call, const AuditRecord& made, Batch& batch);
    void connected(const Call& call, const AuditRecord& made, Batch& batch);
    bool changed_file(const Call& call, const AuditRecord& made, Batch& batch);
    void add_other(std::string_view type, const AuditRecord& record, Batch& batch);

    KnownProcess& process(std::uint32_t pid, Timestamp time);
    void add_actor(const AuditRecord& record, Timestamp time, Batch& batch);
    void add_session(const AuditRecord& record, Batch& batch) const;
    void learn_names(const AuditRecord& record);
    void learn_name(std::uint32_t uid, std::string_view name);
    std::string name_of(std::uint32_t uid) const;
    void commit(Kind kind, const AuditRecord& record, Outcome outcome, Batch& batch);

    Catalog& catalog_;
    HostId host_;
    ChannelId channel_;
    std::uint64_t identity_;  // of the host and its boot
    std::deque<Call> calls_;
    std::unordered_map<std::uint32_t, KnownProcess> processes_;
    std::size_t remembered_bytes_ = 0;                         // of command lines in these
    std::unordered_map<std::uint32_t, Attempt> attempts_;      // by process
    std::unordered_map<std::string, Proof, TextHash> proofs_;  // by proof_key()
    std::unordered_map<std::uint32_t, OpenSession> open_;      // by session
    std::unordered_map<std::uint32_t, std::string> names_;
    std::deque<AuditRecord> failures_;  // sshd's own, for which PAM may have more to say
    struct ToldFailure {
        Timestamp when;
        std::uint32_t pid;
        std::string address;
    };
    std::deque<ToldFailure> told_failures_;
    std::uint64_t last_serial_ = 0;
    std::uint64_t told_of_serial_ = 0;  // events with that number so far
};

}  // namespace spoor::sensor
