#include "ingest/evidence.h"

#include "match/language/query.h"

namespace spoor::ingest {

Result<std::unique_ptr<trails::Evidence>> collect_evidence(store::Archive& archive) {
    // Links are in the history already: what only they rest on (process starts, handles, most connections) stays where
    // it is. Of connections those count that a program made to ask for tickets.
    constexpr std::string_view kFilter =
        "kind: (explicit_credentials or logon_failed or log_cleared or session_reconnected or session_disconnected or "
        "tgt_requested or service_ticket_requested or "
        "ticket_renewed or preauthentication_failed or credentials_validated) or (kind: network_connection and "
        "DestinationPort: 88)";
    auto evidence = std::make_unique<trails::Evidence>(archive.catalog());
    const match::Expr where = TRY(
        match::parse_filter(kFilter, {.subject = match::Subject::Events, .now = {}, .catalog = &archive.catalog()}));
    const auto stream = TRY(archive.events({.where = where, .actors = store::Actors::LeftOut}));
    Batch batch;
    while (TRY(stream->next(batch))) evidence->observe(batch);
    const match::Expr machines =
        TRY(match::parse_filter("type: network and user: *$ and source_address: *",
                                {.subject = match::Subject::Sessions, .now = {}, .catalog = &archive.catalog()}));
    TRY(archive.each_session(machines, [&](const Session& session) { evidence->see_machine(session); }));
    evidence->settle();
    return evidence;
}

}  // namespace spoor::ingest
