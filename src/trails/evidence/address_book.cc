#include "trails/evidence/address_book.h"

#include <algorithm>

namespace spoor::trails {
namespace {

// A lease outlives the last record that shows it by some minutes at least.
constexpr Duration kSlack = Duration::seconds(15 * 60);

Duration distance(const AddressSighting& sighting, Timestamp time) {
    if (time < sighting.first) return sighting.first - time;
    if (time > sighting.last) return time - sighting.last;
    return {};
}

}  // namespace

AddressBook::AddressBook(std::span<const AddressSighting> sightings) : sightings_(sightings) {
    by_host_.reserve(sightings.size());
    for (const AddressSighting& sighting : sightings) by_host_.push_back(&sighting);
    std::ranges::stable_sort(by_host_, {}, &AddressSighting::host);
}

std::vector<HostId> AddressBook::hosts_at(const IpAddress& address, Timestamp time) const {
    const auto less = [](const AddressSighting& sighting, const IpAddress& wanted) {
        return sighting.address < wanted;
    };
    const auto first = std::lower_bound(sightings_.begin(), sightings_.end(), address, less);
    auto last = first;
    while (last != sightings_.end() && last->address == address) ++last;

    std::vector<HostId> hosts;
    for (auto it = first; it != last; ++it)
        if (distance(*it, time) <= kSlack) hosts.push_back(it->host);
    if (hosts.empty() && first != last)
        hosts.push_back(std::min_element(first, last, [&](const auto& a, const auto& b) {
                            return distance(a, time) < distance(b, time);
                        })->host);
    std::sort(hosts.begin(), hosts.end());
    hosts.erase(std::unique(hosts.begin(), hosts.end()), hosts.end());
    return hosts;
}

bool AddressBook::has_left(const IpAddress& address, HostId host, Timestamp time) const {
    bool elsewhere = false;
    for (const AddressSighting* sighting : std::ranges::equal_range(by_host_, host, {}, &AddressSighting::host)) {
        if (distance(*sighting, time) > kSlack) continue;
        if (sighting->address == address) return false;
        elsewhere |= sighting->address.is_v4() == address.is_v4() && !sighting->address.is_link_local();
    }
    return elsewhere;
}

bool AddressBook::may_be(const IpAddress& address, HostId host, Timestamp time) const {
    const std::vector<HostId> hosts = hosts_at(address, time);
    return hosts.empty() || std::find(hosts.begin(), hosts.end(), host) != hosts.end();
}

}  // namespace spoor::trails
