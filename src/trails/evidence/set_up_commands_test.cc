#include "trails/evidence/set_up_commands.h"

#include <gtest/gtest.h>

namespace spoor::trails {
namespace {

constexpr std::string_view kSc = "C:\\Windows\\System32\\sc.exe";
constexpr std::string_view kSchtasks = "C:\\Windows\\System32\\schtasks.exe";

using Split = std::vector<std::string>;

TEST(SetUpCommands, AreDividedAsWindowsDoes) {
    EXPECT_EQ(split_command_line(R"("C:\Program Files\a.exe"  -b "c d" e\f "g\"h" "i\\" j\)"),
              (Split{R"(C:\Program Files\a.exe)", "-b", "c d", R"(e\f)", R"(g"h)", R"(i\)", R"(j\)"}));
    EXPECT_EQ(split_command_line(R"(a "" b"c"d)"), (Split{"a", "", "bcd"}));
    EXPECT_TRUE(split_command_line("  \t ").empty());
    EXPECT_EQ(split_command_line("\"never closed"), (Split{"never closed"}));
}

TEST(SetUpCommands, OfServicesNameTheProgramThatTheyAreToRun) {
    const auto changed =
        set_up_by(kSc, R"(sc  config Fax binPath= "C:\windows\system32\cmd.exe /c a \"b c\"" start= auto)");
    ASSERT_TRUE(changed);
    EXPECT_FALSE(changed->is_task);
    EXPECT_EQ(changed->name, "Fax");
    EXPECT_EQ(changed->command, R"(C:\windows\system32\cmd.exe /c a "b c")");
    const auto made = set_up_by(kSc, R"("C:\Windows\System32\sc.exe" create Up type= own binpath=C:\up.exe)");
    ASSERT_TRUE(made);
    EXPECT_EQ(made->command, "C:\\up.exe");
}

TEST(SetUpCommands, OfTasksMayStandInAnyOrder) {
    const auto task = set_up_by(
        kSchtasks,
        R"("C:\windows\system32\schtasks.exe" /Create /F /RU system /SC DAILY -TN Up /TR "p.exe -c \"I x\"")");
    ASSERT_TRUE(task);
    EXPECT_TRUE(task->is_task);
    EXPECT_EQ(task->name, "\\Up");
    EXPECT_EQ(task->command, R"(p.exe -c "I x")");
    const auto quoted = set_up_by(kSchtasks, R"(schtasks /change /tr "'C:\Program Files\a.exe' -b" /tn \A\Up)");
    ASSERT_TRUE(quoted);
    EXPECT_EQ(quoted->name, "\\A\\Up");
    EXPECT_EQ(quoted->command, R"("C:\Program Files\a.exe" -b)");
}

TEST(SetUpCommands, ThatOnlyAskOrAreForAnotherHostSetNothingUpHere) {
    for (const std::string_view line :
         {R"(sc query Fax)", R"(sc start Fax)", R"(sc \\FS01 config Fax binPath= "a.exe")",
          R"(sc config Fax start= auto)", R"(sc config Fax binPath=)", "sc", ""})
        EXPECT_FALSE(set_up_by(kSc, line)) << line;
    for (const std::string_view line : {R"(schtasks /query /tn Up)", R"(schtasks /create /s FS01 /tn Up /tr a.exe)",
                                        R"(schtasks /create /tn Up /xml a.xml)", R"(schtasks /create /tr a.exe /tn)"})
        EXPECT_FALSE(set_up_by(kSchtasks, line)) << line;
    EXPECT_FALSE(set_up_by("C:\\Windows\\System32\\cmd.exe", R"(cmd /c sc config Fax binPath= a.exe)"));
}

}  // namespace
}  // namespace spoor::trails
