#include "trails/links.h"

#include <algorithm>

#include "base/unicode.h"
#include "trails/linking.h"

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
            if (known.evidence.size() < 8 && std::find(known.evidence.begin(), known.evidence.end(), event) == known.evidence.end())
                known.evidence.push_back(event);
    }
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

std::vector<Link> LinkSet::take() {
    std::vector<Link> links;
    links.reserve(links_.size());
    for (auto& [unused, link] : links_) {
        std::erase(link.evidence, EventRef{});
        links.push_back(std::move(link));
    }
    std::stable_sort(links.begin(), links.end(), [](const Link& a, const Link& b) { return std::tie(a.to, b.strength) < std::tie(b.to, a.strength); });
    links_.clear();
    by_target_.clear();
    return links;
}

Duration Linking::skew(HostId a, HostId b) const {
    for (const ClockSkew& skew : skews) {
        if (skew.a == a && skew.b == b) return skew.offset;
        if (skew.a == b && skew.b == a) return {-skew.offset.nanoseconds};
    }
    return {};
}

bool acts_for(const Session& session, const Principal& user) {
    const auto same = [&user](const Principal& own) {
        if (!own.sid.empty() && !user.sid.empty() && own.sid.sub_authority_count() > 1 && user.sid.sub_authority_count() > 1) return own.sid == user.sid;
        return same_account(own.name, user.name);
    };
    return same(session.user) || (session.type == LogonType::NewCredentials && same(session.outbound));
}

std::uint32_t working_half(const Linking& linking, std::uint32_t session) {
    const std::uint32_t twin = linking.index.twin(session);
    if (twin == kNobody) return session;
    const std::size_t own = linking.index.processes_in(session).size();
    const std::size_t other = linking.index.processes_in(twin).size();
    if (own != other) return own > other ? session : twin;
    return linking.session(session).elevated.value_or(false) ? twin : session;
}

std::vector<std::uint32_t> candidates(const Linking& linking, HostId host, const Principal& user, Timestamp time) {
    // People's sessions, then batch and new-credentials ones, then network sessions; throw-away checks never.
    const auto rank = [](const Session& session) {
        switch (session.type) {
            case LogonType::Unlock:
            case LogonType::CachedUnlock: return 9;
            case LogonType::Network:
            case LogonType::NetworkCleartext: return 2;
            case LogonType::Service: return 1;
            default: return 0;
        }
    };
    std::vector<std::uint32_t> found;
    int best = 9;
    for (const std::uint32_t i : linking.index.sessions_of(host, user)) {
        const Session& session = linking.session(i);
        if (session.key.logon_id.is_well_known() || rank(session) > best) continue;
        if (!acts_for(session, user) || !alive_at(session, time, Duration::seconds(2))) continue;
        if (rank(session) < best) found.clear();
        best = rank(session);
        const std::uint32_t half = working_half(linking, i);
        if (best < 9 && std::find(found.begin(), found.end(), half) == found.end()) found.push_back(half);
    }
    return found;
}

EventRef evidence_of(const Session& session, std::uint16_t event_id) {
    for (const EventRef& event : session.evidence)
        if (event.event_id == event_id) return event;
    return {};
}

Links find_links(History& history, const Evidence& evidence, const Catalog& catalog) {
    Linking linking{history, history.texts, evidence, catalog, Index(history), AddressBook(evidence.addresses), {}, {}};
    link_within_hosts(linking);
    estimate_clock_skews(linking);
    link_between_hosts(linking);
    Links result;
    result.tickets = tie_tickets(history, evidence, catalog);
    result.links = linking.links.take();
    result.skews = std::move(linking.skews);
    return result;
}

}  // namespace spoor::trails
