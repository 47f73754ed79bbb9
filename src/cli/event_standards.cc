// Events in other tools' words: Elastic's ECS, OCSF, and the XML that Windows itself has. Names come from the schema table.
#include <fmt/format.h>

#include <map>

#include "base/json_writer.h"
#include "cli/event_output.h"
#include "model/summary.h"
#include "sources/windows/event_xml.h"

namespace spoor::cli {
namespace {

/// The value as JSON: decimal numbers as numbers, all else as text.
std::string json_of(const FieldValue& value, const Catalog& catalog) {
    const FieldType type = catalog.field_type(value.field);
    std::string text, json;
    append_text(text, value, type);
    if (value.type == ValueType::Unsigned && type != FieldType::Hex) return text;
    append_json_string(json, text);
    return json;
}

/// A JSON object whose keys are given as paths ("process.parent.pid"); a path that runs through a value already there
/// is kept as one key.
class Nested {
public:
    void set(std::string_view path, std::string json) {
        Nested* at = this;
        std::string_view rest = path;
        while (true) {
            const std::size_t dot = rest.find('.');
            const std::string key(rest.substr(0, dot));
            if (dot == std::string_view::npos) {
                Nested& leaf = at->members_[key];
                if (leaf.members_.empty() && leaf.value_.empty()) leaf.value_ = std::move(json);
                return;
            }
            at = &at->members_[key];
            if (!at->value_.empty()) return;
            rest.remove_prefix(dot + 1);
        }
    }
    void set_text(std::string_view path, std::string_view text) {
        std::string json;
        append_json_string(json, text);
        set(path, std::move(json));
    }
    void set_number(std::string_view path, std::uint64_t number) { set(path, std::to_string(number)); }

    void write(JsonWriter& json) const {
        if (!value_.empty()) {
            json.raw(value_);
            return;
        }
        json.open('{');
        for (const auto& [key, member] : members_) {
            json.key(key);
            member.write(json);
        }
        json.close('}');
    }

private:
    std::map<std::string, Nested> members_;
    std::string value_;
};

/// ECS and OCSF know events by a few classes; which one a kind belongs to.
struct Class {
    Kind kind;
    std::string_view ecs_category, ecs_type;
    std::uint32_t ocsf_class;
    std::uint32_t ocsf_activity;
};
constexpr Class kClasses[] = {
    {Kind::Logon, "authentication", "start", 3002, 1},
    {Kind::LogonFailed, "authentication", "start", 3002, 1},
    {Kind::Logoff, "authentication", "end", 3002, 2},
    {Kind::LogoffRequested, "authentication", "end", 3002, 2},
    {Kind::TgtRequested, "authentication", "start", 3002, 3},
    {Kind::ServiceTicketRequested, "authentication", "start", 3002, 4},
    {Kind::PreauthenticationFailed, "authentication", "start", 3002, 3},
    {Kind::CredentialsValidated, "authentication", "start", 3002, 5},
    {Kind::ExplicitCredentials, "authentication", "start", 3002, 99},
    {Kind::ProcessCreated, "process", "start", 1007, 1},
    {Kind::ProcessExited, "process", "end", 1007, 2},
    {Kind::ProcessAccessed, "process", "access", 1007, 3},
    {Kind::RemoteThreadCreated, "process", "change", 1007, 4},
    {Kind::FileCreated, "file", "creation", 1001, 1},
    {Kind::FileDeleted, "file", "deletion", 1001, 4},
    {Kind::FileRenamed, "file", "change", 1001, 5},
    {Kind::ImageLoaded, "library", "start", 1005, 1},
    {Kind::DriverLoaded, "driver", "start", 1002, 1},
    {Kind::NetworkConnection, "network", "connection", 4001, 1},
    {Kind::NetworkBlocked, "network", "denied", 4001, 5},
    {Kind::DnsQuery, "network", "protocol", 4003, 1},
    {Kind::RegistryKeyChanged, "registry", "change", 201001, 3},
    {Kind::RegistryValueSet, "registry", "change", 201002, 2},
    {Kind::ShareAccessed, "network", "access", 4006, 3},
    {Kind::ShareFileAccessed, "file", "access", 4006, 3},
    {Kind::AccountCreated, "iam", "creation", 3001, 1},
    {Kind::AccountDeleted, "iam", "deletion", 3001, 6},
    {Kind::GroupMemberAdded, "iam", "change", 3006, 3},
    {Kind::ServiceInstalled, "configuration", "creation", 201003, 1},
    {Kind::TaskCreated, "configuration", "creation", 1006, 1},
};

const Class* class_of(Kind kind) {
    for (const Class& row : kClasses)
        if (row.kind == kind) return &row;
    return nullptr;
}

class Ecs final : public EventOutput {
public:
    explicit Ecs(const EventContext& context) : context_(context) {}

