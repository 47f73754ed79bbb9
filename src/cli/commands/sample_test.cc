// The sample's machines know every session that truly was: what is found in their logs must be just that.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include "base/scratch_folder.h"
#include "cli/testing.h"
#include "ingest/log_archive.h"
#include "sample/write.h"

namespace spoor::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::Ran;
using testing::run;
using testing::sample_logs;

std::size_t lines(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST(SampleSessions, AreAllFoundAsTheyWere) {
    const auto archive = ingest::LogArchive::open({sample_logs()}, {});
    ASSERT_TRUE(archive) << archive.error().what;
    const History& history = *(*archive)->history().value();
    Catalog& catalog = (*archive)->catalog();
    std::map<std::pair<std::string, std::uint64_t>, const Session*> found;
    for (const Session& session : history.sessions)
        EXPECT_TRUE(
            found
                .emplace(std::pair(std::string(catalog.host_name(session.key.host)), session.key.logon_id.value()),
                         &session)
                .second);
    const sample::Story story = sample::tell_story();
    std::size_t logged = 0;
    for (const sample::TrueSession& truth : story.sessions) {
        const auto at = found.find({truth.host, truth.logon.id});
        if (!truth.logged) continue;
        ++logged;
        ASSERT_NE(at, found.end()) << truth.host << ' ' << LogonId(truth.logon.id).to_string();
        const Session& session = *at->second;
        EXPECT_EQ(session.origin, Origin::Logged);
        EXPECT_EQ(to_string(session.user), truth.logon.account.full_name());
        EXPECT_EQ(session.user.sid, truth.logon.account.sid);
        EXPECT_EQ(session.type, truth.logon.type);
        EXPECT_EQ(session.start, truth.logon.start);
        EXPECT_EQ(session.linked.value(), truth.linked);
        EXPECT_EQ(session.elevated, truth.logon.elevated);
        // What ended after the last collection and before the log was cleared, nobody can know.
        const bool end_lost = truth.host == "FS01" && truth.logon.end &&
                              *truth.logon.end >= Timestamp::parse("2024-05-14T09:00:00Z").value() &&
                              *truth.logon.end < Timestamp::parse("2024-05-14T09:06:30.3Z").value();
        if (end_lost) continue;
        EXPECT_EQ(session.end, truth.logon.end) << truth.host << ' ' << session.key.logon_id.to_string();
    }
    EXPECT_GT(logged, 100u);
    // Nothing is found that was not: beside these only the built-in sessions, and those whose logon was lost.
    for (const auto& [key, session] : found) {
        const bool is_true = std::ranges::any_of(story.sessions, [&](const sample::TrueSession& truth) {
            return truth.host == key.first && truth.logon.id == key.second;
        });
        EXPECT_TRUE(is_true || session->key.logon_id.is_well_known())
            << key.first << ' ' << session->key.logon_id.to_string();
    }
}

TEST(SampleSessions, AreTheSameWithoutMemoryToKeepEvents) {
    const auto all = [](ingest::Reading reading) {
        std::vector<std::pair<Timestamp, std::uint64_t>> events;
        const auto archive = ingest::LogArchive::open({sample_logs()}, {}, reading);
        const auto stream = (*archive)->events({}).value();
        Batch batch;
        while (stream->next(batch).value())
            for (const Event& event : batch.events()) events.emplace_back(event.time, event.sequence);
        return events;
    };
    const auto in_memory = all({});
    EXPECT_EQ(in_memory.size(), 1100u);
    EXPECT_TRUE(std::ranges::is_sorted(in_memory, {}, &std::pair<Timestamp, std::uint64_t>::first));
    EXPECT_EQ(all({.events_in_memory = 0, .events_per_reading = 50}), in_memory);
}

TEST(SampleSessions, CountsEventsOnceThatAreInTwoFiles) {
    const std::string twice = sample_logs() + "_twice";
    std::filesystem::create_directories(twice);
    std::filesystem::copy(sample_logs(), twice + "/a", std::filesystem::copy_options::recursive);
    std::filesystem::copy(sample_logs(), twice + "/b", std::filesystem::copy_options::recursive);
    const Ran ran = run({"events", "--format", "csv", twice});
    std::filesystem::remove_all(twice);
    EXPECT_EQ(lines(ran.out), 1101u);
}

TEST(Commands, SessionsFiltersByTypeAndUser) {
    const Ran ran = run({"sessions", "--type", "10", "--user", "CORP\\jimmy", sample_logs(), "--time", "utc"});
    EXPECT_EQ(ran.exit, Exit::Done);
    EXPECT_EQ(lines(ran.out), 5u) << ran.out;
    EXPECT_THAT(ran.out, HasSubstr("10.0.10.7"));
    EXPECT_EQ(run({"sessions", "user: jimmy and type: remote_interactive", sample_logs(), "--time", "utc"}).out,
              ran.out);
    for (const char* user : {"j*", "CORP\\j*", "*\\jimmy", "corp\\*mm*"})
        EXPECT_EQ(run({"sessions", "--type", "10", "--user", user, sample_logs(), "--time", "utc"}).out, ran.out)
            << user;
}

TEST(Commands, SessionsPrintsTheLayoutOfLogonSessions) {
    const Ran ran = run({"sessions", "--format", "logonsessions", "-p", "--human", "--user", "brian", "--type",
                         "interactive", sample_logs()});
    EXPECT_THAT(ran.out, HasSubstr("[0] Logon session 00000000:000270b8:\n"
                                   "    User name:    CORP\\brian\n"
                                   "    Auth package: Negotiate\n"
                                   "    Logon type:   Interactive\n"
                                   "    Session:      1\n"
                                   "    Sid:          S-1-5-21-3084159226-535897932-1414213562-1108\n"
                                   "    Logon time:   5/14/2024 8:03:19 AM\n"
                                   "    Logon server:"));
    EXPECT_THAT(ran.out, HasSubstr(": OUTLOOK.EXE\n"));
}

TEST(Commands, SessionsGivesEverySessionToMachines) {
    const Ran json = run({"sessions", "--format", "jsonl", sample_logs()});
    const Ran csv = run({"sessions", "--format", "csv", sample_logs()});
    EXPECT_EQ(lines(json.out) + 1, lines(csv.out));
    EXPECT_THAT(json.out, HasSubstr("\"session\":\"WS07:0x270b8\""));
    EXPECT_THAT(csv.out, HasSubstr("WS07:0x270b8,0x270b8,WS07,brian,CORP,CORP\\brian"));
}

TEST(Commands, SessionShowsWhereItCameFromAndWhatItDid) {
    const Ran ran = run({"session", "WS07:0x2c4f0a", sample_logs()});
    EXPECT_EQ(ran.exit, Exit::Done);
    EXPECT_THAT(
        ran.out,
        HasSubstr("CORP\\jimmy (interactive, 08:49) on WS07 <- runas from WS07 by CORP\\brian (interactive, 08:03)"));
    EXPECT_THAT(ran.out, HasSubstr("mstsc /v:FS01"));
    EXPECT_THAT(ran.out, HasSubstr("mstsc.exe as CORP\\jimmy for FS01.corp.example"));
}

TEST(Commands, SessionShowsTheFailuresJustBeforeIt) {
    const Ran ran = run({"session", "FS01:0x1a55f408", sample_logs()});
    EXPECT_THAT(ran.out, HasSubstr("Failed attempts just before"));
    EXPECT_THAT(ran.out, HasSubstr("jimmy  10.0.10.7  wrong password"));
}

TEST(SampleTrails, TheReadmeShowsWhatFollowPrints) {
    std::ifstream file("README.md");
    ASSERT_TRUE(file);
    const std::string readme((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    const Ran ran = run({"follow", "FS01:0x1a55f408", sample_logs()});
    std::istringstream out(ran.out);
    std::size_t shown = 0;
    for (std::string line; std::getline(out, line);) {
        if (line.empty()) continue;
        EXPECT_THAT(readme, HasSubstr("    " + line + "\n"));
        ++shown;
    }
    EXPECT_GT(shown, 5u);
}

TEST(Commands, FollowLeadsFromTheLastProgramToThePersonWhoBeganIt) {
    const Ran ran = run({"follow", "4272@FS01", sample_logs()});
    EXPECT_EQ(ran.exit, Exit::Done);
    EXPECT_THAT(ran.out, HasSubstr("wmic.exe 4272 on FS01 <- CORP\\jimmy (remote_interactive, 08:56) <- remote desktop "
                                   "from WS07 by CORP\\jimmy (interactive, 08:49) <- "
                                   "runas from WS07 by CORP\\brian (interactive, 08:03)"));
    EXPECT_THAT(ran.out, HasSubstr("(complete)"));
}

TEST(Commands, FollowTakesARecordAndDrawsAGraph) {
    const Ran ran = run({"follow", "--format", "mermaid", "Security:481568@FS01", sample_logs()});
    EXPECT_THAT(ran.out, HasSubstr("flowchart LR"));
    EXPECT_THAT(ran.out, HasSubstr("remote desktop (certain)"));
}

TEST(Commands, FollowShowsAUsersTracksWithTheControllersView) {
    const Ran ran = run({"follow", "--user", "jimmy", "--format", "csv", sample_logs()});
    EXPECT_THAT(ran.out, HasSubstr("DC01,service ticket for FS01$"));
    EXPECT_THAT(ran.out, HasSubstr("FS01,network logon failed: wrong password"));
}

TEST(Commands, FollowSaysWhatItCannotFind) {
    EXPECT_THAT(run({"follow", "9999@FS01", sample_logs()}).err,
                HasSubstr("no process with the number 9999 on FS01 is in these logs"));
    EXPECT_EQ(run({"follow", sample_logs()}).exit, Exit::WrongUse);
    EXPECT_THAT(run({"follow", "Security:481568", sample_logs()}).err, HasSubstr("Give Security:481568@HOST"));
    EXPECT_THAT(run({"follow", "cmd.exe", "--at", "half past", sample_logs()}).err, HasSubstr("--at: 'half past'"));
}

TEST(Commands, FollowTakesATimeOfTheLastDay) {
    for (const char* time : {"08:50", "08:49:03", "2024-05-14T08:50:00Z"}) {
        const Ran ran = run({"follow", "cmd.exe@WS07", "--at", time, sample_logs()});
        EXPECT_THAT(ran.out, HasSubstr("cmd.exe 3976 on WS07")) << time << ran.err;
    }
}

TEST(Commands, LinksShowWhoWentFromWhereToWhere) {
    const Ran ran =
        run({"links", "user: jimmy", "--between-hosts", "--strength", "certain", "--format", "csv", sample_logs()});
    EXPECT_THAT(ran.out, HasSubstr("WS07:0x2c4f0a,WS07,CORP\\jimmy,FS01:0x1a55f408,FS01,CORP\\jimmy,2024-05-14T08:56:"
                                   "08.0000000Z,rdp_hop,certain,mstsc.exe 4568"));
    EXPECT_THAT(ran.out, Not(HasSubstr("explicit_credentials"))) << "which stays on one host";
    EXPECT_THAT(ran.out, Not(HasSubstr(",strong,")));
    EXPECT_THAT(run({"links", "--kind", "task", "--format", "mermaid", sample_logs()}).out,
                HasSubstr("scheduled task (certain)"));
    EXPECT_THAT(run({"links", "--kind", "tasks", sample_logs()}).err,
                HasSubstr("'tasks' is no kind of link; they are linked_token"));
    EXPECT_EQ(run({"links", "user: nobody", "--exit-code", sample_logs()}).exit, Exit::NothingFound);
}

TEST(Commands, FindingsNameTheSessionThatClearedTheLog) {
    const Ran ran = run({"findings", "--severity", "high", sample_logs()});
    EXPECT_THAT(ran.out, HasSubstr("CORP\\jimmy cleared the Security log of FS01"));
    EXPECT_THAT(ran.out, HasSubstr("FS01:0x1a55f408"));
}

TEST(Commands, EventsNameSessionAndUser) {
    const Ran ran = run({"events", "--kind", "log_cleared", "--time", "utc", sample_logs()});
    EXPECT_THAT(ran.out, HasSubstr("FS01:0x1a55f408"));
    EXPECT_THAT(ran.out, HasSubstr("CORP\\jimmy"));
    EXPECT_EQ(lines(ran.out), 2u);
}

TEST(Commands, SearchGivesTheFieldsAskedFor) {
    const Ran ran = run({"search", "kind: process_created and channel: Security and process.parent.name: WINWORD.EXE",
                         "--fields", "host,session.user,Image", "--format", "csv", sample_logs()});
    EXPECT_EQ(ran.out,
              "host,session.user,Image\nWS07,brian,C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe\n");
}

TEST(Commands, SearchSuggestsTheFieldThatWasMeant) {
    const Ran ran = run({"search", "Imgae: x", sample_logs()});
    EXPECT_EQ(ran.exit, Exit::WrongUse);
    EXPECT_THAT(ran.err, HasSubstr("did you mean Image"));
    EXPECT_EQ(run({"search", "--fields", "Imgae", sample_logs()}).exit, Exit::WrongUse);
}

TEST(Commands, ProcessesDrawsTrees) {
    const Ran ran = run({"processes", "--host", "DC01", "name: (cmd.exe or ntdsutil.exe)", sample_logs()});
    EXPECT_THAT(ran.out, HasSubstr("└─ "));
    EXPECT_THAT(ran.out, HasSubstr("[CORP\\jimmy DC01:0x3e85dd84]"));
}

TEST(Commands, LogonsCountEachWrongPasswordOnce) {
    const Ran ran = run({"logons", "--format", "jsonl", sample_logs()});
    EXPECT_THAT(ran.out, HasSubstr("{\"user\":\"CORP\\\\marek\",\"logons\":22,\"failed\":3,"));
    EXPECT_THAT(ran.out, HasSubstr("\"reasons\":{\"wrong password\":1}"));  // brian's slip at the keyboard
    EXPECT_THAT(ran.out, Not(HasSubstr("DWM-1")));
}

TEST(Commands, LogonsShowWhoIsNewAtAHost) {
    const Ran ran = run({"logons", "--new-since", "2024-05-14T08:40", "--format", "jsonl", sample_logs()});
    EXPECT_EQ(lines(ran.out), 2u) << ran.out;
    EXPECT_THAT(ran.out, HasSubstr("CORP\\\\jimmy at FS01"));
    EXPECT_THAT(ran.out, HasSubstr("CORP\\\\jimmy at WS07"));
}

TEST(Commands, GapsTellWhatIsMissingAndWhoClearedTheLog) {
    const Ran ran = run({"gaps", "--format", "jsonl", "--host", "FS01", sample_logs()});
    EXPECT_THAT(ran.out, HasSubstr("\"records\":" + std::to_string(sample::tell_story().records_lost)));
    EXPECT_THAT(ran.out, HasSubstr("CORP\\\\jimmy FS01:0x1a55f408"));
    EXPECT_THAT(ran.out, HasSubstr("\"from\":\"2024-05-14T08:59:55"));
    EXPECT_EQ(run({"gaps", "--host", "DC01", "--exit-code", sample_logs()}).exit, Exit::NothingFound);
}

TEST(Commands, GapsNameWhatOneHostNeverAuditedAndOthersDid) {
    const Ran ran = run({"gaps", "--format", "csv", "--host", "WS07", sample_logs()});
    EXPECT_THAT(ran.out, HasSubstr("never_audited,WS07,Security,,,,,\"never audited: File Share (5140, 5142), which 2 "
                                   "of 2 other hosts have\""));
    EXPECT_THAT(ran.out, Not(HasSubstr("Kerberos"))) << "only controllers write of tickets";
}

TEST(Commands, CountAddsUpToAllEvents) {
    const Ran ran = run({"count", "--format", "csv", sample_logs()});
    EXPECT_THAT(ran.out, HasSubstr("1100,2024-05-14T08:00"));
    const Ran by_hour = run({"count", "--by", "host", "--per", "hour", "--format", "csv", sample_logs()});
    EXPECT_THAT(by_hour.out, HasSubstr("from,host,events,first,last\n2024-05-14T08:00:00.0000000Z,DC01,"));
    EXPECT_EQ(run({"count", "--per", "fortnightly", sample_logs()}).exit, Exit::WrongUse);
    EXPECT_EQ(run({"count", "--by", "Imgae", sample_logs()}).exit, Exit::WrongUse);
}

TEST(Commands, TimelineDrawsABarForEachStretch) {
    const Ran ran = run({"timeline", "--per", "hour", "--time", "utc", sample_logs()});
    EXPECT_EQ(lines(ran.out), 2u);
    EXPECT_THAT(ran.out, HasSubstr("2024-05-14 09:00:00"));
}

TEST(Commands, TellNothingFoundByExitCodeOnlyWhenAsked) {
    EXPECT_EQ(run({"sessions", "--user", "nobody", sample_logs()}).exit, Exit::Done);
    EXPECT_EQ(run({"sessions", "--user", "nobody", "--exit-code", sample_logs()}).exit, Exit::NothingFound);
    EXPECT_EQ(run({"events", "--kind", "dns_query", "--exit-code", sample_logs()}).exit, Exit::NothingFound);
}

class BadInput : public ::testing::Test {
protected:
    ScratchFolder folder;
};

TEST_F(BadInput, NoLogAtAllIsToldByName) {
    const Ran missing = run({"sessions", "/nonexistent/Security.evtx"});
    EXPECT_EQ(missing.exit, Exit::CouldNotRun);
    EXPECT_THAT(missing.err, HasSubstr("/nonexistent/Security.evtx"));
    const Ran no_store = run({"sessions", "--store", folder.file("none")});
    EXPECT_EQ(no_store.exit, Exit::WrongUse);
    EXPECT_THAT(no_store.err, HasSubstr("no log given, and there is no store at"));
    EXPECT_EQ(run({"sessions", folder.path()}).exit, Exit::CouldNotRun);
    EXPECT_EQ(run({"sessions", folder.write("empty.evtx", "")}).exit, Exit::CouldNotRun);
    EXPECT_EQ(run({"sessions", folder.write("letter.txt", "Dear Jimmy,\n")}).exit, Exit::CouldNotRun);
}

TEST_F(BadInput, DoesNotKeepTheRestFromBeingRead) {
    const Ran ran =
        run({"sessions", "--user", "brian", folder.write("broken.evtx", "ElfFile but not really"), sample_logs()});
    EXPECT_EQ(ran.exit, Exit::PartlyUnreadable);
    EXPECT_THAT(ran.err, HasSubstr("broken.evtx"));
    EXPECT_THAT(ran.out, HasSubstr("WS07:0x270b8"));
}

TEST_F(BadInput, ASessionThatIsNotThereIsTold) {
    const Ran ran = run({"session", "WS07:0xdead", sample_logs()});
    EXPECT_EQ(ran.exit, Exit::CouldNotRun);
    EXPECT_THAT(ran.err, HasSubstr("there is no session 'WS07:0xdead'"));
}

TEST_F(BadInput, TimesThatAreNoneAreToldWithExamples) {
    const Ran ran = run({"sessions", "--since", "yesteryear", sample_logs()});
    EXPECT_EQ(ran.exit, Exit::WrongUse);
    EXPECT_THAT(ran.err, HasSubstr("2024-05-14"));
    EXPECT_EQ(run({"sessions", "--since", "2024-05-15", "--until", "2024-05-14", sample_logs()}).exit, Exit::WrongUse);
}

TEST(SampleCommand, RefusesAFolderThatHasFiles) {
    const Ran ran = run({"sample", sample_logs()});
    EXPECT_EQ(ran.exit, Exit::WrongUse);
    EXPECT_THAT(ran.err, HasSubstr("--force"));
}

}  // namespace
}  // namespace spoor::cli
