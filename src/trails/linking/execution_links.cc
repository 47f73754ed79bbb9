// What someone set up and the system ran later: services, scheduled tasks, WMI subscriptions. The set-up may be days
// before the run, and the run may happen again and again: each is tied to the last set-up before it.
#include <algorithm>
#include <string>

#include "base/unicode.h"
#include "trails/linking/set_ups.h"

namespace spoor::trails {

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

namespace {

/// What follows the name of the program that a process runs, in its own command line.
std::string_view arguments_of(std::string_view command_line, std::string_view image) {
    if (!image.empty() && command_line.starts_with(image)) return command_line.substr(image.size());
    return command_line.substr(std::min(command_line.find(' '), command_line.size()));
}

/// Whether a command line is the one that was asked for, from its program on; where it may, with more behind it.
bool is_line(std::string_view actual, std::string_view wanted, Arguments arguments) {
    const auto begins = [](std::string_view longer, std::string_view shorter) {
        return longer.starts_with(shorter) && (longer.size() == shorter.size() || longer[shorter.size()] == ' ');
    };
    if (arguments == Arguments::AsSetUp ? actual == wanted : begins(actual, wanted)) return true;
    constexpr std::size_t kShortestCut = 120;  // some records cut long lines
    return actual.size() >= kShortestCut && wanted.starts_with(actual);
}

bool is_shell_script(std::string_view program) { return program.ends_with(".cmd") || program.ends_with(".bat"); }

/// "FS01" of "\\FS01\Updater"; empty where a name has no server before it.
std::string_view server_of(std::string_view name) {
    return name.starts_with(R"(\\)") ? name.substr(2, name.find('\\', 2) - 2) : std::string_view();
}

/// What the shell was started for that Windows runs scripts with: "cmd.exe /c SCRIPT ARGUMENTS".
std::string_view script_of(std::string_view command_line, std::string_view image) {
    constexpr std::string_view kRun = " /c ";
    const std::string_view arguments = arguments_of(command_line, image);
    return arguments.starts_with(kRun) ? trimmed(arguments.substr(kRun.size())) : std::string_view();
}

}  // namespace

/// Many services share svchost.exe: where the command line is known it must be the one that was set up; else the
/// program must be one that tells services apart. A program without a folder is looked up in the path, and its name
/// may stand for the file's.
bool runs(const Process& process, std::string_view command, Arguments arguments) {
    const std::string wanted = plain_command(command);
    if (wanted.empty()) return false;
    const std::string image = plain_command(process.image);
    if (process.command_line.empty()) return !image.empty() && !is_broker(image) && wanted.starts_with(image);
    const std::string actual = plain_command(process.command_line);
    if (is_line(actual, wanted, arguments)) return true;
    if (image_name(image) == "cmd.exe" && (wanted.contains(".cmd") || wanted.contains(".bat")))
        return is_line(script_of(actual, image), wanted, arguments);
    const std::string_view asked = std::string_view(wanted).substr(0, wanted.find(' '));
    if (asked.find_first_of("\\/:") != asked.npos || image.empty()) return false;
    const std::string program = image_name(image);
    if (program != asked && program != std::string(asked) + ".exe") return false;
    return is_line(program + std::string(arguments_of(actual, image)), program + wanted.substr(asked.size()),
                   arguments);
}

HostId place_of(const Linking& linking, std::string_view name, const EventRef& event) {
    const std::string_view server = server_of(name);
    if (server.empty()) return event.host;
    const auto address = IpAddress::parse(server);
    if (!address) return linking.host_named(server, event.host);
    const std::vector<HostId> hosts = linking.addresses.hosts_at(*address, event.time);
    return hosts.size() == 1 ? hosts.front() : HostId::None;
}

std::string plain_name(std::string_view name) {
    if (const std::string_view server = server_of(name); !server.empty())
        name.remove_prefix(std::min(2 + server.size(), name.size()));
    return fold_case(name.starts_with('\\') ? name.substr(1) : name);
}

std::vector<std::string> programs_of(std::string_view command) {
    const std::string plain = plain_command(command);
    constexpr int kMostBlanks = 6;
    std::vector<std::string> programs;
    int blanks = 0;
    for (std::size_t end = plain.find(' '); blanks++ < kMostBlanks; end = plain.find(' ', end + 1)) {
        std::string program = image_name(std::string_view(plain).substr(0, end));
        if (!program.contains('.')) program += ".exe";
        if (is_shell_script(program)) program = "cmd.exe";
        if (std::ranges::find(programs, program) == programs.end()) programs.push_back(std::move(program));
        if (end == std::string::npos) break;
    }
    return programs;
}

namespace {

// What is started this soon after it was set up was started by whoever set it up, beyond doubt.
constexpr Duration kAtOnce = Duration::seconds(10 * 60);

/// Whose doing a record was: the session that it names, or those of the account that it names.
struct Author {
    std::vector<std::uint32_t> sessions;
    std::uint32_t process = kNobody;
    Strength most = Strength::Probable;  // by the account alone
};

/// Of a user's sessions those that began last before something happened are likelier to have caused it: an intruder's
/// network session rather than the desktop that has been there for days, and the one that came in that very moment
/// rather than those of the minutes before.
void prefer_fresh(const Linking& linking, HostId host, const Principal& user, Timestamp time,
                  std::vector<std::uint32_t>& sessions) {
    constexpr Duration kFresh = Duration::seconds(120);
    std::vector<std::uint32_t> fresh;
    for (const std::uint32_t i : linking.index.sessions_of(host, user, Index::Rank::Network, time + kLate)) {
        const Session& session = linking.session(i);
        if (session.start && time - *session.start <= kFresh && alive_at(session, time, kLate) &&
            !session.user.name.ends_with('$'))
            fresh.push_back(i);
    }
    if (fresh.empty()) return;
    std::vector<std::uint32_t> just = fresh;
    std::erase_if(just, [&](std::uint32_t i) { return time - *linking.session(i).start > kLate; });
    sessions = just.empty() ? std::move(fresh) : std::move(just);
}

/// Whether what was set up could only be so with full rights.
enum class Rights : bool { Any, Full };

bool has_full_rights(const Session& session) {
    return session.elevated.value_or(equals_ignoring_ascii_case(session.integrity, "High"));
}

Author author_by_account(const Linking& linking, HostId host, const Principal& user, Timestamp time, Rights rights) {
    Author author{.sessions = local_candidates(linking, host, user, time), .process = kNobody};
    prefer_fresh(linking, host, user, time, author.sessions);
    if (rights == Rights::Full)
        for (std::uint32_t& session : author.sessions)
            if (const std::uint32_t twin = linking.index.twin(session);
                twin != kNobody && has_full_rights(linking.session(twin)) && !has_full_rights(linking.session(session)))
                session = twin;
    return author;
}

/// Keeps a link from what a program of the system's session set up: the program that the record names, else those just
/// started there whose command lines have the name of what was set up. Windows' own programs do so all the time.
void keep_for_later(Linking& linking, const Link& link, std::string_view name) {
    const auto keep = [&](std::uint32_t program, Strength most) {
        if (is_broker(linking.process(program).image)) return;
        linking.by_the_system.push_back(link);
        linking.by_the_system.back().process = program;
        linking.by_the_system.back().strength = std::min(link.strength, most);
    };
    if (link.process != kNobody) return keep(link.process, Strength::Certain);
    const std::string last = fold_case(name.substr(name.rfind('\\') + 1));
    for (const std::uint32_t program : programs_that_name(linking, link.from, last, link.evidence.front().time))
        keep(program, Strength::Strong);
}

/// Of the network sessions that the teller's account had on the other host those that came from the teller's host: the
/// ones that began with what was told, else those that were there.
std::vector<std::uint32_t> sessions_of_teller(const Linking& linking, std::uint32_t teller, HostId host,
                                              Timestamp time) {
    constexpr Duration kAtOnceThere = Duration::seconds(30);
    const Session& client = linking.session(teller);
    const Principal& user = client.type == LogonType::NewCredentials ? client.outbound : client.user;
    std::vector<std::uint32_t> there, just;
    for (const std::uint32_t i : linking.index.sessions_of(host, user, Index::Rank::Network, time + kAtOnceThere)) {
        const Session& session = linking.session(i);
        if (!alive_at(session, time, kAtOnceThere) || session.user.name.ends_with('$') ||
            !acts_for(session, user, Identity::Network))
            continue;
        if (session.source_address && !linking.addresses.may_be(*session.source_address, client.key.host, time))
            continue;
        there.push_back(i);
        if (session.start && within(*session.start, time, kAtOnceThere, kAtOnceThere)) just.push_back(i);
    }
    return just.empty() ? there : just;
}

/// Whoever told a program to: on another host through the session that he had here.
template <typename Row>
Author author_by_program(const Linking& linking, const Placed<Row>& told) {
    const EventRef& event = told.row->event;
    const std::uint32_t program = linking.index.process(event.host, told.row->client, event.time);
    if (program == kNobody || linking.process(program).session == kNobody) return {};
    const std::uint32_t teller = linking.process(program).session;
    Author author{.sessions = {teller}, .process = program, .most = Strength::Certain};
    if (!told.is_from_afar()) return author;
    author.most = std::min(Strength::Strong, strength_of_session(linking.process(program)));
    std::vector<std::uint32_t> here = sessions_of_teller(linking, teller, told.host, told.time);
    if (here.empty()) return author;
    if (here.size() > 1) author.most = std::min(author.most, Strength::Probable);
    author.sessions = std::move(here);
    author.process = kNobody;
    return author;
}

using Services = SetUps<ServiceInstall>;

Author author_of(const Linking& linking, const Services& services, const Placed<ServiceInstall>& placed) {
    const ServiceInstall& install = *placed.row;
    if (const std::uint32_t session = linking.index.session(placed.host, install.subject, install.event.time);
        session != kNobody && !placed.is_from_afar())
        return {.sessions = {session},
                .process = linking.index.process(placed.host, install.client, install.event.time),
                .most = Strength::Certain};
    Author author = author_by_program(linking, placed);
    if (!author.sessions.empty() || install.subject != LogonId::none() || install.is_told) return author;
    // A 7045 stands beside the 4697 of the same service, where that is audited.
    if (const Placed<ServiceInstall>* better = services.better_record(placed))
        author = author_of(linking, services, *better);
    if (!author.sessions.empty() || install.account.empty()) return author;
    const Principal user{install.account, {}, account_name(install.user)};
    return author_by_account(linking, placed.host, user, install.event.time, Rights::Full);
}

/// Links a service's program to whoever installed the service.
void link_service(Linking& linking, const Services& services, const Placed<ServiceInstall>& placed, std::uint32_t p) {
    const Process& process = linking.process(p);
    const ServiceInstall& install = *placed.row;
    const Author author = author_of(linking, services, placed);
    const bool at_once = *process.start - placed.time <= kAtOnce;
    for (const std::uint32_t from : author.sessions) {
        Link link{.from = from,
                  .to = process.session,
                  .kind = LinkKind::Service,
                  .strength = std::min(author.most, at_once && !install.is_told ? Strength::Certain : Strength::Strong),
                  .process = author.process,
                  .to_process = p,
                  .reason = linking.texts.intern((install.is_told ? "set up service " : "installed service ") +
                                                 std::string(install.name)),
                  .evidence = {install.event, start_of(process)}};
        // What the system sets up for itself (a user's own copies of services at each logon) has no one behind it.
        if (is_systems_own(linking.session(from)))
            keep_for_later(linking, link, install.name);
        else
            linking.links.add(std::move(link));
    }
}

/// A service that nobody set up as far as the logs go, started the moment that somebody's connection reached the one
/// who starts services: it was there before, and likely started for him.
void link_service_to_caller(Linking& linking, std::uint32_t p) {
    constexpr Duration kBefore = Duration::seconds(3);
    constexpr Duration kAfter = Duration::seconds(2);  // Sysmon writes of connections late
    constexpr std::uint16_t kFirstOfRpc = 49152;       // what is accepted there and kept, services.exe accepted
    const Process& process = linking.process(p);
    for (const Arrival& call :
         rows_between(linking.evidence.arrivals, process.host, *process.start - kBefore, *process.start + kAfter)) {
        if (call.port < kFirstOfRpc) continue;
        for (const std::uint32_t from :
             linking.index.sessions_between(process.host, *process.start - kBefore, *process.start + kLate)) {
            const Session& session = linking.session(from);
            if (session.type != LogonType::Network || session.source_address != call.client.address ||
                session.source_port != call.client.port || session.user.name.ends_with('$'))
                continue;
            linking.links.add({.from = from,
                               .to = process.session,
                               .kind = LinkKind::Service,
                               .strength = Strength::Probable,
                               .to_process = p,
                               .reason = "called the service control manager as it started the program",
                               .evidence = {call.event, start_of(process)}});
        }
    }
}

void link_services(Linking& linking) {
    const Services services(linking, linking.evidence.services);
    for (std::uint32_t p = 0; p < linking.history.processes.size(); ++p) {
        const Process& process = linking.process(p);
        if (!process.start || process.session == kNobody || image_name(process.parent_image) != "services.exe")
            continue;
        if (const Placed<ServiceInstall>* install = services.last_run_by(process, Arguments::MayFollow))
            link_service(linking, services, *install, p);
        else
            link_service_to_caller(linking, p);
    }
}

class TaskLinker {
public:
    explicit TaskLinker(Linking& linking) : linking_(linking), tasks_(linking, linking.evidence.tasks) {}

