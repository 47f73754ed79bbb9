#include "match/language/completion.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace spoor::match {
namespace {

std::vector<std::string> offered(std::string_view text, Subject subject = Subject::Events,
                                 const Catalog* catalog = nullptr) {
    std::vector<std::string> texts;
    for (const Completion& item : complete(text, text.size(), {subject, {}, catalog}, 500).items)
        texts.push_back(item.text);
    return texts;
}

bool offers(std::string_view text, std::string_view item, Subject subject = Subject::Events) {
    const auto all = offered(text, subject);
    return std::ranges::find(all, item) != all.end();
}

TEST(Completion, BeginsWithFields) {
    EXPECT_TRUE(offers("", "Image"));
    EXPECT_TRUE(offers("", "session.user"));
    EXPECT_TRUE(offers("(", "kind"));
    EXPECT_EQ(offered("commandl").front(), "CommandLine");
    EXPECT_EQ(offered("kind: logon and command_l").front(), "CommandLine");
    EXPECT_EQ(offered("session.sou").front(), "session.source_address");
    EXPECT_TRUE(offers("", "duration", Subject::Sessions));
    EXPECT_FALSE(offers("", "Image", Subject::Sessions));
}

TEST(Completion, OffersTheOperatorsOfTheField) {
    EXPECT_TRUE(offers("ProcessId ", ">="));
    EXPECT_FALSE(offers("Image ", ">="));
    EXPECT_TRUE(offers("Image ", ":"));
}

TEST(Completion, OffersTheValuesOfTheField) {
    EXPECT_EQ(offered("kind: process_c").front(), "process_created");
    EXPECT_EQ(offered("kind:process_c").front(), "process_created");
    EXPECT_EQ(offered("session.type: (network or remote_").front(), "remote_interactive");
    EXPECT_EQ(offered("LogonType: remote").front(), "remote_interactive");
    EXPECT_TRUE(offers("time >= ", "yesterday"));
    EXPECT_TRUE(offers("session.human: ", "true"));
    Catalog catalog;
    catalog.host("WS07");
    catalog.channel("Windows PowerShell");
    EXPECT_EQ(offered("host: w", Subject::Events, &catalog).front(), "WS07");
    EXPECT_EQ(offered("channel: wi", Subject::Events, &catalog).front(), "\"Windows PowerShell\"");
}

TEST(Completion, OffersWhatJoinsTests) {
    EXPECT_EQ(offered("kind: logon "), (std::vector<std::string>{"and", "or"}));
    EXPECT_EQ(offered("(kind: logon "), (std::vector<std::string>{"and", "or", ")"}));
    EXPECT_EQ(offered("User: \"a b\" a"), (std::vector<std::string>{"and"}));
    EXPECT_TRUE(offers("not ", "kind"));
    EXPECT_TRUE(offers("User: (a or b) and ", "kind"));
}

TEST(Completion, ReplacesTheUnfinishedWord) {
    const auto completions = complete("kind: proc and x", 10, {});
    EXPECT_EQ(completions.replaced.begin, 6u);
    EXPECT_EQ(completions.replaced.end, 10u);
}

TEST(Completion, WhatIsOfferedIsUnderstood) {
    for (const std::string_view beginning :
         {"kind: ", "outcome: ", "session.type: ", "session.human: ", "time >= ", "session.duration > ", "IpAddress: "})
        for (const Completion& item : complete(beginning, beginning.size(), {}).items) {
            if (item.text == "*" && beginning.contains('>')) continue;
            const std::string text = std::string(beginning) + item.text;
            EXPECT_TRUE(parse_query(text, {})) << text;
        }
    for (const Completion& item : complete("", 0, {}, 5000).items) {
        if (item.kind != CompletionKind::FieldName) continue;
        EXPECT_TRUE(parse_query(item.text + ": *", {})) << item.text;
    }
}

TEST(Completion, LivesWithAnyText) {
    for (const std::string_view text :
         {"\"", "\\", "))))", "((((", ":", "a:b:c:", "Image: \"abc\\", "\xff\xfe", "!=", ",,,"})
        for (std::size_t cursor = 0; cursor <= text.size() + 1; ++cursor)
            EXPECT_LE(complete(text, cursor, {}).replaced.begin, text.size());
}

}  // namespace
}  // namespace spoor::match
