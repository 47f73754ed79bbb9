#include "sessions/timeline.h"

#include <algorithm>

#include "base/check.h"

namespace spoor::sessions {
namespace {

/// Times of one channel may fall by this much without meaning anything: records are stamped before they are written.
constexpr Duration kJitter = Duration::seconds(2);

/// What an observation is sorted by, side by side in memory: the observations themselves are large.
struct Place {
    std::uint64_t sequence;
    Timestamp time;
    std::uint32_t number;  // of the observation in its channel
};

/// Equal in all that does not depend on when it was added.
bool same_record(const HostLog::Channel& channel, const Place& x, const Place& y) {
    if (x.sequence != y.sequence || x.time != y.time) return false;
    const Observation& a = channel.seen[x.number];
    const Observation& b = channel.seen[y.number];
    return a.kind == b.kind && a.event_id == b.event_id && a.subject == b.subject && a.target == b.target &&
           a.process_id == b.process_id;
}

constexpr auto kByNumber = [](const Place& a, const Place& b) {
    return a.sequence != b.sequence ? a.sequence < b.sequence : a.time < b.time;
};
constexpr auto kByTime = [](const Place& a, const Place& b) {
    return a.time != b.time ? a.time < b.time : a.sequence < b.sequence;
};

/// Lays the places out anew so that each run, a stretch that is in order, comes behind those that begin before it.
/// Returns where the runs end then; those that follow on each other have become one.
template <typename Before>
std::vector<std::size_t> put_runs_in_order(std::vector<Place>& order, std::vector<Place>& spare, Before before) {
    struct Run {
        std::size_t begin;
        std::size_t end;
    };
    std::vector<Run> runs = {{0, order.size()}};
    for (std::size_t i = 1; i < order.size(); ++i) {
        if (!before(order[i], order[i - 1])) continue;
        runs.back().end = i;
        runs.push_back({i, order.size()});
    }
    if (runs.size() == 1) return {order.size()};
    std::sort(runs.begin(), runs.end(), [&](const Run& a, const Run& b) {
        const Place &x = order[a.begin], &y = order[b.begin];
        return before(x, y) || (!before(y, x) && a.begin < b.begin);
    });
    spare.resize(order.size());
    std::vector<std::size_t> ends;
    std::size_t laid = 0;
    for (const Run& run : runs) {
        if (laid != 0 && before(order[run.begin], spare[laid - 1])) ends.push_back(laid);
        std::copy(order.data() + run.begin, order.data() + run.end, spare.data() + laid);
        laid += run.end - run.begin;
    }
    ends.push_back(laid);
    order.swap(spare);
    return ends;
}

/// Sorts places that are mostly in order, by merging the runs that are. `spare` is room for it.
template <typename Before>
void sort(std::vector<Place>& order, std::vector<Place>& spare, Before before) {
    std::vector<std::size_t> ends = put_runs_in_order(order, spare, before);
    while (ends.size() > 1) {
        std::size_t begin = 0, merged = 0;
        for (std::size_t i = 0; i < ends.size(); i += 2) {
            const std::size_t middle = ends[i], end = i + 1 < ends.size() ? ends[i + 1] : middle;
            std::merge(order.data() + begin, order.data() + middle, order.data() + middle, order.data() + end,
                       spare.data() + begin, before);
            ends[merged++] = begin = end;
        }
        ends.resize(merged);
        order.swap(spare);
    }
}

/// The places of a channel's observations as they came.
void list_places(const HostLog::Channel& channel, std::vector<Place>& order) {
    const std::size_t count = channel.seen.size();
    CHECK(count <= UINT32_MAX);
    order.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
        const Observation& seen = channel.seen[i];
        order[i] = {seen.sequence, seen.time, static_cast<std::uint32_t>(i)};
    }
}

/// Sorts by time what is sorted by number, if the numbers fall less often in that order than the times do in this one.
/// Logs lie in pieces that are in order either way; where their numbers overlap, less is left of that in order of
/// numbers than as they came, so each sort begins there.
void sort_by_time_if_better(const HostLog::Channel& channel, std::vector<Place>& order, std::vector<Place>& spare) {
    std::size_t falls_of_time = 0;
    for (std::size_t i = 1; i < order.size(); ++i) falls_of_time += order[i].time < order[i - 1].time - kJitter;
    if (falls_of_time == 0) return;
    list_places(channel, order);
    sort(order, spare, kByTime);
    std::size_t falls_of_number = 0;
    for (std::size_t i = 1; i < order.size() && falls_of_number < falls_of_time; ++i)
        falls_of_number += order[i].sequence < order[i - 1].sequence;
    if (falls_of_number < falls_of_time) return;
    list_places(channel, order);
    sort(order, spare, kByNumber);
}

/// Puts the places of a channel's observations, each once, into `order`.
void order_channel(const HostLog::Channel& channel, std::vector<Place>& order, std::vector<Place>& spare) {
    list_places(channel, order);
    if (channel.counted) {
        sort(order, spare, kByTime);
    } else {
        sort(order, spare, kByNumber);
        sort_by_time_if_better(channel, order, spare);
    }
    const auto same = [&](const Place& x, const Place& y) { return same_record(channel, x, y); };
    order.erase(std::unique(order.begin(), order.end(), same), order.end());
}

/// One channel in its order: places among its observations, and by how much its times are shifted from which on.
struct ChannelOrder {
    struct Shift {
        std::size_t from = 0;
        Duration by{};
    };

