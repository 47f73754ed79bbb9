// An event of the live sensor as a line of JSON: what `sensor run` does for each.
#include <benchmark/benchmark.h>

#include "sources/json/event_line.h"

namespace spoor::json {
namespace {

void add_process(Batch& batch, Catalog& catalog) {
    batch.begin();
    batch.add_guid("ProcessGuid"_field, Guid{});
    batch.add_number("ProcessId"_field, 27740);
    batch.add_text("Image"_field, "/usr/lib/gcc/x86_64-linux-gnu/12/cc1plus");
    batch.add_text("User"_field, "alice");
    batch.add_number("LogonId"_field, 17);
    batch.add_number("LoginUid"_field, 1001);
    batch.add_text("CommandLine"_field,
                   "/usr/lib/gcc/x86_64-linux-gnu/12/cc1plus -quiet -O2 -o /tmp/cc4Q8sJ1.s unit.cc");
    batch.add_text("CurrentDirectory"_field, "/home/alice/project");
    batch.add_guid("ParentProcessGuid"_field, Guid{});
    batch.add_number("ParentProcessId"_field, 27719);
    batch.add_text("ParentImage"_field, "/usr/bin/x86_64-linux-gnu-g++-12");
    batch.add_text("ParentCommandLine"_field, "g++ -O2 -c unit.cc");
    batch.add_text("ParentUser"_field, "alice");
    for (const FieldId id : {"Uid"_field, "EffectiveUid"_field, "Gid"_field, "EffectiveGid"_field})
        batch.add_number(id, 1001);
    batch.add_text("Tty"_field, "pts/3");
    batch.add_number("Inode"_field, 1318247);
    batch.add_text("Hashes"_field, "SHA256=9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08");
    batch.commit({.time = Timestamp{1'790'000'000'123'456'789},
                  .sequence = 123456,
                  .host = catalog.host("VM"),
                  .channel = catalog.channel("Linux kernel"),
                  .kind = Kind::ProcessCreated,
                  .outcome = Outcome::Success});
}

void writing(benchmark::State& state) {
    Catalog catalog;
    Batch batch;
    for (int i = 0; i < 100; ++i) add_process(batch, catalog);
    std::string lines;
    std::size_t bytes = 0;
    for (auto _ : state) {
        lines.clear();
        for (const Event& event : batch.events()) append_event_line(lines, {batch, event}, catalog);
        bytes += lines.size();
    }
    state.SetItemsProcessed(state.iterations() * 100);
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}
BENCHMARK(writing);

}  // namespace
}  // namespace spoor::json
