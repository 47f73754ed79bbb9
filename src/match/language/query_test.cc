#include "match/language/query.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace spoor::match {
namespace {

const Timestamp kNow = Timestamp::parse("2020-10-09T22:28:10.5Z").value();

std::string understood(std::string_view text, Subject subject = Subject::Events, const Catalog* catalog = nullptr) {
    const auto expr = parse_query(text, {subject, kNow, catalog});
    if (!expr) return "error " + std::string(expr.error().code) + ": " + expr.error().text + " | " + expr.error().hint;
    return to_string(*expr);
}

Diagnostic refused(std::string_view text, Subject subject = Subject::Events) {
    const auto expr = parse_query(text, {subject, kNow, nullptr});
    EXPECT_FALSE(expr) << text << " was understood as " << to_string(*expr);
    return expr ? Diagnostic{} : expr.error();
}

struct Case {
    std::string_view typed;
    std::string_view understood;
};

void expect_all(std::initializer_list<Case> cases, Subject subject = Subject::Events) {
    for (const Case& c : cases) {
        EXPECT_EQ(understood(c.typed, subject), c.understood) << c.typed;
        EXPECT_EQ(understood(c.understood, subject), c.understood) << "printed form of " << c.typed;
    }
}

TEST(Query, ReadsWhatKibanaReads) {
    expect_all({
        {"", "*"},
        {"*", "*"},
        {"not *", "not *"},
        {"kind: process_created and Image: *\\\\powershell.exe and not User: \"NT AUTHORITY\\\\SYSTEM\"",
         "kind: process_created and Image: *\"\\\\powershell.exe\" and not User: \"NT AUTHORITY\\\\SYSTEM\""},
        {"Image: a or Image: b and ProcessId: 4", "Image: a or (Image: b and ProcessId: 4)"},
        {"(Image: a OR ParentImage: b) AND ProcessId: 4", "(Image: a or ParentImage: b) and ProcessId: 4"},
        {"NOT (Image: a and User: b)", "not (Image: a and User: b)"},
        {"Image: (a or b or c)", "Image: (a or b or c)"},
        {"Image: (a, b,c)", "Image: (a or b or c)"},
        {"Image: (a and not b)", "Image: a and not Image: b"},
        {"Image: (a or (b* and *c))", "Image: a or (Image: b* and Image: *c)"},
        {"Image != (a or b)", "not Image: (a or b)"},
        {"Image: *", "Image: *"},
        {"not Image: *", "not Image: *"},
        {"Image: a*b*c", "Image: a*b*c"},
        {"Image: **a**", "Image: *a*"},
        {"ProcessId >= 3 and ProcessId<9", "ProcessId >= 3 and ProcessId < 9"},
        {"ProcessId: [3 to 9]", "ProcessId >= 3 and ProcessId <= 9"},
        {"ProcessId: [* to 9]", "ProcessId <= 9"},
        {"ProcessId: [* TO *]", "ProcessId: *"},
        {"ProcessId: > 3", "ProcessId > 3"},
        {"EventID: 4624 or EventID: 4625 or EventID: (4634 or 4647)", "event_id: (4624 or 4625 or 4634 or 4647)"},
        {"Image: /^c:.*\\.exe$/", "Image: /^c:.*\\.exe$/"},
        {"Image: /a\\/b/", "Image: /a\\/b/"},
        {"Image == PowerShell.exe", "Image == PowerShell.exe"},
        {"Image == *Shell*", "Image == *Shell*"},
        {"2 of (Image: a, User: b, foo)", "2 of (Image: a, User: b, \"foo\")"},
    });
}

TEST(Query, ReadsBackslashesAsTheyAreMeant) {
    expect_all({
        {R"(Image: *\powershell.exe)", R"(Image: *"\\powershell.exe")"},
        {R"(Image: *\\powershell.exe)", R"(Image: *"\\powershell.exe")"},
        {R"(Image: C:\Windows\*)", R"(Image: "C:\\Windows\\"*)"},
        {R"(Image: C:\\Windows\\*)", R"(Image: "C:\\Windows\\"*)"},
        {R"(Image: "C:\Windows\System32\cmd.exe")", R"(Image: "C:\\Windows\\System32\\cmd.exe")"},
        {R"(Image: "C:\\Windows\\System32\\cmd.exe")", R"(Image: "C:\\Windows\\System32\\cmd.exe")"},
        {R"(Image: "C:\temp\new\root")", R"(Image: "C:\\temp\\new\\root")"},
        {R"(ShareName: "\\server\share")", R"(ShareName: "\\\\server\\share")"},
        {R"(ShareName: "\\\\server\\share")", R"(ShareName: "\\\\server\\share")"},
        {R"(ShareName: \\*\IPC$)", R"(ShareName: "\\\\"*"\\IPC$")"},
        {R"(Image: "C:\Windows\\")", R"(Image: "C:\\Windows\\")"},
        {R"(CommandLine: "say \"hi\"")", R"(CommandLine: "say \"hi\"")"},
        {R"(CommandLine: "C:\x \"hi\"")", R"(CommandLine: "C:\\x \"hi\"")"},
        {R"(CommandLine: 100\*)", R"(CommandLine: "100*")"},
        {R"(CommandLine: "100*")", R"(CommandLine: "100*")"},
        {R"(CommandLine: *"net user"*)", R"(CommandLine: *"net user"*)"},
        {R"(CommandLine: *net\ user*)", R"(CommandLine: *"net user"*)"},
        {R"(Image: "C:\Program Files"\*\x.exe)", R"(Image: "C:\\Program Files\\"*"\\x.exe")"},
        {R"(CurrentDirectory: C:\Windows\ and ProcessId: 4)", R"(CurrentDirectory: "C:\\Windows\\" and ProcessId: 4)"},
        {R"((CurrentDirectory: C:\Windows\))", R"(CurrentDirectory: "C:\\Windows\\")"},
        {R"(CommandLine: \and)", R"(CommandLine: "and")"},
        {R"(CommandLine: caf\u00e9)", "CommandLine: \"café\""},
        {R"(Image: /usr/bin/bash)", R"(Image: "/usr/bin/bash")"},
        {R"(Image: /usr/bin/* and User: x)", R"(Image: "/usr/bin/"* and User: x)"},
    });
}

TEST(Query, ValuesGoOnOverBlanksAsInKibana) {
    expect_all({
        {R"(User: NT AUTHORITY\SYSTEM)", R"(User: "NT AUTHORITY\\SYSTEM")"},
        {R"(CommandLine: *net user* and ProcessId: 4)", R"(CommandLine: *"net user"* and ProcessId: 4)"},
        {"time >= 2020-10-09 22:28", "time >= 2020-10-09T22:28:00.0000000Z"},
        {R"(CommandLine: cmd /c C:\x.bat)", R"(CommandLine: "cmd /c C:\\x.bat")"},
    });
}

TEST(Query, FreeWordsAreLookedForEverywhere) {
    expect_all({
        {"mimikatz", "\"mimikatz\""},
        {"net user", "\"net\" and \"user\""},
        {"\"net user\"", "\"net user\""},
        {"net and not user", "\"net\" and not \"user\""},
        {"mimi*tz", "*: *mimi*tz*"},
        {"*mimikatz*", "\"mimikatz\""},
        {"/mimi(katz|dog)/", "*: /mimi(katz|dog)/"},
        {"4624", "\"4624\" or *: 4624"},
        {"10.0.0.1", "\"10.0.0.1\" or *: 10.0.0.1"},
        {"\"10.0.0.1\"", "\"10.0.0.1\""},
        {"mimikatz kind: logon", "\"mimikatz\" and kind: logon"},
        {"*: cmd.exe", "*: \"cmd.exe\""},
        {"*: *", "*"},
    });
}

TEST(Query, KnowsFieldsByTheNamesAnalystsType) {
    expect_all({
        {"commandline: a", "CommandLine: a"},
        {"command_line: a", "CommandLine: a"},
        {"targetusername: a", "TargetUserName: a"},
        {"process.parent.Image: a", "process.parent.image: a"},
        {"parent.image: a", "process.parent.image: a"},
        {"process.executable: a", "process.image: a"},
        {"session.src_ip: 10.0.0.1", "session.source_address: 10.0.0.1"},
        {"source.ip: 10.0.0.1", "IpAddress: 10.0.0.1 or ClientAddress: 10.0.0.1 or SourceIp: 10.0.0.1"},
        {"winlog.event_data.SubjectUserName: a", "SubjectUserName: a"},
        {"data.DeviceVersionMinor: 3", "data.DeviceVersionMinor: 3"},
        {"data.\"odd name\": 3", "data.\"odd name\": 3"},
        {R"(data."a\"b\\c": 3)", R"(data."a\"b\\c": 3)"},
        {"@timestamp >= 2020", "time >= 2020-01-01T00:00:00.0000000Z"},
        {"Channel: Security", "channel: Security"},
        {"host: ws07.corp.example", "host.full_name: ws07.corp.example"},
        {"host: WS07", "host: WS07"},
    });
    Catalog catalog;
    catalog.field("DeviceVersionMinor");
    EXPECT_EQ(understood("deviceversionminor: 3", Subject::Events, &catalog), "data.DeviceVersionMinor: 3");
    EXPECT_TRUE(understood("Target*Name: jimmy").contains("TargetUserName: jimmy or "))
        << understood("Target*Name: jimmy");
}

TEST(Query, AsksSessionsAndProcessesAboutThemselves) {
    expect_all({{"user: jimmy and type: network and duration > 1h",
                 "session.user: jimmy and session.type: network and session.duration > 1h"},
                {"user: CORP\\jimmy", "session.account: \"CORP\\\\jimmy\""},
                {"user: S-1-5-18", "session.sid: S-1-5-18"},
                {"type: (remote_interactive or 3)", "session.type: (network or remote_interactive)"},
                {"type: RemoteInteractive", "session.type: remote_interactive"},
                {"type: cached*", "session.type: (cached_interactive or cached_remote_interactive or cached_unlock)"},
                {"session.src_ip: 10.0.*", "session.source_address: 10.0.0.0/16"},
                {"privileges: SeDebugPrivilege", "session.privileges: SeDebugPrivilege"},
                {"duration: 90m", "session.duration >= 1h30m and session.duration < 1h31m"},
                {"human: yes", "session.human: true"}},
               Subject::Sessions);
    expect_all({{"name: cmd.exe and parent.name: winword.exe and session.user: jimmy",
                 "process.name: cmd.exe and process.parent.name: winword.exe and session.user: jimmy"},
                {"pid: 4", "process.pid: 4"}},
               Subject::Processes);
    EXPECT_EQ(refused("Image: a", Subject::Sessions).code, "F201");
}

TEST(Query, TakesASessionByTheNameThatIsPrintedForIt) {
    const std::string named = "session.host: WS07 and session.id: 0x1a2b3c";
    expect_all({
        {"session: WS07:0x1a2b3c", named},
        {"session: WS07:0x1a2b3c and kind: logon", named + " and kind: logon"},
        {"session: (WS07:0x1a2b3c or FS01:0x3e7)", "(" + named + ") or (session.host: FS01 and session.id: 0x3e7)"},
        {"session != WS07:0x1a2b3c", "not (" + named + ")"},
        {"session.id: WS07:0x1a2b3c", named},
        {"session: 00000000:001a2b3c", "session.id: 0x1a2b3c"},
        {"adopted: WS07:0x1a2b3c", "adopted.host: WS07 and adopted.id: 0x1a2b3c"},
        {"Session: 3", "Session: 3"},
    });
    expect_all(
        {{"session: WS07:0x1a2b3c@2020-10-09", named + " and (session.first_seen < 2020-10-10T00:00:00.0000000Z or "
                                                       "session.start < 2020-10-10T00:00:00.0000000Z) and "
                                                       "(session.last_seen >= 2020-10-09T00:00:00.0000000Z or "
                                                       "session.start >= 2020-10-09T00:00:00.0000000Z or "
                                                       "session.end >= 2020-10-09T00:00:00.0000000Z)"}});
    expect_all({{"session: WS07:0x1a2b3c", named}, {"id: WS07:0x1a2b3c", named}}, Subject::Sessions);
    expect_all({{"session: WS07:0x1a2b3c", named}}, Subject::Processes);
    EXPECT_EQ(refused("session: WS07:jimmy").code, "F203");
}

TEST(Query, ReadsValuesByTheTypeOfTheField) {
    expect_all({
        {"Status: 0xC000006D", "Status: 0xc000006d"},
        {"Status: -1073741715", "Status: 0xc000006d"},
        {"Status: 3221225581", "Status: 0xc000006d"},
        {"LogonType: network", "LogonType: network"},
        {"LogonType: 10", "LogonType: remote_interactive"},
        {"LogonType: 77", "LogonType: 77"},
        {"LogonType < 10", "LogonType < 10"},
        {"host: 10.0.0.0/24", "host: 10.0.0.0/24"},
        {"IpAddress: 10.0.0.0/8", "IpAddress: 10.0.0.0/8"},
        {"IpAddress: ::ffff:10.0.0.1", "IpAddress: 10.0.0.1"},
        {"IpAddress: fe80::1", "IpAddress: fe80::1"},
        {"IpAddress: \"LOCAL\"", "IpAddress: \"LOCAL\""},
        {"IpAddress: -", "IpAddress: \"-\""},
        {"ProcessGuid: 42c2e005-e3fa-5f80-4908-000000000400", "ProcessGuid: {42C2E005-E3FA-5F80-4908-000000000400}"},
        {"TargetUserSid: s-1-5-18", "TargetUserSid: S-1-5-18"},
        {"kind: workstation*", "kind: (workstation_locked or workstation_unlocked)"},
        {"kind: /^WORKSTATION/", "kind: (workstation_locked or workstation_unlocked)"},
        {"outcome: failure", "outcome: failure"},
        {"data.Size > 100", "data.Size > 100"},
        {"data.Size > -1.5", "data.Size > -1.5"},
    });
}

TEST(Query, ATimeStandsForAsLongAsItIsPrecise) {
    expect_all({
        {"time: 2020-10-09", "time >= 2020-10-09T00:00:00.0000000Z and time < 2020-10-10T00:00:00.0000000Z"},
        {"time: 2020-10-09T22:28", "time >= 2020-10-09T22:28:00.0000000Z and time < 2020-10-09T22:29:00.0000000Z"},
        {"time > 2020-10-09", "time >= 2020-10-10T00:00:00.0000000Z"},
        {"time <= 2020-10-09", "time < 2020-10-10T00:00:00.0000000Z"},
        {"time < 2020-10-09", "time < 2020-10-09T00:00:00.0000000Z"},
        {"time: [2020-10 to 2020-11]", "time >= 2020-10-01T00:00:00.0000000Z and time < 2020-12-01T00:00:00.0000000Z"},
        {"time >= 2020-10-09T22:28:10+02:00", "time >= 2020-10-09T20:28:10.0000000Z"},
        {"time: 2020-10-09T22:28:10.123",
         "time >= 2020-10-09T22:28:10.1230000Z and time < 2020-10-09T22:28:10.1240000Z"},
        {"time >= now-2h", "time >= 2020-10-09T20:28:10.5000000Z"},
        {"time >= 2h", "time >= 2020-10-09T20:28:10.5000000Z"},
        {"time >= 2 hours ago", "time >= 2020-10-09T20:28:10.5000000Z"},
        {"time: yesterday", "time >= 2020-10-08T00:00:00.0000000Z and time < 2020-10-09T00:00:00.0000000Z"},
        {"time >= now-1d/d", "time >= 2020-10-08T00:00:00.0000000Z"},
        {"time >= 1602282490", "time >= 2020-10-09T22:28:10.0000000Z"},
    });
}

struct Refusal {
    std::string_view typed;
    std::string_view code;
    std::string_view place;  // the text that is marked
    std::string_view hint;   // some of the hint
};

TEST(Query, SaysWhatIsWrongAndWhere) {
    for (const Refusal& r : std::initializer_list<Refusal>{
             {"Imgae: a", "F201", "Imgae", "Image"},
             {"kind: logon and proces.image: a", "F201", "proces.image", "process.image"},
             {"kind: proces_created", "F202", "proces_created", "process_created"},
             {"outcome: maybe", "F202", "maybe", "unknown, success, failure"},
             {"ProcessId: four", "F203", "four", "4624"},
             {"IpAddress: 10.0.0", "F203", "10.0.0", "10.0.0.0/8"},
             {"time >= soon", "F203", "soon", "now-2h"},
             {"session.duration > 5", "F203", "5", "1h30m"},
             {"Image > a", "F204", "a", "number"},
             {"kind > logon", "F204", "logon", "':'"},
             {"Image: (a or b", "F102", "(", ""},
             {"(Image: a", "F102", "(", ""},
             {"Image: a)", "F101", ")", ""},
             {"Image: \"a", "F102", "\"", ""},
             {R"(Image: "C:\Windows\")", "F102", "\"", "doubled"},
             {"Image:", "F101", "", "any value"},
             {"Image: a and", "F101", "", "kind: logon"},
             {"and Image: a", "F101", "and", "quotes"},
             {"Image: a && User: b", "F101", "&&", "and"},
             {"Image: a || User: b", "F101", "||", "or"},
             {"!Image: a", "F101", "!", "not"},
             {"kind: logon and !(Image: a)", "F101", "!", "not"},
             {"kind in (logon, logoff)", "F101", "in", "kind: (a or b)"},
             {"Image: a User: b", "F101", "User:", "and / or"},
             {"Image: C:\\Program Files (x86)\\a", "F101", "(", "quotes"},
             {"()", "F101", "()", ""},
             {"Image: ()", "F101", "()", ""},
             {"Image: /(/", "F301", "/(/", "RE2"},
             {"Image: /((a{100}){100}){100}/", "F301", "/((a{100}){100}){100}/", "fewer"},
             {"time: now-2h", "F204", "now-2h", "time >= now-2h"},
             {"ProcessId > (1 or 2)", "F204", "(", "':'"},
             {"2 of (Image: a", "F102", "(", ""},
         }) {
        const Diagnostic d = refused(r.typed);
        EXPECT_EQ(d.code, r.code) << r.typed << ": " << d.text;
        EXPECT_EQ(r.typed.substr(d.span.begin, d.span.end - d.span.begin), r.place) << r.typed << ": " << d.text;
        EXPECT_TRUE(d.hint.contains(r.hint)) << r.typed << ": " << d.hint;
    }
}

TEST(Query, ShowsThePlaceUnderTheText) {
    const std::string_view text = "kind: logon and Imgae: é*";
    EXPECT_EQ(parse_filter(text, {}).error().what,
              "filter:1:17: error[F201]: there is no field \"Imgae\"\n"
              "  kind: logon and Imgae: é*\n"
              "                  ^~~~~\n"
              "  did you mean Image?");
}

TEST(Query, ReadsTheExamplesOfItsManual) {
    std::ifstream manual("docs/query.md");
    std::size_t examples = 0;
    for (std::string line; std::getline(manual, line);) {
        const std::size_t command = line.find("    spoor "), open = line.find('\''), close = line.rfind('\'');
        if (command != 0 || open == std::string::npos || close == open) continue;
        const Subject subject = line.contains("spoor sessions")    ? Subject::Sessions
                                : line.contains("spoor processes") ? Subject::Processes
                                                                   : Subject::Events;
        const std::string filter = line.substr(open + 1, close - open - 1);
        const auto expr = parse_filter(filter, {subject, kNow, nullptr});
        EXPECT_TRUE(expr) << expr.error().what;
        ++examples;
    }
    EXPECT_GE(examples, 5u);
}

std::string repeated(std::string_view text, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out += text;
    return out;
}

TEST(Query, LongFiltersAreReadInAMoment) {
    std::string list = "Image: (a0";
    std::string tests = "Image: *a0*";
    std::string words = "a0";
    for (int i = 1; list.size() < 100'000; ++i) list += " or a" + std::to_string(i);
    for (int i = 1; tests.size() < 100'000; ++i) tests += " or Image: *a" + std::to_string(i) + "*";
    for (int i = 1; words.size() < 100'000; ++i) words += " w" + std::to_string(i);
    for (const std::string& text :
         {list + ")", tests, words, "Image: \"" + repeated("x", 100'000) + "\"", "Image: " + repeated("x ", 50'000),
          "Image: " + repeated("*x", 50'000), repeated("not ", 25'000) + "Image: a", repeated("\\", 100'000),
          "Image: " + repeated("\\", 99'999), repeated(" ", 100'000)}) {
        const auto expr = parse_query(text, {});
        ASSERT_TRUE(expr) << render(expr.error(), text);
        EXPECT_EQ(parse_query(to_string(*expr), {}), *expr);
    }
}

TEST(Query, NestsOnlySoDeep) {
    EXPECT_EQ(understood(repeated("(", 200) + "Image: a" + repeated(")", 200)), "Image: a");
    EXPECT_EQ(refused(repeated("(", 100'000) + "Image: a").code, "F401");
    EXPECT_EQ(refused("Image: " + repeated("(", 100'000)).code, "F401");
    EXPECT_EQ(refused(repeated("1 of (", 20'000)).code, "F401");
    EXPECT_EQ(refused(repeated("not (", 20'000)).code, "F401");
    EXPECT_EQ(refused(repeated("Image: a or ", 400'000)).code, "F402");
}

TEST(Query, MalformedTextIsShownItsPlace) {
    const Diagnostic d = refused("kind: logon and Image: \xff");
    EXPECT_EQ(d.code, "F103");
    EXPECT_EQ(d.span.begin, 23u);
    EXPECT_EQ(refused("\xc3").span.begin, 0u);
    EXPECT_EQ(refused("Image: \"\xe2\x82\xac\xe2\x82\"").span.begin, 11u);
}

TEST(Query, MessagesNeverShowControlCharactersOrWholeNovels) {
    const std::string text = "Image: a and Imgae: \x1b[31m" + repeated("y", 100'000);
    const std::string message = render(refused(text), text);
    EXPECT_LT(message.size(), 500u);
    EXPECT_EQ(message.find('\x1b'), std::string::npos);
    const std::string name = repeated("n", 100'000) + ": a";
    EXPECT_LT(render(refused(name), name).size(), 600u);
}

}  // namespace
}  // namespace spoor::match
