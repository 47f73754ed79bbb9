// Links between the sessions of one host.
#include <algorithm>
#include <string>

#include "base/unicode.h"
#include "trails/linking.h"

namespace spoor::trails {
namespace {

void link_elevated_pairs(Linking& linking) {
    const History& history = linking.history;
    for (std::uint32_t i = 0; i < history.sessions.size(); ++i) {
        const std::uint32_t twin = linking.index.twin(i);
        if (twin == kNobody || !history.sessions[i].elevated.value_or(i < twin)) continue;
        if (history.sessions[twin].elevated.value_or(false) && i > twin) continue;
        linking.links.add({.from = i,
                           .to = twin,
                           .kind = LinkKind::LinkedToken,
                           .strength = Strength::Certain,
                           .reason = "TargetLinkedLogonId of both logons",
                           .evidence = {evidence_of(history.sessions[i], 4624), evidence_of(history.sessions[twin], 4624)}});
    }
}

/// Two sessions without logons of their own that began in one second, for one user, on one terminal session, with
/// neighbouring logon ids: the halves of one logon.
void link_inferred_pairs(Linking& linking) {
    constexpr std::uint64_t kNeighbours = 0x1000;
    const History& history = linking.history;
    for (std::uint32_t a = 0; a < history.sessions.size(); ++a) {
        const Session& first = history.sessions[a];
        if (first.origin != Origin::Inferred || !first.start || linking.index.twin(a) != kNobody || first.key.logon_id.is_well_known()) continue;
        for (const std::uint32_t b : linking.index.sessions_between(first.key.host, *first.start - Duration::seconds(1), *first.start + Duration::seconds(1))) {
            const Session& second = history.sessions[b];
            if (b == a || second.origin != Origin::Inferred || !second.start || linking.index.twin(b) != kNobody) continue;
            if (second.key.boot != first.key.boot || second.key.logon_id <= first.key.logon_id) continue;
            if (second.key.logon_id.value() - first.key.logon_id.value() > kNeighbours) continue;
            if (!first.terminal_session || first.terminal_session != second.terminal_session || !acts_for(first, second.user)) continue;
            // The full token is made first and has the lower number.
            linking.index.pair(a, b);
            linking.links.add({.from = a,
                               .to = b,
                               .kind = LinkKind::LinkedToken,
                               .strength = Strength::Probable,
                               .reason = "same user, second and terminal session, neighbouring logon ids",
                               .evidence = {first.evidence.empty() ? EventRef{} : first.evidence.front(),
                                            second.evidence.empty() ? EventRef{} : second.evidence.front()}});
            break;
        }
    }
}

LinkKind kind_of_subject_link(const Session& session) {
    if (session.type == LogonType::NewCredentials) return LinkKind::NewCredentials;
    const std::string_view by = trimmed(session.logon_process);
    return equals_ignoring_ascii_case(by.substr(0, 7), "seclogo") ? LinkKind::ExplicitCredentials : LinkKind::LogonUser;
}

/// The subject of a logon record is the session that asked for it.
void link_subjects(Linking& linking) {
    const History& history = linking.history;
    for (std::uint32_t i = 0; i < history.sessions.size(); ++i) {
        const Session& session = history.sessions[i];
        if (session.subject == LogonId::none() || session.subject.is_well_known() || session.origin != Origin::Logged) continue;
        const std::uint32_t from = linking.index.session_beside(i, session.subject);
        if (from == kNobody || from == i || from == linking.index.twin(i)) continue;
        Link link{.from = from,
                  .to = i,
                  .kind = kind_of_subject_link(session),
                  .strength = Strength::Certain,
                  .process = linking.index.process(session.key.host, {{}, session.logon_process_id, {}}, beginning(session)),
                  .reason = "SubjectLogonId of the logon",
                  .evidence = {evidence_of(session, 4624)}};
        const Timestamp began = beginning(session);
        for (const ExplicitCredentials& credentials :
             rows_between(linking.evidence.explicit_credentials, session.key.host, began - Duration::seconds(2), began + Duration::seconds(2)))
            if (credentials.subject == session.subject && same_account(credentials.user, session.user.name)) link.evidence.push_back(credentials.event);
        linking.links.add(std::move(link));
    }
}

/// consent.exe logs another user on in SYSTEM's name: only the first program of the new session, whose parent is in the
/// session of whoever was prompted, tells who that was.
void link_prompts(Linking& linking) {
    constexpr Duration kPromptToProgram = Duration::seconds(60);
    const History& history = linking.history;
    for (std::uint32_t i = 0; i < history.sessions.size(); ++i) {
        const Session& session = history.sessions[i];
        if (!equals_ignoring_ascii_case(trimmed(session.logon_process), "CredPro")) continue;
        const std::uint32_t twin = linking.index.twin(i);
        for (const std::uint32_t half : {i, twin}) {
            if (half == kNobody) continue;
            for (const std::uint32_t p : linking.index.processes_in(half)) {
                const Process& process = history.processes[p];
                if (process.parent == kNobody || !process.start) continue;
                const Process& parent = history.processes[process.parent];
                if (parent.session == kNobody || parent.session == half || parent.session == twin || parent.session == i) continue;
                if (history.sessions[parent.session].key.logon_id.is_well_known()) continue;
                if (!within(*process.start, beginning(session), Duration::seconds(2), kPromptToProgram)) continue;
                linking.links.add({.from = parent.session,
                                   .to = half,
                                   .kind = LinkKind::UacOtherUser,
                                   .strength = Strength::Strong,
                                   .process = process.parent,
                                   .reason = "consent prompt; the first program's parent is in this session",
                                   .evidence = {evidence_of(session, 4624), process.evidence.empty() ? EventRef{} : process.evidence.front()}});
                break;
            }
        }
    }
}

/// The command without quotes and environment spelling, in lower case, for comparing a service's or task's program.
std::string plain_command(std::string_view text) {
    std::string plain;
    for (const char c : fold_case(text))
        if (c != '"') plain.push_back(c);
    for (const std::string_view variable : {"%systemroot%", "\\systemroot", "%windir%"})
        if (plain.starts_with(variable)) plain.replace(0, variable.size(), "c:\\windows");
    for (const std::string_view variable : {"%comspec%"})
        if (plain.starts_with(variable)) plain.replace(0, variable.size(), "c:\\windows\\system32\\cmd.exe");
    return std::string(trimmed(plain));
}

/// True when a process runs what a service or task was set up to run. Many services share svchost.exe: where the command
/// line is known it must be the one that was set up; else the program must be one that tells services apart.
bool runs(const Process& process, std::string_view command) {
    const std::string wanted = plain_command(command);
    if (wanted.empty()) return false;
    if (!process.command_line.empty()) {
        const std::string actual = plain_command(process.command_line);
        const auto begins = [](std::string_view longer, std::string_view shorter) {
            return longer.starts_with(shorter) && (longer.size() == shorter.size() || longer[shorter.size()] == ' ');
        };
        return begins(actual, wanted) || (actual.contains(' ') && begins(wanted, actual));
    }
    const std::string image = plain_command(process.image);
    return !image.empty() && !is_broker(image) && wanted.starts_with(image);
}

void link_services(Linking& linking) {
    constexpr Duration kInstallToStart = Duration::seconds(10 * 60);
    for (const ServiceInstall& install : linking.evidence.services) {
        std::uint32_t from = linking.index.session(install.event.host, install.subject, install.event.time);
        const std::uint32_t client = linking.index.process(install.event.host, install.client, install.event.time);
        if (from == kNobody && client != kNobody) from = linking.process(client).session;
        // What the system sets up for itself (a user's own copies of services at each logon) has no one behind it.
        if (from == kNobody || linking.session(from).key.logon_id.is_well_known()) continue;
        const Timestamp installed = install.event.time;
        for (const std::uint32_t p : linking.index.processes_between(install.event.host, installed - Duration::seconds(2), installed + kInstallToStart)) {
            const Process& process = linking.process(p);
            if (!process.start || process.session == kNobody) continue;
            if (image_name(process.parent_image) != "services.exe" || !runs(process, install.command)) continue;
            linking.links.add({.from = from,
                               .to = process.session,
                               .kind = LinkKind::Service,
                               .strength = Strength::Certain,
                               .process = client,
                               .to_process = p,
                               .reason = linking.texts.intern("installed service " + std::string(install.name)),
                               .evidence = {install.event, process.evidence.empty() ? EventRef{} : process.evidence.front()}});
        }
    }
}

void link_tasks(Linking& linking) {
    constexpr Duration kRegistrationToRun = Duration::seconds(24 * 3600);
    for (const TaskChange& task : linking.evidence.tasks) {
        const std::uint32_t from = linking.index.session(task.event.host, task.subject, task.event.time);
        if (from == kNobody || linking.session(from).key.logon_id.is_well_known()) continue;
        const std::string_view reason = linking.texts.intern("created task " + std::string(task.name));
        const auto add = [&](std::uint32_t p, Strength strength, const EventRef& run) {
            const Process& process = linking.process(p);
            if (process.session == kNobody) return;
            linking.links.add({.from = from,
                               .to = process.session,
                               .kind = LinkKind::Task,
                               .strength = strength,
                               .to_process = p,
                               .reason = reason,
                               .evidence = {task.event, run, process.evidence.empty() ? EventRef{} : process.evidence.front()}});
        };
        for (const TaskProcess& run : linking.evidence.task_processes) {
            if (run.event.host != task.event.host || run.event.time < task.event.time || !equals_ignoring_ascii_case(run.name, task.name)) continue;
            if (const std::uint32_t p = linking.index.process(run.event.host, {{}, run.pid, {}}, run.event.time); p != kNobody) add(p, Strength::Certain, run.event);
        }
        if (task.command.empty()) continue;
        for (const std::uint32_t p : linking.index.processes_between(task.event.host, task.event.time, task.event.time + kRegistrationToRun)) {
            const Process& process = linking.process(p);
            if (!process.start) continue;
            const std::string parent = image_name(process.parent_image);
            if ((parent != "svchost.exe" && parent != "taskeng.exe" && parent != "taskhostw.exe") || !runs(process, task.command)) continue;
            add(p, Strength::Strong, {});
        }
    }
}

/// The session that every process of a service account runs in.
LogonId session_of_service_account(std::string_view user) {
    const std::string_view name = user.substr(user.rfind('\\') + 1);
    if (equals_ignoring_ascii_case(name, "SYSTEM")) return LogonId::system();
    if (equals_ignoring_ascii_case(name, "LOCAL SERVICE")) return LogonId::local_service();
    if (equals_ignoring_ascii_case(name, "NETWORK SERVICE")) return LogonId::network_service();
    return LogonId::none();
}

void link_injections(Linking& linking) {
    for (const Injection& injection : linking.evidence.injections) {
        const std::uint32_t source = linking.index.process(injection.event.host, injection.source, injection.event.time);
        const std::uint32_t target = linking.index.process(injection.event.host, injection.target, injection.event.time);
        if (source == kNobody || target == kNobody || source == target) continue;
        const std::uint32_t from = linking.process(source).session;
        std::uint32_t to = linking.process(target).session;
        // A process that started before the logs begin has no session of record, but its account may tell.
        if (to == kNobody) to = linking.index.session(injection.event.host, session_of_service_account(injection.target_user), injection.event.time);
        if (from == kNobody || to == kNobody || from == to || linking.session(from).key.logon_id.is_well_known()) continue;
        linking.links.add({.from = from,
                           .to = to,
                           .kind = LinkKind::Injection,
                           .strength = Strength::Certain,
                           .process = source,
                           .to_process = target,
                           .reason = "a thread was started in a process of this session",
                           .evidence = {injection.event}});
    }
}

/// A process of a person's session that acts under another session has taken its identity on.
void link_impersonations(Linking& linking) {
    for (const ForeignSubject& foreign : linking.evidence.foreign_subjects) {
        const std::uint32_t p = linking.index.process(foreign.event.host, foreign.process, foreign.event.time);
        if (p == kNobody) continue;
        const Process& process = linking.process(p);
        if (process.session == kNobody || process.session_strength < Strength::Strong) continue;
        const Session& own = linking.session(process.session);
        if (own.key.logon_id == foreign.subject || own.key.logon_id.is_well_known()) continue;
        const std::uint32_t to = linking.index.session(foreign.event.host, foreign.subject, foreign.event.time);
        if (to == kNobody || to == linking.index.twin(process.session) || linking.session(to).key.boot != own.key.boot) continue;
        linking.links.add({.from = process.session,
                           .to = to,
                           .kind = LinkKind::Impersonation,
                           .strength = Strength::Certain,
                           .process = p,
                           .reason = "its process acted under this session",
                           .evidence = {foreign.event}});
    }
}

/// A program whose parent is in another session, where nothing that starts programs for others stands between.
void link_token_thefts(Linking& linking) {
    for (std::uint32_t p = 0; p < linking.history.processes.size(); ++p) {
        const Process& process = linking.process(p);
        if (process.parent == kNobody || process.session == kNobody || process.session_strength < Strength::Strong) continue;
        const Process& parent = linking.process(process.parent);
        if (parent.session == kNobody || parent.session == process.session || parent.session_strength < Strength::Strong) continue;
        if (is_broker(parent.image) || parent.session == linking.index.twin(process.session)) continue;
        const Session& from = linking.session(parent.session);
        if (from.key.logon_id.is_well_known() || linking.links.joins(parent.session, process.session)) continue;
        linking.links.add({.from = parent.session,
                           .to = process.session,
                           .kind = LinkKind::TokenTheft,
                           .strength = Strength::Strong,
                           .process = process.parent,
                           .to_process = p,
                           .reason = "a program started another under this session's token",
                           .evidence = {process.evidence.empty() ? EventRef{} : process.evidence.front()}});
    }
}

/// Unlocking and reconnecting check the password in a session of their own, which is thrown away; the user goes on in
/// the old one.
void link_station_changes(Linking& linking) {
    for (const StationChange& change : linking.evidence.station_changes) {
        if (change.kind != Kind::WorkstationUnlocked && change.kind != Kind::SessionReconnected) continue;
        const std::uint32_t resumed = linking.index.session(change.event.host, change.session, change.event.time);
        if (resumed == kNobody) continue;
        const auto client = IpAddress::parse(change.address);
        std::uint32_t network_check = kNobody;
        for (const std::uint32_t i :
             linking.index.sessions_between(change.event.host, change.event.time - Duration::seconds(30), change.event.time + Duration::seconds(5))) {
            const Session& check = linking.session(i);
            if (i == resumed || check.origin != Origin::Logged || !check.start || !acts_for(check, linking.session(resumed).user)) continue;
            const bool unlock = check.type == LogonType::Unlock || check.type == LogonType::CachedUnlock;
            if (change.kind == Kind::WorkstationUnlocked && unlock && check.elevated.value_or(true) &&
                within(*check.start, change.event.time, Duration::seconds(5), Duration::seconds(5)))
                linking.links.add({.from = i,
                                   .to = resumed,
                                   .kind = LinkKind::Unlock,
                                   .strength = Strength::Strong,
                                   .reason = "the same user's password check in the same seconds",
                                   .evidence = {change.event, evidence_of(check, 4624)}});
            // The last network logon of the client before the reconnect is its check; earlier ones had their own ends.
            const bool network = check.type == LogonType::Network && check.source_address && check.source_port == 0;
            if (network && *check.start <= change.event.time + Duration::seconds(2) && (!client || *client == *check.source_address)) network_check = i;
        }
        if (change.kind != Kind::SessionReconnected || network_check == kNobody) continue;
        linking.links.add({.from = resumed,
                           .to = network_check,
                           .kind = LinkKind::RdpReconnect,
                           .strength = Strength::Strong,
                           .reason = "the client's network check before the reconnect",
                           .evidence = {change.event, evidence_of(linking.session(network_check), 4624)}});
    }
}

/// Remote desktop checks the user over the network first (NLA): a network session that precedes the desktop's.
void link_nla(Linking& linking) {
    for (std::uint32_t i = 0; i < linking.history.sessions.size(); ++i) {
        const Session& desktop = linking.session(i);
        if (desktop.type != LogonType::RemoteInteractive || !desktop.start || !desktop.source_address) continue;
        if (linking.index.twin(i) != kNobody && !desktop.elevated.value_or(true)) continue;
        std::uint32_t nearest = kNobody;
        for (const std::uint32_t n :
             linking.index.sessions_between(desktop.key.host, *desktop.start - Duration::seconds(30), *desktop.start + Duration::seconds(1))) {
            const Session& check = linking.session(n);
            if (check.type != LogonType::Network || !check.start || check.source_address != desktop.source_address) continue;
            if (check.key.boot != desktop.key.boot || !acts_for(check, desktop.user)) continue;
            if (nearest == kNobody || *check.start > *linking.session(nearest).start) nearest = n;
        }
        if (nearest == kNobody) continue;
        linking.links.add({.from = nearest,
                           .to = i,
                           .kind = LinkKind::RdpNla,
                           .strength = Strength::Strong,
                           .reason = "same user and client, within 30 seconds",
                           .evidence = {evidence_of(linking.session(nearest), 4624), evidence_of(desktop, 4624)}});
    }
}

}  // namespace

void link_within_hosts(Linking& linking) {
    link_elevated_pairs(linking);
    link_inferred_pairs(linking);
    link_subjects(linking);
    link_prompts(linking);
    link_services(linking);
    link_tasks(linking);
    link_injections(linking);
    link_impersonations(linking);
    link_station_changes(linking);
    link_nla(linking);
    link_token_thefts(linking);
}

}  // namespace spoor::trails
