// Values: what the bytes of a record's value say, as numbers, times, identifiers and text.
//
// A decoded value has a size that fits its type; a stored one that had not was turned into Type::Binary by the reader,
// so nothing here checks twice. Numbers are also read from text, because forwarded events carry everything as text.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "base/guid.h"
#include "base/time.h"
#include "evtx/record.h"

namespace spoor::evtx {

constexpr bool is_array(Type type) { return (static_cast<std::uint8_t>(type) & 0x80) != 0; }
constexpr Type item_type(Type type) { return static_cast<Type>(static_cast<std::uint8_t>(type) & 0x7f); }

/// Whether the type can hold `size` bytes at `data`: what the reader asks of every value.
bool is_well_formed(Type type, const std::uint8_t* data, std::uint32_t size);

/// The items of an array in order, empty ones too; a value that is no array is its own only item. An empty array has
/// none.
///     for (Items items(value); std::optional<Value> item = items.next();) ...
class Items {
public:
    explicit Items(const Value& value) : rest_(value), single_(!is_array(value.type)) {}
    std::optional<Value> next();

private:
    Value rest_;
    bool single_;
};

/// Text without what follows its first NUL: the units of a Type::Utf16.
std::size_t text_units(const Value& value);

/// Appends the value as text, as Event Viewer writes it; items of an array are separated by commas.
void append_text(const Value& value, std::string& text);
std::string to_text(const Value& value);

/// True for null values and texts of no length.
bool is_empty(const Value& value);

/// Integers of any width, hexadecimal ones, booleans, and text in decimal or "0x" hexadecimal. Negative ones have none.
std::optional<std::uint64_t> to_unsigned(const Value& value);
std::optional<std::int64_t> to_signed(const Value& value);

/// 100 ns ticks since 1601, of a FILETIME, a SYSTEMTIME that is set, or text.
std::optional<std::uint64_t> to_filetime(const Value& value);
std::optional<Timestamp> to_time(const Value& value);

/// Of a GUID or text with one.
std::optional<Guid> to_guid(const Value& value);

/// The binary form of a SID; nothing for other types.
std::optional<std::string_view> sid_bytes(const Value& value);

inline std::string_view bytes_of(const Value& value) { return {reinterpret_cast<const char*>(value.data), value.size}; }

}  // namespace spoor::evtx
