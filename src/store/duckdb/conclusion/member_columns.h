// MemberColumns: the columns of `sessions` and `processes` that what is asked of these is made from.
#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "match/predicate.h"

namespace spoor::store::duckdb {

/// In the order of the record's members; none: any may be.
std::vector<std::string_view> columns_of(match::SessionProperty property);
std::vector<std::string_view> columns_of(match::ProcessProperty property);

/// The same of all that a filter about sessions asks for.
std::vector<std::string_view> session_columns_of(const match::Expr& where);

/// What a session is known by without its record.
std::span<const std::string_view> session_outline();

}  // namespace spoor::store::duckdb
