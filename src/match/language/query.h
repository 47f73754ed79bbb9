// Query: the filter language, in the syntax analysts know from Kibana (KQL). docs/query.md is its manual.
//
//     kind: process_created and Image: *\\powershell.exe and not User: "NT AUTHORITY\\SYSTEM"
//     EventID: (4624 or 4625) and IpAddress: 10.0.0.0/8 and time >= now-2h
//     session.type: remote_interactive and process.parent.name: cmd.exe and mimikatz
//
// and asked of sessions: `user: jimmy and type: network and duration > 1h`.
//
// Parsing is linear in the text, nests no deeper than 200, and yields a canonical Expr: to_string gives it back as
// text, and parsing that text gives an equal Expr.
//
// Backslashes. In Kibana a backslash is doubled; people paste Windows paths as they are. Both are read: where a single
// backslash stands before an ordinary character ("C:\Windows\*"), the whole value is taken as typed and each backslash
// is itself; where all are doubled or stand before a character that needs it ("C:\\Windows\\*", \*, \"), they are
// escapes. What stays ambiguous is `\\server` alone, which is read as `\server`.
#pragma once
#include <expected>
#include <string_view>

#include "match/language/diagnostic.h"
#include "match/predicate.h"

namespace spoor::match {

struct QueryContext {
    Subject subject = Subject::Events;
    Timestamp now = {};                // what "now-2h" counts from
    const Catalog* catalog = nullptr;  // names of fields that the schema has not
};

/// An empty query matches everything.
std::expected<Expr, Diagnostic> parse_query(std::string_view text, const QueryContext& context);

/// The same with the message rendered, for callers that print it.
Result<Expr> parse_filter(std::string_view text, const QueryContext& context);

}  // namespace spoor::match
