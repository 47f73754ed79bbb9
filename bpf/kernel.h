// The few kernel structures that the programs look into, each with only the fields they use.
//
// Offsets are not taken from here: preserve_access_index makes the loader find every field in the running kernel's own
// type information (CO-RE). A structure with three underscores behind its name is the same one in other kernels.
#ifndef SPOOR_BPF_KERNEL_H
#define SPOOR_BPF_KERNEL_H

#define __VMLINUX_H__  // libbpf: registers have the names that the kernel gives them

typedef unsigned char __u8;
typedef signed char __s8;
typedef unsigned short __u16;
typedef short __s16;
typedef unsigned int __u32;
typedef int __s32;
typedef unsigned long long __u64;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u64 __be64;
typedef __u32 __wsum;
typedef __u16 __sum16;
typedef _Bool bool;
enum { false = 0, true = 1 };

#define NULL ((void*)0)

// From uapi/linux/bpf.h.
enum bpf_map_type {
    BPF_MAP_TYPE_HASH = 1,
    BPF_MAP_TYPE_ARRAY = 2,
    BPF_MAP_TYPE_PROG_ARRAY = 3,
    BPF_MAP_TYPE_PERCPU_ARRAY = 6,
    BPF_MAP_TYPE_LRU_HASH = 9,
    BPF_MAP_TYPE_RINGBUF = 27,
    BPF_MAP_TYPE_TASK_STORAGE = 29,
};
enum { BPF_ANY = 0, BPF_NOEXIST = 1 };
enum { BPF_RB_NO_WAKEUP = 1, BPF_RB_FORCE_WAKEUP = 2, BPF_RB_AVAIL_DATA = 0 };
enum { BPF_F_MMAPABLE = 1024, BPF_F_NO_PREALLOC = 1, BPF_LOCAL_STORAGE_GET_F_CREATE = 1 };
enum { BPF_PROG_LOAD = 5 };
enum bpf_prog_type { BPF_PROG_TYPE_UNSPEC };

#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define S_IFMT 0170000
#define S_IFBLK 0060000
#define S_IFIFO 0010000
#define S_IFSOCK 0140000
#define EINPROGRESS 115

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
    __u32 val;
} kuid_t;
typedef struct {
    __u32 val;
} kgid_t;
typedef struct {
    __u64 val;
} kernel_cap_t;  // two __u32 before 6.3: the same eight bytes
typedef struct {
    int counter;
} atomic_t;

struct list_head {
    struct list_head *next, *prev;
};

struct ns_common {
    unsigned int inum;
};
struct user_namespace {
    int level;
    struct ns_common ns;
};
struct pid_namespace {
    unsigned int level;
    struct ns_common ns;
};
struct mnt_namespace {
    struct ns_common ns;
};
struct nsproxy {
    struct mnt_namespace* mnt_ns;
};
struct upid {
    int nr;
    struct pid_namespace* ns;
};
struct pid {
    unsigned int level;
    struct upid numbers[1];
};

struct group_info {
    int ngroups;
    kgid_t gid[0];
};

struct cred {
    kuid_t uid;
    kgid_t gid;
    kuid_t suid;
    kgid_t sgid;
    kuid_t euid;
    kgid_t egid;
    kuid_t fsuid;
    kgid_t fsgid;
    unsigned int securebits;
    kernel_cap_t cap_inheritable;
    kernel_cap_t cap_permitted;
    kernel_cap_t cap_effective;
    kernel_cap_t cap_bset;
    kernel_cap_t cap_ambient;
    struct user_namespace* user_ns;
    struct group_info* group_info;
};

struct qstr {
    __u32 len;
    const unsigned char* name;
};
struct super_block {
    unsigned int s_dev;
    unsigned long s_magic;
};
struct inode {
    unsigned short i_mode;
    unsigned long i_ino;
    unsigned int i_nlink;
    unsigned int i_rdev;
    struct super_block* i_sb;
    void* i_private;
};
struct timespec64 {
    __s64 tv_sec;
    long tv_nsec;
};
// When the inode changed: under three names since 5.10.
struct inode___until_6_5 {
    struct timespec64 i_ctime;
};
struct inode___until_6_10 {
    struct timespec64 __i_ctime;
};
struct inode___since_6_11 {
    __s64 i_ctime_sec;
    __u32 i_ctime_nsec;
};
struct dentry {
    struct dentry* d_parent;
    struct qstr d_name;
    struct inode* d_inode;
};
struct vfsmount {
    struct dentry* mnt_root;
};
struct mount {
    struct mount* mnt_parent;
    struct dentry* mnt_mountpoint;
    struct vfsmount mnt;
};
struct path {
    struct vfsmount* mnt;
    struct dentry* dentry;
};
struct file {
    unsigned int f_mode;
    unsigned int f_flags;
    struct path f_path;
    struct inode* f_inode;
    void* private_data;
};
struct fdtable {
    unsigned int max_fds;
    struct file** fd;
};
struct files_struct {
    struct fdtable* fdt;
};
struct fs_struct {
    struct path pwd;
};
struct proc_inode {
    struct pid* pid;
    struct inode vfs_inode;
};

