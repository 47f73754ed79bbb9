#include "model/session_name.h"

#include <gmock/gmock.h>

namespace spoor {
namespace {

using ::testing::HasSubstr;

class SessionNamesTest : public ::testing::Test {
protected:
    void add(std::string_view host, std::uint32_t boot, std::uint64_t logon_id, std::string_view start,
             std::string_view end) {
        Session session;
        session.key = {catalog.host(host), boot, LogonId(logon_id)};
        session.start = session.first_seen = Timestamp::parse(start).value();
        session.end = session.last_seen = Timestamp::parse(end).value();
        history.sessions.push_back(std::move(session));
    }

    SessionNamesTest() {
        add("WS07", 0, 0x3e7, "2020-10-08T07:00:00Z", "2020-10-08T18:00:00Z");
        add("WS07", 0, 0x1a2b3c, "2020-10-08T07:24:22.5Z", "2020-10-08T17:00:00Z");
        add("WS07", 1, 0x3e7, "2020-10-09T07:00:00Z", "2020-10-09T18:00:00Z");
        add("FS01", 2, 0x55, "2020-10-09T07:00:00Z", "2020-10-09T18:00:00Z");
    }

    Catalog catalog;
    History history;
};

TEST_F(SessionNamesTest, AreHostAndLogonId) { EXPECT_EQ(SessionNames(history, catalog).of(1), "WS07:0x1a2b3c"); }

TEST_F(SessionNamesTest, TellWhenWhereALogonIdWasReused) {
    EXPECT_EQ(SessionNames(history, catalog).of(0), "WS07:0x3e7@2020-10-08T07:00:00");
    EXPECT_EQ(SessionNames(history, catalog).of(2), "WS07:0x3e7@2020-10-09T07:00:00");
}

TEST_F(SessionNamesTest, LeadBackToTheSession) {
    const SessionNames names(history, catalog);
    for (std::uint32_t i = 0; i < history.sessions.size(); ++i) EXPECT_EQ(names.find(names.of(i)), i);
}

TEST_F(SessionNamesTest, AreReadInEveryForm) {
    const SessionNames names(history, catalog);
    EXPECT_EQ(names.find("ws07:0x1A2B3C"), 1u);
    EXPECT_EQ(names.find("0x1a2b3c"), 1u);
    EXPECT_EQ(names.find("1715004"), 1u);
    EXPECT_EQ(names.find("00000000:001a2b3c"), 1u);
    EXPECT_EQ(names.find("WS07:0x3e7@2020-10-09"), 2u);
    EXPECT_EQ(names.find("WS07:0x3e7@2020-10-09T12"), 2u);
    EXPECT_EQ(names.find("FS01:0x55@2020-10-09T07:00:00Z"), 3u);
}

TEST_F(SessionNamesTest, AreInDecimalOnLinuxAndReadInHexToo) {
    add("VM", 3, 286, "2026-11-28T09:03:28Z", "2026-11-28T10:00:00Z");
    history.sessions.back().evidence.push_back({.host = catalog.host("VM"), .sequence = 121});  // without an event id
    add("VM", 3, 287, "2026-11-28T09:03:28Z", "2026-11-28T10:00:00Z");
    history.sessions.back().origin = Origin::Found;
    const SessionNames names(history, catalog);
    EXPECT_EQ(names.of(4), "VM:286");
    EXPECT_EQ(names.of(5), "VM:287");
    EXPECT_EQ(names.find("VM:286"), 4u);
    EXPECT_EQ(names.find("VM:0x11e"), 4u);
}

TEST_F(SessionNamesTest, ThatFitSeveralAreRefusedWithTheList) {
    const auto found = SessionNames(history, catalog).find("WS07:0x3e7");
    ASSERT_FALSE(found);
    EXPECT_THAT(found.error().what, HasSubstr("WS07:0x3e7@2020-10-08T07:00:00, WS07:0x3e7@2020-10-09T07:00:00"));
}

TEST_F(SessionNamesTest, ThatFitNoneAreRefused) {
    const SessionNames names(history, catalog);
    for (const char* text : {"", ":", "WS07", "WS07:", "WS07:zz", "DC01:0x1a2b3c", "WS07:0x3e7@yesterday",
                             "WS07:0x3e7@2020-13-40", "0x3e7@2019-01-01"})
        EXPECT_FALSE(names.find(text)) << text;
}

}  // namespace
}  // namespace spoor
