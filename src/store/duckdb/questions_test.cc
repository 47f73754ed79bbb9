// Whatever is asked, a store answers as the slow evaluator does: every operation on every kind of field, sessions and
// processes too.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "base/scratch_folder.h"
#include "match/testing.h"
#include "store/duckdb/chapter/chapter_query.h"
#include "store/duckdb/duck_store.h"
#include "store/duckdb/open.h"
#include "store/duckdb/schema.h"
#include "store/duckdb/stamping_test.h"

namespace spoor::store {
namespace {

using match::Expr;
using match::Op;
using match::Scope;

/// A store with the events, sessions and processes of a random world, whose numbers are the store's numbers too.
class Questions : public ::testing::TestWithParam<std::uint64_t> {
protected:
    Questions() {
        random_.seed(GetParam());
        match::testing::fill(world_, random_, 400);
        tidy();
        store_ = open_store(folder_.file("store"), {.opening = Opening::Write}).value();
        share_names();
        keep();
    }

    /// What a store asks of a history: sorted by host, and who is behind something is of its host. An event is known
    /// again by its number.
    void tidy() {
        History& history = world_.history;
        std::ranges::stable_sort(history.sessions, {}, [](const Session& session) { return session.key.host; });
        std::ranges::stable_sort(history.processes, {}, &Process::host);
        const auto settle_session = [&](std::uint32_t& index, HostId host) {
            if (index >= history.sessions.size() || history.sessions[index].key.host != host) index = kNobody;
        };
        const auto settle_process = [&](std::uint32_t& index, HostId host) {
            if (index >= history.processes.size() || history.processes[index].host != host) index = kNobody;
        };
        for (Process& process : history.processes) {
            settle_session(process.session, process.host);
            settle_process(process.parent, process.host);
        }
        std::uint64_t number = 0;
        for (Event& event : world_.batch.events()) {
            event.sequence = number++;
            settle_session(event.actor.session, event.host);
            settle_session(event.actor.adopted_session, event.host);
            settle_process(event.actor.process, event.host);
        }
    }

    void share_names() {
        Catalog& catalog = store_->catalog();
        std::set<HostId> hosts;
        for (const Event& event : world_.batch.events()) hosts.insert(event.host);
        for (const Session& session : world_.history.sessions) hosts.insert(session.key.host);
        for (const Process& process : world_.history.processes) hosts.insert(process.host);
        for (const HostId host : hosts) ASSERT_EQ(catalog.host(world_.catalog.host_full_name(host)), host);
        std::set<ChannelId> channels;
        std::set<FieldId> fields;
        for (const Event& event : world_.batch.events()) {
            channels.insert(event.channel);
            for (const FieldValue& value : world_.batch.values(event))
                if (static_cast<std::size_t>(value.field) >= kFieldCount) fields.insert(value.field);
        }
        for (const ChannelId channel : channels)
            ASSERT_EQ(catalog.channel(world_.catalog.channel_name(channel)), channel);
        for (const FieldId field : fields) ASSERT_EQ(catalog.field(world_.catalog.field_name(field)), field);
    }

    void keep() {
        auto writer = store_->writer().value();
        // In two commits, so that there is more than one piece of data.
        Batch half;
        for (const Event& event : world_.batch.events()) {
            half.copy({world_.batch, event});
            if (event.sequence != 150) continue;
            ASSERT_TRUE(writer->add(half));
            ASSERT_TRUE(writer->commit());
            half.clear();
        }
        ASSERT_TRUE(writer->add(half));
        ASSERT_TRUE(writer->commit());
        writer.reset();
        const auto conclusion = store_->begin_conclusion({}).value();
        ASSERT_TRUE(conclusion->add(world_.history));
        // The world's actors are indices over all hosts; the store's are places among those of the host.
        const auto first_of = [](const auto& records, auto host_of, HostId host) {
            return static_cast<std::uint32_t>(std::ranges::find(records, host, host_of) - records.begin());
        };
        const std::vector<HostId> hosts = conclusion->unresolved().value();
        for (const HostId host : hosts) {
            const std::uint32_t sessions =
                first_of(world_.history.sessions, [](const Session& session) { return session.key.host; }, host);
            const std::uint32_t processes = first_of(world_.history.processes, &Process::host, host);
            ASSERT_TRUE(store::testing::stamp(*conclusion, host, [&](const Event& event) {
                Actor actor = world_.batch.events()[event.sequence].actor;
                if (actor.session != kNobody) actor.session -= sessions;
                if (actor.adopted_session != kNobody) actor.adopted_session -= sessions;
                if (actor.process != kNobody) actor.process -= processes;
                return actor;
            }));
        }
        ASSERT_TRUE(conclusion->publish());
    }

    std::set<std::uint64_t> expected(const Expr& expr) const {
        std::set<std::uint64_t> numbers;
        for (const Event& event : world_.batch.events())
            if (match::testing::naive_matches(expr, world_, event)) numbers.insert(event.sequence);
        return numbers;
    }

