#include "screen/event_tape.h"

#include <algorithm>

#include "base/check.h"

namespace spoor::screen {
namespace {

constexpr std::size_t kPageEvents = 4096;
constexpr std::size_t kPageBytes = 2u << 20;

}  // namespace

void EventTape::add(const EventView& event) {
    if (pages_.empty() || pages_.back().batch.size() >= kPageEvents || pages_.back().footprint >= kPageBytes)
        pages_.push_back({.first = end_, .batch = {}});
    Page& page = pages_.back();
    page.batch.begin();
    for (FieldValue value : event.values()) {
        if (value.has_bytes()) value.bytes = page.batch.arena().copy(value.view()).data();
        page.batch.add(value);
    }
    page.batch.commit(event.event);
    ++end_;
    const std::size_t footprint = page.batch.footprint();
    footprint_ += footprint - page.footprint;
    page.footprint = footprint;
    while (pages_.size() > 1 && (footprint_ > limits_.bytes || size() > limits_.events)) {
        footprint_ -= pages_.front().footprint;
        pages_.pop_front();
    }
}

void EventTape::clear() {
    pages_.clear();
    footprint_ = 0;
}

EventView EventTape::at(std::uint64_t place) const {
    CHECK(place >= begin() && place < end_);
    const auto page = std::prev(std::ranges::upper_bound(pages_, place, {}, &Page::first));
    return {page->batch, page->batch.events()[place - page->first]};
}

}  // namespace spoor::screen
