#include "sessions/timeline.h"

#include <algorithm>

namespace spoor::sessions {
namespace {

/// Times of one channel may fall by this much without meaning anything: records are stamped before they are written.
constexpr Duration kJitter = Duration::seconds(2);

/// What an observation is sorted by, side by side in memory: the observations themselves are large.
struct Place {
    std::uint64_t sequence;
    Timestamp time;
    const Observation* seen;
};

/// Equal in all that does not depend on when it was added.
bool same_record(const Place& x, const Place& y) {
    if (x.sequence != y.sequence || x.time != y.time) return false;
    const Observation& a = *x.seen;
    const Observation& b = *y.seen;
    return a.kind == b.kind && a.event_id == b.event_id && a.subject == b.subject && a.target == b.target &&
           a.process_id == b.process_id;
}

constexpr auto kByNumber = [](const Place& a, const Place& b) {
    return a.sequence != b.sequence ? a.sequence < b.sequence : a.time < b.time;
};
constexpr auto kByTime = [](const Place& a, const Place& b) {
    return a.time != b.time ? a.time < b.time : a.sequence < b.sequence;
};

template <typename Before>
void sort(std::vector<Place>& order, Before before) {
    if (!std::is_sorted(order.begin(), order.end(), before)) std::sort(order.begin(), order.end(), before);
}

/// Sorts what is in order of numbers by time, if the numbers fall less often in that order than the times do in this
/// one.
void sort_by_time_if_better(std::vector<Place>& order) {
    std::size_t falls_of_time = 0;
    for (std::size_t i = 1; i < order.size(); ++i) falls_of_time += order[i].time < order[i - 1].time - kJitter;
    if (falls_of_time == 0) return;
    std::vector<Place> timed = order;
    std::sort(timed.begin(), timed.end(), kByTime);
    std::size_t falls_of_number = 0;
    for (std::size_t i = 1; i < timed.size() && falls_of_number < falls_of_time; ++i)
        falls_of_number += timed[i].sequence < timed[i - 1].sequence;
    if (falls_of_number < falls_of_time) order = std::move(timed);
}

std::vector<Place> order_channel(const HostLog::Channel& channel) {
    std::vector<Place> order(channel.seen.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        const Observation& seen = channel.seen[i];
        order[i] = {seen.sequence, seen.time, &seen};
    }
    if (channel.counted) {
        sort(order, kByTime);
    } else {
        sort(order, kByNumber);
        sort_by_time_if_better(order);
    }
    order.erase(std::unique(order.begin(), order.end(), same_record), order.end());
    return order;
}

std::vector<Moment> lay_out(const std::vector<Place>& order) {
    std::vector<Moment> moments(order.size());
    Duration shift{};
    for (std::size_t i = order.size(); i-- > 0;) {
        moments[i].seen = order[i].seen;
        moments[i].at = order[i].time + shift;
        if (i > 0 && order[i].time < order[i - 1].time - kJitter)
            shift = {shift.nanoseconds - (order[i - 1].time - order[i].time).nanoseconds};
    }
    return moments;
}

/// Channels by name, so that nothing depends on which came first; the numbered half of a channel before the counted
/// one.
std::vector<const HostLog::Channel*> by_name(const HostLog& log) {
    std::vector<const HostLog::Channel*> channels;
    for (const HostLog::Channel& channel : log.channels()) channels.push_back(&channel);
    std::sort(channels.begin(), channels.end(), [](const HostLog::Channel* a, const HostLog::Channel* b) {
        return a->role != b->role   ? a->role < b->role
               : a->name != b->name ? a->name < b->name
                                    : a->counted < b->counted;
    });
    return channels;
}

}  // namespace

Timeline order_in_time(const HostLog& log) {
    struct Run {
        std::vector<Moment> moments;
        std::size_t next = 0;
        std::size_t rank = 0;
    };
    std::vector<Run> runs;
    std::size_t total = 0;
    for (const HostLog::Channel* channel : by_name(log)) {
        runs.push_back({lay_out(order_channel(*channel)), 0, runs.size()});
        total += runs.back().moments.size();
    }
    if (runs.size() == 1) return std::move(runs.front().moments);

    // The run whose next moment is earliest stands on top of the heap.
    const auto later = [](const Run* a, const Run* b) {
        const Moment& x = a->moments[a->next];
        const Moment& y = b->moments[b->next];
        return x.at != y.at ? y.at < x.at : b->rank < a->rank;
    };
    std::vector<Run*> heap;
    for (Run& run : runs)
        if (!run.moments.empty()) heap.push_back(&run);
    std::make_heap(heap.begin(), heap.end(), later);
    Timeline timeline;
    timeline.reserve(total);
    while (!heap.empty()) {
        std::pop_heap(heap.begin(), heap.end(), later);
        Run* const run = heap.back();
        // Most channels write in bursts: take all that comes before the next channel's turn at once.
        do {
            timeline.push_back(run->moments[run->next++]);
        } while (run->next < run->moments.size() && (heap.size() == 1 || later(heap.front(), run)));
        if (run->next < run->moments.size())
            std::push_heap(heap.begin(), heap.end(), later);
        else
            heap.pop_back();
    }
    return timeline;
}

}  // namespace spoor::sessions
