#include "store/duckdb/duck_store.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>
#include <span>

#include "base/scratch_folder.h"
#include "match/evaluate/evaluator.h"
#include "store/duckdb/open.h"
#include "store/duckdb/stamping_test.h"

namespace spoor::store {
namespace {

class StoreTest : public ::testing::Test {
protected:
    std::unique_ptr<Store> open(Opening opening = Opening::Write) {
        auto store = open_store(directory_.string(), {.opening = opening, .threads = 1});
        if (!store) ADD_FAILURE() << store.error().what;
        return store ? std::move(*store) : nullptr;
    }

    ScratchFolder folder_;
    const std::filesystem::path directory_ = folder_.file("store");
};

/// Events with every type of value, fields of all classes (in the form, with a column, without one, unknown to the
/// schema, twice in an event), from a few hosts.
Batch some_events(Catalog& catalog, std::uint64_t first_record, std::size_t count, std::uint32_t seed = 1) {
    std::mt19937 random(seed);
    Batch batch;
    const auto pick = [&](auto... options) {
        const std::string_view all[] = {options...};
        return all[random() % sizeof...(options)];
    };
    for (std::size_t i = 0; i < count; ++i) {
        batch.begin();
        batch.add_text("Provider"_field, pick("Microsoft-Windows-Security-Auditing", "Microsoft-Windows-Sysmon"));
        batch.add_number("Level"_field, random() % 3);
        if (random() % 2)
            batch.add_text("Image"_field, pick("C:\\Windows\\System32\\cmd.exe", "C:\\WINDOWS\\explorer.exe",
                                               "C:\\Users\\Jürgen\\STRASSE.exe", ""));
        if (random() % 3 == 0) batch.add_text("CommandLine"_field, fmt::format("cmd /c run {} --quiet", random() % 50));
        if (random() % 2) batch.add_number("LogonType"_field, random() % 12);
        if (random() % 4 == 0)
            batch.add_text("IpAddress"_field, "-");
        else
            batch.add_address("IpAddress"_field, IpAddress::v4(0x0a000000 + static_cast<std::uint32_t>(random() % 8)));
        batch.add_sid("SubjectUserSid"_field, Sid::parse(fmt::format("S-1-5-21-1-2-3-{}", 500 + random() % 4)).value());
        Guid guid;
        guid.bytes[0] = static_cast<std::uint8_t>(random() % 5);
        batch.add_guid("ProcessGuid"_field, guid);
        batch.add_time("UtcTime"_field, {static_cast<std::int64_t>(random() % 1000) * 1'000'000'000});
        for (auto n = random() % 3; n > 0; --n) batch.add_text("Data"_field, pick("one", "two", "three"));
        if (random() % 5 == 0) batch.add_text("User"_field, "CORP\\alice"), batch.add_text("User"_field, "CORP\\bob");
        if (random() % 3 == 0) batch.add_text(catalog.field("WhoKnows"), pick("alpha", "BETA", "gamma delta"));
        if (random() % 7 == 0) batch.add(FieldValue::of_real(catalog.field("Fraction"), 0.5));
        if (random() % 7 == 0) batch.add(FieldValue::of_signed(catalog.field("Below"), -5));
        if (random() % 7 == 0) batch.add(FieldValue::of_boolean(catalog.field("Truth"), true));
        if (random() % 7 == 0)
            batch.add(FieldValue::of_bytes("Binary"_field, ValueType::Bytes,
                                           batch.arena().copy(std::string_view("\0\x01\xff", 3))));
        Event event;
        event.time.nanoseconds = 1'600'000'000'000'000'000 + static_cast<std::int64_t>(random() % 5000) * 1'000'000'000;
        event.sequence = first_record + i;
        event.host = catalog.host(pick("WS01", "WS02.corp.example", "dc01"));
        event.channel = catalog.channel(pick("Security", "Microsoft-Windows-Sysmon/Operational"));
        event.kind = static_cast<Kind>(random() % 40);
        event.outcome = static_cast<Outcome>(random() % 3);
        event.quality = static_cast<Quality>(random() % 2);
        event.event_id = static_cast<std::uint16_t>(4600 + random() % 40);
        batch.commit(event);
    }
    return batch;
}

/// All there is of an event, as text.
std::string whole(const EventView& view, const Catalog& catalog) {
    const Event& event = view.event;
    std::string text = fmt::format("{} {} {} {} {} {} {} {}", event.time.nanoseconds, event.sequence,
                                   catalog.host_name(event.host), catalog.channel_name(event.channel), name(event.kind),
                                   static_cast<int>(event.outcome), static_cast<int>(event.quality), event.event_id);
    for (const FieldValue& value : view.values()) {
        text += fmt::format(" {}:{}=", catalog.field_name(value.field), static_cast<int>(value.type));
        append_text(text, value, catalog.field_type(value.field));
    }
    return text;
}

std::vector<std::string> whole(const Batch& batch, const Catalog& catalog) {
    std::vector<std::string> texts;
    for (const Event& event : batch.events()) texts.push_back(whole({batch, event}, catalog));
    return texts;
}

std::vector<std::string> all_of(Store& store, EventQuery query = {}) {
    std::vector<std::string> texts;
    auto stream = store.events(std::move(query));
    if (!stream) ADD_FAILURE() << stream.error().what;
    Batch batch;
    for (;;) {
        const auto more = (*stream)->next(batch);
        if (!more) ADD_FAILURE() << more.error().what;
        if (!more || !*more) return texts;
        EXPECT_EQ((*stream)->positions().size(), batch.size());
        for (std::string& text : whole(batch, store.catalog())) texts.push_back(std::move(text));
    }
}

/// Compares long lists and shows the first difference only.
void expect_same(const std::vector<std::string>& got, const std::vector<std::string>& expected) {
    EXPECT_EQ(got.size(), expected.size());
    const auto [a, b] = std::ranges::mismatch(got, expected);
    if (a == got.end() || b == expected.end()) return;
    ADD_FAILURE() << "event " << a - got.begin() << ":\n" << *a << "\nshould be\n" << *b;
}

TEST_F(StoreTest, RemovesWhatAnInterruptedQuestionLeftOnTheDisk) {
    open().reset();
    const auto spilled = directory_ / "store.duckdb.tmp";
    std::filesystem::create_directory(spilled);
    std::ofstream(spilled / "duckdb_temp_storage_DEFAULT-0.tmp") << "rows that were sorted";
    open().reset();
    EXPECT_FALSE(std::filesystem::exists(spilled));
}

TEST_F(StoreTest, GivesBackEveryEventAsItWas) {
    std::vector<std::string> expected;
    {
        auto store = open();
        const Batch batch = some_events(store->catalog(), 1, 6000);
        expected = whole(batch, store->catalog());
        auto writer = store->writer().value();
        EXPECT_EQ(writer->add(batch).value(), 6000u);
        ASSERT_TRUE(writer->commit());
    }
    auto store = open(Opening::Read);
    std::vector<std::string> got = all_of(*store);
    std::ranges::sort(expected);
    std::ranges::sort(got);
    expect_same(got, expected);
}

TEST_F(StoreTest, GivesEventsInTimeOrderEitherWayAndPageByPage) {
    auto store = open();
    for (std::uint32_t part = 0; part < 3; ++part) {
        auto writer = store->writer().value();
        ASSERT_TRUE(writer->add(some_events(store->catalog(), 1 + part * 3000, 3000, part)));
        ASSERT_TRUE(writer->commit());
    }
    const std::vector<std::string> forward = all_of(*store);
    ASSERT_EQ(forward.size(), 9000u);
    EXPECT_TRUE(std::ranges::is_sorted(forward, {}, [](const std::string& text) { return text.substr(0, 19); }));
    std::vector<std::string> backward = all_of(*store, {.order = Order::NewestFirst});
    std::ranges::reverse(backward);
    expect_same(backward, forward);

    std::vector<std::string> paged;
    EventQuery query{.limit = 700};
    for (;;) {
        auto stream = store->events(query).value();
        Batch batch;
        std::size_t before = paged.size();
        while (stream->next(batch).value()) {
            for (std::string& text : whole(batch, store->catalog())) paged.push_back(std::move(text));
            query.after = stream->positions().back();
        }
        if (paged.size() == before) break;
    }
    expect_same(paged, forward);
}

TEST_F(StoreTest, FindsEventsHoweverFarApartTheyAre) {
    auto store = open();
    Batch batch = some_events(store->catalog(), 1, 3000);
    for (const std::int64_t time : {INT64_MIN, std::int64_t{-1}, std::int64_t{0}, INT64_MAX}) {
        batch.begin();
        batch.commit({.time = {time}, .sequence = 9000 + batch.size(), .host = store->catalog().host("WS01")});
    }
    auto writer = store->writer().value();
    ASSERT_EQ(writer->add(batch).value(), 3004u);
    ASSERT_TRUE(writer->commit());
    const std::vector<std::string> forward = all_of(*store);
    ASSERT_EQ(forward.size(), 3004u);
    EXPECT_TRUE(std::ranges::is_sorted(forward, {}, [](const std::string& text) { return std::stoll(text); }));
    std::vector<std::string> backward = all_of(*store, {.order = Order::NewestFirst});
    std::ranges::reverse(backward);
    expect_same(backward, forward);
}

TEST_F(StoreTest, TakesAnEventOnce) {
    auto store = open();
    const Batch batch = some_events(store->catalog(), 1, 2000);
    auto writer = store->writer().value();
    EXPECT_EQ(writer->add(batch).value(), 2000u);
    EXPECT_EQ(writer->add(batch).value(), 0u) << "before the commit";
    ASSERT_TRUE(writer->commit());
    EXPECT_EQ(writer->add(batch).value(), 0u) << "after the commit";
    auto other = store->writer().value();
    EXPECT_EQ(other->add(batch).value(), 0u) << "by another writer";
    writer.reset();
    other.reset();
    store.reset();
    store = open();
    EXPECT_EQ(store->writer().value()->add(some_events(store->catalog(), 1, 2000)).value(), 0u) << "in another run";
    EXPECT_EQ(store->writer().value()->add(some_events(store->catalog(), 1001, 2000, 2)).value(), 2000u)
        << "same numbers at other times are other events";
}

TEST_F(StoreTest, KnowsEventsWithoutNumbersByTheirContent) {
    auto store = open();
    const auto numberless = [&](std::uint64_t first) {
        Batch batch = some_events(store->catalog(), first, 500);
        for (Event& event : batch.events()) event.sequence |= kCounted;
        return batch;
    };
    auto writer = store->writer().value();
    EXPECT_EQ(writer->add(numberless(1)).value(), 500u);
    ASSERT_TRUE(writer->commit());
    EXPECT_EQ(writer->add(numberless(7000)).value(), 0u);
}

TEST_F(StoreTest, ForgetsWhatWasNotCommitted) {
    {
        auto store = open();
        auto writer = store->writer().value();
        ASSERT_TRUE(writer->add(some_events(store->catalog(), 1, 100)));
    }
    auto store = open();
    EXPECT_EQ(store->inventory().value().events, 0u);
    EXPECT_EQ(store->writer().value()->add(some_events(store->catalog(), 1, 100)).value(), 100u);
}

TEST_F(StoreTest, TellsWhatItHolds) {
    auto store = open();
    Batch batch;
    for (const std::uint64_t record : {5, 6, 7, 9, 12, 11}) {
        batch.begin();
        batch.commit({.time = {static_cast<std::int64_t>(record)},
                      .sequence = record,
                      .host = store->catalog().host("WS01"),
                      .channel = store->catalog().channel("Security")});
    }
    auto writer = store->writer().value();
    ASSERT_TRUE(writer->add(batch));
    ASSERT_TRUE(writer->commit());
    const auto holdings = store->holdings().value();
    ASSERT_EQ(holdings.size(), 1u);
    EXPECT_EQ(holdings[0].ranges, (std::vector<Holding::Range>{{5, 7}, {9, 9}, {11, 12}}));
    EXPECT_EQ(holdings[0].events, 6u);
    EXPECT_EQ(holdings[0].first.nanoseconds, 5);
    EXPECT_EQ(store->inventory().value().last.nanoseconds, 12);
}

TEST_F(StoreTest, IsOneWritersOrManyReaders) {
    auto writing = open();
    const auto second = open_store(directory_.string(), {.opening = Opening::Write});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::Busy);
    EXPECT_NE(second.error().what.find(std::to_string(getpid())), std::string::npos) << second.error().what;
    EXPECT_EQ(open_store(directory_.string(), {}).error().code, Errc::Busy);
    writing.reset();
    auto reading = open(Opening::Read);
    EXPECT_EQ(open_store(directory_.string(), {.opening = Opening::Write}).error().code, Errc::Busy);
}

TEST_F(StoreTest, RefusesAStoreOfALaterVersion) {
    open().reset();
    {
        auto database =
            duckdb::Database::open((directory_ / "store.duckdb").string(), duckdb::Access::ReadWrite, {}).value();
        ASSERT_TRUE(database.connect().value().run("UPDATE meta SET value = '999' WHERE key = 'schema'"));
    }
    const auto newer = open_store(directory_.string(), {});
    ASSERT_FALSE(newer);
    EXPECT_EQ(newer.error().code, Errc::Unsupported);
    EXPECT_NE(newer.error().what.find("newer"), std::string::npos);
}

class EarlierLayout : public StoreTest, public ::testing::WithParamInterface<int> {
protected:
    /// What makes a store of today one of that layout.
    static std::string sql() {
        std::string sql = "DROP TABLE actor_pages;";
        if (GetParam() < 5) sql += before_descriptions();
        return sql + "UPDATE meta SET value = '" + std::to_string(GetParam()) + "' WHERE key = 'schema'";
    }

private:
    static std::string before_descriptions() {
        std::string sql =
            "DROP INDEX words_by_place; DROP INDEX pages_by_first_seq;"
            "CREATE TABLE old AS SELECT * EXCLUDE (trigrams) FROM words; DROP TABLE words; "
            "CREATE TABLE words AS FROM old; DROP TABLE old;"
            "CREATE TABLE old AS SELECT first_seq, events, page FROM pages; DROP TABLE pages; "
            "CREATE TABLE pages AS FROM old; DROP TABLE old;";
        if (GetParam() < 4) sql += "DROP TABLE records;";
        if (GetParam() < 3)
            sql +=
                "CREATE TABLE old AS SELECT * EXCLUDE (place) FROM words; DROP TABLE words; "
                "CREATE TABLE words AS FROM old; DROP TABLE old;";
        else
            sql +=
                "CREATE INDEX words_by_place ON words (place); "
                "CREATE INDEX pages_by_first_seq ON pages (first_seq);";
        return sql;
    }
};
INSTANTIATE_TEST_SUITE_P(Layouts, EarlierLayout, ::testing::Values(2, 3, 4, 5));

TEST_P(EarlierLayout, IsBroughtUpToDate) {
    std::vector<std::string> expected;
    {
        auto store = open();
        auto writer = store->writer().value();
        ASSERT_TRUE(writer->add(some_events(store->catalog(), 1, 3000)));
        ASSERT_TRUE(writer->commit());
        expected = all_of(*store);
    }
    const std::string file = (directory_ / "store.duckdb").string();
    {
        auto database = duckdb::Database::open(file, duckdb::Access::ReadWrite, {}).value();
        ASSERT_TRUE(database.connect().value().run(sql()));
    }
    EXPECT_EQ(open_store(directory_.string(), {}).error().code, Errc::Unsupported);
    {
        auto store = open();
        expect_same(all_of(*store), expected);
        EXPECT_EQ(store->unresolved().value().size(), 3u) << "who did what is to be concluded anew";
        auto writer = store->writer().value();
        ASSERT_TRUE(writer->add(some_events(store->catalog(), 3001, 10)));
        ASSERT_TRUE(writer->commit());
        writer.reset();
        ASSERT_TRUE(store->compact());
        EXPECT_EQ(all_of(*store).size(), 3010u);
        EXPECT_EQ(store->check().value().size(), 0u);
    }
    auto database = duckdb::Database::open(file, duckdb::Access::ReadOnly, {}).value();
    EXPECT_EQ(database.connect().value().number("SELECT count(*) FROM duckdb_indexes()").value(), 4u)
        << "a compacted store has them too";
}

TEST_F(StoreTest, SaysThatThereIsNone) { EXPECT_EQ(open_store(directory_.string(), {}).error().code, Errc::NotFound); }

/// While it is there no file may grow past its first bytes, as on a disk that is full.
class FullDisk {
public:
    FullDisk() : before_(), handler_(std::signal(SIGXFSZ, SIG_IGN)) {
        getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit full{1, before_.rlim_max};
        setrlimit(RLIMIT_FSIZE, &full);
    }
    FullDisk(const FullDisk&) = delete;
    FullDisk& operator=(const FullDisk&) = delete;
    ~FullDisk() {
        setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }

private:
    rlimit before_;
    void (*handler_)(int);
};

TEST_F(StoreTest, CommitsNothingBehindACommitThatFailed) {
    auto store = open();
    {
        auto first = store->writer().value();
        auto second = store->writer().value();
        ASSERT_TRUE(first->add(some_events(store->catalog(), 1, 300)));
        ASSERT_TRUE(first->commit()) << "with all names, which are written when they are met";
        ASSERT_TRUE(first->add(some_events(store->catalog(), 1001, 500)));
        ASSERT_TRUE(second->add(some_events(store->catalog(), 2001, 200)));
        {
            const FullDisk full;
            EXPECT_FALSE(first->commit());
        }
        EXPECT_FALSE(second->commit()) << "what follows in the log need not be whole";
    }
    auto again = store->writer().value();
    ASSERT_TRUE(again->add(some_events(store->catalog(), 3001, 50)));
    ASSERT_TRUE(again->commit()) << "a new writer begins anew";
    again.reset();
    store.reset();
    store = open();
    EXPECT_EQ(store->inventory().value().events, 350u);
    EXPECT_TRUE(store->check().value().empty());
}

TEST_F(StoreTest, LeavesEventsThatComeDuringAConclusionForTheNext) {
    auto store = open();
    auto writer = store->writer().value();
    ASSERT_TRUE(writer->add(some_events(store->catalog(), 1, 500)));
    ASSERT_TRUE(writer->commit());
    {
        const auto conclusion = store->begin_conclusion({}).value();
        ASSERT_TRUE(writer->add(some_events(store->catalog(), 501, 200)));
        ASSERT_TRUE(writer->commit());
        EXPECT_EQ(store->inventory().value().events, 700u) << "others see what was added";
        std::uint64_t seen = 0;
        const std::vector<HostId> hosts = conclusion->hosts().value();
        for (const HostId host : hosts)
            ASSERT_TRUE(conclusion->each_event({.host = host},
                                               [&](Batch& batch, std::span<const std::uint64_t>) -> Result<void> {
                                                   seen += batch.size();
                                                   return {};
                                               }));
        EXPECT_EQ(seen, 500u) << "the conclusion does not";
        for (const HostId host : hosts) ASSERT_TRUE(conclusion->resolve(host));
        ASSERT_TRUE(conclusion->publish());
    }
    EXPECT_FALSE(store->unresolved().value().empty());
    {
        const auto dropped = store->begin_conclusion({}).value();
        const std::vector<HostId> waiting = store->unresolved().value();
        for (const HostId host : waiting) ASSERT_TRUE(dropped->resolve(host));
    }
    EXPECT_FALSE(store->unresolved().value().empty()) << "one that was not published leaves everything as it was";
}

TEST_F(StoreTest, KeepsEvidenceForAsLongAsAHostHasTheEventsThatItIsOf) {
    auto store = open();
    const auto write = [&](std::uint64_t first) {
        auto writer = store->writer().value();
        ASSERT_TRUE(writer->add(some_events(store->catalog(), first, 500)));
        ASSERT_TRUE(writer->commit());
    };
    const auto pages_of = [](Conclusion& conclusion, const EvidenceWanted& wanted) {
        std::multiset<std::string> pages;
        EXPECT_TRUE(conclusion.each_evidence_page(wanted, [&](std::string_view bytes) -> Result<void> {
            pages.emplace(bytes);
            return {};
        }));
        return pages;
    };
    using Pages = std::multiset<std::string>;
    const auto keep = [&](const std::string& name) {
        const auto conclusion = store->begin_conclusion({}).value();
        const std::vector<HostId> hosts = conclusion->unresolved().value();
        for (const HostId host : hosts) {
            const EvidencePage pages[] = {{.span = {{{10}, {20}}}, .bytes = name + " early"},
                                          {.span = {{{30}, {40}}}, .bytes = name + " late"},
                                          {.span = {}, .bytes = name + " whenever"}};
            ASSERT_TRUE(conclusion->add_evidence(host, std::span(pages).first(1)));
            ASSERT_TRUE(conclusion->resolve(host));
            ASSERT_TRUE(conclusion->add_evidence(host, std::span(pages).subspan(1)));
        }
        ASSERT_TRUE(conclusion->publish());
    };
    write(1);
    keep("first");
    store.reset();
    store = open();
    {
        const auto conclusion = store->begin_conclusion({}).value();
        const std::set<HostId> hosts = conclusion->with_evidence().value();
        EXPECT_EQ(hosts.size(), conclusion->hosts().value().size());
        for (const HostId host : hosts) {
            EXPECT_EQ(pages_of(*conclusion, {.host = host, .within = {{{20}, {29}}}}), Pages{"first early"});
            EXPECT_EQ(pages_of(*conclusion, {.host = host, .within = {}, .timeless = true}), Pages{"first whenever"});
        }
    }
    write(501);
    {
        const auto conclusion = store->begin_conclusion({}).value();
        EXPECT_TRUE(conclusion->with_evidence().value().empty()) << "there are events that it is not of";
        EXPECT_EQ(pages_of(*conclusion, {.within = {{{0}, {99}}}, .timeless = true}), Pages{});
    }
    keep("second");
    const auto conclusion = store->begin_conclusion({}).value();
    const std::set<HostId> hosts = conclusion->with_evidence().value();
    for (const HostId host : hosts)
        EXPECT_EQ(pages_of(*conclusion, {.host = host, .within = {{{0}, {99}}}, .timeless = true}),
                  (Pages{"second early", "second late", "second whenever"}));
}

TEST_F(StoreTest, EndsAConclusionThatIsToldToStop) {
    auto store = open();
    auto writer = store->writer().value();
    ASSERT_TRUE(writer->add(some_events(store->catalog(), 1, 500)));
    ASSERT_TRUE(writer->commit());
    std::stop_source stop;
    const auto conclusion = store->begin_conclusion(stop.get_token()).value();
    std::size_t taken = 0;
    const auto take = [&](Batch&, std::span<const std::uint64_t>) -> Result<void> { return ++taken, Result<void>(); };
    ASSERT_TRUE(conclusion->each_event({}, take));
    const std::size_t before = taken;
    EXPECT_GT(before, 0u);
    stop.request_stop();
    EXPECT_FALSE(conclusion->each_event({}, take));
    EXPECT_EQ(taken, before);
    EXPECT_FALSE(conclusion->stamp(conclusion->hosts().value().front(), {}));
}

TEST_F(StoreTest, RecordsOfWhoLookedLeaveNothingToConclude) {
    auto store = open();
    auto writer = store->writer().value();
    Batch looks;
    for (const Kind kind : {Kind::RecordsViewed, Kind::ConfigurationChanged}) {
        looks.begin();
        looks.add_text("User"_field, "token backup");
        looks.commit({.time = {static_cast<std::int64_t>(kind)},
                      .host = store->catalog().host("MONITOR"),
                      .channel = store->catalog().channel("Spoor/Access"),
                      .kind = kind});
    }
    ASSERT_TRUE(writer->add(looks));
    ASSERT_TRUE(writer->commit());
    EXPECT_TRUE(store->unresolved().value().empty());
    ASSERT_TRUE(writer->add(some_events(store->catalog(), 1, 5)));
    ASSERT_TRUE(writer->commit());
    EXPECT_FALSE(store->unresolved().value().empty());
}

TEST_F(StoreTest, KeepsConclusionsAndStampsEvents) {
    auto store = open();
    Catalog& catalog = store->catalog();
    const HostId host = catalog.host("WS01");
    {
        auto writer = store->writer().value();
        ASSERT_TRUE(writer->add(some_events(catalog, 1, 500)));
        ASSERT_TRUE(writer->commit());
    }
    const auto unresolved = store->unresolved().value();
    EXPECT_EQ(unresolved.size(), 3u);

    History history;
    for (const HostId owner : {catalog.host("DC01"), host}) {
        Boot& boot = history.boots.emplace_back();
        boot.host = owner;
        boot.started = Timestamp{17};
        for (std::uint64_t id = 1; id <= 3; ++id) {
            Session session;
            session.key = {owner, static_cast<std::uint32_t>(history.boots.size() - 1), LogonId(id)};
            session.user = {Sid::parse("S-1-5-21-1-2-3-1000").value(), history.texts.intern("CORP"),
                            history.texts.intern(fmt::format("user{}", id))};
            session.source_address = IpAddress::v4(0x0a000001);
            session.elevated = false;
            session.evidence.push_back({owner, catalog.channel("Security"), 4624, 7, {99}});
            history.sessions.push_back(session);
        }
        Process process;
        process.host = owner;
        process.session = static_cast<std::uint32_t>(history.sessions.size() - 1);
        process.image = history.texts.intern("C:\\x.exe");
        history.processes.push_back(process);
    }
    Link& link = history.links.emplace_back();
    link.from = 1;
    link.to = 4;
    link.reason = history.texts.intern("because");
    {
        const auto conclusion = store->begin_conclusion({}).value();
        EXPECT_EQ(conclusion->unresolved().value(), unresolved);
        ASSERT_TRUE(conclusion->add(history));
        ASSERT_TRUE(conclusion->add_links(history.links));
        for (const HostId one : unresolved)
            ASSERT_TRUE(store::testing::stamp(*conclusion, one, [&](const Event& event) -> Actor {
                if (event.host != host) return {};
                return {static_cast<std::uint32_t>(event.sequence % 3), 0, kNobody};
            }));
        EXPECT_TRUE(store->history().value()->sessions.empty()) << "what is not published is not seen";
        ASSERT_TRUE(conclusion->publish());
    }
    EXPECT_TRUE(store->unresolved().value().empty());
    store.reset();

    store = open(Opening::Read);
    const History& read = *store->history().value();
    ASSERT_EQ(read.sessions.size(), 6u);
    ASSERT_EQ(read.processes.size(), 2u);
    ASSERT_EQ(read.links.size(), 1u);
    EXPECT_EQ(read.links[0].to, 4u);
    EXPECT_EQ(read.links[0].reason, "because");
    EXPECT_EQ(read.sessions[4].user.name, "user2");
    EXPECT_EQ(to_string(read.sessions[4].user), "CORP\\user2");
    EXPECT_EQ(read.sessions[4].elevated, false);
    EXPECT_EQ(read.sessions[4].key.boot, 1u);
    EXPECT_EQ(read.boots[1].started, Timestamp{17});
    EXPECT_EQ(
        read.sessions[4].evidence,
        (std::vector<EventRef>{{store->catalog().host("WS01"), store->catalog().channel("Security"), 4624, 7, {99}}}));
    EXPECT_EQ(read.processes[1].session, 5u);
    EXPECT_EQ(read.processes[1].parent, kNobody);

    const auto expect_stamped = [&] {
        auto stream = store->events({}).value();
        Batch batch;
        std::size_t stamped = 0;
        while (stream->next(batch).value())
            for (const Event& event : batch.events()) {
                const bool ours = event.host == store->catalog().host("WS01");
                EXPECT_EQ(event.actor.session, ours ? 3 + event.sequence % 3 : kNobody);
                EXPECT_EQ(event.actor.process, ours ? 1 : kNobody);
                stamped += ours;
            }
        EXPECT_GT(stamped, 100u);
    };
    expect_stamped();
    for (const char* const user : {"user1", "user2"}) {
        const auto counts = store
                                ->count({.where = match::leaf({match::FieldRef::of(match::SessionProperty::User),
                                                               match::Op::Contains,
                                                               {std::string(user)}}),
                                         .by = {match::FieldRef::of(match::HeaderProperty::Host)}})
                                .value();
        ASSERT_EQ(counts.size(), 1u) << user;
        EXPECT_EQ(counts[0].values[0], "WS01");
    }
    store.reset();

    // As layout 5 had it, which knew no pages of actors.
    {
        auto database =
            duckdb::Database::open((directory_ / "store.duckdb").string(), duckdb::Access::ReadWrite, {}).value();
        ASSERT_TRUE(
            database.connect().value().run("DROP TABLE actor_pages; UPDATE meta SET value = '5' WHERE key = 'schema'"));
    }
    store = open();
    expect_stamped();
    EXPECT_TRUE(store->check().value().empty());
    ASSERT_TRUE(store->compact());
    expect_stamped();
}

TEST_F(StoreTest, FindsTheFirstEventsOfManySessionsAsAllOfThem) {
    auto store = open();
    Catalog& catalog = store->catalog();
    {
        auto writer = store->writer().value();
        ASSERT_TRUE(writer->add(some_events(catalog, 1, 20'000)));
        ASSERT_TRUE(writer->commit());
    }
    constexpr std::uint32_t kSessions = 300;
    const auto session_of = [](const Event& event) { return static_cast<std::uint32_t>(event.sequence % kSessions); };
    const HostId host = catalog.host("WS01");
    History history;
    history.boots.emplace_back().host = host;
    for (std::uint32_t id = 0; id < kSessions; ++id) {
        Session& session = history.sessions.emplace_back();
        session.key = {host, 0, LogonId(id)};
        session.user.name = history.texts.intern(id % 2 == 0 ? "even" : "odd");
    }
    {
        const auto conclusion = store->begin_conclusion({}).value();
        ASSERT_TRUE(conclusion->add(history));
        const auto unresolved = store->unresolved().value();
        for (const HostId one : unresolved)
            ASSERT_TRUE(store::testing::stamp(*conclusion, one, [&](const Event& event) -> Actor {
                return event.host == host ? Actor{session_of(event), kNobody, kNobody} : Actor{};
            }));
        ASSERT_TRUE(conclusion->publish());
    }
    for (const bool wants_even : {true, false}) {
        const match::Expr even =
            match::leaf({match::FieldRef::of(match::SessionProperty::User), match::Op::Equal, {std::string("even")}});
        const auto first = [&](std::uint64_t limit) {
            std::vector<std::uint64_t> found;
            auto stream = store->events({.where = wants_even ? even : match::negation(even), .limit = limit}).value();
            Batch batch;
            while (stream->next(batch).value())
                for (const Event& event : batch.events()) {
                    EXPECT_EQ(event.host == host && session_of(event) % 2 == 0, wants_even);
                    found.push_back(event.sequence);
                }
            return found;
        };
        const std::vector<std::uint64_t> all = first(UINT64_MAX);
        constexpr std::uint64_t kLimits[] = {70, 1000};
        for (const std::uint64_t limit : kLimits) {
            const std::vector<std::uint64_t> found = first(limit);
            EXPECT_EQ(found.size(), limit);
            ASSERT_GE(all.size(), limit);
            EXPECT_TRUE(std::ranges::equal(found, std::span(all).first(limit)));
        }
    }
}

/// A random leaf: fields of all classes, texts in other cases, parts of words, numbers, ranges, networks, patterns.
match::Expr random_leaf(std::mt19937& random) {
    using match::FieldRef;
    using match::Op;
    const auto pick = [&](auto... options) {
        const std::string_view all[] = {options...};
        return std::string(all[random() % sizeof...(options)]);
    };
    const FieldRef fields[] = {FieldRef::of("Image"_field),
                               FieldRef::of("CommandLine"_field),
                               FieldRef::of("Provider"_field),
                               FieldRef::of("Data"_field),
                               FieldRef::of("User"_field),
                               FieldRef::of("WhoKnows"),
                               FieldRef::of("IpAddress"_field),
                               FieldRef::of("UtcTime"_field),
                               FieldRef::of(match::HeaderProperty::Host),
                               FieldRef::of(match::HeaderProperty::Channel),
                               FieldRef::any(),
                               FieldRef::of("SubjectUserSid"_field),
                               FieldRef::of("NoSuchField")};
    const FieldRef field = fields[random() % std::size(fields)];
    switch (random() % 10) {
        case 0: return match::leaf({field, Op::Exists});
        case 1:
            return match::leaf({FieldRef::of("LogonType"_field),
                                static_cast<Op>(static_cast<int>(Op::Less) + random() % 4),
                                {std::uint64_t{random() % 12}}});
        case 2:
            return match::leaf(
                {FieldRef::of("IpAddress"_field), Op::Cidr, {match::Network::parse("10.0.0.0/30").value()}});
        case 3:
            return match::leaf(
                {FieldRef::of(match::HeaderProperty::Time),
                 static_cast<Op>(static_cast<int>(Op::Less) + random() % 4),
                 {Timestamp{1'600'000'000'000'000'000 + static_cast<std::int64_t>(random() % 5000) * 1'000'000'000}}});
        case 4: return match::leaf({FieldRef::of("Level"_field), Op::In, {std::uint64_t{0}, std::uint64_t{2}}});
        case 5: return match::leaf({field, Op::Regex, {pick("run [1-4]\\b", "^c:", "ss.*exe$", "^-$")}});
        case 6: return match::leaf({field, Op::Glob, {pick("c:", ""), pick("sys", "str"), pick(".exe", "")}});
        case 7:
            return match::leaf(
                {FieldRef::of(match::HeaderProperty::EventId), Op::Equal, {std::uint64_t{4600 + random() % 40}}});
        case 8:
            return match::leaf(
                {FieldRef::of(match::HeaderProperty::Sequence), Op::Greater, {std::uint64_t{random() % 3000}}});
        default: {
            const Op operations[] = {Op::Equal, Op::StartsWith, Op::EndsWith, Op::Contains};
            return match::leaf(
                {field,
                 operations[random() % 4],
                 {pick("CMD.exe", "-", "straße", "ürgen", "beta", "corp\\bob", "two", "ws01", "run 7", "s-1-5-21", "")},
                 random() % 4 ? match::Case::Folded : match::Case::Exact});
        }
    }
}

match::Expr random_expr(std::mt19937& random, int depth) {
    if (depth == 0 || random() % 3 == 0) return random_leaf(random);
    std::vector<match::Expr> children;
    for (auto n = 1 + random() % 3; n > 0; --n) children.push_back(random_expr(random, depth - 1));
    const auto needed = static_cast<std::uint32_t>(1 + random() % children.size());
    switch (random() % 4) {
        case 0: return match::negation(std::move(children.front()));
        case 1: return match::all_of(std::move(children));
        case 2: return match::any_of(std::move(children));
        default: return match::at_least(needed, std::move(children));
    }
}

TEST_F(StoreTest, FindsWhatMemoryFindsWhateverIsAsked) {
    auto store = open();
    const Batch batch = some_events(store->catalog(), 1, 1500);
    for (const std::size_t half : {std::size_t{0}, std::size_t{1}}) {
        auto writer = store->writer().value();
        ASSERT_TRUE(writer->add(half ? some_events(store->catalog(), 1, 1500) : some_events(store->catalog(), 1, 700)));
        ASSERT_TRUE(writer->commit());
    }
    std::mt19937 random(20201009);
    std::size_t found = 0;
    for (int round = 0; round < 80; ++round) {
        const match::Expr expr = random_expr(random, 3);
        auto matcher = match::Matcher::compile(expr, store->catalog());
        ASSERT_TRUE(matcher) << match::to_string(expr);
        std::vector<std::string> expected;
        for (const Event& event : batch.events())
            if (matcher->matches({batch, event}, nullptr)) expected.push_back(whole({batch, event}, store->catalog()));
        std::vector<std::string> got = all_of(*store, {.where = expr});
        std::ranges::sort(got);
        std::ranges::sort(expected);
        expect_same(got, expected);
        std::uint64_t counted = 0;
        const auto counts =
            store->count({.where = expr, .by = {match::FieldRef::of("Image"_field), match::FieldRef::of("Data"_field)}})
                .value();
        for (const Count& count : counts) counted += count.events;
        EXPECT_EQ(counted, expected.size());
        ASSERT_FALSE(HasFailure()) << match::to_string(expr);
        found += expected.size();
    }
    EXPECT_GT(found, 5'000u);
}

TEST_F(StoreTest, ChecksPrunesAndCompacts) {
    auto store = open();
    for (std::uint32_t part = 0; part < 3; ++part) {
        auto writer = store->writer().value();
        ASSERT_TRUE(writer->add(some_events(store->catalog(), 1 + part * 1000, 1000, part)));
        ASSERT_TRUE(writer->commit());
    }
    EXPECT_TRUE(store->check().value().empty());
    const std::vector<std::string> before = all_of(*store);
    ASSERT_TRUE(store->compact());
    expect_same(all_of(*store), before);
    const Timestamp cut{1'600'002'000'000'000'000};
    const auto old = static_cast<std::uint64_t>(
        std::ranges::count_if(before, [](const std::string& text) { return text.substr(0, 10) < "1600002000"; }));
    EXPECT_EQ(store->prune({.older_than = cut}).value(), old);
    ASSERT_TRUE(store->compact());
    expect_same(all_of(*store), std::vector(before.begin() + static_cast<std::ptrdiff_t>(old), before.end()));
    EXPECT_TRUE(store->check().value().empty());
    const std::string parquet = (directory_ / "all.parquet").string();
    EXPECT_EQ(store->export_parquet({}, parquet).value(), before.size() - old);
    auto database = duckdb::Database::open(":memory:", duckdb::Access::ReadWrite, {}).value();
    auto reading = database.connect().value();
    EXPECT_EQ(reading
                  .number("SELECT count(*) FROM '" + parquet +
                          "' WHERE year(time) = 2020 AND \"LogonType\" IS NULL OR \"LogonType\" < 12")
                  .value(),
              before.size() - old);
}

TEST_F(StoreTest, IgnoresAndSweepsRowsThatAKilledCommitLeft) {
    std::vector<std::string> before;
    {
        auto store = open();
        auto writer = store->writer().value();
        ASSERT_TRUE(writer->add(some_events(store->catalog(), 1, 500)));
        ASSERT_TRUE(writer->commit());
        before = all_of(*store);
    }
    {
        // What replaying its log leaves when DuckDB is killed within a large COMMIT: rows of the large tables alone.
        auto database =
            duckdb::Database::open((directory_ / "store.duckdb").string(), duckdb::Access::ReadWrite, {}).value();
        auto connection = database.connect().value();
        ASSERT_TRUE(connection.run("INSERT INTO events SELECT * REPLACE (seq + 500 AS seq) FROM events"));
        ASSERT_TRUE(connection.run("INSERT INTO events SELECT * REPLACE (seq + 30064771072 AS seq) FROM events"));
        ASSERT_TRUE(connection.run("INSERT INTO actors SELECT seq, 1, 0, 0, 0, 1 FROM events"));
        ASSERT_TRUE(connection.run("INSERT INTO sessions (number, generation, host) VALUES (0, 1, 1)"));
    }
    for (const Opening opening : {Opening::Read, Opening::Write, Opening::Read}) {
        auto store = open(opening);
        expect_same(all_of(*store), before);
        EXPECT_EQ(store->inventory().value().events, 500u);
        EXPECT_EQ(store->inventory().value().sessions, 0u);
        EXPECT_TRUE(store->check().value().empty());
        Batch batch;
        auto stream = store->events({}).value();
        while (stream->next(batch).value())
            for (const Event& event : batch.events()) EXPECT_EQ(event.actor.session, kNobody);
    }
}

}  // namespace
}  // namespace spoor::store
