#include "evtx/decode/decoder.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>

#include "base/endian.h"
#include "evtx/decode/template_lender.h"
#include "evtx/value.h"

namespace spoor::evtx {
namespace {

constexpr int kDeepestNesting = 32;
constexpr std::size_t kMostVariants = 8;  // templates of one GUID that differ: one in every log seen

/// Which sizes of a type need no closer look: those that are `size` in the bits of `mask`.
struct Sizes {
    std::uint32_t size = UINT32_MAX;
    std::uint32_t mask = UINT32_MAX;
};
constexpr std::array<Sizes, 256> make_plain_sizes() {
    std::array<Sizes, 256> sizes{};
    const auto set = [&](Type type, Sizes plain) { sizes[static_cast<std::size_t>(type)] = plain; };
    for (const Type type : {Type::Null, Type::Utf16, Type::Binary}) set(type, {0, 0});
    for (const Type type : {Type::I8, Type::U8}) set(type, {.size = 1});
    for (const Type type : {Type::I16, Type::U16}) set(type, {.size = 2});
    for (const Type type : {Type::I32, Type::U32, Type::Float, Type::Bool, Type::Hex32}) set(type, {.size = 4});
    for (const Type type : {Type::I64, Type::U64, Type::Double, Type::Filetime, Type::Hex64}) set(type, {.size = 8});
    for (const Type type : {Type::Guid, Type::Systemtime}) set(type, {.size = 16});
    return sizes;
}
constexpr std::array<Sizes, 256> kPlainSizes = make_plain_sizes();

/// A Value in two stores, where member by member it would be four: this is done for every value of every record.
inline void put_value(const std::uint8_t* data, std::uint32_t size, Type type, Value* to) {
    static_assert(std::endian::native == std::endian::little && offsetof(Value, size) == 8 &&
                  offsetof(Value, type) == 12);
    auto* const at = reinterpret_cast<std::uint8_t*>(to);
    save(at, reinterpret_cast<std::uint64_t>(data));
    save(at + 8, size | std::uint64_t{static_cast<std::uint8_t>(type)} << 32);
}

}  // namespace

void Decoder::begin_chunk(Bytes chunk) {
    chunk_ = chunk;
    if (defined_.empty()) defined_.resize(128);
    std::fill(defined_.begin(), defined_.end(), Defined{});
    defined_count_ = 0;
    passing_templates_.clear();
    if (known_.empty()) known_.resize(256);
}

Problem Decoder::decode(std::size_t offset, const RecordHeader& header, Borrow borrow, Record& record) {
    part_count_ = 0;
    uses_.clear();
    trouble_ = Problem::None;
    store_owns_all_ = true;
    borrow_ = borrow;
    const std::size_t end = offset + header.size - (header.size_repeats ? 4 : 0);
    const Problem problem = read_fragments(offset + kRecordHeaderSize, end, TemplateUse::kTop, 0);
    if (problem != Problem::None) return problem;
    const Blueprint* const blueprint = find_blueprint();
    if (blueprint == nullptr) return uses_.empty() ? Problem::NoElement : Problem::TooLarge;
    record.id = header.id;
    record.written = header.written;
    record.blueprint = blueprint;
    record.parts = parts();
    if (fill_ == Fill::Values) {
        record.shape = &blueprint->shape();
        blueprint->gather(parts(), values_, scratch_);
        record.values = values_;
    }
    return trouble_;
}

Problem Decoder::read_fragments(std::size_t at, std::size_t end, std::uint32_t parent, int depth) {
    if (depth > kDeepestNesting) return Problem::TooDeep;
    while (at < end) {
        switch (token_of(chunk_[at])) {
            case Token::End: return Problem::None;
            case Token::Fragment:
                if (end - at < 4) return Problem::EndOfData;
                at += 4;
                break;
            case Token::Instance: {
                const Problem problem = read_instance(at, end, parent, depth);
                if (problem != Problem::None) return problem;
                break;
            }
            case Token::OpenElement: {
                const auto first_part = static_cast<std::uint32_t>(part_count_);
                Template made;
                element_values_.clear();
                const Problem problem = Template::parse_element(chunk_, at, end, made, element_values_);
                if (problem != Problem::None) return problem;
                std::ranges::copy(element_values_, add_parts(element_values_.size()));
                uses_.push_back(
                    {keep(std::move(made)), parent, first_part, static_cast<std::uint32_t>(part_count_) - first_part});
                break;
            }
            default: return Problem::UnknownToken;
        }
    }
    return Problem::None;
}

Problem Decoder::read_instance(std::size_t& at, std::size_t end, std::uint32_t parent, int depth) {
    if (end - at < 14) return Problem::EndOfData;
    const auto id = load<std::uint32_t>(chunk_.data() + at + 2);
    const std::size_t definition_at = load<std::uint32_t>(chunk_.data() + at + 6);
    at += 10;
    const Template* definition = nullptr;
    const bool is_here = definition_at == at;
    Problem problem = find_template(definition_at, id, is_here ? end : chunk_.size(), definition);
    // What stands here must be passed over, whatever it says.
    const bool has_way_on =
        !is_here || (end - at >= 24 && end - at - 24 >= load<std::uint32_t>(chunk_.data() + at + 20));
    if (problem != Problem::None && has_way_on && borrow_ == Borrow::Yes && lender_ != nullptr) {
        definition = lender_->find(id);
        if (definition != nullptr) problem = Problem::None;
    }
    if (problem != Problem::None) return problem;
    if (is_here) at += 24 + load<std::uint32_t>(chunk_.data() + at + 20);

    if (end - at < 4) return Problem::EndOfData;
    const std::size_t count = load<std::uint32_t>(chunk_.data() + at);
    at += 4;
    if ((end - at) / 4 < count) return Problem::ValuesOutside;
    const auto first_part = static_cast<std::uint32_t>(part_count_);
    uses_.push_back({definition, parent, first_part, static_cast<std::uint32_t>(count)});
    std::size_t first_nested = 0;
    problem = read_values(at, end, count, first_nested);
    if (problem != Problem::None) return problem;
    for (std::size_t part = first_nested; part < first_part + count; ++part)
        if (parts_[part].type == Type::BinXml && parts_[part].size != 0)
            splice(static_cast<std::uint32_t>(part), depth);
    return Problem::None;
}

/// Room for more parts, to be written by the caller.
Value* Decoder::add_parts(std::size_t count) {
    const std::size_t first = part_count_;
    part_count_ += count;
    if (part_count_ > parts_.size()) parts_.resize(std::max(part_count_, 2 * parts_.size()));
    return parts_.data() + first;
}

/// Reads the descriptors of `count` values and puts those on the parts; `first_nested` becomes the first part that may
/// hold elements.
Problem Decoder::read_values(std::size_t& at, std::size_t end, std::size_t count, std::size_t& first_nested) {
    const std::uint8_t* descriptor = chunk_.data() + at;
    const std::uint8_t* const descriptors_end = descriptor + 4 * count;
    at += 4 * count;
    std::size_t size_of_all = 0;  // once, so that no value need be measured for itself
    for (const std::uint8_t* each = descriptor; each != descriptors_end; each += 4)
        size_of_all += load<std::uint16_t>(each);
    if (size_of_all > end - at) return Problem::ValuesOutside;
    const std::uint8_t* data = descriptors_end;
    first_nested = part_count_ + count;
    for (Value* part = add_parts(count); descriptor != descriptors_end; descriptor += 4, ++part) {
        const auto described = load<std::uint32_t>(descriptor);
        const std::uint32_t size = described & 0xffff;
        const auto type = static_cast<Type>(described >> 16 & 0xff);
        put_value(data, size, type, part);
        const Sizes& plain = kPlainSizes[static_cast<std::size_t>(type)];
        if (((size ^ plain.size) & plain.mask) != 0) [[unlikely]] {
            if (type == Type::BinXml)
                first_nested = std::min(first_nested, static_cast<std::size_t>(part - parts_.data()));
            if (!is_well_formed(type, data, size)) {
                part->type = Type::Binary;
                trouble_ = Problem::ValueMalformed;
            }
        }
        data += size;
    }
    at += size_of_all;
    return Problem::None;
}

/// Reads the elements inside a value of binary XML. When that fails the value stays, as the bytes that it is.
void Decoder::splice(std::uint32_t part, int depth) {
    const std::size_t parts = part_count_;
    const std::size_t uses = uses_.size();
    const auto at = static_cast<std::size_t>(parts_[part].data - chunk_.data());
    const Problem problem = read_fragments(at, at + parts_[part].size, part, depth + 1);
    if (problem == Problem::None) return;
    part_count_ = parts;
    uses_.resize(uses);
    parts_[part].type = Type::Binary;
    trouble_ = Problem::NestedUnreadable;
}

Decoder::Defined& Decoder::defined_at(std::size_t offset) {
    const auto slot_of = [&](std::size_t key) {
        std::size_t slot = (key * 0x9e3779b1u >> 16) & (defined_.size() - 1);
        while (defined_[slot].definition != nullptr && defined_[slot].offset != key)
            slot = (slot + 1) & (defined_.size() - 1);
        return slot;
    };
    const std::size_t slot = slot_of(offset);
    if (defined_[slot].definition != nullptr || 2 * defined_count_ < defined_.size()) return defined_[slot];
    std::vector<Defined> old(defined_.size() * 2);
    old.swap(defined_);
    for (const Defined& entry : old)
        if (entry.definition != nullptr) defined_[slot_of(entry.offset)] = entry;
    return defined_[slot_of(offset)];
}

Problem Decoder::find_template(std::size_t at, std::uint32_t id, std::size_t end, const Template*& found) {
    if (at < kChunkHeaderSize || at > end || end - at < 24) return Problem::TemplateOutside;
    // The id is the GUID's first four bytes in every log seen. It tells a definition from whatever else may lie here
    // now.
    if (load<std::uint32_t>(chunk_.data() + at + 4) != id) return Problem::TemplateMismatch;
    if (end - at - 24 < load<std::uint32_t>(chunk_.data() + at + 20)) return Problem::TemplateOutside;
    Defined& entry = defined_at(at);
    if (entry.definition == nullptr) {
        const Template* definition = nullptr;
        const Problem problem = resolve_template(at, end, definition);
        if (problem != Problem::None) return problem;
        entry = {static_cast<std::uint32_t>(at), definition};
        ++defined_count_;
    }
    found = entry.definition;
    if (found->number == 0) store_owns_all_ = false;
    return Problem::None;
}

Problem Decoder::resolve_template(std::size_t at, std::size_t end, const Template*& found) {
    const Guid guid = load<Guid>(chunk_.data() + at + 4);
    const std::size_t begin = at + 24;
    end = std::min(end, begin + load<std::uint32_t>(chunk_.data() + at + 20));
    const auto matches = [&](const Template* known) { return known->equals_definition(chunk_, begin, end); };
    if (const auto known = by_guid_.find(guid); known != by_guid_.end()) {
        const auto match = std::find_if(known->second.begin(), known->second.end(), matches);
        if (match != known->second.end()) {
            found = *match;
            return Problem::None;
        }
    }
    Template made;
    made.guid = guid;
    const Problem problem = Template::parse_definition(chunk_, begin, end, made);
    if (problem != Problem::None) return problem;
    found = keep(std::move(made));
    if (found->number == 0) return Problem::None;
    std::vector<const Template*>& variants = by_guid_[guid];
    if (variants.size() < kMostVariants) variants.push_back(found);
    return Problem::None;
}

const Template* Decoder::keep(Template&& made) {
    const Template* const kept = store_.intern(std::move(made));
    if (kept != nullptr) return kept;
    store_owns_all_ = false;
    made.spell();
    return passing_templates_.emplace_back(std::make_unique<const Template>(std::move(made))).get();
}

const Blueprint* Decoder::find_blueprint() {
    if (uses_.empty()) return nullptr;
    if (store_owns_all_) {
        if (last_blueprint_ != nullptr && last_blueprint_->uses() == uses_) return last_blueprint_;
        const std::uint64_t hash = hash_of(uses_);
        std::size_t slot = hash & (known_.size() - 1);
        for (; known_[slot].blueprint != nullptr; slot = (slot + 1) & (known_.size() - 1))
            if (known_[slot].hash == hash && known_[slot].blueprint->uses() == uses_)
                return last_blueprint_ = known_[slot].blueprint;
        if (const Blueprint* const found = store_.blueprint_of(uses_)) {
            known_[slot] = {hash, found};
            if (2 * ++known_count_ >= known_.size()) {
                std::vector<Known> old(known_.size() * 2);
                old.swap(known_);
                for (const Known& entry : old) {
                    if (entry.blueprint == nullptr) continue;
                    std::size_t to = entry.hash & (known_.size() - 1);
                    while (known_[to].blueprint != nullptr) to = (to + 1) & (known_.size() - 1);
                    known_[to] = entry;
                }
            }
            return found;
        }
    }
    passing_blueprint_ = Blueprint::make(uses_);
    return passing_blueprint_.get();
}

}  // namespace spoor::evtx