struct mm_struct {
    unsigned long arg_start;
    unsigned long arg_end;
};

struct tty_driver {
    int major;
    int minor_start;
};
struct tty_struct {
    struct tty_driver* driver;
    int index;
};
struct signal_struct {
    atomic_t live;
    int group_exit_code;
    unsigned int flags;
    struct tty_struct* tty;
    __u64 utime;
    __u64 stime;
};

struct kernfs_node {
    __u64 id;
};
struct cgroup_root {
    int hierarchy_id;  // 0: the unified one
};
struct cgroup {
    struct kernfs_node* kn;
    struct cgroup_root* root;
};
struct css_set {
    struct cgroup* dfl_cgrp;
};

struct thread_info {
    unsigned long flags;
    __u32 status;
};

struct task_struct {
    struct thread_info thread_info;
    int pid;
    int tgid;
    int exit_code;
    struct task_struct* real_parent;
    struct task_struct* group_leader;
    __u64 start_boottime;
    __u64 utime;
    __u64 stime;
    const struct cred* real_cred;
    const struct cred* cred;
    struct fs_struct* fs;
    struct files_struct* files;
    struct nsproxy* nsproxy;
    struct signal_struct* signal;
    struct mm_struct* mm;
    struct css_set* cgroups;
    kuid_t loginuid;
    unsigned int sessionid;
    unsigned in_execve : 1;
    struct pid* thread_pid;
    struct list_head ptraced;
    struct list_head ptrace_entry;
};

struct linux_binprm {
    unsigned int secureexec : 1;
    struct file* file;
};

struct in6_addr {
    union {
        __u8 u6_addr8[16];
    } in6_u;
};
struct sock_common {
    __be32 skc_daddr;
    __be32 skc_rcv_saddr;
    __be16 skc_dport;
    __u16 skc_num;
    unsigned short skc_family;
    unsigned char skc_state;
    struct in6_addr skc_v6_daddr;
    struct in6_addr skc_v6_rcv_saddr;
};
struct sock {
    struct sock_common __sk_common;
    __u16 sk_protocol;
    __u16 sk_type;
    struct pid* sk_peer_pid;
    int sk_err;
};
struct socket {
    short type;
    struct sock* sk;
};
struct sockaddr_un {
    unsigned short sun_family;
    char sun_path[108];
};
struct unix_address {
    int len;
    struct sockaddr_un name[0];
};
struct unix_sock {
    struct sock sk;
    struct unix_address* addr;
    struct sock* peer;
};

struct bpf_prog_aux {
    __u32 id;
    char name[16];
};
struct bpf_prog {
    enum bpf_prog_type type;
    __u8 tag[8];
    struct bpf_prog_aux* aux;
};

struct module {
    char name[56];
    unsigned long taints;
};

struct filename {
    const char* name;
};
struct open_how {
    __u64 flags;
};
struct io_kiocb {
    __u8 opcode;
    struct task_struct* task;
};
struct io_ring_ctx;
struct io_uring_cqe {
    __u64 user_data;
    __s32 res;
};
struct io_open {
    int dfd;
    struct filename* filename;
    struct open_how how;
};
struct io_unlink {
    int dfd;
    struct filename* filename;
};
struct io_rename {
    int old_dfd;
    int new_dfd;
    struct filename* oldpath;
    struct filename* newpath;
};

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
    unsigned long r10, r9, r8, bx, cx, dx, si, di, bp, ax, orig_ax;
};
#elif defined(__TARGET_ARCH_arm64)
struct user_pt_regs {
    __u64 regs[31];
    __u64 sp;
    __u64 pc;
    __u64 pstate;
};
struct pt_regs {
    __u64 regs[31];
    __u64 orig_x0;
    __s32 syscallno;
};
#endif

#pragma clang attribute pop

// The context of the cgroup socket programs: part of the kernel's interface, the same everywhere.
struct bpf_sock_addr {
    __u32 user_family;
    __u32 user_ip4;
    __u32 user_ip6[4];
    __u32 user_port;
    __u32 family;
    __u32 type;
    __u32 protocol;
    __u32 msg_src_ip4;
    __u32 msg_src_ip6[4];
    union {
        struct bpf_sock* sk;
        __u64 : 64;
    };
};
struct bpf_sock {
    __u32 bound_dev_if;
    __u32 family;
    __u32 type;
    __u32 protocol;
    __u32 mark;
    __u32 priority;
    __u32 src_ip4;
    __u32 src_ip6[4];
    __u32 src_port;  // host order
    __be16 dst_port;
    __u16 : 16;
    __u32 dst_ip4;
    __u32 dst_ip6[4];
    __u32 state;
    __s32 rx_queue_mapping;
};

#endif
