#include "cli/output/property_output.h"

#include <fmt/format.h>

#include "match/evaluate/field_text.h"

namespace spoor::cli {
namespace {

using match::ProcessProperty;
using match::Property;
using match::SessionProperty;
using match::Type;

double seconds(const FieldValue& value) { return static_cast<double>(value.signed_number) / 1e9; }

void write(JsonWriter& json, const Property& property, const FieldValue& value) {
    if (value.type == ValueType::Null) return;
    json.key(property.name);
    if (property.type == Type::Duration)
        json.number(seconds(value));
    else if (value.type == ValueType::Boolean)
        json.boolean(value.number != 0);
    else if (property.type == Type::Number && value.type == ValueType::Unsigned)
        json.number(value.number);
    else
        json.text(match::spelled(value, property));
}

std::string cell(const Property& property, const FieldValue& value) {
    if (property.type == Type::Duration && value.type != ValueType::Null) return fmt::format("{:.3f}", seconds(value));
    return match::spelled(value, property);
}

std::vector<std::string> names(std::span<const Property> properties) {
    std::vector<std::string> all;
    for (const Property& property : properties) all.emplace_back(property.name);
    return all;
}

}  // namespace

void write_properties(JsonWriter& json, const Session& session, const Catalog& catalog) {
    std::string scratch;
    for (std::size_t i = 0; const Property& property : match::session_properties())
        write(json, match::as_written(property, session),
              match::read(session, static_cast<SessionProperty>(i++), catalog, scratch));
}

void write_properties(JsonWriter& json, const Process& process, const Catalog& catalog) {
    for (std::size_t i = 0; const Property& property : match::process_properties())
        write(json, match::as_written(property, process),
              match::read(process, static_cast<ProcessProperty>(i++), catalog));
}

std::vector<std::string> session_columns() { return names(match::session_properties()); }
std::vector<std::string> process_columns() { return names(match::process_properties()); }

std::vector<std::string> session_cells(const Session& session, const Catalog& catalog) {
    std::string scratch;
    std::vector<std::string> cells;
    for (std::size_t i = 0; const Property& property : match::session_properties())
        cells.push_back(cell(match::as_written(property, session),
                             match::read(session, static_cast<SessionProperty>(i++), catalog, scratch)));
    return cells;
}

std::vector<std::string> process_cells(const Process& process, const Catalog& catalog) {
    std::vector<std::string> cells;
    for (std::size_t i = 0; const Property& property : match::process_properties())
        cells.push_back(cell(match::as_written(property, process),
                             match::read(process, static_cast<ProcessProperty>(i++), catalog)));
    return cells;
}

}  // namespace spoor::cli
