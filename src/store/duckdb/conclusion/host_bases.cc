#include "store/duckdb/conclusion/host_bases.h"

#include <algorithm>

namespace spoor::store::duckdb {

HostBases::HostBases(const History& history) {
    const auto each = [](std::size_t count, auto&& note_one) {
        for (std::size_t i = 0; i < count; ++i) note_one(static_cast<std::uint32_t>(i));
    };
    each(history.sessions.size(), [&](std::uint32_t i) { note(&Base::sessions, history.sessions[i].key.host, i); });
    each(history.processes.size(), [&](std::uint32_t i) { note(&Base::processes, history.processes[i].host, i); });
    each(history.boots.size(), [&](std::uint32_t i) { note(&Base::boots, history.boots[i].host, i); });
}

void HostBases::note(std::uint32_t Base::* table, HostId host, std::uint32_t number) {
    const auto index = static_cast<std::size_t>(host);
    if (index >= bases_.size()) bases_.resize(index + 1, {kNobody, kNobody, kNobody});
    bases_[index].*table = std::min(bases_[index].*table, number);
}

HostBases::Base HostBases::of(HostId host) const {
    const auto index = static_cast<std::size_t>(host);
    Base base = index < bases_.size() ? bases_[index] : Base{kNobody, kNobody, kNobody};
    // A host without sessions has none to refer to: any base will do.
    for (std::uint32_t* const first : {&base.sessions, &base.processes, &base.boots})
        if (*first == kNobody) *first = 0;
    return base;
}

}  // namespace spoor::store::duckdb
