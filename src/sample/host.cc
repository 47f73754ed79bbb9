#include "sample/host.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/endian.h"
#include "base/hash.h"

namespace spoor::sample {
namespace {

constexpr Provider kAuditing = {"Microsoft-Windows-Security-Auditing", "{54849625-5478-4994-A5BA-3E3B0328C30D}"};
constexpr Provider kSysmon = {"Microsoft-Windows-Sysmon", "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}"};

/// The audit subcategory that each event id belongs to.
std::uint16_t task_of(std::uint16_t id) {
    switch (id) {
        case 4608:
        case 4616: return 12288;
        case 4611:
        case 4697: return 12289;
        case 4624:
        case 4625:
        case 4648: return 12544;
        case 4634:
        case 4647: return 12545;
        case 4672: return 12548;
        case 4627: return 12554;
        case 4778:
        case 4779:
        case 4800:
        case 4801: return 12551;
        case 4688: return 13312;
        case 4689: return 13313;
        case 4698:
        case 4699:
        case 4702: return 12804;
        case 4768:
        case 4771: return 14339;
        case 4769:
        case 4770: return 14337;
        case 4776: return 14336;
        case 4826: return 13573;
        case 5140: return 12808;
        case 5145: return 12811;
        case 5156: return 12810;
        default: return 0;
    }
}

constexpr std::string_view kIntegrityLow = "S-1-16-4096";

std::string_view integrity_sid(const Logon& logon) {
    if (logon.id == 0x3e7 || logon.id == 0x3e5 || logon.id == 0x3e4) return "S-1-16-16384";
    if (logon.account.sid.to_string().starts_with("S-1-5-9")) return "S-1-16-16384";
    if (logon.account.sid.empty()) return kIntegrityLow;
    return logon.elevated ? "S-1-16-12288" : "S-1-16-8192";
}

std::string_view integrity_name(const Logon& logon) {
    const std::string_view label = integrity_sid(logon);
    return label == "S-1-16-16384"   ? "System"
           : label == "S-1-16-12288" ? "High"
           : label == "S-1-16-8192"  ? "Medium"
                                     : "Low";
}

std::string_view elevation(const Logon& logon) {
    if (logon.linked == nullptr) return "%%1936";
    return logon.elevated ? "%%1937" : "%%1938";
}

std::string file_hashes(std::string_view image) {
    const std::uint64_t a = hash64(image, 1), b = hash64(image, 2), c = hash64(image, 3), d = hash64(image, 4);
    return fmt::format("SHA256={:016X}{:016X}{:016X}{:016X}", a, b, c, d);
}

std::string_view description_of(std::string_view image) {
    return image.find("\\Windows\\") != std::string_view::npos ? "Microsoft Corporation" : "-";
}

}  // namespace

std::string_view base_name(std::string_view image) { return image.substr(image.rfind('\\') + 1); }

Sid well_known_sid(std::string_view text) {
    const auto parsed = Sid::parse(text);
    CHECK(parsed.has_value());
    return *parsed;
}

std::vector<Field> concat(std::vector<Field> front, std::vector<Field> back) {
    for (Field& field : back) front.push_back(std::move(field));
    return front;
}

std::vector<Field> subject_fields(const Logon& logon) {
    return {{"SubjectUserSid", sid(logon.account.sid)},
            {"SubjectUserName", text(logon.account.name)},
            {"SubjectDomainName", text(logon.account.domain)},
            {"SubjectLogonId", hex64(logon.id)}};
}

std::vector<Field> subject_fields_of_nobody() {
    return {{"SubjectUserSid", sid(well_known_sid("S-1-0-0"))},
            {"SubjectUserName", text("-")},
            {"SubjectDomainName", text("-")},
            {"SubjectLogonId", hex64(0)}};
}

std::vector<Field> target_fields(const Logon& logon) {
    return {{"TargetUserSid", sid(logon.account.sid)},
            {"TargetUserName", text(logon.account.name)},
            {"TargetDomainName", text(logon.account.domain)},
            {"TargetLogonId", hex64(logon.id)}};
}

std::vector<Field> target_fields_of_nobody() {
    return {{"TargetUserSid", sid(well_known_sid("S-1-0-0"))},
            {"TargetUserName", text("-")},
            {"TargetDomainName", text("-")},
            {"TargetLogonId", hex64(0)}};
}

std::string sysmon_time(Timestamp time) {
    std::string text = time.to_string().substr(0, 23);
    text[10] = ' ';
    return text;
}

Host::Host(HostPlan plan) : plan_(std::move(plan)), random_state_(hash64(plan_.name) + plan_.seed) {
    // SYSTEM calls itself by the machine's account in Subject fields; set_machine tells the domain.
    machine_ = {"CORP", plan_.name + '$', {}, false};
    const auto built_in = [&](std::uint64_t id, std::string_view domain, std::string_view name,
                              std::string_view sid_text) {
        Logon logon;
        logon.id = id;
        logon.account = {std::string(domain), std::string(name), well_known_sid(sid_text), true};
        logon.type = id == 0x3e7 ? LogonType::System : LogonType::Service;
        logon.start = plan_.boot;
        logon.elevated = true;
        logon.guid = sysmon_guid(plan_.boot + Duration::seconds(12), id);
        return logon;
    };
    system_ = built_in(0x3e7, "CORP", plan_.name + '$', "S-1-5-18");
    local_service_ = built_in(0x3e5, "NT AUTHORITY", "LOCAL SERVICE", "S-1-5-19");
    network_service_ = built_in(0x3e4, "CORP", plan_.name + '$', "S-1-5-20");
}

std::uint64_t Host::random() {
    random_state_ += 0x9e3779b97f4a7c15u;
    return hash_mix(random_state_, 0x5eed);
}

Guid Host::random_guid() {
    Guid guid;
    save(guid.bytes.data(), random());
    save(guid.bytes.data() + 8, random());
    guid.bytes[7] = static_cast<std::uint8_t>(0x40 | (guid.bytes[7] & 0x0f));
    guid.bytes[8] = static_cast<std::uint8_t>(0x80 | (guid.bytes[8] & 0x3f));
    return guid;
}

Guid Host::sysmon_guid(Timestamp time, std::uint64_t number) const {
    Guid guid;
    save(guid.bytes.data(), plan_.machine_id);
    save(guid.bytes.data() + 4, static_cast<std::uint32_t>(time.nanoseconds / 1'000'000'000));
    save(guid.bytes.data() + 8, number);
    return guid;
}

std::uint64_t Host::logon_id_at(Timestamp time) {
    // About a thousand numbers a second go to tokens and the like, and some between the two halves of an elevated pair.
    constexpr std::uint64_t kApart = 0x10;
    std::uint64_t id =
        0x8000 + static_cast<std::uint64_t>(std::max<std::int64_t>((time - plan_.boot).nanoseconds, 0) / 1'000'000);
    for (auto near = logon_ids_.lower_bound(id - kApart); near != logon_ids_.end() && *near <= id + kApart;
         near = logon_ids_.lower_bound(id - kApart))
        id = *near + kApart + 1 + hash_mix(*near, 0x10901d) % kApart;
    logon_ids_.insert(id);
    return id;
}

Logon& Host::add_logon(Account account, LogonType type, Timestamp start) {
    Logon& logon = logons_.emplace_back();
    logon.id = logon_id_at(start);
    logon.account = std::move(account);
    logon.type = type;
    logon.start = start;
    return logon;
}

Process& Host::add_process(Timestamp start, const Process* parent, const Logon& logon, std::string image,
                           std::string command_line) {
    std::uint64_t number =
        64 + static_cast<std::uint64_t>(std::max<std::int64_t>((start - plan_.boot).nanoseconds, 0) / 40'000'000);
    while (!process_numbers_.insert(number).second) ++number;
    Process& process = processes_.emplace_back();
    process.id = 424 + 4 * ((process_count_++ * 37) % 2400);
    process.guid = sysmon_guid(start, std::uint64_t{plan_.boot_number} << 48 | number);
    process.image = std::move(image);
    process.command_line = std::move(command_line);
    process.logon = &logon;
    process.parent = parent;
    process.start = start;
    return process;
}

Process& Host::spawn(Timestamp start, const Process& parent, const Logon& logon, std::string image,
                     std::string command_line) {
    Process& process = add_process(start, &parent, logon, std::move(image), std::move(command_line));
    const bool other = parent.logon != &logon;
    // Only a service can start a program as somebody else; it names the program that asked as the parent.
    const Logon& creator = other && parent.logon->id > 0x3e7 ? system_ : *parent.logon;
    std::vector<Field> fields = concat(subject_fields(creator), {{"NewProcessId", hex64(process.id)},
                                                                 {"NewProcessName", text(process.image)},
                                                                 {"TokenElevationType", text(elevation(logon))},
                                                                 {"ProcessId", hex64(parent.id)},
                                                                 {"CommandLine", text(process.command_line)}});
    fields = concat(std::move(fields), other ? target_fields(logon) : target_fields_of_nobody());
    security(start, 4688,
             concat(std::move(fields), {{"ParentProcessName", text(parent.image)},
                                        {"MandatoryLabel", sid(well_known_sid(integrity_sid(logon)))}}));

    const auto user_of = [](const Logon& of) {
        return of.id == 0x3e7   ? std::string("NT AUTHORITY\\SYSTEM")
               : of.id == 0x3e4 ? "NT AUTHORITY\\NETWORK SERVICE"
                                : of.account.full_name();
    };
    sysmon(start + ms(3), 1,
           {{"RuleName", text("-")},
            {"UtcTime", text(sysmon_time(start))},
            {"ProcessGuid", guid(process.guid)},
            {"ProcessId", u32(process.id)},
            {"Image", text(process.image)},
            {"FileVersion", text("-")},
            {"Description", text("-")},
            {"Product", text("-")},
            {"Company", text(description_of(process.image))},
            {"OriginalFileName", text(base_name(process.image))},
            {"CommandLine", text(process.command_line)},
            {"CurrentDirectory",
             text(logon.id == 0x3e7 ? "C:\\Windows\\system32\\" : fmt::format("C:\\Users\\{}\\", logon.account.name))},
            {"User", text(user_of(logon))},
            {"LogonGuid", guid(sysmon_guid(logon.start, logon.id))},
            {"LogonId", hex64(logon.id)},
            {"TerminalSessionId", u32(logon.terminal_session)},
            {"IntegrityLevel", text(integrity_name(logon))},
            {"Hashes", text(file_hashes(process.image))},
            {"ParentProcessGuid", guid(parent.guid)},
            {"ParentProcessId", u32(parent.id)},
            {"ParentImage", text(parent.image)},
            {"ParentCommandLine", text(parent.command_line)},
            {"ParentUser", text(user_of(*parent.logon))}});
    return process;
}

void Host::exit(Timestamp time, const Process& process, std::uint32_t code) {
    exited_.insert(&process);
    security(time, 4689,
             concat(subject_fields(*process.logon),
                    {{"Status", hex32(code)}, {"ProcessId", hex64(process.id)}, {"ProcessName", text(process.image)}}));
    sysmon(time + ms(2), 5,
           {{"RuleName", text("-")},
            {"UtcTime", text(sysmon_time(time))},
            {"ProcessGuid", guid(process.guid)},
            {"ProcessId", u32(process.id)},
            {"Image", text(process.image)},
            {"User", text(process.logon->id == 0x3e7 ? "NT AUTHORITY\\SYSTEM" : process.logon->account.full_name())}});
}

void Host::exit_all_of(Timestamp time, const Logon& logon) {
    // The youngest first: a shell outlives what it started.
    for (auto process = processes_.rbegin(); process != processes_.rend(); ++process) {
        if (process->logon != &logon || exited_.contains(&*process)) continue;
        exit(time, *process);
        time = time + ms(35);
    }
}

const Process& Host::process(std::string_view image_name) const {
    const auto found = std::ranges::find_if(
        processes_, [&](const Process& process) { return base_name(process.image) == image_name; });
    CHECK(found != processes_.end());
    return *found;
}

void Host::write_security(Timestamp time, std::uint16_t id, std::uint64_t keywords, std::vector<Field> fields) {
    // From Windows 10 on the activity carries the moment at which LSASS started.
    Guid activity;
    save(activity.bytes.data(), static_cast<std::uint64_t>(0x0001'5e92'0000'0000u | plan_.machine_id));
    save(activity.bytes.data() + 8, (plan_.boot + Duration::milliseconds(6200)).to_filetime());
    const bool with_activity = id == 4624 || id == 4625 || id == 4648 || id == 4672 || id == 4627;
    std::uint8_t version = 0;
    if (id == 4624 || id == 4688) version = 2;
    if (id == 5140 || id == 5156 || id == 4697 || id == 4698) version = 1;
    Record record;
    record.time = time;
    record.provider = &kAuditing;
    record.channel = "Security";
    record.event_id = id;
    record.version = version;
    record.level = 0;
    record.task = task_of(id);
    record.keywords = keywords;
    if (with_activity) record.activity = activity;
    record.process_id = id == 4688 || id == 4689 || id == 5156 ? 4u : 708u;
    record.thread_id = static_cast<std::uint32_t>(760 + 4 * (random() % 40));
    record.fields = std::move(fields);
    write(std::move(record));
}

void Host::security(Timestamp time, std::uint16_t id, std::vector<Field> fields) {
    write_security(time, id, 0x8020000000000000, std::move(fields));
}
void Host::security_failure(Timestamp time, std::uint16_t id, std::vector<Field> fields) {
    write_security(time, id, 0x8010000000000000, std::move(fields));
}

void Host::sysmon(Timestamp time, std::uint16_t id, std::vector<Field> fields) {
    const std::uint8_t version = id == 1 || id == 3 || id == 22 ? 5 : id == 11 || id == 13 ? 2 : 3;
    write({.time = time,
           .provider = &kSysmon,
           .channel = "Microsoft-Windows-Sysmon/Operational",
           .event_id = id,
           .version = version,
           .task = id,
           .process_id = 2884,
           .thread_id = 3604,
           .user = well_known_sid("S-1-5-18"),
           .fields = std::move(fields)});
}

std::vector<ChannelLog> Host::take_logs() {
    std::vector<ChannelLog> logs;
    for (auto& [channel, records] : records_) {
        std::ranges::stable_sort(records, {}, &Record::time);
        // Each channel counts its own; the busy ones have got far.
        const std::uint64_t seed = hash64(plan_.name + channel);
        std::uint64_t number = channel == "Security"        ? plan_.first_record + hash64(channel) % 1000
                               : channel.contains("Sysmon") ? plan_.first_record / 3 + seed % 10'000
                                                            : 300 + seed % 30'000;
        for (Record& record : records) record.number = number++;
        logs.push_back({channel, std::move(records)});
    }
    records_.clear();
    return logs;
}

}  // namespace spoor::sample
