#include "sources/windows/evtx_events.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstring>

#include "base/endian.h"
#include "base/same_bytes.h"
#include "base/unicode.h"
#include "evtx/layout.h"
#include "evtx/value.h"

namespace spoor::windows {
namespace {

using evtx::Type;
using evtx::Value;

constexpr std::uint32_t kNone = evtx::Blueprint::kNone;

/// A hostile log may have a plan for every record; from here on they are made and forgotten.
constexpr std::size_t kMostPlansOfAShape = 256;
/// Texts up to this length are parsed on the stack.
constexpr std::size_t kShortText = 128;
/// As long as the SID of an account of a domain, and a little more.
constexpr std::size_t kShortSid = 32;

constexpr std::uint64_t kAuditSuccess = 0x8020000000000000;
constexpr std::uint64_t kAuditFailure = 0x8010000000000000;

Quality quality_of(evtx::Condition condition) {
    switch (condition) {
        case evtx::Condition::Intact: return Quality::Intact;
        case evtx::Condition::ChecksumMismatch: return Quality::ChecksumMismatch;
        case evtx::Condition::BeyondHeader: return Quality::BeyondHeader;
        case evtx::Condition::Resynchronised: return Quality::Resynchronised;
        case evtx::Condition::Carved: return Quality::Carved;
        case evtx::Condition::Partial: return Quality::Partial;
    }
    return Quality::Partial;
}

/// The facts of the System part that are fields under other names than element and attribute together.
struct SystemSlot {
    std::string_view path;
    std::string_view attribute;
    std::string_view field;
};
constexpr SystemSlot kSystemSlots[] = {
    {"/Event/System/Provider", "Guid", "ProviderGuid"},
    {"/Event/System/Provider", "EventSourceName", "EventSourceName"},
    {"/Event/System/EventID", "Qualifiers", "Qualifiers"},
    {"/Event/System/Correlation", "ActivityID", "ActivityID"},
    {"/Event/System/Correlation", "RelatedActivityID", "RelatedActivityID"},
    {"/Event/System/Security", "UserID", "UserID"},
};

/// The slot's name among the facts of the System part.
std::string system_name(const evtx::Slot& slot) {
    for (const SystemSlot& known : kSystemSlots)
        if (slot.path == known.path && slot.attribute == known.attribute) return std::string(known.field);
    return slot.path.substr(sizeof("/Event/System/") - 1) + slot.attribute;
}

/// What a slot of EventData, UserData or the like is called; "" for one of the nameless.
std::string data_name(const evtx::Slot& slot) {
    std::string_view path = slot.path;
    if (path == "/Event/EventData/Data" && slot.attribute.empty()) return slot.data_name;
    for (const std::string_view prefix : {"/Event/EventData/", "/Event/RenderingInfo/", "/Event/"}) {
        if (!path.starts_with(prefix)) continue;
        path.remove_prefix(prefix.size());
        break;
    }
    // Below UserData stands one element of the provider's own: its name says nothing more.
    for (const std::string_view group : {"UserData/", "ProcessingErrorData/"}) {
        if (!path.starts_with(group)) continue;
        path.remove_prefix(group.size());
        if (const std::size_t inner = path.find('/'); inner != std::string_view::npos && group == "UserData/")
            path.remove_prefix(inner + 1);
        break;
    }
    std::string name(path);
    std::ranges::replace(name, '/', '.');
    if (!slot.attribute.empty()) name += "@" + slot.attribute;
    return name;
}

/// Names of elements and namespaces: constant, and no values of the event.
bool says_nothing(const evtx::Slot& slot) {
    if (slot.attribute.starts_with("xmlns")) return true;
    return slot.attribute == "Name" && slot.path == "/Event/EventData/Data";
}

bool is_text(Type type) { return type == Type::Utf16 || type == Type::Utf8 || type == Type::Ansi; }

/// Reads the number in a value of a fixed-width integer type; false for other types and negative numbers.
inline bool read_fixed_number(const Value& value, std::uint64_t& number) {
    switch (value.type) {
        case Type::U8: number = *value.data; return true;
        case Type::U16: number = load<std::uint16_t>(value.data); return true;
        case Type::U32:
        case Type::Hex32: number = load<std::uint32_t>(value.data); return true;
        case Type::U64:
        case Type::Hex64: number = load<std::uint64_t>(value.data); return true;
        default: return false;
    }
}

/// The number that a UTF-16 text of a few decimal digits is: a port, most often.
std::optional<std::uint64_t> short_decimal(const Value& value) {
    const std::size_t units = value.size / 2;
    if (units == 0 || units > 9) return std::nullopt;
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < units; ++i) {
        const auto unit = load<char16_t>(value.data + 2 * i);
        if (unit < u'0' || unit > u'9') return std::nullopt;
        number = number * 10 + (unit - u'0');
    }
    return number;
}

/// Reads the number in a value of whatever type, text too. These give the number apart from the answer: an optional of
/// both would go through memory in pieces, and waiting for them costs more than all the rest.
inline bool read_number(const Value& value, std::uint64_t& number) {
    if (read_fixed_number(value, number)) return true;
    const auto other = evtx::to_unsigned(value);
    number = other.value_or(0);
    return other.has_value();
}

/// The same for integer types alone.
inline bool read_integer(const Value& value, std::uint64_t& number) {
    return !is_text(value.type) && read_number(value, number);
}

/// A field's value in two stores, where member by member it would be five: this is done for every value.
inline void put(FieldId field, ValueType type, std::size_t size, std::uint64_t content, FieldValue* to) {
    static_assert(std::endian::native == std::endian::little && offsetof(FieldValue, type) == 2 &&
                  offsetof(FieldValue, size) == 4 && offsetof(FieldValue, number) == 8);
    auto* const at = reinterpret_cast<std::uint8_t*>(to);
    save(at, std::uint64_t{static_cast<std::uint16_t>(field)} | std::uint64_t{static_cast<std::uint8_t>(type)} << 16 |
                 std::uint64_t{size} << 32);
    save(at + 8, content);
}
inline void put_number(FieldId field, std::uint64_t number, FieldValue* to) {
    put(field, ValueType::Unsigned, 0, number, to);
}
inline void put_bytes(FieldId field, ValueType type, std::string_view bytes, FieldValue* to) {
    put(field, type, bytes.size(), reinterpret_cast<std::uint64_t>(bytes.data()), to);
}

/// What the keywords say of an audit's outcome; `otherwise` where they say nothing.
Outcome outcome_of(std::uint64_t keywords, Outcome otherwise) {
    if ((keywords & kAuditFailure) == kAuditFailure) return Outcome::Failure;
    return (keywords & kAuditSuccess) == kAuditSuccess ? Outcome::Success : otherwise;
}

bool is_constant(const evtx::Blueprint::Origin& origin) { return origin.part == kNone; }

Value utf8_value(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), static_cast<std::uint32_t>(text.size()), Type::Utf8};
}

