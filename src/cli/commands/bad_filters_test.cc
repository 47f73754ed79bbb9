// Hostile filters and hostile logs: what the whole program makes of them.
#include <gmock/gmock.h>

#include <fstream>

#include "base/scratch_folder.h"
#include "cli/testing.h"

namespace spoor::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::run;
using testing::sample_logs;

testing::Ran search(const std::string& filter) {
    return run({"search", "--filter", filter, "--format", "csv", "--logs", sample_logs()});
}

TEST(BadFilters, AreShownTheirPlaceAndWhatWasExpected) {
    const testing::Ran ran = search("kind: logon and (Image: a or");
    EXPECT_EQ(ran.exit, Exit::WrongUse);
    EXPECT_EQ(ran.out, "");
    EXPECT_THAT(ran.err, HasSubstr("filter:1:"));
    EXPECT_THAT(ran.err, HasSubstr("^"));
    EXPECT_THAT(search("kind: logn").err, HasSubstr("did you mean"));
    EXPECT_THAT(search("Imgae: x").err, HasSubstr("did you mean Image"));
    EXPECT_THAT(search("ProcessId > abc").err, HasSubstr("expected a number"));
}

TEST(BadFilters, RegularExpressionsThatWouldExplodeAreRefused) {
    EXPECT_EQ(search("Image: /(((a{1,100}){1,100}){1,100})/").exit, Exit::WrongUse);
    EXPECT_THAT(search("Image: /(((a{1,100}){1,100}){1,100})/").err, HasSubstr("F301"));
    // What takes other engines for ever is linear here.
    EXPECT_EQ(search("Image: /(a+)+$/").exit, Exit::Done);
    EXPECT_EQ(search("Image: /[/").exit, Exit::WrongUse);
}

TEST(BadFilters, AHundredKilobytesAreAnsweredOrRefusedInAMoment) {
    std::string any;
    while (any.size() < 100'000)
        any += (any.empty() ? "TargetUserName: user" : " or TargetUserName: user") + std::to_string(any.size());
    EXPECT_EQ(search(any).exit, Exit::Done);
    any.clear();
    while (any.size() < 100'000)
        any += (any.empty() ? "" : " or ") + ("Image: *part" + std::to_string(any.size()) + "*");
    EXPECT_EQ(search(any).exit, Exit::Done);
    EXPECT_EQ(search("Image: \"" + std::string(100'000, 'x') + "\"").exit, Exit::Done);
    EXPECT_THAT(search("Image: /" + std::string(100'000, 'x') + "/").err, HasSubstr("F301"));
    EXPECT_EQ(search("Image: " + std::string(100'000, '*')).exit, Exit::Done);
}

TEST(BadFilters, NestingIsBounded) {
    for (const std::string& text :
         {std::string(100'000, '('), std::string(100'000, '(') + "x" + std::string(100'000, ')'),
          "Image: " + std::string(100'000, '(')}) {
        const testing::Ran ran = search(text);
        EXPECT_EQ(ran.exit, Exit::WrongUse);
        EXPECT_LT(ran.err.size(), 2000u);
    }
    std::string negations;
    for (int i = 0; i < 20'000; ++i) negations += "not ";
    EXPECT_EQ(search(negations + "x").exit, Exit::Done) << "these are no nesting";
}

TEST(BadFilters, MalformedTextIsToldAndNeverPrintedRaw) {
    EXPECT_EQ(search("Image: \xff\xfe").exit, Exit::WrongUse);
    EXPECT_THAT(search("Image: \xff\xfe").err, HasSubstr("F103"));
    for (const std::string& text : {std::string("Image: \xff\xfe"), std::string("\x1b]0;owned\x07: x"),
                                    std::string("Image: (\x1b[31m"), std::string("kind: \xe2\x80\xae")}) {
        const testing::Ran ran = search(text);
        EXPECT_THAT(ran.err, Not(HasSubstr("\x1b"))) << "no escape sequence reaches the terminal";
    }
}

class HostileLog : public ::testing::Test {
protected:
    HostileLog() : path(folder.file("log.jsonl")) {
        std::ofstream(path)
            << R"({"Event":{"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Sysmon"}},"EventID":1,"EventRecordID":7,)"
               R"("Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"=cmd|' /C calc'!A0","TimeCreated":{"#attributes":{"SystemTime":"2024-05-14T08:00:00Z"}}},)"
               R"("EventData":{"Image":"C:\\a\u001b[2J\u202eexe.exe","CommandLine":"=HYPERLINK(\"http://x\")\r\nnext <&> \"line\"","odd <name>&":"]]>"}}})"
            << '\n';
    }
    ScratchFolder folder;
    std::string path;
};

TEST_F(HostileLog, ReachesNoTerminalAsItIs) {
    const testing::Ran ran = run({"search", "--logs", path, "--filter", "Image: *"});
    EXPECT_EQ(ran.exit, Exit::Done) << ran.err;
    EXPECT_THAT(ran.out, Not(HasSubstr("\x1b")));
    EXPECT_THAT(ran.out, Not(HasSubstr("\u202e")));
    EXPECT_THAT(ran.out, Not(HasSubstr("\r")));
}

TEST_F(HostileLog, IsNoFormulaInASpreadsheetWhenAsked) {
    const std::vector<std::string> words = {"search", "--logs", path, "--fields", "CommandLine", "--format", "csv"};
    EXPECT_THAT(run(words).out, HasSubstr("\"=HYPERLINK(\"\"http://x\"\")\r\nnext <&> \"\"line\"\"\""));
    std::vector<std::string> safe = words;
    safe.emplace_back("--safe-csv");
    EXPECT_THAT(run(safe).out, HasSubstr("\"'=HYPERLINK("));
    EXPECT_THAT(run({"processes", "--logs", path, "--format", "csv", "--safe-csv"}).out, HasSubstr("\"'=HYPERLINK("));
}

TEST_F(HostileLog, IsWellFormedXmlAndJson) {
    const std::string xml = run({"search", "--logs", path, "--format", "xml", ""}).out;
    EXPECT_THAT(xml, HasSubstr("&lt;&amp;&gt;"));
    EXPECT_THAT(xml, HasSubstr("Name=\"odd &lt;name&gt;&amp;\""));
    EXPECT_THAT(xml, Not(HasSubstr("\x1b")));
    for (const char* format : {"jsonl", "ecs", "ocsf", "timesketch"}) {
        const std::string json = run({"search", "--logs", path, "--format", format, ""}).out;
        EXPECT_THAT(json, HasSubstr("\\u001b")) << format;
        EXPECT_THAT(json, Not(HasSubstr("\x1b"))) << format;
    }
}

}  // namespace
}  // namespace spoor::cli
