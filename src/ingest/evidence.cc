#include "ingest/evidence.h"

#include "match/query.h"

namespace spoor::ingest {

Result<std::unique_ptr<trails::Evidence>> collect_evidence(store::Archive& archive) {
    std::string filter = "kind: (";
    for (const Kind kind : trails::evidence_kinds()) filter.append(filter.ends_with('(') ? "" : " or ").append(name(kind));
    filter += ')';
    auto evidence = std::make_unique<trails::Evidence>(archive.catalog());
    const match::Expr where = TRY(match::parse_filter(filter, {.subject = match::Subject::Events, .now = {}, .catalog = &archive.catalog()}));
    const auto stream = TRY(archive.events({.where = where}));
    Batch batch;
    while (TRY(stream->next(batch))) evidence->observe(batch);
    evidence->settle();
    return evidence;
}

}  // namespace spoor::ingest
