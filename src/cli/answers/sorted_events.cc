#include "cli/answers/sorted_events.h"

#include <algorithm>
#include <numeric>

namespace spoor::cli {
namespace {

constexpr std::size_t kEventsAtATime = 1024;

/// The place of an event: its key, and for those of one key its number in the order of the query.
struct Place {
    std::string key;
    std::uint64_t number = 0;

    friend auto operator<=>(const Place&, const Place&) = default;
};

class SortedEvents final : public store::EventStream {
public:
    SortedEvents(store::Archive& archive, store::EventQuery query, match::FieldOrder order, std::size_t most_bytes)
        : archive_(archive),
          query_(std::move(query)),
          order_(std::move(order)),
          left_(query_.limit),
          most_bytes_(most_bytes) {
        query_.limit = UINT64_MAX;
    }

    Result<bool> next(Batch& batch) override {
        batch.clear();
        positions_.clear();
        if (next_ == sorted_.size() && more_ && left_ > 0) TRY(read_on());
        for (; next_ < sorted_.size() && left_ > 0 && batch.size() < kEventsAtATime; ++next_, --left_) {
            batch.copy({kept_, kept_.events()[sorted_[next_]]});
            positions_.push_back(places_of_archive_[sorted_[next_]]);
        }
        return !batch.empty();
    }
    std::span<const store::Position> positions() const override { return positions_; }

private:
    /// Keeps the first events behind those that were given.
    Result<void> read_on() {
        if (!sorted_.empty()) given_ = places_[sorted_.back()];
        kept_ = {};
        places_.clear();
        places_of_archive_.clear();
        bound_.reset();
        const auto stream = TRY(archive_.events(query_));
        std::uint64_t number = 0;
        Batch batch;
        while (TRY(stream->next(batch))) {
            for (std::size_t i = 0; i < batch.size(); ++i) {
                const EventView view{batch, batch.events()[i]};
                Place place{order_.key(view), number++};
                if ((given_ && place <= *given_) || (bound_ && place > *bound_)) continue;
                kept_.copy(view);
                key_bytes_ += place.key.size();
                places_.push_back(std::move(place));
                places_of_archive_.push_back(stream->positions()[i]);
                const bool too_large =
                    kept_.footprint() + key_bytes_ + places_.size() * sizeof(Place) > most_bytes_ && places_.size() > 1;
                const bool enough = places_.size() / 2 > kEventsAtATime && places_.size() / 2 > left_;
                if (too_large || enough) keep_first(too_large ? places_.size() / 2 : left_);
            }
        }
        sorted_ = in_order();
        next_ = 0;
        more_ = bound_.has_value();
        return {};
    }

    std::vector<std::uint32_t> in_order() const {
        std::vector<std::uint32_t> order(places_.size());
        std::iota(order.begin(), order.end(), 0u);
        std::ranges::sort(order, {}, [&](std::uint32_t i) -> const Place& { return places_[i]; });
        return order;
    }

    /// Drops all but the first `count`; what comes behind the last of them needs another reading.
    void keep_first(std::uint64_t count) {
        std::vector<std::uint32_t> order = in_order();
        order.resize(std::min<std::size_t>(order.size(), std::max<std::uint64_t>(count, 1)));
        bound_ = places_[order.back()];
        Batch kept;
        std::vector<Place> places;
        std::vector<store::Position> places_of_archive;
        key_bytes_ = 0;
        for (const std::uint32_t i : order) {
            kept.copy({kept_, kept_.events()[i]});
            key_bytes_ += places_[i].key.size();
            places.push_back(std::move(places_[i]));
            places_of_archive.push_back(places_of_archive_[i]);
        }
        kept_ = std::move(kept);
        places_ = std::move(places);
        places_of_archive_ = std::move(places_of_archive);
    }

    store::Archive& archive_;
    store::EventQuery query_;
    match::FieldOrder order_;
    std::uint64_t left_;
    std::size_t most_bytes_;

    Batch kept_;
    std::vector<Place> places_;  // of the events kept
    std::vector<store::Position> places_of_archive_;
    std::size_t key_bytes_ = 0;
    std::optional<Place> bound_;  // what comes behind it was not kept
    std::optional<Place> given_;  // the last event that was given
    std::vector<std::uint32_t> sorted_;
    std::size_t next_ = 0;
    bool more_ = true;
    std::vector<store::Position> positions_;
};

}  // namespace

Result<std::unique_ptr<store::EventStream>> sorted_events(store::Archive& archive, store::EventQuery query,
                                                          std::vector<match::SortField> by, std::size_t most_bytes) {
    const History* const history = TRY(archive.history());
    return std::make_unique<SortedEvents>(archive, std::move(query),
                                          match::FieldOrder(std::move(by), *history, archive.catalog()), most_bytes);
}

}  // namespace spoor::cli
