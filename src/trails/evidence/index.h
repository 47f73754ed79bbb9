// Index: finds the sessions and processes of a History by what records call them.
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/flat_map.h"
#include "model/history.h"
#include "trails/evidence/evidence.h"
#include "trails/evidence/grouped.h"

namespace spoor::trails {

/// Reads the History it was made from, which must outlive it and keep its order.
class Index {
public:
    explicit Index(const History& history);

    /// The session that a logon id meant on that host at that time; kNobody for none.
    std::uint32_t session(HostId host, LogonId id, Timestamp time) const;
    /// The session of the same boot as `beside` that has that logon id.
    std::uint32_t session_beside(std::uint32_t beside, LogonId id) const;

    /// The process that a record names, by GUID first, else by number at that time.
    std::uint32_t process(HostId host, const ProcessName& name, Timestamp time) const;

    /// By beginning.
    std::span<const std::uint32_t> sessions_on(HostId host) const;

    /// What kind of origin a session makes: where a person has a desktop, a network logon of his is hardly where he
    /// works.
    /// Network sessions in which programs ran are a rank by themselves as well.
    enum class Rank : std::uint8_t { Person, Service, Network, None, NetworkWithPrograms };
    static Rank rank(const Session& session);
    /// The sessions of one rank on a host that act for an account, in the order in which they can have begun.
    std::vector<std::uint32_t> sessions_of(HostId host, const Principal& user, Rank rank, Timestamp until) const;
    /// Processes of a session, by start.
    std::span<const std::uint32_t> processes_in(std::uint32_t session) const;
    std::span<const std::uint32_t> processes_on(HostId host) const;
    /// Those that began between two moments.
    std::span<const std::uint32_t> processes_between(HostId host, Timestamp from, Timestamp until) const;
    /// Sessions of a host that began between two moments.
    std::span<const std::uint32_t> sessions_between(HostId host, Timestamp from, Timestamp until) const;
    std::span<const std::uint32_t> children_of(std::uint32_t process) const;

    /// The other half of an elevated pair; kNobody for none.
    std::uint32_t twin(std::uint32_t session) const { return twins_[session]; }
    /// The same number for both halves.
    std::uint32_t first_half(std::uint32_t session) const { return std::min(session, twins_[session]); }
    void pair(std::uint32_t a, std::uint32_t b);

    const History& history() const { return history_; }

private:
    using Lists = Grouped<std::uint32_t>;
    void list_sessions();
    void list_account(std::uint32_t session);
    void list_processes();
    void pair_halves();

    const History& history_;
    Lists sessions_by_logon_id_;
    Lists sessions_by_host_;
    Lists sessions_by_account_;
    Lists processes_by_pid_;
    Lists processes_by_host_;
    Lists processes_by_session_;
    Lists children_;
    FlatMap<std::uint64_t, std::uint32_t> process_by_guid_;
    std::vector<std::uint32_t> twins_;
};

/// When a session began, or the earliest that is known of it.
Timestamp beginning(const Session& session);

/// The earliest moment that the session can have begun at.
Timestamp earliest_beginning(const Session& session);

/// True when the session may have existed at `time`: it can have begun and had not ended.
bool alive_at(const Session& session, Timestamp time, Duration tolerance);

/// A type 9 session is its owner on its own host and the account it took along elsewhere.
enum class Identity : std::uint8_t { Any, Local, Network };

/// Whether the session acts for that account: by SID where both are known, else by name.
bool acts_for(const Session& session, const Principal& user, Identity identity = Identity::Any);

/// SYSTEM and its like on Windows, the session of daemons on Linux: there from boot, and nobody logged on to it.
inline bool is_systems_own(const Session& session) { return session.origin == Origin::WellKnown; }

/// The file name of a Windows or Unix path, in lower case ASCII.
std::string image_name(std::string_view path);

/// Processes that others work through (services.exe, svchost.exe, WmiPrvSE.exe ...): what they start or open is not
/// their own doing.
bool is_broker(std::string_view image);

}  // namespace spoor::trails
