// Lowering: what one test of a filter, a field compared with a literal, becomes in predicates.
#pragma once
#include <expected>
#include <vector>

#include "match/language/diagnostic.h"
#include "match/language/literal.h"
#include "match/language/query.h"

namespace spoor::match {

enum class Comparison : std::uint8_t { Is, IsExactly, IsNot, Less, LessOrEqual, Greater, GreaterOrEqual };

/// The field of a test as it was typed, and what it stands for: one field, or all that have that standard name.
struct TestedField {
    std::string_view name;
    std::vector<FieldRef> fields;
    Span span;
};

std::expected<Expr, Diagnostic> lower_test(const TestedField& field, Comparison comparison, const Literal& literal,
                                           const QueryContext& context);

/// A word that stands alone: some value of the thing asked about has it.
std::expected<Expr, Diagnostic> lower_free(const Literal& literal);

}  // namespace spoor::match