const Value& value_at(const evtx::Blueprint::Origin& origin, const Value* values) {
    static constexpr Value kNothing;
    if (origin.guard != kNone && values[origin.guard].type == Type::Null) return kNothing;
    return is_constant(origin) ? origin.constant : values[origin.part];
}

}  // namespace

/// The quick way from a stored type to a field's type, where there is one.
EvtxNormaliser::Action EvtxNormaliser::quick_action(Type stored, FieldType type) {
    const bool is_number = type == FieldType::Number || type == FieldType::Hex;
    switch (stored) {
        case Type::Utf16: return type == FieldType::Text ? Action::Text16 : Action::Parse;
        case Type::U8: return is_number ? Action::Number8 : Action::Convert;
        case Type::U16: return is_number ? Action::Number16 : Action::Convert;
        case Type::U32:
        case Type::Hex32: return is_number ? Action::Number32 : Action::Convert;
        case Type::U64:
        case Type::Hex64: return is_number ? Action::Number64 : Action::Convert;
        case Type::Filetime: return type == FieldType::Time ? Action::Time64 : Action::Convert;
        case Type::Guid: return type == FieldType::Guid ? Action::Guid : Action::Convert;
        case Type::Sid: return type == FieldType::Sid ? Action::Sid : Action::Convert;
        default: return evtx::is_array(stored) ? Action::Items : Action::Convert;
    }
}

/// What is to be done with a value that is not of the usual type, or of which that says too little. A constant takes
/// the place of `value`.
EvtxNormaliser::Action EvtxNormaliser::unusual_action(const Step& step, const Plan& plan, const Value* values,
                                                      const Value*& value) {
    if (step.guard != kNone && values[step.guard].type == Type::Null) return Action::Skip;
    if (step.literal != kNone) value = &plan.literals[step.literal].stored;
    if (value->type == Type::Null) return Action::Skip;
    if (step.action >= Action::Convert || value->type == step.stored) return step.action;
    return evtx::is_array(value->type) ? Action::Items : Action::Convert;
}

