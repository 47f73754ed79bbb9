// Calls: what programs had the kernel do, where a rule has it watched.
#include <algorithm>
#include <charconv>
#include <string>

#include "base/endian.h"
#include "sources/linux/audit/words.h"
#include "sources/linux/audit_log/audited_host.h"

namespace spoor::sensor {
namespace {

/// The arguments of a program, each ended by NUL: a0, a1, or of a long one in pieces, a1[0], a1[1] ...
std::string arguments_of(const std::vector<AuditRecord>& records) {
    std::string arguments;
    for (const AuditRecord& record : records) {
        if (record.type != AuditType::Arguments) continue;
        for (const auto& [name, value] : record.fields) {
            if (!name.starts_with('a') || name == "argc" || name.contains('_')) continue;
            const bool goes_on = name.contains('[') && !name.contains("[0]");
            if (goes_on && !arguments.empty()) arguments.pop_back();
            arguments.append(value).push_back('\0');
        }
    }
    return arguments;
}

/// Whether a system call, by its number on the machines that there are or by its name, is connect.
bool is_connect(const AuditRecord& made) {
    if (made.text("SYSCALL") == "connect") return true;
    constexpr std::pair<std::string_view, std::string_view> kNumbers[] = {
        {"c000003e", "42"}, {"c00000b7", "203"}, {"40000003", "362"}, {"c00000f3", "203"}};
    return std::ranges::any_of(kNumbers, [&](const auto& number) {
        return made.text("arch") == number.first && made.text("syscall") == number.second;
    });
}

struct SocketEnd {
    IpAddress address;
    std::uint16_t port = 0;
};

/// A struct sockaddr of the internet, as bytes.
std::optional<SocketEnd> internet_end(std::string_view bytes) {
    constexpr std::uint16_t kIpv4 = 2, kIpv6 = 10;
    if (bytes.size() < 8) return std::nullopt;
    const auto byte = [&](std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); };
    SocketEnd end;
    end.port = static_cast<std::uint16_t>(byte(2) << 8 | byte(3));
    switch (byte(0) | byte(1) << 8) {
        case kIpv4:
            end.address.bytes[10] = end.address.bytes[11] = 0xff;
            std::copy_n(bytes.begin() + 4, 4, end.address.bytes.begin() + 12);
            return end;
        case kIpv6:
            if (bytes.size() < 24) return std::nullopt;
            std::copy_n(bytes.begin() + 8, 16, end.address.bytes.begin());
            return end;
        default: return std::nullopt;
    }
}

std::string full_path(std::string_view path, std::string_view directory) {
    if (path.starts_with('/') || directory.empty()) return std::string(path);
    return std::string(directory).append(directory.ends_with('/') ? "" : "/").append(path);
}

bool succeeded(const AuditRecord& made) { return made.text("success") == "yes"; }

}  // namespace

void AuditedHost::add_call(const Call& call, Batch& batch) {
    const AuditRecord* const made = call.of(AuditType::SystemCall);
    if (!made) return;
    if (succeeded(*made) && call.of(AuditType::Arguments)) return executed(call, *made, batch);
    if (call.of(AuditType::SocketAddress) && is_connect(*made)) return connected(call, *made, batch);
    if (succeeded(*made) && changed_file(call, *made, batch)) return;
    add_other("SYSCALL", *made, batch);
}

