#include "sources/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>

#include "base/scratch_folder.h"
#include "evtx/dump.h"
#include "evtx/log_file.h"
#include "evtx/write/writer.h"

namespace spoor::sources {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// Keeps what is read.
class Collected : public Sink {
public:
    Flow take(Portion&& portion) override {
        portions.push_back(std::move(portion));
        return Flow::GoOn;
    }
    void report(const Issue& issue) override { issues.push_back(issue); }

    std::vector<EventView> events() const {
        std::vector<EventView> all;
        for (const Portion& portion : portions)
            for (const Event& event : portion.batch.events()) all.push_back({portion.batch, event});
        return all;
    }

    std::vector<Portion> portions;
    std::vector<Issue> issues;
};

const std::filesystem::path kTruth = "../shared/truth/logon";

struct Archive {
    const char* file;
    std::uint64_t events;

    friend void PrintTo(const Archive& archive, std::ostream* out) { *out << archive.file; }
};

Collected collect(std::vector<std::string> paths, Catalog& catalog, unsigned threads = 0) {
    Collected collected;
    read(paths, catalog, {.threads = threads}, collected);
    return collected;
}

constexpr std::string_view kLogon =
    R"({"event_id":4624,"log_name":"Security","source_name":"Microsoft-Windows-Security-Auditing","computer_name":"WS07.corp.example",)"
    R"("@timestamp":"2024-05-01T08:00:00.5Z","record_number":"17","keywords":["Audit Success"],)"
    R"("event_data":{"TargetUserName":"alice","TargetLogonId":"0x3e7","IpAddress":"::ffff:10.0.0.7","IpPort":"-","ProcessName":"C:\\x.exe"}})";

/// A log of six records as Windows leaves it on the disk while it writes: the chunk's header knows the first four only.
std::string log_being_written() {
    evtx::LogWriter log;
    for (int i = 0; i < 6; ++i)
        EXPECT_TRUE(
            log.add({.provider = "Provider", .event_id = 4624, .channel = "Security", .computer = "WS01"}).has_value());
    EXPECT_TRUE(log.finish().has_value());
    std::vector<std::uint8_t> bytes(log.bytes().begin(), log.bytes().end());
    std::uint8_t* const chunk = bytes.data() + evtx::kFileHeaderSize;
    const auto put = [chunk](std::size_t at, std::uint32_t value) { std::memcpy(chunk + at, &value, sizeof value); };
    std::uint32_t end = evtx::kChunkHeaderSize;
    for (int i = 0; i < 4; ++i) end += load<std::uint32_t>(chunk + end + 4);
    put(48, end);
    put(52, evtx::crc32({chunk + evtx::kChunkHeaderSize, end - evtx::kChunkHeaderSize}));
    put(124, evtx::crc32({chunk + 128, evtx::kChunkHeaderSize - 128}, evtx::crc32({chunk, 120})));
    return {bytes.begin(), bytes.end()};
}

TEST(Reader, SeesNothingWrongWithALogThatIsBeingWritten) {
    const ScratchFolder scratch;
    Catalog catalog;
    const Collected collected = collect({scratch.write("Security.evtx", log_being_written())}, catalog);
    EXPECT_EQ(collected.events().size(), 6u);
    ASSERT_EQ(collected.issues.size(), 1u);
    EXPECT_EQ(collected.issues[0].severity, Severity::Note);
    EXPECT_THAT(collected.issues[0].what, HasSubstr("records go on"));
}

TEST(Reader, TypesTheFieldsOfARecordAndNamesThemAsTheSchemaDoes) {
    const ScratchFolder scratch;
    Catalog catalog;
    const Collected read = collect({scratch.write("a.json", kLogon)}, catalog);
    ASSERT_EQ(read.events().size(), 1u);
    const EventView event = read.events()[0];
    EXPECT_EQ(event.event.kind, Kind::Logon);
    EXPECT_EQ(event.event.outcome, Outcome::Success);
    EXPECT_EQ(event.event.sequence, 17u);
    EXPECT_EQ(event.event.time, *Timestamp::parse("2024-05-01T08:00:00.5Z"));
    EXPECT_EQ(catalog.host_name(event.event.host), "WS07");
    EXPECT_EQ(event.find("TargetLogonId"_field).as_number(), 0x3e7u);
    EXPECT_EQ(to_text(event.find("IpAddress"_field)), "10.0.0.7");
    EXPECT_EQ(event.text("IpPort"_field), "-");
    EXPECT_EQ(event.text("Image"_field), "C:\\x.exe");
}

TEST(Reader, FindsHostProviderAndIdWhereOnlyEcsHasThem) {
    const ScratchFolder scratch;
    Catalog catalog;
    const Collected read = collect(
        {scratch.write(
            "ecs.json",
            R"({"@timestamp":"2024-05-14T08:00:46.465Z","event":{"code":"4634","provider":"Microsoft-Windows-Security-Auditing"},)"
            R"("host":{"name":"DC01.corp.example"},"winlog":{"channel":"Security","record_id":"7","event_data":{"TargetLogonId":"0x1a2b"}}})"
            "\n")},
        catalog);
    ASSERT_EQ(read.events().size(), 1u);
    const EventView view = read.events()[0];
    EXPECT_EQ(catalog.host_name(view.event.host), "DC01");
    EXPECT_EQ(view.event.kind, Kind::Logoff);
}

TEST(Reader, TakesWhomSysmonRunsAsForNobodysAccountThoughNxlogDoesNotTypeIt) {
    const ScratchFolder scratch;
    Catalog catalog;
    const Collected read = collect(
        {scratch.write(
            "nxlog.json",
            R"({"EventTime":"2020-09-04 10:00:00","Hostname":"WS07.corp.example","SourceName":"Microsoft-Windows-Sysmon","EventID":1,)"
            R"("Channel":"Microsoft-Windows-Sysmon/Operational","RecordNumber":7,"AccountName":"SYSTEM","Domain":"NT AUTHORITY",)"
            R"("UserID":"S-1-5-18","User":"CORP\\jimmy","LogonId":"0x50000","UtcTime":"2020-09-04 10:00:00.000"})"
            "\n")},
        catalog);
    ASSERT_EQ(read.events().size(), 1u);
    const EventView view = read.events()[0];
    EXPECT_EQ(view.text("UserIDName"_field), "SYSTEM");
    EXPECT_EQ(view.find("AccountName"_field).type, ValueType::Null);
}

TEST(Reader, ReadsTheLogOfAnAuditdThatSaysWhoseItIsByItsFolder) {
    const ScratchFolder scratch;
    Catalog catalog;
    std::filesystem::create_directory(scratch.file("web01"));
    const std::string line =
        "type=SERVICE_START msg=audit(1700000000.500:7): pid=1 uid=0 auid=4294967295 ses=4294967295 msg='unit=nginx "
        "comm=\"systemd\" exe=\"/usr/lib/systemd/systemd\" hostname=? addr=? terminal=? res=success'";
    const std::string path = scratch.write("web01/audit.log", "f a line that was cut\n" + line + "\n----\n" + line);
    const Collected read = collect({path}, catalog);
    ASSERT_EQ(read.events().size(), 2u);
    const EventView view = read.events()[0];
    EXPECT_EQ(view.event.kind, Kind::ServiceStateChanged);
    EXPECT_EQ(view.text("ServiceName"_field), "nginx");
    EXPECT_EQ(catalog.host_name(view.event.host), "WEB01");
    EXPECT_EQ(read.portions.front().positions, (std::vector<std::uint64_t>{2, 4}));
    ASSERT_EQ(read.issues.size(), 2u);
    EXPECT_EQ(read.issues[0].place, "line 1");
    EXPECT_EQ(read.issues[1].severity, Severity::Note);
    EXPECT_THAT(read.issues[1].what, HasSubstr("web01"));
}

TEST(Reader, TakesMarksLineEndsBlanksAndNaNAsTheyCome) {
    const ScratchFolder scratch;
    Catalog catalog;
    const std::string line(kLogon);
    const Collected read =
        collect({scratch.write("a.json", "\xef\xbb\xbf" + line + "\r\n\r\n  \nNaN\n" + line)}, catalog);
    EXPECT_EQ(read.events().size(), 2u);
    EXPECT_THAT(read.issues, IsEmpty());
}

TEST(Reader, ReadsAnArrayOverManyLinesAndUtf16) {
    const ScratchFolder scratch;
    Catalog catalog;
    const std::string array = "[\n " + std::string(kLogon) + ",\n " + std::string(kLogon) + "\n]\n";
    std::string wide = "\xff\xfe";
    for (const char c : array) wide += std::string{c, '\0'};
    EXPECT_EQ(collect({scratch.write("a.json", array)}, catalog).events().size(), 2u);
    EXPECT_EQ(collect({scratch.write("b.json", wide)}, catalog).events().size(), 2u);
}

TEST(Reader, SaysWhichLineIsWrongAndReadsTheRest) {
    const ScratchFolder scratch;
    Catalog catalog;
    std::string nested = std::string(kLogon);
    nested.insert(1, R"("deep":)" + std::string(100, '[') + std::string(100, ']') + ",");
    const std::string line(kLogon);
    const Collected read = collect(
        {scratch.write("a.json", line + "\n{\"colour\":\"blue\"}\n{broken\n" + nested + "\n" + line + "\n")}, catalog);
    EXPECT_EQ(read.events().size(), 2u);
    ASSERT_EQ(read.issues.size(), 3u);
    EXPECT_EQ(read.issues[0].place, "line 2");
    EXPECT_THAT(read.issues[0].what, HasSubstr("no layout"));
    EXPECT_EQ(read.issues[1].place, "line 3");
    EXPECT_THAT(read.issues[2].what, HasSubstr("nested deeper"));
}

TEST(Reader, SurvivesWordsThatAreNoJson) {
    const ScratchFolder scratch;
    Catalog catalog;
    std::string lines;
    for (const char* word : {"name", "nul", "truth", "falsehood", "-", "0x10", "NaN", "Infinity", "\"\\ud800\""}) {
        std::string line(kLogon);
        line.insert(1, std::string("\"odd\":") + word + ",");
        lines += line + "\n";
    }
    // Read nevertheless: a bare hexadecimal number, two words for no number, a lone surrogate.
    EXPECT_EQ(collect({scratch.write("a.json", lines + std::string(kLogon))}, catalog).events().size(), 5u);
}

TEST(Reader, PassesOverALineWithoutMeasure) {
    const ScratchFolder scratch;
    Catalog catalog;
    const std::string line(kLogon);
    const std::string path =
        scratch.write("a.json", line + "\n{\"x\":\"" + std::string(40 << 20, 'x') + "\"}\n" + line + "\n");
    const Collected read = collect({path}, catalog);
    EXPECT_EQ(read.events().size(), 2u);
    ASSERT_FALSE(read.issues.empty());
    EXPECT_THAT(read.issues[0].what, HasSubstr("longer than"));
}

/// A line without an end costs a look at each of its bytes, however many there are.
TEST(Reader, IsAsQuickWithALineWithoutEndAsWithManyLines) {
    const ScratchFolder scratch;
    const auto seconds = [&](const std::string& path) {
        Catalog catalog;
        const std::clock_t begin = std::clock();
        EXPECT_EQ(collect({path}, catalog, 1).events().size(), 2u);
        return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    };
    constexpr std::size_t kSize = std::size_t{48} << 20;
    const std::string line(kLogon);
    std::string lines = line + "\n";
    lines.resize(kSize, '\n');
    const double many = seconds(scratch.write("many.json", lines + line + "\n"));
    std::ranges::replace(std::span(lines).subspan(line.size() + 1), '\n', 'x');
    EXPECT_LT(seconds(scratch.write("one.json", lines + "\n" + line + "\n")), 8 * many + 0.5);
}

TEST(Reader, TakesNoPipes) {
    const ScratchFolder scratch;
    const std::string pipe = scratch.file("pipe");
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    Catalog catalog;
    const Collected read = collect({pipe, "-", "/dev/null"}, catalog);
    ASSERT_EQ(read.issues.size(), 3u);
    for (const Issue& issue : read.issues) EXPECT_THAT(issue.what, HasSubstr("save it to a file first"));
}

TEST(Reader, TellsOfFilesThatAreNoLogs) {
    const ScratchFolder scratch;
    Catalog catalog;
    const Collected read = collect(
        {scratch.write("empty.evtx", ""), scratch.write("notes.txt", "hello"), scratch.path() + "/missing"}, catalog);
    ASSERT_EQ(read.issues.size(), 3u);
    EXPECT_THAT(testing::PrintToString(read.issues[0].to_string()), HasSubstr("no such file"));
    EXPECT_THAT(read.issues[1].what, HasSubstr("empty"));
    EXPECT_THAT(read.issues[2].what, HasSubstr("no log"));
}

enum class Fields { All, OfTheSchema };

/// Each event in a line, whatever the order of its values.
std::vector<std::string> lines_of(const Collected& read, const Catalog& catalog, Fields fields = Fields::All) {
    std::vector<std::string> lines;
    for (const EventView& view : read.events()) {
        std::vector<std::string> values;
        for (const FieldValue& value : view.values()) {
            if (fields == Fields::OfTheSchema && static_cast<std::size_t>(value.field) >= kFieldCount) continue;
            std::string text;
            append_text(text, value, catalog.field_type(value.field));
            // JSON has no word for a value without text.
            if (!text.empty()) values.push_back(std::string(catalog.field_name(value.field)) + "=" + text);
        }
        std::ranges::sort(values);
        std::string line = view.event.time.to_string() + " " + std::string(name(view.event.kind));
        // A few records have no EventRecordID, and a dump not the number that lies beside it in the log.
        if (fields == Fields::All) line += " " + std::to_string(view.event.sequence);
        for (const std::string& value : values) line += "|" + value;
        lines.push_back(std::move(line));
    }
    return lines;
}

const std::filesystem::path kCorpus = "../shared/data/evtx";

TEST(Reader, GivesTheSameEventsOnOneThreadAndOnFour) {
    if (!std::filesystem::exists(kCorpus)) GTEST_SKIP() << kCorpus << " is not here";
    Catalog one;
    Catalog four;
    const Collected by_one = collect({kCorpus.string()}, one, 1);
    const Collected by_four = collect({kCorpus.string()}, four, 4);
    EXPECT_GE(by_one.events().size(), 27'237u);  // what the oracle counts; the rest is recovered from damage
    EXPECT_TRUE(lines_of(by_one, one) == lines_of(by_four, four));
}

TEST(Reader, GivesTheSameEventsFromALogAndFromItsDumpAsJson) {
    if (!std::filesystem::exists(kCorpus)) GTEST_SKIP() << kCorpus << " is not here";
    const ScratchFolder scratch;
    std::string dump;
    std::vector<std::string> logs;
    evtx::ShapeStore shapes;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(kCorpus)) {
        if (entry.path().extension() != ".evtx") continue;
        const auto log = evtx::LogFile::open(entry.path());
        if (!log) continue;
        const auto dumped = evtx::dump_log(
            *log, shapes, {.format = evtx::Format::JsonLines},
            {.write = [&](std::string_view text) { return dump += text, true; }, .issue = [](const evtx::Issue&) {}});
        if (dumped) logs.push_back(entry.path());
    }
    Catalog catalog;
    const Collected from_logs = collect(logs, catalog);
    const Collected from_dump = collect({scratch.write("dump.jsonl", dump)}, catalog);
    std::vector<std::string> expected = lines_of(from_logs, catalog, Fields::OfTheSchema);
    const std::vector<std::string> given = lines_of(from_dump, catalog, Fields::OfTheSchema);
    ASSERT_GT(given.size(), 27'000u);
    // The one that JSON does not give is what is left of a record: it has no number.
    std::erase_if(expected,
                  [&](const std::string& line) { return line.contains(" other") && !line.contains("|EventID="); });
    EXPECT_EQ(given.size() + from_dump.issues.size(), from_logs.events().size());
    for (std::size_t i = 0; i < std::min(given.size(), expected.size()); ++i) ASSERT_EQ(given[i], expected[i]);
}

class TruthArchive : public testing::TestWithParam<Archive> {};

TEST_P(TruthArchive, GivesEveryEvent) {
    const auto path = kTruth / GetParam().file;
    if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not here";
    Catalog catalog;
    Collected collected;
    const std::string paths[] = {path.string()};
    const Totals totals = read(paths, catalog, {}, collected);
    EXPECT_EQ(totals.events, GetParam().events);
    for (const Issue& issue : collected.issues) EXPECT_EQ(issue.severity, Severity::Note) << issue.to_string();
}

INSTANTIATE_TEST_SUITE_P(
    All, TruthArchive,
    testing::Values(Archive{"empire_invoke_runas.tar.gz", 2581}, Archive{"covenant_psremoting_command.zip", 4284},
                    Archive{"covenant_dcom_iertutil_dll_hijack.zip", 37814},
                    Archive{"empire_persistence_registry_modification_run_keys_standard_user.zip", 40569},
                    Archive{"metasploit_comsvcs_lsass_memory_dump.zip", 41954},
                    Archive{"empire_psexec_dcerpc_tcp_svcctl.zip", 4348}));

}  // namespace
}  // namespace spoor::sources
