// What domain controllers' ticket records give away.
#include <algorithm>
#include <map>
#include <set>

#include "base/unicode.h"
#include "findings/rules.h"

namespace spoor::findings {
namespace {

constexpr std::uint32_t kRc4 = 0x17;
constexpr std::uint32_t kRc4Export = 0x18;

bool is_krbtgt(std::string_view service) { return equals_ignoring_ascii_case(service, "krbtgt"); }

// A domain's controllers give tickets all day and night; a longer silence is a log that is not there.
constexpr Duration kLongestSilence = Duration::seconds(4 * 3600);

/// Who got a TGT, and when each controller's log covers.
struct TgtBook {
    std::map<std::string, std::vector<const trails::Ticket*>> by_user;
    std::map<HostId, Coverage> coverage;

    /// Since when the logs of all controllers are there, up to `time`.
    Timestamp covered_since(Timestamp time) const {
        Timestamp since = Timestamp::earliest();
        for (const auto& [unused, log] : coverage) since = std::max(since, log.since(time));
        return since;
    }
};

TgtBook read_tgts(const Inquiry& inquiry) {
    TgtBook book;
    for (const trails::Ticket& ticket : inquiry.evidence.tickets) {
        if (ticket.kind == Kind::CredentialsValidated || ticket.kind == Kind::NtlmAudited) continue;
        book.coverage.try_emplace(ticket.event.host, kLongestSilence).first->second.add(ticket.event.time);
        if ((ticket.kind == Kind::TgtRequested || ticket.kind == Kind::TicketRenewed) && ticket.status == 0)
            book.by_user[fold_case(ticket.user)].push_back(&ticket);
    }
    for (auto& [unused, log] : book.coverage) log.settle();
    return book;
}

void find_tickets_without_tgt(Inquiry& inquiry) {
    const TgtBook book = read_tgts(inquiry);
    // Where no controller audits TGTs at all, their absence says nothing.
    if (book.by_user.empty()) return;
    std::set<std::pair<std::string, IpAddress>> seen;
    for (const trails::Ticket& ticket : inquiry.evidence.tickets) {
        if (ticket.kind != Kind::ServiceTicketRequested || ticket.status != 0 || is_krbtgt(ticket.service) ||
            ticket.user.ends_with('$'))
            continue;
        // A service asks in its caller's name, who never asked from there.
        if (!ticket.transmitted_services.empty() && ticket.transmitted_services != "-") continue;
        // A TGT lives ten hours: one that was given before the log begins explains the ticket.
        if (ticket.event.time - book.covered_since(ticket.event.time) < inquiry.settings.ticket_life) continue;
        if (ticket.client.address == IpAddress{} || ticket.client.address.is_loopback()) continue;
        const std::string user = fold_case(ticket.user);
        const auto tgts = book.by_user.find(user);
        bool any = false;
        bool from_here = false;
        if (tgts != book.by_user.end()) {
            for (const trails::Ticket* tgt : tgts->second) {
                if (tgt->event.time > ticket.event.time ||
                    ticket.event.time - tgt->event.time > inquiry.settings.ticket_life)
                    continue;
                any = true;
                from_here |= tgt->client.address == ticket.client.address;
            }
        }
        if (from_here || !seen.insert({user, ticket.client.address}).second) continue;
        const Rule rule = any ? Rule::TicketFromStrangeAddress : Rule::ServiceTicketWithoutTgt;
        if (!inquiry.on(rule)) continue;
        Finding& finding =
            inquiry.add(rule, ticket.event.host, ticket.event.time, ticket.event.time,
                        any ? fmt::format("{} used a ticket from {}, which never asked for one", user,
                                          ticket.client.address.to_string())
                            : fmt::format("{} got a ticket for {} without a ticket-granting ticket in the {} before",
                                          user, ticket.service, to_string(inquiry.settings.ticket_life)));
        finding.accounts = {user};
        add_evidence(finding, ticket.event);
    }
}

bool is_weak(const trails::Ticket& ticket) { return ticket.encryption == kRc4 || ticket.encryption == kRc4Export; }

/// Who asked for a ticket, and from where.
using Asker = std::pair<std::string, IpAddress>;
using Askers = std::map<Asker, std::vector<const trails::Ticket*>>;

Asker asker_of(const trails::Ticket& ticket) { return {fold_case(ticket.user), ticket.client.address}; }

/// RC4 tickets for services that run under accounts which people made, in order of time.
Askers weak_tickets_by_asker(const Inquiry& inquiry) {
    Askers askers;
    for (const trails::Ticket& ticket : inquiry.evidence.tickets)
        if (ticket.kind == Kind::ServiceTicketRequested && ticket.status == 0 && is_weak(ticket) &&
            !ticket.service.ends_with('$') && !is_krbtgt(ticket.service))
            askers[asker_of(ticket)].push_back(&ticket);
    for (auto& [unused, tickets] : askers)
        std::stable_sort(tickets.begin(), tickets.end(),
                         [](const auto* a, const auto* b) { return a->event.time < b->event.time; });
    return askers;
}

void find_roasting(Inquiry& inquiry) {
    for (const auto& [asker, tickets] : weak_tickets_by_asker(inquiry)) {
        for (std::size_t i = 0; i < tickets.size(); ++i) {
            std::set<std::string_view> services;
            std::size_t last = i;
            while (last < tickets.size() &&
                   tickets[last]->event.time - tickets[i]->event.time <= inquiry.settings.roasting_window)
                services.insert(tickets[last++]->service);
            if (services.size() < inquiry.settings.roasted_services) continue;
            Finding& finding = inquiry.add(Rule::Kerberoasting, tickets[i]->event.host, tickets[i]->event.time,
                                           tickets[last - 1]->event.time,
                                           fmt::format("{} asked for RC4 tickets for {} services from {}", asker.first,
                                                       services.size(), asker.second.to_string()));
            finding.count = last - i;
            finding.accounts = {asker.first};
            for (std::size_t k = i; k < last; ++k) add_evidence(finding, tickets[k]->event);
            break;
        }
    }
}

/// Tools that roast speak Kerberos themselves. Windows asks for its first ticket with names made canonical; one that
/// was asked for otherwise and by RC4, with RC4 tickets for services' accounts right behind it, is a tool's, however
/// few.
void find_roasting_by_tools(Inquiry& inquiry) {
    constexpr std::uint32_t kCanonical = 0x0001'0000;
    constexpr Duration kRightBehind = Duration::seconds(60);
    const Askers askers = weak_tickets_by_asker(inquiry);
    std::set<Asker> told;
    for (const trails::Ticket& first : inquiry.evidence.tickets) {
        if (first.kind != Kind::TgtRequested || first.status != 0 || !is_weak(first) || first.options == 0 ||
            (first.options & kCanonical) != 0)
            continue;
        const auto tickets = askers.find(asker_of(first));
        if (tickets == askers.end() || told.contains(tickets->first)) continue;
        std::vector<const trails::Ticket*> behind;
        std::ranges::copy_if(tickets->second, std::back_inserter(behind), [&](const trails::Ticket* ticket) {
            return trails::within(ticket->event.time, first.event.time, Duration{}, kRightBehind);
        });
        std::set<std::string_view> services;
        for (const trails::Ticket* ticket : behind) services.insert(ticket->service);
        if (services.empty() || services.size() >= inquiry.settings.roasted_services) continue;
        told.insert(tickets->first);
        Finding& finding = inquiry.add(
            Rule::Kerberoasting, first.event.host, first.event.time, behind.back()->event.time,
            fmt::format(
                "{} asked for RC4 tickets for {} from {} by a program that is not Windows' own", tickets->first.first,
                services.size() == 1 ? std::string(*services.begin()) : fmt::format("{} services", services.size()),
                first.client.address.to_string()));
        finding.severity = Severity::Medium;
        finding.count = behind.size();
        finding.accounts = {tickets->first.first};
        add_evidence(finding, first.event);
        for (const trails::Ticket* ticket : behind) add_evidence(finding, ticket->event);
    }
}

void find_preauthentication_disabled(Inquiry& inquiry) {
    std::set<std::string> told;
    for (const trails::Ticket& ticket : inquiry.evidence.tickets) {
        if (ticket.kind != Kind::TgtRequested || ticket.status != 0 || ticket.preauthentication != "0" ||
            ticket.user.ends_with('$'))
            continue;
        if (!told.insert(fold_case(ticket.user)).second) continue;
        Finding& finding =
            inquiry.add(Rule::PreauthenticationDisabled, ticket.event.host, ticket.event.time, ticket.event.time,
                        fmt::format("{} got a ticket without proving a password, from {}", ticket.user,
                                    ticket.client.address.to_string()));
        finding.accounts = {std::string(ticket.user)};
        add_evidence(finding, ticket.event);
    }
}

}  // namespace

void find_ticket_abuse(Inquiry& inquiry) {
    if (inquiry.on(Rule::ServiceTicketWithoutTgt) || inquiry.on(Rule::TicketFromStrangeAddress))
        find_tickets_without_tgt(inquiry);
    if (inquiry.on(Rule::Kerberoasting)) {
        find_roasting(inquiry);
        find_roasting_by_tools(inquiry);
    }
    if (inquiry.on(Rule::PreauthenticationDisabled)) find_preauthentication_disabled(inquiry);
}

}  // namespace spoor::findings
