#include "sources/linux/calls.h"

#include <sys/syscall.h>

#include <span>

namespace spoor::sensor {
namespace {

struct Call {
    unsigned number;
    call_class of_class;
    call_shape shape;
};

// clang-format off
constexpr Call kNative[] = {
    {SYS_setuid, CALL_CREDENTIALS, SHAPE_PLAIN}, {SYS_setgid, CALL_CREDENTIALS, SHAPE_PLAIN},
    {SYS_setreuid, CALL_CREDENTIALS, SHAPE_PLAIN}, {SYS_setregid, CALL_CREDENTIALS, SHAPE_PLAIN},
    {SYS_setresuid, CALL_CREDENTIALS, SHAPE_PLAIN}, {SYS_setresgid, CALL_CREDENTIALS, SHAPE_PLAIN},
    {SYS_setfsuid, CALL_CREDENTIALS, SHAPE_SET_IDS}, {SYS_setfsgid, CALL_CREDENTIALS, SHAPE_SET_IDS},
    {SYS_setgroups, CALL_CREDENTIALS, SHAPE_PLAIN}, {SYS_capset, CALL_CREDENTIALS, SHAPE_PLAIN},
    {SYS_prctl, CALL_CREDENTIALS, SHAPE_PRCTL}, {SYS_keyctl, CALL_CREDENTIALS, SHAPE_PLAIN},
    {SYS_unshare, CALL_CREDENTIALS, SHAPE_PLAIN}, {SYS_setns, CALL_CREDENTIALS, SHAPE_PLAIN},
    {SYS_openat, CALL_OPEN, SHAPE_PLAIN}, {437 /* openat2 */, CALL_OPEN, SHAPE_PLAIN},
    {SYS_accept, CALL_ACCEPT, SHAPE_PLAIN}, {SYS_accept4, CALL_ACCEPT, SHAPE_PLAIN},
    {SYS_connect, CALL_CONNECT, SHAPE_PLAIN}, {SYS_bind, CALL_BIND, SHAPE_PLAIN},
    {SYS_unlinkat, CALL_UNLINK, SHAPE_AT},
    {SYS_renameat2, CALL_RENAME, SHAPE_AT},
    {SYS_linkat, CALL_LINK, SHAPE_FOURTH_AT}, {SYS_symlinkat, CALL_LINK, SHAPE_SECOND_AT}, {SYS_mknodat, CALL_LINK, SHAPE_NODE_AT},
    {SYS_utimensat, CALL_TIMES, SHAPE_AT},
    {SYS_setxattr, CALL_ATTRIBUTE, SHAPE_PLAIN}, {SYS_lsetxattr, CALL_ATTRIBUTE, SHAPE_PLAIN},
    {SYS_fsetxattr, CALL_ATTRIBUTE, SHAPE_DESCRIPTOR}, {463 /* setxattrat */, CALL_ATTRIBUTE, SHAPE_ATTRIBUTE_AT},
    {SYS_ptrace, CALL_ACCESS, SHAPE_PTRACE}, {SYS_process_vm_readv, CALL_ACCESS, SHAPE_READ_MEMORY},
    {SYS_process_vm_writev, CALL_ACCESS, SHAPE_WRITE_MEMORY}, {438 /* pidfd_getfd */, CALL_ACCESS, SHAPE_PIDFD},
    {440 /* process_madvise */, CALL_ACCESS, SHAPE_ADVISE},
    {SYS_bpf, CALL_PROGRAM, SHAPE_PLAIN}, {SYS_mmap, CALL_MAP, SHAPE_PLAIN},
    {SYS_clock_settime, CALL_CLOCK, SHAPE_PLAIN}, {SYS_settimeofday, CALL_CLOCK, SHAPE_PLAIN},
#if defined(SYS_renameat)
    {SYS_renameat, CALL_RENAME, SHAPE_AT},
#endif
#if defined(__x86_64__)
    {SYS_open, CALL_OPEN, SHAPE_PLAIN}, {SYS_creat, CALL_OPEN, SHAPE_PLAIN}, {SYS_unlink, CALL_UNLINK, SHAPE_PLAIN},
    {SYS_rename, CALL_RENAME, SHAPE_PLAIN}, {SYS_link, CALL_LINK, SHAPE_SECOND}, {SYS_symlink, CALL_LINK, SHAPE_SECOND},
    {SYS_mknod, CALL_LINK, SHAPE_NODE}, {SYS_utime, CALL_TIMES, SHAPE_SECONDS}, {SYS_utimes, CALL_TIMES, SHAPE_MICROSECONDS},
    {SYS_futimesat, CALL_TIMES, SHAPE_MICROSECONDS_AT},
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

}  // namespace spoor::sensor
