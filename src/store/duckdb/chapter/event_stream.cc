#include "store/duckdb/chapter/event_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <unordered_map>

#include "store/duckdb/chapter/actor_lookup.h"
#include "store/duckdb/chapter/chapter_query.h"
#include "store/duckdb/duck_store.h"
#include "store/duckdb/schema.h"

// A merge of pages. The store knows of each page when its first event was: pages wait in that order and are read when
// the merge gets there, so that the first events of a store cost no more than the pages they are in, however many
// chapters there are. Where so far few of the rows that were looked at match, and many more would have to be looked at,
// each chapter is asked by SQL which pages have a match at all, and only those are read.

namespace spoor::store::duckdb {
namespace {

constexpr std::size_t kFewestPagesAtOnce = 8;
constexpr std::size_t kMostPagesAtOnce = 64;
/// Matches are rare when after so many rows fewer than one in so many is one.
constexpr std::uint64_t kRowsToJudgeBy = 24 * 1024;
constexpr std::uint64_t kRare = 512;
/// To ask a chapter costs as much as to look through so many rows of it.
constexpr std::uint64_t kRowsToAskFor = 16 * 1024;
/// For so few events, whose they are is looked up page by page.
constexpr std::uint64_t kMostByPage = 1024;
/// Pages and words of all chapters that are kept from one batch to the next.
constexpr std::size_t kMostKept = 32u << 20;
constexpr std::size_t kFirstBatch = 128;
constexpr std::size_t kLargestBatch = 4096;

/// An event that may match. Events of one time are in the order of their records.
struct Candidate {
    std::int64_t time = 0;
    std::uint64_t record = 0;
    std::uint64_t seq = 0;
    std::uint32_t chapter = 0;  // by its place in the stream
    bool is_certain = false;

    friend auto operator<=>(const Candidate& a, const Candidate& b) {
        return std::tie(a.time, a.record, a.seq) <=> std::tie(b.time, b.record, b.seq);
    }
};

/// A page that the merge has not reached yet.
struct WaitingPage {
    std::int64_t begin = 0;  // where in time it begins, in the order asked for
    std::uint32_t chapter = 0;
    std::uint32_t page = 0;
};

/// The order of heaps that have at their front what comes first.
struct Later {
    bool forward;

    bool operator()(const Candidate& a, const Candidate& b) const { return forward ? b < a : a < b; }
    bool operator()(const WaitingPage& a, const WaitingPage& b) const {
        return forward ? b.begin < a.begin : a.begin < b.begin;
    }
};

class StoreStream final : public EventStream {
public:
    StoreStream(DuckStore& store, EventQuery query, QueryPlan plan)
        : store_(store),
          query_(std::move(query)),
          plan_(std::move(plan)),
          actors_(store, plan_.known_actors()),
          later_{query_.order == Order::OldestFirst} {}

