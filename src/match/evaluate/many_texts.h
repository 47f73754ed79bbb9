// ManyTexts: whether any of many texts occurs in another, found in one pass over it however many there are.
//
// A list of indicators pasted into a filter is thousands of texts; one search for each of them, in every field of every
// event, would take milliseconds an event. This is the automaton of A. Aho and M. Corasick ("Efficient string matching:
// an aid to bibliographic search"): a tree of the texts, and from each of its nodes the way to the longest other one
// that ends with what was read.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::match {

class ManyTexts {
public:
    /// None of the texts is empty.
    explicit ManyTexts(std::vector<std::string> texts);

    /// Byte by byte: all are folded already, or none is meant to be.
    bool found_in(std::string_view text) const;

private:
    struct Node {
        std::uint32_t first_child = 0;  // the children of a node stand side by side, in the order of their bytes
        std::uint32_t fallback = 0;     // the node of the longest ending of what this one stands for
        std::uint16_t children = 0;
        bool found = false;  // one of the texts ends here
        unsigned char byte = 0;
    };
    static constexpr std::uint32_t kRoot = 0;  // which is nobody's child

    std::uint32_t child(std::uint32_t node, unsigned char byte) const;
    std::uint32_t next(std::uint32_t node, unsigned char byte) const;
    void grow(const std::vector<std::string>& texts);
    void set_fallbacks();

    std::vector<Node> nodes_;
    std::array<std::uint32_t, 256> first_step_ = {};  // from the root
};

}  // namespace spoor::match
