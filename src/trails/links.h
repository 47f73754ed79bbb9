// Links between sessions: which session gave rise to which, by what evidence, how surely.
//
// Finding links is a pure function of a History and settled Evidence. It goes in steps, each in a file of its own:
//
// - clocks.cc: how far the clocks of two hosts differ, from connections that both saw
// - logon_links.cc, execution_links.cc, identity_links.cc, station_links.cc, linux_links.cc: on one host
// - delegation_links.cc, network_links.cc, following_links.cc: between hosts; who opened the connection of a logon
// - ticket_links.cc: at domain controllers; which session asked for a ticket
//
// What is ambiguous stays so: two candidates are two links of lower strength.
#pragma once
#include <vector>

#include "model/catalog.h"
#include "model/history.h"
#include "trails/evidence/evidence.h"

namespace spoor::trails {

/// How far host `b`'s clock is ahead of host `a`'s for a stretch of time, from connections that both have records of.
/// Neither clock was set within the stretch, as far as these show.
struct ClockSkew {
    HostId a = HostId::None;
    HostId b = HostId::None;
    Duration offset;
    std::uint32_t pairs = 0;
    Timestamp first;  // of the pairs, by b's clock
    Timestamp last;
};

/// A record of a domain controller, and the session that asked for it, or the one that it let in.
struct TicketOrigin {
    std::uint32_t ticket = 0;  // index into Evidence::tickets
    std::uint32_t session = kNobody;
    Strength strength = Strength::Weak;
    bool came_of_it = false;  // the session began by it
};

struct Links {
    std::vector<Link> links;  // by `to`, strongest first; reasons lie in the History's pool
    std::vector<ClockSkew> skews;
};

/// `history` is changed only in its pool of texts.
Links find_links(History& history, const Evidence& evidence, const Catalog& catalog);

/// Links found for several stretches of time in one list: what was found twice is there once, by its strongest
/// evidence. Their reasons stay where they are.
std::vector<Link> merge_links(std::vector<std::vector<Link>> found);

/// Who asked for the tickets in the evidence.
std::vector<TicketOrigin> tie_tickets(const History& history, const Evidence& evidence, const Catalog& catalog);

}  // namespace spoor::trails
