#include "trails/links.h"

#include <algorithm>

#include "base/hash.h"
#include "base/unicode.h"
#include "trails/linking/linking.h"

namespace spoor::trails {

void LinkSet::add(Link link) {
    if (link.from == kNobody || link.to == kNobody || (link.from == link.to && link.to_process == kNobody)) return;
    const auto [at, is_new] = links_.try_emplace({link.from, link.to, link.kind, link.to_process}, link);
    if (is_new) {
        by_target_[link.to].push_back(&at->second);
    } else {
        Link& known = at->second;
        if (link.strength > known.strength) {
            std::swap(known.evidence, link.evidence);
            known.strength = link.strength;
            known.reason = link.reason;
            known.process = link.process;
        }
        for (const EventRef& event : link.evidence)
            if (known.evidence.size() < 8 &&
                std::find(known.evidence.begin(), known.evidence.end(), event) == known.evidence.end())
                known.evidence.push_back(event);
    }
    if (link.to_process != kNobody) begun_.insert(link.to_process);
    Strength& pair = pairs_.try_emplace({link.from, link.to}, link.strength).first->second;
    pair = std::max(pair, link.strength);
}

const Link* LinkSet::to(std::uint32_t to) const {
    const auto found = by_target_.find(to);
    if (found == by_target_.end()) return nullptr;
    const Link* best = nullptr;
    for (const Link* link : found->second)
        if (!best || link->strength > best->strength) best = link;
    return best;
}

const Link* LinkSet::to(std::uint32_t to, LinkKind kind) const {
    const auto found = by_target_.find(to);
    if (found == by_target_.end()) return nullptr;
    const Link* best = nullptr;
    for (const Link* link : found->second)
        if (link->kind == kind && (!best || link->strength > best->strength)) best = link;
    return best;
}

std::vector<Link> LinkSet::take() {
    std::vector<Link> links;
    links.reserve(links_.size());
    for (auto& [unused, link] : links_) {
        std::erase(link.evidence, EventRef{});
        links.push_back(std::move(link));
    }
    std::stable_sort(links.begin(), links.end(), [](const Link& a, const Link& b) {
        return std::tie(a.to, b.strength) < std::tie(b.to, a.strength);
    });
    links_.clear();
    by_target_.clear();
    return links;
}

HostId Linking::host_named(std::string_view name, HostId heard_at) const {
    while (name.starts_with('\\')) name.remove_prefix(1);
    const std::string folded = fold_case(name);
    auto found = hosts_by_name.find(folded);
    if (found == hosts_by_name.end()) found = hosts_by_name.find(folded.substr(0, folded.find('.')));
    if (found == hosts_by_name.end()) return HostId::None;
    const std::vector<HostId>& hosts = found->second;
    if (hosts.size() == 1) return hosts.front();
    const auto domain = [this](HostId host) {
        const std::string full = fold_case(catalog.host_full_name(host));
        return full.substr(std::min(full.find('.'), full.size()));
    };
    const std::string wanted = domain(heard_at);
    HostId only = HostId::None;
    for (const HostId host : hosts) {
        if (domain(host) != wanted) continue;
        if (only != HostId::None) return HostId::None;
        only = host;
    }
    return only;
}

bool Linking::was_left(std::uint32_t session, Timestamp time) const {
    constexpr Duration kLogoffTakes = Duration::seconds(60);
    const auto left = left_at.find(index.first_half(session));
    return left != left_at.end() && left->second + kLogoffTakes < time;
}

bool Linking::logs_reach(HostId host, Timestamp time) const {
    constexpr Duration kQuiet = Duration::seconds(3600);  // a host may have nothing to say for so long
    const auto boots = boots_by_host.find(host);
    return boots == boots_by_host.end() || std::ranges::any_of(boots->second, [&](const Boot* boot) {
               return boot->first_seen - kQuiet <= time && time <= boot->last_seen + kQuiet;
           });
}

namespace {

/// What is known of the programs of a session, or of both halves of one.
struct Programs {
    bool shell = false;
    bool any_runs = false;
    Timestamp last_end = Timestamp::earliest();
};

bool is_shell(std::string_view image) {
    return equals_ignoring_ascii_case(image.substr(image.find_last_of('\\') + 1), "explorer.exe");
}

void find_left_desktops(Linking& linking) {
    const History& history = linking.history;
    std::unordered_map<std::uint32_t, Programs> programs;
    for (const Process& process : history.processes) {
        if (process.session == kNobody) continue;
        const Session& session = linking.session(process.session);
        if (session.end || is_systems_own(session) || Index::rank(session) != Index::Rank::Person) continue;
        Programs& known = programs[linking.index.first_half(process.session)];
        known.shell |= is_shell(process.image);
        known.any_runs |= !process.end;
        if (process.end) known.last_end = std::max(known.last_end, *process.end);
    }
    for (const auto& [session, known] : programs)
        if (known.shell && !known.any_runs) linking.left_at[session] = known.last_end;
    for (std::uint32_t i = 0; i < history.sessions.size(); ++i)
        if (const Session& session = history.sessions[i]; session.logoff_requested && !session.end)
            linking.left_at.try_emplace(linking.index.first_half(i),
                                        std::max(*session.logoff_requested, session.last_seen));
}

void list_names(Linking& linking, HostId host) {
    const std::string full = fold_case(linking.catalog.host_full_name(host));
    const std::string name = fold_case(linking.catalog.host_name(host)), label = full.substr(0, full.find('.'));
    for (const std::string& each : {full, name, label}) {
        std::vector<HostId>& list = linking.hosts_by_name[each];
        if (std::ranges::find(list, host) == list.end()) list.push_back(host);
    }
}

}  // namespace

Linking make_linking(const History& history, TextPool& texts, const Evidence& evidence, const Catalog& catalog) {
    Linking linking{history,
                    texts,
                    evidence,
                    catalog,
                    Index(history),
                    AddressBook(evidence.addresses, accounts_taken_for_hosts(history, evidence, catalog)),
                    Clocks(estimate_clock_skews(history, evidence)),
                    {},
                    {}};
    std::unordered_set<HostId> hosts;
    for (const Session& session : history.sessions)
        if (hosts.insert(session.key.host).second) list_names(linking, session.key.host);
    for (const Boot& boot : history.boots) linking.boots_by_host[boot.host].push_back(&boot);
    find_borrowed_identities(linking);
    return linking;
}

std::uint32_t working_half(const Linking& linking, std::uint32_t session) {
    const std::uint32_t twin = linking.index.twin(session);
    if (twin == kNobody) return session;
    const std::uint32_t own = linking.session(session).process_count;
    const std::uint32_t other = linking.session(twin).process_count;
    if (own != other) return own > other ? session : twin;
    return linking.session(session).elevated.value_or(false) ? twin : session;
}

namespace {

constexpr Duration kTolerance = Duration::seconds(2);

/// Whether a domain is the host itself, whose accounts are its own. Records cut long names.
bool is_host_itself(std::string_view domain, std::string_view host) {
    constexpr std::size_t kMostInNetbios = 15;
    host = host.substr(0, host.find('.'));
    return equals_ignoring_ascii_case(domain, host) ||
           (domain.size() == kMostInNetbios && equals_ignoring_ascii_case(domain, host.substr(0, kMostInNetbios)));
}

/// An account of one host, of another, and of a domain are three, though they share a name and no SID tells them apart.
bool is_namesake(const Linking& linking, const Session& session, const Principal& user) {
    const bool sids_tell = !session.user.sid.empty() && !user.sid.empty();
    if (sids_tell || session.user.domain.empty() || user.domain.empty()) return false;
    if (equals_ignoring_ascii_case(session.user.domain, user.domain)) return false;
    const std::string_view host = linking.catalog.host_full_name(session.key.host);
    if (is_host_itself(user.domain, host)) return true;
    if (is_host_itself(session.user.domain, host)) return true;
    return !user.domain.contains('.') && linking.host_named(user.domain, session.key.host) != HostId::None;
}

/// Those that `counts` takes, the other halves of pairs folded in.
template <typename Counts>
std::vector<std::uint32_t> candidates_that(const Linking& linking, HostId host, const Principal& user, Timestamp time,
                                           Counts counts) {
    std::vector<std::uint32_t> found;
    for (const Index::Rank rank : {Index::Rank::Person, Index::Rank::Service, Index::Rank::Network}) {
        for (const std::uint32_t i : linking.index.sessions_of(host, user, rank, time + kTolerance)) {
            if (!alive_at(linking.session(i), time, kTolerance) || !counts(linking.session(i))) continue;
            const std::uint32_t half = working_half(linking, i);
            if (linking.was_left(half, time)) continue;
            if (std::find(found.begin(), found.end(), half) == found.end()) found.push_back(half);
        }
        if (!found.empty()) break;
    }
    return found;
}

}  // namespace

std::vector<std::uint32_t> local_candidates(const Linking& linking, HostId host, const Principal& user,
                                            Timestamp time) {
    return candidates_that(linking, host, user, time,
                           [&](const Session& session) { return acts_for(session, user, Identity::Local); });
}

std::vector<std::uint32_t> candidates(const Linking& linking, HostId host, const Principal& named, Timestamp time) {
    // A host's own account has SYSTEM's SID in that host's records; SYSTEM of another host is somebody else.
    static const Sid kSystem = *Sid::parse("S-1-5-18");
    Principal user = named;
    if (user.sid == kSystem && user.name.ends_with('$')) user.sid = {};
    std::vector<std::uint32_t> found = candidates_that(linking, host, user, time, [&](const Session& session) {
        return acts_for(session, user, Identity::Network) && !is_namesake(linking, session, user);
    });
    for (const BorrowedIdentity& borrowed : linking.borrowed)
        if (borrowed.host == host && borrowed.since <= time + kTolerance && same_account(borrowed.user, user.name) &&
            alive_at(linking.session(borrowed.session), time, kTolerance) &&
            std::find(found.begin(), found.end(), borrowed.session) == found.end())
            found.push_back(borrowed.session);
    return found;
}

namespace {

/// Whether a folded text has that folded name in it, apart from longer names.
bool has_word(std::string_view text, std::string_view word) {
    const auto is_part = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
               static_cast<unsigned char>(c) >= 0x80;
    };
    for (std::size_t at = word.empty() ? text.npos : text.find(word); at != text.npos; at = text.find(word, at + 1)) {
        const std::size_t end = at + word.size();
        if ((at == 0 || !is_part(text[at - 1])) && (end == text.size() || !is_part(text[end]))) return true;
    }
    return false;
}

}  // namespace

