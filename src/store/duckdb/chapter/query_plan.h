// QueryPlan: an expression made ready to be put to the chapters of a store.
//
// What it asks of sessions and processes is answered here, once, for they are few compared with events. What it asks of
// words is answered in each chapter (chapter_query.h); here it is only seen which pages of words need not be looked at.
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "match/evaluate/evaluator.h"
#include "match/sql_condition.h"
#include "model/history.h"
#include "store/duckdb/chapter/actor_lookup.h"
#include "store/duckdb/chapter/chapter_reader.h"
#include "store/duckdb/chapter/listing.h"
#include "store/duckdb/chapter/trigrams.h"
#include "store/duckdb/conclusion/member_search.h"
#include "store/duckdb/engine/engine.h"

namespace spoor::store::duckdb {

class DuckStore;

class QueryPlan {
public:
    static Result<QueryPlan> make(DuckStore& store, const match::Expr& expr);

    /// The whole expression, asked of an event that was read and has its actor.
    bool matches(const EventView& event) { return matcher_->matches(event, history_); }
    const match::Expr& expr() const { return *expr_; }
    /// Whether it says something of the sessions or processes behind events.
    bool asks_for_actors() const { return history_ != nullptr; }
    /// Where no others can match: the numbers of these events, ascending. They are few, and asked themselves: of the
    /// leaves nothing more need be known.
    const std::vector<std::uint64_t>* only_events() const { return only_events_; }
    /// Whether any event of a chapter can match, as far as that is known.
    bool may_match_in(const ChapterEntry& chapter) const;
    /// Who was behind events that were found by that.
    const ActorsOf& known_actors() const { return known_actors_; }

    /// The sessions or processes of a host that a leaf is true of, by their place among those of the host.
    struct Members {
        HostId host = HostId::None;
        IdSet set = {};
    };
    struct Leaf {
        const match::Predicate* predicate = nullptr;
        std::unique_ptr<match::Matcher> matcher = {};
        std::optional<std::vector<Members>> members = {};  // where it is about sessions or processes, and was looked up
        /// Where those are few, and what they did is little: the numbers of their events, ascending.
        std::optional<std::vector<std::uint64_t>> events = {};
        std::optional<WordPages> word_pages = {};  // those that may have such a word
    };
    /// One for each leaf of the expression, in order.
    std::vector<Leaf>& leaves() { return leaves_; }

    /// The pages of words that may have one that a leaf is true of; null when all may.
    Result<const WordPages*> word_pages(DuckStore& store, Leaf& leaf);

private:
    Result<void> find_members(DuckStore& store, Leaf& leaf);
    Result<void> find_events(DuckStore& store, Leaf& leaf);
    const std::vector<std::uint64_t>* only_events_of(const match::Expr& expr) const;

    std::unique_ptr<match::Expr> expr_;  // predicates are pointed to
    std::unique_ptr<match::Matcher> matcher_;
    std::vector<Leaf> leaves_;
    const std::vector<std::uint64_t>* only_events_ = nullptr;  // of one of the leaves
    ActorsOf known_actors_;
    const History* history_ = nullptr;  // when the expression asks for it
};

bool is_about_members(const match::FieldRef& field);
/// Of ascending numbers of events, those of a chapter.
std::span<const std::uint64_t> events_within(std::span<const std::uint64_t> events, const ChapterEntry& chapter);
/// The column of `actors` that a field is about.
const char* actor_column(match::Scope scope);
std::uint32_t member_of(const Actor& actor, match::Scope scope);

/// Sets up to this size are written out, so that DuckDB can skip what lies outside their range.
inline constexpr std::size_t kMostListed = 64;
std::size_t count_of(const IdSet& set);
std::string listed(const IdSet& set);

}  // namespace spoor::store::duckdb
