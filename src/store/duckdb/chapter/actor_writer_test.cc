#include "store/duckdb/chapter/actor_writer.h"

#include <gtest/gtest.h>

#include "store/duckdb/schema.h"

namespace spoor::store::duckdb {
namespace {

using Known = std::map<std::uint64_t, Actor>;

class ActorPages : public ::testing::Test {
protected:
    void SetUp() override { ASSERT_TRUE(create_tables(connection_)); }

    /// What the pages of a host say.
    Known read(std::uint32_t host) {
        Known known;
        Rows rows =
            connection_.query("SELECT place, page FROM actor_pages WHERE host = ?", {std::uint64_t{host}}).value();
        while (rows.next())
            for (std::size_t row = 0; row < rows.size(); ++row) {
                ++pages_;
                EXPECT_TRUE(read_actor_page(rows.numbers<std::uint64_t>(0)[row], rows.text(1, row),
                                            [&](std::uint64_t seq, const Actor& actor) { known.emplace(seq, actor); }));
            }
        return known;
    }

    Database database_ = Database::open(":memory:", Access::ReadWrite, {}).value();
    Connection connection_ = database_.connect().value();
    std::size_t pages_ = 0;
};

TEST_F(ActorPages, SayWhatWasWritten) {
    ActorWriter writer = ActorWriter::open(connection_, 1).value();
    const std::uint64_t first = sequence_number(7, 0);
    std::map<std::uint32_t, Known> written;
    for (std::uint32_t i = 0; i < 5 * 1024; ++i) {
        const Actor actor{i % 5 == 0 ? kNobody : i, i % 7 == 0 ? kNobody : i * 3, i % 2 == 0 ? kNobody : kNobody - 1};
        const std::uint32_t host = i / 100 % 3;
        ASSERT_TRUE(writer.add(first + i, host, actor));
        if (i % 70 != 0) written[host].emplace(first + i, actor);
    }
    ASSERT_TRUE(writer.flush());
    for (const auto& [host, actors] : written) {
        const Known known = read(host);
        ASSERT_EQ(known.size(), actors.size());
        for (const auto& [seq, actor] : actors) {
            EXPECT_EQ(known.at(seq).session, actor.session);
            EXPECT_EQ(known.at(seq).process, actor.process);
            EXPECT_EQ(known.at(seq).adopted_session, actor.adopted_session);
        }
    }
    EXPECT_EQ(connection_.number("SELECT count(*) FROM actors").value(),
              connection_.number("SELECT sum(events) FROM actor_pages").value());
    EXPECT_EQ(pages_, 3 * 5u) << "hosts that take turns share no page, and have one for each thousand numbers";
}

TEST_F(ActorPages, AreWrittenOfManyHostsAtOnce) {
    constexpr std::uint32_t kHosts = 500;
    ActorWriter writer = ActorWriter::open(connection_, 1).value();
    for (std::uint32_t i = 0; i < 4 * kHosts; ++i) ASSERT_TRUE(writer.add(i, i % kHosts, {i, kNobody, kNobody}));
    ASSERT_TRUE(writer.flush());
    for (std::uint32_t host = 0; host < kHosts; ++host)
        for (const auto& [seq, actor] : read(host)) EXPECT_EQ(actor.session, seq);
    EXPECT_EQ(connection_.number("SELECT sum(events) FROM actor_pages").value(), 4u * kHosts);
}

TEST(ActorPage, IsRefusedWhenDamaged) {
    const auto ignore = [](std::uint64_t, const Actor&) {};
    for (const std::string_view bytes : {"", "\x05", "no page of ours"})
        EXPECT_FALSE(read_actor_page(0, bytes, ignore));
}

}  // namespace
}  // namespace spoor::store::duckdb
