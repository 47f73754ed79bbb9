#include "evtx/value.h"

#include <charconv>

#include "base/endian.h"
#include "base/unicode.h"
#include "evtx/render/value_format.h"

namespace spoor::evtx {
namespace {

/// Bytes of one item; 0 for types whose size is in the data.
constexpr std::uint32_t width_of(Type type) {
    switch (type) {
        case Type::I8:
        case Type::U8: return 1;
        case Type::I16:
        case Type::U16: return 2;
        case Type::I32:
        case Type::U32:
        case Type::Float:
        case Type::Bool:
        case Type::Hex32: return 4;
        case Type::I64:
        case Type::U64:
        case Type::Double:
        case Type::Filetime:
        case Type::Hex64:
        case Type::Size: return 8;
        case Type::Guid:
        case Type::Systemtime: return 16;
        default: return 0;
    }
}

bool is_whole_sid(const std::uint8_t* data, std::uint32_t size) {
    return size >= 8 && data[1] <= 15 && size == 8u + 4u * data[1];
}

/// Numbers of 1 to 8 bytes, without a sign.
std::uint64_t load_unsigned(const Value& value) {
    switch (value.size) {
        case 1: return value.data[0];
        case 2: return load<std::uint16_t>(value.data);
        case 4: return load<std::uint32_t>(value.data);
        case 8: return load<std::uint64_t>(value.data);
        default: return 0;
    }
}

std::int64_t load_signed(const Value& value) {
    switch (value.size) {
        case 1: return load<std::int8_t>(value.data);
        case 2: return load<std::int16_t>(value.data);
        case 4: return load<std::int32_t>(value.data);
        case 8: return load<std::int64_t>(value.data);
        default: return 0;
    }
}

bool is_text(Type type) { return type == Type::Utf16 || type == Type::Utf8 || type == Type::Ansi; }

/// The text of a number: short, so that it needs no memory of its own.
std::string_view short_text(const Value& value, char (&buffer)[48]) {
    if (value.type != Type::Utf16) return bytes_of(value).substr(0, bytes_of(value).find('\0'));
    const std::size_t units = text_units(value);
    if (units > sizeof buffer) return {};
    for (std::size_t i = 0; i < units; ++i) {
        const auto unit = load<char16_t>(value.data + 2 * i);
        if (unit >= 0x80) return {};
        buffer[i] = static_cast<char>(unit);
    }
    return {buffer, units};
}

template <typename T>
std::optional<T> parse_number(std::string_view text) {
    const bool is_hex = text.starts_with("0x") || text.starts_with("0X");
    if (is_hex) text.remove_prefix(2);
    T number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, is_hex ? 16 : 10);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::optional<std::uint64_t> filetime_of_systemtime(const std::uint8_t* fields) {
    char text[kWidestFormat];
    const Result<Timestamp> time = Timestamp::parse({text, write_systemtime(fields, text)});
    if (!time) return std::nullopt;
    return time->to_filetime();
}

}  // namespace

bool is_well_formed(Type type, const std::uint8_t* data, std::uint32_t size) {
    switch (type) {
        case Type::Null:
        case Type::Utf16:
        case Type::Ansi:
        case Type::Binary:
        case Type::BinXml: return true;
        case Type::Bool: return size == 4 || size == 1;
        case Type::Size: return size == 4 || size == 8;
        case Type::Sid: return is_whole_sid(data, size);
        case Type::Utf8: return false;  // ours, never stored
        default: break;
    }
    if (!is_array(type)) return width_of(type) != 0 && size == width_of(type);
    switch (item_type(type)) {
        case Type::Utf16:
        case Type::Ansi:
        case Type::Sid: return true;
        default: return width_of(item_type(type)) != 0 && size % width_of(item_type(type)) == 0;
    }
}

std::optional<Value> Items::next() {
    if (single_) {
        single_ = false;
        Value value = rest_;
        rest_.size = 0;
        return value;
    }
    if (!is_array(rest_.type) || rest_.size == 0) return std::nullopt;
    Value item{rest_.data, 0, item_type(rest_.type)};
    std::uint32_t taken = 0;
    switch (item.type) {
        case Type::Utf16:
            while (item.size + 2 <= rest_.size && load<char16_t>(rest_.data + item.size) != 0) item.size += 2;
            taken = item.size + 2;
            break;
        case Type::Ansi:
            while (item.size < rest_.size && rest_.data[item.size] != 0) ++item.size;
            taken = item.size + 1;
            break;
        case Type::Sid:
            taken = rest_.size >= 8 ? 8u + 4u * rest_.data[1] : rest_.size;
            item.size = taken;
            if (taken > rest_.size || !is_whole_sid(rest_.data, taken)) {
                item = {rest_.data, rest_.size, Type::Binary};
                taken = rest_.size;
            }
            break;
        default:
            // Arrays of Size hold what the width divides; the reader made sure of it for all.
            taken = width_of(item.type);
            item.size = taken;
    }
    if (taken > rest_.size) taken = rest_.size;
    rest_.data += taken;
    rest_.size -= taken;
    return item;
}

std::size_t text_units(const Value& value) {
    const std::size_t units = value.size / 2;
    for (std::size_t i = 0; i < units; ++i)
        if (load<char16_t>(value.data + 2 * i) == 0) return i;
    return units;
}

void append_text(const Value& value, std::string& text) {
    if (is_array(value.type)) {
        bool first = true;
        Items items(value);
        while (const std::optional<Value> item = items.next()) {
            if (!first) text += ',';
            first = false;
            append_text(*item, text);
        }
        return;
    }
    char buffer[kWidestFormat];
    char* end = buffer;
    switch (value.type) {
        case Type::Null:
        case Type::BinXml: return;
        case Type::Utf16: {
            const std::size_t units = text_units(value);
            const std::size_t before = text.size();
            text.resize(before + utf8_bound(units));
            text.resize(static_cast<std::size_t>(utf16_to_utf8(value.data, units, text.data() + before) - text.data()));
            return;
        }
        case Type::Utf8: text += bytes_of(value); return;
        case Type::Ansi: text += windows1252_to_utf8(bytes_of(value).substr(0, bytes_of(value).find('\0'))); return;
        case Type::I8:
        case Type::I16:
        case Type::I32:
        case Type::I64: end = write_signed(load_signed(value), buffer); break;
        case Type::U8:
        case Type::U16:
        case Type::U32:
        case Type::U64: end = write_unsigned(load_unsigned(value), buffer); break;
        case Type::Float: end = write_float(load<float>(value.data), buffer); break;
        case Type::Double: end = write_float(load<double>(value.data), buffer); break;
        case Type::Bool: text += load_unsigned(value) != 0 ? "true" : "false"; return;
        case Type::Guid:
            text += '{';
            text.append(buffer, write_guid(value.data, buffer));
            text += '}';
            return;
        case Type::Size:
        case Type::Hex32:
        case Type::Hex64: end = write_hex(load_unsigned(value), buffer); break;
        case Type::Filetime: end = write_filetime(load<std::uint64_t>(value.data), buffer); break;
        case Type::Systemtime: end = write_systemtime(value.data, buffer); break;
        case Type::Sid: end = write_sid(value.data, buffer); break;
        default: {
            const std::size_t before = text.size();
            text.resize(before + 2 * std::size_t{value.size});
            write_binary(value.data, value.size, text.data() + before);
            return;
        }
    }
    text.append(buffer, end);
}

std::string to_text(const Value& value) {
    std::string text;
    append_text(value, text);
    return text;
}

bool is_empty(const Value& value) {
    switch (value.type) {
        case Type::Null:
        case Type::BinXml: return true;
        case Type::Utf16: return value.size < 2 || load<char16_t>(value.data) == 0;
        case Type::Ansi: return value.size == 0 || value.data[0] == 0;
        case Type::Systemtime: return load<std::uint64_t>(value.data) == 0 && load<std::uint64_t>(value.data + 8) == 0;
        default: return value.size == 0;
    }
}

std::optional<std::uint64_t> to_unsigned(const Value& value) {
    switch (value.type) {
        case Type::I8:
        case Type::I16:
        case Type::I32:
        case Type::I64: {
            const std::int64_t number = load_signed(value);
            return number < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(number));
        }
        case Type::U8:
        case Type::U16:
        case Type::U32:
        case Type::U64:
        case Type::Size:
        case Type::Hex32:
        case Type::Hex64: return load_unsigned(value);
        case Type::Bool: return load_unsigned(value) != 0 ? 1 : 0;
        default: break;
    }
    if (!is_text(value.type)) return std::nullopt;
    char buffer[48];
    return parse_number<std::uint64_t>(short_text(value, buffer));
}

