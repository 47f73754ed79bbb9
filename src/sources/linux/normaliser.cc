#include "sources/linux/normaliser.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

namespace spoor::sensor {
namespace {

constexpr std::size_t kCommandLineLimit = 2u << 20;

std::string first_line(std::string text) {
    text.resize(std::min(text.find('\n'), text.size()));
    return text;
}

IpAddress address_of(const __u8 (&bytes)[16]) {
    IpAddress address;
    std::memcpy(address.bytes.data(), bytes, 16);
    return address;
}

std::string_view protocol_name(std::uint8_t protocol) {
    switch (protocol) {
        case 6: return "tcp";
        case 17: return "udp";
        case 33: return "dccp";
        case 132: return "sctp";
        default: return {};
    }
}

std::string_view access_name(std::uint16_t operation) {
    switch (operation) {
        case ACCESS_ATTACH: return "attach";
        case ACCESS_READ_MEMORY: return "read memory";
        case ACCESS_WRITE_MEMORY: return "write memory";
        case ACCESS_SET_REGISTERS: return "set registers";
        case ACCESS_TAKE_DESCRIPTOR: return "take descriptor";
        case ACCESS_ADVISE: return "advise memory";
        default: return "access check";
    }
}

std::string_view program_type_name(std::uint32_t type) {
    constexpr std::string_view kTypes[] = {"unspec",
                                           "socket_filter",
                                           "kprobe",
                                           "sched_cls",
                                           "sched_act",
                                           "tracepoint",
                                           "xdp",
                                           "perf_event",
                                           "cgroup_skb",
                                           "cgroup_sock",
                                           "lwt_in",
                                           "lwt_out",
                                           "lwt_xmit",
                                           "sock_ops",
                                           "sk_skb",
                                           "cgroup_device",
                                           "sk_msg",
                                           "raw_tracepoint",
                                           "cgroup_sock_addr",
                                           "lwt_seg6local",
                                           "lirc_mode2",
                                           "sk_reuseport",
                                           "flow_dissector",
                                           "cgroup_sysctl",
                                           "raw_tracepoint_writable",
                                           "cgroup_sockopt",
                                           "tracing",
                                           "struct_ops",
                                           "ext",
                                           "lsm",
                                           "sk_lookup",
                                           "syscall",
                                           "netfilter"};
    return type < std::size(kTypes) ? kTypes[type] : std::string_view("unknown");
}

}  // namespace

HostContext::HostContext(Catalog& catalog, std::string host_name, std::string machine, std::string boot)
    : host(catalog.host(host_name)),
      kernel(catalog.channel("Linux kernel")),
      audit(catalog.channel("Linux audit")),
      machine_id(std::move(machine)),
      boot_id(std::move(boot)),
      processes(machine_id, boot_id) {}

std::unique_ptr<HostContext> HostContext::of_this_machine(Catalog& catalog) {
    return std::make_unique<HostContext>(catalog, host_name_of_this_machine(),
                                         first_line(read_small_file("/etc/machine-id")),
                                         first_line(read_small_file("/proc/sys/kernel/random/boot_id")));
}

void HostContext::count(KnownProcess& process, std::uint64_t time) {
    count_in(process.exited ? kUnset : process.session, process, time);
}

void HostContext::count_in(std::uint32_t session, KnownProcess& process, std::uint64_t time) {
    const std::uint32_t before = std::exchange(process.counted_in, session);
    if (before == session) return;
    if (session != kUnset && ++sessions[session] == 1 && on_new_session) on_new_session(session, process, time);
    const auto left = sessions.find(before);
    if (left == sessions.end() || --left->second > 0) return;
    sessions.erase(left);
    if (on_session_empty) on_session_empty(before, process, time);
}

void HostContext::recount(std::uint64_t time) {
    processes.for_each([&](KnownProcess& process) {
        if (process.exited || start_ticks_of(process.pid) == process.start / kTick) return;
        discount(process, time);  // its end may still be told, by a record that is under way
        processes.missing(process, time);
    });
    for (const std::uint32_t pid : all_processes()) {
        const KnownProcess* const known = processes.find(pid);
        if (known && start_ticks_of(pid) == known->start / kTick) continue;
        const auto snapshot = read_process(pid);
        if (!snapshot) continue;
        if (KnownProcess* const found = processes.found(*snapshot)) count(*found, time);
    }
}

void Normaliser::add(const RecordView& record, Batch& batch) {
    const record_header* const header = record.header();
    if (!header) {
        ++malformed_;
        return;
    }
    switch (header->type) {
        case RECORD_FORK: return fork(record, batch);
        case RECORD_EXEC: return exec(record, batch);
        case RECORD_EXIT: return exit(record, batch);
        case RECORD_CREDENTIALS: return credentials(record, batch);
        case RECORD_CAPABILITY: return capability(record, batch);
        case RECORD_CONNECTION: return connection(record, batch);
        case RECORD_FILE: return file(record, batch);
        case RECORD_ACCESS: return access(record, batch);
        case RECORD_UNIX_SOCKET: return unix_socket(record, batch);
        case RECORD_PROGRAM: return program(record, batch);
        case RECORD_MODULE: return module(record, batch);
        case RECORD_GROUP:
            if (const auto* const group = record.as<group_record>())
                host_.containers.note(group->id, record.text(group->path));
            return;
        case RECORD_LOGIN:
        case RECORD_CLOCK:
            process_of(*header);
            return;  // the session moved with its process; the clock is compared elsewhere
        default: ++malformed_;
    }
}

/// The process, and its move to another session when it made one since its last record.
KnownProcess& Normaliser::process_of(const record_header& header) {
    KnownProcess* const known = host_.processes.find(header.pid);
    if (known && known->start / kTick != header.start / kTick) host_.discount(*known, header.time);
    KnownProcess& process = host_.processes.of(header, known);
    host_.count(process, header.time);
    return process;
}

void Normaliser::add_actor(const record_header& header, const KnownProcess& process, Batch& batch) {
    batch.add_guid("ProcessGuid"_field, process.guid);
    batch.add_number("ProcessId"_field, header.pid);
    if (header.tid != header.pid) batch.add_number("ThreadId"_field, header.tid);
    batch.add_text("Image"_field, process.program->image);
    batch.add_text("User"_field, host_.accounts.name(header.euid));
    if (header.session != kUnset) batch.add_number("LogonId"_field, header.session);
    if (header.login_uid != kUnset) batch.add_number("LoginUid"_field, header.login_uid);
    if (const std::string_view container = host_.containers.of(header.cgroup); !container.empty())
        batch.add_text("ContainerId"_field, container);
}

void Normaliser::commit(Kind kind, const record_header& header, Batch& batch, Outcome outcome) {
    batch.commit({.time = host_.clock.wall(header.time),
                  .sequence = host_.next_number++,
                  .host = host_.host,
                  .channel = host_.kernel,
                  .kind = kind,
                  .outcome = outcome});
}

void Normaliser::fork(const RecordView& view, Batch& batch) {
    const auto* const record = view.as<fork_record>();
    if (!record) return void(++malformed_);
    const KnownProcess& parent = process_of(record->header);
    KnownProcess* const there = host_.processes.find(record->child_pid);
    const bool is_counted = there && there->start / kTick == record->child_start / kTick;
    const std::uint32_t counted_in = is_counted ? there->counted_in : kUnset;
    if (there && !is_counted) host_.discount(*there, record->header.time);
    KnownProcess& child = host_.processes.forked(parent, *record);
    child.counted_in = counted_in;
    host_.count(child, record->header.time);
    batch.begin();
    batch.add_guid("ProcessGuid"_field, child.guid);
    batch.add_number("ProcessId"_field, child.pid);
    batch.add_text("Image"_field, child.program->image);
    batch.add_text("User"_field, host_.accounts.name(record->header.euid));
    if (child.session != kUnset) batch.add_number("LogonId"_field, child.session);
    if (child.login_uid != kUnset) batch.add_number("LoginUid"_field, child.login_uid);
    batch.add_guid("ParentProcessGuid"_field, parent.guid);
    batch.add_number("ParentProcessId"_field, parent.pid);
    commit(Kind::ProcessForked, record->header, batch);
}

void Normaliser::exec(const RecordView& view, Batch& batch) {
    const auto* const record = view.as<exec_record>();
    if (!record) return void(++malformed_);
    const record_header& header = record->header;
    KnownProcess& process = process_of(header);
    const Identity before = process.identity;
    const bool comparable = process.identity_known;

    const bool cut = record->flags & EXEC_PATH_CUT;
    Program program{path_of(view.text(record->image), cut), command_line_of(view.text(record->arguments)),
                    path_of(view.text(record->directory), cut)};
    if (record->flags & EXEC_IMAGE_DELETED) program.image += " (deleted)";
    bool arguments_cut = record->flags & EXEC_ARGUMENTS_CUT;
    if (arguments_cut) {
        // The rest may still be there to read, if the process is.
        const std::string whole = read_small_file(fmt::format("/proc/{}/cmdline", header.pid), kCommandLineLimit);
        if (whole.size() >= record->arguments_size && whole.starts_with(view.text(record->arguments))) {
            program.command_line = command_line_of(whole);
            arguments_cut = false;
        }
    }
    host_.processes.executed(process, *record, std::move(program));
    process.identity.credentials = record->credentials;
    process.identity_known = true;

    batch.begin();
    add_actor(header, process, batch);
    batch.add_text("CommandLine"_field, process.program->command_line);
    if (arguments_cut) batch.add(FieldValue::of_boolean("CommandLineCut"_field, true));
    batch.add_text("CurrentDirectory"_field, process.program->directory);
    batch.add_guid("ParentProcessGuid"_field, host_.processes.guid_of(record->parent_pid, record->parent_start));
    batch.add_number("ParentProcessId"_field, record->parent_pid);
    if (const KnownProcess* const parent = host_.processes.find(record->parent_pid)) {
        batch.add_text("ParentImage"_field, parent->program->image);
        batch.add_text("ParentCommandLine"_field, parent->program->command_line);
        batch.add_text("ParentUser"_field, host_.accounts.name(parent->uid));
    }
    batch.add_number("Uid"_field, record->credentials.uid);
    batch.add_number("EffectiveUid"_field, record->credentials.euid);
    batch.add_number("Gid"_field, record->credentials.gid);
    batch.add_number("EffectiveGid"_field, record->credentials.egid);
    if (record->tty != 0) batch.add_text("Tty"_field, tty_name(record->tty));
    batch.add_number("Inode"_field, record->inode);
    add_hash({record->inode, record->changed, record->device}, header, process, process.program->image, batch);
    if (record->namespace_pid != header.pid) {
        batch.add_number("PidNamespace"_field, record->pid_namespace);
        batch.add_number("NamespaceProcessId"_field, record->namespace_pid);
    }
    commit(Kind::ProcessCreated, header, batch);

    if (comparable) {
        const bool set_id = record->mode & (S_ISUID | S_ISGID);
        const std::string_view method = set_id ? "exec of a set-id program" : "exec of a program with capabilities";
        compare(header, process, before, process.identity, method, batch);
    }
}

void Normaliser::exit(const RecordView& view, Batch& batch) {
    const auto* const record = view.as<exit_record>();
    if (!record) return void(++malformed_);
    KnownProcess& process = process_of(record->header);
    if (process.exited)
        return;  // its last two threads ended together, and the kernel's count of them was none for both
    host_.processes.exited(process, record->header);
    batch.begin();
    add_actor(record->header, process, batch);
    // As a shell has it: the exit code, or 128 and the signal.
    const std::uint32_t signal = record->status & 0x7f;
    batch.add_number("ExitCode"_field, signal != 0 ? 128 + signal : record->status >> 8 & 0xff);
    if (signal != 0) batch.add_number("Signal"_field, signal);
    batch.add(FieldValue::of_real("DurationSeconds"_field,
                                  static_cast<double>(record->header.time - record->header.start) / 1e9));
    batch.add(
        FieldValue::of_real("CpuSeconds"_field, static_cast<double>(record->user_time + record->system_time) / 1e9));
    commit(Kind::ProcessExited, record->header, batch);
    host_.count(process, record->header.time);
}

void Normaliser::connection(const RecordView& view, Batch& batch) {
    const auto* const record = view.as<connection_record>();
    if (!record) return void(++malformed_);
    const bool outgoing = record->direction == CONNECTION_OUTGOING;
    batch.begin();
    add_actor(record->header, process_of(record->header), batch);
    const std::string_view protocol = protocol_name(record->protocol);
    batch.add_text("Protocol"_field, protocol.empty() ? fmt::to_string(record->protocol) : protocol);
    batch.add_text("Initiated"_field, outgoing ? "true" : "false");
    const IpAddress local = address_of(record->local_address);
    const IpAddress remote = address_of(record->remote_address);
    batch.add_address("SourceIp"_field, outgoing ? local : remote);
    batch.add_number("SourcePort"_field, outgoing ? record->local_port : record->remote_port);
    batch.add_address("DestinationIp"_field, outgoing ? remote : local);
    batch.add_number("DestinationPort"_field, outgoing ? record->remote_port : record->local_port);
    if (record->result != 0) batch.add_text("Reason"_field, std::strerror(-record->result));
    commit(Kind::NetworkConnection, record->header, batch, record->result == 0 ? Outcome::Success : Outcome::Failure);
}

void Normaliser::file(const RecordView& view, Batch& batch) {
    const auto* const record = view.as<file_record>();
    if (!record) return void(++malformed_);
    const bool from_user = record->flags & FILE_PATH_FROM_USER;
    const bool cut = record->flags & FILE_PATH_CUT;
    const auto full = [&](const text_span& path, const text_span& base) {
        return from_user ? passed_path(view.text(path), view.text(base), cut) : path_of(view.text(path), cut);
    };
    std::string path = full(record->path, record->base);
    // A pipe without a name that is opened through /proc/PID/fd; as the kernel writes it there.
    if (record->operation == FILE_FIFO_OPENED && path == "/") path = fmt::format("pipe:[{}]", record->inode);
    const KnownProcess& process = process_of(record->header);
    batch.begin();
    add_actor(record->header, process, batch);
    Kind kind = Kind::Other;
    switch (record->operation) {
        case FILE_CREATED: kind = Kind::FileCreated; break;
        case FILE_DELETED: kind = Kind::FileDeleted; break;
        case FILE_RENAMED: kind = Kind::FileRenamed; break;
        case FILE_TIME_CHANGED: kind = Kind::FileTimeChanged; break;
        case FILE_ATTRIBUTE_SET: kind = Kind::AttributeSet; break;
        case FILE_DEVICE_OPENED: kind = Kind::RawDiskRead; break;
        case FILE_FIFO_CREATED: kind = Kind::PipeCreated; break;
        case FILE_FIFO_OPENED: kind = Kind::PipeConnected; break;
        case FILE_MAPPED_EXECUTABLE: kind = Kind::ImageLoaded; break;
        default: break;
    }
    switch (kind) {
        case Kind::RawDiskRead:
            batch.add_text("Device"_field, path);
            batch.add_text("Operation"_field, record->flags & FILE_WRITABLE ? "read write" : "read");
            break;
        case Kind::PipeCreated:
        case Kind::PipeConnected:
            batch.add_text("PipeName"_field, path);
            batch.add_text("Type"_field, "fifo");
            break;
        case Kind::ImageLoaded:
            batch.add_text("ImageLoaded"_field, path);
            add_hash({record->inode, record->detail, record->device}, record->header, process, path, batch);
            break;
        default: batch.add_text("TargetFilename"_field, path);
    }
    if (kind == Kind::FileRenamed) batch.add_text("NewFilename"_field, full(record->new_path, record->new_base));
    if (kind == Kind::AttributeSet) batch.add_text("AttributeName"_field, view.text(record->new_path));
    if (kind == Kind::FileTimeChanged)
        batch.add_time("CreationUtcTime"_field, Timestamp{static_cast<std::int64_t>(record->detail)});
    if (record->inode != 0) batch.add_number("Inode"_field, record->inode);
    if (record->flags & FILE_THROUGH_URING) batch.add_text("Method"_field, "io_uring");
    commit(kind, record->header, batch, record->flags & FILE_RESULT_UNKNOWN ? Outcome::Unknown : Outcome::Success);
}

void Normaliser::access(const RecordView& view, Batch& batch) {
    const auto* const record = view.as<access_record>();
    if (!record) return void(++malformed_);
    const record_header& header = record->header;
    const KnownProcess& source = process_of(header);
    const KnownProcess* target = host_.processes.find(record->target_pid);
    const bool injects = record->operation == ACCESS_WRITE_MEMORY || record->operation == ACCESS_SET_REGISTERS;
    batch.begin();
    batch.add_guid("SourceProcessGuid"_field, source.guid);
    batch.add_number("SourceProcessId"_field, header.pid);
    if (header.tid != header.pid) batch.add_number("SourceThreadId"_field, header.tid);
    batch.add_text("SourceImage"_field, source.program->image);
    batch.add_text("SourceUser"_field, host_.accounts.name(header.euid));
    if (header.session != kUnset) batch.add_number("LogonId"_field, header.session);
    if (header.login_uid != kUnset) batch.add_number("LoginUid"_field, header.login_uid);
    batch.add_number("TargetProcessId"_field, record->target_pid);
    if (target) {
        batch.add_guid("TargetProcessGuid"_field, target->guid);
        batch.add_text("TargetImage"_field, target->program->image);
        batch.add_text("TargetUser"_field, host_.accounts.name(target->uid));
        if (target->session != kUnset) batch.add_number("TargetLogonId"_field, target->session);
    }
    batch.add_text("Operation"_field, access_name(record->operation));
    if (record->operation == ACCESS_CHECKED) batch.add_number("GrantedAccess"_field, record->request);
    if (record->address != 0) batch.add_number("StartAddress"_field, record->address);
    if (record->count > 1) batch.add_number("Count"_field, record->count);
    if (record->result != 0) batch.add_text("Reason"_field, std::strerror(-record->result));
    commit(injects ? Kind::RemoteThreadCreated : Kind::ProcessAccessed, header, batch,
           record->result == 0 ? Outcome::Success : Outcome::Failure);
}

void Normaliser::unix_socket(const RecordView& view, Batch& batch) {
    const auto* const record = view.as<unix_socket_record>();
    if (!record) return void(++malformed_);
    // A name in the file system ends at its NUL; one in the abstract name space begins with it, and ss writes that as
    // "@".
    std::string path(view.text(record->path));
    if (path.starts_with('\0'))
        path.front() = '@';
    else
        path.resize(std::min(path.find('\0'), path.size()));
    batch.begin();
    add_actor(record->header, process_of(record->header), batch);
    batch.add_text("PipeName"_field, path);
    batch.add_text("Type"_field, "unix socket");
    if (record->peer_pid != 0) {
        batch.add_number("PeerProcessId"_field, record->peer_pid);
        if (const KnownProcess* const peer = host_.processes.find(record->peer_pid))
            batch.add_text("PeerImage"_field, peer->program->image);
    }
    commit(record->operation == UNIX_SOCKET_BOUND ? Kind::PipeCreated : Kind::PipeConnected, record->header, batch);
}

void Normaliser::program(const RecordView& view, Batch& batch) {
    const auto* const record = view.as<program_record>();
    if (!record) return void(++malformed_);
    batch.begin();
    add_actor(record->header, process_of(record->header), batch);
    batch.add_text("Name"_field, {record->name, strnlen(record->name, sizeof record->name)});
    batch.add_text("Type"_field, program_type_name(record->program_type));
    std::string tag;
    for (const __u8 byte : record->tag) tag += fmt::format("{:02x}", byte);
    batch.add_text("Hashes"_field, "TAG=" + tag);
    commit(Kind::ProgramLoaded, record->header, batch);
}

void Normaliser::module(const RecordView& view, Batch& batch) {
    const auto* const record = view.as<module_record>();
    if (!record) return void(++malformed_);
    constexpr std::uint32_t kUnsignedModule = 1u << 13;  // TAINT_UNSIGNED_MODULE
    const KnownProcess& process = process_of(record->header);
    batch.begin();
    add_actor(record->header, process, batch);
    batch.add_text("Name"_field, view.text(record->name));
    batch.add_text("Operation"_field, record->unloaded ? "unload" : "load");
    if (record->path.size != 0) {
        std::string path = path_of(view.text(record->path), record->path_cut != 0);
        batch.add_text("ImageLoaded"_field, path);
        add_hash({record->inode, record->changed, 0}, record->header, process, path, batch);
    }
    if (!record->unloaded) batch.add_text("Signed"_field, record->taints & kUnsignedModule ? "false" : "true");
    commit(Kind::DriverLoaded, record->header, batch);
}

void Normaliser::add_hash(const FileState& file, const record_header& header, const KnownProcess& process,
                          const std::string& path, Batch& batch) {
    std::string_view hashes = host_.hashes.known(file);
    if (hashes.empty())
        hashes = host_.hashes.find(file, {.process = process.guid,
                                          .pid = header.pid,
                                          .session = header.session,
                                          .login_uid = header.login_uid,
                                          .uid = header.euid,
                                          .path = path});
    if (!hashes.empty()) batch.add_text("Hashes"_field, hashes);
}

void Normaliser::add_late_hashes(Batch& batch) {
    for (const LateHash& late : host_.hashes.take_late()) {
        batch.begin();
        batch.add_guid("ProcessGuid"_field, late.claim.process);
        batch.add_number("ProcessId"_field, late.claim.pid);
        const KnownProcess* const process = host_.processes.find(late.claim.pid);
        if (process && process->guid == late.claim.process) batch.add_text("Image"_field, process->program->image);
        batch.add_text("User"_field, host_.accounts.name(late.claim.uid));
        if (late.claim.session != kUnset) batch.add_number("LogonId"_field, late.claim.session);
        if (late.claim.login_uid != kUnset) batch.add_number("LoginUid"_field, late.claim.login_uid);
        batch.add_text("ImageLoaded"_field, late.claim.path);
        batch.add_text("Hashes"_field, late.hashes);
        batch.commit({.time = host_.clock.wall(BootClock::now()),
                      .sequence = host_.next_number++,
                      .host = host_.host,
                      .channel = host_.kernel,
                      .kind = Kind::ImageHashed,
                      .outcome = Outcome::Success});
    }
}

void Normaliser::add_loss(const Loss& loss, std::string_view stage, ChannelId channel, Batch& batch) {
    batch.begin();
    batch.add_number("Lost"_field, loss.count);
    batch.add_number("FirstLost"_field, loss.first);
    batch.add_number("Cpu"_field, loss.cpu);
    batch.add_time("After"_field, loss.after);
    batch.add_text("Stage"_field, stage);
    host_.next_number += loss.count;
    batch.commit({.time = loss.before,
                  .sequence = host_.next_number++,
                  .host = host_.host,
                  .channel = channel,
                  .kind = Kind::Gap});
}

void Normaliser::add_found(const KnownProcess& process, Batch& batch) {
    batch.begin();
    batch.add_guid("ProcessGuid"_field, process.guid);
    batch.add_number("ProcessId"_field, process.pid);
    batch.add_text("Image"_field, process.program->image);
    batch.add_text("User"_field, host_.accounts.name(process.uid));
    if (process.session != kUnset) batch.add_number("LogonId"_field, process.session);
    if (process.login_uid != kUnset) batch.add_number("LoginUid"_field, process.login_uid);
    batch.add_text("CommandLine"_field, process.program->command_line);
    batch.add_text("CurrentDirectory"_field, process.program->directory);
    batch.add_number("ParentProcessId"_field, process.parent_pid);
    if (const KnownProcess* const parent = host_.processes.find(process.parent_pid)) {
        batch.add_guid("ParentProcessGuid"_field, parent->guid);
        batch.add_text("ParentImage"_field, parent->program->image);
    }
    if (process.tty != 0) batch.add_text("Tty"_field, tty_name(process.tty));
    batch.add(FieldValue::of_boolean("Found"_field, true));
    batch.commit({.time = host_.clock.wall(process.start),
                  .sequence = host_.next_number++,
                  .host = host_.host,
                  .channel = host_.kernel,
                  .kind = Kind::ProcessCreated,
                  .outcome = Outcome::Success});
}

}  // namespace spoor::sensor
