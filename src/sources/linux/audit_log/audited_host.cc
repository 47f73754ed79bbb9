#include "sources/linux/audit_log/audited_host.h"

#include <algorithm>

#include "base/endian.h"
#include "base/hash.h"
#include "base/unicode.h"
#include "sources/linux/audit/words.h"

namespace spoor::sensor {
namespace {

constexpr Duration kHoldCalls = Duration::seconds(2);  // records of one call stand together, or nearly so
constexpr std::size_t kMostCalls = 64;
constexpr std::size_t kMostRecordsOfACall = 64;
constexpr std::size_t kMostProcesses = 200'000;
constexpr std::size_t kMostRemembered = 64u << 20;  // of command lines: one that a log tells of may have 4 MB
constexpr std::size_t kMostNames = 100'000;

/// Whether the kernel tells more of the same happening under the same number.
bool is_of_call(AuditType type) {
    switch (type) {
        case AuditType::SystemCall:
        case AuditType::Path:
        case AuditType::SocketAddress:
        case AuditType::WorkingDirectory:
        case AuditType::Arguments:
        case AuditType::Title: return true;
        default: return false;
    }
}

}  // namespace

AuditedHost::AuditedHost(Catalog& catalog, std::string_view name)
    : catalog_(catalog),
      host_(catalog.host(name)),
      channel_(catalog.channel("Linux audit")),
      identity_(hash64(fold_case(name))) {
    names_[0] = "root";
}

const AuditRecord* AuditedHost::Call::of(AuditType type) const {
    const auto found = std::ranges::find(records, type, &AuditRecord::type);
    return found == records.end() ? nullptr : &*found;
}

void AuditedHost::add(std::string_view type, AuditRecord record, Batch& batch) {
    settle(record.time, batch);
    learn_names(record);
    const auto call = std::ranges::find_if(
        calls_, [&](const Call& open) { return open.serial == record.serial && open.time == record.time; });
    if (record.type == AuditType::EndOfEvent) {
        if (call == calls_.end()) return;
        const Call whole = std::move(*call);
        calls_.erase(call);
        return add_call(whole, batch);
    }
    if (!is_of_call(record.type)) return add_single(type, record, batch);
    if (call != calls_.end()) {
        if (call->records.size() < kMostRecordsOfACall) call->records.push_back(std::move(record));
        return;
    }
    if (calls_.size() >= kMostCalls) {
        const Call oldest = std::move(calls_.front());
        calls_.pop_front();
        add_call(oldest, batch);
    }
    Call& begun = calls_.emplace_back(Call{record.serial, record.time, {}});
    begun.records.push_back(std::move(record));
}

void AuditedHost::finish(Batch& batch) { settle(Timestamp::latest(), batch); }

void AuditedHost::add_single(std::string_view type, const AuditRecord& record, Batch& batch) {
    const bool in_session = record.number("ses").value_or(kUnset) != kUnset;
    switch (record.type) {
        case AuditType::Login: return login(record, batch);
        case AuditType::UserAuth:
        case AuditType::UserAcct: return record.succeeded() ? note_attempt(record) : failed(record, batch);
        case AuditType::CredAcquired:
        case AuditType::CredRefreshed: return note_attempt(record);
        case AuditType::UserLogin:
            if (!record.succeeded()) return failed(record, batch);
            return in_session ? terminal_taken(record, batch) : void();
        case AuditType::UserStart:
            if (!in_session || !record.succeeded()) return;
            return is_elevator(base_name(record.text("exe"))) ? credentials_used(record, batch)
                                                              : session_opened(record, batch);
        case AuditType::UserCommand: return credentials_used(record, batch);
        case AuditType::UserEnd:
        case AuditType::CredDisposed: return session_left(record, batch);
        case AuditType::CryptoSession: return connected_from(record, batch);
        case AuditType::SystemBoot: return host_started(record, batch);
        case AuditType::SystemShutdown:
            batch.begin();
            return commit(Kind::SystemStopped, record, Outcome::Success, batch);
        case AuditType::ConfigurationChange: return audit_changed(record, batch);
        case AuditType::ServiceStart:
        case AuditType::ServiceStop:
            batch.begin();
            batch.add_text("ServiceName"_field, record.text("unit"));
            batch.add_text("State"_field, record.type == AuditType::ServiceStart ? "Started" : "Stopped");
            return commit(Kind::ServiceStateChanged, record, record.succeeded() ? Outcome::Success : Outcome::Failure,
                          batch);
        default: return add_other(type, record, batch);
    }
}

/// What has waited long enough for a record that may still come.
void AuditedHost::settle(Timestamp now, Batch& batch) {
    constexpr Duration kHoldFailures = Duration::seconds(3);
    constexpr Duration kRememberFailures = Duration::seconds(15);
    while (!calls_.empty() && (now == Timestamp::latest() || calls_.front().time + kHoldCalls < now)) {
        const Call whole = std::move(calls_.front());
        calls_.pop_front();
        add_call(whole, batch);
    }
    while (!failures_.empty() && (now == Timestamp::latest() || failures_.front().time + kHoldFailures < now)) {
        const AuditRecord record = std::move(failures_.front());
        failures_.pop_front();
        const std::uint32_t pid = record.number("pid").value_or(0);
        const bool was_told = std::ranges::any_of(told_failures_, [&](const ToldFailure& told) {
            return told.pid == pid || (told.address == record.text("addr") && is_told(told.address));
        });
        if (!was_told) tell_failure(record, batch);
    }
    while (!told_failures_.empty() && told_failures_.front().when + kRememberFailures < now) told_failures_.pop_front();
}

/// The one that runs under that number, since this moment where nothing was told of it before.
AuditedHost::KnownProcess& AuditedHost::process(std::uint32_t pid, Timestamp time) {
    const bool is_full = processes_.size() >= kMostProcesses || remembered_bytes_ > kMostRemembered;
    if (is_full && !processes_.contains(pid)) {
        processes_.clear();
        remembered_bytes_ = 0;
    }
    const auto [place, is_new] = processes_.try_emplace(pid);
    if (is_new) {
        save(place->second.guid.bytes.data(), identity_);
        save(place->second.guid.bytes.data() + 8,
             hash_mix(hash_mix(identity_, pid), static_cast<std::uint64_t>(time.nanoseconds)));
    }
    return place->second;
}

void AuditedHost::learn_name(std::uint32_t uid, std::string_view name) {
    if (uid == kUnset || !is_told(name) || name == "unset" || name.starts_with("unknown(") || name.starts_with('('))
        return;
    if (names_.size() < kMostNames || names_.contains(uid)) names_.insert_or_assign(uid, std::string(name));
}

/// An enriched record has names beside its numbers; a plain one of a login says who it is that got the number.
void AuditedHost::learn_names(const AuditRecord& record) {
    constexpr std::pair<std::string_view, std::string_view> kBeside[] = {
        {"auid", "AUID"}, {"uid", "UID"}, {"euid", "EUID"}, {"id", "ID"}};
    for (const auto& [number, name] : kBeside)
        if (const std::string_view told = record.text(name); !told.empty())
            learn_name(record.number(number).value_or(kUnset), told);
    if (record.type == AuditType::UserStart && record.succeeded() && !is_elevator(base_name(record.text("exe"))))
        learn_name(record.number("auid").value_or(kUnset), record.text("acct"));
}

std::string AuditedHost::name_of(std::uint32_t uid) const {
    const auto known = names_.find(uid);
    return known == names_.end() ? std::to_string(uid) : known->second;
}

void AuditedHost::add_session(const AuditRecord& record, Batch& batch) const {
    if (const std::uint32_t session = record.number("ses").value_or(kUnset); session != kUnset)
        batch.add_number("LogonId"_field, session);
    if (const std::uint32_t uid = record.number("auid").value_or(kUnset); uid != kUnset)
        batch.add_number("LoginUid"_field, uid);
}

void AuditedHost::add_actor(const AuditRecord& record, Timestamp time, Batch& batch) {
    const std::uint32_t pid = record.number("pid").value_or(0);
    if (pid != 0) {
        KnownProcess& acting = process(pid, time);
        if (const std::string_view image = record.text("exe"); is_told(image)) acting.image = image;
        batch.add_guid("ProcessGuid"_field, acting.guid);
        batch.add_number("ProcessId"_field, pid);
        batch.add_text("Image"_field, acting.image);
    }
    std::optional<std::uint32_t> acting_as = record.number("euid");
    if (!acting_as) acting_as = record.number("uid");
    if (acting_as) batch.add_text("User"_field, name_of(*acting_as));
    add_session(record, batch);
}

void AuditedHost::commit(Kind kind, const AuditRecord& record, Outcome outcome, Batch& batch) {
    // The kernel's numbers start again at each boot, and one record may tell two things: no gaps are counted in them.
    told_of_serial_ = record.serial == last_serial_ ? told_of_serial_ + 1 : 0;
    last_serial_ = record.serial;
    batch.commit({.time = record.time,
                  .sequence = kCounted | (record.serial << 8 & ~kCounted) | (told_of_serial_ & 0xff),
                  .host = host_,
                  .channel = channel_,
                  .kind = kind,
                  .outcome = outcome});
}

}  // namespace spoor::sensor
