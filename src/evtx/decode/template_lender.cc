#include "evtx/decode/template_lender.h"

#include "evtx/chunk.h"

namespace spoor::evtx {

TemplateLender::TemplateLender(const LogFile& file, ShapeStore& store, From from)
    : file_(file), store_(store), known_before_(from == From::EarlierFilesToo ? store.template_count() : 0) {}

const Template* TemplateLender::find(std::uint32_t id) {
    std::call_once(surveyed_, [&] { survey(); });
    if (const auto used = used_.find(id); used != used_.end()) return used->second;
    const Template* found = nullptr;
    for (const Template* const candidate : store_.templates_with_id(id)) {
        if (candidate->number > known_before_) continue;
        if (found != nullptr) return nullptr;
        found = candidate;
    }
    return found;
}

void TemplateLender::survey() {
    struct Visitor final : RecordVisitor {
        explicit Visitor(TemplateLender& to) : lender(to) {}
        void record(const Record& record) override {
            for (const TemplateUse& use : record.blueprint->uses())
                if (use.definition->number != 0 && !use.definition->guid.is_zero())
                    lender.note(use.definition->id(), use.definition);
        }
        TemplateLender& lender;
    };
    Visitor visitor(*this);
    Decoder decoder(store_, Decoder::Fill::PartsOnly);
    ChunkSource source(file_, 0, file_.chunk_count());
    for (std::size_t i = 0; i < file_.chunk_count(); ++i) {
        const Result<Bytes> chunk = source.next();
        if (!chunk || chunk->empty()) return;  // told by whoever reads the file itself
        read_chunk(*chunk, source.offset(), Recovery::Damage, decoder, visitor);
    }
}

void TemplateLender::note(std::uint32_t id, const Template* found) {
    const auto [at, is_new] = used_.try_emplace(id, found);
    if (!is_new && at->second != found) at->second = nullptr;
}

}  // namespace spoor::evtx
