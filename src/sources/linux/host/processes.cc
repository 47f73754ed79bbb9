#include "sources/linux/host/processes.h"

#include "base/endian.h"
#include "base/hash.h"

namespace spoor::sensor {
namespace {

constexpr std::uint64_t kKeepExited = 5'000'000'000;
constexpr std::size_t kExitedLimit = 200'000;

const std::shared_ptr<const Program>& no_program() {
    static const std::shared_ptr<const Program> kNone = std::make_shared<Program>();
    return kNone;
}

}  // namespace

Processes::Processes(const std::string& machine_id, const std::string& boot_id)
    : identity_(hash64(machine_id + boot_id)) {}

// Ticks, so that a reader of /proc comes to the same name as the kernel's records do.
Guid Processes::guid_of(std::uint32_t pid, std::uint64_t start) const {
    Guid guid;
    save(guid.bytes.data(), identity_);
    save(guid.bytes.data() + 8, hash_mix(hash_mix(identity_, pid), start / kTick));
    return guid;
}

KnownProcess& Processes::fresh(std::uint32_t pid, std::uint64_t start) {
    KnownProcess& process = by_pid_[pid];
    process = KnownProcess{};
    process.pid = pid;
    process.start = start;
    process.guid = guid_of(pid, start);
    process.program = no_program();
    return process;
}

KnownProcess& Processes::of(const record_header& header, KnownProcess* process) {
    if (process && process->start / kTick == header.start / kTick) {
        process->start = header.start;  // exact from now on, where /proc had it in ticks
    } else {
        const auto snapshot = read_process(header.pid);
        if (snapshot && snapshot->start_ticks == header.start / kTick) {
            by_pid_.erase(header.pid);
            process = found(*snapshot);
            process->start = header.start;
        } else {
            process = &fresh(header.pid, header.start);
        }
    }
    process->session = header.session;
    process->login_uid = header.login_uid;
    process->uid = header.uid;
    process->cgroup = header.cgroup;
    return *process;
}

KnownProcess* Processes::find(std::uint32_t pid) {
    const auto known = by_pid_.find(pid);
    return known == by_pid_.end() ? nullptr : &known->second;
}

KnownProcess& Processes::forked(const KnownProcess& parent, const fork_record& record) {
    KnownProcess& child = fresh(record.child_pid, record.child_start);  // the parent stays where it is
    child.parent_pid = parent.pid;
    child.session = record.child_session;
    child.login_uid = parent.login_uid;
    child.uid = parent.uid;
    child.tty = parent.tty;
    child.cgroup = parent.cgroup;
    child.program = parent.program;
    const auto thread = parent.threads.find(record.header.tid);
    child.identity = thread != parent.threads.end() ? thread->second : parent.identity;
    child.identity_known = parent.identity_known;
    return child;
}

void Processes::executed(KnownProcess& process, const exec_record& record, Program program) {
    process.parent_pid = record.parent_pid;
    process.tty = record.tty;
    process.program = std::make_shared<const Program>(std::move(program));
    process.threads.clear();  // exec leaves one thread
}

void Processes::exited(KnownProcess& process, const record_header& header) {
    process.exited = true;
    exits_.push_back({header.pid, header.start, header.time});
}

KnownProcess* Processes::found(const ProcessSnapshot& snapshot) {
    const auto known = by_pid_.find(snapshot.pid);
    if (known != by_pid_.end() && known->second.start / kTick == snapshot.start_ticks) return nullptr;
    KnownProcess& process = fresh(snapshot.pid, snapshot.start_ticks * kTick);
    process.parent_pid = snapshot.parent_pid;
    process.session = snapshot.session;
    process.login_uid = snapshot.login_uid;
    process.uid = snapshot.credentials.euid;
    process.tty = snapshot.tty;
    process.identity = {snapshot.credentials, std::make_shared<const std::vector<std::uint32_t>>(snapshot.groups)};
    process.identity_known = true;
    // A kernel thread has no program; ps writes its name in brackets.
    std::string image = snapshot.image.empty() ? "[" + snapshot.name + "]" : snapshot.image;
    process.program =
        std::make_shared<const Program>(Program{std::move(image), snapshot.command_line, snapshot.directory});
    return &process;
}

void Processes::forget_exited(std::uint64_t now) {
    while (!exits_.empty() && (exits_.front().when + kKeepExited < now || exits_.size() > kExitedLimit)) {
        const auto known = by_pid_.find(exits_.front().pid);
        if (known != by_pid_.end() && known->second.start == exits_.front().start) by_pid_.erase(known);
        exits_.pop_front();
    }
}

}  // namespace spoor::sensor
