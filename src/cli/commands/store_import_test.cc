// What a store says after imports: the same as the logs themselves, whatever the order in which they came.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>

#include "base/scratch_folder.h"
#include "cli/answers/tracks.h"
#include "cli/commands/conclusions_test.h"
#include "cli/output/trail_view.h"
#include "cli/testing.h"
#include "ingest/conclude.h"
#include "ingest/import.h"
#include "ingest/log_archive.h"
#include "match/language/query.h"
#include "model/session_name.h"
#include "sample/write.h"
#include "store/duckdb/open.h"
#include "trails/trail.h"

namespace spoor::cli {
namespace {

using testing::Ran;
using testing::run;

namespace fs = std::filesystem;

class StoreImport : public ::testing::Test {
protected:
    void SetUp() override {
        const auto written = sample::write_story(sample::tell_story(), logs());
        ASSERT_TRUE(written);
        for (const sample::WrittenFile& file : *written) files_.push_back(file.path);
    }
    void TearDown() override {
        std::error_code error;
        fs::permissions(at("store"), fs::perms::owner_all, error);
    }

    std::string logs() const { return at("logs"); }
    std::string at(std::string_view name) const { return folder_.file(name); }
    static std::unique_ptr<store::Store> open(const std::string& path, store::Opening opening = store::Opening::Write) {
        auto store = store::open_store(path, {.opening = opening});
        if (!store) ADD_FAILURE() << store.error().what;
        return store ? std::move(*store) : nullptr;
    }
    static std::uint64_t import(const std::string& store, std::vector<std::string> paths) {
        const auto totals = ingest::import(*open(store), paths, {}, {});
        if (!totals) ADD_FAILURE() << totals.error().what;
        return totals ? totals->added : 0;
    }

