#include "store/duckdb/ledger.h"

#include <algorithm>
#include <random>

#include "base/hash.h"

namespace spoor::store::duckdb {

namespace {

/// Drawn anew for every run: nobody can write an event that is taken for another.
std::uint64_t seed() {
    static const std::uint64_t kSeed = (static_cast<std::uint64_t>(std::random_device{}()) << 32) | std::random_device{}();
    return kSeed;
}

}  // namespace

std::uint64_t identity(const Batch& batch, const Event& event) {
    std::uint64_t hash = hash_mix(seed() ^ (static_cast<std::uint64_t>(event.host) << 16 | static_cast<std::uint64_t>(event.channel)),
                                  static_cast<std::uint64_t>(event.time.nanoseconds));
    if (!(event.sequence & kCounted)) return hash_mix(hash, event.sequence);
    hash = hash_mix(hash, event.event_id);
    for (const FieldValue& value : batch.values(event)) {
        hash = hash_mix(hash, static_cast<std::uint64_t>(value.field) << 8 | static_cast<std::uint64_t>(value.type));
        hash = hash_mix(hash, value.has_bytes() ? hash64(value.view(), seed()) : value.number);
    }
    return hash;
}

void Ledger::add_committed(const Place& place, std::uint64_t first, std::uint64_t last) {
    const std::scoped_lock lock(mutex_);
    committed_[place].add(first, last);
}

Ledger::Pending& Ledger::enrol() {
    const std::scoped_lock lock(mutex_);
    return *pending_.emplace_back(std::make_unique<Pending>());
}

void Ledger::release(Pending& pending) {
    const std::scoped_lock lock(mutex_);
    std::erase_if(pending_, [&](const auto& one) { return one.get() == &pending; });
}

Result<std::vector<bool>> Ledger::admit(const Batch& batch, Pending& pending, const LookUp& look_up) {
    // The look-up happens under the lock too: a writer that commits in between would move events out of sight.
    const std::scoped_lock lock(mutex_);
    std::map<Place, Overlap> overlaps;
    const std::map<Place, RecordSet>::const_iterator none = committed_.end();
    Place last_place;
    auto committed = none;
    bool looked = false;
    for (const Event& event : batch.events()) {
        const Place place{event.host, event.channel};
        if (!looked || place != last_place) {
            committed = committed_.find(place);
            last_place = place;
            looked = true;
        }
        if (committed == none) continue;
        const bool counted = (event.sequence & kCounted) != 0;
        // Counted numbers say nothing about other files: all that is there of the same time is compared.
        if (counted ? !committed->second.touches(kCounted, UINT64_MAX) : !committed->second.contains(event.sequence)) continue;
        Overlap& overlap = overlaps[place];
        overlap.place = place;
        overlap.counted = overlap.counted || counted;
        overlap.first = std::min(overlap.first, counted ? kCounted : event.sequence);
        overlap.last = std::max(overlap.last, counted ? UINT64_MAX : event.sequence);
        overlap.first_time = std::min(overlap.first_time, event.time.nanoseconds);
        overlap.last_time = std::max(overlap.last_time, event.time.nanoseconds);
    }
    std::unordered_set<std::uint64_t> known;
    for (const auto& [place, overlap] : overlaps) {
        const auto looked_up = look_up(overlap, known);
        if (!looked_up) return std::unexpected(looked_up.error());
    }

    std::vector<bool> is_new(batch.size());
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const Event& event = batch.events()[i];
        const std::uint64_t id = identity(batch, event);
        if (known.contains(id) || std::ranges::any_of(pending_, [&](const auto& one) { return one->identities_.contains(id); })) continue;
        pending.identities_.insert(id);
        pending.records_[{event.host, event.channel}].add(event.sequence);
        is_new[i] = true;
    }
    return is_new;
}

void Ledger::commit(Pending& pending) {
    const std::scoped_lock lock(mutex_);
    for (const auto& [place, records] : pending.records_) committed_[place].add(records);
    pending.identities_.clear();
    pending.records_.clear();
}

}  // namespace spoor::store::duckdb
