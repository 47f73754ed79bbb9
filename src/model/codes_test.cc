#include "model/codes.h"

#include <gtest/gtest.h>

namespace spoor {
namespace {

TEST(Codes, PreferTheSubStatus) {
    EXPECT_EQ(logon_failure_words(0xc000006d, 0xc000006a), "wrong password");
    EXPECT_EQ(logon_failure_words(0xc0000234, 0), "account locked out");
}

TEST(Codes, KeepAnUnknownCodeVisible) {
    EXPECT_EQ(logon_failure_words(0xc00000e5, 0), "0xc00000e5");
    EXPECT_EQ(logon_failure_words(0xc000006d, 0xc0000999), "bad user name or password (0xc0000999)");
}

TEST(Codes, KnowKerberosResults) {
    EXPECT_EQ(kerberos_result_words(0x18), "wrong password");
    EXPECT_EQ(kerberos_result_words(0x12), "account disabled, expired or locked out");
    EXPECT_EQ(kerberos_result_words(0x99), "");
}

TEST(Codes, TurnMessageParametersIntoWords) {
    EXPECT_EQ(message_parameter_words("%%1842"), "yes");
    EXPECT_EQ(message_parameter_words("%%1937"), "Full");
    EXPECT_EQ(message_parameter_words("%%9999"), "%%9999");
    EXPECT_EQ(message_parameter_words("%%"), "%%");
    EXPECT_EQ(message_parameter_words("%%18x2"), "%%18x2");
    EXPECT_EQ(message_parameter_words("Yes"), "Yes");
}

}  // namespace
}  // namespace spoor
