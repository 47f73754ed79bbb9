// How a record gets out: numbered, whether or not there is room for it, and without waking the reader.
//
// Waking user space for each event costs 5 to 15 microseconds, many times what it takes to write it. The reader comes
// by itself every few milliseconds; it is woken only when a quarter of the ring is full, or by a record of something
// that has to be looked at while it is there.
//
// The number is taken as the last thing before the record is written, from a counter of this CPU, and it is taken also
// when the ring is full. What user space does not receive is therefore known to the record.
//
// Short records are put together on the stack. Long ones need a scratch slot: per CPU, and claimed by an atomic bit,
// since on some kernels a program can be pre-empted in the middle by another task's.
#ifndef SPOOR_BPF_EMIT_H
#define SPOOR_BPF_EMIT_H

#include "read.h"

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 8 * 1024 * 1024);
} records SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);  // user space reads it without a system call, and without privileges
    __uint(max_entries, 1);             // the loader sets the number of CPUs
    __type(key, __u32);
    __type(value, struct cpu_account);
} accounts SEC(".maps");

struct scratch {
    __u8 bytes[SCRATCH_SIZE];
    __u64 cursor;
};

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, SCRATCH_SLOTS);  // times the number of CPUs
    __type(key, __u32);
    __type(value, struct scratch);
} scratches SEC(".maps");

const volatile __u32 sensor_pid = 0;                      // whose own doings are counted and not reported
const volatile __u32 wakeup_threshold = 2 * 1024 * 1024;  // bytes waiting in the ring
volatile __u32 reader_is_awake = 0;                       // set here when the reader is woken, cleared by it

// Kernels before 5.12 have no atomic operations that return the old value. A program cannot be pre-empted there, so
// that plain ones will do.
#ifdef SPOOR_PLAIN_COUNTERS
#define FETCH_ADD(where, value)    \
    ({                             \
        __u64 old_ = *(where);     \
        *(where) = old_ + (value); \
        old_;                      \
    })
#define FETCH_OR(where, value)     \
    ({                             \
        __u64 old_ = *(where);     \
        *(where) = old_ | (value); \
        old_;                      \
    })
#define FETCH_AND(where, value)    \
    ({                             \
        __u64 old_ = *(where);     \
        *(where) = old_ & (value); \
        old_;                      \
    })
#else
#define FETCH_ADD(where, value) __sync_fetch_and_add(where, value)
#define FETCH_OR(where, value) __sync_fetch_and_or(where, value)
#define FETCH_AND(where, value) __sync_fetch_and_and(where, value)
#endif

// `value` without the bits outside `mask`, as an instruction that the compiler cannot do away with because it knows the
// value to be small anyway: older kernels' verifiers do not.
static __always_inline __u64 masked(__u64 value, __u32 mask) {
    asm volatile("%0 &= %1" : "+r"(value) : "i"(mask));
    return value;
}

static __always_inline struct cpu_account* account_of_this_cpu(void) {
    __u32 cpu = bpf_get_smp_processor_id();
    return bpf_map_lookup_elem(&accounts, &cpu);
}

// Writes the record; one that finds no room has used its number all the same.
static __always_inline void write_record(struct cpu_account* account, struct record_header* header, __u32 size,
                                         bool urgent) {
    header->cpu = (__u16)bpf_get_smp_processor_id();
    header->size = size;
    header->sequence = FETCH_ADD(&account->sequence, 1);
    __u64 flags = BPF_RB_NO_WAKEUP;
    // How full the ring is, is looked at now and then: that reads what the reader and the other CPUs write.
    bool look = (header->sequence & 15) == 0;
    if (!reader_is_awake && (urgent || (look && bpf_ringbuf_query(&records, BPF_RB_AVAIL_DATA) > wakeup_threshold))) {
        reader_is_awake = 1;
        flags = BPF_RB_FORCE_WAKEUP;
    }
    if (bpf_ringbuf_output(&records, header, size, flags) != 0) FETCH_ADD(&account->failed, 1);
}

// What happened and cannot be told: a number without a record.
static __always_inline void lose_record(struct cpu_account* account) {
    FETCH_ADD(&account->sequence, 1);
    FETCH_ADD(&account->failed, 1);
}

// A record of fixed size, from the stack.
static __always_inline void emit(struct record_header* header, __u32 size) {
    struct cpu_account* account = account_of_this_cpu();
    if (account) write_record(account, header, size, false);
}

static __always_inline bool is_the_sensor(void) {
    if ((__u32)(bpf_get_current_pid_tgid() >> 32) != sensor_pid) return false;
    struct cpu_account* account = account_of_this_cpu();
    if (account) FETCH_ADD(&account->suppressed, 1);
    return true;
}

static __always_inline __u64 cgroup_of(struct task_struct* task) { return READ(task, cgroups, dfl_cgrp, kn, id); }

