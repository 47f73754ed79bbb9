// Identities that were taken: threads started in other sessions' processes, impersonation, stolen tokens.
#include <algorithm>

#include "base/unicode.h"
#include "trails/linking/linking.h"

namespace spoor::trails {
namespace {

/// The session that every process of a service account runs in.
LogonId session_of_service_account(std::string_view user) {
    const std::string_view name = user.substr(user.rfind('\\') + 1);
    if (equals_ignoring_ascii_case(name, "SYSTEM")) return LogonId::system();
    if (equals_ignoring_ascii_case(name, "LOCAL SERVICE")) return LogonId::local_service();
    if (equals_ignoring_ascii_case(name, "NETWORK SERVICE")) return LogonId::network_service();
    return LogonId::none();
}

/// Window managers start threads in the programs whose windows they draw.
bool is_of_the_screen(const Session& session) {
    return session.virtual_account || session.user.name.starts_with("DWM-") || session.user.name.starts_with("UMFD-");
}

void link_injections(Linking& linking) {
    for (const Injection& injection : linking.evidence.injections) {
        const std::uint32_t source =
            linking.index.process(injection.event.host, injection.source, injection.event.time);
        const std::uint32_t target =
            linking.index.process(injection.event.host, injection.target, injection.event.time);
        if (source == kNobody || target == kNobody || source == target) continue;
        const std::uint32_t from = linking.process(source).session;
        std::uint32_t to = linking.process(target).session;
        // A process that started before the logs begin has no session of record, but its account may tell.
        if (to == kNobody)
            to = linking.index.session(injection.event.host, session_of_service_account(injection.target_user),
                                       injection.event.time);
        if (from == kNobody || to == kNobody || from == to || is_of_the_screen(linking.session(from))) continue;
        if (is_systems_own(linking.session(from)) &&
            (is_broker(linking.process(source).image) || !is_somebodys(linking, source)))
            continue;
        const Strength most = std::min(strength_of_session(linking.process(source)),
                                       injection.only_rights ? Strength::Probable : Strength::Certain);
        linking.links.add(
            {.from = from,
             .to = to,
             .kind = LinkKind::Injection,
             .strength = most,
             .process = source,
             .to_process = target,
             .reason = injection.only_rights
                           ? "a process of this session was opened with the rights to write code into it and run it"
                           : "a thread was started in a process of this session",
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
        if (own.key.logon_id == foreign.subject || is_systems_own(own)) continue;
        const std::uint32_t to = linking.index.session(foreign.event.host, foreign.subject, foreign.event.time);
        if (to == kNobody || to == linking.index.twin(process.session) || linking.session(to).key.boot != own.key.boot)
            continue;
        linking.links.add({.from = process.session,
                           .to = to,
                           .kind = LinkKind::Impersonation,
                           .strength = Strength::Certain,
                           .process = p,
                           .reason = "its process acted under this session",
                           .evidence = {foreign.event}});
    }
}

/// Two sessions of one account on one desktop, of which the later program has full rights and the earlier has not: the
/// halves of a logon that no record tells of.
bool is_elevation(const Linking& linking, const Process& process, const Process& parent) {
    const Session& to = linking.session(process.session);
    const Session& from = linking.session(parent.session);
    if (to.origin == Origin::Logged && from.origin == Origin::Logged) return false;
    if (to.terminal_session && from.terminal_session && to.terminal_session != from.terminal_session) return false;
    const std::string_view level = parent.integrity.empty() ? from.integrity : parent.integrity;
    return acts_for(from, to.user) && equals_ignoring_ascii_case(process.integrity, "High") &&
           !equals_ignoring_ascii_case(level, "High") && !from.elevated.value_or(false);
}

/// Another account's password was given to a prompt just before the program began, and the logon that checked it is
/// not in the logs.
bool is_prompted(const Linking& linking, const Process& process) {
    constexpr Duration kPromptToProgram = Duration::seconds(60);
    if (linking.session(process.session).origin == Origin::Logged || !process.start) return false;
    return std::ranges::any_of(
        linking.index.processes_between(process.host, *process.start - kPromptToProgram, *process.start),
        [&](std::uint32_t p) { return image_name(linking.process(p).image) == "consent.exe"; });
}

/// Whether a session that no record tells the logon of began for this program: whoever started it had a password, as
/// runas does, and no token of somebody who was there.
bool began_for(const Linking& linking, std::uint32_t process) {
    const Session& session = linking.session(linking.process(process).session);
    return session.origin == Origin::Inferred && session.start && linking.process(process).start &&
           within(*linking.process(process).start, *session.start, Duration::seconds(1), Duration::seconds(5)) &&
           linking.index.processes_in(linking.process(process).session).front() == process;
}

/// A program of a lesser service account got SYSTEM's rights for the one that it started: no service does so by itself.
bool climbs_to_system(const Session& from, const Session& to) {
    const LogonId id = from.key.logon_id;
    return to.key.logon_id == LogonId::system() && (id == LogonId::local_service() || id == LogonId::network_service());
}

/// A program whose parent is in another session, where nothing that starts programs for others stands between.
void link_token_thefts(Linking& linking) {
    for (std::uint32_t p = 0; p < linking.history.processes.size(); ++p) {
        const Process& process = linking.process(p);
        if (process.parent == kNobody || process.session == kNobody || process.session_strength < Strength::Strong)
            continue;
        const Process& parent = linking.process(process.parent);
        if (parent.session == kNobody || parent.session == process.session ||
            parent.session_strength < Strength::Strong)
            continue;
        // On Linux a process is moved to another session, which is a logon of its own.
        if (is_unix_path(process.image) || is_broker(parent.image) ||
            parent.session == linking.index.twin(process.session))
            continue;
        // Programs of the system start others for whoever sits at the screen; those that an intruder brought in do not.
        if (is_systems_own(linking.session(parent.session)) && !is_somebodys(linking, process.parent) &&
            !climbs_to_system(linking.session(parent.session), linking.session(process.session)))
            continue;
        // A session as a whole has its origin already; the system's has one for each program only.
        const bool is_explained = is_systems_own(linking.session(process.session))
                                      ? linking.links.began(p)
                                      : linking.links.joins(parent.session, process.session);
        if (is_explained) continue;
        Link link{.from = parent.session,
                  .to = process.session,
                  .kind = LinkKind::TokenTheft,
                  .strength = Strength::Strong,
                  .process = process.parent,
                  .to_process = p,
                  .reason = "a program started another under this session's token",
                  .evidence = {start_of(process)}};
        const bool one_account = acts_for(linking.session(parent.session), linking.session(process.session).user);
        const bool prompted = is_prompted(linking, process);
        // No prompt gives the system's own rights: old Windows names the service that asked, and not the new session.
        if (prompted && is_systems_own(linking.session(process.session))) continue;
        if (is_elevation(linking, process, parent) || (prompted && one_account)) {
            link.kind = LinkKind::UacSameUser;
            link.reason = "a program of the same user's other session was started with full rights";
        } else if (prompted) {
            link.kind = LinkKind::UacOtherUser;
            link.reason = "a program of this session was started in the other after a prompt for consent";
        } else if (began_for(linking, p)) {
            link.kind = LinkKind::ExplicitCredentials;
            link.to_process = kNobody;
            link.reason = "the session began for a program that one of this session started";
        }
        linking.links.add(std::move(link));
    }
}

}  // namespace

void link_identities(Linking& linking) {
    link_injections(linking);
    link_impersonations(linking);
    link_token_thefts(linking);
}

}  // namespace spoor::trails
