#include "sources/linux/host/proc.h"

#include <gtest/gtest.h>

namespace spoor::sensor {
namespace {

using namespace std::string_view_literals;

TEST(CommandLine, QuotesWhatABlankWouldSplit) {
    EXPECT_EQ(command_line_of("ls\0-l\0a b\0\0"sv), "ls -l \"a b\" \"\"");
    EXPECT_EQ(command_line_of("say\0\"hi\"\0"sv), "say \"\\\"hi\\\"\"");
    EXPECT_EQ(command_line_of("x\0\n\0"sv), "x \"\n\"");
}

TEST(CommandLine, IsTheTitleThatAProgramWroteOverIt) {
    EXPECT_EQ(shown_command_line_of("sshd: alice [priv]\0\0\0\0\0"sv), "sshd: alice [priv]");
    EXPECT_EQ(shown_command_line_of("cat\0\0"sv), "cat \"\"");
    EXPECT_EQ(shown_command_line_of("cat\0a b\0"sv), "cat \"a b\"");
    EXPECT_EQ(shown_command_line_of("sleep"sv), "sleep");
}

}  // namespace
}  // namespace spoor::sensor
