// Files, mappings and programs by the kernel's own functions, where it lets programs attach to them (fentry, fexit).
//
// These see every way in: any system call, 32-bit callers, io_uring, the kernel's own servers. fexit has the result.
#ifndef SPOOR_BPF_HOOKS_H
#define SPOOR_BPF_HOOKS_H

#include "access.h"
#include "files.h"

// security_file_open(file): called once the file exists, before the caller gets it.
SEC("fexit/security_file_open")
int fexit_file_open(unsigned long long* ctx) {
    if ((int)ctx[1] == 0) report_opened((struct file*)ctx[0]);
    return 0;
}

SEC("kprobe/security_file_open")
int BPF_KPROBE(kprobe_file_open, struct file* file) {
    report_opened(file);
    return 0;
}

// The path hooks have the mount and the name but not yet the outcome; the vfs functions behind them have the outcome
// and no mount. The first leaves a note for the second, under the thread's number.
struct path_note {
    __u64 mount;
    __u64 dentry;
};

struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 4096);
    __type(key, __u64);
    __type(value, struct path_note);
} path_notes SEC(".maps");

static __always_inline int note_path(const struct path* directory, struct dentry* dentry) {
    __u64 key = bpf_get_current_pid_tgid();
    struct path_note note = {.mount = (__u64)READ(directory, mnt), .dentry = (__u64)dentry};
    bpf_map_update_elem(&path_notes, &key, &note, BPF_ANY);
    return 0;
}

// The mount under which this thread last named `dentry`; NULL when the call came from elsewhere (an overlay's own
// layers).
static __always_inline struct vfsmount* noted_mount(struct dentry* dentry) {
    __u64 key = bpf_get_current_pid_tgid();
    struct path_note* note = bpf_map_lookup_elem(&path_notes, &key);
    if (!note || note->dentry != (__u64)dentry) return NULL;
    return (struct vfsmount*)note->mount;
}

static __always_inline void forget_note(void) {
    __u64 key = bpf_get_current_pid_tgid();
    bpf_map_delete_elem(&path_notes, &key);
}

SEC("fentry/security_path_unlink")
int fentry_path_unlink(unsigned long long* ctx) { return note_path((struct path*)ctx[0], (struct dentry*)ctx[1]); }

SEC("fentry/security_path_rmdir")
int fentry_path_rmdir(unsigned long long* ctx) { return note_path((struct path*)ctx[0], (struct dentry*)ctx[1]); }

static __always_inline void report_noted(__u16 operation, struct dentry* dentry, int result) {
    struct vfsmount* mount = noted_mount(dentry);
    if (!mount) return;
    forget_note();
    if (result != 0 || is_the_sensor()) return;
    struct draft draft = {};
    struct file_record* record = begin_file_record(&draft, operation, 0);
    if (!record) return;
    bool cut = false;
    record->path = append_path(&draft, mount, dentry, &cut);
    if (cut) record->flags |= FILE_PATH_CUT;
    send_draft(&draft);
}

// vfs_unlink(dir, dentry, delegated) until 5.11; with the mount's idmap in front since.
SEC("fexit/vfs_unlink")
int fexit_vfs_unlink_before_5_12(unsigned long long* ctx) {
    report_noted(FILE_DELETED, (struct dentry*)ctx[1], (int)ctx[3]);
    return 0;
}

SEC("fexit/vfs_unlink")
int fexit_vfs_unlink(unsigned long long* ctx) {
    report_noted(FILE_DELETED, (struct dentry*)ctx[2], (int)ctx[4]);
    return 0;
}

// security_path_rename(old_dir, old_dentry, new_dir, new_dentry, flags): the names as they are before the rename.
SEC("fentry/security_path_rename")
int fentry_path_rename(unsigned long long* ctx) {
    const struct path* old_directory = (const struct path*)ctx[0];
    const struct path* new_directory = (const struct path*)ctx[2];
    if (is_the_sensor()) return 0;
    struct draft draft = {};
    struct file_record* record = begin_file_record(&draft, FILE_RENAMED, 0);
    if (!record) return 0;
    record->flags = FILE_RESULT_UNKNOWN;
    bool cut = false;
    record->path = append_path(&draft, READ(old_directory, mnt), (struct dentry*)ctx[1], &cut);
    record->new_path = append_path(&draft, READ(new_directory, mnt), (struct dentry*)ctx[3], &cut);
    if (cut) record->flags |= FILE_PATH_CUT;
    send_draft(&draft);
    return 0;
}

