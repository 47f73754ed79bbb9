#include "match/properties.h"

#include <array>
#include <vector>

#include "base/check.h"

namespace spoor::match {
namespace {

// clang-format off
constexpr Property kHeader[] = {
    {"time", Type::Time, "When it happened (UTC).", "@timestamp timestamp utctime timecreated"},
    {"host", Type::Text, "The machine: first label of its name.", "host.name"},
    {"host.full_name", Type::Text, "The machine: its name with the domain, where known.", "fqdn"},
    {"kind", Type::Choice, "What kind of event it is.", "", Vocabulary::Kinds},
    {"outcome", Type::Choice, "Whether it succeeded.", "event.outcome", Vocabulary::Outcomes},
    {"channel", Type::Text, "The log that the record stands in.", "winlog.channel log"},
    {"event_id", Type::Number, "Windows' and Sysmon's number for this kind of record.", "event.code winlog.event_id"},
    {"sequence", Type::Number, "The source's own number of the record.", "record_id winlog.record_id"},
    {"quality", Type::Choice, "How the record came out of its source.", "", Vocabulary::Qualities},
};

constexpr Property kSession[] = {
    {"id", Type::Hex, "Logon id (LUID, audit session id).", "logon_id"},
    {"host", Type::Text, "The machine it is on."},
    {"user", Type::Text, "Account name. With a backslash, a value is compared with `account`; as a SID, with `sid`.", "user_name username"},
    {"domain", Type::Text, "The account's domain.", "user_domain"},
    {"account", Type::Text, "DOMAIN\\name."},
    {"sid", Type::Sid, "The account's SID.", "user_sid"},
    {"upn", Type::Text, "User principal name."},
    {"type", Type::Choice, "Logon type, by name or number.", "logon_type", Vocabulary::LogonTypes},
    {"origin", Type::Choice, "How the session came to be known.", "", Vocabulary::Origins},
    {"human", Type::Boolean, "A person's: an interactive type and a real account."},
    {"elevated", Type::Boolean, "Has the full token of an administrator."},
    {"start", Type::Time, "Logon."},
    {"start_source", Type::Choice, "What told of the logon.", "", Vocabulary::StartSources},
    {"end", Type::Time, "Logoff."},
    {"end_reason", Type::Choice, "How it ended.", "", Vocabulary::EndReasons},
    {"open", Type::Boolean, "No end is known."},
    {"duration", Type::Duration, "From logon to logoff; where one is not known, from or to the last that was seen."},
    {"first_seen", Type::Time, "First event of the session."},
    {"last_seen", Type::Time, "Last event of the session."},
    {"source_address", Type::Address, "Where the user came from.", "src_ip source_ip source.ip ip address"},
    {"source_port", Type::Number, "Port there.", "src_port source.port"},
    {"workstation", Type::Text, "Client as it named itself.", "client"},
    {"terminal_session", Type::Number, "Terminal session number.", "ts_id"},
    {"window_station", Type::Text, "Console, RDP-Tcp#3.", "station"},
    {"logon_process", Type::Text, "Who handed the credentials to LSA."},
    {"package", Type::Text, "Kerberos, NTLM, Negotiate, ...", "authentication_package"},
    {"lm_package", Type::Text, "Version of NTLM."},
    {"key_length", Type::Number, "Length of the NTLM session key in bits."},
    {"logon_guid", Type::Guid, "Joins a logon to a ticket."},
    {"linked_id", Type::Hex, "Logon id of the other half of an elevated pair."},
    {"subject_id", Type::Hex, "Logon id of the session that asked for the logon."},
    {"subject_user", Type::Text, "Account that asked for it."},
    {"subject_domain", Type::Text, "That account's domain."},
    {"logon_image", Type::Text, "Program that asked for it."},
    {"logon_process_id", Type::Number, "Process that asked for it."},
    {"outbound_user", Type::Text, "Account that a new_credentials session is on the network."},
    {"outbound_domain", Type::Text, "That account's domain."},
    {"impersonation_level", Type::Text, "What the server may do in the user's name."},
    {"restricted_admin", Type::Boolean, "Remote desktop without credentials on the host."},
    {"remote_credential_guard", Type::Boolean, "Remote desktop with credentials kept at the client."},
    {"virtual_account", Type::Boolean, "An account that a service brings with it."},
    {"transmitted_services", Type::Text, "Services that the logon was delegated through (S4U)."},
    {"integrity", Type::Text, "Integrity level."},
    {"privileges", Type::Words, "Privileges of its token."},
    {"groups", Type::Words, "SIDs of its groups."},
    {"logon_server", Type::Text, "Domain controller that said yes."},
    {"dns_domain", Type::Text, "Domain by its DNS name."},
    {"locked", Type::Boolean, "Its workstation is locked."},
    {"disconnected", Type::Boolean, "Nobody is connected to it."},
    {"processes", Type::Number, "How many processes it had.", "process_count"},
    {"events", Type::Number, "How many events it caused.", "event_count"},
};

constexpr Property kProcess[] = {
    {"pid", Type::Number, "Process number.", "process_id processid id"},
    {"guid", Type::Guid, "Sysmon's ProcessGuid.", "process_guid processguid entity_id"},
    {"host", Type::Text, "The machine it ran on."},
    {"image", Type::Text, "Program, with its path.", "executable path"},
    {"name", Type::Text, "Program, without its path."},
    {"command_line", Type::Text, "Command line.", "commandline cmdline"},
    {"user", Type::Text, "Account it ran as, as the log names it."},
    {"integrity", Type::Text, "Integrity level.", "integrity_level integritylevel"},
    {"start", Type::Time, "When it began."},
    {"end", Type::Time, "When it ended."},
    {"duration", Type::Duration, "How long it ran, as far as known."},
    {"exit_code", Type::Hex, "What it ended with.", "exitcode"},
    {"first_seen", Type::Time, "First event that names it."},
    {"last_seen", Type::Time, "Last event that names it."},
};
// clang-format on

static_assert(std::size(kHeader) == static_cast<std::size_t>(HeaderProperty::Quality) + 1);
static_assert(std::size(kSession) == static_cast<std::size_t>(SessionProperty::Events) + 1);
static_assert(std::size(kProcess) == static_cast<std::size_t>(ProcessProperty::LastSeen) + 1);

template <typename Enum>
constexpr Choice choice(Enum value, std::string_view name, std::string_view meaning) {
    return {name, static_cast<std::uint64_t>(value), meaning};
}

constexpr Choice kOutcomes[] = {
    choice(Outcome::Unknown, "unknown", "The record does not say."),
    choice(Outcome::Success, "success", "It was done."),
    choice(Outcome::Failure, "failure", "It was refused or failed."),
};

constexpr Choice kQualities[] = {
    choice(Quality::Intact, "intact", "Nothing is wrong with it."),
    choice(Quality::ChecksumMismatch, "checksum_mismatch", "In a chunk whose checksum does not match."),
    choice(Quality::BeyondHeader, "beyond_header", "Behind the end that a stale header gives."),
    choice(Quality::Resynchronised, "resynchronised", "Found behind a damaged record."),
    choice(Quality::Carved, "carved", "From slack space."),
    choice(Quality::Partial, "partial", "Only some of its values could be had."),
};

/// The choices of an enum that the model names by `name(value)` or `slug(value)`.
template <typename Enum, std::size_t N>
std::vector<Choice> named(const std::array<Enum, N>& values, std::string_view (*name_of)(Enum)) {
    std::vector<Choice> all;
    for (const Enum value : values) all.push_back(choice(value, name_of(value), {}));
    return all;
}

std::vector<Choice> kind_choices() {
    std::vector<Choice> all;
    for (std::size_t i = 0; i < kKindCount; ++i) all.push_back({kKinds[i].name, i, kKinds[i].title});
    return all;
}

constexpr std::array kLogonTypes = {LogonType::System,
                                    LogonType::Interactive,
                                    LogonType::Network,
                                    LogonType::Batch,
                                    LogonType::Service,
                                    LogonType::Proxy,
                                    LogonType::Unlock,
                                    LogonType::NetworkCleartext,
                                    LogonType::NewCredentials,
                                    LogonType::RemoteInteractive,
                                    LogonType::CachedInteractive,
                                    LogonType::CachedRemoteInteractive,
                                    LogonType::CachedUnlock,
                                    LogonType::Unknown};
constexpr std::array kOrigins = {Origin::Logged, Origin::Inferred, Origin::WellKnown, Origin::Found};
constexpr std::array kStartSources = {StartSource::Unknown, StartSource::Logon,  StartSource::SysmonLogonGuid,
                                      StartSource::Boot,    StartSource::Kernel, StartSource::Snapshot};
constexpr std::array kEndReasons = {EndReason::Unknown,        EndReason::Logoff,   EndReason::LogoffRequested,
                                    EndReason::TerminalLogoff, EndReason::Shutdown, EndReason::Crash,
                                    EndReason::LastProcess,    EndReason::Restart};

constexpr FieldId kNoField = FieldId::None;

FieldValue text(std::string_view value) {
    return value.empty() ? FieldValue() : FieldValue::of_bytes(kNoField, ValueType::Text, value);
}
FieldValue number(std::uint64_t value) { return FieldValue::of_number(kNoField, value); }
FieldValue boolean(bool value) { return FieldValue::of_boolean(kNoField, value); }
template <typename Enum>
FieldValue chosen(Enum value) {
    return number(static_cast<std::uint64_t>(value));
}
FieldValue time(const std::optional<Timestamp>& value) {
    return value ? FieldValue::of_time(kNoField, *value) : FieldValue();
}
FieldValue guid(const Guid& value) {
    if (value.is_zero()) return {};
    return FieldValue::of_bytes(kNoField, ValueType::Guid,
                                {reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size()});
}
FieldValue sid(const Sid& value) {
    return value.empty() ? FieldValue() : FieldValue::of_bytes(kNoField, ValueType::Sid, value.bytes());
}
FieldValue address(const std::optional<IpAddress>& value) {
    if (!value) return {};
    return FieldValue::of_bytes(kNoField, ValueType::Address,
                                {reinterpret_cast<const char*>(value->bytes.data()), value->bytes.size()});
}
/// A logon id of 0 says that there is none.
FieldValue logon_id(LogonId id) { return id.value() == 0 ? FieldValue() : number(id.value()); }
FieldValue at_least_one(std::uint64_t value) { return value == 0 ? FieldValue() : number(value); }

std::optional<Timestamp> seen_first(Timestamp time) {
    return time == Timestamp::latest() ? std::nullopt : std::optional(time);
}
std::optional<Timestamp> seen_last(Timestamp time) {
    return time == Timestamp::earliest() ? std::nullopt : std::optional(time);
}

/// From start to end; first and last sight stand in for what is not known.
template <typename Lived>
FieldValue lifetime(const Lived& lived) {
    const auto from = lived.start ? lived.start : seen_first(lived.first_seen);
    const auto to = lived.end ? lived.end : seen_last(lived.last_seen);
    if (!from || !to || *to < *from) return {};
    return FieldValue::of_signed(kNoField, (*to - *from).nanoseconds);
}

}  // namespace

std::string_view name(Type type) {
    constexpr std::array<std::string_view, 14> kNames = {"text",          "words",
                                                         "number",        "hexadecimal number",
                                                         "signed number", "decimal fraction",
                                                         "true or false", "time",
                                                         "duration",      "GUID",
                                                         "SID",           "IP address",
                                                         "bytes",         "choice"};
    return kNames[static_cast<std::size_t>(type)];
}

Type type_of(FieldType type) {
    switch (type) {
        case FieldType::Text: return Type::Text;
        case FieldType::Number: return Type::Number;
        case FieldType::Signed: return Type::Signed;
        case FieldType::Hex: return Type::Hex;
        case FieldType::Boolean: return Type::Boolean;
        case FieldType::Time: return Type::Time;
        case FieldType::Guid: return Type::Guid;
        case FieldType::Sid: return Type::Sid;
        case FieldType::Address: return Type::Address;
        case FieldType::Bytes: return Type::Bytes;
        case FieldType::Real: return Type::Real;
    }
    return Type::Text;
}

std::span<const Choice> choices(Vocabulary vocabulary) {
    static const auto kKindChoices = kind_choices();
    static const auto kLogonTypeChoices = named(kLogonTypes, &slug);
    static const auto kOriginChoices = named(kOrigins, static_cast<std::string_view (*)(Origin)>(&spoor::name));
    static const auto kStartSourceChoices =
        named(kStartSources, static_cast<std::string_view (*)(StartSource)>(&spoor::name));
    static const auto kEndReasonChoices =
        named(kEndReasons, static_cast<std::string_view (*)(EndReason)>(&spoor::name));
    switch (vocabulary) {
        case Vocabulary::None: return {};
        case Vocabulary::Kinds: return kKindChoices;
        case Vocabulary::Outcomes: return kOutcomes;
        case Vocabulary::Qualities: return kQualities;
        case Vocabulary::LogonTypes: return kLogonTypeChoices;
        case Vocabulary::Origins: return kOriginChoices;
        case Vocabulary::StartSources: return kStartSourceChoices;
        case Vocabulary::EndReasons: return kEndReasonChoices;
    }
    return {};
}

std::span<const Property> header_properties() { return kHeader; }
std::span<const Property> session_properties() { return kSession; }
std::span<const Property> process_properties() { return kProcess; }

FieldValue read(const Event& event, HeaderProperty property, const Catalog& catalog) {
    switch (property) {
        case HeaderProperty::Time: return FieldValue::of_time(kNoField, event.time);
        case HeaderProperty::Host: return text(catalog.host_name(event.host));
        case HeaderProperty::HostFullName: return text(catalog.host_full_name(event.host));
        case HeaderProperty::Kind: return chosen(event.kind);
        case HeaderProperty::Outcome: return chosen(event.outcome);
        case HeaderProperty::Channel: return text(catalog.channel_name(event.channel));
        case HeaderProperty::EventId: return at_least_one(event.event_id);
        case HeaderProperty::Sequence: return number(event.sequence);
        case HeaderProperty::Quality: return chosen(event.quality);
    }
    return {};
}

FieldValue read(const Session& session, SessionProperty property, const Catalog& catalog, std::string& scratch) {
    switch (property) {
        case SessionProperty::Id: return number(session.key.logon_id.value());
        case SessionProperty::Host: return text(catalog.host_name(session.key.host));
        case SessionProperty::User: return text(session.user.name);
        case SessionProperty::Domain: return text(session.user.domain);
        case SessionProperty::Account:
            if (session.user.name.empty()) return {};
            scratch.assign(session.user.domain);
            if (!scratch.empty()) scratch += '\\';
            scratch += session.user.name;
            return text(scratch);
        case SessionProperty::Sid: return sid(session.user.sid);
        case SessionProperty::Upn: return text(session.upn);
        case SessionProperty::Type: return chosen(session.type);
        case SessionProperty::Origin: return chosen(session.origin);
        case SessionProperty::Human: return boolean(is_human(session));
        case SessionProperty::Elevated: return session.elevated ? boolean(*session.elevated) : FieldValue();
        case SessionProperty::Start: return time(session.start);
        case SessionProperty::StartSource: return chosen(session.start_source);
        case SessionProperty::End: return time(session.end);
        case SessionProperty::EndReason: return chosen(session.end_reason);
        case SessionProperty::Open: return boolean(!session.end);
        case SessionProperty::Duration: return lifetime(session);
        case SessionProperty::FirstSeen: return time(seen_first(session.first_seen));
        case SessionProperty::LastSeen: return time(seen_last(session.last_seen));
        case SessionProperty::SourceAddress: return address(session.source_address);
        case SessionProperty::SourcePort: return at_least_one(session.source_port);
        case SessionProperty::Workstation: return text(session.workstation);
        case SessionProperty::TerminalSession:
            return session.terminal_session ? number(*session.terminal_session) : FieldValue();
        case SessionProperty::WindowStation: return text(session.window_station);
        case SessionProperty::LogonProcess: return text(session.logon_process);
        case SessionProperty::Package: return text(session.authentication_package);
        case SessionProperty::LmPackage: return text(session.lm_package);
        case SessionProperty::KeyLength: return at_least_one(session.key_length);
        case SessionProperty::LogonGuid: return guid(session.logon_guid);
        case SessionProperty::LinkedId: return logon_id(session.linked);
        case SessionProperty::SubjectId: return logon_id(session.subject);
        case SessionProperty::SubjectUser: return text(session.subject_user.name);
        case SessionProperty::SubjectDomain: return text(session.subject_user.domain);
        case SessionProperty::LogonImage: return text(session.logon_image);
        case SessionProperty::LogonProcessId: return at_least_one(session.logon_process_id);
        case SessionProperty::OutboundUser: return text(session.outbound.name);
        case SessionProperty::OutboundDomain: return text(session.outbound.domain);
        case SessionProperty::ImpersonationLevel: return text(session.impersonation_level);
        case SessionProperty::RestrictedAdmin: return boolean(session.restricted_admin);
        case SessionProperty::RemoteCredentialGuard: return boolean(session.remote_credential_guard);
        case SessionProperty::VirtualAccount: return boolean(session.virtual_account);
        case SessionProperty::TransmittedServices: return text(session.transmitted_services);
        case SessionProperty::Integrity: return text(session.integrity);
        case SessionProperty::Privileges: return text(session.privileges);
        case SessionProperty::Groups: return text(session.groups);
        case SessionProperty::LogonServer: return text(session.logon_server);
        case SessionProperty::DnsDomain: return text(session.dns_domain);
        case SessionProperty::Locked: return boolean(session.locked);
        case SessionProperty::Disconnected: return boolean(session.disconnected);
        case SessionProperty::Processes: return number(session.process_count);
        case SessionProperty::Events: return number(session.event_count);
    }
    return {};
}

FieldValue read(const Process& process, ProcessProperty property, const Catalog& catalog) {
    switch (property) {
        case ProcessProperty::Pid: return number(process.pid);
        case ProcessProperty::Guid: return guid(process.guid);
        case ProcessProperty::Host: return text(catalog.host_name(process.host));
        case ProcessProperty::Image: return text(process.image);
        case ProcessProperty::Name: return text(base_name(process.image));
        case ProcessProperty::CommandLine: return text(process.command_line);
        case ProcessProperty::User: return text(process.user);
        case ProcessProperty::Integrity: return text(process.integrity);
        case ProcessProperty::Start: return time(process.start);
        case ProcessProperty::End: return time(process.end);
        case ProcessProperty::Duration: return lifetime(process);
        case ProcessProperty::ExitCode: return process.exit_code ? number(*process.exit_code) : FieldValue();
        case ProcessProperty::FirstSeen: return time(seen_first(process.first_seen));
        case ProcessProperty::LastSeen: return time(seen_last(process.last_seen));
    }
    return {};
}

FieldValue read_parent(const Process& process, const History& history, ProcessProperty property,
                       const Catalog& catalog) {
    if (process.parent < history.processes.size()) return read(history.processes[process.parent], property, catalog);
    switch (property) {
        case ProcessProperty::Pid: return at_least_one(process.parent_pid);
        case ProcessProperty::Image: return text(process.parent_image);
        case ProcessProperty::Name: return text(base_name(process.parent_image));
        default: return {};
    }
}

std::string_view base_name(std::string_view path) {
    const std::size_t slash = path.find_last_of("\\/");
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace spoor::match
