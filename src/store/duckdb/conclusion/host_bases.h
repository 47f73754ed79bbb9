// HostBases: where the boots, sessions and processes of each host begin among those of all hosts.
//
// What one host's logs add up to is stored by places within the host, so that it can be replaced or kept without
// touching another's. These turn places into numbers over all hosts, and back.
#pragma once
#include <cstdint>
#include <vector>

#include "model/history.h"

namespace spoor::store::duckdb {

class HostBases {
public:
    HostBases() = default;
    explicit HostBases(const History& history);

    struct Base {
        std::uint32_t sessions = 0;
        std::uint32_t processes = 0;
        std::uint32_t boots = 0;
    };
    Base of(HostId host) const;

    /// A record of the host has that number: its first is at most that.
    void note(std::uint32_t Base::* table, HostId host, std::uint32_t number);

private:
    std::vector<Base> bases_;  // by host
};

}  // namespace spoor::store::duckdb
