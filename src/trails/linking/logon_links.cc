// Links that logons show on the host where they happened: elevated pairs, runas and logons by programs, consent
// prompts, logons on behalf of someone (S4U).
#include <algorithm>
#include <string>

#include "base/unicode.h"
#include "trails/linking/linking.h"

namespace spoor::trails {
namespace {

void link_elevated_pairs(Linking& linking) {
    const History& history = linking.history;
    for (std::uint32_t i = 0; i < history.sessions.size(); ++i) {
        const std::uint32_t twin = linking.index.twin(i);
        if (twin == kNobody || !history.sessions[i].elevated.value_or(i < twin)) continue;
        if (history.sessions[twin].elevated.value_or(false) && i > twin) continue;
        linking.links.add(
            {.from = i,
             .to = twin,
             .kind = LinkKind::LinkedToken,
             .strength = history.sessions[i].linked_strength,
             .reason = history.sessions[i].linked_strength == Strength::Certain
                           ? "TargetLinkedLogonId of both logons"
                           : "same user, second, type and asking program, neighbouring logon ids",
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
        if (first.origin != Origin::Inferred || !first.start || linking.index.twin(a) != kNobody ||
            is_systems_own(first))
            continue;
        for (const std::uint32_t b : linking.index.sessions_between(first.key.host, *first.start - Duration::seconds(1),
                                                                    *first.start + Duration::seconds(1))) {
            const Session& second = history.sessions[b];
            if (b == a || second.origin != Origin::Inferred || !second.start || linking.index.twin(b) != kNobody)
                continue;
            if (second.key.boot != first.key.boot || second.key.logon_id <= first.key.logon_id) continue;
            if (second.key.logon_id.value() - first.key.logon_id.value() > kNeighbours) continue;
            if (!first.terminal_session || first.terminal_session != second.terminal_session ||
                !acts_for(first, second.user))
                continue;
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

/// A program of the full half whose parent is in the limited one: the user consented to it. One link for all that one
/// program had started so.
void link_consents(Linking& linking) {
    std::unordered_map<std::uint32_t, std::uint32_t> first_of_parent;
    for (std::uint32_t p = 0; p < linking.history.processes.size(); ++p) {
        const Process& process = linking.process(p);
        if (process.session == kNobody || process.parent == kNobody) continue;
        const std::uint32_t limited = linking.process(process.parent).session;
        if (limited == kNobody || limited != linking.index.twin(process.session)) continue;
        const Session& full = linking.session(process.session);
        const bool is_full = full.elevated.value_or(equals_ignoring_ascii_case(process.integrity, "High"));
        if (!is_full || linking.session(limited).elevated.value_or(false)) continue;
        linking.links.add({.from = limited,
                           .to = process.session,
                           .kind = LinkKind::UacSameUser,
                           .strength = Strength::Strong,
                           .process = process.parent,
                           .to_process = first_of_parent.try_emplace(process.parent, p).first->second,
                           .reason = "the same user's limited session started a program with full rights",
                           .evidence = {start_of(process)}});
    }
}

LinkKind kind_of_subject_link(const Session& session) {
    if (session.type == LogonType::NewCredentials) return LinkKind::NewCredentials;
    // On Linux a process that had a session already was given a new one.
    if (is_unix_path(session.logon_image)) return LinkKind::Inherited;
    const std::string_view by = trimmed(session.logon_process);
    return equals_ignoring_ascii_case(by.substr(0, 7), "seclogo") ? LinkKind::ExplicitCredentials : LinkKind::LogonUser;
}

/// A server's program checks the password that a client sent it: the logon names the client, and comes from there.
bool is_for_a_client(const Session& session, const Session& asking) {
    return (session.type == LogonType::Network || session.type == LogonType::NetworkCleartext) &&
           session.source_address && !session.source_address->is_loopback() && !is_unix_path(session.logon_image) &&
           asking.type == LogonType::Service;
}

/// The subject of a logon record is the session that asked for it: what that gives rise to.
Link link_from_subject(const Linking& linking, std::uint32_t from, std::uint32_t to) {
    const Session& session = linking.session(to);
    Link link{.from = from,
              .to = to,
              .kind = kind_of_subject_link(session),
              .strength = Strength::Certain,
              .process = linking.index.process(session.key.host, {{}, session.logon_process_id, session.logon_image},
                                               beginning(session)),
              .reason = "SubjectLogonId of the logon",
              .evidence = {evidence_of(session, 4624)}};
    if (is_for_a_client(session, linking.session(from))) {
        link.strength = Strength::Probable;
        link.reason = "SubjectLogonId of the logon, a service that logged its client on";
    }
    // The service that logs others on asks LSA for its caller: it is not the caller's program.
    if (link.process != kNobody && linking.process(link.process).session != from) link.process = kNobody;
    const Timestamp began = beginning(session);
    for (const ExplicitCredentials& credentials :
         rows_between(linking.evidence.explicit_credentials, session.key.host, began - Duration::seconds(2),
                      began + Duration::seconds(2)))
        if (credentials.subject == session.subject && same_account(credentials.user, session.user.name))
            link.evidence.push_back(credentials.event);
    return link;
}

/// `counts`: whether a link from that session is to be made.
template <typename Counts>
void link_subjects(Linking& linking, Counts counts) {
    const History& history = linking.history;
    for (std::uint32_t i = 0; i < history.sessions.size(); ++i) {
        const Session& session = history.sessions[i];
        if (session.subject == LogonId::none() || session.origin != Origin::Logged) continue;
        const std::uint32_t from = linking.index.session_beside(i, session.subject);
        if (from != kNobody && from != i && from != linking.index.twin(i) && counts(from, session))
            linking.links.add(link_from_subject(linking, from, i));
    }
}

/// Credentials that were typed for this host itself, where the record of the logon that they made is missing: the
/// sessions of that account that began in the same seconds.
void link_typed_credentials(Linking& linking) {
    constexpr Duration kAround = Duration::seconds(2);
    for (const ExplicitCredentials& typed : linking.evidence.explicit_credentials) {
        const HostId host = typed.event.host;
        const bool here = typed.server.empty() || equals_ignoring_ascii_case(typed.server, "localhost") ||
                          linking.host_named(typed.server, host) == host;
        const std::uint32_t from = here ? linking.index.session(host, typed.subject, typed.event.time) : kNobody;
        if (from == kNobody || is_systems_own(linking.session(from))) continue;
        std::vector<std::uint32_t> begun;
        for (const std::uint32_t i :
             linking.index.sessions_between(host, typed.event.time - kAround, typed.event.time + kAround)) {
            const Session& session = linking.session(i);
            if (i != from && session.origin == Origin::Inferred && session.start &&
                same_account(typed.user, session.user.name))
                begun.push_back(i);
        }
        const bool one_logon = begun.size() == 1 || (begun.size() == 2 && linking.index.twin(begun[0]) == begun[1]);
        for (const std::uint32_t to : begun)
            linking.links.add({.from = from,
                               .to = to,
                               .kind = LinkKind::ExplicitCredentials,
                               .strength = one_logon ? Strength::Strong : Strength::Probable,
                               .reason = "credentials for this account were typed as the session began",
                               .evidence = {typed.event, linking.session(to).evidence.empty()
                                                             ? EventRef{}
                                                             : linking.session(to).evidence.front()}});
    }
}

/// A service of the system asked what an account may do (S4U): no credentials were used, and nobody came in.
void link_logons_on_behalf(Linking& linking) {
    constexpr std::string_view kIdentification = "%%1832";
    for (std::uint32_t i = 0; i < linking.history.sessions.size(); ++i) {
        const Session& session = linking.session(i);
        if (session.origin != Origin::Logged || session.type != LogonType::Network ||
            session.subject == LogonId::none())
            continue;
        if (!equals_ignoring_ascii_case(trimmed(session.logon_process), "Authz") &&
            session.impersonation_level != kIdentification)
            continue;
        const std::uint32_t from = linking.index.session_beside(i, session.subject);
        if (from == kNobody || !is_systems_own(linking.session(from))) continue;
        linking.links.add(
            {.from = from,
             .to = i,
             .kind = LinkKind::S4u,
             .strength = Strength::Certain,
             .process = linking.index.process(session.key.host, {{}, session.logon_process_id, session.logon_image},
                                              beginning(session)),
             .reason = "SubjectLogonId of a logon at identification level",
             .evidence = {evidence_of(session, 4624)}});
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
                if (parent.session == kNobody || parent.session == half || parent.session == twin ||
                    parent.session == i)
                    continue;
                if (is_systems_own(history.sessions[parent.session])) continue;
                if (!within(*process.start, beginning(session), Duration::seconds(2), kPromptToProgram)) continue;
                linking.links.add({.from = parent.session,
                                   .to = half,
                                   .kind = LinkKind::UacOtherUser,
                                   .strength = Strength::Strong,
                                   .process = process.parent,
                                   .reason = "consent prompt; the first program's parent is in this session",
                                   .evidence = {evidence_of(session, 4624), start_of(process)}});
                break;
            }
        }
    }
}

}  // namespace

void link_logons(Linking& linking) {
    link_elevated_pairs(linking);
    link_inferred_pairs(linking);
    link_subjects(linking, [&](std::uint32_t from, const Session&) { return !is_systems_own(linking.session(from)); });
    link_typed_credentials(linking);
    link_logons_on_behalf(linking);
    link_prompts(linking);
    link_consents(linking);
}

void link_logons_by_intruders(Linking& linking) {
    link_subjects(linking, [&](std::uint32_t from, const Session& session) {
        if (!is_systems_own(linking.session(from)) || is_broker(session.logon_image)) return false;
        const std::uint32_t program = linking.index.process(
            session.key.host, {{}, session.logon_process_id, session.logon_image}, beginning(session));
        return program != kNobody && linking.process(program).session == from && is_somebodys(linking, program);
    });
}

}  // namespace spoor::trails
