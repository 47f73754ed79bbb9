// Questions to a store in a running process: SPOOR_BENCH_STORE names its folder (docs/performance.md).
//
// The session asked about is that of the first logon by remote desktop, or of the first event.
#include <benchmark/benchmark.h>

#include <cstdlib>

#include "match/language/query.h"
#include "model/session_name.h"
#include "store/duckdb/open.h"

namespace spoor::store {
namespace {

constexpr std::uint64_t kScreen = 50;

/// The store, opened once; null without one.
Store* opened() {
    static const auto store = [] {
        const char* const directory = std::getenv("SPOOR_BENCH_STORE");
        auto found = directory ? open_store(directory, {}) : fail(Errc::BadUsage, "set SPOOR_BENCH_STORE to a store");
        if (found && !(*found)->recollection()) found = fail(Errc::Io, "the store has no history");
        return found;
    }();
    return store ? store->get() : nullptr;
}

match::Expr filter(Store& store, const std::string& text) {
    return match::parse_filter(text, {.subject = match::Subject::Events, .now = {}, .catalog = &store.catalog()})
        .value();
}

/// Reads the first events that a query yields, and returns how many there were.
std::uint64_t read(Store& store, EventQuery query) {
    const auto stream = store.events(std::move(query)).value();
    std::uint64_t events = 0;
    Batch batch;
    while (stream->next(batch).value()) events += batch.size();
    return events;
}

/// The logon id of the session that is asked about.
LogonId some_session(Store& store) {
    for (const char* const text : {"kind: logon and LogonType: remote_interactive", "session.id: *"}) {
        const auto stream = store.events({.where = filter(store, text), .limit = 1}).value();
        Batch batch;
        if (stream->next(batch).value() && batch.events()[0].actor.session != kNobody)
            return store.recollection().value()->sessions[batch.events()[0].actor.session].key.logon_id;
    }
    return LogonId(0x3e7);
}

template <typename Ask>
void ask(benchmark::State& state, Ask&& ask) {
    Store* const store = opened();
    if (store == nullptr) return state.SkipWithError("set SPOOR_BENCH_STORE to a store");
    std::uint64_t found = 0;
    for (auto _ : state) found = ask(*store);
    state.counters["found"] = static_cast<double>(found);
}

void events_of_a_session(benchmark::State& state) {
    ask(state, [](Store& store) {
        static const LogonId id = some_session(store);
        return read(store, {.where = filter(store, "session.id: " + id.to_string())});
    });
}

void events_of_a_session_on_its_host(benchmark::State& state) {
    ask(state, [](Store& store) {
        static const LogonId id = some_session(store);
        return read(store, {.where = filter(store, "session.host: * and session.id: " + id.to_string())});
    });
}

void trail_of_a_session(benchmark::State& state) {
    ask(state, [](Store& store) {
        static const LogonId id = some_session(store);
        const Recalled sessions = store.recalled({.logon_ids = {id}}).value();
        return store.recalled({.trail_of = sessions.sessions.front()}).value().history.links.size();
    });
}

void first_screen(benchmark::State& state, const std::string& text, Order order) {
    ask(state,
        [&](Store& store) { return read(store, {.where = filter(store, text), .order = order, .limit = kScreen}); });
}

void count(benchmark::State& state, const std::string& text) {
    ask(state, [&](Store& store) {
        const auto counts = store.count({.where = filter(store, text)}).value();
        return counts.empty() ? 0 : counts.front().events;
    });
}

#define MEASURED ->UseRealTime()->Unit(benchmark::kMillisecond)
BENCHMARK(events_of_a_session) MEASURED;
BENCHMARK(events_of_a_session_on_its_host) MEASURED;
BENCHMARK(trail_of_a_session) MEASURED;
BENCHMARK_CAPTURE(first_screen, all, "", Order::OldestFirst) MEASURED;
BENCHMARK_CAPTURE(first_screen, all_newest_first, "", Order::NewestFirst) MEASURED;
BENCHMARK_CAPTURE(first_screen, user_of_the_session, "session.user: user007", Order::OldestFirst) MEASURED;
BENCHMARK_CAPTURE(first_screen, image, "kind: process_created and Image: *\\powershell.exe", Order::OldestFirst)
MEASURED;
BENCHMARK_CAPTURE(first_screen, word, "nightly-17", Order::OldestFirst) MEASURED;
BENCHMARK_CAPTURE(first_screen, word_that_is_not_there, "mimikatz", Order::OldestFirst) MEASURED;
BENCHMARK_CAPTURE(count, two_fields, "kind: process_created and User: \"CORP\\\\user007\"") MEASURED;
BENCHMARK_CAPTURE(count, word, "nightly-17") MEASURED;

}  // namespace
}  // namespace spoor::store