void EvtxNormaliser::begin(Batch& batch) {
    batch_ = &batch;
    ++batch_number_;
}

EvtxNormaliser::ShapePlans& EvtxNormaliser::plans_of(const evtx::Blueprint& blueprint) {
    const bool kept = blueprint.id() != 0;
    if (!kept) passing_ = {};
    if (kept && blueprint.id() >= shapes_.size()) shapes_.resize(blueprint.id() + 1);
    ShapePlans& plans = kept ? shapes_[blueprint.id()] : passing_;
    if (plans.made) return plans;
    const evtx::Shape& shape = blueprint.shape();
    plans.origins = blueprint.origins();
    plans.gathers = plans.origins.empty();
    plans.origins.resize(shape.slots.size());
    for (std::uint32_t i = 0; i < shape.slots.size(); ++i) {
        if (plans.gathers) plans.origins[i].part = i;
        const evtx::Slot& slot = shape.slots[i];
        if (slot.path == "/Event/System/EventID" && slot.attribute.empty()) plans.event_id = plans.origins[i];
        if (slot.path == "/Event/System/Provider" && slot.attribute == "Name") plans.provider = plans.origins[i];
        if (slot.path == "/Event/System/Channel" && slot.attribute.empty()) plans.channel = plans.origins[i];
    }
    plans.made = true;
    return plans;
}

EvtxNormaliser::Plan& EvtxNormaliser::plan_of(ShapePlans& plans, const evtx::Shape& shape, const Value* values) {
    std::uint64_t stated = 0;
    if (plans.event_id) read_number(value_at(*plans.event_id, values), stated);
    const auto event_id = static_cast<std::uint32_t>(stated);
    const std::string_view provider =
        plans.provider && !is_constant(*plans.provider) ? evtx::bytes_of(value_at(*plans.provider, values)) : "";
    for (const auto& plan : plans.plans)
        if (plan->event_id == event_id && plan->provider == provider) return *plan;
    std::unique_ptr<Plan> plan = make_plan(plans, shape, values, event_id);
    plan->provider = provider;
    if (plans.plans.size() < kMostPlansOfAShape) return *plans.plans.emplace_back(std::move(plan));
    passing_plan_ = std::move(plan);
    return *passing_plan_;
}

/// Makes the step of a constant: what it says of the event's header goes into the plan.
void EvtxNormaliser::settle_constant(Value constant, Plan& plan, Step& step) const {
    if (step.guard == kNone && step.action == Action::Computer) {
        plan.host = catalog_.host(evtx::to_text(constant));
        step.action = Action::Literal;
    }
    if (step.guard == kNone && step.action == Action::Channel) {
        plan.channel = catalog_.channel(canonical_channel(evtx::to_text(constant)));
        if (plan.channel != ChannelId::None) constant = utf8_value(catalog_.channel_name(plan.channel));
        step.action = Action::Literal;
    }
    if (step.action == Action::Provider || step.action == Action::Parse || step.action == Action::Convert)
        step.action = Action::Literal;
    step.part = 0;
    step.literal = static_cast<std::uint32_t>(plan.literals.size());
    plan.literals.push_back({.stored = constant});
}

