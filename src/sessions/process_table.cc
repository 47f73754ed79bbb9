#include "sessions/process_table.h"

#include <algorithm>
#include <numeric>

#include "base/unicode.h"
#include "sessions/actor.h"
#include "sessions/rearrange.h"
#include "sessions/sysmon_guid.h"

namespace spoor::sessions {
namespace {

/// Two sources' times of one process start may differ by this much: clocks of one second, and what is stamped late.
constexpr Duration kSameStart = Duration::seconds(2);
/// No number is given again so often in that time; what is made up need not take all there is of it.
constexpr int kMostStartsAtOnce = 64;
constexpr std::size_t kMostEvidence = 4;
/// A process's number may mean another one when nothing was heard of it for so long.
constexpr Duration kLongUnheard = Duration::seconds(3600);

/// What tells the session of a process, the surest last.
enum LogonRank : std::uint8_t { kFromCreator = 1, kFromChild, kFromItsToken, kFromSysmon };

/// Programs that Windows runs under its own session and no other.
bool runs_as_the_system(const Process& process) {
    constexpr std::string_view kPrograms[] = {"services.exe", "lsass.exe",   "smss.exe",
                                              "csrss.exe",    "wininit.exe", "winlogon.exe"};
    const std::string_view name = base_name(process.image);
    if (process.pid == 4 && equals_ignoring_ascii_case(name, "System")) return true;
    return std::any_of(std::begin(kPrograms), std::end(kPrograms),
                       [name](std::string_view program) { return equals_ignoring_ascii_case(name, program); });
}

constexpr std::uint8_t kFullRights = 3;

/// How far a process's rights reach, by the integrity level that its record names.
std::uint8_t rights_at(std::string_view integrity) {
    if (equals_ignoring_ascii_case(integrity, "System")) return kFullRights + 1;
    if (equals_ignoring_ascii_case(integrity, "High")) return kFullRights;
    return integrity.empty() ? kFullRights : kFullRights - 1;
}

/// Whether a session is so young that it was likely made for the program: runas and its like.
bool began_for(const Session& session, Timestamp program) {
    constexpr Duration kLogonToProgram = Duration::seconds(10);
    return session.start && *session.start <= program + kSameStart && program - *session.start <= kLogonToProgram;
}

}  // namespace

std::string_view base_name(std::string_view path) {
    const std::size_t slash = path.find_last_of("\\/");
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool is_broker(std::string_view image) {
    constexpr std::string_view kBrokers[] = {"services.exe",      "svchost.exe",  "wininit.exe", "winlogon.exe",
                                             "smss.exe",          "csrss.exe",    "lsass.exe",   "wmiprvse.exe",
                                             "taskhostw.exe",     "taskhost.exe", "taskeng.exe", "consent.exe",
                                             "runtimebroker.exe", "dllhost.exe",  "logonui.exe", "system"};
    const std::string_view name = base_name(image);
    return std::any_of(std::begin(kBrokers), std::end(kBrokers),
                       [&](std::string_view broker) { return equals_ignoring_ascii_case(name, broker); });
}

ProcessTable::ProcessTable(const HostLog& log, PooledTexts& texts, const SessionTable& sessions, History& history,
                           std::uint32_t first_boot)
    : log_(log),
      texts_(texts),
      table_(sessions),
      history_(history),
      first_(static_cast<std::uint32_t>(history.processes.size())),
      first_boot_(first_boot),
      is_linux_(log.is_linux()),
      of_guid_(log.blob_count()) {}

/// For the processes that the moments tell the start of, and for as many that were there before as there may be: room
/// that is not used is never touched.
void ProcessTable::make_room(const Timeline& timeline) {
    const auto starts =
        static_cast<std::size_t>(std::count_if(timeline.begin(), timeline.end(), [](const Moment& moment) {
            return moment.seen->kind == Kind::ProcessCreated || moment.seen->kind == Kind::ProcessForked;
        }));
    std::vector<Process>& all = history_.processes;
    const std::size_t wanted = all.size() + starts + timeline.size() / 8 + 16;
    if (wanted > all.capacity()) all.reserve(std::max(wanted, 2 * all.capacity()));
    drafts_.reserve(wanted - all.size());
}

void ProcessTable::build(Timeline& timeline) {
    make_room(timeline);
    for (Moment& moment : timeline)
        if (moment.seen->process_guid != 0) see_sysmon(moment);
    for (std::uint32_t i = first_; i < history_.processes.size(); ++i)
        if (const Process& process = history_.processes[i]; process.pid != 0)
            of_pid(process.boot - first_boot_, process.pid).push_back(i);
    by_pid_.for_each_value([&](Processes& list) {
        std::sort(list.begin(), list.end(), [&](std::uint32_t a, std::uint32_t b) {
            return begin_of(history_.processes[a]) < begin_of(history_.processes[b]);
        });
    });
    // All creations before anything else: a record's process must be found although Sysmon told of its start later.
    for (Moment& moment : timeline)
        if (moment.seen->process_guid == 0 && moment.seen->kind == Kind::ProcessCreated) create_by_security(moment);
    for (Moment& moment : timeline)
        if (moment.seen->process_guid == 0 && moment.seen->process_id != 0) see_security(moment);
    std::vector<std::uint32_t> order = order_by_begin();
    if (!is_linux_) learn_from_children(order);
    settle_sessions(order);
    put_in_order(std::move(order), timeline);
}

std::uint32_t ProcessTable::add(const Moment& moment, std::uint64_t pid, std::uint32_t image,
                                std::string_view image_text) {
    Process& process = history_.processes.emplace_back();
    process.host = log_.id();
    process.boot = first_boot_ + moment.boot;
    process.pid = pid;
    process.image = image_text;
    process.evidence.reserve(2);  // of its start and its end
    drafts_.push_back({.image = image});
    return static_cast<std::uint32_t>(history_.processes.size() - 1);
}

std::uint32_t ProcessTable::by_guid(const Moment& moment, std::uint32_t guid_blob) {
    std::uint32_t& known = of_guid_[guid_blob];
    if (known != 0) return first_ + known - 1;
    const std::uint32_t index = add(moment, 0, 0, {});
    known = index - first_ + 1;
    Process& process = history_.processes[index];
    process.guid = log_.guid(guid_blob);
    if (!is_linux_) process.start = time_of_sysmon_guid(process.guid);
    return index;
}

void ProcessTable::set_logon(std::uint32_t process, std::uint64_t logon_id, std::uint8_t rank) {
    Draft& draft = drafts_[process - first_];
    if (logon_id == 0 || rank <= draft.logon_rank) return;
    draft.logon_id = logon_id;
    draft.logon_rank = rank;
}

void ProcessTable::see_sysmon(Moment& moment) {
    const Observation& seen = *moment.seen;
    const std::uint32_t index = moment.process = by_guid(moment, seen.process_guid);
    {
        Process& process = history_.processes[index];
        Draft& draft = drafts_[index - first_];
        process.first_seen = std::min(process.first_seen, seen.time);
        process.last_seen = std::max(process.last_seen, seen.time);
        if (process.pid == 0) process.pid = seen.process_id;
        if (draft.image == 0 || seen.kind == Kind::ProcessCreated) {
            if (seen.image != 0) draft.image = seen.image;
            process.image = texts_.text(draft.image);
        }
        if (seen.target == 0 && seen.target_account != 0 && draft.account == 0) draft.account = seen.target_account;
    }
    if (seen.kind == Kind::ProcessExited) note_exit(moment, index);
    // The live sensor names the session in all records of a process; it may get one after it started.
    if (is_linux_) set_logon(index, seen.target, kFromItsToken);
    if (seen.kind == Kind::ProcessForked) note_fork(moment, index);
    if (seen.kind != Kind::ProcessCreated) return;

    set_logon(index, seen.target, kFromSysmon);
    std::uint32_t parent_guid = 0;
    Process parent;
    {
        Process& process = history_.processes[index];
        // The GUID has whole seconds; the record's own time is finer, unless it was written late (at boot).
        if (!process.start || (seen.time >= *process.start && seen.time - *process.start <= kSameStart))
            process.start = seen.time;
        if (process.evidence.size() < kMostEvidence) process.evidence.push_back(reference(log_, seen));
        for (const Fact& fact : log_.facts(seen)) {
            switch (number(fact.field)) {
                case "CommandLine"_case: process.command_line = texts_.text(fact); break;
                case "User"_case: process.user = texts_.text(fact); break;
                case "IntegrityLevel"_case: process.integrity = texts_.text(fact); break;
                case "ParentProcessGuid"_case: parent_guid = fact.type == ValueType::Guid ? fact.value : 0; break;
                case "ParentProcessId"_case: parent.pid = process.parent_pid = log_.number(fact); break;
                case "ParentImage"_case: parent.image = process.parent_image = texts_.text(fact); break;
                case "ParentCommandLine"_case: parent.command_line = texts_.text(fact); break;
                case "ParentUser"_case: parent.user = texts_.text(fact); break;
                default: break;
            }
        }
    }
    if (parent_guid == 0 || log_.guid(parent_guid).is_zero()) return;
    const std::uint32_t parent_index = by_guid(moment, parent_guid);
    history_.processes[index].parent = parent_index;
    Process& known = history_.processes[parent_index];
    if (known.pid == 0) known.pid = parent.pid;
    if (known.image.empty()) known.image = parent.image;
    if (known.command_line.empty()) known.command_line = parent.command_line;
    if (known.user.empty()) known.user = parent.user;
    known.first_seen = std::min(known.first_seen, seen.time);
    known.last_seen = std::max(known.last_seen, seen.time);
}

void ProcessTable::note_fork(const Moment& moment, std::uint32_t index) {
    const Observation& seen = *moment.seen;
    const Fact* const guid = log_.find(seen, "ParentProcessGuid"_field);
    const std::uint32_t parent = guid && guid->type == ValueType::Guid && !log_.guid(guid->value).is_zero()
                                     ? by_guid(moment, guid->value)
                                     : kNobody;
    Process& process = history_.processes[index];
    process.start = seen.time;
    process.parent_pid = log_.number(seen, "ParentProcessId"_field);
    if (parent == kNobody || parent == index) return;
    process.parent = parent;
    if (Process& known = history_.processes[parent]; known.pid == 0) known.pid = process.parent_pid;
}

bool ProcessTable::image_agrees(std::uint32_t process, std::uint32_t blob, std::string_view image) const {
    const std::uint32_t own = drafts_[process - first_].image;
    if (own != 0 && own == blob) return true;
    const std::string_view a = history_.processes[process].image;
    return a.empty() || image.empty() || equals_ignoring_ascii_case(base_name(a), base_name(image));
}

void ProcessTable::insert_in_order(std::uint32_t process, std::uint32_t boot) {
    Processes& list = of_pid(boot, history_.processes[process].pid);
    const Timestamp begin = begin_of(history_.processes[process]);
    const auto place = std::upper_bound(list.begin(), list.end(), begin, [&](Timestamp t, std::uint32_t other) {
        return t < begin_of(history_.processes[other]);
    });
    list.insert(place, process);
}

/// The process that Sysmon saw start when Security wrote this 4688.
std::uint32_t ProcessTable::find_twin(const Moment& moment) {
    const Observation& seen = *moment.seen;
    const Processes& list = of_pid(moment.boot, seen.process_id);
    auto at = std::lower_bound(list.begin(), list.end(), seen.time - kSameStart, [&](std::uint32_t other, Timestamp t) {
        return begin_of(history_.processes[other]) < t;
    });
    std::uint32_t best = kNobody;
    Duration best_distance = kSameStart;
    for (int tries = 0; at != list.end() && tries < kMostStartsAtOnce; ++at, ++tries) {
        const std::uint32_t candidate = *at;
        const Process& process = history_.processes[candidate];
        if (begin_of(process) > seen.time + kSameStart) break;
        if (process.guid.is_zero() || drafts_[candidate - first_].has_security_creation || !process.start) continue;
        const Duration apart = *process.start < seen.time ? seen.time - *process.start : *process.start - seen.time;
        // A start in whole seconds may seem up to one second too early.
        if (apart > best_distance || !image_agrees(candidate, seen.image, log_.blob(seen.image))) continue;
        best = candidate;
        best_distance = apart;
    }
    return best;
}

void ProcessTable::create_by_security(Moment& moment) {
    const Observation& seen = *moment.seen;
    std::uint32_t index = find_twin(moment);
    const bool is_new = index == kNobody;
    if (is_new) index = add(moment, seen.process_id, seen.image, texts_.text(seen.image));
    moment.process = index;
    Process& process = history_.processes[index];
    Draft& draft = drafts_[index - first_];
    draft.has_security_creation = true;
    process.first_seen = std::min(process.first_seen, seen.time);
    process.last_seen = std::max(process.last_seen, seen.time);
    if (process.evidence.size() < kMostEvidence) process.evidence.push_back(reference(log_, seen));
    bool names_parent = false;
    for (const Fact& fact : log_.facts(seen)) {
        switch (number(fact.field)) {
            case "CommandLine"_case:
                if (process.command_line.empty()) process.command_line = texts_.text(fact);
                break;
            case "ParentProcessId"_case:
                if (process.parent_pid == 0) process.parent_pid = log_.number(fact);
                break;
            case "ParentImage"_case:
                names_parent = true;
                if (process.parent_image.empty()) process.parent_image = texts_.text(fact);
                break;
            case "MandatoryLabel"_case:
                names_parent = true;
                if (process.integrity.empty()) process.integrity = texts_.integrity_of_label(fact);
                break;
            default: break;
        }
    }
    // Before version 2, 4688 has no Target: a process that was started for another session carries its creator's id.
    if (seen.target != 0)
        set_logon(index, seen.target, kFromItsToken);
    else
        set_logon(index, seen.subject, names_parent ? kFromItsToken : kFromCreator);
    if (process.user.empty()) {
        const std::uint32_t account = seen.target != 0 ? seen.target_account : seen.subject_account;
        if (account != 0) process.user = texts_.account_name(account);
    }
    if (is_new) {
        process.start = seen.time;
        insert_in_order(index, moment.boot);
    }
}

std::uint32_t ProcessTable::find_or_add(const Moment& moment, std::uint64_t pid, std::uint32_t image,
                                        std::string_view image_text) {
    Processes& list = of_pid(moment.boot, pid);
    const Timestamp time = moment.seen->time;
    auto place = std::upper_bound(list.begin(), list.end(), time + kSameStart, [&](Timestamp t, std::uint32_t other) {
        return t < begin_of(history_.processes[other]);
    });
    // The last that had begun is meant; the one before it only where a start within the last seconds is another
    // program's.
    for (int tries = 0; place != list.begin() && tries < 2; ++tries) {
        const std::uint32_t candidate = *--place;
        Process& process = history_.processes[candidate];
        if (process.end && *process.end + kSameStart < time) break;
        if (image_agrees(candidate, image, image_text)) return candidate;
        if (begin_of(process) + kSameStart < time) break;
    }
    const std::uint32_t index = add(moment, pid, image, image == 0 ? texts_.intern(image_text) : texts_.text(image));
    history_.processes[index].first_seen = history_.processes[index].last_seen = time;
    insert_in_order(index, moment.boot);
    return index;
}

/// The parent of a process that Security saw start. The record's subject is whoever the creator was: that tells its
/// session where nothing better does, and that a number was given again where its program is not named.
void ProcessTable::find_creator(const Moment& moment) {
    const Observation& seen = *moment.seen;
    const Process& process = history_.processes[moment.process];
    std::uint32_t parent = process.parent;
    if (parent == kNobody) {
        if (process.parent_pid == 0) return;
        const std::string_view image = process.parent_image;
        // Without its program's name the parent is only taken if it is known to have been there.
        if (image.empty() && !by_pid_.find(std::uint64_t{moment.boot} << 32 | process.parent_pid)) return;
        parent = find_or_add(moment, process.parent_pid, 0, image);
        const Draft& draft = drafts_[parent - first_];
        // A program that took on another identity just now is no other program.
        const bool is_another = image.empty() && draft.logon_id != 0 && seen.subject != 0 &&
                                draft.logon_id != seen.subject && !LogonId(draft.logon_id).is_well_known() &&
                                seen.time - history_.processes[parent].last_seen > kLongUnheard;
        if (parent == moment.process || is_another) return;
        history_.processes[moment.process].parent = parent;
    }
    // What the system starts it may start for anybody; what a person's program starts is that person's.
    const Draft& draft = drafts_[parent - first_];
    if (draft.logon_rank == kFromCreator && !LogonId(draft.logon_id).is_well_known()) return;
    set_logon(parent, seen.subject, kFromChild);
}

void ProcessTable::see_security(Moment& moment) {
    const Observation& seen = *moment.seen;
    if (seen.kind == Kind::ProcessCreated) return find_creator(moment);
    const std::uint32_t index = moment.process =
        find_or_add(moment, seen.process_id, seen.image, log_.blob(seen.image));
    Process& process = history_.processes[index];
    Draft& draft = drafts_[index - first_];
    if (process.image.empty() && seen.image != 0) {
        process.image = texts_.text(seen.image);
        draft.image = seen.image;
    }
    process.first_seen = std::min(process.first_seen, seen.time);
    process.last_seen = std::max(process.last_seen, seen.time);
    if (seen.target == 0 && seen.target_account != 0 && draft.account == 0) draft.account = seen.target_account;
    if (subject_is_the_process_identity(seen.kind) && seen.subject != 0) {
        if (draft.hint == 0) draft.hint = seen.subject;
        draft.hints_differ = draft.hints_differ || draft.hint != seen.subject;
    }
    if (seen.kind == Kind::ProcessExited) {
        set_logon(index, seen.subject, kFromItsToken);
        note_exit(moment, index);
    }
    if (seen.kind == Kind::PrimaryTokenAssigned) {
        const std::uint64_t target_pid = log_.number(seen, "TargetProcessId"_field);
        if (target_pid == 0 || target_pid > UINT32_MAX) return;
        const std::uint32_t given = find_or_add(moment, target_pid, 0, log_.text(seen, "TargetImage"_field));
        set_logon(given, seen.target, kFromItsToken);
    }
}

void ProcessTable::note_exit(const Moment& moment, std::uint32_t index) {
    Process& process = history_.processes[index];
    if (!process.end) process.end = moment.seen->time;
    if (const Fact* const code = log_.find(*moment.seen, "ExitCode"_field))
        process.exit_code = static_cast<std::uint32_t>(log_.number(*code));
    if (process.evidence.size() < kMostEvidence) process.evidence.push_back(reference(log_, *moment.seen));
}

std::vector<std::uint32_t> ProcessTable::order_by_begin() const {
    const std::span<const Process> own = std::span(history_.processes).subspan(first_);
    std::vector<std::uint32_t> order(own.size());
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
        const Process& x = own[a];
        const Process& y = own[b];
        if (x.boot != y.boot) return x.boot < y.boot;
        if (begin_of(x) != begin_of(y)) return begin_of(x) < begin_of(y);
        return x.pid != y.pid ? x.pid < y.pid : x.guid != y.guid ? x.guid < y.guid : x.image < y.image;
    });
    return order;
}

