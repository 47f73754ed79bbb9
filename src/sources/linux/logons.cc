#include "sources/linux/logons.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "sources/linux/audit/logon_event.h"
#include "sources/linux/audit/words.h"

namespace spoor::sensor {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kHoldAttempts = 120 * kSecond;
constexpr std::uint64_t kHoldFailures = kSecond;
constexpr std::uint64_t kHoldFailuresMost = 10 * kSecond;  // while the process that serves the login is there
constexpr std::uint64_t kHoldUntold = 2 * kSecond;   // for the LOGIN record of a session that processes already have
constexpr std::uint64_t kHoldEndings = kSecond / 5;  // for the USER_END of a session that has no process any more
constexpr std::size_t kAttemptLimit = 16384;
constexpr std::size_t kFailureLimit = 4096;
constexpr std::size_t kClosedLimit = 1024;

}  // namespace

void Logons::commit(Kind kind, Timestamp time, Outcome outcome, Batch& batch) {
    batch.commit({.time = time,
                  .sequence = host_.next_number++,
                  .host = host_.host,
                  .channel = host_.audit,
                  .kind = kind,
                  .outcome = outcome});
}

/// What somebody typed where a name was asked for may be a password: only names of accounts are shown as they are.
std::string Logons::shown_account(std::string_view account) const {
    if (account.empty() || account.front() == '(' || host_.accounts.exists(account)) return std::string(account);
    return fmt::format("(unknown account #{:08x})", hash64(account, hash64(host_.machine_id)) & 0xffffffff);
}

void Logons::add(const AuditRecord& record, Batch& batch) {
    const std::uint32_t session = record.number("ses").value_or(kUnset);
    switch (record.type) {
        case AuditType::Login: return login(record, batch);
        case AuditType::UserAuth:
        case AuditType::UserAcct:
            if (!record.succeeded()) return failed(record, batch);
            return note_attempt(record);
        case AuditType::CredAcquired:
        case AuditType::CredRefreshed: return note_attempt(record);
        case AuditType::UserLogin:
            if (!record.succeeded()) return failed(record, batch);
            if (session != kUnset) terminal_taken(record, session, batch);
            return;
        case AuditType::UserStart:
            if (session != kUnset && is_elevator(base_name(record.text("exe")))) credentials_used(record, batch);
            return;
        case AuditType::UserCommand: credentials_used(record, batch); return;
        case AuditType::UserEnd: return logoff_requested(record, session, batch);
        case AuditType::ServiceStart:
        case AuditType::ServiceStop:
            batch.begin();
            batch.add_text("ServiceName"_field, record.text("unit"));
            batch.add_text("State"_field, record.type == AuditType::ServiceStart ? "Started" : "Stopped");
            commit(Kind::ServiceStateChanged, record.time, record.succeeded() ? Outcome::Success : Outcome::Failure,
                   batch);
            return;
        case AuditType::ConfigurationChange: return audit_changed(record, batch);
        default: return;
    }
}

void Logons::terminal_taken(const AuditRecord& record, std::uint32_t session, Batch& batch) {
    const std::string terminal = terminal_of(record.text("terminal"));
    if (terminal.empty()) return;
    batch.begin();
    batch.add_text("User"_field, host_.accounts.name(record.number("auid").value_or(0)));
    batch.add_number("LogonId"_field, session);
    batch.add_text("Tty"_field, terminal);
    batch.add_text("Address"_field, is_told(record.text("addr")) ? record.text("addr") : "LOCAL");
    batch.add_number("ProcessId"_field, record.number("pid").value_or(0));
    batch.add_text("Image"_field, record.text("exe"));
    commit(Kind::TerminalLogon, record.time, Outcome::Success, batch);
}

/// The kernel hands audit records on when it gets to it: the session may be over by now.
void Logons::logoff_requested(const AuditRecord& record, std::uint32_t session, Batch& batch) {
    const OpenSession* const told = told_session(session);
    if (!told || told->leader != record.number("pid").value_or(0)) return;
    batch.begin();
    batch.add_text("TargetUserName"_field, host_.accounts.name(told->login_uid));
    batch.add_number("TargetLogonId"_field, session);
    batch.add_number("LogonId"_field, session);
    commit(Kind::LogoffRequested, record.time, Outcome::Success, batch);
}

