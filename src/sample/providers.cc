#include "sample/providers.h"

#include "sample/host.h"

namespace spoor::sample {
namespace {

constexpr Provider kTerminal = {"Microsoft-Windows-TerminalServices-LocalSessionManager",
                                "{5D896912-022D-40AA-A3A8-4FA5515C76D7}"};
constexpr Provider kRemoteConnection = {"Microsoft-Windows-TerminalServices-RemoteConnectionManager",
                                        "{C76BAA63-AE81-421C-B425-340B4B24157F}"};
constexpr Provider kCoreTransport = {"Microsoft-Windows-RemoteDesktopServices-RdpCoreTS",
                                     "{1139C61B-B549-4251-8ED3-27250A1EDEC8}"};
constexpr Provider kRemoteDesktopClient = {"Microsoft-Windows-TerminalServices-ClientActiveXCore",
                                           "{28AA95BB-D444-4719-A36F-40462168127E}"};
constexpr Provider kWinlogon = {"Microsoft-Windows-Winlogon", "{DBE9B383-7CF3-4331-91CC-A3CB16A3B538}"};
constexpr Provider kTaskScheduler = {"Microsoft-Windows-TaskScheduler", "{DE7B24EA-73C8-4A09-985D-5BDADCFA9017}"};
constexpr Provider kServices = {"Service Control Manager", "{555908D1-A6D7-4695-8E1E-26931D2012F4}",
                                "Service Control Manager"};
constexpr Provider kKernel = {"Microsoft-Windows-Kernel-General", "{A68CA8B7-004F-D7B6-A698-07E2DE0F1F5D}"};
constexpr Provider kEventLogSource = {"EventLog", ""};
constexpr Provider kEventLog = {"Microsoft-Windows-Eventlog", "{FC65DDD8-D6EF-4962-83D5-6E5CFE9CE148}"};

constexpr Body kEventXml = {"EventXML", "Event_NS"};

Sid system_sid() { return well_known_sid("S-1-5-18"); }

}  // namespace

Record terminal_record(Timestamp time, std::uint16_t id, std::vector<Field> fields, const Guid& activity) {
    return {.time = time,
            .provider = &kTerminal,
            .channel = "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",
            .event_id = id,
            .keywords = 0x1000000000000000,
            .activity = activity,
            .process_id = 1036,
            .thread_id = 1572,
            .user = system_sid(),
            .body = kEventXml,
            .fields = std::move(fields)};
}

Record remote_connection_record(Timestamp time, std::uint16_t id, std::vector<Field> fields, const Guid& activity) {
    return {.time = time,
            .provider = &kRemoteConnection,
            .channel = "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational",
            .event_id = id,
            .keywords = 0x1000000000000000,
            .activity = activity,
            .process_id = 1036,
            .thread_id = 2212,
            .user = well_known_sid("S-1-5-20"),
            .body = kEventXml,
            .fields = std::move(fields)};
}

Record core_transport_record(Timestamp time, const std::string& peer, const Guid& activity) {
    return {.time = time,
            .provider = &kCoreTransport,
            .channel = "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS/Operational",
            .event_id = 131,
            .task = 4,
            .keywords = 0x4000000000000000,
            .activity = activity,
            .process_id = 1036,
            .thread_id = 2216,
            .user = well_known_sid("S-1-5-20"),
            .fields = {{"ConnType", text("TCP")}, {"ClientIP", text(peer)}}};
}

Record remote_desktop_client_record(Timestamp time, std::uint16_t id, std::vector<Field> fields, const Sid& user,
                                    std::uint32_t process) {
    return {.time = time,
            .provider = &kRemoteDesktopClient,
            .channel = "Microsoft-Windows-TerminalServices-RDPClient/Operational",
            .event_id = id,
            .task = 101,
            .keywords = 0x4000000000000000,
            .process_id = process,
            .thread_id = process + 64,
            .user = user,
            .fields = std::move(fields)};
}

Record winlogon_record(Timestamp time, std::uint16_t id, std::uint32_t terminal_session, const Sid& user) {
    return {.time = time,
            .provider = &kWinlogon,
            .channel = "System",
            .event_id = id,
            .task = static_cast<std::uint16_t>(id == 7001 ? 1101 : 1102),
            .keywords = 0x2000000000000000,
            .process_id = 772,
            .thread_id = 1460,
            .user = system_sid(),
            .fields = {{"TSId", u32(terminal_session)}, {"UserSid", sid(user)}}};
}

Record task_record(Timestamp time, std::uint16_t id, std::vector<Field> fields) {
    return {.time = time,
            .provider = &kTaskScheduler,
            .channel = "Microsoft-Windows-TaskScheduler/Operational",
            .event_id = id,
            .version = static_cast<std::uint8_t>(id == 200   ? 1
                                                 : id == 201 ? 2
                                                             : 0),
            .task = id,
            .process_id = 1244,
            .thread_id = 3308,
            .user = system_sid(),
            .fields = std::move(fields)};
}

Record service_installed_record(Timestamp time, std::vector<Field> fields, const Sid& user) {
    return {.time = time,
            .provider = &kServices,
            .channel = "System",
            .event_id = 7045,
            .qualifiers = 16384,
            .keywords = 0x8080000000000000,
            .process_id = 700,
            .thread_id = 4812,
            .user = user,
            .fields = std::move(fields)};
}

Record service_state_record(Timestamp time, std::string_view service, std::string_view state) {
    return {.time = time,
            .provider = &kServices,
            .channel = "System",
            .event_id = 7036,
            .qualifiers = 16384,
            .keywords = 0x8080000000000000,
            .process_id = 700,
            .thread_id = 4816,
            .fields = {{"param1", text(service)}, {"param2", text(state)}}};
}

Record kernel_record(Timestamp time, std::uint16_t id, std::vector<Field> fields) {
    return {.time = time,
            .provider = &kKernel,
            .channel = "System",
            .event_id = id,
            .task = 1,
            .keywords = 0x8000000000000080,
            .process_id = 4,
            .thread_id = 8,
            .user = system_sid(),
            .fields = std::move(fields)};
}

Record event_log_record(Timestamp time, std::uint16_t id, std::vector<Field> fields) {
    return {.time = time,
            .provider = &kEventLogSource,
            .channel = "System",
            .event_id = id,
            .qualifiers = 32768,
            .keywords = 0x80000000000000,
            .fields = std::move(fields)};
}

Record log_cleared_record(Timestamp time, std::vector<Field> subject) {
    return {.time = time,
            .provider = &kEventLog,
            .channel = "Security",
            .event_id = 1102,
            .task = 104,
            .keywords = 0x4020000000000000,
            .process_id = 1180,
            .thread_id = 3004,
            .body = {"LogFileCleared", "http://manifests.microsoft.com/win/2004/08/windows/eventlog"},
            .fields = std::move(subject)};
}

}  // namespace spoor::sample
