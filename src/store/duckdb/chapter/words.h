// Words: the values of one field in one chapter, each stored once and called by a number from then on.
//
// Logs say the same few things again and again: an event that says 500 bytes adds, on average, two values that were not
// there before. So an event is a row of numbers, the values stand in pages of words, and whatever a query asks of a
// field (a wildcard, a range of addresses, a regular expression) is asked of each word once and not of each event.
//
// A word is a whole FieldValue with its type: "-" in a field of numbers is another word than 0. The same value may be
// two words (after a restart the writer begins anew); nothing depends on that.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "model/event.h"

namespace spoor::store::duckdb {

/// Some words of a field in a row, packed.
struct WordPage {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
    std::string packed = {};
    std::string trigrams = {};  // trigrams.h
};

class WordWriter {
public:
    /// The number of that value, new or known.
    std::uint32_t number_of(const FieldValue& value);
    /// The pages of the words that are new since the last call.
    std::vector<WordPage> take_pages();

    std::uint32_t size() const { return count_; }
    std::size_t footprint() const { return slots_.size() * sizeof(Slot) + open_.capacity(); }

private:
    struct Slot {
        std::uint64_t low = 0;
        std::uint32_t high = 0;
        std::uint32_t number = kFree;
    };
    static constexpr std::uint32_t kFree = UINT32_MAX;

    std::uint32_t add(const FieldValue& value);
    void close_page();
    void grow();

    std::vector<Slot> slots_;  // open addressing; its size is a power of two
    std::uint32_t count_ = 0;
    std::string open_;
    std::uint32_t open_first_ = 0;
    std::vector<WordPage> pages_;
};

/// The words of a page; they point into `bytes`, which stays where it is when this is moved (a short string would not).
struct Words {
    std::unique_ptr<const std::string> bytes = {};
    std::vector<FieldValue> values = {};
};

/// Reads a page; the values carry `field`.
Result<Words> read_words(std::string_view packed, std::uint32_t count, FieldId field);

}  // namespace spoor::store::duckdb
