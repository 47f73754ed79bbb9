#include "trails/trail.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <unordered_set>

#include "base/unicode.h"
#include "trails/linking/linking.h"

namespace spoor::trails {
namespace {

/// Which of two links of equal strength says more about where a session came from.
int weight(LinkKind kind) {
    switch (kind) {
        case LinkKind::ExplicitCredentials:
        case LinkKind::NewCredentials:
        case LinkKind::LogonUser:
        case LinkKind::UacOtherUser: return 5;
        case LinkKind::Service:
        case LinkKind::Task:
        case LinkKind::Injection:
        case LinkKind::Su:
        case LinkKind::Sudo:
        case LinkKind::Ssh: return 4;
        case LinkKind::TokenTheft:
        case LinkKind::UacSameUser: return 2;
        case LinkKind::Impersonation: return 1;
        case LinkKind::LinkedToken: return 0;
        default: return 3;
    }
}

// A tree of more sessions than this is not read by anyone.
constexpr std::size_t kMostDescendants = 20'000;

/// Domains of accounts that Windows keeps for itself, for where a record has no SID.
bool is_windows_own(std::string_view domain) {
    constexpr std::array<std::string_view, 7> kDomains = {"NT AUTHORITY",   "NT SERVICE",       "IIS APPPOOL",
                                                          "Window Manager", "Font Driver Host", "NT VIRTUAL MACHINE",
                                                          "VIRTUAL USERS"};
    return std::ranges::any_of(kDomains,
                               [domain](std::string_view own) { return equals_ignoring_ascii_case(domain, own); });
}

/// Whether a session may be a person's at a screen, as far as is known of it.
bool may_be_persons(const Session& session) {
    if (is_systems_own(session) || session.user.name.ends_with('$') || is_windows_own(session.user.domain))
        return false;
    if (session.type == LogonType::Network || session.type == LogonType::Service || session.type == LogonType::Batch ||
        session.type == LogonType::NetworkCleartext)
        return false;
    // Nobody sits at terminal session 0: what runs there was started for a service or over the network.
    if (session.type == LogonType::Unknown && session.terminal_session == 0) return false;
    return session.user.sid.empty() ? !session.user.name.empty() : is_person(session.user.sid);
}

}  // namespace

bool is_within_one_logon(LinkKind kind) { return kind == LinkKind::LinkedToken || kind == LinkKind::UacSameUser; }

bool is_companion(LinkKind kind) {
    return kind == LinkKind::RdpNla || kind == LinkKind::RdpReconnect || kind == LinkKind::Unlock ||
           kind == LinkKind::RdpTakenOver;
}

std::string_view manner(LinkKind kind) {
    constexpr std::array<std::string_view, 31> kManners = {"elevation",
                                                           "runas",
                                                           "logon by a program",
                                                           "runas /netonly",
                                                           "consent prompt",
                                                           "elevation",
                                                           "service",
                                                           "scheduled task",
                                                           "WMI",
                                                           "WMI subscription",
                                                           "remote management",
                                                           "DCOM",
                                                           "SMB",
                                                           "LDAP",
                                                           "network logon",
                                                           "remote desktop check",
                                                           "remote desktop",
                                                           "remote desktop reconnect",
                                                           "remote desktop takeover",
                                                           "unlock",
                                                           "logon on behalf",
                                                           "Kerberos request",
                                                           "impersonation",
                                                           "injection",
                                                           "token theft",
                                                           "ssh",
                                                           "su",
                                                           "sudo",
                                                           "cron",
                                                           "container",
                                                           "inheritance"};
    static_assert(kManners.size() == static_cast<std::size_t>(LinkKind::Inherited) + 1);
    return kManners[static_cast<std::size_t>(kind)];
}

Tracer::Tracer(const History& history, const Links& links) : history_(history), links_(links) {
    by_target_.reserve(links.links.size());
    by_origin_.reserve(links.links.size());
    for (std::uint32_t i = 0; i < links.links.size(); ++i) {
        by_target_.push_back(std::uint64_t{links.links[i].to} << 32 | i);
        by_origin_.push_back(std::uint64_t{links.links[i].from} << 32 | i);
    }
    for (std::vector<std::uint64_t>* list : {&by_target_, &by_origin_})
        if (!std::ranges::is_sorted(*list)) std::ranges::sort(*list);
}

namespace {

std::vector<std::uint32_t> links_of(const std::vector<std::uint64_t>& sorted, std::uint32_t session) {
    std::vector<std::uint32_t> found;
    for (auto at = std::ranges::lower_bound(sorted, std::uint64_t{session} << 32);
         at != sorted.end() && *at >> 32 == session; ++at)
        found.push_back(static_cast<std::uint32_t>(*at));
    return found;
}

}  // namespace

std::vector<std::uint32_t> Tracer::into(std::uint32_t session) const { return links_of(by_target_, session); }

std::vector<std::uint32_t> Tracer::out_of(std::uint32_t session) const {
    std::vector<std::uint32_t> found = links_of(by_origin_, session);
    std::ranges::stable_sort(found, {},
                             [&](std::uint32_t i) { return beginning(history_.sessions[links_.links[i].to]); });
    return found;
}

Trail Tracer::back_from_process(std::uint32_t process) const {
    return back({history_.processes[process].session, process, kNobody});
}
Trail Tracer::back_from_session(std::uint32_t session) const { return back({session, kNobody, kNobody}); }

/// The program in a line of descent that the link began. A consent stands for all that one program had started with
/// full rights.
std::uint32_t Tracer::first_in_line(const Link& link, std::span<const std::uint32_t> line) const {
    if (link.kind != LinkKind::UacSameUser || link.process == kNobody) return link.to_process;
    const auto starter = std::ranges::find(line, link.process);
    if (starter == line.end() || starter == line.begin()) return link.to_process;
    const std::uint32_t started = *(starter - 1);
    return history_.processes[started].session == link.to ? started : link.to_process;
}

/// The link that explains how a step's session, or its process in it, came to be; kNobody for none.
std::uint32_t Tracer::link_into(const Step& step, Trail& trail) const {
    const Session& session = history_.sessions[step.session];
    // The programs between the asked one and the first of its line: what began one of them explains it.
    std::vector<std::uint32_t> line;
    for (std::uint32_t p = step.process; p != kNobody && line.size() < 1000; p = history_.processes[p].parent)
        line.push_back(p);

    std::uint32_t best = kNobody;
    std::size_t best_depth = 0;
    std::vector<std::uint32_t> others;
    for (const std::uint32_t i : into(step.session)) {
        const Link& link = links_.links[i];
        if (is_companion(link.kind) || (link.from == step.session && link.to_process == kNobody)) continue;
        // Whose identity was taken on did not come from the one who took it; and rights to inject are no injection.
        const bool is_hint = link.kind == LinkKind::Impersonation ||
                             (link.kind == LinkKind::Injection && link.strength < Strength::Strong);
        // Services do so for each of their callers.
        if (link.kind == LinkKind::Impersonation && history_.sessions[link.from].type == LogonType::Service) continue;
        std::size_t depth = line.size();
        if (link.to_process != kNobody) {
            const auto at = std::find(line.begin(), line.end(), first_in_line(link, line));
            if (at == line.end() && (step.process != kNobody || is_systems_own(session) || link.from == step.session))
                continue;
            if (at == line.end() && !is_within_one_logon(link.kind) && !began_with(session, link.to_process)) continue;
            depth = static_cast<std::size_t>(at - line.begin());
            // What a process had started before it was reached into is its own doing.
            if (link.kind == LinkKind::Injection && depth > 0 && depth < line.size() && !link.evidence.empty() &&
                history_.processes[line[depth - 1]].first_seen < link.evidence.front().time)
                continue;
        } else if (is_systems_own(session)) {
            continue;  // SYSTEM as a whole comes from the boot; only its single processes come from elsewhere
        }
        // A pair's halves explain each other only from the limited to the full one.
        if (link.kind == LinkKind::LinkedToken &&
            (link.strength < Strength::Strong || session.elevated.value_or(false)))
            continue;
        if (is_hint) {
            trail.alternatives.push_back(i);
            continue;
        }
        if (!goes_on_behind(session, link)) {
            // Whoever reached into a person's session may be behind one of its programs: that is for the reader to
            // judge.
            if (link.to_process != kNobody && !is_within_one_logon(link.kind)) trail.alternatives.push_back(i);
            continue;
        }
        const auto rank = [&](const Link& l, std::size_t d) {
            return std::tuple(-static_cast<int>(d), static_cast<int>(l.strength), weight(l.kind));
        };
        if (best == kNobody || rank(link, depth) > rank(links_.links[best], best_depth)) {
            if (best != kNobody) others.push_back(best);
            best = i;
            best_depth = depth;
        } else {
            others.push_back(i);
        }
    }
    if (best == kNobody) return best;
    for (const std::uint32_t other : others)
        if (links_.links[other].from != links_.links[best].from && !is_within_one_logon(links_.links[other].kind))
            trail.alternatives.push_back(other);
    return best;
}

/// Whether a session that nothing else explains has no earlier process than that one.
bool Tracer::began_with(const Session& session, std::uint32_t process) const {
    if (session.origin == Origin::Logged && session.type != LogonType::Service && session.type != LogonType::Batch)
        return false;
    const Process& first = history_.processes[process];
    return std::ranges::none_of(history_.processes, [&](const Process& other) {
        return other.session == first.session && other.first_seen < first.first_seen;
    });
}

/// A person at a logon screen is where a trail ends, but for a desktop that another session opened, and for what
/// happened within the session.
bool Tracer::goes_on_behind(const Session& session, const Link& link) const {
    if (!is_human(session) || session.origin != Origin::Logged) return true;
    if (link.kind == LinkKind::RdpHop || link.kind == LinkKind::Ssh) return link.strength >= Strength::Strong;
    // Whoever sits there did not start that program: a stranger's did, with the token.
    if (link.kind == LinkKind::TokenTheft) return link.strength >= Strength::Strong;
    return link.from == link.to || link.kind == LinkKind::LinkedToken;
}

Trail Tracer::back(Step start) const {
    Trail trail;
    if (start.session == kNobody) {
        trail.ending = "no record says which session this belongs to";
        return trail;
    }
    std::unordered_set<std::uint32_t> seen;
    std::unordered_set<std::uint32_t> taken;
    Step step = start;
    while (true) {
        seen.insert(step.session);
        const std::uint32_t i = link_into(step, trail);
        const Link* link = i == kNobody ? nullptr : &links_.links[i];
        if (link && (!taken.insert(i).second || (link->from != step.session && seen.contains(link->from))))
            link = nullptr;
        if (!link) {
            trail.steps.push_back(step);
            break;
        }
        step.link = i;
        trail.steps.push_back(step);
        trail.strength = std::min(trail.strength, link->strength);
        step = {link->from, link->process, kNobody};
    }
    // What was put off on one step may have been taken on a later one.
    std::erase_if(trail.alternatives, [&](std::uint32_t i) { return taken.contains(i); });
    const std::uint32_t last = trail.steps.back().session;
    const Session& first = history_.sessions[last];
    trail.complete = is_human(first) && first.origin == Origin::Logged;
    if (may_be_persons(first)) trail.first_human = last;
    add_entrance(trail);
    add_companions(trail);
    if (trail.complete)
        trail.ending = "a person logged on here";
    else if (is_systems_own(first))
        trail.ending = "it runs under the system's own session, and nothing tells who caused it";
    else if (trail.first_human != kNobody)
        trail.ending = "the session's own logon is not in the logs";
    else if (trail.enters_from)
        trail.ending = "no log tells of a session there that it came from";
    else
        trail.ending = "nothing tells which session it came from";
    return trail;
}

/// Where the first session came from, and what that place calls itself.
void Tracer::add_entrance(Trail& trail) const {
    const Session& first = history_.sessions[trail.steps.back().session];
    // A console logon names the host's own address.
    if (first.source_address && !first.source_address->is_loopback()) trail.enters_from = first.source_address;
    const std::string_view called = trimmed(first.workstation);
    if (trail.enters_from && called != "-") trail.enters_from_host = called;
}

void Tracer::add_companions(Trail& trail) const {
    const auto take = [&](std::uint32_t i) {
        if (is_companion(links_.links[i].kind) && std::ranges::find(trail.companions, i) == trail.companions.end())
            trail.companions.push_back(i);
    };
    for (const Step& step : trail.steps) {
        std::ranges::for_each(into(step.session), take);
        std::ranges::for_each(out_of(step.session), take);
    }
}

bool Tracer::descends_from(std::uint32_t process, std::uint32_t ancestor) const {
    for (int depth = 0; process != kNobody && depth < 1000; process = history_.processes[process].parent, ++depth)
        if (process == ancestor) return true;
    return false;
}

Descendant Tracer::forward_from_session(std::uint32_t session) const { return forward({session, kNobody, kNobody}); }
Descendant Tracer::forward_from_process(std::uint32_t process) const {
    return forward({history_.processes[process].session, process, kNobody});
}

/// The first program in each other session whose line of parents leads to that one: whoever logs on as another by a
/// service of the system, as runas does, shows in what was started so.
std::unordered_map<std::uint32_t, std::uint32_t> Tracer::sessions_begun_by(std::uint32_t process) const {
    std::unordered_map<std::uint32_t, std::uint32_t> begun;
    const std::uint32_t home = history_.processes[process].session;
    for (std::uint32_t p = 0; p < history_.processes.size(); ++p) {
        const Process& child = history_.processes[p];
        if (child.session == home || child.session == kNobody || child.host != history_.processes[process].host ||
            !descends_from(p, process))
            continue;
        const auto [at, is_new] = begun.try_emplace(child.session, p);
        if (!is_new && child.first_seen < history_.processes[at->second].first_seen) at->second = p;
    }
    return begun;
}

Descendant Tracer::forward(const Step& start) const {
    std::unordered_set<std::uint32_t> seen{start.session};
    Descendant root{start, {}};
    // Breadth first, so that each session hangs where the shortest way leads; positions are paths of child numbers.
    std::vector<std::vector<std::size_t>> paths{{}};
    for (std::size_t done = 0; done < paths.size(); ++done) {
        const std::vector<std::size_t> path = paths[done];
        Descendant* node = &root;
        for (const std::size_t child : path) node = &node->children[child];
        const Step from = node->step;
        if (from.session == kNobody) continue;
        // What came from the system's session as a whole came from the boot: only what the process in it did counts.
        const bool by_process =
            from.process != kNobody && (done == 0 || is_systems_own(history_.sessions[from.session]));
        if (!by_process && done > 0 && is_systems_own(history_.sessions[from.session])) continue;
        // All processes are looked through for it, so only for the one that was asked about.
        const auto begun = by_process && done == 0 ? sessions_begun_by(from.process)
                                                   : std::unordered_map<std::uint32_t, std::uint32_t>();
        for (const std::uint32_t i : out_of(from.session)) {
            const Link& link = links_.links[i];
            if (is_companion(link.kind)) continue;
            std::uint32_t to_process = link.to_process;
            if (by_process && !descends_from(link.process, from.process)) {
                const auto at = link.process == kNobody ? begun.find(link.to) : begun.end();
                if (at == begun.end()) continue;
                to_process = at->second;
            }
            const bool within = link.to == from.session;
            const bool system = is_systems_own(history_.sessions[link.to]);
            if (within ? to_process == kNobody || to_process == from.process : !system && !seen.insert(link.to).second)
                continue;
            node->children.push_back({{link.to, to_process, i}, {}});
            if (within || paths.size() > kMostDescendants) continue;
            paths.push_back(path);
            paths.back().push_back(node->children.size() - 1);
        }
    }
    return root;
}

std::string entrance(const Trail& trail) {
    if (!trail.enters_from) return {};
    const std::string address = trail.enters_from->to_string();
    return trail.enters_from_host.empty() ? address : fmt::format("{} ({})", address, trail.enters_from_host);
}

std::string utc_clock(Timestamp time) { return time.to_string_seconds().substr(0, 16); }

namespace {

Timestamp begin_of(const Step& step, const History& history) {
    if (step.process == kNobody) return beginning(history.sessions[step.session]);
    const Process& process = history.processes[step.process];
    return process.start.value_or(process.first_seen);
}

}  // namespace

std::vector<std::string> sentence_parts(const Trail& trail, const Tracer& tracer, const Catalog& catalog,
                                        const Clockwork& clock) {
    const History& history = tracer.history();
    const std::string day =
        trail.steps.empty() ? std::string() : clock(begin_of(trail.steps[0], history)).substr(0, 10);
    const auto moment = [&](Timestamp time) {
        std::string text = clock(time);
        return text.starts_with(day) ? text.substr(text.find(' ') + 1) : text;
    };
    const auto described = [&](const Session& session) {
        return fmt::format("{} ({}, {})", to_string(session.user), slug(session.type),
                           session.start ? moment(*session.start) : "before " + moment(session.first_seen));
    };
    const auto program = [&](std::uint32_t process) {
        return fmt::format("{} {}", image_name(history.processes[process].image), history.processes[process].pid);
    };
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < trail.steps.size(); ++i) {
        const Step& step = trail.steps[i];
        const Session& session = history.sessions[step.session];
        const std::string_view host = catalog.host_name(session.key.host);
        if (i == 0) {
            if (step.process != kNobody) {
                parts.push_back(fmt::format("{} on {}", program(step.process), host));
                parts.push_back(fmt::format("<- {}", described(session)));
            } else {
                parts.push_back(fmt::format("{} on {}", described(session), host));
            }
            continue;
        }
        const Link& link = tracer.links().links[trail.steps[i - 1].link];
        if (link.from == link.to)
            parts.push_back(fmt::format("<- {} by {}", manner(link.kind),
                                        step.process == kNobody ? "a program of this session" : program(step.process)));
        else
            parts.push_back(fmt::format("<- {} from {} by {}", manner(link.kind), host, described(session)));
    }
    if (trail.enters_from) parts.push_back(fmt::format("<- {}", entrance(trail)));
    return parts;
}

std::string sentence(const Trail& trail, const Tracer& tracer, const Catalog& catalog) {
    return fmt::format("{}", fmt::join(sentence_parts(trail, tracer, catalog, utc_clock), " "));
}

}  // namespace spoor::trails