    Result<void> start(std::span<const ChapterEntry> chapters) {
        if (query_.after) {
            const std::uint64_t record = TRY(store_.connection().number(
                fmt::format("SELECT record FROM events WHERE seq = {}", query_.after->number)));
            after_ = Candidate{query_.after->time.nanoseconds, record, query_.after->number};
            if (forward())
                query_.from = std::max(query_.from, query_.after->time);
            else
                query_.until = std::min(query_.until, query_.after->time);
        }
        std::vector<ChapterEntry> wanted(chapters.begin(), chapters.end());
        std::erase_if(wanted, [&](const ChapterEntry& entry) { return !plan_.may_match_in(entry); });
        TRY(store_.listings().list(wanted));
        for (const ChapterEntry& entry : wanted) {
            const Listings::Shared listing = TRY(store_.listings().of(entry));
            const auto chapter = static_cast<std::uint32_t>(chapters_.size());
            chapters_.push_back({entry});
            for (std::uint32_t page = 0; page < listing->events.size(); ++page) {
                const Listing::EventRun& run = listing->events[page];
                // Pages behind the chapter's last event were committed since.
                if (run.first_seq > entry.last_seq() || run.last_time < query_.from.nanoseconds ||
                    run.first_time > query_.until.nanoseconds)
                    continue;
                waiting_.push_back({forward() ? run.first_time : run.last_time, chapter, page});
            }
        }
        std::ranges::make_heap(waiting_, later_);
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
    struct Chapter {
        ChapterEntry entry;
        std::unique_ptr<ChapterQuery> query = {};  // once the merge has reached it
    };

    bool forward() const { return later_.forward; }
    bool is_behind(const WaitingPage& page, std::int64_t time) const {
        return forward() ? page.begin > time : page.begin < time;
    }
    /// Whether an event of a waiting page may come before all candidates.
    bool must_read_on() const {
        return !waiting_.empty() && (candidates_.empty() || !is_behind(waiting_.front(), candidates_.front().time));
    }

    /// Picks the next candidates over all chapters, in order.
    Result<void> choose() {
        chosen_.clear();
        const std::size_t wanted =
            static_cast<std::size_t>(std::min<std::uint64_t>(batch_size_, query_.limit - given_));
        while (chosen_.size() < wanted) {
            while (must_read_on()) TRY(read_pages());
            if (candidates_.empty()) break;
            std::ranges::pop_heap(candidates_, later_);
            chosen_.push_back(candidates_.back());
            candidates_.pop_back();
        }
        batch_size_ = std::min(batch_size_ * 2, kLargestBatch);
        return {};
    }

    /// How many more events are asked for than were chosen.
    std::uint64_t missing() const { return query_.limit - given_ - chosen_.size(); }

    /// Whether it is sooner found out which pages have a match than looked for.
    bool are_rare() const {
        if (rows_ < kRowsToJudgeBy || matches_ * kRare >= rows_ || candidates_.size() >= missing()) return false;
        const double rows_of_a_match = static_cast<double>(rows_) / static_cast<double>(matches_ + 1);
        return rows_of_a_match * static_cast<double>(missing() - candidates_.size()) >
               static_cast<double>(kRowsToAskFor * chapters_.size());
    }

    /// The chapter made ready to be asked.
    Result<ChapterQuery*> opened(Chapter& chapter) {
        using Actors = ChapterQuery::Actors;
        if (!chapter.query) TRY(open(chapter, query_.limit <= kMostByPage ? Actors::ByPage : Actors::AtOnce));
        if (!are_rare() || chapter.query->is_hopeless()) return chapter.query.get();
        TRY(store_.use_all_cores());
        if (chapter.query->wants_actors()) TRY(open(chapter, Actors::AtOnce));
        TRY(chapter.query->find_pages(query_.from, query_.until));
        return chapter.query.get();
    }

    Result<void> open(Chapter& chapter, ChapterQuery::Actors actors) {
        chapter.query = std::make_unique<ChapterQuery>(TRY(ChapterQuery::open(store_, plan_, chapter.entry, actors)));
        return {};
    }

    /// Tells the chapters of some pages who was behind the events there, where they want to know.
    Result<void> tell_actors(std::span<const WaitingPage> pages) {
        std::set<std::uint64_t> places;
        std::unordered_map<std::uint32_t, ChapterQuery*> chapters;
        for (const WaitingPage& page : pages) {
            ChapterQuery& chapter = *chapters_[page.chapter].query;
            if (!chapter.wants_actors()) continue;
            chapters.emplace(chapter.reader().entry().number, &chapter);
            const Listing::EventRun& run = chapter.reader().page(page.page);
            for (std::uint64_t place = actor_place_of(run.first_seq);
                 place <= actor_place_of(run.first_seq + run.count - 1); ++place)
                places.insert(place);
        }
        return each_paged_actor(store_, places, [&](std::uint64_t seq, HostId host, const Actor& actor) {
            if (const auto chapter = chapters.find(chapter_of(seq)); chapter != chapters.end())
                chapter->second->note(seq, host, actor);
        });
    }

    /// The time behind which nothing is of use: that of the candidate that is the last one asked for, as far as is
    /// known.
    std::optional<std::int64_t> last_useful_time() const {
        if (candidates_.size() < missing()) return std::nullopt;
        std::vector<Candidate> sorted = candidates_;
        const auto last = sorted.begin() + static_cast<std::ptrdiff_t>(missing() - 1);
        std::ranges::nth_element(sorted, last, [this](const Candidate& a, const Candidate& b) { return later_(b, a); });
        return last->time;
    }

    /// Looks through the next pages that may have a match; there need not be one in them.
    Result<void> read_pages() {
        std::vector<WaitingPage> pages;
        std::vector<ChapterReader::PageOf> wanted;
        const std::optional<std::int64_t> last = last_useful_time();
        while (wanted.size() < pages_at_once_ && !waiting_.empty() && !(last && is_behind(waiting_.front(), *last))) {
            std::ranges::pop_heap(waiting_, later_);
            const WaitingPage page = waiting_.back();
            waiting_.pop_back();
            ChapterQuery* const chapter = TRY(opened(chapters_[page.chapter]));
            if (chapter->is_hopeless() || !chapter->may_match(page.page)) continue;
            pages.push_back(page);
            wanted.push_back({&chapter->reader(), page.page});
        }
        pages_at_once_ = std::min(pages_at_once_ * 2, kMostPagesAtOnce);
        TRY(ChapterReader::load(store_.connection(), wanted));
        TRY(tell_actors(pages));
        for (const WaitingPage& page : pages) look_through(page);
        return {};
    }

    void look_through(const WaitingPage& page) {
        const std::uint64_t matches_before = matches_;
        ChapterQuery& chapter = *chapters_[page.chapter].query;
        const std::uint64_t first_seq = chapter.reader().page(page.page).first_seq;
        const std::span<const PageRow> rows = chapter.reader().rows(page.page);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const PageRow& row = rows[i];
            if (row.time < query_.from.nanoseconds || row.time > query_.until.nanoseconds) continue;
            const RowMatcher::Answer answer = chapter.rows().of_row(row, static_cast<std::uint32_t>(first_seq + i));
            if (answer == RowMatcher::Answer::No) continue;
            const Candidate candidate{row.time, row.record, first_seq + i, page.chapter,
                                      answer == RowMatcher::Answer::Yes};
            if (after_ && (forward() ? candidate <= *after_ : candidate >= *after_)) continue;
            ++matches_;
            candidates_.push_back(candidate);
            std::ranges::push_heap(candidates_, later_);
        }
        rows_ += rows.size();
        if (matches_ == matches_before) chapter.reader().release(page.page);
    }

