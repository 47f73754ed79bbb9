// Access to other processes and to the kernel itself: ptrace and its kin, Unix sockets, eBPF programs, modules, the
// clock.
#ifndef SPOOR_BPF_ACCESS_H
#define SPOOR_BPF_ACCESS_H

#include "paths.h"

#define PIDFS_MAGIC 0x50494446

// Requests of ptrace; others only steer a process that is traced already.
static __always_inline __u16 operation_of_ptrace(__u16 request) {
    switch (request) {
        case 16:
        case 0x4206: return ACCESS_ATTACH;  // ATTACH, SEIZE
        case 1:
        case 2:
        case 3: return ACCESS_READ_MEMORY;  // PEEKTEXT, PEEKDATA, PEEKUSER
        case 4:
        case 5: return ACCESS_WRITE_MEMORY;  // POKETEXT, POKEDATA
        case 6:
        case 13:
        case 15:
        case 19:
        case 0x4205: return ACCESS_SET_REGISTERS;  // POKEUSER, SETREGS, ..., SETREGSET
        default: return 0;
    }
}

static __always_inline void finish_access(struct access_record* record, __u16 operation, __u16 request, __u64 address,
                                          int result) {
    record->operation = operation;
    record->request = request;
    record->address = address;
    record->result = result;
    record->count = fold(RECORD_ACCESS, operation, (__u64)record->target_pid << 1 | (result != 0));
    if (record->count) emit(&record->header, sizeof *record);
}

static __always_inline void report_access(__u32 target, __u16 operation, __u16 request, __u64 address, int result) {
    if (is_the_sensor()) return;
    struct access_record record = {};
    fill_header(&record.header, current_task(), RECORD_ACCESS);
    record.target_pid = target;
    if (target == 0 || target == record.header.pid) return;
    finish_access(&record, operation, request, address, result);
}

static __always_inline void report_access_by_pidfd(struct file* file, __u16 operation, int result) {
    if (!file || is_the_sensor()) return;
    struct access_record record = {};
    fill_header(&record.header, current_task(), RECORD_ACCESS);
    // Since 6.9 a pidfd is a file of a file system of its own, which keeps the process elsewhere.
    struct inode* inode = READ(file, f_inode);
    struct pid* pid = READ(inode, i_sb, s_magic) == PIDFS_MAGIC ? READ(inode, i_private) : READ(file, private_data);
    // Any descriptor can be passed, and the call then fails: what lies there may be no process, nor a kernel pointer.
    record.target_pid = (__u32)BPF_CORE_READ(pid, numbers[0].nr);
    record.target_is_global = 1;
    if (record.target_pid == 0 || record.target_pid == record.header.pid) return;
    finish_access(&record, operation, 0, 0, result);
}

#define PTRACE_MODE_NOAUDIT 4

// security_ptrace_access_check(child, mode): stands before ptrace, process_vm_*, /proc/PID/mem, pidfd_getfd, kcmp.
static __always_inline void report_checked_access(struct task_struct* child, __u32 mode, int result) {
    if (is_the_sensor() || (mode & PTRACE_MODE_NOAUDIT)) return;
    struct access_record record = {};
    fill_header(&record.header, current_task(), RECORD_ACCESS);
    record.target_pid = (__u32)READ(child, tgid);
    record.target_start = READ(child, group_leader, start_boottime);
    record.target_is_global = 1;
    if (record.target_pid == record.header.pid) return;
    finish_access(&record, ACCESS_CHECKED, (__u16)mode, 0, result);
}

SEC("fexit/security_ptrace_access_check")
int fexit_ptrace_access_check(unsigned long long* ctx) {
    report_checked_access((struct task_struct*)ctx[0], (__u32)ctx[1], (int)ctx[2]);
    return 0;
}

SEC("kprobe/security_ptrace_access_check")
int BPF_KPROBE(kprobe_ptrace_access_check, struct task_struct* child, unsigned int mode) {
    report_checked_access(child, mode, 0);
    return 0;
}

static __always_inline struct text_span append_unix_address(struct draft* draft, struct unix_sock* socket) {
    struct text_span span = {.offset = draft->at};
    struct unix_address* address = READ(socket, addr);
    if (!address) return span;  // unnamed
    int size = READ(address, len) - (int)sizeof(unsigned short);
    if (size <= 0 || size > 108) return span;
    const void* from = (const void*)address + bpf_core_field_offset(struct unix_address, name) + sizeof(unsigned short);
    __u8* to = draft->bytes + (draft->at & (RECORD_MAX - 1));
    if (bpf_probe_read_kernel(to, (__u32)size & 127, from) != 0) return span;
    span.size = (__u32)size & 127;
    draft->at += span.size;
    return span;
}

