#include "store/duckdb/event_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "store/duckdb/chapter_query.h"
#include "store/duckdb/duck_store.h"
#include "store/duckdb/schema.h"

// A merge. Chapters wait in the order of the times they begin with and are opened when the merge gets there, so that
// the first events of a hundred chapters cost no more than those of one, unless they all begin at the same time. An
// open chapter is searched in windows of time, the first of them small, and no further than the others have got.

namespace spoor::store::duckdb {
namespace {

constexpr std::uint64_t kFirstPortion = 2'000;
constexpr std::uint64_t kGrowth = 8;
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

/// A chapter that the merge has reached. Its time is searched in windows, which are small at first: to find the first
/// events of a day DuckDB only looks at times, and to sort a million takes it ten times as long.
class OpenChapter {
public:
    OpenChapter(ChapterQuery chapter, const EventQuery& query, std::optional<Candidate> after)
        : chapter_(std::move(chapter)), query_(&query), after_(after) {
        const ChapterEntry& entry = chapter_.reader().entry();
        first_ = std::max(query.from.nanoseconds, entry.first_time);
        last_ = std::min(query.until.nanoseconds, entry.last_time);
        if (after && forward()) first_ = std::max(first_, after->time);
        if (after && !forward()) last_ = std::min(last_, after->time);
        const double span = static_cast<double>(entry.last_time) - static_cast<double>(entry.first_time);
        width_ =
            span * static_cast<double>(kFirstPortion) / static_cast<double>(std::max<std::uint64_t>(entry.events, 1));
    }

    /// The next match in order, of those found so far.
    const Candidate* head() const { return next_ < candidates_.size() ? &candidates_[next_] : nullptr; }
    void pop() { ++next_; }
    /// Without a head: whether there may be more, and where in time the search for them goes on.
    bool may_have_more() const { return first_ <= last_; }
    std::int64_t searched_to() const { return forward() ? first_ : last_; }

    /// Looks through the next window; there need not be a match in it.
    Result<void> search() {
        if (!candidates_.empty()) after_ = candidates_.back();
        candidates_.clear();
        next_ = 0;
        const Window window = next_window();
        std::string behind;
        if (after_) {
            const char* const past = forward() ? ">" : "<";
            behind =
                fmt::format(" AND time {0}= {1} AND (time {0} {1} OR record {0} {2} OR (record = {2} AND seq {0} {3}))",
                            past, after_->time, after_->record, after_->seq);
        }
        // A few that are known by their numbers are in order sooner than DuckDB has planned how to sort them.
        const std::string in_order =
            fmt::format(" ORDER BY time {0}, record {0}, seq {0} LIMIT {1}", forward() ? "ASC" : "DESC", portion_);
        Rows rows = TRY(chapter_.query("time, record, seq",
                                       fmt::format("time BETWEEN {} AND {}{}", window.first, window.last, behind),
                                       chapter_.is_narrow() ? "" : in_order));
        while (rows.next())
            for (std::size_t row = 0; row < rows.size(); ++row)
                candidates_.push_back({rows.numbers<std::int64_t>(0)[row], rows.numbers<std::uint64_t>(1)[row],
                                       rows.numbers<std::uint64_t>(2)[row]});
        if (chapter_.is_narrow()) {
            std::ranges::sort(candidates_);
            if (!forward()) std::ranges::reverse(candidates_);
        }
        leave(window);
        portion_ = std::min(portion_ * kGrowth, kLargestPortion);
        width_ *= kGrowth;
        return {};
    }

    ChapterQuery& chapter() { return chapter_; }
    bool exact() const { return chapter_.condition().precision == match::Precision::Exact; }

private:
    struct Window {
        std::int64_t first, last;
    };

    bool forward() const { return query_->order == Order::OldestFirst; }

