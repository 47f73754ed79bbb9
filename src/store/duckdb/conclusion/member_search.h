// MemberSearch: the sessions and processes that a single test is true of, by the columns that it is about.
//
// What has few values is asked of each value once; what has many, of each row. Records are read only for what has no
// column: page by page, and nothing of them is kept.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "match/evaluate/evaluator.h"
#include "match/sql_condition.h"
#include "store/duckdb/conclusion/history_tables.h"

namespace spoor::store::duckdb {

/// By number over all hosts.
using VisitMember = std::function<void(std::uint32_t number, HostId host)>;

/// The sessions that a test of a session's property is true of; `matcher` is of that test alone.
Result<void> each_session_that(const HistoryReader& reader, const match::Predicate& predicate, match::Matcher& matcher,
                               const VisitMember& visit);
/// The same of processes, by a property of theirs or of their parent's.
Result<void> each_process_that(const HistoryReader& reader, const match::Predicate& predicate, match::Matcher& matcher,
                               const VisitMember& visit);

/// What SQL can tell beforehand of the rows that a test is true of; nothing where it cannot.
std::optional<std::string> narrowed(const match::Predicate& predicate);

/// A predicate on a column of numbers that SQL compares as the matcher does; nothing where it is not plain enough.
/// `Argument` is what it has to be compared with: std::uint64_t or Timestamp.
template <typename Argument>
std::optional<match::SqlCondition> compare_numbers(const match::Predicate& predicate, std::string_view column);
extern template std::optional<match::SqlCondition> compare_numbers<std::uint64_t>(const match::Predicate&,
                                                                                  std::string_view);
extern template std::optional<match::SqlCondition> compare_numbers<Timestamp>(const match::Predicate&,
                                                                              std::string_view);

}  // namespace spoor::store::duckdb