    std::set<std::uint64_t> found(const Expr& expr) {
        std::set<std::uint64_t> numbers;
        auto stream = store_->events({.where = expr});
        EXPECT_TRUE(stream) << stream.error().what;
        Batch batch;
        while (stream && (*stream)->next(batch).value())
            for (const Event& event : batch.events()) EXPECT_TRUE(numbers.insert(event.sequence).second);
        return numbers;
    }

    /// All that a query yields, with the places in time.
    std::vector<std::pair<Position, std::uint64_t>> listed(EventQuery query) {
        std::vector<std::pair<Position, std::uint64_t>> list;
        auto stream = store_->events(std::move(query)).value();
        Batch batch;
        while (stream->next(batch).value())
            for (std::size_t i = 0; i < batch.size(); ++i)
                list.emplace_back(stream->positions()[i], batch.events()[i].sequence);
        return list;
    }

    ScratchFolder folder_;
    match::testing::Random random_;
    match::testing::World world_;
    std::unique_ptr<Store> store_;
};

TEST_P(Questions, HaveTheSameAnswersInAStoreAndInTheSlowEvaluator) {
    ASSERT_EQ(found(match::always()).size(), world_.batch.size());
    std::map<Op, std::size_t> operations;
    std::map<Scope, std::size_t> scopes;
    std::size_t some = 0, rounds = 120;
    for (std::size_t round = 0; round < rounds; ++round) {
        const Expr expr =
            match::testing::random_expr(random_, match::Subject::Events, static_cast<unsigned>(round % 4));
        for_each_leaf(expr, [&](const match::Predicate& predicate) {
            ++operations[predicate.op];
            ++scopes[predicate.field.scope];
        });
        const auto wanted = expected(expr);
        some += !wanted.empty() && wanted.size() < world_.batch.size();
        ASSERT_EQ(found(expr), wanted) << match::to_string(expr);
    }
    // It would be no test if nothing was asked, or everything had the same answer.
    EXPECT_GT(some, rounds / 3);
    for (int op = 0; op <= static_cast<int>(Op::Cidr); ++op)
        EXPECT_GT(operations[static_cast<Op>(op)], 0u) << match::name(static_cast<Op>(op));
    for (int scope = 0; scope <= static_cast<int>(Scope::ParentProcess); ++scope)
        EXPECT_GT(scopes[static_cast<Scope>(scope)], 0u) << scope;
}

TEST_P(Questions, AreAnsweredInBothOrdersAndPageByPage) {
    for (unsigned round = 0; round < 12; ++round) {
        const Expr expr = match::testing::random_expr(random_, match::Subject::Events, round % 3);
        const auto all = listed({.where = expr});
        auto backwards = listed({.where = expr, .order = Order::NewestFirst});
        std::ranges::reverse(backwards);
        ASSERT_EQ(all, backwards) << match::to_string(expr);
        ASSERT_TRUE(std::ranges::is_sorted(all, {}, [](const auto& event) { return event.first.time; }));
        std::vector<std::pair<Position, std::uint64_t>> pages;
        for (std::optional<Position> after;;) {
            const auto page = listed({.where = expr, .limit = 7, .after = after});
            pages.insert(pages.end(), page.begin(), page.end());
            if (page.size() < 7) break;
            after = page.back().first;
        }
        ASSERT_EQ(all, pages) << match::to_string(expr);
        // A place before the time that is asked for changes nothing.
        if (all.empty()) continue;
        const Timestamp from{all.back().first.time.nanoseconds};
        EXPECT_EQ(listed({.where = expr, .from = from, .after = all.front().first}).size(),
                  listed({.where = expr, .from = from}).size() - (all.front().first.time == from));
    }
}

// Where matches are rare in a large store, SQL says which pages have one: those that it leaves out are not read.
TEST_P(Questions, LoseNoPageThatHasAMatch) {
    auto& store = static_cast<duckdb::DuckStore&>(*store_);
    std::size_t passed_over = 0;
    for (unsigned round = 0; round < 100; ++round) {
        const Expr expr = match::testing::random_expr(random_, match::Subject::Events, round % 4);
        const auto matching = listed({.where = expr});
        duckdb::QueryPlan plan = duckdb::QueryPlan::make(store, expr).value();
        const std::vector<duckdb::ChapterEntry> chapters = store.chapters().value();
        for (const duckdb::ChapterEntry& entry : chapters) {
            auto chapter = duckdb::ChapterQuery::open(store, plan, entry).value();
            if (!chapter.is_hopeless()) {
                ASSERT_TRUE(chapter.find_pages(Timestamp::earliest(), Timestamp::latest()));
            }
            for (std::size_t page = 0; page < chapter.reader().page_count(); ++page) {
                const auto& run = chapter.reader().page(page);
                const bool has_match = std::ranges::any_of(matching, [&](const auto& event) {
                    return event.first.number >= run.first_seq && event.first.number < run.first_seq + run.count;
                });
                const bool may_match = !chapter.is_hopeless() && chapter.may_match(page);
                EXPECT_TRUE(may_match || !has_match) << match::to_string(expr);
                passed_over += !may_match;
            }
        }
    }
    EXPECT_GT(passed_over, 10u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Questions, ::testing::Values(1u, 3u));

}  // namespace
}  // namespace spoor::store
