// MemberWriter, MemberReader: the members of boots, sessions, processes and links as bytes, one behind the other. What
// a store's pages and a server's answers have in common; how they name what a record refers to is their own matter.
#pragma once
#include <algorithm>
#include <concepts>
#include <optional>
#include <vector>

#include "base/varint.h"
#include "model/history_members.h"

namespace spoor {

template <typename T>
inline constexpr bool kIsOptional = false;
template <typename T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

inline void put_text(std::string& out, std::string_view text) {
    put_varint(out, text.size());
    out += text;
}
inline void put_time(std::string& out, Timestamp time) { put_varint(out, zigzag(time.nanoseconds)); }

inline std::string_view get_text(ByteReader& reader) { return reader.bytes(reader.varint()); }
inline Timestamp get_time(ByteReader& reader) { return {unzigzag(reader.varint())}; }

/// How many there are of what takes at least a byte each; 0 where there is no room for so many.
inline std::uint64_t get_count(ByteReader& reader) {
    const std::uint64_t count = reader.varint();
    if (count > reader.left()) reader.fail();
    return reader.ok() ? count : 0;
}

/// Puts a record's members behind `out`. `References` has `number` of a HostId, a ChannelId and a Place, and `text`,
/// which gives a text as it is to stand there.
template <typename References>
class MemberWriter {
public:
    MemberWriter(std::string& out, References references) : out_(out), references_(std::move(references)) {}

    template <typename Record>
    void write(const Record& record) {
        // A Place refers to a member, so that visitors see records that could be changed; this one changes nothing.
        visit_members(*this, const_cast<Record&>(record));
    }
    References& references() { return references_; }

    template <typename T>
    void operator()(std::string_view, const T& value) {
        put(value);
    }

private:
    template <typename T>
    void put(const T& value) {
        if constexpr (kIsOptional<T>) {
            out_ += value ? '\1' : '\0';
            if (value) put(*value);
        } else if constexpr (std::same_as<T, Timestamp>)
            put_time(out_, value);
        else if constexpr (std::same_as<T, LogonId>)
            put_varint(out_, value.value());
        else if constexpr (std::same_as<T, std::string_view>)
            put_text(out_, references_.text(value));
        else if constexpr (std::same_as<T, Sid>)
            put_text(out_, value.bytes());
        else if constexpr (std::same_as<T, Guid> || std::same_as<T, IpAddress>)
            out_.append(reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size());
        else if constexpr (std::same_as<T, Place> || std::same_as<T, HostId>)
            put_varint(out_, references_.number(value));
        else if constexpr (std::same_as<T, std::vector<EventRef>>)
            put_evidence(value);
        else
            put_varint(out_, static_cast<std::uint64_t>(value));
    }

    void put_evidence(const std::vector<EventRef>& evidence) {
        put_varint(out_, evidence.size());
        for (const EventRef& ref : evidence) {
            put_varint(out_, references_.number(ref.host));
            put_varint(out_, references_.number(ref.channel));
            put_varint(out_, ref.event_id);
            put_varint(out_, ref.sequence);
            put_time(out_, ref.time);
        }
    }

    std::string& out_;
    References references_;
};

/// Fills a record's members from bytes that may be damaged: what was not there shows in the reader. `References` has
/// `host`, `channel` and `index` (of a Place) by number, and `text`, which keeps a text.
template <typename References>
class MemberReader {
public:
    MemberReader(ByteReader& reader, References references) : reader_(reader), references_(std::move(references)) {}

    template <typename Record>
    void read(Record& record) {
        visit_members(*this, record);
    }

    template <typename T>
    void operator()(std::string_view, T&& value) {
        take(value);
    }

private:
    template <typename T>
    void take(T& value) {
        if constexpr (kIsOptional<T>) {
            if (reader_.bytes(1) == std::string_view("\1", 1)) take(value.emplace());
        } else if constexpr (std::same_as<T, Timestamp>)
            value = get_time(reader_);
        else if constexpr (std::same_as<T, LogonId>)
            value = LogonId(reader_.varint());
        else if constexpr (std::same_as<T, std::string_view>)
            value = references_.text(get_text(reader_));
        else if constexpr (std::same_as<T, Sid>)
            value = Sid::from_bytes(get_text(reader_)).value_or(Sid{});
        else if constexpr (std::same_as<T, Guid> || std::same_as<T, IpAddress>) {
            const std::string_view bytes = reader_.bytes(value.bytes.size());
            std::ranges::copy(bytes, value.bytes.begin());
        } else if constexpr (std::same_as<T, Place>)
            value.index = references_.index(value, reader_.varint());
        else if constexpr (std::same_as<T, HostId>)
            value = references_.host(reader_.varint());
        else if constexpr (std::same_as<T, std::vector<EventRef>>)
            take_evidence(value);
        else
            value = static_cast<T>(reader_.varint());
    }

    void take_evidence(std::vector<EventRef>& evidence) {
        for (std::uint64_t left = get_count(reader_); left > 0 && reader_.ok(); --left) {
            EventRef& ref = evidence.emplace_back();
            ref.host = references_.host(reader_.varint());
            ref.channel = references_.channel(reader_.varint());
            ref.event_id = static_cast<std::uint16_t>(reader_.varint());
            ref.sequence = reader_.varint();
            ref.time = get_time(reader_);
        }
    }

    ByteReader& reader_;
    References references_;
};

}  // namespace spoor
