#include "evtx/decode/blueprint.h"

#include <algorithm>
#include <bit>

#include "evtx/value.h"

namespace spoor::evtx {
namespace {

constexpr std::size_t kMostNodes = 65'536;
constexpr std::size_t kLongestComposedText = 1 << 20;

Value value_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), static_cast<std::uint32_t>(text.size()), Type::Utf8};
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

}  // namespace

std::uint64_t hash_of(std::span<const TemplateUse> uses) {
    // Asked for every record, so no more than a multiplication for each template.
    std::uint64_t hash = uses.size();
    for (const TemplateUse& use : uses)
        hash = (std::rotl(hash, 29) ^ use.definition->number ^ std::uint64_t{use.parent} << 24 ^
                std::uint64_t{use.parts} << 48) *
               0x9e3779b97f4a7c15u;
    return hash ^ hash >> 32;
}

/// Puts the trees of the templates into one.
class Blueprint::Maker {
public:
    explicit Maker(Blueprint& made) : made_(made) {}

    bool expand_all() {
        std::size_t steps = 0;
        for (const TemplateUse& use : made_.uses_) steps += use.definition->steps().size();
        made_.nodes_.reserve(std::min(steps, kMostNodes));
        for (const TemplateUse& use : made_.uses_)
            if (use.parent == TemplateUse::kTop && !expand(use)) return false;
        return !made_.nodes_.empty();
    }

private:
    bool expand(const TemplateUse& use) {
        std::vector<std::size_t>& open = open_nodes_;
        bool in_attribute = false;
        const std::vector<Template::Step>& steps = use.definition->steps();
        for (std::size_t i = 0; i < steps.size(); ++i) {
            const Template::Step& step = steps[i];
            if (made_.nodes_.size() >= kMostNodes) return false;
            const std::uint32_t part = step.index < use.parts ? use.first_part + step.index : kNone;
            switch (step.kind) {
                case Template::Kind::OpenElement:
                    if (open.size() >= kDeepestElement) return false;
                    open.push_back(made_.nodes_.size());
                    add(Kind::OpenElement, step.index == kNoDependency ? kNone : part, use.definition->text(i));
                    break;
                case Template::Kind::CloseElement:
                    made_.nodes_[open.back()].close = static_cast<std::uint32_t>(made_.nodes_.size());
                    open.pop_back();
                    add(Kind::CloseElement, kNone, {});
                    break;
                case Template::Kind::OpenAttribute:
                    in_attribute = true;
                    add(Kind::OpenAttribute, kNone, use.definition->text(i));
                    break;
                case Template::Kind::CloseAttribute:
                    in_attribute = false;
                    add(Kind::CloseAttribute, kNone, {});
                    break;
                case Template::Kind::Text: add(Kind::Text, kNone, use.definition->text(i)); break;
                case Template::Kind::Substitution: {
                    if (part == kNone) break;
                    const auto is_inside = [&](const TemplateUse& other) { return other.parent == part; };
                    if (std::none_of(made_.uses_.begin(), made_.uses_.end(), is_inside)) {
                        add(Kind::Part, part, {});
                    } else if (!in_attribute) {
                        for (const TemplateUse& inner : made_.uses_)
                            if (inner.parent == part && !expand(inner)) return false;
                    }
                    break;
                }
            }
        }
        return true;
    }

    void add(Kind kind, std::uint32_t part, std::string_view text) { made_.nodes_.push_back({kind, part, 0, text}); }

    Blueprint& made_;
    std::vector<std::size_t> open_nodes_;
};

/// Lists the slots of a tree, where their values come from, and which of them an absent value empties.
class Blueprint::SlotLister {
public:
    explicit SlotLister(const Blueprint& made) : made_(made) {}

    void list() {
        for (std::uint32_t at = 0; at < made_.nodes_.size(); ++at) {
            const Node& node = made_.nodes_[at];
            switch (node.kind) {
                case Kind::OpenElement: open_element(at); break;
                case Kind::CloseElement: close_element(); break;
                case Kind::OpenAttribute: at = attribute(at); break;
                case Kind::CloseAttribute: break;
                case Kind::Text:
                case Kind::Part: at = content(at); break;
            }
        }
    }

private:
    struct Open {
        std::size_t path_length;
        std::string data_name;
        std::uint32_t first_slot;
        std::uint32_t guard;
        bool has_children = false;
    };

    void open_element(std::uint32_t at) {
        const Node& node = made_.nodes_[at];
        if (!open_.empty()) open_.back().has_children = true;
        open_.push_back({path_.size(), {}, slots(), node.part});
        path_ += '/';
        path_ += node.text;
    }

    void close_element() {
        const Open& element = open_.back();
        if (element.guard != kNone && !holds_elements(element.guard) && !is_slot_of(element.guard, element.first_slot))
            made_.guards_.push_back({element.guard, element.first_slot, slots()});
        path_.resize(element.path_length);
        open_.pop_back();
    }

