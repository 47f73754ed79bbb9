#include "sessions/mentions.h"

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

std::uint32_t process_id(const FieldValue& value) {
    // Windows process ids fit 32 bits; a log that says otherwise is wrong.
    const std::uint64_t number = value.type == ValueType::Unsigned ? value.number : 0;
    return number <= UINT32_MAX ? static_cast<std::uint32_t>(number) : 0;
}

std::string_view guid(const FieldValue& value) {
    if (value.type != ValueType::Guid || value.size != 16) return {};
    const bool is_zero = (load<std::uint64_t>(value.bytes) | load<std::uint64_t>(value.bytes + 8)) == 0;
    return is_zero ? std::string_view() : value.view();
}

std::uint64_t logon_id(const FieldValue& value) {
    // All bits set is "none" in some exports.
    return value.type == ValueType::Unsigned && value.number != UINT64_MAX ? value.number : 0;
}

/// Kinds whose records are written by the process they are about, which is therefore known by who wrote them.
bool written_by_its_process(Kind kind) {
    return kind == Kind::ScriptRun || kind == Kind::ScriptEngine || kind == Kind::RemoteDesktopClient ||
           kind == Kind::WinrmClient;
}

/// Whether a host with that full name may be called so.
bool is_first_label(std::string_view name, std::string_view full_name) {
    return equals_ignoring_ascii_case(name.substr(0, name.find('.')), full_name.substr(0, full_name.find('.')));
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
    Mentions found;
    std::uint32_t writer_pid = 0, caller_pid = 0, source_pid = 0;
    std::string_view writer_sid, user, source_user, source_guid, source_image, caller_image;
    std::string_view account_name, account_domain, computer, client_machine;
    std::uint64_t logon = 0;
    for (const FieldValue& value : batch.values(event)) {
        switch (number(value.field)) {
            case "SubjectLogonId"_case: found.subject = logon_id(value); break;
            case "SubjectUserSid"_case:
                found.subject_account.sid = value.type == ValueType::Sid ? value.view() : std::string_view();
                break;
            case "SubjectUserName"_case: found.subject_account.name = present(value.text()); break;
            case "SubjectDomainName"_case: found.subject_account.domain = present(value.text()); break;
            case "TargetLogonId"_case: found.target = logon_id(value); break;
            case "TargetUserSid"_case:
                found.target_account.sid = value.type == ValueType::Sid ? value.view() : std::string_view();
                break;
            case "TargetUserName"_case: found.target_account.name = present(value.text()); break;
            case "TargetDomainName"_case: found.target_account.domain = present(value.text()); break;
            case "LogonId"_case: logon = logon_id(value); break;
            case "AccountName"_case: account_name = present(value.text()); break;
            case "AccountDomain"_case: account_domain = present(value.text()); break;
            case "User"_case: user = value.text(); break;
            case "SourceUser"_case: source_user = value.text(); break;
            case "ProcessId"_case: found.process_id = process_id(value); break;
            case "ProcessGuid"_case: found.process_guid = guid(value); break;
            case "Image"_case: found.image = present(value.text()); break;
            case "SourceProcessId"_case: source_pid = process_id(value); break;
            case "SourceProcessGuid"_case: source_guid = guid(value); break;
            case "SourceImage"_case: source_image = present(value.text()); break;
            case "CallerProcessId"_case:
            case "ClientProcessId"_case: caller_pid = process_id(value); break;
            case "CallerProcessName"_case: caller_image = present(value.text()); break;
            case "ClientMachine"_case: client_machine = present(value.text()); break;
            case "Computer"_case: computer = value.text(); break;
            case "ExecutionProcessID"_case: writer_pid = process_id(value); break;
            case "UserID"_case: writer_sid = value.type == ValueType::Sid ? value.view() : std::string_view(); break;
            case "ActivityID"_case: found.activity = guid(value); break;
            default: break;
        }
    }

    if (logon != 0) {
        found.target = logon;
        // A logon says for whom it is; other records of the live sensor say as whom the process acts.
        if (event.kind != Kind::Logon || found.target_account.name.empty()) found.target_account = split_account(user);
        if (!account_name.empty()) found.target_account = {.sid = {}, .domain = account_domain, .name = account_name};
    }
    switch (event.kind) {
        case Kind::RemoteThreadCreated:
        case Kind::ProcessAccessed:
            found.process_id = source_pid;
            found.process_guid = source_guid;
            found.image = source_image;
            user = source_user;
            break;
        case Kind::HandleDuplicated: found.process_id = source_pid; break;
        default: break;
    }
    // The number of a process of another host says nothing here.
    if (!client_machine.empty() && !is_first_label(client_machine, computer)) caller_pid = 0;
    if (found.process_id == 0 && found.process_guid.empty() && caller_pid != 0) {
        found.process_id = caller_pid;
        if (!caller_image.empty()) found.image = caller_image;
    }
    if (found.process_id == 0 && found.process_guid.empty() && written_by_its_process(event.kind)) {
        found.process_id = writer_pid;
        found.process_user.sid = writer_sid;
        found.image = {};
    } else if (!found.process_guid.empty()) {
        found.process_user = split_account(user);
    }
    // A subject of 0x0 is the network: its account, if any is named, is not a session's.
    if (found.subject == 0) found.subject_account = {};
    if (found.target == 0) found.target_account = {};
    return found;
}

}  // namespace spoor::sessions
