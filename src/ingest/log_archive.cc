#include "ingest/log_archive.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <unordered_set>

#include "base/heap.h"
#include "match/evaluate/evaluator.h"
#include "match/evaluate/field_text.h"
#include "sessions/attribution.h"
#include "sessions/tracker.h"
#include "trails/links.h"

namespace spoor::ingest {
namespace {

using store::Order;
using store::Position;

std::uint64_t content_hash(const Batch& batch, const Event& event) {
    std::uint64_t hash = hash_mix(static_cast<std::uint64_t>(event.host), static_cast<std::uint64_t>(event.channel));
    hash = hash_mix(hash, event.sequence);
    hash = hash_mix(hash, static_cast<std::uint64_t>(event.kind) << 16 | event.event_id);
    for (const FieldValue& value : batch.values(event)) {
        hash = hash_mix(hash, static_cast<std::uint64_t>(value.field) << 8 | static_cast<std::uint64_t>(value.type));
        hash = value.has_bytes() ? hash64(value.view(), hash) : hash_mix(hash, value.number);
    }
    return hash;
}

/// Where an event stands: events of one time are in the order of their records, as in a store.
struct Place {
    Timestamp time = {};
    std::uint64_t record = 0;
    std::uint64_t number = 0;  // among all events of the logs, as they are read

    friend auto operator<=>(const Place&, const Place&) = default;
};

/// Events with their places, in the order asked for; keeps no more than the first so many.
class First {
public:
    First(Order order, std::size_t most) : order_(order), most_(most) {}

    bool before(const Place& a, const Place& b) const { return order_ == Order::OldestFirst ? a < b : b < a; }

    void add(const Batch& batch, const Event& event, const Place& place) {
        if (bound_ && !before(place, *bound_)) return;
        batch_.copy({batch, event});
        places_.push_back(place);
        if (places_.size() >= most_ * 2) cut();
    }

    /// The events' numbers in `batch()`, in order; copies of one event in several files count once.
    std::vector<std::uint32_t> in_order() {
        if (places_.size() > most_) cut();
        std::vector<std::uint32_t> order = sorted();
        std::unordered_set<std::uint64_t> seen;
        Timestamp time = Timestamp::earliest();
        std::erase_if(order, [&](std::uint32_t i) {
            const Event& event = batch_.events()[i];
            if (event.time != time) seen.clear();
            time = event.time;
            return !seen.insert(content_hash(batch_, event)).second;
        });
        return order;
    }

    const Batch& batch() const { return batch_; }
    const Place& place(std::uint32_t i) const { return places_[i]; }
    /// What did not fit lies here and beyond; nothing when all fitted.
    const std::optional<Place>& bound() const { return bound_; }

private:
    std::vector<std::uint32_t> sorted() const {
        std::vector<std::uint32_t> order(places_.size());
        for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
        std::ranges::sort(order, [&](std::uint32_t a, std::uint32_t b) { return before(places_[a], places_[b]); });
        return order;
    }

    void cut() {
        const std::vector<std::uint32_t> order = sorted();
        bound_ = places_[order[most_]];
        Batch batch;
        std::vector<Place> places;
        for (std::size_t i = 0; i < most_; ++i) {
            batch.copy({batch_, batch_.events()[order[i]]});
            places.push_back(places_[order[i]]);
        }
        batch_ = std::move(batch);
        places_ = std::move(places);
    }

    Order order_;
    std::size_t most_;
    Batch batch_;
    std::vector<Place> places_;
    std::optional<Place> bound_;
};

constexpr std::size_t kEventsAtATime = 1024;

}  // namespace

class LogStream final : public store::EventStream {
public:
    LogStream(LogArchive& archive, store::EventQuery query, match::Matcher matcher)
        : archive_(archive), query_(std::move(query)), matcher_(std::move(matcher)) {
        if (query_.after) after_ = place_of(*query_.after);
    }

    Result<bool> next(Batch& batch) override {
        batch.clear();
        places_.clear();
        while (given_ < query_.limit) {
            if (next_ == order_.size()) {
                if (finished_) break;
                read_on();
                continue;
            }
            const std::uint64_t left = query_.limit - given_;
            const std::size_t count =
                static_cast<std::size_t>(std::min<std::uint64_t>({kEventsAtATime, order_.size() - next_, left}));
            for (std::size_t i = 0; i < count; ++i, ++next_, ++given_) {
                batch.copy({first_->batch(), first_->batch().events()[order_[next_]]});
                after_ = first_->place(order_[next_]);
                places_.push_back({after_->time, after_->number});
            }
            return true;
        }
        return false;
    }

