#include "model/summary.h"

#include <gtest/gtest.h>

namespace spoor {
namespace {

class SummaryTest : public ::testing::Test {
protected:
    std::string of(Kind kind) {
        Event event;
        event.kind = kind;
        return summary({batch, batch.commit(event)}, catalog);
    }
    Batch batch;
    Catalog catalog;
};

TEST_F(SummaryTest, PutsALogonIntoWords) {
    batch.begin();
    batch.add_text("TargetUserName"_field, "brian");
    batch.add_text("TargetDomainName"_field, "CORP");
    batch.add_number("LogonType"_field, 10);
    batch.add_text("WorkstationName"_field, "-");
    batch.add_address("IpAddress"_field, IpAddress::parse("10.0.10.3").value());
    EXPECT_EQ(of(Kind::Logon), "CORP\\brian logs on, remote_interactive from 10.0.10.3");
}

TEST_F(SummaryTest, NamesTheClientOfALogonAndNeverTheHostItself) {
    const auto logon = [this](std::uint64_t type, std::string_view workstation) {
        batch.begin();
        batch.add_text("TargetUserName"_field, "brian");
        batch.add_number("LogonType"_field, type);
        batch.add_text("WorkstationName"_field, workstation);
        Event event{.host = catalog.host("FS01.corp.example"), .kind = Kind::Logon, .event_id = 4624};
        return summary({batch, batch.commit(event)}, catalog);
    };
    EXPECT_EQ(logon(10, "FS01"), "brian logs on, remote_interactive");
    EXPECT_EQ(logon(10, "RENAMED-SINCE"), "brian logs on, remote_interactive");
    EXPECT_EQ(logon(2, "fs01"), "brian logs on, interactive");
    EXPECT_EQ(logon(3, "WS07"), "brian logs on, network (WS07)");
    EXPECT_EQ(logon(3, "FS01"), "brian logs on, network (FS01)");  // the client's own word
}

TEST_F(SummaryTest, GivesTheReasonOfAFailure) {
    batch.begin();
    batch.add_text("TargetUserName"_field, "marek");
    batch.add_number("Status"_field, 0xc000006d);
    batch.add_number("SubStatus"_field, 0xc000006a);
    EXPECT_EQ(of(Kind::LogonFailed), "marek is refused: wrong password");
}

TEST_F(SummaryTest, TellsWhatTheKernelSawOfAProcess) {
    const auto act = [this](auto&&... more) {
        batch.begin();
        batch.add_text("Image"_field, "/usr/bin/sudo");
        (batch.add_text(more.first, more.second), ...);
    };
    using Pair = std::pair<FieldId, std::string_view>;
    act(Pair{"Capability"_field, "CAP_SETUID"}, Pair{"CapabilitySet"_field, "effective"});
    EXPECT_EQ(of(Kind::PrivilegeEnabled), "/usr/bin/sudo gains CAP_SETUID (effective)");
    act(Pair{"SubjectUserName"_field, "mia"}, Pair{"TargetUserName"_field, "root"});
    EXPECT_EQ(of(Kind::IdentityChanged), "/usr/bin/sudo goes on as root, who was mia");
    act(Pair{"TargetFilename"_field, "/tmp/a"}, Pair{"NewFilename"_field, "/tmp/b"});
    EXPECT_EQ(of(Kind::FileRenamed), "/usr/bin/sudo renames /tmp/a to /tmp/b");
}

TEST_F(SummaryTest, ListsFieldsWhereTheSentenceLacksThem) {
    batch.begin();
    batch.add_text("ShareName"_field, "\\\\*\\C$");
    EXPECT_EQ(of(Kind::ShareFileAccessed), "ShareName=\\\\*\\C$");
}

TEST_F(SummaryTest, PutsAListOnOneLine) {
    batch.begin();
    batch.add_text("SubjectUserName"_field, "brian");
    batch.add_text("PrivilegeList"_field, "SeTcbPrivilege\r\n\t\t\tSeDebugPrivilege ");
    EXPECT_EQ(of(Kind::PrivilegeUsed), "brian uses SeTcbPrivilege SeDebugPrivilege");
}

TEST_F(SummaryTest, GivesTheReasonOfADisconnection) {
    batch.begin();
    batch.add_number("Session"_field, 2);
    batch.add_number("Reason"_field, 5);
    EXPECT_EQ(of(Kind::TerminalDisconnectReason), "terminal session 2 is disconnected: replaced by another connection");
}

TEST_F(SummaryTest, IsEmptyForAnEventThatSaysNothing) {
    batch.begin();
    EXPECT_EQ(of(Kind::Other), "");
}

TEST(ShortChannel, LeavesOutWhatAllChannelsHave) {
    EXPECT_EQ(short_channel("Microsoft-Windows-Sysmon/Operational"), "Sysmon");
    EXPECT_EQ(short_channel("Microsoft-Windows-PowerShell/Admin"), "PowerShell/Admin");
    EXPECT_EQ(short_channel("Security"), "Security");
}

}  // namespace
}  // namespace spoor
