#include "store/archive.h"

#include <numeric>

#include "match/evaluate/evaluator.h"

namespace spoor::store {

Result<FoundSessions> Archive::find_sessions(const match::Expr& where) {
    match::Matcher matcher = TRY(match::Matcher::compile(where, catalog()));
    FoundSessions found{.history = TRY(history())};
    for (std::uint32_t i = 0; i < found.history->sessions.size(); ++i)
        if (matcher.matches(found.history->sessions[i])) found.sessions.push_back(i);
    return found;
}

/// Of a history that is in memory anyway, all of it.
Result<Recalled> Archive::recalled(const RecallQuery&) {
    Recalled all;
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
