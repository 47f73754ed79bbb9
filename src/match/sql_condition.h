// SqlCondition: an expression as an SQL condition that loses no row.
//
// A store says how single predicates are put (LeafToSql); what it cannot put at all, or only as a condition that lets
// too much through, makes the whole a superset, whose rows are then asked again in memory. The rules for that are here:
// what cannot be put is dropped from an And, makes an Or true, and below a Not nothing but an exact condition may
// stand, for the negation of a superset would lose rows.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "match/predicate.h"

namespace spoor::match {

enum class Precision : std::uint8_t {
    Exact,     // true for just the rows that match
    Superset,  // true for these and perhaps for others
};

struct SqlCondition {
    std::string text = "TRUE";
    Precision precision = Precision::Exact;
};

/// How a store writes one predicate. Its text may be NULL for a row: that counts as false. Nothing: it cannot.
using LeafToSql = std::function<std::optional<SqlCondition>(const Predicate&)>;

/// Leaves are asked for in the order in which their texts stand in the result, so that positional parameters fit; a
/// leaf that was asked for may be left out all the same, so name the parameters or write literals.
SqlCondition to_sql(const Expr& expr, const LeafToSql& leaf);

}  // namespace spoor::match
