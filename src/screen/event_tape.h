// EventTape: the newest events, within bounds of number and memory. An event keeps its place, a number that only grows,
// until it falls off the tape's other end.
#pragma once
#include <cstdint>
#include <deque>

#include "model/event.h"

namespace spoor::screen {

struct TapeLimits {
    std::size_t events = 1'000'000;
    std::size_t bytes = 256u << 20;
};

class EventTape {
public:
    explicit EventTape(TapeLimits limits) : limits_(limits) {}

    /// Copies the event behind the others; the oldest go when there is no room.
    void add(const EventView& event);
    void clear();

    /// Places of the events that are there: from begin() up to end(), without it.
    std::uint64_t begin() const { return pages_.empty() ? end_ : pages_.front().first; }
    std::uint64_t end() const { return end_; }
    std::size_t size() const { return end_ - begin(); }
    /// Of a place between the two. The view is good until the next call that changes the tape.
    EventView at(std::uint64_t place) const;

    std::size_t footprint() const { return footprint_; }

private:
    /// Events come in pages: the oldest are forgotten a page at a time, and memory is given back whole.
    struct Page {
        std::uint64_t first;
        Batch batch;
        std::size_t footprint = 0;
    };

    TapeLimits limits_;
    std::deque<Page> pages_;
    std::uint64_t end_ = 0;
    std::size_t footprint_ = 0;
};

}  // namespace spoor::screen