std::unique_ptr<EvtxNormaliser::Plan> EvtxNormaliser::make_plan(const ShapePlans& plans, const evtx::Shape& shape,
                                                                const Value* values, std::uint32_t event_id) const {
    auto plan = std::make_unique<Plan>();
    plan->event_id = event_id;
    const std::string provider = plans.provider ? evtx::to_text(value_at(*plans.provider, values)) : std::string();
    const std::string channel = plans.channel ? evtx::to_text(value_at(*plans.channel, values)) : std::string();
    plan->meaning = &meaning_of(provider, channel, event_id);
    plan->renames_places = std::ranges::any_of(
        plan->meaning->renames, [](const Rename& rename) { return rename.record_name.starts_with('#'); });

    plan->steps.reserve(shape.slots.size());
    const auto field_for = [&](std::string_view name) {
        for (const Rename& rename : plan->meaning->renames)
            if (rename.record_name == name) return rename.field;
        return catalog_.field(name);
    };
    for (std::size_t i = 0; i < shape.slots.size(); ++i) {
        const evtx::Slot& slot = shape.slots[i];
        if (says_nothing(slot)) continue;
        const evtx::Blueprint::Origin& origin = plans.origins[i];
        Step step{.part = origin.part, .guard = origin.guard == origin.part ? kNone : origin.guard};
        if (slot.path.starts_with("/Event/System/")) {
            const std::string name = system_name(slot);
            if (name == "EventID") step.action = Action::EventId;
            if (name == "TimeCreatedSystemTime") step.action = Action::Time;
            if (name == "EventRecordID") step.action = Action::Number;
            if (name == "Keywords") step.action = Action::Keywords;
            if (name == "Channel") step.action = Action::Channel;
            if (name == "Computer") step.action = Action::Computer;
            if (name == "ProviderName") step.action = Action::Provider;
            step.field = step.action == Action::Provider ? "Provider"_field : catalog_.field(name);
        } else if (const std::string name = data_name(slot); name.empty()) {
            step.action = Action::Nameless;
            step.field = "Data"_field;
        } else {
            step.field = field_for(name);
        }
        step.type = catalog_.field_type(step.field);
        step.stored = value_at(origin, values).type;
        if (step.action == Action::Convert) step.action = quick_action(step.stored, step.type);
        if (is_constant(origin)) {
            // What the template itself says lies in the plan, and is converted once a batch if it is only a field.
            settle_constant(origin.constant, *plan, step);
        } else if (step.guard == kNone && step.stored != Type::Null) {
            step.usual = step.stored;
        }
        if (step.action == Action::Parse) {
            step.parsed = static_cast<std::uint32_t>(plan->parsed.size());
            plan->parsed.emplace_back();
        }
        plan->steps.push_back(step);
    }
    return plan;
}

inline std::string_view EvtxNormaliser::utf16_in_batch(const Value& value) {
    static_assert(kUtf16Slack <= evtx::kChunkSlack);
    Arena& arena = batch_->arena();
    const std::size_t units = value.size / 2;
    char* const begin = arena.reserve(utf8_bound(units));
    const auto size = static_cast<std::size_t>(utf16_to_utf8_until_nul(value.data, units, begin) - begin);
    arena.commit(size);
    return {begin, size};
}

/// The SID as it lies in the batch.
inline std::string_view EvtxNormaliser::sid_in_batch(const Value& value) {
    static_assert(kShortSid <= evtx::kChunkSlack);
    if (value.size > kShortSid) return batch_->arena().copy(evtx::bytes_of(value));
    // A copy of fixed size needs no call; what it takes too much of lies in the slack behind the chunk.
    char* const copy = batch_->arena().reserve(kShortSid);
    std::memcpy(copy, value.data, kShortSid);
    batch_->arena().commit(value.size);
    return {copy, value.size};
}

std::string_view EvtxNormaliser::text_in_batch(const Value& value) {
    if (value.type == Type::Utf16) return utf16_in_batch(value);
    if (value.type == Type::Utf8) return batch_->arena().copy(evtx::bytes_of(value));
    scratch_.clear();
    evtx::append_text(value, scratch_);
    return batch_->arena().copy(scratch_);
}

inline const FieldValue& EvtxNormaliser::literal(Literal& literal, const Step& step) {
    if (literal.batch != batch_number_) {
        literal.value = convert(literal.stored, step.field, step.type);
        literal.batch = batch_number_;
    }
    return literal.value;
}

inline void EvtxNormaliser::repeat(Repeated& repeated, const Value& value, Action use) {
    const std::string_view stored = evtx::bytes_of(value);
    const bool same =
        repeated.stored.size() == stored.size() && same_bytes(repeated.stored.data(), stored.data(), stored.size());
    if (!same || repeated.text.empty()) {
        repeated.stored = stored;
        repeated.text.clear();
        evtx::append_text(value, repeated.text);
        repeated.batch = 0;
        if (use == Action::Computer) repeated.host = catalog_.host(repeated.text);
        if (use == Action::Channel) {
            repeated.channel = catalog_.channel(canonical_channel(repeated.text));
            if (repeated.channel != ChannelId::None) repeated.text = catalog_.channel_name(repeated.channel);
        }
    }
    if (repeated.batch == batch_number_) return;
    repeated.in_batch = batch_->arena().copy(repeated.text);
    repeated.batch = batch_number_;
}

