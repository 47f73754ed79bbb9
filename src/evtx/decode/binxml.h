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

/// Walks elements from `at` until the top one is closed (`at` is then behind it) or something is wrong. Stops with
/// Problem::TooLarge when the visitor does.
template <typename Visitor>
Problem walk_element(Bytes chunk, std::size_t& at, std::size_t end, Within within, Visitor& visitor) {
    int depth = 0;
    bool in_start_tag = false;
    bool in_attribute = false;
    const std::uint8_t* const bytes = chunk.data();
    const auto leave_attribute = [&] {
        const bool was = in_attribute;
        in_attribute = false;
        return !was || visitor.close_attribute();
    };
    const auto visited = [](bool went_on) { return went_on ? Problem::None : Problem::TooLarge; };
    while (at < end) {
        const std::uint8_t byte = bytes[at++];
        Problem problem = Problem::None;
        switch (token_of(byte)) {
            case Token::OpenElement: {
                if (in_start_tag) return Problem::UnknownToken;
                if (++depth > kDeepestElement) return Problem::TooDeep;
                std::uint16_t dependency = kNoDependency;
                const bool has_attributes = (byte & 0x40) != 0;
                const std::size_t fixed = (within == Within::Definition ? 2 : 0) + 4;
                if (end - at < fixed) return Problem::EndOfData;
                if (within == Within::Definition) dependency = load<std::uint16_t>(bytes + at);
                at += fixed;  // the size of the element is not needed: its tokens end it
                Units name{};
                problem = read_name(chunk, at, end, name);
                if (problem != Problem::None) return problem;
                if (has_attributes) {
                    if (end - at < 4) return Problem::EndOfData;
                    at += 4;
                }
                in_start_tag = true;
                problem = visited(visitor.open_element(name, dependency));
                break;
            }
            case Token::Attribute: {
                if (!in_start_tag || !leave_attribute()) return Problem::UnknownToken;
                Units name{};
                problem = read_name(chunk, at, end, name);
                if (problem != Problem::None) return problem;
                in_attribute = true;
                problem = visited(visitor.open_attribute(name));
                break;
            }
            case Token::CloseStartTag:
                if (!in_start_tag || !leave_attribute()) return Problem::UnknownToken;
                in_start_tag = false;
                break;
            case Token::CloseEmpty:
            case Token::EndElement: {
                const bool empty = token_of(byte) == Token::CloseEmpty;
                if (depth == 0 || in_start_tag != empty || !leave_attribute()) return Problem::UnknownToken;
                in_start_tag = false;
                if (!visitor.close_element()) return Problem::TooLarge;
                if (--depth == 0) return Problem::None;
                break;
            }
            case Token::Text:
            case Token::Cdata: {
                if (in_start_tag && !in_attribute) return Problem::UnknownToken;
                const std::size_t fixed = token_of(byte) == Token::Text ? 3 : 2;
                if (end - at < fixed) return Problem::EndOfData;
                const std::size_t count = load<std::uint16_t>(bytes + at + fixed - 2);
                at += fixed;
                if ((end - at) / 2 < count) return Problem::EndOfData;
                problem = visited(visitor.text(bytes + at, count));
                at += 2 * count;
                break;
            }
            case Token::CharacterReference:
                if (in_start_tag && !in_attribute) return Problem::UnknownToken;
                if (end - at < 2) return Problem::EndOfData;
                problem = visited(visitor.character(bytes + at));
                at += 2;
                break;
            case Token::EntityReference: {
                if (in_start_tag && !in_attribute) return Problem::UnknownToken;
                Units name{};
                problem = read_name(chunk, at, end, name);
                if (problem == Problem::None) problem = visited(visitor.entity(name));
                break;
            }
            case Token::Substitution:
            case Token::OptionalSubstitution: {
                if (within != Within::Definition || (in_start_tag && !in_attribute)) return Problem::UnknownToken;
                if (end - at < 3) return Problem::EndOfData;
                problem = visited(visitor.substitution(load<std::uint16_t>(bytes + at),
                                                       token_of(byte) == Token::OptionalSubstitution));
                at += 3;
                break;
            }
            case Token::InstructionTarget: {
                // Processing instructions carry nothing that belongs to an event: they are passed over.
                Units name{};
                problem = read_name(chunk, at, end, name);
                break;
            }
            case Token::InstructionData: {
                if (end - at < 2) return Problem::EndOfData;
                const std::size_t count = load<std::uint16_t>(bytes + at);
                at += 2;
                if ((end - at) / 2 < count) return Problem::EndOfData;
                at += 2 * count;
                break;
            }
            default: return Problem::UnknownToken;
        }
        if (problem != Problem::None) return problem;
        if (depth == 0) return Problem::UnknownToken;  // content outside any element
    }
    return Problem::EndOfData;
}

}  // namespace spoor::evtx