// A name that is asked for: allowed so far, not yet made.
static __always_inline int report_asked(__u16 operation, const struct path* directory, struct dentry* dentry,
                                        __u32 mode) {
    if (is_the_sensor()) return 0;
    struct draft draft = {};
    struct file_record* record = begin_file_record(&draft, operation, 0);
    if (!record) return 0;
    record->flags = FILE_RESULT_UNKNOWN;
    record->mode = mode;
    bool cut = false;
    record->path = append_path(&draft, READ(directory, mnt), dentry, &cut);
    if (cut) record->flags |= FILE_PATH_CUT;
    send_draft(&draft);
    return 0;
}

// security_path_mknod(dir, dentry, mode, dev); regular files come here too, and are reported once they are open.
SEC("fentry/security_path_mknod")
int fentry_path_mknod(unsigned long long* ctx) {
    __u32 mode = (__u32)ctx[2];
    if ((mode & S_IFMT) != S_IFIFO) return 0;
    return report_asked(FILE_FIFO_CREATED, (const struct path*)ctx[0], (struct dentry*)ctx[1], mode);
}

// security_path_symlink(dir, dentry, target).
SEC("fentry/security_path_symlink")
int fentry_path_symlink(unsigned long long* ctx) {
    return report_asked(FILE_CREATED, (const struct path*)ctx[0], (struct dentry*)ctx[1], 0);
}

// security_path_link(old_dentry, new_dir, new_dentry).
SEC("fentry/security_path_link")
int fentry_path_link(unsigned long long* ctx) {
    return report_asked(FILE_CREATED, (const struct path*)ctx[1], (struct dentry*)ctx[2], 0);
}

// vfs_utimes(path, times): access time, then modification time; no times at all mean "now".
SEC("fexit/vfs_utimes")
int fexit_vfs_utimes(unsigned long long* ctx) {
    const struct path* path = (const struct path*)ctx[0];
    struct timespec64 times[2];
    if ((int)ctx[2] != 0 || bpf_probe_read_kernel(times, sizeof times, (void*)ctx[1]) != 0) return 0;
    if (times[1].tv_nsec == 0x3fffffff || times[1].tv_nsec == 0x3ffffffe || is_the_sensor()) return 0;  // now, omitted
    struct draft draft = {};
    struct file_record* record = begin_file_record(&draft, FILE_TIME_CHANGED, 0);
    if (!record) return 0;
    fill_inode(record, READ(path, dentry, d_inode));
    record->detail = (__u64)times[1].tv_sec * 1000000000ULL + (__u64)times[1].tv_nsec;
    bool cut = false;
    record->path = append_path(&draft, READ(path, mnt), READ(path, dentry), &cut);
    if (cut) record->flags |= FILE_PATH_CUT;
    send_draft(&draft);
    return 0;
}

// security_settime64(time, zone): the new time, before it is set.
SEC("fexit/security_settime64")
int fexit_settime(unsigned long long* ctx) {
    if ((int)ctx[2] == 0) report_clock_set();
    return 0;
}

// security_socket_bind(sock, address, length).
SEC("fexit/security_socket_bind")
int fexit_socket_bind(unsigned long long* ctx) {
    struct sockaddr_un* address = (struct sockaddr_un*)ctx[1];
    __u32 size = (__u32)ctx[2];
    if ((int)ctx[3] != 0 || size <= 2 || size > 110 || READ(address, sun_family) != AF_UNIX || is_the_sensor())
        return 0;
    struct draft draft = {};
    if (!begin_draft(&draft, sizeof(struct unix_socket_record))) return 0;
    struct unix_socket_record* record = (struct unix_socket_record*)draft.bytes;
    __builtin_memset(record, 0, sizeof *record);
    fill_header(&record->header, current_task(), RECORD_UNIX_SOCKET);
    record->operation = UNIX_SOCKET_BOUND;
    record->type = (__u32)READ((struct socket*)ctx[0], type);
    record->path.offset = draft.at;
    record->path.size = (size - 2) & 127;
    bpf_probe_read_kernel(draft.bytes + (draft.at & (RECORD_MAX - 1)), (size - 2) & 127, (void*)address + 2);
    draft.at += (size - 2) & 127;
    send_draft(&draft);
    return 0;
}

SEC("fexit/security_mmap_file")
int fexit_mmap_file(unsigned long long* ctx) {
    struct file* file = (struct file*)ctx[0];
    if (file && (ctx[1] & 4) && (int)ctx[3] == 0) report_file(file, FILE_MAPPED_EXECUTABLE);
    return 0;
}

// security_bpf_prog(prog): also called when a descriptor for a program is asked for by its id.
SEC("fentry/security_bpf_prog")
int fentry_bpf_prog(unsigned long long* ctx) {
    if (!is_the_sensor()) report_program((struct bpf_prog*)ctx[0]);
    return 0;
}

#endif
