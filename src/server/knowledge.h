// Knowledge: the sessions of a history and what is worked out from them once, for any number of readers at a time.
//
// It does not change: what is concluded later is another Knowledge. Whoever answers a request holds the one that was
// there when it came, and needs no lock for it.
#pragma once
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "match/predicate.h"
#include "model/session_name.h"
#include "server/api/present.h"
#include "trails/trail.h"

namespace spoor::server {

enum class SessionColumn : std::uint8_t { Start, End, User, Host, Type, Duration, Events, Processes };
/// "start", as addresses spell it.
std::optional<SessionColumn> find_session_column(std::string_view name);

Timestamp start_of(const Session& session);
Timestamp end_of(const Session& session);

/// A question about sessions. Those that began later than `until` or ended before `from` are left out.
struct SessionQuestion {
    std::string text;  // in the query language
    match::Expr where = match::always();
    bool hide_noise = false;
    Timestamp from = Timestamp::earliest();
    Timestamp until = Timestamp::latest();
    SessionColumn by = SessionColumn::Start;
    bool descending = false;
};

struct SessionList {
    std::vector<std::uint32_t> rows;  // in the order asked for
    std::uint64_t hidden = 0;         // as noise
};

class Knowledge {
public:
    Knowledge(std::shared_ptr<const History> history, Catalog& catalog);
    Knowledge(const Knowledge&) = delete;
    Knowledge& operator=(const Knowledge&) = delete;

    const History& history() const { return *history_; }
    const std::vector<Session>& sessions() const { return history_->sessions; }
    const trails::Links& links() const { return links_; }
    const trails::Tracer& tracer() const { return tracer_; }
    const SessionNames& names() const { return names_; }
    Naming naming() const { return {catalog_, history_.get(), &names_}; }
    LinkCount link_count(std::uint32_t session) const { return link_counts_[session]; }
    const std::vector<std::uint32_t>& processes_of(std::uint32_t session) const { return processes_[session]; }

    /// The sessions that a question lets through. What was asked last is kept for its next pages, for a while: filters
    /// may speak of the present.
    Result<std::shared_ptr<const SessionList>> list(const SessionQuestion& question, Timestamp now) const;

private:
    struct Kept {
        std::string key;
        Timestamp made = {};
        std::shared_ptr<const SessionList> list;
    };

    const std::vector<std::uint32_t>& order_by(SessionColumn column) const;
    bool is_noise(std::uint32_t session) const;

    std::shared_ptr<const History> history_;
    Catalog& catalog_;
    trails::Links links_;
    trails::Tracer tracer_;
    SessionNames names_;
    std::vector<LinkCount> link_counts_;                 // by session
    std::vector<std::vector<std::uint32_t>> processes_;  // by session
    mutable std::mutex mutex_;                           // over what is made when it is asked for:
    mutable std::vector<std::uint32_t> orders_[8];       // by column, all sessions in that order
    mutable std::list<Kept> kept_;                       // asked last first
};

}  // namespace spoor::server