void AuditedHost::executed(const Call& call, const AuditRecord& made, Batch& batch) {
    const std::uint32_t pid = made.number("pid").value_or(0), parent_pid = made.number("ppid").value_or(0);
    const std::uint32_t session = made.number("ses").value_or(kUnset);
    // The number was given to another process since, when its parent or its session is another one.
    if (const auto known = processes_.find(pid);
        known != processes_.end() && ((known->second.parent != 0 && known->second.parent != parent_pid) ||
                                      (known->second.session != kUnset && known->second.session != session)))
        processes_.erase(known);
    const KnownProcess parent = process(parent_pid, call.time);
    KnownProcess& started = process(pid, call.time);
    started.parent = parent_pid;
    started.session = session;
    started.image = made.text("exe");
    started.command_line = command_line_of(arguments_of(call.records));
    remembered_bytes_ += started.command_line.size();

    batch.begin();
    add_actor(made, call.time, batch);
    batch.add_text("CommandLine"_field, started.command_line);
    if (const AuditRecord* const directory = call.of(AuditType::WorkingDirectory))
        batch.add_text("CurrentDirectory"_field, directory->text("cwd"));
    if (parent_pid != 0) {
        batch.add_guid("ParentProcessGuid"_field, parent.guid);
        batch.add_number("ParentProcessId"_field, parent_pid);
        if (!parent.image.empty()) batch.add_text("ParentImage"_field, parent.image);
        if (!parent.command_line.empty()) batch.add_text("ParentCommandLine"_field, parent.command_line);
    }
    for (const auto& [field, name] : {std::pair("Uid"_field, "uid"), std::pair("EffectiveUid"_field, "euid"),
                                      std::pair("Gid"_field, "gid"), std::pair("EffectiveGid"_field, "egid")})
        if (const auto number = made.number(name)) batch.add_number(field, *number);
    if (const std::string terminal = terminal_of(made.text("tty")); !terminal.empty())
        batch.add_text("Tty"_field, terminal);
    if (const AuditRecord* const file = call.of(AuditType::Path))
        if (const auto inode = file->number("inode")) batch.add_number("Inode"_field, *inode);
    commit(Kind::ProcessCreated, made, Outcome::Success, batch);
}

void AuditedHost::connected(const Call& call, const AuditRecord& made, Batch& batch) {
    const auto end = internet_end(call.of(AuditType::SocketAddress)->text("saddr"));
    if (!end) return;  // other processes of the host
    constexpr std::string_view kInProgress = "-115";
    batch.begin();
    add_actor(made, call.time, batch);
    batch.add_text("Initiated"_field, "true");
    batch.add_address("DestinationIp"_field, end->address);
    batch.add_number("DestinationPort"_field, end->port);
    const bool is_under_way = succeeded(made) || made.text("exit") == kInProgress;
    commit(Kind::NetworkConnection, made, is_under_way ? Outcome::Success : Outcome::Failure, batch);
}

/// Files that the call made, took away or named otherwise; false where there are none.
bool AuditedHost::changed_file(const Call& call, const AuditRecord& made, Batch& batch) {
    const AuditRecord* const place = call.of(AuditType::WorkingDirectory);
    const auto file = [&](std::string_view how) -> std::string {
        for (const AuditRecord& record : call.records)
            if (record.type == AuditType::Path && record.text("nametype") == how && is_told(record.text("name")))
                return full_path(record.text("name"), place ? place->text("cwd") : std::string_view());
        return {};
    };
    const std::string made_file = file("CREATE"), taken = file("DELETE");
    if (made_file.empty() && taken.empty()) return false;
    batch.begin();
    add_actor(made, call.time, batch);
    batch.add_text("TargetFilename"_field, taken.empty() ? made_file : taken);
    if (!made_file.empty() && !taken.empty()) batch.add_text("NewFilename"_field, made_file);
    commit(made_file.empty() ? Kind::FileDeleted
           : taken.empty()   ? Kind::FileCreated
                             : Kind::FileRenamed,
           made, Outcome::Success, batch);
    return true;
}

/// What has no kind of its own, with all its fields under the names that the record has for them.
void AuditedHost::add_other(std::string_view type, const AuditRecord& record, Batch& batch) {
    batch.begin();
    add_actor(record, record.time, batch);
    batch.add_text(catalog_.field("AuditType"), type);
    for (const auto& [name, value] : record.fields) {
        if (name == "pid" || name == "ses" || name == "auid" || name == "exe" || !is_told(value)) continue;
        const FieldId field = catalog_.field(name);
        batch.add(parse_value(field, catalog_.field_type(field), batch.arena().copy(value), batch.arena()));
    }
    const bool failed = record.text("success") == "no" || record.text("res") == "failed" || record.text("res") == "0";
    commit(Kind::Other, record, failed ? Outcome::Failure : Outcome::Success, batch);
}

}  // namespace spoor::sensor
