#include "cli/live/event_feed.h"

#include <fmt/format.h>
#include <poll.h>

namespace spoor::cli {
namespace {

class LiveEvents final : public EventFeed {
public:
    Result<void> start(const sensor::LiveOptions& options) {
        live_ = TRY(sensor::Live::start(catalog_, options));
        return {};
    }

    Catalog& catalog() override { return catalog_; }
    const History* history() const override { return nullptr; }
    void wait(int also) override { live_->wait(sensor::Live::kPause, also); }
    Result<bool> take(Batch& batch) override {
        live_->take(batch);
        return true;
    }
    void finish(Batch& batch) override { live_->finish(batch); }
    std::string warning() const override { return live_->without_audit().value_or(""); }
    std::uint64_t lost() const override { return live_->counts().lost; }
    std::string closing_words() const override {
        const sensor::LiveCounts counts = live_->counts();
        return fmt::format("of {} kernel records {} received, {} lost", counts.produced, counts.received, counts.lost);
    }

private:
    Catalog catalog_;
    std::unique_ptr<sensor::Live> live_;
};

class ReplayedEvents final : public EventFeed {
public:
    ReplayedEvents(Scope& scope, std::unique_ptr<store::EventStream> stream)
        : scope_(scope), stream_(std::move(stream)) {}

    Catalog& catalog() override { return scope_.catalog(); }
    const History* history() const override { return &scope_.history(); }
    void wait(int also) override {
        pollfd waiting{also, POLLIN, 0};
        poll(&waiting, 1, ended_ ? kIdle : 0);
    }
    Result<bool> take(Batch& batch) override {
        if (!ended_) ended_ = !TRY(stream_->next(batch));
        if (ended_) batch.clear();
        read_ += batch.size();
        return !ended_;
    }
    void finish(Batch& batch) override { batch.clear(); }
    std::string closing_words() const override { return fmt::format("of {} in these logs", read_); }

private:
    static constexpr int kIdle = 200;  // milliseconds

    Scope& scope_;
    std::unique_ptr<store::EventStream> stream_;
    std::uint64_t read_ = 0;
    bool ended_ = false;
};

}  // namespace

Result<std::unique_ptr<EventFeed>> make_live_feed(const sensor::LiveOptions& options) {
    auto feed = std::make_unique<LiveEvents>();
    TRY(feed->start(options));
    return feed;
}

Result<std::unique_ptr<EventFeed>> make_replay_feed(Scope& scope) {
    auto stream = TRY(scope.archive().events({.from = scope.from(), .until = scope.until()}));
    return std::make_unique<ReplayedEvents>(scope, std::move(stream));
}

}  // namespace spoor::cli