    void run() {
        if (linking_.evidence.tasks.empty()) return;
        for (const TaskRun& run : linking_.evidence.task_runs) link_run(run);
        for (std::uint32_t p = 0; p < linking_.history.processes.size(); ++p) link_process(p);
        for (std::uint32_t i = 0; i < linking_.history.sessions.size(); ++i) link_batch_logon(i);
    }

private:
    static bool is_scheduler(std::string_view parent) {
        const std::string name = image_name(parent);
        return name == "svchost.exe" || name == "taskeng.exe" || name == "taskhostw.exe";
    }

    Author author_of(const Placed<TaskChange>& placed) const {
        const TaskChange& task = *placed.row;
        const HostId host = placed.host;
        if (const std::uint32_t session = linking_.index.session(host, task.subject, task.event.time);
            session != kNobody && !placed.is_from_afar())
            return {.sessions = {session},
                    .process = linking_.index.process(host, task.client, task.event.time),
                    .most = Strength::Certain};
        if (task.is_told) return author_by_program(linking_, placed);
        // TaskScheduler 106 stands beside the 4698 of the same task, where that is audited.
        if (task.subject == LogonId::none())
            if (const Placed<TaskChange>* better = tasks_.better_record(placed))
                if (Author author = author_of(*better); !author.sessions.empty()) return author;
        if (task.user.empty()) return {};
        Principal user{{}, {}, account_name(task.user)};
        if (const auto sid = Sid::parse(task.user)) user = {*sid, {}, {}};
        return author_by_account(linking_, host, user, task.event.time, Rights::Any);
    }

