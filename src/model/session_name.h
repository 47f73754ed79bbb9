// Session names: how people name a logon session, in commands, in addresses of the web pages and in exports.
//
//     WS07:0x1a2b3c                        host and logon id, as Event Viewer writes it
//     WS07:0x3e7@2020-10-09T22:28:10       where the host gave the logon id again after a restart: a moment at which
//                                          the session existed; the last parts may be left off (@2020-10-09)
//
// Also read: a logon id alone, where one host only has it, and LogonSessions' own 00000000:001a2b3c. A moment and not a
// count of boots tells sessions apart, because older logs that are read later add boots in front, and times stay.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "model/catalog.h"
#include "model/history.h"

namespace spoor {

struct SessionName {
    std::string host;  // empty: whichever has it
    LogonId logon_id;
    /// From its begin to before its end: a second, a minute, an hour or a day.
    struct Moment {
        Timestamp begin;
        Timestamp end;
    };
    std::optional<Moment> moment;

    static Result<SessionName> parse(std::string_view text);
};

/// "WS07:0x1a2b3c", "VM:286"; with a moment where the logon id was reused.
std::string session_name(std::string_view host, std::string_view logon_id, std::optional<Timestamp> moment);

/// The names of all sessions of a History, which must outlive it; it may grow at its end.
class SessionNames {
public:
    SessionNames(const History& history, const Catalog& catalog);

    /// The shortest name that is the session's alone; "" for kNobody.
    std::string of(std::uint32_t session) const;

    /// The one session that `name` names. The error lists those that it could be, or sessions with a name like it.
    Result<std::uint32_t> find(std::string_view name) const;

private:
    const History& history_;
    void learn() const;

    const Catalog& catalog_;
    mutable std::unordered_map<std::uint64_t, std::vector<std::uint32_t>, NumberHash> by_logon_id_;
    mutable std::uint32_t learnt_ = 0;  // sessions that are in there
};

}  // namespace spoor
