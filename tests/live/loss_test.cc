// Loss: what the kernel produced is what arrived and what is reported lost, to the last record, on each CPU.
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <map>

#include "live_sensor.h"
#include "sources/linux/kernel/loss.h"
#include "sources/linux/kernel/programs.h"
#include "sources/linux/kernel/record_view.h"

namespace spoor::sensor {
namespace {

/// Several processes at once, each with its own file, which it creates and unlinks as fast as it can.
void storm(const std::filesystem::path& directory, int workers, int rounds) {
    std::vector<pid_t> children;
    for (int worker = 0; worker < workers; ++worker) {
        const pid_t pid = fork();
        if (pid == 0) {
            const std::string name = directory / fmt::format("storm-{}", worker);
            for (int i = 0; i < rounds; ++i) {
                close(open(name.c_str(), O_CREAT | O_WRONLY, 0600));
                unlink(name.c_str());
            }
            _exit(0);
        }
        children.push_back(pid);
    }
    for (const pid_t child : children) waitpid(child, nullptr, 0);
}

struct PerCpu {
    std::uint64_t received = 0;
    std::uint64_t told_lost = 0;
};

/// Checks every number: each is received once, or within exactly one reported loss.
class Bookkeeper final : public RecordSink {
public:
    explicit Bookkeeper(std::size_t cpus) : ledger_(cpus, Duration::milliseconds(200)) {}

    void record(std::span<const std::byte> bytes) override {
        const record_header* const header = RecordView(bytes).header();
        ASSERT_NE(header, nullptr);
        numbers_[header->cpu].push_back(header->sequence);
        ledger_.received(header->cpu, header->sequence, {}, {});
    }

