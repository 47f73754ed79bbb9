#include "trails/evidence/address_book.h"

#include <algorithm>

#include "base/unicode.h"

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

AddressBook::AddressBook(std::span<const AddressSighting> sightings, std::set<HostId> no_hosts)
    : sightings_(sightings), no_hosts_(std::move(no_hosts)) {
    by_host_.reserve(sightings.size());
    for (const AddressSighting& sighting : sightings)
        if (!no_hosts_.contains(sighting.host)) by_host_.push_back(&sighting);
    std::ranges::stable_sort(by_host_, {}, &AddressSighting::host);
}

std::vector<HostId> AddressBook::hosts_at(const IpAddress& address, Timestamp time) const {
    const auto less = [](const AddressSighting& sighting, const IpAddress& wanted) {
        return sighting.address < wanted;
    };
    const auto first = std::lower_bound(sightings_.begin(), sightings_.end(), address, less);
    std::vector<HostId> hosts;
    const AddressSighting* nearest = nullptr;
    for (auto it = first; it != sightings_.end() && it->address == address; ++it) {
        if (no_hosts_.contains(it->host)) continue;
        if (distance(*it, time) <= kSlack) hosts.push_back(it->host);
        if (!nearest || distance(*it, time) < distance(*nearest, time)) nearest = &*it;
    }
    if (hosts.empty() && nearest) hosts.push_back(nearest->host);
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

bool AddressBook::is_still(const IpAddress& address, HostId host, Timestamp time) const {
    return std::ranges::any_of(std::ranges::equal_range(by_host_, host, {}, &AddressSighting::host),
                               [&](const AddressSighting* sighting) {
                                   return sighting->address == address && distance(*sighting, time) <= kLease;
                               });
}

bool AddressBook::may_be(const IpAddress& address, HostId host, Timestamp time) const {
    const std::vector<HostId> hosts = hosts_at(address, time);
    return hosts.empty() || std::find(hosts.begin(), hosts.end(), host) != hosts.end();
}

std::set<HostId> accounts_taken_for_hosts(const History& history, const Evidence& evidence, const Catalog& catalog) {
    std::set<std::string> accounts;
    for (const Session& session : history.sessions)
        if ((session.type == LogonType::Service || session.type == LogonType::Batch) &&
            session.user.name.ends_with('$'))
            accounts.insert(fold_case(session.user.name.substr(0, session.user.name.size() - 1)));
    std::set<HostId> found;
    if (accounts.empty()) return found;
    for (const Boot& boot : history.boots) accounts.erase(fold_case(catalog.host_name(boot.host)));
    for (const AddressSighting& sighting : evidence.addresses)
        if (accounts.contains(fold_case(catalog.host_name(sighting.host)))) found.insert(sighting.host);
    return found;
}

}  // namespace spoor::trails
