#include "store/duckdb/duck_store.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <ranges>
#include <thread>
#include <utility>

#include "store/duckdb/chapter/event_stream.h"
#include "store/duckdb/conclusion/duck_conclusion.h"
#include "store/duckdb/duck_writer.h"
#include "store/duckdb/open.h"
#include "store/duckdb/schema.h"

namespace spoor::store::duckdb {

namespace fs = std::filesystem;

constexpr std::size_t kShelves = 64u << 20;

DuckStore::~DuckStore() = default;

Result<std::unique_ptr<DuckStore>> DuckStore::open(const std::string& directory, const StoreOptions& options) {
    const Access access = options.opening == Opening::Write ? Access::ReadWrite : Access::ReadOnly;
    std::unique_ptr<DuckStore> store(new DuckStore(directory, access, options));
    std::error_code error;
    if (access == Access::ReadWrite) {
        fs::create_directories(directory, error);
        if (error)
            return fail(error == std::errc::permission_denied || error == std::errc::read_only_file_system
                            ? Errc::Denied
                            : Errc::Io,
                        fmt::format("{}: cannot be made: {}", directory, error.message()));
        if (::access(directory.c_str(), W_OK) != 0) return fail_errno(fmt::format("writing into {}", directory));
    } else if (!fs::exists(store->file(), error)) {
        return fail(Errc::NotFound, fmt::format("{}: there is no store; `spoor import` makes one", directory));
    }
    auto lock = Lock::take(directory + "/lock", access);
    if (!lock) return std::unexpected(std::move(lock).error().with(directory));
    store->lock_ = std::make_unique<Lock>(std::move(*lock));
    // Left by a compaction or a large question that was interrupted: the store itself is whole.
    if (access == Access::ReadWrite) {
        fs::remove_all(store->file() + ".tmp", error);
        fs::remove(store->file() + ".new", error);
        fs::remove(store->file() + ".new.wal", error);
    }
    const auto attached = store->attach();
    if (!attached) return std::unexpected(Error(attached.error()).with(directory));
    // Stores were once made for everybody to read. Whoever may write but does not own it leaves that to the owner.
    if (access == Access::ReadWrite)
        fs::permissions(store->file(), fs::perms::others_all, fs::perm_options::remove, error);
    return store;
}

Result<void> DuckStore::attach() {
    // A question about a session has little to share out; a second thread costs it more in waking and waiting for it.
    uses_all_cores_ = access_ == Access::ReadWrite;
    const unsigned threads = uses_all_cores_ ? options_.threads : 1;
    database_ = std::make_unique<Database>(TRY(Database::open(file(), access_, {options_.memory, threads})));
    connection_ = std::make_unique<Connection>(TRY(database_->connect()));
    TRY(migrate(*connection_, access_));
    if (access_ == Access::ReadWrite) TRY(sweep(*connection_));
    generation_ = TRY(generation_of(*connection_));
    Connection for_names = TRY(database_->connect());
    names_ = std::make_unique<Names>(TRY(Names::load(std::move(for_names))));

    listings_ = std::make_unique<Listings>(*connection_, catalog_, *names_);
    // Who opens a store for writing stays and is asked again; others ask once.
    shelves_ = std::make_unique<Shelves>(access_ == Access::ReadWrite ? kShelves : 0);

    TRY(enter_hosts());
    TRY(enter_fields());
    if (access_ == Access::ReadOnly) return {};
    Rows held = TRY(connection_->query("SELECT host, channel, first, last FROM holdings"));
    while (held.next())
        for (std::size_t row = 0; row < held.size(); ++row)
            ledger_.add_committed({catalog_.host(names_->name(held.numbers<std::uint32_t>(0)[row])),
                                   catalog_.channel(names_->name(held.numbers<std::uint32_t>(1)[row]))},
                                  held.numbers<std::uint64_t>(2)[row], held.numbers<std::uint64_t>(3)[row]);
    next_chapter_ = static_cast<std::uint32_t>(TRY(connection_->number("SELECT max(chapter) + 1 FROM commits")));
    if (next_chapter_ == 0) next_chapter_ = 1;
    return {};
}

Result<void> DuckStore::enter_hosts() {
    struct Host {
        bool has_dot;
        std::uint32_t number;
        std::string full_name;
    };
    std::vector<Host> hosts;
    Rows rows = TRY(connection_->query("SELECT host, full_name FROM host_names"));
    while (rows.next())
        for (std::size_t row = 0; row < rows.size(); ++row) {
            const std::uint32_t number = rows.numbers<std::uint32_t>(0)[row];
            hosts.push_back({names_->name(number).contains('.'), number, std::string(rows.text(1, row))});
        }
    // Of hosts that share a label, the one that has it for a name came first, and must again.
    std::ranges::stable_sort(hosts, {}, [](const Host& host) { return std::pair(host.has_dot, host.number); });
    for (const Host& host : hosts) catalog_.host(host.full_name);
    return {};
}

/// Filters name fields that the schema has not, before any event that has them was read.
Result<void> DuckStore::enter_fields() {
    std::vector<bool> entered;  // by the store's numbers; to have DuckDB leave out repeats takes it 2 ms
    Rows rows = TRY(connection_->query("SELECT field FROM words"));
    while (rows.next())
        for (std::size_t row = 0; row < rows.size(); ++row) {
            const std::uint32_t number = rows.numbers<std::uint32_t>(0)[row];
            if (number >= entered.size()) entered.resize(std::size_t{number} + 1);
            if (!entered[number]) catalog_.field(names_->name(number));
            entered[number] = true;
        }
    return {};
}

void DuckStore::detach() {
    forget_conclusions();
    chapters_.reset();
    shelves_.reset();
    listings_.reset();
    names_.reset();
    connection_.reset();
    database_.reset();
}

std::uint64_t DuckStore::layout_version() const { return kSchemaVersion; }

Result<std::vector<ChapterEntry>> DuckStore::chapters(Connection& connection) {
    std::map<std::uint32_t, ChapterEntry> chapters;  // added up here: DuckDB's groups and order take it a millisecond
    Rows rows = TRY(connection.query("SELECT chapter, events, first_time, last_time FROM commits"));
    while (rows.next())
        for (std::size_t row = 0; row < rows.size(); ++row) {
            ChapterEntry& entry = chapters[rows.numbers<std::uint32_t>(0)[row]];
            entry.number = rows.numbers<std::uint32_t>(0)[row];
            entry.events += rows.numbers<std::uint32_t>(1)[row];
            entry.first_time = std::min(entry.first_time, rows.numbers<std::int64_t>(2)[row]);
            entry.last_time = std::max(entry.last_time, rows.numbers<std::int64_t>(3)[row]);
        }
    const auto entries = std::views::values(chapters);
    return std::vector<ChapterEntry>(entries.begin(), entries.end());
}

Result<std::vector<ChapterEntry>> DuckStore::chapters() {
    const std::uint64_t commits = commits_;  // before they are read: what is committed meanwhile is for the next time
    if (!chapters_ || chapters_->commits != commits) chapters_ = {commits, TRY(chapters(*connection_))};
    return chapters_->entries;
}

Result<std::vector<ChapterEntry>> DuckStore::chapters_between(Timestamp from, Timestamp until) {
    std::vector<ChapterEntry> all = TRY(chapters());
    std::erase_if(all, [&](const ChapterEntry& entry) {
        return entry.last_time < from.nanoseconds || entry.first_time > until.nanoseconds;
    });
    std::ranges::stable_sort(all, {}, &ChapterEntry::first_time);
    return all;
}

std::string DuckStore::actors_of(const ChapterEntry& chapter) const {
    return fmt::format("actors WHERE seq BETWEEN {} AND {} AND generation <= {}", sequence_number(chapter.number, 0),
                       chapter.last_seq(), generation_);
}

Result<void> DuckStore::use_all_cores() {
    if (std::exchange(uses_all_cores_, true)) return {};
    const unsigned cores = options_.threads ? options_.threads : std::max(1u, std::thread::hardware_concurrency());
    return connection_->run(fmt::format("SET threads = {}", cores));
}

Result<const History*> DuckStore::history() {
    if (!history_) history_ = std::make_shared<const History>(TRY(read_history()));
    return history_.get();
}

Result<History> DuckStore::read_history() {
    Connection connection = TRY(connect());
    const RecordPlaces places = TRY(read_places(connection, generation_, catalog_, *names_));
    History history;
    TRY((HistoryReader{connection, generation_, places, catalog_, *names_}.all(history)));
    return history;
}

Result<const History*> DuckStore::recollection() {
    if (history_ && !recollection_) return history_.get();
    if (!recollection_) recollection_ = TRY(Recollection::begin(*this));
    return &recollection_->history();
}

Result<const RecordPlaces*> DuckStore::places() {
    if (!places_) places_ = TRY(read_places(*connection_, generation_, catalog_, *names_));
    return &*places_;
}

Result<void> DuckStore::recall_process(const Guid& guid) {
    return recollection_ ? recollection_->add_process(guid) : Result<void>();
}
Result<void> DuckStore::recall_processes(HostId host, std::uint64_t pid) {
    return recollection_ ? recollection_->add_processes(host, pid) : Result<void>();
}
Result<void> DuckStore::recall(std::span<const LogonId> ids) {
    return recollection_ ? recollection_->add_sessions_with(ids) : Result<void>();
}
Result<void> DuckStore::recall_trail(std::uint32_t session) {
    return recollection_ ? recollection_->add_trail(session) : Result<void>();
}

Result<void> DuckStore::recall_origins(std::span<const std::uint32_t> sessions) {
    return recollection_ ? recollection_->add_origins(sessions) : Result<void>();
}

bool DuckStore::forget() {
    if (recollection_) recollection_->forget();
    return recollection_ != nullptr;
}

Result<std::unique_ptr<EventStream>> DuckStore::events(EventQuery query) {
    return open_stream(*this, std::move(query));
}

Result<std::vector<Holding>> DuckStore::holdings() {
    std::map<std::pair<HostId, ChannelId>, std::pair<Holding, RecordSet>> held;
    Rows rows =
        TRY(connection_->query("SELECT host, channel, first, last, events, first_time, last_time FROM holdings"));
    while (rows.next())
        for (std::size_t row = 0; row < rows.size(); ++row) {
            const HostId host = catalog_.host(names_->name(rows.numbers<std::uint32_t>(0)[row]));
            const ChannelId channel = catalog_.channel(names_->name(rows.numbers<std::uint32_t>(1)[row]));
            auto& [holding, records] = held[{host, channel}];
            holding.host = host;
            holding.channel = channel;
            records.add(rows.numbers<std::uint64_t>(2)[row], rows.numbers<std::uint64_t>(3)[row]);
            holding.events += rows.numbers<std::uint64_t>(4)[row];
            holding.first = std::min(holding.first, Timestamp{rows.numbers<std::int64_t>(5)[row]});
            holding.last = std::max(holding.last, Timestamp{rows.numbers<std::int64_t>(6)[row]});
        }
    std::vector<Holding> holdings;
    for (auto& [key, entry] : held) {
        entry.first.ranges = entry.second.ranges();
        holdings.push_back(std::move(entry.first));
    }
    return holdings;
}

Result<Inventory> DuckStore::inventory() {
    Inventory inventory;
    for (const ChapterEntry& chapter : TRY(chapters())) {
        inventory.events += chapter.events;
        inventory.first = std::min(inventory.first, Timestamp{chapter.first_time});
        inventory.last = std::max(inventory.last, Timestamp{chapter.last_time});
    }
    if (!conclusions_) {
        const auto count_of = [&](std::string_view table) {
            return connection_->number(
                fmt::format("SELECT count(*) FROM {} WHERE generation <= {}", table, generation_));
        };
        conclusions_ = {.sessions = TRY(count_of("sessions")),
                        .processes = TRY(count_of("processes")),
                        .links = TRY(count_of("links"))};
    }
    inventory.sessions = conclusions_->sessions;
    inventory.processes = conclusions_->processes;
    inventory.links = conclusions_->links;
    return inventory;
}

Result<std::vector<Timestamp>> DuckStore::cuts(std::uint64_t events) {
    const std::vector<ChapterEntry> all = TRY(chapters());
    TRY(listings_->list(all));
    std::vector<std::pair<std::int64_t, std::uint32_t>> pages;  // when each begins, and its events
    for (const ChapterEntry& chapter : all)
        for (const Listing::EventRun& page : TRY(listings_->of(chapter))->events)
            pages.emplace_back(page.first_time, page.count);
    std::ranges::sort(pages);
    std::vector<Timestamp> cuts;
    std::uint64_t before = 0;
    for (const auto& [begin, count] : pages) {
        if (before >= events) {
            cuts.push_back({begin});
            before = 0;
        }
        before += count;
    }
    cuts.erase(std::ranges::unique(cuts).begin(), cuts.end());
    return cuts;
}

Result<std::uint64_t> DuckStore::bytes_on_disk() {
    std::uint64_t bytes = 0;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(directory_, error)) {
        const auto size = entry.is_regular_file(error) ? entry.file_size(error) : 0;
        if (!error) bytes += size;
    }
    return bytes;
}

