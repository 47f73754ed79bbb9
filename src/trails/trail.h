// Trail: the chain of custody from a process or session back to the first human logon, and on to all it led to.
#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/catalog.h"
#include "trails/evidence/index.h"
#include "trails/links.h"

namespace spoor::trails {

/// One session of a trail. Going back, `link` says how it came from the session of the next step; going forward, how it
/// came from its parent's.
struct Step {
    std::uint32_t session = kNobody;
    std::uint32_t process = kNobody;  // the process in it that matters here, where known
    std::uint32_t link = kNobody;     // index into Links::links
};

struct Trail {
    std::vector<Step> steps;  // from what was asked for back to the first session that is known
    std::uint32_t first_human = kNobody;
    /// True when the first session's own logon, of an interactive kind, is in the logs.
    bool complete = false;
    Strength strength = Strength::Certain;    // of the weakest link
    std::optional<IpAddress> enters_from;     // where the first session came from, when no log covers that place
    std::string_view enters_from_host;        // that place's name, by its own word
    std::vector<std::uint32_t> alternatives;  // links that would have led elsewhere, as strong as those taken or nearly
    std::vector<std::uint32_t>
        companions;           // links of the steps' sessions that are no origins: checks, unlocks, takeovers
    std::string_view ending;  // why it ends there, in words
};

/// A session and what it gave rise to, in time order.
struct Descendant {
    Step step;
    std::vector<Descendant> children;
};

/// Answers questions about one History and its links; reads both, which must outlive it.
class Tracer {
public:
    Tracer(const History& history, const Links& links);

    Trail back_from_process(std::uint32_t process) const;
    Trail back_from_session(std::uint32_t session) const;

    /// All that came from a session, each session once, at the place where it was reached first.
    Descendant forward_from_session(std::uint32_t session) const;
    /// What a process and its descendants led to.
    Descendant forward_from_process(std::uint32_t process) const;

    const Links& links() const { return links_; }
    const History& history() const { return history_; }

private:
    Trail back(Step start) const;
    void add_companions(Trail& trail) const;
    void add_entrance(Trail& trail) const;
    std::uint32_t link_into(const Step& step, Trail& trail) const;
    std::uint32_t first_in_line(const Link& link, std::span<const std::uint32_t> line) const;
    bool began_with(const Session& session, std::uint32_t process) const;
    bool goes_on_behind(const Session& session, const Link& link) const;
    Descendant forward(const Step& start) const;
    bool descends_from(std::uint32_t process, std::uint32_t ancestor) const;
    std::unordered_map<std::uint32_t, std::uint32_t> sessions_begun_by(std::uint32_t process) const;

    const History& history_;
    /// Numbers of the links that lead to a session, and of those that come from it.
    std::vector<std::uint32_t> into(std::uint32_t session) const;
    std::vector<std::uint32_t> out_of(std::uint32_t session) const;

    const Links& links_;
    // A session in the upper half, the number of a link in the lower, sorted: a question needs few of them, so that
    // nothing is made for each session.
    std::vector<std::uint64_t> by_target_;
    std::vector<std::uint64_t> by_origin_;
};

/// "10.0.0.7 (WS07)": where the first session came from; empty where that is not known.
std::string entrance(const Trail& trail);

/// How a sentence gives a time; the day is left out where it is that of what was asked for: "2024-05-14 09:12".
using Clockwork = std::function<std::string(Timestamp)>;
std::string utc_clock(Timestamp time);

/// The trail in one line: 'powershell.exe 5416 on FS01 <- CORP\jimmy (network, 09:12) <- runas on WS07 by CORP\brian
/// (interactive, 08:55)'.
std::string sentence(const Trail& trail, const Tracer& tracer, const Catalog& catalog);

/// Its parts, each but the first with the arrow in front.
std::vector<std::string> sentence_parts(const Trail& trail, const Tracer& tracer, const Catalog& catalog,
                                        const Clockwork& clock);

/// Links that say two sessions belong together, but not that one gave rise to the other: unlock, reconnect, the network
/// check before a desktop.
bool is_companion(LinkKind kind);

/// The two halves of one logon of one person.
bool is_within_one_logon(LinkKind kind);

/// How a session was come by, in a word or two: "runas", "remote desktop", "service".
std::string_view manner(LinkKind kind);

}  // namespace spoor::trails
