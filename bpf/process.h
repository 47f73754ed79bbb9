// Processes: their start, what they run, their end.
#ifndef SPOOR_BPF_PROCESS_H
#define SPOOR_BPF_PROCESS_H

#include "identity.h"
#include "paths.h"

SEC("tp_btf/sched_process_fork")
int BPF_PROG(process_forked, struct task_struct* parent, struct task_struct* child) {
    if (READ(child, pid) != READ(child, tgid)) return 0;  // a thread
    struct fork_record record = {};
    fill_header(&record.header, parent, RECORD_FORK);
    record.child_pid = (__u32)READ(child, tgid);
    record.child_start = READ(child, start_boottime);
    record.child_session = READ(child, sessionid);
    emit(&record.header, sizeof record);
    return 0;
}

static __always_inline __u32 tty_of(struct task_struct* task) {
    struct tty_struct* tty = READ(task, signal, tty);
    if (!tty) return 0;
    __u32 minor = (__u32)(READ(tty, driver, minor_start) + READ(tty, index));
    return (__u32)READ(tty, driver, major) << 20 | minor;
}

static __always_inline void fill_namespaces(struct exec_record* record, struct task_struct* task) {
    struct pid* pid = READ(task, thread_pid);
    __u32 level = READ(pid, level);
    if (level > 32) return;
    struct upid* number =
        (void*)pid + bpf_core_field_offset(struct pid, numbers) + level * bpf_core_type_size(struct upid);
    record->namespace_pid = (__u32)READ(number, nr);
    record->pid_namespace = READ(number, ns, ns.inum);
    record->mount_namespace = READ(task, nsproxy, mnt_ns, ns.inum);
}

static __always_inline struct text_span append_arguments(struct draft* draft, struct task_struct* task, __u64* whole) {
    struct text_span span = {.offset = draft->at};
    unsigned long from = READ(task, mm, arg_start);
    __u64 all = READ(task, mm, arg_end) - from;
    *whole = all;
    __u64 size = all > RECORD_ARGUMENTS_MAX - 1 ? RECORD_ARGUMENTS_MAX - 1 : all;
    __u8* to = draft->bytes + (draft->at & (RECORD_MAX - 1));
    if (bpf_probe_read_user(to, (__u32)masked(size, RECORD_ARGUMENTS_MAX - 1), (void*)from) != 0) {
        // Only the pages that exec touched are sure to be there: take what lies on the first one.
        size = 4096 - (from & 4095);
        if (size > all) size = all;
        if (bpf_probe_read_user(to, (__u32)masked(size, RECORD_ARGUMENTS_MAX - 1), (void*)from) != 0) size = 0;
    }
    span.size = (__u32)size;
    draft->at += (__u32)size & (RECORD_ARGUMENTS_MAX - 1);
    return span;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(process_executed, struct task_struct* task, int old_pid, struct linux_binprm* bprm) {
    struct draft draft = {};
    if (!begin_draft(&draft, sizeof(struct exec_record))) return 0;
    struct exec_record* record = (struct exec_record*)draft.bytes;
    __builtin_memset(record, 0, sizeof *record);
    fill_header(&record->header, task, RECORD_EXEC);
    read_credentials(&record->credentials, READ(task, cred));
    forget_credentials(&record->header);

    struct task_struct* parent = READ(task, real_parent);
    record->parent_pid = (__u32)READ(parent, tgid);
    record->parent_start = READ(parent, group_leader, start_boottime);
    record->tty = tty_of(task);
    fill_namespaces(record, task);

    struct file* file = READ(bprm, file);
    struct inode* inode = READ(file, f_inode);
    record->inode = READ(inode, i_ino);
    record->changed = change_time(inode);
    record->device = READ(inode, i_sb, s_dev);
    record->mode = READ(inode, i_mode);
    if (BPF_CORE_READ_BITFIELD_PROBED(bprm, secureexec)) record->flags |= EXEC_SECURE;
    if (READ(inode, i_nlink) == 0) record->flags |= EXEC_IMAGE_DELETED;

    bool cut = false;
    record->image = append_file_path(&draft, file, &cut);
    struct fs_struct* fs = READ(task, fs);
    record->directory = append_path(&draft, READ(fs, pwd.mnt), READ(fs, pwd.dentry), &cut);
    if (cut) record->flags |= EXEC_PATH_CUT;
    record->arguments = append_arguments(&draft, task, &record->arguments_size);
    if (record->arguments.size < record->arguments_size) record->flags |= EXEC_ARGUMENTS_CUT;
    // The rest of its arguments, or its image, can be had of the process alone.
    draft.urgent = record->flags & (EXEC_ARGUMENTS_CUT | EXEC_IMAGE_DELETED);
    send_draft(&draft);
    return 0;
}

// A container may be gone before anybody asks what its group was called.
SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(group_created, struct cgroup* group, const char* path) {
    if (READ(group, root, hierarchy_id) != 0) return 0;
    struct draft draft = {};
    if (!begin_draft(&draft, sizeof(struct group_record))) return 0;
    struct group_record* record = (struct group_record*)draft.bytes;
    __builtin_memset(record, 0, sizeof *record);
    fill_header(&record->header, current_task(), RECORD_GROUP);
    record->id = READ(group, kn, id);
    record->path = append_kernel_text(&draft, path, RECORD_TEXT_MAX);
    send_draft(&draft);
    return 0;
}

#define SIGNAL_GROUP_EXIT 4

SEC("tp_btf/sched_process_exit")
int BPF_PROG(process_exited, struct task_struct* task) {
    struct signal_struct* signal = READ(task, signal);
    if (READ(signal, live.counter) != 0) return 0;  // other threads live on
    struct exit_record record = {};
    fill_header(&record.header, task, RECORD_EXIT);
    bool group_exit = READ(signal, flags) & SIGNAL_GROUP_EXIT;
    record.status = (__u32)(group_exit ? READ(signal, group_exit_code) : READ(task, group_leader, exit_code));
    record.user_time = READ(signal, utime) + READ(task, utime);
    record.system_time = READ(signal, stime) + READ(task, stime);
    emit(&record.header, sizeof record);
    return 0;
}

#endif
