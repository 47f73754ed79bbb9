// Links of Linux hosts, where a logon session keeps its number whatever identity its processes take on.
//
// su, sudo and their kin, nsenter and chroot stay within the session: the link leads from the session to itself, and
// says which process began under another identity and who called for it. cron, at, systemd and container engines do
// work in sessions of their own, or in none, for someone who asked for it before: those links lead from the asker's
// session.
#include <algorithm>
#include <array>
#include <string>

#include "base/unicode.h"
#include "trails/linking/linking.h"

namespace spoor::trails {
namespace {

constexpr Duration kDaemonAnswers = Duration::seconds(5);

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// "-c 'id'" of "docker exec -it web bash -c 'id'" has many spellings: a process does what was asked for when its own
/// command line ends the asker's.
bool asked_for(std::string_view asker, std::string_view command) {
    return command.size() > 1 && asker.size() > command.size() && asker.ends_with(command);
}

class LinuxLinker {
public:
    explicit LinuxLinker(Linking& linking) : linking_(linking) {}

    void run() {
        for (const JobFile& file : linking_.evidence.job_files)
            if (writer_is_someone(file)) jobs_.push_back(file);
        for (const Invocation& invocation : linking_.evidence.invocations) link_invocation(invocation);
        for (std::uint32_t i = 0; i < linking_.history.sessions.size(); ++i) link_job(i);
        link_units();
    }

private:
    void link_invocation(const Invocation& invocation) {
        const std::uint32_t p =
            linking_.index.process(invocation.event.host, invocation.process, invocation.event.time);
        if (p == kNobody || linking_.process(p).session == kNobody) return;
        const std::string tool = image_name(invocation.process.image);
        if (tool == "systemctl") return link_started_unit(invocation, p);
        if (tool == "systemd-run" || tool == "machinectl")
            return link_daemons_work(invocation, p, LinkKind::Service, "asked systemd to run it");
        if (is_one_of(tool, {"docker", "podman", "crictl", "nerdctl", "kubectl", "ctr"}))
            return link_daemons_work(invocation, p, LinkKind::Container, "asked the container engine to run it");
        const LinkKind kind = is_one_of(tool, {"su", "su-rs", "runuser"})                         ? LinkKind::Su
                              : is_one_of(tool, {"sudo", "sudo-rs", "doas", "pkexec", "setpriv"}) ? LinkKind::Sudo
                                                                                                  : LinkKind::Container;
        // The tool becomes the program that was asked for, or starts it as its child.
        if (image_name(linking_.process(p).image) != tool)
            return add_within(invocation, kind, linking_.process(p).parent, p);
        for (const std::uint32_t child : linking_.index.children_of(p)) {
            if (image_name(linking_.process(child).image) != tool)
                add_within(invocation, kind, linking_.process(p).parent, child);
            // sudo with a terminal of its own has a child that watches over the program.
            else
                for (const std::uint32_t below : linking_.index.children_of(child))
                    add_within(invocation, kind, linking_.process(p).parent, below);
        }
    }

    void add_within(const Invocation& invocation, LinkKind kind, std::uint32_t caller, std::uint32_t begun) {
        const Process& process = linking_.process(begun);
        const std::uint32_t from = caller == kNobody || linking_.process(caller).session == kNobody
                                       ? process.session
                                       : linking_.process(caller).session;
        if (process.session == kNobody) return;
        Link link{.from = from,
                  .to = process.session,
                  .kind = kind,
                  .strength = Strength::Certain,
                  .process = caller,
                  .to_process = begun,
                  .reason = linking_.texts.intern(image_name(invocation.process.image) + " started it"),
                  .evidence = {invocation.event}};
        for (const ExplicitCredentials& used :
             rows_between(linking_.evidence.explicit_credentials, invocation.event.host,
                          invocation.event.time - Duration::seconds(1), invocation.event.time + Duration::seconds(120)))
            if (used.process.pid == invocation.process.pid ||
                (!used.process.guid.is_zero() && used.process.guid == invocation.process.guid))
                link.evidence.push_back(used.event);
        link.evidence.push_back(start_of(process));
        linking_.links.add(std::move(link));
    }

    static bool is_containers_keeper(std::string_view image) {
        const std::string name = image_name(image);
        return name.starts_with("containerd-shim") || is_one_of(name, {"runc", "crun", "conmon"});
    }