    ScratchFolder folder_;
    std::vector<std::string> files_;
};

TEST_F(StoreImport, ConcludesTheSameInWhateverOrderTheLogsCome) {
    const auto from_logs = ingest::LogArchive::open({logs()}, {});
    ASSERT_TRUE(from_logs);
    const std::string expected = conclusions(**from_logs);
    ASSERT_GT(expected.size(), 10'000u);
    std::mt19937 random(20201009);
    for (int round = 0; round < 4; ++round) {
        std::ranges::shuffle(files_, random);
        const std::string store = at(fmt::format("store{}", round));
        // Some at a time, some of them again.
        for (std::size_t first = 0; first < files_.size();) {
            const std::size_t count = 1 + random() % 6;
            std::vector<std::string> some(
                files_.begin() + static_cast<std::ptrdiff_t>(first),
                files_.begin() + static_cast<std::ptrdiff_t>(std::min(first + count, files_.size())));
            if (first > 0) some.push_back(files_[random() % first]);
            import(store, some);
            first += count;
        }
        EXPECT_EQ(conclusions(*open(store)), expected) << "round " << round;
    }
}

TEST_F(StoreImport, FindsTheSameLinksByStretchesOfTime) {
    import(at("whole"), {logs()});
    const std::string expected = conclusions(*open(at("whole")));
    for (const std::uint64_t records : {500u, 60u, 7u}) {
        const auto store = open(at(fmt::format("store{}", records)));
        ASSERT_TRUE(ingest::read_into(*store, std::vector{logs()}, {}, {}));
        ASSERT_TRUE(ingest::conclude(*store, {.threads = 3, .records_at_once = records}));
        EXPECT_EQ(conclusions(*store), expected) << records;
    }
}

TEST_F(StoreImport, AddsNothingTheSecondTime) {
    EXPECT_GT(import(at("store"), {logs()}), 1000u);
    const std::string before = conclusions(*open(at("store")));
    EXPECT_EQ(import(at("store"), {logs()}), 0u);
    EXPECT_EQ(import(at("store"), {files_.front(), files_.front()}), 0u);
    EXPECT_EQ(conclusions(*open(at("store"))), before);
}

TEST_F(StoreImport, RemembersAsMuchOfASessionAsItsTrailNeeds) {
    import(at("store"), {logs()});
    const auto whole = open(at("store"), store::Opening::Read);
    const History& all = *whole->history().value();
    const SessionNames names(all, whole->catalog());
    const trails::Links all_links{.links = all.links, .skews = {}};
    const trails::Tracer tracer(all, all_links);
    std::size_t steps = 0;
    for (std::uint32_t i = 0; i < all.sessions.size(); i += 3) {
        const auto part = open(at("store"), store::Opening::Read);
        const History& some = *part->recollection().value();
        ASSERT_TRUE(part->recall(std::span(&all.sessions[i].key.logon_id, 1)));
        const SessionNames some_names(some, part->catalog());
        const auto session = some_names.find(names.of(i));
        ASSERT_TRUE(session) << session.error().what;
        ASSERT_TRUE(part->recall_trail(*session));
        const trails::Links links{.links = some.links, .skews = {}};
        const trails::Tracer own(some, links);
        const trails::Trail expected = tracer.back_from_session(i);
        EXPECT_EQ(sentence(own.back_from_session(*session), own, part->catalog()),
                  sentence(expected, tracer, whole->catalog()));
        EXPECT_EQ(own.forward_from_session(*session).children.size(), tracer.forward_from_session(i).children.size());
        EXPECT_EQ(std::ranges::count(some.processes, *session, &Process::session),
                  std::ranges::count(all.processes, i, &Process::session));
        steps += expected.steps.size();
    }
    EXPECT_GT(steps, all.sessions.size() / 3);
}

TEST_F(StoreImport, FindsSessionsWithoutReadingTheWholeHistory) {
    import(at("store"), {logs()});
    const auto whole = open(at("store"), store::Opening::Read);
    ASSERT_TRUE(whole->history());
    // By columns, by what has none, by words, and by all that is not so; some are many and some are none.
    for (const std::string_view filter :
         {"user: brian", "user: BRIAN and host: ws07", "not user: brian",
          "type: (network or service) and not host: FS01", "account: \"corp\\\\jimmy\"",
          "source_address: 10.0.0.0/8 or workstation: *", "sid: S-1-5-18", "elevated: true",
          "user: jimmy and duration > 5m", "start >= 2024-05-14T08:40", "brian", "not brian", "user: nobody", ""}) {
        const auto part = open(at("store"), store::Opening::Read);
        const auto compiled = [&](store::Store& store) {
            return match::parse_filter(filter,
                                       {.subject = match::Subject::Sessions, .now = {}, .catalog = &store.catalog()})
                .value();
        };
        ASSERT_TRUE(part->recollection());
        const store::FoundSessions expected = whole->find_sessions({.where = compiled(*whole)}).value();
        const store::FoundSessions found = part->find_sessions({.where = compiled(*part)}).value();
        const SessionNames names(*expected.history, whole->catalog());
        const SessionNames some_names(*found.history, part->catalog());
        std::vector<std::string> all, some;
        for (const std::uint32_t i : expected.sessions)
            all.push_back(names.of(i) + to_string(expected.history->sessions[i].user));
        for (const std::uint32_t i : found.sessions)
            some.push_back(some_names.of(i) + to_string(found.history->sessions[i].user));
        EXPECT_EQ(some, all) << filter;
        EXPECT_TRUE(found.history->processes.empty()) << filter;
        EXPECT_EQ(some.empty(), filter == "user: nobody") << filter;
    }
}

TEST_F(StoreImport, FindsTheSessionsOfAStretchOfTime) {
    using Within = store::SessionQuery::Within;
    import(at("store"), {logs()});
    const auto whole = open(at("store"), store::Opening::Read);
    const auto part = open(at("store"), store::Opening::Read);
    ASSERT_TRUE(whole->history());
    ASSERT_TRUE(part->recollection());
    const Timestamp from = Timestamp::parse("2024-05-14T08:30:00Z").value();
    const Timestamp until = Timestamp::parse("2024-05-14T08:50:00Z").value();
    for (const std::string_view filter : {"user: brian", "host: FS01 or user: jimmy", "elevated: true", "user: nobody"})
        for (const Within within : {Within::Began, Within::There}) {
            const auto found_in = [&](store::Store& store, Timestamp begin, Timestamp end) {
                const match::QueryContext context{
                    .subject = match::Subject::Sessions, .now = {}, .catalog = &store.catalog()};
                const store::FoundSessions found =
                    store
                        .find_sessions({.where = match::parse_filter(filter, context).value(),
                                        .within = within,
                                        .from = begin,
                                        .until = end})
                        .value();
                const SessionNames names(*found.history, store.catalog());
                std::vector<std::string> sessions;
                for (const std::uint32_t i : found.sessions) sessions.push_back(names.of(i));
                return sessions;
            };
            EXPECT_EQ(found_in(*part, from, until), found_in(*whole, from, until)) << filter;
            // What is asked for again is answered from what is remembered of it, whatever else was forgotten.
            EXPECT_TRUE(part->forget());
            EXPECT_EQ(found_in(*part, from, until), found_in(*whole, from, until)) << filter;
            EXPECT_EQ(found_in(*part, until, Timestamp::latest()), found_in(*whole, until, Timestamp::latest()))
                << filter;
        }
}

TEST_F(StoreImport, FindsProcessesWithoutReadingTheWholeHistory) {
    import(at("store"), {logs()});
    const auto whole = open(at("store"), store::Opening::Read);
    ASSERT_TRUE(whole->history());
    for (const std::string_view filter :
         {"name: powershell.exe", "name: POWERSHELL.exe and host: ws07", "session.user: brian",
          "session.user: brian and not name: cmd.exe", "name: cmd.exe or session.type: network", "parent.name: cmd.exe",
          "parent.name: explorer.exe and user: *brian*", "start >= 2024-05-14T08:40",
          "command_line: *-enc* or session.elevated: true", "not name: svchost.exe", "powershell", "pid: 4",
          "name: nothing.exe", "session.user: nobody or name: nothing.exe", ""}) {
        const auto part = open(at("store"), store::Opening::Read);
        const auto compiled = [&](store::Store& store) {
            return match::parse_filter(filter,
                                       {.subject = match::Subject::Processes, .now = {}, .catalog = &store.catalog()})
                .value();
        };
        ASSERT_TRUE(part->recollection());
        const auto lines_of = [](const store::FoundProcesses& found, const Catalog& catalog) {
            const SessionNames names(*found.history, catalog);
            std::vector<std::string> lines;
            for (const std::uint32_t i : found.processes) {
                const Process& process = found.history->processes[i];
                const Process* const parent =
                    process.parent == kNobody ? nullptr : &found.history->processes[process.parent];
                lines.push_back(fmt::format("{} {} {} {} {}", process.pid, process.image, process.command_line,
                                            names.of(process.session), parent ? parent->command_line : ""));
            }
            return lines;
        };
        const std::vector<std::string> found = lines_of(part->find_processes(compiled(*part)).value(), part->catalog());
        EXPECT_EQ(found, lines_of(whole->find_processes(compiled(*whole)).value(), whole->catalog())) << filter;
        EXPECT_EQ(found.empty(), filter.contains("nothing")) << filter;
    }
}

TEST_F(StoreImport, FindsTheSameByAFilterOfParentsWithoutReadingTheWholeHistory) {
    import(at("store"), {logs()});
    const auto logs_themselves = ingest::LogArchive::open({logs()}, {});
    ASSERT_TRUE(logs_themselves);
    for (const std::string_view filter :
         {"process.parent.name: cmd.exe", "process.parent.name: explorer.exe and kind: process_created",
          "process.parent.command_line: *", "not process.parent.name: services.exe", "process.parent.pid > 400"}) {
        const auto part = open(at("store"), store::Opening::Read);
        ASSERT_TRUE(part->recollection());
        const auto count = [&](store::Archive& archive) {
            const auto where = match::parse_filter(
                filter, {.subject = match::Subject::Events, .now = {}, .catalog = &archive.catalog()});
            const auto stream = archive.events({.where = where.value()}).value();
            std::multiset<std::string> events;
            Batch batch;
            while (stream->next(batch).value())
                for (const Event& event : batch.events())
                    events.insert(fmt::format("{} {} {}", archive.catalog().host_name(event.host),
                                              archive.catalog().channel_name(event.channel), event.sequence));
            return events;
        };
        const std::multiset<std::string> found = count(*part);
        EXPECT_EQ(found, count(**logs_themselves)) << filter;
        EXPECT_FALSE(found.empty()) << filter;
    }
}

/// The tracks that there are to a filter, a line each; looked for in stretches that begin with so many events.
std::vector<std::string> tracks_of(const TrackFilter& filter, store::Archive& archive,
                                   std::uint64_t events_at_first = UINT64_MAX) {
    TrackReader reader = TrackReader::open(filter, archive, {}, events_at_first).value();
    std::vector<std::string> lines;
    std::vector<Track> tracks;
    while (reader.next(tracks).value())
        for (const Track& track : tracks)
            lines.push_back(fmt::format(
                "{} {} {} {} {} {} {}", track.time.to_string(), archive.catalog().host_name(track.host), track.what,
                track.account, track.session, track.from, track.strength ? name(*track.strength) : std::string_view()));
    return lines;
}

/// Who asked for which tickets, by all sessions of a history.
std::multiset<std::string> ties_of(const std::vector<trails::TicketOrigin>& origins, const trails::Evidence& evidence,
                                   const History& history, const Catalog& catalog) {
    const SessionNames names(history, catalog);
    std::multiset<std::string> ties;
    for (const trails::TicketOrigin& origin : origins)
        ties.insert(fmt::format("{} {} {} {}", to_string(evidence.tickets[origin.ticket].event, catalog),
                                names.of(origin.session), name(origin.strength), origin.came_of_it));
    return ties;
}

TEST_F(StoreImport, FollowsTracksWithoutReadingTheWholeHistory) {
    import(at("store"), {logs()});
    const auto whole = open(at("store"), store::Opening::Read);
    const History& all = *whole->history().value();
    std::set<std::string> users, hosts, addresses;
    for (const Session& session : all.sessions) {
        users.emplace(session.user.name);
        hosts.emplace(whole->catalog().host_name(session.key.host));
        if (session.source_address) addresses.insert(session.source_address->to_string());
    }
    std::vector<TrackFilter> filters = {{.users = {"CORP\\brian"}, .address = {}, .host = {}},
                                        {.users = {"brian@corp.example"}, .address = {}, .host = {}},
                                        {.users = {"brian"}, .address = {}, .host = "fs01"},
                                        {.users = {"no\"body*"}, .address = {}, .host = {}},
                                        {.users = {}, .address = "192.0.2.77", .host = {}},
                                        {.users = {}, .address = {}, .host = "DC01.corp.example"}};
    users.erase("");
    for (const std::string& user : users) filters.push_back({.users = {user}, .address = {}, .host = {}});
    for (const std::string& host : hosts) filters.push_back({.users = {}, .address = {}, .host = host});
    for (const std::string& address : addresses) filters.push_back({.users = {}, .address = address, .host = {}});
    std::size_t ties = 0;
    for (const TrackFilter& filter : filters) {
        const std::string asked =
            fmt::format("user '{}' address '{}' host '{}'", fmt::join(filter.users, " "), filter.address, filter.host);
        const auto part = open(at("store"), store::Opening::Read);
        ASSERT_TRUE(part->recollection());
        const std::vector<std::string> tracks = tracks_of(filter, *whole);
        EXPECT_EQ(tracks_of(filter, *part), tracks) << asked;
        EXPECT_EQ(tracks_of(filter, *part, 50), tracks) << asked;
        TrackCollector collector(filter, *part, {}), of_all(filter, *whole, {});
        const TrackSources sources = collector.collect({}).value();
        const TrackSources of_whole = of_all.collect({}).value();
        const std::multiset<std::string> tied =
            ties_of(sources.tickets, *sources.evidence, *part->recollection().value(), part->catalog());
        EXPECT_EQ(tied, ties_of(trails::tie_tickets(all, *of_whole.evidence, whole->catalog()), *of_whole.evidence, all,
                                whole->catalog()))
            << asked;
        ties += tied.size();
    }
    EXPECT_GT(ties, 100u);
}

TEST_F(StoreImport, NamesTheActorsOfEventsWithoutReadingTheWholeHistory) {
    import(at("store"), {logs()});
    const auto whole = open(at("store"), store::Opening::Read);
    const auto part = open(at("store"), store::Opening::Read);
    const History& all = *whole->history().value();
    const History& some = *part->recollection().value();
    const SessionNames all_names(all, whole->catalog());
    const SessionNames some_names(some, part->catalog());
    const auto a = whole->events({.limit = 300}).value();
    const auto b = part->events({.limit = 300}).value();
    Batch left, right;
    while (a->next(left).value()) {
        ASSERT_TRUE(b->next(right).value());
        ASSERT_EQ(left.size(), right.size());
        for (std::size_t i = 0; i < left.size(); ++i) {
            const Actor& one = left.events()[i].actor;
            const Actor& other = right.events()[i].actor;
            EXPECT_EQ(some_names.of(other.session), all_names.of(one.session));
            ASSERT_EQ(one.process == kNobody, other.process == kNobody);
            if (one.process == kNobody) continue;
            EXPECT_EQ(some.processes[other.process].image, all.processes[one.process].image);
            EXPECT_EQ(some_names.of(some.processes[other.process].session),
                      all_names.of(all.processes[one.process].session));
        }
    }
    EXPECT_LT(some.sessions.size(), all.sessions.size());
}

TEST_F(StoreImport, LetsSessionsGoWithTheirEvents) {
    const std::string cut = "2024-05-14T08:40:00Z", pruned = at("pruned"), late = at("late");
    import(pruned, files_);
    {
        const auto store = open(pruned);
        EXPECT_GT(store->prune({.older_than = Timestamp::parse(cut).value()}).value(), 0u);
        ASSERT_TRUE(ingest::conclude(*store));
        EXPECT_TRUE(store->check().value().empty());
    }
    // The same as if nothing had ever been there before.
    const std::string lines = at("late.jsonl");
    std::ofstream(lines) << run({"search", "--quiet", "--format", "jsonl", "--since", cut, logs()}).out;
    import(late, {lines});
    for (const std::string command : {"sessions", "processes", "links"}) {
        const auto told = [&](const std::string& store) {
            return run({command, "--quiet", "--format", "csv", "--store", store}).out;
        };
        EXPECT_FALSE(told(pruned).empty());
        EXPECT_EQ(told(pruned), told(late)) << command;
    }
}

TEST_F(StoreImport, ForgetsSessionsWhenNoEventIsLeft) {
    const std::string store = at("store");
    import(store, files_);
    const Ran pruned = run({"store", "prune", "--older-than", "1d", "--store", store});
    EXPECT_EQ(pruned.exit, Exit::Done) << pruned.err;
    const store::Inventory left = open(store)->inventory().value();
    EXPECT_EQ(left.events, 0u);
    EXPECT_EQ(left.sessions + left.processes + left.links, 0u);
}

TEST_F(StoreImport, SaysWhoHoldsAStoreThatIsInUse) {
    import(at("store"), {files_.front()});
    const auto held = open(at("store"));
    const Ran refused = run({"import", files_.back(), "--store", at("store")});
    EXPECT_EQ(refused.exit, Exit::CouldNotRun);
    EXPECT_NE(refused.err.find(fmt::format("process {}", getpid())), std::string::npos) << refused.err;
    const Ran reader = run({"search", "--store", at("store")});
    EXPECT_EQ(reader.exit, Exit::CouldNotRun);
    EXPECT_NE(reader.err.find(fmt::format("being written by process {}", getpid())), std::string::npos) << reader.err;
}

TEST_F(StoreImport, RefusesAFolderThatCannotBeWritten) {
    if (geteuid() == 0) GTEST_SKIP() << "root writes everywhere";
    fs::create_directories(at("store"));
    fs::permissions(at("store"), fs::perms::owner_read | fs::perms::owner_exec);
    const Ran refused = run({"import", logs(), "--store", at("store")});
    EXPECT_EQ(refused.exit, Exit::CouldNotRun);
    EXPECT_NE(refused.err.find("ermission"), std::string::npos) << refused.err;
}

TEST_F(StoreImport, TellsADamagedStoreFromASoundOne) {
    import(at("store"), {logs()});
    EXPECT_EQ(run({"store", "check", "--store", at("store")}).exit, Exit::Done);
    const std::string file = at("store") + "/store.duckdb";
    const auto size = fs::file_size(file);
    // From the middle of the file on, so that it opens.
    {
        std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
        for (auto place = size / 2; place + 64 < size; place += 4096) {
            bytes.seekp(static_cast<std::streamoff>(place));
            bytes.write("damaged damaged damaged damaged ", 32);
        }
    }
    const Ran checked = run({"store", "check", "--store", at("store")});
    EXPECT_NE(checked.exit, Exit::Done) << checked.out;
    EXPECT_NE(checked.exit, Exit::Bug) << checked.err;
    fs::resize_file(file, size / 3);
    const Ran cut = run({"search", "--store", at("store")});
    EXPECT_NE(cut.exit, Exit::Done);
    EXPECT_NE(cut.exit, Exit::Bug) << cut.err;
    EXPECT_FALSE(cut.err.empty());
}

}  // namespace
}  // namespace spoor::cli
