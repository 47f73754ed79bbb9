#include "store/duckdb/chapter/trigrams.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "match/evaluate/evaluator.h"
#include "match/testing.h"
#include "store/duckdb/chapter/words.h"
#include "store/duckdb/engine/packed.h"

namespace spoor::store::duckdb {
namespace {

using match::Op;
using Counting = TrigramQuery::Counting;

std::string trigrams_of_texts(const std::vector<std::string>& texts) {
    WordWriter writer;
    for (const std::string& text : texts) writer.number_of(FieldValue::of_bytes("Image"_field, ValueType::Text, text));
    return writer.take_pages().front().trigrams;
}

TrigramQuery query(Op op, std::vector<match::Value> arguments, match::Case text_case = match::Case::Folded) {
    return TrigramQuery(match::required_text(
        {.field = match::FieldRef::any(), .op = op, .arguments = arguments, .text_case = text_case}));
}

TEST(Trigrams, PassOverPagesWithoutTheText) {
    const std::string page = trigrams_of_texts({"C:\\Windows\\System32\\cmd.exe", "C:\\Windows\\explorer.exe"});
    const auto may_pass = [&](Op op, std::vector<match::Value> arguments) {
        return query(op, std::move(arguments)).may_pass(page, Counting::AllWords);
    };
    EXPECT_TRUE(may_pass(Op::Contains, {"SYSTEM32"}));
    EXPECT_FALSE(may_pass(Op::Contains, {"mimikatz"}));
    EXPECT_TRUE(may_pass(Op::EndsWith, {"\\explorer.exe"}));
    EXPECT_FALSE(may_pass(Op::EndsWith, {"\\powershell.exe"}));
    EXPECT_TRUE(may_pass(Op::In, {"powershell.exe", "cmd.exe"}));
    EXPECT_FALSE(may_pass(Op::In, {"powershell.exe", "mimikatz.exe"}));
    EXPECT_TRUE(may_pass(Op::Glob, {"C:", "system32", ""}));
    EXPECT_FALSE(may_pass(Op::Glob, {"C:", "syswow64", ""}));
    EXPECT_TRUE(may_pass(Op::Regex, {"nothing like it"})) << "nothing is known of these";
    EXPECT_TRUE(may_pass(Op::Contains, {"zz"})) << "too short to be asked for";
}

TEST(Trigrams, LookAtPagesOfOtherValuesUnlessOnlyTextsCount) {
    WordWriter writer;
    writer.number_of(FieldValue::of_number("LogonType"_field, 12345));
    writer.number_of(FieldValue::of_bytes("LogonType"_field, ValueType::Text, "none of these"));
    const std::string page = writer.take_pages().front().trigrams;
    EXPECT_TRUE(query(Op::Contains, {"234"}).may_pass(page, Counting::AllWords));
    EXPECT_FALSE(query(Op::Contains, {"234"}).may_pass(page, Counting::Texts));
    EXPECT_TRUE(query(Op::Contains, {"234"}).may_pass("", Counting::Texts)) << "of a page of which nothing is known";
}

TEST(Trigrams, AreSmallWhereThereIsLittleToSay) {
    EXPECT_LE(trigrams_of_texts({"explorer.exe"}).size(), 9u);
    std::vector<std::string> many;
    for (int i = 0; i < 3000; ++i) many.push_back(fmt::format("{:x}", i * 7919));
    EXPECT_LT(trigrams_of_texts(many).size(), 2049u);
}

TEST(Trigrams, NeverLoseAText) {
    match::testing::Random random(7);
    match::testing::World world;
    match::testing::fill(world, random, 300);
    std::size_t passed_over = 0;
    for (int round = 0; round < 3000; ++round) {
        // A page of a few words of one field, and a question about that field.
        const match::Expr expr = match::testing::random_expr(random, match::Subject::Events, 0);
        if (expr.type != match::Expr::Type::Leaf) continue;
        const bool any = expr.leaf.field.scope == match::Scope::Any;
        if (!any && expr.leaf.field.scope != match::Scope::Schema) continue;
        match::Matcher matcher = match::Matcher::compile(expr, world.catalog).value();
        const TrigramQuery asked(match::required_text(expr.leaf));
        WordWriter writer;
        std::vector<FieldValue> values;
        for (const FieldValue& value : world.batch.values(world.batch.events()[random() % world.batch.size()]))
            if (any || value.field == expr.leaf.field.field()) values.push_back(value);
        bool matches = false;
        for (const FieldValue& value : values) {
            matches = matches || matcher.matches(value);
            writer.number_of(value);
        }
        if (values.empty()) continue;
        const std::string page = writer.take_pages().front().trigrams;
        const bool passes = asked.may_pass(page, any ? Counting::Texts : Counting::AllWords);
        EXPECT_TRUE(passes || !matches) << match::to_string(expr);
        passed_over += !passes;
    }
    EXPECT_GT(passed_over, 50u);
}

}  // namespace
}  // namespace spoor::store::duckdb