std::vector<std::uint32_t> programs_that_name(const Linking& linking, std::uint32_t session, std::string_view name,
                                              Timestamp time) {
    std::vector<std::uint32_t> found;
    for (const std::uint32_t p : linking.index.processes_between(
             linking.session(session).key.host, time - Duration::seconds(10), time + Duration::seconds(3)))
        if (linking.process(p).session == session && has_word(fold_case(linking.process(p).command_line), name))
            found.push_back(p);
    return found;
}

bool is_somebodys(const Linking& linking, std::uint32_t process) {
    if (process == kNobody) return false;
    const std::uint32_t session = linking.process(process).session;
    for (int depth = 0; process != kNobody && linking.process(process).session == session && depth < 100;
         process = linking.process(process).parent, ++depth)
        if (linking.links.began(process)) return true;
    return false;
}

EventRef evidence_of(const Session& session, std::uint16_t event_id) {
    for (const EventRef& event : session.evidence)
        if (event.event_id == event_id) return event;
    return {};
}

EventRef start_of(const Process& process) { return process.evidence.empty() ? EventRef{} : process.evidence.front(); }

std::uint64_t endpoint_key(const Endpoint& endpoint) {
    return hash_mix(hash64({reinterpret_cast<const char*>(endpoint.address.bytes.data()), 16}), endpoint.port);
}

