// EVTX to events on one core: SPOOR_BENCH_EVTX names the file, which scripts of the corpus make (docs/performance.md).
#include <benchmark/benchmark.h>

#include <cstdlib>

#include "evtx/reader.h"
#include "sources/windows/evtx_events.h"

namespace spoor::windows {
namespace {

class Visitor final : public evtx::RecordVisitor {
public:
    explicit Visitor(Catalog& catalog) : normaliser_(catalog) {}
    void begin_chunk() {
        batch_.clear();
        normaliser_.begin(batch_);
    }
    void record(const evtx::Record& record) override {
        normaliser_.add(record);
        ++records;
    }
    std::uint64_t records = 0;

private:
    EvtxNormaliser normaliser_;
    Batch batch_;
};

class Counter final : public evtx::RecordVisitor {
public:
    void begin_chunk() {}
    void record(const evtx::Record&) override { ++records; }
    std::uint64_t records = 0;
};

template <typename V>
void read(benchmark::State& state, V& visitor) {
    const char* const path = std::getenv("SPOOR_BENCH_EVTX");
    const auto log = evtx::LogFile::open(path ? path : "");
    if (!log) return state.SkipWithError("set SPOOR_BENCH_EVTX to an .evtx file");
    evtx::ShapeStore shapes;
    evtx::Decoder decoder(shapes, evtx::Decoder::Fill::PartsOnly);
    for (auto _ : state) {
        evtx::ChunkSource chunks(*log, 0, log->chunk_count());
        for (std::size_t i = 0; i < log->chunk_count(); ++i) {
            const auto chunk = chunks.next();
            visitor.begin_chunk();
            if (chunk) evtx::read_chunk(*chunk, chunks.offset(), evtx::Recovery::Damage, decoder, visitor);
        }
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(visitor.records));
    state.SetBytesProcessed(static_cast<std::int64_t>(log->size()) * state.iterations());
}

void decoding_records(benchmark::State& state) {
    Counter counter;
    read(state, counter);
}
BENCHMARK(decoding_records);

void records_to_events(benchmark::State& state) {
    Catalog catalog;
    Visitor visitor(catalog);
    read(state, visitor);
}
BENCHMARK(records_to_events);

}  // namespace
}  // namespace spoor::windows
