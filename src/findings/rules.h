// What the rule files share. Internal to this room.
#pragma once
#include <fmt/format.h>

#include "findings/finding.h"
#include "trails/linking/linking.h"

namespace spoor::findings {

/// The stretches of time that a log covers, told by its records: a longer silence than `most` may be a log that was not
/// there. What a rule concludes from the absence of a record holds only inside one stretch.
class Coverage {
public:
    explicit Coverage(Duration most) : most_(most) {}
    void add(Timestamp time) { times_.push_back(time); }
    void settle();
    /// Since when the log goes on without a silence up to `time`; `time` itself where it does not cover it.
    Timestamp since(Timestamp time) const;
    /// Until when it goes on from `time`.
    Timestamp until(Timestamp time) const;

private:
    struct Stretch {
        Timestamp first;
        Timestamp last;
    };
    const Stretch* stretch_at(Timestamp time) const;

    Duration most_;
    std::vector<Timestamp> times_;
    std::vector<Stretch> stretches_;
};

/// What a rule reads, and where it puts what it finds.
struct Inquiry {
    const History& history;
    const trails::Links& links;
    const trails::Evidence& evidence;
    const Catalog& catalog;
    const Settings& settings;
    trails::Index index;
    trails::AddressBook addresses;
    trails::Clocks clocks;
    std::vector<Finding> found;

    bool on(Rule rule) const { return settings.is_on(rule); }
    Finding& add(Rule rule, HostId host, Timestamp first, Timestamp last, std::string text);
    std::string_view host_name(HostId id) const { return catalog.host_name(id); }
};

/// Keeps the first few and the last of the events a finding rests on.
void add_evidence(Finding& finding, const EventRef& event);

void find_password_attacks(Inquiry& inquiry);   // password_rules.cc
void find_credential_abuse(Inquiry& inquiry);   // credential_rules.cc
void find_ticket_abuse(Inquiry& inquiry);       // ticket_rules.cc
void find_odd_sessions(Inquiry& inquiry);       // session_rules.cc
void find_impossible_travel(Inquiry& inquiry);  // travel_rules.cc

}  // namespace spoor::findings
