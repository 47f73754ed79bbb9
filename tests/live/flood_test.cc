// The ring at a million records a second: what the kernel puts in, user space takes out by its timed look, and nothing
// is lost.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "live_sensor.h"
#include "ring_flood.skel.h"
#include "sources/linux/kernel/loss.h"
#include "sources/linux/kernel/record_view.h"

namespace spoor::sensor {
namespace {

using std::chrono::steady_clock;

constexpr std::uint32_t kARun = 1000;
constexpr std::uint32_t kRingBytes = 32u << 20;  // what `spoor sensor run` has

int take(void* ledger, void* data, std::size_t size) {
    const record_header* const header = RecordView({static_cast<const std::byte*>(data), size}).header();
    if (header) static_cast<LossLedger*>(ledger)->received(header->cpu, header->sequence, {}, {});
    return 0;
}

TEST(Flood, LosesNothingAtAMillionRecordsASecond) {
    if (in_guest()) GTEST_SKIP() << "an emulated machine has no speed";
    ring_flood* const programs = ring_flood::open();
    ASSERT_TRUE(programs);
    const auto cpus = static_cast<std::uint32_t>(libbpf_num_possible_cpus());
    bpf_map__set_max_entries(programs->maps.records, kRingBytes);
    bpf_map__set_max_entries(programs->maps.accounts, cpus);
    programs->rodata->records_a_run = kARun;
    if (ring_flood::load(programs) != 0) {
        ring_flood::destroy(programs);
        GTEST_SKIP() << "LIVE TESTS DID NOT RUN: the kernel takes no programs";
    }
    LossLedger ledger(cpus, Duration::milliseconds(200));
    ring_buffer* const ring = ring_buffer__new(bpf_map__fd(programs->maps.records), &take, &ledger, nullptr);
    ASSERT_TRUE(ring);

    // A thousand runs, one each millisecond, as long as this machine gives the time for it; the reader looks every 10
    // ms.
    constexpr int kRuns = 2000;
    std::atomic<bool> ended = false;
    double seconds = 0;
    std::jthread producer([&] {
        const int program = bpf_program__fd(programs->progs.flood);
        const auto begin = steady_clock::now();
        for (int run = 0; run < kRuns; ++run) {
            std::this_thread::sleep_until(begin + std::chrono::milliseconds(run));
            LIBBPF_OPTS(bpf_test_run_opts, options);
            if (bpf_prog_test_run_opts(program, &options) != 0) break;
        }
        seconds = std::chrono::duration<double>(steady_clock::now() - begin).count();
        ended = true;
    });
    while (!ended) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        ring_buffer__consume(ring);
    }
    producer.join();
    ring_buffer__consume(ring);

    std::uint64_t produced = 0;
    for (std::uint32_t cpu = 0; cpu < cpus; ++cpu) {
        cpu_account account{};
        ASSERT_EQ(bpf_map_lookup_elem(bpf_map__fd(programs->maps.accounts), &cpu, &account), 0);
        ledger.produced(cpu, account.sequence, {});
        produced += account.sequence;
    }
    ledger.take_losses(Timestamp::latest());
    EXPECT_EQ(produced, std::uint64_t{kRuns} * kARun);
    EXPECT_EQ(ledger.lost(), 0u);
    EXPECT_EQ(ledger.received(), produced);
    std::printf("%.0f records a second, none of %llu lost\n", static_cast<double>(produced) / seconds,
                static_cast<unsigned long long>(produced));
    ring_buffer__free(ring);
    ring_flood::destroy(programs);
}

}  // namespace
}  // namespace spoor::sensor
