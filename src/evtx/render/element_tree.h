// Elements: a blueprint's nodes as elements with attributes, content and children. What both renderers compile from.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "evtx/decode/blueprint.h"

namespace spoor::evtx {

struct Attribute {
    std::string_view name;
    std::span<const Blueprint::Node> pieces;  // literal text and parts
};

struct Element {
    std::string_view name;
    std::uint32_t guard = Blueprint::kNone;  // the part whose being null drops the element
    std::vector<Attribute> attributes;

    /// What stands between the tags, in order: a child, or else literal text or a part.
    struct Content {
        const Blueprint::Node* piece = nullptr;
        std::size_t child = 0;  // in children, when there is no piece
    };
    std::vector<Content> content;
    std::vector<Element> children;

    /// The first part that stands in the element itself: an array there repeats the element.
    std::uint32_t repeated_by() const;

    /// Literal text and parts without the blanks between children.
    std::vector<const Blueprint::Node*> pieces() const;
};

/// The top elements of a blueprint: one in every record seen.
std::vector<Element> elements_of(const Blueprint& blueprint);

}  // namespace spoor::evtx
