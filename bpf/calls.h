// The system calls that nothing else shows, where the kernel lets no program attach to its functions.
//
// One program looks at every call that ends, and leaves after two look-ups in a table for all but a few numbers; those
// go on to the program for their class. A second program on the same tracepoint would cost every call of the machine
// again. That any program runs is most of what it costs: 25 of 28 nanoseconds.
//
// Each call also has a tracepoint of its own, where only that call pays; 4 nanoseconds are left for the others. These
// do not see 32-bit callers, which the program on all calls does by its second table. So they are taken where there
// are no such callers, or where nobody wants to know of them.
#ifndef SPOOR_BPF_CALLS_H
#define SPOOR_BPF_CALLS_H

#include "access.h"
#include "files.h"
#include "identity.h"
#include "network.h"

const volatile struct call_entry native_calls[CALL_TABLE_SIZE] = {};
const volatile struct call_entry compat_calls[CALL_TABLE_SIZE] = {};

// What the tracepoint of a call's end hands on: part of the kernel's interface (events/syscalls/*/format).
struct call_exit {
    __u64 common;
    __s64 number;
    __s64 result;
};

static __always_inline struct pt_regs* registers_of_caller(void) {
    return (struct pt_regs*)bpf_task_pt_regs(bpf_get_current_task_btf());
}

struct call {
    struct pt_regs* regs;
    long result;
    bool compat;
    __u32 number;
    __u32 shape;
};

static __always_inline __u32 call_number(struct pt_regs* regs) {
#if defined(__TARGET_ARCH_x86)
    return (__u32)regs->orig_ax & ~0x40000000u;  // without the mark of x32
#else
    return (__u32)regs->syscallno;
#endif
}

static __always_inline bool is_compat_call(void) {
#if defined(__TARGET_ARCH_x86)
    return READ(current_task(), thread_info.status) & 2;  // TS_COMPAT
#else
    return READ(current_task(), thread_info.flags) & (1UL << 22);  // TIF_32BIT
#endif
}

static __always_inline struct call the_call(struct pt_regs* regs, long result) {
    struct call call = {.regs = regs, .result = result, .compat = is_compat_call(), .number = call_number(regs)};
    __u64 number = masked(call.number, CALL_TABLE_SIZE - 1);
    call.shape = call.compat ? compat_calls[number].shape : native_calls[number].shape;
    return call;
}

static __always_inline unsigned long argument(const struct call* call, int index) {
    struct pt_regs* regs = call->regs;
#if defined(__TARGET_ARCH_x86)
    if (call->compat) {
        unsigned long value = index == 0   ? regs->bx
                              : index == 1 ? regs->cx
                              : index == 2 ? regs->dx
                              : index == 3 ? regs->si
                              : index == 4 ? regs->di
                                           : regs->bp;
        return (__u32)value;
    }
    return index == 0   ? regs->di
           : index == 1 ? regs->si
           : index == 2 ? regs->dx
           : index == 3 ? regs->r10
           : index == 4 ? regs->r8
                        : regs->r9;
#else
    return index == 0 ? regs->orig_x0 : regs->regs[index & 7];
#endif
}

static __always_inline const void* text_argument(const struct call* call, int index) {
    return (void*)argument(call, index);
}

struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(max_entries, CALL_CLASSES);
    __type(key, __u32);
    __type(value, __u32);
} call_handlers SEC(".maps");

SEC("tp_btf/sys_exit")
int BPF_PROG(call_ended, struct pt_regs* regs, long result) {
    __u64 number = call_number(regs);
    if (number >= CALL_TABLE_SIZE) return 0;
    number = masked(number, CALL_TABLE_SIZE - 1);
    __u32 call_class = native_calls[number].call_class;
    __u32 compat_class = compat_calls[number].call_class;
    if (!(call_class | compat_class)) return 0;
    if (is_compat_call()) call_class = compat_class;
    if (call_class) bpf_tail_call(ctx, &call_handlers, call_class);
    return 0;
}