    void add(const Placed<TaskChange>& placed, std::uint32_t to, std::uint32_t process, Strength strength,
             std::vector<EventRef> evidence) {
        const TaskChange& task = *placed.row;
        const Author author = author_of(placed);
        if (task.is_told) strength = std::min(strength, Strength::Strong);
        for (const std::uint32_t from : author.sessions) {
            if (from == to && process == kNobody) continue;
            Link link{.from = from,
                      .to = to,
                      .kind = LinkKind::Task,
                      .strength = std::min(strength, author.most),
                      .process = author.process,
                      .to_process = process,
                      .reason = linking_.texts.intern((task.is_told ? "set up task " : "created task ") +
                                                      std::string(task.name)),
                      .evidence = {task.event}};
            link.evidence.insert(link.evidence.end(), evidence.begin(), evidence.end());
            if (is_systems_own(linking_.session(from)))
                keep_for_later(linking_, link, task.name);
            else
                linking_.links.add(std::move(link));
        }
    }

    /// The scheduler says which process a task became (129), or which program (200).
    void link_run(const TaskRun& run) {
        const Placed<TaskChange>* task = tasks_.last_named(run.event.host, run.name, run.event.time);
        if (!task) return;
        if (run.pid != 0) {
            const std::uint32_t p = linking_.index.process(run.event.host, {{}, run.pid, {}}, run.event.time);
            if (p != kNobody && linking_.process(p).session != kNobody)
                add(*task, linking_.process(p).session, p, Strength::Certain,
                    {run.event, start_of(linking_.process(p))});
        } else if (!run.program.empty()) {
            for (const std::uint32_t p : linking_.index.processes_between(
                     run.event.host, run.event.time - Duration::seconds(3), run.event.time + Duration::seconds(3))) {
                const Process& process = linking_.process(p);
                if (process.session == kNobody || !is_scheduler(process.parent_image) ||
                    !runs(process, run.program, Arguments::MayFollow))
                    continue;
                add(*task, process.session, p, Strength::Strong, {run.event, start_of(process)});
            }
        }
    }

