// Identity: changes of user, group, capabilities and audit session, and the use that is made of capabilities.
#ifndef SPOOR_BPF_IDENTITY_H
#define SPOOR_BPF_IDENTITY_H

#include "emit.h"

static __always_inline void read_credentials(struct record_credentials* to, const struct cred* cred) {
    to->uid = READ(cred, uid.val);
    to->gid = READ(cred, gid.val);
    to->suid = READ(cred, suid.val);
    to->sgid = READ(cred, sgid.val);
    to->euid = READ(cred, euid.val);
    to->egid = READ(cred, egid.val);
    to->fsuid = READ(cred, fsuid.val);
    to->fsgid = READ(cred, fsgid.val);
    to->securebits = READ(cred, securebits);
    to->user_namespace = READ(cred, user_ns, ns.inum);
    bpf_core_read(&to->inheritable, 8, &cred->cap_inheritable);
    bpf_core_read(&to->permitted, 8, &cred->cap_permitted);
    bpf_core_read(&to->effective, 8, &cred->cap_effective);
    bpf_core_read(&to->bounding, 8, &cred->cap_bset);
    bpf_core_read(&to->ambient, 8, &cred->cap_ambient);
    to->group_count = (__u32)READ(cred, group_info, ngroups);
    to->reserved = 0;
}

static __always_inline bool same_credentials(const struct record_credentials* a, const struct record_credentials* b) {
    const __u64* left = (const __u64*)a;
    const __u64* right = (const __u64*)b;
#pragma unroll
    for (int i = 0; i < (int)(sizeof *a / 8); ++i)
        if (left[i] != right[i]) return false;
    return true;
}

// What a thread's credentials were when it last changed them. Threads that never do are not in it.
struct thread_key {
    __u64 start;
    __u64 tid;
};

struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 16384);
    __type(key, struct thread_key);
    __type(value, struct record_credentials);
} thread_credentials SEC(".maps");

static __always_inline void forget_credentials(const struct record_header* header) {
    struct thread_key key = {.start = header->start, .tid = header->tid};
    bpf_map_delete_elem(&thread_credentials, &key);
}

// After a system call that may have changed the credentials of the calling thread, and of no other.
static __always_inline void report_changed_credentials(int call) {
    struct task_struct* task = current_task();
    struct credentials_record record = {};
    read_credentials(&record.after, READ(task, cred));
    fill_header(&record.header, task, RECORD_CREDENTIALS);
    struct thread_key key = {.start = record.header.start, .tid = record.header.tid};
    struct record_credentials* before = bpf_map_lookup_elem(&thread_credentials, &key);
    if (before) {
        if (same_credentials(before, &record.after)) return;
        record.before = *before;
        record.flags = CREDENTIALS_OLD_KNOWN;
    }
    bpf_map_update_elem(&thread_credentials, &key, &record.after, BPF_ANY);
    record.call = call;
    emit(&record.header, sizeof record);
}

// The better place where it can be had: every change passes here, with the old and the new side by side. What exec
// changes is in the record of the exec, where the program that it comes from is known.
static __always_inline void report_commit(const struct cred* new) {
    struct task_struct* task = current_task();
    if (BPF_CORE_READ_BITFIELD_PROBED(task, in_execve)) return;
    struct credentials_record record = {};
    read_credentials(&record.before, READ(task, real_cred));
    read_credentials(&record.after, new);
    if (same_credentials(&record.before, &record.after)) return;
    fill_header(&record.header, task, RECORD_CREDENTIALS);
    record.header.uid = record.after.uid;
    record.header.euid = record.after.euid;
    record.flags = CREDENTIALS_OLD_KNOWN;
    record.call = -1;
    emit(&record.header, sizeof record);
}

SEC("fentry/commit_creds")
int BPF_PROG(fentry_commit_creds, struct cred* new) {
    report_commit(new);
    return 0;
}

SEC("kprobe/commit_creds")
int BPF_KPROBE(kprobe_commit_creds, struct cred* new) {
    report_commit(new);
    return 0;
}

// loginuid and session id are set together, by a write to /proc/self/loginuid (pam_loginuid does it).
SEC("fexit/audit_set_loginuid")
int fexit_audit_set_loginuid(unsigned long long* ctx) {
    if ((int)ctx[1] != 0) return 0;  // refused
    struct login_record record = {};
    fill_header(&record.header, current_task(), RECORD_LOGIN);
    emit(&record.header, sizeof record);
    return 0;
}

SEC("kretprobe/audit_set_loginuid")
int BPF_KRETPROBE(kretprobe_audit_set_loginuid, int result) {
    if (result != 0) return 0;
    struct login_record record = {};
    fill_header(&record.header, current_task(), RECORD_LOGIN);
    emit(&record.header, sizeof record);
    return 0;
}

#define CAP_SYS_ADMIN 21

// Every mapping of memory asks for CAP_SYS_ADMIN, to know whether it may use the reserve: of no interest.
static __always_inline bool asks_for_memory(__u32 call) {
#if defined(__TARGET_ARCH_x86)
    switch (call) {
        case 9:
        case 10:
        case 12:
        case 25:
        case 30:
        case 56:
        case 57:
        case 58:
        case 59:
        case 163:
        case 322:
        case 329:
        case 435: return true;
        default: return call == 11 || call > 1024;  // page faults have no call
    }
#else
    switch (call) {
        case 214:
        case 216:
        case 220:
        case 221:
        case 222:
        case 226:
        case 281:
        case 288:
        case 435: return true;
        default: return call > 1024;
    }
#endif
}

static __always_inline void report_capability(struct user_namespace* target, int capability, int result, int call) {
    if (is_the_sensor()) return;
    __u64 count = fold(RECORD_CAPABILITY, (__u16)(capability & 63), (__u64)(result != 0));
    if (count == 0) return;  // nearly always
    struct capability_record record = {.count = count};
    fill_header(&record.header, current_task(), RECORD_CAPABILITY);
    record.capability = (__u32)capability;
    record.result = result;
    record.user_namespace = READ(target, ns.inum);
    record.call = call;
    emit(&record.header, sizeof record);
}

SEC("tp_btf/cap_capable")
int BPF_PROG(capability_checked, const struct cred* cred, struct user_namespace* target,
             const struct user_namespace* capable, int capability, int result) {
    struct pt_regs* regs = (struct pt_regs*)bpf_task_pt_regs(bpf_get_current_task_btf());
#if defined(__TARGET_ARCH_x86)
    __u32 call = (__u32)READ(regs, orig_ax);
#else
    __u32 call = (__u32)READ(regs, syscallno);
#endif
    if (capability == CAP_SYS_ADMIN && asks_for_memory(call)) return 0;
    report_capability(target, capability, result, (int)call);
    return 0;
}

#define CAP_OPT_NOAUDIT 2

// cap_capable(cred, namespace, capability, opts): a check that is not to be audited does not matter to its maker
// either.
SEC("fexit/cap_capable")
int fexit_cap_capable(unsigned long long* ctx) {
    if ((__u32)ctx[3] & CAP_OPT_NOAUDIT) return 0;
    report_capability((struct user_namespace*)ctx[1], (int)ctx[2], (int)ctx[4], -1);
    return 0;
}

#endif