// What is done about the calls of a class, as two programs: call_NAME, which call_ended goes on to, and native_NAME,
// which is attached to the tracepoints of these calls alone.
#define CALL_HANDLER(name)                                                                                             \
    static __always_inline int handle_##name(struct pt_regs* regs, long result);                                       \
    SEC("tp_btf/sys_exit") int BPF_PROG(call_##name, struct pt_regs* regs, long result) {                              \
        return handle_##name(regs, result);                                                                            \
    }                                                                                                                  \
    SEC("tp") int native_##name(struct call_exit* exit) { return handle_##name(registers_of_caller(), exit->result); } \
    static __always_inline int handle_##name(struct pt_regs* regs, long result)

CALL_HANDLER(credentials) {
    struct call call = the_call(regs, result);
    if (result < 0 && call.shape != SHAPE_SET_IDS) return 0;
    report_changed_credentials((int)call.number);
    return 0;
}

CALL_HANDLER(open) {
    if (result >= 0) report_opened(file_of((int)result));
    return 0;
}

CALL_HANDLER(accept) {
    if (result >= 0) report_accepted(sock_of(file_of((int)result)));
    return 0;
}

CALL_HANDLER(connect) {
    struct call call = the_call(regs, result);
    struct sock* sk = sock_of(file_of((int)argument(&call, 0)));
    if (sk && READ(sk, __sk_common.skc_family) == AF_UNIX && result == 0)
        report_unix_connected((struct unix_sock*)sk, (struct unix_sock*)READ((struct unix_sock*)sk, peer));
    return 0;
}

CALL_HANDLER(bind) {
    struct call call = the_call(regs, result);
    if (result != 0) return 0;
    struct sock* sk = sock_of(file_of((int)argument(&call, 0)));
    if (sk && READ(sk, __sk_common.skc_family) == AF_UNIX) report_unix_bound((struct unix_sock*)sk);
    return 0;
}

CALL_HANDLER(unlink) {
    struct call call = the_call(regs, result);
    if (result != 0) return 0;
    bool at = call.shape == SHAPE_AT;
    report_passed_path(FILE_DELETED, at ? (int)argument(&call, 0) : AT_FDCWD, text_argument(&call, at ? 1 : 0), 0, 0, 0,
                       NULL);
    return 0;
}

CALL_HANDLER(rename) {
    struct call call = the_call(regs, result);
    if (result != 0) return 0;
    bool at = call.shape == SHAPE_AT;
    report_renamed(at ? (int)argument(&call, 0) : AT_FDCWD, text_argument(&call, at ? 1 : 0),
                   at ? (int)argument(&call, 2) : AT_FDCWD, text_argument(&call, at ? 3 : 1), 0);
    return 0;
}

// New names that come about without open(): links, symbolic links, nodes.
CALL_HANDLER(link) {
    struct call call = the_call(regs, result);
    if (result != 0) return 0;
    int directory = AT_FDCWD;
    int path = 1;
    __u32 mode = 0;
    __u16 operation = FILE_CREATED;
    switch (call.shape) {
        case SHAPE_SECOND_AT:
            directory = (int)argument(&call, 1);
            path = 2;
            break;
        case SHAPE_FOURTH_AT:
            directory = (int)argument(&call, 2);
            path = 3;
            break;
        case SHAPE_NODE:
            path = 0;
            mode = (__u32)argument(&call, 1);
            break;
        case SHAPE_NODE_AT:
            directory = (int)argument(&call, 0);
            mode = (__u32)argument(&call, 2);
            break;
        default: break;
    }
    if ((mode & S_IFMT) == S_IFIFO) operation = FILE_FIFO_CREATED;
    const void* name = path == 0   ? text_argument(&call, 0)
                       : path == 1 ? text_argument(&call, 1)
                       : path == 2 ? text_argument(&call, 2)
                                   : text_argument(&call, 3);
    report_passed_path(operation, directory, name, 0, mode, 0, NULL);
    return 0;
}

#define UTIME_NOW 0x3fffffff
#define UTIME_OMIT 0x3ffffffe

