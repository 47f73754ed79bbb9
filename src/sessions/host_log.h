// HostLog: all that the logs of one host told us, cut down to what sessions and processes are made from.
//
// Every event leaves one Observation of 64 bytes: when, which sessions and which process it names, and as whom. The few
// kinds that say more (a logon, a process start) leave Facts behind it, 8 bytes each. Texts are kept once, as numbers
// of a BlobPool. A gigabyte of logs becomes some 100 MB this way, and the history of a host can be worked out again
// from it whenever more logs of that host turn up.
//
// A HostLog is a set: adding an event twice, or two exports that overlap, changes nothing (see order_channel in
// timeline.h, where equal observations become one), and neither does the order in which events come.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/catalog.h"
#include "model/event.h"
#include "sessions/blob_pool.h"
#include "sessions/mentions.h"

namespace spoor::sessions {

/// A value that a record stated: a number up to 32 bits in place, all else in the pool.
struct Fact {
    FieldId field = FieldId::None;
    ValueType type = ValueType::Null;
    std::uint8_t pooled = 0;  // 1: `value` is a number of the pool
    std::uint32_t value = 0;
};
static_assert(sizeof(Fact) == 8);

/// What one event is worth to us. Texts, GUIDs and accounts are numbers of the HostLog's pool.
struct Observation {
    Timestamp time = {};
    std::uint64_t sequence = 0;
    std::uint64_t subject = 0;
    std::uint64_t target = 0;
    std::uint32_t process_id = 0;
    std::uint32_t process_guid = 0;
    std::uint32_t image = 0;
    std::uint32_t subject_account = 0;
    std::uint32_t target_account = 0;  // or, without a target, the process's user
    std::uint32_t first_fact = 0;      // 0: none
    Kind kind = Kind::Other;
    std::uint16_t event_id = 0;
    std::uint16_t channel = 0;    // index into HostLog::channels
    std::uint16_t boot_mark = 0;  // number of the boot that the record itself names, see HostLog::boot_marks
};
static_assert(sizeof(Observation) == 64);

/// Where an account blob's parts are.
struct AccountParts {
    std::string_view sid;
    std::string_view domain;
    std::string_view name;
};
AccountParts account_parts(std::string_view blob);

/// Which writer a channel belongs to, where that decides what its values mean.
enum class ChannelRole : std::uint8_t { Other, Security, Sysmon, System, Linux };

/// What a record says of the boot it was written in.
struct BootMark {
    enum class Source : std::uint8_t { Lsass, Sysmon };
    Source source;
    std::int64_t value;  // Lsass: nanoseconds at which LSASS started; Sysmon: the count of boots
    friend bool operator==(const BootMark&, const BootMark&) = default;
};

/// Items in blocks that never move, so that growing copies nothing.
template <typename T>
class Blocks {
public:
    void push_back(const T& item) {
        if (blocks_.empty() || blocks_.back().size() == kBlock) blocks_.emplace_back().reserve(kBlock);
        blocks_.back().push_back(item);
    }
    const T& operator[](std::size_t index) const { return blocks_[index / kBlock][index % kBlock]; }
    T& operator[](std::size_t index) { return blocks_[index / kBlock][index % kBlock]; }
    std::size_t size() const { return blocks_.empty() ? 0 : (blocks_.size() - 1) * kBlock + blocks_.back().size(); }
    std::size_t footprint() const { return blocks_.size() * kBlock * sizeof(T); }

private:
    static constexpr std::size_t kBlock = 1024;
    std::vector<std::vector<T>> blocks_;  // all but the last are full
};

class HostLog {
public:
    struct Channel {
        std::string name;
        ChannelId id = ChannelId::None;
        ChannelRole role = ChannelRole::Other;
        bool counted = false;  // its records had no numbers of their own (kCounted)
        Blocks<Observation> seen;
    };

    explicit HostLog(std::string name, HostId id) : name_(std::move(name)), id_(id) { facts_.emplace_back(); }

    /// What is kept of the event stays where it is.
    const Observation& add(const Batch& batch, const Event& event, const Catalog& catalog);

    /// Takes in what another run or thread saw of the same host.
    void absorb(const HostLog& other);

    /// Bytes that `parse` turns back into an equal HostLog, in any later run: numbers of the catalog are written as
    /// names.
    std::string serialise() const;
    static Result<HostLog> parse(std::string_view bytes, Catalog& catalog);

    std::string_view name() const { return name_; }
    /// True when the live sensor wrote it: logon ids are the kernel's session numbers, and none of them has a fixed
    /// meaning.
    bool is_linux() const;
    HostId id() const { return id_; }
    std::span<const Channel> channels() const { return channels_; }
    const BootMark* boot_mark(const Observation& seen) const {
        return seen.boot_mark == 0 ? nullptr : &boot_marks_[seen.boot_mark - 1u];
    }
    std::size_t size() const;
    std::size_t footprint() const;

    std::string_view blob(std::uint32_t number) const { return blobs_[number]; }
    std::uint32_t blob_count() const { return blobs_.size(); }
    AccountParts account(std::uint32_t number) const { return account_parts(blobs_[number]); }

    /// What the record stated beyond its Observation.
    std::span<const Fact> facts(const Observation& seen) const;
    const Fact* find(const Observation& seen, FieldId field) const;
    std::uint64_t number(const Fact& fact) const;
    std::string_view text(const Fact& fact) const { return fact.pooled ? blobs_[fact.value] : std::string_view(); }
    /// 0 or empty where the fact is not there.
    std::uint64_t number(const Observation& seen, FieldId field) const;
    std::string_view text(const Observation& seen, FieldId field) const;
    Guid guid(std::uint32_t blob) const;

private:
    class Parser;
    struct LastAccount {
        AccountParts parts;
        std::uint32_t blob = 0;
    };

    std::uint16_t channel_of(const Event& event, const Catalog& catalog);
    std::uint16_t channel_named(std::string_view name, ChannelId id, bool counted);
    /// `last` is the one before it in the same role, which is often the same.
    std::uint32_t add_account(const NamedAccount& account, LastAccount& last);
    std::uint16_t add_boot_mark(BootMark mark);
    std::uint16_t boot_mark_of(const Observation& seen, ChannelRole role, std::string_view activity);
    std::uint32_t add_facts(const Batch& batch, const Event& event);

    std::string name_;
    HostId id_;
    BlobPool blobs_;
    std::vector<Channel> channels_;
    std::vector<BootMark> boot_marks_;
    std::vector<Fact> facts_;  // runs; the first of a run holds the length
    // The channel of the event before, which is nearly always that of this one.
    ChannelId last_channel_id_ = ChannelId::None;
    bool last_counted_ = false;
    std::uint16_t last_channel_ = UINT16_MAX;
    LastAccount last_subject_account_;
    LastAccount last_target_account_;
    std::string scratch_;
};

}  // namespace spoor::sessions
