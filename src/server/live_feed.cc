#include "server/live_feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace spoor::server {
namespace {

constexpr std::size_t kPiece = 256 * 1024;  // bytes sent at once: a reader that catches up does so in steps

constexpr std::size_t kKeptAnswers = 8 * 1024 * 1024;  // bytes, of one question

}  // namespace

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
            if (!json.empty()) fmt::format_to(std::back_inserter(text), "id: {}\ndata: {}\n\n", number, json);
        }
        return text;
    }
};

class LiveFeed::Reader final : public Stream {
public:
    Reader(LiveFeed& feed, std::shared_ptr<Topic> topic, std::uint64_t next)
        : feed_(feed), topic_(std::move(topic)), next_(next), spoken_(feed.clock_.now()) {}

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
            fmt::format_to(std::back_inserter(out), "id: {}\nevent: alive\ndata: {{}}\n\n", next_ - 1);
        }
        spoken_ = now;
        return out.size() < kPiece ? State::Later : State::More;
    }

private:
    /// The log's mutex is held.
    void tell_gap(std::uint64_t oldest, std::string& out) {
        const std::uint64_t missed = oldest - next_;
        fmt::format_to(
            std::back_inserter(out),
            "id: {}\nevent: gap\ndata: {{\"from\":\"{}\",\"to\":\"{}\",\"count\":{},\"why\":\"slow reader\"}}\n\n",
            oldest - 1, next_, oldest - 1, missed);
        ++feed_.counts_.gaps;
        feed_.counts_.missed += missed;
        next_ = oldest;
    }

    LiveFeed& feed_;
    std::shared_ptr<Topic> topic_;
    std::uint64_t next_;
    Timestamp spoken_;
    bool greeted_ = false;
};

LiveFeed::LiveFeed(LiveLimits limits, const Clock& clock) : limits_(limits), clock_(clock) {}
LiveFeed::~LiveFeed() = default;

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
                                                    std::optional<std::uint64_t> after) {
    const std::lock_guard lock(mutex_);
    if (counts_.readers >= limits_.readers)
        return fail(Errc::Busy, fmt::format("{} readers follow already, the most there may be", counts_.readers));
    std::erase_if(topics_, [](const auto& topic) { return topic.second.expired(); });
    std::shared_ptr<Topic> topic = topics_[question].lock();
    if (topic == nullptr) {
        topic = std::make_shared<Topic>();
        topic->render = std::move(render);
        topics_[question] = topic;
    }
    ++counts_.readers;
    // A number from before a restart of the server may be larger than any of ours: such a reader starts anew.
    const std::uint64_t next = after && *after <= counts_.published ? *after + 1 : counts_.published + 1;
    return std::make_unique<Reader>(*this, std::move(topic), next);
}

LiveCounts LiveFeed::counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
}

}  // namespace spoor::server
