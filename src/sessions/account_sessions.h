// AccountSessions: the sessions of an account that were there in a span of time. Finds them without looking at the
// account's others, of which a host may have a hundred thousand.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "model/history.h"
#include "sessions/host_log.h"

namespace spoor::sessions {

class AccountSessions {
public:
    void add(std::uint32_t number, const Session& session);
    /// Once, when all have been added.
    void settle();

    /// Calls `visit` with sessions of that account and boot that may have begun by `until` and not have ended before
    /// `from`, until it says false. By SID where it is known, else by name; where `account` has a domain, those of that
    /// domain and those of none.
    void each(std::uint32_t boot, const AccountParts& account, Timestamp from, Timestamp until,
              const std::function<bool(std::uint32_t number)>& visit) const;

private:
    /// A list by beginning, and over it a tree that has the latest end of each part of it.
    class Stays {
    public:
        void add(std::uint32_t number, Timestamp begin, Timestamp end) { stays_.push_back({begin, end, number}); }
        void settle();
        bool each(Timestamp from, Timestamp until, const std::function<bool(std::uint32_t)>& visit) const;

    private:
        struct Stay {
            Timestamp begin;
            Timestamp end;
            std::uint32_t number = 0;
        };
        struct Part {
            std::size_t node, first, size;
        };

        std::vector<Stay> stays_;
        std::vector<Timestamp> latest_ends_;  // of node n, whose halves are 2n and 2n + 1; the whole is node 1
    };

    std::unordered_map<std::string, Stays, TextHash> lists_;
};

}  // namespace spoor::sessions