    void settle(const std::vector<cpu_account>& accounts) {
        for (std::uint32_t cpu = 0; cpu < accounts.size(); ++cpu) ledger_.produced(cpu, accounts[cpu].sequence, {});
        for (const Loss& loss : ledger_.take_losses(Timestamp::latest())) per_cpu_[loss.cpu].told_lost += loss.count;
        for (auto& [cpu, numbers] : numbers_) {
            std::sort(numbers.begin(), numbers.end());
            EXPECT_EQ(std::adjacent_find(numbers.begin(), numbers.end()), numbers.end())
                << "a number came twice on CPU " << cpu;
            if (!numbers.empty()) {
                EXPECT_LT(numbers.back(), accounts[cpu].sequence);
            }
            per_cpu_[cpu].received = numbers.size();
        }
    }
    const PerCpu& of(std::uint32_t cpu) { return per_cpu_[cpu]; }

private:
    LossLedger ledger_;
    std::map<std::uint32_t, std::vector<std::uint64_t>> numbers_;
    std::map<std::uint32_t, PerCpu> per_cpu_;
};

/// Far more than fits, and nobody reading for most of the time.
TEST(Loss, IsExactOnEachCpuUnderALoadFromManyProcesses) {
    auto programs = Programs::load({.ring_bytes = 65536});
    ASSERT_TRUE(programs || !in_guest()) << programs.error().what;
    if (!programs) GTEST_SKIP() << "LIVE TESTS DID NOT RUN: " << programs.error().what;
    const std::filesystem::path directory =
        std::filesystem::temp_directory_path() / fmt::format("spoor-loss-{}", getpid());
    std::filesystem::create_directories(directory);
    Bookkeeper bookkeeper((*programs)->cpus());
    constexpr int kWaves = 5;
    constexpr int kWorkers = 8;
    const int rounds = in_guest() ? 60 : 2000;
    for (int wave = 0; wave < kWaves; ++wave) {
        storm(directory, kWorkers, rounds);
        (*programs)->drain(bookkeeper, SIZE_MAX);  // in between, so that there are many holes and not one
    }
    (*programs)->detach();
    usleep(50'000);
    (*programs)->drain(bookkeeper, SIZE_MAX);
    const std::vector<cpu_account> accounts = (*programs)->accounts();
    bookkeeper.settle(accounts);
    std::uint64_t lost = 0;
    std::uint64_t produced = 0;
    for (std::uint32_t cpu = 0; cpu < accounts.size(); ++cpu) {
        const PerCpu& counted = bookkeeper.of(cpu);
        EXPECT_EQ(counted.received + counted.told_lost, accounts[cpu].sequence) << "CPU " << cpu;
        EXPECT_EQ(counted.told_lost, accounts[cpu].failed)
            << "the kernel counted what found no room itself, CPU " << cpu;
        lost += counted.told_lost;
        produced += accounts[cpu].sequence;
    }
    // A file is made and removed in each round: the kernel's own counts are held against what is known to have
    // happened.
    EXPECT_GE(produced + (*programs)->skipped(), static_cast<std::uint64_t>(kWaves * kWorkers * rounds) * 2);
    EXPECT_GT(lost, 100u) << "the test did not overflow anything";
    std::filesystem::remove_all(directory);
}

/// The same from the outside: the numbers on the events and what the gaps say.
TEST(Loss, ShowsAsGapsBetweenTheEvents) {
    Catalog catalog;
    auto live = Live::start(catalog, {.ring_bytes = 65536});
    ASSERT_TRUE(live || !in_guest()) << live.error().what;
    if (!live) GTEST_SKIP() << "LIVE TESTS DID NOT RUN: " << live.error().what;
    const std::filesystem::path directory =
        std::filesystem::temp_directory_path() / fmt::format("spoor-loss-{}", getpid());
    std::filesystem::create_directories(directory);
    std::deque<Batch> batches;
    (*live)->take(batches.emplace_back());
    storm(directory, 4, in_guest() ? 120 : 5000);
    const auto told = [&](std::string_view stage) {
        std::uint64_t sum = 0;
        for (const Batch& batch : batches)
            for (const Event& event : batch.events())
                if (event.kind == Kind::Gap && batch.text(event, "Stage"_field) == stage)
                    sum += batch.find(event, "Lost"_field).as_number().value_or(0);
        return sum;
    };
    const auto lost_so_far = [&] { return told("kernel ring"); };
    EXPECT_TRUE(collect(**live, batches, 30, [&] { return lost_so_far() > 0; }))
        << "a gap is told while the sensor runs, not only at its end";
    (*live)->finish(batches.emplace_back());
    const LiveCounts counts = (*live)->counts();
    EXPECT_EQ(lost_so_far(), counts.lost);
    EXPECT_EQ(counts.received + counts.lost, counts.produced);
    EXPECT_EQ(counts.malformed, 0u);
    // The column of numbers: every event has its own, and they skip exactly what was lost.
    std::vector<std::uint64_t> numbers;
    std::uint64_t skipped = 0;
    for (const Batch& batch : batches)
        for (const Event& event : batch.events()) numbers.push_back(event.sequence);
    for (std::size_t i = 1; i < numbers.size(); ++i) {
        EXPECT_GT(numbers[i], numbers[i - 1]);
        skipped += numbers[i] - numbers[i - 1] - 1;
    }
    EXPECT_EQ(told("kernel programs"), counts.skipped);
    EXPECT_EQ(skipped, counts.lost + counts.skipped);
    std::filesystem::remove_all(directory);
}

/// However much has gathered, what is made of it at once is bounded.
TEST_F(LiveSensor, TellsWhatHasGatheredPieceByPiece) {
    constexpr std::size_t kFiles = 5000;
    const pid_t pid = in_child_that_succeeds([name = path("file")] {
        for (std::size_t i = 0; i < kFiles; ++i)
            if (close(creat(name.c_str(), 0600)) != 0 || unlink(name.c_str()) != 0) return 1;
        return 0;
    });
    live().take(batches_.emplace_back());
    EXPECT_LT(batches_.back().size(), kFiles);
    catch_up();
    EXPECT_EQ(events(Kind::FileCreated, pid).size(), kFiles);
    EXPECT_EQ(events(Kind::FileDeleted, pid).size(), kFiles);
}

TEST_F(LiveSensor, LosesNothingInAStormOfProcesses) {
    const LiveCounts before = live().counts();
    const int rounds = in_guest() ? 40 : 1500;
    std::vector<pid_t> workers;
    for (int worker = 0; worker < 2; ++worker) {
        const pid_t pid = fork();
        if (pid == 0) {
            for (int i = 0; i < rounds; ++i) {
                pid_t child = 0;
                char* const arguments[] = {const_cast<char*>("true"), nullptr};
                if (posix_spawn(&child, "/bin/true", nullptr, nullptr, arguments, environ) == 0)
                    waitpid(child, nullptr, 0);
            }
            _exit(0);
        }
        workers.push_back(pid);
    }
    const auto ended = [&] {
        for (pid_t& worker : workers)
            if (worker != 0 && waitpid(worker, nullptr, WNOHANG) == worker) worker = 0;
        return std::all_of(workers.begin(), workers.end(), [](pid_t worker) { return worker == 0; });
    };
    const std::vector<pid_t> parents = workers;
    EXPECT_TRUE(collect(live(), batches_, 120, ended));
    catch_up();
    std::size_t started = 0;
    for (const EventView& view : events(Kind::ProcessCreated, 0)) {
        const auto parent = view.find("ParentProcessId"_field).as_number();
        started += std::any_of(parents.begin(), parents.end(),
                               [&](pid_t pid) { return parent == static_cast<std::uint64_t>(pid); });
    }
    // A kernel that interrupts programs (7.3) skips some now and then, and counts them.
    const std::uint64_t skipped = live().counts().skipped - before.skipped;
    EXPECT_LE(started, static_cast<std::size_t>(2 * rounds));
    EXPECT_GE(started + skipped, static_cast<std::size_t>(2 * rounds));
    EXPECT_EQ(live().counts().lost, before.lost);
}

}  // namespace
}  // namespace spoor::sensor
