#include "model/session.h"

#include <gtest/gtest.h>

namespace spoor {
namespace {

TEST(LogonType, IsFoundBySlugNameAndNumber) {
    EXPECT_EQ(find_logon_type("remote_interactive"), LogonType::RemoteInteractive);
    EXPECT_EQ(find_logon_type("RemoteInteractive"), LogonType::RemoteInteractive);
    EXPECT_EQ(find_logon_type("10"), LogonType::RemoteInteractive);
    EXPECT_FALSE(find_logon_type("255"));
    EXPECT_FALSE(find_logon_type("rdp"));
}

TEST(Principal, IsWrittenAsWindowsDoes) {
    EXPECT_EQ(to_string(Principal{{}, "CORP", "jimmy"}), "CORP\\jimmy");
    EXPECT_EQ(to_string(Principal{{}, "", "root"}), "root");
    EXPECT_EQ(to_string(Principal{Sid::parse("S-1-5-18").value(), "", ""}), "S-1-5-18");
}

TEST(IsHuman, WindowManagerSessionsAreNot) {
    Session session;
    session.type = LogonType::Interactive;
    session.logon_process = "User32 ";
    session.user.sid = Sid::parse("S-1-5-21-1-2-3-1104").value();
    EXPECT_TRUE(is_human(session));
    session.user.sid = Sid::parse("S-1-5-90-0-1").value();
    EXPECT_FALSE(is_human(session));
    session.user.sid = Sid::parse("S-1-5-21-1-2-3-1104").value();
    session.logon_process = "CredPro";
    EXPECT_FALSE(is_human(session));
    // An export without LogonProcessName still names who asked.
    session.logon_process = "";
    session.subject = LogonId(0x3e7);
    EXPECT_TRUE(is_human(session));
    session.subject = LogonId(0x1a2b3c);
    EXPECT_FALSE(is_human(session));
    session.logon_process = "User32";
    session.type = LogonType::Network;
    EXPECT_FALSE(is_human(session));
}

}  // namespace
}  // namespace spoor
