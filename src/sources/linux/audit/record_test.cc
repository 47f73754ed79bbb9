#include "sources/linux/audit/record.h"

#include <gtest/gtest.h>

#include <charconv>
#include <fstream>

#include "sources/linux/audit/control.h"

namespace spoor::sensor {
namespace {

TEST(Audit, TakesALoginRecordApart) {
    const auto record = parse_audit(1006,
                                    "audit(1795322885.127:1114): pid=2628 uid=0 old-auid=4294967295 auid=1001 "
                                    "tty=(none) old-ses=4294967295 ses=3 res=1");
    ASSERT_TRUE(record);
    EXPECT_EQ(record->type, AuditType::Login);
    EXPECT_EQ(record->serial, 1114u);
    EXPECT_EQ(record->time.to_string(), "2026-11-22T04:48:05.1270000Z");
    EXPECT_EQ(record->number("auid"), 1001u);
    EXPECT_EQ(record->number("old-ses"), UINT32_MAX);
    EXPECT_EQ(record->text("tty"), "(none)");
    EXPECT_TRUE(record->succeeded());
}

TEST(Audit, ReadsTheFieldsInsideAMessage) {
    const auto record =
        parse_audit(1112,
                    "audit(1.5:7): pid=2775 uid=0 auid=4294967295 ses=4294967295 msg='op=login "
                    "acct=28696E76616C6964207573657229 exe=\"/usr/sbin/sshd\" hostname=? addr=127.0.0.1 res=failed'");
    ASSERT_TRUE(record);
    EXPECT_EQ(record->text("op"), "login");
    EXPECT_EQ(record->text("acct"), "(invalid user)");
    EXPECT_EQ(record->text("exe"), "/usr/sbin/sshd");
    EXPECT_FALSE(record->succeeded());
}

TEST(Audit, KeepsAQuotedValueThatLooksLikeHexadecimal) {
    EXPECT_EQ(parse_audit(1100, "audit(1.0:1): acct=\"CAFE\"")->text("acct"), "CAFE");
    EXPECT_EQ(parse_audit(1100, "audit(1.0:1): acct=4341").value().text("acct"), "CA");
}

TEST(Audit, RefusesWhatIsNoRecord) {
    for (const char* text : {"", "audit", "audit(", "audit(1", "audit(1.2", "audit(1.2:", "audit(1.2:3",
                             "audit(x.2:3):", "audit(1.1000:3):", "audit(99999999999999999999.0:1):"})
        EXPECT_FALSE(parse_audit(1100, text)) << text;
}

TEST(Audit, KnowsThatAuditingIsTurnedOff) {
    const auto change = [](std::string_view fields) {
        return parse_audit(1305, "audit(1.0:1): " + std::string(fields)).value().turns_audit_off();
    };
    EXPECT_TRUE(change("op=set audit_enabled=0 old=1 auid=4294967295 ses=4294967295 res=1"));
    EXPECT_FALSE(change("op=set audit_enabled=1 old=0 auid=4294967295 ses=4294967295 res=1"));
    EXPECT_FALSE(change("op=set audit_enabled=0 old=2 auid=4294967295 ses=4294967295 res=0")) << "it is locked";
    EXPECT_FALSE(change("op=set audit_pid=0 old=815 res=1"));
    EXPECT_FALSE(parse_audit(1100, "audit(1.0:1): audit_enabled=0 res=1").value().turns_audit_off());
}

TEST(Audit, SaysThatItIsOffOnlyWhereItKnows) {
    EXPECT_FALSE(why_no_records(AuditState{.enabled = true}));
    EXPECT_TRUE(why_no_records(AuditState{.enabled = false}).value().starts_with("audit is off"));
    EXPECT_TRUE(why_no_records(std::nullopt).value().starts_with("whether audit is on cannot be asked"));
}

/// Each line of the sample: "TYPE(number) nlseq=0 nlpid=0 audit(...): ...".
TEST(Audit, ReadsEveryRecordOfACapturedStream) {
    std::ifstream sample("../shared/specs/linux-sensor-audit-sample.log");
    if (!sample) GTEST_SKIP() << "no captured stream in ../shared/specs";
    std::string line;
    std::size_t records = 0;
    std::size_t logins = 0;
    std::uint64_t serial = 0;
    while (std::getline(sample, line)) {
        const std::size_t bracket = line.find('(');
        const std::size_t body = line.find("audit(");
        if (bracket == std::string::npos || body == std::string::npos) continue;
        std::uint16_t type = 0;
        std::from_chars(line.data() + bracket + 1, line.data() + line.size(), type);
        const auto record = parse_audit(type, std::string_view(line).substr(body));
        ASSERT_TRUE(record) << line;
        EXPECT_TRUE(serial == 0 || record->serial == serial || record->serial == serial + 1) << line;
        serial = record->serial;
        ++records;
        if (record->type != AuditType::Login) continue;
        ++logins;
        EXPECT_TRUE(record->number("ses")) << line;
        EXPECT_TRUE(record->number("auid")) << line;
    }
    EXPECT_GT(records, 100u);
    EXPECT_GT(logins, 5u);
}

}  // namespace
}  // namespace spoor::sensor
