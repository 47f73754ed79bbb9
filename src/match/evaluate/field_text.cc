#include "match/evaluate/field_text.h"

namespace spoor::match {
namespace {

FieldType written_as(Type type) {
    switch (type) {
        case Type::Hex: return FieldType::Hex;
        case Type::Boolean: return FieldType::Boolean;
        case Type::Time: return FieldType::Time;
        case Type::Guid: return FieldType::Guid;
        case Type::Sid: return FieldType::Sid;
        case Type::Address: return FieldType::Address;
        case Type::Bytes: return FieldType::Bytes;
        case Type::Real: return FieldType::Real;
        case Type::Signed: return FieldType::Signed;
        case Type::Text:
        case Type::Words: return FieldType::Text;
        case Type::Number:
        case Type::Duration:
        case Type::Choice: return FieldType::Number;
    }
    return FieldType::Text;
}

const Property& line(std::span<const Property> properties, std::uint16_t number) { return properties[number]; }

}  // namespace

std::string spelled(const FieldValue& value, const Property& property) {
    if (value.type == ValueType::Null) return {};
    if (property.type == Type::Choice) {
        for (const Choice& choice : choices(property.vocabulary))
            if (choice.number == value.number) return std::string(choice.name);
    }
    if (property.type == Type::Duration) return to_string(Duration{value.signed_number});
    std::string text;
    append_text(text, value, written_as(property.type));
    return text;
}

std::string FieldText::of_session(SessionProperty property, const Session& session) {
    return spelled(read(session, property, catalog_, scratch_),
                   as_written(line(session_properties(), static_cast<std::uint16_t>(property)), session));
}

std::string FieldText::of_process(ProcessProperty property, const Process& process) {
    return spelled(read(process, property, catalog_),
                   as_written(line(process_properties(), static_cast<std::uint16_t>(property)), process));
}

std::string FieldText::of_parent(ProcessProperty property, const Process& process) {
    return spelled(read_parent(process, history_, property, catalog_),
                   line(process_properties(), static_cast<std::uint16_t>(property)));
}

std::string FieldText::of(const FieldRef& field, const EventView& view) {
    const Event& event = view.event;
    switch (field.scope) {
        case Scope::Any: return {};
        case Scope::Header:
            return spelled(read(event, field.header(), catalog_), line(header_properties(), field.number));
        case Scope::Session:
            return event.actor.session < history_.sessions.size()
                       ? of_session(field.session(), history_.sessions[event.actor.session])
                       : "";
        case Scope::AdoptedSession:
            return event.actor.adopted_session < history_.sessions.size()
                       ? of_session(field.session(), history_.sessions[event.actor.adopted_session])
                       : "";
        case Scope::Process:
            return event.actor.process < history_.processes.size()
                       ? of_process(field.process(), history_.processes[event.actor.process])
                       : "";
        case Scope::ParentProcess:
            return event.actor.process < history_.processes.size()
                       ? of_parent(field.process(), history_.processes[event.actor.process])
                       : "";
        case Scope::Schema:
        case Scope::Named: break;
    }
    std::string text;
    for (const FieldValue& value : view.values()) {
        const bool same = field.scope == Scope::Schema ? value.field == field.field()
                                                       : catalog_.field_name(value.field) == field.named;
        if (!same || value.type == ValueType::Null) continue;
        if (!text.empty()) text += ", ";
        append_text(text, value, spoor::written_as(event, value.field, catalog_));
    }
    return text;
}

std::string FieldText::of(const FieldRef& field, const Session& session) {
    return field.scope == Scope::Session ? of_session(field.session(), session) : std::string();
}

std::string FieldText::of(const FieldRef& field, const Process& process) {
    switch (field.scope) {
        case Scope::Process: return of_process(field.process(), process);
        case Scope::ParentProcess: return of_parent(field.process(), process);
        case Scope::Session:
            return process.session < history_.sessions.size()
                       ? of_session(field.session(), history_.sessions[process.session])
                       : "";
        default: return {};
    }
}

}  // namespace spoor::match
