// The records that the kernel programs write and user space reads: the one contract between the two sides.
//
// Plain C, included by both. A record is a header, what its type adds, and texts behind that. A text is named by a span
// (offset from the record's start, and size). Everything is fixed-width and naturally aligned; the sizes are checked
// on both sides, so that a change that only one of them sees does not compile.
#ifndef SPOOR_BPF_RECORD_H
#define SPOOR_BPF_RECORD_H

#ifdef __cplusplus
#include <linux/types.h>
#define RECORD_CHECK_SIZE(type, size) static_assert(sizeof(struct type) == (size), #type)
#else
#define RECORD_CHECK_SIZE(type, size) _Static_assert(sizeof(struct type) == (size), #type)
#endif

enum record_type {
    RECORD_FORK = 1,
    RECORD_EXEC,
    RECORD_EXIT,
    RECORD_CREDENTIALS,
    RECORD_CAPABILITY,
    RECORD_CONNECTION,
    RECORD_FILE,
    RECORD_ACCESS,
    RECORD_UNIX_SOCKET,
    RECORD_PROGRAM,
    RECORD_MODULE,
    RECORD_CLOCK,
    RECORD_LOGIN,
    RECORD_GROUP,
    RECORD_TYPES,
};

// A longer record than this is never written; texts are cut (and marked so) to keep within it.
#define RECORD_MAX 32768
#define RECORD_TEXT_MAX 4096       // a path or a name
#define RECORD_ARGUMENTS_MAX 8192  // what is taken of a command line; user space completes longer ones from /proc

struct record_header {
    __u64 time;      // nanoseconds since boot, sleep included
    __u64 sequence;  // per CPU, taken whether or not there was room for the record
    __u16 cpu;
    __u16 type;
    __u32 size;  // of the whole record
    __u32 pid;   // the process that acts, in the initial pid namespace
    __u32 tid;
    __u32 session;  // audit session id; UINT32_MAX: none
    __u32 login_uid;
    __u64 start;   // of the process, nanoseconds since boot: with pid, its identity
    __u64 cgroup;  // id in the unified hierarchy
    __u32 uid;
    __u32 euid;
};
RECORD_CHECK_SIZE(record_header, 64);

struct text_span {
    __u32 offset;
    __u32 size;
};

struct record_credentials {
    __u32 uid, gid, suid, sgid, euid, egid, fsuid, fsgid;
    __u32 securebits;
    __u32 user_namespace;
    __u64 inheritable, permitted, effective, bounding, ambient;
    __u32 group_count;
    __u32 group_mark;  // of the list of supplementary groups: another list has another; 0 where not known
};
RECORD_CHECK_SIZE(record_credentials, 88);

struct fork_record {
    struct record_header header;  // of the parent
    __u64 child_start;
    __u32 child_pid;
    __u32 child_session;
};
RECORD_CHECK_SIZE(fork_record, 80);

enum exec_flags {
    EXEC_SECURE = 1,         // the program gained privileges (AT_SECURE)
    EXEC_ARGUMENTS_CUT = 2,  // the command line is longer than what was taken
    EXEC_IMAGE_DELETED = 4,  // no name leads to the file any more (memfd, unlinked)
    EXEC_PATH_CUT = 8,       // deeper than the walk goes
};

struct exec_record {
    struct record_header header;
    struct record_credentials credentials;
    __u64 parent_start;
    __u64 inode;
    __u64 changed;         // nanoseconds since 1970: when the image's inode last changed
    __u64 arguments_size;  // all of them, as the kernel laid them out
    __u32 parent_pid;
    __u32 device;  // major << 20 | minor
    __u32 mode;    // of the image, with its set-user-id bits
    __u32 flags;
    __u32 tty;  // major << 20 | minor; 0: none
    __u32 pid_namespace;
    __u32 mount_namespace;
    __u32 namespace_pid;
    struct text_span image;      // components from the leaf up, each ended by NUL
    struct text_span directory;  // likewise
    struct text_span arguments;  // each ended by NUL
};
RECORD_CHECK_SIZE(exec_record, 240);

struct exit_record {
    struct record_header header;
    __u64 user_time;
    __u64 system_time;
    __u32 status;  // as wait() gives it
    __u32 reserved;
};
RECORD_CHECK_SIZE(exit_record, 88);

