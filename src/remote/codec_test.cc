#include "remote/codec.h"

#include <gtest/gtest.h>
#include "remote/recollection.h"

namespace spoor::remote {
namespace {

/// Two events with a value of every type, of a host that the reader does not know yet.
Batch some_events(Catalog& catalog) {
    Batch batch;
    batch.begin();
    batch.add_text("CommandLine"_field, std::string_view("cmd \0 \xff\n", 8));
    batch.add_number("ProcessId"_field, UINT64_MAX);
    batch.add(FieldValue::of_signed("Status"_field, -5));
    batch.add(FieldValue::of_boolean("RestrictedAdminMode"_field, true));
    batch.add(FieldValue::of_real(catalog.field("Load"), 0.25));
    batch.add_sid("TargetUserSid"_field, Sid::parse("S-1-5-21-1-2-3-500").value());
    batch.add_guid("LogonGuid"_field, Guid::parse("{42C2E005-E3FA-5F80-4908-000000000400}").value());
    batch.add_address("IpAddress"_field, IpAddress::v4(0x0a000001));
    batch.add_time("UtcTime"_field, Timestamp{-17});
    batch.commit({.time = {1'000},
                  .sequence = 7,
                  .host = catalog.host("WS07.corp.example"),
                  .channel = catalog.channel("Security"),
                  .kind = Kind::Logon,
                  .outcome = Outcome::Failure,
                  .quality = Quality::Carved,
                  .event_id = 4624,
                  .actor = {.session = 3, .process = kNobody, .adopted_session = 0}});
    batch.begin();
    batch.commit(
        {.time = Timestamp::earliest(), .sequence = kCounted | 1, .host = catalog.host("FS01"), .kind = Kind::Gap});
    return batch;
}

TEST(Codec, GivesEventsBackInANumberingOfItsOwn) {
    Catalog from;
    const Batch batch = some_events(from);
    const std::vector<store::Position> positions = {{{1'000}, 12}, {Timestamp::earliest(), UINT64_MAX}};
    std::string bytes;
    Encoder encoder(from);
    encoder.events(batch, positions, bytes);
    encoder.events(batch, positions, bytes);  // names are told once

    Catalog to;
    to.host("OTHER");
    to.channel("Something");
    Decoder decoder(to);
    std::string_view left = bytes;
    for (int round = 0; round < 2; ++round) {
        const auto piece = Decoder::piece(left);
        ASSERT_TRUE(piece);
        Batch got;
        std::vector<store::Position> got_positions;
        ASSERT_TRUE(decoder.events(*piece, got, got_positions));
        EXPECT_EQ(got_positions, positions);
        ASSERT_EQ(got.size(), 2u);
        const Event& event = got.events()[0];
        EXPECT_EQ(to.host_name(event.host), "WS07");
        EXPECT_EQ(to.host_full_name(event.host), "WS07.corp.example");
        EXPECT_EQ(to.channel_name(event.channel), "Security");
        EXPECT_EQ(event.kind, Kind::Logon);
        EXPECT_EQ(event.quality, Quality::Carved);
        EXPECT_EQ(event.event_id, 4624);
        EXPECT_EQ(event.actor.session, 3u);
        EXPECT_EQ(event.actor.process, kNobody);
        EXPECT_EQ(event.actor.adopted_session, 0u);
        ASSERT_EQ(event.value_count, batch.events()[0].value_count);
        for (std::size_t i = 0; i < event.value_count; ++i) {
            const FieldValue& sent = batch.values(batch.events()[0])[i];
            const FieldValue& received = got.values(event)[i];
            EXPECT_EQ(to.field_name(received.field), from.field_name(sent.field));
            EXPECT_EQ(received.type, sent.type);
            EXPECT_EQ(to_text(received), to_text(sent));
        }
        EXPECT_EQ(got.events()[1].time, Timestamp::earliest());
        EXPECT_EQ(got.events()[1].sequence, kCounted | 1);
    }
    EXPECT_TRUE(left.empty());
}

History some_history(Catalog& catalog) {
    History history;
    const HostId host = catalog.host("WS07");
    Boot& boot = history.boots.emplace_back();
    boot.host = host;
    boot.sysmon_number = 4;
    Session session;
    session.key = {host, 0, LogonId(0x3e7)};
    session.user = {Sid::parse("S-1-5-18").value(), history.texts.intern("NT AUTHORITY"),
                    history.texts.intern("SYSTEM")};
    session.elevated = false;
    session.source_address = IpAddress::v4(0x7f000001);
    session.end = Timestamp{99};
    session.evidence.push_back({host, catalog.channel("Security"), 4624, 17, {5}});
    history.sessions = {session, session};
    Process process;
    process.host = host;
    process.session = 1;
    process.image = history.texts.intern("C:\\x.exe");
    history.processes.push_back(process);
    Link& link = history.links.emplace_back();
    link.from = 0;
    link.to = 1;
    link.kind = LinkKind::Inherited;
    link.reason = history.texts.intern("because");
    return history;
}

TEST(Codec, GivesTimesBack) {
    Catalog catalog;
    const std::vector<Timestamp> times = {Timestamp::earliest(), {-7}, {0}, Timestamp::latest()};
    std::string bytes;
    Encoder(catalog).times(times, bytes);
    std::string_view left = bytes;
    EXPECT_EQ(Decoder(catalog).times(*Decoder::piece(left)).value(), times);
}

TEST(Codec, GivesAHistoryBack) {
    Catalog from;
    const History history = some_history(from);
    std::string bytes;
    Encoder(from).history(history, bytes);

    Catalog to;
    std::string_view left = bytes;
    History got;
    ASSERT_TRUE(Decoder(to).history(*Decoder::piece(left), got));
    ASSERT_EQ(got.boots.size(), 1u);
    EXPECT_EQ(got.boots[0].sysmon_number, 4);
    EXPECT_FALSE(got.boots[0].started);
    ASSERT_EQ(got.sessions.size(), 2u);
    EXPECT_EQ(to_string(got.sessions[1].user), "NT AUTHORITY\\SYSTEM");
    EXPECT_EQ(got.sessions[1].elevated, false);
    EXPECT_EQ(got.sessions[1].end, Timestamp{99});
    EXPECT_EQ(got.sessions[1].evidence.at(0).sequence, 17u);
    EXPECT_EQ(got.processes.at(0).session, 1u);
    EXPECT_EQ(got.processes.at(0).parent, kNobody);
    EXPECT_EQ(got.links.at(0).kind, LinkKind::Inherited);
    EXPECT_EQ(got.links.at(0).reason, "because");
}

store::Recalled some_recalled(Catalog& catalog) {
    store::Recalled recalled{.history = some_history(catalog)};
    recalled.history.processes[0].session = 17;
    recalled.history.links[0].from = 15;
    recalled.history.links[0].to = 17;
    recalled.sessions = {15, 17};
    recalled.processes = {400};
    recalled.links = {3};
    recalled.whole = {true, false};
    recalled.found = {17, 99};
    return recalled;
}

TEST(Codec, GivesWhatWasRecalledBack) {
    Catalog from;
    std::string bytes;
    Encoder(from).recalled(some_recalled(from), bytes);
    Catalog to;
    TextPool texts;
    std::string_view left = bytes;
    store::Recalled got = Decoder(to).recalled(*Decoder::piece(left), texts).value();
    EXPECT_EQ(got.sessions, (std::vector<std::uint32_t>{15, 17}));
    EXPECT_EQ(got.whole, (std::vector<bool>{true, false}));
    EXPECT_EQ(got.found, (std::vector<std::uint32_t>{17, 99}));
    EXPECT_EQ(got.history.processes.at(0).session, 17u) << "by number";

    Recollection recollection;
    recollection.add(std::move(got));
    ASSERT_EQ(recollection.history().sessions.size(), 2u);
    EXPECT_EQ(recollection.history().processes.at(0).session, 1u) << "by place";
    EXPECT_EQ(recollection.history().links.at(0).from, 0u);
    EXPECT_EQ(recollection.number_of(1), 17u);
    EXPECT_EQ(recollection.place_of_session(17), 1u);
    EXPECT_EQ(recollection.place_of_session(99), kNobody);
    EXPECT_EQ(recollection.place_of_process(400), 0u);
    Event event;
    event.actor = {.session = 17, .process = 400, .adopted_session = 15};
    EXPECT_EQ(recollection.missing(std::span(&event, 1)).sessions, std::vector<std::uint32_t>{17})
        << "of that one no more is known than that it is there";
    recollection.resolve(std::span(&event, 1));
    EXPECT_EQ(event.actor.session, 1u);
    EXPECT_EQ(event.actor.process, 0u);
    EXPECT_EQ(event.actor.adopted_session, 0u);
}

TEST(Recollection, ProcessesFindTheirParentsWhenTheseComeLater) {
    const auto recalled = [](std::uint32_t number, std::uint32_t parent) {
        store::Recalled one;
        one.history.processes.emplace_back().parent = parent;
        one.processes = {number};
        return one;
    };
    Recollection recollection;
    recollection.add(recalled(9, 4));
    EXPECT_EQ(recollection.history().processes.at(0).parent, kNobody);
    recollection.add(recalled(4, kNobody));
    recollection.add(recalled(9, 4));
    ASSERT_EQ(recollection.history().processes.size(), 2u) << "none comes twice";
    EXPECT_EQ(recollection.history().processes.at(0).parent, 1u);
}

TEST(Codec, GivesCountsHoldingsAndInventoryBack) {
    Catalog from;
    std::string bytes;
    Encoder encoder(from);
    const std::vector<store::Count> counts = {
        {.values = {"a", ""}, .start = {5}, .events = 3, .first = {1}, .last = {2}}};
    const std::vector<store::Holding> holdings = {
        {.host = from.host("X"), .channel = from.channel("C"), .ranges = {{1, 5}, {9, UINT64_MAX}}, .events = 6}};
    encoder.counts(counts, bytes);
    encoder.holdings(holdings, bytes);
    encoder.inventory({.events = 1, .sessions = 2, .processes = 3, .links = 4}, bytes);

    Catalog to;
    Decoder decoder(to);
    std::string_view left = bytes;
    const auto got_counts = decoder.counts(*Decoder::piece(left)).value();
    EXPECT_EQ(got_counts.at(0).values, counts[0].values);
    EXPECT_EQ(got_counts.at(0).last, counts[0].last);
    const auto got_holdings = decoder.holdings(*Decoder::piece(left)).value();
    EXPECT_EQ(got_holdings.at(0).ranges, holdings[0].ranges);
    EXPECT_EQ(to.host_name(got_holdings.at(0).host), "X");
    EXPECT_EQ(decoder.inventory(*Decoder::piece(left))->links, 4u);
}

TEST(Codec, TakesDamageForAnErrorAndNothingWorse) {
    Catalog from;
    std::string bytes;
    Encoder events(from);
    events.events(some_events(from), std::vector<store::Position>(2), bytes);
    std::string history;
    Encoder(from).history(some_history(from), history);
    std::string recalled;
    Encoder(from).recalled(some_recalled(from), recalled);
    for (const std::string& whole : {bytes, history, recalled}) {
        for (std::size_t i = 8; i < whole.size(); ++i) {
            for (const char change : {'\x01', '\x80', '\x7f'}) {
                std::string damaged = whole;
                damaged[i] = static_cast<char>(damaged[i] ^ change);
                std::string_view left = damaged;
                const auto piece = Decoder::piece(left);
                ASSERT_TRUE(piece);
                Catalog to;
                Batch batch;
                std::vector<store::Position> positions;
                History got;
                if (&whole == &bytes)
                    (void)Decoder(to).events(*piece, batch, positions);
                else
                    (void)Decoder(to).history(*piece, got);
                (void)Decoder(to).history(*piece, got);
                TextPool texts;
                if (auto some = Decoder(to).recalled(*piece, texts)) Recollection().add(std::move(*some));
                for (const Link& link : got.links) EXPECT_LT(link.from, got.sessions.size());
            }
        }
        std::string_view cut = std::string_view(whole).substr(0, whole.size() - 1);
        EXPECT_FALSE(Decoder::piece(cut)) << "it is not whole yet";
    }
    Catalog to;
    EXPECT_EQ(Decoder(to).inventory("another schema").error().code, Errc::Unsupported);
}

}  // namespace
}  // namespace spoor::remote
