// What an event costs on its way to sessions: learning, concluding, and the second pass that puts events down to
// sessions.
#include <benchmark/benchmark.h>

#include "sessions/attribution.h"
#include "sessions/made_events_test.h"

namespace spoor::sessions {
namespace {

/// A busy server: network sessions that open, act a little and close; every tenth starts a process.
void write_busy_day(Made& made, std::size_t session_count) {
    for (std::size_t i = 0; i < session_count; ++i) {
        const double t = static_cast<double>(i);
        const std::uint64_t id = 0x100000 + i * 0x40;
        made.row(Kind::PrivilegesAssigned, 4672, t)
            .subject(id, "jimmy")
            .text("PrivilegeList"_field, "SeDebugPrivilege SeTcbPrivilege");
        made.logon(t, id, "jimmy");
        if (i % 10 == 0) made.started(t + 0.1, 4 * (i % 4000) + 8, "C:\\Windows\\System32\\cmd.exe", 0x3e7, id, 700);
        for (int k = 0; k < 6; ++k)
            made.row(Kind::ObjectAccessed, 4663, t + 0.2)
                .subject(id, "jimmy")
                .number("ProcessId"_field, 4)
                .text("Image"_field, "System")
                .text("ObjectName"_field, "C:\\Share\\report.docx");
        made.logoff(t + 0.5, id, "jimmy");
    }
}

void per_event(benchmark::State& state, const Made& made) {
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(made.batch.size()));
}

void BM_Observe(benchmark::State& state) {
    Made made;
    write_busy_day(made, 20'000);
    for (auto _ : state) {
        Tracker tracker;
        tracker.observe(made.batch, made.catalog);
        benchmark::DoNotOptimize(tracker.size());
    }
    per_event(state, made);
}
BENCHMARK(BM_Observe)->Unit(benchmark::kMillisecond);

void BM_Finish(benchmark::State& state) {
    Made made;
    write_busy_day(made, static_cast<std::size_t>(state.range(0)));
    Tracker tracker;
    tracker.observe(made.batch, made.catalog);
    for (auto _ : state) benchmark::DoNotOptimize(tracker.finish().sessions.size());
    per_event(state, made);
    state.counters["bytes_per_event"] =
        static_cast<double>(tracker.footprint()) / static_cast<double>(made.batch.size());
}
BENCHMARK(BM_Finish)->Arg(20'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

void BM_Stamp(benchmark::State& state) {
    Made made;
    write_busy_day(made, 20'000);
    const History history = made.history();
    const Attribution attribution(history);
    for (auto _ : state) attribution.stamp(made.batch);
    per_event(state, made);
}
BENCHMARK(BM_Stamp)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace spoor::sessions