#define RECORD_GROUPS_MAX 1024  // of a list of supplementary groups, which may have 65536

enum credentials_flags {
    CREDENTIALS_OLD_KNOWN = 1,      // `before` is what the kernel had; otherwise user space has to know
    CREDENTIALS_GROUPS_BEFORE = 2,  // `groups_before` is told
    CREDENTIALS_GROUPS_AFTER = 4,   // `groups_after` is told
};

struct credentials_record {
    struct record_header header;
    struct record_credentials before;
    struct record_credentials after;
    __u32 flags;
    __s32 call;                      // number of the system call, -1 where not known
    struct text_span groups_before;  // their numbers, 4 bytes each; told where the list may be another
    struct text_span groups_after;
};
RECORD_CHECK_SIZE(credentials_record, 264);

struct capability_record {
    struct record_header header;
    __u64 count;  // of the same check in this process so far
    __u32 capability;
    __s32 result;  // 0 or -EPERM
    __u32 user_namespace;
    __s32 call;
};
RECORD_CHECK_SIZE(capability_record, 88);

enum connection_direction { CONNECTION_OUTGOING = 1, CONNECTION_ACCEPTED = 2 };

struct connection_record {
    struct record_header header;
    __u8 local_address[16];  // IPv4 as ::ffff:a.b.c.d
    __u8 remote_address[16];
    __u16 local_port;
    __u16 remote_port;
    __u8 protocol;  // IPPROTO_
    __u8 direction;
    __u16 ipv6;
    __s32 result;  // 0, or -errno where the connection came to nothing
    __u32 reserved;
};
RECORD_CHECK_SIZE(connection_record, 112);

enum file_operation {
    FILE_CREATED = 1,
    FILE_DELETED,
    FILE_RENAMED,
    FILE_TIME_CHANGED,
    FILE_ATTRIBUTE_SET,
    FILE_DEVICE_OPENED,
    FILE_FIFO_CREATED,
    FILE_FIFO_OPENED,
    FILE_MAPPED_EXECUTABLE,
};

enum file_flags {
    FILE_PATH_FROM_USER = 1,  // `path` is what the caller passed, below `base` where it is relative
    FILE_THROUGH_URING = 2,   // submitted through io_uring; the result is not known yet
    FILE_PATH_CUT = 4,
    FILE_RESULT_UNKNOWN = 8,
    FILE_WRITABLE = 16,
    FILE_READABLE = 32,
};

struct file_record {
    struct record_header header;
    __u64 inode;
    __u64 detail;  // nanoseconds since 1970; FILE_TIME_CHANGED: the new modification time, FILE_MAPPED_EXECUTABLE: last
                   // change
    __u32 device;
    __u32 mode;
    __u16 operation;
    __u16 flags;
    __s32 result;
    struct text_span path;
    struct text_span base;      // directory that `path` is relative to, leaf first
    struct text_span new_path;  // of a rename; name of the attribute for FILE_ATTRIBUTE_SET
    struct text_span new_base;
};
RECORD_CHECK_SIZE(file_record, 128);

enum access_operation {
    ACCESS_ATTACH = 1,     // ptrace ATTACH, SEIZE
    ACCESS_READ_MEMORY,    // process_vm_readv, PEEK, /proc/PID/mem for reading
    ACCESS_WRITE_MEMORY,   // process_vm_writev, POKE, /proc/PID/mem for writing
    ACCESS_SET_REGISTERS,  // SETREGS and kin
    ACCESS_TAKE_DESCRIPTOR,
    ACCESS_ADVISE,
    ACCESS_CHECKED,  // the kernel's own access check, which stands before all of these
};

struct access_record {
    struct record_header header;
    __u64 address;
    __u64 count;         // of the same operation on the same target so far
    __u64 target_start;  // 0 where not known
    __u32 target_pid;    // in the caller's pid namespace when `target_is_global` is 0
    __u32 target_is_global;
    __u16 operation;
    __u16 request;  // of ptrace; PTRACE_MODE_ bits for ACCESS_CHECKED
    __s32 result;
};
RECORD_CHECK_SIZE(access_record, 104);

