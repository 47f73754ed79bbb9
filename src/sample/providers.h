// Records of the smaller providers, each in the form that its provider gives it.
#pragma once
#include <string>
#include <vector>

#include "sample/record.h"

namespace spoor::sample {

/// LocalSessionManager and RemoteConnectionManager: fields below UserData/EventXML.
Record terminal_record(Timestamp time, std::uint16_t id, std::vector<Field> fields, const Guid& activity);
Record remote_connection_record(Timestamp time, std::uint16_t id, std::vector<Field> fields, const Guid& activity);
/// RdpCoreTS 131: the server accepted a connection from `peer`, "address:port".
Record core_transport_record(Timestamp time, const std::string& peer, const Guid& activity);
/// TerminalServices-ClientActiveXCore: what mstsc logs at the client.
Record remote_desktop_client_record(Timestamp time, std::uint16_t id, std::vector<Field> fields, const Sid& user,
                                    std::uint32_t process);
Record winlogon_record(Timestamp time, std::uint16_t id, std::uint32_t terminal_session, const Sid& user);
Record task_record(Timestamp time, std::uint16_t id, std::vector<Field> fields);
Record service_installed_record(Timestamp time, std::vector<Field> fields, const Sid& user);
Record service_state_record(Timestamp time, std::string_view service, std::string_view state);
Record kernel_record(Timestamp time, std::uint16_t id, std::vector<Field> fields);
/// The classic EventLog source: 6005, 6009, 6013.
Record event_log_record(Timestamp time, std::uint16_t id, std::vector<Field> fields);
Record log_cleared_record(Timestamp time, std::vector<Field> subject);

}  // namespace spoor::sample
