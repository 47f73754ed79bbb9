// Events in the Elastic Common Schema, https://www.elastic.co/guide/en/ecs/8.11/: one JSON document a line, as
// Winlogbeat would send it. Names of fields come from the schema table; where ECS wants another shape of a value, it is
// given here. As there, the data of a Windows record stand below "winlog" too, with the record's own names and
// spellings: rules ask for them, and Spoor reads the same events back from them.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/unicode.h"
#include "cli/output/event_output.h"
#include "cli/output/nested_json.h"
#include "cli/output/standard_values.h"
#include "match/evaluate/comparison.h"
#include "model/summary.h"
#include "model/written_as.h"
#include "sources/windows/event_xml.h"
#include "sources/windows/record_values.h"

namespace spoor::cli {
namespace {

constexpr std::string_view kVersion = "8.11.0";

/// event.category and event.type, which say what the kinds of all products have in common.
struct EcsClass {
    Kind kind;
    std::string_view category, type;
};
// clang-format off
constexpr EcsClass kClasses[] = {
    {Kind::Logon, "authentication", "start"}, {Kind::LogonFailed, "authentication", "start"}, {Kind::Logoff, "authentication", "end"},
    {Kind::LogoffRequested, "authentication", "end"}, {Kind::ExplicitCredentials, "authentication", "start"},
    {Kind::TgtRequested, "authentication", "start"}, {Kind::ServiceTicketRequested, "authentication", "start"},
    {Kind::TicketRenewed, "authentication", "start"}, {Kind::PreauthenticationFailed, "authentication", "start"},
    {Kind::CredentialsValidated, "authentication", "start"}, {Kind::NtlmAudited, "authentication", "info"},
    {Kind::PrivilegesAssigned, "iam", "admin"}, {Kind::GroupsAssigned, "iam", "info"},
    {Kind::SessionReconnected, "session", "start"}, {Kind::SessionDisconnected, "session", "end"},
    {Kind::TerminalLogon, "session", "start"}, {Kind::TerminalLogoff, "session", "end"},
    {Kind::TerminalReconnected, "session", "start"}, {Kind::TerminalDisconnected, "session", "end"},
    {Kind::ProcessCreated, "process", "start"}, {Kind::ProcessForked, "process", "start"}, {Kind::ProcessExited, "process", "end"},
    {Kind::ProcessAccessed, "process", "access"}, {Kind::RemoteThreadCreated, "process", "change"}, {Kind::ProcessTampered, "process", "change"},
    {Kind::FileCreated, "file", "creation"}, {Kind::FileStreamCreated, "file", "creation"}, {Kind::FileDeleted, "file", "deletion"},
    {Kind::FileRenamed, "file", "change"}, {Kind::FileTimeChanged, "file", "change"}, {Kind::AttributeSet, "file", "change"},
    {Kind::PipeCreated, "file", "creation"}, {Kind::PipeConnected, "file", "access"},
    {Kind::ImageLoaded, "library", "start"}, {Kind::DriverLoaded, "driver", "start"}, {Kind::ProgramLoaded, "driver", "start"},
    {Kind::NetworkConnection, "network", "connection"}, {Kind::NetworkBlocked, "network", "denied"}, {Kind::PortBound, "network", "start"},
    {Kind::DnsQuery, "network", "protocol"},
    {Kind::RegistryKeyChanged, "registry", "change"}, {Kind::RegistryValueSet, "registry", "change"}, {Kind::RegistryRenamed, "registry", "change"},
    {Kind::ShareAccessed, "network", "access"}, {Kind::ShareFileAccessed, "file", "access"}, {Kind::ObjectAccessed, "file", "access"},
    {Kind::AccountCreated, "iam", "creation"}, {Kind::AccountDeleted, "iam", "deletion"}, {Kind::AccountChanged, "iam", "change"},
    {Kind::AccountEnabled, "iam", "change"}, {Kind::AccountDisabled, "iam", "change"}, {Kind::AccountLockedOut, "iam", "change"},
    {Kind::AccountUnlocked, "iam", "change"}, {Kind::AccountRenamed, "iam", "change"}, {Kind::PasswordChanged, "iam", "change"},
    {Kind::PasswordReset, "iam", "change"}, {Kind::GroupChanged, "iam", "group"}, {Kind::GroupMemberAdded, "iam", "group"},
    {Kind::GroupMemberRemoved, "iam", "group"}, {Kind::UserRightsChanged, "iam", "admin"},
    {Kind::ServiceInstalled, "configuration", "creation"}, {Kind::ServiceChanged, "configuration", "change"},
    {Kind::TaskCreated, "configuration", "creation"}, {Kind::TaskDeleted, "configuration", "deletion"}, {Kind::TaskUpdated, "configuration", "change"},
    {Kind::AuditPolicyChanged, "configuration", "change"}, {Kind::LogCleared, "configuration", "deletion"},
    {Kind::SystemStarted, "host", "start"}, {Kind::SystemStopped, "host", "end"}, {Kind::IdentityChanged, "process", "change"},
};
// clang-format on

std::string_view level_name(std::uint64_t level) {
    constexpr std::string_view kNames[] = {"information", "critical", "error", "warning", "information", "verbose"};
    return level < std::size(kNames) ? kNames[level] : std::string_view("information");
}

class Ecs final : public EventOutput {
public:
    explicit Ecs(const EventContext& context) : context_(context) {}

