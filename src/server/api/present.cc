#include "server/api/present.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "match/evaluate/field_text.h"
#include "match/properties.h"
#include "model/codes.h"
#include "model/fields.h"
#include "model/summary.h"
#include "model/written_as.h"
#include "sources/windows/event_xml.h"
#include "trails/trail.h"

namespace spoor::server {
namespace {

constexpr std::size_t kLongestSummary = 300;

bool is_empty(const FieldValue& value) {
    return value.type == ValueType::Null ||
           (value.type == ValueType::Text && (value.text().empty() || value.text() == "-")) ||
           (value.type == ValueType::Guid && value.as_guid().value_or(Guid{}).is_zero());
}

/// A value as people read it: message parameters and logon types in words.
std::string in_words(const FieldValue& value, FieldType type) {
    std::string text;
    append_text(text, value, type);
    if (value.type == ValueType::Text && text.starts_with("%%")) return std::string(message_parameter_words(text));
    return text;
}

std::string account(const EventView& view, FieldId domain, FieldId name) {
    const std::string_view user = view.text(name);
    if (user.empty() || user == "-") return {};
    const std::string_view of = view.text(domain);
    return of.empty() || of == "-" ? std::string(user) : fmt::format("{}\\{}", of, user);
}

void write_optional_text(JsonWriter& json, std::string_view key, std::string_view text) {
    if (!text.empty() && text != "-") json.text(key, text);
}

std::string_view name_of(Outcome outcome) {
    constexpr std::array<std::string_view, 3> kNames = {"", "success", "failure"};
    return kNames[static_cast<std::size_t>(outcome)];
}

std::string_view name_of(Quality quality) {
    constexpr std::array<std::string_view, 6> kNames = {
        "", "checksum_mismatch", "beyond_header", "resynchronised", "carved", "partial"};
    return kNames[static_cast<std::size_t>(quality)];
}

/// The members that a row and a whole event share.
void write_header(JsonWriter& json, const EventView& view, const store::Position& at, const Naming& naming) {
    const Event& event = view.event;
    json.text("at", to_string(at));
    json.text("time", event.time.to_string());
    json.text("host", naming.catalog.host_name(event.host));
    json.text("kind", name(event.kind));
    json.text("channel", naming.catalog.channel_name(event.channel));
    if (event.event_id != 0) json.number("id", event.event_id);
    json.text("seq", std::to_string(event.sequence));
    write_optional_text(json, "outcome", name_of(event.outcome));
    write_optional_text(json, "quality", name_of(event.quality));
    write_optional_text(json, "user", user_of(view, naming));
    const History* const history = naming.history;
    if (history == nullptr || naming.names == nullptr) {
        // Nothing is concluded about what has only just happened, but the kernel names the session of whoever acts.
        if (const auto logon = view.find("LogonId"_field).as_number())
            json.text("session",
                      fmt::format("{}:{}", naming.catalog.host_name(event.host), LogonId(*logon).to_string()));
        if (event.kind == Kind::Impersonated)
            write_optional_text(json, "adopted_user", view.text("TargetUserName"_field));
        return;
    }
    if (event.actor.session < history->sessions.size()) {
        json.text("session", naming.names->of(event.actor.session));
        json.text("session_type", slug(history->sessions[event.actor.session].type));
    }
    if (event.actor.adopted_session < history->sessions.size()) {
        json.text("adopted", naming.names->of(event.actor.adopted_session));
        json.text("adopted_user", to_string(history->sessions[event.actor.adopted_session].user));
    }
}

void write_process_of(JsonWriter& json, const EventView& view, const Naming& naming) {
    const std::uint32_t actor = view.event.actor.process;
    if (naming.history != nullptr && actor < naming.history->processes.size()) {
        const Process& process = naming.history->processes[actor];
        json.number("pid", process.pid);
        write_optional_text(json, "image", process.image);
        return;
    }
    if (const auto pid = view.find("ProcessId"_field).as_number()) json.number("pid", *pid);
    write_optional_text(json, "image", view.text("Image"_field));
}

}  // namespace

std::string to_string(const store::Position& position) {
    return fmt::format("{}-{}", position.time.nanoseconds, position.number);
}

Result<store::Position> parse_position(std::string_view text) {
    store::Position position;
    const std::size_t dash = text.rfind('-');
    if (dash == 0 || dash == text.npos)
        return fail(Errc::BadUsage, fmt::format("'{}' is not the place of an event", text));
    const std::string_view time = text.substr(0, dash);
    const std::string_view number = text.substr(dash + 1);
    const auto read = [](std::string_view digits, auto& value) {
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        return error == std::errc{} && end == digits.data() + digits.size();
    };
    if (!read(time, position.time.nanoseconds) || !read(number, position.number))
        return fail(Errc::BadUsage, fmt::format("'{}' is not the place of an event", text));
    return position;
}

std::string user_of(const EventView& view, const Naming& naming) {
    const std::uint32_t session = view.event.actor.session;
    if (naming.history != nullptr && session < naming.history->sessions.size())
        if (std::string user = to_string(naming.history->sessions[session].user); !user.empty()) return user;
    for (const auto& [domain, user] : {std::pair{"SubjectDomainName"_field, "SubjectUserName"_field},
                                       {"TargetDomainName"_field, "TargetUserName"_field},
                                       {"AccountDomain"_field, "AccountName"_field}})
        if (std::string text = account(view, domain, user); !text.empty()) return text;
    for (const FieldId user : {"User"_field, "SourceUser"_field, "UserName"_field})
        if (const std::string_view text = view.text(user); !text.empty() && text != "-") return std::string(text);
    return {};
}

std::string summary_of(const EventView& view, const Naming& naming) {
    std::string text;
    if (const std::string_view message = view.text("Message"_field); !message.empty() && view.event.kind == Kind::Other)
        text = message.substr(0, message.find('\n'));
    else
        text = summary(view, naming.catalog);
    if (text.size() > kLongestSummary) {
        std::size_t cut = kLongestSummary;
        while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xc0) == 0x80) --cut;
        text.resize(cut);
        text += "…";
    }
    return text;
}

