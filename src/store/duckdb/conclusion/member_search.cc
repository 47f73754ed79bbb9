#include "store/duckdb/conclusion/member_search.h"

#include <fmt/format.h>

#include <algorithm>

#include "store/duckdb/conclusion/member_columns.h"

namespace spoor::store::duckdb {
namespace {

using match::FieldRef;
using match::Op;
using match::Predicate;
using match::Scope;
using match::SqlCondition;

std::string_view operator_of(Op op) {
    switch (op) {
        case Op::Less: return "<";
        case Op::LessOrEqual: return "<=";
        case Op::Greater: return ">";
        case Op::GreaterOrEqual: return ">=";
        default: return "=";
    }
}

std::uint64_t as_number(std::uint64_t number) { return number; }
std::int64_t as_number(Timestamp time) { return time.nanoseconds; }

}  // namespace

template <typename Argument>
std::optional<SqlCondition> compare_numbers(const Predicate& predicate, std::string_view column) {
    if (predicate.op != Op::Equal && predicate.op != Op::In &&
        !(predicate.op >= Op::Less && predicate.op <= Op::GreaterOrEqual))
        return std::nullopt;
    std::string list;
    for (const match::Value& value : predicate.arguments) {
        const auto* const argument = std::get_if<Argument>(&value);
        if (!argument) return std::nullopt;
        list += fmt::format("{}{}", list.empty() ? "" : ",", as_number(*argument));
    }
    if (predicate.op == Op::In) return SqlCondition{fmt::format("{} IN ({})", column, list)};
    return SqlCondition{fmt::format("{} {} {}", column, operator_of(predicate.op), list)};
}

template std::optional<SqlCondition> compare_numbers<std::uint64_t>(const Predicate&, std::string_view);
template std::optional<SqlCondition> compare_numbers<Timestamp>(const Predicate&, std::string_view);

namespace {

/// The guids that a predicate asks for, as an SQL condition; nothing where it asks for something else.
std::optional<std::string> among_guids(const Predicate& predicate) {
    std::string list;
    for (const match::Value& value : predicate.arguments) {
        const auto* const guid = std::get_if<Guid>(&value);
        if (!guid || guid->is_zero()) return std::nullopt;
        list += fmt::format("{}{}", list.empty() ? "" : ",", sql_text(guid->to_string()));
    }
    return fmt::format("guid IN ({})", list);
}

/// Properties that the same few values of are found in many rows.
bool has_few_values(const FieldRef& field) {
    using match::ProcessProperty;
    using match::SessionProperty;
    if (field.scope == Scope::Process)
        return field.process() == ProcessProperty::Image || field.process() == ProcessProperty::Name ||
               field.process() == ProcessProperty::User;
    switch (field.session()) {
        case SessionProperty::User:
        case SessionProperty::Domain:
        case SessionProperty::Account:
        case SessionProperty::Sid:
        case SessionProperty::Type:
        case SessionProperty::SourceAddress:
        case SessionProperty::Workstation: return true;
        default: return false;
    }
}

}  // namespace

std::optional<std::string> narrowed(const Predicate& predicate) {
    if (predicate.op != Op::Equal && predicate.op != Op::In) return std::nullopt;
    const FieldRef& field = predicate.field;
    std::optional<SqlCondition> numbers;
    if (field.scope == Scope::Session || field.scope == Scope::AdoptedSession) {
        if (field.session() == match::SessionProperty::Id)
            numbers = compare_numbers<std::uint64_t>(predicate, "logon_id");
    } else if (field.scope == Scope::Process) {
        if (field.process() == match::ProcessProperty::Guid) return among_guids(predicate);
        if (field.process() == match::ProcessProperty::Pid) numbers = compare_numbers<std::uint64_t>(predicate, "pid");
    }
    return numbers ? std::optional(numbers->text) : std::nullopt;
}

namespace {

/// Columns that rows are asked by one by one have their host in front.
std::vector<std::string_view> with_host(std::vector<std::string_view> columns) {
    if (!columns.empty() && columns.front() != "host") columns.insert(columns.begin(), "host");
    return columns;
}

Result<void> each_process_of_its_own(const HistoryReader& reader, const Predicate& predicate, match::Matcher& matcher,
                                     const VisitMember& visit) {
    const std::vector<std::string_view> columns = columns_of(predicate.field.process());
    const History no_others;
    if (!has_few_values(predicate.field))
        return reader.each_process(with_host(columns), narrowed(predicate).value_or("TRUE"),
                                   [&](std::uint32_t number, const Process& process) {
                                       if (matcher.matches(process, no_others)) visit(number, process.host);
                                   });
    IdSet firsts;
    TRY(reader.each_kind_of_process(columns, "TRUE", [&](std::uint32_t number, const Process& process) {
        if (matcher.matches(process, no_others)) add_to(firsts, number);
    }));
    return reader.each_like("processes", columns, firsts, "TRUE", visit);
}

}  // namespace

Result<void> each_session_that(const HistoryReader& reader, const Predicate& predicate, match::Matcher& matcher,
                               const VisitMember& visit) {
    const std::vector<std::string_view> columns = columns_of(predicate.field.session());
    if (!has_few_values(predicate.field))
        return reader.each_session(with_host(columns), narrowed(predicate).value_or("TRUE"),
                                   [&](std::uint32_t number, const Session& session) {
                                       if (matcher.matches(session)) visit(number, session.key.host);
                                   });
    IdSet firsts;
    TRY(reader.each_kind_of_session(columns, "TRUE", [&](std::uint32_t number, const Session& session) {
        if (matcher.matches(session)) add_to(firsts, number);
    }));
    return reader.each_like("sessions", columns, firsts, "TRUE", visit);
}

Result<void> each_process_that(const HistoryReader& reader, const Predicate& predicate, match::Matcher& matcher,
                               const VisitMember& visit) {
    if (predicate.field.scope == Scope::Process) return each_process_of_its_own(reader, predicate, matcher, visit);
    // A parent is another process. Where it is not known, there is what its child says of it.
    Predicate of_parent = predicate;
    of_parent.field.scope = Scope::Process;
    match::Matcher parent_matcher = TRY(match::Matcher::compile(match::leaf(of_parent), reader.catalog));
    IdSet parents;
    TRY(each_process_of_its_own(reader, of_parent, parent_matcher,
                                [&](std::uint32_t number, HostId) { add_to(parents, number); }));
    const History no_others;
    return reader.each_process({}, "TRUE", [&](std::uint32_t number, const Process& process) {
        const bool fits =
            process.parent == kNobody ? matcher.matches(process, no_others) : holds(parents, process.parent);
        if (fits) visit(number, process.host);
    });
}

}  // namespace spoor::store::duckdb
