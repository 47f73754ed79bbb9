#include "trails/linking/clocks.h"

#include <algorithm>
#include <map>
#include <span>
#include <tuple>

#include "trails/evidence/grouped.h"
#include "trails/linking/linking.h"

namespace spoor::trails {
namespace {

// Less is what records are stamped late by; a clock that was set is set by more, or it does not matter.
constexpr Duration kStep = Duration::seconds(10);
// So many pairs in a row say that a clock was set.
constexpr std::size_t kWitnesses = 3;

/// One happening as two hosts' clocks had it.
struct Pair {
    Timestamp time;  // on the server
    Duration offset;
};

bool agree(Duration a, Duration b) {
    const std::int64_t apart = a.nanoseconds - b.nanoseconds;
    return apart < kStep.nanoseconds && -apart < kStep.nanoseconds;
}

Duration median_of(std::span<const Pair> pairs) {
    std::vector<Duration> offsets;
    offsets.reserve(pairs.size());
    for (const Pair& pair : pairs) offsets.push_back(pair.offset);
    const auto middle = offsets.begin() + static_cast<std::ptrdiff_t>(offsets.size() / 2);
    std::nth_element(offsets.begin(), middle, offsets.end());
    return *middle;
}

/// Whether the pairs that begin here agree with each other, and not with what was so before.
bool is_step(std::span<const Pair> pairs, Duration before) {
    if (pairs.size() < kWitnesses) return false;
    const std::span<const Pair> witnesses = pairs.first(kWitnesses);
    return std::ranges::none_of(witnesses, [&](const Pair& pair) { return agree(pair.offset, before); }) &&
           std::ranges::all_of(witnesses,
                               [&](const Pair& pair) { return agree(pair.offset, witnesses.front().offset); });
}

/// The stretches of pairs, sorted by time, between which a clock was set.
std::vector<std::span<const Pair>> stretches_of(std::span<const Pair> pairs) {
    std::vector<std::span<const Pair>> stretches;
    std::size_t begin = 0;
    Duration offset = median_of(pairs.first(std::min(kWitnesses, pairs.size())));
    for (std::size_t i = 1; i < pairs.size(); ++i) {
        if (!is_step(pairs.subspan(i), offset)) continue;
        stretches.push_back(pairs.subspan(begin, i - begin));
        begin = i;
        offset = median_of(pairs.subspan(i, kWitnesses));
    }
    stretches.push_back(pairs.subspan(begin));
    return stretches;
}

std::uint64_t host_key(HostId host) { return static_cast<std::uint64_t>(host); }
std::uint64_t pair_key(HostId a, HostId b) { return host_key(a) << 32 | host_key(b); }

Duration distance(const ClockSkew& skew, Timestamp time) {
    return time < skew.first ? skew.first - time : time > skew.last ? time - skew.last : Duration{};
}

/// What a server has a record of, and the client's record of the connection that it came by.
struct Use {
    const Connection* connection = nullptr;
    HostId server = HostId::None;
    Timestamp time;
};

/// A connection that stays open may see many logons: the first of them is its beginning.
std::vector<Use> first_of_each(std::vector<Use> uses) {
    const auto whose = [](const Use& use) { return std::pair(use.connection, use.server); };
    std::ranges::sort(uses, {}, [&](const Use& use) { return std::pair(whose(use), use.time); });
    const auto repeats = std::ranges::unique(uses, {}, whose);
    uses.erase(repeats.begin(), repeats.end());
    return uses;
}

}  // namespace

std::vector<ClockSkew> estimate_clock_skews(const History& history, const Evidence& evidence) {
    Grouped<const Connection*> opened;
    for (const Connection& connection : evidence.connections)
        if (connection.initiated) opened.add(endpoint_key(connection.source), &connection);
    opened.settle();

    std::vector<Use> uses;
    const auto compare = [&](HostId server, const Endpoint& client, Timestamp time) {
        if (client.port == 0) return;
        const Connection* first = nullptr;
        bool hosts_differ = false;
        for (const Connection* connection : opened.of(endpoint_key(client))) {
            if (connection->source != client || !within(connection->event.time, time, kMostSkew, kMostSkew)) continue;
            if (first && connection->event.host != first->event.host) hosts_differ = true;
            if (!first || connection->event.time < first->event.time) first = connection;
        }
        if (!first || hosts_differ || first->event.host == server) return;
        uses.push_back({first, server, time});
    };
    for (const Session& session : history.sessions)
        if (session.start && session.source_address && session.origin == Origin::Logged)
            compare(session.key.host, {*session.source_address, session.source_port}, *session.start);
    for (const Ticket& ticket : evidence.tickets) compare(ticket.event.host, ticket.client, ticket.event.time);
    for (const Arrival& arrival : evidence.arrivals) compare(arrival.event.host, arrival.client, arrival.event.time);
    std::map<std::pair<HostId, HostId>, std::vector<Pair>> offsets;
    for (const Use& use : first_of_each(std::move(uses)))
        offsets[{use.connection->event.host, use.server}].push_back({use.time, use.time - use.connection->event.time});
    std::vector<ClockSkew> skews;
    for (auto& [hosts, pairs] : offsets) {
        std::ranges::sort(pairs, {}, [](const Pair& pair) { return std::pair(pair.time, pair.offset); });
        for (const std::span<const Pair> stretch : stretches_of(pairs))
            skews.push_back({.a = hosts.first,
                             .b = hosts.second,
                             .offset = median_of(stretch),
                             .pairs = static_cast<std::uint32_t>(stretch.size()),
                             .first = stretch.front().time,
                             .last = stretch.back().time});
    }
    return skews;
}

Clocks::Clocks(std::vector<ClockSkew> skews) : skews_(std::move(skews)) {
    for (std::uint32_t i = 0; i < skews_.size(); ++i) {
        const auto [a, b] = std::pair(skews_[i].a, skews_[i].b);
        of_hosts_[pair_key(a, b)].stretches.push_back(i);
        for (const auto& [host, other] : {std::pair(a, b), std::pair(b, a)})
            if (std::vector<HostId>& known = others_[host_key(host)]; std::ranges::find(known, other) == known.end())
                known.push_back(other);
    }
    for (std::uint32_t i = 0; i < skews_.size(); ++i) {
        const auto [back, is_new] = of_hosts_.at(pair_key(skews_[i].b, skews_[i].a));
        back.is_back |= is_new;
        if (back.is_back) back.stretches.push_back(i);
    }
}

/// The offset of the stretch that lies nearest; the later one between two.
Clocks::Offset Clocks::offset_at(const std::vector<std::uint32_t>& stretches, Timestamp time) const {
    const ClockSkew& skew = skews_[*std::ranges::min_element(
        stretches.rbegin(), stretches.rend(), {}, [&](std::uint32_t i) { return distance(skews_[i], time); })];
    return {skew.offset, skew.pairs};
}

std::optional<Clocks::Offset> Clocks::compared(HostId a, HostId b, Timestamp time) const {
    const Compared* const found = of_hosts_.find(pair_key(a, b));
    if (found == nullptr) return {};
    Offset offset = offset_at(found->stretches, time);
    if (found->is_back) offset.value = Duration{-offset.value.nanoseconds};
    return offset;
}

Duration Clocks::between(HostId a, HostId b, Timestamp time) const {
    if (const std::optional<Offset> offset = compared(a, b, time)) return offset->value;
    const std::vector<HostId>*const of_a = others_.find(host_key(a)), *const of_b = others_.find(host_key(b));
    if (a == b || of_a == nullptr || of_b == nullptr) return {};
    Offset best;
    for (const HostId third : of_a->size() < of_b->size() ? *of_a : *of_b) {
        const std::optional<Offset> first = compared(a, third, time), second = compared(third, b, time);
        if (!first || !second) continue;
        const Offset sum{Duration{first->value.nanoseconds + second->value.nanoseconds},
                         std::min(first->pairs, second->pairs)};
        if (std::tie(sum.pairs, sum.value) > std::tie(best.pairs, best.value)) best = sum;
    }
    return best.value;
}

}  // namespace spoor::trails
