// Calls: what can be said of 32-bit callers from within.
#include "sources/linux/kernel/calls.h"

#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <iterator>

namespace spoor::sensor {
namespace {

#if defined(__x86_64__)
/// What may_have_compat_callers() says where a filter answers 32-bit calls with `action`.
bool told_under_filter(unsigned action) {
    const pid_t child = fork();
    if (child == 0) {
        sock_filter instructions[] = {
            {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, arch)},
            {BPF_JMP | BPF_JEQ | BPF_K, 1, 0, AUDIT_ARCH_X86_64},
            {BPF_RET | BPF_K, 0, 0, action},
            {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
        };
        const sock_fprog program{std::size(instructions), instructions};
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
            _exit(2);
        _exit(may_have_compat_callers() ? 1 : 0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

TEST(Calls, TakesAFilterOfItsOwnForNoSignThatNobodyMakes32BitCalls) {
    EXPECT_TRUE(told_under_filter(SECCOMP_RET_KILL_PROCESS));
    EXPECT_TRUE(told_under_filter(SECCOMP_RET_ERRNO | 1));
}
#endif

}  // namespace
}  // namespace spoor::sensor
