// ChapterWriter: turns events into rows of integers and pages, and writes them into a transaction.
//
// Events wait in memory until `write`: they are then put in order of their forms, which makes each column of a page
// (and each stretch of an `events` column) of one kind, and several times smaller than in order of arrival.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "model/catalog.h"
#include "store/duckdb/chapter/form.h"
#include "store/duckdb/chapter/words.h"
#include "store/duckdb/engine/engine.h"
#include "store/duckdb/names.h"
#include "store/record_set.h"

namespace spoor::store::duckdb {

class ChapterWriter {
public:
    /// A chapter ends at whichever comes first; the next event then belongs into a new one.
    static constexpr std::uint32_t kMostEvents = 983'040;  // eight of DuckDB's row groups
    static constexpr std::uint32_t kEnoughEvents = kMostEvents - kMostEvents / 16;
    static constexpr std::size_t kMostForms = 20'000;
    static constexpr std::size_t kMostWords = 3'000'000;

    /// With a generation, events have their actors already: places among the sessions and processes of their host, by
    /// the conclusions of that generation. Without one, their hosts have to be concluded about.
    ChapterWriter(std::uint32_t chapter, const Catalog& catalog, Names& names,
                  std::optional<std::uint32_t> generation = std::nullopt);
    ~ChapterWriter();

    void add(const Batch& batch, const Event& event);

    std::uint32_t chapter() const { return chapter_; }
    std::size_t pending() const { return pending_.size(); }
    /// Bytes that events, words and forms take in memory.
    std::size_t footprint() const;
    bool full() const;
    /// After a commit: whether another would hardly fit.
    bool has_enough() const { return full() || events_ >= kEnoughEvents; }

    /// Puts what is pending into the transaction that `connection` has open. On failure the writer is of no more use.
    Result<void> write(Connection& connection);

private:
    struct PendingEvent {
        std::int64_t time;
        std::uint64_t record;
        std::uint32_t form;
        std::uint32_t first_number;
        Actor actor;
    };
    struct Held {
        RecordSet records;
        bool telling = false;  // something may be concluded from it
        std::uint64_t events = 0;
        std::int64_t first_time = INT64_MAX;
        std::int64_t last_time = INT64_MIN;
    };
    struct KeyHash {
        std::size_t operator()(const std::vector<std::uint32_t>& key) const;
    };
    /// For each variable of a form: its column of `events`, or kNoColumn.
    using Columns = std::vector<std::uint16_t>;

    std::uint32_t form_of(const Batch& batch, const Event& event);
    WordWriter& words_of(FieldId field);
    Result<void> write_events(Connection& connection, const std::vector<std::uint32_t>& order);
    Result<void> write_pages(Connection& connection, const std::vector<std::uint32_t>& order);
    Result<void> write_words(Connection& connection);
    Result<void> write_forms(Connection& connection);
    Result<void> write_holdings(Connection& connection);
    Result<void> write_actors(Connection& connection, const std::vector<std::uint32_t>& order);

    std::uint32_t chapter_;
    const Catalog& catalog_;
    Names& names_;
    std::optional<std::uint32_t> generation_;
    std::uint32_t events_ = 0;  // written in earlier commits
    std::vector<Form> forms_;
    std::vector<Columns> columns_;
    std::size_t forms_written_ = 0;
    std::unordered_map<std::vector<std::uint32_t>, std::uint32_t, KeyHash> form_numbers_;
    std::vector<std::unique_ptr<WordWriter>> words_;  // by field
    std::size_t word_count_ = 0;                      // when last written
    std::uint32_t word_pages_ = 0;                    // written so far
    std::vector<PendingEvent> pending_;
    std::vector<std::uint32_t> numbers_;  // of words, for all pending events
    std::vector<std::uint32_t> key_;      // scratch of form_of
};

}  // namespace spoor::store::duckdb
