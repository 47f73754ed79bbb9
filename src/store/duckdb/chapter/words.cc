#include "store/duckdb/chapter/words.h"

#include <random>

#include "base/endian.h"
#include "base/varint.h"
#include "store/duckdb/chapter/trigrams.h"
#include "store/duckdb/engine/packed.h"

namespace spoor::store::duckdb {
namespace {

constexpr std::size_t kPageBytes = 128 * 1024;

// Stored as numbers, so they may not change; new types go behind.
static_assert(static_cast<int>(ValueType::Unsigned) == 1 && static_cast<int>(ValueType::Time) == 5 &&
              static_cast<int>(ValueType::Text) == 6 && static_cast<int>(ValueType::Address) == 10);

/// Drawn anew for every run, so that nobody can write a log whose values collide.
std::uint64_t seed() {
    static const std::uint64_t kSeed =
        (static_cast<std::uint64_t>(std::random_device{}()) << 32) | std::random_device{}();
    return kSeed;
}

/// Numbers are their own key; everything else is known by 96 bits of its hash.
Hash128 key_of(const FieldValue& value) {
    const auto type = static_cast<std::uint64_t>(value.type);
    if (value.has_bytes()) {
        Hash128 key = hash128(value.view(), seed() + type);
        key.high &= 0x7fff'ffff;
        return key;
    }
    return {value.number, 0x8000'0000 | type};
}

}  // namespace

std::uint32_t WordWriter::number_of(const FieldValue& value) {
    if ((count_ + 1) * 3ull > slots_.size() * 2ull) grow();
    const Hash128 key = key_of(value);
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = hash_mix(key.low, key.high) & mask;
    while (slots_[at].number != kFree) {
        if (slots_[at].low == key.low && slots_[at].high == key.high) return slots_[at].number;
        at = (at + 1) & mask;
    }
    slots_[at] = {key.low, static_cast<std::uint32_t>(key.high), count_};
    return add(value);
}

void WordWriter::grow() {
    std::vector<Slot> old(slots_.empty() ? 16 : slots_.size() * 2);
    old.swap(slots_);
    const std::size_t mask = slots_.size() - 1;
    for (const Slot& slot : old) {
        if (slot.number == kFree) continue;
        std::size_t at = hash_mix(slot.low, slot.high) & mask;
        while (slots_[at].number != kFree) at = (at + 1) & mask;
        slots_[at] = slot;
    }
}

std::uint32_t WordWriter::add(const FieldValue& value) {
    open_ += static_cast<char>(value.type);
    if (value.has_bytes()) {
        put_varint(open_, value.size);
        open_ += value.view();
    } else {
        char number[8];
        save(number, value.number);
        open_.append(number, 8);
    }
    const std::uint32_t number = count_++;
    if (open_.size() >= kPageBytes) close_page();
    return number;
}

void WordWriter::close_page() {
    if (open_first_ == count_) return;
    pages_.push_back({open_first_, count_ - open_first_, pack(open_), trigrams_of(open_).value()});
    open_first_ = count_;
    open_.clear();
}

std::vector<WordPage> WordWriter::take_pages() {
    close_page();
    return std::exchange(pages_, {});
}

Result<Words> read_words(std::string_view packed, std::uint32_t count, FieldId field) {
    Words words;
    words.bytes = std::make_unique<const std::string>(TRY(unpack(packed)));
    if (count > words.bytes->size()) return fail(Errc::Corrupt, "a page of words gives an impossible count");
    words.values.reserve(count);
    ByteReader reader(*words.bytes);
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::string_view type_byte = reader.bytes(1);
        if (!reader.ok() || static_cast<std::uint8_t>(type_byte[0]) > static_cast<std::uint8_t>(ValueType::Address))
            return fail(Errc::Corrupt, "a page of words is damaged");
        const auto type = static_cast<ValueType>(type_byte[0]);
        FieldValue value;
        if (type >= ValueType::Text) {
            value = FieldValue::of_bytes(field, type, reader.bytes(reader.varint()));
        } else {
            value.field = field;
            value.type = type;
            const std::string_view number = reader.bytes(8);
            if (reader.ok()) value.number = load<std::uint64_t>(number.data());
        }
        if (!reader.ok()) return fail(Errc::Corrupt, "a page of words ends too early");
        words.values.push_back(value);
    }
    return words;
}

}  // namespace spoor::store::duckdb
