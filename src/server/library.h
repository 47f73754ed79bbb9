// Library: what the server answers from: one archive, asked by one thread at a time, and what is worked out from it
// once.
//
// Pages of a result are found by row number without OFFSET, which makes an engine read all that it skips: the result's
// time is cut into stretches whose events are counted (a query that reads no row), and a row is looked for in its own
// stretch alone; the first rows need no such search. The counts are kept for the questions asked last. While events
// pour in they may be a few seconds old: a question that is to be paged through should name its end.
#pragma once
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "findings/finding.h"
#include "model/session_name.h"
#include "server/present.h"
#include "store/archive.h"
#include "trails/trail.h"

namespace spoor::server {

/// Sessions and the links between them, as they were when first asked for.
struct Knowledge {
    const History* history = nullptr;
    trails::Links links;
    std::unique_ptr<SessionNames> names;
    std::unique_ptr<trails::Tracer> tracer;
    std::vector<LinkCount> link_counts;                 // by session
    std::vector<std::vector<std::uint32_t>> processes;  // by session
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
    Library(store::Archive& archive, const Clock& clock) : archive_(archive), clock_(clock) {}

    /// The archive, for as long as the lock is held; the rest is good for as long as well.
    class Lease {
    public:
        store::Archive& archive() const { return library_.archive_; }
        const Catalog& catalog() const { return library_.archive_.catalog(); }
        Result<const Knowledge*> knowledge() const { return library_.knowledge(); }
        const std::vector<findings::Finding>& findings() const { return library_.findings_; }
        /// The archive has concluded anew; these were found in the sessions that it now has.
        void adopt(std::vector<findings::Finding> findings) { library_.adopt(std::move(findings)); }

        /// Of about `stretches` stretches; cut finer where the events are many.
        Result<Histogram> histogram(const Question& question, unsigned stretches) const {
            return library_.histogram(question, stretches);
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

private:
    void adopt(std::vector<findings::Finding> findings);
    Result<const Knowledge*> knowledge();
    Result<Histogram> histogram(const Question& question, unsigned stretches);
    Result<const Histogram*> rows_of(const Question& question);
    Result<std::uint64_t> total_of(const Question& question);
    Result<Lease::Page> page(const Question& question, store::Order order, std::uint64_t row, std::uint64_t count);

    /// Adds `count` events of the query, behind the first `skip`.
    Result<void> read(Lease::Page& page, store::EventQuery query, std::uint64_t skip, std::uint64_t count);

    struct Rows {
        std::string key;
        std::uint64_t archive_events = 0;  // when it was counted,
        Timestamp counted = {};            // which was then
        Histogram histogram;
    };

    store::Archive& archive_;
    const Clock& clock_;
    std::vector<findings::Finding> findings_;
    std::mutex mutex_;
    Knowledge knowledge_;
    std::list<Rows> rows_;  // most recently asked first
    struct Total {
        std::uint64_t archive_events = 0;
        Timestamp counted = {};
        std::uint64_t total = 0;
    };
    std::map<std::string, Total> totals_;  // by key
};

}  // namespace spoor::server