// ---- Adding

Result<std::unique_ptr<Writer>> DuckStore::writer() {
    if (access_ == Access::ReadOnly) return fail(Errc::BadUsage, "the store was opened for reading");
    const std::scoped_lock lock(committing_);
    if (failed_commit_) TRY(connection_->run("CHECKPOINT"));  // begins a new log
    failed_commit_.reset();
    return std::make_unique<DuckWriter>(*this, TRY(database_->connect()));
}

Result<void> DuckStore::commit(Connection& connection) {
    const std::scoped_lock lock(committing_);
    if (failed_commit_) return std::unexpected(*failed_commit_);
    const Result<void> done = connection.run("COMMIT");
    if (!done) failed_commit_ = done.error();
    ++commits_;
    return done;
}

Result<void> DuckStore::look_up(Connection& connection, const Ledger::Overlap& overlap, IdentitySet& known) {
    const auto host = names_->find(catalog_.host_name(overlap.place.host));
    const auto channel = names_->find(catalog_.channel_name(overlap.place.channel));
    if (!host || !channel) return {};
    // Semi-joins on the few forms of the channel; zone maps on record and time do the rest.
    Rows rows = TRY(connection.query(
        fmt::format("SELECT e.seq, e.time, e.record FROM events e JOIN forms f ON f.chapter = CAST(e.seq >> 32 AS "
                    "UINTEGER) AND f.form = e.form "
                    "JOIN (SELECT chapter, sum(events) AS n FROM commits GROUP BY chapter) c ON c.chapter = f.chapter "
                    "AND (e.seq & 4294967295) < c.n "
                    "WHERE f.host = {} AND f.channel = {} AND e.record BETWEEN {} AND {} AND e.time BETWEEN {} AND {}",
                    *host, *channel, overlap.first, overlap.last, overlap.first_time, overlap.last_time)));
    std::map<std::uint32_t, std::vector<std::uint64_t>> counted;  // by chapter
    Batch batch;
    Event event{.host = overlap.place.host, .channel = overlap.place.channel};
    while (rows.next())
        for (std::size_t row = 0; row < rows.size(); ++row) {
            event.time.nanoseconds = rows.numbers<std::int64_t>(1)[row];
            event.sequence = rows.numbers<std::uint64_t>(2)[row];
            const std::uint64_t seq = rows.numbers<std::uint64_t>(0)[row];
            if (event.sequence & kCounted)
                counted[chapter_of(seq)].push_back(seq);
            else
                known.insert(identity(batch, event));
        }
    for (const auto& [chapter, seqs] : counted) {
        ChapterReader reader = TRY(ChapterReader::open(connection, catalog_, *names_, {.number = chapter}));
        batch.clear();
        TRY(reader.read(seqs, batch));
        for (const Event& stored : batch.events()) known.insert(identity(batch, stored));
    }
    return {};
}