/// By its own records; what started before the logs has its user in the records of what it started.
AccountParts ProcessTable::account_of(const Process& process, const Draft& draft) const {
    if (draft.account != 0) return log_.account(draft.account);
    const NamedAccount named = split_account(process.user);
    return {.sid = {}, .domain = named.domain, .name = named.name};
}

/// What Sysmon saw a process start is in the process's own session, as a rule. Where they differ, those with the least
/// rights tell: to start something with fewer than one's own is rare. Others ran with full rights after a prompt, or in
/// a session that was made for them.
void ProcessTable::learn_from_children(std::span<const std::uint32_t> order) {
    constexpr Duration kPromptToProgram = Duration::seconds(60);
    std::optional<Timestamp> prompt;
    for (const std::uint32_t i : order) {
        const Process& child = history_.processes[first_ + i];
        const Timestamp begin = begin_of(child);
        if (equals_ignoring_ascii_case(base_name(child.image), "consent.exe")) prompt = begin;
        if (drafts_[i].logon_rank != kFromSysmon || child.parent == kNobody) continue;
        Draft& parent = drafts_[child.parent - first_];
        const std::uint8_t rights = rights_at(child.integrity);
        if (parent.logon_id != 0) continue;
        if (rights >= kFullRights && prompt && begin - *prompt <= kPromptToProgram) {
            parent.prompted_to = drafts_[i].logon_id;
            continue;
        }
        const std::uint32_t session = table_.find(child.boot - first_boot_, drafts_[i].logon_id);
        if (session == kNobody || began_for(history_.sessions[session], begin)) continue;
        const std::string_view account = account_of(history_.processes[child.parent], parent).name;
        const bool is_account =
            !account.empty() && equals_ignoring_ascii_case(base_name(account), base_name(child.user));
        if (!is_account && (parent.account != 0 || !account.empty())) continue;
        if (parent.childrens == 0 || rights < parent.childrens_rights) {
            parent.childrens = drafts_[i].logon_id;
            parent.childrens_rights = rights;
            parent.children_differ = false;
            parent.is_childrens_account = is_account;
        } else if (rights == parent.childrens_rights) {
            parent.children_differ = parent.children_differ || parent.childrens != drafts_[i].logon_id;
        }
    }
}

