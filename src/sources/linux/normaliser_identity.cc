// What a change of credentials means: a new identity, an impersonation or its end, and each capability that came or
// went.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstring>

#include "sources/linux/host/capabilities.h"
#include "sources/linux/normaliser.h"

namespace spoor::sensor {
namespace {

constexpr std::size_t kThreadLimit = 4096;  // of one process

std::uint32_t adopted_uid(const record_credentials& credentials) {
    return credentials.fsuid != credentials.euid ? credentials.fsuid : credentials.euid;
}

bool acts_as_itself(const record_credentials& credentials) {
    return credentials.euid == credentials.uid && credentials.fsuid == credentials.uid;
}

/// The capability sets in which `capability` changed to `held`, blank-separated; empty for none.
std::string changed_sets(const record_credentials& before, const record_credentials& after, Capability capability,
                         bool held) {
    std::string sets;
    const auto look = [&](std::uint64_t old_set, std::uint64_t new_set, std::string_view set) {
        if (holds(old_set, capability) == holds(new_set, capability) || holds(new_set, capability) != held) return;
        if (!sets.empty()) sets += ' ';
        sets += set;
    };
    look(before.effective, after.effective, "effective");
    look(before.permitted, after.permitted, "permitted");
    look(before.inheritable, after.inheritable, "inheritable");
    look(before.ambient, after.ambient, "ambient");
    look(before.bounding, after.bounding, "bounding");
    return sets;
}

Groups groups_in(std::string_view numbers) {
    std::vector<std::uint32_t> groups(numbers.size() / sizeof(std::uint32_t));
    std::memcpy(groups.data(), numbers.data(), groups.size() * sizeof(std::uint32_t));
    return std::make_shared<const std::vector<std::uint32_t>>(std::move(groups));
}

bool is_cut(const Identity& identity) { return identity.credentials.group_count > identity.groups->size(); }

/// Whether the supplementary groups differ, by all that is known of them.
bool differ(const Identity& before, const Identity& after) {
    if (!after.groups) return false;
    const bool is_another = before.credentials.group_mark != after.credentials.group_mark;
    if (!before.groups) return before.credentials.group_mark != 0 && is_another;
    return *before.groups != *after.groups || (is_cut(after) && is_another);
}

/// "4 24 27"; "none".
std::string text_of_groups(const Identity& identity) {
    if (identity.groups->empty()) return "none";
    return fmt::format("{}{}", fmt::join(*identity.groups, " "), is_cut(identity) ? " ..." : "");
}

}  // namespace

void Normaliser::credentials(const RecordView& view, Batch& batch) {
    const auto* const record = view.as<credentials_record>();
    if (!record) return void(++malformed_);
    KnownProcess& process = process_of(record->header);
    const auto thread = process.threads.find(record->header.tid);
    Identity before = thread != process.threads.end() ? thread->second : process.identity;
    bool known = process.identity_known;
    if (record->flags & CREDENTIALS_OLD_KNOWN) {
        before.credentials = record->before;
        known = true;
    }
    if (record->flags & CREDENTIALS_GROUPS_BEFORE) before.groups = groups_in(view.text(record->groups_before));
    Identity after{record->after, before.groups};
    if (record->flags & CREDENTIALS_GROUPS_AFTER) after.groups = groups_in(view.text(record->groups_after));
    if (record->header.tid == record->header.pid) {
        process.identity = after;
        process.identity_known = true;
    } else {
        if (process.threads.size() >= kThreadLimit) process.threads.clear();
        process.threads[record->header.tid] = after;
    }
    if (known) compare(record->header, process, before, after, {}, batch);
}

void Normaliser::compare(const record_header& header, const KnownProcess& process, const Identity& identity_before,
                         const Identity& identity_after, std::string_view method, Batch& batch) {
    const record_credentials& before = identity_before.credentials;
    const record_credentials& after = identity_after.credentials;
    const bool groups_changed = differ(identity_before, identity_after);
    const auto identity_event = [&](Kind kind, std::uint32_t old_uid, std::uint32_t new_uid) {
        batch.begin();
        add_actor(header, process, batch);
        batch.add_number("OldUid"_field, old_uid);
        batch.add_number("NewUid"_field, new_uid);
        batch.add_text("SubjectUserName"_field, host_.accounts.name(old_uid));
        batch.add_text("TargetUserName"_field, host_.accounts.name(new_uid));
        batch.add_number("Uid"_field, after.uid);
        batch.add_number("EffectiveUid"_field, after.euid);
        batch.add_number("FsUid"_field, after.fsuid);
        if (before.egid != after.egid || before.gid != after.gid) {
            const bool is_real = before.egid == after.egid;  // it alone has changed
            batch.add_number("OldGid"_field, is_real ? before.gid : before.egid);
            batch.add_number("NewGid"_field, is_real ? after.gid : after.egid);
        }
        if (groups_changed) {
            if (identity_before.groups) batch.add_text("OldValue"_field, text_of_groups(identity_before));
            batch.add_text("NewValue"_field, text_of_groups(identity_after));
        }
        if (!method.empty()) batch.add_text("Method"_field, method);
        commit(kind, header, batch);
    };

    const bool effective_changed = before.euid != after.euid || before.fsuid != after.fsuid;
    if (before.uid != after.uid)
        identity_event(Kind::IdentityChanged, before.uid, after.uid);
    else if (effective_changed && !method.empty())
        identity_event(Kind::IdentityChanged, before.euid, after.euid);
    else if (effective_changed && acts_as_itself(after))
        identity_event(Kind::Reverted, adopted_uid(before), after.uid);
    else if (effective_changed)
        identity_event(Kind::Impersonated, after.uid, adopted_uid(after));
    else if (before.gid != after.gid || before.egid != after.egid || groups_changed)
        identity_event(Kind::IdentityChanged, after.uid, after.uid);
    compare_privileges(header, process, before, after, batch);
}

void Normaliser::compare_privileges(const record_header& header, const KnownProcess& process,
                                    const record_credentials& before, const record_credentials& after, Batch& batch) {
    const std::uint64_t moved = (before.effective ^ after.effective) | (before.permitted ^ after.permitted) |
                                (before.inheritable ^ after.inheritable) | (before.ambient ^ after.ambient) |
                                (before.bounding ^ after.bounding);
    if (moved == 0) return;  // as a rule
    for (const bool held : {true, false}) {
        for (unsigned number = 0; number < kCapabilityCount; ++number) {
            const Capability capability{static_cast<std::uint8_t>(number)};
            if (!holds(moved, capability)) continue;
            const std::string sets = changed_sets(before, after, capability, held);
            if (sets.empty()) continue;
            batch.begin();
            add_actor(header, process, batch);
            batch.add_text("Capability"_field, name(capability));
            batch.add_text("CapabilitySet"_field, sets);
            if (after.user_namespace != before.user_namespace)
                batch.add_number("UserNamespace"_field, after.user_namespace);
            commit(held ? Kind::PrivilegeEnabled : Kind::PrivilegeDisabled, header, batch);
        }
    }
}

void Normaliser::capability(const RecordView& view, Batch& batch) {
    const auto* const record = view.as<capability_record>();
    if (!record) return void(++malformed_);
    batch.begin();
    add_actor(record->header, process_of(record->header), batch);
    batch.add_text("Capability"_field, name(Capability{static_cast<std::uint8_t>(record->capability & 63)}));
    batch.add_number("Count"_field, record->count);
    commit(Kind::PrivilegeUsed, record->header, batch, record->result == 0 ? Outcome::Success : Outcome::Failure);
}

}  // namespace spoor::sensor
