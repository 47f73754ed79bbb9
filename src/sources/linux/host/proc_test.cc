#include "sources/linux/host/proc.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

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

/// Waits until the first thread of the process has ended.
void await_end_of_first_thread(pid_t pid) {
    while (read_small_file("/proc/" + std::to_string(pid) + "/stat").find(") Z ") == std::string::npos)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

TEST(ReadProcess, FindsNoneThatHasEndedAndIsNotYetWaitedFor) {
    const pid_t pid = fork();
    if (pid == 0) _exit(0);
    await_end_of_first_thread(pid);
    EXPECT_FALSE(read_process(static_cast<std::uint32_t>(pid)));
    EXPECT_FALSE(start_ticks_of(static_cast<std::uint32_t>(pid)));
    waitpid(pid, nullptr, 0);
}

TEST(ReadProcess, FindsOneThatGoesOnWithoutItsFirstThread) {
    const pid_t pid = fork();
    if (pid == 0) {
        std::thread([] { pause(); }).detach();
        syscall(SYS_exit, 0);  // this thread alone
    }
    await_end_of_first_thread(pid);
    EXPECT_TRUE(read_process(static_cast<std::uint32_t>(pid)));
    EXPECT_TRUE(start_ticks_of(static_cast<std::uint32_t>(pid)));
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
}

}  // namespace
}  // namespace spoor::sensor
