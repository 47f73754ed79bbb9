// Every example of every --help does what it says when it is pasted: it is run here, on the sample.
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <set>

#include "base/scratch_folder.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/testing.h"

namespace spoor::cli {
namespace {

using testing::run;

/// Splits as a shell does: blanks, single and double quotes, backslashes. Ends at a pipe or redirection, which is the
/// shell's.
std::vector<std::string> words_of(std::string_view line) {
    std::vector<std::string> words;
    std::optional<std::string> word;
    char quote = '\0';
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (quote != '\0') {
            if (c == quote)
                quote = '\0';
            else
                *word += c;
        } else if (c == '\'' || c == '"') {
            quote = c;
            if (!word) word.emplace();
        } else if (c == '\\' && i + 1 < line.size()) {
            if (!word) word.emplace();
            *word += line[++i];
        } else if (c == '|' || c == '>' || c == '&') {
            break;
        } else if (c == ' ') {
            if (word) words.push_back(*std::exchange(word, std::nullopt));
        } else {
            if (!word) word.emplace();
            *word += c;
        }
    }
    if (word) words.push_back(*word);
    return words;
}

/// What an example calls files, in the sample.
std::string in_sample(const std::string& word, const ScratchFolder& out) {
    const std::string logs = testing::sample_logs();
    if (word == "logs/" || word == "/evidence") return logs;
    if (word == "*.evtx") return logs + "/WS07/*.evtx";
    if (word == "Security.evtx") return logs + "/WS07/Security.evtx";
    if (word.ends_with(".parquet") || word == "corp" || word == "case7") return out.file(word);
    return word;
}

/// Those that watch a live host, serve, ask a running server, or take what is not in the sample.
bool needs_more_than_the_sample(const CommandEntry& entry) {
    static const std::set<std::string_view> kLive = {"watch", "token", "sensor run", "sensor status", "serve"};
    return entry.group == Group::Live || kLive.contains(entry.name) || entry.name.starts_with("access ");
}

void runs_on_the_sample(const Example& example) {
    const ScratchFolder out;
    const std::string store = out.file("store");
    std::filesystem::copy(testing::sample_store(), store, std::filesystem::copy_options::recursive);
    setenv("SPOOR_STORE", store.c_str(), 1);
    std::vector<std::string> words = words_of(example.line);
    for (std::string& word : words) word = in_sample(word, out);
    const bool is_there = std::ranges::all_of(words, [](const std::string& word) {
        return !word.ends_with(".evtx") || word.contains('*') || std::filesystem::exists(word);
    });
    ASSERT_TRUE(is_there) << example.line;
    const testing::Ran ran = run(words);
    unsetenv("SPOOR_STORE");
    const bool fine = ran.exit == Exit::Done ||
                      (ran.exit == Exit::NothingFound && std::ranges::find(words, "--exit-code") != words.end());
    EXPECT_TRUE(fine) << "spoor " << example.line << '\n' << ran.err;
}

TEST(Examples, RunAsTheyStandInEveryHelp) {
    std::size_t ran = 0;
    for (const CommandEntry& entry : commands()) {
        if (needs_more_than_the_sample(entry)) continue;
        for (const Example& example : entry.examples) runs_on_the_sample(example), ++ran;
    }
    EXPECT_GT(ran, 40u);
}

TEST(Examples, AnswerTheFirstQuestionsOfTheOverview) {
    for (const Example& question : kFirstQuestions) runs_on_the_sample(question);
}

}  // namespace
}  // namespace spoor::cli
