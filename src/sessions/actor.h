// Actor of an event: whom it is put down to, once the sessions and processes that it names are known.
#pragma once
#include "model/event.h"
#include "model/history.h"

namespace spoor::sessions {

/// `own` is the session that the record itself names, `process` the one that acted; kNobody for either where there is
/// none.
///
/// A record's own logon id decides. Where the process belongs to another session, the thread had adopted an identity,
/// and then it matters who impersonates whom: a service acts for its client, so the event is the client's; anyone else
/// acts for himself, whatever he has put on, so the event stays with the process's session.
Actor actor_of(Kind kind, std::uint32_t own, std::uint32_t process, const History& history);

/// [MS-DTYP] 2.4.2.4: "High" for the mandatory label S-1-16-12288, given in binary; empty for what is no label.
std::string_view integrity_of_label(std::string_view sid_bytes);

}  // namespace spoor::sessions
