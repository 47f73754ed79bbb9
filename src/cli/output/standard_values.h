// StandardValues: what the schemas of others (ECS, OCSF) have in common in the shape of their values.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/output/nested_json.h"
#include "model/catalog.h"
#include "model/event.h"

namespace spoor::cli {

/// A value of the event as JSON: decimal numbers as numbers, all else as text, and what Windows has in hex too: readers
/// take a field for one type or the other.
std::string json_of(const Event& event, const FieldValue& value, const Catalog& catalog);

/// Whether a path ends in a member that the schemas have as a number, or a time.
bool takes_numbers(std::string_view path);
bool takes_times(std::string_view path);
/// Whether a value may stand at a path: where a number, an address or a time belongs, nothing else may. False for no
/// path.
bool fits(const FieldValue& value, std::string_view path);

/// A field's name as one member of an object: a dot in it would make an object of it.
std::string member_name(FieldId field, const Catalog& catalog);

/// Sets a user at a path that ends in "user.name"; a domain before the name goes beside it.
void set_account(NestedJson& document, std::string_view path, std::string_view account);

struct Digest {
    std::string_view algorithm;  // as written: "SHA256"
    std::string_view value;
};
/// The parts of "SHA256=...,MD5=...".
std::vector<Digest> digests_of(std::string_view hashes);

/// "tcp" of "6" and of "TCP".
std::string transport_name(std::string_view protocol);
/// The number of a protocol by that name or number.
std::optional<unsigned> protocol_number(std::string_view protocol);

enum class Direction : unsigned char { Unknown, Inbound, Outbound };
/// Of "%%14592" and the like.
Direction direction_of(std::string_view text);

}  // namespace spoor::cli
