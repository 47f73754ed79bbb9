#include "match/predicate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <map>
#include <tuple>

#include "base/check.h"

namespace spoor::match {
namespace {

const Property& property_of(const FieldRef& field) {
    switch (field.scope) {
        case Scope::Header: return header_properties()[field.number];
        case Scope::Session:
        case Scope::AdoptedSession: return session_properties()[field.number];
        case Scope::Process:
        case Scope::ParentProcess: return process_properties()[field.number];
        case Scope::Any:
        case Scope::Schema:
        case Scope::Named: break;
    }
    check_failed("the scope has properties", __FILE__, __LINE__);
}

/// In quotes where the name has characters that others have not.
std::string name_of_data(std::string_view named) {
    const auto is_plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
               c == '-';
    };
    if (std::ranges::all_of(named, is_plain)) return fmt::format("data.{}", named);
    std::string out = "data.\"";
    for (const char c : named) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out += '"';
}

/// Takes the children of `type` nodes up into the list that they stand in.
std::vector<Expr> flattened(std::vector<Expr> children, Expr::Type type) {
    std::vector<Expr> flat;
    flat.reserve(children.size());
    for (Expr& child : children) {
        if (child.type == type)
            std::ranges::move(child.children, std::back_inserter(flat));
        else
            flat.push_back(std::move(child));
    }
    return flat;
}

bool is_equality(const Expr& expr) {
    return expr.type == Expr::Type::Leaf && (expr.leaf.op == Op::Equal || expr.leaf.op == Op::In);
}

void join(Predicate& set, Predicate&& other) {
    std::ranges::move(other.arguments, std::back_inserter(set.arguments));
    set.op = Op::In;
    set.span = {std::min(set.span.begin, other.span.begin), std::max(set.span.end, other.span.end)};
}

void make_set(Predicate& leaf) {
    std::ranges::sort(leaf.arguments, std::less<>());
    const auto same = std::ranges::unique(leaf.arguments);
    leaf.arguments.erase(same.begin(), same.end());
    if (leaf.arguments.size() == 1) leaf.op = Op::Equal;
}

/// Makes one set of the equalities on each field, where the first of them stood.
std::vector<Expr> with_sets(std::vector<Expr> children) {
    using Key = std::tuple<FieldRef, Case, std::size_t>;
    std::map<Key, std::size_t> place;
    std::vector<Expr> kept;
    kept.reserve(children.size());
    for (Expr& child : children) {
        if (is_equality(child)) {
            const Key key{child.leaf.field, child.leaf.text_case, child.leaf.argument().index()};
            const auto [at, is_first] = place.try_emplace(key, kept.size());
            if (!is_first) {
                join(kept[at->second].leaf, std::move(child.leaf));
                continue;
            }
        }
        kept.push_back(std::move(child));
    }
    for (const auto& [key, index] : place) make_set(kept[index].leaf);
    return kept;
}

}  // namespace

Type type_of(const FieldRef& field) {
    switch (field.scope) {
        case Scope::Any:
        case Scope::Named: return Type::Text;
        case Scope::Schema: return type_of(spoor::field(field.field()).type);
        default: return property_of(field).type;
    }
}

Vocabulary vocabulary_of(const FieldRef& field) {
    switch (field.scope) {
        case Scope::Any:
        case Scope::Named: return Vocabulary::None;
        case Scope::Schema: return field.field() == "LogonType"_field ? Vocabulary::LogonTypes : Vocabulary::None;
        default: return property_of(field).vocabulary;
    }
}

std::string name(const FieldRef& field) {
    switch (field.scope) {
        case Scope::Any: return "*";
        case Scope::Schema: return std::string(spoor::field(field.field()).name);
        case Scope::Named: return name_of_data(field.named);
        case Scope::Header: return std::string(property_of(field).name);
        case Scope::Session: return fmt::format("session.{}", property_of(field).name);
        case Scope::AdoptedSession: return fmt::format("adopted.{}", property_of(field).name);
        case Scope::Process: return fmt::format("process.{}", property_of(field).name);
        case Scope::ParentProcess: return fmt::format("process.parent.{}", property_of(field).name);
    }
    return {};
}

