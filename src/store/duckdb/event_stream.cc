#include "store/duckdb/event_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "store/duckdb/chapter_query.h"
#include "store/duckdb/duck_store.h"
#include "store/duckdb/schema.h"

// A merge. Chapters wait in the order of the times they begin with and are opened when the merge gets there, so that
// the first events of a hundred chapters cost no more than those of one, unless they all begin at the same time. An
// open chapter gives its matches in portions, the first of them small: DuckDB finds the first 2,000 of a million
// several times faster than it sorts the million.

namespace spoor::store::duckdb {
namespace {

constexpr std::uint64_t kFirstPortion = 2'000;
constexpr std::uint64_t kPortionGrowth = 8;
constexpr std::uint64_t kLargestPortion = 1'000'000;
constexpr std::size_t kFirstBatch = 128;
constexpr std::size_t kLargestBatch = 4096;

/// An event that the SQL condition let through. Events of one time are in the order of their records.
struct Candidate {
    std::int64_t time = 0;
    std::uint64_t record = 0;
    std::uint64_t seq = 0;

    friend auto operator<=>(const Candidate&, const Candidate&) = default;
};

/// A chapter that the merge has reached.
class OpenChapter {
public:
    OpenChapter(ChapterQuery chapter, const EventQuery& query, std::optional<Candidate> after)
        : chapter_(std::move(chapter)), query_(&query), after_(after) {}

    /// The next match in order; nothing when there are no more.
    Result<std::optional<Candidate>> peek() {
        if (next_ == candidates_.size() && !exhausted_) TRY(fetch());
        if (next_ == candidates_.size()) return std::optional<Candidate>();
        return std::optional(candidates_[next_]);
    }
    void pop() { ++next_; }

    ChapterQuery& chapter() { return chapter_; }
    bool exact() const { return chapter_.condition().precision == match::Precision::Exact; }

private:
    Result<void> fetch() {
        if (!candidates_.empty()) after_ = candidates_.back();
        candidates_.clear();
        next_ = 0;
        const bool forward = query_->order == Order::OldestFirst;
        std::string behind;
        if (after_) {
            const char* const past = forward ? ">" : "<";
            behind =
                fmt::format(" AND time {0}= {1} AND (time {0} {1} OR record {0} {2} OR (record = {2} AND seq {0} {3}))",
                            past, after_->time, after_->record, after_->seq);
        }
        const char* const direction = forward ? "ASC" : "DESC";
        Rows rows = TRY(chapter_.query(
            "time, record, seq",
            fmt::format("AND time BETWEEN {1} AND {2}{3} ORDER BY time {0}, record {0}, seq {0} LIMIT {4}", direction,
                        query_->from.nanoseconds, query_->until.nanoseconds, behind, portion_)));
        while (rows.next())
            for (std::size_t row = 0; row < rows.size(); ++row)
                candidates_.push_back({rows.numbers<std::int64_t>(0)[row], rows.numbers<std::uint64_t>(1)[row],
                                       rows.numbers<std::uint64_t>(2)[row]});
        exhausted_ = candidates_.size() < portion_;
        portion_ = std::min(portion_ * kPortionGrowth, kLargestPortion);
        return {};
    }

    ChapterQuery chapter_;
    const EventQuery* query_;
    std::optional<Candidate> after_;
    std::vector<Candidate> candidates_;
    std::size_t next_ = 0;
    std::uint64_t portion_ = kFirstPortion;
    bool exhausted_ = false;
};

class StoreStream final : public EventStream {
public:
    StoreStream(DuckStore& store, EventQuery query, std::vector<ChapterEntry> waiting, QueryPlan plan)
        : store_(store), query_(std::move(query)), waiting_(std::move(waiting)), plan_(std::move(plan)) {
        // The next one to open stands at the end.
        if (query_.order == Order::OldestFirst)
            std::ranges::sort(waiting_, std::greater{}, &ChapterEntry::first_time);
        else
            std::ranges::sort(waiting_, {}, &ChapterEntry::last_time);
    }

    Result<void> start() {
        if (!query_.after) return {};
        const std::uint64_t record = TRY(
            store_.connection().number(fmt::format("SELECT record FROM events WHERE seq = {}", query_.after->number)));
        after_ = Candidate{query_.after->time.nanoseconds, record, query_.after->number};
        return {};
    }

    Result<bool> next(Batch& batch) override {
        batch.clear();
        positions_.clear();
        while (batch.empty()) {
            if (given_ == query_.limit) return false;
            TRY(choose());
            if (chosen_.empty()) return false;
            TRY(read(batch));
        }
        given_ += batch.size();
        return true;
    }

