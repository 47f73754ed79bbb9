#include "sources/windows/normalise.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace spoor::windows {
namespace {

/// Kinds of record that are remembered; a hostile file of ever new channels is read all the same, only slower.
constexpr std::size_t kMostKnown = 50'000;
constexpr std::size_t kMostFieldsKnown = 5'000;

}  // namespace

void Record::clear() {
    std::vector<RecordValue> old_system = std::move(system);
    std::vector<RecordValue> old_data = std::move(data);
    *this = {};
    old_system.clear();
    old_data.clear();
    system = std::move(old_system);
    data = std::move(old_data);
}

Normaliser::Known& Normaliser::known(const Record& record) {
    key_.clear();
    fmt::format_to(std::back_inserter(key_), "{}\n{}\n{}", record.event_id, record.channel, record.provider);
    if (const auto found = known_.find(key_); found != known_.end()) return found->second;
    if (known_.size() >= kMostKnown) known_.clear();
    const std::string_view channel = canonical_channel(record.channel);
    const ChannelId id = catalog_.channel(channel);
    return known_
        .emplace(
            key_,
            Known{&meaning_of(record.provider, record.channel, record.event_id), id, catalog_.channel_name(id), {}})
        .first->second;
}

FieldId Normaliser::field_of(Known& known, std::string_view record_name) {
    if (const auto found = known.fields.find(record_name); found != known.fields.end()) return found->second;
    FieldId field = FieldId::None;
    for (const Rename& rename : known.meaning->renames)
        if (rename.record_name == record_name) field = rename.field;
    if (field == FieldId::None) field = record_name.starts_with('#') ? "Data"_field : catalog_.field(record_name);
    if (known.fields.size() < kMostFieldsKnown) known.fields.emplace(record_name, field);
    return field;
}

HostId Normaliser::host_of(std::string_view computer) {
    if (const auto found = hosts_.find(computer); found != hosts_.end()) return found->second;
    const HostId host = catalog_.host(computer);
    if (hosts_.size() < kMostKnown) hosts_.emplace(computer, host);
    return host;
}

void Normaliser::add_value(Batch& batch, FieldId field, std::string_view text) {
    FieldValue value = parse_value(field, catalog_.field_type(field), text, batch.arena());
    if (value.type == ValueType::Text) value = FieldValue::of_bytes(field, ValueType::Text, batch.arena().copy(text));
    batch.add(value);
}

Event& Normaliser::add(const Record& record, Batch& batch) {
    Known& known = this->known(record);
    batch.begin();
    if (!record.provider.empty()) batch.add_text("Provider"_field, record.provider);
    batch.add_number("EventID"_field, record.event_id);
    if (!record.channel.empty())
        batch.add_text("Channel"_field, known.channel_name.empty() ? record.channel : known.channel_name);
    if (!record.computer.empty()) batch.add_text("Computer"_field, record.computer);
    // These are the schema's own names: what an event renames is among its data.
    for (const RecordValue& value : record.system) add_value(batch, catalog_.field(value.name), value.text);

    std::size_t nameless = 0;
    for (const RecordValue& value : record.data) {
        if (!value.name.empty()) {
            add_value(batch, field_of(known, value.name), value.text);
        } else {
            char place[24];
            const auto end = fmt::format_to_n(place, sizeof place, "#{}", nameless++).out;
            add_value(batch, field_of(known, {place, static_cast<std::size_t>(end - place)}), value.text);
        }
    }
    // The record in words repeats its values; it is kept where there are none.
    if (record.data.empty() && !record.message.empty()) batch.add_text("Message"_field, record.message);

    Event event;
    event.time = record.time;
    event.sequence = record.sequence;
    event.host = host_of(record.computer);
    event.channel = known.channel;
    event.kind = known.meaning->kind;
    event.outcome = record.outcome != Outcome::Unknown ? record.outcome : known.meaning->outcome;
    event.event_id = static_cast<std::uint16_t>(std::min<std::uint32_t>(record.event_id, UINT16_MAX));
    return batch.commit(event);
}

}  // namespace spoor::windows
