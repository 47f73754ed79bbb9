#include "store/archive.h"

#include <numeric>

#include "match/evaluate/evaluator.h"

namespace spoor::store {

bool SessionQuery::is_in_time(const Session& session) const {
    if (within == Within::There)
        return (!session.start || *session.start <= until) && (!session.end || *session.end >= from);
    const Timestamp begun = session.start.value_or(session.first_seen);
    return begun >= from && begun <= until;
}

Result<FoundSessions> Archive::find_sessions(const SessionQuery& query) {
    match::Matcher matcher = TRY(match::Matcher::compile(query.where, catalog()));
    FoundSessions found{.history = TRY(history())};
    for (std::uint32_t i = 0; i < found.history->sessions.size(); ++i)
        if (const Session& session = found.history->sessions[i]; query.is_in_time(session) && matcher.matches(session))
            found.sessions.push_back(i);
    return found;
}

Result<FoundProcesses> Archive::find_processes(const match::Expr& where) {
    match::Matcher matcher = TRY(match::Matcher::compile(where, catalog()));
    FoundProcesses found{.history = TRY(history())};
    for (std::uint32_t i = 0; i < found.history->processes.size(); ++i)
        if (matcher.matches(found.history->processes[i], *found.history)) found.processes.push_back(i);
    return found;
}

Result<void> Archive::each_session(const match::Expr& where, const VisitSession& visit) {
    const FoundSessions found = TRY(find_sessions({.where = where}));
    for (const std::uint32_t i : found.sessions) visit(found.history->sessions[i]);
    return {};
}

/// Of a history that is in memory anyway, all of it.
Result<Recalled> Archive::recalled(const RecallQuery& query) {
    Recalled all;
    if (query.sessions_where) all.found = TRY(find_sessions(*query.sessions_where)).sessions;
    if (query.processes_where) all.found = TRY(find_processes(*query.processes_where)).processes;
    const History& known = *TRY(history());
    all.history.boots = known.boots;
    all.history.sessions = known.sessions;
    all.history.processes = known.processes;
    all.history.links = known.links;
    const auto number = [](std::vector<std::uint32_t>& numbers, std::size_t count) {
        numbers.resize(count);
        std::iota(numbers.begin(), numbers.end(), 0u);
    };
    number(all.sessions, known.sessions.size());
    number(all.processes, known.processes.size());
    number(all.links, known.links.size());
    all.whole.assign(known.sessions.size(), true);
    return all;
}

}  // namespace spoor::store
