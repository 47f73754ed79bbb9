// BinXml: walks one stream of binary XML elements and tells a visitor what is in it, in order.
//
// The same walk serves a template's definition, elements written directly in a record, and the comparison of a
// definition with one already known: only the visitor differs. There is no recursion: depth is a counter, so that a
// record of six thousand open elements costs nothing but its own bytes.
//
// A visitor has these members; each returns false to stop the walk:
//     bool open_element(Units name, std::uint16_t dependency);  // kNoDependency: always there
//     bool open_attribute(Units name);      // its text and substitutions follow, up to close_attribute()
//     bool close_attribute();
//     bool close_element();
//     bool text(const std::uint8_t* units, std::size_t count);
//     bool character(const std::uint8_t* unit);                  // a character reference: one UTF-16 unit
//     bool entity(Units name);
//     bool substitution(std::uint16_t index, bool optional);
#pragma once
#include <cstdint>

#include "evtx/issue.h"
#include "evtx/layout.h"

namespace spoor::evtx {

/// UTF-16 text in the chunk.
struct Units {
    const std::uint8_t* data;
    std::size_t count;
};

constexpr std::uint16_t kNoDependency = 0xffff;
constexpr int kDeepestElement = 512;

enum class Token : std::uint8_t {
    End = 0x00,
    OpenElement = 0x01,
    CloseStartTag = 0x02,
    CloseEmpty = 0x03,
    EndElement = 0x04,
    Text = 0x05,
    Attribute = 0x06,
    Cdata = 0x07,
    CharacterReference = 0x08,
    EntityReference = 0x09,
    InstructionTarget = 0x0a,
    InstructionData = 0x0b,
    Instance = 0x0c,
    Substitution = 0x0d,
    OptionalSubstitution = 0x0e,
    Fragment = 0x0f,
};

/// 0x40 says that more of the kind follows, which what follows says as well.
constexpr Token token_of(std::uint8_t byte) { return static_cast<Token>(byte & ~0x40); }

/// Only inside a template's definition do elements carry the number of the value that they depend on.
enum class Within : std::uint8_t { Definition, Record };

/// Reads the name whose offset stands at `at` and moves `at` behind it (and behind the name itself, when it lies
/// there).
inline Problem read_name(Bytes chunk, std::size_t& at, std::size_t end, Units& name) {
    if (end - at < 4) return Problem::EndOfData;
    const std::size_t offset = load<std::uint32_t>(chunk.data() + at);
    at += 4;
    if (offset > chunk.size() || chunk.size() - offset < 8) return Problem::NameOutside;
    const std::size_t count = load<std::uint16_t>(chunk.data() + offset + 6);
    if ((chunk.size() - offset - 8) / 2 < count) return Problem::NameOutside;
    name = {chunk.data() + offset + 8, count};
    if (offset == at) {
        const std::size_t size = 8 + 2 * count + 2;
        if (end - at < size) return Problem::EndOfData;
        at += size;
    }
    return Problem::None;
}

/// One walk over an element and what lies in it: where it is, and which tokens may come there. Each step reads what
/// belongs to one token and tells the visitor; Problem::TooLarge is the visitor's wish to stop.
template <typename Visitor>
class ElementWalk {
public:
    ElementWalk(Bytes chunk, std::size_t at, std::size_t end, Within within, Visitor& visitor)
        : chunk_(chunk), at_(at), end_(end), within_(within), visitor_(visitor) {}

    Problem run() {
        while (at_ < end_) {
            const std::uint8_t byte = chunk_[at_++];
            const Problem problem = step(byte);
            if (problem != Problem::None || depth_ == 0) return problem;
        }
        return Problem::EndOfData;
    }

    std::size_t at() const { return at_; }

private:
    Problem step(std::uint8_t byte) {
        const Token token = token_of(byte);
        // Only an element may stand outside of all elements.
        if (depth_ == 0 && token != Token::OpenElement) return Problem::UnknownToken;
        switch (token) {
            case Token::OpenElement: return open_element((byte & 0x40) != 0);
            case Token::Attribute: return open_attribute();
            case Token::CloseStartTag: return close_start_tag();
            case Token::CloseEmpty:
            case Token::EndElement: return close_element(token);
            case Token::Text: return text(3);
            case Token::Cdata: return text(2);
            case Token::CharacterReference: return character();
            case Token::EntityReference: return entity();
            case Token::Substitution:
            case Token::OptionalSubstitution: return substitution(token);
            case Token::InstructionTarget: return instruction_target();
            case Token::InstructionData: return instruction_data();
            default: return Problem::UnknownToken;
        }
    }

