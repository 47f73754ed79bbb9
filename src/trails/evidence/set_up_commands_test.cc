#include "trails/evidence/set_up_commands.h"

#include <gtest/gtest.h>

#include <array>

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

TEST(SetUpCommands, ThatOnlyAskSetNothingUp) {
    for (const std::string_view line :
         {R"(sc query Fax)", R"(sc start Fax)", R"(sc \\FS01 start Fax)", R"(sc \\FS01)", R"(sc \\)",
          R"(sc config Fax start= auto)", R"(sc config Fax binPath=)", "sc", ""})
        EXPECT_FALSE(set_up_by(kSc, line)) << line;
    for (const std::string_view line : {R"(schtasks /query /tn Up)", R"(schtasks /create /s)",
                                        R"(schtasks /create /tn Up /xml a.xml)", R"(schtasks /create /tr a.exe /tn)"})
        EXPECT_FALSE(set_up_by(kSchtasks, line)) << line;
    EXPECT_FALSE(set_up_by("C:\\Windows\\System32\\cmd.exe", R"(cmd /c sc config Fax binPath= a.exe)"));
}

TEST(SetUpCommands, MayBeForAnotherHost) {
    for (const auto& [image, line, server, name, command] : std::initializer_list<std::array<std::string_view, 5>>{
             {kSc, R"(sc \\FS01 create Up binPath= "C:\up.exe -k" start= demand)", "FS01", "Up", R"(C:\up.exe -k)"},
             {kSc, R"(sc.exe \\localhost config Fax binpath= C:\up.exe)", "", "Fax", R"(C:\up.exe)"},
             {kSchtasks, R"(schtasks /create /s \\FS01 /u CORP\a /p x /tn Up /tr C:\up.exe)", "FS01", R"(\Up)",
              R"(C:\up.exe)"},
             {kSchtasks, R"(SCHTASKS /Create /S fs01.corp.example /TN Up /TR C:\up.exe)", "fs01.corp.example", R"(\Up)",
              R"(C:\up.exe)"},
             {R"(C:\Windows\System32\at.exe)", R"(at \\10.0.0.9 22:15 /every:m,t cmd /c up.bat)", "10.0.0.9", R"(\At)",
              "cmd /c up.bat"},
             {R"(C:\Windows\System32\reg.exe)",
              R"(reg add \\FS01\HKLM\SYSTEM\CurrentControlSet\Services\Fax /v ImagePath /t REG_SZ /d "C:\up.exe -k")",
              "FS01", "Fax", R"(C:\up.exe -k)"}}) {
        const auto told = set_up_by(image, line);
        ASSERT_TRUE(told) << line;
        EXPECT_EQ(told->server, server) << line;
        EXPECT_EQ(told->name, name) << line;
        EXPECT_EQ(told->command, command) << line;
    }
}

TEST(SetUpCommands, KnowTheKeysOfServices) {
    EXPECT_EQ(service_of_key(R"(HKLM\System\CurrentControlSet\Services\Fax)"), "Fax");
    EXPECT_EQ(service_of_key(R"(hkey_local_machine\SYSTEM\ControlSet001\Services\Fax\)"), "Fax");
    EXPECT_EQ(service_of_key(R"(\REGISTRY\MACHINE\SYSTEM\ControlSet001\Services\Fax)"), "Fax");
    for (const std::string_view other :
         {"", "HKLM", R"(HKLM\SYSTEM\CurrentControlSet\Services\)",
          R"(HKLM\SYSTEM\CurrentControlSet\Services\Fax\Parameters)", R"(HKLM\SOFTWARE\CurrentControlSet\Services\Fax)",
          R"(HKCU\SYSTEM\ControlSet001\Services\Fax)", R"(HKLM\SYSTEM\ControlSet)",
          R"(HKLM\SYSTEM\ControlSet001\Control\Fax)"})
        EXPECT_EQ(service_of_key(other), "") << other;
}

}  // namespace
}  // namespace spoor::trails
