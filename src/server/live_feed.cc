#include "server/live_feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <utility>
#include <vector>

namespace spoor::server {
namespace {

constexpr std::size_t kPiece = 256 * 1024;  // bytes sent at once: a reader that catches up does so in steps

// Bytes of answers that are kept: of all questions, of one at the least, and in one stretch.
constexpr std::size_t kKeptAnswers = 64 * 1024 * 1024;
constexpr std::size_t kFewestAnswers = 64 * 1024;
constexpr std::size_t kStretch = 16 * 1024;

std::string new_series(const Clock& clock) { return fmt::format("{:x}", clock.now().nanoseconds); }

}  // namespace

std::string to_string(const LivePlace& place) { return fmt::format("{}-{}", place.series, place.number); }

Result<LivePlace> parse_live_place(std::string_view text) {
    const std::size_t dash = text.find('-');
    LivePlace place{.series = std::string(text.substr(0, dash))};
    if (dash == text.npos || place.series.empty())
        return fail(Errc::BadUsage, fmt::format("'{}' is no place in the stream", text.substr(0, 64)));
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + dash + 1, end, place.number);
    if (error != std::errc{} || stop != end)
        return fail(Errc::BadUsage, fmt::format("'{}' is no place in the stream", text.substr(0, 64)));
    return place;
}

struct LiveFeed::Segment {
    std::shared_ptr<const Batch> batch;  // shared with whoever stores it
    std::uint64_t first = 0;             // number of its first event
    std::size_t bytes = 0;

    std::uint64_t last() const { return first + batch->size() - 1; }
};

/// The answers to one question, as one text that grows. It covers the events from `begin_` to before `end_`, and
/// follows the reader who is furthest; readers further back than it remembers render for themselves until they get
/// there.
class LiveFeed::Topic {
public:
    Topic(Render render, std::string series, const std::atomic<std::size_t>& share)
        : render_(std::move(render)), series_(std::move(series)), share_(share) {}

    /// Appends what is known from `next` on, and moves `next` behind it; false when nothing is.
    bool copy(std::uint64_t& next, std::string& out) {
        const std::lock_guard lock(mutex_);
        return copy_known(next, out);
    }

    /// The same, of a segment that `next` is in.
    void render(const Segment& segment, std::uint64_t& next, std::string& out) {
        const std::lock_guard lock(mutex_);
        if (next < begin_) {
            const std::uint64_t end = std::min(segment.last() + 1, begin_);
            each_answer(segment, next, end,
                        [&](std::uint64_t number, std::string_view json) { add(number, json, out); });
            next = end;
            return;
        }
        if (next > end_) begin_at(next);
        if (next == end_) extend(segment);
        copy_known(next, out);
    }

private:
    struct Mark {
        std::uint64_t number = 0;  // of an event that is let through
        std::size_t offset = 0;    // of its record
    };
    struct Stretch {
        std::uint64_t first = 0;  // number of its first event, let through or not
        std::string text = {};
        std::vector<Mark> marks = {};
    };

    bool copy_known(std::uint64_t& next, std::string& out) const {
        if (next < begin_ || next >= end_) return false;
        const auto stretch = std::prev(std::ranges::upper_bound(stretches_, next, {}, &Stretch::first));
        const auto mark = std::ranges::lower_bound(stretch->marks, next, {}, &Mark::number);
        if (mark != stretch->marks.end()) out += std::string_view(stretch->text).substr(mark->offset);
        next = std::next(stretch) == stretches_.end() ? end_ : std::next(stretch)->first;
        return true;
    }

    void begin_at(std::uint64_t number) {
        stretches_.clear();
        bytes_ = 0;
        begin_ = end_ = number;
    }

    void extend(const Segment& segment) {
        if (stretches_.empty() || stretches_.back().text.size() >= kStretch) stretches_.push_back({.first = end_});
        Stretch& stretch = stretches_.back();
        const std::size_t before = stretch.text.size();
        each_answer(segment, end_, segment.last() + 1, [&](std::uint64_t number, std::string_view json) {
            stretch.marks.push_back({number, stretch.text.size()});
            add(number, json, stretch.text);
        });
        bytes_ += stretch.text.size() - before;
        end_ = segment.last() + 1;
        // Readers are near the newest end; one that is far behind renders for itself again.
        while (bytes_ > share_ && stretches_.size() > 1) {
            bytes_ -= stretches_.front().text.size();
            stretches_.pop_front();
        }
        begin_ = stretches_.front().first;
    }

