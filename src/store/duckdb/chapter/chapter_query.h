// ChapterQuery: an expression put to one chapter, as SQL over its columns of words and as a question to the rows of its
// pages.
//
// Every question about a value has been answered before either is asked anything: a leaf is asked of each word of its
// field, by the matcher that is used in memory too, and becomes the set of words that it is true of. So the store
// cannot differ from memory in what it takes two texts, two numbers or two addresses for, and DuckDB compares integers
// only. The same goes for forms (host, kind, channel ...) and for sessions and processes, which are few compared with
// events.
//
// SQL counts, and finds the pages that have a match where these are few. Where a field has no column (see kIndexed), or
// occurs twice in an event, SQL lets through all events of the forms that have it if any of its words matches; the rows
// of pages have all words.
#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "match/sql_condition.h"
#include "store/duckdb/chapter/chapter_reader.h"
#include "store/duckdb/chapter/query_plan.h"
#include "store/duckdb/chapter/row_matcher.h"

namespace spoor::store::duckdb {

class DuckStore;

/// `store` and `plan` must outlive it.
class ChapterQuery {
public:
    /// Whose events are asked for is looked up for all of the chapter, to be asked by SQL; or the caller looks it up
    /// for the pages that it looks through, and tells note(). For a few pages that is sooner done.
    enum class Actors : std::uint8_t { AtOnce, ByPage };
    static Result<ChapterQuery> open(DuckStore& store, QueryPlan& plan, const ChapterEntry& entry,
                                     Actors actors = Actors::AtOnce);

    /// Whether there is anything to tell note(). Until it is told, rows() knows nothing of the event.
    bool wants_actors() const { return !about_actors_.empty(); }
    void note(std::uint64_t seq, HostId host, const Actor& actor);

    /// True when no event of the chapter can match.
    bool is_hopeless() const { return forms_before_.back() == 0; }
    const match::SqlCondition& condition() const { return condition_; }
    ChapterReader& reader() { return reader_; }
    RowMatcher& rows() { return *rows_; }

    /// Whether an event of a page may match. It is known at once where an expression asks what certain events did.
    bool may_match(std::size_t page) const;
    /// Finds out which pages may have a match, by looking at all events of a span of time: may_match() knows then.
    Result<void> find_pages(Timestamp from, Timestamp until);

    enum class Join : std::uint8_t { Nothing, Actors };
    /// Groups the matching events by `columns`: a row for each, with how many, the first and the last time behind them.
    Result<Rows> count_query(const std::string& columns, const std::string& and_also, Join join);

private:
    ChapterQuery(DuckStore& store, QueryPlan& plan, ChapterReader reader)
        : store_(&store), plan_(&plan), reader_(std::move(reader)) {}
    void find_forms();
    void find_pages_of(const IdSet& places);

    DuckStore* store_;
    QueryPlan* plan_;
    ChapterReader reader_;
    match::SqlCondition condition_;
    std::unique_ptr<RowMatcher> rows_;
    std::vector<std::size_t> about_actors_;  // leaves that note() answers
    std::vector<IdSet> sets_;
    std::vector<std::uint32_t> forms_before_ = {0};  // of each form: how many before it may match
    std::optional<std::vector<bool>> hits_;          // pages with a match, once that is known
};

}  // namespace spoor::store::duckdb