    /// Without the scheduler's own log: a child of the scheduler that runs what a task was set up to run.
    void link_process(std::uint32_t p) {
        const Process& process = linking_.process(p);
        if (!process.start || process.session == kNobody) return;
        if (process.parent_image.empty() && process.command_line.empty()) return link_bare_process(p);
        if (!is_scheduler(process.parent_image)) return;
        if (const Placed<TaskChange>* task = tasks_.last_run_by(process, Arguments::AsSetUp))
            add(*task, process.session, p, Strength::Strong, {start_of(process)});
    }

    /// Windows writes neither the command nor the parent's name unless it is told to: what starts the moment after a
    /// task for its program was left is likely that task.
    void link_bare_process(std::uint32_t p) {
        constexpr Duration kMoment = Duration::seconds(5);
        const Process& process = linking_.process(p);
        for (const Placed<TaskChange>& task : tasks_.by_program(process))
            if (task.host == process.host && within(*process.start, task.time, kLate, kMoment))
                add(task, process.session, p, Strength::Probable, {start_of(process)});
    }

    /// The scheduler logs on for a task that runs under an account of its own.
    void link_batch_logon(std::uint32_t i) {
        const Session& session = linking_.session(i);
        if (session.type != LogonType::Batch || session.origin != Origin::Logged || !session.start ||
            is_unix_path(session.logon_image))
            return;
        for (const TaskRun& run :
             rows_between(linking_.evidence.task_runs, session.key.host, *session.start - Duration::seconds(3),
                          *session.start + Duration::seconds(3))) {
            if (run.user.empty() || !same_account(run.user, session.user.name)) continue;
            if (const Placed<TaskChange>* task = tasks_.last_named(run.event.host, run.name, run.event.time))
                add(*task, i, kNobody, Strength::Strong, {run.event, evidence_of(session, 4624)});
        }
    }

