// What the writer makes is read back as it was given, and other readers take it.
#include "evtx/write/writer.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "base/scratch_folder.h"
#include "base/unicode.h"
#include "evtx/dump.h"
#include "evtx/inspect.h"
#include "evtx/value.h"

namespace spoor::evtx {
namespace {

constexpr char kSystemSid[] = "\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00";
const std::string_view kSystem(kSystemSid, 12);

class WriterTest : public testing::Test {
protected:
    std::string path(std::string_view name) const { return folder_.file(name); }

    ScratchFolder folder_;
};

std::string dumped(const std::string& path, Format format, std::vector<Issue>* issues = nullptr) {
    const Result<LogFile> file = LogFile::open(path);
    if (!file) return file.error().what;
    ShapeStore store;
    std::string text;
    const DumpTarget target{[&](std::string_view more) {
                                text += more;
                                return true;
                            },
                            [&](const Issue& issue) {
                                if (issues != nullptr) issues->push_back(issue);
                            }};
    const Result<LogSummary> summary = dump_log(*file, store, {.format = format}, target);
    return summary ? text : summary.error().what;
}

NewEvent logon(std::span<const NamedValue> data) {
    return {.provider = "Microsoft-Windows-Security-Auditing",
            .provider_guid = *Guid::parse("{54849625-5478-4994-A5BA-3E3B0328C30D}"),
            .event_id = 4624,
            .version = 2,
            .task = 12544,
            .keywords = 0x8020000000000000,
            .time = *Timestamp::parse("2024-05-06T07:08:09.1234567Z"),
            .process_id = 632,
            .thread_id = 4120,
            .channel = "Security",
            .computer = "WS07.corp.example",
            .data = data};
}

TEST_F(WriterTest, AnEventComesBackAsItWasGiven) {
    Result<LogWriter> log = LogWriter::create(path("a.evtx"), 41);
    ASSERT_TRUE(log.has_value());
    const NamedValue data[] = {{"SubjectUserSid", NewValue::sid(kSystem)},
                               {"TargetUserName", NewValue::text("Jürgen <&> \"x\" 😀")},
                               {"TargetLogonId", NewValue::hex64(0x3e7)},
                               {"LogonType", NewValue::u32(10)},
                               {"LogonGuid", NewValue::null()},
                               {"ElevatedToken", NewValue::boolean(true)}};
    EXPECT_EQ(log->add(logon(data)), 41u);
    ASSERT_TRUE(log->finish().has_value());
    std::vector<Issue> issues;
    EXPECT_EQ(
        dumped(path("a.evtx"), Format::Xml, &issues),
        "<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"><System>"
        "<Provider Name=\"Microsoft-Windows-Security-Auditing\" "
        "Guid=\"{54849625-5478-4994-A5BA-3E3B0328C30D}\"/><EventID>4624</EventID>"
        "<Version>2</Version><Level>0</Level><Task>12544</Task><Opcode>0</Opcode><Keywords>0x8020000000000000</"
        "Keywords>"
        "<TimeCreated SystemTime=\"2024-05-06T07:08:09.1234567Z\"/><EventRecordID>41</EventRecordID><Correlation/>"
        "<Execution ProcessID=\"632\" "
        "ThreadID=\"4120\"/><Channel>Security</Channel><Computer>WS07.corp.example</Computer><Security/></System>"
        "<EventData><Data Name=\"SubjectUserSid\">S-1-5-18</Data><Data Name=\"TargetUserName\">Jürgen &lt;&amp;&gt; "
        "\"x\" 😀</Data>"
        "<Data Name=\"TargetLogonId\">0x3e7</Data><Data Name=\"LogonType\">10</Data><Data Name=\"LogonGuid\"/>"
        "<Data Name=\"ElevatedToken\">true</Data></EventData></Event>\n");
    EXPECT_TRUE(issues.empty());
}

TEST_F(WriterTest, DataThatCountByPositionAndUserDataKeepTheirForm) {
    Result<LogWriter> log = LogWriter::create(path("a.evtx"));
    ASSERT_TRUE(log.has_value());
    const NamedValue positional[] = {
        {"", NewValue::text("Available")}, {"", NewValue::text("")}, {"", NewValue::text("more")}};
    NewEvent classic = logon(positional);
    classic.provider = "PowerShell";
    classic.provider_guid.reset();
    classic.qualifiers = 0;
    ASSERT_TRUE(log->add(classic).has_value());
    const NamedValue user[] = {{"User", NewValue::text("CORP\\alice")}, {"SessionID", NewValue::u32(2)}};
    NewEvent session = logon(user);
    session.user_element = "EventXML";
    session.user_namespace = "Event_NS";
    ASSERT_TRUE(log->add(session).has_value());
    const std::string_view items[] = {"one", "", "three"};
    const NamedValue arrays[] = {{"", NewValue::text_array(items)}};
    ASSERT_TRUE(log->add(logon(arrays)).has_value());
    ASSERT_TRUE(log->finish().has_value());
    const std::string json = dumped(path("a.evtx"), Format::JsonLines);
    EXPECT_NE(json.find(R"("EventID":{"#attributes":{"Qualifiers":0},"#text":4624})"), std::string::npos) << json;
    EXPECT_NE(json.find(R"("EventData":{"Data":{"#text":["Available","","more"]}})"), std::string::npos) << json;
    EXPECT_NE(
        json.find(R"("UserData":{"EventXML":{"#attributes":{"xmlns":"Event_NS"},"User":"CORP\\alice","SessionID":2}})"),
        std::string::npos)
        << json;
    EXPECT_NE(json.find(R"("EventData":{"Data":{"#text":["one","","three"]}})"), std::string::npos) << json;
}

TEST_F(WriterTest, ManyEventsFillChunksWithConsecutiveIds) {
    Result<LogWriter> log = LogWriter::create(path("a.evtx"), 1000);
    ASSERT_TRUE(log.has_value());
    for (int i = 0; i < 2000; ++i) {
        const std::string name = "user" + std::to_string(i % 37);
        const std::string field = "Field" + std::to_string(i % 50);
        const NamedValue data[] = {{"TargetUserName", NewValue::text(name)}, {field, NewValue::u32(7)}};
        ASSERT_EQ(log->add(logon(data)), 1000u + static_cast<unsigned>(i));
    }
    ASSERT_TRUE(log->finish().has_value());
    const Result<Inspection> found = inspect_log(path("a.evtx"), Recovery::None);
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->records, 2000u);
    EXPECT_GT(found->chunks.size(), 5u);
    EXPECT_EQ(found->ids, (std::vector<IdRange>{{1000, 2999}}));
    EXPECT_TRUE(found->issues.empty());
    EXPECT_EQ(found->header->chunks, found->chunks.size());
    EXPECT_EQ(found->header->next_record, 3000u);
}

TEST_F(WriterTest, ATextOf64KiBIsRefusedOrComesBackWhole) {
    LogWriter log;
    const NamedValue fits[] = {{"Text", NewValue::text(std::string(31'000, 'x'))}};
    ASSERT_TRUE(log.add(logon(fits)).has_value());
    const NamedValue large[] = {{"Text", NewValue::text(std::string(32'768, 'x'))}};
    EXPECT_EQ(log.add(logon(large)).error().code, Errc::Full);
    const NamedValue both[] = {{"A", NewValue::text(std::string(20'000, 'x'))},
                               {"B", NewValue::text(std::string(20'000, 'y'))}};
    EXPECT_EQ(log.add(logon(both)).error().code, Errc::Full);
    ASSERT_TRUE(log.add(logon(fits)).has_value());
    ASSERT_TRUE(log.finish().has_value());
    EXPECT_EQ(log.bytes().size(), kFileHeaderSize + 2 * kChunkSize);
}

/// A value of any type, and the text that it must have.
struct Expected {
    NewValue value;
    std::string text;
};

Expected random_value(std::mt19937_64& random) {
    const std::uint64_t number = random() >> (random() % 64);
    char buffer[32];
    switch (random() % 9) {
        case 0: return {NewValue::u8(static_cast<std::uint8_t>(number)), std::to_string(number & 0xff)};
        case 1: return {NewValue::u16(static_cast<std::uint16_t>(number)), std::to_string(number & 0xffff)};
        case 2: return {NewValue::u32(static_cast<std::uint32_t>(number)), std::to_string(number & 0xffffffff)};
        case 3: return {NewValue::u64(number), std::to_string(number)};
        case 4:
            return {NewValue::i32(static_cast<std::int32_t>(number)),
                    std::to_string(static_cast<std::int32_t>(number))};
        case 5:
            std::snprintf(buffer, sizeof buffer, "0x%lx", static_cast<unsigned long>(number));
            return {NewValue::hex64(number), buffer};
        case 6: return {NewValue::boolean((number & 1) != 0), (number & 1) != 0 ? "true" : "false"};
        case 7: {
            Guid guid;
            for (auto& byte : guid.bytes) byte = static_cast<std::uint8_t>(random());
            return {NewValue::guid(guid), guid.to_string()};
        }
        default: {
            std::u16string units;
            for (std::size_t i = random() % 40; i > 0; --i) {
                static constexpr char16_t kSamples[] = {u'a', u'Z', u'<',  u'&', u'"',  u'\'', u'>',   u'\\',
                                                        u'ä', u'Ж', u'中', u' ', u'\t', u'\n', u'\x1', u'0'};
                units.push_back(kSamples[random() % std::size(kSamples)]);
            }
            const std::string text = utf16_to_utf8(reinterpret_cast<const std::uint8_t*>(units.data()), units.size());
            return {NewValue::text(text), text};
        }
    }
}

struct TextCollector : RecordVisitor {
    void record(const Record& record) override {
        std::vector<std::string>& texts = records.emplace_back();
        for (std::size_t slot = 0; slot < record.values.size(); ++slot)
            if (record.shape->slots[slot].path == "/Event/EventData/Data")
                texts.push_back(to_text(record.values[slot]));
    }
    void issue(const Issue& issue) override { issues.push_back(issue); }
    std::vector<std::vector<std::string>> records;
    std::vector<Issue> issues;
};

TEST_F(WriterTest, RandomValuesOfAllTypesComeBack) {
    std::mt19937_64 random(20240506);
    Result<LogWriter> log = LogWriter::create(path("a.evtx"));
    ASSERT_TRUE(log.has_value());
    std::vector<std::vector<std::string>> expected;
    for (int event = 0; event < 500; ++event) {
        std::vector<std::string> names;
        std::vector<NamedValue> data;
        std::vector<std::string>& texts = expected.emplace_back();
        const std::size_t count = random() % 12;
        for (std::size_t i = 0; i < count; ++i) names.push_back("Field" + std::to_string(random() % 30));
        for (std::size_t i = 0; i < count; ++i) {
            Expected one = random_value(random);
            data.push_back({names[i], std::move(one.value)});
            texts.push_back(std::move(one.text));
        }
        ASSERT_TRUE(log->add(logon(data)).has_value());
    }
    ASSERT_TRUE(log->finish().has_value());
    ShapeStore store;
    TextCollector collector;
    ASSERT_TRUE(read_log(path("a.evtx"), store, Recovery::None, collector).has_value());
    EXPECT_TRUE(collector.issues.empty());
    EXPECT_EQ(collector.records, expected);
}

/// Runs a program on the file; 127 means that it is not installed.
int run(const std::string& command) {
    const int status = std::system(("{ " + command + "; } >/dev/null 2>&1").c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class AcceptedBy : public WriterTest {
protected:
    void SetUp() override {
        WriterTest::SetUp();
        Result<LogWriter> log = LogWriter::create(path("a.evtx"));
        ASSERT_TRUE(log.has_value());
        for (int i = 0; i < 100; ++i) {
            const std::string name = "user" + std::to_string(i);
            const NamedValue data[] = {{"SubjectUserSid", NewValue::sid(kSystem)},
                                       {"TargetUserName", NewValue::text(name)},
                                       {"TargetLogonId", NewValue::hex64(0x3e7)},
                                       {"LogonGuid", NewValue::guid(Guid{})},
                                       {"Time", NewValue::filetime(Timestamp{})},
                                       {"Elevated", NewValue::boolean(i % 2 == 0)},
                                       {"Nothing", NewValue::null()},
                                       {"Bytes", NewValue::binary("abc")}};
            ASSERT_TRUE(log->add(logon(data)).has_value());
        }
        ASSERT_TRUE(log->finish().has_value());
    }
};

TEST_F(AcceptedBy, Libevtx) {
    if (run("command -v evtxexport") != 0) GTEST_SKIP() << "evtxexport (libevtx-utils) is not installed";
    EXPECT_EQ(run("evtxinfo " + path("a.evtx")), 0);
    ASSERT_EQ(run("evtxexport -f xml " + path("a.evtx") + " > " + path("a.xml")), 0);
    EXPECT_EQ(run("test $(grep -c '<Data Name=\"TargetUserName\">user' " + path("a.xml") + ") = 100"), 0);
    EXPECT_NE(run("evtxinfo " + path("a.evtx") + " | grep -qi corrupt"), 0);
}

TEST_F(AcceptedBy, PythonEvtx) {
    if (run("python3 -c 'import Evtx.Evtx'") != 0 && run("/usr/bin/python3 -c 'import Evtx.Evtx'") != 0)
        GTEST_SKIP() << "python-evtx (python3-evtx) is not installed";
    std::ofstream(path("check.py")) << R"(
import sys
import Evtx.Evtx as evtx
with evtx.Evtx(sys.argv[1]) as log:
    assert log.get_file_header().verify()
    records = 0
    for chunk in log.chunks():
        assert chunk.verify()
        for record in chunk.records():
            assert 'user%d<' % records in record.xml()
            records += 1
    assert records == 100, records
)";
    EXPECT_TRUE(run("python3 " + path("check.py") + " " + path("a.evtx")) == 0 ||
                run("/usr/bin/python3 " + path("check.py") + " " + path("a.evtx")) == 0);
}

}  // namespace
}  // namespace spoor::evtx