    std::span<const Position> positions() const override { return places_; }

private:
    Place place_of(const Position& position) const {
        Place place{position.time, 0, position.number};
        archive_.each_portion([&](const Batch& batch, std::uint64_t number) {
            if (position.number >= number + batch.size()) return sources::Flow::GoOn;
            place.record = batch.events()[position.number - number].sequence;
            return sources::Flow::Stop;
        });
        return place;
    }

    void read_on() {
        const std::uint64_t left = query_.limit - given_;
        // Copies of an event take places too, so a little more than asked for is kept.
        const std::size_t most = static_cast<std::size_t>(std::min<std::uint64_t>(
            archive_.reading_.events_per_reading, left > UINT64_MAX / 4 ? left : left * 2 + 64));
        first_.emplace(query_.order, most);
        archive_.each_portion([&](const Batch& batch, std::uint64_t number) {
            for (const Event& event : batch.events()) {
                const Place place{event.time, event.sequence, number++};
                if (event.time < query_.from || event.time > query_.until) continue;
                if (after_ && !first_->before(*after_, place)) continue;
                if (first_->bound() && !first_->before(place, *first_->bound())) continue;
                if (matcher_.matches({batch, event}, &archive_.history_)) first_->add(batch, event, place);
            }
            return sources::Flow::GoOn;
        });
        order_ = first_->in_order();
        next_ = 0;
        finished_ = !first_->bound();
    }

    LogArchive& archive_;
    store::EventQuery query_;
    match::Matcher matcher_;
    std::optional<Place> after_;
    std::optional<First> first_;
    std::vector<std::uint32_t> order_;
    std::size_t next_ = 0;
    std::uint64_t given_ = 0;
    bool finished_ = false;
    std::vector<Position> places_;
};

/// Learns sessions and all that is worked out beforehand.
class LogArchive::FirstReading final : public sources::Sink {
public:
    FirstReading(LogArchive& archive) : archive_(archive), evidence_(archive.catalog_) {}

    sources::Flow take(sources::Portion&& portion) override {
        tracker_.observe(portion.batch, archive_.catalog_);
        evidence_.observe(portion.batch);
        for (const Event& event : portion.batch.events()) {
            Channel& channel = channel_of(event);
            if ((event.sequence & kCounted) == 0) channel.records.add(event.sequence);
            ++channel.events;
            channel.first = std::min(channel.first, event.time);
            channel.last = std::max(channel.last, event.time);
        }
        keep(std::move(portion.batch));
        return sources::Flow::GoOn;
    }
    void report(const sources::Issue& issue) override {
        if (archive_.listener_.issue) archive_.listener_.issue(issue);
    }
    void progress(const sources::Progress& progress) override {
        if (archive_.listener_.progress) archive_.listener_.progress(progress);
    }

    void conclude() {
        // First, because it lets go of what only collecting needed.
        evidence_.settle();
        archive_.history_ = std::move(tracker_).finish();
        archive_.history_.links = trails::find_links(archive_.history_, evidence_, archive_.catalog_).links;
        if (archive_.kept_.empty()) return;
        const sessions::Attribution attribution(archive_.history_);
        for (Batch& batch : archive_.kept_) attribution.stamp(batch);
    }

private:
    /// Nearly always that of the event before.
    Channel& channel_of(const Event& event) {
        const std::pair key(event.host, event.channel);
        if (last_channel_ == nullptr || key != last_key_) {
            last_key_ = key;
            last_channel_ = &archive_.channels_[key];
        }
        return *last_channel_;
    }

    void keep(Batch&& batch) {
        if (!archive_.all_kept_) return;
        footprint_ += batch.footprint();
        if (footprint_ > archive_.reading_.events_in_memory) {
            archive_.all_kept_ = false;
            archive_.kept_.clear();
            archive_.kept_.shrink_to_fit();
            return_freed_memory();
            return;
        }
        archive_.kept_.push_back(std::move(batch));
    }