    Linking& linking_;
    SetUps<TaskChange> tasks_;
};

/// A permanent subscription runs its command in the system's session whenever its event comes.
void link_wmi_subscriptions(Linking& linking) {
    const std::vector<WmiSubscription>& subscriptions = linking.evidence.wmi_subscriptions;
    if (subscriptions.empty()) return;
    const auto add = [&](const WmiSubscription& made, std::uint32_t p, Strength strength) {
        const Process& process = linking.process(p);
        const Author author = author_by_account(linking, made.event.host, {made.account, {}, account_name(made.user)},
                                                made.event.time, Rights::Full);
        if (made.may_be_older) strength = std::min(strength, Strength::Probable);
        for (const std::uint32_t from : author.sessions) {
            linking.links.add(
                {.from = from,
                 .to = process.session,
                 .kind = LinkKind::WmiSubscription,
                 .strength = author.sessions.size() == 1 ? strength : std::min(strength, Strength::Probable),
                 .to_process = p,
                 .reason = linking.texts.intern("created WMI subscription " + std::string(made.name)),
                 .evidence = {made.event, start_of(process)}});
        }
    };
    const SetUps<WmiSubscription> set_ups(linking, subscriptions);
    for (std::uint32_t p = 0; p < linking.history.processes.size(); ++p) {
        const Process& process = linking.process(p);
        if (!process.start || process.session == kNobody || !is_systems_own(linking.session(process.session))) continue;
        const bool runs_scripts = image_name(process.image) == "scrcons.exe";
        if (!runs_scripts && parent_program(linking, process) != "wmiprvse.exe") continue;
        if (const Placed<WmiSubscription>* made = set_ups.last_run_by(
                process, Arguments::MayFollow, [](const WmiSubscription& row) { return !row.command.empty(); })) {
            add(*made->row, p, Strength::Strong);
        } else if (runs_scripts) {
            // The script's host does not say whose script: the last subscription without a command is as good as any.
            const WmiSubscription* last = nullptr;
            for (const WmiSubscription& row :
                 rows_between(subscriptions, process.host, Timestamp::earliest(), *process.start + kLate))
                if (row.command.empty()) last = &row;
            if (last) add(*last, p, Strength::Probable);
        }
    }
}

}  // namespace

void link_nested_executions(Linking& linking) {
    for (bool is_more = true; is_more;) {
        is_more = false;
        std::erase_if(linking.by_the_system, [&](Link& link) {
            if (!is_somebodys(linking, link.process)) return false;
            linking.links.add(std::move(link));
            return is_more = true;
        });
    }
}

void link_executions(Linking& linking) {
    link_services(linking);
    TaskLinker(linking).run();
    link_wmi_subscriptions(linking);
}

}  // namespace spoor::trails
