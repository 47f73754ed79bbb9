// Linking: what the steps that find links share while they work. Internal to this room.
#pragma once
#include <algorithm>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "trails/evidence/address_book.h"
#include "trails/evidence/index.h"
#include "trails/linking/clocks.h"
#include "trails/links.h"

namespace spoor::trails {

/// Links as they are found: one for each (from, to, kind, process it began), the strongest evidence first.
class LinkSet {
public:
    void add(Link link);
    bool joins(std::uint32_t from, std::uint32_t to) const { return pairs_.contains({from, to}); }
    /// Whether a link leads to this very process: somebody of another session had it started, or reached into it.
    bool began(std::uint32_t process) const { return begun_.contains(process); }
    /// The strongest link that leads to `to` from another session; null for none.
    const Link* to(std::uint32_t to) const;
    /// The same among links of one kind.
    const Link* to(std::uint32_t to, LinkKind kind) const;
    std::vector<Link> take();

private:
    std::map<std::tuple<std::uint32_t, std::uint32_t, LinkKind, std::uint32_t>, Link> links_;
    std::map<std::pair<std::uint32_t, std::uint32_t>, Strength> pairs_;
    std::map<std::uint32_t, std::vector<const Link*>> by_target_;
    std::unordered_set<std::uint32_t> begun_;
};

/// A program that got Kerberos tickets for an account by itself: from then on its session acts for that account.
struct BorrowedIdentity {
    HostId host = HostId::None;
    std::string_view user;
    std::uint32_t session = kNobody;
    Timestamp since;
};

/// What came of a network check: a new desktop, or the reconnect to one that was there.
struct DesktopCheck {
    std::uint32_t resumed = kNobody;
    EventRef reconnect;
};

struct Linking {
    const History& history;
    TextPool& texts;  // where reasons are kept
    const Evidence& evidence;
    const Catalog& catalog;
    Index index;
    AddressBook addresses;
    Clocks clocks;
    LinkSet links;
    std::vector<BorrowedIdentity> borrowed;
    // What programs of the system's session set up: links that count where such a program turns out to be somebody's.
    std::vector<Link> by_the_system = {};
    // Network sessions in which remote desktop only checked the user.
    std::map<std::uint32_t, DesktopCheck> desktop_checks = {};
    // Folded names of hosts that have sessions, in full and short.
    std::unordered_map<std::string, std::vector<HostId>> hosts_by_name = {};
    std::unordered_map<HostId, std::vector<const Boot*>> boots_by_host = {};
    // Desktops that were left though no record tells of their end, by the first half of a pair.
    std::unordered_map<std::uint32_t, Timestamp> left_at = {};

    const Session& session(std::uint32_t i) const { return history.sessions[i]; }
    const Process& process(std::uint32_t i) const { return history.processes[i]; }

