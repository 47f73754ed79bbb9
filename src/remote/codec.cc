#include "remote/codec.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "model/member_codec.h"

namespace spoor::remote {
namespace {

constexpr std::size_t kSizeBytes = 8;  // of a piece, in front of it
constexpr std::uint64_t kLargestPiece = 8ull << 30;

/// Changes when the numbers of kinds or fields mean something else.
std::uint64_t schema_mark() {
    std::uint64_t mark = 1;  // the version of this format
    for (const Field& field : kFields) mark = hash64(field.name, mark);
    for (std::size_t i = 0; i < kKindCount; ++i) mark = hash64(kKinds[i].name, mark);
    return mark;
}

/// Numbers of records with kNobody as 0.
void put_index(std::string& out, std::uint32_t index) { put_varint(out, static_cast<std::uint32_t>(index + 1)); }

/// Hosts and channels by the numbers that Encoder::begin gives them, records by their places.
struct OwnNumbers {
    std::uint64_t number(HostId host) const { return static_cast<std::uint64_t>(host); }
    std::uint64_t number(ChannelId channel) const { return static_cast<std::uint64_t>(channel); }
    std::uint64_t number(const Place& place) const { return static_cast<std::uint32_t>(place.index + 1); }
    std::string_view text(std::string_view text) const { return text; }
};

template <typename Record>
void put_records(std::string& out, const std::vector<Record>& records) {
    put_varint(out, records.size());
    MemberWriter writer(out, OwnNumbers{});
    for (const Record& record : records) writer.write(record);
}

}  // namespace

// ---- Encoder

void Encoder::begin(std::string& out) {
    begun_ = out.size();
    out.append(kSizeBytes, '\0');
    if (!std::exchange(marked_, true)) {
        const std::uint64_t mark = schema_mark();
        out.append(reinterpret_cast<const char*>(&mark), sizeof mark);
    }
    const auto tell = [&](std::size_t& told, std::size_t count, auto&& put_name) {
        put_varint(out, count - told);
        for (; told < count; ++told) put_name(told);
    };
    tell(hosts_, std::max(catalog_.host_count(), hosts_), [&](std::size_t host) {
        put_text(out, catalog_.host_name(static_cast<HostId>(host)));
        put_text(out, catalog_.host_full_name(static_cast<HostId>(host)));
    });
    tell(channels_, std::max(catalog_.channel_count(), channels_),
         [&](std::size_t channel) { put_text(out, catalog_.channel_name(static_cast<ChannelId>(channel))); });
    tell(fields_, std::max(catalog_.field_count(), fields_),
         [&](std::size_t field) { put_text(out, catalog_.field_name(static_cast<FieldId>(field))); });
}

void Encoder::end(std::string& out) {
    const std::uint64_t size = out.size() - begun_ - kSizeBytes;
    out.replace(begun_, kSizeBytes, reinterpret_cast<const char*>(&size), kSizeBytes);
}

void Encoder::events(const Batch& batch, std::span<const store::Position> positions, std::string& out) {
    begin(out);
    put_varint(out, batch.size());
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const Event& event = batch.events()[i];
        put_time(out, event.time);
        put_varint(out, positions[i].number);
        put_varint(out, event.sequence);
        put_varint(out, static_cast<std::uint64_t>(event.host));
        put_varint(out, static_cast<std::uint64_t>(event.channel));
        out += static_cast<char>(event.kind);
        out += static_cast<char>(event.outcome);
        out += static_cast<char>(event.quality);
        put_varint(out, event.event_id);
        for (const std::uint32_t index : {event.actor.session, event.actor.process, event.actor.adopted_session})
            put_index(out, index);
        put_varint(out, event.value_count);
        for (const FieldValue& value : batch.values(event)) {
            put_varint(out, static_cast<std::uint64_t>(value.field));
            out += static_cast<char>(value.type);
            if (value.has_bytes())
                put_text(out, value.view());
            else
                put_varint(out, value.number);
        }
    }
    end(out);
}

void Encoder::history(const History& history, std::string& out) {
    begin(out);
    put_records(out, history.boots);
    put_records(out, history.sessions);
    put_records(out, history.processes);
    put_records(out, history.links);
    end(out);
}