// Who acts.
static __always_inline void fill_actor(struct record_header* header, struct task_struct* task) {
    const struct cred* cred = READ(task, cred);
    header->pid = (__u32)READ(task, tgid);
    header->tid = (__u32)READ(task, pid);
    header->session = READ(task, sessionid);
    header->login_uid = READ(task, loginuid.val);
    header->start = READ(task, group_leader, start_boottime);
    header->cgroup = cgroup_of(task);
    header->uid = READ(cred, uid.val);
    header->euid = READ(cred, euid.val);
}

static __always_inline void fill_header(struct record_header* header, struct task_struct* task, __u16 type) {
    fill_actor(header, task);
    header->time = bpf_ktime_get_boot_ns();
    header->type = type;
}

static __always_inline struct task_struct* current_task(void) { return (struct task_struct*)bpf_get_current_task(); }

// A long record that is being put together.
struct draft {
    struct cpu_account* account;
    __u8* bytes;
    volatile __u64* cursor;  // a place whose contents the verifier takes for unknown
    __u32 at;                // where the next text goes
    __u32 slot;
    bool urgent;  // the reader has to look at the process soon
};

// Claims a slot; false, and one more lost record, when all are taken.
static __always_inline bool begin_draft(struct draft* draft, __u32 fixed_size) {
    __u32 cpu = bpf_get_smp_processor_id();
    draft->account = bpf_map_lookup_elem(&accounts, &cpu);
    if (!draft->account) return false;
#pragma unroll
    for (__u32 slot = 0; slot < SCRATCH_SLOTS; ++slot) {
        if (FETCH_OR(&draft->account->busy, 1ULL << slot) & (1ULL << slot)) continue;
        __u32 index = cpu * SCRATCH_SLOTS + slot;
        struct scratch* scratch = bpf_map_lookup_elem(&scratches, &index);
        if (!scratch) {
            FETCH_AND(&draft->account->busy, ~(1ULL << slot));
            return false;
        }
        draft->bytes = scratch->bytes;
        draft->cursor = &scratch->cursor;
        draft->slot = slot;
        draft->at = fixed_size;
        return true;
    }
    lose_record(draft->account);
    return false;
}

static __always_inline void drop_draft(struct draft* draft) {
    FETCH_AND(&draft->account->busy, ~(1ULL << draft->slot));
}

static __always_inline void send_draft(struct draft* draft) {
    __u32 size = draft->at;
    if (size > RECORD_MAX) size = RECORD_MAX;
    write_record(draft->account, (struct record_header*)draft->bytes, size, draft->urgent);
    drop_draft(draft);
}

// Adds a NUL-terminated text of the kernel's, without its NUL.
static __always_inline struct text_span append_kernel_text(struct draft* draft, const void* from, __u32 limit) {
    struct text_span span = {.offset = draft->at};
    long size = bpf_probe_read_kernel_str(draft->bytes + (draft->at & (RECORD_MAX - 1)), limit, from);
    if (size > 1) {
        span.size = (__u32)size - 1;
        draft->at += span.size;
    }
    return span;
}

// Adds a NUL-terminated text of the calling process, without its NUL.
static __always_inline struct text_span append_user_text(struct draft* draft, const void* from, __u32 limit) {
    struct text_span span = {.offset = draft->at};
    long size = bpf_probe_read_user_str(draft->bytes + (draft->at & (RECORD_MAX - 1)), limit, from);
    if (size > 1) {
        span.size = (__u32)size - 1;
        draft->at += span.size;
    }
    return span;
}

// How often the same thing happened in a process: so that a check made a million times is not a million records.
struct fold_key {
    __u64 start;
    __u64 object;
    __u32 pid;
    __u16 type;
    __u16 detail;
};

struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 65536);
    __type(key, struct fold_key);
    __type(value, __u64);
} folds SEC(".maps");

// The count, now that it happened once more in this process, when it is one to report: the first time, and each
// sixteenfold; else 0. Asked before a record is begun, since as a rule there will be none.
static __always_inline __u64 fold(__u16 type, __u16 detail, __u64 object) {
    struct fold_key key = {.start = READ(current_task(), group_leader, start_boottime),
                           .object = object,
                           .pid = (__u32)(bpf_get_current_pid_tgid() >> 32),
                           .type = type,
                           .detail = detail};
    __u64* count = bpf_map_lookup_elem(&folds, &key);
    if (!count) {
        __u64 one = 1;
        bpf_map_update_elem(&folds, &key, &one, BPF_ANY);
        return 1;
    }
    __u64 now = FETCH_ADD(count, 1) + 1;
    if (now == 16 || now == 256 || now == 4096 || now == 65536 || now == 1048576 || now == 16777216) return now;
    return 0;
}

#endif