    /// What others than the caller started within seconds of being asked, and `fits`.
    template <typename Fits>
    std::vector<std::uint32_t> answers_to(const Invocation& invocation, std::uint32_t caller, Fits fits) const {
        std::vector<std::uint32_t> found;
        const Timestamp asked = invocation.event.time;
        for (const std::uint32_t p :
             linking_.index.processes_between(invocation.event.host, asked, asked + kDaemonAnswers)) {
            const Process& process = linking_.process(p);
            if (p != caller && process.session != kNobody && process.session != linking_.process(caller).session &&
                fits(process))
                found.push_back(p);
        }
        return found;
    }

    void add_answer(const Invocation& invocation, std::uint32_t caller, std::uint32_t answer, LinkKind kind,
                    Strength strength, std::string_view reason) {
        linking_.links.add({.from = linking_.process(caller).session,
                            .to = linking_.process(answer).session,
                            .kind = kind,
                            .strength = strength,
                            .process = caller,
                            .to_process = answer,
                            .reason = reason,
                            .evidence = {invocation.event, start_of(linking_.process(answer))}});
    }

    /// Work that a daemon did for the caller: a process with the command that was asked for, outside the caller's line.
    /// Where the command is the image's own, the only one that a container began with.
    void link_daemons_work(const Invocation& invocation, std::uint32_t caller, LinkKind kind, std::string_view reason) {
        const auto named = answers_to(invocation, caller, [&](const Process& process) {
            return (process.parent_pid == 1 || image_name(process.parent_image).starts_with("systemd") ||
                    is_containers_keeper(process.parent_image)) &&
                   asked_for(invocation.command_line, process.command_line);
        });
        for (const std::uint32_t p : named) add_answer(invocation, caller, p, kind, Strength::Strong, reason);
        if (!named.empty() || kind != LinkKind::Container ||
            !has_argument(invocation, {"run", "start", "restart", "up"}))
            return;
        const auto begun = answers_to(invocation, caller, [](const Process& process) {
            return is_containers_keeper(process.parent_image) && !is_containers_keeper(process.image);
        });
        if (begun.size() == 1)
            add_answer(invocation, caller, begun.front(), kind, Strength::Probable,
                       "asked the container engine to start a container, and this one began");
    }

    /// systemd does not say which unit a process is of: it is one that has the unit's name, or else the only one that
    /// systemd started then.
    void link_started_unit(const Invocation& invocation, std::uint32_t caller) {
        if (!has_argument(invocation, {"start", "restart", "reload-or-restart", "try-restart"})) return;
        const auto begun = answers_to(invocation, caller, [](const Process& process) {
            return process.parent_pid == 1 && !image_name(process.image).starts_with("systemd");
        });
        std::string_view unit = trimmed(invocation.command_line);
        unit.remove_prefix(unit.rfind(' ') + 1);
        if (unit.ends_with(".service")) unit.remove_suffix(8);
        const auto is_units = [&](std::uint32_t p) { return image_name(linking_.process(p).image) == fold_case(unit); };
        const auto named = std::ranges::find_if(begun, is_units);
        if (named == begun.end() && begun.size() != 1) return;
        add_answer(invocation, caller, named == begun.end() ? begun.front() : *named, LinkKind::Service,
                   Strength::Probable, "asked systemd to start a unit, and this began");
    }

    /// Whether one of the words behind the program's name is one of `wanted`.
    static bool has_argument(const Invocation& invocation, std::initializer_list<std::string_view> wanted) {
        std::string_view rest = invocation.command_line;
        while (rest.contains(' ')) {
            rest.remove_prefix(rest.find(' ') + 1);
            if (is_one_of(rest.substr(0, rest.find(' ')), wanted)) return true;
        }
        return false;
    }