std::optional<std::int64_t> to_signed(const Value& value) {
    if (value.type == Type::I8 || value.type == Type::I16 || value.type == Type::I32 || value.type == Type::I64)
        return load_signed(value);
    if (is_text(value.type)) {
        char buffer[48];
        return parse_number<std::int64_t>(short_text(value, buffer));
    }
    const std::optional<std::uint64_t> number = to_unsigned(value);
    if (!number || *number > INT64_MAX) return std::nullopt;
    return static_cast<std::int64_t>(*number);
}

std::optional<std::uint64_t> to_filetime(const Value& value) {
    if (value.type == Type::Filetime) return load<std::uint64_t>(value.data);
    if (value.type == Type::Systemtime) return is_empty(value) ? std::nullopt : filetime_of_systemtime(value.data);
    if (!is_text(value.type)) return std::nullopt;
    char buffer[48];
    const Result<Timestamp> time = Timestamp::parse(short_text(value, buffer));
    if (!time) return std::nullopt;
    return time->to_filetime();
}

std::optional<Timestamp> to_time(const Value& value) {
    const std::optional<std::uint64_t> ticks = to_filetime(value);
    if (!ticks) return std::nullopt;
    return Timestamp::from_filetime(*ticks);
}

std::optional<Guid> to_guid(const Value& value) {
    if (value.type == Type::Guid) return load<Guid>(value.data);
    if (!is_text(value.type)) return std::nullopt;
    char buffer[48];
    const Result<Guid> guid = Guid::parse(short_text(value, buffer));
    if (!guid) return std::nullopt;
    return *guid;
}

std::optional<std::string_view> sid_bytes(const Value& value) {
    if (value.type != Type::Sid) return std::nullopt;
    return bytes_of(value);
}

}  // namespace spoor::evtx
