#include "evtx/write/chunk_builder.h"

#include <algorithm>
#include <cstring>

#include "base/unicode.h"

namespace spoor::evtx {
namespace {

constexpr std::size_t kNameTable = 128, kNameBuckets = 64;
constexpr std::size_t kTemplateTable = 384, kTemplateBuckets = 32;
constexpr std::uint8_t kMore = 0x40;

constexpr std::uint8_t byte_of(Token token) { return static_cast<std::uint8_t>(token); }

/// The hash that names and, over their GUIDs, templates are filed under.
std::uint32_t hash_of(const char16_t* units, std::size_t count) {
    std::uint32_t hash = 0;
    for (std::size_t i = 0; i < count; ++i) hash = hash * 65599 + units[i];
    return hash;
}

/// The values of <System>, in the order in which Windows stores them.
enum SystemValue : std::uint16_t {
    Level,
    Opcode,
    Task,
    EventId,
    Qualifiers,
    Keywords,
    SystemTime,
    ActivityId,
    ProcessId,
    ThreadId,
    EventRecordId,
    Version,
    UserId,
    RelatedActivityId,
    ProviderName,
    ProviderGuid,
    Channel,
    Computer,
    EventData,
    SystemValueCount,
};

const Definition& system_definition() {
    static const Definition kDefinition = [] {
        Definition event;
        const auto element = [&](std::string_view name, SystemValue index, Type type) {
            event.open(name, index).optional_value(index, type).close();
        };
        event.open("Event", EventData)
            .attribute("xmlns", "http://schemas.microsoft.com/win/2004/08/events/event")
            .open("System");
        event.open("Provider")
            .attribute("Name", ProviderName, Type::Utf16)
            .attribute("Guid", ProviderGuid, Type::Guid)
            .close();
        event.open("EventID", EventId)
            .attribute("Qualifiers", Qualifiers, Type::U16)
            .optional_value(EventId, Type::U16)
            .close();
        element("Version", Version, Type::U8);
        element("Level", Level, Type::U8);
        element("Task", Task, Type::U16);
        element("Opcode", Opcode, Type::U8);
        element("Keywords", Keywords, Type::Hex64);
        event.open("TimeCreated").attribute("SystemTime", SystemTime, Type::Filetime).close();
        element("EventRecordID", EventRecordId, Type::U64);
        event.open("Correlation")
            .attribute("ActivityID", ActivityId, Type::Guid)
            .attribute("RelatedActivityID", RelatedActivityId, Type::Guid)
            .close();
        event.open("Execution")
            .attribute("ProcessID", ProcessId, Type::U32)
            .attribute("ThreadID", ThreadId, Type::U32)
            .close();
        element("Channel", Channel, Type::Utf16);
        element("Computer", Computer, Type::Utf16);
        event.open("Security").attribute("UserID", UserId, Type::Sid).close();
        event.close().optional_value(EventData, Type::BinXml).close();
        return event;
    }();
    return kDefinition;
}

/// A field that has no value is an empty text, not a null: libevtx refuses a record with a null that is not optional.
Type stored_type(const NewValue& value) { return value.type == Type::Null ? Type::Utf16 : value.type; }

Definition data_definition(const NewEvent& event) {
    Definition definition;
    std::uint16_t index = 0;
    if (event.user_element.empty()) {
        definition.open("EventData");
        for (const NamedValue& value : event.data) {
            definition.open("Data");
            if (!value.name.empty()) definition.attribute("Name", value.name);
            definition.value(index++, stored_type(value.value)).close();
        }
        return std::move(definition.close());
    }
    definition.open("UserData").open(event.user_element);
    if (!event.user_namespace.empty()) definition.attribute("xmlns", event.user_namespace);
    for (const NamedValue& value : event.data)
        definition.open(value.name).value(index++, stored_type(value.value)).close();
    return std::move(definition.close().close());
}

}  // namespace

void ChunkBuilder::clear() {
    bytes_.assign(kChunkHeaderSize, 0);
    names_.clear();
    templates_.clear();
    first_number_ = last_number_ = first_id_ = last_id_ = 0;
}

bool ChunkBuilder::add(const NewEvent& event, std::uint64_t id, std::uint64_t number) {
    const std::size_t before = bytes_.size();
    put_record(event, id);
    if (bytes_.size() > kChunkSize) {
        take_back(before);
        return false;
    }
    last_record_ = static_cast<std::uint32_t>(before);
    if (empty()) {
        first_number_ = number;
        first_id_ = id;
    }
    last_number_ = number;
    last_id_ = id;
    return true;
}

void ChunkBuilder::take_back(std::size_t size) {
    const auto is_gone = [&](const auto& entry) { return entry.second >= size; };
    for (std::size_t slot = kNameTable; slot < kChunkHeaderSize; slot += 4) {
        auto head = load<std::uint32_t>(bytes_.data() + slot);
        while (head >= size) head = load<std::uint32_t>(bytes_.data() + head);  // the entry before it
        save(bytes_.data() + slot, head);
    }
    std::erase_if(names_, is_gone);
    std::erase_if(templates_, is_gone);
    bytes_.resize(size);
}

const std::vector<std::uint8_t>& ChunkBuilder::finish() {
    const std::uint32_t free_space = here();
    bytes_.resize(kChunkSize);
    std::uint8_t* const at = bytes_.data();
    std::memcpy(at, kChunkSignature, 8);
    save(at + 8, first_number_);
    save(at + 16, last_number_);
    save(at + 24, first_id_);
    save(at + 32, last_id_);
    save(at + 40, std::uint32_t{128});
    save(at + 44, last_record_);
    save(at + 48, free_space);
    save(at + 52, crc32(Bytes(bytes_).subspan(kChunkHeaderSize, free_space - kChunkHeaderSize)));
    save(at + 120, std::uint32_t{1});
    save(at + 124, crc32(Bytes(bytes_).subspan(128, kChunkHeaderSize - 128), crc32(Bytes(bytes_).first(120))));
    return bytes_;
}

void ChunkBuilder::put(const void* from, std::size_t size) {
    const auto* const bytes = static_cast<const std::uint8_t*>(from);
    bytes_.insert(bytes_.end(), bytes, bytes + size);
}

void ChunkBuilder::put_text(std::string_view utf8) {
    const std::u16string units = utf8_to_utf16(utf8);
    put_number(byte_of(Token::Text));
    put_number(static_cast<std::uint8_t>(Type::Utf16));
    put_number(static_cast<std::uint16_t>(units.size()));
    put(units.data(), 2 * units.size());
}

std::uint32_t ChunkBuilder::link(std::size_t slot) {
    const auto next = load<std::uint32_t>(bytes_.data() + slot);
    save(bytes_.data() + slot, here());
    return next;
}

void ChunkBuilder::put_name(std::string_view name) {
    if (const auto known = names_.find(name); known != names_.end()) {
        put_number(known->second);
        return;
    }
    const std::u16string units = utf8_to_utf16(name);
    const std::uint32_t hash = hash_of(units.data(), units.size());
    put_number(here() + 4);
    names_.emplace(name, here());
    put_number(link(kNameTable + 4 * ((hash & 0xffff) % kNameBuckets)));
    put_number(static_cast<std::uint16_t>(hash));
    put_number(static_cast<std::uint16_t>(units.size()));
    put(units.data(), 2 * units.size());
    put_number(std::uint16_t{0});
}

void ChunkBuilder::put_definition(const Definition& definition) {
    const std::vector<Definition::Step>& steps = definition.steps();
    using Kind = Definition::Kind;
    std::vector<std::size_t> sizes;  // where those of the open elements stand
    std::size_t attributes_size = 0;
    bool in_start_tag = false;
    bool in_attribute = false;
    const auto set_size = [&](std::size_t at) {
        save(bytes_.data() + at, static_cast<std::uint32_t>(bytes_.size() - at - 4));
    };
    const auto begins_attribute = [&](std::size_t i) {
        return i < steps.size() && steps[i].kind == Kind::OpenAttribute;
    };
    const auto close_start_tag = [&] {
        if (in_start_tag && !in_attribute) put_number(byte_of(Token::CloseStartTag));
        in_start_tag = in_start_tag && in_attribute;
    };
    put_number(std::uint32_t{0x0001010f});
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const Definition::Step& step = steps[i];
        switch (step.kind) {
            case Kind::OpenElement: {
                close_start_tag();
                const bool has_attributes = begins_attribute(i + 1);
                put_number(static_cast<std::uint8_t>(byte_of(Token::OpenElement) | (has_attributes ? kMore : 0)));
                put_number(step.index);
                sizes.push_back(bytes_.size());
                put_number(std::uint32_t{0});
                put_name(step.text);
                attributes_size = bytes_.size();
                if (has_attributes) put_number(std::uint32_t{0});
                in_start_tag = true;
                break;
            }
            case Kind::CloseElement:
                put_number(byte_of(in_start_tag ? Token::CloseEmpty : Token::EndElement));
                in_start_tag = false;
                set_size(sizes.back());
                sizes.pop_back();
                break;
            case Kind::OpenAttribute: {
                std::size_t close = i;
                while (steps[close].kind != Kind::CloseAttribute) ++close;
                put_number(
                    static_cast<std::uint8_t>(byte_of(Token::Attribute) | (begins_attribute(close + 1) ? kMore : 0)));
                put_name(step.text);
                in_attribute = true;
                break;
            }
            case Kind::CloseAttribute:
                in_attribute = false;
                if (!begins_attribute(i + 1)) set_size(attributes_size);
                break;
            case Kind::Text:
                close_start_tag();
                put_text(step.text);
                break;
            case Kind::Substitution:
                close_start_tag();
                put_number(byte_of(step.optional ? Token::OptionalSubstitution : Token::Substitution));
                put_number(step.index);
                put_number(static_cast<std::uint8_t>(step.type));
                break;
        }
    }
    put_number(byte_of(Token::End));
}

