#include "model/event.h"

#include <gtest/gtest.h>

namespace spoor {
namespace {

TEST(Batch, KeepsTheValuesOfEachEventApart) {
    Batch batch;
    batch.begin();
    batch.add_text("TargetUserName"_field, "jimmy");
    batch.add_number("TargetLogonId"_field, 0x3e7);
    batch.commit({.kind = Kind::Logon});
    batch.begin();
    batch.add_text("TargetUserName"_field, "dropped");
    batch.abandon();
    batch.begin();
    batch.add_text("TargetUserName"_field, "brian");
    batch.commit({.kind = Kind::Logoff});

    const Batch moved = std::move(batch);
    ASSERT_EQ(moved.size(), 2u);
    EXPECT_EQ(moved.text(moved.events()[0], "TargetUserName"_field), "jimmy");
    EXPECT_EQ(to_text(moved.find(moved.events()[0], "TargetLogonId"_field)), "0x3e7");
    EXPECT_EQ(moved.text(moved.events()[1], "TargetUserName"_field), "brian");
    EXPECT_EQ(moved.find(moved.events()[1], "TargetLogonId"_field).type, ValueType::Null);
}

TEST(ParseValue, ReadsATextByTheTypeOfItsField) {
    Arena arena;
    const auto round = [&](FieldId id, std::string_view text) {
        return to_text(parse_value(id, field(id).type, text, arena));
    };
    EXPECT_EQ(round("TargetLogonId"_field, "0x3E7"), "0x3e7");
    EXPECT_EQ(round("ProcessId"_field, "0x1c48"), "7240");
    EXPECT_EQ(round("TargetUserSid"_field, "S-1-5-18"), "S-1-5-18");
    EXPECT_EQ(round("IpAddress"_field, "::ffff:10.0.0.1"), "10.0.0.1");
    EXPECT_EQ(round("LogonGuid"_field, "42c2e005-e3fa-5f80-4908-000000000400"),
              "{42C2E005-E3FA-5F80-4908-000000000400}");
    EXPECT_EQ(round("UtcTime"_field, "2020-10-09 22:28:10.123"), "2020-10-09T22:28:10.1230000Z");
    EXPECT_EQ(round("Binary"_field, "0aFF"), "0AFF");
}

TEST(ParseValue, KeepsWhatIsNotOfTheType) {
    Arena arena;
    for (const char* text : {"-", "", "LOCAL", "%%1843"}) {
        const FieldValue value = parse_value("IpAddress"_field, FieldType::Address, text, arena);
        EXPECT_EQ(value.type, ValueType::Text);
        EXPECT_EQ(value.text(), text);
    }
}

TEST(Schema, NamesAreFoundBothWays) {
    EXPECT_EQ(find_field("TargetUserName"), "TargetUserName"_field);
    EXPECT_FALSE(find_field("targetusername"));
    EXPECT_EQ(find_kind("process_created"), Kind::ProcessCreated);
    EXPECT_EQ(name(Kind::Gap), "gap");
}

}  // namespace
}  // namespace spoor
