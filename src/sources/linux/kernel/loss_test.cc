#include "sources/linux/kernel/loss.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace spoor::sensor {
namespace {

constexpr Duration kPatience = Duration::milliseconds(200);

Timestamp at(std::int64_t milliseconds) { return Timestamp{milliseconds * 1'000'000}; }

TEST(LossLedger, FindsNothingInAnUnbrokenRun) {
    LossLedger ledger(1, kPatience);
    for (std::uint64_t i = 0; i < 1000; ++i) ledger.received(0, i, at(0), at(0));
    EXPECT_TRUE(ledger.take_losses(Timestamp::latest()).empty());
    EXPECT_EQ(ledger.received(), 1000u);
}

TEST(LossLedger, WaitsBeforeItCallsAHoleALoss) {
    LossLedger ledger(1, kPatience);
    ledger.received(0, 0, at(1), at(10));
    ledger.received(0, 5, at(2), at(10));
    EXPECT_TRUE(ledger.take_losses(at(100)).empty());
    const auto losses = ledger.take_losses(at(210));
    ASSERT_EQ(losses.size(), 1u);
    EXPECT_EQ(losses[0].first, 1u);
    EXPECT_EQ(losses[0].count, 4u);
    EXPECT_EQ(losses[0].after, at(1));
    EXPECT_EQ(losses[0].before, at(2));
}

TEST(LossLedger, TakesANeighbourThatComesLate) {
    LossLedger ledger(1, kPatience);
    ledger.received(0, 1, at(1), at(1));
    ledger.received(0, 0, at(1), at(1));
    EXPECT_TRUE(ledger.take_losses(Timestamp::latest()).empty());
}

TEST(LossLedger, SeesLossAtTheEndInTheKernelsCount) {
    LossLedger ledger(2, kPatience);
    ledger.received(1, 0, at(1), at(1));
    ledger.produced(1, 8, at(1000));
    const auto losses = ledger.take_losses(at(2000));
    ASSERT_EQ(losses.size(), 1u);
    EXPECT_EQ(losses[0].cpu, 1u);
    EXPECT_EQ(losses[0].count, 7u);
}

TEST(LossLedger, CorrectsItselfWhenARecordComesAfterItWasDeclaredLost) {
    LossLedger ledger(1, kPatience);
    ledger.received(0, 3, at(1), at(1));
    EXPECT_EQ(ledger.take_losses(at(1000)).at(0).count, 3u);
    ledger.received(0, 1, at(1), at(1001));
    EXPECT_EQ(ledger.lost(), 2u);
    EXPECT_EQ(ledger.received() + ledger.lost(), 4u);
}

/// Whatever is dropped, and in whatever order the rest comes: produced = received + lost.
TEST(LossLedger, BalancesOnRandomLossAndDisorder) {
    std::mt19937 random(7);
    for (int round = 0; round < 200; ++round) {
        LossLedger ledger(2, kPatience);
        std::vector<std::pair<std::uint32_t, std::uint64_t>> arriving;
        std::uint64_t produced[2] = {};
        for (std::uint32_t cpu = 0; cpu < 2; ++cpu) {
            produced[cpu] = random() % 300;
            bool dropping = false;
            for (std::uint64_t i = 0; i < produced[cpu]; ++i) {
                if (random() % 20 == 0) dropping = !dropping;
                if (!dropping) arriving.emplace_back(cpu, i);
            }
        }
        for (std::size_t i = 0; i + 4 < arriving.size(); i += 1 + random() % 6)
            std::shuffle(arriving.begin() + static_cast<std::ptrdiff_t>(i),
                         arriving.begin() + static_cast<std::ptrdiff_t>(i + 4), random);
        std::int64_t now = 0;
        std::uint64_t told = 0;
        for (const auto& [cpu, sequence] : arriving) {
            now += static_cast<std::int64_t>(random() % 40);
            ledger.received(cpu, sequence, at(now), at(now));
            if (random() % 10 == 0)
                for (const Loss& loss : ledger.take_losses(at(now))) told += loss.count;
        }
        for (std::uint32_t cpu = 0; cpu < 2; ++cpu) ledger.produced(cpu, produced[cpu], at(now));
        for (const Loss& loss : ledger.take_losses(Timestamp::latest())) told += loss.count;
        EXPECT_EQ(ledger.received() + ledger.lost(), produced[0] + produced[1]);
        EXPECT_GE(told, ledger.lost());
    }
}

}  // namespace
}  // namespace spoor::sensor
