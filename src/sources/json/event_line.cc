#include "sources/json/event_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <bitset>
#include <charconv>
#include <cstring>

#include "base/check.h"
#include "base/json_writer.h"
#include "base/plain_text.h"
#include "model/written_as.h"

namespace spoor::json {
namespace {

/// The names that filters use too, in the order of the enum.
constexpr std::string_view kQualities[] = {"intact", "checksum_mismatch", "beyond_header", "resynchronised", "carved",
                                           "partial"};

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

/// Writes an event into memory that is large enough for whatever its texts become: looking after the memory anew for
/// each piece takes as long again.
class LineWriter {
public:
    LineWriter(const EventView& view, const Catalog& catalog) : view_(view), catalog_(catalog) {}

    /// How long it may become.
    std::size_t room() const {
        std::size_t room = kRoomForHeader + room_for(catalog_.host_name(view_.event.host)) +
                           room_for(catalog_.channel_name(view_.event.channel));
        for (const FieldValue& value : view_.values())
            room += room_for(catalog_.field_name(value.field)) + room_for(value.text()) + kRoomForValue;
        return room;
    }

    void begin_at(char* to) { to_ = to; }
    char* end() const { return to_; }

    void header() {
        const Event& event = view_.event;
        raw("\"time\":\"");
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
        if (event.quality != Quality::Intact) {
            raw(",\"quality\":");
            text(kQualities[static_cast<std::size_t>(event.quality)]);
        }
    }

    /// The values of a field that occurs several times stand in an array, where its first one is.
    void fields() {
        const auto values = view_.values();
        const bool some_repeat = may_repeat(values);
        put('{');
        bool first = true;
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (values[i].type == ValueType::Null || (some_repeat && is_among(values.first(i), values[i]))) continue;
            if (!first) put(',');
            first = false;
            text(catalog_.field_name(values[i].field));
            put(':');
            if (some_repeat && is_among(values.subspan(i + 1), values[i]))
                array(values.subspan(i));
            else
                value(values[i]);
        }
        put('}');
    }

    void put(char character) { *to_++ = character; }
    void raw(std::string_view json) {
        std::memcpy(to_, json.data(), json.size());
        to_ += json.size();
    }

private:
    static constexpr std::size_t kRoomForHeader = 384;
    static constexpr std::size_t kRoomForValue = 64;  // numbers, and what stands around a value

    /// A control character becomes six, "\\u001b"; no other form that a value is written in is longer than its bytes
    /// by more.
    static std::size_t room_for(std::string_view text) { return 6 * text.size(); }

    static bool is_same(const FieldValue& a, const FieldValue& b) {
        return a.field == b.field && a.type != ValueType::Null;
    }
    static bool is_among(std::span<const FieldValue> values, const FieldValue& one) {
        return std::any_of(values.begin(), values.end(), [&](const FieldValue& other) { return is_same(other, one); });
    }

    void array(std::span<const FieldValue> values) {
        put('[');
        value(values.front());
        for (const FieldValue& other : values.subspan(1)) {
            if (!is_same(other, values.front())) continue;
            put(',');
            value(other);
        }
        put(']');
    }

    void value(const FieldValue& value) {
        switch (value.type) {
            case ValueType::Text: return text(value.view());
            case ValueType::Unsigned:
                if (written_as(view_.event, value.field, catalog_) != FieldType::Hex) return number(value.number);
                raw("\"0x");
                number(value.number, 16);
                return put('"');
            case ValueType::Signed: return number(value.signed_number);
            case ValueType::Boolean: return value.number != 0 ? raw("true") : raw("false");
            case ValueType::Guid:
                put('"');
                to_ = value.as_guid().value_or(Guid{}).write(to_);
                return put('"');
            case ValueType::Address: return text(value.as_address().value_or(IpAddress{}).to_string());
            case ValueType::Real: return real(value.real);
            default: text(text_of(value));
        }
    }

    std::string text_of(const FieldValue& value) const {
        std::string text;
        append_text(text, value, written_as(view_.event, value.field, catalog_));
        return text;
    }

    void text(std::string_view text) {
        *to_++ = '"';
        char* const end = write_plain_text(to_, text);
        if (!end) return escaped(text);
        *end = '"';
        to_ = end + 1;
    }
    [[gnu::noinline]] void escaped(std::string_view text) {
        std::string json;
        append_json_string(json, text);
        --to_;  // it has its own quotes
        raw(json);
    }
    void real(double value) {
        std::string json;
        JsonWriter(json).number(value);
        raw(json);
    }
    template <typename Number>
    void number(Number value, int base = 10) {
        to_ = std::to_chars(to_, to_ + 20, value, base).ptr;
    }

    const EventView& view_;
    const Catalog& catalog_;
    char* to_ = nullptr;
};

/// Appends what `write` has the writer write.
template <typename Write>
void append(std::string& out, const EventView& event, const Catalog& catalog, Write write) {
    LineWriter line(event, catalog);
    const std::size_t before = out.size();
    out.resize_and_overwrite(before + line.room(), [&](char* bytes, std::size_t size) {
        line.begin_at(bytes + before);
        write(line);
        CHECK(line.end() <= bytes + size);
        return static_cast<std::size_t>(line.end() - bytes);
    });
}

}  // namespace

void append_event_header(std::string& out, const EventView& event, const Catalog& catalog) {
    append(out, event, catalog, [](LineWriter& line) { line.header(); });
}

void append_event_fields(std::string& out, const EventView& event, const Catalog& catalog) {
    append(out, event, catalog, [](LineWriter& line) { line.fields(); });
}

void append_event_line(std::string& out, const EventView& event, const Catalog& catalog) {
    append(out, event, catalog, [](LineWriter& line) {
        line.put('{');
        line.header();
        line.raw(",\"fields\":");
        line.fields();
        line.put('}');
    });
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
