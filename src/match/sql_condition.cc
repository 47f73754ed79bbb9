#include "match/sql_condition.h"

#include <fmt/format.h>

#include <iterator>

namespace spoor::match {
namespace {

/// A condition that is never weaker than "perhaps": nothing says TRUE without knowing it.
using Translated = std::optional<SqlCondition>;

/// Where a condition must hold for the whole to hold, NULL lets no row through either; anywhere else it has to be made
/// false. Without IS TRUE around it, engines make use of what they know of whole blocks of a column.
enum class Place : std::uint8_t { MustHold, Elsewhere };

Translated translate(const Expr& expr, const LeafToSql& leaf, Place place = Place::Elsewhere);

Translated translate_leaf(const Predicate& predicate, const LeafToSql& leaf, Place place) {
    Translated condition = leaf(predicate);
    if (!condition) return condition;
    condition->text = fmt::format("({})", condition->text);
    if (place == Place::Elsewhere) condition->text = fmt::format("({} IS TRUE)", condition->text);
    return condition;
}

Translated translate_not(const Expr& child, const LeafToSql& leaf) {
    const Translated inner = translate(child, leaf);
    if (!inner || inner->precision != Precision::Exact) return std::nullopt;
    return SqlCondition{fmt::format("(NOT {})", inner->text), Precision::Exact};
}

/// Joins parts as a balanced tree: engines bound the depth of an expression, and a chain of a thousand is a thousand
/// deep.
std::string join(std::span<const std::string> parts, std::string_view with) {
    if (parts.size() == 1) return parts.front();
    const std::size_t half = parts.size() / 2;
    return fmt::format("({} {} {})", join(parts.first(half), with), with, join(parts.subspan(half), with));
}

Translated translate_and(const Expr& expr, const LeafToSql& leaf, Place place) {
    std::vector<std::string> parts;
    Precision precision = Precision::Exact;
    for (const Expr& child : expr.children) {
        Translated part = translate(child, leaf, place);
        if (!part || part->precision != Precision::Exact) precision = Precision::Superset;
        if (part) parts.push_back(std::move(part->text));
    }
    if (parts.empty()) return std::nullopt;
    return SqlCondition{join(parts, "AND"), precision};
}

Translated translate_or(const Expr& expr, const LeafToSql& leaf) {
    std::vector<std::string> parts;
    Precision precision = Precision::Exact;
    for (const Expr& child : expr.children) {
        Translated part = translate(child, leaf);
        if (!part) return std::nullopt;
        if (part->precision != Precision::Exact) precision = Precision::Superset;
        parts.push_back(std::move(part->text));
    }
    return SqlCondition{join(parts, "OR"), precision};
}

/// Counts the children that hold; one that cannot be put counts as holding.
Translated translate_at_least(const Expr& expr, const LeafToSql& leaf) {
    std::vector<std::string> parts;
    Precision precision = Precision::Exact;
    std::uint32_t needed = expr.count;
    for (const Expr& child : expr.children) {
        Translated part = translate(child, leaf);
        if (!part || part->precision != Precision::Exact) precision = Precision::Superset;
        if (part)
            parts.push_back(fmt::format("CASE WHEN {} THEN 1 ELSE 0 END", part->text));
        else if (needed > 0)
            --needed;
    }
    if (needed == 0 || parts.empty()) return std::nullopt;
    return SqlCondition{fmt::format("({} >= {})", join(parts, "+"), needed), precision};
}

Translated translate(const Expr& expr, const LeafToSql& leaf, Place place) {
    switch (expr.type) {
        case Expr::Type::True: return SqlCondition{"TRUE", Precision::Exact};
        case Expr::Type::False: return SqlCondition{"FALSE", Precision::Exact};
        case Expr::Type::Leaf: return translate_leaf(expr.leaf, leaf, place);
        case Expr::Type::Not: return translate_not(expr.children.front(), leaf);
        case Expr::Type::And: return translate_and(expr, leaf, place);
        case Expr::Type::Or: return translate_or(expr, leaf);
        case Expr::Type::AtLeast: return translate_at_least(expr, leaf);
    }
    return std::nullopt;
}

}  // namespace

SqlCondition to_sql(const Expr& expr, const LeafToSql& leaf) {
    if (auto condition = translate(expr, leaf, Place::MustHold)) return *std::move(condition);
    return {"TRUE", Precision::Superset};
}

}  // namespace spoor::match
