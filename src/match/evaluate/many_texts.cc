#include "match/evaluate/many_texts.h"

#include <algorithm>

namespace spoor::match {

ManyTexts::ManyTexts(std::vector<std::string> texts) {
    std::ranges::sort(texts);
    grow(texts);
    set_fallbacks();
}

// Level by level. A node stands for the texts of a range that begin alike; its children share that range out.
void ManyTexts::grow(const std::vector<std::string>& texts) {
    struct Range {
        std::size_t begin, end, depth;
    };
    nodes_.emplace_back();
    std::vector<Range> ranges{{0, texts.size(), 0}};
    for (std::size_t node = 0; node < nodes_.size(); ++node) {
        const Range range = ranges[node];
        // Whatever goes on from a text that ends here has that one in it: there is no need to look further.
        nodes_[node].found = texts[range.begin].size() == range.depth;
        if (nodes_[node].found) continue;
        nodes_[node].first_child = static_cast<std::uint32_t>(nodes_.size());
        for (std::size_t begin = range.begin; begin < range.end;) {
            const char byte = texts[begin][range.depth];
            std::size_t end = begin + 1;
            while (end < range.end && texts[end][range.depth] == byte) ++end;
            nodes_.push_back({.byte = static_cast<unsigned char>(byte)});
            ranges.push_back({begin, end, range.depth + 1});
            ++nodes_[node].children;
            begin = end;
        }
    }
    for (std::uint32_t i = 0; i < nodes_[kRoot].children; ++i)
        first_step_[nodes_[nodes_[kRoot].first_child + i].byte] = nodes_[kRoot].first_child + i;
}

void ManyTexts::set_fallbacks() {
    for (std::uint32_t parent = kRoot; parent < nodes_.size(); ++parent) {
        for (std::uint32_t i = 0; i < nodes_[parent].children; ++i) {
            Node& node = nodes_[nodes_[parent].first_child + i];
            node.fallback = parent == kRoot ? kRoot : next(nodes_[parent].fallback, node.byte);
            node.found = node.found || nodes_[node.fallback].found;
        }
    }
}

std::uint32_t ManyTexts::child(std::uint32_t node, unsigned char byte) const {
    if (node == kRoot) return first_step_[byte];
    const auto begin = nodes_.begin() + nodes_[node].first_child;
    const auto end = begin + nodes_[node].children;
    const auto found = std::ranges::lower_bound(begin, end, byte, {}, &Node::byte);
    return found != end && found->byte == byte ? static_cast<std::uint32_t>(found - nodes_.begin()) : kRoot;
}

std::uint32_t ManyTexts::next(std::uint32_t node, unsigned char byte) const {
    for (;; node = nodes_[node].fallback) {
        const std::uint32_t there = child(node, byte);
        if (there != kRoot || node == kRoot) return there;
    }
}

bool ManyTexts::found_in(std::string_view text) const {
    std::uint32_t node = kRoot;
    for (const char c : text) {
        node = next(node, static_cast<unsigned char>(c));
        if (nodes_[node].found) return true;
    }
    return false;
}

}  // namespace spoor::match
