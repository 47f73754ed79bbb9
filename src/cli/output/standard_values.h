// StandardValues: what the schemas of others (ECS, OCSF) have in common in the shape of their values.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/catalog.h"
#include "model/event.h"

namespace spoor::cli {

/// A value as JSON: decimal numbers as numbers, all else as text.
std::string json_of(const FieldValue& value, const Catalog& catalog);

/// Whether a path ends in a member that the schemas have as a number, an address, a time: nothing else may stand there.
bool takes_numbers(std::string_view path);
bool takes_addresses(std::string_view path);
bool takes_times(std::string_view path);

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

/// "CORP" and "jimmy" of "CORP\jimmy"; the domain is empty where there is none.
std::pair<std::string_view, std::string_view> domain_and_name(std::string_view account);

}  // namespace spoor::cli
