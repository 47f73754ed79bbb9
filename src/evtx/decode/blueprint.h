// Blueprint: the element tree that a run of records has in common, with numbers in the places where their values go.
//
// A record is made from one or more templates: the outer one, which writes <System>, and as one of its values a piece
// of binary XML with a template of its own, which writes <EventData>. The values of all of them, in the order in which
// they are stored, are the record's *parts*. Which templates were used, and as which parts of each other, decides the
// tree; so the tree is put together once for each such combination, and a record is then nothing but its parts.
#pragma once
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "evtx/decode/template.h"
#include "evtx/record.h"

namespace spoor::evtx {

/// One template in a record: whose part it stands in, and which parts are its own.
struct TemplateUse {
    static constexpr std::uint32_t kTop = 0xffffffff;

    const Template* definition;
    std::uint32_t parent;  // the part that it stands in; kTop for the record itself
    std::uint32_t first_part;
    std::uint32_t parts;

    friend bool operator==(const TemplateUse&, const TemplateUse&) = default;
};

std::uint64_t hash_of(std::span<const TemplateUse> uses);

class Blueprint {
public:
    static constexpr std::uint32_t kNone = 0xffffffff;

    enum class Kind : std::uint8_t { OpenElement, CloseElement, OpenAttribute, CloseAttribute, Text, Part };

    /// One step through the tree, in document order.
    struct Node {
        Kind kind;
        std::uint32_t part = kNone;  // of a Part: which; of an OpenElement: the one whose being null drops the element
        std::uint32_t close = 0;     // of an OpenElement: the node that closes it
        std::string_view text = {};  // a name, or literal text; its template's own
    };

    /// Nothing when the tree would grow beyond all measure, or there is no element in it. The templates must outlive
    /// it.
    static std::unique_ptr<Blueprint> make(std::span<const TemplateUse> uses);

    /// 1, 2, 3 ... in the store; 0 for one that is made for one record.
    std::uint32_t id() const { return id_; }

    /// The slots are listed when they are first asked for: renderers never do.
    const Shape& shape() const;
    const std::vector<Node>& nodes() const { return nodes_; }
    const std::vector<TemplateUse>& uses() const { return uses_; }

    /// Where a slot's value is to be had when not all are gathered.
    struct Origin {
        std::uint32_t part = kNone;   // kNone: it is `constant`
        std::uint32_t guard = kNone;  // the part whose being null makes the slot null
        Value constant = {};
    };
    /// One for each slot of the shape. None where slots are composed of pieces or stand behind several guards: the
    /// values of such a record must be gathered.
    std::vector<Origin> origins() const;

    /// Fills `values`, one for each slot of the shape, from a record's parts. Text composed of several is put in
    /// `scratch`.
    void gather(std::span<const Value> parts, std::vector<Value>& values, std::deque<std::string>& scratch) const;

private:
    friend class ShapeStore;
    class Maker;
    class SlotLister;

    /// Where a slot's value comes from: a part, a constant, or several pieces in a row. Each kind has a list of its
    /// own, so that the first, which is nearly all, costs a copy.
    struct FromPart {
        std::uint32_t slot, part;
    };
    struct Constant {
        std::uint32_t slot;
        Value value;
    };
    struct Pieces {
        std::uint32_t slot, first_node, count;
    };
    /// Slots that are null when a part is.
    struct Guard {
        std::uint32_t part;
        std::uint32_t first_slot, end_slot;
    };

    std::uint32_t id_ = 0;
    std::vector<TemplateUse> uses_;
    std::vector<Node> nodes_;

    mutable std::once_flag listing_;
    mutable std::atomic<bool> listed_ = false;  // asked for every record, which the flag above is too slow for
    mutable Shape shape_;
    mutable std::vector<FromPart> from_parts_;
    mutable std::vector<Constant> constants_;
    mutable std::vector<Pieces> composed_;
    mutable std::vector<Guard> guards_;
};

}  // namespace spoor::evtx
