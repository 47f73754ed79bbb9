#include "store/duckdb/chapter/query_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "match/required_text.h"
#include "store/duckdb/chapter/row_matcher.h"
#include "store/duckdb/conclusion/member_columns.h"
#include "store/duckdb/duck_store.h"
#include "store/duckdb/schema.h"

namespace spoor::store::duckdb {
namespace {

using match::FieldRef;
using match::Op;
using match::Predicate;
using match::Scope;
using match::SqlCondition;

/// So many events are known by their numbers rather than by whose they are.
constexpr std::size_t kMostEventsListed = 4096;

template <typename Visit>
void each_id(const IdSet& set, Visit&& visit) {
    for (std::size_t word = 0; word < set.size(); ++word)
        for (std::uint64_t bits = set[word]; bits; bits &= bits - 1)
            visit(static_cast<std::uint32_t>(word * 64 + static_cast<std::size_t>(std::countr_zero(bits))));
}

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

bool is_about_members(const FieldRef& field) { return field.scope >= Scope::Session; }

const char* actor_column(Scope scope) {
    return scope == Scope::Session ? "session" : scope == Scope::AdoptedSession ? "adopted" : "process";
}

std::span<const std::uint64_t> events_within(std::span<const std::uint64_t> events, const ChapterEntry& chapter) {
    const auto first = std::ranges::lower_bound(events, sequence_number(chapter.number, 0));
    return {first, std::upper_bound(first, events.end(), chapter.last_seq())};
}

std::size_t count_of(const IdSet& set) {
    std::size_t count = 0;
    for (const std::uint64_t word : set) count += static_cast<std::size_t>(std::popcount(word));
    return count;
}

std::string listed(const IdSet& set) {
    std::string list;
    each_id(set, [&](std::uint32_t id) { list += fmt::format("{}{}", list.empty() ? "" : ",", id); });
    return list;
}

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

/// What SQL can tell of a leaf about sessions or processes beforehand; nothing where it cannot.
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

Result<QueryPlan> QueryPlan::make(DuckStore& store, const match::Expr& expr) {
    QueryPlan plan;
    plan.expr_ = std::make_unique<match::Expr>(expr);
    plan.matcher_ = std::make_unique<match::Matcher>(TRY(match::Matcher::compile(expr, store.catalog())));
    match::for_each_leaf(*plan.expr_, [&](const Predicate& predicate) { plan.leaves_.push_back({&predicate}); });
    std::vector<Leaf*> about_members;
    for (Leaf& leaf : plan.leaves_) {
        Predicate alone = *leaf.predicate;
        // What a thread had adopted is a session like any other.
        if (alone.field.scope == Scope::AdoptedSession) alone.field.scope = Scope::Session;
        leaf.matcher =
            std::make_unique<match::Matcher>(TRY(match::Matcher::compile(match::leaf(alone), store.catalog())));
        if (is_about_members(alone.field)) about_members.push_back(&leaf);
    }
    if (about_members.empty()) return plan;
    plan.history_ = TRY(store.known());
    // One session is found soon, and once it is all that is asked for, nothing else need be looked up.
    std::ranges::stable_partition(about_members,
                                  [](const Leaf* leaf) { return narrowed(*leaf->predicate).has_value(); });
    for (Leaf* const leaf : about_members) {
        TRY(plan.find_members(store, *leaf));
        plan.only_events_ = plan.only_events_of(*plan.expr_);
        if (plan.only_events_) break;
    }
    return plan;
}

const std::vector<std::uint64_t>* QueryPlan::only_events_of(const match::Expr& expr) const {
    if (expr.type == match::Expr::Type::Leaf)
        for (const Leaf& leaf : leaves_)
            if (leaf.predicate == &expr.leaf && leaf.events) return &*leaf.events;
    if (expr.type == match::Expr::Type::And)
        for (const match::Expr& child : expr.children)
            if (const auto* const events = only_events_of(child)) return events;
    return nullptr;
}

bool QueryPlan::may_match_in(const ChapterEntry& chapter) const {
    return !only_events_ || !events_within(*only_events_, chapter).empty();
}

Result<void> QueryPlan::find_members(DuckStore& store, Leaf& leaf) {
    std::map<HostId, IdSet> sets;
    const HostBases& bases = *TRY(store.bases());
    const HistoryReader reader{store.connection(), store.generation(), *TRY(store.places()), store.catalog(),
                               store.names()};
    const FieldRef& field = leaf.predicate->field;
    const bool few = field.scope != Scope::ParentProcess && has_few_values(field);
    const History nothing_else;
    IdSet found;
    if (field.scope == Scope::Session || field.scope == Scope::AdoptedSession) {
        std::vector<std::string_view> columns = columns_of(field.session());
        if (!few && !columns.empty() && columns.front() != "host") columns.insert(columns.begin(), "host");
        const HistoryReader::VisitSession take = [&](std::uint32_t number, const Session& session) {
            if (!leaf.matcher->matches(session)) return;
            if (few)
                add_to(found, number);
            else
                add_to(sets[session.key.host], number - bases.of(session.key.host).sessions);
        };
        TRY(few ? reader.each_kind_of_session(columns, take)
                : reader.each_session(columns, narrowed(*leaf.predicate).value_or("TRUE"), take));
        if (few)
            TRY(reader.each_like("sessions", columns, found, [&](std::uint32_t number, HostId host) {
                add_to(sets[host], number - bases.of(host).sessions);
            }));
    } else if (field.scope == Scope::Process) {
        std::vector<std::string_view> columns = columns_of(field.process());
        if (!few && !columns.empty() && columns.front() != "host") columns.insert(columns.begin(), "host");
        const HistoryReader::VisitProcess take = [&](std::uint32_t number, const Process& process) {
            if (!leaf.matcher->matches(process, nothing_else)) return;
            if (few)
                add_to(found, number);
            else
                add_to(sets[process.host], number - bases.of(process.host).processes);
        };
        TRY(few ? reader.each_kind_of_process(columns, take)
                : reader.each_process(columns, narrowed(*leaf.predicate).value_or("TRUE"), take));
        if (few)
            TRY(reader.each_like("processes", columns, found, [&](std::uint32_t number, HostId host) {
                add_to(sets[host], number - bases.of(host).processes);
            }));
    } else {
        // A parent is another process: all of them are wanted at once.
        const History& all = *TRY(store.history());
        for (std::size_t i = 0; i < all.processes.size(); ++i) {
            const Process& process = all.processes[i];
            if (leaf.matcher->matches(process, all))
                add_to(sets[process.host], static_cast<std::uint32_t>(i) - bases.of(process.host).processes);
        }
    }
    leaf.members.emplace();
    for (auto& [host, set] : sets) leaf.members->push_back({host, std::move(set)});
    return find_events(store, leaf);
}

Result<void> QueryPlan::find_events(DuckStore& store, Leaf& leaf) {
    std::size_t members = 0;
    for (const Members& of_host : *leaf.members) members += count_of(of_host.set);
    if (members > kMostListed) return {};
    // Host by host: their actors stand together, and DuckDB passes over those of others.
    std::vector<std::uint64_t> events;
    for (const Members& of_host : *leaf.members) {
        const auto host = store.names().find(store.catalog().host_name(of_host.host));
        if (!host) continue;
        const std::string theirs =
            fmt::format("host = {} AND {} IN ({}) LIMIT {}", *host, actor_column(leaf.predicate->field.scope),
                        listed(of_host.set), kMostEventsListed + 1);
        TRY(each_actor(store.connection(), select_actors(store, theirs), [&](std::uint64_t seq, const Actor& actor) {
            events.push_back(seq);
            known_actors_.emplace(seq, actor);
        }));
        if (events.size() > kMostEventsListed) return {};
    }
    std::ranges::sort(events);
    leaf.events = std::move(events);
    return {};
}

Result<const std::vector<std::uint64_t>*> QueryPlan::word_pages(DuckStore& store, Leaf& leaf) {
    if (leaf.word_pages) return &*leaf.word_pages;
    const TrigramQuery asked(match::required_text(*leaf.predicate));
    if (!asked.asks_something()) return nullptr;
    const FieldRef& field = leaf.predicate->field;
    std::string of_field;
    if (field.scope != Scope::Any) {
        const auto name =
            store.names().find(field.scope == Scope::Schema ? spoor::field(field.field()).name : field.named);
        of_field = fmt::format(" WHERE field = {}", name.value_or(UINT32_MAX));
    }
    // Of any field, it is texts only that are asked for a text.
    const auto counting = field.scope == Scope::Any ? TrigramQuery::Counting::Texts : TrigramQuery::Counting::AllWords;
    std::vector<std::uint64_t> pages;
    Rows rows = TRY(store.connection().query("SELECT place, trigrams FROM words" + of_field));
    while (rows.next())
        for (std::size_t row = 0; row < rows.size(); ++row)
            if (asked.may_pass(rows.text(1, row), counting)) pages.push_back(rows.numbers<std::uint64_t>(0)[row]);
    std::ranges::sort(pages);
    leaf.word_pages = std::move(pages);
    return &*leaf.word_pages;
}

}  // namespace spoor::store::duckdb
