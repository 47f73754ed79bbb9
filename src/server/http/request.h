// Request: what a client asked for, taken apart and checked before any handler sees it.
//
// Everything in it comes from outside. The path is percent-decoded once, is UTF-8 without control characters, and has
// no "." or ".." segments, empty segments or backslashes; what breaks these rules is refused as a whole and not
// repaired, since two programs that repair differently are how path checks get walked round.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace spoor::server {

enum class Method : std::uint8_t { Get, Head, Post, Put, Delete };
std::string_view name(Method method);
std::optional<Method> find_method(std::string_view name);

/// Who is at the other end of the connection, as the kernel tells it.
struct Peer {
    std::string address;               // "10.0.0.9"; empty on the Unix socket
    std::optional<std::uint32_t> uid;  // on the Unix socket
    std::optional<std::int32_t> pid;   // on the Unix socket
};

using NamedText = std::pair<std::string, std::string>;

struct Request {
    Method method = Method::Get;
    std::string path;
    std::vector<NamedText> query;        // in the order given, decoded
    std::vector<NamedText> headers;      // names in lower case
    std::vector<NamedText> path_values;  // what the route's {names} stand for
    std::string body;
    Peer peer;
    bool encrypted = false;

    /// Empty when there is no such header.
    std::string_view header(std::string_view lower_case_name) const;
    std::string_view cookie(std::string_view name) const;
    /// The first value of that name in the query.
    std::optional<std::string_view> parameter(std::string_view name) const;
    std::string_view path_value(std::string_view name) const;
    /// A decimal number of the query, `otherwise` when it is absent; an error when it is none or past `most`.
    Result<std::uint64_t> number(std::string_view name, std::uint64_t otherwise, std::uint64_t most) const;
};

constexpr std::size_t kLongestTarget = 8 * 1024;
constexpr std::size_t kMostParameters = 64;

/// Fills `path` and `query` from a request target in origin form ("/a/b?c=d").
Result<> read_target(std::string_view target, Request& request);

/// "%41+b" to "A b" where `plus_is_blank`; an error for a broken escape.
enum class Plus : std::uint8_t { IsPlus, IsBlank };
Result<std::string> percent_decoded(std::string_view text, Plus plus);
/// Fit for any place in a URL.
std::string percent_encoded(std::string_view text);

/// The host of a Host header without its port: "localhost", "127.0.0.1", "::1". Empty when it is malformed.
std::string host_of(std::string_view host_header);

/// Refuses a request whose Host is neither an address, "localhost" nor one of `names` (a DNS name that an attacker
/// points at this machine), and one that another site's page caused: a foreign Origin, or Sec-Fetch-Site saying so on
/// anything but a plain navigation.
Result<> check_provenance(const Request& request, std::span<const std::string> names);

}  // namespace spoor::server
