#include "sessions/mentions.h"

#include <array>
#include <span>

#include "base/endian.h"
#include "base/unicode.h"

namespace spoor::sessions {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view present(std::string_view text) {
    if (text.empty()) return text;
    if (is_blank(text.front()) || is_blank(text.back())) text = trimmed(text);
    return text.size() == 1 && text[0] == '-' ? std::string_view() : text;
}

/// The values by which a record names sessions and processes.
enum Part : std::uint8_t {
    kNoPart,
    kSubjectLogonId,
    kSubjectUserSid,
    kSubjectUserName,
    kSubjectDomainName,
    kTargetLogonId,
    kTargetUserSid,
    kTargetUserName,
    kTargetDomainName,
    kLogonId,
    kAccountName,
    kAccountDomain,
    kUser,
    kSourceUser,
    kProcessId,
    kProcessGuid,
    kImage,
    kSourceProcessId,
    kSourceProcessGuid,
    kSourceImage,
    kCallerProcessId,
    kCallerProcessName,
    kClientMachine,
    kComputer,
    kExecutionProcessId,
    kUserId,
    kActivityId,
    kPartCount,
};

constexpr std::array<Part, kFieldCount> make_parts_of_fields() {
    std::array<Part, kFieldCount> parts{};
    const auto set = [&](FieldId field, Part part) { parts[number(field)] = part; };
    set("SubjectLogonId"_field, kSubjectLogonId);
    set("SubjectUserSid"_field, kSubjectUserSid);
    set("SubjectUserName"_field, kSubjectUserName);
    set("SubjectDomainName"_field, kSubjectDomainName);
    set("TargetLogonId"_field, kTargetLogonId);
    set("TargetUserSid"_field, kTargetUserSid);
    set("TargetUserName"_field, kTargetUserName);
    set("TargetDomainName"_field, kTargetDomainName);
    set("LogonId"_field, kLogonId);
    set("AccountName"_field, kAccountName);
    set("AccountDomain"_field, kAccountDomain);
    set("User"_field, kUser);
    set("SourceUser"_field, kSourceUser);
    set("ProcessId"_field, kProcessId);
    set("ProcessGuid"_field, kProcessGuid);
    set("Image"_field, kImage);
    set("SourceProcessId"_field, kSourceProcessId);
    set("SourceProcessGuid"_field, kSourceProcessGuid);
    set("SourceImage"_field, kSourceImage);
    set("CallerProcessId"_field, kCallerProcessId);
    set("ClientProcessId"_field, kCallerProcessId);
    set("CallerProcessName"_field, kCallerProcessName);
    set("ClientMachine"_field, kClientMachine);
    set("Computer"_field, kComputer);
    set("ExecutionProcessID"_field, kExecutionProcessId);
    set("UserID"_field, kUserId);
    set("ActivityID"_field, kActivityId);
    return parts;
}
constexpr std::array<Part, kFieldCount> kPartsOfFields = make_parts_of_fields();

/// Where those values are. Found without a branch on the field: records of twenty values in every order leave nothing
/// to predict.
class Parts {
public:
    explicit Parts(std::span<const FieldValue> values) {
        at_.fill(&kAbsent);
        for (const FieldValue& value : values) {
            const std::size_t field = number(value.field);
            if (field < kFieldCount) at_[kPartsOfFields[field]] = &value;
        }
    }