/// A text whose field is of another type: parsed if it can be, kept as text if not.
FieldValue EvtxNormaliser::convert_text(const Value& value, FieldId field, FieldType type) {
    if (type == FieldType::Number && value.type == Type::Utf16)
        if (const auto number = short_decimal(value)) return FieldValue::of_number(field, *number);
    char short_text[utf8_bound(kShortText)];
    std::string_view text;
    if (value.type == Type::Utf16 && value.size <= kShortText * 2) {
        const char* const end = utf16_to_utf8_until_nul(value.data, value.size / 2, short_text);
        text = {short_text, static_cast<std::size_t>(end - short_text)};
    } else {
        scratch_.clear();
        evtx::append_text(value, scratch_);
        text = scratch_;
    }
    const FieldValue parsed = parse_value(field, type, text, batch_->arena());
    return parsed.type == ValueType::Text ? FieldValue::of_bytes(field, ValueType::Text, batch_->arena().copy(text))
                                          : parsed;
}

FieldValue EvtxNormaliser::parse(Parsed& last, const Value& value, const Step& step) {
    const std::string_view stored = evtx::bytes_of(value);
    if (stored.size() > kShortText * 2) return convert_text(value, step.field, step.type);
    const bool same = last.batch == batch_number_ && last.stored.size() == stored.size() &&
                      same_bytes(last.stored.data(), stored.data(), stored.size());
    if (!same) {
        last.value = convert_text(value, step.field, step.type);
        last.stored = stored;
        last.batch = batch_number_;
    }
    return last.value;
}

FieldValue EvtxNormaliser::convert(const Value& value, FieldId field, FieldType type) {
    const auto as_text = [&] { return FieldValue::of_bytes(field, ValueType::Text, text_in_batch(value)); };
    if (type == FieldType::Text) return as_text();
    switch (type) {
        case FieldType::Number:
        case FieldType::Hex:
            if (std::uint64_t number; read_integer(value, number)) return FieldValue::of_number(field, number);
            if (const auto negative = is_text(value.type) ? std::nullopt : evtx::to_signed(value))
                return FieldValue::of_signed(field, *negative);
            break;
        case FieldType::Signed:
            if (const auto number = is_text(value.type) ? std::nullopt : evtx::to_signed(value))
                return FieldValue::of_signed(field, *number);
            break;
        case FieldType::Boolean:
            if (value.type == Type::Bool)
                return FieldValue::of_boolean(field, evtx::to_unsigned(value).value_or(0) != 0);
            break;
        case FieldType::Time:
            if (value.type == Type::Filetime)
                return FieldValue::of_time(field, Timestamp::from_filetime(load<std::uint64_t>(value.data)));
            if (value.type == Type::Systemtime)
                if (const auto time = evtx::to_time(value)) return FieldValue::of_time(field, *time);
            break;
        case FieldType::Guid:
            if (value.type == Type::Guid)
                return FieldValue::of_bytes(field, ValueType::Guid, batch_->arena().copy(evtx::bytes_of(value)));
            break;
        case FieldType::Sid:
            if (value.type == Type::Sid)
                return FieldValue::of_bytes(field, ValueType::Sid, batch_->arena().copy(evtx::bytes_of(value)));
            break;
        case FieldType::Bytes:
            if (value.type == Type::Binary)
                return FieldValue::of_bytes(field, ValueType::Bytes, batch_->arena().copy(evtx::bytes_of(value)));
            break;
        case FieldType::Text:
        case FieldType::Address:
        case FieldType::Real: break;
    }
    return is_text(value.type) ? convert_text(value, field, type) : as_text();
}

/// Values without a name are known by their place, and an array is as many values as it has items.
void EvtxNormaliser::add_items(const Value& value, const Step& step, const Plan& plan, std::size_t& place) {
    evtx::Items items(value);
    for (auto item = items.next(); item; item = items.next()) {
        FieldId field = step.field;
        FieldType type = step.type;
        if (step.action == Action::Nameless && plan.renames_places) {
            char name[24];
            const auto end = fmt::format_to_n(name, sizeof name, "#{}", place).out;
            for (const Rename& rename : plan.meaning->renames)
                if (rename.record_name == std::string_view(name, static_cast<std::size_t>(end - name)))
                    field = rename.field;
            type = catalog_.field_type(field);
        }
        ++place;
        batch_->add(convert(*item, field, type));
    }
}

