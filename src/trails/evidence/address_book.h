// AddressBook: which host had an address at a moment, as far as the logs show it. Addresses change hands (DHCP), and
// one may stand for many hosts (NAT), so the answer is a list.
#pragma once
#include <set>
#include <span>
#include <vector>

#include "trails/evidence/evidence.h"

namespace spoor::trails {

class AddressBook {
public:
    /// How long Windows' DHCP server leaves an address to a host that does not ask again.
    static constexpr Duration kLease = Duration::seconds(8 * 24 * 3600);

    /// `sightings` sorted by address, as Evidence::settle leaves them; it must outlive the book. Those of `no_hosts` do
    /// not count.
    explicit AddressBook(std::span<const AddressSighting> sightings, std::set<HostId> no_hosts = {});

    /// The hosts seen with `address` around `time`; with no sighting near, those seen nearest to it. Empty when the
    /// address is unknown; more than one when it is shared or was handed on at that moment.
    std::vector<HostId> hosts_at(const IpAddress& address, Timestamp time) const;

    /// True where the host was seen with another address around `time`, and with this one only long before or after.
    bool has_left(const IpAddress& address, HostId host, Timestamp time) const;

    /// False where so much time lies between `time` and the host's nearest sighting that the address may be another's.
    bool is_still(const IpAddress& address, HostId host, Timestamp time) const;

    /// False when the address is known to have been another host's at that time.
    bool may_be(const IpAddress& address, HostId host, Timestamp time) const;

private:
    std::span<const AddressSighting> sightings_;
    std::set<HostId> no_hosts_;
    std::vector<const AddressSighting*> by_host_;
};

/// Managed service accounts that were taken for hosts: their names end as those of hosts' own accounts do.
std::set<HostId> accounts_taken_for_hosts(const History& history, const Evidence& evidence, const Catalog& catalog);

}  // namespace spoor::trails
