#include "store/duckdb/chapter/query_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "match/required_text.h"
#include "store/duckdb/chapter/row_matcher.h"
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
/// So many pages of words are read for all chapters at once: to ask for those of each costs more.
constexpr std::size_t kMostReadAhead = 32;

}  // namespace

bool is_about_members(const FieldRef& field) { return field.scope >= Scope::Session; }

const char* actor_column(Scope scope) {
    return scope == Scope::Session ? "session" : scope == Scope::AdoptedSession ? "adopted" : "process";
}

std::uint32_t member_of(const Actor& actor, Scope scope) {
    return scope == Scope::Session          ? actor.session
           : scope == Scope::AdoptedSession ? actor.adopted_session
                                            : actor.process;
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
    const bool of_sessions = leaf.predicate->field.scope <= Scope::AdoptedSession;
    const VisitMember take = [&](std::uint32_t number, HostId host) {
        add_to(sets[host], number - (of_sessions ? bases.of(host).sessions : bases.of(host).processes));
    };
    TRY(of_sessions ? each_session_that(reader, *leaf.predicate, *leaf.matcher, take)
                    : each_process_that(reader, *leaf.predicate, *leaf.matcher, take));
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

Result<const WordPages*> QueryPlan::word_pages(DuckStore& store, Leaf& leaf) {
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
    WordPages pages;
    Rows rows = TRY(store.connection().query("SELECT place, trigrams FROM words" + of_field));
    while (rows.next())
        for (std::size_t row = 0; row < rows.size(); ++row)
            if (asked.may_pass(rows.text(1, row), counting))
                pages.places.push_back(rows.numbers<std::uint64_t>(0)[row]);
    std::ranges::sort(pages.places);
    if (!pages.places.empty() && pages.places.size() <= kMostReadAhead) {
        Rows packed = TRY(store.connection().query(
            fmt::format("SELECT place, page FROM words WHERE place IN ({})", sql_keys(pages.places))));
        while (packed.next())
            for (std::size_t row = 0; row < packed.size(); ++row)
                pages.read_ahead.emplace(packed.numbers<std::uint64_t>(0)[row], packed.text(1, row));
    }
    leaf.word_pages = std::move(pages);
    return &*leaf.word_pages;
}

}  // namespace spoor::store::duckdb