    /// cron and at log on for the user whose table or job it was.
    void link_job(std::uint32_t to) {
        const Session& session = linking_.session(to);
        if (session.type != LogonType::Batch || !is_unix_path(session.logon_image) || !session.start) return;
        const std::string daemon = image_name(session.logon_image);
        if (daemon == "atd") return link_at_job(to);
        // The last change of the user's own table; without one, of the system's.
        const JobFile* last = nullptr;
        bool own = false;
        for (const JobFile& file : rows_between(jobs_, session.key.host, Timestamp::earliest(), *session.start)) {
            if (file.deleted) continue;
            const bool users_table = file.path.starts_with("/var/spool/cron") && !file.path.contains("/atjobs/");
            const bool names_user = users_table && (image_name(file.path) == fold_case(session.user.name) ||
                                                    image_name(file.path).starts_with("tmp."));
            if (!names_user && !file.path.starts_with("/etc/cron")) continue;
            if (own && !names_user) continue;
            own = names_user;
            last = &file;
        }
        if (last)
            add_job(to, *last, LinkKind::Cron, own ? Strength::Strong : Strength::Probable,
                    "wrote the table that cron works from", {});
    }

    /// at keeps a file for each job, which atd takes away when it runs it.
    void link_at_job(std::uint32_t to) {
        const Session& session = linking_.session(to);
        const JobFile* run = nullptr;
        for (const JobFile& file :
             rows_between(linking_.evidence.job_files, session.key.host, *session.start - Duration::seconds(5),
                          *session.start + Duration::seconds(5)))
            if (file.path.starts_with("/var/spool/cron/atjobs/") || file.path.starts_with("/var/spool/at/"))
                run = &file;
        const JobFile* made = nullptr;
        bool exact = false;
        for (const JobFile& file : rows_between(jobs_, session.key.host, Timestamp::earliest(), *session.start)) {
            if (file.deleted || !(file.path.contains("/atjobs/") || file.path.starts_with("/var/spool/at/"))) continue;
            const bool same = run && job_number(run->path) == job_number(file.path);
            if (exact && !same) continue;
            exact = same;
            made = &file;
        }
        if (made)
            add_job(to, *made, LinkKind::Task, exact ? Strength::Certain : Strength::Probable,
                    "at of this session left the job", exact ? run->event : EventRef{});
    }

    /// atd renames a job from a0001... to =0001... while it runs.
    static std::string_view job_number(std::string_view path) {
        path = path.substr(path.rfind('/') + 1);
        return path.empty() ? path : path.substr(1);
    }

    std::uint32_t writer(const JobFile& file) const {
        return linking_.index.process(file.event.host, file.process, file.event.time);
    }
    bool writer_is_someone(const JobFile& file) const {
        const std::uint32_t p = writer(file);
        return p != kNobody && linking_.process(p).session != kNobody &&
               !is_systems_own(linking_.session(linking_.process(p).session)) &&
               linking_.session(linking_.process(p).session).type != LogonType::Batch;
    }

    void add_job(std::uint32_t to, const JobFile& file, LinkKind kind, Strength strength, std::string_view reason,
                 EventRef run) {
        const std::uint32_t p = writer(file);
        const Session& session = linking_.session(to);
        linking_.links.add(
            {.from = linking_.process(p).session,
             .to = to,
             .kind = kind,
             .strength = strength,
             .process = p,
             .reason = reason,
             .evidence = {file.event, run, session.evidence.empty() ? EventRef{} : session.evidence.front()}});
    }

    /// A unit file that someone wrote, and what systemd ran under the unit's program later.
    void link_units() {
        for (const JobFile& file : jobs_) {
            if (file.deleted || !file.path.contains("/systemd/") || !file.path.ends_with(".service")) continue;
            std::string_view unit = file.path.substr(file.path.rfind('/') + 1);
            unit.remove_suffix(8);
            // The unit's content is not in the records: a program of that name is taken for its own.
            for (const std::uint32_t p : linking_.index.processes_between(
                     file.event.host, file.event.time, file.event.time + Duration::seconds(24 * 3600))) {
                const Process& process = linking_.process(p);
                if (process.parent_pid != 1 || process.session == kNobody ||
                    image_name(process.image) != fold_case(unit))
                    continue;
                linking_.links.add({.from = linking_.process(writer(file)).session,
                                    .to = process.session,
                                    .kind = LinkKind::Service,
                                    .strength = Strength::Probable,
                                    .process = writer(file),
                                    .to_process = p,
                                    .reason = linking_.texts.intern("wrote the unit " + std::string(unit)),
                                    .evidence = {file.event, start_of(process)}});
            }
        }
    }

    Linking& linking_;
    std::vector<JobFile> jobs_;  // those that people wrote, by host and time
};

}  // namespace

void link_linux(Linking& linking) { LinuxLinker(linking).run(); }

}  // namespace spoor::trails
