#include "server/api/present.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "match/properties.h"
#include "model/codes.h"
#include "model/fields.h"
#include "model/summary.h"
#include "sources/windows/event_xml.h"

namespace spoor::server {
namespace {

constexpr std::size_t kLongestSummary = 300;

bool is_empty(const FieldValue& value) {
    return value.type == ValueType::Null ||
           (value.type == ValueType::Text && (value.text().empty() || value.text() == "-")) ||
           (value.type == ValueType::Guid && value.as_guid().value_or(Guid{}).is_zero());
}

/// A value as people read it: message parameters and logon types in words.
std::string in_words(const FieldValue& value, const Catalog& catalog) {
    std::string text;
    append_text(text, value, catalog.field_type(value.field));
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
    if (!text.empty() && text != "-") json.key(key).text(text);
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
    json.key("at").text(to_string(at));
    json.key("time").text(event.time.to_string());
    json.key("host").text(naming.catalog.host_name(event.host));
    json.key("kind").text(name(event.kind));
    json.key("channel").text(naming.catalog.channel_name(event.channel));
    if (event.event_id != 0) json.key("id").number(std::uint64_t{event.event_id});
    json.key("seq").text(std::to_string(event.sequence));
    write_optional_text(json, "outcome", name_of(event.outcome));
    write_optional_text(json, "quality", name_of(event.quality));
    write_optional_text(json, "user", user_of(view, naming));
    const History* const history = naming.history;
    if (history == nullptr || naming.names == nullptr) {
        // Nothing is concluded about what has only just happened, but the kernel names the session of whoever acts.
        if (const auto logon = view.find("LogonId"_field).as_number())
            json.key("session").text(
                fmt::format("{}:{}", naming.catalog.host_name(event.host), LogonId(*logon).to_string()));
        if (event.kind == Kind::Impersonated)
            write_optional_text(json, "adopted_user", view.text("TargetUserName"_field));
        return;
    }
    if (event.actor.session < history->sessions.size()) {
        json.key("session").text(naming.names->of(event.actor.session));
        json.key("session_type").text(slug(history->sessions[event.actor.session].type));
    }
    if (event.actor.adopted_session < history->sessions.size()) {
        json.key("adopted").text(naming.names->of(event.actor.adopted_session));
        json.key("adopted_user").text(to_string(history->sessions[event.actor.adopted_session].user));
    }
}

void write_process_of(JsonWriter& json, const EventView& view, const Naming& naming) {
    const std::uint32_t actor = view.event.actor.process;
    if (naming.history != nullptr && actor < naming.history->processes.size()) {
        const Process& process = naming.history->processes[actor];
        json.key("pid").number(process.pid);
        write_optional_text(json, "image", process.image);
        return;
    }
    if (const auto pid = view.find("ProcessId"_field).as_number()) json.key("pid").number(*pid);
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
    json.key("text").text(summary_of(view, naming));
    if (!fields.empty()) {
        json.key("values").open('{');
        for (const FieldId field : fields)
            if (const FieldValue value = view.find(field); !is_empty(value))
                json.key(naming.catalog.field_name(field)).text(in_words(value, naming.catalog));
        json.close('}');
    }
    json.close('}');
}

void write_event(JsonWriter& json, const EventView& view, const store::Position& at, const Naming& naming,
                 Record record) {
    json.open('{');
    write_header(json, view, at, naming);
    write_process_of(json, view, naming);
    json.key("title").text(entry(view.event.kind).title);
    json.key("text").text(summary_of(view, naming));
    json.key("fields").open('[');
    std::string text;
    for (const FieldValue& value : view.values()) {
        if (value.type == ValueType::Null) continue;
        text.clear();
        append_text(text, value, naming.catalog.field_type(value.field));
        json.open('{').key("name").text(naming.catalog.field_name(value.field)).key("value").text(text);
        if (const std::string words = in_words(value, naming.catalog); words != text) json.key("words").text(words);
        const auto index = static_cast<std::size_t>(value.field);
        if (index < kFieldCount) json.key("meaning").text(kFields[index].meaning);
        json.close('}');
    }
    json.close(']');
    if (record == Record::Xml) {
        text.clear();
        windows::append_event_xml(text, view, naming.catalog);
        json.key("record").text(text);
    }
    json.close('}');
}

void write_optional_time(JsonWriter& json, std::string_view key, const std::optional<Timestamp>& time) {
    if (time) json.key(key).text(time->to_string());
}

void write_session_row(JsonWriter& json, std::uint32_t index, LinkCount links, const Naming& naming) {
    const Session& session = naming.history->sessions[index];
    json.open('{');
    json.key("name").text(naming.names->of(index));
    json.key("host").text(naming.catalog.host_name(session.key.host));
    json.key("logon_id").text(session.key.logon_id.to_string());
    json.key("user").text(to_string(session.user));
    json.key("type").text(slug(session.type));
    json.key("origin").text(name(session.origin));
    json.key("human").boolean(is_human(session));
    write_optional_time(json, "start", session.start);
    write_optional_time(json, "end", session.end);
    if (session.end) json.key("end_reason").text(name(session.end_reason));
    if (session.first_seen <= session.last_seen)
        json.key("first_seen")
            .text(session.first_seen.to_string())
            .key("last_seen")
            .text(session.last_seen.to_string());
    if (session.source_address) json.key("address").text(session.source_address->to_string());
    write_optional_text(json, "workstation", session.workstation);
    write_optional_text(json, "package", session.authentication_package);
    if (session.elevated) json.key("elevated").boolean(*session.elevated);
    if (session.linked != LogonId::none()) json.key("linked").text(session.linked.to_string());
    write_optional_text(json, "outbound", to_string(session.outbound));
    json.key("processes").number(std::uint64_t{session.process_count});
    json.key("events").number(session.event_count);
    json.key("links_in").number(std::uint64_t{links.in}).key("links_out").number(std::uint64_t{links.out});
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
        std::string text;
        if (property.type == match::Type::Choice) {
            for (const match::Choice& choice : match::choices(property.vocabulary))
                if (choice.number == value.number) text = choice.name;
        } else if (property.type == match::Type::Duration) {
            text = to_string(Duration{value.signed_number});
        } else {
            append_text(text, value, property.type == match::Type::Hex ? FieldType::Hex : FieldType::Text);
        }
        json.open('{')
            .key("name")
            .text(property.name)
            .key("value")
            .text(text)
            .key("meaning")
            .text(property.meaning)
            .close('}');
    }
    json.close(']');
}

void write_process(JsonWriter& json, std::uint32_t index, const Naming& naming) {
    const Process& process = naming.history->processes[index];
    json.open('{');
    json.key("key").number(std::uint64_t{index});
    json.key("host").text(naming.catalog.host_name(process.host));
    json.key("pid").number(process.pid);
    write_optional_text(json, "image", process.image);
    write_optional_text(json, "command_line", process.command_line);
    write_optional_text(json, "user", process.user);
    write_optional_text(json, "integrity", process.integrity);
    if (process.session < naming.history->sessions.size()) {
        json.key("session").text(naming.names->of(process.session));
        json.key("session_strength").text(name(process.session_strength));
    }
    if (process.parent != kNobody) json.key("parent").number(std::uint64_t{process.parent});
    if (process.parent_pid != 0) json.key("parent_pid").number(process.parent_pid);
    write_optional_text(json, "parent_image", process.parent_image);
    write_optional_time(json, "start", process.start);
    write_optional_time(json, "end", process.end);
    if (process.first_seen <= process.last_seen)
        json.key("first_seen")
            .text(process.first_seen.to_string())
            .key("last_seen")
            .text(process.last_seen.to_string());
    if (process.exit_code) json.key("exit_code").text(fmt::format("{:#x}", *process.exit_code));
    json.close('}');
}

void write_evidence(JsonWriter& json, std::span<const EventRef> evidence, const Catalog& catalog) {
    json.open('[');
    for (const EventRef& event : evidence) {
        json.open('{')
            .key("host")
            .text(catalog.host_name(event.host))
            .key("channel")
            .text(catalog.channel_name(event.channel));
        json.key("id")
            .number(std::uint64_t{event.event_id})
            .key("seq")
            .text(std::to_string(event.sequence))
            .key("time")
            .text(event.time.to_string())
            .close('}');
    }
    json.close(']');
}

void write_link(JsonWriter& json, const Link& link, const Naming& naming) {
    json.open('{');
    json.key("from").text(naming.names->of(link.from)).key("to").text(naming.names->of(link.to));
    json.key("kind").text(name(link.kind)).key("strength").text(name(link.strength)).key("reason").text(link.reason);
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
    if (user.empty()) user = fmt::format("session {}", session.key.logon_id.to_string());
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
