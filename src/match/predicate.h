// Predicate: the one form that filters, Sysmon configurations and Sigma rules are compiled to, and that is evaluated in
// memory (evaluator.h) or translated to SQL by a store (sql_condition.h).
//
// An Expr is a tree of True, False, Leaf, Not, And, Or, AtLeast; a leaf is one Predicate: a field, an operation, its
// arguments. All sugar is gone by then: `kind: process_*` has become a set of numbers, `time: 2020-10-09` two
// comparisons, `EventID: (4624 or 4625)` one set.
//
// Logic is two-valued: on a field that is absent every operation is false, and Not is plain negation. A field that
// occurs several times in an event satisfies a predicate if one of its values does.
#pragma once
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/guid.h"
#include "base/ip_address.h"
#include "base/time.h"
#include "match/properties.h"
#include "model/fields.h"
#include "model/sid.h"

namespace spoor::match {

/// What an expression is asked about. Fields are the same in all three: `user` asked of sessions is `session.user`.
enum class Subject : std::uint8_t { Events, Sessions, Processes };

/// Where a field is found, starting at the event, session or process that the expression is asked about.
enum class Scope : std::uint8_t {
    Any,             // any text of the thing itself; with an argument that is no text, any value of its type
    Schema,          // an event's field of kFields
    Named,           // an event's field that kFields has not, by its name
    Header,          // HeaderProperty
    Session,         // SessionProperty of the actor's session, of the process's session, of the session itself
    AdoptedSession,  // SessionProperty of the session that the actor's thread had adopted
    Process,         // ProcessProperty of the actor's process, of the process itself
    ParentProcess,   // ProcessProperty of that process's parent
};

struct FieldRef {
    Scope scope = Scope::Any;
    std::uint16_t number = 0;  // FieldId or a property, by scope
    std::string named = {};    // of Scope::Named

    static FieldRef any() { return {}; }
    static FieldRef of(FieldId id) { return {Scope::Schema, static_cast<std::uint16_t>(id)}; }
    static FieldRef of(std::string_view name) { return {Scope::Named, 0, std::string(name)}; }
    static FieldRef of(HeaderProperty property) { return {Scope::Header, static_cast<std::uint16_t>(property)}; }
    static FieldRef of(SessionProperty property, Scope scope = Scope::Session) {
        return {scope, static_cast<std::uint16_t>(property)};
    }
    static FieldRef of(ProcessProperty property, Scope scope = Scope::Process) {
        return {scope, static_cast<std::uint16_t>(property)};
    }

    FieldId field() const { return static_cast<FieldId>(number); }
    HeaderProperty header() const { return static_cast<HeaderProperty>(number); }
    SessionProperty session() const { return static_cast<SessionProperty>(number); }
    ProcessProperty process() const { return static_cast<ProcessProperty>(number); }

    friend auto operator<=>(const FieldRef&, const FieldRef&) = default;
};

Type type_of(const FieldRef& field);
Vocabulary vocabulary_of(const FieldRef& field);
/// As the query language writes it: "Image", "session.user", "data.Whatever"; "*" for Any.
std::string name(const FieldRef& field);

enum class Op : std::uint8_t {
    Exists,  // has a value that is neither empty nor "-", which is how Windows writes "none"
    Equal,   // one argument
    In,      // equal to one of two or more, sorted and distinct
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,  // not of texts, unless both sides read as numbers
    StartsWith,
    EndsWith,
    Contains,
    Glob,   // arguments are the pieces between the stars: three or more, or two that are not empty
    Word,   // one word of a blank-separated list
    Regex,  // RE2, found anywhere in the text
    Cidr,   // an address within a Network
};
std::string_view name(Op op);

/// Appends the text of a value of that field, which text operations look at: append_text of the model, with durations
/// as "1h30m" and choices by their names.
void append_text(std::string& out, const FieldValue& value, const FieldRef& field);

/// True for the operations that look at a value's text, as append_text writes it, whatever its type.
constexpr bool is_text_operation(Op op) { return op >= Op::StartsWith && op <= Op::Regex; }

/// An address and how many of its 128 bits count (IPv4 is held IPv4-mapped: 10.0.0.0/8 has 104).
struct Network {
    IpAddress address;
    std::uint8_t bits = 128;

    bool contains(const IpAddress& other) const;
    /// Reads "10.0.0.0/8", "fe80::/10"; bits behind the prefix are cleared.
    static Result<Network> parse(std::string_view text);
    std::string to_string() const;

    friend auto operator<=>(const Network&, const Network&) = default;
};

/// What a field is compared with. An Equal whose argument is a text looks at the value's text whatever the field's type
/// ("-" where a port was expected); any other argument compares with values of its own type only.
using Value = std::variant<std::string, std::uint64_t, std::int64_t, double, bool, Timestamp, Duration, Guid, Sid,
                           IpAddress, Network>;

/// Texts compare without regard to case (fold_case on both sides) unless Exact is asked for.
enum class Case : std::uint8_t { Folded, Exact };

/// Bytes [begin, end) of the text that an expression was parsed from.
struct Span {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
};

struct Predicate {
    FieldRef field;
    Op op = Op::Exists;
    std::vector<Value> arguments = {};
    Case text_case = Case::Folded;
    Span span = {};  // no part of its identity

    const Value& argument() const { return arguments.front(); }
    std::string_view text(std::size_t index = 0) const { return std::get<std::string>(arguments[index]); }

    friend bool operator==(const Predicate& a, const Predicate& b) {
        return a.field == b.field && a.op == b.op && a.arguments == b.arguments && a.text_case == b.text_case;
    }
};

struct Expr {
    enum class Type : std::uint8_t { True, False, Leaf, Not, And, Or, AtLeast };

    Type type = Type::True;
    std::uint32_t count = 0;  // of AtLeast: how many children must hold
    Predicate leaf = {};
    std::vector<Expr> children = {};

    friend bool operator==(const Expr&, const Expr&) = default;
};

// These keep expressions canonical: no constant below another node, no And in an And, no Or in an Or, no double Not, no
// node of one child; in an Or, equalities on one field are one In.
Expr always();
Expr never();
Expr leaf(Predicate predicate);
Expr negation(Expr expr);
Expr all_of(std::vector<Expr> children);
Expr any_of(std::vector<Expr> children);
Expr at_least(std::uint32_t count, std::vector<Expr> children);

/// Calls `visit` with each leaf, in order.
template <typename Visit>
void for_each_leaf(const Expr& expr, Visit&& visit) {
    if (expr.type == Expr::Type::Leaf) visit(expr.leaf);
    for (const Expr& child : expr.children) for_each_leaf(child, visit);
}

/// "1d2h30m": exact, for parse_duration.
std::string exact_text(Duration duration);

/// The expression in the query language, such that parsing it gives the same expression again.
std::string to_string(const Expr& expr);
std::string to_string(const Predicate& predicate);

}  // namespace spoor::match
