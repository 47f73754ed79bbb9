// Template: the constant part of records, as its definition in a chunk says it, with names and texts in place of
// offsets.
//
// Two definitions with the same GUID differ in their bytes from chunk to chunk, because their names are offsets; and a
// crafted chunk may give equal bytes other names. So templates are compared by what they say, element by element:
// `equals` does that straight from a definition's bytes, without building anything, and costs less than a microsecond.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/guid.h"
#include "evtx/decode/binxml.h"
#include "evtx/record.h"

namespace spoor::evtx {

class Template {
public:
    enum class Kind : std::uint8_t { OpenElement, CloseElement, OpenAttribute, CloseAttribute, Text, Substitution };

    /// One step of the definition. `index` is an element's dependency or a substitution's number.
    struct Step {
        Kind kind;
        bool optional;
        std::uint16_t index;
        std::uint32_t text;    // offset in units()
        std::uint32_t length;  // in UTF-16 units

        friend bool operator==(const Step&, const Step&) = default;
    };

    /// Reads the definition at `at` of the chunk up to `end`; `at` is then behind its element.
    static Problem parse_definition(Bytes chunk, std::size_t at, std::size_t end, Template& made);

    /// Reads an element that stands in a record without a template: what would be constant in a template is the
    /// structure (names, and the Name of a <Data>); all other text becomes values, appended to `values`.
    static Problem parse_element(Bytes chunk, std::size_t& at, std::size_t end, Template& made,
                                 std::vector<Value>& values);

    /// Whether the definition at `at` says the same as this template.
    bool equals_definition(Bytes chunk, std::size_t at, std::size_t end) const;

    bool says_same(const Template& other) const {
        return guid == other.guid && steps_ == other.steps_ && units_ == other.units_;
    }
    std::uint64_t content_hash() const;

    /// Makes ready what text() gives. To be called once it is clear that the template is kept.
    void spell();

    const std::vector<Step>& steps() const { return steps_; }
    /// A step's name or literal text in UTF-8, as long as the template lives.
    std::string_view text(std::size_t step) const {
        return std::string_view(spelled_).substr(spelled_at_[step], spelled_at_[step + 1] - spelled_at_[step]);
    }
    /// Bytes that it takes, spelled.
    std::size_t footprint() const {
        return sizeof *this + steps_.size() * (sizeof(Step) + sizeof(std::uint32_t)) + 2 * units_.size();
    }

    /// By which records refer to it.
    std::uint32_t id() const { return load<std::uint32_t>(guid.bytes.data()); }

    Guid guid;                 // all zero for elements without a template
    std::uint32_t number = 0;  // 1, 2, 3 ... in the store; 0 for one that is not in it

private:
    friend class TemplateBuilder;
    std::vector<Step> steps_;
    std::vector<std::uint8_t> units_;
    std::string spelled_;
    std::vector<std::uint32_t> spelled_at_;  // where each step's text begins; one more for the end
};

}  // namespace spoor::evtx