    void add(const EventView& view) override {
        const Event& event = view.event;
        Nested document;
        document.set_text("@timestamp", event.time.to_string());
        document.set_text("ecs.version", "8.11.0");
        document.set_text("message", summary(view, context_.catalog));
        document.set_text("host.name", context_.catalog.host_name(event.host));
        document.set_text("event.action", name(event.kind));
        document.set_text("event.kind", "event");
        if (event.event_id != 0) document.set_text("event.code", std::to_string(event.event_id));
        if (event.outcome != Outcome::Unknown) document.set_text("event.outcome", event.outcome == Outcome::Success ? "success" : "failure");
        if (const Class* const known = class_of(event.kind)) {
            document.set("event.category", fmt::format("[\"{}\"]", known->ecs_category));
            document.set("event.type", fmt::format("[\"{}\"]", known->ecs_type));
        }
        if (event.actor.session != kNobody) {
            const Session& session = context_.history.sessions[event.actor.session];
            document.set_text("spoor.session.name", context_.names.of(event.actor.session));
            document.set_text("spoor.session.user", to_string(session.user));
            document.set_text("spoor.session.type", slug(session.type));
        }
        for (const FieldValue& value : view.values()) {
            if (value.type == ValueType::Null) continue;
            const auto number = static_cast<std::size_t>(value.field);
            const std::string_view ecs = number < kFieldCount ? field(value.field).ecs : std::string_view();
            document.set(ecs.empty() ? fmt::format("winlog.event_data.{}", context_.catalog.field_name(value.field)) : std::string(ecs), json_of(value, context_.catalog));
        }
        std::string line;
        JsonWriter json(line);
        document.write(json);
        context_.console.out.line(line);
    }

private:
    EventContext context_;
};

class Ocsf final : public EventOutput {
public:
    explicit Ocsf(const EventContext& context) : context_(context) {}

    void add(const EventView& view) override {
        const Event& event = view.event;
        const Class* const known = class_of(event.kind);
        const std::uint32_t class_uid = known == nullptr ? 0 : known->ocsf_class;
        const std::uint32_t activity = known == nullptr ? 99 : known->ocsf_activity;
        Nested document;
        document.set_number("time", static_cast<std::uint64_t>(event.time.nanoseconds / 1'000'000));
        document.set_number("class_uid", class_uid);
        document.set_number("category_uid", class_uid / 1000 % 100);
        document.set_number("activity_id", activity);
        document.set_number("type_uid", std::uint64_t{class_uid} * 100 + activity);
        document.set_number("severity_id", 1);
        document.set_number("status_id", event.outcome == Outcome::Success ? 1 : event.outcome == Outcome::Failure ? 2 : 0);
        document.set_text("message", summary(view, context_.catalog));
        document.set_text("device.hostname", context_.catalog.host_name(event.host));
        document.set_number("device.type_id", 0);
        document.set_text("metadata.version", "1.1.0");
        document.set_text("metadata.product.name", "Spoor");
        document.set_text("metadata.log_name", context_.catalog.channel_name(event.channel));
        document.set_text("metadata.event_code", std::to_string(event.event_id));
        if (event.actor.session != kNobody) document.set_text("actor.session.uid", context_.names.of(event.actor.session));
        for (const FieldValue& value : view.values()) {
            if (value.type == ValueType::Null) continue;
            const auto number = static_cast<std::size_t>(value.field);
            const std::string_view ocsf = number < kFieldCount ? field(value.field).ocsf : std::string_view();
            document.set(ocsf.empty() ? fmt::format("unmapped.{}", context_.catalog.field_name(value.field)) : std::string(ocsf), json_of(value, context_.catalog));
        }
        std::string line;
        JsonWriter json(line);
        document.write(json);
        context_.console.out.line(line);
    }

private:
    EventContext context_;
};

class Xml final : public EventOutput {
public:
    explicit Xml(const EventContext& context) : context_(context) { context_.console.out.line("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Events>"); }

    void add(const EventView& view) override {
        line_.clear();
        windows::append_event_xml(line_, view, context_.catalog);
        context_.console.out.line(line_);
    }
    void finish() override { context_.console.out.line("</Events>"); }

private:
    EventContext context_;
    std::string line_;
};

}  // namespace

std::unique_ptr<EventOutput> make_event_ecs(const EventContext& context) { return std::make_unique<Ecs>(context); }
std::unique_ptr<EventOutput> make_event_ocsf(const EventContext& context) { return std::make_unique<Ocsf>(context); }
std::unique_ptr<EventOutput> make_event_xml(const EventContext& context) { return std::make_unique<Xml>(context); }

}  // namespace spoor::cli