std::size_t ChunkBuilder::begin_instance(const Definition& definition, std::size_t values) {
    const Guid guid = definition.guid();
    put_number(std::uint32_t{0x0001010f});
    put_number(byte_of(Token::Instance));
    put_number(std::uint8_t{1});
    put_number(load<std::uint32_t>(guid.bytes.data()));
    if (const auto known = templates_.find(guid); known != templates_.end()) {
        put_number(known->second);
    } else {
        put_number(here() + 4);
        templates_.emplace(guid, here());
        char16_t words[8];
        std::memcpy(words, guid.bytes.data(), sizeof words);
        put_number(link(kTemplateTable + 4 * (hash_of(words, 8) % kTemplateBuckets)));
        put(guid.bytes.data(), guid.bytes.size());
        const std::size_t size_at = bytes_.size();
        put_number(std::uint32_t{0});
        put_definition(definition);
        save(bytes_.data() + size_at, static_cast<std::uint32_t>(bytes_.size() - size_at - 4));
    }
    put_number(static_cast<std::uint32_t>(values));
    const std::size_t descriptors = bytes_.size();
    bytes_.resize(descriptors + 4 * values);
    return descriptors;
}

void ChunkBuilder::describe_value(std::size_t descriptors, std::size_t index, std::size_t size, Type type) {
    save(bytes_.data() + descriptors + 4 * index, static_cast<std::uint16_t>(size));
    bytes_[descriptors + 4 * index + 2] = static_cast<std::uint8_t>(type);
}

