// Event: one security-relevant happening, and the batches that events live in.
//
// A batch owns the memory of its events: one arena for texts, one array of values, one of events. An event is a small
// header and a run of (field, value) pairs in that array, so that nothing is allocated for an event of its own and a
// reader walks memory in order. Views into a batch are good as long as the batch, moved or not.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "base/guid.h"
#include "base/ip_address.h"
#include "base/time.h"
#include "model/fields.h"
#include "model/kinds.h"
#include "model/sid.h"

namespace spoor {

/// Numbers the Catalog gives to names.
enum class HostId : std::uint32_t { None = 0 };
enum class ChannelId : std::uint16_t { None = 0 };

enum class ValueType : std::uint8_t { Null, Unsigned, Signed, Real, Boolean, Time, Text, Bytes, Guid, Sid, Address };

/// One field of one event, 16 bytes. A value whose type is not the one the schema gives its field was not what it
/// should have been ("-" for a port, text for a SID): it is kept as the log had it.
struct FieldValue {
    FieldId field = FieldId::None;
    ValueType type = ValueType::Null;
    std::uint8_t reserved = 0;
    std::uint32_t size = 0;  // of Text, Bytes, Guid, Sid, Address
    union {
        std::uint64_t number = 0;
        std::int64_t signed_number;
        double real;
        const char* bytes;
    };

    static FieldValue of_number(FieldId field, std::uint64_t value) { return with(field, ValueType::Unsigned, value); }
    static FieldValue of_signed(FieldId field, std::int64_t value) {
        return with(field, ValueType::Signed, static_cast<std::uint64_t>(value));
    }
    static FieldValue of_boolean(FieldId field, bool value) { return with(field, ValueType::Boolean, value); }
    static FieldValue of_time(FieldId field, Timestamp value) {
        return with(field, ValueType::Time, static_cast<std::uint64_t>(value.nanoseconds));
    }
    static FieldValue of_real(FieldId field, double value);
    /// Text, Bytes, Guid, Sid or Address whose bytes lie in the batch's arena.
    static FieldValue of_bytes(FieldId field, ValueType type, std::string_view bytes) {
        FieldValue value;
        value.field = field;
        value.type = type;
        value.size = static_cast<std::uint32_t>(bytes.size());
        value.bytes = bytes.data();
        return value;
    }

    bool has_bytes() const { return type >= ValueType::Text; }
    std::string_view view() const { return has_bytes() ? std::string_view(bytes, size) : std::string_view(); }

    std::string_view text() const {
        return type == ValueType::Text ? std::string_view(bytes, size) : std::string_view();
    }
    std::optional<std::uint64_t> as_number() const;
    std::optional<Timestamp> as_time() const;
    std::optional<Guid> as_guid() const;
    std::optional<Sid> as_sid() const;
    std::optional<IpAddress> as_address() const;

private:
    static FieldValue with(FieldId field, ValueType type, std::uint64_t value) {
        FieldValue result;
        result.field = field;
        result.type = type;
        result.number = value;
        return result;
    }
};
static_assert(sizeof(FieldValue) == 16);

enum class Outcome : std::uint8_t { Unknown, Success, Failure };

/// How a record came out of its source; all but Intact are shown with the event.
enum class Quality : std::uint8_t {
    Intact,
    ChecksumMismatch,  // in a chunk whose checksum does not match
    BeyondHeader,      // behind the end that a stale chunk header gives
    Resynchronised,    // found behind a damaged record
    Carved,            // from slack space
    Partial,           // only some of its values could be had
};

constexpr std::uint32_t kNobody = UINT32_MAX;

/// Who caused an event: indices into the History's sessions and processes, kNobody where unknown.
struct Actor {
    std::uint32_t session = kNobody;
    std::uint32_t process = kNobody;
    /// The session that the thread had adopted, when it was not the process's own.
    std::uint32_t adopted_session = kNobody;
};

/// Set in the sequence of an event whose source gives no numbers: what stands below is counted by the reader (a mark of
/// the file and the line), so such numbers tell the order and the same line again, but no gaps.
constexpr std::uint64_t kCounted = std::uint64_t{1} << 63;

struct Event {
    Timestamp time = {};
    std::uint64_t sequence = 0;  // the source's own number: EventRecordID; kernel sequence; or a counted one
    HostId host = HostId::None;
    ChannelId channel = ChannelId::None;
    Kind kind = Kind::Other;
    Outcome outcome = Outcome::Unknown;
    Quality quality = Quality::Intact;
    std::uint16_t event_id = 0;  // Windows: EventID; 0 otherwise
    std::uint32_t first_value = 0;
    std::uint32_t value_count = 0;
    Actor actor = {};
};

struct EventView;

/// Fill it by `begin`, `add`, `commit` for each event; read it by index.
class Batch {
public:
    Batch() = default;
    Batch(Batch&&) noexcept = default;
    Batch& operator=(Batch&&) noexcept = default;