    void add(const EventView& view) override {
        NestedJson document;
        add_header(document, view);
        if (!is_of_linux(view.event)) add_record(document, view);
        for (const FieldValue& value : view.values())
            if (match::says_something(value)) add_field(document, view.event, value);
        add_names(document, view);
        line_.clear();
        JsonWriter json(line_);
        document.write(json);
        context_.console.out.line(line_);
    }

private:
    void add_header(NestedJson& document, const EventView& view) const {
        const Event& event = view.event;
        document.set_text("@timestamp", event.time.to_string());
        document.set_text("ecs.version", kVersion);
        document.set_text("message", summary(view, context_.catalog));
        document.set_text("host.name", context_.catalog.host_full_name(event.host));
        document.set_text("host.hostname", context_.catalog.host_name(event.host));
        document.set_text("event.action", name(event.kind));
        document.set_text("event.kind", "event");
        if (event.event_id != 0) document.set_text("event.code", std::to_string(event.event_id));
        if (event.outcome != Outcome::Unknown)
            document.set_text("event.outcome", event.outcome == Outcome::Success ? "success" : "failure");
        if ((event.sequence & kCounted) == 0) document.set_text("winlog.record_id", std::to_string(event.sequence));
        for (const EcsClass& row : kClasses) {
            if (row.kind != event.kind) continue;
            document.set("event.category", fmt::format("[\"{}\"]", row.category));
            document.set("event.type", fmt::format("[\"{}\"]", row.type));
        }
        if (event.actor.session == kNobody) return;
        const Session& session = context_.history.sessions[event.actor.session];
        document.set_text("spoor.session.name", context_.names.of(event.actor.session));
        document.set_text("spoor.session.user", to_string(session.user));
        document.set_text("spoor.session.type", slug(session.type));
    }

    /// What Winlogbeat says of a record besides: who wrote it, where, and its data as they were.
    void add_record(NestedJson& document, const EventView& view) const {
        const windows::RecordValues record(view, context_.catalog);
        document.set_text("winlog.api", "wineventlog");
        document.set_text("winlog.provider_name", record.provider());
        document.set_text("winlog.event_id", std::to_string(view.event.event_id));
        const FieldValue computer = view.find("Computer"_field);
        document.set_text("winlog.computer_name",
                          computer.text().empty() ? context_.catalog.host_full_name(view.event.host) : computer.text());
        document.set_text("winlog.channel", context_.catalog.channel_name(view.event.channel));
        const bool of_user = windows::has_user_data(record.provider(), view.event.event_id);
        record.each_datum([&](const FieldValue& value, std::string_view name) {
            std::string json;
            append_json_string(json, record.spelled(value));
            document.add(fmt::format("winlog.{}.{}", of_user ? "user_data" : "event_data", name), std::move(json));
        });
    }

