#include "model/event.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <iterator>

#include "base/check.h"

namespace spoor {

FieldValue FieldValue::of_real(FieldId field, double value) {
    return with(field, ValueType::Real, std::bit_cast<std::uint64_t>(value));
}

std::optional<std::uint64_t> FieldValue::as_number() const {
    if (type == ValueType::Unsigned || type == ValueType::Boolean) return number;
    if (type == ValueType::Signed && signed_number >= 0) return number;
    return std::nullopt;
}

std::optional<Timestamp> FieldValue::as_time() const {
    if (type != ValueType::Time) return std::nullopt;
    return Timestamp{signed_number};
}

std::optional<Guid> FieldValue::as_guid() const {
    if (type != ValueType::Guid || size != 16) return std::nullopt;
    Guid guid;
    std::memcpy(guid.bytes.data(), bytes, 16);
    return guid;
}

std::optional<Sid> FieldValue::as_sid() const {
    if (type != ValueType::Sid) return std::nullopt;
    const auto sid = Sid::from_bytes({bytes, size});
    if (!sid) return std::nullopt;
    return *sid;
}

std::optional<IpAddress> FieldValue::as_address() const {
    if (type != ValueType::Address || size != 16) return std::nullopt;
    IpAddress address;
    std::memcpy(address.bytes.data(), bytes, 16);
    return address;
}

void Batch::grow(std::size_t count) { values_.resize(std::max(used_ + count, 2 * values_.size())); }

void Batch::add_guid(FieldId field, const Guid& guid) {
    add(FieldValue::of_bytes(field, ValueType::Guid,
                             arena_.copy({reinterpret_cast<const char*>(guid.bytes.data()), 16})));
}

void Batch::add_sid(FieldId field, const Sid& sid) {
    add(FieldValue::of_bytes(field, ValueType::Sid, arena_.copy(sid.bytes())));
}

void Batch::add_address(FieldId field, const IpAddress& address) {
    add(FieldValue::of_bytes(field, ValueType::Address,
                             arena_.copy({reinterpret_cast<const char*>(address.bytes.data()), 16})));
}

Event& Batch::commit(Event event) {
    // Set in the copy: to copy what was just written in pieces would be to wait for it.
    Event& kept = events_.emplace_back(event);
    kept.first_value = open_;
    kept.value_count = static_cast<std::uint32_t>(used_) - open_;
    open_ = static_cast<std::uint32_t>(used_);
    return kept;
}

Event& Batch::copy(const EventView& event) {
    begin();
    for (FieldValue value : event.values()) {
        if (value.has_bytes()) value.bytes = arena_.copy(value.view()).data();
        add(value);
    }
    return commit(event.event);
}

void Batch::clear() {
    arena_.clear();
    events_.clear();
    used_ = 0;
    open_ = 0;
}

FieldValue Batch::find(const Event& event, FieldId field) const {
    for (const FieldValue& value : values(event))
        if (value.field == field) return value;
    return {};
}

void append_text(std::string& out, const FieldValue& value, FieldType type) {
    const auto to = std::back_inserter(out);
    switch (value.type) {
        case ValueType::Null: break;
        case ValueType::Unsigned:
            if (type == FieldType::Hex)
                fmt::format_to(to, "{:#x}", value.number);
            else
                fmt::format_to(to, "{}", value.number);
            break;
        case ValueType::Signed: fmt::format_to(to, "{}", value.signed_number); break;
        case ValueType::Real: fmt::format_to(to, "{}", value.real); break;
        case ValueType::Boolean: out += value.number ? "true" : "false"; break;
        case ValueType::Time: out += Timestamp{value.signed_number}.to_string(); break;
        case ValueType::Text: out += value.view(); break;
        case ValueType::Bytes:
            for (const char byte : value.view()) fmt::format_to(to, "{:02X}", static_cast<std::uint8_t>(byte));
            break;
        case ValueType::Guid: out += value.as_guid().value_or(Guid{}).to_string(); break;
        case ValueType::Sid: {
            char text[192];
            out.append(text, write_sid(value.view(), text));
            break;
        }
        case ValueType::Address: out += value.as_address().value_or(IpAddress{}).to_string(); break;
    }
}

std::string to_text(const FieldValue& value) {
    std::string text;
    const auto index = static_cast<std::size_t>(value.field);
    append_text(text, value, index < kFieldCount ? kFields[index].type : FieldType::Text);
    return text;
}

namespace {

std::optional<std::uint64_t> parse_number(std::string_view text) {
    const bool hex = text.starts_with("0x") || text.starts_with("0X");
    const std::string_view digits = hex ? text.substr(2) : text;
    std::uint64_t value = 0;
    const auto [end, errc] = std::from_chars(digits.data(), digits.data() + digits.size(), value, hex ? 16 : 10);
    if (errc != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return value;
}

}  // namespace

FieldValue parse_value(FieldId field, FieldType type, std::string_view text, Arena& arena) {
    const FieldValue as_it_is = FieldValue::of_bytes(field, ValueType::Text, text);
    if (text.empty() || text == "-") return as_it_is;
    switch (type) {
        case FieldType::Text: return as_it_is;
        case FieldType::Number:
        case FieldType::Hex:
            if (const auto number = parse_number(text)) return FieldValue::of_number(field, *number);
            return as_it_is;
        case FieldType::Signed: {
            std::int64_t value = 0;
            const auto [end, errc] = std::from_chars(text.data(), text.data() + text.size(), value);
            if (errc != std::errc{} || end != text.data() + text.size()) return as_it_is;
            return FieldValue::of_signed(field, value);
        }
        case FieldType::Real: {
            double value = 0;
            const auto [end, errc] = std::from_chars(text.data(), text.data() + text.size(), value);
            if (errc != std::errc{} || end != text.data() + text.size()) return as_it_is;
            return FieldValue::of_real(field, value);
        }
        case FieldType::Boolean:
            if (text == "true" || text == "True" || text == "1") return FieldValue::of_boolean(field, true);
            if (text == "false" || text == "False" || text == "0") return FieldValue::of_boolean(field, false);
            return as_it_is;
        case FieldType::Time:
            if (const auto time = Timestamp::parse(text)) return FieldValue::of_time(field, *time);
            return as_it_is;
        case FieldType::Guid:
            if (const auto guid = Guid::parse(text))
                return FieldValue::of_bytes(field, ValueType::Guid,
                                            arena.copy({reinterpret_cast<const char*>(guid->bytes.data()), 16}));
            return as_it_is;
        case FieldType::Sid:
            if (const auto sid = Sid::parse(text))
                return FieldValue::of_bytes(field, ValueType::Sid, arena.copy(sid->bytes()));
            return as_it_is;
        case FieldType::Address:
            if (const auto address = IpAddress::parse(text))
                return FieldValue::of_bytes(field, ValueType::Address,
                                            arena.copy({reinterpret_cast<const char*>(address->bytes.data()), 16}));
            return as_it_is;
        case FieldType::Bytes: {
            if (text.size() % 2) return as_it_is;
            char* const bytes = arena.reserve(text.size() / 2);
            for (std::size_t i = 0; i < text.size(); i += 2) {
                std::uint8_t byte = 0;
                const auto [end, errc] = std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
                if (errc != std::errc{} || end != text.data() + i + 2) return as_it_is;
                bytes[i / 2] = static_cast<char>(byte);
            }
            arena.commit(text.size() / 2);
            return FieldValue::of_bytes(field, ValueType::Bytes, {bytes, text.size() / 2});
        }
    }
    return as_it_is;
}

}  // namespace spoor