    /// Reads the chosen events, drops those that do not match after all, and puts them in order.
    Result<void> read(Batch& batch) {
        std::vector<std::size_t> order(chosen_.size());  // of each event read: its place among the chosen
        std::iota(order.begin(), order.end(), 0);
        std::ranges::stable_sort(order, {}, [&](std::size_t place) { return chosen_[place].chapter; });
        std::vector<std::uint64_t> seqs;
        for (const std::size_t place : order) seqs.push_back(chosen_[place].seq);
        std::vector<ChapterReader::EventsOf> of_chapters;
        for (std::size_t begin = 0; begin < order.size();) {
            const std::uint32_t chapter = chosen_[order[begin]].chapter;
            std::size_t end = begin;
            while (end < order.size() && chosen_[order[end]].chapter == chapter) ++end;
            of_chapters.push_back({&chapters_[chapter].query->reader(), std::span(seqs).subspan(begin, end - begin)});
            begin = end;
        }
        TRY(ChapterReader::fetch(store_.connection(), of_chapters));
        for (const auto& [reader, theirs] : of_chapters) TRY(reader->append(theirs, batch));
        if (query_.actors == Actors::Named || plan_.asks_for_actors()) {
            TRY(actors_.stamp(seqs, batch.events()));
            if (Recollection* const recollection = store_.recollected()) TRY(recollection->resolve(batch.events()));
        }
        std::vector<Event> sorted(batch.size());
        for (std::size_t i = 0; i < order.size(); ++i) sorted[order[i]] = batch.events()[i];

        std::size_t kept = 0;
        for (std::size_t place = 0; place < sorted.size(); ++place) {
            if (!chosen_[place].is_certain && !plan_.matches({batch, sorted[place]})) continue;
            batch.events()[kept++] = sorted[place];
            positions_.push_back({{chosen_[place].time}, chosen_[place].seq});
        }
        batch.keep_first(kept);
        forget_when_large();
        return {};
    }

    void forget_when_large() {
        std::size_t kept = 0;
        for (const Chapter& chapter : chapters_)
            if (chapter.query) kept += chapter.query->reader().kept();
        if (kept <= kMostKept) return;
        for (const Chapter& chapter : chapters_)
            if (chapter.query) chapter.query->reader().forget();
    }

    DuckStore& store_;
    EventQuery query_;
    QueryPlan plan_;
    ActorLookup actors_;
    Later later_;
    std::optional<Candidate> after_;
    std::vector<Chapter> chapters_;
    std::vector<WaitingPage> waiting_;   // a heap
    std::vector<Candidate> candidates_;  // a heap
    std::vector<Candidate> chosen_;
    std::vector<Position> positions_;
    std::size_t pages_at_once_ = kFewestPagesAtOnce;
    std::size_t batch_size_ = kFirstBatch;
    std::uint64_t rows_ = 0;     // looked at
    std::uint64_t matches_ = 0;  // among them
    std::uint64_t given_ = 0;
};

Result<std::unique_ptr<EventStream>> open_stream(DuckStore& store, EventQuery query,
                                                 std::span<const ChapterEntry> chapters) {
    QueryPlan plan = TRY(QueryPlan::make(store, query.where));
    auto stream = std::make_unique<StoreStream>(store, std::move(query), std::move(plan));
    TRY(stream->start(chapters));
    return stream;
}

}  // namespace

Result<std::unique_ptr<EventStream>> open_stream(DuckStore& store, EventQuery query) {
    const std::vector<ChapterEntry> chapters = TRY(store.chapters_between(query.from, query.until));
    return open_stream(store, std::move(query), chapters);
}

Result<std::unique_ptr<EventStream>> open_stream(DuckStore& store, EventQuery query, const ChapterEntry& chapter) {
    return open_stream(store, std::move(query), std::span(&chapter, 1));
}

}  // namespace spoor::store::duckdb
