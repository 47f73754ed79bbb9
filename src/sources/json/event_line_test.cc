#include "sources/json/event_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/json_writer.h"
#include "model/written_as.h"
#include "sources/json/decoder.h"

namespace spoor::json {
namespace {

Decoded read(std::string text, Catalog& catalog) {
    const std::size_t size = text.size();
    text.append(Document::kPadding, ' ');
    Decoded decoded;
    Decoder(catalog).decode(std::string_view(text).substr(0, size), 1, {}, decoded);
    return decoded;
}

/// An event with a value of every type.
void add_event(Batch& batch, Catalog& catalog) {
    batch.begin();
    batch.add_text("CommandLine"_field, "printf 'a\tb\\n' \x1b[31m \"quoted\"");
    batch.add_number("ProcessId"_field, 18'446'744'073'709'551'615u);
    batch.add_number("TargetLogonId"_field, 0x3e7);
    batch.add_guid("ProcessGuid"_field, *Guid::parse("{09C4F23B-4F49-DA69-95D3-215D4997C281}"));
    batch.add_sid("TargetUserSid"_field, *Sid::parse("S-1-5-21-1-2-3-1105"));
    batch.add_address("IpAddress"_field, *IpAddress::parse("fe80::1"));
    batch.add_time("CreationUtcTime"_field, Timestamp{1'800'000'000'123'456'789});
    batch.add(FieldValue::of_boolean("Found"_field, true));
    batch.add(FieldValue::of_real("DurationSeconds"_field, 0.125));
    batch.add_text("ServiceName"_field, "one");
    batch.add_text("ServiceName"_field, "two");
    batch.add_text(catalog.field("SomethingElse"), "7");
    batch.commit({.time = Timestamp{1'800'000'000'123'456'789},
                  .sequence = 42,
                  .host = catalog.host("VM"),
                  .channel = catalog.channel("Linux kernel"),
                  .kind = Kind::ProcessCreated,
                  .outcome = Outcome::Success,
                  .quality = Quality::Carved,
                  .event_id = 4688});
}

void write_piece(JsonWriter& json, const EventView& view, const FieldValue& value, const Catalog& catalog) {
    const FieldType type = written_as(view.event, value.field, catalog);
    if (value.type == ValueType::Signed)
        json.number(value.signed_number);
    else if (value.type == ValueType::Unsigned && type != FieldType::Hex)
        json.number(value.number);
    else if (value.type == ValueType::Boolean)
        json.boolean(value.number != 0);
    else if (value.type == ValueType::Real)
        json.number(value.real);
    else {
        std::string text;
        append_text(text, value, type);
        json.text(text);
    }
}

/// The long way, for every line.
std::string written_piece_by_piece(const EventView& view, const Catalog& catalog) {
    const Event& event = view.event;
    std::string line;
    JsonWriter json(line);
    json.open('{').text("time", event.time.to_string()).text("host", catalog.host_name(event.host));
    json.text("kind", name(event.kind));
    if (event.outcome != Outcome::Unknown)
        json.text("outcome", event.outcome == Outcome::Success ? "success" : "failure");
    json.text("channel", catalog.channel_name(event.channel));
    if (event.event_id != 0) json.number("event_id", event.event_id);
    if ((event.sequence & kCounted) == 0) json.number("sequence", event.sequence);
    if (event.quality == Quality::Carved) json.text("quality", "carved");
    json.open("fields", '{');
    std::vector<FieldId> written;
    for (const FieldValue& value : view.values()) {
        const auto is_same = [&](const FieldValue& other) { return other.field == value.field; };
        if (std::ranges::find(written, value.field) != written.end()) continue;
        written.push_back(value.field);
        json.key(catalog.field_name(value.field));
        const bool several = std::ranges::count_if(view.values(), is_same) > 1;
        if (several) json.open('[');
        for (const FieldValue& other : view.values())
            if (is_same(other)) write_piece(json, view, other, catalog);
        if (several) json.close(']');
    }
    json.close('}').close('}');
    return line;
}

TEST(EventLine, IsTheSameAsPieceByPiece) {
    Catalog catalog;
    Batch batch;
    for (unsigned values = 0; values < 1u << 12; ++values) {
        batch.begin();
        if (values & 1) batch.add_text("CommandLine"_field, "ls -l /tmp");
        if (values & 2) batch.add_number("ProcessId"_field, 18'446'744'073'709'551'615u);
        if (values & 4) batch.add_number("GrantedAccess"_field, 0x1fffff);
        if (values & 8) batch.add_guid("ProcessGuid"_field, *Guid::parse("{09C4F23B-4F49-DA69-95D3-215D4997C281}"));
        if (values & 16)
            batch.add_address("IpAddress"_field, *IpAddress::parse("fe80:1111:2222:3333:4444:5555:6666:7777"));
        if (values & 32) batch.add(FieldValue::of_boolean("Found"_field, values & 1));
        if (values & 64) batch.add(FieldValue::of_real("DurationSeconds"_field, -0.1234567890123456789e-300));
        if (values & 128) batch.add_text("User"_field, values & 1 ? "a\nb" : "alice");
        if (values & 256) batch.add_text(catalog.field("Odd \"name\""), "");
        if (values & 512) batch.add_text("User"_field, std::string(values, '\x1b'));
        if (values & 1024) batch.add_text("User"_field, "\xff, whatever that is");
        if (values & 2048) batch.add_sid("TargetUserSid"_field, *Sid::parse("S-1-5-21-1-2-3-1105"));
        const Event& event = batch.commit({.time = Timestamp{1'800'000'000'123'456'700 + values},
                                           .sequence = values & 2 ? 42 : 42 | kCounted,
                                           .host = catalog.host("VM"),
                                           .channel = catalog.channel(values & 4 ? "Linux kernel" : "Odd\tname"),
                                           .kind = Kind::ProcessCreated,
                                           .outcome = static_cast<Outcome>(values % 3),
                                           .quality = values & 64 ? Quality::Intact : Quality::Carved,
                                           .event_id = static_cast<std::uint16_t>(values & 8 ? 4688 : 0)});
        std::string line = "before";
        append_event_line(line, {batch, event}, catalog);
        EXPECT_EQ(line, "before" + written_piece_by_piece({batch, event}, catalog));
    }
}

TEST(EventLine, WritesTheSessionsOfLinuxAsLinuxDoes) {
    Catalog catalog;
    Batch batch;
    const auto line_of = [&](std::uint16_t event_id, std::string_view user) {
        batch.begin();
        batch.add_number("LogonId"_field, 286);
        batch.add_text("User"_field, user);
        const Event& event = batch.commit({.host = catalog.host("VM"), .event_id = event_id});
        std::string line;
        append_event_line(line, {batch, event}, catalog);
        return line;
    };
    EXPECT_THAT(line_of(0, "alice"), ::testing::HasSubstr("\"LogonId\":286"));
    EXPECT_THAT(line_of(0, "\"alice\""), ::testing::HasSubstr("\"LogonId\":286"));
    EXPECT_THAT(line_of(4624, "alice"), ::testing::HasSubstr("\"LogonId\":\"0x11e\""));
}

TEST(EventLine, ComesBackAsItWas) {
    Catalog catalog;
    Batch batch;
    add_event(batch, catalog);
    const EventView before{batch, batch.events().front()};
    std::string line;
    append_event_line(line, before, catalog);
    EXPECT_EQ(line.find('\n'), std::string::npos);

    Catalog other;
    const Decoded decoded = read(line + "\n" + line + "\n", other);
    ASSERT_EQ(decoded.batch.size(), 2u) << (decoded.complaints.empty() ? "" : decoded.complaints[0].what);
    const EventView after{decoded.batch, decoded.batch.events().back()};
    EXPECT_EQ(after.event.time, before.event.time);
    EXPECT_EQ(after.event.sequence, 42u);
    EXPECT_EQ(after.event.kind, Kind::ProcessCreated);
    EXPECT_EQ(after.event.outcome, Outcome::Success);
    EXPECT_EQ(after.event.quality, Quality::Carved);
    EXPECT_EQ(after.event.event_id, 4688);
    EXPECT_EQ(other.host_name(after.event.host), "VM");
    EXPECT_EQ(other.channel_name(after.event.channel), "Linux kernel");
    ASSERT_EQ(after.values().size(), before.values().size());
    for (std::size_t i = 0; i < before.values().size(); ++i) {
        const FieldValue& was = before.values()[i];
        const FieldValue& is = after.values()[i];
        EXPECT_EQ(other.field_name(is.field), catalog.field_name(was.field));
        EXPECT_EQ(is.type, was.type) << catalog.field_name(was.field);
        EXPECT_EQ(to_text(is), to_text(was)) << catalog.field_name(was.field);
    }
    std::string again;
    append_event_line(again, after, other);
    EXPECT_EQ(again, line);
}

TEST(EventLine, WithoutANumberGetsThatOfItsLine) {
    Catalog catalog;
    const Decoded decoded =
        read(R"({"time":"2026-03-01T12:00:00Z","host":"VM","kind":"logon","channel":"c","fields":{}})"
             "\n",
             catalog);
    ASSERT_EQ(decoded.batch.size(), 1u);
    EXPECT_EQ(decoded.batch.events()[0].sequence & kCounted, kCounted);
}

TEST(EventLine, OfAKindThatIsNotKnownYetIsKept) {
    Catalog catalog;
    const Decoded decoded = read(
        R"({"time":"2026-03-01T12:00:00Z","host":"VM","kind":"teleported","channel":"c","fields":{"To":["a","b"],"At":{"x":1}}})"
        "\n",
        catalog);
    ASSERT_EQ(decoded.batch.size(), 1u);
    EXPECT_EQ(decoded.batch.events()[0].kind, Kind::Other);
    EXPECT_EQ(decoded.batch.text(decoded.batch.events()[0], catalog.field("To")), "a");
}

TEST(EventLine, ThatIsDamagedIsToldWithItsLine) {
    Catalog catalog;
    const Decoded decoded = read(R"({"time":"yesterday","host":"VM","kind":"logon","channel":"c","fields":{}}
{"time":"2026-03-01T12:00:00Z","host":"VM","kind":"logon","channel":"c","fields":{}}
)",
                                 catalog);
    EXPECT_EQ(decoded.batch.size(), 1u);
    ASSERT_EQ(decoded.complaints.size(), 1u);
    EXPECT_EQ(decoded.complaints[0].line, 1u);
}

}  // namespace
}  // namespace spoor::json
