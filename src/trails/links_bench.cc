// What linking costs as the past grows: a client whose user makes a connection and a network logon on a server every
// second, with the processes, tickets and machine logons that come with them.
#include <benchmark/benchmark.h>

#include "trails/scene_test.h"

namespace spoor::trails {
namespace {

void write_past(Scene& scene, std::size_t logons) {
    const auto brian = scene.session("WS07", 0x1000, "brian", LogonType::Interactive, 0);
    scene.process("WS07", 5416, "C:\\Windows\\powershell.exe", brian, 1);
    const IpAddress client = IpAddress::parse("10.0.0.7").value();
    for (std::size_t i = 0; i < logons; ++i) {
        const double t = 10 + static_cast<double>(i);
        const std::string port = std::to_string(49'152 + i % 16'000);
        const auto network = scene.session("FS01", 0x10000 + i * 0x40, "brian", LogonType::Network, t);
        Session& session = scene.history.sessions[network];
        session.source_address = client;
        // Every third came through a proxy whose connection was not recorded: all of the user's sessions are looked at.
        session.source_port = static_cast<std::uint16_t>(49'152 + i % 16'000);
        session.end = Scene::at(t + 1);
        if (i % 3 != 0)
            scene.connection("WS07", t, "5416", "C:\\Windows\\powershell.exe", "10.0.0.7", port, "10.0.0.20", "445");
        if (i % 10 == 0) scene.process("FS01", 4 * (i % 4000) + 8, "C:\\Windows\\System32\\cmd.exe", network, t);
    }
    scene.evidence.settle();
}

void BM_FindLinks(benchmark::State& state) {
    Scene scene;
    write_past(scene, static_cast<std::size_t>(state.range(0)));
    for (auto _ : state)
        benchmark::DoNotOptimize(find_links(scene.history, scene.evidence, scene.catalog).links.size());
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_FindLinks)->Arg(10'000)->Arg(100'000)->Arg(400'000)->Unit(benchmark::kMillisecond);

void BM_Tracer(benchmark::State& state) {
    Scene scene;
    write_past(scene, static_cast<std::size_t>(state.range(0)));
    const Links links = find_links(scene.history, scene.evidence, scene.catalog);
    const auto last = static_cast<std::uint32_t>(scene.history.sessions.size() - 1);
    for (auto _ : state) {
        const Tracer tracer(scene.history, links);
        benchmark::DoNotOptimize(tracer.back_from_session(last).first_human);
    }
}
BENCHMARK(BM_Tracer)->Arg(400'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace spoor::trails
