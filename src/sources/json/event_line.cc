#include "sources/json/event_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <bitset>
#include <charconv>
#include <cstring>

#include "base/plain_text.h"
#include "model/written_as.h"

namespace spoor::json {
namespace {

/// The names that filters use too, in the order of the enum.
constexpr std::string_view kQualities[] = {"intact", "checksum_mismatch", "beyond_header", "resynchronised", "carved",
                                           "partial"};

void write_value(JsonWriter& json, const FieldValue& value, FieldType type) {
    if (value.type == ValueType::Unsigned && type != FieldType::Hex) return void(json.number(value.number));
    if (value.type == ValueType::Signed) return void(json.number(value.signed_number));
    if (value.type == ValueType::Boolean) return void(json.boolean(value.number != 0));
    if (value.type == ValueType::Real) return void(json.number(value.real));
    if (value.type == ValueType::Text) return void(json.text(value.view()));
    char text[40];
    char* end = text;
    if (value.type == ValueType::Unsigned) {  // and hexadecimal
        *end++ = '0';
        *end++ = 'x';
        end = std::to_chars(end, text + sizeof text, value.number, 16).ptr;
    } else if (value.type == ValueType::Guid) {
        end = value.as_guid().value_or(Guid{}).write(text);
    } else {
        std::string other;
        append_text(other, value, type);
        return void(json.text(other));
    }
    json.text({text, end});
}

/// False when no field occurs twice, as is the rule.
bool may_repeat(std::span<const FieldValue> values) {
    std::bitset<1024> seen;
    for (const FieldValue& value : values) {
        const std::size_t slot = static_cast<std::size_t>(value.field) % seen.size();
        if (seen[slot]) return true;
        seen[slot] = true;
    }
    return false;
}

std::optional<std::uint64_t> unsigned_number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, errc] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || errc != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

void read_value(FieldId field, FieldType type, const Node& node, Batch& batch) {
    if (!node.has_text()) return;
    const FieldValue value = parse_value(field, type, node.text, batch.arena());
    if (value.type == ValueType::Text)
        batch.add_text(field, node.text);
    else
        batch.add(value);
}

}  // namespace

void write_event_header(JsonWriter& json, const EventView& view, const Catalog& catalog) {
    const Event& event = view.event;
    json.text("time", event.time.to_string()).text("host", catalog.host_name(event.host));
    json.text("kind", name(event.kind));
    if (event.outcome != Outcome::Unknown)
        json.text("outcome", event.outcome == Outcome::Success ? "success" : "failure");
    json.text("channel", catalog.channel_name(event.channel));
    if (event.event_id != 0) json.number("event_id", event.event_id);
    if ((event.sequence & kCounted) == 0) json.number("sequence", event.sequence);
    if (event.quality != Quality::Intact) json.text("quality", kQualities[static_cast<std::size_t>(event.quality)]);
}

void write_event_fields(JsonWriter& json, const EventView& view, const Catalog& catalog) {
    json.open('{');
    const auto values = view.values();
    const auto write = [&](const FieldValue& value) {
        write_value(json, value, written_as(view.event, value.field, catalog));
    };
    if (!may_repeat(values)) {
        for (const FieldValue& value : values) {
            if (value.type == ValueType::Null) continue;
            json.key(catalog.field_name(value.field));
            write(value);
        }
        json.close('}');
        return;
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (values[i].type == ValueType::Null) continue;
        const auto is_same = [&](const FieldValue& other) {
            return other.field == values[i].field && other.type != ValueType::Null;
        };
        if (std::any_of(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(i), is_same)) continue;
        const bool several = std::any_of(values.begin() + static_cast<std::ptrdiff_t>(i) + 1, values.end(), is_same);
        json.key(catalog.field_name(values[i].field));
        if (!several) {
            write(values[i]);
            continue;
        }
        json.open('[');
        for (const FieldValue& value : values)
            if (is_same(value)) write(value);
        json.close(']');
    }
    json.close('}');
}

namespace {

/// Writes the whole of a line into memory that is large enough, if none of its texts has to be escaped and no field
/// occurs twice, as is the rule: in half the time that a JsonWriter takes.
class PlainLine {
public:
    PlainLine(const EventView& view, const Catalog& catalog) : view_(view), catalog_(catalog) {}

    /// How long it may become.
    std::size_t room() const {
        std::size_t room = kRoomForHeader + catalog_.host_name(view_.event.host).size() +
                           catalog_.channel_name(view_.event.channel).size();
        for (const FieldValue& value : view_.values())
            room += catalog_.field_name(value.field).size() + value.text().size() + kRoomForValue;
        return room;
    }

    /// Where it ends; nullptr when it has to be written the long way.
    char* write(char* to) {
        to_ = to;
        if (view_.event.quality != Quality::Intact || may_repeat(view_.values())) return nullptr;
        write_header();
        raw(",\"fields\":{");
        const char* const begin = to_;
        for (const FieldValue& value : view_.values()) {
            if (value.type == ValueType::Null) continue;
            if (to_ != begin) *to_++ = ',';
            text(catalog_.field_name(value.field));
            *to_++ = ':';
            if (!is_plain_ || !write_value(value)) return nullptr;
        }
        raw("}}");
        return is_plain_ ? to_ : nullptr;
    }

private:
    static constexpr std::size_t kRoomForHeader = 384;
    static constexpr std::size_t kRoomForValue = 64;

