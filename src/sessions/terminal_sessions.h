// Terminal sessions: Windows' numbered desktops (console, remote desktop), as LocalSessionManager and Winlogon log
// them.
//
// Their records name a user and a number but no logon id. A stretch of one number between a logon (21, 7001) and a
// logoff (23, 7002) is tied to the logon sessions of the same user that began with it, or were there while it lasted;
// these get the number, the client's address, and, where nothing better told it, their end.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "model/session.h"
#include "sessions/host_log.h"
#include "sessions/timeline.h"

namespace spoor::sessions {

/// Views into the HostLog's pool.
struct TerminalEvent {
    Kind kind;
    Timestamp time;
    std::uint32_t boot;
    std::uint32_t number;
    std::string_view user;      // "CORP\\jimmy", or
    std::string_view user_sid;  // binary
    std::string_view address;   // LOCAL for the console
    EventRef record;
};

bool is_terminal_event(Kind kind);
TerminalEvent terminal_event(const HostLog& log, const Moment& moment);

/// `events` in time order; `sessions` are those of one host, whose boots begin at `first_boot`.
void assign_terminal_sessions(std::span<const TerminalEvent> events, std::uint32_t first_boot,
                              std::span<Session> sessions);

/// A client address that was stated as an address or as a text.
std::optional<IpAddress> address_of(const HostLog& log, const Fact& fact);

}  // namespace spoor::sessions