Event& EvtxNormaliser::add(const evtx::Record& record) {
    const evtx::Blueprint& blueprint = *record.blueprint;
    ShapePlans& plans = plans_of(blueprint);
    static constexpr Value kNothing;
    const Value* values = record.parts.empty() ? &kNothing : record.parts.data();
    if (plans.gathers) {
        blueprint.gather(record.parts, gathered_, composed_);
        values = gathered_.data();
    }
    Plan& plan = plan_of(plans, blueprint.shape(), values);
    Arena& arena = batch_->arena();

    batch_->begin();
    Timestamp time = Timestamp::from_filetime(record.written);
    std::uint64_t sequence = record.id;
    Outcome outcome = plan.meaning->outcome;
    HostId host = plan.host;
    ChannelId channel = plan.channel;
    std::size_t place = 0;
    FieldValue* out = batch_->extend(plan.steps.size());
    const Step* const last = plan.steps.data() + plan.steps.size();
    for (const Step* next = plan.steps.data(); next != last; ++next) {
        const Step& step = *next;
        const Value* at = values + step.part;
        Action action = step.action;
        if (at->type != step.usual) {
            if (at->type == Type::Null && step.literal == kNone) {
                place += action == Action::Nameless;
                continue;
            }
            action = unusual_action(step, plan, values, at);
        }
        const Value& value = *at;
        switch (action) {
            case Action::Text16: put_bytes(step.field, ValueType::Text, utf16_in_batch(value), out++); break;
            case Action::Number8: put_number(step.field, *value.data, out++); break;
            case Action::Number16: put_number(step.field, load<std::uint16_t>(value.data), out++); break;
            case Action::Number32: put_number(step.field, load<std::uint32_t>(value.data), out++); break;
            case Action::Number64: put_number(step.field, load<std::uint64_t>(value.data), out++); break;
            case Action::Time64:
                *out++ = FieldValue::of_time(step.field, Timestamp::from_filetime(load<std::uint64_t>(value.data)));
                break;
            case Action::Guid:
                put_bytes(step.field, ValueType::Guid, arena.copy({reinterpret_cast<const char*>(value.data), 16}),
                          out++);
                break;
            case Action::Sid: put_bytes(step.field, ValueType::Sid, sid_in_batch(value), out++); break;
            case Action::Literal: *out++ = literal(plan.literals[step.literal], step); break;
            case Action::Parse: *out++ = parse(plan.parsed[step.parsed], value, step); break;
            case Action::Convert: *out++ = convert(value, step.field, step.type); break;
            case Action::Items:
            case Action::Nameless: {
                // As many values as there are items: not written in place.
                batch_->keep(out);
                std::size_t ignored = 0;
                add_items(value, step, plan, action == Action::Nameless ? place : ignored);
                out = batch_->extend(static_cast<std::size_t>(last - next - 1));
                break;
            }
            case Action::EventId: put_number(step.field, plan.event_id, out++); break;
            case Action::Time:
                if (value.type == Type::Filetime)
                    time = Timestamp::from_filetime(load<std::uint64_t>(value.data));
                else if (const auto told = evtx::to_time(value))
                    time = *told;
                break;
            case Action::Number:
                if (std::uint64_t number; read_number(value, number)) sequence = number;
                break;
            case Action::Keywords: {
                const FieldValue fact = convert(value, step.field, FieldType::Hex);
                if (fact.type == ValueType::Unsigned) outcome = outcome_of(fact.number, outcome);
                *out++ = fact;
                break;
            }
            case Action::Channel:
                repeat(plans.last_channel, value, action);
                channel = plans.last_channel.channel;
                put_bytes(step.field, ValueType::Text, plans.last_channel.in_batch, out++);
                break;
            case Action::Computer:
                repeat(plans.last_computer, value, action);
                host = plans.last_computer.host;
                put_bytes(step.field, ValueType::Text, plans.last_computer.in_batch, out++);
                break;
            case Action::Provider:
                repeat(plans.last_provider, value, action);
                put_bytes(step.field, ValueType::Text, plans.last_provider.in_batch, out++);
                break;
            case Action::Skip: place += step.action == Action::Nameless; break;
        }
    }
    batch_->keep(out);
    // Filled where it lies: a copy of what was just written in pieces would wait for them.
    static constexpr Event kBlank;
    Event& event = batch_->commit(kBlank);
    event.time = time;
    event.sequence = sequence;
    event.host = host;
    event.channel = channel;
    event.kind = plan.meaning->kind;
    event.outcome = outcome;
    event.quality = quality_of(record.condition);
    event.event_id = static_cast<std::uint16_t>(std::min<std::uint32_t>(plan.event_id, UINT16_MAX));
    return event;
}

}  // namespace spoor::windows
