// SessionTable: the logon sessions of one host, put together from what its records say of each logon id of each boot.
//
// A session is there as soon as any record names its logon id, and every record adds what it knows: a 4672 may come
// before its 4624, a 4634 may be all that is left of one. Facts have a rank by their source, so the better one stays
// whatever the order: the logon itself (4624) before its ends (4634, 4627), those before what other records call the
// account.
//
// What ends a session: 4634 says that it is gone. 4647 says only that its user asked for that; it stands as the
// request, and the end is the 4634, or else the logoff of the terminal session (LocalSessionManager 23, Winlogon 7002),
// or else the end of the boot. (Some articles have 4634 and 4647 exchanged.)
#pragma once
#include <cstdint>
#include <vector>

#include "base/flat_map.h"
#include "model/history.h"
#include "sessions/boots.h"
#include "sessions/host_log.h"
#include "sessions/pooled_texts.h"
#include "sessions/terminal_sessions.h"
#include "sessions/timeline.h"

namespace spoor::sessions {

/// What a Linux kernel calls the session of processes that no login led to.
inline constexpr LogonId kNoLogin{0xffffffff};

class SessionTable {
public:
    SessionTable(const HostLog& log, std::span<const FoundBoot> boots, PooledTexts& texts,
                 std::vector<Session>& sessions, std::uint32_t first_boot);

    /// Makes room for the sessions that those moments name: sessions are large, and should not be moved again and
    /// again.
    void make_room(const Timeline& timeline);

    /// Takes the moments of the host's timeline in their order, and notes in each the session that it is about.
    void observe(Moment& moment);

    /// Pairs halves, closes what the ends of boots closed, and puts the host's sessions in their final order: the
    /// session that a moment was given as `first() + i` is now the one at the i-th place of the result.
    std::vector<std::uint32_t> finish();

    /// The session of that logon id, as an index into the History; kNobody if none.
    std::uint32_t find(std::uint32_t boot, std::uint64_t logon_id) const;

    /// Where this host's sessions begin in the History.
    std::uint32_t first() const { return first_; }

private:
    /// How good the source of each fact is; see the .cc.
    struct Ranks {
        std::uint8_t user = 0;
        std::uint8_t type = 0;
        std::uint8_t start = 0;
        std::uint8_t integrity = 0;
    };
    /// A logon of Windows before 10, which does not say whether it is half of a pair.
    struct OldLogon {
        std::uint32_t session;
        std::uint32_t process_id;
        Timestamp time;
    };
    /// What a logon states that more than its own session needs.
    struct LogonSaid {
        std::uint64_t linked = 0;  // logon id of the other half; 0 where none is named
        bool elevated = false;     // whether it says if it is elevated
    };
    struct Key {
        std::uint64_t logon_id = 0;
        std::uint32_t boot = UINT32_MAX;
        friend bool operator==(const Key&, const Key&) = default;
    };
    struct Place {
        std::uint32_t session = kNobody;  // not made yet
    };
    struct KeyHash {
        std::size_t operator()(const Key& key) const {
            return hash_keyed(hash_keyed(hash_secret(), key.boot), key.logon_id);
        }
    };

    std::uint32_t touch(const Moment& moment, std::uint64_t logon_id, std::uint32_t account, std::uint8_t rank);
    void set_user(std::uint32_t index, std::uint32_t account, std::uint8_t rank);
    void set_type(std::uint32_t index, std::uint64_t type, std::uint8_t rank);
    void set_start(std::uint32_t index, Timestamp start, StartSource source, std::uint8_t rank);
    void set_integrity(std::uint32_t index, std::string_view level);
    void add_evidence(Session& session, const Observation& seen);
    std::string_view privileges_of(const Fact& list);
    std::string_view groups_of(const Fact& list);
    void learn_client(Session& session, const Observation& seen);
    void on_target(const Moment& moment, std::uint32_t index);
    LogonSaid read_logon(Session& session, const Observation& seen, std::uint64_t type);
    void on_logon(const Moment& moment, std::uint32_t index);
    void on_process(const Moment& moment);
    void pair_old_logons();
    void pair_halves();
    void close_with_boots();
    void bound_starts();
    std::vector<std::uint32_t> put_in_order();

    const HostLog& log_;
    std::span<const FoundBoot> boots_;
    PooledTexts& texts_;
    std::vector<Session>& sessions_;
    std::uint32_t first_;
    std::uint32_t first_boot_;
    bool is_linux_;
    std::vector<Ranks> ranks_;
    std::vector<OldLogon> old_logons_;
    // By blob: most sessions have one of a few lists.
    FlatMap<std::uint32_t, std::string_view> privileges_;
    FlatMap<std::uint32_t, std::string_view> groups_;
    std::vector<TerminalEvent> terminal_events_;
    FlatMap<Key, Place, KeyHash> by_key_;
    // The last few sessions asked for: bursts of records name the same ones.
    Key last_key_;
    std::uint32_t last_ = 0;
};

}  // namespace spoor::sessions