    template <typename Take>
    void each_answer(const Segment& segment, std::uint64_t first, std::uint64_t end, Take&& take) const {
        std::string json;
        for (std::uint64_t number = first; number < end; ++number) {
            json.clear();
            render_({*segment.batch, segment.batch->events()[number - segment.first]}, number, json);
            if (!json.empty()) take(number, json);
        }
    }

    void add(std::uint64_t number, std::string_view json, std::string& text) const {
        fmt::format_to(std::back_inserter(text), "id: {}-{}\ndata: {}\n\n", series_, number, json);
    }

    const Render render_;
    const std::string series_;
    const std::atomic<std::size_t>& share_;  // bytes that it may keep
    std::mutex mutex_;                       // over all below
    std::deque<Stretch> stretches_;          // one behind the other, the first from `begin_`, the last to `end_`
    std::uint64_t begin_ = 0;
    std::uint64_t end_ = 0;
    std::size_t bytes_ = 0;
};

class LiveFeed::Reader final : public Stream {
public:
    /// `restart` is for one that comes from an earlier run of the server.
    struct Restart {
        std::optional<std::uint64_t> missed;  // of that run; nothing: it is not known
    };
    Reader(LiveFeed& feed, std::shared_ptr<Topic> topic, std::uint64_t next, std::optional<Restart> restart)
        : feed_(feed), topic_(std::move(topic)), next_(next), restart_(restart), spoken_(feed.clock_.now()) {}

    ~Reader() override {
        const std::lock_guard lock(feed_.mutex_);
        --feed_.counts_.readers;
    }

    State pull(std::string& out) override {
        if (!std::exchange(greeted_, true)) out += "retry: 2000\n: the stream is open\n\n";
        while (out.size() < kPiece && catch_up(out)) {
            if (topic_->copy(next_, out)) continue;
            if (const auto segment = feed_.segment_of(next_)) topic_->render(*segment, next_, out);
        }
        const Timestamp now = feed_.clock_.now();
        if (out.empty()) {
            if (now - spoken_ < feed_.limits_.heartbeat) return State::Later;
            // The number goes along, so that a reader whose filter lets nothing through resumes at the right place too.
            fmt::format_to(std::back_inserter(out), "id: {}-{}\nevent: alive\ndata: {{}}\n\n", feed_.series_,
                           next_ - 1);
        }
        spoken_ = now;
        return out.size() < kPiece ? State::Later : State::More;
    }

private:
    /// Tells what passed by, if anything did; true when there is more to read.
    bool catch_up(std::string& out) {
        const std::lock_guard lock(feed_.mutex_);
        if (const auto restart = std::exchange(restart_, std::nullopt)) tell_restart(*restart, out);
        if (next_ < feed_.counts_.oldest) tell_gap(feed_.counts_.oldest, out);
        return next_ <= feed_.counts_.published;
    }

    // The log's mutex is held in both.

    void tell_gap(std::uint64_t oldest, std::string& out) {
        const std::uint64_t missed = oldest - next_;
        fmt::format_to(std::back_inserter(out),
                       "id: {}-{}\nevent: gap\ndata: "
                       "{{\"from\":\"{}\",\"to\":\"{}\",\"count\":{},\"why\":\"slow reader\"}}\n\n",
                       feed_.series_, oldest - 1, next_, oldest - 1, missed);
        count_gap(missed);
        next_ = oldest;
    }

    void tell_restart(const Restart& restart, std::string& out) {
        const std::uint64_t here = feed_.counts_.oldest - next_;
        next_ = feed_.counts_.oldest;
        if (restart.missed && *restart.missed + here == 0) return;
        fmt::format_to(std::back_inserter(out), "id: {}-{}\nevent: gap\ndata: {{", feed_.series_, next_ - 1);
        if (restart.missed) fmt::format_to(std::back_inserter(out), "\"count\":{},", *restart.missed + here);
        out += "\"why\":\"restart\"}\n\n";
        count_gap(restart.missed.value_or(0) + here);
    }