    Problem open_element(bool has_attributes) {
        if (in_start_tag_) return Problem::UnknownToken;
        if (++depth_ > kDeepestElement) return Problem::TooDeep;
        std::uint16_t dependency = kNoDependency;
        const std::size_t fixed = (within_ == Within::Definition ? 2 : 0) + 4;
        if (left() < fixed) return Problem::EndOfData;
        if (within_ == Within::Definition) dependency = number_here();
        at_ += fixed;  // the size of the element is not needed: its tokens end it
        Units name{};
        if (const Problem problem = read_name(chunk_, at_, end_, name); problem != Problem::None) return problem;
        if (has_attributes) {
            if (left() < 4) return Problem::EndOfData;
            at_ += 4;
        }
        in_start_tag_ = true;
        return visited(visitor_.open_element(name, dependency));
    }

    Problem open_attribute() {
        if (!in_start_tag_ || !leave_attribute()) return Problem::UnknownToken;
        Units name{};
        if (const Problem problem = read_name(chunk_, at_, end_, name); problem != Problem::None) return problem;
        in_attribute_ = true;
        return visited(visitor_.open_attribute(name));
    }

    Problem close_start_tag() {
        if (!in_start_tag_ || !leave_attribute()) return Problem::UnknownToken;
        in_start_tag_ = false;
        return Problem::None;
    }

    Problem close_element(Token token) {
        if (in_start_tag_ != (token == Token::CloseEmpty) || !leave_attribute()) return Problem::UnknownToken;
        in_start_tag_ = false;
        --depth_;
        return visited(visitor_.close_element());
    }

    /// `fixed` bytes of it come before its characters; the last two of these count them.
    Problem text(std::size_t fixed) {
        if (!takes_content()) return Problem::UnknownToken;
        if (left() < fixed) return Problem::EndOfData;
        at_ += fixed - 2;
        const std::size_t count = number_here();
        at_ += 2;
        if (left() / 2 < count) return Problem::EndOfData;
        const std::uint8_t* const characters = here();
        at_ += 2 * count;
        return visited(visitor_.text(characters, count));
    }

    Problem character() {
        if (!takes_content()) return Problem::UnknownToken;
        if (left() < 2) return Problem::EndOfData;
        at_ += 2;
        return visited(visitor_.character(here() - 2));
    }

    Problem entity() {
        if (!takes_content()) return Problem::UnknownToken;
        Units name{};
        if (const Problem problem = read_name(chunk_, at_, end_, name); problem != Problem::None) return problem;
        return visited(visitor_.entity(name));
    }

    Problem substitution(Token token) {
        if (within_ != Within::Definition || !takes_content()) return Problem::UnknownToken;
        if (left() < 3) return Problem::EndOfData;
        const std::uint16_t number = number_here();
        at_ += 3;
        return visited(visitor_.substitution(number, token == Token::OptionalSubstitution));
    }

    // Processing instructions carry nothing that belongs to an event: they are passed over.
    Problem instruction_target() {
        Units name{};
        return read_name(chunk_, at_, end_, name);
    }

    Problem instruction_data() {
        if (left() < 2) return Problem::EndOfData;
        const std::size_t count = number_here();
        at_ += 2;
        if (left() / 2 < count) return Problem::EndOfData;
        at_ += 2 * count;
        return Problem::None;
    }

    /// Content stands in an attribute or behind the start tag, not between a start tag's attributes.
    bool takes_content() const { return !in_start_tag_ || in_attribute_; }

    bool leave_attribute() {
        const bool was = in_attribute_;
        in_attribute_ = false;
        return !was || visitor_.close_attribute();
    }

    static Problem visited(bool went_on) { return went_on ? Problem::None : Problem::TooLarge; }
    std::size_t left() const { return end_ - at_; }
    const std::uint8_t* here() const { return chunk_.data() + at_; }
    std::uint16_t number_here() const { return load<std::uint16_t>(here()); }

    Bytes chunk_;
    std::size_t at_;
    std::size_t end_;
    Within within_;
    Visitor& visitor_;
    int depth_ = 0;
    bool in_start_tag_ = false;
    bool in_attribute_ = false;
};

/// Walks elements from `at` until the top one is closed (`at` is then behind it) or something is wrong. Stops with
/// Problem::TooLarge when the visitor does.
template <typename Visitor>
Problem walk_element(Bytes chunk, std::size_t& at, std::size_t end, Within within, Visitor& visitor) {
    ElementWalk<Visitor> walk(chunk, at, end, within, visitor);
    const Problem problem = walk.run();
    at = walk.at();
    return problem;
}

}  // namespace spoor::evtx
