// Properties: what can be asked of an event besides its fields: its header, its session, its process.
//
// Three tables, each in the order of its enum. The query language, its completion and its reference are generated from
// them, and the store has a column for each line: to add a property, add a line, its value in `read`, and its column.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "model/catalog.h"
#include "model/history.h"

namespace spoor::match {

/// What kind of value a field or property has; decides how a value is read and what can be asked.
enum class Type : std::uint8_t {
    Text,
    Words,  // text: a blank-separated list
    Number,
    Hex,  // a number that is written 0x...
    Signed,
    Real,
    Boolean,
    Time,
    Duration,
    Guid,
    Sid,
    Address,
    Bytes,
    Choice,  // one of a few names, each with a number
};
std::string_view name(Type type);
Type type_of(FieldType type);

/// One value of a Choice.
struct Choice {
    std::string_view name;
    std::uint64_t number;
    std::string_view meaning;
};

/// The lists of choices.
enum class Vocabulary : std::uint8_t {
    None,
    Kinds,
    Outcomes,
    Qualities,
    LogonTypes,
    Origins,
    StartSources,
    EndReasons
};
std::span<const Choice> choices(Vocabulary vocabulary);

/// A line of one of the tables below.
struct Property {
    std::string_view name;
    Type type;
    std::string_view meaning;
    std::string_view aliases = {};  // blank-separated
    Vocabulary vocabulary = Vocabulary::None;
};

enum class HeaderProperty : std::uint16_t {
    Time,
    Host,
    HostFullName,
    Kind,
    Outcome,
    Channel,
    EventId,
    Sequence,
    Quality
};

enum class SessionProperty : std::uint16_t {
    Id,
    Host,
    User,
    Domain,
    Account,
    Sid,
    Upn,
    Type,
    Origin,
    Human,
    Elevated,
    Start,
    StartSource,
    End,
    EndReason,
    Open,
    Duration,
    FirstSeen,
    LastSeen,
    SourceAddress,
    SourcePort,
    Workstation,
    TerminalSession,
    WindowStation,
    LogonProcess,
    Package,
    LmPackage,
    KeyLength,
    LogonGuid,
    LinkedId,
    SubjectId,
    SubjectUser,
    SubjectDomain,
    LogonImage,
    LogonProcessId,
    OutboundUser,
    OutboundDomain,
    ImpersonationLevel,
    RestrictedAdmin,
    RemoteCredentialGuard,
    VirtualAccount,
    TransmittedServices,
    Integrity,
    Privileges,
    Groups,
    LogonServer,
    DnsDomain,
    Locked,
    Disconnected,
    Processes,
    Events,
};

enum class ProcessProperty : std::uint16_t {
    Pid,
    Guid,
    Host,
    Image,
    Name,
    CommandLine,
    User,
    Integrity,
    Start,
    End,
    Duration,
    ExitCode,
    FirstSeen,
    LastSeen,
};

std::span<const Property> header_properties();
std::span<const Property> session_properties();
std::span<const Property> process_properties();

/// The value of a property, Null where it has none (empty texts are none). Texts, GUIDs, SIDs and addresses are views
/// into the event, session or process, or into `scratch` where they are put together. Times are Time, durations Signed
/// nanoseconds, choices Unsigned.
FieldValue read(const Event& event, HeaderProperty property, const Catalog& catalog);
FieldValue read(const Session& session, SessionProperty property, const Catalog& catalog, std::string& scratch);
FieldValue read(const Process& process, ProcessProperty property, const Catalog& catalog);
/// The same of the process that started `process`: by the parent's own record where the history has it, by what the
/// child's says of it where not (pid and image only).
FieldValue read_parent(const Process& process, const History& history, ProcessProperty property,
                       const Catalog& catalog);

/// The file's name at the end of a Windows or Unix path.
std::string_view base_name(std::string_view path);

}  // namespace spoor::match
