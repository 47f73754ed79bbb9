#include "store/duckdb/recollection.h"

#include <fmt/format.h>

#include <algorithm>

#include "store/duckdb/duck_store.h"

namespace spoor::store::duckdb {
namespace {

/// From so many sessions and processes on, all others are read as well.
constexpr std::size_t kMostByPieces = 20'000;

}  // namespace

Result<std::unique_ptr<Recollection>> Recollection::begin(DuckStore& store) {
    std::unique_ptr<Recollection> recollection(new Recollection(store));
    recollection->bases_ = TRY(read_bases(store.connection(), store.generation(), store.catalog(), store.names()));
    const HistoryReader reader{store.connection(), store.generation(), recollection->bases_, store.catalog(), store.names()};
    std::vector<std::uint32_t> numbers;
    TRY(reader.boots("TRUE", recollection->history_, numbers));
    return recollection;
}

std::uint32_t Recollection::session_at(std::uint32_t number) const {
    const auto known = session_at_.find(number);
    return known == session_at_.end() ? kNobody : known->second;
}

std::uint32_t Recollection::process_at(std::uint32_t number) const {
    const auto known = process_at_.find(number);
    return known == process_at_.end() ? kNobody : known->second;
}

Result<void> Recollection::resolve(std::span<Event> events) {
    Numbers sessions;
    Numbers processes;
    const auto want = [](std::uint32_t number, const auto& known, Numbers& numbers) {
        if (number != kNobody && !known.contains(number)) numbers.insert(number);
    };
    for (const Event& event : events) {
        want(event.actor.session, session_at_, sessions);
        want(event.actor.adopted_session, session_at_, sessions);
        want(event.actor.process, process_at_, processes);
    }
    if (!complete_ && session_at_.size() + process_at_.size() + sessions.size() + processes.size() > kMostByPieces) {
        TRY(add_rest());
    } else {
        TRY(add_processes(std::move(processes)));
        TRY(add_sessions(std::move(sessions)));
    }
    for (Event& event : events) {
        event.actor.session = session_at(event.actor.session);
        event.actor.adopted_session = session_at(event.actor.adopted_session);
        event.actor.process = process_at(event.actor.process);
    }
    return {};
}

Result<void> Recollection::add_sessions_with(LogonId id) { return add_sessions(fmt::format("logon_id = {}", id.value())); }

Result<void> Recollection::add_sessions(const std::string& where) {
    const HistoryReader reader{store_.connection(), store_.generation(), bases_, store_.catalog(), store_.names()};
    History found;
    std::vector<std::uint32_t> numbers;
    TRY(reader.sessions(where, history_.texts, found.sessions, numbers));
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        if (!session_at_.emplace(numbers[i], static_cast<std::uint32_t>(history_.sessions.size())).second) continue;
        history_.sessions.push_back(std::move(found.sessions[i]));
    }
    return {};
}

Result<void> Recollection::add_sessions(Numbers numbers) {
    std::erase_if(numbers, [&](std::uint32_t number) { return session_at_.contains(number); });
    if (numbers.empty()) return {};
    return add_sessions(fmt::format("logon_id IN (SELECT logon_id FROM sessions WHERE generation = {} AND number BETWEEN {} AND {} AND number IN ({}))", store_.generation(),
                                    *numbers.begin(), *numbers.rbegin(), fmt::join(numbers, ",")));
}

Result<void> Recollection::add_processes(const std::string& where) {
    const HistoryReader reader{store_.connection(), store_.generation(), bases_, store_.catalog(), store_.names()};
    std::vector<Process> found;
    std::vector<std::uint32_t> numbers;
    TRY(reader.processes(where, history_.texts, found, numbers));
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        if (!process_at_.emplace(numbers[i], static_cast<std::uint32_t>(history_.processes.size())).second) continue;
        references_.push_back({found[i].session, found[i].parent});
        history_.processes.push_back(std::move(found[i]));
        history_.processes.back().session = history_.processes.back().parent = kNobody;
    }
    return {};
}

Result<void> Recollection::add_processes(Numbers numbers) {
    // With those that they are the children of: that is what people ask of a process next.
    for (int round = 0; round < 2; ++round) {
        std::erase_if(numbers, [&](std::uint32_t number) { return process_at_.contains(number); });
        if (numbers.empty()) break;
        TRY(add_processes(fmt::format("number BETWEEN {} AND {} AND number IN ({})", *numbers.begin(), *numbers.rbegin(), fmt::join(numbers, ","))));
        Numbers parents;
        for (const std::uint32_t number : numbers)
            if (const std::uint32_t place = process_at(number); place != kNobody && references_[place].parent != kNobody) parents.insert(references_[place].parent);
        numbers = std::move(parents);
    }
    return settle_processes();
}