/// Somebody turned auditing on or off, set a limit, or changed a rule.
void Logons::audit_changed(const AuditRecord& record, Batch& batch) {
    const std::uint32_t session = record.number("ses").value_or(kUnset);
    const std::uint32_t login_uid = record.number("auid").value_or(kUnset);
    batch.begin();
    if (login_uid != kUnset) {
        batch.add_text("SubjectUserName"_field, host_.accounts.name(login_uid));
        batch.add_number("LoginUid"_field, login_uid);
    }
    if (session != kUnset) {
        batch.add_number("SubjectLogonId"_field, session);
        batch.add_number("LogonId"_field, session);
    }
    batch.add_text("Description"_field, record.deed());
    commit(Kind::AuditPolicyChanged, record.time, record.succeeded() ? Outcome::Success : Outcome::Failure, batch);
}

void Logons::note_attempt(const AuditRecord& record) {
    if (record.number("ses").value_or(kUnset) != kUnset || attempts_.size() >= kAttemptLimit) return;
    Attempt& attempt = attempts_[record.number("pid").value_or(0)];
    attempt.when = BootClock::now();
    if (is_told(record.text("acct"))) attempt.account = record.text("acct");
    if (is_told(record.text("exe"))) attempt.executable = record.text("exe");
    if (is_told(record.text("addr"))) attempt.address = record.text("addr");
    if (std::string terminal = terminal_of(record.text("terminal")); !terminal.empty())
        attempt.terminal = std::move(terminal);
    if (record.type == AuditType::UserAuth) attempt.authenticated = true;
}

/// What PAM said of the process itself, with what a child of it proved.
const Logons::Attempt* Logons::attempt_for(std::uint32_t pid) {
    const auto own = attempts_.find(pid);
    for (auto& [other, attempt] : attempts_) {
        if (other == pid) continue;
        const KnownProcess* const process = host_.processes.find(other);
        if (!process || process->parent_pid != pid) continue;
        if (own == attempts_.end()) return &attempt;
        if (attempt.account == own->second.account) own->second.authenticated |= attempt.authenticated;
    }
    return own == attempts_.end() ? nullptr : &own->second;
}

void Logons::login(const AuditRecord& record, Batch& batch) {
    const std::uint32_t session = record.number("ses").value_or(kUnset);
    if (session == kUnset || !record.succeeded() || closed_.contains(session)) return;
    const std::uint32_t pid = record.number("pid").value_or(0);
    OpenSession& open = open_[session];
    if (open.told) return;
    open.login_uid = record.number("auid").value_or(kUnset);
    open.leader = pid;
    tell_logon(session, open, attempt_for(pid), pid, record.time, record.text("tty"),
               record.number("old-ses").value_or(kUnset), batch);
    attempts_.erase(pid);
}

void Logons::tell_logon(std::uint32_t session, OpenSession& open, const Attempt* attempt, std::uint32_t pid,
                        Timestamp time, std::string_view tty, std::uint32_t old_session, Batch& batch) {
    const KnownProcess* const process = host_.processes.find(pid);
    const std::string image = process && !process->program->image.empty() ? process->program->image
                              : attempt                                   ? attempt->executable
                                                                          : "";
    open.service = base_name(attempt && !attempt->executable.empty() ? std::string_view(attempt->executable) : image);
    open.told = true;
    std::string terminal = terminal_of(tty);
    if (terminal.empty() && attempt) terminal = attempt->terminal;
    const bool remote = open.service.starts_with("sshd");

    begin_logon(batch, {.user = std::string(host_.accounts.name(open.login_uid)),
                        .login_uid = open.login_uid,
                        .session = session,
                        .service = open.service,
                        .has_terminal = !terminal.empty()});
    if (attempt) {
        batch.add_text("AuthenticationPackageName"_field, "PAM");
        // PAM checks passwords; keys sshd checks itself, and PAM never hears of them.
        batch.add_text("Method"_field, attempt->authenticated ? "password" : remote ? "publickey" : "none");
        if (const auto address = IpAddress::parse(attempt->address)) {
            batch.add_address("IpAddress"_field, *address);
            open.address = attempt->address;
        } else if (!attempt->address.empty()) {
            batch.add_text("IpAddress"_field, attempt->address);
        }
    }
    if (!terminal.empty()) batch.add_text("Tty"_field, terminal);
    if (old_session != kUnset) batch.add_number("SubjectLogonId"_field, old_session);
    batch.add_number("ProcessId"_field, pid);
    batch.add_text("Image"_field, image);
    if (process) batch.add_guid("ProcessGuid"_field, process->guid);
    commit(Kind::Logon, time, Outcome::Success, batch);
}

