#include "store/duckdb/ledger.h"

#include <algorithm>

#include "base/hash.h"

namespace spoor::store::duckdb {

std::uint64_t identity(const Batch& batch, const Event& event) {
    std::uint64_t hash = hash_mix(
        hash_secret() ^ (static_cast<std::uint64_t>(event.host) << 16 | static_cast<std::uint64_t>(event.channel)),
        static_cast<std::uint64_t>(event.time.nanoseconds));
    if (!(event.sequence & kCounted)) return hash_mix(hash, event.sequence);
    hash = hash_mix(hash, event.event_id);
    for (const FieldValue& value : batch.values(event)) {
        hash = hash_mix(hash, static_cast<std::uint64_t>(value.field) << 8 | static_cast<std::uint64_t>(value.type));
        hash = hash_mix(hash, value.has_bytes() ? hash64(value.view(), hash_secret()) : value.number);
    }
    return hash;
}

// ---- IdentitySet

std::size_t IdentitySet::slot_of(std::uint64_t identity) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = identity & mask;  // identities are hashes
    while (slots_[at] != 0 && slots_[at] != identity) at = (at + 1) & mask;
    return at;
}

bool IdentitySet::insert(std::uint64_t identity) {
    identity += identity == 0;
    if ((size_ + 1) * 3 > slots_.size() * 2) grow();
    std::uint64_t& slot = slots_[slot_of(identity)];
    if (slot == identity) return false;
    slot = identity;
    ++size_;
    return true;
}

bool IdentitySet::contains(std::uint64_t identity) const {
    identity += identity == 0;
    return !slots_.empty() && slots_[slot_of(identity)] == identity;
}

void IdentitySet::grow() {
    std::vector<std::uint64_t> old(std::max<std::size_t>(64, slots_.size() * 2));
    old.swap(slots_);
    for (const std::uint64_t identity : old)
        if (identity != 0) slots_[slot_of(identity)] = identity;
}

void IdentitySet::clear() {
    slots_.clear();
    size_ = 0;
}

// ---- Ledger

namespace {

/// Notes record numbers, which mostly follow each other, by runs.
class RunsOfRecords {
public:
    explicit RunsOfRecords(std::map<Ledger::Place, RecordSet>& records) : records_(records) {}

    void add(const Ledger::Place& place, std::uint64_t number) {
        if (open_ && place == place_ && last_ != UINT64_MAX && number == last_ + 1) {
            last_ = number;
            return;
        }
        end();
        place_ = place;
        first_ = last_ = number;
        open_ = true;
    }

    void end() {
        if (open_) records_[place_].add(first_, last_);
        open_ = false;
    }

private:
    std::map<Ledger::Place, RecordSet>& records_;
    Ledger::Place place_;
    std::uint64_t first_ = 0;
    std::uint64_t last_ = 0;
    bool open_ = false;
};

}  // namespace

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

/// Where the batch may hold what is committed, by the numbers of its records alone.
std::map<Ledger::Place, Ledger::Overlap> Ledger::overlaps_with(const Batch& batch) const {
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
        if (counted ? !committed->second.touches(kCounted, UINT64_MAX) : !committed->second.contains(event.sequence))
            continue;
        Overlap& overlap = overlaps[place];
        overlap.place = place;
        overlap.counted = overlap.counted || counted;
        overlap.first = std::min(overlap.first, counted ? kCounted : event.sequence);
        overlap.last = std::max(overlap.last, counted ? UINT64_MAX : event.sequence);
        overlap.first_time = std::min(overlap.first_time, event.time.nanoseconds);
        overlap.last_time = std::max(overlap.last_time, event.time.nanoseconds);
    }
    return overlaps;
}

bool Ledger::is_pending_elsewhere(std::uint64_t identity, const Pending& own) const {
    return std::ranges::any_of(
        pending_, [&](const auto& one) { return one.get() != &own && one->identities_.contains(identity); });
}

Result<std::vector<bool>> Ledger::admit(const Batch& batch, Pending& pending, const LookUp& look_up) {
    // The look-up happens under the lock too: a writer that commits in between would move events out of sight.
    const std::scoped_lock lock(mutex_);
    IdentitySet known;
    for (const auto& [place, overlap] : overlaps_with(batch)) TRY(look_up(overlap, known));

    RunsOfRecords runs(pending.records_);
    std::vector<bool> is_new(batch.size());
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const Event& event = batch.events()[i];
        const std::uint64_t id = identity(batch, event);
        if (known.contains(id) || is_pending_elsewhere(id, pending) || !pending.identities_.insert(id)) continue;
        is_new[i] = true;
        runs.add({event.host, event.channel}, event.sequence);
    }
    runs.end();
    return is_new;
}

void Ledger::commit(Pending& pending) {
    const std::scoped_lock lock(mutex_);
    for (const auto& [place, records] : pending.records_) committed_[place].add(records);
    pending.identities_.clear();
    pending.records_.clear();
}

}  // namespace spoor::store::duckdb
