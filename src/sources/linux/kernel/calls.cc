#include "sources/linux/kernel/calls.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <span>

namespace spoor::sensor {
namespace {

struct Call {
    unsigned number;
    call_class of_class;
    call_shape shape;
    std::string_view name = {};  // of its tracepoint
};

// clang-format off
constexpr Call kNative[] = {
    {SYS_setuid, CALL_CREDENTIALS, SHAPE_PLAIN, "setuid"}, {SYS_setgid, CALL_CREDENTIALS, SHAPE_PLAIN, "setgid"},
    {SYS_setreuid, CALL_CREDENTIALS, SHAPE_PLAIN, "setreuid"}, {SYS_setregid, CALL_CREDENTIALS, SHAPE_PLAIN, "setregid"},
    {SYS_setresuid, CALL_CREDENTIALS, SHAPE_PLAIN, "setresuid"}, {SYS_setresgid, CALL_CREDENTIALS, SHAPE_PLAIN, "setresgid"},
    {SYS_setfsuid, CALL_CREDENTIALS, SHAPE_SET_IDS, "setfsuid"}, {SYS_setfsgid, CALL_CREDENTIALS, SHAPE_SET_IDS, "setfsgid"},
    {SYS_setgroups, CALL_CREDENTIALS, SHAPE_PLAIN, "setgroups"}, {SYS_capset, CALL_CREDENTIALS, SHAPE_PLAIN, "capset"},
    {SYS_prctl, CALL_CREDENTIALS, SHAPE_PRCTL, "prctl"}, {SYS_keyctl, CALL_CREDENTIALS, SHAPE_PLAIN, "keyctl"},
    {SYS_unshare, CALL_CREDENTIALS, SHAPE_PLAIN, "unshare"}, {SYS_setns, CALL_CREDENTIALS, SHAPE_PLAIN, "setns"},
    {SYS_openat, CALL_OPEN, SHAPE_PLAIN, "openat"}, {437, CALL_OPEN, SHAPE_PLAIN, "openat2"},
    {SYS_accept, CALL_ACCEPT, SHAPE_PLAIN, "accept"}, {SYS_accept4, CALL_ACCEPT, SHAPE_PLAIN, "accept4"},
    {SYS_connect, CALL_CONNECT, SHAPE_PLAIN, "connect"}, {SYS_bind, CALL_BIND, SHAPE_PLAIN, "bind"},
    {SYS_unlinkat, CALL_UNLINK, SHAPE_AT, "unlinkat"},
    {SYS_renameat2, CALL_RENAME, SHAPE_AT, "renameat2"},
    {SYS_linkat, CALL_LINK, SHAPE_FOURTH_AT, "linkat"}, {SYS_symlinkat, CALL_LINK, SHAPE_SECOND_AT, "symlinkat"}, {SYS_mknodat, CALL_LINK, SHAPE_NODE_AT, "mknodat"},
    {SYS_utimensat, CALL_TIMES, SHAPE_AT, "utimensat"},
    {SYS_setxattr, CALL_ATTRIBUTE, SHAPE_PLAIN, "setxattr"}, {SYS_lsetxattr, CALL_ATTRIBUTE, SHAPE_PLAIN, "lsetxattr"},
    {SYS_fsetxattr, CALL_ATTRIBUTE, SHAPE_DESCRIPTOR, "fsetxattr"}, {463, CALL_ATTRIBUTE, SHAPE_ATTRIBUTE_AT, "setxattrat"},
    {SYS_ptrace, CALL_ACCESS, SHAPE_PTRACE, "ptrace"}, {SYS_process_vm_readv, CALL_ACCESS, SHAPE_READ_MEMORY, "process_vm_readv"},
    {SYS_process_vm_writev, CALL_ACCESS, SHAPE_WRITE_MEMORY, "process_vm_writev"}, {438, CALL_ACCESS, SHAPE_PIDFD, "pidfd_getfd"},
    {440, CALL_ACCESS, SHAPE_ADVISE, "process_madvise"},
    {SYS_bpf, CALL_PROGRAM, SHAPE_PLAIN, "bpf"}, {SYS_mmap, CALL_MAP, SHAPE_PLAIN, "mmap"},
    {SYS_clock_settime, CALL_CLOCK, SHAPE_PLAIN, "clock_settime"}, {SYS_settimeofday, CALL_CLOCK, SHAPE_PLAIN, "settimeofday"},
#if defined(SYS_renameat)
    {SYS_renameat, CALL_RENAME, SHAPE_AT, "renameat"},
#endif
#if defined(__x86_64__)
    {SYS_open, CALL_OPEN, SHAPE_PLAIN, "open"}, {SYS_creat, CALL_OPEN, SHAPE_PLAIN, "creat"}, {SYS_unlink, CALL_UNLINK, SHAPE_PLAIN, "unlink"},
    {SYS_rename, CALL_RENAME, SHAPE_PLAIN, "rename"}, {SYS_link, CALL_LINK, SHAPE_SECOND, "link"}, {SYS_symlink, CALL_LINK, SHAPE_SECOND, "symlink"},
    {SYS_mknod, CALL_LINK, SHAPE_NODE, "mknod"}, {SYS_utime, CALL_TIMES, SHAPE_SECONDS, "utime"}, {SYS_utimes, CALL_TIMES, SHAPE_MICROSECONDS, "utimes"},
    {SYS_futimesat, CALL_TIMES, SHAPE_MICROSECONDS_AT, "futimesat"},
#endif
};

#if defined(__x86_64__)
// arch/x86/entry/syscalls/syscall_32.tbl. mmap2 has the arguments of mmap; the old calls of 16-bit ids count too.
constexpr Call kCompat[] = {
    {23, CALL_CREDENTIALS, SHAPE_PLAIN}, {46, CALL_CREDENTIALS, SHAPE_PLAIN}, {70, CALL_CREDENTIALS, SHAPE_PLAIN},
    {71, CALL_CREDENTIALS, SHAPE_PLAIN}, {81, CALL_CREDENTIALS, SHAPE_PLAIN}, {138, CALL_CREDENTIALS, SHAPE_SET_IDS},
    {139, CALL_CREDENTIALS, SHAPE_SET_IDS}, {164, CALL_CREDENTIALS, SHAPE_PLAIN}, {170, CALL_CREDENTIALS, SHAPE_PLAIN},
    {172, CALL_CREDENTIALS, SHAPE_PRCTL}, {185, CALL_CREDENTIALS, SHAPE_PLAIN}, {203, CALL_CREDENTIALS, SHAPE_PLAIN},
    {204, CALL_CREDENTIALS, SHAPE_PLAIN}, {206, CALL_CREDENTIALS, SHAPE_PLAIN}, {208, CALL_CREDENTIALS, SHAPE_PLAIN},
    {210, CALL_CREDENTIALS, SHAPE_PLAIN}, {213, CALL_CREDENTIALS, SHAPE_PLAIN}, {214, CALL_CREDENTIALS, SHAPE_PLAIN},
    {215, CALL_CREDENTIALS, SHAPE_SET_IDS}, {216, CALL_CREDENTIALS, SHAPE_SET_IDS}, {288, CALL_CREDENTIALS, SHAPE_PLAIN},
    {310, CALL_CREDENTIALS, SHAPE_PLAIN}, {346, CALL_CREDENTIALS, SHAPE_PLAIN},
    {5, CALL_OPEN, SHAPE_PLAIN}, {8, CALL_OPEN, SHAPE_PLAIN}, {295, CALL_OPEN, SHAPE_PLAIN}, {437, CALL_OPEN, SHAPE_PLAIN},
    {364, CALL_ACCEPT, SHAPE_PLAIN}, {362, CALL_CONNECT, SHAPE_PLAIN}, {361, CALL_BIND, SHAPE_PLAIN},
    {10, CALL_UNLINK, SHAPE_PLAIN}, {301, CALL_UNLINK, SHAPE_AT},
    {38, CALL_RENAME, SHAPE_PLAIN}, {302, CALL_RENAME, SHAPE_AT}, {353, CALL_RENAME, SHAPE_AT},
    {9, CALL_LINK, SHAPE_SECOND}, {83, CALL_LINK, SHAPE_SECOND}, {14, CALL_LINK, SHAPE_NODE}, {303, CALL_LINK, SHAPE_FOURTH_AT},
    {304, CALL_LINK, SHAPE_SECOND_AT}, {297, CALL_LINK, SHAPE_NODE_AT},
    {30, CALL_TIMES, SHAPE_SECONDS}, {271, CALL_TIMES, SHAPE_MICROSECONDS}, {299, CALL_TIMES, SHAPE_MICROSECONDS_AT},
    {320, CALL_TIMES, SHAPE_AT}, {412, CALL_TIMES, SHAPE_AT},
    {226, CALL_ATTRIBUTE, SHAPE_PLAIN}, {227, CALL_ATTRIBUTE, SHAPE_PLAIN}, {228, CALL_ATTRIBUTE, SHAPE_DESCRIPTOR},
    {463, CALL_ATTRIBUTE, SHAPE_ATTRIBUTE_AT},
    {26, CALL_ACCESS, SHAPE_PTRACE}, {347, CALL_ACCESS, SHAPE_READ_MEMORY}, {348, CALL_ACCESS, SHAPE_WRITE_MEMORY},
    {438, CALL_ACCESS, SHAPE_PIDFD}, {440, CALL_ACCESS, SHAPE_ADVISE},
    {357, CALL_PROGRAM, SHAPE_PLAIN}, {192, CALL_MAP, SHAPE_PLAIN},
    {264, CALL_CLOCK, SHAPE_PLAIN}, {404, CALL_CLOCK, SHAPE_PLAIN}, {79, CALL_CLOCK, SHAPE_PLAIN}, {25, CALL_CLOCK, SHAPE_PLAIN},
};
#else
// 32-bit programs on arm64 have the numbers of 32-bit ARM; they are not looked at, and the status says so.
constexpr Call kCompat[] = {{0, CALL_IGNORED, SHAPE_PLAIN}};
#endif
// clang-format on

CallTable table_of(std::span<const Call> calls, std::uint32_t wanted) {
    CallTable table{};
    for (const Call& call : calls)
        if (call.number < table.size() && (wanted & (1u << call.of_class)))
            table[call.number] = {static_cast<std::uint8_t>(call.of_class), static_cast<std::uint8_t>(call.shape)};
    return table;
}

}  // namespace

CallTable native_calls(std::uint32_t wanted) { return table_of(kNative, wanted); }
CallTable compat_calls(std::uint32_t wanted) { return table_of(kCompat, wanted); }

std::vector<std::string_view> names_of_calls(std::uint8_t of_class) {
    std::vector<std::string_view> names;
    for (const Call& call : kNative)
        if (call.of_class == of_class) names.push_back(call.name);
    return names;
}

bool may_have_compat_callers() {
#if defined(__x86_64__)
    // Where a filter may forbid this process such calls, as that of a service unit does, nothing is known of others.
    if (prctl(PR_GET_SECCOMP) != 0) return true;
    // Kernels may be built, or started, without 32-bit calls; then this one is an access violation.
    const pid_t child = fork();
    if (child == 0) {
        const rlimit no_core{0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        long pid = 20;  // getpid
        asm volatile("int $0x80" : "+a"(pid) : : "memory", "r8", "r9", "r10", "r11");
        _exit(pid > 0 ? 0 : 1);
    }
    int status = 0;
    return child < 0 || waitpid(child, &status, 0) != child || (WIFEXITED(status) && WEXITSTATUS(status) == 0);
#else
    return false;  // they are not looked at
#endif
}

}  // namespace spoor::sensor
