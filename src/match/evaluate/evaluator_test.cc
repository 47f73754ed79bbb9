#include "match/evaluate/evaluator.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/unicode.h"
#include "match/evaluate/many_texts.h"
#include "match/evaluate/text_search.h"
#include "match/language/query.h"
#include "match/testing.h"

namespace spoor::match {
namespace {

using testing::World;

class MatcherOnRandomThings : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(MatcherOnRandomThings, AgreesWithTheNaiveEvaluatorAndWithItsOwnPrint) {
    testing::Random random(GetParam());
    World world;
    testing::fill(world, random, 60);
    std::size_t yes = 0, no = 0;
    for (int round = 0; round < 250; ++round) {
        for (const Subject subject : {Subject::Events, Subject::Sessions, Subject::Processes}) {
            const Expr expr = testing::random_expr(random, subject, static_cast<unsigned>(random() % 4));
            const std::string printed = to_string(expr);
            const auto again = parse_query(printed, {subject, {}, nullptr});
            ASSERT_TRUE(again) << render(again.error(), printed);
            ASSERT_EQ(*again, expr) << printed << "\nread again: " << to_string(*again);
            auto matcher = Matcher::compile(expr, world.catalog);
            ASSERT_TRUE(matcher) << printed;
            const auto compare = [&](bool fast, bool naive) {
                EXPECT_EQ(fast, naive) << printed;
                ++(fast ? yes : no);
            };
            if (subject == Subject::Events)
                for (const Event& event : world.batch.events())
                    compare(matcher->matches({world.batch, event}, &world.history), naive_matches(expr, world, event));
            if (subject == Subject::Sessions)
                for (const Session& session : world.history.sessions)
                    compare(matcher->matches(session), naive_matches(expr, world, session));
            if (subject == Subject::Processes)
                for (const Process& process : world.history.processes)
                    compare(matcher->matches(process, world.history), naive_matches(expr, world, process));
            if (HasFailure()) return;
        }
    }
    // Questions that are always answered the same would prove nothing.
    EXPECT_GT(yes, 1000u);
    EXPECT_GT(no, 1000u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, MatcherOnRandomThings, ::testing::Range<std::uint64_t>(1, 9));

/// One event of its own making.
class MatcherOnAnEvent : public ::testing::Test {
protected:
    void text(std::string_view field, std::string_view value) { texts_.emplace_back(field, value); }

    bool matches(std::string_view filter) {
        Batch batch;
        batch.begin();
        for (const auto& [field, value] : texts_) batch.add_text(catalog_.field(field), value);
        const Event& event = batch.commit({.time = Timestamp::parse("2020-10-09T22:28:10Z").value(),
                                           .host = catalog_.host("WS07"),
                                           .event_id = 4624});
        const auto expr =
            parse_filter(filter, {Subject::Events, Timestamp::parse("2020-10-09T23:00:00Z").value(), &catalog_});
        EXPECT_TRUE(expr) << (expr ? "" : expr.error().what);
        return expr && Matcher::compile(*expr, catalog_)->matches({batch, event}, nullptr);
    }