void ChunkBuilder::put_value(std::size_t descriptors, std::size_t index, Type type, std::string_view bytes) {
    describe_value(descriptors, index, bytes.size(), type);
    put(bytes.data(), bytes.size());
}

void ChunkBuilder::put_event_data(const NewEvent& event) {
    const std::size_t descriptors = begin_instance(data_definition(event), event.data.size());
    for (std::size_t i = 0; i < event.data.size(); ++i)
        put_value(descriptors, i, stored_type(event.data[i].value), event.data[i].value.bytes);
    put_number(byte_of(Token::End));
}

void ChunkBuilder::put_record(const NewEvent& event, std::uint64_t id) {
    const std::size_t begin = bytes_.size();
    put_number(kRecordSignature);
    put_number(std::uint32_t{0});
    put_number(id);
    put_number(event.time.to_filetime());
    const std::size_t descriptors = begin_instance(system_definition(), SystemValueCount);
    const auto optional_guid = [](const std::optional<Guid>& guid) {
        return guid ? NewValue::guid(*guid) : NewValue::null();
    };
    const auto value = [&](SystemValue index, const NewValue& stored) {
        put_value(descriptors, index, stored.type, stored.bytes);
    };
    value(Level, NewValue::u8(event.level));
    value(Opcode, NewValue::u8(event.opcode));
    value(Task, NewValue::u16(event.task));
    value(EventId, NewValue::u16(event.event_id));
    value(Qualifiers, event.qualifiers ? NewValue::u16(*event.qualifiers) : NewValue::null());
    value(Keywords, NewValue::hex64(event.keywords));
    value(SystemTime, NewValue::filetime(event.time));
    value(ActivityId, optional_guid(event.activity_id));
    value(ProcessId, NewValue::u32(event.process_id));
    value(ThreadId, NewValue::u32(event.thread_id));
    value(EventRecordId, NewValue::u64(id));
    value(Version, NewValue::u8(event.version));
    value(UserId, event.user_sid.empty() ? NewValue::null() : NewValue::sid(event.user_sid));
    value(RelatedActivityId, optional_guid(event.related_activity_id));
    value(ProviderName, NewValue::text(event.provider));
    value(ProviderGuid, optional_guid(event.provider_guid));
    value(Channel, NewValue::text(event.channel));
    value(Computer, NewValue::text(event.computer));
    const std::size_t data = bytes_.size();
    put_event_data(event);
    describe_value(descriptors, EventData, bytes_.size() - data, Type::BinXml);
    put_number(byte_of(Token::End));
    // Sizes are multiples of eight, with the size once more at the end.
    bytes_.resize((bytes_.size() + 4 + 7) & ~std::size_t{7});
    const auto size = static_cast<std::uint32_t>(bytes_.size() - begin);
    save(bytes_.data() + begin + 4, size);
    save(bytes_.data() + bytes_.size() - 4, size);
}

}  // namespace spoor::evtx
