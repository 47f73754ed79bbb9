// WrittenAs: how a field of an event is written. Windows' logs write logon ids and exit codes in hex; Linux writes the
// sessions of its audit and the exit codes of its programs in decimal, and so does whoever looks them up there
// (/proc/PID/sessionid, ausearch, loginctl).
#pragma once
#include "model/catalog.h"

namespace spoor {

/// Of the live sensor of Linux: every record of Windows has an event id.
inline bool is_of_linux(const Event& event) { return event.event_id == 0; }

inline FieldType written_as(const Event& event, FieldId field, const Catalog& catalog) {
    const FieldType type = catalog.field_type(field);
    const bool in_decimal = type == FieldType::Hex && is_of_linux(event) &&
                            (field == "LogonId"_field || field == "TargetLogonId"_field ||
                             field == "SubjectLogonId"_field || field == "ExitCode"_field);
    return in_decimal ? FieldType::Number : type;
}

}  // namespace spoor
