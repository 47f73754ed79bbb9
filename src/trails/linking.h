// Linking: what the steps that find links share while they work. Internal to this room.
#pragma once
#include <algorithm>
#include <map>
#include <span>
#include <string_view>
#include <tuple>

#include "trails/address_book.h"
#include "trails/index.h"
#include "trails/links.h"

namespace spoor::trails {

/// Links as they are found: one for each (from, to, kind, process it began), the strongest evidence first.
class LinkSet {
public:
    void add(Link link);
    bool joins(std::uint32_t from, std::uint32_t to) const { return pairs_.contains({from, to}); }
    /// The strongest link that leads to `to` from another session; null for none.
    const Link* to(std::uint32_t to) const;
    std::vector<Link> take();

private:
    std::map<std::tuple<std::uint32_t, std::uint32_t, LinkKind, std::uint32_t>, Link> links_;
    std::map<std::pair<std::uint32_t, std::uint32_t>, Strength> pairs_;
    std::map<std::uint32_t, std::vector<const Link*>> by_target_;
};

struct Linking {
    const History& history;
    TextPool& texts;  // where reasons are kept
    const Evidence& evidence;
    const Catalog& catalog;
    Index index;
    AddressBook addresses;
    std::vector<ClockSkew> skews;
    LinkSet links;

    const Session& session(std::uint32_t i) const { return history.sessions[i]; }
    const Process& process(std::uint32_t i) const { return history.processes[i]; }

    /// What must be added to a time of host `a` to compare it with one of host `b`.
    Duration skew(HostId a, HostId b) const;
};

void link_within_hosts(Linking& linking);
void estimate_clock_skews(Linking& linking);
void link_between_hosts(Linking& linking);

/// Whether the session acts for that account: by SID where both are known, else by name; a type 9 session also for the
/// account it took along.
bool acts_for(const Session& session, const Principal& user);

/// The sessions on `host`, alive at `time`, that act for `user`: one of each elevated pair, people's before services'.
/// `toward` is the host they are thought to have reached: among the halves of a pair the one whose own processes
/// connected there is taken.
std::vector<std::uint32_t> candidates(const Linking& linking, HostId host, const Principal& user, Timestamp time);

/// The half of an elevated pair that programs run in: the one with processes; the limited one where both have none.
std::uint32_t working_half(const Linking& linking, std::uint32_t session);

/// The first evidence of that session with that event id; a default reference where there is none.
EventRef evidence_of(const Session& session, std::uint16_t event_id);

/// The rows of one host between two moments; `rows` are sorted by host and time, as Evidence::settle leaves them.
template <typename Row>
std::span<const Row> rows_between(const std::vector<Row>& rows, HostId host, Timestamp from, Timestamp until) {
    const auto first = std::lower_bound(rows.begin(), rows.end(), std::pair(host, from), [](const Row& row, const std::pair<HostId, Timestamp>& wanted) {
        return std::pair(row.event.host, row.event.time) < wanted;
    });
    const auto last = std::upper_bound(first, rows.end(), std::pair(host, until), [](const std::pair<HostId, Timestamp>& wanted, const Row& row) {
        return wanted < std::pair(row.event.host, row.event.time);
    });
    return {first, last};
}

constexpr bool within(Timestamp a, Timestamp b, Duration before, Duration after) { return a >= b - before && a <= b + after; }

}  // namespace spoor::trails
