// WrittenAs: how the logon id and the exit code of something are written. Windows' logs write them in hex; Linux writes
// the sessions of its audit and the exit codes of its programs in decimal, and so does whoever looks them up there
// (/proc/PID/sessionid, ausearch, loginctl). Both forms are read everywhere.
#pragma once
#include "model/catalog.h"
#include "model/history.h"

namespace spoor {

/// Of the live sensor of Linux: every record of Windows has an event id.
inline bool is_of_linux(const Event& event) { return event.event_id == 0; }

/// A process or a session is of Linux when the records are that tell of it, and when the sensor found it there.
inline bool is_of_linux(const Process& process) {
    return !process.evidence.empty() && process.evidence.front().event_id == 0;
}
inline bool is_of_linux(const Session& session) {
    return session.origin == Origin::Found || (!session.evidence.empty() && session.evidence.front().event_id == 0);
}

inline FieldType written_as(const Event& event, FieldId field, FieldType type) {
    const bool in_decimal = type == FieldType::Hex && is_of_linux(event) &&
                            (field == "LogonId"_field || field == "TargetLogonId"_field ||
                             field == "SubjectLogonId"_field || field == "ExitCode"_field);
    return in_decimal ? FieldType::Number : type;
}
inline FieldType written_as(const Event& event, FieldId field, const Catalog& catalog) {
    return written_as(event, field, catalog.field_type(field));
}

inline std::string written_text(const Event& event, const FieldValue& value) {
    const auto index = static_cast<std::size_t>(value.field);
    std::string text;
    append_text(text, value,
                written_as(event, value.field, index < kFieldCount ? kFields[index].type : FieldType::Text));
    return text;
}

/// "0x1a2b3c", or "286" on Linux.
inline std::string logon_id_text(const Session& session) {
    const LogonId id = session.key.logon_id;
    return is_of_linux(session) ? std::to_string(id.value()) : id.to_string();
}

}  // namespace spoor