    /// The names of the bits, and behind them the number where it has more than they say.
    static void add_keywords(NestedJson& document, std::uint64_t keywords) {
        constexpr std::uint64_t kOfTheChannel = 0x8000000000000000;  // stands beside those of audits
        constexpr std::pair<std::uint64_t, std::string_view> kNamed[] = {
            {kOfTheChannel | 0x20000000000000, "Audit Success"},
            {kOfTheChannel | 0x10000000000000, "Audit Failure"},
            {0x80000000000000, "Classic"}};
        std::vector<std::string> list;
        bool said = keywords == 0;
        for (const auto& [bits, name] : kNamed) {
            if ((keywords & bits & ~kOfTheChannel) != 0) list.push_back(fmt::format("\"{}\"", name));
            said = said || keywords == bits;
        }
        if (!said) list.push_back(fmt::format("\"{:#x}\"", keywords));
        if (!list.empty()) document.set("winlog.keywords", fmt::format("[{}]", fmt::join(list, ",")));
    }

    static void set_logon_type(NestedJson& document, std::string_view path, std::uint64_t number) {
        const std::string_view word = name(static_cast<LogonType>(number));
        document.set_text(path, word.empty() ? std::to_string(number) : std::string(word));
    }

    void add_field(NestedJson& document, const Event& event, const FieldValue& value) const {
        const auto number = static_cast<std::size_t>(value.field);
        const std::string_view path = number < kFieldCount ? field(value.field).ecs : std::string_view();
        const std::string_view text = value.text();
        if (!fits(value, path) || path.starts_with("winlog.event_data.")) return keep(document, event, value);
        if (path == "winlog.keywords" && value.type == ValueType::Unsigned) return add_keywords(document, value.number);
        if (path == "winlog.logon.type" && value.type == ValueType::Unsigned)
            return set_logon_type(document, path, value.number);
        if (takes_numbers(path)) return document.set_number(path, value.number);
        if (path == "log.level" && value.type == ValueType::Unsigned)
            return document.set_text(path, level_name(value.number));
        if (path == "network.transport") return document.set_text(path, transport_name(text));
        if (path == "network.direction") return add_direction(document, event, value);
        if (path.ends_with(".hash")) return add_hashes(document, path, event, value);
        if (path.ends_with("user.name") && !text.empty()) return set_account(document, path, text);
        document.set(path, json_of(event, value, context_.catalog));
    }

    /// What ECS has no name for, among the data; those of a record are all there.
    void keep(NestedJson& document, const Event& event, const FieldValue& value) const {
        if (is_of_linux(event))
            document.add("winlog.event_data." + member_name(value.field, context_.catalog),
                         json_of(event, value, context_.catalog));
    }

    void add_direction(NestedJson& document, const Event& event, const FieldValue& value) const {
        switch (direction_of(value.text())) {
            case Direction::Inbound: return document.set_text("network.direction", "ingress");
            case Direction::Outbound: return document.set_text("network.direction", "egress");
            case Direction::Unknown: return keep(document, event, value);
        }
    }

    void add_hashes(NestedJson& document, std::string_view path, const Event& event, const FieldValue& value) const {
        const std::vector<Digest> digests = digests_of(value.text());
        if (digests.empty()) return keep(document, event, value);
        for (const Digest& digest : digests) {
            const std::string algorithm = fold_case(digest.algorithm);
            // The hash of imports is no hash of the file.
            const bool of_imports = algorithm == "imphash";
            const std::string_view of = path.substr(0, path.size() - 5);
            document.set_text(of_imports ? fmt::format("{}.pe.imphash", of) : fmt::format("{}.{}", path, algorithm),
                              fold_case(digest.value));
        }
    }

    /// Names that ECS has beside paths.
    static void add_names(NestedJson& document, const EventView& view) {
        constexpr std::pair<FieldId, std::string_view> kNames[] = {{"Image"_field, "process.name"},
                                                                   {"ParentImage"_field, "process.parent.name"},
                                                                   {"TargetFilename"_field, "file.name"},
                                                                   {"ImageLoaded"_field, "dll.name"}};
        for (const auto& [id, path] : kNames)
            if (const FieldValue value = view.find(id); match::says_something(value))
                document.set_text(path, match::base_name(value.text()));
    }

    EventContext context_;
    std::string line_;
};

}  // namespace

std::unique_ptr<EventOutput> make_event_ecs(const EventContext& context) { return std::make_unique<Ecs>(context); }

}  // namespace spoor::cli
