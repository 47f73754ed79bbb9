// Paths from kernel objects, which the caller of a system call cannot change behind our back as it can its own strings.
//
// A path is written from the leaf up, each name ended by NUL: that needs no second buffer, and user space turns it
// round.
#ifndef SPOOR_BPF_PATHS_H
#define SPOOR_BPF_PATHS_H

#include "emit.h"

#define PATH_DEPTH 64

// Adds the path; *cut is set when its root was not reached.
static __always_inline struct text_span append_path(struct draft* draft, struct vfsmount* vfsmount,
                                                    struct dentry* dentry, bool* cut) {
    struct text_span span = {.offset = draft->at};
    struct mount* mount = (void*)vfsmount - bpf_core_field_offset(struct mount, mnt);
    bool reached_root = false;
    *draft->cursor = draft->at;
    for (int i = 0; i < PATH_DEPTH; ++i) {
        // Through memory: so each round begins alike, and the verifier walks the rounds and not every way through them.
        __u32 at = (__u32)*draft->cursor & (RECORD_MAX - 1);
        struct dentry* parent = READ(dentry, d_parent);
        if (dentry == parent || dentry == READ(mount, mnt.mnt_root)) {
            struct mount* above = READ(mount, mnt_parent);
            if (above == mount || !above) {
                reached_root = true;
                break;
            }
            dentry = READ(mount, mnt_mountpoint);
            mount = above;
            continue;
        }
        if (at - span.offset > RECORD_TEXT_MAX) break;
        long size = bpf_probe_read_kernel_str(draft->bytes + at, 256, READ(dentry, d_name.name));
        if (size <= 0) break;
        *draft->cursor = at + (__u32)size;
        dentry = parent;
    }
    // A file that no folder has ever had, as memfd_create makes them, is its own root and has a name all the same.
    // Those of a pipe and of a file known by its handle alone say nothing: empty, and "/".
    if (reached_root && dentry != READ(mount, mnt.mnt_root)) {
        __u32 at = (__u32)*draft->cursor & (RECORD_MAX - 1);
        long size = bpf_probe_read_kernel_str(draft->bytes + at, 256, READ(dentry, d_name.name));
        if (size > 2) *draft->cursor = at + (__u32)size;
    }
    draft->at = (__u32)*draft->cursor & (RECORD_MAX - 1);
    if (!reached_root) *cut = true;
    span.size = draft->at - span.offset;
    return span;
}

static __always_inline struct text_span append_file_path(struct draft* draft, struct file* file, bool* cut) {
    return append_path(draft, READ(file, f_path.mnt), READ(file, f_path.dentry), cut);
}

// When the inode last changed: with its number, that names one state of one file.
static __always_inline __u64 change_time(struct inode* inode) {
    const struct inode___since_6_11* newest = (void*)inode;
    const struct inode___until_6_10* middle = (void*)inode;
    const struct inode___until_6_5* oldest = (void*)inode;
    if (bpf_core_field_exists(newest->i_ctime_sec))  // the fraction's top bit is a mark of the kernel's own
        return (__u64)READ(newest, i_ctime_sec) * 1000000000ULL + (READ(newest, i_ctime_nsec) & 0x7fffffff);
    if (bpf_core_field_exists(middle->__i_ctime))
        return (__u64)READ(middle, __i_ctime.tv_sec) * 1000000000ULL + (__u64)READ(middle, __i_ctime.tv_nsec);
    return (__u64)READ(oldest, i_ctime.tv_sec) * 1000000000ULL + (__u64)READ(oldest, i_ctime.tv_nsec);
}

// The open file behind a descriptor of the current process.
static __always_inline struct file* file_of(int descriptor) {
    struct fdtable* table = READ(current_task(), files, fdt);
    if (descriptor < 0 || (__u32)descriptor >= READ(table, max_fds)) return NULL;
    struct file** slots = READ(table, fd);
    struct file* file = NULL;
    bpf_probe_read_kernel(&file, sizeof file, slots + descriptor);
    return file;
}

#define AT_FDCWD -100

// Adds a path as the caller passed it and, where it is relative, the directory that it starts from.
static __always_inline struct text_span append_passed_path(struct draft* draft, int directory, const void* path,
                                                           struct text_span* base, bool* cut) {
    struct text_span span = append_user_text(draft, path, RECORD_TEXT_MAX);
    if (span.size > 0 && draft->bytes[span.offset & (RECORD_MAX - 1)] == '/') return span;
    if (directory == AT_FDCWD) {
        struct fs_struct* fs = READ(current_task(), fs);
        *base = append_path(draft, READ(fs, pwd.mnt), READ(fs, pwd.dentry), cut);
    } else {
        struct file* file = file_of(directory);
        if (file) *base = append_file_path(draft, file, cut);
    }
    return span;
}

#endif
