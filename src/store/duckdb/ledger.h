// Ledger: which events the store has, so that none comes in twice.
//
// Record numbers alone do not tell: a channel that was cleared, or a host that was installed anew, counts from one
// again. An event is known by host, channel, record number and time. Ranges of numbers are kept for every channel; only
// where a batch falls into one of them are the times looked up. Events of sources without numbers (kCounted) are known
// by their content instead.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "model/event.h"
#include "store/record_set.h"

namespace spoor::store::duckdb {

/// What tells an event from all others, as a hash.
std::uint64_t identity(const Batch& batch, const Event& event);

/// Identities, eight bytes each: millions of them come and go with every commit.
class IdentitySet {
public:
    /// False when it was there.
    bool insert(std::uint64_t identity);
    bool contains(std::uint64_t identity) const;
    std::size_t size() const { return size_; }
    void clear();

private:
    std::size_t slot_of(std::uint64_t identity) const;
    void grow();

    std::vector<std::uint64_t> slots_;  // open addressing; 0 is free, the size a power of two
    std::size_t size_ = 0;
};

class Ledger {
public:
    struct Place {
        HostId host = HostId::None;
        ChannelId channel = ChannelId::None;
        friend auto operator<=>(const Place&, const Place&) = default;
    };
    /// Records of a channel that a batch may already be among: all committed ones there in these ranges are wanted.
    struct Overlap {
        Place place;
        std::uint64_t first = UINT64_MAX;
        std::uint64_t last = 0;
        std::int64_t first_time = INT64_MAX;
        std::int64_t last_time = INT64_MIN;
        bool counted = false;
    };
    /// Looks up the identities of the committed events in an overlap.
    using LookUp = std::function<Result<void>(const Overlap&, IdentitySet&)>;

    /// What one writer has added and not yet committed.
    class Pending {
    public:
        std::uint64_t events() const { return identities_.size(); }

    private:
        friend class Ledger;
        IdentitySet identities_;
        std::map<Place, RecordSet> records_;
    };

    void add_committed(const Place& place, std::uint64_t first, std::uint64_t last);
    /// The writer's part of the ledger, until it is released.
    Pending& enrol();
    void release(Pending& pending);

    /// Which of the events are new: true for each that is. They are entered as pending.
    Result<std::vector<bool>> admit(const Batch& batch, Pending& pending, const LookUp& look_up);
    /// What was pending is committed now.
    void commit(Pending& pending);

private:
    std::map<Place, Overlap> overlaps_with(const Batch& batch) const;
    bool is_pending_elsewhere(std::uint64_t identity, const Pending& own) const;

    std::mutex mutex_;
    std::map<Place, RecordSet> committed_;
    std::vector<std::unique_ptr<Pending>> pending_;
};

}  // namespace spoor::store::duckdb