// ---- Concluding

Result<std::vector<HostId>> DuckStore::hosts_in(Connection& connection, std::string_view table) {
    std::vector<HostId> hosts;
    Rows rows = TRY(connection.query(fmt::format("SELECT DISTINCT host FROM {} ORDER BY host", table)));
    while (rows.next())
        for (std::size_t row = 0; row < rows.size(); ++row)
            hosts.push_back(catalog_.host(names_->name(rows.numbers<std::uint32_t>(0)[row])));
    return hosts;
}

Result<std::unique_ptr<Conclusion>> DuckStore::begin_conclusion(std::stop_token stop) {
    if (access_ == Access::ReadOnly) return fail(Errc::BadUsage, "the store was opened for reading");
    return TRY(DuckConclusion::begin(*this, std::move(stop)));
}

void DuckStore::turn_to(std::uint32_t generation) {
    generation_ = generation;
    forget_conclusions();
}

void DuckStore::forget_conclusions() {
    if (shelves_) shelves_->forget_actors();
    places_.reset();
    conclusions_.reset();
    history_.reset();
    recollection_.reset();
}

Result<void> DuckStore::write_host_names(Connection& connection) {
    for (std::size_t host = 1; host < catalog_.host_count(); ++host) {
        const std::string_view name = catalog_.host_name(static_cast<HostId>(host));
        const std::string_view full_name = catalog_.host_full_name(static_cast<HostId>(host));
        if (full_name == name) continue;
        const std::uint64_t number = TRY(names_->number_of(name));
        TRY(connection.query(
            "INSERT INTO host_names SELECT ?, ? WHERE NOT EXISTS (FROM host_names WHERE full_name = ?)",
            {number, full_name, full_name}));
    }
    return {};
}

}  // namespace spoor::store::duckdb

namespace spoor::store {

Result<std::unique_ptr<Store>> open_store(const std::string& directory, const StoreOptions& options) {
    return TRY(duckdb::DuckStore::open(directory, options));
}

}  // namespace spoor::store
