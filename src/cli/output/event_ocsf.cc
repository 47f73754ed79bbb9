// Events in the Open Cybersecurity Schema Framework, https://schema.ocsf.io/1.1.0/: one JSON object a line. A kind that
// no class of OCSF has is a Base Event; a field that no class has stands in `unmapped`.
#include <fmt/format.h>

#include <algorithm>

#include "base/unicode.h"
#include "cli/build.h"
#include "cli/output/event_output.h"
#include "cli/output/nested_json.h"
#include "cli/output/standard_values.h"
#include "match/evaluate/comparison.h"
#include "model/summary.h"

namespace spoor::cli {
namespace {

constexpr std::string_view kSchemaVersion = "1.1.0";
constexpr unsigned kOtherActivity = 99;

struct OcsfClass {
    Kind kind;
    unsigned class_uid;
    unsigned activity_id;
};
// clang-format off
constexpr OcsfClass kClasses[] = {
    // File System Activity.
    {Kind::FileCreated, 1001, 1}, {Kind::FileStreamCreated, 1001, 1}, {Kind::FileDeleted, 1001, 4}, {Kind::FileRenamed, 1001, 5},
    {Kind::AttributeSet, 1001, 6}, {Kind::FileTimeChanged, 1001, 6},
    // Kernel Extension, Module, Scheduled Job, Process and Event Log Activity.
    {Kind::DriverLoaded, 1002, 1}, {Kind::ProgramLoaded, 1002, 1}, {Kind::ImageLoaded, 1005, 1},
    {Kind::TaskCreated, 1006, 1}, {Kind::TaskUpdated, 1006, 2}, {Kind::TaskDeleted, 1006, 3}, {Kind::TaskEnabled, 1006, 4},
    {Kind::TaskDisabled, 1006, 5}, {Kind::TaskStarted, 1006, 6},
    {Kind::ProcessCreated, 1007, 1}, {Kind::ProcessForked, 1007, 1}, {Kind::ProcessExited, 1007, 2}, {Kind::ProcessAccessed, 1007, 3},
    {Kind::RemoteThreadCreated, 1007, 4}, {Kind::IdentityChanged, 1007, 5},
    {Kind::LogCleared, 1008, 1}, {Kind::LogServiceStopped, 1008, 7}, {Kind::LogServiceStarted, 1008, 6},
    // Account Change, Authentication, Group Management.
    {Kind::AccountCreated, 3001, 1}, {Kind::AccountEnabled, 3001, 2}, {Kind::PasswordChanged, 3001, 3}, {Kind::PasswordReset, 3001, 4},
    {Kind::AccountDisabled, 3001, 5}, {Kind::AccountDeleted, 3001, 6}, {Kind::AccountLockedOut, 3001, 9},
    {Kind::AccountChanged, 3001, kOtherActivity}, {Kind::AccountUnlocked, 3001, kOtherActivity}, {Kind::AccountRenamed, 3001, kOtherActivity},
    {Kind::Logon, 3002, 1}, {Kind::LogonFailed, 3002, 1}, {Kind::Logoff, 3002, 2}, {Kind::LogoffRequested, 3002, 2},
    {Kind::TgtRequested, 3002, 3}, {Kind::PreauthenticationFailed, 3002, 3}, {Kind::ServiceTicketRequested, 3002, 4}, {Kind::TicketRenewed, 3002, 5},
    {Kind::CredentialsValidated, 3002, kOtherActivity}, {Kind::ExplicitCredentials, 3002, kOtherActivity},
    {Kind::GroupMemberAdded, 3006, 3}, {Kind::GroupMemberRemoved, 3006, 4},
    // Network, DNS and SMB Activity.
    {Kind::NetworkConnection, 4001, 1}, {Kind::NetworkBlocked, 4001, 5}, {Kind::DnsQuery, 4003, 1}, {Kind::ShareAccessed, 4006, 3},
    {Kind::ShareFileAccessed, 4006, 3},
    // The Windows extension: Registry Key and Registry Value Activity.
    {Kind::RegistryKeyChanged, 201001, 3}, {Kind::RegistryRenamed, 201001, 5}, {Kind::RegistryValueSet, 201002, 2},
};
// clang-format on

/// OCSF's number of a digest's algorithm.
unsigned algorithm_id(std::string_view algorithm) {
    const std::string folded = fold_case(algorithm);
    return folded == "md5" ? 1 : folded == "sha1" ? 2 : folded == "sha256" ? 3 : folded == "sha512" ? 4 : 99;
}

class Ocsf final : public EventOutput {
public:
    explicit Ocsf(const EventContext& context) : context_(context) {}