Result<void> Recollection::settle_processes() {
    Numbers sessions;
    for (const References& to : references_)
        if (to.session != kNobody) sessions.insert(to.session);
    TRY(add_sessions(std::move(sessions)));
    for (std::size_t i = 0; i < references_.size(); ++i) {
        history_.processes[i].session = session_at(references_[i].session);
        history_.processes[i].parent = process_at(references_[i].parent);
    }
    return {};
}

Result<void> Recollection::add_rest() {
    complete_ = true;
    TRY(add_sessions(std::string("TRUE")));
    TRY(add_processes(std::string("TRUE")));
    return settle_processes();
}

Result<void> Recollection::add_trail(std::uint32_t session) {
    struct Tie {
        std::uint32_t number, from, to, process, to_process;
    };
    std::vector<Tie> ties;
    Rows rows = TRY(store_.connection().query(fmt::format("SELECT number, CAST(from_session AS UINTEGER), CAST(to_session AS UINTEGER), CAST(process AS UINTEGER), "
                                                          "CAST(to_process AS UINTEGER) FROM links WHERE generation = {}", store_.generation())));
    while (rows.next())
        for (std::size_t row = 0; row < rows.size(); ++row) {
            const auto value = [&](std::size_t column) { return rows.is_null(column, row) ? kNobody : rows.numbers<std::uint32_t>(column)[row]; };
            ties.push_back({value(0), value(1), value(2), value(3), value(4)});
        }

    std::uint32_t asked = kNobody;
    for (const auto& [number, place] : session_at_)
        if (place == session) asked = number;
    Numbers links;
    Numbers reached;
    const auto walk = [&](std::uint32_t Tie::*here, std::uint32_t Tie::*there) {
        std::multimap<std::uint32_t, const Tie*> from;
        for (const Tie& tie : ties) from.emplace(tie.*here, &tie);
        Numbers seen = {asked};
        std::vector<std::uint32_t> open = {asked};
        while (!open.empty()) {
            const auto [first, last] = from.equal_range(open.back());
            open.pop_back();
            for (auto tie = first; tie != last; ++tie) {
                links.insert(tie->second->number);
                if (seen.insert(tie->second->*there).second) open.push_back(tie->second->*there);
            }
        }
        reached.merge(seen);
    };
    walk(&Tie::to, &Tie::from);
    walk(&Tie::from, &Tie::to);
    TRY(add_sessions(reached));
    TRY(add_processes(fmt::format("session IS NOT NULL AND host IN (SELECT host FROM sessions WHERE generation = {0} AND number IN ({1})) AND (host, session) IN "
                                  "(SELECT (host, CAST(number - first AS UINTEGER)) FROM sessions JOIN (SELECT host, min(number) AS first FROM sessions WHERE generation = {0} "
                                  "GROUP BY host) USING (host) WHERE generation = {0} AND number IN ({1}))",
                                  store_.generation(), fmt::join(reached, ","))));
    Numbers processes;
    for (const Tie& tie : ties)
        if (links.contains(tie.number))
            for (const std::uint32_t process : {tie.process, tie.to_process})
                if (process != kNobody) processes.insert(process);
    // Up to the first of each line of programs.
    for (int round = 0; round < 64; ++round) {
        TRY(add_processes(processes));
        processes.clear();
        for (const References& to : references_)
            if (to.parent != kNobody && !process_at_.contains(to.parent)) processes.insert(to.parent);
        if (processes.empty()) break;
    }

    std::erase_if(links, [&](std::uint32_t number) { return !linked_.insert(number).second; });
    if (links.empty()) return {};
    const HistoryReader reader{store_.connection(), store_.generation(), bases_, store_.catalog(), store_.names()};
    std::vector<Link> found;
    std::vector<std::uint32_t> numbers;
    TRY(reader.links(fmt::format("number IN ({})", fmt::join(links, ",")), history_.texts, found, numbers));
    for (Link& link : found) {
        link.from = session_at(link.from);
        link.to = session_at(link.to);
        link.process = process_at(link.process);
        link.to_process = process_at(link.to_process);
        if (link.from != kNobody && link.to != kNobody) history_.links.push_back(std::move(link));
    }
    return {};
}

}  // namespace spoor::store::duckdb
