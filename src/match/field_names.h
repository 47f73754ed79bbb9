// Names of fields as analysts type them, and what they stand for.
//
// Case and underscores do not matter ("commandline", "command_line", "CommandLine"), though an exact spelling goes
// first. A name in ECS or OCSF ("source.ip") stands for all the fields that have it; so does a pattern ("Target*Name").
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "match/predicate.h"

namespace spoor::match {

struct NamedField {
    std::string name;  // as the language writes it for that subject
    FieldRef field;
    std::string_view meaning;
};

/// All names that may be asked of a subject, with those of `catalog` that the schema has not (nullptr: none).
std::vector<NamedField> field_names(Subject subject, const Catalog* catalog);

/// The fields that a name stands for; none if it is unknown.
std::vector<FieldRef> find_fields(std::string_view name, Subject subject, const Catalog* catalog);

/// The same, or an error with the nearest names (BadUsage).
Result<std::vector<FieldRef>> fields_named(std::string_view name, Subject subject, const Catalog* catalog);

/// Up to three names that are nearest to one that is unknown, best first.
std::vector<std::string> nearest_fields(std::string_view name, Subject subject, const Catalog* catalog);

/// Up to three of `names` that are near to `name`, best first.
std::vector<std::string> nearest(std::string_view name, const std::vector<std::string_view>& names);

}  // namespace spoor::match