enum unix_socket_operation { UNIX_SOCKET_BOUND = 1, UNIX_SOCKET_CONNECTED };

struct unix_socket_record {
    struct record_header header;
    __u32 operation;
    __u32 peer_pid;
    __s32 result;
    __u32 type;             // SOCK_
    struct text_span path;  // an abstract name starts with NUL
};
RECORD_CHECK_SIZE(unix_socket_record, 88);

struct program_record {
    struct record_header header;
    __u32 id;
    __u32 program_type;
    __u8 tag[8];
    char name[16];
};
RECORD_CHECK_SIZE(program_record, 96);

struct module_record {
    struct record_header header;
    __u32 taints;
    __u32 unloaded;
    struct text_span name;
    struct text_span path;  // leaf first; empty where it did not come from a file, or that cannot be seen
    __u64 inode;
    __u64 changed;
    __u32 path_cut;
    __u32 reserved;
};
RECORD_CHECK_SIZE(module_record, 112);

struct clock_record {
    struct record_header header;
    __s64 wall_before;  // nanoseconds since 1970; 0 where not known
    __s64 wall_after;
};
RECORD_CHECK_SIZE(clock_record, 80);

struct login_record {
    struct record_header header;  // as the task stands after the change
    __u32 old_session;
    __u32 old_login_uid;
};
RECORD_CHECK_SIZE(login_record, 72);

// A control group of the unified hierarchy was made.
struct group_record {
    struct record_header header;
    __u64 id;
    struct text_span path;  // below the root of the hierarchy
};
RECORD_CHECK_SIZE(group_record, 80);

// One for each CPU: what was produced there, and what of it found no room.
struct cpu_account {
    __u64 sequence;    // records produced
    __u64 failed;      // of them, how many could not be written
    __u64 suppressed;  // happenings in the sensor itself, which are not reported
    __u64 busy;        // bit i: scratch slot i is in use
    __u64 reserved[4];
};
RECORD_CHECK_SIZE(cpu_account, 64);

// Each CPU has this many places to put a long record together: one task can be interrupted, or pre-empted, by another.
#define SCRATCH_SLOTS 4
#define SCRATCH_SIZE (RECORD_MAX + RECORD_ARGUMENTS_MAX)

// What a system call can be about. The loader fills a table from call number to class for this architecture.
enum call_class {
    CALL_IGNORED = 0,
    CALL_CREDENTIALS,
    CALL_OPEN,
    CALL_ACCEPT,
    CALL_CONNECT,
    CALL_BIND,
    CALL_UNLINK,
    CALL_RENAME,
    CALL_LINK,
    CALL_TIMES,
    CALL_ATTRIBUTE,
    CALL_ACCESS,
    CALL_PROGRAM,
    CALL_MAP,
    CALL_CLOCK,
    CALL_CLASSES,
};

// How the arguments of a call of one class lie: which variant of it this number is.
enum call_shape {
    SHAPE_PLAIN = 0,   // path first: unlink(path), rename(a, b), utime(path), setxattr(path, name)
    SHAPE_AT,          // directory first: unlinkat(dir, path), renameat(dir, a, dir, b)
    SHAPE_DESCRIPTOR,  // fsetxattr(fd, name)
    SHAPE_SECOND_AT,   // symlinkat(target, dir, path)
    SHAPE_SECOND,      // symlink(target, path), link(old, path)
    SHAPE_FOURTH_AT,   // linkat(dir, old, dir, path)
    SHAPE_PTRACE,
    SHAPE_READ_MEMORY,
    SHAPE_WRITE_MEMORY,
    SHAPE_PIDFD,
    SHAPE_ADVISE,
    SHAPE_SET_IDS,  // returns the old id and never fails: setfsuid
    SHAPE_NODE,     // mknod(path, mode)
    SHAPE_NODE_AT,  // mknodat(dir, path, mode)
    SHAPE_SECONDS,  // times in seconds (utime) or microseconds (utimes)
    SHAPE_MICROSECONDS,
    SHAPE_MICROSECONDS_AT,
    SHAPE_ATTRIBUTE_AT,
    SHAPE_PRCTL,
};

#define CALL_TABLE_SIZE 512

struct call_entry {
    __u8 call_class;
    __u8 shape;
};

#endif
