// EvtxNormaliser: turns records of .evtx files into events, from binary values to typed fields without a text between.
//
// All records of a shape have the same slots, so what each slot means is worked out once for a shape and event number:
// a plan, which is a list of parts, fields and conversions. A record is then one walk over its parts as they are
// stored: its values need not be gathered first, and what the template itself says is converted once a batch. What a
// plan cannot know (a value whose stored type is not the one its field has) is settled value by value.
//
// It gives the same events as normalise.h does for the same record in JSON.
#pragma once
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "evtx/decode/blueprint.h"
#include "model/catalog.h"
#include "sources/windows/events.h"

namespace spoor::windows {

/// One for each thread and ShapeStore; the catalog is shared.
class EvtxNormaliser {
public:
    explicit EvtxNormaliser(Catalog& catalog) : catalog_(catalog) {}

    /// The batch that events go to from now on.
    void begin(Batch& batch);

    /// Adds the event that `record` is; its parts are enough.
    Event& add(const evtx::Record& record);

private:
    /// What is done with a slot. The first ones need the stored type that the plan met; all others do for any.
    enum class Action : std::uint8_t {
        Text16,
        Number8,
        Number16,
        Number32,
        Number64,
        Time64,
        Guid,
        Sid,
        Parse,
        Convert,
        Literal,
        Items,
        Nameless,
        EventId,
        Time,
        Number,
        Keywords,
        Channel,
        Computer,
        Provider,
        Skip,
    };

    static constexpr auto kNever = evtx::Type{0xff};

    struct Step {
        std::uint32_t part = 0;
        std::uint32_t guard = evtx::Blueprint::kNone;  // without this part there is no value
        FieldId field = FieldId::None;
        Action action = Action::Convert;
        evtx::Type stored = evtx::Type::Null;  // what `action` was chosen for
        evtx::Type usual = kNever;             // a value of this type needs no closer look
        FieldType type = FieldType::Text;
        std::uint32_t literal = evtx::Blueprint::kNone;  // of a constant: which of the plan's
        std::uint32_t parsed = 0;                        // of a text that is parsed: which of the plan's
    };

    /// Text that stands in the template, and what it became in which batch.
    struct Literal {
        evtx::Value stored;
        FieldValue value = {};
        std::uint64_t batch = 0;
    };

    /// A text that is parsed, as it was met last: many records repeat an address or a port.
    struct Parsed {
        std::string stored;
        FieldValue value = {};
        std::uint64_t batch = 0;
    };

    struct Plan {
        std::uint32_t event_id = 0;
        std::string
            provider;  // the bytes of the value as it is stored; "" where all records of the shape have the same
        const Meaning* meaning = nullptr;
        HostId host = HostId::None;  // where the template names it
        ChannelId channel = ChannelId::None;
        bool renames_places = false;
        std::vector<Step> steps;
        std::vector<Literal> literals;
        std::vector<Parsed> parsed;
    };

    /// A text that most records repeat: as it was met last, and where the batch has it.
    struct Repeated {
        std::string stored;
        std::string text;
        std::string_view in_batch;
        std::uint64_t batch = 0;
        HostId host = HostId::None;
        ChannelId channel = ChannelId::None;
    };

    /// The plans of a shape, and the values that choose among them.
    struct ShapePlans {
        std::vector<evtx::Blueprint::Origin> origins;  // of the shape's slots
        bool gathers = false;                          // the origins are not in the parts but in what is gathered
        std::optional<evtx::Blueprint::Origin> event_id;
        std::optional<evtx::Blueprint::Origin> provider;
        std::optional<evtx::Blueprint::Origin> channel;
        std::vector<std::unique_ptr<Plan>> plans;
        Repeated last_provider;
        Repeated last_channel;
        Repeated last_computer;
        bool made = false;
    };

    static Action unusual_action(const Step& step, const Plan& plan, const evtx::Value* values,
                                 const evtx::Value*& value);
    static Action quick_action(evtx::Type stored, FieldType type);
    ShapePlans& plans_of(const evtx::Blueprint& blueprint);
    Plan& plan_of(ShapePlans& plans, const evtx::Shape& shape, const evtx::Value* values);
    std::unique_ptr<Plan> make_plan(const ShapePlans& plans, const evtx::Shape& shape, const evtx::Value* values,
                                    std::uint32_t event_id) const;
    void settle_constant(evtx::Value constant, Plan& plan, Step& step) const;
    void repeat(Repeated& repeated, const evtx::Value& value, Action use);
    const FieldValue& literal(Literal& literal, const Step& step);
    FieldValue parse(Parsed& last, const evtx::Value& value, const Step& step);
    std::string_view utf16_in_batch(const evtx::Value& value);
    std::string_view sid_in_batch(const evtx::Value& value);
    std::string_view text_in_batch(const evtx::Value& value);
    FieldValue convert(const evtx::Value& value, FieldId field, FieldType type);
    FieldValue convert_text(const evtx::Value& value, FieldId field, FieldType type);
    void add_items(const evtx::Value& value, const Step& step, const Plan& plan, std::size_t& place);

    Catalog& catalog_;
    Batch* batch_ = nullptr;
    std::uint64_t batch_number_ = 0;
    std::vector<ShapePlans> shapes_;  // by Shape::id
    ShapePlans passing_;              // of a shape that is not kept
    std::unique_ptr<Plan> passing_plan_;
    std::vector<evtx::Value> gathered_;
    std::deque<std::string> composed_;
    std::string scratch_;
};

}  // namespace spoor::windows
