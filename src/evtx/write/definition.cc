#include "evtx/write/definition.h"

#include "base/endian.h"
#include "base/hash.h"

namespace spoor::evtx {

Definition& Definition::open(std::string_view name, std::uint16_t dependency) {
    steps_.push_back({Kind::OpenElement, std::string(name), dependency});
    return *this;
}

Definition& Definition::close() {
    steps_.push_back({Kind::CloseElement});
    return *this;
}

Definition& Definition::attribute(std::string_view name, std::string_view text) {
    steps_.push_back({Kind::OpenAttribute, std::string(name)});
    steps_.push_back({Kind::Text, std::string(text)});
    steps_.push_back({Kind::CloseAttribute});
    return *this;
}

Definition& Definition::attribute(std::string_view name, std::uint16_t index, Type type) {
    steps_.push_back({Kind::OpenAttribute, std::string(name)});
    optional_value(index, type);
    steps_.push_back({Kind::CloseAttribute});
    return *this;
}

Definition& Definition::value(std::uint16_t index, Type type) {
    steps_.push_back({Kind::Substitution, {}, index, type});
    return *this;
}

Definition& Definition::optional_value(std::uint16_t index, Type type) {
    steps_.push_back({Kind::Substitution, {}, index, type, true});
    return *this;
}

Guid Definition::guid() const {
    std::string content;
    for (const Step& step : steps_) {
        content += static_cast<char>(step.kind);
        content += static_cast<char>(step.type);
        content += static_cast<char>(step.optional);
        content.append(reinterpret_cast<const char*>(&step.index), sizeof step.index);
        content += step.text;
        content += '\0';
    }
    Guid guid;
    save(guid.bytes.data(), hash64(content, 1));
    save(guid.bytes.data() + 8, hash64(content, 2));
    // RFC 9562: version 8 (made from content), variant 10.
    guid.bytes[7] = static_cast<std::uint8_t>((guid.bytes[7] & 0x0f) | 0x80);
    guid.bytes[8] = static_cast<std::uint8_t>((guid.bytes[8] & 0x3f) | 0x80);
    return guid;
}

}  // namespace spoor::evtx
