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

void find_roasting(Inquiry& inquiry) {
    std::map<std::pair<std::string, IpAddress>, std::vector<const trails::Ticket*>> by_asker;
    for (const trails::Ticket& ticket : inquiry.evidence.tickets) {
        const bool weak = ticket.encryption == kRc4 || ticket.encryption == kRc4Export;
        if (ticket.kind == Kind::ServiceTicketRequested && ticket.status == 0 && weak &&
            !ticket.service.ends_with('$') && !is_krbtgt(ticket.service))
            by_asker[{fold_case(ticket.user), ticket.client.address}].push_back(&ticket);
    }
    for (auto& [asker, tickets] : by_asker) {
        std::stable_sort(tickets.begin(), tickets.end(),
                         [](const auto* a, const auto* b) { return a->event.time < b->event.time; });
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
    if (inquiry.on(Rule::Kerberoasting)) find_roasting(inquiry);
    if (inquiry.on(Rule::PreauthenticationDisabled)) find_preauthentication_disabled(inquiry);
}

}  // namespace spoor::findings