    Window next_window() const {
        const double left = static_cast<double>(last_) - static_cast<double>(first_);
        if (chapter_.is_narrow() || width_ >= std::min(left, 9e18)) return {first_, last_};
        const auto width = static_cast<std::int64_t>(width_);
        return forward() ? Window{first_, first_ + width} : Window{last_ - width, last_};
    }

    /// What was found is all there is in the window, unless it is as much as was asked for.
    void leave(const Window& window) {
        if (candidates_.size() == portion_ && !chapter_.is_narrow()) {
            (forward() ? first_ : last_) = candidates_.back().time;
        } else if (forward() ? window.last == last_ : window.first == first_) {
            first_ = INT64_MAX;
            last_ = INT64_MIN;
        } else {
            (forward() ? first_ : last_) = forward() ? window.last + 1 : window.first - 1;
        }
    }

    ChapterQuery chapter_;
    const EventQuery* query_;
    std::optional<Candidate> after_;
    std::int64_t first_ = 0;  // of the time that has not been searched
    std::int64_t last_ = 0;
    double width_ = 0;  // nanoseconds; a span of time may be longer than an integer can say
    std::vector<Candidate> candidates_;
    std::size_t next_ = 0;
    std::uint64_t portion_ = kFirstPortion;
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

    /// Whether one place in time comes before another, or is the same.
    bool up_to(std::int64_t a, std::int64_t b) const { return query_.order == Order::OldestFirst ? a <= b : a >= b; }

    /// The open chapter whose next match is the first of all that have been found; of those that have none at hand, the
    /// one that has been searched the least.
    struct Front {
        OpenChapter* best = nullptr;
        OpenChapter* laggard = nullptr;
        std::size_t best_place = 0;
    };
    Front front() const {
        Front front;
        for (std::size_t i = 0; i < open_.size(); ++i) {
            OpenChapter* const chapter = open_[i].get();
            if (chapter->head()) {
                if (front.best && !comes_before(*chapter->head(), *front.best->head())) continue;
                front.best = chapter;
                front.best_place = i;
            } else if (chapter->may_have_more() &&
                       (!front.laggard || up_to(chapter->searched_to(), front.laggard->searched_to()))) {
                front.laggard = chapter;
            }
        }
        return front;
    }

    /// Picks the next candidates over all chapters, in order. A chapter is opened, and searched on, only as far as an
    /// event of it may come before the best that is known.
    Result<void> choose() {
        chosen_.clear();
        const std::size_t wanted =
            static_cast<std::size_t>(std::min<std::uint64_t>(batch_size_, query_.limit - given_));
        while (chosen_.size() < wanted) {
            const Front at = front();
            const auto comes_first = [&](std::int64_t time) { return !at.best || up_to(time, at.best->head()->time); };
            if (!waiting_.empty() && comes_first(begin_of(waiting_.back())) &&
                (!at.laggard || up_to(begin_of(waiting_.back()), at.laggard->searched_to()))) {
                TRY(open_next());
            } else if (at.laggard && comes_first(at.laggard->searched_to())) {
                TRY(at.laggard->search());
            } else if (at.best) {
                chosen_.push_back({*at.best->head(), at.best_place});
                at.best->pop();
            } else {
                break;
            }
        }
        batch_size_ = std::min(batch_size_ * 2, kLargestBatch);
        return {};
    }

    /// Where in time a chapter begins, in the order asked for.
    std::int64_t begin_of(const ChapterEntry& entry) const {
        return query_.order == Order::OldestFirst ? entry.first_time : entry.last_time;
    }

    Result<void> open_next() {
        const ChapterEntry entry = waiting_.back();
        waiting_.pop_back();
        ChapterQuery chapter = TRY(ChapterQuery::open(store_, plan_, entry));
        if (!chapter.is_hopeless()) open_.push_back(std::make_unique<OpenChapter>(std::move(chapter), query_, after_));
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
        if (Recollection* const recollection = store_.recollected()) TRY(recollection->resolve(batch.events()));
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
