// Trigrams: which sequences of three bytes occur in the texts of a page of words, so that most pages need not be
// looked at for a text that is not there.
//
// A set of bits, one for each of 65,536 classes of trigrams. It is folded in half as long as no more than half of its
// bits are on, so that a page of few words has few bytes. A bit may be on for another trigram of its class: what passes
// is looked at; what does not pass has none of the texts asked for. Texts are folded (fold_case) before.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "match/required_text.h"

namespace spoor::store::duckdb {

/// Of an unpacked page of words (words.h): one byte that says whether all of them are texts, and the bits.
Result<std::string> trigrams_of(std::string_view page);

/// What a text must have in it, made ready to be asked of many pages.
class TrigramQuery {
public:
    /// Asks nothing when nothing is required that is three bytes long: every page passes.
    explicit TrigramQuery(const std::vector<match::Pieces>& required);

    bool asks_something() const { return !alternatives_.empty(); }
    /// Whether the page may have a word that passes. Words that are no texts may, unless only texts count.
    enum class Counting : std::uint8_t { Texts, AllWords };
    bool may_pass(std::string_view trigrams, Counting counting) const;

private:
    std::vector<std::vector<std::uint16_t>> alternatives_;  // classes of the trigrams of each
};

}  // namespace spoor::store::duckdb
