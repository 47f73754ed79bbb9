#include "cli/answers/failed_attempts.h"

#include <gtest/gtest.h>

#include "model/catalog.h"

namespace spoor::cli {
namespace {

struct Text {
    FieldId field;
    std::string_view text;
};

/// What such a record says of a session of brian's that came from 10.0.0.7, which calls itself WS07: "who, from: why".
std::string told(Kind kind, std::initializer_list<Text> texts) {
    Session session;
    session.user.name = "brian";
    session.source_address = IpAddress::parse("10.0.0.7").value();
    session.workstation = "WS07";
    Batch batch;
    batch.begin();
    for (const Text& each : texts)
        batch.add(parse_value(each.field, field(each.field).type, batch.arena().copy(each.text), batch.arena()));
    const auto attempt = failed_attempt({batch, batch.commit({.kind = kind})}, session);
    return attempt ? attempt->user + ", " + attempt->from + ": " + attempt->reason : "";
}

TEST(FailedAttempts, AreThoseOfTheAccountWhereverTheyWereRefused) {
    EXPECT_EQ(told(Kind::LogonFailed, {{"TargetUserName"_field, "Brian"},
                                       {"Status"_field, "0xc000006d"},
                                       {"SubStatus"_field, "0xc000006a"},
                                       {"IpAddress"_field, "10.0.0.9"}}),
              "Brian, 10.0.0.9: wrong password");
    EXPECT_EQ(
        told(Kind::PreauthenticationFailed,
             {{"TargetUserName"_field, "brian"}, {"Status"_field, "0x18"}, {"IpAddress"_field, "::ffff:10.0.0.7"}}),
        "brian, 10.0.0.7: wrong password");
    EXPECT_EQ(
        told(Kind::CredentialsValidated,
             {{"TargetUserName"_field, "brian"}, {"Workstation"_field, "\\\\KALI"}, {"Status"_field, "0xc000006a"}}),
        "brian, KALI: wrong password");
}

TEST(FailedAttempts, AreThoseFromTheSamePlaceWhoeverTheyWereFor) {
    EXPECT_NE(told(Kind::PreauthenticationFailed,
                   {{"TargetUserName"_field, "carol"}, {"Status"_field, "0x18"}, {"IpAddress"_field, "10.0.0.7"}}),
              "");
    EXPECT_NE(told(Kind::CredentialsValidated,
                   {{"TargetUserName"_field, "carol"}, {"Workstation"_field, "ws07"}, {"Status"_field, "0xc0000064"}}),
              "");
    EXPECT_EQ(told(Kind::CredentialsValidated,
                   {{"TargetUserName"_field, "carol"}, {"Workstation"_field, "WS08"}, {"Status"_field, "0xc0000064"}}),
              "");
    EXPECT_EQ(told(Kind::LogonFailed, {{"TargetUserName"_field, "carol"}, {"Status"_field, "0xc000006d"}}), "");
}

TEST(FailedAttempts, AreThoseFromAClientOfTheSameName) {
    EXPECT_NE(
        told(Kind::LogonFailed,
             {{"TargetUserName"_field, "carol"}, {"WorkstationName"_field, "WS07"}, {"Status"_field, "0xc000006d"}}),
        "");
}

TEST(FailedAttempts, AreJustBeforeByTheClockOfTheSessionsHost) {
    const HostId host{1}, controller{2};
    Session session;
    session.key.host = host;
    session.start = Timestamp::from_unix_seconds(1'600'000'000);
    // The controller is seven minutes ahead.
    const trails::Clocks clocks({{.a = host,
                                  .b = controller,
                                  .offset = Duration::seconds(420),
                                  .pairs = 3,
                                  .first = *session.start,
                                  .last = *session.start}});
    EXPECT_TRUE(is_just_before(controller, *session.start + Duration::seconds(400), session, clocks));
    EXPECT_FALSE(is_just_before(controller, *session.start + Duration::seconds(430), session, clocks));
    EXPECT_FALSE(is_just_before(controller, *session.start - Duration::seconds(500), session, clocks));
    EXPECT_FALSE(is_just_before(host, *session.start + Duration::seconds(1), session, clocks));
    EXPECT_TRUE(is_just_before(host, *session.start - Duration::seconds(500), session, clocks));
}

TEST(FailedAttempts, AreNoneWhereTheControllerAgreed) {
    EXPECT_EQ(told(Kind::CredentialsValidated, {{"TargetUserName"_field, "brian"}, {"Status"_field, "0x0"}}), "");
    EXPECT_EQ(told(Kind::TgtRequested, {{"TargetUserName"_field, "brian"}, {"Status"_field, "0x0"}}), "");
    EXPECT_EQ(told(Kind::TgtRequested, {{"TargetUserName"_field, "brian"}, {"Status"_field, "0x19"}}), "");
    EXPECT_NE(told(Kind::TgtRequested, {{"TargetUserName"_field, "brian"}, {"Status"_field, "0x12"}}), "");
}

}  // namespace
}  // namespace spoor::cli
