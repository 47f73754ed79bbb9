// ChapterReader: a chapter's forms, words and events, read as they are needed.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "model/catalog.h"
#include "store/archive.h"
#include "store/duckdb/chapter/form.h"
#include "store/duckdb/chapter/listing.h"
#include "store/duckdb/chapter/shelf.h"
#include "store/duckdb/chapter/words.h"
#include "store/duckdb/engine/engine.h"
#include "store/duckdb/names.h"

namespace spoor::store::duckdb {

/// Some pages of words of a store.
struct WordPages {
    std::vector<std::uint64_t> places = {};                          // in the table, ascending
    std::unordered_map<std::uint64_t, std::string> read_ahead = {};  // packed, of some of them
};

/// One thread at a time; `connection` is used while a call runs and must outlive the reader.
class ChapterReader {
public:
    /// Without a listing, it makes one. With shelves, which must outlive it, it looks there first for the pages that it
    /// is asked for, and puts them there.
    static Result<ChapterReader> open(Connection& connection, Catalog& catalog, const Names& names,
                                      const ChapterEntry& entry, Listings::Shared listing = nullptr,
                                      Shelves* shelves = nullptr);

    const ChapterEntry& entry() const { return entry_; }
    const std::vector<Form>& forms() const { return listing_->forms; }
    /// Every field that has words here.
    std::vector<FieldId> fields() const;

    /// Calls `visit` with each word of these fields and its number; words of a field come in order. Pages of words
    /// other than those of `only` are passed over.
    using VisitWord = std::function<void(std::uint32_t number, const FieldValue& word)>;
    Result<void> each_word(std::span<const FieldId> fields, const VisitWord& visit, const WordPages* only = nullptr);

    /// Pages of events, by first number.
    std::size_t page_count() const { return events_.size(); }
    const Listing::EventRun& page(std::size_t number) const { return events_[number]; }
    /// The page that holds an event; page_count() when none does.
    std::size_t page_of(std::uint64_t seq) const;
    /// Reads pages of several chapters of one store in one go. They stay until the reader's next read() or forget().
    struct PageOf {
        ChapterReader* reader;
        std::size_t page;
    };
    static Result<void> load(Connection& connection, std::span<const PageOf> pages);
    /// The rows of a page that was loaded.
    std::span<const PageRow> rows(std::size_t page) const { return events_[page].page->rows; }
    /// Lets go of a page that nothing is read from.
    void release(std::size_t page);

    /// Reads all that events of several chapters of one store consist of, in one go.
    struct EventsOf {
        ChapterReader* reader;
        std::span<const std::uint64_t> seqs;
    };
    static Result<void> fetch(Connection& connection, std::span<const EventsOf> events);
    /// Adds events that were fetched to `batch`, in this order. Their actors are not filled in.
    Result<void> append(std::span<const std::uint64_t> seqs, Batch& batch) const;
    /// Both, of this chapter.
    Result<void> read(std::span<const std::uint64_t> seqs, Batch& batch);
    /// The same for all events of the forms that are wanted, in the order of their numbers, a page at a time. Texts
    /// point into the reader's words: they are good until `take` returns.
    using Wanted = std::function<bool(const Form&)>;
    using Take = std::function<Result<void>(Batch& batch, std::span<const std::uint64_t> seqs)>;
    Result<void> read_all(const Wanted& wanted, const Take& take) {
        return read_all(wanted, Timestamp::earliest(), Timestamp::latest(), take);
    }
    /// Those within a span of time only, both ends included.
    Result<void> read_all(const Wanted& wanted, Timestamp from, Timestamp until, const Take& take);

    /// Lets go of the pages and words that were kept for the next call, which take so many bytes.
    void forget();
    std::size_t kept() const { return kept_; }

private:
    struct WordRun : Listing::WordRun {
        std::shared_ptr<const Words> words = {};  // when loaded
    };
    /// The words of a field: by runs, of which some are loaded; when all are, by number too.
    struct FieldWords {
        FieldId field = FieldId::None;
        std::uint32_t name = 0;          // the store's number of the field
        std::vector<WordRun> runs = {};  // by first
        std::vector<FieldValue> all = {};
        std::vector<std::unique_ptr<const std::string>> bytes = {};  // what `all` points into
    };
    struct EventRun : Listing::EventRun {
        std::shared_ptr<const Page> page = {};  // when loaded
    };

    ChapterReader(Connection& connection, Catalog& catalog, const Names& names, const ChapterEntry& entry,
                  Listings::Shared listing, Shelves* shelves)
        : connection_(&connection),
          catalog_(&catalog),
          names_(&names),
          entry_(entry),
          listing_(std::move(listing)),
          shelves_(shelves) {}

    Result<void> take_listing();
    Result<void> take_page(std::size_t run, std::string_view packed);
    void keep_page(std::size_t run, std::shared_ptr<const Page> page);
    /// Takes a page off the shelf; false when it is not there.
    bool take_kept_page(std::size_t run);
    struct RunOf {
        ChapterReader* reader;
        FieldWords* words;
        std::size_t run;
    };
    static Result<void> load_words(Connection& connection, std::span<const RunOf> runs);
    static Result<void> take_words(const RunOf& of, std::string_view packed);
    void keep_words(const RunOf& of, std::shared_ptr<const Words> words);
    /// Takes words off the shelf; false when they are not there.
    static bool take_kept_words(const RunOf& of);
    Result<void> load_all_words(const std::vector<bool>& some_forms);
    Result<const PageRow*> row_of(std::uint64_t seq) const;
    Result<void> find_missing_words(std::span<const std::uint64_t> seqs, std::vector<RunOf>& missing);
    std::vector<std::size_t> pages_with(const std::vector<bool>& some_forms, Timestamp from, Timestamp until) const;
    Result<void> read_pages(std::span<const std::size_t> pages, const Selection& selection, const Take& take);
    FieldWords* words_of(FieldId field);
    Result<std::size_t> run_of(const FieldWords& words, std::uint32_t word) const;
    void append(const PageRow& row, Batch& batch) const;
    Result<void> append_in_place(const PageRow& row, Batch& batch) const;
    void forget_when_large();

    Connection* connection_;
    Catalog* catalog_;
    const Names* names_;
    ChapterEntry entry_;
    Listings::Shared listing_;
    Shelves* shelves_;
    std::vector<std::vector<std::uint32_t>> columns_;  // for each field of each form: its place in words_
    std::vector<EventRun> events_;                     // by first_seq
    std::vector<FieldWords> words_;
    std::unordered_map<FieldId, std::uint32_t> place_of_;  // of a field in words_
    std::size_t kept_ = 0;                                 // bytes of loaded pages and words, roughly
};

}  // namespace spoor::store::duckdb