void Encoder::recalled(const store::Recalled& recalled, std::string& out) {
    begin(out);
    put_records(out, recalled.history.boots);
    put_records(out, recalled.history.sessions);
    put_records(out, recalled.history.processes);
    put_records(out, recalled.history.links);
    for (const auto* const numbers : {&recalled.sessions, &recalled.processes, &recalled.links})
        for (const std::uint32_t number : *numbers) put_varint(out, number);
    for (const bool whole : recalled.whole) out += whole ? '\1' : '\0';
    put_varint(out, recalled.found.size());
    for (const std::uint32_t number : recalled.found) put_varint(out, number);
    end(out);
}

void Encoder::counts(std::span<const store::Count> counts, std::string& out) {
    begin(out);
    put_varint(out, counts.size());
    for (const store::Count& count : counts) {
        put_varint(out, count.values.size());
        for (const std::string& value : count.values) put_text(out, value);
        for (const Timestamp time : {count.start, count.first, count.last}) put_time(out, time);
        put_varint(out, count.events);
    }
    end(out);
}

void Encoder::holdings(std::span<const store::Holding> holdings, std::string& out) {
    begin(out);
    put_varint(out, holdings.size());
    for (const store::Holding& holding : holdings) {
        put_varint(out, static_cast<std::uint64_t>(holding.host));
        put_varint(out, static_cast<std::uint64_t>(holding.channel));
        put_varint(out, holding.events);
        for (const Timestamp time : {holding.first, holding.last}) put_time(out, time);
        put_varint(out, holding.ranges.size());
        for (const store::Holding::Range& range : holding.ranges) {
            put_varint(out, range.first);
            put_varint(out, range.last);
        }
    }
    end(out);
}

void Encoder::inventory(const store::Inventory& inventory, std::string& out) {
    begin(out);
    for (const std::uint64_t number : {inventory.events, inventory.sessions, inventory.processes, inventory.links})
        put_varint(out, number);
    for (const Timestamp time : {inventory.first, inventory.last}) put_time(out, time);
    end(out);
}

void Encoder::times(std::span<const Timestamp> times, std::string& out) {
    begin(out);
    put_varint(out, times.size());
    for (const Timestamp time : times) put_time(out, time);
    end(out);
}

// ---- Decoder

namespace {

std::unexpected<Error> damaged() { return fail(Errc::Corrupt, "the server's answer is damaged"); }

std::uint32_t get_index(ByteReader& reader) { return static_cast<std::uint32_t>(reader.varint()) - 1; }

/// A number of an enumeration that ends with `last`.
template <typename Enum>
Enum get_enum(ByteReader& reader, Enum last) {
    const std::string_view byte = reader.bytes(1);
    const auto number = byte.empty() ? 0u : static_cast<unsigned>(static_cast<unsigned char>(byte[0]));
    if (number > static_cast<unsigned>(last)) reader.fail();
    return reader.ok() ? static_cast<Enum>(number) : Enum{};
}

/// A value whose bytes are of the size that its type has.
bool fits(ValueType type, std::string_view bytes) {
    if (type == ValueType::Guid || type == ValueType::Address) return bytes.size() == 16;
    return type != ValueType::Sid || Sid::from_bytes(bytes).has_value();
}

}  // namespace

std::optional<std::string_view> Decoder::piece(std::string_view& bytes) {
    std::uint64_t size = 0;
    if (bytes.size() < kSizeBytes) return std::nullopt;
    bytes.copy(reinterpret_cast<char*>(&size), kSizeBytes);
    if (size > kLargestPiece || bytes.size() - kSizeBytes < size) return std::nullopt;
    const std::string_view piece = bytes.substr(kSizeBytes, size);
    bytes.remove_prefix(kSizeBytes + size);
    return piece;
}

FieldId Decoder::field(std::uint64_t number) const {
    if (number < kFieldCount) return static_cast<FieldId>(number);
    number -= kFieldCount;
    return number < fields_.size() ? fields_[number] : FieldId::None;
}

