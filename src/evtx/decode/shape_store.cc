#include "evtx/decode/shape_store.h"

#include <algorithm>

namespace spoor::evtx {

const Template* ShapeStore::intern(Template&& made) {
    const std::uint64_t hash = made.content_hash();
    const std::lock_guard held(lock_);
    const auto [first, last] = by_content_.equal_range(hash);
    for (auto at = first; at != last; ++at)
        if (at->second->says_same(made)) return at->second;
    if (templates_.size() >= kMostTemplates || template_bytes_ + made.footprint() > kMostTemplateBytes) return nullptr;
    made.number = static_cast<std::uint32_t>(templates_.size() + 1);
    made.spell();
    template_bytes_ += made.footprint();
    const Template* const kept = templates_.emplace_back(std::make_unique<const Template>(std::move(made))).get();
    by_content_.emplace(hash, kept);
    if (kept->guid.is_zero()) return kept;  // written without a template: nothing refers to it by GUID
    by_id_.emplace(kept->id(), kept);
    return kept;
}

std::vector<const Template*> ShapeStore::templates_with_id(std::uint32_t id) const {
    std::vector<const Template*> found;
    const std::lock_guard held(lock_);
    const auto [first, last] = by_id_.equal_range(id);
    for (auto at = first; at != last; ++at) found.push_back(at->second);
    return found;
}

const Blueprint* ShapeStore::blueprint_of(std::span<const TemplateUse> uses) {
    const std::uint64_t hash = hash_of(uses);
    {
        const std::lock_guard held(lock_);
        const auto [first, last] = by_uses_.equal_range(hash);
        for (auto at = first; at != last; ++at)
            if (std::ranges::equal(at->second->uses(), uses)) return at->second;
        if (nodes_ >= kMostNodes) return nullptr;
    }
    std::unique_ptr<Blueprint> made = Blueprint::make(uses);
    if (!made) return nullptr;
    const std::lock_guard held(lock_);
    const auto [first, last] = by_uses_.equal_range(hash);
    for (auto at = first; at != last; ++at)  // another thread may have been quicker
        if (std::ranges::equal(at->second->uses(), uses)) return at->second;
    nodes_ += made->nodes().size();
    made->id_ = static_cast<std::uint32_t>(blueprints_.size() + 1);
    const Blueprint* const kept = blueprints_.emplace_back(std::move(made)).get();
    by_uses_.emplace(hash, kept);
    return kept;
}

std::uint32_t ShapeStore::template_count() const {
    const std::lock_guard held(lock_);
    return static_cast<std::uint32_t>(templates_.size());
}

std::uint32_t ShapeStore::shape_count() const {
    const std::lock_guard held(lock_);
    return static_cast<std::uint32_t>(blueprints_.size());
}

}  // namespace spoor::evtx
