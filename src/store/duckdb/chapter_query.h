// ChapterQuery: an expression put to one chapter, as SQL over its columns of words.
//
// Every question about a value has been answered before DuckDB is asked anything: a leaf is asked of each word of its
// field, by the matcher that is used in memory too, and becomes the set of words that it is true of. So the store
// cannot differ from memory in what it takes two texts, two numbers or two addresses for, and DuckDB compares integers
// only. The same goes for forms (host, kind, channel ...) and for sessions and processes, which are few compared with
// events.
//
// Where a field has no column (see kIndexed), or occurs twice in an event, the forms that have it are let through if
// any of its words matches, and the events are asked again when they have been read.
#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "match/evaluator.h"
#include "match/sql_condition.h"
#include "store/duckdb/chapter_reader.h"
#include "store/duckdb/history_tables.h"

namespace spoor::store::duckdb {

class DuckStore;

/// An expression made ready to be put to chapters.
class QueryPlan {
public:
    static Result<QueryPlan> make(DuckStore& store, const match::Expr& expr);

    /// The whole expression, asked of an event that was read and has its actor.
    bool matches(const EventView& event) { return matcher_->matches(event, history_); }
    /// Where no others can match: the numbers of these events, ascending.
    const std::vector<std::uint64_t>* only_events() const { return only_events_; }

private:
    friend class ChapterQuery;
    friend class LeafTranslator;

    /// The sessions or processes of a host that a leaf is true of, by their place among those of the host.
    struct Members {
        HostId host = HostId::None;
        IdSet set = {};
    };
    /// One for each leaf of the expression, in order.
    struct Leaf {
        const match::Predicate* predicate = nullptr;
        std::unique_ptr<match::Matcher> matcher = {};
        std::optional<std::vector<Members>> members = {};  // where it is about sessions or processes
        /// Where those are few, and what they did is little: the numbers of their events, ascending.
        std::optional<std::vector<std::uint64_t>> events = {};
    };

    Result<void> find_members(DuckStore& store, Leaf& leaf);
    static Result<void> find_events(DuckStore& store, Leaf& leaf);
    const std::vector<std::uint64_t>* only_events_of(const match::Expr& expr) const;

    std::unique_ptr<match::Expr> expr_;  // predicates are pointed to
    std::unique_ptr<match::Matcher> matcher_;
    std::vector<Leaf> leaves_;
    const std::vector<std::uint64_t>* only_events_ = nullptr;  // of one of the leaves
    const History* history_ = nullptr;                         // when the expression asks for it
};

class ChapterQuery {
public:
    static Result<ChapterQuery> open(DuckStore& store, QueryPlan& plan, const ChapterEntry& entry);

    /// True when no event of the chapter can match.
    bool is_hopeless() const { return hopeless_; }
    const match::SqlCondition& condition() const { return condition_; }
    ChapterReader& reader() { return reader_; }
    /// Whether the events that may match are few and known.
    bool is_narrow() const { return only_events_.has_value(); }

    enum class Join : std::uint8_t { Nothing, Actors };

    /// "SELECT `columns` FROM events WHERE <of this chapter, and matching> AND `and_also` `tail`".
    Result<Rows> query(const std::string& columns, const std::string& and_also, const std::string& tail);
    /// Groups the matching events by `columns`: a row for each, with how many, the first and the last time behind them.
    Result<Rows> count_query(const std::string& columns, const std::string& and_also, Join join);
    /// Adds the events of these numbers to `batch`, with their actors by numbers over all hosts.
    Result<void> read(std::span<const std::uint64_t> seqs, Batch& batch);

private:
    ChapterQuery(DuckStore& store, ChapterReader reader) : store_(&store), reader_(std::move(reader)) {}
    Result<void> stamp(std::span<const std::uint64_t> seqs, std::span<Event> events);

    DuckStore* store_;
    ChapterReader reader_;
    match::SqlCondition condition_;
    bool hopeless_ = false;
    std::vector<IdSet> sets_;
    std::optional<std::vector<std::uint64_t>> only_events_;  // of the chapter; no others can match
    std::vector<Actor> actors_;                              // by place in the chapter, once most of them are wanted
    std::size_t stamped_ = 0;
};

}  // namespace spoor::store::duckdb