    Catalog catalog_;
    std::vector<std::pair<std::string, std::string>> texts_;
};

TEST_F(MatcherOnAnEvent, ComparesWithoutRegardToCaseInAnyScript) {
    text("CommandLine", "ECHO Jörg ΣΊΣΥΦΟΣ");
    EXPECT_TRUE(matches("CommandLine: \"echo JÖRG σίσυφος\""));
    EXPECT_TRUE(matches("CommandLine: *jÖrg*"));
    EXPECT_TRUE(matches("CommandLine: *σίσυφος"));
    EXPECT_FALSE(matches("CommandLine == *jörg*"));
    EXPECT_TRUE(matches("CommandLine == *Jörg*"));
    EXPECT_TRUE(matches("CommandLine: /jörg/"));
    EXPECT_FALSE(matches("CommandLine == /jörg/"));
}

TEST_F(MatcherOnAnEvent, NothingIsTrueOfWhatIsAbsentButItsNegation) {
    EXPECT_FALSE(matches("Image: *"));
    EXPECT_FALSE(matches("Image: a"));
    EXPECT_TRUE(matches("Image != a"));
    EXPECT_TRUE(matches("not Image: *"));
    EXPECT_FALSE(matches("session.user: *"));
    text("Image", "-");
    EXPECT_FALSE(matches("Image: *"));
    EXPECT_TRUE(matches("Image: \"-\""));
}

TEST_F(MatcherOnAnEvent, OneOfSeveralValuesIsEnough) {
    text("Data", "first");
    text("Data", "second");
    EXPECT_TRUE(matches("Data: first and Data: second"));
    EXPECT_FALSE(matches("Data: third"));
}

TEST_F(MatcherOnAnEvent, FreeWordsFindTextsNumbersAndTheHost) {
    text("Image", "C:\\Tools\\mimikatz.exe");
    EXPECT_TRUE(matches("mimikatz"));
    EXPECT_TRUE(matches("mimi*EXE"));
    EXPECT_TRUE(matches("4624"));
    EXPECT_TRUE(matches("ws07"));
    EXPECT_FALSE(matches("4625"));
    EXPECT_FALSE(matches("mimikatz and rubeus"));
}

TEST_F(MatcherOnAnEvent, AThousandAlternativesMeanWhatEachOfThemMeans) {
    std::string words = "nothing", paths = "Image: *nothing*", exact = "Image == *nothing*";
    for (int i = 0; i < 1000; ++i) {
        words += fmt::format(" or Wört{}", i);
        paths += fmt::format(" or Image: *\\Ö{}\\*", i);
        exact += fmt::format(" or Image == *Ö{}*", i);
    }
    text("Image", "C:\\ö77\\tool.exe");
    EXPECT_TRUE(matches(paths));
    EXPECT_FALSE(matches("not (" + paths + ")"));
    EXPECT_FALSE(matches(words));
    EXPECT_FALSE(matches(exact));
    EXPECT_TRUE(matches(exact + " or Image == *ö77*"));
    text("CommandLine", "a WÖRT99");
    EXPECT_TRUE(matches(words));
}

TEST_F(MatcherOnAnEvent, AThousandExpressionsMeanWhatEachOfThemMeans) {
    std::string any = "Image: /^nothing/", none = "not Image: /^nothing/ and not Image: *nothing*";
    for (int i = 0; i < 1000; ++i) {
        any += fmt::format(" or Image: /a|x{}y+$/", i);
        none += fmt::format(" and not Image: /x{}y+$|b/ and not Image: *c{}*", i, i);
    }
    text("Image", "X500YY");
    EXPECT_TRUE(matches(any));
    EXPECT_FALSE(matches(none));
    EXPECT_FALSE(matches("CommandLine: * or (" + none + ")"));
    texts_.clear();
    text("Image", "X500YYZ");
    EXPECT_FALSE(matches(any));
    EXPECT_TRUE(matches(none));
    EXPECT_FALSE(matches(none + " and not Image: /z$/"));
    EXPECT_FALSE(matches(none + " and not Image: *yyz*"));
    EXPECT_TRUE(matches(any + " or Image: /\\QX500YYZ/"));
}

TEST_F(MatcherOnAnEvent, NumbersInTextsAreOrderedAsNumbers) {
    text("Size", "80");
    EXPECT_TRUE(matches("data.Size < 1024"));
    EXPECT_TRUE(matches("Size > 9 and Size >= 80 and Size <= 80.5"));
    text("Name", "eighty");
    EXPECT_FALSE(matches("Name < 1024 or Name >= 0"));
}

TEST_F(MatcherOnAnEvent, TimesAreAskedAbsolutelyAndRelatively) {
    EXPECT_TRUE(matches("time: 2020-10-09"));
    EXPECT_TRUE(matches("time: today"));
    EXPECT_TRUE(matches("time >= now-1h"));
    EXPECT_FALSE(matches("time >= now-10m"));
    EXPECT_TRUE(matches("time: [2020-10-09T22:28:10 to 2020-10-09T22:28:10]"));
}

TEST_F(MatcherOnAnEvent, AddressesInTextsBelongToNetworks) {
    text("Address", "10.1.2.3");
    EXPECT_TRUE(matches("Address: 10.0.0.0/8"));
    EXPECT_FALSE(matches("Address: 192.168.0.0/16"));
    EXPECT_FALSE(matches("Address: \"10.0.0.0/8\""));
}

TEST(TextSearch, FindsWhatIsThereWhereverItLies) {
    testing::Random random(7);
    for (int round = 0; round < 20'000; ++round) {
        std::string text, needle;
        for (std::size_t i = random() % 70; i > 0; --i) text += static_cast<char>('a' + random() % 3);
        for (std::size_t i = random() % 6; i > 0; --i) needle += static_cast<char>('a' + random() % 3);
        ASSERT_EQ(contains(text, needle), text.find(needle) != std::string::npos) << text << " " << needle;
    }
}

TEST(TextSearch, FindsAnyOfManyAsOneSearchForEachDoes) {
    testing::Random random(9);
    const auto letters = [&](std::size_t most) {
        std::string text;
        for (std::size_t i = random() % most; i > 0; --i) text += "ab\xC3"[random() % 3];
        return text;
    };
    std::size_t found = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::vector<std::string> needles;
        for (std::size_t i = 1 + random() % 6; i > 0; --i) needles.push_back(letters(7) + "ab\xC3"[random() % 3]);
        const std::string text = letters(40);
        const bool expected = std::ranges::any_of(needles, [&](const auto& needle) { return text.contains(needle); });
        ASSERT_EQ(ManyTexts(needles).found_in(text), expected) << text;
        found += expected;
    }
    EXPECT_GT(found, 5000u);
    EXPECT_LT(found, 19'000u);
}

TEST(TextSearch, AGlanceNeverContradictsTheFoldedTexts) {
    testing::Random random(8);
    constexpr std::string_view kLetters[] = {"a", "B", "k", "\u212A", "ö", "Ö", "s", "ſ", "\u023A"};
    const auto word = [&] {
        std::string text;
        for (std::size_t i = random() % 4; i > 0; --i) text += kLetters[random() % std::size(kLetters)];
        return text;
    };
    for (int round = 0; round < 20'000; ++round) {
        const std::string text = word(), pattern = fold_case(word()), folded = fold_case(text);
        const auto agrees = [](Glance glance, bool truth) {
            return glance == Glance::MustFold || (glance == Glance::Yes) == truth;
        };
        ASSERT_TRUE(agrees(equals_folded(text, pattern), folded == pattern)) << text << " " << pattern;
        ASSERT_TRUE(agrees(starts_folded(text, pattern), folded.starts_with(pattern))) << text << " " << pattern;
        ASSERT_TRUE(agrees(ends_folded(text, pattern), folded.ends_with(pattern))) << text << " " << pattern;
        std::string longer;
        for (std::size_t i = random() % 12; i > 0; --i) longer += word();
        ASSERT_TRUE(agrees(contains_folded(longer, pattern), fold_case(longer).contains(pattern)))
            << longer << " " << pattern;
    }
}

}  // namespace
}  // namespace spoor::match
