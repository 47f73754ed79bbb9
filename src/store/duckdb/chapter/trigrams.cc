#include "store/duckdb/chapter/trigrams.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/unicode.h"
#include "base/varint.h"
#include "model/event.h"

namespace spoor::store::duckdb {
namespace {

constexpr std::size_t kClasses = 65'536;
constexpr std::size_t kFewestBytes = 8;
constexpr char kTextsOnly = 1;
using Bits = std::array<std::uint8_t, kClasses / 8>;

/// Calls `visit` with the class of each trigram of a text. Stored, so it may not change.
template <typename Visit>
void each_class(std::string_view text, Visit&& visit) {
    std::uint32_t trigram = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        trigram = (trigram << 8 | static_cast<unsigned char>(text[i])) & 0xff'ffff;
        if (i >= 2) visit(static_cast<std::uint16_t>(trigram * 0x9e37'79b1u >> 16));
    }
}

/// Folded in half as often as half of the bits stay off.
std::string folded(const Bits& bits) {
    std::string bytes(reinterpret_cast<const char*>(bits.data()), bits.size());
    while (bytes.size() > kFewestBytes) {
        const std::size_t half = bytes.size() / 2;
        std::string smaller(half, '\0');
        std::size_t on = 0;
        for (std::size_t i = 0; i < half; ++i) {
            smaller[i] = static_cast<char>(bytes[i] | bytes[half + i]);
            on += static_cast<std::size_t>(std::popcount(static_cast<unsigned char>(smaller[i])));
        }
        if (on > half * 8 / 2) break;
        bytes = std::move(smaller);
    }
    return bytes;
}

}  // namespace

Result<std::string> trigrams_of(std::string_view page) {
    Bits bits{};
    bool any = false;
    bool texts_only = true;
    std::string scratch;
    ByteReader reader(page);
    while (!reader.done()) {
        const auto type = static_cast<ValueType>(reader.bytes(1)[0]);
        const std::string_view bytes = reader.bytes(type >= ValueType::Text ? reader.varint() : 8);
        if (!reader.ok()) return fail(Errc::Corrupt, "a page of words ends too early");
        texts_only = texts_only && type == ValueType::Text;
        if (type != ValueType::Text) continue;
        each_class(fold_case(bytes, scratch), [&](std::uint16_t number) {
            any = true;
            bits[number / 8] |= static_cast<std::uint8_t>(1u << (number % 8));
        });
    }
    std::string trigrams(1, texts_only ? kTextsOnly : '\0');
    if (any) trigrams += folded(bits);
    return trigrams;
}

TrigramQuery::TrigramQuery(const std::vector<match::Pieces>& required) {
    for (const match::Pieces& pieces : required) {
        std::vector<std::uint16_t>& classes = alternatives_.emplace_back();
        for (const std::string& piece : pieces)
            each_class(piece, [&](std::uint16_t number) { classes.push_back(number); });
    }
    // One that requires nothing is true of any page.
    if (std::ranges::any_of(alternatives_, [](const auto& classes) { return classes.empty(); })) alternatives_.clear();
}

bool TrigramQuery::may_pass(std::string_view trigrams, Counting counting) const {
    if (!asks_something() || trigrams.empty()) return true;
    if (counting == Counting::AllWords && trigrams[0] != kTextsOnly) return true;
    const std::string_view bits = trigrams.substr(1);
    if (bits.empty() || !std::has_single_bit(bits.size())) return !bits.empty();
    const std::size_t mask = bits.size() * 8 - 1;
    return std::ranges::any_of(alternatives_, [&](const auto& classes) {
        return std::ranges::all_of(classes, [&](std::uint16_t number) {
            const std::size_t place = number & mask;
            return (static_cast<unsigned char>(bits[place / 8]) >> (place % 8) & 1) != 0;
        });
    });
}

}  // namespace spoor::store::duckdb