Result<ByteReader> Decoder::begin(std::string_view piece) {
    ByteReader reader(piece);
    if (!std::exchange(marked_, true)) {
        const std::uint64_t mark = schema_mark();
        if (reader.bytes(sizeof mark) != std::string_view(reinterpret_cast<const char*>(&mark), sizeof mark))
            return fail(Errc::Unsupported,
                        "the server that has the store is another version of spoor: restart it, or use its spoor");
    }
    for (std::uint64_t left = get_count(reader); left > 0; --left) {
        // Of hosts that share a label the one that has it for a name comes first, and must here too.
        const std::string_view name = get_text(reader);
        const std::string_view full_name = get_text(reader);
        const HostId host = catalog_.host(name);
        if (full_name != name) catalog_.host(full_name);
        hosts_.push_back(host);
    }
    for (std::uint64_t left = get_count(reader); left > 0; --left)
        channels_.push_back(catalog_.channel(get_text(reader)));
    for (std::uint64_t left = get_count(reader); left > 0; --left) fields_.push_back(catalog_.field(get_text(reader)));
    if (!reader.ok()) return damaged();
    return reader;
}

Result<void> Decoder::events(std::string_view piece, Batch& batch, std::vector<store::Position>& positions) {
    ByteReader reader = TRY(begin(piece));
    for (std::uint64_t left = get_count(reader); left > 0; --left) {
        Event event;
        event.time = get_time(reader);
        positions.push_back({event.time, reader.varint()});
        event.sequence = reader.varint();
        event.host = host(reader.varint());
        event.channel = channel(reader.varint());
        event.kind = get_enum(reader, static_cast<Kind>(kKindCount - 1));
        event.outcome = get_enum(reader, Outcome::Failure);
        event.quality = get_enum(reader, Quality::Partial);
        event.event_id = static_cast<std::uint16_t>(reader.varint());
        for (std::uint32_t* const index : {&event.actor.session, &event.actor.process, &event.actor.adopted_session})
            *index = get_index(reader);
        batch.begin();
        for (std::uint64_t values = get_count(reader); values > 0; --values) {
            const FieldId id = field(reader.varint());
            const ValueType type = get_enum(reader, ValueType::Address);
            FieldValue value = FieldValue::of_number(id, 0);
            value.type = type;
            if (value.has_bytes()) {
                const std::string_view bytes = get_text(reader);
                if (!fits(type, bytes)) reader.fail();
                value = FieldValue::of_bytes(id, type, batch.arena().copy(bytes));
            } else {
                value.number = reader.varint();
            }
            if (!reader.ok()) return damaged();
            batch.add(value);
        }
        batch.commit(event);
    }
    if (!reader.ok()) return damaged();
    return {};
}

/// What a piece names by numbers.
struct ToldNames {
    const Decoder& decoder;
    TextPool& texts;

    HostId host(std::uint64_t number) const { return decoder.host(number); }
    ChannelId channel(std::uint64_t number) const { return decoder.channel(number); }
    std::uint32_t index(const Place&, std::uint64_t number) const { return static_cast<std::uint32_t>(number) - 1; }
    std::string_view text(std::string_view text) const { return texts.intern(text); }
};

namespace {

template <typename Record>
void get_records(ByteReader& reader, const ToldNames& names, std::vector<Record>& records) {
    MemberReader members(reader, names);
    for (std::uint64_t left = get_count(reader); left > 0 && reader.ok(); --left) members.read(records.emplace_back());
}

/// References that lead nowhere would be followed.
bool is_whole(const History& history) {
    const auto good = [](std::uint32_t index, std::size_t size) { return index == kNobody || index < size; };
    return std::ranges::all_of(history.sessions,
                               [&](const Session& session) { return good(session.key.boot, history.boots.size()); }) &&
           std::ranges::all_of(history.processes,
                               [&](const Process& process) {
                                   return good(process.boot, history.boots.size()) &&
                                          good(process.session, history.sessions.size()) &&
                                          good(process.parent, history.processes.size());
                               }) &&
           std::ranges::all_of(history.links, [&](const Link& link) {
               return link.from < history.sessions.size() && link.to < history.sessions.size() &&
                      good(link.process, history.processes.size()) && good(link.to_process, history.processes.size());
           });
}

}  // namespace