/// sshd tells of the end of a login that failed by USER_LOGIN, which says less than PAM's USER_AUTH does and comes
/// before or after it, or several times: it is told only where nothing better comes.
void Logons::failed(const AuditRecord& record, Batch& batch) {
    if (record.type != AuditType::UserLogin) return tell_failure(record, batch);
    const std::uint64_t now = BootClock::now();
    if (failures_.size() < kFailureLimit) failures_.push_back({record, now + kHoldFailures, now + kHoldFailuresMost});
}

void Logons::tell_failure(const AuditRecord& record, Batch& batch) {
    const std::string_view address = record.text("addr");
    const std::uint32_t pid = record.number("pid").value_or(0);
    const KnownProcess* const process = host_.processes.find(pid);
    const std::uint32_t session = record.number("ses").value_or(kUnset);
    batch.begin();
    batch.add_text("TargetUserName"_field, shown_account(record.text("acct")));
    batch.add_text("LogonProcessName"_field, base_name(record.text("exe")));
    batch.add_number("LogonType"_field, logon_type(base_name(record.text("exe")), false));
    if (const auto parsed = IpAddress::parse(address)) batch.add_address("IpAddress"_field, *parsed);
    if (const std::string terminal = terminal_of(record.text("terminal")); !terminal.empty())
        batch.add_text("Tty"_field, terminal);
    if (session != kUnset) {
        batch.add_number("SubjectLogonId"_field, session);
        batch.add_number("LogonId"_field, session);
        batch.add_text("SubjectUserName"_field, host_.accounts.name(record.number("auid").value_or(0)));
    }
    batch.add_number("ProcessId"_field, pid);
    batch.add_text("Image"_field, record.text("exe"));
    if (process) batch.add_guid("ProcessGuid"_field, process->guid);
    commit(Kind::LogonFailed, record.time, Outcome::Failure, batch);
    if (told_failures_.size() >= kFailureLimit) told_failures_.pop_front();
    told_failures_.push_back({pid, process ? process->parent_pid : parent_of(pid), BootClock::now()});
}

/// Whether a failure of the login that process `pid` serves was told: by itself, or by a child that it has ask for
/// passwords.
bool Logons::failure_was_told(std::uint32_t pid) {
    return std::any_of(told_failures_.begin(), told_failures_.end(), [&](const ToldFailure& told) {
        if (told.pid == pid || told.parent == pid) return true;
        const KnownProcess* const process = told.parent == 0 ? host_.processes.find(told.pid) : nullptr;
        return process && process->parent_pid == pid;
    });
}

void Logons::credentials_used(const AuditRecord& record, Batch& batch) {
    const std::uint32_t session = record.number("ses").value_or(kUnset);
    const std::uint32_t pid = record.number("pid").value_or(0);
    const KnownProcess* const process = host_.processes.find(pid);
    batch.begin();
    batch.add_text("SubjectUserName"_field, host_.accounts.name(record.number("auid").value_or(0)));
    if (session != kUnset) {
        batch.add_number("SubjectLogonId"_field, session);
        batch.add_number("LogonId"_field, session);
    }
    if (is_told(record.text("acct"))) batch.add_text("TargetUserName"_field, record.text("acct"));
    batch.add_number("ProcessId"_field, pid);
    if (process) batch.add_guid("ProcessGuid"_field, process->guid);
    batch.add_text("Image"_field, record.text("exe"));
    batch.add_text("LogonProcessName"_field, base_name(record.text("exe")));
    if (is_told(record.text("cmd"))) batch.add_text("CommandLine"_field, record.text("cmd"));
    if (is_told(record.text("cwd"))) batch.add_text("CurrentDirectory"_field, record.text("cwd"));
    if (const std::string terminal = terminal_of(record.text("terminal")); !terminal.empty())
        batch.add_text("Tty"_field, terminal);
    commit(Kind::ExplicitCredentials, record.time, record.succeeded() ? Outcome::Success : Outcome::Failure, batch);
}

void Logons::session_appeared(std::uint32_t session, const KnownProcess& process, std::uint64_t time) {
    OpenSession& open = open_[session];
    if (open.told) return;
    open.login_uid = process.login_uid;
    open.appeared = time;
    open.first_pid = process.pid;
}

void Logons::session_emptied(std::uint32_t session, const KnownProcess& last, std::uint64_t time) {
    endings_.push_back({session, last.pid, time});
}

