// io_uring: operations that are queued in shared memory and never pass a system call of their own name.
//
// Connections are seen by network.h whoever makes them. For files, the request is looked at when it is submitted: what
// is asked for is known there, with its names already copied into the kernel; how it ends is not.
#ifndef SPOOR_BPF_URING_H
#define SPOOR_BPF_URING_H

#include "files.h"
#include "network.h"

enum { URING_ACCEPT = 13, URING_OPENAT = 18, URING_OPENAT2 = 28, URING_RENAMEAT = 35, URING_UNLINKAT = 36 };
#define O_CREAT 0100

static __always_inline struct text_span append_requested_path(struct draft* draft, int directory, struct filename* name,
                                                              struct text_span* base, bool* cut) {
    struct text_span span = append_kernel_text(draft, READ(name, name), RECORD_TEXT_MAX);
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

SEC("tp_btf/io_uring_submit_req")
int BPF_PROG(uring_submitted, struct io_kiocb* request) {
    __u8 opcode = READ(request, opcode);
    __u16 operation = 0;
    if (opcode == URING_OPENAT || opcode == URING_OPENAT2) {
        struct io_open* open = (struct io_open*)request;
        if (!(READ(open, how.flags) & O_CREAT)) return 0;
        operation = FILE_CREATED;
    } else if (opcode == URING_UNLINKAT) {
        operation = FILE_DELETED;
    } else if (opcode == URING_RENAMEAT) {
        operation = FILE_RENAMED;
    } else {
        return 0;
    }
    if (is_the_sensor()) return 0;
    struct draft draft = {};
    struct file_record* record = begin_file_record(&draft, operation, 0);
    if (!record) return 0;
    record->flags = FILE_PATH_FROM_USER | FILE_THROUGH_URING | FILE_RESULT_UNKNOWN;
    bool cut = false;
    if (operation == FILE_CREATED) {
        struct io_open* open = (struct io_open*)request;
        record->path = append_requested_path(&draft, READ(open, dfd), READ(open, filename), &record->base, &cut);
    } else if (operation == FILE_DELETED) {
        struct io_unlink* unlink = (struct io_unlink*)request;
        record->path = append_requested_path(&draft, READ(unlink, dfd), READ(unlink, filename), &record->base, &cut);
    } else {
        struct io_rename* rename = (struct io_rename*)request;
        record->path = append_requested_path(&draft, READ(rename, old_dfd), READ(rename, oldpath), &record->base, &cut);
        record->new_path =
            append_requested_path(&draft, READ(rename, new_dfd), READ(rename, newpath), &record->new_base, &cut);
    }
    if (cut) record->flags |= FILE_PATH_CUT;
    send_draft(&draft);
    return 0;
}

// io_uring_complete(context, request, completion) since 6.15. A connection that was accepted has a descriptor by then,
// in the process that asked: its own thread finishes the operation, or one that the kernel lends it.
SEC("tp_btf/io_uring_complete")
int BPF_PROG(uring_completed, struct io_ring_ctx* context, struct io_kiocb* request, struct io_uring_cqe* completion) {
    if (!request || READ(request, opcode) != URING_ACCEPT) return 0;
    int descriptor = READ(completion, res);
    if (descriptor >= 0) report_accepted(sock_of(file_of(descriptor)));
    return 0;
}

#endif
