// Decoder: turns the bytes of one record into a Record. One for each thread; it keeps what it learnt from chunk to
// chunk.
//
// What a record costs: its value descriptors are read once, its templates are found by their offset in the chunk, and
// the blueprint by its templates. Nothing is allocated once a chunk's templates are known.
#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "evtx/decode/blueprint.h"
#include "evtx/decode/shape_store.h"
#include "evtx/issue.h"
#include "evtx/layout.h"

namespace spoor::evtx {

class TemplateLender;

class Decoder {
public:
    /// Whether Record::values is wanted; renderers work from Record::parts alone.
    enum class Fill : std::uint8_t { Values, PartsOnly };
    /// A record whose template is not in its chunk may borrow one of the same id, if there is a lender.
    enum class Borrow : std::uint8_t { No, Yes };

    explicit Decoder(ShapeStore& store, Fill fill = Fill::Values) : store_(store), fill_(fill) {}

    /// Who lends templates from now on; null, as at first, for nobody.
    void borrow_from(TemplateLender* lender) { lender_ = lender; }

    /// To be called before the first record of a chunk. kChunkSlack bytes behind it must be readable.
    void begin_chunk(Bytes chunk);

    /// Decodes the record at `offset` of the chunk, into memory that the next call reuses. On Problem::ValueMalformed
    /// and NestedUnreadable there is a record nevertheless, with those bytes as binary data.
    Problem decode(std::size_t offset, const RecordHeader& header, Borrow borrow, Record& record);

private:
    std::span<const Value> parts() const { return {parts_.data(), part_count_}; }
    Value* add_parts(std::size_t count);
    Problem read_fragments(std::size_t at, std::size_t end, std::uint32_t parent, int depth);
    Problem read_instance(std::size_t& at, std::size_t end, std::uint32_t parent, int depth);
    Problem read_values(std::size_t& at, std::size_t end, std::size_t count, std::size_t& first_nested);
    Problem find_template(std::size_t at, std::uint32_t id, std::size_t end, const Template*& found);
    Problem resolve_template(std::size_t at, std::size_t end, const Template*& found);
    const Template* keep(Template&& made);
    const Blueprint* find_blueprint();
    void splice(std::uint32_t part, int depth);

    /// Which template is defined at an offset of this chunk.
    struct Defined {
        std::uint32_t offset = 0;
        const Template* definition = nullptr;
    };
    Defined& defined_at(std::size_t offset);

    struct Known {
        std::uint64_t hash = 0;
        const Blueprint* blueprint = nullptr;
    };
    struct GuidHash {
        std::size_t operator()(const Guid& guid) const {
            return hash_keyed(hash_keyed(hash_secret(), load<std::uint64_t>(guid.bytes.data())),
                              load<std::uint64_t>(guid.bytes.data() + 8));
        }
    };

    ShapeStore& store_;
    Fill fill_;
    Bytes chunk_;
    Borrow borrow_ = Borrow::No;
    TemplateLender* lender_ = nullptr;

    std::vector<Defined> defined_;
    std::size_t defined_count_ = 0;
    std::unordered_map<Guid, std::vector<const Template*>, GuidHash> by_guid_;
    std::vector<Known> known_;
    std::size_t known_count_ = 0;
    const Blueprint* last_blueprint_ = nullptr;                       // of the record before, if the store has it
    std::vector<std::unique_ptr<const Template>> passing_templates_;  // of this chunk, when the store is full
    std::unique_ptr<const Blueprint> passing_blueprint_;              // of this record

    // Of the record being read.
    Problem trouble_ = Problem::None;
    bool store_owns_all_ = true;
    std::vector<Value> parts_;  // those behind the first `part_count_` are room
    std::size_t part_count_ = 0;
    std::vector<Value> element_values_;
    std::vector<TemplateUse> uses_;
    std::vector<Value> values_;
    std::deque<std::string> scratch_;
};

}  // namespace spoor::evtx
