#include "sessions/host_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/endian.h"
#include "base/same_bytes.h"
#include "base/unicode.h"
#include "sessions/sysmon_guid.h"

namespace spoor::sessions {
namespace {

/// What is kept of each kind beyond the Observation. To let sessions know more, name it here.
struct KeptFields {
    Kind kind;
    std::string_view fields;
};

// clang-format off
constexpr KeptFields kKeptFields[] = {
    {Kind::Logon, "Version LogonType LogonProcessName AuthenticationPackageName LmPackageName KeyLength WorkstationName LogonGuid TransmittedServices IpAddress IpPort ImpersonationLevel RestrictedAdminMode RemoteCredentialGuard VirtualAccount ElevatedToken TargetLinkedLogonId TargetOutboundUserName TargetOutboundDomainName"},
    {Kind::Logoff, "LogonType"},
    {Kind::PrivilegesAssigned, "PrivilegeList"},
    {Kind::GroupsAssigned, "LogonType GroupMembership"},
    {Kind::SpecialGroupsAssigned, "SidList"},
    {Kind::SessionReconnected, "SessionName ClientName ClientAddress"},
    {Kind::SessionDisconnected, "SessionName ClientName ClientAddress"},
    {Kind::WorkstationLocked, "SessionID"},
    {Kind::WorkstationUnlocked, "SessionID"},
    {Kind::ScreenSaverStarted, "SessionID"},
    {Kind::ScreenSaverStopped, "SessionID"},
    {Kind::TerminalLogon, "User SessionID Address"},
    {Kind::TerminalShellStarted, "User SessionID Address"},
    {Kind::TerminalLogoff, "User SessionID"},
    {Kind::TerminalDisconnected, "User SessionID Address"},
    {Kind::TerminalReconnected, "User SessionID Address"},
    {Kind::TerminalTakenOver, "TargetSession Source"},
    {Kind::TerminalDisconnectReason, "Session Reason"},
    {Kind::TerminalArbitration, "User SessionID"},
    {Kind::WinlogonLogon, "TSId UserSid"},
    {Kind::WinlogonLogoff, "TSId UserSid"},
    {Kind::ProcessCreated, "CommandLine User LogonGuid TerminalSessionId IntegrityLevel MandatoryLabel TokenElevationType ParentProcessGuid ParentProcessId ParentImage ParentCommandLine ParentUser"},
    {Kind::ProcessForked, "ParentProcessGuid ParentProcessId"},
    {Kind::ProcessExited, "ExitCode"},
    {Kind::PrimaryTokenAssigned, "TargetProcessId TargetImage"},
    {Kind::SystemStarted, "StartTime BootType"},
    {Kind::SystemStopped, "StopTime"},
};
// clang-format on

/// Which fields, a byte for each: a bit would have to be cut out for every value of every record.
struct FieldSet {
    std::array<bool, kFieldCount> has{};
    bool any = false;
};

consteval FieldSet set_of(std::string_view names) {
    FieldSet set{.any = true};
    while (!names.empty()) {
        const std::size_t end = std::min(names.find(' '), names.size());
        set.has[number(field_named(names.substr(0, end)))] = true;
        names.remove_prefix(std::min(end + 1, names.size()));
    }
    return set;
}

/// The set of each kind.
consteval std::array<FieldSet, kKindCount> make_kept_sets() {
    std::array<FieldSet, kKindCount> sets{};
    for (const KeptFields& row : kKeptFields) sets[static_cast<std::size_t>(row.kind)] = set_of(row.fields);
    return sets;
}
constexpr std::array<FieldSet, kKindCount> kKeptSets = make_kept_sets();

ChannelRole role_of(std::string_view channel) {
    if (equals_ignoring_ascii_case(channel, "Security")) return ChannelRole::Security;
    if (equals_ignoring_ascii_case(channel, "System")) return ChannelRole::System;
    if (equals_ignoring_ascii_case(channel, "Microsoft-Windows-Sysmon/Operational")) return ChannelRole::Sysmon;
    if (channel.starts_with("Linux ")) return ChannelRole::Linux;
    return ChannelRole::Other;
}

/// From Windows 10 on, LSASS makes the activity ids of its records from a counter and the FILETIME at which it started:
/// {245D3B9B-5E92-0001-75F1-660D8082D601} ends in the bytes of 0x01D682800D66F175. Older ones are random (version 4)
/// GUIDs, one for each logon.
std::optional<Timestamp> lsass_start(std::string_view activity) {
    constexpr std::uint64_t kYear2005 = 127'489'752'000'000'000, kYear2100 = 157'469'184'000'000'000;
    if (activity.size() != 16 || load<std::uint16_t>(activity.data() + 6) > 0xff) return std::nullopt;
    const auto ticks = load<std::uint64_t>(activity.data() + 8);
    if (ticks < kYear2005 || ticks > kYear2100) return std::nullopt;
    return Timestamp::from_filetime(ticks);
}

bool is_same(std::string_view a, std::string_view b) {
    return a.size() == b.size() && same_bytes(a.data(), b.data(), a.size());
}

}  // namespace

// A blob of an account is: length of the SID (1 byte), the SID, length of the domain (2 bytes), the domain, the name.
AccountParts account_parts(std::string_view blob) {
    if (blob.size() < 3) return {};
    AccountParts parts;
    const auto sid_size = static_cast<std::uint8_t>(blob[0]);
    if (blob.size() < 3u + sid_size) return {};
    parts.sid = blob.substr(1, sid_size);
    const auto domain_size = load<std::uint16_t>(blob.data() + 1 + sid_size);
    if (blob.size() < 3u + sid_size + domain_size) return {};
    parts.domain = blob.substr(3u + sid_size, domain_size);
    parts.name = blob.substr(3u + sid_size + domain_size);
    return parts;
}

std::uint32_t HostLog::add_account(const NamedAccount& account, LastAccount& last) {
    if (account.empty()) return 0;
    if (is_same(last.parts.sid, account.sid) && is_same(last.parts.name, account.name) &&
        is_same(last.parts.domain, account.domain))
        return last.blob;
    const std::string_view sid = account.sid.substr(0, 255);
    const std::string_view domain = account.domain.substr(0, UINT16_MAX);
    scratch_.clear();
    scratch_ += static_cast<char>(sid.size());
    scratch_ += sid;
    scratch_ += static_cast<char>(domain.size() & 0xff);
    scratch_ += static_cast<char>(domain.size() >> 8);
    scratch_ += domain;
    scratch_ += account.name;
    last.blob = blobs_.add(scratch_);
    last.parts = this->account(last.blob);
    return last.blob;
}

std::uint16_t HostLog::channel_named(std::string_view name, ChannelId id, bool counted) {
    for (std::size_t i = 0; i < channels_.size(); ++i) {
        Channel& channel = channels_[i];
        if (channel.counted != counted || !equals_ignoring_ascii_case(channel.name, name)) continue;
        if (channel.id == ChannelId::None) channel.id = id;
        return static_cast<std::uint16_t>(i);
    }
    CHECK(channels_.size() < UINT16_MAX);
    Channel& channel = channels_.emplace_back();
    channel.name = name;
    channel.id = id;
    channel.role = role_of(name);
    channel.counted = counted;
    return static_cast<std::uint16_t>(channels_.size() - 1);
}

std::uint16_t HostLog::channel_of(const Event& event, const Catalog& catalog) {
    const bool counted = event.sequence == 0 || (event.sequence & kCounted) != 0;
    if (last_channel_ == UINT16_MAX || event.channel != last_channel_id_ || counted != last_counted_) {
        last_channel_ = channel_named(catalog.channel_name(event.channel), event.channel, counted);
        last_channel_id_ = event.channel;
        last_counted_ = counted;
    }
    return last_channel_;
}

std::uint16_t HostLog::add_boot_mark(BootMark mark) {
    for (std::size_t i = boot_marks_.size(); i > 0; --i)
        if (boot_marks_[i - 1] == mark) return static_cast<std::uint16_t>(i);
    // A host has few boots in its logs; what claims more is a forgery, and its records go by their times.
    if (boot_marks_.size() >= 4096) return 0;
    boot_marks_.push_back(mark);
    return static_cast<std::uint16_t>(boot_marks_.size());
}

std::uint16_t HostLog::boot_mark_of(const Observation& seen, ChannelRole role, std::string_view activity) {
    if (role == ChannelRole::Sysmon && seen.process_guid != 0) {
        if (const auto boot = boot_of_process_guid(guid(seen.process_guid)))
            return add_boot_mark({BootMark::Source::Sysmon, *boot});
    }
    if (role == ChannelRole::Security && !activity.empty()) {
        // Whole seconds: the value varies by fractions of a second within a boot.
        if (const auto start = lsass_start(activity); start && *start <= seen.time + Duration::seconds(60))
            return add_boot_mark({BootMark::Source::Lsass, start->nanoseconds / 1'000'000'000 * 1'000'000'000});
    }
    return 0;
}

std::uint32_t HostLog::add_facts(const Batch& batch, const Event& event) {
    const FieldSet& kept = kKeptSets[static_cast<std::size_t>(event.kind)];
    if (!kept.any) return 0;
    const std::size_t first = facts_.size();
    facts_.emplace_back();
    for (const FieldValue& value : batch.values(event)) {
        const auto field = static_cast<std::size_t>(value.field);
        if (field >= kFieldCount || !kept.has[field]) continue;
        Fact fact{.field = value.field, .type = value.type};
        if (value.has_bytes()) {
            std::string_view bytes = value.view();
            if (value.type == ValueType::Text) bytes = trimmed(bytes);
            if (bytes.empty() || bytes == "-") continue;
            fact.pooled = 1;
            fact.value = blobs_.add(bytes);
        } else if (value.type == ValueType::Unsigned && value.number <= UINT32_MAX) {
            fact.value = static_cast<std::uint32_t>(value.number);
        } else {
            fact.pooled = 1;
            fact.value = blobs_.add({reinterpret_cast<const char*>(&value.number), sizeof value.number});
        }
        facts_.push_back(fact);
    }
    if (facts_.size() == first + 1) {
        facts_.pop_back();
        return 0;
    }
    facts_[first].value = static_cast<std::uint32_t>(facts_.size() - first - 1);
    return static_cast<std::uint32_t>(first);
}

bool HostLog::is_linux() const {
    return std::any_of(channels_.begin(), channels_.end(),
                       [](const Channel& channel) { return channel.role == ChannelRole::Linux; });
}

const Observation& HostLog::add(const Batch& batch, const Event& event, const Catalog& catalog) {
    const std::uint16_t channel = channel_of(event, catalog);
    const Mentions named = mentions_of(batch, event);
    Observation seen;
    seen.time = event.time;
    seen.sequence = event.sequence;
    seen.subject = named.subject;
    seen.target = named.target;
    seen.process_id = named.process_id;
    seen.process_guid = blobs_.add(named.process_guid);
    seen.image = blobs_.add(named.image);
    seen.subject_account = add_account(named.subject_account, last_subject_account_);
    seen.target_account =
        add_account(named.target != 0 ? named.target_account : named.process_user, last_target_account_);
    seen.first_fact = add_facts(batch, event);
    seen.kind = event.kind;
    seen.event_id = event.event_id;
    seen.channel = channel;
    seen.boot_mark = boot_mark_of(seen, channels_[channel].role, named.activity);
    Blocks<Observation>& all = channels_[channel].seen;
    all.push_back(seen);
    return all[all.size() - 1];
}

std::span<const Fact> HostLog::facts(const Observation& seen) const {
    if (seen.first_fact == 0) return {};
    return {facts_.data() + seen.first_fact + 1, facts_[seen.first_fact].value};
}

const Fact* HostLog::find(const Observation& seen, FieldId field) const {
    for (const Fact& fact : facts(seen))
        if (fact.field == field) return &fact;
    return nullptr;
}

std::uint64_t HostLog::number(const Fact& fact) const {
    if (fact.type != ValueType::Unsigned && fact.type != ValueType::Time && fact.type != ValueType::Boolean &&
        fact.type != ValueType::Signed)
        return 0;
    return fact.pooled ? load<std::uint64_t>(blobs_[fact.value].data()) : fact.value;
}

std::uint64_t HostLog::number(const Observation& seen, FieldId field) const {
    const Fact* const fact = find(seen, field);
    return fact ? number(*fact) : 0;
}

std::string_view HostLog::text(const Observation& seen, FieldId field) const {
    const Fact* const fact = find(seen, field);
    return fact && fact->type == ValueType::Text ? text(*fact) : std::string_view();
}

Guid HostLog::guid(std::uint32_t blob) const {
    Guid result;
    const std::string_view bytes = blobs_[blob];
    if (bytes.size() == 16) std::memcpy(result.bytes.data(), bytes.data(), 16);
    return result;
}

std::size_t HostLog::size() const {
    std::size_t count = 0;
    for (const Channel& channel : channels_) count += channel.seen.size();
    return count;
}

std::size_t HostLog::footprint() const {
    std::size_t bytes = blobs_.footprint() + facts_.capacity() * sizeof(Fact);
    for (const Channel& channel : channels_) bytes += channel.seen.footprint();
    return bytes;
}

void HostLog::absorb(const HostLog& other) {
    std::vector<std::uint32_t> renumbered(other.blobs_.size());
    for (std::uint32_t i = 0; i < other.blobs_.size(); ++i) renumbered[i] = blobs_.add(other.blobs_[i]);
    std::vector<std::uint16_t> marks(other.boot_marks_.size() + 1);
    for (std::size_t i = 0; i < other.boot_marks_.size(); ++i) marks[i + 1] = add_boot_mark(other.boot_marks_[i]);
    for (const Channel& from : other.channels_) {
        const std::uint16_t channel = channel_named(from.name, from.id, from.counted);
        for (std::size_t i = 0; i < from.seen.size(); ++i) {
            Observation seen = from.seen[i];
            seen.channel = channel;
            seen.boot_mark = marks[seen.boot_mark];
            for (std::uint32_t* blob : {&seen.process_guid, &seen.image, &seen.subject_account, &seen.target_account})
                *blob = renumbered[*blob];
            if (seen.first_fact != 0) {
                const std::span<const Fact> run = other.facts(seen);
                seen.first_fact = static_cast<std::uint32_t>(facts_.size());
                facts_.push_back(Fact{.value = static_cast<std::uint32_t>(run.size())});
                for (Fact fact : run) {
                    if (fact.pooled) fact.value = renumbered[fact.value];
                    facts_.push_back(fact);
                }
            }
            channels_[channel].seen.push_back(seen);
        }
    }
}

}  // namespace spoor::sessions
