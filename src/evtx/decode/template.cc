#include "evtx/decode/template.h"

#include "base/hash.h"
#include "base/same_bytes.h"
#include "base/unicode.h"

namespace spoor::evtx {
namespace {

/// One unit, and the slack that every value has behind it.
struct NamedEntity {
    std::string_view name;
    char16_t unit[1 + kChunkSlack / sizeof(char16_t)];
};
constexpr NamedEntity kEntities[] = {
    {"amp", {u'&'}}, {"lt", {u'<'}}, {"gt", {u'>'}}, {"quot", {u'"'}}, {"apos", {u'\''}}};

bool units_are(const std::uint8_t* units, std::size_t count, std::string_view ascii) {
    if (count != ascii.size()) return false;
    for (std::size_t i = 0; i < count; ++i)
        if (load<char16_t>(units + 2 * i) != static_cast<unsigned char>(ascii[i])) return false;
    return true;
}

/// The character of an entity; U+FFFD for one that XML does not know.
const std::uint8_t* character_of(Units name) {
    static constexpr NamedEntity kUnknown = {"", {0xfffd}};
    const NamedEntity* found = &kUnknown;
    for (const NamedEntity& entity : kEntities)
        if (units_are(name.data, name.count, entity.name)) found = &entity;
    return reinterpret_cast<const std::uint8_t*>(found->unit);
}

constexpr std::size_t kMostSteps = 40'000;  // a definition of 64 KiB has fewer

}  // namespace

class TemplateBuilder {
public:
    /// With `values`, text that stands in the record becomes values.
    TemplateBuilder(Template& made, std::vector<Value>* values) : made_(made), values_(values) {
        if (values_) first_value_ = values_->size();
    }

    bool open_element(Units name, std::uint16_t dependency) {
        in_data_ = units_are(name.data, name.count, "Data");
        return add(Template::Kind::OpenElement, dependency, name.data, name.count);
    }
    bool close_element() { return add(Template::Kind::CloseElement, 0, nullptr, 0); }
    bool open_attribute(Units name) {
        literal_ = (in_data_ && units_are(name.data, name.count, "Name")) ||
                   (name.count >= 5 && units_are(name.data, 5, "xmlns"));
        return add(Template::Kind::OpenAttribute, 0, name.data, name.count);
    }
    bool close_attribute() {
        literal_ = false;
        return add(Template::Kind::CloseAttribute, 0, nullptr, 0);
    }
    bool text(const std::uint8_t* units, std::size_t count) {
        if (values_ && !literal_) return add_value(units, count);
        return add(Template::Kind::Text, 0, units, count);
    }
    bool character(const std::uint8_t* unit) { return text(unit, 1); }
    bool entity(Units name) { return text(character_of(name), 1); }
    bool substitution(std::uint16_t index, bool optional) {
        if (!add(Template::Kind::Substitution, index, nullptr, 0)) return false;
        made_.steps_.back().optional = optional;
        return true;
    }

private:
    bool add(Template::Kind kind, std::uint16_t index, const std::uint8_t* units, std::size_t count) {
        if (made_.steps_.size() >= kMostSteps) return false;
        made_.steps_.push_back(
            {kind, false, index, static_cast<std::uint32_t>(made_.units_.size()), static_cast<std::uint32_t>(count)});
        if (count != 0) made_.units_.insert(made_.units_.end(), units, units + 2 * count);
        return true;
    }
    bool add_value(const std::uint8_t* units, std::size_t count) {
        const std::size_t index = values_->size() - first_value_;
        if (index >= kNoDependency) return false;
        values_->push_back({units, static_cast<std::uint32_t>(2 * count), Type::Utf16});
        return add(Template::Kind::Substitution, static_cast<std::uint16_t>(index), nullptr, 0);
    }