/// A service may start programs for whoever sits there: without the process's own account it is no more than likely.
std::uint32_t ProcessTable::childrens_session(const Process& process, const Draft& draft, Strength& strength) const {
    if (draft.childrens == 0 || draft.children_differ || is_broker(process.image)) return kNobody;
    strength = draft.is_childrens_account ? Strength::Strong : Strength::Probable;
    return table_.find(process.boot - first_boot_, draft.childrens);
}

void ProcessTable::settle_sessions(std::span<const std::uint32_t> order) {
    // Parents before children, so that what a parent was found to be can be handed down.
    for (const std::uint32_t i : order) {
        Process& process = history_.processes[first_ + i];
        const Draft& draft = drafts_[i];
        const std::uint32_t boot = process.boot - first_boot_;
        if (process.user.empty() && draft.account != 0) process.user = texts_.account_name(draft.account);
        if (draft.logon_id != 0) {
            process.session = table_.find(boot, draft.logon_id);
            process.session_strength = draft.logon_rank < kFromItsToken ? Strength::Strong : Strength::Certain;
        } else if (const std::uint32_t hinted = hinted_session(process, draft); hinted != kNobody) {
            process.session = hinted;
            process.session_strength = Strength::Strong;
        } else if (is_linux_) {
            process.session = table_.find(boot, kNoLogin.value());
            process.session_strength = Strength::Certain;
        } else if (runs_as_the_system(process)) {
            process.session = table_.find(boot, LogonId::system().value());
            process.session_strength = Strength::Strong;
        } else if (Strength strength = Strength::Probable;
                   (process.session = childrens_session(process, draft, strength)) != kNobody ||
                   (process.session = only_session_of(process, draft, strength)) != kNobody) {
            process.session_strength = strength;
        } else if (process.parent != kNobody && !is_broker(history_.processes[process.parent].image) &&
                   history_.processes[process.parent].session != kNobody) {
            process.session = history_.processes[process.parent].session;
            process.session_strength =
                std::min(Strength::Probable, history_.processes[process.parent].session_strength);
        }
    }
}

