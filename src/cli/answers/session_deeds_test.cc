#include "cli/answers/session_deeds.h"

#include <gmock/gmock.h>

namespace spoor::cli {
namespace {

using ::testing::ElementsAre;

struct Text {
    FieldId field;
    std::string_view text;
};

void add(SessionDeeds& deeds, Kind kind, std::initializer_list<Text> texts, std::int64_t second = 0) {
    Batch batch;
    batch.begin();
    for (const Text& each : texts)
        batch.add(parse_value(each.field, field(each.field).type, batch.arena().copy(each.text), batch.arena()));
    deeds.add({batch, batch.commit({.time = Timestamp::from_unix_seconds(second), .kind = kind})});
}

std::vector<std::string> told(const SessionDeeds& deeds) {
    std::vector<std::string> lines;
    for (const SessionDeeds::Section& section : deeds.sections())
        for (const SessionDeeds::Deed& deed : section.deeds) lines.push_back(deed.what);
    return lines;
}

TEST(SessionDeeds, TellWhichWayAConnectionWent) {
    SessionDeeds deeds;
    for (const std::string_view initiated : {"true", "false"})
        add(deeds, Kind::NetworkConnection,
            {{"Image"_field, "C:\\Temp\\nc.exe"},
             {"Initiated"_field, initiated},
             {"SourceIp"_field, "10.0.0.7"},
             {"DestinationIp"_field, "10.0.0.20"},
             {"DestinationPort"_field, "4444"}});
    EXPECT_THAT(told(deeds), ElementsAre("nc.exe from 10.0.0.7 at port 4444", "nc.exe to 10.0.0.20:4444"));
}

TEST(SessionDeeds, TellOnlyPrivilegesThatWereEnabled) {
    SessionDeeds deeds;
    add(deeds, Kind::PrivilegesAdjusted, {{"Image"_field, "a.exe"}, {"EnabledPrivilegeList"_field, "-"}});
    EXPECT_TRUE(deeds.sections().empty());
    add(deeds, Kind::PrivilegesAdjusted,
        {{"Image"_field, "a.exe"}, {"EnabledPrivilegeList"_field, "SeDebugPrivilege"}});
    EXPECT_THAT(told(deeds), ElementsAre("a.exe enabled SeDebugPrivilege"));
}

TEST(SessionDeeds, NameTheMemberTheLogAndTheVictim) {
    SessionDeeds deeds;
    add(deeds, Kind::GroupMemberAdded,
        {{"TargetUserName"_field, "Administrators"},
         {"MemberName"_field, "-"},
         {"MemberSid"_field, "S-1-5-21-1-2-3-1105"}});
    add(deeds, Kind::LogCleared, {{"Channel"_field, "System"}});
    add(deeds, Kind::RemoteThreadCreated,
        {{"SourceImage"_field, "C:\\Temp\\x.exe"},
         {"TargetImage"_field, "C:\\Windows\\explorer.exe"},
         {"TargetProcessId"_field, "612"}},
        1);
    const std::vector<std::string> lines = told(deeds);
    ASSERT_EQ(lines.size(), 3u);
    EXPECT_TRUE(lines[0].ends_with("Administrators, S-1-5-21-1-2-3-1105")) << lines[0];
    EXPECT_TRUE(lines[1].ends_with(": System")) << lines[1];
    EXPECT_TRUE(lines[2].ends_with(": x.exe into explorer.exe 612")) << lines[2];
}

TEST(SessionDeeds, KeepTheFirstOfManyAndCountTheRest) {
    SessionDeeds deeds;
    for (int i = 0; i < 1000; ++i)
        add(deeds, Kind::ShareAccessed, {{"ShareName"_field, "share" + std::to_string(i % 500)}}, i);
    const auto sections = deeds.sections();
    ASSERT_EQ(sections.size(), 1u);
    EXPECT_EQ(sections[0].deeds.size(), 200u);
    EXPECT_EQ(sections[0].deeds.front().what, "share0");
    EXPECT_EQ(sections[0].deeds.front().count, 2u);
    EXPECT_EQ(sections[0].left_out, 600u);
}

}  // namespace
}  // namespace spoor::cli
