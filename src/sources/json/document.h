// Document: one JSON object as a flat list of its values, in the order of the text.
//
// Children follow their parent, and every node says where its descendants end, so that a walk needs no stack and a
// parser that is used again allocates nothing. Texts are unescaped; numbers keep their spelling, so 64 bits stay exact.
#pragma once
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace spoor::json {

enum class NodeType : std::uint8_t { Null, Boolean, Number, Text, Object, Array };

struct Node {
    std::string_view key;   // "" in an array
    std::string_view text;  // of Text, Number and Boolean
    NodeType type = NodeType::Null;
    std::uint32_t end = 0;  // index of the node behind its last descendant

    bool is_scalar() const { return type != NodeType::Object && type != NodeType::Array; }
    bool has_text() const { return type == NodeType::Text || type == NodeType::Number || type == NodeType::Boolean; }
};

class Document {
public:
    /// Objects and arrays inside one another that are read; more is refused.
    static constexpr std::size_t kDeepest = 64;
    /// Bytes behind the text that must be readable (their content does not matter).
    static constexpr std::size_t kPadding = 64;

    Document();
    ~Document();

    /// Reads the object that `text` is. Its views are good until the next parse and as long as `text`. NaN and
    /// Infinity, which some exporters write, are read as null.
    Result<> parse(std::string_view text);

    const Node& root() const { return nodes_[0]; }

    /// The member of that name (exact case), or nullptr; `object` may be any node.
    const Node* member(const Node& object, std::string_view key) const;
    const Node* member(std::string_view key) const { return member(root(), key); }
    /// The text of a member that is a scalar; "" if there is none.
    std::string_view text(const Node& object, std::string_view key) const;
    std::string_view text(std::string_view key) const { return text(root(), key); }

    /// The children of an object or array, in order.
    class Children {
    public:
        struct End {};
        class Iterator {
        public:
            Iterator(const Node* nodes, std::uint32_t at, std::uint32_t end) : nodes_(nodes), at_(at), end_(end) {}
            const Node& operator*() const { return nodes_[at_]; }
            Iterator& operator++() {
                at_ = nodes_[at_].end;
                return *this;
            }
            bool operator==(End) const { return at_ >= end_; }

        private:
            const Node* nodes_;
            std::uint32_t at_;
            std::uint32_t end_;
        };
        Children(const Node* nodes, std::uint32_t first, std::uint32_t end) : nodes_(nodes), first_(first), end_(end) {}
        Iterator begin() const { return {nodes_, first_, end_}; }
        End end() const { return {}; }

    private:
        const Node* nodes_;
        std::uint32_t first_;
        std::uint32_t end_;
    };
    Children children(const Node& node) const {
        return {nodes_.data(), static_cast<std::uint32_t>(&node - nodes_.data()) + 1, node.end};
    }

private:
    struct Parser;
    std::unique_ptr<Parser> parser_;
    std::vector<Node> nodes_;
};

}  // namespace spoor::json