    /// The memory that texts of values lie in.
    Arena& arena() { return arena_; }

    /// Starts an event; the values added from now on are its.
    void begin() { open_ = static_cast<std::uint32_t>(used_); }
    void add(const FieldValue& value) { *extend(1) = value, ++used_; }
    /// Room for `count` values to be written in place; `keep` says how many were.
    FieldValue* extend(std::size_t count) {
        if (values_.size() - used_ < count) grow(count);
        return values_.data() + used_;
    }
    void keep(const FieldValue* end) { used_ = static_cast<std::size_t>(end - values_.data()); }
    void add_text(FieldId field, std::string_view text) {
        add(FieldValue::of_bytes(field, ValueType::Text, arena_.copy(text)));
    }
    void add_number(FieldId field, std::uint64_t value) { add(FieldValue::of_number(field, value)); }
    void add_guid(FieldId field, const Guid& guid);
    void add_sid(FieldId field, const Sid& sid);
    void add_address(FieldId field, const IpAddress& address);
    void add_time(FieldId field, Timestamp time) { add(FieldValue::of_time(field, time)); }
    /// The values of the event that is being made, so far.
    std::span<FieldValue> open_values() { return std::span(values_).subspan(open_, used_ - open_); }
    /// Ends the event that was begun. The header's run of values is set here.
    Event& commit(Event event);
    /// Adds a copy of an event of another batch.
    Event& copy(const EventView& event);
    /// Drops the values added since `begin`.
    void abandon() { used_ = open_; }

    void clear();
    /// Forgets the events behind the first `count`; what they pointed to stays.
    void keep_first(std::size_t count) { events_.resize(count); }

    std::size_t size() const { return events_.size(); }
    bool empty() const { return events_.empty(); }
    std::span<const Event> events() const { return events_; }
    std::span<Event> events() { return events_; }
    std::span<const FieldValue> values(const Event& event) const {
        return {values_.data() + event.first_value, event.value_count};
    }
    std::span<FieldValue> values(const Event& event) { return {values_.data() + event.first_value, event.value_count}; }

    /// The first value of that field, or a Null one.
    FieldValue find(const Event& event, FieldId field) const;
    std::string_view text(const Event& event, FieldId field) const { return find(event, field).text(); }

    std::size_t footprint() const {
        return arena_.footprint() + events_.capacity() * sizeof(Event) + values_.capacity() * sizeof(FieldValue);
    }

private:
    void grow(std::size_t count);

    Arena arena_;
    std::vector<Event> events_;
    std::vector<FieldValue> values_;  // those behind the first `used_` are room
    std::size_t used_ = 0;
    std::uint32_t open_ = 0;
};

/// An event and the batch it lives in: what filters and printers are given.
struct EventView {
    const Batch& batch;
    const Event& event;

    std::span<const FieldValue> values() const { return batch.values(event); }
    FieldValue find(FieldId field) const { return batch.find(event, field); }
    std::string_view text(FieldId field) const { return find(field).text(); }
};

/// A value as people and files spell it: numbers by the field's type (0x3e7, 4624), times in RFC 3339, SIDs as S-1-....
void append_text(std::string& out, const FieldValue& value, FieldType type);
std::string to_text(const FieldValue& value);

/// The value that `text` stands for in a field of that type; text that is not of the type stays Text. "-" stays Text:
/// Windows means "none" by it. Bytes go into `arena`; a Text value points at `text` itself.
FieldValue parse_value(FieldId field, FieldType type, std::string_view text, Arena& arena);

}  // namespace spoor