Result<void> Decoder::history(std::string_view piece, History& history) {
    ByteReader reader = TRY(begin(piece));
    const ToldNames names{*this, history.texts};
    get_records(reader, names, history.boots);
    get_records(reader, names, history.sessions);
    get_records(reader, names, history.processes);
    get_records(reader, names, history.links);
    if (reader.ok() && is_whole(history)) return {};
    history = {};
    return damaged();
}

Result<store::Recalled> Decoder::recalled(std::string_view piece, TextPool& texts) {
    ByteReader reader = TRY(begin(piece));
    const ToldNames names{*this, texts};
    store::Recalled recalled;
    get_records(reader, names, recalled.history.boots);
    get_records(reader, names, recalled.history.sessions);
    get_records(reader, names, recalled.history.processes);
    get_records(reader, names, recalled.history.links);
    const auto get_numbers = [&](std::vector<std::uint32_t>& numbers, std::size_t count) {
        for (; count > 0 && reader.ok(); --count) numbers.push_back(static_cast<std::uint32_t>(reader.varint()));
    };
    get_numbers(recalled.sessions, recalled.history.sessions.size());
    get_numbers(recalled.processes, recalled.history.processes.size());
    get_numbers(recalled.links, recalled.history.links.size());
    for (std::size_t i = 0; i < recalled.sessions.size(); ++i)
        recalled.whole.push_back(reader.bytes(1) == std::string_view("\1", 1));
    get_numbers(recalled.found, get_count(reader));
    const std::size_t boots = recalled.history.boots.size();
    const auto is_boot = [&](std::uint32_t boot) { return boot == kNobody || boot < boots; };
    const bool good =
        std::ranges::all_of(recalled.history.sessions,
                            [&](const Session& session) { return is_boot(session.key.boot); }) &&
        std::ranges::all_of(recalled.history.processes, [&](const Process& process) { return is_boot(process.boot); });
    if (!reader.ok() || !good) return damaged();
    return recalled;
}

Result<std::vector<store::Count>> Decoder::counts(std::string_view piece) {
    ByteReader reader = TRY(begin(piece));
    std::vector<store::Count> counts;
    for (std::uint64_t left = get_count(reader); left > 0; --left) {
        store::Count& count = counts.emplace_back();
        for (std::uint64_t values = get_count(reader); values > 0; --values)
            count.values.emplace_back(get_text(reader));
        for (Timestamp* const time : {&count.start, &count.first, &count.last}) *time = get_time(reader);
        count.events = reader.varint();
    }
    if (!reader.ok()) return damaged();
    return counts;
}

Result<std::vector<store::Holding>> Decoder::holdings(std::string_view piece) {
    ByteReader reader = TRY(begin(piece));
    std::vector<store::Holding> holdings;
    for (std::uint64_t left = get_count(reader); left > 0; --left) {
        store::Holding& holding = holdings.emplace_back();
        holding.host = host(reader.varint());
        holding.channel = channel(reader.varint());
        holding.events = reader.varint();
        for (Timestamp* const time : {&holding.first, &holding.last}) *time = get_time(reader);
        for (std::uint64_t ranges = get_count(reader); ranges > 0; --ranges) {
            holding.ranges.push_back({reader.varint(), 0});
            holding.ranges.back().last = reader.varint();
        }
    }
    if (!reader.ok()) return damaged();
    return holdings;
}

Result<store::Inventory> Decoder::inventory(std::string_view piece) {
    ByteReader reader = TRY(begin(piece));
    store::Inventory inventory;
    for (std::uint64_t* const number : {&inventory.events, &inventory.sessions, &inventory.processes, &inventory.links})
        *number = reader.varint();
    for (Timestamp* const time : {&inventory.first, &inventory.last}) *time = get_time(reader);
    if (!reader.ok()) return damaged();
    return inventory;
}

Result<std::vector<Timestamp>> Decoder::times(std::string_view piece) {
    ByteReader reader = TRY(begin(piece));
    std::vector<Timestamp> times;
    for (std::uint64_t left = get_count(reader); left > 0; --left) times.push_back(get_time(reader));
    if (!reader.ok()) return damaged();
    return times;
}

}  // namespace spoor::remote
