#include "match/sql_condition.h"

#include <gtest/gtest.h>

namespace spoor::match {
namespace {

Expr id(std::uint64_t number) {
    return leaf({.field = FieldRef::of(HeaderProperty::EventId), .op = Op::Equal, .arguments = {number}});
}
Expr regex() { return leaf({.field = FieldRef::of("Image"_field), .op = Op::Regex, .arguments = {std::string("x")}}); }
Expr word() { return leaf({.field = FieldRef::any(), .op = Op::Contains, .arguments = {std::string("x")}}); }

/// A store that has numbers exactly, free words nearly, regular expressions not at all.
std::optional<SqlCondition> leaf_to_sql(const Predicate& predicate) {
    if (predicate.op == Op::Regex) return std::nullopt;
    if (predicate.op == Op::Contains) return SqlCondition{"w", Precision::Superset};
    return SqlCondition{"id=" + std::to_string(std::get<std::uint64_t>(predicate.argument())), Precision::Exact};
}

SqlCondition sql(const Expr& expr) { return to_sql(expr, leaf_to_sql); }

TEST(SqlCondition, WhatCanBePutIsExact) {
    const auto condition = sql(negation(all_of({id(1), negation(id(2))})));
    EXPECT_EQ(condition.text, "(NOT (((id=1) IS TRUE) AND (NOT ((id=2) IS TRUE))))");
    EXPECT_EQ(condition.precision, Precision::Exact);
}

TEST(SqlCondition, WhatCannotIsDroppedFromAnAnd) {
    const auto condition = sql(all_of({id(1), regex()}));
    EXPECT_EQ(condition.text, "(id=1)");
    EXPECT_EQ(condition.precision, Precision::Superset);
}

TEST(SqlCondition, WhatMustHoldNeedNotBeMadeFalse) {
    EXPECT_EQ(sql(all_of({id(1), negation(id(2))})).text, "((id=1) AND (NOT ((id=2) IS TRUE)))");
    EXPECT_EQ(sql(all_of({id(1), any_of({id(2), negation(id(3))})})).text,
              "((id=1) AND (((id=2) IS TRUE) OR (NOT ((id=3) IS TRUE))))");
}

TEST(SqlCondition, WhatCannotMakesAnOrTrue) {
    const auto condition = sql(any_of({id(1), regex()}));
    EXPECT_EQ(condition.text, "TRUE");
    EXPECT_EQ(condition.precision, Precision::Superset);
}

TEST(SqlCondition, NoSupersetIsNegated) {
    EXPECT_EQ(sql(negation(word())).text, "TRUE");
    EXPECT_EQ(sql(negation(all_of({id(1), regex()}))).text, "TRUE");
    EXPECT_EQ(sql(all_of({id(1), negation(word())})).text, "(id=1)");
}

TEST(SqlCondition, WhatCannotCountsAsHolding) {
    const auto condition = sql(at_least(2, {id(1), word(), regex()}));
    EXPECT_EQ(condition.text,
              "((CASE WHEN ((id=1) IS TRUE) THEN 1 ELSE 0 END + CASE WHEN ((w) IS TRUE) THEN 1 ELSE 0 END) >= 1)");
    EXPECT_EQ(condition.precision, Precision::Superset);
}

TEST(SqlCondition, LongChainsAreBalanced) {
    std::vector<Expr> many;
    for (std::uint64_t i = 0; i < 4096; ++i) many.push_back(i % 2 ? negation(id(i)) : all_of({id(i), negation(id(0))}));
    const std::string text = sql(any_of(std::move(many))).text;
    int depth = 0, deepest = 0;
    for (const char c : text) {
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        deepest = std::max(deepest, depth);
    }
    EXPECT_EQ(depth, 0);
    EXPECT_LT(deepest, 24);
}

}  // namespace
}  // namespace spoor::match