void write_event_row(JsonWriter& json, const EventView& view, const store::Position& at, const Naming& naming,
                     std::span<const FieldId> fields) {
    json.open('{');
    write_header(json, view, at, naming);
    write_process_of(json, view, naming);
    json.text("text", summary_of(view, naming));
    if (!fields.empty()) {
        json.open("values", '{');
        for (const FieldId field : fields)
            if (const FieldValue value = view.find(field); !is_empty(value))
                json.key(naming.catalog.field_name(field))
                    .text(in_words(value, written_as(view.event, field, naming.catalog)));
        json.close('}');
    }
    json.close('}');
}

void write_event(JsonWriter& json, const EventView& view, const store::Position& at, const Naming& naming,
                 Record record) {
    json.open('{');
    write_header(json, view, at, naming);
    write_process_of(json, view, naming);
    json.text("title", entry(view.event.kind).title);
    json.text("text", summary_of(view, naming));
    json.open("fields", '[');
    std::string text;
    for (const FieldValue& value : view.values()) {
        if (value.type == ValueType::Null) continue;
        text.clear();
        const FieldType type = written_as(view.event, value.field, naming.catalog);
        append_text(text, value, type);
        json.open('{').text("name", naming.catalog.field_name(value.field)).text("value", text);
        if (const std::string words = in_words(value, type); words != text) json.text("words", words);
        const auto index = static_cast<std::size_t>(value.field);
        if (index < kFieldCount) json.text("meaning", kFields[index].meaning);
        json.close('}');
    }
    json.close(']');
    if (record == Record::Xml) {
        text.clear();
        windows::append_event_xml(text, view, naming.catalog);
        json.text("record", text);
    }
    json.close('}');
}

void write_optional_time(JsonWriter& json, std::string_view key, const std::optional<Timestamp>& time) {
    if (time) json.text(key, time->to_string());
}

void write_session_row(JsonWriter& json, std::uint32_t index, LinkCount links, const Naming& naming) {
    const Session& session = naming.history->sessions[index];
    json.open('{');
    json.text("name", naming.names->of(index));
    json.text("host", naming.catalog.host_name(session.key.host));
    json.text("logon_id", logon_id_text(session));
    json.text("user", to_string(session.user));
    json.text("type", slug(session.type));
    json.text("origin", name(session.origin));
    json.boolean("human", is_human(session));
    write_optional_time(json, "start", session.start);
    write_optional_time(json, "end", session.end);
    if (session.end) json.text("end_reason", name(session.end_reason));
    if (session.first_seen <= session.last_seen)
        json.text("first_seen", session.first_seen.to_string()).text("last_seen", session.last_seen.to_string());
    if (session.source_address) json.text("address", session.source_address->to_string());
    write_optional_text(json, "workstation", session.workstation);
    write_optional_text(json, "package", session.authentication_package);
    if (session.elevated) json.boolean("elevated", *session.elevated);
    if (session.linked != LogonId::none()) json.text("linked", session.linked.to_string());
    write_optional_text(json, "outbound", to_string(session.outbound));
    json.number("processes", session.process_count);
    json.number("events", session.event_count);
    json.number("links_in", links.in).number("links_out", links.out);
    json.close('}');
}