std::string parent_program(const Linking& linking, const Process& process) {
    constexpr Duration kKnown = Duration::seconds(24 * 3600);
    if (!process.parent_image.empty() || process.parent_pid == 0 || !process.start)
        return image_name(process.parent_image);
    const auto hosts = rows_between(linking.evidence.provider_hosts, process.host, *process.start - kKnown,
                                    *process.start + kTolerance);
    return std::ranges::find(hosts, process.parent_pid, &ProviderHost::pid) == hosts.end() ? "" : "wmiprvse.exe";
}

LinkKind kind_by_programs(const Linking& linking, std::uint32_t to, LinkKind otherwise) {
    for (const std::uint32_t p : linking.index.processes_in(to)) {
        const std::string parent = parent_program(linking, linking.process(p));
        const std::string image = image_name(linking.process(p).image);
        if (parent == "wmiprvse.exe") return LinkKind::Wmi;
        if (image == "wsmprovhost.exe" || image == "winrshost.exe") return LinkKind::Winrm;
        if (parent == "svchost.exe") return LinkKind::Dcom;
    }
    return otherwise;
}

Links find_links(History& history, const Evidence& evidence, const Catalog& catalog) {
    Linking linking = make_linking(history, history.texts, evidence, catalog);
    link_logons(linking);
    find_left_desktops(linking);  // by halves of pairs, which are known now
    link_executions(linking);
    link_nested_executions(linking);
    link_logons_by_intruders(linking);
    link_identities(linking);
    link_nested_executions(linking);
    link_stations(linking);
    link_linux(linking);
    link_delegations(linking);
    link_between_hosts(linking);
    link_what_follows(linking);
    Links result;
    result.links = linking.links.take();
    result.skews = linking.clocks.skews();
    return result;
}

std::vector<Link> merge_links(std::vector<std::vector<Link>> found) {
    LinkSet links;
    for (std::vector<Link>& some : found)
        for (Link& link : some) links.add(std::move(link));
    return links.take();
}

std::vector<TicketOrigin> tie_tickets(const History& history, const Evidence& evidence, const Catalog& catalog) {
    TextPool no_reasons;
    Linking linking = make_linking(history, no_reasons, evidence, catalog);
    find_left_desktops(linking);
    return tie_tickets(linking);
}

}  // namespace spoor::trails
