// ValueWriter: writes a record's values into rendered text. What neighbouring records share (the day, the machine's
// SIDs) is formatted once.
#pragma once
#include <cstdint>
#include <cstring>

#include "base/endian.h"
#include "evtx/layout.h"
#include "evtx/render/escape.h"
#include "evtx/render/text_buffer.h"
#include "evtx/render/value_format.h"
#include "evtx/value.h"

namespace spoor::evtx {

/// Copies a constant of a program: 32 bytes at a time, for which both sides have slack.
inline char* copy_constant(const char* from, std::size_t size, char* to) {
    std::memcpy(to, from, 32);
    for (std::size_t at = 32; at < size; at += 32) std::memcpy(to + at, from + at, 32);
    return to + size;
}
constexpr std::size_t kConstantSlack = 32;

class ValueWriter {
public:
    /// Bytes of room that write() may need beyond kWidestFormat.
    static std::size_t growth(const Value& value) { return 6 * std::size_t{value.size}; }

    /// Writes the value as text; XML's GUIDs have braces. Items of an array are separated by commas.
    template <Escaping escaping>
    char* write(const Value& value, char* to) {
        switch (value.type) {
            case Type::Null:
            case Type::BinXml: return to;
            case Type::Utf16: return write_escaped<escaping>(value.data, value.size / 2, to);
            case Type::Ansi: return write_escaped_ansi<escaping>(value.data, value.size, to);
            case Type::I8: return write_signed(load<std::int8_t>(value.data), to);
            case Type::U8: return write_unsigned(*value.data, to);
            case Type::I16: return write_signed(load<std::int16_t>(value.data), to);
            case Type::U16: return write_unsigned(load<std::uint16_t>(value.data), to);
            case Type::I32: return write_signed(load<std::int32_t>(value.data), to);
            case Type::U32: return write_unsigned(load<std::uint32_t>(value.data), to);
            case Type::I64: return write_signed(load<std::int64_t>(value.data), to);
            case Type::U64: return write_unsigned(load<std::uint64_t>(value.data), to);
            case Type::Hex32: return write_hex(load<std::uint32_t>(value.data), to);
            case Type::Hex64: return write_hex(load<std::uint64_t>(value.data), to);
            case Type::Size:
                return write_hex(value.size == 4 ? load<std::uint32_t>(value.data) : load<std::uint64_t>(value.data),
                                 to);
            case Type::Bool: return write_bool(value, to);
            case Type::Guid:
                if constexpr (escaping == Escaping::Json) return write_guid(value.data, to);
                *to = '{';
                to = write_guid(value.data, to + 1);
                *to = '}';
                return to + 1;
            case Type::Filetime: return write_time(load<std::uint64_t>(value.data), to);
            case Type::Sid: return write_known_sid(value, to);
            default: return write_rare<escaping>(value, to);
        }
    }

private:
    static char* write_bool(const Value& value, char* to) {
        const bool is_true = value.size == 4 ? load<std::uint32_t>(value.data) != 0 : *value.data != 0;
        std::memcpy(to, is_true ? "true\0" : "false", 5);
        return to + (is_true ? 4 : 5);
    }

    char* write_time(std::uint64_t ticks, char* to) {
        constexpr std::uint64_t kTicksOfDay = 864'000'000'000;
        constexpr std::size_t kDateLength = 11;
        if (ticks - day_begin_ >= kTicksOfDay || !day_known_) {
            char* const end = write_filetime(ticks, to);
            day_known_ = end - to == 28;  // a year of five digits is not worth keeping
            day_begin_ = ticks / kTicksOfDay * kTicksOfDay;
            std::memcpy(date_, to, kDateLength);
            return end;
        }
        std::memcpy(to, date_, 16);
        return write_time_of_day(ticks - day_begin_, to + kDateLength);
    }

    char* write_known_sid(const Value& value, char* to) {
        KnownSid& known = sids_[(load<std::uint32_t>(value.data + value.size - 4) * 0x9e3779b1u) >> 26];
        if (known.size == value.size && std::memcmp(known.bytes, value.data, value.size) == 0) {
            std::memcpy(to, known.text, sizeof known.text);
            return to + known.length;
        }
        char* const end = write_sid(value.data, to);
        const auto length = static_cast<std::size_t>(end - to);
        if (value.size > sizeof known.bytes || length > sizeof known.text) return end;
        std::memcpy(known.bytes, value.data, value.size);
        std::memcpy(known.text, to, length);
        known.size = value.size;
        known.length = length;
        return end;
    }

    template <Escaping escaping>
    char* write_rare(const Value& value, char* to) {
        if (is_array(value.type)) {
            bool first = true;
            Items items(value);
            while (const std::optional<Value> item = items.next()) {
                if (!first) *to++ = ',';
                first = false;
                to = write<escaping>(*item, to);
            }
            return to;
        }
        switch (value.type) {
            case Type::Float: return write_float(load<float>(value.data), to);
            case Type::Double: return write_float(load<double>(value.data), to);
            case Type::Systemtime: return write_systemtime(value.data, to);
            default: return write_binary(value.data, value.size, to);
        }
    }

    struct KnownSid {
        std::uint32_t size = 0;
        std::size_t length = 0;
        std::uint8_t bytes[28] = {};
        char text[64] = {};
    };
    KnownSid sids_[64];
    std::uint64_t day_begin_ = 0;
    bool day_known_ = false;
    char date_[16] = {};
};

}  // namespace spoor::evtx