    std::span<const Position> positions() const override { return positions_; }

private:
    struct Chosen {
        Candidate candidate;
        std::size_t chapter;
    };

    bool comes_before(const Candidate& a, const Candidate& b) const {
        return query_.order == Order::OldestFirst ? a < b : b < a;
    }

    /// Whether a chapter that is not open yet may hold an event that comes before `candidate`.
    bool must_open(const std::optional<Candidate>& candidate) const {
        if (waiting_.empty()) return false;
        if (!candidate) return true;
        return query_.order == Order::OldestFirst ? waiting_.back().first_time <= candidate->time
                                                  : waiting_.back().last_time >= candidate->time;
    }

    /// Picks the next candidates over all chapters, in order.
    Result<void> choose() {
        chosen_.clear();
        const std::size_t wanted =
            static_cast<std::size_t>(std::min<std::uint64_t>(batch_size_, query_.limit - given_));
        while (chosen_.size() < wanted) {
            std::optional<Candidate> best;
            std::size_t best_chapter = 0;
            for (std::size_t i = 0; i < open_.size(); ++i) {
                const std::optional<Candidate> head = TRY(open_[i]->peek());
                if (!head || (best && !comes_before(*head, *best))) continue;
                best = head;
                best_chapter = i;
            }
            if (must_open(best)) {
                const ChapterEntry entry = waiting_.back();
                waiting_.pop_back();
                ChapterQuery chapter = TRY(ChapterQuery::open(store_, plan_, entry));
                if (!chapter.is_hopeless())
                    open_.push_back(std::make_unique<OpenChapter>(std::move(chapter), query_, after_));
                continue;
            }
            if (!best) break;
            chosen_.push_back({*best, best_chapter});
            open_[best_chapter]->pop();
        }
        batch_size_ = std::min(batch_size_ * 2, kLargestBatch);
        return {};
    }

    /// Reads the chosen events, drops those that do not match after all, and puts them in order.
    Result<void> read(Batch& batch) {
        std::vector<std::size_t> order;  // of each event read: its place among the chosen
        std::vector<std::uint64_t> seqs;
        for (std::size_t i = 0; i < open_.size(); ++i) {
            seqs.clear();
            for (std::size_t place = 0; place < chosen_.size(); ++place) {
                if (chosen_[place].chapter != i) continue;
                seqs.push_back(chosen_[place].candidate.seq);
                order.push_back(place);
            }
            if (!seqs.empty()) TRY(open_[i]->chapter().read(seqs, batch));
        }
        std::vector<Event> sorted(batch.size());
        for (std::size_t i = 0; i < order.size(); ++i) sorted[order[i]] = batch.events()[i];

        std::size_t kept = 0;
        for (std::size_t place = 0; place < sorted.size(); ++place) {
            if (!open_[chosen_[place].chapter]->exact() && !plan_.matches({batch, sorted[place]})) continue;
            batch.events()[kept++] = sorted[place];
            positions_.push_back({{chosen_[place].candidate.time}, chosen_[place].candidate.seq});
        }
        batch.keep_first(kept);
        return {};
    }

    DuckStore& store_;
    EventQuery query_;
    std::vector<ChapterEntry> waiting_;
    QueryPlan plan_;
    std::optional<Candidate> after_;
    std::vector<std::unique_ptr<OpenChapter>> open_;
    std::vector<Chosen> chosen_;
    std::vector<Position> positions_;
    std::size_t batch_size_ = kFirstBatch;
    std::uint64_t given_ = 0;
};

Result<std::unique_ptr<EventStream>> open_stream(DuckStore& store, EventQuery query,
                                                 std::vector<ChapterEntry> chapters) {
    QueryPlan plan = TRY(QueryPlan::make(store, query.where));
    auto stream = std::make_unique<StoreStream>(store, std::move(query), std::move(chapters), std::move(plan));
    TRY(stream->start());
    return stream;
}

}  // namespace

Result<std::unique_ptr<EventStream>> open_stream(DuckStore& store, EventQuery query) {
    std::vector<ChapterEntry> chapters = TRY(store.chapters_between(query.from, query.until));
    return open_stream(store, std::move(query), std::move(chapters));
}

Result<std::unique_ptr<EventStream>> open_stream(DuckStore& store, EventQuery query, const ChapterEntry& chapter) {
    return open_stream(store, std::move(query), std::vector{chapter});
}

}  // namespace spoor::store::duckdb
