// Keeping a store in order: checking it, throwing away what is old, rewriting it without holes.
//
// DuckDB does not give back the room of rows that were deleted, so a store shrinks only when it is copied: into a file
// beside it, which then takes its place by a rename. Whatever is interrupted leaves the old file as it was.
//
// Room is what is short when old events are thrown away. So nothing is written to a log meanwhile, which a full disk
// has no room for: what is committed takes up what is free in the file. Chapters that go whole go first, without being
// read; what is written of the others, those first that leave least, finds their room.

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "store/duckdb/chapter/actor_writer.h"
#include "store/duckdb/chapter/chapter_writer.h"
#include "store/duckdb/duck_store.h"
#include "store/duckdb/schema.h"

namespace spoor::store::duckdb {
namespace {

namespace fs = std::filesystem;

std::pair<std::uint64_t, std::uint64_t> seqs_of(std::uint32_t chapter) {
    return {sequence_number(chapter, 0), sequence_number(chapter, UINT32_MAX)};
}

/// Who was behind the events of a chapter's hosts is to be worked out anew.
Result<void> unresolve_hosts_of(Connection& connection, std::uint32_t chapter) {
    return connection.run(
        fmt::format("INSERT INTO unresolved SELECT DISTINCT host FROM holdings WHERE chapter = {}", chapter));
}

/// For as long as it lives, commits go into the file itself and not to a log beside it.
class WithoutLog {
public:
    static Result<WithoutLog> begin(Connection& connection) {
        Rows set = TRY(connection.query("SELECT current_setting('checkpoint_threshold')"));
        WithoutLog without(connection, set.next() ? std::string(set.text(0, 0)) : std::string());
        TRY(connection.run("SET checkpoint_threshold = '1B'"));
        return without;
    }
    WithoutLog(WithoutLog&& other) noexcept
        : connection_(std::exchange(other.connection_, nullptr)), before_(std::move(other.before_)) {}
    WithoutLog& operator=(WithoutLog&&) = delete;
    ~WithoutLog() {
        if (connection_) (void)connection_->run(fmt::format("SET checkpoint_threshold = {}", sql_text(before_)));
    }

private:
    WithoutLog(Connection& connection, std::string before) : connection_(&connection), before_(std::move(before)) {}
    Connection* connection_;
    std::string before_;
};

/// All of `work`, or nothing.
Result<void> in_transaction(Connection& connection, const std::function<Result<void>()>& work) {
    TRY(connection.run("BEGIN"));
    Result<void> done = work();
    if (done) done = connection.run("COMMIT");
    if (!done) (void)connection.run("ROLLBACK");
    return done;
}

Result<void> sync(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return fail_errno("opening " + path);
    const int outcome = ::fsync(descriptor);
    ::close(descriptor);
    if (outcome != 0) return fail_errno("writing " + path + " to the disk");
    return {};
}

}  // namespace

Result<void> DuckStore::drop(Connection& connection, std::uint32_t chapter) {
    const auto [first, last] = seqs_of(chapter);
    for (const char* const table : {"forms", "words", "commits", "holdings"})
        TRY(connection.run(fmt::format("DELETE FROM {} WHERE chapter = {}", table, chapter)));
    for (const char* const table : {"events", "actors"})
        TRY(connection.run(fmt::format("DELETE FROM {} WHERE seq BETWEEN {} AND {}", table, first, last)));
    TRY(connection.run(fmt::format("DELETE FROM actor_pages WHERE place BETWEEN {} AND {}", actor_place_of(first),
                                   actor_place_of(last))));
    return connection.run(fmt::format("DELETE FROM pages WHERE first_seq BETWEEN {} AND {}", first, last));
}

Result<std::uint64_t> DuckStore::rewrite(std::span<const ChapterEntry> old,
                                         const std::function<bool(const Event&)>& stays) {
    Connection writing = TRY(database_->connect());
    std::unique_ptr<ChapterWriter> chapter;
    std::uint64_t dropped = 0;

    const auto add = [&](const Batch& batch, const Event& event) -> Result<void> {
        if (chapter && chapter->full()) {
            TRY(chapter->write(writing));
            chapter.reset();
        }
        if (!chapter) chapter = std::make_unique<ChapterWriter>(take_chapter_number(), catalog_, *names_, generation_);
        chapter->add(batch, event);
        return {};
    };
    const auto copy = [&](const ChapterEntry& entry) -> Result<void> {
        std::vector<Actor> actors(entry.events);
        Rows rows = TRY(
            connection_->query(fmt::format("SELECT seq, coalesce(session, 4294967295), coalesce(process, 4294967295), "
                                           "coalesce(adopted, 4294967295) FROM {}",
                                           actors_of(entry))));
        while (rows.next())
            for (std::size_t row = 0; row < rows.size(); ++row) {
                const auto place = static_cast<std::uint32_t>(rows.numbers<std::uint64_t>(0)[row]);
                if (place < actors.size())
                    actors[place] = {rows.numbers<std::uint32_t>(1)[row], rows.numbers<std::uint32_t>(2)[row],
                                     rows.numbers<std::uint32_t>(3)[row]};
            }
        ChapterReader reader = TRY(ChapterReader::open(*connection_, catalog_, *names_, entry));
        return reader.read_all([](const Form&) { return true; },
                               [&](Batch& batch, std::span<const std::uint64_t> seqs) -> Result<void> {
                                   for (std::size_t i = 0; i < batch.size(); ++i) {
                                       Event& event = batch.events()[i];
                                       event.actor = actors[static_cast<std::uint32_t>(seqs[i])];
                                       if (stays(event))
                                           TRY(add(batch, event));
                                       else
                                           ++dropped;
                                   }
                                   return {};
                               });
    };
    const auto work = [&]() -> Result<void> {
        for (const ChapterEntry& entry : old) TRY(copy(entry));
        if (chapter) TRY(chapter->write(writing));
        for (const ChapterEntry& entry : old) {
            if (dropped > 0) TRY(unresolve_hosts_of(writing, entry.number));
            TRY(drop(writing, entry.number));
        }
        return {};
    };
    Result<void> done = in_transaction(writing, work);
    ++commits_;
    TRY(std::move(done));
    return dropped;
}

Result<std::uint64_t> DuckStore::prune(const Retention& retention) {
    std::int64_t cut = retention.older_than.value_or(Timestamp::earliest()).nanoseconds;
    const Inventory before = TRY(inventory());
    if (retention.larger_than && before.events > 0) {
        const std::uint64_t bytes = TRY(bytes_on_disk());
        if (bytes > *retention.larger_than) {
            const double share = 1.0 - static_cast<double>(*retention.larger_than) / static_cast<double>(bytes);
            Rows rows = TRY(connection_->query(fmt::format("SELECT quantile_disc(time, {:.6f}) FROM events", share)));
            if (rows.next() && !rows.is_null(0, 0)) cut = std::max(cut, rows.numbers<std::int64_t>(0)[0]);
        }
    }
    const WithoutLog without_log = TRY(WithoutLog::begin(*connection_));
    std::uint64_t dropped = 0;
    std::vector<ChapterEntry> whole, partly;
    for (const ChapterEntry& entry : TRY(chapters()))
        if (entry.first_time < cut) (entry.last_time < cut ? whole : partly).push_back(entry);
    if (!whole.empty()) {
        const auto drop_whole = [&]() -> Result<void> {
            for (const ChapterEntry& entry : whole) {
                TRY(unresolve_hosts_of(*connection_, entry.number));
                TRY(drop(*connection_, entry.number));
                dropped += entry.events;
            }
            return {};
        };
        TRY(in_transaction(*connection_, drop_whole));
        ++commits_;
        TRY(connection_->run("CHECKPOINT"));
    }
    std::ranges::sort(partly, {}, &ChapterEntry::last_time);
    for (const ChapterEntry& entry : partly) {
        const ChapterEntry one[] = {entry};
        dropped += TRY(rewrite(one, [cut](const Event& event) { return event.time.nanoseconds >= cut; }));
    }
    if (!partly.empty()) TRY(connection_->run("CHECKPOINT"));
    return dropped;
}

Result<void> DuckStore::compact() {
    // Small chapters, as short imports leave them, are joined; each group of them in a transaction of its own.
    std::vector<ChapterEntry> group;
    std::uint64_t events = 0;
    const auto join = [&]() -> Result<void> {
        if (group.size() > 1) TRY(rewrite(group, [](const Event&) { return true; }));
        group.clear();
        events = 0;
        return {};
    };
    for (const ChapterEntry& entry : TRY(chapters())) {
        if (entry.events > ChapterWriter::kMostEvents / 2) continue;
        if (events + entry.events > ChapterWriter::kMostEvents) TRY(join());
        group.push_back(entry);
        events += entry.events;
    }
    TRY(join());

    const std::string fresh = file() + ".new";
    std::error_code error;
    if (const auto copied = connection_->run(fmt::format(
            "ATTACH {} AS fresh; COPY FROM DATABASE store TO fresh; CHECKPOINT fresh; DETACH fresh", sql_text(fresh)));
        !copied) {
        // Where the disk is full, what could not be finished has no business there.
        detach();
        for (const char* const end : {"", ".wal"}) fs::remove(fresh + end, error);
        TRY(attach());
        return std::unexpected(Error(copied.error()).with(directory_));
    }
    TRY(sync(fresh));
    detach();
    fs::rename(fresh, file(), error);
    if (error)
        return fail(Errc::Io, fmt::format("{}: cannot take the place of the old store: {}", fresh, error.message()));
    TRY(sync(directory_));
    return attach();
}

Result<void> DuckStore::check_chapter(const ChapterEntry& entry, std::vector<Damage>& damage) {
    ChapterReader reader = TRY(ChapterReader::open(*connection_, catalog_, *names_, entry));
    Rows rows = TRY(
        connection_->query(fmt::format("SELECT seq, time, record FROM events WHERE seq BETWEEN {} AND {} ORDER BY seq",
                                       sequence_number(entry.number, 0), entry.last_seq())));
    std::size_t row = 0;
    std::uint64_t events = 0;
    std::uint64_t different = 0;
    TRY(reader.read_all([](const Form&) { return true; },
                        [&](Batch& batch, std::span<const std::uint64_t> seqs) -> Result<void> {
                            for (std::size_t i = 0; i < batch.size(); ++i, ++events, ++row) {
                                if (row == rows.size()) {
                                    row = 0;
                                    if (!rows.next())
                                        return fail(Errc::Corrupt,
                                                    fmt::format("chapter {}: {} events have no row to be found by",
                                                                entry.number, batch.size() - i));
                                }
                                const Event& event = batch.events()[i];
                                different += rows.numbers<std::uint64_t>(0)[row] != seqs[i] ||
                                             rows.numbers<std::int64_t>(1)[row] != event.time.nanoseconds ||
                                             rows.numbers<std::uint64_t>(2)[row] != event.sequence;
                            }
                            return {};
                        }));
    if (different > 0)
        damage.push_back({fmt::format("chapter {}: {} events are not what their rows say", entry.number, different)});
    if (events != entry.events)
        damage.push_back(
            {fmt::format("chapter {}: has {} events, should have {}", entry.number, events, entry.events)});
    return {};
}

Result<std::vector<Damage>> DuckStore::check() {
    std::vector<Damage> damage;
    std::uint64_t events = 0;
    for (const ChapterEntry& entry : TRY(chapters())) {
        events += entry.events;
        if (const auto checked = check_chapter(entry, damage); !checked) damage.push_back({checked.error().what});
    }
    const std::uint64_t rows = TRY(connection_->number(
        "SELECT count(*) FROM events JOIN (SELECT chapter, sum(events) AS n FROM commits GROUP BY chapter) c "
        "ON c.chapter = events.seq >> 32 AND (events.seq & 4294967295) < c.n"));
    if (rows != events)
        damage.push_back({fmt::format("there are rows for {} events, and commits for {}", rows, events)});
    const std::uint64_t held = TRY(connection_->number("SELECT coalesce(sum(events), 0) FROM holdings"));
    if (held != events)
        damage.push_back({fmt::format("the lists of records count {} events, the commits {}", held, events)});
    for (const auto& [column, table] :
         {std::pair{"session", "sessions"}, {"adopted", "sessions"}, {"process", "processes"}}) {
        const std::uint64_t lost = TRY(connection_->number(fmt::format(
            "SELECT count(*) FROM (SELECT host, max({0}) AS highest FROM actors WHERE generation <= {2} GROUP BY host) "
            "a "
            "LEFT JOIN (SELECT host, count(*) AS n FROM {1} WHERE generation <= {2} GROUP BY host) t USING (host) "
            "WHERE a.highest >= coalesce(t.n, 0)",
            column, table, generation_)));
        if (lost > 0) damage.push_back({fmt::format("events of {} hosts name {} that are not there", lost, table)});
    }
    const std::uint64_t stamped =
        TRY(connection_->number(fmt::format("SELECT count(*) FROM actors WHERE generation <= {}", generation_)));
    const std::uint64_t paged = TRY(connection_->number(
        fmt::format("SELECT coalesce(sum(events), 0) FROM actor_pages WHERE generation <= {}", generation_)));
    if (stamped != paged)
        damage.push_back({fmt::format("there are rows for the actors of {} events, and pages for {}", stamped, paged)});
    return damage;
}

}  // namespace spoor::store::duckdb
