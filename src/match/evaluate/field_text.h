// FieldText: what a field or property of an event, session or process says, as people and files spell it.
#pragma once
#include <string>

#include "match/predicate.h"
#include "model/written_as.h"

namespace spoor::match {

/// Spells the values of one thing after another. One thread at a time; `catalog` and `history` must outlive it.
class FieldText {
public:
    FieldText(const History& history, const Catalog& catalog) : history_(history), catalog_(catalog) {}

    /// Empty where the thing has no such value. A field that occurs several times gives its values separated by ", ".
    /// Choices are their names ("remote_interactive"), times RFC 3339, durations as "1h 2m" for people.
    std::string of(const FieldRef& field, const EventView& event);
    std::string of(const FieldRef& field, const Session& session);
    std::string of(const FieldRef& field, const Process& process);

private:
    std::string of_session(SessionProperty property, const Session& session);
    std::string of_process(ProcessProperty property, const Process& process);
    std::string of_parent(ProcessProperty property, const Process& process);

    const History& history_;
    const Catalog& catalog_;
    std::string scratch_;
};

/// One value of a property: a choice by its name, a hexadecimal number with 0x.
std::string spelled(const FieldValue& value, const Property& property);

/// The property as it is written of this session or process: Linux has no hexadecimal ones.
template <typename Concluded>
Property as_written(const Property& property, const Concluded& concluded) {
    Property as = property;
    if (as.type == Type::Hex && is_of_linux(concluded)) as.type = Type::Number;
    return as;
}

}  // namespace spoor::match