    Template& made_;
    std::vector<Value>* values_;
    std::size_t first_value_ = 0;
    bool in_data_ = false;
    bool literal_ = false;
};

namespace {

/// Compares what a definition says with the steps of a template, one by one.
class TemplateMatcher {
public:
    TemplateMatcher(const std::vector<Template::Step>& steps, const std::uint8_t* units)
        : next_(steps.data()), end_(next_ + steps.size()), units_(units) {}

    bool open_element(Units name, std::uint16_t dependency) {
        return matches(Template::Kind::OpenElement, dependency, name.data, name.count);
    }
    bool close_element() { return matches(Template::Kind::CloseElement, 0, nullptr, 0); }
    bool open_attribute(Units name) { return matches(Template::Kind::OpenAttribute, 0, name.data, name.count); }
    bool close_attribute() { return matches(Template::Kind::CloseAttribute, 0, nullptr, 0); }
    bool text(const std::uint8_t* units, std::size_t count) { return matches(Template::Kind::Text, 0, units, count); }
    bool character(const std::uint8_t* unit) { return text(unit, 1); }
    bool entity(Units name) { return text(character_of(name), 1); }
    bool substitution(std::uint16_t index, bool optional) {
        return next_ != end_ && next_->optional == optional && matches(Template::Kind::Substitution, index, nullptr, 0);
    }
    bool at_end() const { return next_ == end_; }

private:
    bool matches(Template::Kind kind, std::uint16_t index, const std::uint8_t* units, std::size_t count) {
        if (next_ == end_ || next_->kind != kind || next_->index != index || next_->length != count) return false;
        if (!same_bytes(units_ + next_->text, units, 2 * count)) return false;
        ++next_;
        return true;
    }

    const Template::Step* next_;
    const Template::Step* end_;
    const std::uint8_t* units_;
};

/// Moves behind the fragment header that a definition's element stands behind.
void skip_fragment_header(Bytes chunk, std::size_t& at, std::size_t end) {
    if (at < end && end - at >= 4 && token_of(chunk[at]) == Token::Fragment) at += 4;
}

}  // namespace

Problem Template::parse_definition(Bytes chunk, std::size_t at, std::size_t end, Template& made) {
    skip_fragment_header(chunk, at, end);
    TemplateBuilder builder(made, nullptr);
    return walk_element(chunk, at, end, Within::Definition, builder);
}

Problem Template::parse_element(Bytes chunk, std::size_t& at, std::size_t end, Template& made,
                                std::vector<Value>& values) {
    TemplateBuilder builder(made, &values);
    return walk_element(chunk, at, end, Within::Record, builder);
}

bool Template::equals_definition(Bytes chunk, std::size_t at, std::size_t end) const {
    skip_fragment_header(chunk, at, end);
    TemplateMatcher matcher(steps_, units_.data());
    return walk_element(chunk, at, end, Within::Definition, matcher) == Problem::None && matcher.at_end();
}

std::uint64_t Template::content_hash() const {
    std::uint64_t hash = hash64({reinterpret_cast<const char*>(guid.bytes.data()), guid.bytes.size()});
    for (const Step& step : steps_)
        hash = hash_mix(hash, static_cast<std::uint64_t>(step.kind) | static_cast<std::uint64_t>(step.index) << 8 |
                                  std::uint64_t{step.length} << 24 | std::uint64_t{step.optional} << 56);
    return hash_mix(hash, hash64({reinterpret_cast<const char*>(units_.data()), units_.size()}));
}

void Template::spell() {
    spelled_.resize(utf8_bound(units_.size() / 2));
    spelled_at_.reserve(steps_.size() + 1);
    char* end = spelled_.data();
    const auto note = [&] { spelled_at_.push_back(static_cast<std::uint32_t>(end - spelled_.data())); };
    for (const Step& step : steps_) {
        note();
        end = utf16_to_utf8(units_.data() + step.text, step.length, end);
    }
    note();
    spelled_.resize(spelled_at_.back());
}

}  // namespace spoor::evtx
