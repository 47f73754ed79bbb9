// TrackSources: what of an archive the tracks of an account, an address or a host's users are made of, and no more: a
// question to a large store must not fetch its every ticket, nor its every session.
//
// They are collected for one stretch of time after the other, so that the first tracks come before the last have been
// looked for, and no more than one stretch is in memory.
#pragma once
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cli/answers/follow_target.h"
#include "store/archive.h"
#include "trails/evidence/evidence.h"
#include "trails/links.h"
#include "trails/ticket_needs.h"

namespace spoor::cli {

/// Both ends included.
struct Stretch {
    Timestamp from = Timestamp::earliest();
    Timestamp until = Timestamp::latest();

    bool has(Timestamp time) const { return from <= time && time <= until; }
};

struct TrackSources {
    Stretch stretch = {};
    const History* history = nullptr;          // has these sessions, the links that lead to them, and their origins
    std::vector<std::uint32_t> sessions = {};  // that began in the stretch, in order
    /// What controllers and refusing hosts recorded, and which credentials were used in sessions of the history; of
    /// some time around the stretch, too.
    const trails::Evidence* evidence = nullptr;
    std::vector<trails::TicketOrigin> tickets = {};  // who asked for the tickets in it
};

/// The events of a query, up to one moment after the other. They are asked for up to the first such moment, so that
/// what comes first need not wait for matches that come much later; and then for all that is left.
class EventCursor {
public:
    EventCursor() = default;
    EventCursor(store::Archive& archive, match::Expr where, const Stretch& time)
        : archive_(&archive), where_(std::move(where)), left_(time) {}

    Result<void> observe_until(Timestamp until, trails::Evidence& evidence);

private:
    void observe_batch(Timestamp until, trails::Evidence& evidence);
    Result<void> ask(Timestamp until);

    store::Archive* archive_ = nullptr;
    match::Expr where_ = match::always();
    Stretch left_;  // that was not asked for yet
    bool any_left_ = true;
    bool was_asked_ = false;
    std::unique_ptr<store::EventStream> stream_;
    Batch batch_;  // of it, what was not observed yet
};

/// Collects what lies in `time`, stretch by stretch: one after the other, from its begin.
class TrackCollector {
public:
    /// Both must outlive it.
    TrackCollector(const TrackFilter& filter, store::Archive& archive, const Stretch& time)
        : filter_(filter), archive_(archive), time_(time), evidence_(archive.catalog()) {}

    /// Of sessions and records there may be more than are meant: names have other spellings, and those are let through.
    /// Good until the next one is collected.
    Result<TrackSources> collect(const Stretch& stretch);

private:
    Result<void> open_cursors();
    Result<EventCursor> cursor(const std::string& filter, const Stretch& time);
    Result<std::vector<std::uint32_t>> find_sessions(const std::string& filter, store::SessionQuery::Within within,
                                                     const Stretch& stretch);
    Result<std::vector<std::uint32_t>> find_tracks(const Stretch& stretch);
    Result<void> recall_origins(std::span<const std::uint32_t> sessions);
    void forget_before(Timestamp time);
    Result<void> recall_where_typed(const Stretch& stretch);
    Result<void> observe_typed_anywhere(const Stretch& stretch);
    Result<void> observe_connections(const Stretch& stretch);
    Result<void> see_machines(std::span<const std::string> addresses);
    std::string askers_filter(const trails::TicketNeeds& needs) const;
    Result<std::vector<trails::TicketOrigin>> tie_tickets(const Stretch& stretch);
    Result<void> recall_programs_of_desktops(const std::vector<std::uint32_t>& askers, const History& history);
    std::vector<trails::TicketOrigin> tie_tickets(const trails::TicketNeeds& needs,
                                                  const std::vector<std::uint32_t>& askers,
                                                  const History& history) const;

    const TrackFilter& filter_;
    store::Archive& archive_;
    Stretch time_;
    trails::Evidence evidence_;
    bool has_cursors_ = false;
    std::vector<std::uint32_t> there_;  // the sessions of the account around the stretch, where it is one alone
    EventCursor tickets_;               // and refusals
    EventCursor typed_;                 // credentials
    EventCursor typed_anywhere_;
    bool asks_anywhere_ = false;
    EventCursor connections_;  // to controllers, from these addresses
    std::set<std::string> addresses_;
};

}  // namespace spoor::cli
