#include "store/duckdb/duck_conclusion.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "store/duckdb/duck_store.h"
#include "store/duckdb/history_tables.h"
#include "store/duckdb/schema.h"

namespace spoor::store::duckdb {

DuckConclusion::DuckConclusion(DuckStore& store, Connection connection)
    : store_(store), connection_(std::move(connection)), generation_(store.generation() + 1) {}

Result<std::unique_ptr<DuckConclusion>> DuckConclusion::begin(DuckStore& store) {
    std::unique_ptr<DuckConclusion> conclusion(new DuckConclusion(store, TRY(store.connect())));
    TRY(conclusion->connection_.run("BEGIN"));
    // DuckDB takes its snapshot with the first statement that reads.
    conclusion->chapters_ = TRY(DuckStore::chapters(conclusion->connection_));
    Rows held = TRY(conclusion->connection_.query("SELECT DISTINCT chapter, host FROM holdings"));
    while (held.next())
        for (std::size_t row = 0; row < held.size(); ++row)
            conclusion->hosts_of_[held.numbers<std::uint32_t>(0)[row]].insert(store.catalog().host(store.names().name(held.numbers<std::uint32_t>(1)[row])));
    return conclusion;
}

DuckConclusion::~DuckConclusion() {
    if (open_) (void)connection_.run("ROLLBACK");  // there is nobody left to tell
}

Result<std::vector<HostId>> DuckConclusion::unresolved() { return store_.hosts_in(connection_, "unresolved"); }
Result<std::vector<HostId>> DuckConclusion::hosts() { return store_.hosts_in(connection_, "holdings"); }

Result<void> DuckConclusion::each_event(HostId host, const Take& take) {
    for (const ChapterEntry& chapter : chapters_) {
        if (!hosts_of_[chapter.number].contains(host)) continue;
        ChapterReader* const reader = TRY(reader_of(chapter));
        TRY(reader->read_all([&](const Form& form) { return form.host == host; }, [&](Batch& batch, std::span<const std::uint64_t>) { return take(batch); }));
    }
    return {};
}

Result<ChapterReader*> DuckConclusion::reader_of(const ChapterEntry& chapter) {
    constexpr std::size_t kMostReaders = 2;
    const auto open = std::ranges::find(readers_, chapter.number, [](const ChapterReader& reader) { return reader.entry().number; });
    if (open != readers_.end()) {
        readers_.splice(readers_.begin(), readers_, open);
        return &readers_.front();
    }
    while (readers_.size() >= kMostReaders) readers_.pop_back();
    readers_.push_front(TRY(ChapterReader::open(connection_, store_.catalog(), store_.names(), chapter)));
    return &readers_.front();
}

Result<void> DuckConclusion::write(const History& history, std::span<const HostId> hosts, const Stamp& stamp) {
    TRY(write_history(connection_, history, generation_, store_.catalog(), store_.names()));
    TRY(write_actors(history, {hosts.begin(), hosts.end()}, stamp));
    return store_.write_host_names(connection_);
}

/// Writes what `stamp` says of the events of `hosts`.
Result<void> DuckConclusion::write_actors(const History& history, const std::set<HostId>& hosts, const Stamp& stamp) {
    const HostBases bases(history);
    std::map<HostId, std::uint32_t> numbers;
    std::string list;
    for (const HostId host : hosts) {
        numbers[host] = TRY(store_.names().number_of(store_.catalog().host_name(host)));
        list += fmt::format("{}{}", list.empty() ? "" : ",", numbers[host]);
    }
    if (hosts.empty()) return {};
    TRY(connection_.run(fmt::format("DELETE FROM actors WHERE host IN ({0}); DELETE FROM unresolved WHERE host IN ({0})", list)));
    Appender appender = TRY(Appender::open(connection_, "actors", kActorColumns));
    const auto take = [&](Batch& batch, std::span<const std::uint64_t> seqs) -> Result<void> {
        stamp(batch);
        for (std::size_t i = 0; i < batch.size(); ++i) {
            const Event& event = batch.events()[i];
            Actor actor = event.actor;
            if (actor.session == kNobody && actor.process == kNobody && actor.adopted_session == kNobody) continue;
            const HostBases::Base base = bases.of(event.host);
            if (actor.session != kNobody) actor.session -= base.sessions;
            if (actor.process != kNobody) actor.process -= base.processes;
            if (actor.adopted_session != kNobody) actor.adopted_session -= base.sessions;
            TRY(put_actor(appender, seqs[i], numbers[event.host], generation_, actor));
        }
        return {};
    };
    for (const ChapterEntry& chapter : chapters_) {
        if (std::ranges::none_of(hosts_of_[chapter.number], [&](HostId host) { return hosts.contains(host); })) continue;
        ChapterReader* const reader = TRY(reader_of(chapter));
        TRY(reader->read_all([&](const Form& form) { return hosts.contains(form.host); }, take));
    }
    readers_.clear();
    return appender.flush();
}

Result<void> DuckConclusion::publish() {
    CHECK(open_);
    TRY(connection_.run(fmt::format("INSERT INTO concluded VALUES ({}); COMMIT", generation_)));
    open_ = false;
    store_.turn_to(generation_);
    return {};
}

}  // namespace spoor::store::duckdb