static __always_inline void report_unix_socket(__u32 operation, struct unix_sock* named, struct sock* peer) {
    if (is_the_sensor()) return;
    struct draft draft = {};
    if (!begin_draft(&draft, sizeof(struct unix_socket_record))) return;
    struct unix_socket_record* record = (struct unix_socket_record*)draft.bytes;
    __builtin_memset(record, 0, sizeof *record);
    fill_header(&record->header, current_task(), RECORD_UNIX_SOCKET);
    record->operation = operation;
    record->type = READ((struct sock*)named, sk_type);
    if (peer) record->peer_pid = (__u32)READ(peer, sk_peer_pid, numbers[0].nr);
    record->path = append_unix_address(&draft, named);
    if (record->path.size == 0)
        drop_draft(&draft);  // a socketpair, or a bind to no name
    else
        send_draft(&draft);
}

static __always_inline void report_unix_bound(struct unix_sock* socket) {
    report_unix_socket(UNIX_SOCKET_BOUND, socket, NULL);
}

// The server's end of a connection carries the name that was connected to.
static __always_inline void report_unix_connected(struct unix_sock* client, struct unix_sock* server) {
    if (server) report_unix_socket(UNIX_SOCKET_CONNECTED, server, (struct sock*)client);
}

// security_unix_stream_connect(sock, other, newsk): `other` is the listening socket.
SEC("fentry/security_unix_stream_connect")
int fentry_unix_stream_connect(unsigned long long* ctx) {
    struct unix_sock* listener = (struct unix_sock*)ctx[1];
    report_unix_socket(UNIX_SOCKET_CONNECTED, listener, (struct sock*)listener);
    return 0;
}

static __always_inline void report_program(struct bpf_prog* program) {
    struct program_record record = {};
    fill_header(&record.header, current_task(), RECORD_PROGRAM);
    record.id = READ(program, aux, id);
    record.program_type = (__u32)READ(program, type);
    bpf_core_read(record.tag, sizeof record.tag, &program->tag);
    struct bpf_prog_aux* aux = READ(program, aux);
    bpf_core_read(record.name, sizeof record.name, &aux->name);
    emit(&record.header, sizeof record);
}

// Which file a module comes from is known where the kernel reads it, and its name where it is loaded: the first leaves
// a note for the second, under the thread's number. The descriptor that was passed keeps the file until then.
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 256);
    __type(key, __u64);
    __type(value, __u64);  // address of the struct file
} module_files SEC(".maps");

#define READING_MODULE 2

// security_kernel_read_file(file, id, contents).
SEC("fentry/security_kernel_read_file")
int fentry_kernel_read_file(unsigned long long* ctx) {
    if ((int)ctx[1] != READING_MODULE) return 0;
    __u64 thread = bpf_get_current_pid_tgid();
    __u64 file = (__u64)ctx[0];
    bpf_map_update_elem(&module_files, &thread, &file, BPF_ANY);
    return 0;
}

static __always_inline void append_module_file(struct draft* draft, struct module_record* record) {
    __u64 thread = bpf_get_current_pid_tgid();
    __u64* noted = bpf_map_lookup_elem(&module_files, &thread);
    if (!noted) return;
    struct file* file = (struct file*)*noted;
    bpf_map_delete_elem(&module_files, &thread);
    struct inode* inode = READ(file, f_inode);
    record->inode = READ(inode, i_ino);
    record->changed = change_time(inode);
    bool cut = false;
    record->path = append_file_path(draft, file, &cut);
    record->path_cut = cut;
}

static __always_inline void report_module(const struct module* module, __u32 unloaded) {
    struct draft draft = {};
    if (!begin_draft(&draft, sizeof(struct module_record))) return;
    struct module_record* record = (struct module_record*)draft.bytes;
    __builtin_memset(record, 0, sizeof *record);
    fill_header(&record->header, current_task(), RECORD_MODULE);
    record->taints = (__u32)READ(module, taints);
    record->unloaded = unloaded;
    record->name = append_kernel_text(&draft, (const void*)module + bpf_core_field_offset(struct module, name), 56);
    if (!unloaded) append_module_file(&draft, record);
    send_draft(&draft);
}

SEC("tp_btf/module_load")
int BPF_PROG(module_loaded, struct module* module) {
    report_module(module, 0);
    return 0;
}

SEC("tp_btf/module_free")
int BPF_PROG(module_unloaded, struct module* module) {
    report_module(module, 1);
    return 0;
}

// The offset between the clocks tells by how much: user space compares it with what it knew.
static __always_inline void report_clock_set(void) {
    struct clock_record record = {};
    fill_header(&record.header, current_task(), RECORD_CLOCK);
    emit(&record.header, sizeof record);
}

#endif
