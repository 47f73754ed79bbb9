#include "store/duckdb/conclusion/recollection.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "store/duckdb/conclusion/member_columns.h"
#include "store/duckdb/conclusion/member_search.h"
#include "store/duckdb/duck_store.h"

namespace spoor::store::duckdb {
namespace {

/// From so many sessions and processes on that events name, all others are read as well.
constexpr std::size_t kMostByPieces = 20'000;
/// So many records are read at once: they are there twice for a moment.
constexpr std::size_t kRecordsAtOnce = 8192;
/// More numbers than that are not listed in a question: DuckDB takes longer to plan the list than to look through it.
constexpr std::size_t kMostNumbersListed = 8;
/// Of so many logon ids the last bits are asked for: an id in a thousand has these without being one of them.
constexpr std::size_t kMostIdsAsked = 2048;
constexpr std::uint64_t kAskedBits = (1u << 20) - 1;
/// The times of what so many filters are true of are kept.
constexpr std::size_t kMostFiltersKept = 16;

Numbers numbers_in(const IdSet& set) {
    Numbers numbers;
    each_id(set, [&](std::uint32_t number) { numbers.push_back(number); });
    return numbers;
}

template <typename Read>
Result<void> by_pieces(const Numbers& numbers, const Read& read) {
    for (std::size_t begin = 0; begin < numbers.size(); begin += kRecordsAtOnce) {
        const auto first = numbers.begin() + static_cast<std::ptrdiff_t>(begin);
        const std::size_t count = std::min(kRecordsAtOnce, numbers.size() - begin);
        TRY(read(Numbers(first, first + static_cast<std::ptrdiff_t>(count))));
    }
    return {};
}

/// For so many more at once: to double what is large would take three times its memory.
template <typename Record>
void make_room(std::vector<Record>& records, std::size_t count) {
    const std::size_t needed = records.size() + count;
    if (needed > records.capacity()) records.reserve(std::max(needed, records.capacity() / 2 * 3));
}

std::size_t record_count(std::span<const RecordPlaces::PageRef> pages) {
    std::size_t count = 0;
    for (const RecordPlaces::PageRef& page : pages) count += page.count;
    return count;
}

void keep_common(IdSet& set, const IdSet& other) {
    set.resize(std::min(set.size(), other.size()));
    for (std::size_t word = 0; word < set.size(); ++word) set[word] &= other[word];
}
void add_all(IdSet& set, const IdSet& other) {
    set.resize(std::max(set.size(), other.size()));
    for (std::size_t word = 0; word < other.size(); ++word) set[word] |= other[word];
}

/// `column IN (numbers)`, of which there is at least one; `sets` are those for in_set().
std::string among(std::string_view column, const std::set<std::uint32_t>& numbers, std::vector<IdSet>& sets) {
    if (numbers.size() <= kMostNumbersListed) return fmt::format("{} IN ({})", column, fmt::join(numbers, ","));
    IdSet set;
    for (const std::uint32_t number : numbers) add_to(set, number);
    sets.push_back(std::move(set));
    // What lies outside of the range is passed over unread.
    return fmt::format("{0} BETWEEN {1} AND {2} AND in_set(CAST({0} AS UINTEGER), {3})", column, *numbers.begin(),
                       *numbers.rbegin(), sets.size() - 1);
}

/// What SessionQuery::is_in_time says, of the columns.
std::string time_condition(const SessionQuery& query) {
    if (query.is_of_all_time()) return "TRUE";
    const std::int64_t from = query.from.nanoseconds, until = query.until.nanoseconds;
    if (query.within == SessionQuery::Within::There)
        return fmt::format("(start_time IS NULL OR start_time <= {}) AND (end_time IS NULL OR end_time >= {})", until,
                           from);
    return fmt::format("coalesce(start_time, first_seen) BETWEEN {} AND {}", from, until);
}

}  // namespace

Result<std::unique_ptr<Recollection>> Recollection::begin(DuckStore& store) {
    std::unique_ptr<Recollection> recollection(new Recollection(store));
    recollection->places_ = *TRY(store.places());
    return recollection;
}

HistoryReader Recollection::reader() {
    return {store_.connection(), store_.generation(), places_, store_.catalog(), store_.names(), &pages_};
}

std::uint32_t Recollection::session_at(std::uint32_t number) const {
    const auto known = session_at_.find(number);
    return known == session_at_.end() ? kNobody : known->second;
}

std::uint32_t Recollection::process_at(std::uint32_t number) const {
    const auto known = process_at_.find(number);
    return known == process_at_.end() ? kNobody : known->second;
}

bool Recollection::has_session(std::uint32_t number) const {
    const std::uint32_t at = session_at(number);
    return at != kNobody && whole_[at];
}

Result<void> Recollection::resolve(std::span<Event> events) {
    NumberSet sessions;
    NumberSet processes;
    for (const Event& event : events) {
        for (const std::uint32_t session : {event.actor.session, event.actor.adopted_session})
            if (session != kNobody && !has_session(session)) sessions.insert(session);
        if (event.actor.process != kNobody && !process_at_.contains(event.actor.process))
            processes.insert(event.actor.process);
    }
    if (!complete_ && session_at_.size() + process_at_.size() + sessions.size() + processes.size() > kMostByPieces) {
        TRY(add_rest());
    } else {
        TRY(read_with_parents(std::move(processes)));
        TRY(settle_processes(std::move(sessions)));
    }
    for (Event& event : events) {
        event.actor.session = session_at(event.actor.session);
        event.actor.adopted_session = session_at(event.actor.adopted_session);
        event.actor.process = process_at(event.actor.process);
    }
    return {};
}

Result<void> Recollection::add_sessions_with(std::span<const LogonId> ids) {
    std::set<std::uint64_t> values;
    for (const LogonId id : ids) values.insert(id.value());
    if (values.empty()) return {};
    TRY(add_sessions_where(fmt::format("logon_id IN ({})", fmt::join(values, ","))));
    // All that there are: nobody else has their names.
    for (const Session& session : history_.sessions)
        if (const std::uint64_t id = session.key.logon_id.value(); values.contains(id))
            named_.emplace(session.key.host, id);
    return {};
}

Result<void> Recollection::add_sessions_where(const std::string& condition) {
    return read_sessions(TRY(reader().numbers_of("sessions", condition)));
}

Result<void> Recollection::read_sessions(Numbers numbers) {
    std::erase_if(numbers, [&](std::uint32_t number) { return has_session(number); });
    make_room(history_.sessions, numbers.size());
    return reader().each_session_of(numbers, history_.texts, [&](std::uint32_t number, Session&& session) {
        const auto [known, is_new] = session_at_.emplace(number, static_cast<std::uint32_t>(history_.sessions.size()));
        if (is_new) {
            history_.sessions.push_back(std::move(session));
            whole_.push_back(true);
        } else {
            history_.sessions[known->second] = std::move(session);
            whole_[known->second] = true;
        }
    });
}

Result<void> Recollection::add_sessions(NumberSet numbers) {
    if (numbers.empty()) return {};
    TRY(read_sessions({numbers.begin(), numbers.end()}));
    return add_namesakes({numbers.begin(), numbers.end()});
}

Result<void> Recollection::add_namesakes(const Numbers& numbers) {
    if (numbers.size() == record_count(places_.sessions)) return {};  // they are all there
    struct Asked {
        std::uint32_t number = 0;
        SessionKey key;
    };
    std::vector<Asked> asked;
    std::vector<std::uint64_t> ids;
    for (const std::uint32_t number : numbers)
        if (const std::uint32_t at = session_at(number); at != kNobody) {
            const SessionKey& key = history_.sessions[at].key;
            if (!named_.emplace(key.host, key.logon_id.value()).second) continue;
            asked.push_back({number, key});
            ids.push_back(key.logon_id.value());
        }
    if (asked.empty()) return {};
    // Of very many it is sooner found which ids were given twice at all.
    ids_asked_ += ids.size();
    if (ids_asked_ > kMostIdsAsked && !namesakes_) namesakes_ = TRY(read_namesakes("TRUE"));
    const Namesakes some = namesakes_ ? Namesakes() : TRY(read_namesakes_of(ids));
    const Namesakes& all = namesakes_ ? *namesakes_ : some;
    for (const auto& [number, key] : asked) {
        const auto found = all.find({key.host, key.logon_id.value()});
        if (found == all.end()) continue;
        const auto [first, last] = found->second;
        const auto at = static_cast<std::uint32_t>(history_.sessions.size());
        if (!session_at_.emplace(number == first ? last : first, at).second) continue;
        history_.sessions.emplace_back().key = {.host = key.host, .boot = kNobody, .logon_id = key.logon_id};
        whole_.push_back(false);
    }
    return {};
}

/// Those of some others may be among them.
Result<Recollection::Namesakes> Recollection::read_namesakes_of(std::span<const std::uint64_t> ids) {
    if (ids.size() <= kMostNumbersListed) return read_namesakes(fmt::format("logon_id IN ({})", fmt::join(ids, ",")));
    IdSet asked;
    for (const std::uint64_t id : ids) add_to(asked, static_cast<std::uint32_t>(id & kAskedBits));
    store_.connection().use_sets(std::span(&asked, 1));
    return read_namesakes(fmt::format("in_set(CAST(logon_id & {} AS UINTEGER), 0)", kAskedBits));
}

Result<Recollection::Namesakes> Recollection::read_namesakes(const std::string& condition) {
    Namesakes found;
    Rows rows = TRY(store_.connection().query(
        fmt::format("SELECT host, logon_id, min(number), max(number) FROM sessions WHERE generation <= {} AND ({}) "
                    "GROUP BY host, logon_id HAVING count(*) > 1",
                    store_.generation(), condition)));
    std::map<std::uint32_t, HostId> hosts;  // by the store's numbers
    while (rows.next())
        for (std::size_t row = 0; row < rows.size(); ++row) {
            const auto [host, is_new] = hosts.try_emplace(rows.numbers<std::uint32_t>(0)[row]);
            if (is_new) host->second = store_.catalog().host(store_.names().name(host->first));
            found.try_emplace({host->second, rows.numbers<std::uint64_t>(1)[row]}, rows.numbers<std::uint32_t>(2)[row],
                              rows.numbers<std::uint32_t>(3)[row]);
        }
    return found;
}

Result<void> Recollection::read_processes(Numbers numbers) {
    std::erase_if(numbers, [&](std::uint32_t number) { return process_at_.contains(number); });
    return by_pieces(numbers, [&](const Numbers& some) { return read_processes_at_once(some); });
}

Result<void> Recollection::read_processes_at_once(const Numbers& numbers) {
    std::vector<Process> processes;
    Numbers found;
    TRY(reader().processes(numbers, history_.texts, processes, found));
    for (std::size_t i = 0; i < found.size(); ++i) {
        process_at_.emplace(found[i], static_cast<std::uint32_t>(history_.processes.size()));
        references_.push_back({processes[i].session, processes[i].parent});
        history_.processes.push_back(std::move(processes[i]));
        history_.processes.back().session = history_.processes.back().parent = kNobody;
    }
    return {};
}

Result<void> Recollection::add_processes_where(const std::string& condition) {
    return read_processes(TRY(reader().numbers_of("processes", condition)));
}

Result<void> Recollection::add_process(const Guid& guid) {
    TRY(add_processes_where(fmt::format("guid = {}", sql_text(guid.to_string()))));
    return settle_processes();
}

Result<void> Recollection::add_processes(HostId host, std::uint64_t pid) {
    const auto name = store_.names().find(store_.catalog().host_name(host));
    if (!name) return {};
    TRY(add_processes_where(fmt::format("host = {} AND pid = {}", *name, pid)));
    return settle_processes();
}

Result<void> Recollection::read_with_parents(NumberSet numbers) {
    for (int round = 0; round < 2; ++round) {
        std::erase_if(numbers, [&](std::uint32_t number) { return process_at_.contains(number); });
        if (numbers.empty()) break;
        TRY(read_processes({numbers.begin(), numbers.end()}));
        NumberSet parents;
        for (const std::uint32_t number : numbers)
            if (const std::uint32_t place = process_at(number);
                place != kNobody && references_[place].parent != kNobody)
                parents.insert(references_[place].parent);
        numbers = std::move(parents);
    }
    return {};
}

Result<void> Recollection::add_processes(NumberSet numbers) {
    TRY(read_with_parents(std::move(numbers)));
    return settle_processes();
}

Result<void> Recollection::settle_processes(NumberSet sessions) {
    for (const References& to : std::span(references_).subspan(settled_))
        if (to.session != kNobody && !has_session(to.session)) sessions.insert(to.session);
    TRY(add_sessions(std::move(sessions)));
    for (; settled_ < references_.size(); ++settled_) {
        history_.processes[settled_].session = session_at(references_[settled_].session);
        if (references_[settled_].parent != kNobody) parentless_.push_back(static_cast<std::uint32_t>(settled_));
    }
    std::erase_if(parentless_, [&](std::uint32_t child) {
        history_.processes[child].parent = process_at(references_[child].parent);
        return history_.processes[child].parent != kNobody;
    });
    return {};
}

Result<void> Recollection::add_rest() {
    complete_ = true;
    TRY(add_sessions_where("TRUE"));
    TRY(add_processes_where("TRUE"));
    return settle_processes();
}

/// Walks the links from a session, back and forward: every session reached, and the links on the way.
Result<void> Recollection::walk(std::uint32_t session, NumberSet& reached, NumberSet& links, NumberSet& processes) {
    struct Way {
        const char* here;
        const char* there;
        NumberSet seen;
        NumberSet open;
    };
    Way ways[] = {{"to_session", "from_session", {session}, {session}},
                  {"from_session", "to_session", {session}, {session}}};
    while (true) {
        std::vector<std::string> steps;
        std::vector<IdSet> sets;
        for (std::uint32_t way = 0; way < std::size(ways); ++way)
            if (!ways[way].open.empty())
                steps.push_back(fmt::format(
                    "SELECT CAST({} AS UINTEGER), number, CAST({} AS UINTEGER), CAST(process "
                    "AS UINTEGER), CAST(to_process AS UINTEGER) FROM links WHERE generation "
                    "<= {} AND {}",
                    way, ways[way].there, store_.generation(), among(ways[way].here, ways[way].open, sets)));
        if (steps.empty()) break;
        for (Way& way : ways) way.open.clear();
        if (!sets.empty()) store_.connection().use_sets(sets);
        Rows rows = TRY(store_.connection().query(fmt::format("{}", fmt::join(steps, " UNION ALL "))));
        while (rows.next())
            for (std::size_t row = 0; row < rows.size(); ++row) {
                Way& way = ways[rows.numbers<std::uint32_t>(0)[row]];
                links.insert(rows.numbers<std::uint32_t>(1)[row]);
                const std::uint32_t next = rows.numbers<std::uint32_t>(2)[row];
                if (way.seen.insert(next).second) way.open.insert(next);
                for (const std::size_t column : {3, 4})
                    if (const std::uint32_t process = rows.numbers<std::uint32_t>(column)[row];
                        !rows.is_null(column, row) && process != kNobody)
                        processes.insert(process);
            }
    }
    for (Way& way : ways) reached.merge(way.seen);
    return {};
}

Result<void> Recollection::add_trail(std::uint32_t session) {
    std::uint32_t asked = kNobody;
    for (const auto& [number, at] : session_at_)
        if (at == session) asked = number;
    if (asked == kNobody) return {};
    NumberSet links;
    NumberSet reached;
    NumberSet processes;
    TRY(walk(asked, reached, links, processes));
    TRY(read_sessions({reached.begin(), reached.end()}));
    std::map<HostId, NumberSet> places;  // of the sessions, among those of their host
    for (const std::uint32_t number : reached)
        if (const std::uint32_t at = session_at(number); at != kNobody) {
            const HostId host = history_.sessions[at].key.host;
            places[host].insert(number - places_.bases.of(host).sessions);
        }
    std::vector<std::string> theirs;
    std::vector<IdSet> sets;
    for (const auto& [host, sessions] : places)
        if (const auto name = store_.names().find(store_.catalog().host_name(host)))
            theirs.push_back(fmt::format("host = {} AND {}", *name, among("session", sessions, sets)));
    if (!sets.empty()) store_.connection().use_sets(sets);
    Numbers by_them = TRY(reader().numbers_of("processes", theirs));
    TRY(read_processes(std::move(by_them)));
    // Up to the first of each line of programs.
    for (int round = 0; round < 64; ++round) {
        TRY(read_with_parents(std::move(processes)));
        processes.clear();
        for (const References& to : references_)
            if (to.parent != kNobody && !process_at_.contains(to.parent)) processes.insert(to.parent);
        if (processes.empty()) break;
    }
    TRY(settle_processes(std::move(reached)));
    return read_links(std::move(links));
}

Result<void> Recollection::read_links(NumberSet wanted) {
    std::erase_if(wanted, [&](std::uint32_t number) { return !linked_.insert(number).second; });
    std::vector<Link> found;
    Numbers numbers;
    TRY(reader().links({wanted.begin(), wanted.end()}, history_.texts, found, numbers));
    for (std::size_t i = 0; i < found.size(); ++i) {
        Link& link = found[i];
        link.from = session_at(link.from);
        link.to = session_at(link.to);
        if (link.from == kNobody || link.to == kNobody) continue;
        link_ends_.push_back({link.process, link.to_process});
        history_.links.push_back(std::move(link));
        link_numbers_.push_back(numbers[i]);
    }
    // Of those that were there before, the processes may have come since.
    for (std::size_t i = 0; i < link_ends_.size(); ++i) {
        history_.links[i].process = process_at(link_ends_[i].process);
        history_.links[i].to_process = process_at(link_ends_[i].to_process);
    }
    return {};
}

Result<void> Recollection::add_origins(std::span<const std::uint32_t> sessions) {
    if (sessions.empty()) return {};
    IdSet asked;
    for (const std::uint32_t session : sessions) add_to(asked, session);
    IdSet targets;
    for (const auto& [number, at] : session_at_)
        if (holds(asked, at)) add_to(targets, number);
    store_.connection().use_sets(std::span(&targets, 1));
    Rows rows = TRY(store_.connection().query(
        fmt::format("SELECT number, CAST(from_session AS UINTEGER) FROM links WHERE generation <= {} AND "
                    "in_set(CAST(to_session AS UINTEGER), 0)",
                    store_.generation())));
    NumberSet links;
    NumberSet origins;
    while (rows.next()) {
        links.insert(rows.numbers<std::uint32_t>(0), rows.numbers<std::uint32_t>(0) + rows.size());
        origins.insert(rows.numbers<std::uint32_t>(1), rows.numbers<std::uint32_t>(1) + rows.size());
    }
    TRY(add_sessions(std::move(origins)));
    return read_links(std::move(links));
}

Result<IdSet> Recollection::sessions_by(std::span<const std::string_view> columns, const std::string& time,
                                        match::Matcher& matcher) {
    IdSet firsts;
    TRY(reader().each_kind_of_session(columns, time, [&](std::uint32_t number, const Session& session) {
        if (matcher.matches(session)) add_to(firsts, number);
    }));
    IdSet found;
    if (firsts.empty()) return found;
    TRY(reader().each_like("sessions", columns, firsts, time,
                           [&](std::uint32_t number, HostId) { add_to(found, number); }));
    return found;
}

Numbers Recollection::numbers_of_all_sessions() const {
    Numbers numbers;
    for (const RecordPlaces::PageRef& page : places_.sessions)
        for (std::uint32_t i = 0; i < page.count; ++i) numbers.push_back(page.first + i);
    return numbers;
}

Result<Numbers> Recollection::numbers_of(const SessionQuery& query) {
    if (query.where.type == match::Expr::Type::True && query.is_of_all_time()) return numbers_of_all_sessions();
    match::Matcher matcher = TRY(match::Matcher::compile(query.where, store_.catalog()));
    const std::vector<std::string_view> columns = session_columns_of(query.where);
    Numbers numbers;
    if (columns.empty()) {
        TRY(reader().each_session({}, "TRUE", [&](std::uint32_t number, const Session& session) {
            if (query.is_in_time(session) && matcher.matches(session)) numbers.push_back(number);
        }));
        return numbers;
    }
    if (query.is_of_all_time()) return numbers_in(TRY(sessions_by(columns, "TRUE", matcher)));
    if (lived_.size() == kMostFiltersKept) lived_.clear();
    const auto [lived, is_new] = lived_.try_emplace(to_string(query.where));
    if (is_new) return numbers_in(TRY(sessions_by(columns, time_condition(query), matcher)));
    if (!lived->second) {
        const IdSet all = TRY(sessions_by(columns, "TRUE", matcher));
        lived->second = TRY(times_of(all));
    }
    Session session;
    for (const Lived& each : *lived->second) {
        session.start = each.start;
        session.end = each.end;
        session.first_seen = each.first_seen;
        if (query.is_in_time(session)) numbers.push_back(each.number);
    }
    return numbers;
}

Result<std::vector<Recollection::Lived>> Recollection::times_of(const IdSet& sessions) {
    constexpr std::string_view kTimes[] = {"start_time", "end_time", "first_seen"};
    std::vector<Lived> lived;
    if (sessions.empty()) return lived;
    store_.connection().use_sets(std::span(&sessions, 1));
    TRY(reader().each_session(kTimes, "in_set(number, 0)", [&](std::uint32_t number, const Session& session) {
        lived.push_back(
            {.number = number, .start = session.start, .end = session.end, .first_seen = session.first_seen});
    }));
    std::ranges::sort(lived, {}, &Lived::number);
    return lived;
}

Result<FoundSessions> Recollection::find_sessions(const SessionQuery& query) {
    const Numbers numbers = TRY(numbers_of(query));
    TRY(read_sessions(numbers));
    TRY(add_namesakes(numbers));
    FoundSessions found{.history = &history_};
    for (const std::uint32_t number : numbers) found.sessions.push_back(session_at(number));
    return found;
}

Result<void> Recollection::each_session(const match::Expr& where, const Archive::VisitSession& visit) {
    match::Matcher matcher = TRY(match::Matcher::compile(where, store_.catalog()));
    const std::vector<std::string_view> columns = session_columns_of(where);
    if (columns.empty())
        return reader().each_session({}, "TRUE", [&](std::uint32_t, const Session& session) {
            if (matcher.matches(session)) visit(session);
        });
    const IdSet wanted = TRY(sessions_by(columns, "TRUE", matcher));
    if (wanted.empty()) return {};
    store_.connection().use_sets(std::span(&wanted, 1));
    return reader().each_session(session_outline(), "in_set(number, 0)",
                                 [&](std::uint32_t, const Session& session) { visit(session); });
}

void Recollection::forget() {
    // As much will be there again soon: of what is large the memory is kept.
    history_.texts = {};
    history_.sessions.clear();
    history_.processes.clear();
    history_.links.clear();
    session_at_.clear();
    named_.clear();
    whole_.clear();
    process_at_.clear();
    references_.clear();
    settled_ = 0;
    parentless_.clear();
    linked_.clear();
    link_numbers_.clear();
    link_ends_.clear();
    complete_ = false;
}

Result<FoundProcesses> Recollection::find_processes(const match::Expr& where) {
    match::Matcher matcher = TRY(match::Matcher::compile(where, store_.catalog()));
    std::optional<IdSet> possible = TRY(possible_processes(where, Effort::Columns));
    if (!possible) possible = TRY(possible_processes(where, Effort::Records));
    Numbers numbers;
    if (possible) {
        numbers = numbers_in(*possible);
        TRY(add_processes({numbers.begin(), numbers.end()}));
    } else {
        TRY(add_rest());
        for (const auto& [number, at] : process_at_) numbers.push_back(number);
        std::ranges::sort(numbers);
    }
    FoundProcesses found{.history = &history_};
    for (const std::uint32_t number : numbers)
        if (const std::uint32_t at = process_at(number); matcher.matches(history_.processes[at], history_))
            found.processes.push_back(at);
    return found;
}

Result<std::optional<IdSet>> Recollection::possible_processes(const match::Expr& where, Effort effort) {
    using Type = match::Expr::Type;
    if (where.type == Type::Leaf) return possible_processes(where.leaf, effort);
    if (where.type == Type::False) return IdSet();
    if (where.type != Type::And && where.type != Type::Or) return std::nullopt;
    std::optional<IdSet> all;
    for (const match::Expr& child : where.children) {
        const std::optional<IdSet> of_child = TRY(possible_processes(child, effort));
        if (!of_child && where.type == Type::Or) return std::nullopt;
        if (!of_child) continue;
        if (!all)
            all = of_child;
        else if (where.type == Type::And)
            keep_common(*all, *of_child);
        else
            add_all(*all, *of_child);
    }
    return all;
}

Result<std::optional<IdSet>> Recollection::possible_processes(const match::Predicate& predicate, Effort effort) {
    using match::Scope;
    const match::FieldRef& field = predicate.field;
    if (field.scope < Scope::Session) return std::nullopt;
    const bool by_columns = field.scope == Scope::Process   ? !columns_of(field.process()).empty()
                            : field.scope == Scope::Session ? !columns_of(field.session()).empty()
                                                            : false;
    if (!by_columns && effort == Effort::Columns) return std::nullopt;
    match::Matcher matcher = TRY(match::Matcher::compile(match::leaf(predicate), store_.catalog()));
    if (field.scope == Scope::Session) return TRY(processes_of_sessions_that(predicate, matcher));
    if (field.scope == Scope::AdoptedSession) return std::nullopt;
    IdSet found;
    TRY(each_process_that(reader(), predicate, matcher, [&](std::uint32_t number, HostId) { add_to(found, number); }));
    return found;
}

Result<IdSet> Recollection::processes_of_sessions_that(const match::Predicate& predicate, match::Matcher& matcher) {
    std::map<HostId, IdSet> of_hosts;  // by place among the sessions of the host, as rows of processes name them
    TRY(each_session_that(reader(), predicate, matcher, [&](std::uint32_t number, HostId host) {
        add_to(of_hosts[host], number - places_.bases.of(host).sessions);
    }));
    std::vector<IdSet> sets;
    std::string any;
    for (auto& [host, sessions] : of_hosts)
        if (const auto name = store_.names().find(store_.catalog().host_name(host))) {
            any += fmt::format("{}(host = {} AND in_set(session, {}))", any.empty() ? "" : " OR ", *name, sets.size());
            sets.push_back(std::move(sessions));
        }
    IdSet found;
    if (any.empty()) return found;
    store_.connection().use_sets(sets);
    for (const std::uint32_t number : TRY(reader().numbers_of("processes", any))) add_to(found, number);
    return found;
}

Result<Recalled> Recollection::recall(DuckStore& store, const RecallQuery& query) {
    std::unique_ptr<Recollection> own = TRY(begin(store));
    TRY(own->reader().boots(own->history_));
    TRY(own->add_sessions({query.sessions.begin(), query.sessions.end()}));
    TRY(own->add_processes(NumberSet(query.processes.begin(), query.processes.end())));
    TRY(own->add_sessions_with(query.logon_ids));
    if (query.process_guid) TRY(own->add_process(*query.process_guid));
    if (query.pid) TRY(own->add_processes(query.pid->first, query.pid->second));
    if (query.trail_of) {
        TRY(own->add_sessions({*query.trail_of}));
        if (const std::uint32_t at = own->session_at(*query.trail_of); at != kNobody) TRY(own->add_trail(at));
    }
    Recalled recalled;
    if (query.sessions_where) recalled.found = TRY(own->find_sessions(*query.sessions_where)).sessions;
    if (query.processes_where) recalled.found = TRY(own->find_processes(*query.processes_where)).processes;
    if (!query.origins_of.empty()) {
        TRY(own->add_sessions({query.origins_of.begin(), query.origins_of.end()}));
        Numbers places;
        for (const std::uint32_t number : query.origins_of)
            if (const std::uint32_t at = own->session_at(number); at != kNobody) places.push_back(at);
        TRY(own->add_origins(places));
    }
    recalled.sessions.resize(own->history_.sessions.size());
    recalled.processes.resize(own->history_.processes.size());
    for (const auto& [number, at] : own->session_at_) recalled.sessions[at] = number;
    for (const auto& [number, at] : own->process_at_) recalled.processes[at] = number;
    const Numbers& of_found = query.processes_where ? recalled.processes : recalled.sessions;
    for (std::uint32_t& found : recalled.found) found = of_found[found];
    recalled.links = std::move(own->link_numbers_);
    recalled.whole = std::move(own->whole_);
    recalled.history = std::move(own->history_);
    for (std::size_t i = 0; i < recalled.history.processes.size(); ++i) {
        recalled.history.processes[i].session = own->references_[i].session;
        recalled.history.processes[i].parent = own->references_[i].parent;
    }
    const auto number = [](std::uint32_t& index, const std::vector<std::uint32_t>& numbers) {
        if (index != kNobody) index = numbers[index];
    };
    for (Link& link : recalled.history.links) {
        number(link.from, recalled.sessions), number(link.to, recalled.sessions);
        number(link.process, recalled.processes), number(link.to_process, recalled.processes);
    }
    return recalled;
}

}  // namespace spoor::store::duckdb
