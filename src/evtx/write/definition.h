// Definition: a template that is to be written, as the steps of its element tree.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/guid.h"
#include "evtx/decode/binxml.h"
#include "evtx/record.h"

namespace spoor::evtx {

class Definition {
public:
    enum class Kind : std::uint8_t { OpenElement, CloseElement, OpenAttribute, CloseAttribute, Text, Substitution };
    struct Step {
        Kind kind;
        std::string text = {};
        std::uint16_t index = kNoDependency;  // an element's dependency, or a substitution's number
        Type type = Type::Null;               // that a substitution expects
        bool optional = false;
    };

    Definition& open(std::string_view name, std::uint16_t dependency = kNoDependency);
    Definition& close();
    Definition& attribute(std::string_view name, std::string_view text);
    Definition& attribute(std::string_view name, std::uint16_t index, Type type);
    /// The element's content; a null value leaves the element empty.
    Definition& value(std::uint16_t index, Type type);
    /// The same, but a null value leaves the element out, which must have been opened with this dependency.
    Definition& optional_value(std::uint16_t index, Type type);

    const std::vector<Step>& steps() const { return steps_; }

    /// The same for the same steps, always.
    Guid guid() const;

private:
    std::vector<Step> steps_;
};

}  // namespace spoor::evtx
