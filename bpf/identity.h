// Identity: changes of user, group, capabilities and audit session, and the use that is made of capabilities.
#ifndef SPOOR_BPF_IDENTITY_H
#define SPOOR_BPF_IDENTITY_H

#include "emit.h"

// Stands for a list of supplementary groups, which the kernel never changes but replaces; the address itself is
// nobody's business.
static __always_inline __u32 mark_of_groups(const struct cred* cred) {
    __u64 address = 0;  // as a number: with a pointer the verifier lets nobody reckon
    bpf_core_read(&address, sizeof address, &cred->group_info);
    return (__u32)(address * 0x9e3779b97f4a7c15ULL >> 32);
}

static __always_inline struct text_span append_groups(struct draft* draft, const struct group_info* groups) {
    struct text_span span = {.offset = draft->at};
    __u32 count = (__u32)READ(groups, ngroups);
    if (count > RECORD_GROUPS_MAX) count = RECORD_GROUPS_MAX;
    __u32 size = (__u32)masked(count * 4, RECORD_GROUPS_MAX * 8 - 1);
    __u8* to = draft->bytes + (draft->at & (RECORD_MAX - 1));
    if (bpf_probe_read_kernel(to, size, (void*)groups + bpf_core_field_offset(struct group_info, gid)) != 0)
        return span;
    span.size = size;
    draft->at += size;
    return span;
}

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
    to->group_mark = mark_of_groups(cred);
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

static __always_inline struct credentials_record* begin_credentials(struct draft* draft) {
    if (!begin_draft(draft, sizeof(struct credentials_record))) return NULL;
    struct credentials_record* record = (struct credentials_record*)draft->bytes;
    __builtin_memset(record, 0, sizeof *record);
    return record;
}

// After a system call that may have changed the credentials of the calling thread, and of no other.
static __always_inline void report_changed_credentials(int call) {
    struct task_struct* task = current_task();
    const struct cred* cred = READ(task, cred);
    struct draft draft = {};
    struct credentials_record* record = begin_credentials(&draft);
    if (!record) return;
    read_credentials(&record->after, cred);
    fill_header(&record->header, task, RECORD_CREDENTIALS);
    record->call = call;
    struct thread_key key = {.start = record->header.start, .tid = record->header.tid};
    struct record_credentials* before = bpf_map_lookup_elem(&thread_credentials, &key);
    if (before && same_credentials(before, &record->after)) {
        drop_draft(&draft);
        return;
    }
    if (before) {
        record->before = *before;
        record->flags |= CREDENTIALS_OLD_KNOWN;
    }
    if (!before || before->group_mark != record->after.group_mark) {
        record->flags |= CREDENTIALS_GROUPS_AFTER;
        record->groups_after = append_groups(&draft, READ(cred, group_info));
    }
    bpf_map_update_elem(&thread_credentials, &key, &record->after, BPF_ANY);
    send_draft(&draft);
}

// The better place where it can be had: every change passes here, with the old and the new side by side. What exec
// changes is in the record of the exec, where the program that it comes from is known.
static __always_inline void report_commit(const struct cred* new) {
    struct task_struct* task = current_task();
    if (BPF_CORE_READ_BITFIELD_PROBED(task, in_execve)) return;
    const struct cred* old = READ(task, real_cred);
    struct draft draft = {};
    struct credentials_record* record = begin_credentials(&draft);
    if (!record) return;
    read_credentials(&record->before, old);
    read_credentials(&record->after, new);
    if (same_credentials(&record->before, &record->after)) {
        drop_draft(&draft);
        return;
    }
    fill_header(&record->header, task, RECORD_CREDENTIALS);
    record->header.uid = record->after.uid;
    record->header.euid = record->after.euid;
    record->flags = CREDENTIALS_OLD_KNOWN;
    record->call = -1;
    if (record->before.group_mark != record->after.group_mark) {
        record->flags |= CREDENTIALS_GROUPS_BEFORE | CREDENTIALS_GROUPS_AFTER;
        record->groups_before = append_groups(&draft, READ(old, group_info));
        record->groups_after = append_groups(&draft, READ(new, group_info));
    }
    send_draft(&draft);
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
