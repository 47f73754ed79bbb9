#include "server/live_feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <utility>

namespace spoor::server {
namespace {

constexpr std::size_t kPiece = 256 * 1024;  // bytes sent at once: a reader that catches up does so in steps

constexpr std::size_t kKeptAnswers = 8 * 1024 * 1024;  // bytes, of one question

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

/// The answers to one question, one text for each segment, made when first read.
struct LiveFeed::Topic {
    Render render;
    std::mutex mutex;
    std::map<std::uint64_t, std::shared_ptr<const std::string>> answers;  // by the segment's first number

    std::size_t bytes = 0;
    std::string series;

    std::shared_ptr<const std::string> answer(const Segment& segment) {
        const std::lock_guard lock(mutex);
        std::shared_ptr<const std::string>& known = answers[segment.first];
        if (known != nullptr) return known;
        std::shared_ptr<const std::string> made = known =
            std::make_shared<const std::string>(render_from(segment, segment.first));
        bytes += made->size();
        // Readers are near the newest end; one that is far behind renders for itself again.
        while (bytes > kKeptAnswers && answers.size() > 1) {
            bytes -= answers.begin()->second->size();
            answers.erase(answers.begin());
        }
        return made;
    }

    /// The part of a segment behind the place where a reader resumes.
    std::string part(const Segment& segment, std::uint64_t first) {
        const std::lock_guard lock(mutex);
        return render_from(segment, first);
    }

private:
    std::string render_from(const Segment& segment, std::uint64_t first) {
        std::string text;
        std::string json;
        for (std::uint64_t number = first; number <= segment.last(); ++number) {
            json.clear();
            render({*segment.batch, segment.batch->events()[number - segment.first]}, number, json);
            if (!json.empty())
                fmt::format_to(std::back_inserter(text), "id: {}-{}\ndata: {}\n\n", series, number, json);
        }
        return text;
    }
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
        while (out.size() < kPiece) {
            std::shared_ptr<const Segment> segment;
            {
                const std::lock_guard lock(feed_.mutex_);
                if (const auto restart = std::exchange(restart_, std::nullopt)) tell_restart(*restart, out);
                if (next_ < feed_.counts_.oldest) tell_gap(feed_.counts_.oldest, out);
                const auto at =
                    std::lower_bound(feed_.log_.begin(), feed_.log_.end(), next_,
                                     [](const auto& piece, std::uint64_t number) { return piece->last() < number; });
                if (at != feed_.log_.end()) segment = *at;
            }
            if (segment == nullptr) break;
            if (next_ == segment->first)
                out += *topic_->answer(*segment);
            else
                out += topic_->part(*segment, next_);
            next_ = segment->last() + 1;
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
        topic = std::make_shared<Topic>();
        topic->render = std::move(render);
        topic->series = series_;
        topics_[question] = topic;
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
