#include "cli/program.h"

#include <gmock/gmock.h>

#include "cli/parse.h"
#include "cli/testing.h"

namespace spoor::cli {
namespace {

using ::testing::HasSubstr;
using testing::Ran;
using testing::run;
using ::testing::StartsWith;

TEST(Program, EveryCommandHasAHelpWithAnExample) {
    for (const CommandEntry& entry : commands()) {
        std::vector<std::string> words;
        for (std::string_view rest = entry.name; !rest.empty();) {
            const std::size_t end = std::min(rest.find(' '), rest.size());
            words.emplace_back(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
        words.emplace_back("--help");
        const Ran ran = run(words);
        EXPECT_EQ(ran.exit, Exit::Done) << entry.name;
        EXPECT_THAT(ran.out, HasSubstr("Example")) << entry.name;
        EXPECT_THAT(ran.out, HasSubstr("Exit codes")) << entry.name;
        ASSERT_FALSE(entry.examples.empty()) << entry.name;
        EXPECT_THAT(std::string(entry.examples.front().line), StartsWith(std::string(entry.name)));
        EXPECT_FALSE(entry.summary.ends_with('.')) << entry.name;
    }
}

TEST(Program, WithoutACommandShowsTheListAndIsWrongUse) {
    const Ran ran = run({});
    EXPECT_EQ(ran.exit, Exit::WrongUse);
    EXPECT_EQ(ran.out, "");
    EXPECT_THAT(ran.err, HasSubstr("schema"));
}

TEST(Program, SuggestsTheCommandThatWasMeant) {
    const Ran ran = run({"shema"});
    EXPECT_EQ(ran.exit, Exit::WrongUse);
    EXPECT_THAT(ran.err, HasSubstr("did you mean 'schema'?"));
}

TEST(Program, SuggestsTheOptionThatWasMeant) {
    const Ran ran = run({"schema", "--feilds"});
    EXPECT_EQ(ran.exit, Exit::WrongUse);
    EXPECT_THAT(ran.err, HasSubstr("there is no option '--feilds'; did you mean '--fields'?"));
    EXPECT_THAT(ran.err, HasSubstr("usage: spoor schema"));
}

TEST(Program, ShowsHelpEvenWhenTheRestIsWrong) { EXPECT_EQ(run({"schema", "--nonsense", "--help"}).exit, Exit::Done); }

TEST(Program, SchemaOfAnUnknownKindNamesTheNearest) {
    const Ran ran = run({"schema", "logn"});
    EXPECT_EQ(ran.exit, Exit::WrongUse);
    EXPECT_THAT(ran.err, HasSubstr("'logon'"));
}

TEST(Program, ColoursOnlyWhenAskedOrOnATerminal) {
    EXPECT_THAT(run({"schema"}).out, ::testing::Not(HasSubstr("\x1b[")));
    EXPECT_THAT(run({"schema", "--color", "always"}).out, HasSubstr("\x1b["));
}

TEST(Completion, OffersCommandsOptionsKindsAndFields) {
    for (const char* shell : {"bash", "zsh", "fish"}) {
        const Ran ran = run({"completion", shell});
        EXPECT_EQ(ran.exit, Exit::Done);
        for (const CommandEntry& entry : commands())
            EXPECT_THAT(ran.out, HasSubstr(std::string(entry.name.substr(0, entry.name.find(' ')))));
        for (const char* word : {"format", "process_created", "CommandLine", "session.user"})
            EXPECT_THAT(ran.out, HasSubstr(word)) << shell;
    }
    EXPECT_EQ(run({"completion", "cmd.exe"}).exit, Exit::WrongUse);
}

TEST(Man, HasAPageForEveryCommand) {
    for (const CommandEntry& entry : commands()) {
        const Ran ran = run({"man", std::string(entry.name)});
        EXPECT_THAT(ran.out, StartsWith(".TH SPOOR")) << entry.name;
        EXPECT_THAT(ran.out, HasSubstr(".SH EXAMPLES"));
    }
    EXPECT_THAT(run({"man"}).out, HasSubstr(".SH COMMANDS"));
    EXPECT_EQ(run({"man", "nothing"}).exit, Exit::WrongUse);
}

TEST(Parse, KeepsArgumentsThatFollowAListOption) {
    std::vector<std::string> hosts, paths;
    Options options;
    options.list("--host", hosts, "NAME", "");
    options.arguments(paths, "LOG", Needed::AtLeastOne, "");
    const std::vector<std::string> words = {"--host", "WS07,FS01", "a.evtx", "--host",
                                            "DC01",   "b.evtx",    "--",     "-odd.evtx"};
    ASSERT_TRUE(parse(options, words));
    EXPECT_THAT(hosts, ::testing::ElementsAre("WS07", "FS01", "DC01"));
    EXPECT_THAT(paths, ::testing::ElementsAre("a.evtx", "b.evtx", "-odd.evtx"));
}

TEST(Parse, RefusesANumberThatIsNone) {
    std::optional<std::uint64_t> limit;
    Options options;
    options.number("--limit", limit, "N", "");
    EXPECT_FALSE(parse(options, std::vector<std::string>{"--limit", "ten"}));
    EXPECT_FALSE(parse(options, std::vector<std::string>{"--limit", "-1"}));
    EXPECT_TRUE(parse(options, std::vector<std::string>{"--limit", "18446744073709551615"}));
    EXPECT_EQ(limit, UINT64_MAX);
}

TEST(Parse, RefusesAWordThatIsNoChoice) {
    std::string format = "table";
    Options options;
    options.choice("--format", format, {"table", "csv"}, "how");
    EXPECT_FALSE(parse(options, std::vector<std::string>{"--format", "yaml"}));
    EXPECT_EQ(options.named().front().help, "how: table, csv [table]");
}

TEST(Parse, RefusesAMissingArgument) {
    std::vector<std::string> paths;
    Options options;
    options.arguments(paths, "LOG", Needed::AtLeastOne, "");
    const Result<> parsed = parse(options, {});
    ASSERT_FALSE(parsed);
    EXPECT_THAT(parsed.error().what, HasSubstr("LOG"));
}

}  // namespace
}  // namespace spoor::cli