    LogArchive& archive_;
    sessions::Tracker tracker_;
    trails::Evidence evidence_;
    std::size_t footprint_ = 0;
    std::pair<HostId, ChannelId> last_key_ = {};
    Channel* last_channel_ = nullptr;
};

LogArchive::LogArchive(std::vector<std::string> paths, Listener listener, Reading reading)
    : paths_(std::move(paths)), listener_(std::move(listener)), reading_(reading) {}

Result<std::unique_ptr<LogArchive>> LogArchive::open(std::vector<std::string> paths, Listener listener,
                                                     Reading reading) {
    std::unique_ptr<LogArchive> archive(new LogArchive(std::move(paths), std::move(listener), reading));
    FirstReading first(*archive);
    archive->totals_ = sources::read(archive->paths_, archive->catalog_, {.threads = reading.threads}, first);
    if (archive->listener_.done) archive->listener_.done();
    if (archive->totals_.files == 0)
        return fail(Errc::NotFound, fmt::format("no log that can be read in: {}", fmt::join(archive->paths_, ", ")));
    first.conclude();
    return archive;
}

void LogArchive::each_portion(const Take& take) {
    std::uint64_t number = 0;
    if (all_kept_) {
        for (const Batch& batch : kept_) {
            if (take(batch, number) == sources::Flow::Stop) return;
            number += batch.size();
        }
        return;
    }
    // Issues were told in the first reading.
    class Again final : public sources::Sink {
    public:
        Again(const LogArchive& archive, const Take& take)
            : archive_(archive), attribution_(archive.history_), take_(take) {}
        sources::Flow take(sources::Portion&& portion) override {
            attribution_.stamp(portion.batch);
            const sources::Flow flow = take_(portion.batch, number_);
            number_ += portion.batch.size();
            return flow;
        }
        void progress(const sources::Progress& progress) override {
            if (archive_.listener_.progress) archive_.listener_.progress(progress);
        }

    private:
        const LogArchive& archive_;
        const sessions::Attribution attribution_;  // made here, because many questions need no events
        const Take& take_;
        std::uint64_t number_ = 0;
    };
    Again again(*this, take);
    sources::read(paths_, catalog_, {.threads = reading_.threads}, again);
    if (listener_.done) listener_.done();
}

Result<std::unique_ptr<store::EventStream>> LogArchive::events(store::EventQuery query) {
    match::Matcher matcher = TRY(match::Matcher::compile(query.where, catalog_));
    return std::make_unique<LogStream>(*this, std::move(query), std::move(matcher));
}

Result<std::vector<store::Holding>> LogArchive::holdings() {
    std::vector<store::Holding> all;
    for (const auto& [key, channel] : channels_)
        all.push_back({.host = key.first,
                       .channel = key.second,
                       .ranges = channel.records.ranges(),
                       .events = channel.events,
                       .first = channel.first,
                       .last = channel.last});
    std::ranges::sort(all, {}, [&](const store::Holding& holding) {
        return std::pair(catalog_.host_name(holding.host), catalog_.channel_name(holding.channel));
    });
    return all;
}

Result<store::Inventory> LogArchive::inventory() {
    store::Inventory inventory{
        .sessions = history_.sessions.size(), .processes = history_.processes.size(), .links = history_.links.size()};
    for (const auto& [key, channel] : channels_) {
        inventory.events += channel.events;
        inventory.first = std::min(inventory.first, channel.first);
        inventory.last = std::max(inventory.last, channel.last);
    }
    return inventory;
}

Result<std::vector<store::Count>> LogArchive::count(const store::CountQuery& query) {
    auto stream = TRY(events({.where = query.where, .from = query.from, .until = query.until}));
    match::FieldText text(history_, catalog_);
    std::map<std::pair<std::vector<std::string>, Timestamp>, store::Count> counts;
    Batch batch;
    while (TRY(stream->next(batch))) {
        for (const Event& event : batch.events()) {
            Timestamp start{};
            if (query.per.nanoseconds > 0) {
                std::int64_t rest = event.time.nanoseconds % query.per.nanoseconds;
                if (rest < 0) rest += query.per.nanoseconds;
                start = {event.time.nanoseconds - rest};
            }
            std::vector<std::string> values;
            for (const match::FieldRef& field : query.by) values.push_back(text.of(field, EventView{batch, event}));
            store::Count& count = counts[{values, start}];
            if (count.events++ == 0) {
                count.values = std::move(values);
                count.start = start;
            }
            count.first = std::min(count.first, event.time);
            count.last = std::max(count.last, event.time);
        }
    }
    std::vector<store::Count> all;
    for (auto& [key, count] : counts) all.push_back(std::move(count));
    return all;
}

}  // namespace spoor::ingest
