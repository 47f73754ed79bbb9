#include "sources/linux/kernel/hooks.h"

#include "bpf/record.h"

namespace spoor::sensor {
namespace {

using enum BackEnd;

constexpr Way kProcess[] = {
    {Tracepoint, "sched_process_fork, _exec, _exit, cgroup_mkdir",
     "process_forked process_executed process_exited group_created"},
    {Tracepoint, "sched_process_fork, _exec, _exit", "process_forked process_executed process_exited", 0,
     "names of containers that are gone at once"},
};
constexpr Way kCredentials[] = {
    {Function, "fentry commit_creds", "fentry_commit_creds"},
    {Probe, "kprobe commit_creds", "kprobe_commit_creds"},
    {SystemCall, "sys_exit (setuid and kin, capset, prctl, unshare, setns, keyctl)", "call_credentials",
     CALL_CREDENTIALS, "changes made by the kernel on behalf of another thread (keyctl to parent)"},
};
constexpr Way kLogin[] = {
    {Function, "fexit audit_set_loginuid", "fexit_audit_set_loginuid"},
    {Probe, "kretprobe audit_set_loginuid", "kretprobe_audit_set_loginuid"},
    {Tracepoint, "sched_process_fork, _exec, _exit", "process_forked", 0,
     "the moment itself: the session shows with the next event of its process"},
};
constexpr Way kCapability[] = {
    {Function, "fexit cap_capable", "fexit_cap_capable"},
    {Tracepoint, "cap_capable", "capability_checked", 0, "which checks the kernel itself does not want audited"},
};
constexpr Way kConnect[] = {{Tracepoint, "inet_sock_set_state", "socket_state_changed"}};
constexpr Way kAccept[] = {
    {Function, "fexit inet_csk_accept", "fexit_inet_csk_accept"},
    {Function, "fexit inet_csk_accept", "fexit_inet_csk_accept_since_6_10"},
    {SystemCall, "sys_exit (accept, accept4), io_uring_complete", "call_accept uring_completed", CALL_ACCEPT},
    {SystemCall, "sys_exit (accept, accept4)", "call_accept", CALL_ACCEPT, "connections accepted through io_uring"},
};
constexpr Way kDatagram[] = {
    {Cgroup, "cgroup connect, sendmsg, recvmsg",
     "datagram_connected4 datagram_connected6 datagram_sent4 datagram_sent6 datagram_received4 datagram_received6", 0,
     "datagrams received by readers that do not ask who sent them"},
};
constexpr Way kOpen[] = {
    {Function, "fexit security_file_open", "fexit_file_open"},
    {Probe, "kprobe security_file_open", "kprobe_file_open"},
    {SystemCall, "sys_exit (open, openat, openat2, creat)", "call_open", CALL_OPEN,
     "files opened through io_uring or by the kernel"},
};
constexpr Way kDelete[] = {
    {Function, "fexit vfs_unlink, fentry security_path_unlink", "fentry_path_unlink fexit_vfs_unlink"},
    {Function, "fexit vfs_unlink, fentry security_path_unlink", "fentry_path_unlink fexit_vfs_unlink_before_5_12"},
    {SystemCall, "sys_exit (unlink, unlinkat)", "call_unlink", CALL_UNLINK,
     "a path that its caller changed during the call"},
};
constexpr Way kRename[] = {
    {Function, "fentry security_path_rename", "fentry_path_rename", 0, "whether the rename succeeded"},
    {SystemCall, "sys_exit (rename, renameat, renameat2)", "call_rename", CALL_RENAME,
     "a path that its caller changed during the call"},
};
constexpr Way kLink[] = {
    {Function, "fentry security_path_link, _symlink, _mknod", "fentry_path_link fentry_path_symlink fentry_path_mknod",
     0, "whether the name was made"},
    {SystemCall, "sys_exit (link, symlink, mknod)", "call_link", CALL_LINK,
     "a path that its caller changed during the call"},
};
constexpr Way kTimes[] = {
    {Function, "fexit vfs_utimes", "fexit_vfs_utimes"},
    {SystemCall, "sys_exit (utimensat and kin)", "call_times", CALL_TIMES,
     "a path that its caller changed during the call"},
};
constexpr Way kAttribute[] = {
    {Function, "fexit sys_setxattr, sys_lsetxattr, sys_fsetxattr", "fexit_setxattr fexit_lsetxattr fexit_fsetxattr", 0,
     "32-bit callers, io_uring"},
    {SystemCall, "sys_exit (setxattr and kin)", "call_attribute", CALL_ATTRIBUTE,
     "a path that its caller changed during the call"},
};
constexpr Way kMap[] = {
    {Function, "fexit security_mmap_file", "fexit_mmap_file"},
    {SystemCall, "sys_exit (mmap)", "call_map", CALL_MAP,
     "mappings made executable later (mprotect), the loader that exec maps"},
};
constexpr Way kAccess[] = {
    {Function, "fexit security_ptrace_access_check", "fexit_ptrace_access_check"},
    {Probe, "kprobe security_ptrace_access_check", "kprobe_ptrace_access_check", 0, "whether access was granted"},
    {SystemCall, "sys_exit (ptrace, process_vm_*, pidfd_getfd)", "call_access", CALL_ACCESS},
};
constexpr Way kMemoryWrite[] = {
    {Function, "fexit sys_ptrace, sys_process_vm_writev, sys_process_vm_readv",
     "fexit_ptrace fexit_process_vm_writev fexit_process_vm_readv", 0, "32-bit callers"},
    {SystemCall, "sys_exit (ptrace, process_vm_writev)", "call_access", CALL_ACCESS},
};
constexpr Way kUnixConnect[] = {
    {Function, "fentry security_unix_stream_connect", "fentry_unix_stream_connect", 0,
     "connections of datagram sockets"},
    {SystemCall, "sys_exit (connect)", "call_connect", CALL_CONNECT},
};
constexpr Way kUnixBind[] = {
    {Function, "fexit security_socket_bind", "fexit_socket_bind"},
    {SystemCall, "sys_exit (bind)", "call_bind", CALL_BIND},
};
constexpr Way kProgram[] = {
    {Function, "fentry security_bpf_prog", "fentry_bpf_prog"},
    {SystemCall, "sys_exit (bpf)", "call_program", CALL_PROGRAM},
};
constexpr Way kModule[] = {
    {Tracepoint, "module_load, module_free, fentry security_kernel_read_file",
     "module_loaded module_unloaded fentry_kernel_read_file"},
    {Tracepoint, "module_load, module_free", "module_loaded module_unloaded", 0, "the module's file"},
};
constexpr Way kClock[] = {
    {Function, "fexit security_settime64", "fexit_settime"},
    {SystemCall, "sys_exit (clock_settime, settimeofday)", "call_clock", CALL_CLOCK},
};
constexpr Way kUring[] = {
    {Function, "the hooks of files themselves", "fexit_file_open fentry_path_unlink fentry_path_rename"},
    {Tracepoint, "io_uring_submit_req", "uring_submitted", 0, "how an operation ended"},
};

// clang-format off
constexpr Happening kHappenings[] = {
    {"process start and exit", "process_created process_exited", Scope::Processes, kProcess},
    {"audit session assigned", "logon", Scope::Processes, kLogin},
    {"credentials changed", "identity_changed impersonated reverted privilege_enabled privilege_disabled", Scope::Everything, kCredentials},
    {"capability used", "privilege_used", Scope::Everything, kCapability},
    {"connection opened", "network_connection", Scope::Everything, kConnect},
    {"connection accepted", "network_connection", Scope::Everything, kAccept},
    {"datagram exchanged", "network_connection", Scope::Everything, kDatagram},
    {"file created or device opened", "file_created raw_disk_read pipe_connected process_accessed", Scope::Everything, kOpen},
    {"file deleted", "file_deleted", Scope::Everything, kDelete},
    {"file renamed", "file_renamed", Scope::Everything, kRename},
    {"link or node created", "file_created pipe_created", Scope::Everything, kLink},
    {"file time changed", "file_time_changed", Scope::Everything, kTimes},
    {"extended attribute set", "attribute_set", Scope::Everything, kAttribute},
    {"image mapped", "image_loaded", Scope::Everything, kMap},
    {"process accessed", "process_accessed remote_thread_created", Scope::Everything, kAccess},
    {"memory of another process written, or access refused", "remote_thread_created process_accessed", Scope::Everything, kMemoryWrite},
    {"Unix socket connected", "pipe_connected", Scope::Everything, kUnixConnect},
    {"Unix socket bound", "pipe_created", Scope::Everything, kUnixBind},
    {"eBPF program loaded", "program_loaded", Scope::Everything, kProgram},
    {"kernel module loaded", "driver_loaded", Scope::Everything, kModule},
    {"clock set", "time_changed", Scope::Everything, kClock},
    {"file operation through io_uring", "file_created file_deleted file_renamed", Scope::Everything, kUring},
};
// clang-format on

}  // namespace

std::span<const Happening> happenings() { return kHappenings; }

std::string_view name(BackEnd back_end) {
    switch (back_end) {
        case None: return "none";
        case Function: return "fentry";
        case Probe: return "kprobe";
        case Tracepoint: return "tracepoint";
        case SystemCall: return "sys_exit";
        case Cgroup: return "cgroup";
    }
    return "none";
}

}  // namespace spoor::sensor