    void write_header() {
        const Event& event = view_.event;
        raw("{\"time\":\"");
        to_ = write_time(to_, event.time);
        raw("\",\"host\":");
        text(catalog_.host_name(event.host));
        raw(",\"kind\":");
        text(name(event.kind));
        if (event.outcome == Outcome::Success) raw(",\"outcome\":\"success\"");
        if (event.outcome == Outcome::Failure) raw(",\"outcome\":\"failure\"");
        raw(",\"channel\":");
        text(catalog_.channel_name(event.channel));
        if (event.event_id != 0) {
            raw(",\"event_id\":");
            number(event.event_id);
        }
        if ((event.sequence & kCounted) == 0) {
            raw(",\"sequence\":");
            number(event.sequence);
        }
    }

    bool write_value(const FieldValue& value) {
        switch (value.type) {
            case ValueType::Text: text(value.view()); return true;
            case ValueType::Unsigned:
                if (written_as(view_.event, value.field, catalog_) == FieldType::Hex) {
                    raw("\"0x");
                    number(value.number, 16);
                    *to_++ = '"';
                } else {
                    number(value.number);
                }
                return true;
            case ValueType::Guid:
                *to_++ = '"';
                to_ = value.as_guid().value_or(Guid{}).write(to_);
                *to_++ = '"';
                return true;
            case ValueType::Address: text(value.as_address().value_or(IpAddress{}).to_string()); return true;
            case ValueType::Boolean:
                if (value.number != 0)
                    raw("true");
                else
                    raw("false");
                return true;
            default: return write_rare_value(value);
        }
    }

    /// What few events have, as a JsonWriter does it.
    bool write_rare_value(const FieldValue& value) {
        rare_.clear();
        JsonWriter json(rare_);
        json::write_value(json, value, written_as(view_.event, value.field, catalog_));
        if (rare_.size() > kRoomForValue - 4) return false;
        raw(rare_);
        return true;
    }

    void text(std::string_view text) {
        *to_++ = '"';
        if (char* const end = write_plain_text(to_, text))
            to_ = end;
        else
            is_plain_ = false;
        *to_++ = '"';
    }
    void raw(std::string_view json) {
        std::memcpy(to_, json.data(), json.size());
        to_ += json.size();
    }
    void number(std::uint64_t value, int base = 10) { to_ = std::to_chars(to_, to_ + 20, value, base).ptr; }

    const EventView& view_;
    const Catalog& catalog_;
    char* to_ = nullptr;
    bool is_plain_ = true;
    std::string rare_;
};

bool append_plain_line(std::string& out, const EventView& event, const Catalog& catalog) {
    PlainLine line(event, catalog);
    const std::size_t before = out.size();
    bool is_plain = false;
    out.resize_and_overwrite(before + line.room(), [&](char* bytes, std::size_t) {
        const char* const end = line.write(bytes + before);
        is_plain = end != nullptr;
        return is_plain ? static_cast<std::size_t>(end - bytes) : before;
    });
    return is_plain;
}

}  // namespace

void append_event_line(std::string& out, const EventView& event, const Catalog& catalog) {
    if (append_plain_line(out, event, catalog)) return;
    JsonWriter json(out);
    json.open('{');
    write_event_header(json, event, catalog);
    json.key("fields");
    write_event_fields(json, event, catalog);
    json.close('}');
}

bool is_event_line(const Document& document) {
    const Node* const kind = document.member("kind");
    const Node* const fields = document.member("fields");
    return kind && kind->type == NodeType::Text && fields && fields->type == NodeType::Object &&
           document.member("time") && document.member("host") && document.member("channel");
}

Result<> read_event_line(const Document& document, std::uint64_t counted, Catalog& catalog, Batch& batch) {
    const auto time = Timestamp::parse(document.text("time"));
    if (!time) return fail(Errc::Corrupt, fmt::format("time '{}' is not a time", document.text("time").substr(0, 60)));
    Event event{.time = *time, .sequence = counted};
    event.host = catalog.host(document.text("host"));
    event.channel = catalog.channel(document.text("channel"));
    event.kind = find_kind(document.text("kind")).value_or(Kind::Other);
    const std::string_view outcome = document.text("outcome");
    event.outcome = outcome == "success"   ? Outcome::Success
                    : outcome == "failure" ? Outcome::Failure
                                           : Outcome::Unknown;
    event.event_id = static_cast<std::uint16_t>(
        std::min<std::uint64_t>(unsigned_number(document.text("event_id")).value_or(0), UINT16_MAX));
    if (const auto number = unsigned_number(document.text("sequence")); number && *number < kCounted)
        event.sequence = *number;
    const auto quality = std::find(std::begin(kQualities), std::end(kQualities), document.text("quality"));
    if (quality != std::end(kQualities)) event.quality = static_cast<Quality>(quality - std::begin(kQualities));

    batch.begin();
    for (const Node& node : document.children(*document.member("fields"))) {
        const FieldId field = catalog.field(node.key);
        const FieldType type = catalog.field_type(field);
        if (node.is_scalar())
            read_value(field, type, node, batch);
        else if (node.type == NodeType::Array)
            for (const Node& value : document.children(node)) read_value(field, type, value, batch);
    }
    batch.commit(event);
    return {};
}

}  // namespace spoor::json