    /// What must be added to a time of host `a` to compare it with one of host `b`.
    Duration skew(HostId a, HostId b, Timestamp time) const { return clocks.between(a, b, time); }
    /// The host that calls itself so ("WS07", "ws07.corp.example", "\\\\WS07"); None where nothing is known of it. Of
    /// several the one in the domain of the host that the name was heard at.
    HostId host_named(std::string_view name, HostId heard_at) const;
    /// Whether logs of that host tell of that time; true where nothing is known of how far they go.
    bool logs_reach(HostId host, Timestamp time) const;
    /// Whether nobody is at that desktop any more: its user asked to log off, or its shell and all else in it ended.
    bool was_left(std::uint32_t session, Timestamp time) const;
};

Linking make_linking(const History& history, TextPool& texts, const Evidence& evidence, const Catalog& catalog);

void link_logons(Linking& linking);                             // logon_links.cc
void link_executions(Linking& linking);                         // execution_links.cc
void link_logons_by_intruders(Linking& linking);                // logon_links.cc: by the system's programs, of others
void link_identities(Linking& linking);                         // identity_links.cc
void link_stations(Linking& linking);                           // station_links.cc
void link_linux(Linking& linking);                              // linux_links.cc
void find_borrowed_identities(Linking& linking);                // ticket_links.cc
void link_delegations(Linking& linking);                        // delegation_links.cc
void link_between_hosts(Linking& linking);                      // network_links.cc
void link_what_follows(Linking& linking);                       // following_links.cc
std::vector<TicketOrigin> tie_tickets(const Linking& linking);  // ticket_links.cc

/// The sessions on `host`, alive at `time`, that act for `user` on the network: one of each elevated pair, people's
/// before services'.
std::vector<std::uint32_t> candidates(const Linking& linking, HostId host, const Principal& user, Timestamp time);

/// The same for what `user` does on `host` itself, where runas /netonly changes nothing.
std::vector<std::uint32_t> local_candidates(const Linking& linking, HostId host, const Principal& user, Timestamp time);

/// The half of an elevated pair that programs run in: the one with processes; the limited one where both have none.
std::uint32_t working_half(const Linking& linking, std::uint32_t session);

/// A process of the system's session counts as somebody's where a link led to it or to one of its ancestors: a service
/// that an intruder installed and all that it started.
bool is_somebodys(const Linking& linking, std::uint32_t process);

/// Adds what programs of the system's sessions set up that have turned out to be somebody's, one after the other.
void link_nested_executions(Linking& linking);

/// The programs of a session that had just started then and have that folded name in their command lines.
std::vector<std::uint32_t> programs_that_name(const Linking& linking, std::uint32_t session, std::string_view name,
                                              Timestamp time);

/// How sure it can be at most that a process's doing is its session's: which session it is in may be a guess.
inline Strength strength_of_session(const Process& process) {
    return process.session_strength >= Strength::Strong ? Strength::Certain : process.session_strength;
}

/// The first record of a process: of its start, where that is in the logs.
EventRef start_of(const Process& process);

/// The command without quotes and environment spelling, in lower case, for comparing programs.
std::string plain_command(std::string_view text);

/// Whether a program may be given more arguments than it was set up with, as services are when they are started.
enum class Arguments : bool { AsSetUp, MayFollow };

/// True when a process runs what a service, task or subscription was set up to run.
bool runs(const Process& process, std::string_view command, Arguments arguments);

/// The file name of a process's parent. Old records leave it out, but WMI says in which processes its providers run.
std::string parent_program(const Linking& linking, const Process& process);

/// What was done in a network session tells how it was reached, where the port does not.
LinkKind kind_by_programs(const Linking& linking, std::uint32_t to, LinkKind otherwise);

/// True for paths as Linux writes them.
inline bool is_unix_path(std::string_view path) { return path.starts_with('/'); }

/// What hashes to the same number is looked at once more.
std::uint64_t endpoint_key(const Endpoint& endpoint);

/// The first evidence of that session with that event id; a default reference where there is none.
EventRef evidence_of(const Session& session, std::uint16_t event_id);

/// The rows of one host between two moments; `rows` are sorted by host and time, as Evidence::settle leaves them.
template <typename Row>
std::span<const Row> rows_between(const std::vector<Row>& rows, HostId host, Timestamp from, Timestamp until) {
    const auto first = std::lower_bound(rows.begin(), rows.end(), std::pair(host, from),
                                        [](const Row& row, const std::pair<HostId, Timestamp>& wanted) {
                                            return std::pair(row.event.host, row.event.time) < wanted;
                                        });
    const auto last = std::upper_bound(first, rows.end(), std::pair(host, until),
                                       [](const std::pair<HostId, Timestamp>& wanted, const Row& row) {
                                           return wanted < std::pair(row.event.host, row.event.time);
                                       });
    return {first, last};
}

constexpr bool within(Timestamp a, Timestamp b, Duration before, Duration after) {
    return a >= b - before && a <= b + after;
}

}  // namespace spoor::trails
