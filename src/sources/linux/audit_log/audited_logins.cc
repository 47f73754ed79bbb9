// Logins: what PAM and the kernel tell of them, one process after the other.
#include <algorithm>

#include "base/hash.h"
#include "sources/linux/audit/logon_event.h"
#include "sources/linux/audit/words.h"
#include "sources/linux/audit_log/audited_host.h"

namespace spoor::sensor {
namespace {

constexpr Duration kHoldAttempts = Duration::seconds(120);
constexpr std::size_t kMostAttempts = 16384;
constexpr std::size_t kMostSessions = 100'000;
constexpr std::size_t kMostFailures = 4096;

std::uint32_t session_of(const AuditRecord& record) { return record.number("ses").value_or(kUnset); }

Outcome outcome_of(const AuditRecord& record) { return record.succeeded() ? Outcome::Success : Outcome::Failure; }

void add_terminal(std::string_view named, Batch& batch) {
    if (const std::string terminal = terminal_of(named); !terminal.empty()) batch.add_text("Tty"_field, terminal);
}

/// Whoever asks for a password may be another process than the one that logs on.
std::string proof_key(std::string_view account, std::string_view address, std::string_view executable) {
    return std::string(account).append(1, '\0').append(address).append(1, '\0').append(executable);
}

void add_address_of(std::string_view told, Batch& batch) {
    if (const auto address = IpAddress::parse(told)) batch.add_address("IpAddress"_field, *address);
}

}  // namespace

void AuditedHost::note_attempt(const AuditRecord& record) {
    if (session_of(record) != kUnset) return;
    const std::uint32_t pid = record.number("pid").value_or(0);
    if (attempts_.size() >= kMostAttempts && !attempts_.contains(pid)) attempts_.clear();
    Attempt& attempt = attempts_[pid];
    if (attempt.when + kHoldAttempts < record.time) attempt = {};  // the number's owner before
    attempt.when = record.time;
    if (is_told(record.text("acct"))) attempt.account = record.text("acct");
    if (is_told(record.text("exe"))) attempt.executable = record.text("exe");
    if (is_told(record.text("addr"))) attempt.address = record.text("addr");
    if (std::string terminal = terminal_of(record.text("terminal")); !terminal.empty())
        attempt.terminal = std::move(terminal);
    if (record.type != AuditType::UserAuth) return;
    const std::string key = proof_key(attempt.account, attempt.address, attempt.executable);
    if (proofs_.size() >= kMostAttempts && !proofs_.contains(key)) proofs_.clear();
    Proof& proof = proofs_[key];
    if (proof.when + kHoldAttempts < record.time) proof = {};
    proof.when = record.time;
    // Red Hat's sshd tells of keys as of passwords.
    (record.text("op").contains("key") ? proof.by_key : proof.by_password) = true;
}

/// What PAM said of the process itself.
const AuditedHost::Attempt* AuditedHost::attempt_of(std::uint32_t pid, Timestamp time) const {
    const auto own = attempts_.find(pid);
    return own == attempts_.end() || own->second.when + kHoldAttempts < time ? nullptr : &own->second;
}

/// By whatever process: sshd asks for the password in one of its own.
AuditedHost::Proof AuditedHost::proof_for(const Attempt& attempt, Timestamp time) const {
    const auto proof = proofs_.find(proof_key(attempt.account, attempt.address, attempt.executable));
    return proof == proofs_.end() || proof->second.when + kHoldAttempts < time ? Proof{} : proof->second;
}

void AuditedHost::login(const AuditRecord& record, Batch& batch) {
    const std::uint32_t session = session_of(record);
    if (session == kUnset || !record.succeeded() || open_.contains(session) || open_.size() >= kMostSessions) return;
    const std::uint32_t pid = record.number("pid").value_or(0);
    OpenSession& open = open_[session];
    open.login_uid = record.number("auid").value_or(kUnset);
    open.leader = pid;
    const Attempt* const attempt = attempt_of(pid, record.time);
    if (attempt) learn_name(open.login_uid, attempt->account);
    tell_logon(record, session, open, attempt, batch);
    attempts_.erase(pid);
}

/// PAM opened a session for whom the kernel's own record is missing.
void AuditedHost::session_opened(const AuditRecord& record, Batch& batch) {
    const std::uint32_t session = session_of(record);
    if (open_.contains(session) || open_.size() >= kMostSessions) return;
    OpenSession& open = open_[session];
    open.login_uid = record.number("auid").value_or(kUnset);
    open.leader = record.number("pid").value_or(0);
    const Attempt attempt{.when = record.time,
                          .account = std::string(record.text("acct")),
                          .executable = std::string(record.text("exe")),
                          .address = std::string(is_told(record.text("addr")) ? record.text("addr") : ""),
                          .terminal = terminal_of(record.text("terminal"))};
    tell_logon(record, session, open, &attempt, batch);
    attempts_.erase(open.leader);
}

void AuditedHost::tell_logon(const AuditRecord& record, std::uint32_t session, OpenSession& open,
                             const Attempt* attempt, Batch& batch) {
    KnownProcess& leader = process(open.leader, record.time);
    if (attempt && !attempt->executable.empty()) leader.image = attempt->executable;
    leader.session = session;
    open.service = base_name(leader.image);
    std::string terminal = terminal_of(record.text("tty"));
    if (terminal.empty() && attempt) terminal = attempt->terminal;

    begin_logon(batch, {.user = name_of(open.login_uid),
                        .login_uid = open.login_uid,
                        .session = session,
                        .service = open.service,
                        .has_terminal = !terminal.empty()});
    if (attempt) {
        batch.add_text("AuthenticationPackageName"_field, "PAM");
        // PAM checks passwords; keys sshd checks itself, and most never tell.
        const Proof proof = proof_for(*attempt, record.time);
        const bool by_key = proof.by_key || (!proof.by_password && open.service.starts_with("sshd"));
        batch.add_text("Method"_field, by_key ? "publickey" : proof.by_password ? "password" : "none");
        add_address_of(attempt->address, batch);
    }
    if (!terminal.empty()) batch.add_text("Tty"_field, terminal);
    if (const std::uint32_t old = record.number("old-ses").value_or(kUnset); old != kUnset)
        batch.add_number("SubjectLogonId"_field, old);
    batch.add_number("ProcessId"_field, open.leader);
    batch.add_text("Image"_field, leader.image);
    batch.add_guid("ProcessGuid"_field, leader.guid);
    commit(Kind::Logon, record, Outcome::Success, batch);
}

/// PAM's last records of a session come from the process that logged on, in either order. Where the log begins in the
/// middle of a session, whoever opens none of his own within another is that process.
void AuditedHost::session_left(const AuditRecord& record, Batch& batch) {
    const std::uint32_t session = session_of(record), pid = record.number("pid").value_or(0);
    if (session == kUnset) return;
    auto open = open_.find(session);
    if (open == open_.end()) {
        if (is_elevator(base_name(record.text("exe"))) || open_.size() >= kMostSessions) return;
        open = open_.try_emplace(session).first;
        open->second = {.login_uid = record.number("auid").value_or(kUnset),
                        .leader = pid,
                        .service = std::string(base_name(record.text("exe")))};
        learn_name(open->second.login_uid, record.text("acct"));
    }
    OpenSession& left = open->second;
    if (left.leader != pid) return;
    const auto tell = [&](Kind kind) {
        batch.begin();
        batch.add_text("TargetUserName"_field, name_of(left.login_uid));
        batch.add_number("TargetLogonId"_field, session);
        batch.add_number("LogonId"_field, session);
        if (kind == Kind::Logoff) {
            batch.add_number("LoginUid"_field, left.login_uid);
            batch.add_text("LogonProcessName"_field, left.service);
            batch.add_number("ProcessId"_field, pid);
        }
        commit(kind, record, Outcome::Success, batch);
    };
    if (record.type == AuditType::UserEnd && !left.user_left) tell(Kind::LogoffRequested);
    (record.type == AuditType::UserEnd ? left.user_left : left.credentials_left) = true;
    if (!left.user_left || !left.credentials_left) return;
    tell(Kind::Logoff);
    open_.erase(open);
}

/// sshd tells of the end of a login that failed by USER_LOGIN, which says less than PAM's USER_AUTH does and comes
/// before or after it: it is told only where nothing better comes.
void AuditedHost::failed(const AuditRecord& record, Batch& batch) {
    if (record.type != AuditType::UserLogin) return tell_failure(record, batch);
    if (failures_.size() < kMostFailures) failures_.push_back(record);
}

void AuditedHost::tell_failure(const AuditRecord& record, Batch& batch) {
    const std::uint32_t pid = record.number("pid").value_or(0), session = session_of(record);
    batch.begin();
    batch.add_text("TargetUserName"_field, record.text("acct"));
    batch.add_text("LogonProcessName"_field, base_name(record.text("exe")));
    batch.add_number("LogonType"_field, logon_type(base_name(record.text("exe")), false));
    add_address_of(record.text("addr"), batch);
    add_terminal(record.text("terminal"), batch);
    if (session != kUnset) {
        batch.add_number("SubjectLogonId"_field, session);
        batch.add_number("LogonId"_field, session);
        batch.add_text("SubjectUserName"_field, name_of(record.number("auid").value_or(kUnset)));
    }
    batch.add_number("ProcessId"_field, pid);
    batch.add_text("Image"_field, record.text("exe"));
    commit(Kind::LogonFailed, record, Outcome::Failure, batch);
    if (told_failures_.size() >= kMostFailures) told_failures_.pop_front();
    told_failures_.push_back({record.time, pid, std::string(record.text("addr"))});
}

void AuditedHost::credentials_used(const AuditRecord& record, Batch& batch) {
    const std::uint32_t session = session_of(record), pid = record.number("pid").value_or(0);
    batch.begin();
    batch.add_text("SubjectUserName"_field, name_of(record.number("auid").value_or(kUnset)));
    if (session != kUnset) {
        batch.add_number("SubjectLogonId"_field, session);
        batch.add_number("LogonId"_field, session);
    }
    if (is_told(record.text("acct"))) batch.add_text("TargetUserName"_field, record.text("acct"));
    batch.add_number("ProcessId"_field, pid);
    batch.add_guid("ProcessGuid"_field, process(pid, record.time).guid);
    batch.add_text("Image"_field, record.text("exe"));
    batch.add_text("LogonProcessName"_field, base_name(record.text("exe")));
    if (is_told(record.text("cmd"))) batch.add_text("CommandLine"_field, record.text("cmd"));
    if (is_told(record.text("cwd"))) batch.add_text("CurrentDirectory"_field, record.text("cwd"));
    add_terminal(record.text("terminal"), batch);
    commit(Kind::ExplicitCredentials, record, outcome_of(record), batch);
}

void AuditedHost::terminal_taken(const AuditRecord& record, Batch& batch) {
    const std::string terminal = terminal_of(record.text("terminal"));
    if (terminal.empty()) return;
    batch.begin();
    batch.add_text("User"_field, name_of(record.number("auid").value_or(kUnset)));
    batch.add_number("LogonId"_field, session_of(record));
    batch.add_text("Tty"_field, terminal);
    batch.add_text("Address"_field, is_told(record.text("addr")) ? record.text("addr") : "LOCAL");
    batch.add_number("ProcessId"_field, record.number("pid").value_or(0));
    batch.add_text("Image"_field, record.text("exe"));
    commit(Kind::TerminalLogon, record, Outcome::Success, batch);
}

/// sshd's keys for a connection: both ends of it. It tells once for each direction.
void AuditedHost::connected_from(const AuditRecord& record, Batch& batch) {
    const auto local = IpAddress::parse(record.text("laddr")), remote = IpAddress::parse(record.text("addr"));
    const std::uint32_t local_port = record.number("lport").value_or(0), port = record.number("rport").value_or(0);
    if (record.text("direction") == "from-server" || record.text("op") != "start") return;
    if (!local || !remote || port == 0 || port > UINT16_MAX || local_port > UINT16_MAX)
        return add_other("CRYPTO_SESSION", record, batch);
    batch.begin();
    add_actor(record, record.time, batch);
    batch.add_text("Protocol"_field, "tcp");
    batch.add_text("Initiated"_field, "false");
    batch.add_address("SourceIp"_field, *remote);
    batch.add_number("SourcePort"_field, port);
    batch.add_address("DestinationIp"_field, *local);
    batch.add_number("DestinationPort"_field, local_port);
    commit(Kind::NetworkConnection, record, Outcome::Success, batch);
}

/// Somebody turned auditing on or off, set a limit, or changed a rule.
void AuditedHost::audit_changed(const AuditRecord& record, Batch& batch) {
    const std::uint32_t session = session_of(record), login_uid = record.number("auid").value_or(kUnset);
    batch.begin();
    if (login_uid != kUnset) {
        batch.add_text("SubjectUserName"_field, name_of(login_uid));
        batch.add_number("LoginUid"_field, login_uid);
    }
    if (session != kUnset) {
        batch.add_number("SubjectLogonId"_field, session);
        batch.add_number("LogonId"_field, session);
    }
    batch.add_text("Description"_field, record.deed());
    commit(Kind::AuditPolicyChanged, record, outcome_of(record), batch);
}

/// Numbers of processes and sessions begin anew.
void AuditedHost::host_started(const AuditRecord& record, Batch& batch) {
    identity_ = hash_mix(identity_, static_cast<std::uint64_t>(record.time.nanoseconds));
    processes_.clear();
    attempts_.clear();
    open_.clear();
    batch.begin();
    commit(Kind::SystemStarted, record, Outcome::Success, batch);
}

}  // namespace spoor::sensor
