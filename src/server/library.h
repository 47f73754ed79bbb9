// Library: what the server answers from: one archive, asked by one thread at a time, and what was concluded from it,
// which any number of threads read.
//
// Pages of a result are found by row number without OFFSET, which makes an engine read all that it skips: the result's
// time is cut into stretches whose events are counted (a query that reads no row), these again where events are many,
// and a row is looked for in its own stretch alone; the first rows need no such search. The counts are kept for the
// questions asked last. While events pour in they may be a few seconds old: a question that is to be paged through
// should name its end.
#pragma once
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "findings/finding.h"
#include "server/answers.h"
#include "server/knowledge.h"
#include "store/archive.h"

namespace spoor::server {

/// What was concluded last: the sessions, and what was found in them. Either is missing while a large store is still
/// looked through.
struct Known {
    std::shared_ptr<const Knowledge> knowledge;
    std::shared_ptr<const std::vector<findings::Finding>> findings;
};

/// A question about events, as requests ask it.
struct Question {
    std::string text;  // in the query language
    match::Expr where = match::always();
    Timestamp from = Timestamp::earliest();
    Timestamp until = Timestamp::latest();

    std::string key() const;
};

/// How many events a result has in each of its stretches of time, oldest first.
struct Histogram {
    Duration width = {};
    std::vector<std::pair<Timestamp, std::uint64_t>> stretches;  // those that have any
    std::uint64_t total = 0;
};

class Library {
public:
    /// `answers_file` keeps prepared answers from run to run; empty: nothing does.
    Library(store::Archive& archive, const Clock& clock, const std::string& answers_file = {})
        : archive_(archive),
          clock_(clock),
          inventory_(archive.inventory()),
          answers_(clock, [this] { return edition(); }, answers_file) {}

    /// The archive, for as long as the lock is held; the rest is good for as long as well.
    class Lease {
    public:
        store::Archive& archive() const { return library_.archive_; }
        const Catalog& catalog() const { return library_.archive_.catalog(); }
        /// What the actors of the archive's events are numbers in.
        std::shared_ptr<const Knowledge> knowledge() const { return library_.known().knowledge; }
        /// The archive has concluded anew.
        void learn(Known known) { library_.learn(std::move(known)); }

        /// Of about `stretches` stretches; cut finer where the events are many.
        /// Its time is that of what was recorded; records of who looked at it, which come long after old logs, do not
        /// stretch it, unless they are all there is.
        Result<Histogram> histogram(const Question& question, unsigned stretches) const {
            return library_.histogram(question, stretches, Spans::WhatWasRecorded);
        }

        struct Page {
            Batch batch;
            std::vector<store::Position> positions;
            std::uint64_t total = 0;
        };
        /// Rows `row` to `row + count` of a result.
        Result<Page> page(const Question& question, store::Order order, std::uint64_t row, std::uint64_t count) const {
            return library_.page(question, order, row, count);
        }

    private:
        friend class Library;
        explicit Lease(Library& library) : library_(library), lock_(library.mutex_) {}
        Library& library_;
        std::unique_lock<std::mutex> lock_;
    };
    Lease lease() { return Lease(*this); }

    // These wait for nobody.

    /// What the archive holds, as it was when the archive was last free to say so.
    Result<store::Inventory> inventory();
    /// What takes long to work out; what makes an answer takes a lease.
    Answers& answers() { return answers_; }
    /// It may be read while names are added, and outlives everything.
    Catalog& catalog() { return archive_.catalog(); }
    Known known() const;
    /// An error that says to come again while the sessions are still read.
    Result<std::shared_ptr<const Knowledge>> knowledge() const;

private:
    void learn(Known known);
    enum class Spans : std::uint8_t { All, WhatWasRecorded };
    Result<Histogram> histogram(const Question& question, unsigned stretches, Spans spans);
    Result<const Histogram*> rows_of(const Question& question);
    Result<std::uint64_t> total_of(const Question& question);
    Result<Lease::Page> page(const Question& question, store::Order order, std::uint64_t row, std::uint64_t count);

    /// Adds `count` events of the query, behind the first `skip`.
    Result<void> read(Lease::Page& page, store::EventQuery query, std::uint64_t skip, std::uint64_t count);

    /// Another number when there are other events or conclusions.
    std::uint64_t edition();

    /// How long something that was worked out is good: while no event comes, else for a while, and the longer the more
    /// it took, so that a page that is open does not keep the server busy.
    struct Made {
        std::uint64_t archive_events = 0;
        Timestamp at = {};
        Duration took = {};
    };
    Result<bool> is_good(const Made& made);
    Result<Made> made_since(Timestamp begun);

    struct Rows {
        std::string key;
        Made made;
        Histogram histogram;
    };
    store::Archive& archive_;
    const Clock& clock_;
    mutable std::mutex known_mutex_;
    Known known_;
    std::mutex mutex_;      // over the archive and all below
    std::list<Rows> rows_;  // most recently asked first
    struct Total {
        Made made;
        std::uint64_t total = 0;
    };
    std::map<std::string, Total> totals_;  // by key
    std::mutex inventory_mutex_;
    Result<store::Inventory> inventory_;
    Answers answers_;  // the last member: its thread uses the others
};

}  // namespace spoor::server
