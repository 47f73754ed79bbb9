// Files: created, deleted, renamed, given other times or attributes, mapped to be executed; devices and FIFOs opened.
//
// Here by fd -> struct file where there is one: that is what the kernel really did. Names that the caller passed
// (unlink, rename) are read when the call is over; a caller may change them meanwhile, and user space marks them as
// passed.
#ifndef SPOOR_BPF_FILES_H
#define SPOOR_BPF_FILES_H

#include "paths.h"

#define FMODE_READ 1
#define FMODE_WRITE 2
#define FMODE_CREATED 0x100000
#define PROC_SUPER_MAGIC 0x9fa0

static __always_inline struct file_record* begin_file_record(struct draft* draft, __u16 operation, long result) {
    if (!begin_draft(draft, sizeof(struct file_record))) return NULL;
    struct file_record* record = (struct file_record*)draft->bytes;
    __builtin_memset(record, 0, sizeof *record);
    fill_header(&record->header, current_task(), RECORD_FILE);
    record->operation = operation;
    record->result = (__s32)(result < 0 ? result : 0);
    return record;
}

static __always_inline void fill_inode(struct file_record* record, struct inode* inode) {
    record->inode = READ(inode, i_ino);
    record->mode = READ(inode, i_mode);
    record->device = READ(inode, i_sb, s_dev);
    if ((record->mode & S_IFMT) == S_IFBLK) record->device = READ(inode, i_rdev);
}

static __always_inline void report_file(struct file* file, __u16 operation) {
    if (is_the_sensor()) return;
    struct draft draft = {};
    struct file_record* record = begin_file_record(&draft, operation, 0);
    if (!record) return;
    struct inode* inode = READ(file, f_inode);
    fill_inode(record, inode);
    if (operation == FILE_MAPPED_EXECUTABLE) record->detail = change_time(inode);
    __u32 mode = READ(file, f_mode);
    record->flags = (mode & FMODE_WRITE ? FILE_WRITABLE : 0) | (mode & FMODE_READ ? FILE_READABLE : 0);
    bool cut = false;
    record->path = append_file_path(&draft, file, &cut);
    if (cut) record->flags |= FILE_PATH_CUT;
    send_draft(&draft);
}

static __always_inline void report_memory_file(struct file* file) {
    struct inode* inode = READ(file, f_inode);
    struct proc_inode* proc = (void*)inode - bpf_core_field_offset(struct proc_inode, vfs_inode);
    struct access_record record = {};
    fill_header(&record.header, current_task(), RECORD_ACCESS);
    record.target_pid = (__u32)READ(proc, pid, numbers[0].nr);
    record.target_is_global = 1;
    if (record.target_pid == record.header.pid) return;
    record.operation = READ(file, f_mode) & FMODE_WRITE ? ACCESS_WRITE_MEMORY : ACCESS_READ_MEMORY;
    record.count = fold(RECORD_ACCESS, record.operation, record.target_pid);
    if (record.count) emit(&record.header, sizeof record);
}

static __always_inline bool is_memory_of_process(struct file* file, struct inode* inode) {
    if (READ(inode, i_sb, s_magic) != PROC_SUPER_MAGIC) return false;
    char name[4] = {};
    bpf_probe_read_kernel(name, sizeof name, READ(file, f_path.dentry, d_name.name));
    return name[0] == 'm' && name[1] == 'e' && name[2] == 'm' && name[3] == '\0';
}

// What is worth telling of a file that was opened: that it is new, or is no ordinary file.
static __always_inline void report_opened(struct file* file) {
    if (!file) return;
    struct inode* inode = READ(file, f_inode);
    __u16 format = READ(inode, i_mode) & S_IFMT;
    if (READ(file, f_mode) & FMODE_CREATED)
        report_file(file, FILE_CREATED);
    else if (format == S_IFBLK)
        report_file(file, FILE_DEVICE_OPENED);
    else if (format == S_IFIFO)
        report_file(file, FILE_FIFO_OPENED);
    else if (is_memory_of_process(file, inode) && !is_the_sensor())
        report_memory_file(file);
}

// A call whose one path the caller passed.
static __always_inline void report_passed_path(__u16 operation, int directory, const void* path, long result,
                                               __u32 mode, __u64 detail, const void* name) {
    if (is_the_sensor()) return;
    struct draft draft = {};
    struct file_record* record = begin_file_record(&draft, operation, result);
    if (!record) return;
    record->mode = mode;
    record->detail = detail;
    record->flags = FILE_PATH_FROM_USER;
    bool cut = false;
    record->path = append_passed_path(&draft, directory, path, &record->base, &cut);
    if (name) record->new_path = append_user_text(&draft, name, 256);
    if (cut) record->flags |= FILE_PATH_CUT;
    send_draft(&draft);
}

static __always_inline void report_renamed(int directory, const void* path, int new_directory, const void* new_path,
                                           long result) {
    if (is_the_sensor()) return;
    struct draft draft = {};
    struct file_record* record = begin_file_record(&draft, FILE_RENAMED, result);
    if (!record) return;
    record->flags = FILE_PATH_FROM_USER;
    bool cut = false;
    record->path = append_passed_path(&draft, directory, path, &record->base, &cut);
    record->new_path = append_passed_path(&draft, new_directory, new_path, &record->new_base, &cut);
    if (cut) record->flags |= FILE_PATH_CUT;
    send_draft(&draft);
}

static __always_inline void report_descriptor(__u16 operation, int descriptor, long result, __u64 detail,
                                              const void* name) {
    struct file* file = file_of(descriptor);
    if (!file || is_the_sensor()) return;
    struct draft draft = {};
    struct file_record* record = begin_file_record(&draft, operation, result);
    if (!record) return;
    fill_inode(record, READ(file, f_inode));
    record->detail = detail;
    bool cut = false;
    record->path = append_file_path(&draft, file, &cut);
    if (name) record->new_path = append_user_text(&draft, name, 256);
    if (cut) record->flags |= FILE_PATH_CUT;
    send_draft(&draft);
}

#endif