void write_session_facts(JsonWriter& json, const Session& session, const Catalog& catalog) {
    json.open('[');
    std::string scratch;
    const auto properties = match::session_properties();
    for (std::size_t i = 0; i < properties.size(); ++i) {
        const FieldValue value = match::read(session, static_cast<match::SessionProperty>(i), catalog, scratch);
        if (is_empty(value)) continue;
        const match::Property& property = properties[i];
        const std::string text = match::spelled(value, match::as_written(property, session));
        json.open('{').text("name", property.name).text("value", text).text("meaning", property.meaning).close('}');
    }
    json.close(']');
}

void write_process(JsonWriter& json, std::uint32_t index, const Naming& naming) {
    const Process& process = naming.history->processes[index];
    json.open('{');
    json.number("key", index);
    json.text("host", naming.catalog.host_name(process.host));
    json.number("pid", process.pid);
    write_optional_text(json, "image", process.image);
    write_optional_text(json, "command_line", process.command_line);
    write_optional_text(json, "user", process.user);
    write_optional_text(json, "integrity", process.integrity);
    if (process.session < naming.history->sessions.size()) {
        json.text("session", naming.names->of(process.session));
        json.text("session_strength", name(process.session_strength));
    }
    if (process.parent != kNobody) json.number("parent", process.parent);
    if (process.parent_pid != 0) json.number("parent_pid", process.parent_pid);
    write_optional_text(json, "parent_image", process.parent_image);
    write_optional_time(json, "start", process.start);
    write_optional_time(json, "end", process.end);
    if (process.first_seen <= process.last_seen)
        json.text("first_seen", process.first_seen.to_string()).text("last_seen", process.last_seen.to_string());
    if (process.exit_code) json.text("exit_code", fmt::format("{:#x}", *process.exit_code));
    json.close('}');
}

void write_evidence(JsonWriter& json, std::span<const EventRef> evidence, const Catalog& catalog) {
    json.open('[');
    for (const EventRef& event : evidence) {
        json.open('{').text("host", catalog.host_name(event.host)).text("channel", catalog.channel_name(event.channel));
        json.number("id", event.event_id)
            .text("seq", std::to_string(event.sequence))
            .text("time", event.time.to_string())
            .close('}');
    }
    json.close(']');
}

void write_link(JsonWriter& json, const Link& link, const Naming& naming) {
    json.open('{');
    json.text("from", naming.names->of(link.from)).text("to", naming.names->of(link.to));
    json.text("kind", name(link.kind)).text("manner", trails::manner(link.kind));
    json.text("strength", name(link.strength)).text("reason", link.reason);
    if (link.process < naming.history->processes.size()) {
        json.key("process");
        write_process(json, link.process, naming);
    }
    json.key("evidence");
    write_evidence(json, link.evidence, naming.catalog);
    json.close('}');
}

std::string session_phrase(const Session& session, const Catalog& catalog) {
    std::string user = to_string(session.user);
    if (user.empty()) user = fmt::format("session {}", logon_id_text(session));
    std::string type(slug(session.type));
    std::replace(type.begin(), type.end(), '_', ' ');
    std::string text = fmt::format("{} on {}", user, catalog.host_name(session.key.host));
    std::string within;
    if (session.type != LogonType::Unknown) within = type;
    const std::optional<Timestamp> when = session.start                             ? session.start
                                          : session.first_seen <= session.last_seen ? std::optional(session.first_seen)
                                                                                    : std::nullopt;
    if (when) within += fmt::format("{}{}", within.empty() ? "" : ", ", when->to_string_seconds());
    if (!within.empty()) text += fmt::format(" ({})", within);
    return text;
}

}  // namespace spoor::server
