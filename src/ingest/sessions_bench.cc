// EVTX to events and to sessions, the whole way through: SPOOR_BENCH_EVTX names the file (docs/performance.md). The
// number behind a benchmark's name is that of its threads; what is measured is wall time.
#include <benchmark/benchmark.h>

#include <cstdlib>

#include "sessions/tracker.h"
#include "sources/reader.h"

namespace spoor {
namespace {

/// Takes the events and forgets them.
class Passing final : public sources::Sink {
public:
    sources::Flow take(sources::Portion&& portion) override {
        benchmark::DoNotOptimize(portion.batch.size());
        return sources::Flow::GoOn;
    }
};

class Tracking final : public sources::Sink {
public:
    explicit Tracking(const Catalog& catalog) : catalog_(catalog) {}
    sources::Flow take(sources::Portion&& portion) override {
        tracker.observe(portion.batch, catalog_);
        return sources::Flow::GoOn;
    }
    sessions::Tracker tracker;

private:
    const Catalog& catalog_;
};

/// Reads the file once for each turn; `turn` is given a catalog and options, and says how many events there were.
template <typename Turn>
void read_file(benchmark::State& state, Turn turn) {
    const char* const path = std::getenv("SPOOR_BENCH_EVTX");
    if (path == nullptr) return state.SkipWithError("set SPOOR_BENCH_EVTX to an .evtx file");
    const std::vector<std::string> paths = {path};
    const sources::Options options = {.threads = static_cast<unsigned>(state.range(0))};
    std::uint64_t events = 0;
    for (auto _ : state) {
        Catalog catalog;
        events += turn(paths, catalog, options);
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(events));
}

void evtx_to_events(benchmark::State& state) {
    read_file(state, [](const auto& paths, Catalog& catalog, const sources::Options& options) {
        Passing sink;
        return sources::read(paths, catalog, options, sink).events;
    });
}
BENCHMARK(evtx_to_events)->Arg(1)->Arg(2)->UseRealTime();

void evtx_to_sessions(benchmark::State& state) {
    read_file(state, [](const auto& paths, Catalog& catalog, const sources::Options& options) {
        Tracking sink(catalog);
        const std::uint64_t events = sources::read(paths, catalog, options, sink).events;
        const History history = sink.tracker.finish();
        benchmark::DoNotOptimize(history.sessions.size());
        return events;
    });
}
BENCHMARK(evtx_to_sessions)->Arg(1)->Arg(2)->UseRealTime();

}  // namespace
}  // namespace spoor