    std::string_view text(Part part) const { return at_[part]->text(); }
    std::string_view name(Part part) const { return present(text(part)); }
    std::string_view sid(Part part) const {
        return at_[part]->type == ValueType::Sid ? at_[part]->view() : std::string_view();
    }
    std::uint32_t process_id(Part part) const {
        // Windows process ids fit 32 bits; a log that says otherwise is wrong.
        const std::uint64_t number = at_[part]->type == ValueType::Unsigned ? at_[part]->number : 0;
        return number <= UINT32_MAX ? static_cast<std::uint32_t>(number) : 0;
    }
    std::uint64_t logon_id(Part part) const {
        // All bits set is "none" in some exports.
        const FieldValue& value = *at_[part];
        return value.type == ValueType::Unsigned && value.number != UINT64_MAX ? value.number : 0;
    }
    std::string_view guid(Part part) const {
        const FieldValue& value = *at_[part];
        if (value.type != ValueType::Guid || value.size != 16) return {};
        const bool is_zero = (load<std::uint64_t>(value.bytes) | load<std::uint64_t>(value.bytes + 8)) == 0;
        return is_zero ? std::string_view() : value.view();
    }

private:
    static constexpr FieldValue kAbsent{};
    std::array<const FieldValue*, kPartCount> at_;  // of the last value of each
};

/// Kinds whose records are written by the process they are about, which is therefore known by who wrote them.
bool written_by_its_process(Kind kind) {
    return kind == Kind::ScriptRun || kind == Kind::ScriptEngine || kind == Kind::RemoteDesktopClient ||
           kind == Kind::WinrmClient;
}

/// Whether a host with that full name may be called so.
bool is_first_label(std::string_view name, std::string_view full_name) {
    return equals_ignoring_ascii_case(name.substr(0, name.find('.')), full_name.substr(0, full_name.find('.')));
}

void find_target(const Parts& parts, Kind kind, Mentions& found) {
    const std::uint64_t own = parts.logon_id(kLogonId);
    found.target = own != 0 ? own : parts.logon_id(kTargetLogonId);
    if (found.target == 0) return;
    found.target_account = {
        .sid = parts.sid(kTargetUserSid), .domain = parts.name(kTargetDomainName), .name = parts.name(kTargetUserName)};
    if (own == 0) return;
    // A logon says for whom it is; other records of the live sensor say as whom the process acts.
    if (kind != Kind::Logon || found.target_account.name.empty())
        found.target_account = split_account(parts.text(kUser));
    if (const std::string_view name = parts.name(kAccountName); !name.empty())
        found.target_account = {.sid = {}, .domain = parts.name(kAccountDomain), .name = name};
}

void find_process(const Parts& parts, Kind kind, Mentions& found) {
    const bool acts_on_another = kind == Kind::RemoteThreadCreated || kind == Kind::ProcessAccessed;
    found.process_id =
        parts.process_id(acts_on_another || kind == Kind::HandleDuplicated ? kSourceProcessId : kProcessId);
    found.process_guid = parts.guid(acts_on_another ? kSourceProcessGuid : kProcessGuid);
    found.image = parts.name(acts_on_another ? kSourceImage : kImage);
    if (!found.process_guid.empty()) {
        found.process_user = split_account(parts.text(acts_on_another ? kSourceUser : kUser));
        return;
    }
    if (found.process_id != 0) return;
    // The number of a process of another host says nothing here.
    const std::string_view client = parts.name(kClientMachine);
    if (client.empty() || is_first_label(client, parts.text(kComputer)))
        found.process_id = parts.process_id(kCallerProcessId);
    if (found.process_id != 0) {
        if (const std::string_view image = parts.name(kCallerProcessName); !image.empty()) found.image = image;
    } else if (written_by_its_process(kind)) {
        found.process_id = parts.process_id(kExecutionProcessId);
        found.process_user.sid = parts.sid(kUserId);
        found.image = {};
    }
}

}  // namespace

NamedAccount split_account(std::string_view text) {
    text = present(text);
    const std::size_t slash = text.find('\\');
    if (slash == std::string_view::npos) return {.sid = {}, .domain = {}, .name = text};
    return {.sid = {}, .domain = text.substr(0, slash), .name = text.substr(slash + 1)};
}

std::uint64_t own_logon_id(Kind kind, std::uint64_t subject, std::uint64_t target) {
    switch (kind) {
        case Kind::Logon:
        case Kind::Logoff:
        case Kind::LogoffRequested:
        case Kind::GroupsAssigned:
        case Kind::SpecialGroupsAssigned:
        case Kind::SessionReconnected:
        case Kind::SessionDisconnected:
        case Kind::WorkstationLocked:
        case Kind::WorkstationUnlocked:
        case Kind::ScreenSaverStarted:
        case Kind::ScreenSaverStopped:
        case Kind::ProcessCreated: return target != 0 ? target : subject;
        default: return subject != 0 ? subject : target;
    }
}

bool subject_is_the_process_identity(Kind kind) {
    switch (kind) {
        case Kind::ProcessExited:
        case Kind::PrivilegeUsed:
        case Kind::PrivilegesAdjusted:
        case Kind::ObjectOpened:
        case Kind::ObjectClosed:
        case Kind::ObjectDeleted:
        case Kind::ObjectAccessed:
        case Kind::HandleDuplicated:
        case Kind::PermissionsChanged:
        case Kind::RegistryValueSet:
        case Kind::MembershipEnumerated:
        case Kind::CredentialsRead: return true;
        default: return false;
    }
}

Mentions mentions_of(const Batch& batch, const Event& event) {
    const Parts parts(batch.values(event));
    Mentions found;
    // A subject of 0x0 is the network: its account, if any is named, is not a session's.
    found.subject = parts.logon_id(kSubjectLogonId);
    if (found.subject != 0)
        found.subject_account = {.sid = parts.sid(kSubjectUserSid),
                                 .domain = parts.name(kSubjectDomainName),
                                 .name = parts.name(kSubjectUserName)};
    find_target(parts, event.kind, found);
    find_process(parts, event.kind, found);
    found.activity = parts.guid(kActivityId);
    return found;
}

}  // namespace spoor::sessions
