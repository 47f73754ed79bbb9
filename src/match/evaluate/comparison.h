// Comparison: how a value of an event stands to an argument of a predicate.
#pragma once
#include <compare>
#include <optional>
#include <string_view>

#include "match/predicate.h"

namespace spoor::match {

/// Unordered where the two are of different kinds. Integers and fractions compare with one another exactly as numbers.
std::partial_ordering order(const FieldValue& value, const Value& argument);

/// The number that a text is: "42", "-7", "0.5", "0x1f4". Nothing for anything else.
std::optional<Value> number_in(std::string_view text);

/// How the number that a text is stands to an argument; unordered where it is none.
std::partial_ordering order_as_number(std::string_view text, const Value& argument);

/// Whether an order satisfies Equal, In, Less, LessOrEqual, Greater or GreaterOrEqual.
bool satisfies(std::partial_ordering order, Op op);

/// Exists: neither absent, nor empty, nor "-".
bool says_something(const FieldValue& value);

}  // namespace spoor::match