// Only times that the caller chose: "now" is what any write does too.
static __always_inline bool chosen_time(const struct call* call, const void* times, __u64* nanoseconds) {
    if (!times) return false;
    if (call->shape == SHAPE_SECONDS) {  // struct utimbuf { actime, modtime }
        if (call->compat) {
            __u32 both[2];
            if (bpf_probe_read_user(both, sizeof both, times)) return false;
            *nanoseconds = (__u64)both[1] * 1000000000ULL;
        } else {
            __u64 both[2];
            if (bpf_probe_read_user(both, sizeof both, times)) return false;
            *nanoseconds = both[1] * 1000000000ULL;
        }
        return true;
    }
    __u64 seconds, fraction;
    if (call->compat &&
        (call->shape != SHAPE_AT || call->number == 320)) {  // 32-bit pairs; utimensat_time64 has 64-bit ones
        __u32 four[4];
        if (bpf_probe_read_user(four, sizeof four, times)) return false;
        seconds = four[2];
        fraction = four[3];
    } else {
        __u64 four[4];
        if (bpf_probe_read_user(four, sizeof four, times)) return false;
        seconds = four[2];
        fraction = four[3];
    }
    if (call->shape == SHAPE_AT) {
        if (fraction == UTIME_NOW || fraction == UTIME_OMIT) return false;
    } else {
        fraction *= 1000;
    }
    *nanoseconds = seconds * 1000000000ULL + fraction;
    return true;
}

CALL_HANDLER(times) {
    struct call call = the_call(regs, result);
    if (result != 0) return 0;
    bool at = call.shape == SHAPE_AT || call.shape == SHAPE_MICROSECONDS_AT;
    const void* path = text_argument(&call, at ? 1 : 0);
    __u64 time = 0;
    if (!chosen_time(&call, text_argument(&call, at ? 2 : 1), &time)) return 0;
    int directory = at ? (int)argument(&call, 0) : AT_FDCWD;
    if (path)
        report_passed_path(FILE_TIME_CHANGED, directory, path, 0, 0, time, NULL);
    else
        report_descriptor(FILE_TIME_CHANGED, directory, 0, time, NULL);
    return 0;
}

static __always_inline void attribute_set(const struct call* call) {
    if (call->result != 0) return;
    if (call->shape == SHAPE_DESCRIPTOR) {
        report_descriptor(FILE_ATTRIBUTE_SET, (int)argument(call, 0), 0, 0, text_argument(call, 1));
    } else {
        bool at = call->shape == SHAPE_ATTRIBUTE_AT;  // setxattrat(dir, path, flags, name, ...)
        report_passed_path(FILE_ATTRIBUTE_SET, at ? (int)argument(call, 0) : AT_FDCWD, text_argument(call, at ? 1 : 0),
                           0, 0, 0, text_argument(call, at ? 3 : 1));
    }
}

CALL_HANDLER(attribute) {
    struct call call = the_call(regs, result);
    attribute_set(&call);
    return 0;
}

// process_vm_*(pid, local, count, remote, ...): the address of the first remote piece.
static __always_inline __u64 first_remote_address(const struct call* call) {
    if (call->compat) {
        __u32 base = 0;
        bpf_probe_read_user(&base, sizeof base, text_argument(call, 3));
        return base;
    }
    __u64 address = 0;
    bpf_probe_read_user(&address, sizeof address, text_argument(call, 3));
    return address;
}

CALL_HANDLER(access) {
    struct call call = the_call(regs, result);
    int who = (int)argument(&call, call.shape == SHAPE_PTRACE ? 1 : 0);
    __u16 operation = 0;
    __u16 request = 0;
    __u64 address = 0;
    switch (call.shape) {
        case SHAPE_PTRACE:
            request = (__u16)argument(&call, 0);
            operation = operation_of_ptrace(request);
            if (operation == ACCESS_WRITE_MEMORY || operation == ACCESS_READ_MEMORY) address = argument(&call, 2);
            break;
        case SHAPE_READ_MEMORY: operation = ACCESS_READ_MEMORY; break;
        case SHAPE_WRITE_MEMORY: operation = ACCESS_WRITE_MEMORY; break;
        case SHAPE_PIDFD: operation = ACCESS_TAKE_DESCRIPTOR; break;
        case SHAPE_ADVISE: operation = ACCESS_ADVISE; break;
        default: break;
    }
    if (operation == 0) return 0;
    if (call.shape == SHAPE_READ_MEMORY || call.shape == SHAPE_WRITE_MEMORY) address = first_remote_address(&call);
    int outcome = (int)(result < 0 ? result : 0);
    if (call.shape == SHAPE_PIDFD || call.shape == SHAPE_ADVISE)
        report_access_by_pidfd(file_of(who), operation, outcome);
    else
        report_access((__u32)who, operation, request, address, outcome);
    return 0;
}