/// The one session that a process was seen to act under. Windows' own services take on their callers' identities: of
/// them only a session of the system is believed.
std::uint32_t ProcessTable::hinted_session(const Process& process, const Draft& draft) const {
    if (draft.hint == 0 || draft.hints_differ) return kNobody;
    const std::uint32_t hinted = table_.find(process.boot - first_boot_, draft.hint);
    if (hinted == kNobody || !is_broker(process.image) || history_.sessions[hinted].origin == Origin::WellKnown)
        return hinted;
    return kNobody;
}

void ProcessTable::list_sessions_of_accounts() {
    for (std::uint32_t i = table_.first(); i < history_.sessions.size(); ++i)
        sessions_of_accounts_.add(i, history_.sessions[i]);
    sessions_of_accounts_.settle();
    sessions_are_listed_ = true;
}

/// The session of the user that the process runs as, if the user has only one that it can be.
std::uint32_t ProcessTable::only_session_of(const Process& process, const Draft& draft, Strength& strength) {
    const AccountParts user = account_of(process, draft);
    if (user.name.empty() && user.sid.empty()) return kNobody;
    if (!sessions_are_listed_) list_sessions_of_accounts();
    const Timestamp until = process.start ? *process.start + kSameStart : Timestamp::latest();
    std::vector<std::uint32_t> candidates;
    sessions_of_accounts_.each(process.boot, user, process.first_seen - kSameStart, until, [&](std::uint32_t i) {
        if (history_.sessions[i].key.logon_id.value() != draft.prompted_to) candidates.push_back(i);
        return candidates.size() <= 2;
    });
    std::ranges::sort(candidates);
    if (candidates.size() == 1) {
        strength = history_.sessions[candidates[0]].origin == Origin::WellKnown ? Strength::Strong : Strength::Probable;
        return candidates[0];
    }
    if (candidates.size() == 2 &&
        history_.sessions[candidates[0]].linked == history_.sessions[candidates[1]].key.logon_id) {
        // Two halves of one logon: programs run in the limited one unless they were elevated.
        strength = Strength::Weak;
        const Session& first = history_.sessions[candidates[0]];
        return first.elevated.value_or(rights_at(first.integrity) >= kFullRights && !first.integrity.empty())
                   ? candidates[1]
                   : candidates[0];
    }
    return kNobody;
}

void ProcessTable::put_in_order(std::vector<std::uint32_t> order, Timeline& timeline) {
    const std::span<Process> own = std::span(history_.processes).subspan(first_);
    const std::vector<std::uint32_t> places = places_in(order);
    rearrange(own, std::move(order));
    for (Process& process : own)
        if (process.parent != kNobody) process.parent = first_ + places[process.parent - first_];
    for (Moment& moment : timeline)
        if (moment.process != kNobody) moment.process = first_ + places[moment.process - first_];
}

}  // namespace spoor::sessions
