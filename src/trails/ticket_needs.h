// TicketNeeds: what of a history is looked at to tie tickets to those who asked for them. Of a large one nothing else
// need be read.
//
// A ticket names its account, and its place by an address, a workstation or the service that handed it on. So whoever
// asked for it has a session of that account at that place, or a session that is no network logon, or a network logon
// from a workstation of that name. Apart from these there are the sessions in which its credentials were typed, the
// programs that opened its connection, and, for machines' own tickets, the system's sessions. A desktop that was left
// shows by its programs: those of all desktops among these sessions that have no end.
#pragma once
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "trails/evidence/evidence.h"

namespace spoor::trails {

struct TicketNeeds {
    std::set<std::string> accounts = {};  // without domain
    std::set<HostId> hosts = {};          // that had the tickets' addresses
    std::set<std::string> places = {};    // hosts and workstations by the names that records give them
    std::vector<LogonId> logon_ids = {};  // of the system's sessions, and of those that credentials were typed in
    std::set<std::pair<HostId, std::uint64_t>> processes = {};  // by number
};

/// Of settled evidence.
TicketNeeds needs_of_tickets(const Evidence& evidence);

}  // namespace spoor::trails