CALL_HANDLER(program) {
    struct call call = the_call(regs, result);
    if (result < 0 || (int)argument(&call, 0) != BPF_PROG_LOAD || is_the_sensor()) return 0;
    struct file* file = file_of((int)result);
    if (file) report_program(READ(file, private_data));
    return 0;
}

#define PROT_EXEC 4
#define MAP_ANONYMOUS 0x20

CALL_HANDLER(map) {
    struct call call = the_call(regs, result);
    if (result < 0 && result > -4096) return 0;
    if (!(argument(&call, 2) & PROT_EXEC) || (argument(&call, 3) & MAP_ANONYMOUS)) return 0;
    struct file* file = file_of((int)argument(&call, 4));
    if (file) report_file(file, FILE_MAPPED_EXECUTABLE);
    return 0;
}

CALL_HANDLER(clock) {
    if (result == 0) report_clock_set();
    return 0;
}

// The same for a few calls by their own functions, on kernels where nothing needs to look at all calls.
#if defined(__TARGET_ARCH_x86)
#define CALL_FUNCTION(name) "fexit/__x64_sys_" name
#else
#define CALL_FUNCTION(name) "fexit/__arm64_sys_" name
#endif

static __always_inline struct call own_call(unsigned long long* ctx, __u32 shape) {
    struct call call = {.regs = (struct pt_regs*)ctx[0], .result = (long)ctx[1], .shape = shape};
    return call;
}

SEC(CALL_FUNCTION("setxattr"))
int fexit_setxattr(unsigned long long* ctx) {
    struct call call = own_call(ctx, SHAPE_PLAIN);
    attribute_set(&call);
    return 0;
}

SEC(CALL_FUNCTION("lsetxattr"))
int fexit_lsetxattr(unsigned long long* ctx) {
    struct call call = own_call(ctx, SHAPE_PLAIN);
    attribute_set(&call);
    return 0;
}

SEC(CALL_FUNCTION("fsetxattr"))
int fexit_fsetxattr(unsigned long long* ctx) {
    struct call call = own_call(ctx, SHAPE_DESCRIPTOR);
    attribute_set(&call);
    return 0;
}

SEC(CALL_FUNCTION("process_vm_writev"))
int fexit_process_vm_writev(unsigned long long* ctx) {
    struct call call = own_call(ctx, SHAPE_WRITE_MEMORY);
    report_access((__u32)argument(&call, 0), ACCESS_WRITE_MEMORY, 0, first_remote_address(&call),
                  (int)(call.result < 0 ? call.result : 0));
    return 0;
}

SEC(CALL_FUNCTION("process_vm_readv"))
int fexit_process_vm_readv(unsigned long long* ctx) {
    struct call call = own_call(ctx, SHAPE_READ_MEMORY);
    if (call.result < 0)
        report_access((__u32)argument(&call, 0), ACCESS_READ_MEMORY, 0, first_remote_address(&call), (int)call.result);
    return 0;
}

SEC(CALL_FUNCTION("ptrace"))
int fexit_ptrace(unsigned long long* ctx) {
    struct call call = own_call(ctx, SHAPE_PTRACE);
    __u16 request = (__u16)argument(&call, 0);
    __u16 operation = operation_of_ptrace(request);
    // Attaching is told by the access check, unless the kernel refuses before it asks there.
    bool refused = operation == ACCESS_ATTACH && call.result < 0;
    if (operation != ACCESS_WRITE_MEMORY && operation != ACCESS_SET_REGISTERS && !refused) return 0;
    report_access((__u32)argument(&call, 1), operation, request,
                  operation == ACCESS_WRITE_MEMORY ? argument(&call, 2) : 0, (int)(call.result < 0 ? call.result : 0));
    return 0;
}

#endif