    /// Returns the node at which the attribute closes.
    std::uint32_t attribute(std::uint32_t at) {
        const std::string_view name = made_.nodes_[at].text;
        std::uint32_t close = at + 1;
        while (made_.nodes_[close].kind != Kind::CloseAttribute) ++close;
        const bool is_constant = close == at + 2 && made_.nodes_[at + 1].kind == Kind::Text;
        const bool names_data = name == "Name" && made_.nodes_[at + 1].kind == Kind::Text && path_.ends_with("/Data");
        if (names_data && is_constant)
            open_.back().data_name = made_.nodes_[at + 1].text;
        else if (!name.starts_with("xmlns"))
            add_slot(std::string(name), at + 1, close);
        return close;
    }

    /// Text and parts in a row; returns the last node of them.
    std::uint32_t content(std::uint32_t at) {
        std::uint32_t end = at;
        const auto is_content = [](const Node& node) { return node.kind == Kind::Text || node.kind == Kind::Part; };
        while (is_content(made_.nodes_[end])) ++end;
        const bool mixed = open_.back().has_children || made_.nodes_[end].kind == Kind::OpenElement;
        const bool only_blanks =
            end == at + 1 && made_.nodes_[at].kind == Kind::Text && is_blank(made_.nodes_[at].text);
        if (!mixed || !only_blanks) add_slot({}, at, end);
        return end - 1;
    }

    void add_slot(std::string attribute, std::uint32_t first, std::uint32_t end) {
        if (first == end) return;
        made_.shape_.slots.push_back({path_, std::move(attribute), open_.back().data_name});
        const Node& node = made_.nodes_[first];
        const auto slot = static_cast<std::uint32_t>(made_.shape_.slots.size() - 1);
        if (end - first > 1)
            made_.composed_.push_back({slot, first, end - first});
        else if (node.kind == Kind::Part)
            made_.from_parts_.push_back({slot, node.part});
        else
            made_.constants_.push_back({slot, value_of(node.text)});
    }

    /// A part that other templates stand in is never null.
    bool holds_elements(std::uint32_t part) const {
        return std::ranges::any_of(made_.uses_, [&](const TemplateUse& use) { return use.parent == part; });
    }

    /// True when the slots from that one on are none, or the part itself alone: it needs no guard, being null when it
    /// is null.
    bool is_slot_of(std::uint32_t part, std::uint32_t first_slot) const {
        if (first_slot == slots()) return true;
        return first_slot + 1 == slots() && !made_.from_parts_.empty() && made_.from_parts_.back().slot == first_slot &&
               made_.from_parts_.back().part == part;
    }

    std::uint32_t slots() const { return static_cast<std::uint32_t>(made_.shape_.slots.size()); }

    const Blueprint& made_;
    std::vector<Open> open_;
    std::string path_;
};

std::unique_ptr<Blueprint> Blueprint::make(std::span<const TemplateUse> uses) {
    auto made = std::make_unique<Blueprint>();
    made->uses_.assign(uses.begin(), uses.end());
    if (!Maker(*made).expand_all()) return nullptr;
    return made;
}

const Shape& Blueprint::shape() const {
    if (listed_.load(std::memory_order_acquire)) return shape_;
    std::call_once(listing_, [&] {
        shape_.id = id_;
        SlotLister(*this).list();
        listed_.store(true, std::memory_order_release);
    });
    return shape_;
}

std::vector<Blueprint::Origin> Blueprint::origins() const {
    std::vector<Origin> origins(shape().slots.size());
    if (!composed_.empty()) return {};
    for (const FromPart& source : from_parts_) origins[source.slot].part = source.part;
    for (const Constant& source : constants_) origins[source.slot].constant = source.value;
    for (const Guard& guard : guards_) {
        for (std::uint32_t slot = guard.first_slot; slot < guard.end_slot; ++slot) {
            if (origins[slot].guard != kNone) return {};
            origins[slot].guard = guard.part;
        }
    }
    return origins;
}

void Blueprint::gather(std::span<const Value> parts, std::vector<Value>& values,
                       std::deque<std::string>& scratch) const {
    values.resize(shape_.slots.size());
    Value* const slots = values.data();
    const Value* const stored = parts.data();
    for (const FromPart& source : from_parts_) slots[source.slot] = stored[source.part];
    for (const Constant& source : constants_) slots[source.slot] = source.value;
    if (!composed_.empty()) scratch.clear();
    for (const Pieces& source : composed_) {
        std::string& text = scratch.emplace_back();
        for (std::uint32_t at = source.first_node;
             at < source.first_node + source.count && text.size() < kLongestComposedText; ++at) {
            const Node& node = nodes_[at];
            if (node.kind == Kind::Text)
                text += node.text;
            else
                append_text(parts[node.part], text);
        }
        values[source.slot] = value_of(text);
    }
    for (const Guard& guard : guards_)
        if (parts[guard.part].type == Type::Null)
            std::fill(values.begin() + guard.first_slot, values.begin() + guard.end_slot, Value{});
}

}  // namespace spoor::evtx