    void add(const EventView& view) override {
        NestedJson document;
        add_header(document, view);
        for (const FieldValue& value : view.values())
            if (match::says_something(value)) add_field(document, view.event, value);
        line_.clear();
        JsonWriter json(line_);
        document.write(json);
        context_.console.out.line(line_);
    }

private:
    void add_header(NestedJson& document, const EventView& view) const {
        const Event& event = view.event;
        const auto* const row = std::ranges::find(kClasses, event.kind, &OcsfClass::kind);
        const OcsfClass known = row == std::end(kClasses) ? OcsfClass{event.kind, 0, kOtherActivity} : *row;
        document.set("time", std::to_string(event.time.nanoseconds / 1'000'000));
        document.set_number("class_uid", known.class_uid);
        document.set_number("category_uid", known.class_uid / 1000 % 100);
        document.set_number("activity_id", known.activity_id);
        document.set_text("activity_name", name(event.kind));
        document.set_number("type_uid", std::uint64_t{known.class_uid} * 100 + known.activity_id);
        document.set_number("severity_id", 1);
        document.set_number("status_id", event.outcome == Outcome::Success   ? 1
                                         : event.outcome == Outcome::Failure ? 2
                                                                             : 0);
        document.set_text("message", summary(view, context_.catalog));
        document.set_text("device.hostname", context_.catalog.host_full_name(event.host));
        document.set_number("device.type_id", 0);
        document.set_text("metadata.version", kSchemaVersion);
        document.set_text("metadata.product.name", "Spoor");
        document.set_text("metadata.product.vendor_name", "Spoor");
        document.set_text("metadata.product.version", cli::kVersion);
        document.set_text("metadata.log_name", context_.catalog.channel_name(event.channel));
        if (event.event_id != 0) document.set_text("metadata.event_code", std::to_string(event.event_id));
        if ((event.sequence & kCounted) == 0) document.set_number("metadata.sequence", event.sequence);
        if (event.actor.session == kNobody) return;
        const Session& session = context_.history.sessions[event.actor.session];
        document.set_text("actor.session.uid", context_.names.of(event.actor.session));
        if (session.user.name.empty()) return;
        document.set_text("actor.user.name", session.user.name);
        if (!session.user.domain.empty()) document.set_text("actor.user.domain", session.user.domain);
        if (!session.user.sid.empty()) document.set_text("actor.user.uid", session.user.sid.to_string());
    }

    void add_field(NestedJson& document, const Event& event, const FieldValue& value) const {
        const auto number = static_cast<std::size_t>(value.field);
        std::string_view path = number < kFieldCount ? field(value.field).ocsf : std::string_view();
        if (value.field == "Provider"_field) path = "metadata.log_provider";
        if (!fits(value, path)) return document.add(unmapped(value), json_of(event, value, context_.catalog));
        const std::string_view text = value.text();
        if (takes_numbers(path)) return document.set_number(path, value.number);
        if (takes_times(path)) return document.set(path, std::to_string(value.signed_number / 1'000'000));
        if (path == "connection_info.protocol_name") return add_protocol(document, value);
        if (path == "connection_info.direction") return add_direction(document, event, value);
        if (path.ends_with(".hashes")) return add_hashes(document, path, event, value);
        if (path.ends_with("file.path") && value.type == ValueType::Text) {
            const std::string file(path.substr(0, path.size() - 4));
            document.set_text(file + "name", match::base_name(text));
            document.set_number(file + "type_id", 1);
        }
        if (path.ends_with("user.name") && !text.empty()) return set_account(document, path, text);
        document.set(path, json_of(event, value, context_.catalog));
    }

    void add_protocol(NestedJson& document, const FieldValue& value) const {
        std::string text;
        append_text(text, value, context_.catalog.field_type(value.field));
        document.set_text("connection_info.protocol_name", transport_name(text));
        if (const auto number = protocol_number(text)) document.set_number("connection_info.protocol_num", *number);
        document.set_number("connection_info.direction_id", 0);
    }

    void add_direction(NestedJson& document, const Event& event, const FieldValue& value) const {
        const Direction direction = direction_of(value.text());
        if (direction == Direction::Unknown)
            return document.add(unmapped(value), json_of(event, value, context_.catalog));
        document.set_number("connection_info.direction_id", static_cast<unsigned>(direction));
        document.set_text("connection_info.direction", direction == Direction::Inbound ? "Inbound" : "Outbound");
    }

    void add_hashes(NestedJson& document, std::string_view path, const Event& event, const FieldValue& value) const {
        std::string hashes;
        for (const Digest& digest : digests_of(value.text())) {
            std::string algorithm, text;
            append_json_string(algorithm, digest.algorithm);
            append_json_string(text, digest.value);
            hashes += fmt::format("{}{{\"algorithm\":{},\"algorithm_id\":{},\"value\":{}}}", hashes.empty() ? "" : ",",
                                  algorithm, algorithm_id(digest.algorithm), text);
        }
        if (hashes.empty())
            document.add(unmapped(value), json_of(event, value, context_.catalog));
        else
            document.set(path, "[" + hashes + "]");
    }

    std::string unmapped(const FieldValue& value) const {
        return "unmapped." + member_name(value.field, context_.catalog);
    }

    EventContext context_;
    std::string line_;
};

}  // namespace

std::unique_ptr<EventOutput> make_event_ocsf(const EventContext& context) { return std::make_unique<Ocsf>(context); }

}  // namespace spoor::cli
