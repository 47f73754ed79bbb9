#include "store/duckdb/conclusion/duck_conclusion.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/check.h"
#include "store/duckdb/conclusion/history_tables.h"
#include "store/duckdb/conclusion/record_page.h"
#include "store/duckdb/duck_store.h"
#include "store/duckdb/engine/packed.h"
#include "store/duckdb/schema.h"
#include "store/presence.h"

namespace spoor::store::duckdb {

DuckConclusion::DuckConclusion(DuckStore& store, Connection connection, std::stop_token stop)
    : store_(store), stop_(std::move(stop)), generation_(store.generation() + 1), connection_(std::move(connection)) {}

Result<std::unique_ptr<DuckConclusion>> DuckConclusion::begin(DuckStore& store, std::stop_token stop) {
    std::unique_ptr<DuckConclusion> conclusion(new DuckConclusion(store, TRY(store.connect()), std::move(stop)));
    TRY(conclusion->connection_.run("BEGIN"));
    // DuckDB takes its snapshot with the first statement that reads.
    conclusion->chapters_ = TRY(DuckStore::chapters(conclusion->connection_));
    Rows held = TRY(conclusion->connection_.query(
        "SELECT chapter, host, CAST(sum(events) AS UBIGINT) FROM holdings GROUP BY chapter, host"));
    while (held.next())
        for (std::size_t row = 0; row < held.size(); ++row) {
            const HostId host = store.catalog().host(store.names().name(held.numbers<std::uint32_t>(1)[row]));
            conclusion->hosts_of_[held.numbers<std::uint32_t>(0)[row]].insert(host);
            conclusion->event_counts_[host] += held.numbers<std::uint64_t>(2)[row];
        }
    conclusion->unread_ = conclusion->hosts_of_;
    return conclusion;
}

DuckConclusion::~DuckConclusion() {
    desks_.clear();
    actors_.reset();
    writer_.reset();
    if (open_) (void)connection_.run("ROLLBACK");  // there is nobody left to tell
}

Result<std::vector<HostId>> DuckConclusion::unresolved() { return store_.hosts_in(connection_, "unresolved"); }
Result<std::vector<HostId>> DuckConclusion::hosts() { return store_.hosts_in(connection_, "holdings"); }

namespace {

// In the table of keys and values: "1:5000 2:70", chapters and how many events of each.
constexpr std::string_view kConcludedKey = "concluded";

std::string text_of(const Extent& extent) {
    std::string text;
    for (const auto& [chapter, events] : extent) text += fmt::format("{}:{} ", chapter, events);
    return text;
}

Extent extent_of(std::string_view text) {
    Extent extent;
    while (!text.empty()) {
        std::uint32_t chapter = 0;
        std::uint64_t events = 0;
        const char* const end = text.data() + text.size();
        const auto number = std::from_chars(text.data(), end, chapter);
        if (number.ptr == end || *number.ptr != ':') return {};
        const auto count = std::from_chars(number.ptr + 1, end, events);
        if (count.ptr == end || *count.ptr != ' ') return {};
        extent[chapter] = events;
        text.remove_prefix(static_cast<std::size_t>(count.ptr + 1 - text.data()));
    }
    return extent;
}

}  // namespace

Result<std::optional<Extent>> DuckConclusion::concluded() {
    if (TRY(unresolved()).empty()) return extent();
    Rows rows = TRY(connection_.query("SELECT value FROM meta WHERE key = ?", {kConcludedKey}));
    if (!rows.next() || rows.size() == 0) return std::nullopt;
    Extent extent = extent_of(rows.text(0, 0));
    return extent.empty() ? std::nullopt : std::optional(std::move(extent));
}

Extent DuckConclusion::extent() const {
    Extent extent;
    for (const ChapterEntry& chapter : chapters_) extent[chapter.number] = chapter.events;
    return extent;
}

Result<std::optional<Timestamp>> DuckConclusion::first_since(const Extent& before) {
    const Extent now = extent();
    for (const auto& [chapter, events] : before)
        if (const auto known = now.find(chapter); known == now.end() || known->second < events) return std::nullopt;
    Extent counted;
    std::int64_t first = INT64_MAX;
    // Rows stand as they were committed.
    Rows rows = TRY(connection_.query("SELECT chapter, events, first_time FROM commits ORDER BY rowid"));
    while (rows.next())
        for (std::size_t row = 0; row < rows.size(); ++row) {
            const std::uint32_t chapter = rows.numbers<std::uint32_t>(0)[row];
            std::uint64_t& events = counted[chapter];
            events += rows.numbers<std::uint32_t>(1)[row];
            const auto known = before.find(chapter);
            if (known == before.end() || events > known->second)
                first = std::min(first, rows.numbers<std::int64_t>(2)[row]);
        }
    return Timestamp{first};
}

// ---- Reading

Result<std::unique_ptr<DuckConclusion::Desk>> DuckConclusion::take_desk(const ChapterEntry& chapter) {
    {
        const std::scoped_lock lock(desks_mutex_);
        const auto free =
            std::ranges::find(desks_, chapter.number, [](const auto& desk) { return desk->reader->entry().number; });
        if (free != desks_.end()) {
            std::unique_ptr<Desk> desk = std::move(*free);
            desks_.erase(free);
            return desk;
        }
    }
    // What others commit meanwhile is not seen: it lies behind the chapter's last event, or in a later transaction.
    auto desk = std::make_unique<Desk>(TRY(store_.connect()));
    TRY(desk->connection.run("BEGIN"));
    desk->reader = TRY(ChapterReader::open(desk->connection, store_.catalog(), store_.names(), chapter));
    return desk;
}

void DuckConclusion::give_back(std::unique_ptr<Desk> desk) {
    constexpr std::size_t kMostFree = 2;
    const std::scoped_lock lock(desks_mutex_);
    while (desks_.size() >= kMostFree) desks_.pop_back();
    desks_.push_front(std::move(desk));
}

/// Hosts are mostly read once, so a chapter's words are of no more use when all of its hosts have been.
bool DuckConclusion::others_to_come(std::uint32_t chapter, HostId host) {
    const std::scoped_lock lock(desks_mutex_);
    std::set<HostId>& hosts = unread_[chapter];
    hosts.erase(host);
    return !hosts.empty();
}

Result<void> DuckConclusion::go_on() const {
    if (stop_.stop_requested()) return fail(Errc::Busy, "the conclusion was told to stop");
    return {};
}

Result<void> DuckConclusion::each_event(const EventsWanted& wanted, const Take& take) {
    const Take take_or_stop = [&](Batch& batch, std::span<const std::uint64_t> numbers) -> Result<void> {
        TRY(go_on());
        return take(batch, numbers);
    };
    const auto wants_host = [&](HostId host) {
        return (!wanted.host || host == *wanted.host) && !wanted.except.contains(host);
    };
    for (const ChapterEntry& chapter : chapters_) {
        if (chapter.last_time < wanted.from.nanoseconds || chapter.first_time > wanted.until.nanoseconds) continue;
        const auto hosts = hosts_of_.find(chapter.number);
        if (hosts == hosts_of_.end() || std::ranges::none_of(hosts->second, wants_host)) continue;
        std::unique_ptr<Desk> desk = TRY(take_desk(chapter));
        TRY(desk->reader->read_all(
            [&](const Form& form) { return wants_host(form.host) && (!wanted.kind || wanted.kind(form.kind)); },
            wanted.from, wanted.until, take_or_stop));
        if (!wanted.host || others_to_come(chapter.number, *wanted.host)) give_back(std::move(desk));
    }
    return {};
}

// ---- Writing

Result<HistoryWriter*> DuckConclusion::writer() {
    if (!writer_) writer_ = TRY(HistoryWriter::open(connection_, generation_, store_.catalog(), store_.names()));
    return &*writer_;
}

Result<void> DuckConclusion::add(const History& hosts) {
    const std::scoped_lock lock(mutex_);
    return TRY(writer())->add(hosts);
}

Result<void> DuckConclusion::keep(HostId host) {
    const std::scoped_lock lock(mutex_);
    return TRY(writer())->keep(host, store_.generation());
}

Result<std::uint32_t> DuckConclusion::number_of(HostId host) const {
    return store_.names().number_of(store_.catalog().host_name(host));
}

Result<void> DuckConclusion::resolve(HostId host) {
    const std::uint32_t number = TRY(number_of(host));
    const std::scoped_lock lock(mutex_);
    return connection_.run(fmt::format(
        "DELETE FROM actors WHERE host = {0}; DELETE FROM actor_pages WHERE host = {0}; "
        "DELETE FROM unresolved WHERE host = {0}; DELETE FROM evidence WHERE host = {0} AND generation < {1}",
        number, generation_));
}

Result<void> DuckConclusion::stamp(HostId host, std::span<const Stamp> stamps) {
    TRY(go_on());
    const std::uint32_t number = TRY(number_of(host));
    const std::scoped_lock lock(mutex_);
    if (!actors_) actors_ = TRY(ActorWriter::open(connection_, generation_));
    for (const Stamp& stamp : stamps) TRY(actors_->add(stamp.number, number, stamp.actor));
    return {};
}

// ---- Evidence

Result<void> DuckConclusion::add_evidence(HostId host, std::span<const EvidencePage> pages) {
    constexpr ColumnType kColumns[] = {ColumnType::U32, ColumnType::U32, ColumnType::U64,
                                       ColumnType::I64, ColumnType::I64, ColumnType::Blob};
    TRY(go_on());
    const std::uint32_t number = TRY(number_of(host));
    std::vector<std::string> packed;
    for (const EvidencePage& page : pages) packed.push_back(pack(page.bytes));
    const std::scoped_lock lock(mutex_);
    Appender rows = TRY(Appender::open(connection_, "evidence", kColumns));
    for (std::size_t i = 0; i < pages.size(); ++i) {
        rows.put(0, number);
        rows.put(1, generation_);
        rows.put(2, event_counts_[host]);
        if (pages[i].span) {
            rows.put(3, pages[i].span->first.nanoseconds);
            rows.put(4, pages[i].span->last.nanoseconds);
        }
        rows.put_text(5, packed[i]);
        TRY(rows.end_row());
    }
    return rows.flush();
}

Result<std::set<HostId>> DuckConclusion::with_evidence() {
    const std::scoped_lock lock(mutex_);
    std::set<HostId> hosts;
    Rows rows = TRY(connection_.query(fmt::format(
        "SELECT host, min(events), max(events) FROM evidence WHERE generation <= {} GROUP BY host", generation_)));
    while (rows.next())
        for (std::size_t row = 0; row < rows.size(); ++row) {
            const HostId host = store_.catalog().host(store_.names().name(rows.numbers<std::uint32_t>(0)[row]));
            const auto events = event_counts_.find(host);
            if (events != event_counts_.end() && rows.numbers<std::uint64_t>(1)[row] == events->second &&
                rows.numbers<std::uint64_t>(2)[row] == events->second)
                hosts.insert(host);
        }
    return hosts;
}

Result<void> DuckConclusion::each_evidence_page(const EvidenceWanted& wanted, const TakePage& take) {
    std::set<HostId> hosts = TRY(with_evidence());
    if (wanted.host) std::erase_if(hosts, [&](HostId host) { return host != *wanted.host; });
    if (hosts.empty()) return {};
    std::string numbers;
    for (const HostId host : hosts) numbers += fmt::format("{}{}", numbers.empty() ? "" : ",", TRY(number_of(host)));
    std::string times = wanted.timeless ? "first_time IS NULL" : "FALSE";
    if (wanted.within)
        times += fmt::format(" OR (first_time <= {} AND last_time >= {})", wanted.within->last.nanoseconds,
                             wanted.within->first.nanoseconds);
    std::vector<std::string> packed;
    {
        const std::scoped_lock lock(mutex_);
        Rows rows = TRY(
            connection_.query(fmt::format("SELECT page FROM evidence WHERE generation <= {} AND host IN ({}) AND ({})",
                                          generation_, numbers, times)));
        while (rows.next())
            for (std::size_t row = 0; row < rows.size(); ++row) packed.emplace_back(rows.text(0, row));
    }
    for (std::string& page : packed) {
        TRY(go_on());
        const std::string bytes = TRY(unpack(std::exchange(page, {})));
        TRY(take(bytes));
    }
    return {};
}

/// All hosts have been added: what they say is read back from here on.
Result<HistoryWriter*> DuckConclusion::written_hosts() {
    HistoryWriter* const written = TRY(writer());
    if (std::exchange(hosts_written_, true)) return written;
    TRY(written->flush());
    TRY(written->drop_superseded());
    return written;
}

Result<void> DuckConclusion::add_links(std::span<const Link> links) {
    const std::scoped_lock lock(mutex_);
    return TRY(written_hosts())->add_links(links);
}

Result<void> DuckConclusion::publish() {
    CHECK(open_);
    desks_.clear();
    TRY(written_hosts());
    TRY(writer_->flush());
    if (actors_) TRY(actors_->flush());
    TRY(store_.write_host_names(connection_));
    TRY(
        connection_.run(fmt::format("DELETE FROM meta WHERE key = {0}; INSERT INTO meta VALUES ({0}, {1}); INSERT INTO "
                                    "concluded VALUES ({2}); COMMIT",
                                    sql_text(kConcludedKey), sql_text(text_of(extent())), generation_)));
    open_ = false;
    store_.turn_to(generation_);
    return {};
}

// ---- Reading back what was written

Result<std::vector<Timestamp>> DuckConclusion::cuts(std::uint64_t records) {
    const std::scoped_lock lock(mutex_);
    std::vector<Timestamp> cuts;
    const std::uint64_t parts = TRY(written_hosts())->records() / records + 1;
    if (parts == 1) return cuts;
    std::string shares;
    for (std::uint64_t part = 1; part < parts; ++part)
        shares += fmt::format("{}{:.6f}", part == 1 ? "" : ",", static_cast<double>(part) / static_cast<double>(parts));
    Rows rows = TRY(connection_.query(
        fmt::format("SELECT DISTINCT unnest(quantile_disc(first_seen, [{1}])) AS cut FROM (SELECT "
                    "first_seen FROM sessions WHERE generation <= {0} "
                    "UNION ALL SELECT first_seen FROM processes WHERE generation <= {0}) ORDER BY cut",
                    generation_, shares)));
    while (rows.next())
        for (std::size_t row = 0; row < rows.size(); ++row) cuts.push_back({rows.numbers<std::int64_t>(0)[row]});
    return cuts;
}

namespace {

/// Puts records in the order of their numbers.
template <typename Record>
void sort_by_number(std::vector<Record>& records, std::vector<std::uint32_t>& numbers) {
    std::vector<std::uint32_t> order(numbers.size());
    for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::sort(order, {}, [&](std::uint32_t i) { return numbers[i]; });
    std::vector<Record> sorted;
    std::vector<std::uint32_t> sorted_numbers;
    sorted.reserve(order.size());
    sorted_numbers.reserve(order.size());
    for (const std::uint32_t i : order) {
        sorted.push_back(std::move(records[i]));
        sorted_numbers.push_back(numbers[i]);
    }
    records = std::move(sorted);
    numbers = std::move(sorted_numbers);
}

/// The rows of a table that were there; `end` says until when each was.
Result<Numbers> present(const HistoryReader& reader, std::string_view table, std::string_view end,
                        const Presence& presence) {
    constexpr std::string_view kBegin = "least(coalesce(start_time, first_seen), first_seen)";
    Rows rows = TRY(reader.connection.query(
        fmt::format("SELECT number, host, {0}, {1} FROM {2} WHERE generation <= {3} AND {0} <= ? AND {1} >= ?", kBegin,
                    end, table, reader.generation),
        {presence.latest().nanoseconds, presence.earliest().nanoseconds}));
    Numbers numbers;
    LookedUp<std::uint32_t, HostId> hosts;
    while (rows.next())
        for (std::size_t row = 0; row < rows.size(); ++row) {
            const HostId host = hosts.of(rows.numbers<std::uint32_t>(1)[row], [&] {
                return reader.catalog.host(reader.names.name(rows.numbers<std::uint32_t>(1)[row]));
            });
            if (presence.has(host, {rows.numbers<std::int64_t>(2)[row]}, {rows.numbers<std::int64_t>(3)[row]}))
                numbers.push_back(rows.numbers<std::uint32_t>(0)[row]);
        }
    std::ranges::sort(numbers);
    return numbers;
}

/// What processes refer to that is not in a set, in order.
Numbers absent(std::span<const Process> processes, std::uint32_t Process::* reference, const IdSet& there) {
    Numbers numbers;
    for (const Process& process : processes) {
        const std::uint32_t number = process.*reference;
        if (number != kNobody && !holds(there, number)) numbers.push_back(number);
    }
    std::ranges::sort(numbers);
    const auto repeats = std::ranges::unique(numbers);
    numbers.erase(repeats.begin(), repeats.end());
    return numbers;
}

std::uint32_t place_of(std::uint32_t number, const std::vector<std::uint32_t>& numbers) {
    const auto found = std::ranges::lower_bound(numbers, number);
    return found != numbers.end() && *found == number ? static_cast<std::uint32_t>(found - numbers.begin()) : kNobody;
}

}  // namespace

Result<Excerpt> DuckConclusion::excerpt(Timestamp from, Timestamp until, std::span<const Moment> moments) {
    const std::scoped_lock lock(mutex_);
    TRY(written_hosts());
    const RecordPlaces places = TRY(read_places(connection_, generation_, store_.catalog(), store_.names()));
    const HistoryReader reader{connection_, generation_, places, store_.catalog(), store_.names()};
    Excerpt excerpt;
    History& history = excerpt.history;
    TRY(reader.boots(history));
    const auto add_sessions = [&](const Numbers& numbers) {
        return reader.sessions(numbers, history.texts, history.sessions, excerpt.sessions);
    };
    const auto add_processes = [&](const Numbers& numbers) {
        return reader.processes(numbers, history.texts, history.processes, excerpt.processes);
    };
    if (from == Timestamp::earliest() && until == Timestamp::latest()) {
        const Numbers all_sessions = TRY(reader.numbers_of("sessions", "TRUE"));
        const Numbers all_processes = TRY(reader.numbers_of("processes", "TRUE"));
        TRY(add_sessions(all_sessions));
        TRY(add_processes(all_processes));
        return excerpt;
    }

    const Presence presence(from, until, moments);
    // A session whose end is not known goes on; a process of which nothing more is heard does not matter.
    Numbers missing = TRY(present(reader, "processes", "greatest(coalesce(end_time, last_seen), last_seen)", presence));
    // Up to the first of each line of programs.
    IdSet there;
    for (int round = 0; round < 64 && !missing.empty(); ++round) {
        const std::size_t known = history.processes.size();
        TRY(add_processes(missing));
        for (const std::uint32_t number : missing) add_to(there, number);
        missing = absent(std::span(history.processes).subspan(known), &Process::parent, there);
    }
    sort_by_number(history.processes, excerpt.processes);
    const Numbers sessions =
        TRY(present(reader, "sessions", "coalesce(greatest(end_time, last_seen), 9223372036854775807)", presence));
    there.clear();
    for (const std::uint32_t number : sessions) add_to(there, number);
    Numbers all_sessions;
    std::ranges::merge(sessions, absent(history.processes, &Process::session, there), std::back_inserter(all_sessions));
    TRY(add_sessions(all_sessions));
    for (Process& process : history.processes) {
        process.parent = place_of(process.parent, excerpt.processes);
        process.session = place_of(process.session, excerpt.sessions);
    }
    return excerpt;
}

}  // namespace spoor::store::duckdb