void Logons::tell_logoff(const Ending& ending, Batch& batch) {
    const auto open = open_.find(ending.session);
    if (open == open_.end() || host_.sessions.contains(ending.session)) return;
    batch.begin();
    batch.add_text("TargetUserName"_field, host_.accounts.name(open->second.login_uid));
    batch.add_number("TargetLogonId"_field, ending.session);
    batch.add_number("LogonId"_field, ending.session);
    batch.add_number("LoginUid"_field, open->second.login_uid);
    batch.add_text("LogonProcessName"_field, open->second.service);
    batch.add_number("ProcessId"_field, ending.last_pid);
    commit(Kind::Logoff, host_.clock.wall(ending.when), Outcome::Success, batch);
    while (closed_.size() >= kClosedLimit) closed_.erase(closed_.begin());  // the kernel's numbers ascend
    closed_.insert_or_assign(ending.session, std::move(open->second));
    open_.erase(open);
}

const Logons::OpenSession* Logons::told_session(std::uint32_t session) const {
    if (const auto open = open_.find(session); open != open_.end()) return &open->second;
    const auto closed = closed_.find(session);
    return closed == closed_.end() ? nullptr : &closed->second;
}

void Logons::add_found(std::uint32_t session, const KnownProcess& leader, Batch& batch) {
    OpenSession& open = open_[session];
    open.login_uid = leader.login_uid;
    open.leader = leader.pid;
    open.service = base_name(leader.program->image);
    open.told = true;
    tell_found(session, open, &leader, batch);
}

void Logons::describe(Batch& batch) {
    for (const auto& [session, open] : open_)
        if (open.told) tell_found(session, open, host_.processes.find(open.leader), batch);
}

void Logons::tell_found(std::uint32_t session, const OpenSession& open, const KnownProcess* leader, Batch& batch) {
    batch.begin();
    batch.add_text("TargetUserName"_field, host_.accounts.name(open.login_uid));
    batch.add_number("TargetLogonId"_field, session);
    batch.add_number("LogonId"_field, session);
    batch.add_number("LoginUid"_field, open.login_uid);
    batch.add_number("LogonType"_field, logon_type(open.service, leader != nullptr && leader->tty != 0));
    batch.add_text("LogonProcessName"_field, open.service);
    if (const auto address = IpAddress::parse(open.address)) batch.add_address("IpAddress"_field, *address);
    if (leader && leader->tty != 0) batch.add_text("Tty"_field, tty_name(leader->tty));
    batch.add_number("ProcessId"_field, open.leader);
    if (leader) {
        batch.add_text("Image"_field, leader->program->image);
        batch.add_guid("ProcessGuid"_field, leader->guid);
    }
    batch.add(FieldValue::of_boolean("Found"_field, true));
    commit(Kind::Logon, host_.clock.wall(leader ? leader->start : open.appeared), Outcome::Success, batch);
}

void Logons::settle(std::uint64_t now, Batch& batch) {
    for (auto& [session, open] : open_) {
        if (open.told || open.appeared + kHoldUntold > now) continue;
        open.leader = open.first_pid;
        tell_logon(session, open, nullptr, open.first_pid, host_.clock.wall(open.appeared), {}, kUnset, batch);
    }
    for (std::size_t i = 0; i < endings_.size();) {
        const auto open = open_.find(endings_[i].session);
        if (endings_[i].when + kHoldEndings > now || (open != open_.end() && !open->second.told)) {
            ++i;
            continue;
        }
        tell_logoff(endings_[i], batch);
        endings_.erase(endings_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    for (std::size_t i = 0; i < failures_.size();) {
        const std::uint32_t pid = failures_[i].record.number("pid").value_or(0);
        const KnownProcess* const server = host_.processes.find(pid);
        const bool goes_on = server && !server->exited && failures_[i].latest > now;
        if (failures_[i].earliest > now || goes_on) {
            ++i;
            continue;
        }
        const AuditRecord record = std::move(failures_[i].record);
        failures_.erase(failures_.begin() + static_cast<std::ptrdiff_t>(i));
        if (!failure_was_told(pid)) tell_failure(record, batch);
    }
    while (!told_failures_.empty() && told_failures_.front().when + kHoldAttempts < now) told_failures_.pop_front();
    if (attempts_.size() < 64) return;
    std::erase_if(attempts_, [&](const auto& entry) { return entry.second.when + kHoldAttempts < now; });
}

}  // namespace spoor::sensor