std::string_view name(Op op) {
    constexpr std::array<std::string_view, 14> kNames = {
        "exists",      "equal",     "in",       "less", "less or equal", "greater", "greater or equal",
        "starts with", "ends with", "contains", "glob", "word",          "regex",   "cidr"};
    return kNames[static_cast<std::size_t>(op)];
}

bool Network::contains(const IpAddress& other) const {
    const std::size_t whole = bits / 8;
    if (!std::equal(address.bytes.begin(), address.bytes.begin() + static_cast<std::ptrdiff_t>(whole),
                    other.bytes.begin()))
        return false;
    const unsigned rest = bits % 8u;
    return rest == 0 || (address.bytes[whole] ^ other.bytes[whole]) >> (8 - rest) == 0;
}

Result<Network> Network::parse(std::string_view text) {
    const auto refuse = [text] {
        return fail(Errc::BadQuery, fmt::format("'{}' is not a network (as in 10.0.0.0/8)", text));
    };
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) return refuse();
    const auto address = IpAddress::parse(text.substr(0, slash));
    const std::string_view digits = text.substr(slash + 1);
    unsigned bits = 0;
    const auto [end, errc] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (!address || errc != std::errc{} || end != digits.data() + digits.size()) return refuse();
    const bool dotted = text.substr(0, slash).find(':') == std::string_view::npos;
    if (bits > (dotted ? 32u : 128u)) return refuse();
    Network network{*address, static_cast<std::uint8_t>(dotted ? bits + 96 : bits)};
    for (unsigned bit = network.bits; bit < 128; ++bit)
        network.address.bytes[bit / 8] =
            static_cast<std::uint8_t>(network.address.bytes[bit / 8] & ~(0x80u >> (bit % 8)));
    return network;
}

std::string Network::to_string() const {
    if (address.is_v4() && bits >= 96) return fmt::format("{}/{}", address.to_string(), bits - 96);
    // An IPv6 prefix that would be written with dots, ::ffff:0:0/97, is spelled out so that it is not read as IPv4.
    return fmt::format("{}/{}", address.is_v4() ? "::ffff:" + address.to_string() : address.to_string(), bits);
}

Expr always() { return {.type = Expr::Type::True}; }
Expr never() { return {.type = Expr::Type::False}; }
Expr leaf(Predicate predicate) { return {.type = Expr::Type::Leaf, .leaf = std::move(predicate)}; }

Expr negation(Expr expr) {
    switch (expr.type) {
        case Expr::Type::True: return never();
        case Expr::Type::False: return always();
        case Expr::Type::Not: return Expr(std::move(expr.children.front()));
        default: break;
    }
    Expr result{.type = Expr::Type::Not};
    result.children.push_back(std::move(expr));
    return result;
}

Expr all_of(std::vector<Expr> children) {
    children = flattened(std::move(children), Expr::Type::And);
    if (std::ranges::any_of(children, [](const Expr& child) { return child.type == Expr::Type::False; }))
        return never();
    std::erase_if(children, [](const Expr& child) { return child.type == Expr::Type::True; });
    if (children.empty()) return always();
    if (children.size() == 1) return Expr(std::move(children.front()));
    return {.type = Expr::Type::And, .children = std::move(children)};
}

Expr any_of(std::vector<Expr> children) {
    children = flattened(std::move(children), Expr::Type::Or);
    if (std::ranges::any_of(children, [](const Expr& child) { return child.type == Expr::Type::True; }))
        return always();
    std::erase_if(children, [](const Expr& child) { return child.type == Expr::Type::False; });
    children = with_sets(std::move(children));
    if (children.empty()) return never();
    if (children.size() == 1) return Expr(std::move(children.front()));
    return {.type = Expr::Type::Or, .children = std::move(children)};
}

Expr at_least(std::uint32_t count, std::vector<Expr> children) {
    for (const Expr& child : children)
        if (child.type == Expr::Type::True && count > 0) --count;
    std::erase_if(children,
                  [](const Expr& child) { return child.type == Expr::Type::True || child.type == Expr::Type::False; });
    if (count == 0) return always();
    if (count > children.size()) return never();
    if (count == 1) return any_of(std::move(children));
    if (count == children.size()) return all_of(std::move(children));
    return {.type = Expr::Type::AtLeast, .count = count, .children = std::move(children)};
}

}  // namespace spoor::match