    void count_gap(std::uint64_t missed) {
        ++feed_.counts_.gaps;
        feed_.counts_.missed += missed;
    }

    LiveFeed& feed_;
    std::shared_ptr<Topic> topic_;
    std::uint64_t next_;
    std::optional<Restart> restart_;  // that is still to be told
    Timestamp spoken_;
    bool greeted_ = false;
};

LiveFeed::LiveFeed(LiveLimits limits, const Clock& clock, std::string series_file)
    : limits_(limits), clock_(clock), series_file_(std::move(series_file)), series_(new_series(clock)) {
    if (series_file_.empty()) return;
    std::ifstream file(series_file_);
    std::uint64_t last = 0;
    file >> earlier_.series;
    if (file >> last) earlier_.last = last;
    note_series(false);
}

LiveFeed::~LiveFeed() { note_series(true); }

void LiveFeed::note_series(bool ended) const {
    if (series_file_.empty()) return;
    std::ofstream file(series_file_, std::ios::trunc);
    file << series_;
    if (ended) file << ' ' << counts_.published;
    file << '\n';
}

void LiveFeed::publish(std::shared_ptr<const Batch> batch) {
    if (batch->empty()) return;
    auto segment = std::make_shared<Segment>();
    segment->bytes = batch->footprint();
    segment->batch = std::move(batch);
    const std::lock_guard lock(mutex_);
    segment->first = counts_.published + 1;
    counts_.published += segment->batch->size();
    log_bytes_ += segment->bytes;
    log_.push_back(std::move(segment));
    trim();
}

void LiveFeed::trim() {
    while (log_.size() > 1 &&
           (counts_.published + 1 - log_.front()->first > limits_.events || log_bytes_ > limits_.bytes)) {
        log_bytes_ -= log_.front()->bytes;
        log_.pop_front();
    }
    counts_.oldest = log_.front()->first;
}

std::shared_ptr<const LiveFeed::Segment> LiveFeed::segment_of(std::uint64_t number) const {
    const std::lock_guard lock(mutex_);
    const auto at = std::lower_bound(log_.begin(), log_.end(), number, [](const auto& segment, std::uint64_t wanted) {
        return segment->last() < wanted;
    });
    return at != log_.end() && (*at)->first <= number ? *at : nullptr;
}

Result<std::unique_ptr<Stream>> LiveFeed::subscribe(std::string question, Render render,
                                                    std::optional<LivePlace> after) {
    const std::lock_guard lock(mutex_);
    if (after && after->series == series_ && after->number > counts_.published)
        return fail(Errc::BadUsage, fmt::format("the stream has not come to {} yet", to_string(*after)));
    if (counts_.readers >= limits_.readers)
        return fail(Errc::Busy, fmt::format("{} readers follow already, the most there may be", counts_.readers));
    std::erase_if(topics_, [](const auto& topic) { return topic.second.expired(); });
    std::shared_ptr<Topic> topic = topics_[question].lock();
    if (topic == nullptr) {
        topic = std::make_shared<Topic>(std::move(render), series_, answer_share_);
        topics_[question] = topic;
        answer_share_ = std::max(kFewestAnswers, kKeptAnswers / topics_.size());
    }
    ++counts_.readers;
    std::uint64_t next = counts_.published + 1;
    std::optional<Reader::Restart> restart;
    if (after && after->series == series_) {
        next = after->number + 1;
    } else if (after) {
        next = 1;
        restart.emplace();
        if (after->series == earlier_.series && earlier_.last && after->number <= *earlier_.last)
            restart->missed = *earlier_.last - after->number;
    }
    return std::make_unique<Reader>(*this, std::move(topic), next, restart);
}

LivePlace LiveFeed::before_newest(std::uint64_t count) const {
    const std::lock_guard lock(mutex_);
    return {.series = series_, .number = counts_.published - std::min(counts_.published, count)};
}

LiveCounts LiveFeed::counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
}

}  // namespace spoor::server
