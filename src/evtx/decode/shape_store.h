// ShapeStore: the templates and blueprints of a run, each once, shared by all threads and files that read in it.
//
// Readers keep what they found here in tables of their own, so the lock is taken only for something new. The store is
// bounded: a file in which every record has a template of its own fills it, and from then on readers make such things
// for the moment and forget them.
#pragma once
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

#include "evtx/decode/blueprint.h"
#include "evtx/decode/template.h"

namespace spoor::evtx {

class ShapeStore {
public:
    /// The store's own copy of a template that says the same, which `made` becomes if there is none. Null when the
    /// store is full.
    const Template* intern(Template&& made);

    /// Templates have the numbers 1 ... template_count().
    std::uint32_t template_count() const;

    /// All templates whose GUID begins with `id`: most often one.
    std::vector<const Template*> templates_with_id(std::uint32_t id) const;

    /// The blueprint of these templates, made if there is none. Null when it cannot be made or the store is full; all
    /// templates must be the store's own.
    const Blueprint* blueprint_of(std::span<const TemplateUse> uses);

    /// Shapes have the ids 1 ... shape_count().
    std::uint32_t shape_count() const;

private:
    static constexpr std::size_t kMostTemplates = 1 << 14;
    static constexpr std::size_t kMostTemplateBytes = 64 << 20;
    static constexpr std::size_t kMostNodes = 1 << 20;

    mutable std::mutex lock_;
    std::vector<std::unique_ptr<const Template>> templates_;
    std::unordered_multimap<std::uint64_t, const Template*> by_content_;
    std::unordered_multimap<std::uint32_t, const Template*> by_id_;  // the first four bytes of the GUID
    std::vector<std::unique_ptr<const Blueprint>> blueprints_;
    std::unordered_multimap<std::uint64_t, const Blueprint*> by_uses_;
    std::size_t template_bytes_ = 0;
    std::size_t nodes_ = 0;
};

}  // namespace spoor::evtx
