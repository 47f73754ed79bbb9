// Stamping in tests: the events of a host put down to actors that are made up for each.
#pragma once
#include <functional>
#include <vector>

#include "store/store.h"

namespace spoor::store::testing {

inline Result<void> stamp(Conclusion& conclusion, HostId host, const std::function<Actor(const Event&)>& actor_of) {
    TRY(conclusion.resolve(host));
    return conclusion.each_event({.host = host},
                                 [&](Batch& batch, std::span<const std::uint64_t> numbers) -> Result<void> {
                                     std::vector<Conclusion::Stamp> stamps;
                                     for (std::size_t i = 0; i < batch.size(); ++i)
                                         stamps.push_back({numbers[i], actor_of(batch.events()[i])});
                                     return conclusion.stamp(host, stamps);
                                 });
}

}  // namespace spoor::store::testing
