#include "store/duckdb/chapter/row_matcher.h"

#include <algorithm>

namespace spoor::store::duckdb {

RowMatcher::RowMatcher(const match::Expr& expr, std::vector<LeafRows> leaves, const std::vector<Form>& forms)
    : leaves_(std::move(leaves)), forms_(&forms), root_(node_of(expr)), tests_(forms.size()) {}

RowMatcher::Node RowMatcher::node_of(const match::Expr& expr) {
    Node node{expr.type, expr.count, 0, {}};
    if (expr.type == match::Expr::Type::Leaf) node.leaf = next_leaf_++;
    for (const match::Expr& child : expr.children) node.children.push_back(node_of(child));
    return node;
}

const RowMatcher::Tests& RowMatcher::tests_of(std::uint32_t form) {
    Tests& tests = tests_[form];
    if (tests.empty())
        for (const LeafRows& leaf : leaves_) tests.push_back(test_of(leaf, form));
    return tests;
}

RowMatcher::Test RowMatcher::test_of(const LeafRows& leaf, std::uint32_t form) const {
    if (!leaf.known) return {.all = Answer::Perhaps};
    if (holds(leaf.forms, form)) return {.all = Answer::Yes};
    Test test;
    std::uint32_t column = 0;
    for (const FormField& entry : (*forms_)[form].fields) {
        const bool variable = entry.word == kVariable;
        const std::uint32_t place = variable ? column++ : 0;
        const auto words = leaf.words.find(entry.field);
        if (words == leaf.words.end()) continue;
        if (variable)
            test.columns.push_back({place, &words->second});
        else if (holds(words->second, entry.word))
            return {.all = Answer::Yes};
    }
    if (!test.columns.empty() || !leaf.places.empty() || leaf.more_places || leaf.header) test.all = Answer::Perhaps;
    return test;
}

RowMatcher::Answer RowMatcher::answer(const Node& node, const Tests& tests, const PageRow* row,
                                      std::uint32_t place) const {
    using Type = match::Expr::Type;
    switch (node.type) {
        case Type::True: return Answer::Yes;
        case Type::False: return Answer::No;
        case Type::Leaf: return answer(node.leaf, tests[node.leaf], row, place);
        case Type::Not: {
            const Answer child = answer(node.children.front(), tests, row, place);
            return child == Answer::Perhaps ? child : child == Answer::No ? Answer::Yes : Answer::No;
        }
        case Type::And: {
            Answer all = Answer::Yes;
            for (const Node& child : node.children) {
                all = std::min(all, answer(child, tests, row, place));
                if (all == Answer::No) break;
            }
            return all;
        }
        case Type::Or: {
            Answer any = Answer::No;
            for (const Node& child : node.children) {
                any = std::max(any, answer(child, tests, row, place));
                if (any == Answer::Yes) break;
            }
            return any;
        }
        case Type::AtLeast: return at_least(node, tests, row, place);
    }
    return Answer::Perhaps;
}

RowMatcher::Answer RowMatcher::at_least(const Node& node, const Tests& tests, const PageRow* row,
                                        std::uint32_t place) const {
    std::size_t possible = 0;
    std::size_t certain = 0;
    for (const Node& child : node.children) {
        const Answer one = answer(child, tests, row, place);
        possible += one != Answer::No;
        certain += one == Answer::Yes;
    }
    return certain >= node.count ? Answer::Yes : possible < node.count ? Answer::No : Answer::Perhaps;
}

RowMatcher::Answer RowMatcher::answer(std::uint32_t leaf, const Test& test, const PageRow* row,
                                      std::uint32_t place) const {
    const LeafRows& rows = leaves_[leaf];
    if (test.all != Answer::Perhaps || row == nullptr || !rows.known) return test.all;
    for (const Column& column : test.columns)
        if (holds(*column.words, row->words[column.place])) return Answer::Yes;
    if (holds(rows.places, place)) return Answer::Yes;
    if (!rows.header) return Answer::No;
    thread_local Batch batch;
    batch.clear();
    batch.begin();
    const Event& event = batch.commit(Event{.time = {row->time}, .sequence = row->record});
    return rows.header->matches({batch, event}, nullptr) ? Answer::Yes : Answer::No;
}

}  // namespace spoor::store::duckdb
