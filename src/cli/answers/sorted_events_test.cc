#include "cli/answers/sorted_events.h"

#include <gtest/gtest.h>

#include "cli/testing.h"
#include "ingest/log_archive.h"

namespace spoor::cli {
namespace {

/// Whatever little memory there is, the order is the same.
TEST(SortedEvents, ComeTheSameWithTheMemoryOfAFewEvents) {
    const auto archive = ingest::LogArchive::open({testing::sample_logs()}, {}).value();
    const auto all = [&](std::size_t bytes, std::uint64_t limit) {
        std::vector<match::SortField> by = {
            {{match::FieldRef::of("TargetUserName"_field)}, match::Direction::Descending},
            {{match::FieldRef::of("ProcessId"_field)}}};
        const auto stream = sorted_events(*archive, {.limit = limit}, std::move(by), bytes).value();
        std::vector<std::pair<Timestamp, std::uint64_t>> events;
        Batch batch;
        while (stream->next(batch).value()) {
            EXPECT_EQ(stream->positions().size(), batch.size());
            for (const Event& event : batch.events()) events.emplace_back(event.time, event.sequence);
        }
        return events;
    };
    const auto whole = all(512u << 20, UINT64_MAX);
    EXPECT_EQ(whole.size(), 1100u);
    EXPECT_EQ(all(200'000, UINT64_MAX), whole);
    EXPECT_EQ(all(200'000, 300), std::vector(whole.begin(), whole.begin() + 300));
    EXPECT_EQ(all(512u << 20, 0).size(), 0u);
}

}  // namespace
}  // namespace spoor::cli