    const HostLog::Channel* channel = nullptr;
    std::vector<std::uint32_t> order = {};
    std::vector<Shift> shifts = {};  // by `from`; the first from 0 on
    std::size_t next = 0;
    std::size_t shift = 0;  // that of `next`
    std::size_t rank = 0;
    Moment moment = {};  // the next

    bool done() const { return next == order.size(); }
    void look() {
        if (done()) return;
        while (shift + 1 < shifts.size() && shifts[shift + 1].from <= next) ++shift;
        moment.seen = &channel->seen[order[next]];
        moment.at = moment.seen->time + shifts[shift].by;
    }
    void advance() {
        ++next;
        look();
    }
};

ChannelOrder lay_out(const HostLog::Channel& channel, std::vector<Place>& places, std::vector<Place>& spare) {
    order_channel(channel, places, spare);
    ChannelOrder laid{.channel = &channel};
    laid.order.reserve(places.size());
    for (const Place& place : places) laid.order.push_back(place.number);
    Duration shift{};
    for (std::size_t i = places.size(); i-- > 1;) {
        if (places[i].time >= places[i - 1].time - kJitter) continue;
        laid.shifts.push_back({i, shift});
        shift = {shift.nanoseconds - (places[i - 1].time - places[i].time).nanoseconds};
    }
    laid.shifts.push_back({0, shift});
    std::ranges::reverse(laid.shifts);
    laid.look();
    return laid;
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
    std::vector<ChannelOrder> channels;
    std::vector<Place> places, spare;
    std::size_t total = 0;
    for (const HostLog::Channel* channel : by_name(log)) {
        channels.push_back(lay_out(*channel, places, spare));
        channels.back().rank = channels.size();
        total += channels.back().order.size();
    }

    // The one whose next moment is earliest stands on top of the heap.
    const auto later = [](const ChannelOrder* a, const ChannelOrder* b) {
        return a->moment.at != b->moment.at ? b->moment.at < a->moment.at : b->rank < a->rank;
    };
    std::vector<ChannelOrder*> heap;
    for (ChannelOrder& channel : channels)
        if (!channel.done()) heap.push_back(&channel);
    std::make_heap(heap.begin(), heap.end(), later);
    Timeline timeline;
    timeline.reserve(total);
    while (!heap.empty()) {
        std::pop_heap(heap.begin(), heap.end(), later);
        ChannelOrder* const first = heap.back();
        // Most channels write in bursts: take all that comes before the next channel's turn at once.
        do {
            timeline.push_back(first->moment);
            first->advance();
        } while (!first->done() && (heap.size() == 1 || later(heap.front(), first)));
        if (first->done())
            heap.pop_back();
        else
            std::push_heap(heap.begin(), heap.end(), later);
    }
    return timeline;
}

}  // namespace spoor::sessions
